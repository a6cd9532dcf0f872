"""Where lines of characters may stand in a picture: few windows that hold nearly all of them, and much else.

Connected strokes of about one height, side by side, are a line. The picture is looked at in several sizes, each half
the one before, so that the characters looked for are 7 to 20 pixels high in one of them.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from ..layout.box import Box
from .components import BLOCK, Components, block_sums, components, connected, dilated, pairs, strokes

HEIGHTS = (6, 22)
"""Pixels of the lowest and the highest character that is looked for in one size of the picture."""
HALVINGS = 4
"""How often the picture is halved: the highest character is HEIGHTS[1] times 2 to this power."""
LARGEST = 1920
"""Pixels of the longer side: a larger picture is reduced first."""
WIDEST = 6.0
"""Of a component, in heights: characters that touch are one."""
LEAST_FILL = 0.12
"""Of its box a component covers so much, at least."""
GAP = 1.3
"""Between two characters of a line, in heights, at most."""
LEAST_HEIGHT = 0.6
"""The lower of two neighbours is at least so high, in heights of the higher one."""
LEAST_SHARED = 0.6
"""Of the lower one's height so much lies beside the higher one."""
MOST_COMPONENTS = 3000
"""In one size and polarity; those that stand out most of more."""
STEEPEST = 17.0
"""Degrees that a line may be turned."""
NEARLY_LEVEL = 1.5
"""Degrees below which it is taken to be level."""
NOTICEABLE = 0.35
"""Heights by which the ends of a turned line differ, at least."""


@dataclass(frozen=True)
class TextLine:
    """A place where characters may stand.

    box: x, y, width, height around them, without a margin, in frame pixels, before it is turned. turn: degrees
    clockwise around its middle. count: of components. contrast: grey levels. score: above that of less likely lines.
    """

    box: Box
    turn: float
    count: int
    contrast: float
    score: float


def find_text_lines(frame: np.ndarray, most: int = 200) -> list[TextLine]:
    """The likeliest lines of characters of a frame, uint8 (h, w, 3), the likeliest first, at most so many."""
    grey, shrink = _grey(frame)
    found: list[tuple[float, Components, np.ndarray, int]] = []
    for halving in range(HALVINGS + 1):
        if min(grey.shape) < 2 * HEIGHTS[0]:
            break
        scale = shrink * 2**halving
        bright, dark, difference = strokes(_padded(grey))
        for ink in (bright, dark):
            for joined in (False, True) if halving else (False,):
                parts = _characters(components(dilated(ink) if joined else ink, difference), 1 if joined else 0)
                found += [(score, parts, group, scale) for score, group in _lines(parts)]
        grey = _halved(grey)
    lines: list[TextLine] = []
    for score, parts, group, scale in sorted(found, key=lambda each: -each[0]):
        if len(lines) == most:
            break
        line = _line(parts.select(group), scale, score)
        lines += [line] if line else []
    return lines


