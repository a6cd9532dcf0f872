"""A frame being painted: a heat field below, antialiased shapes and text above."""

import numpy as np
from PIL import Image

from . import palette


class Canvas:
    """Paints over a field of heat and ends as a palette image.

    heat: float32 (height, width) in [0, 1]. Shapes are blended by coverage (float, 0 to 1) at
    fractional pixel positions; only pixels they touch leave the field's own colours.
    """

    def __init__(self, heat):
        self.shape = heat.shape
        self._heat = heat
        self._rgb = palette.ironbow(heat).astype(np.float32)
        self._touched = np.zeros(heat.shape, dtype=bool)

    def blend(self, coverage, corner, colour, opacity=1.0):
        """Blend `colour` (3,) through coverage (h, w) whose top left lies at corner (row, column)."""
        rows = slice(corner[0], corner[0] + coverage.shape[0])
        columns = slice(corner[1], corner[1] + coverage.shape[1])
        alpha = (coverage * opacity)[..., None]
        area = self._rgb[rows, columns]
        area += alpha * (np.asarray(colour, dtype=np.float32) - area)
        self._touched[rows, columns] |= coverage * opacity > 0.02

    def panel(self, x0, y0, x1, y1, radius):
        """A dark translucent panel with rounded corners and a faint rim; edges in pixels."""
        coverage, corner = rounded(x0, y0, x1, y1, radius)
        self.blend(coverage, corner, palette.GLASS, palette.GLASS_OPACITY)
        rim = coverage - rounded(x0, y0, x1, y1, radius, inset=1)[0]
        self.blend(rim, corner, palette.INK, 0.10)

    def bar(self, x0, y0, x1, y1, colour, opacity=1.0):
        """An upright rectangle with fractional edges, in pixels."""
        row, down = _cover(y0, y1)
        column, across = _cover(x0, x1)
        self.blend(np.outer(down, across), (row, column), colour, opacity)

    def ramp(self, x0, y0, x1, y1):
        """The colour scale: hottest at y0, coldest at y1; whole pixels."""
        t = 1 - (np.arange(y0, y1) + 0.5 - y0) / (y1 - y0)
        self._heat[y0:y1, x0:x1] = t[:, None]
        self._rgb[y0:y1, x0:x1] = palette.ironbow(t)[:, None]
        self._touched[y0:y1, x0:x1] = False

    def disc(self, x, y, radius, colour, opacity=1.0):
        """A filled disc, centre and radius in pixels."""
        coverage, corner = rounded(x - radius, y - radius, x + radius, y + radius, radius)
        self.blend(coverage, corner, colour, opacity)

    def text(self, face, x, baseline, text, size, colour=palette.INK, opacity=1.0, spread=(0.0, 0.0)):
        """Text with its left end at x; see `Typeface.stamp` for the units."""
        coverage, corner = face.stamp(self.shape, x, baseline, text, size, spread)
        self.blend(coverage, corner, colour, opacity)

    def grain(self, rng, noise, x0, y0, x1, y1, feather):
        """Noise as a codec leaves it around text: inside the box, fading out over `feather`.

        noise: standard deviation in grey levels. Edges and feather in pixels.
        """
        rows, columns = slice(y0 - feather, y1 + feather), slice(x0 - feather, x1 + feather)
        y = np.arange(rows.start, rows.stop)[:, None] + 0.5
        x = np.arange(columns.start, columns.stop)[None, :] + 0.5
        away = np.hypot(np.maximum(np.maximum(x0 - x, x - x1), 0), np.maximum(np.maximum(y0 - y, y - y1), 0))
        fade = np.clip(1 - away / feather, 0, 1)
        self._rgb[rows, columns] += (rng.normal(0, noise, fade.shape) * fade)[..., None]
        self._touched[rows, columns] |= fade > 0

    def pixels(self):
        """The finished frame without a palette: uint8 (height, width, 3)."""
        return np.rint(np.clip(self._rgb, 0, 255)).astype(np.uint8)

    def image(self):
        """The finished frame: a PIL image of mode P."""
        index = palette.field_index(self._heat)
        index[self._touched] = palette.nearest_index(self._rgb[self._touched])
        picture = Image.fromarray(index)
        picture.putpalette(palette.colours().tobytes())
        return picture


def rounded(x0, y0, x1, y1, radius, inset=0.0):
    """Coverage of a rounded rectangle: (float32 (h, w), (row, column)); edges in pixels.

    inset: shrinks the shape by so many pixels on every side; the array keeps its size.
    """
    row, column = int(np.floor(y0)), int(np.floor(x0))
    y = np.arange(row, int(np.ceil(y1)))[:, None] + 0.5 - (y0 + y1) / 2
    x = np.arange(column, int(np.ceil(x1)))[None, :] + 0.5 - (x0 + x1) / 2
    # Signed distance to a rounded box: Inigo Quilez, "2D distance functions".
    qx = np.abs(x) - (x1 - x0) / 2 + radius
    qy = np.abs(y) - (y1 - y0) / 2 + radius
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    distance = outside + np.minimum(np.maximum(qx, qy), 0) - radius
    return np.clip(0.5 - distance - inset, 0, 1).astype(np.float32), (row, column)


def _cover(low, high):
    first = int(np.floor(low))
    edges = np.arange(first, int(np.ceil(high)))
    return first, np.clip(np.minimum(edges + 1, high) - np.maximum(edges, low), 0, 1)
