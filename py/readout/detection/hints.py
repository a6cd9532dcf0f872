"""What people saw: numbers in frames, typed, with a rectangle drawn around each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ReadoutError, quoted
from ..imaging.crops import Crop, cut
from ..layout.box import Box
from ..model.prior import BLANK
from .lattice import Spacing

SEPARATORS = ".,:;'\"/° "
"""Characters that take no box: they only widen the gap between two digits."""

TALL = 52
"""A rectangle is looked at in about so many rows, or fewer; larger pictures are reduced."""

LEAST_WIDTH, LEAST_HEIGHT = 2, 4
"""Pixels that a digit takes at least."""


@dataclass(frozen=True, eq=False)
class Hint:
    """A number that was seen.

    pixels: uint8 RGB (h, w, 3), a part of a frame. origin: where in the frame it begins: x, y.
    drawn: the rectangle around the number, in frame pixels. text: what it shows.
    """

    pixels: np.ndarray
    origin: tuple[int, int]
    drawn: Box
    text: str


def format_of(text: str) -> str:
    """How a typed text becomes boxes: '79.05' is '##.##', '-3.1' is '##.#'."""
    return "".join(char if char in SEPARATORS else "#" for char in text.strip())


class Hints:
    """Hints of one readout, whose boxes are the same in all frames, reduced by `shrink` to a common scale.

    format: of the longest text, with `count` boxes; a shorter text stands at the right. characters:
    for each hint a label for each box, 'blank' where nothing is shown. spacing: the gaps between
    boxes. rectangle: x, y, width, height of what all drawn rectangles share, in reduced frame pixels.

    Raises ReadoutError for no hints, pixels that are no picture, a text without digits, texts that
    do not fit together, and rectangles that are too small or do not meet.
    """

    def __init__(self, hints: Sequence[Hint]):
        if not hints:
            raise ReadoutError("boxes are found from at least one typed number, got none: type what a frame shows")
        self.format = max((format_of(hint.text) for hint in hints), key=len)
        self.count = self.format.count("#")
        self.characters = [self._split(hint.text) for hint in hints]
        columns = zip(*self.characters, strict=True)
        plain = [all(char == BLANK or char.isdecimal() for char in column) for column in columns]
        self.spacing = Spacing.of(self.format, plain)
        parts = np.array([_part(hint) for hint in hints], np.float64)
        self._inside = _shared(parts)
        left, top, right, bottom = self._rectangle(hints, parts)
        self.shrink = max(1, round((bottom - top) / TALL))
        self.rectangle = tuple(side / self.shrink for side in (left, top, right - left, bottom - top))
        pad = math.ceil(max(bottom - top, 16) / self.shrink)
        self._pixels = [_padded(hint.pixels, self.shrink, pad) for hint in hints]
        self._offsets = [pad - np.array(hint.origin) / self.shrink for hint in hints]

    def __len__(self) -> int:
        return len(self.characters)

    def cut(self, boxes: np.ndarray, which: Sequence[int]) -> list[Crop]:
        """Crops of boxes (m, 4), reduced frame pixels, from each of the hints `which` in turn.

        Boxes are moved to sixteenths of a pixel, so that those whole pixels apart have exactly the
        same fractions and are resampled together. Beyond a picture its outermost pixels are repeated.
        """
        crops = []
        for k in which:
            height, width = self._pixels[k].shape[:2]
            size = np.clip(_sixteenths(boxes[:, 2:]), 1, (width, height))
            corner = np.clip(_sixteenths(boxes[:, :2] + self._offsets[k]), 0, (width, height) - size)
            crops += cut(self._pixels[k], np.hstack([corner, size]).tolist())
        return crops

    def in_frame(self, boxes: np.ndarray) -> tuple[Box, ...]:
        """Boxes (n, 4) in frame pixels, to quarters, moved inside what is known of the frames."""
        boxes = np.round(boxes * self.shrink * 4) / 4
        left, top, right, bottom = self._inside
        size = np.minimum(boxes[:, 2:], (right - left, bottom - top))
        corner = np.clip(boxes[:, :2], (left, top), (right, bottom) - size)
        return tuple(tuple(box) for box in np.hstack([corner, size]).tolist())

    def _split(self, text: str) -> list[str]:
        format = format_of(text)
        if not any(char.isdecimal() for char in text):
            raise ReadoutError(f"a number has digits, got {quoted(text)}: type what the frame shows, like 79.05")
        if not self.format.endswith(format):
            raise ReadoutError(
                f"a readout has the same separators in all frames, got {quoted(format)} and {quoted(self.format)}: "
                "correct one of the texts, or make two readouts"
            )
        shown = [char for char in text if char not in SEPARATORS and not char.isspace()]
        return [BLANK] * (self.count - len(shown)) + shown

    def _rectangle(self, hints: Sequence[Hint], parts: np.ndarray) -> Box:
        drawn = np.array([(x, y, x + w, y + h) for x, y, w, h in (hint.drawn for hint in hints)], float)
        left, top, right, bottom = _shared(np.concatenate([drawn, parts]))
        width, height = right - left, bottom - top
        if not (width >= LEAST_WIDTH * self.count and height >= LEAST_HEIGHT):
            raise ReadoutError(
                f"{self.count} digits take at least {LEAST_WIDTH * self.count} x {LEAST_HEIGHT} pixels, "
                f"got a rectangle of {max(width, 0):.3g} x {max(height, 0):.3g}: "
                "draw it around the whole number, at the same place in all frames"
            )
        return left, top, right, bottom


def _part(hint: Hint) -> Box:
    """left, top, right, bottom of a hint's pixels in the frame."""
    height, width = Crop.whole(hint.pixels).pixels.shape[:2]
    return (*hint.origin, hint.origin[0] + width, hint.origin[1] + height)


def _shared(edges: np.ndarray) -> Box:
    """left, top, right, bottom of what rectangles (m, 4), given in the same way, have in common."""
    (left, top), (right, bottom) = edges[:, :2].max(axis=0).tolist(), edges[:, 2:].min(axis=0).tolist()
    return left, top, right, bottom


def _padded(pixels: np.ndarray, shrink: int, pad: int) -> np.ndarray:
    """Means of blocks of `shrink` x `shrink` pixels, and `pad` more on each side: uint8 RGB."""
    shrink = min(shrink, *pixels.shape[:2])
    if shrink > 1:
        height, width = (side // shrink for side in pixels.shape[:2])
        blocks = pixels[: height * shrink, : width * shrink].reshape(height, shrink, width, shrink, 3)
        pixels = (blocks.mean(axis=(1, 3)) + 0.5).astype(np.uint8)
    return np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), mode="edge")


def _sixteenths(values: np.ndarray) -> np.ndarray:
    return np.round(values * 16) / 16