def _grey(frame: np.ndarray) -> tuple[np.ndarray, int]:
    """Brightness, int16, with as much of red and blue as a lit display has; and by how much it is reduced."""
    parts = frame.astype(np.int16)
    grey = (parts[:, :, 0] + 2 * parts[:, :, 1] + parts[:, :, 2]) >> 2
    shrink = max(1, math.ceil(max(grey.shape) / LARGEST))
    if shrink > 1:
        height, width = (side // shrink * shrink for side in grey.shape)
        grey = (block_sums(grey[:height, :width].astype(np.int32), shrink) // shrink**2).astype(np.int16)
    return grey, shrink


def _halved(grey: np.ndarray) -> np.ndarray:
    height, width = (side // 2 * 2 for side in grey.shape)
    return (block_sums(grey[:height, :width], 2) + 2) >> 2


def _padded(grey: np.ndarray) -> np.ndarray:
    height, width = grey.shape
    return np.pad(grey, ((0, -height % BLOCK), (0, -width % BLOCK)), mode="edge")


def _characters(parts: Components, more: int) -> Components:
    """The components that may be characters. more: pixels by which each was made larger."""
    parts = replace(parts, top=parts.top + more, bottom=parts.bottom - more)
    width, height = parts.right - parts.left, parts.bottom - parts.top
    fits = (
        (height >= HEIGHTS[0])
        & (height <= HEIGHTS[1])
        & (width <= WIDEST * height)
        & (parts.area > LEAST_FILL * width * height)
    )
    chosen = parts.select(fits)
    if len(chosen) > MOST_COMPONENTS:
        chosen = chosen.select(np.argsort(-chosen.contrast, kind="stable")[:MOST_COMPONENTS])
    return chosen.select(np.argsort(chosen.left, kind="stable"))


def _lines(parts: Components) -> list[tuple[float, np.ndarray]]:
    """The score of each line and the indices of its components. parts: from left to right."""
    height = parts.bottom - parts.top
    last = np.searchsorted(parts.left, parts.right + GAP * np.minimum(1.5 * height, HEIGHTS[1]), "right")
    one, other = pairs(np.arange(len(parts)) + 1, last)
    lower, higher = np.minimum(height[one], height[other]), np.maximum(height[one], height[other])
    shared = np.minimum(parts.bottom[one], parts.bottom[other]) - np.maximum(parts.top[one], parts.top[other])
    gap = parts.left[other] - parts.right[one]
    near = (gap <= GAP * higher) & (lower >= LEAST_HEIGHT * higher) & (shared >= LEAST_SHARED * lower)
    labels = connected(len(parts), one[near], other[near])
    order = np.argsort(labels, kind="stable")
    scores = _scores(labels, height, parts.contrast)
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    return list(zip(scores.tolist(), groups, strict=True))


def _scores(labels: np.ndarray, height: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """How likely each group of components is a line, (L,): of even height, standing out, of several characters."""
    count = np.bincount(labels)
    mean, square = np.bincount(labels, height) / count, np.bincount(labels, height * height) / count
    even = 1 / (1 + np.sqrt(np.maximum(square - mean * mean, 0)) / mean)
    return np.sqrt(np.bincount(labels, contrast) / count * np.minimum(count, 5)) * even


def _line(parts: Components, scale: int, score: float) -> TextLine | None:
    """The window of a line's components, None where they are none."""
    width, height = parts.right - parts.left, parts.bottom - parts.top
    x, y = (parts.left + parts.right) / 2, (parts.top + parts.bottom) / 2
    left, right = float(parts.left.min()), float(parts.right.max())
    high, count = _median(height), len(parts)
    if count == 1 and not 0.12 * high <= width[0] <= 4.5 * high:
        return None
    slope = 0.0
    if count >= 3 and np.ptp(x) > 1.5 * high:
        across = x - x.mean()
        slope = float((across * y).sum() / (across * across).sum())
    turn = math.degrees(math.atan(slope))
    if abs(turn) > STEEPEST:
        return None
    if abs(turn) < NEARLY_LEVEL or abs(slope) * float(np.ptp(x)) < NOTICEABLE * high:
        slope = turn = 0.0
    middle = (left + right) / 2
    rest = slope * (x - middle)
    top, bottom = float(np.min(parts.top - rest)), float(np.max(parts.bottom - rest))
    if bottom - top > 1.6 * high:
        inner = np.abs(height - high) <= 0.35 * high
        if inner.any():
            top, bottom = float(np.min((parts.top - rest)[inner])), float(np.max((parts.bottom - rest)[inner]))
    length = (right - left) * math.hypot(1, slope)
    box = middle - length / 2, top, length, bottom - top
    contrast = _median(parts.contrast)
    x0, y0, w, h = (side * scale for side in box)
    return TextLine((x0, y0, w, h), turn, count, contrast, score)


def _median(values: np.ndarray) -> float:
    """Of few values: `np.median` takes ten times as long over them."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
