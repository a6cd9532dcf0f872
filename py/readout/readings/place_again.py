"""A layout on the next clip of the same source: where its numbers are there, by those that were found.

Numbers keep their places to each other: one scale and one shift must take each readout to a number that was found. A
text may be longer or shorter than it was, so across the page it has to lie inside; down it, middles have to agree.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from statistics import fmean

from ..errors import ReadoutError
from ..layout.box import Box, middle, outer_edges
from ..layout.layout import Layout

OFF, SHARED = 0.35, 0.5
"""A readout is found where its middle is off by so many heights at most, and shares so much of the smaller width."""
HIGHER = 1.8
"""Windows are drawn with more or less room: their heights may differ so much."""
CROPPED = 1.0
"""The scale of pictures of which a part was cut out."""
SAME_SIZE, AS_HIGH = 0.03, 0.2
"""A scale is that of the frames, or of a part of them, but for this; at another one all must be found, as high to each
other but for twice this."""
LEVEL = 0.15
"""Two numbers alone that have moved must be where the layout says to each other, but for so many heights,"""
NEAR = 0.1
"""and have moved by at most so much of the frame."""
STEADY, STEADY_BOXES = 0.3, 0.15
"""Windows, and boxes, that are off by so many heights have moved."""
SCALES = 2.5
"""Numbers are looked for up to so many times as large or small as the frames say."""
TILT = 0.05
"""And turned by at most so much, in radians."""
MOST_NUMBERS = 40
"""Numbers that are looked through."""
ENOUGH = 0.75
"""The share of the readouts that must be found, and of two both."""


@dataclass(frozen=True)
class Placement:
    """Where a layout's readouts are in frames of another clip.

    layout: in the size of these. scale, x, y: what takes pixels of the old frames to pixels of the new ones. found: how
    many readouts a number was found for. sure: whether that is enough to rely on. moved: whether it is elsewhere than
    where the size of the frames says.
    """

    layout: Layout
    scale: float
    x: float
    y: float
    found: int
    sure: bool
    moved: bool

    @property
    def words(self) -> str:
        """What was found, as a sentence without its end."""
        count = len(self.layout.readouts)
        counted = f"{self.found} of {count} {'number' if count == 1 else 'numbers'}"
        if not self.moved:
            return f"{counted} found where the layout says"
        parts = [f"{self.scale:.3g} times as large"] if abs(self.scale - 1) > 0.005 else []
        parts += [f"{abs(self.x):.0f} px {'right' if self.x > 0 else 'left'}"] if round(self.x) else []
        parts += [f"{abs(self.y):.0f} px {'down' if self.y > 0 else 'up'}"] if round(self.y) else []
        return f"{counted} found {', '.join(parts) or 'nearly where the layout says'}"


@dataclass(frozen=True)
class _Map:
    """Takes a point to scale * point + (x, y)."""

    scale: float
    x: float
    y: float

    def of(self, box: Box) -> Box:
        x, y, w, h = box
        return self.scale * x + self.x, self.scale * y + self.y, self.scale * w, self.scale * h


def place_again(layout: Layout, found: Sequence[Box], size: tuple[int, int]) -> Placement:
    """Where the readouts are in frames of `size` (width, height) in which numbers were found in some upright boxes.

    Where nothing better is found the layout is scaled to the size, and not `sure` unless numbers are there.
    """
    edges = [outer_edges(readout.boxes) for readout in layout.readouts]
    windows = [(left, top, right - left, bottom - top) for left, top, right, bottom in edges]
    found = found[:MOST_NUMBERS]
    plain = _Map(size[0] / layout.frame_size[0], 0.0, 0.0)
    best, matches = plain, _matches(windows, found, plain)
    if len(matches) < len(windows):
        for each in _maps(windows, found, plain.scale):
            matched = _matches(windows, found, each)
            if _worth(matched, windows, found, each, plain) > _worth(matches, windows, found, best, plain):
                best, matches = each, matched
    if len(matches) > 1:
        refined = _refined(best, windows, found, matches, best is plain)
        steady = STEADY_BOXES if any(readout.window is None for readout in layout.readouts) else STEADY
        off = max(abs(refined.x - best.x), abs(refined.y - best.y))
        if best is not plain or off > steady * min(plain.of(window)[3] for window in windows):
            best = refined
    enough = len(matches) >= max(min(2, len(windows)), math.ceil(ENOUGH * len(windows)))
    sure = enough and (
        best is plain or (len(matches) >= 2 and _is_plausible(best, plain, windows, found, matches, size))
    )
    try:
        placed = layout.scaled(size) if best is plain else _mapped(layout, best, size)
    except ReadoutError:  # it would leave the frame
        best, sure, placed = plain, False, layout.scaled(size)
    return Placement(placed, best.scale, best.x, best.y, len(matches), sure, best is not plain)


def _maps(windows: Sequence[Box], found: Sequence[Box], plain: float) -> Iterator[_Map]:
    """What may take readouts to numbers: one of them at a usual scale, or two at their own."""
    for scale in dict.fromkeys((plain, CROPPED)):
        for window in windows:
            for other in found:
                (x, y), (a, b) = middle(window), middle(other)
                yield _Map(scale, a - scale * x, b - scale * y)
                yield _Map(scale, other[0] - scale * window[0], b - scale * y)  # text that grows to the right
    for first, second in combinations(windows, 2):
        (ax, ay), (bx, by) = middle(first), middle(second)
        length, angle = math.hypot(bx - ax, by - ay), math.atan2(by - ay, bx - ax)
        for one, two in permutations(found, 2) if length else ():
            (cx, cy), (dx, dy) = middle(one), middle(two)
            scale = math.hypot(dx - cx, dy - cy) / length
            turned = abs(math.remainder(math.atan2(dy - cy, dx - cx) - angle, 2 * math.pi))
            scale = next((usual for usual in (plain, CROPPED) if abs(scale / usual - 1) < SAME_SIZE), scale)
            if turned < TILT and plain / SCALES < scale < plain * SCALES:
                yield _Map(scale, (cx + dx - scale * (ax + bx)) / 2, (cy + dy - scale * (ay + by)) / 2)


def _matches(windows: Sequence[Box], found: Sequence[Box], by: _Map) -> dict[int, int]:
    """Which number each readout is, of those for which there is one; each number is of one readout."""
    pairs = sorted(
        (_distance(by.of(window), other), k, j)
        for k, window in enumerate(windows)
        for j, other in enumerate(found)
        if _is_there(by.of(window), other)
    )
    matches: dict[int, int] = {}
    for _, k, j in pairs:
        if k not in matches and j not in matches.values():
            matches[k] = j
    return matches


def _is_there(window: Box, other: Box) -> bool:
    (_, y, w, h), (_, b, v, g) = window, other
    shared = min(window[0] + w, other[0] + v) - max(window[0], other[0])
    level = abs(y + h / 2 - b - g / 2) <= OFF * min(h, g)
    return level and max(h, g) <= HIGHER * min(h, g) and shared >= SHARED * min(w, v)


def _distance(window: Box, other: Box) -> float:
    """How far a number is from where it should be, in heights."""
    least, most = _slack(window, other)
    return (abs(middle(window)[1] - middle(other)[1]) + abs(_nearest(least, most))) / min(window[3], other[3])


def _slack(window: Box, other: Box) -> tuple[float, float]:
    """By how much a window can be shifted across the page and hold a number; where it is too small, the middle."""
    least, most = other[0] + other[2] - window[0] - window[2], other[0] - window[0]
    return (least, most) if least <= most else ((least + most) / 2, (least + most) / 2)


def _nearest(least: float, most: float) -> float:
    """What of a range is nearest to 0."""
    return min(max(least, 0.0), most)


def _worth(
    matches: dict[int, int], windows: Sequence[Box], found: Sequence[Box], by: _Map, plain: _Map
) -> tuple[int, bool, float]:
    """More readouts that are found, then a usual scale, then nearer."""
    off = sum(_distance(by.of(windows[k]), found[j]) for k, j in matches.items())
    return len(matches), _is_usual(by, plain), -off


def _is_usual(by: _Map, plain: _Map) -> bool:
    """Whether the frames are another size of the same picture, or a part of it."""
    return any(abs(by.scale / usual - 1) < SAME_SIZE for usual in (plain.scale, CROPPED))


def _is_plausible(
    by: _Map, plain: _Map, windows: Sequence[Box], found: Sequence[Box], matches: dict[int, int], size: tuple[int, int]
) -> bool:
    """Whether numbers that have moved are so many, so high and so near that this is no chance."""
    pairs = [(by.of(windows[k]), found[j]) for k, j in matches.items()]
    heights = [other[3] / window[3] for window, other in pairs]
    as_high = max(heights) < (1 + 2 * AS_HIGH) * min(heights)
    same_size = _is_usual(by, plain)
    if len(matches) > 2:
        return same_size or (as_high and len(matches) == len(windows))
    near = abs(by.x) < NEAR * size[0] and abs(by.y) < NEAR * size[1]
    return as_high and same_size and near and all(_distance(window, other) < LEVEL for window, other in pairs)


def _refined(by: _Map, windows: Sequence[Box], found: Sequence[Box], matches: dict[int, int], stay: bool) -> _Map:
    """The same scale, shifted so that middles agree down the page, and windows hold their numbers across it.

    stay: as little as that takes; else with as much room on either side as there is.
    """
    pairs = [(by.of(windows[k]), found[j]) for k, j in matches.items()]
    down = fmean(middle(other)[1] - middle(window)[1] for window, other in pairs)
    slack = [_slack(window, other) for window, other in pairs]
    least, most = max(low for low, _ in slack), min(high for _, high in slack)
    if stay and least <= most:
        return _Map(by.scale, by.x + _nearest(least, most), by.y + down)
    return _Map(by.scale, by.x + (least + most) / 2, by.y + down)


def _mapped(layout: Layout, by: _Map, size: tuple[int, int]) -> Layout:
    """The layout in frames of `size`. Raises ReadoutError where something would leave them."""
    return Layout(size, tuple(readout.mapped(by.of) for readout in layout.readouts))
