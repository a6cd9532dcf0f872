"""What has not changed in a chunk of frames: which boxes look as they did in an earlier one.

Two frames share a look where no 3 x 3 block of a box differs by more than noise. Blocks, because a changed segment is a
few pixels that all differ the same way, and noise is not. The noise is measured in the chunk itself, by the median over
the region of what differs from frame to frame, which a display that changes does not move while it is the lesser part
of its region. A frame is compared with the frame that was read, never with the one before, so nothing creeps. And no
difference above a share of the box's own contrast is ever noise, but in a blank box: where noise is that large, all is
new. Beside a window the number may go on: looks are shared only where in both halves of either side there is ink alike,
or none. What comes where there was ink before goes unseen.
"""

from collections.abc import Sequence

import numpy as np

from ..layout.box import Box

BLOCK = 3
"""Pixels, to a side."""
SIGMAS = 6.0
"""A difference of so many standard deviations is no noise: a box has hundreds of blocks, a clip many boxes."""
CONTRAST = 0.15
"""The share of a box's contrast above which a difference is never noise."""
STILL = 0.25
"""In this share of its neighbouring frames a box is taken to stand still: what differs in these is noise too,"""
STIR = 1.5
"""up to so many times the largest difference: what a codec makes of edges is more than of the ground around them."""
BLANK = 4.6
"""A box whose blocks differ among themselves by no more standard deviations than this shows noise and nothing else,"""
FAINT = 2.0
"""and by no more grey levels than this: digits so faint are not readable."""
LEAST = 1.0
"""Grey levels, of 256, that make no visible difference, averaged over a block."""
INKED = 0.5
"""There is ink beside a window where the contrast is at least this share of the window's own."""
LAGS = (1, 8)
"""Frames apart at which noise is measured: a codec's builds up."""
QUIET = 0.5
"""The noise is this quantile of the medians over time: jumps of everything at once are no noise."""
PAIRS = 12
"""Pairs of frames at each lag that are measured."""
TALL = 32
"""Larger boxes are reduced to about so many pixels first."""
NORMAL = 0.6745
"""The median of |x| over the standard deviation, if x is normal."""


def first_occurrence(
    luma: np.ndarray, boxes: Sequence[Box], chroma: Sequence[np.ndarray] = (), beside: int = 0
) -> np.ndarray:
    """Which earlier frame each box of each frame looks like, itself where it is new: int32 (n, B).

    luma: uint8 (n, h, w), a region of n frames in their order. boxes: x, y, width, height within the region,
    fractional, inside it. chroma: further planes (n, ch, cw), each of the luma's size or half of it. beside: pixels to
    the left and to the right in which ink comes and goes with the number. A frame that another one looks like is new
    itself.
    """
    n = len(luma)
    if n < 2 or not len(boxes):
        return np.repeat(np.arange(n, dtype=np.int32)[:, None], len(boxes), axis=1)
    colour = [plane for plane in chroma if (plane != plane[0]).any()]
    kinds = [_Planes(luma[None], luma.shape, boxes, beside)]
    if colour:
        kinds.append(_Planes(np.stack(colour), luma.shape, boxes))
    return _shared(kinds, len(boxes), n).T


