"""Colours: grounds, panels, drums, unlit and lit segments, ink."""

import numpy as np
from PIL import Image, ImageFilter

from models.glyphs.scenes import LUMA, Scenery, opposite

SCREENS = np.array(
    [[60, 190, 20], [20, 160, 70], [30, 220, 140], [240, 160, 30], [90, 130, 230], [150, 165, 150], [190, 200, 190],
     [40, 140, 230], [120, 130, 120], [225, 230, 235], [200, 205, 120], [130, 140, 235], [90, 95, 90], [210, 120, 60]],
    float,
)  # fmt: skip
"""Grounds of liquid-crystal displays, lit and not."""
LEDS = np.array(
    [[255, 30, 20], [255, 60, 20], [40, 255, 60], [60, 120, 255], [255, 190, 40], [240, 250, 255], [30, 230, 255]],
    float,
)


def paint(
    rng: np.random.Generator, scenery: Scenery, layers: list[tuple[str, np.ndarray]], style: str, view
) -> np.ndarray:
    """The frame that a line's warped layers make: float32 (h, w, 3), 0 to 255.

    layers: (role, float32 (h, w), 0 to 1) from the bottom up. view: the `camera.View` that they are seen in.
    """
    (w, h), digit = view.size, view.digit
    pixels = scenery.background(rng, w, h)
    if style == "segments" and rng.random() < 0.8:
        return _display(rng, pixels, layers, digit)
    if style == "counter":
        return _counter(rng, pixels, layers)
    if rng.random() < 0.25 or (style == "dots" and rng.random() < 0.7):
        pixels = _lay(pixels, np.full((h, w), rng.uniform(0.5, 1.0), np.float32), any_colour(rng))
    ink = contrasting(rng, pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1)) @ LUMA)
    for role, share in layers:
        if role == "panel":
            continue
        if role == "unlit":
            pixels = _lay(pixels, np.float32(_faint(rng)) * share, ink)
        elif role == "print":
            pixels = _lay(pixels, share, any_colour(rng))
        else:
            pixels = _effects(rng, pixels, share, ink, digit)
    return np.clip(pixels, 0, 255)


def _display(rng, pixels, layers, digit):
    """A liquid-crystal or light-emitting display."""
    liquid = rng.random() < 0.6
    if liquid:
        ground = SCREENS[rng.integers(len(SCREENS))] * rng.uniform(0.4, 1.1) + rng.normal(0, 14, 3)
        ink = ground * rng.uniform(0.05, 0.75) + rng.normal(0, 8, 3)
        if rng.random() < 0.1:  # a negative one
            ground, ink = ink * 0.5, ground
    else:
        ground = rng.uniform(0, 45, 3) * rng.choice([1.0, 0.3])
        ink = LEDS[rng.integers(len(LEDS))] * rng.uniform(0.5, 1.0) + rng.normal(0, 15, 3)
    ground, ink = np.clip(ground, 0, 255), np.clip(ink, 0, 255)
    panel = next((share for role, share in layers if role == "panel"), None)
    share = np.ones(pixels.shape[:2], np.float32) if panel is None else panel
    pixels = _lay(pixels, share, ground)
    fading = _fading(rng, pixels.shape[1]) if liquid else 1
    for role, share in layers:
        if role in ("unlit", "ink"):
            share = share * fading
        if role == "unlit":
            pixels = _lay(pixels, np.float32(_unlit(rng)) * share, ink)
        elif role == "print":
            pixels = _lay(pixels, share, ink if rng.random() < 0.6 else any_colour(rng))
        elif role == "ink":
            if liquid and rng.random() < 0.25:  # the shadow on the reflector behind
                offset = rng.normal(0, 0.06 * digit, 2)
                pixels = _lay(
                    pixels,
                    np.float32(rng.uniform(0.1, 0.4)) * np.roll(share, np.round(offset).astype(int), (0, 1)),
                    ink,
                )
            if not liquid and rng.random() < 0.5:
                pixels = (
                    pixels
                    + np.float32(rng.uniform(0.1, 0.7)) * _soft(share, rng.uniform(0.05, 0.3) * digit)[:, :, None] * ink
                )
            pixels = _lay(pixels, np.float32(rng.uniform(0.85, 1)) * share, ink)
    if rng.random() < (0.15 if liquid else 0.35):  # overexposed: what is bright clips, and its colour runs over
        pixels = pixels * rng.uniform(1.2, 2.0 if liquid else 3.5) + rng.uniform(0, 60)
        spill = np.clip(pixels - 255, 0, None).sum(axis=2, keepdims=True)
        pixels = pixels + rng.uniform(0.2, 1.0) * spill
    return np.clip(pixels, 0, 255).astype(np.float32)


