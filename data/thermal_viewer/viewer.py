"""One frame of the viewer: the field, the colour scale with its labels, and a few captions."""

import numpy as np

from . import palette
from .canvas import Canvas
from .field import Field
from .typeface import Typeface
from .values import SPAN, bottom_values, label_text, top_values

SIZE = (1024, 768)
STEP = 0.5  # seconds from one frame to the next
BOX_X = (929, 935.5, 944.5, 951)  # left edges of the four digit boxes, pixels
BOX_WIDTH, BOX_HEIGHT = 8, 10
TOP_Y, BOTTOM_Y = 37, 721  # upper edges of the boxes of the two end labels
DIGIT_SIZE = 13.2  # pixels per em: digits 8.6 high

PANEL = (908, 12, 1012, 756)
SCALE_X = (972, 996)
SCALE_Y = (TOP_Y + BOX_HEIGHT // 2, BOTTOM_Y + BOX_HEIGHT // 2)

SPREAD = (0.88, 0.56)  # blur of the end labels across and down, pixels
SHAKE = 0.22  # how far a frame's capture shifts the labels, pixels
NOISE = 3.4  # around the end labels, grey levels


def layout():
    """The boxes of both labels, as layout.json version 1 has them."""

    def readout(name, y):
        return {"name": name, "format": "##.##", "boxes": [[x, y, BOX_WIDTH, BOX_HEIGHT] for x in BOX_X]}

    return {"version": 1, "frame_size": list(SIZE), "readouts": [readout("top", TOP_Y), readout("bottom", BOTTOM_Y)]}


class Viewer:
    """A sequence of frames: `tops` (count,) hundredths, and `frame(k)` its pictures.

    seed, stream: two sequences differ when either differs. Frame k is the same whatever
    `count` is and whichever frames were drawn before.
    """

    def __init__(self, seed, count, stream=0):
        self.seed, self.stream = seed, stream
        self.tops = top_values(seed, count, stream)
        self._field = Field(seed, SIZE, stream)
        self._digits, self._words = Typeface("Semibold"), Typeface("Regular")

    def frame(self, k):
        """Frame k, counted from 0: PIL image, mode P, SIZE."""
        return self._painted(self._field.at(k), k, k * STEP).image()

    def _painted(self, heat, k, seconds):
        """A canvas with everything on it: value k over a field, at a moment."""
        rng = np.random.default_rng([self.seed, self.stream, 2, k])
        top = int(self.tops[k])
        canvas = Canvas(heat.copy())
        canvas.panel(*PANEL, radius=12)
        self._scale(canvas, top)
        self._labels(canvas, top, rng)
        self._hottest(canvas, heat, top)
        self._captions(canvas, seconds)
        return canvas

    def _labels(self, canvas, top, rng):
        shake = rng.uniform(-SHAKE, SHAKE, 2)
        focus = rng.uniform(0.9, 1.15)
        opacity = rng.uniform(0.86, 0.97)
        spread = (SPREAD[0] * focus, SPREAD[1] * focus)
        for value, y in ((top, TOP_Y), (int(bottom_values(top)), BOTTOM_Y)):
            baseline = y + 9.3 + shake[1]
            text = label_text(value)
            for digit, x in zip(text.replace(".", ""), BOX_X, strict=True):
                width = self._digits.width(digit, DIGIT_SIZE)
                left = x + (BOX_WIDTH - width) / 2 + shake[0]
                canvas.text(self._digits, left, baseline, digit, DIGIT_SIZE, opacity=opacity, spread=spread)
            middle = (BOX_X[1] + BOX_X[2] + BOX_WIDTH) / 2
            dot = middle - self._digits.width(".", DIGIT_SIZE) / 2 + shake[0]
            canvas.text(self._digits, dot, baseline, ".", DIGIT_SIZE, opacity=opacity, spread=spread)
            canvas.grain(rng, NOISE, 925, y - 4, 963, y + BOX_HEIGHT + 4, feather=6)

    def _scale(self, canvas, top):
        x0, x1 = SCALE_X
        y0, y1 = SCALE_Y
        canvas.bar(x0 - 1, y0 - 1, x1 + 1, y1 + 1, palette.INK, 0.35)
        canvas.ramp(x0, y0, x1, y1)
        per_hundredth = (y1 - y0) / SPAN
        for value in range(-(-(top - SPAN) // 20) * 20, top + 1, 20):
            y = y0 + (top - value) * per_hundredth
            major = value % 100 == 0
            length = 6 if major else 3
            canvas.bar(x0 - 3 - length, y - 0.5, x0 - 3, y + 0.5, palette.INK, 0.75 if major else 0.38)
            if major and min(y - y0, y1 - y) > 16:
                text = str(value // 100)
                canvas.text(
                    self._words,
                    x0 - 14 - self._words.width(text, 13),
                    y + 4.3,
                    text,
                    13,
                    opacity=0.72,
                    spread=(0.3, 0.3),
                )
        for y in SCALE_Y:
            canvas.bar(x0 - 10, y - 0.6, x0 - 3, y + 0.6, palette.INK, 0.9)
        unit = "°C"
        canvas.text(
            self._words, (x0 + x1 - self._words.width(unit, 14)) / 2, 31, unit, 14, opacity=0.8, spread=(0.25, 0.25)
        )

    def _hottest(self, canvas, heat, top):
        view = heat[70:700, 30:820]
        row, column = np.unravel_index(int(view.argmax()), view.shape)
        x, y = column + 31, row + 71
        for colour, width, opacity in ((palette.GLASS, 4, 0.75), (palette.INK, 2, 1.0)):
            half = width / 2
            for sign in (-1, 1):
                near, far = sorted((sign * 5, sign * 13))
                canvas.bar(x + near, y - half, x + far, y + half, colour, opacity)
                canvas.bar(x - half, y + near, x + half, y + far, colour, opacity)
        value = top - SPAN + round(float(heat[row + 70, column + 30]) * SPAN)
        text = f"{value / 100:.1f} °C"
        width = self._words.width(text, 14)
        canvas.panel(x + 12, y + 8, x + 26 + width, y + 28, radius=6)
        canvas.text(self._words, x + 19, y + 22.6, text, 14, opacity=0.95, spread=(0.25, 0.25))

    def _captions(self, canvas, seconds):
        clock = f"{int(seconds // 60):02d}:{seconds % 60:04.1f}"
        canvas.panel(16, 14, 204, 42, radius=9)
        canvas.disc(32, 28, 4.5, (236, 72, 60))
        canvas.text(self._words, 44, 33, "LIVE", 14, opacity=0.95, spread=(0.25, 0.25))
        canvas.text(self._words, 84, 33, "Camera 1", 14, opacity=0.7, spread=(0.25, 0.25))
        canvas.text(self._words, 148, 33, clock, 14, opacity=0.95, spread=(0.25, 0.25))
        note = "ε 0.95   ·   1.2 m   ·   span 10.00 °C"
        canvas.panel(16, 728, 40 + self._words.width(note, 13), 754, radius=9)
        canvas.text(self._words, 28, 745.5, note, 13, opacity=0.75, spread=(0.25, 0.25))
