"""Cutting boxes out of frames, and making them the size a backbone takes.

There is one path from pixels to a backbone's input. Training pictures and boxes in frames both go
through it, in the page and on the desktop, with the same result to the last bit.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..layout.box import Box

ROWS = 2
"""Rows above and below a box that are cut with what is beside it."""
STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)
SHIFTS = sorted(((dx, dy) for dx in STEPS for dy in STEPS), key=lambda s: (math.hypot(*s), max(s, (-s[0], -s[1])), s))
"""(dx, dy) in pixels by which boxes are moved, nearest first, each beside its opposite."""


@dataclass(frozen=True, eq=False)
class Crop:
    """The smallest block of whole frame pixels that covers one box, and the box within it.

    pixels: uint8 RGB, shape (h, w, 3). box: x, y, width, height inside `pixels`, fractional.
    Pixels outside the block cannot influence what is read. around: the same box in a larger block,
    where the frame is known; it serves `jitter` and tells whether a window's number goes on, and is no part of `key`.

    Raises ReadoutError for pixels of another type or shape, and for a box that leaves them.
    """

    pixels: np.ndarray
    box: Box
    around: "Crop | None" = None

    def __post_init__(self) -> None:
        dtype, shape = getattr(self.pixels, "dtype", type(self.pixels).__name__), np.shape(self.pixels)
        if dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ReadoutError(
                "a crop has at least one pixel, as uint8 RGB of shape (height, width, 3), got "
                f"{dtype} of shape {shape}: load pictures with images.load_image, "
                "or replace NaN, scale to 0..255 and convert"
            )
        _check_inside(self.box, shape)

    @classmethod
    def whole(cls, pixels: np.ndarray) -> "Crop":
        """A crop that is a picture of its own, as in a training folder."""
        height, width = (*np.shape(pixels), 0, 0)[:2]
        return cls(pixels, (0.0, 0.0, float(width), float(height)))

    @property
    def upright(self) -> "Crop":
        """The crop as a person sees it."""
        return self

    @cached_property
    def key(self) -> bytes:
        """16 bytes that are equal exactly when two crops look the same to every backbone."""
        box = tuple(map(float, self.box))  # 0 and 0.0 are the same place
        digest = hashlib.blake2b(repr((self.pixels.shape, box)).encode(), digest_size=16)
        digest.update(self.pixels.tobytes())
        return digest.digest()


def cut(
    frame: np.ndarray, boxes: Iterable[Box], margin: int = 0, origin: tuple[int, int] = (0, 0), beside: int = 0
) -> list[Crop]:
    """Cut each box out of a uint8 RGB frame of shape (height, width, 3), or out of a part of it.

    margin: how many pixels beyond the block to keep for `jitter`, fewer at the frame's edge. beside: to the left and to
    the right, if that is more; then ROWS above and below, too.
    origin: where in the whole frame, in which boxes are measured, the part begins: x, y.
    Raises ReadoutError for a box that leaves the frame.
    """
    crops = []
    for x, y, w, h in boxes:
        _check_inside((x - origin[0], y - origin[1], w, h), frame.shape)
        crop = _cut(frame, (x, y, w, h), 0, origin)
        if margin or beside:
            rows = max(margin, ROWS) if beside else margin
            crop = Crop(crop.pixels, crop.box, _cut(frame, (x, y, w, h), rows, origin, beside))
        crops.append(crop)
    return crops


def upright_crop(crop: Crop, turn: float, mirror: bool) -> Crop:
    """The crop of a box, upright. turn: degrees clockwise by which it is seen, a multiple of 90."""
    pixels, (x, y, w, h) = crop.pixels, crop.box
    for _ in range(round(turn / 90) % 4):
        (y, h), (x, w) = _reversed(x, w, pixels.shape[1]), (y, h)
        pixels = np.rot90(pixels)
    if mirror:
        (x, w), pixels = _reversed(x, w, pixels.shape[1]), pixels[:, ::-1]
    around = None if crop.around is None else upright_crop(crop.around, turn, mirror)
    return Crop(np.ascontiguousarray(pixels), (x, y, w, h), around)


def _reversed(start: float, length: float, whole: int) -> tuple[float, float]:
    """Where a span of 0 to `whole` begins, and its length, from the other end: inside, whatever rounding says."""
    begin = max(whole - start - length, 0.0)
    return begin, min(length, whole - begin)


def jitter(crop: Crop) -> list[Crop]:
    """The crop, and its box moved by half a pixel and by one in x and y: 25 crops of which the first is `crop`.

    Nearest first and opposite shifts next to each other, so that the first m are a smaller jitter, balanced where m is
    odd. Pixels are taken from `crop.around`, and beyond what is known the outermost ones are repeated.
    """
    source = crop.around or crop
    x, y, w, h = source.box
    known = np.pad(source.pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return [crop, *(_cut(known, (x + 1 + dx, y + 1 + dy, w, h), 0) for dx, dy in SHIFTS[1:])]


def jittered(crops: Sequence[Crop], limit: int = 1000) -> tuple[list[Crop], np.ndarray]:
    """Examples and as many shifts of each as `limit` crops in all allow, from 25 down to none.

    Every example gets the same odd number of crops, the first is the example itself. Returns the
    crops and, int (crops), the index of the example that each came from.
    """
    each = min(max(limit // max(len(crops), 1), 1), len(SHIFTS))
    each -= 1 - each % 2
    moved = [shifted for crop in crops for shifted in (jitter(crop)[:each] if each > 1 else [crop])]
    return moved, np.repeat(np.arange(len(crops)), each)


def picture(crop: Crop) -> dict[str, Any]:
    """What a page needs to show a crop: 'width', 'height', and its pixels as flat uint8 'rgba'."""
    height, width = crop.pixels.shape[:2]
    opaque = np.full((height, width, 1), 255, np.uint8)
    return {"width": width, "height": height, "rgba": np.concatenate([crop.pixels, opaque], axis=2).ravel()}


def _check_inside(box: Box, shape: tuple[int, ...]) -> None:
    (x, y, w, h), (height, width) = box, shape[:2]
    slack = 1e-6  # x + w may round to just above the edge
    if not (x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width + slack and y + h <= height + slack):
        raise ReadoutError(
            f"a box has an area and lies inside its picture of {width} x {height}, got {list(box)}: "
            "move it, or use the picture it was drawn on"
        )


def _cut(frame: np.ndarray, box: Box, margin: int, origin: tuple[int, int] = (0, 0), beside: int = 0) -> Crop:
    """The block that covers `box`, with `margin` pixels more on each side where the frame has them; to the left and to
    the right `beside`, if that is more.

    Boxes are not moved by `origin`: x + w rounds differently in another place.
    """
    x, y, w, h = box
    aside = max(margin, beside)
    left, top = max(math.floor(x) - aside, origin[0]), max(math.floor(y) - margin, origin[1])
    right, bottom = math.ceil(x + w) + aside, math.ceil(y + h) + margin
    block = frame[top - origin[1] : bottom - origin[1], left - origin[0] : right - origin[0]]
    return Crop(np.ascontiguousarray(block), (x - left, y - top, w, h))
