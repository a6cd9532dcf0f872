"""One display, as one video shows it: all its frames have the same settings."""

from collections.abc import Callable

import numpy as np

from .paint import Paint
from .scenery import Scenery
from .spoil import Spoil
from .strip import Box, Frame, pens, set_text
from .view import View


class Display:
    """Draws frames of text; the boxes stay where they are.

    make_face: the typeface for a digit height in strip pixels. pattern: the text, '#' where a digit
    goes. height: of a digit, in frame pixels. scale: strip pixels per frame pixel; 1 draws glyphs at
    their final size, hinted. at: fraction of a pixel at which the text starts. tracking: extra
    advance, as a share of the height. pads: left, top, right, bottom of the boxes beyond the digits'
    ink, as shares of its width and height. wobble: by how many pixels boxes are placed amiss. shake:
    by how many pixels the text moves between frames. turn: how far counter wheels turn on, at most.
    """

    def __init__(
        self,
        make_face: Callable[[float], object],
        pattern: str,
        height: float,
        paint: Paint,
        scenery: Scenery,
        spoil: Spoil,
        *,
        rng: np.random.Generator,
        scale: int = 4,
        at: tuple[float, float] = (0.0, 0.0),
        tracking: float = 0.0,
        pads: tuple[float, float, float, float] = (0.1, 0.1, 0.1, 0.1),
        wobble: float = 0.0,
        shake: float = 0.0,
        stroke: float = 0.0,
        view: View | None = None,
        turn: float = 0.0,
    ):
        self.face = make_face(height * scale)
        self.pattern, self.paint, self.scenery, self.spoil, self.view = pattern, paint, scenery, spoil, view
        self.shake, self.turn = shake, turn
        self.stroke = max(1, round(stroke * scale)) if stroke else 0
        self.frame = self._framed(height, scale, at, tracking * height)
        self.boxes = [self._box(cell, pads, wobble, rng) for cell in self._strip(pattern.replace("#", "8")).cells]

    @property
    def digits(self) -> int:
        """How many digits a frame shows."""
        return len(self.boxes)

    def text(self, digits: str) -> str:
        """The pattern with these digits, or blanks, in place."""
        rest = iter(digits)
        return "".join(next(rest) if char == "#" else char for char in self.pattern)

    def show(self, digits: str, rng: np.random.Generator, phases: list[float] | None = None) -> np.ndarray:
        """One recorded frame: uint8 RGB (height, width, 3)."""
        if phases is None and self.turn:
            phases = [
                self.turn * (rng.uniform(-1, 1) if rng.random() < 0.5 else 0.1 * rng.uniform(-1, 1)) for _ in digits
            ]
        strip = self._strip(self.text(digits), phases, self.shake * rng.uniform(-1, 1, 2))
        background = self.scenery.draw(self.frame.size, rng)
        background = np.broadcast_to(background, (*self.frame.size[::-1], 3)).astype(np.float32)
        return self.spoil.apply(self.paint.apply(strip, self.frame.scale, background), rng)

    def _strip(self, text, phases=None, offset=(0.0, 0.0)):
        x, y = self.frame.start
        frame = Frame(self.frame.scale, (x + offset[0], y + offset[1]), self.frame.size, self.frame.tracking)
        if phases is not None:
            rest = iter(phases)
            phases = [next(rest) if char == "#" else 0.0 for char in self.pattern]
        strip = set_text(self.face, text, frame, self.stroke, phases, self.pattern)
        return self.view.strip(strip, frame.scale) if self.view else strip

    def _framed(self, height, scale, at, tracking):
        """The frame around the text: a margin of the digits' height, for boxes and what lies beside them."""
        left, top, right, bottom = (value / scale for value in self.face.cell)
        margin = 4 + 0.9 * max(right - left, bottom - top)
        start = (margin + at[0] - left, margin + at[1] - top)
        loose = Frame(scale, start, (1, 1), tracking)
        end = pens(self.face, self.pattern.replace("#", "0"), loose)[-1] / scale
        return Frame(scale, start, (int(end + margin) + 1, int(start[1] + bottom + margin) + 1), tracking)

    def _box(self, cell: Box, pads, wobble, rng) -> Box:
        x, y, w, h = cell
        left, top, right, bottom = pads
        dx, dy = wobble * rng.uniform(-1, 1, 2)
        x0, y0 = max(0.0, x - left * w + dx), max(0.0, y - top * h + dy)
        width = min(w * (1 + left + right), self.frame.size[0] - x0)
        height = min(h * (1 + top + bottom), self.frame.size[1] - y0)
        return (round(x0, 2), round(y0, 2), round(width, 2) - 0.01, round(height, 2) - 0.01)
