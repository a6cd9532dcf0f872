"""Rectangles of a frame: what holds them, and what they share."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..files.json_fields import numbers

Box = tuple[float, float, float, float]
"""x, y, width, height in frame pixels; fractions are allowed."""


def middle(box: Box) -> tuple[float, float]:
    """x and y of its middle."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def outer_edges(boxes: Iterable[Box]) -> tuple[float, float, float, float]:
    """left, top, right and bottom of what holds all boxes, of which there is one at least."""
    left, top, right, bottom = zip(*((x, y, x + w, y + h) for x, y, w, h in boxes), strict=True)
    return min(left), min(top), max(right), max(bottom)


def hull(window: Box, turn: float) -> Box:
    """The upright box around a window that is turned by degrees around its middle."""
    if not turn:
        return window
    x, y, w, h = window
    cos, sin = abs(math.cos(math.radians(turn))), abs(math.sin(math.radians(turn)))
    if turn % 90 == 0:
        cos, sin = round(cos), round(sin)
    width, height = w * cos + h * sin, w * sin + h * cos
    return (x + (w - width) / 2, y + (h - height) / 2, width, height)


def shared_area(one: Box, other: Box) -> float:
    """Square pixels that lie in both."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def overlap(one: Box, other: Box) -> float:
    """What two boxes share, as a share of the smaller one."""
    return shared_area(one, other) / min(one[2] * one[3], other[2] * other[3])


def fits(box: Box, frame_size: tuple[int, int]) -> bool:
    """Whether a box lies in a frame of (width, height)."""
    x, y, w, h = box
    return x >= 0 and y >= 0 and x + w <= frame_size[0] and y + h <= frame_size[1]


def clipped(box: Box, frame_size: tuple[int, int]) -> Box:
    """What of a box lies in a frame of (width, height)."""
    x, y = max(box[0], 0.0), max(box[1], 0.0)
    return x, y, min(box[0] + box[2], frame_size[0]) - x, min(box[1] + box[3], frame_size[1]) - y


def lowered(box: Box, less: float) -> Box:
    """A box less high around the same middle: `less` is left out above and as much below, as a share of its height."""
    x, y, w, h = box
    return x, y + less * h, w, (1 - 2 * less) * h


def scaled(box: Box, old: tuple[int, int], new: tuple[int, int]) -> Box:
    """A box of frames of the size `old` in those of `new`, each (width, height)."""
    (x, w), (y, h) = (_scaled_span(box[k], box[k + 2], old[k], new[k]) for k in (0, 1))
    return x, y, w, h


def _scaled_span(start: float, length: float, old: int, new: int) -> tuple[float, float]:
    """A span on a line of `old` pixels, for one of `new`. It ends inside where it did, whatever rounding says."""
    start, length = start * (new / old), length * (new / old)
    if start + length > new:
        length = new - start
        while start + length > new:
            length = math.nextafter(length, 0)
    return start, length


def box_from_json(values: Any, where: str) -> Box:
    """Four numbers, as a box. where: how errors call it. Raises ReadoutError for anything else."""
    x, y, w, h = numbers(values, 4, where)
    return x, y, w, h


def box_fields(box: Sequence[float]) -> list[float]:
    """A box for JSON: 8 and 8.0 are the same place, and written the same."""
    return [int(n) if n == int(n) else float(n) for n in box]
