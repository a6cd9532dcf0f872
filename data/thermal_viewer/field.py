"""The scene: warm bodies that drift through slowly waving air, in scale units 0 to 1."""

import numpy as np

BODIES = 9
AIR = (0.05, 0.20)  # coolest and warmest air
PEAK = 0.965  # heat of the hottest body's middle, so that the top of the scale is near


class Field:
    """Heat at every pixel of one scene, as a smooth function of time.

    size: (width, height) in pixels. `at(k)` is the field of frame k.
    """

    def __init__(self, seed, size, stream=0):
        rng = np.random.default_rng([seed, stream, 1])
        width, height = size
        self._y, self._x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(height)
        columns = np.resize(rng.permutation(5), BODIES) + rng.uniform(0.1, 0.9, BODIES)
        self._home = np.stack([columns / 5 * width / height, rng.uniform(0.12, 0.88, BODIES)], axis=1)
        self._swing = rng.uniform(0.05, 0.20, (BODIES, 2))
        self._pace = rng.uniform(0.04, 0.15, (BODIES, 2))
        self._phase = rng.uniform(0, 2 * np.pi, (BODIES, 2))
        self._radius = np.linspace(0.06, 0.19, BODIES)
        self._stretch = rng.uniform(0.75, 1.3, BODIES)
        self._heat = rng.permutation(np.linspace(0.30, 1.0, BODIES))
        self._wave = rng.uniform(0, 2 * np.pi, 6)

    def at(self, k):
        """Field of frame k: float32 (height, width) in [0, 1)."""
        u, v = self._warped(k)
        low, high = AIR
        air = low + (high - low) * (
            0.5 + 0.5 * np.sin(3.1 * u + 1.9 * np.sin(2.7 * v + 0.06 * k) + 0.05 * k + self._wave[4])
        )
        centres = self._home + self._swing * np.sin(self._pace * k + self._phase)
        mass = np.zeros_like(air)
        warmth = np.zeros_like(air)
        for (cx, cy), radius, stretch, heat in zip(centres, self._radius, self._stretch, self._heat, strict=True):
            q = ((u - cx) * np.float32(stretch)) ** 2 + ((v - cy) / np.float32(stretch)) ** 2
            near = np.exp(q * np.float32(-1 / radius**2)) + 0.18 / (1 + q * np.float32(0.5 / radius**2)) ** 2
            mass += near
            warmth += np.float32(heat) * near
        # Bodies that meet flow into one: their masses add up, their warmths mix.
        body = 0.52 / (1 + np.exp(11 * (0.52 - mass))) + 0.48 * (1 - np.exp(-0.9 * mass))
        heat = air + (1 - air) * body * warmth / (mass + np.float32(0.02))
        heat *= np.float32(1.16)
        return (heat * np.float32(PEAK / max(PEAK, heat.max()))).astype(np.float32)

    def _warped(self, k):
        x, y, w = self._x, self._y, self._wave
        u = x + 0.040 * np.sin(5.1 * y + 0.11 * k + w[0]) + 0.016 * np.sin(11.3 * y - 7.9 * x + 0.17 * k + w[1])
        v = y + 0.036 * np.sin(4.3 * x - 0.13 * k + w[2]) + 0.014 * np.sin(12.1 * x + 6.7 * y + 0.19 * k + w[3])
        return u, v