class _Planes:
    """P planes of one size of a region, and the blocks of B boxes in them: all at once, or a chunk is many small steps.

    means: of blocks, float32 (B, P, n, b); a smaller box has its first one again at the end. spans: their ranges (B, P,
    n). inked: whether there is ink beside, see `_beside`, bool (B, n, 4), or (B, n, 0) where that is not asked. floors:
    (B, P) grey levels, blank: (P,); what differs by less is noise, in a box and in a blank one.
    """

    def __init__(
        self, pixels: np.ndarray, full: tuple[int, ...], boxes: Sequence[Sequence[float]], beside: int = 0
    ) -> None:
        """pixels: uint8 (P, n, h, w), reduced first where boxes are large. full: (n, height, width) of the luma."""
        least = min(min(w, h) for _, _, w, h in boxes)
        half = 1 if pixels.shape[2:] == full[1:] else 2
        step = max(1, int(least / half) // TALL)
        pixels = _reduced(pixels, step)
        each = [_blocks(pixels, [length / (half * step) for length in box]) for box in boxes]
        self.means = np.empty((len(boxes), *pixels.shape[:2], max(blocks.shape[2] for blocks in each)), np.float32)
        for means, blocks in zip(self.means, each, strict=True):
            means[..., : blocks.shape[2]] = blocks
            means[..., blocks.shape[2] :] = blocks[..., :1]
        self.spans = _range(self.means)
        self.inked = np.zeros((len(boxes), pixels.shape[1], 0), bool)
        if beside:
            parts = [_beside(box, beside) for box in boxes]
            spans = [[_range(_blocks(pixels, [k / (half * step) for k in part])[0]) for part in four] for four in parts]
            self.inked = np.moveaxis(np.array(spans), 1, 2) >= INKED * self.spans[:, 0, :, None]
        noise = _noise(pixels)
        self.floors = np.maximum(SIGMAS * noise, STIR * self._stir())
        self.blank = np.minimum(BLANK * noise, FAINT)

    def same(self, first: np.ndarray, later: slice) -> np.ndarray:
        """Whether boxes in the frames `later`, a slice, look as they do in `first`, int (B,): bool (B, frames)."""
        boxes = np.arange(len(first))
        apart = self.means[:, :, later] - self.means[boxes, :, first][:, :, None]
        wider = np.maximum(self.spans[:, :, later], self.spans[boxes, :, first][:, :, None])
        blank = self.blank[:, None]
        most = np.where(wider <= blank, blank, np.minimum(self.floors[:, :, None], CONTRAST * wider))
        alike: np.ndarray = (np.abs(apart, out=apart).max(axis=3) <= np.maximum(most, LEAST)).all(axis=1)
        return alike & (self.inked[:, later] == self.inked[boxes, first][:, None]).all(axis=2)

    def _stir(self) -> np.ndarray:
        """(B, P): the largest difference of any block between neighbours when nothing changes: a low quantile."""
        n = self.means.shape[2]
        steps = np.linspace(0, n - 2, min(PAIRS, n - 1)).astype(int)
        return _low(np.abs(self.means[:, :, steps + 1] - self.means[:, :, steps]).max(axis=3), STILL)


def _beside(box: Sequence[float], beside: int) -> list[tuple[float, float, float, float]]:
    """The nearer and the farther half of what is to the left of a box, and to the right, a pixel from it."""
    x, y, w, h = box
    wide = beside / 2
    return [(left, y, wide - 1, h) for left in (x - wide, x - beside, x + w + 1, x + w + 1 + wide)]


def _range(means: np.ndarray) -> np.ndarray:
    """From the least to the most, along the last axis."""
    return means.max(axis=-1) - means.min(axis=-1)


def _noise(pixels: np.ndarray) -> np.ndarray:
    """The noise of blocks, in grey levels: (P,)."""
    n = pixels.shape[1]
    first = np.unique(np.linspace(0, n - 2, min(PAIRS, n - 1)).astype(int))
    there = np.unique(np.concatenate([first, *(first + lag for lag in LAGS)]))
    there = there[there < n]
    means = _means(pixels[:, there])[..., ::2, ::2]
    means = means.reshape(*means.shape[:2], -1)
    found = np.zeros(len(pixels))
    for lag in LAGS:
        begin = first[first + lag < n]
        if len(begin):
            before, after = (means[:, np.searchsorted(there, at)] for at in (begin, begin + lag))
            found = np.maximum(found, _low(np.median(np.abs(after - before), axis=2), QUIET) / NORMAL)
    return found


def _blocks(pixels: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """Means of the blocks inside a box of (P, n, h, w): float32 (P, n, blocks)."""
    x, y, w, h = box
    (top, bottom), (left, right) = (
        _within(start, length, size) for start, length, size in zip((y, x), (h, w), pixels.shape[2:], strict=True)
    )
    return _means(pixels[..., top:bottom, left:right]).reshape(*pixels.shape[:2], -1)


def _shared(kinds: Sequence[_Planes], count: int, n: int) -> np.ndarray:
    """For each of `count` boxes the frame that each of n frames looks like: int32 (B, n)."""
    found, new = np.zeros((count, n), np.int32), np.ones((count, n), bool)
    while (some := new.any(axis=1)).any():
        first = new.argmax(axis=1)
        later = slice(first[some].min(), n)
        same = new[:, later]  # a view: what looks like one is not new
        alike = np.logical_and.reduce([same, *(blocks.same(first, later) for blocks in kinds)])
        np.copyto(found[:, later], first[:, None], where=alike, casting="same_kind")
        same &= ~alike
    return found


def _low(values: np.ndarray, share: float) -> np.ndarray:
    """The value that at least this share of the values do not exceed, along the last axis."""
    return np.sort(values)[..., int((values.shape[-1] - 1) * share)]


def _within(start: float, length: float, size: int) -> tuple[int, int]:
    """The whole pixels that hold a stretch: from, to; at least one."""
    first = min(max(int(np.floor(start)), 0), size - 1)
    return first, max(min(int(np.ceil(start + length)), size), first + 1)


def _means(pixels: np.ndarray) -> np.ndarray:
    """Means over BLOCK x BLOCK pixels of (P, n, h, w), or fewer where there are not as many: float32 (P, n, h', w')."""
    sums, count = pixels, 1
    for axis in (2, 3):
        side = min(BLOCK, sums.shape[axis])
        length = sums.shape[axis] - side + 1
        parts = [sums[:, :, k : k + length] if axis == 2 else sums[..., k : k + length] for k in range(side)]
        total = parts[0].astype(np.uint16)
        for part in parts[1:]:
            total += part
        sums, count = total, count * side
    return sums.astype(np.float32) / np.float32(count)


def _reduced(pixels: np.ndarray, step: int) -> np.ndarray:
    """Means over step x step pixels of (P, n, h, w); what is left over at the right and at the bottom is dropped."""
    if step == 1:
        return pixels
    height, width = (size // step for size in pixels.shape[2:])
    rows = np.zeros((*pixels.shape[:2], height, width * step), np.uint16)
    for k in range(step):  # whole rows first, side by side in memory
        rows += pixels[:, :, k : height * step : step, : width * step]
    rows //= step
    sums = np.zeros((*pixels.shape[:2], height, width), np.uint16)
    for k in range(step):
        sums += rows[..., k::step]
    return (sums // step).astype(np.uint8)
