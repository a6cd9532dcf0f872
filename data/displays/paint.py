"""Colour: from a strip of ink and a background to an RGB picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from .strip import Strip, coverage

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Paint:
    """A display's colours, RGB of 0..1, and how strongly each layer covers what lies below it.

    lit, opacity: the characters. unlit, unlit_opacity: segments or dots that are off. edge: the
    stroke around characters, None for none. shadow: strength of the shadow; shadow_at: its offset
    and shadow_blur its blur, both in frame pixels. plate: windows of a counter. glow: strength, and
    glow_blur in frame pixels. uneven: light falling off over the picture, 0..1, at light_angle.
    """

    lit: Colour
    opacity: float = 1.0
    unlit: Colour = (0.0, 0.0, 0.0)
    unlit_opacity: float = 0.0
    edge: Colour | None = None
    shadow: float = 0.0
    shadow_colour: Colour = (0.0, 0.0, 0.0)
    shadow_at: tuple[float, float] = (0.0, 0.0)
    shadow_blur: float = 0.0
    plate: Colour = (0.0, 0.0, 0.0)
    glow: float = 0.0
    glow_blur: float = 1.0
    uneven: float = 0.0
    light_angle: float = 0.0

    def apply(self, strip: Strip, scale: int, background: np.ndarray) -> np.ndarray:
        """Lay the strip over a background, float32 (height, width, 3), which is changed and returned."""
        picture = background
        lit = coverage(strip.lit, scale)
        if strip.plate is not None:
            window = coverage(strip.plate, scale)
            _cover(picture, window, self.plate, 1.0)
        if self.shadow:
            _cover(picture, self._shadow(strip.edge or strip.lit, scale), self.shadow_colour, self.shadow)
        if strip.edge is not None and self.edge is not None:
            _cover(picture, coverage(strip.edge, scale), self.edge, self.opacity)
        if strip.unlit is not None and self.unlit_opacity:
            _cover(picture, coverage(strip.unlit, scale), self.unlit, self.unlit_opacity)
        _cover(picture, lit, self.lit, self.opacity)
        if strip.plate is not None:
            picture *= _curvature(window)
        if self.glow:
            halo = Image.fromarray((lit * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(self.glow_blur))
            picture += (np.asarray(halo, np.float32) * np.float32(self.glow / 255))[:, :, None] * np.float32(self.lit)
        if self.uneven:
            picture *= self._light(picture.shape)
        return picture

    def _shadow(self, ink, scale):
        dx, dy = (round(offset * scale) for offset in self.shadow_at)
        moved = Image.new("L", ink.size)
        moved.paste(ink, (dx, dy))
        if self.shadow_blur:
            moved = moved.filter(ImageFilter.GaussianBlur(self.shadow_blur * scale))
        return coverage(moved, scale)

    def _light(self, shape):
        y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
        x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None]
        along = np.cos(self.light_angle) * x + np.sin(self.light_angle) * y
        return (1 - np.float32(self.uneven) * (along + np.float32(0.5)))[:, :, None]


def _cover(picture, share, colour, opacity):
    share = (share * np.float32(opacity))[:, :, None]
    picture += share * (np.float32(colour) - picture)


def _curvature(window):
    """Shading of cylinders: 1 in the middle of the windows' height, darker towards both ends."""
    rows = np.flatnonzero(window.any(axis=1))
    shade = np.ones(window.shape[0], np.float32)
    if len(rows):
        across = np.linspace(-1, 1, len(rows), dtype=np.float32)
        shade[rows[0] : rows[-1] + 1] = 1 - 0.45 * across**2
    return np.where(window > 0.5, shade[:, None], 1)[:, :, None].astype(np.float32)