def _counter(rng, pixels, layers):
    """Drums, of which the last ones may have another colour."""
    ground = (
        any_colour(rng)
        if rng.random() < 0.35
        else np.full(3, float(rng.choice([rng.uniform(10, 90), rng.uniform(150, 245)]))) + rng.normal(0, 8, 3)
    )
    red = (
        np.array([200, 40, 40]) * rng.uniform(0.5, 1.2) + rng.normal(0, 15, 3)
        if rng.random() < 0.6
        else ground
        if rng.random() < 0.5
        else any_colour(rng)
    )
    ink = contrasting(rng, ground, 0)
    if rng.random() < 0.5:  # one ink that stands out from both grounds
        ink = contrasting(rng, (ground + red) / 2, 10)
    drums = [share for role, share in layers if role == "drum2"]
    ink2 = contrasting(rng, red, 0) if abs((ink - red) @ LUMA) < 40 else ink
    if rng.random() < 0.2:  # red digits on the same ground
        red, ink2 = ground, red if abs((ground - red) @ LUMA) > 30 else contrasting(rng, ground, 0)
    for role, share in layers:
        if role == "drum":
            pixels = _lay(pixels, share, ground)
        elif role == "drum2":
            pixels = _lay(pixels, share, red)
        elif role == "ink":
            second = drums[0] if drums else np.zeros_like(share)
            pixels = _lay(pixels, share * (second < 0.5), ink)
            pixels = _lay(pixels, share * (second >= 0.5), ink2)
        elif role == "shade":
            pixels = _lay(pixels, np.float32(rng.uniform(0.2, 0.9)) * share, np.zeros(3))
        else:
            pixels = _lay(pixels, share, any_colour(rng))
    return np.clip(pixels, 0, 255)


def _effects(rng, pixels, share, ink, digit):
    """Outline, shadow or glow, and the ink itself."""
    effect = rng.random()
    if effect < 0.08:
        width = 2 * max(1, round(digit * rng.uniform(0.02, 0.05))) + 1
        image = Image.fromarray((255 * share).astype(np.uint8)).filter(ImageFilter.MaxFilter(width))
        pixels = _lay(pixels, np.asarray(image, np.float32) / 255, opposite(rng, ink))
    elif effect < 0.2:
        offset = np.round(rng.normal(0, 0.06 * digit, 2) + 0.5).astype(int)
        pixels = _lay(pixels, np.float32(rng.uniform(0.2, 1)) * np.roll(share, offset, (0, 1)), opposite(rng, ink))
    elif effect < 0.3:
        pixels = _lay(pixels, np.float32(rng.uniform(0.2, 0.8)) * _soft(share, rng.uniform(0.05, 0.2) * digit), ink)
    return _lay(pixels, np.float32(rng.uniform(0.85, 1.0)) * share, ink)


def _lay(pixels, share, colour):
    return pixels + share[:, :, None] * (np.asarray(colour, np.float32) - pixels)


def _soft(share, sigma):
    image = Image.fromarray((255 * share).astype(np.uint8)).filter(ImageFilter.GaussianBlur(sigma))
    return np.asarray(image, np.float32) / 255


def _unlit(rng):
    """How bright unlit segments are against lit ones."""
    kind = rng.random()
    return (
        0.0
        if kind < 0.3
        else rng.uniform(0.03, 0.2)
        if kind < 0.7
        else rng.uniform(0.15, 0.4)
        if kind < 0.92
        else rng.uniform(0.4, 0.6)
    )


def _fading(rng, width):
    """float32 (width,): how much of its contrast a liquid crystal keeps: less towards one side, seen askew."""
    if rng.random() > 0.35:
        return np.ones(width, np.float32)
    share = np.linspace(0, 1, width, dtype=np.float32) ** np.float32(rng.uniform(0.7, 3))
    return 1 - np.float32(rng.uniform(0.2, 0.7)) * (share if rng.random() < 0.6 else share[::-1])


def _faint(rng):
    return 0.0 if rng.random() < 0.5 else rng.uniform(0.02, 0.3)


def any_colour(rng: np.random.Generator) -> np.ndarray:
    """Grey, black, white, or any colour: float64 (3,), 0 to 255."""
    kind = rng.random()
    if kind < 0.25:
        return np.full(3, rng.uniform(0, 30) if rng.random() < 0.5 else rng.uniform(225, 255))
    if kind < 0.55:
        return np.clip(rng.uniform(0, 255) + rng.normal(0, 12, 3), 0, 255)
    return rng.uniform(0, 255, 3)


def contrasting(rng: np.random.Generator, around: np.ndarray, unrest: float) -> np.ndarray:
    """An ink colour that can be told from its background, from just so to very well."""
    least = 18 + 1.8 * unrest
    for _ in range(12):
        ink = any_colour(rng)
        if abs((ink - around) @ LUMA) > least + rng.exponential(40):
            return ink
    return np.full(3, 255.0 if around @ LUMA < 128 else 0.0)
