"""Where the camera stands and where the window was drawn: from a line's pixels to a frame's."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from .scenes import BOTTOM, LARGE, TOP, Line

WINDOW_HEIGHT = (11.0, 60.0)
"""Height of windows in frame pixels."""
LEAST_DIGIT = 6.5
"""Height in frame pixels below which no digit is drawn."""
LEAST_SMALL = 4.0
"""The same for the small last digits of a meter."""
MARGIN = 4
"""Frame pixels around the window, so that blur and blocks know their neighbours."""
MOST_ASPECT = 11.5


@dataclass
class View:
    """forward: 3 x 3, line to frame pixels. size: of the frame, w, h. window, digit: a box and a height in it."""

    forward: np.ndarray
    size: tuple[int, int]
    window: tuple[float, float, float, float]
    digit: float
    softness: float

    def warp(self, mask: Image.Image) -> np.ndarray:
        """A mask as the camera sees it: float32 (h, w), 0 to 1. Blurred first, so that reducing cannot alias."""
        reduction = LARGE / self.digit
        soft = mask.filter(ImageFilter.BoxBlur(self.softness * (reduction - 0.6))) if reduction > 1 else mask
        return np.asarray(self._transform(soft, Image.Resampling.BILINEAR), np.float32) * np.float32(1 / 255)

    def warp_ids(self, ids: Image.Image) -> np.ndarray:
        """uint8 (h, w): the nearest pixel of a mask of indices."""
        return np.asarray(self._transform(ids, Image.Resampling.NEAREST))

    def place(self, x, y):
        """Points (n,), (n,) of the line in the frame."""
        u, v, w = self.forward @ np.stack([x, y, np.ones_like(x)])
        return u / w, v / w

    def _transform(self, image, how):
        inverse = np.linalg.inv(self.forward)
        inverse /= inverse[2, 2]
        return image.transform(self.size, Image.Transform.PERSPECTIVE, inverse.ravel()[:8].tolist(), how)


def look(rng: np.random.Generator, line: Line, x0: float, x1: float) -> View:
    """A view of the cells between x0 and x1 of a line, through a window around them."""
    length = max(x1 - x0, 0.3 * LARGE)
    shape = _shape(rng, length, line.style)
    xs, ys = np.array([x0, x1, x1, x0]), np.array([TOP, TOP, BOTTOM, BOTTOM], float)
    centre = np.array([(x0 + x1) / 2, (TOP + BOTTOM) / 2])
    to_centre = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1.0]])
    turn = shape @ to_centre
    u, v, w = turn @ np.stack([xs, ys, np.ones(4)])
    u, v = u / w, v / w
    left, right, top, bottom = u.min(), u.max(), v.min(), v.max()
    margins = _margins(rng, length < 1.4 * LARGE) * LARGE
    left, top, right, bottom = left - margins[0], top - margins[1], right + margins[2], bottom + margins[3]
    if right - left > MOST_ASPECT * (bottom - top):  # then the window is wide rather than the number small
        spare = (right - left) / MOST_ASPECT - (bottom - top)
        top, bottom = top - spare / 2, bottom + spare / 2
    height = float(np.exp(rng.uniform(*np.log(WINDOW_HEIGHT))))
    scale = height / (bottom - top)
    smallest = min((height for _, _, height in line.spots), default=LARGE)
    scale = max(scale, LEAST_DIGIT / LARGE, LEAST_SMALL / smallest)
    w, h = (right - left) * scale, (bottom - top) * scale
    x, y = MARGIN + rng.uniform(0, 1, 2)
    to_frame = np.array([[scale, 0, x - left * scale], [0, scale, y - top * scale], [0, 0, 1]])
    size = int(x + w) + MARGIN + 1, int(y + h) + MARGIN + 1
    return View(to_frame @ turn, size, (x, y, w, h), scale * LARGE, float(rng.choice([0.25, 0.45, 0.6])))


def _shape(rng, length, style):
    """Stretch, turn, slant and perspective about a number's centre."""
    mean, spread = {"counter": (-0.15, 0.15), "segments": (0.12, 0.28)}.get(style, (0.0, 0.15))
    stretch = np.exp(np.clip(rng.normal(mean, spread), -0.5, 0.65))
    if style == "segments" and rng.random() < 0.2:  # pictures that were stretched to one shape, of short numbers most
        stretch = min(np.exp(rng.uniform(0.2, 1.0)), max(1.0, 8 * LARGE / length))
    if rng.random() < (0.4 if style == "segments" else 0.5):
        return np.diag([stretch, 1, 1.0])
    most = min(10.0, np.degrees(0.9 * LARGE / length))  # a long number that is turned makes a high window
    angle = np.radians(np.clip(rng.normal(0, 4), -most, most))
    shear = rng.normal(0, 0.1)
    keystone = np.clip(rng.normal(0, 0.12, 2), -0.3, 0.3) / np.array([length, 4 * LARGE])
    matrix = np.array([[np.cos(angle), -np.sin(angle) + shear, 0], [np.sin(angle), np.cos(angle), 0], [*keystone, 1]])
    return matrix @ np.diag([stretch, 1, 1.0])


def _margins(rng, single):
    """Left, top, right, bottom margin in heights of a digit."""
    kind = rng.random()
    if single and kind < 0.75:  # a digit or two: people draw such windows high
        high = rng.uniform(0.1, 0.65, 2)
    elif kind < 0.45:
        high = rng.uniform(0.0, 0.25, 2)
    elif kind < 0.67:
        high = rng.uniform(-0.06, 0.06, 2)
    elif kind < 0.75:
        high = rng.uniform(-0.13, 0.2, 2)
    else:
        high = rng.uniform(0.1, 0.45, 2)
    kind = rng.random(2)
    wide = np.where(
        kind < 0.5,
        rng.uniform(0.0, 0.4, 2),
        np.where(kind < 0.65, rng.uniform(-0.03, 0.06, 2), rng.uniform(0.3, 1.4, 2)),
    )
    if single and rng.random() < 0.8:  # and as wide as the digit
        wide = rng.uniform(-0.08, 0.2, 2)
    elif rng.random() < 0.12:
        wide[rng.integers(2)] = rng.uniform(1.2, 2.8)
    return np.array([wide[0], high[0], wide[1], high[1]])
