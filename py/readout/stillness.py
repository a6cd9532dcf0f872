"""What has not changed in a chunk of frames: which boxes look as they did in an earlier one.

Two frames share a look where no 3 x 3 block of a box differs by more than noise. Blocks, because a changed segment is a
few pixels that all differ the same way, and noise is not. The noise is measured in the chunk itself, by the median over
the region of what differs from frame to frame, which a display that changes does not move while it is the lesser part
of its region. A frame is compared with the frame that was read, never with the one before, so nothing creeps. And no
difference above a share of the box's own contrast is ever noise, but in a blank box: where noise is that large, all is new.
"""

from collections.abc import Sequence

import numpy as np

from .layout import Box

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
"""Grey levels, of 256, that make no difference to anybody, averaged over a block."""
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


def looks(luma: np.ndarray, boxes: Sequence[Box], chroma: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Which earlier frame each box of each frame looks like, itself where it is new: int32 (n, B).

    luma: uint8 (n, h, w), a region of n frames in their order. boxes: x, y, width, height within the region, fractional,
    inside it. chroma: further planes (n, ch, cw), each of the luma's size or half of it. A frame that another one looks
    like is new itself.
    """
    n = len(luma)
    if n < 2 or not len(boxes):
        return np.repeat(np.arange(n, dtype=np.int32)[:, None], len(boxes), axis=1)
    colour = [plane for plane in chroma if (plane != plane[0]).any()]
    kinds = [[_Plane(plane, luma.shape, boxes) for plane in planes] for planes in ([luma], colour) if planes]
    return _shared([_Blocks(planes, boxes) for planes in kinds], len(boxes), n).T


class _Plane:
    """One plane of a region, reduced where its boxes are large. noise: of its blocks, in grey levels."""

    def __init__(self, pixels, full, boxes):
        least = min(min(w, h) for _, _, w, h in boxes)
        half = 1 if pixels.shape[2] == full[2] and pixels.shape[1] == full[1] else 2
        self.step = max(1, int(least / half) // TALL)
        self.pixels = _reduced(pixels, self.step)
        self.scale = half * self.step
        self.noise = self._noise()

    def blocks(self, box):
        """Means of the blocks inside a box: float32 (n, blocks)."""
        x, y, w, h = (each / self.scale for each in box)
        (top, bottom), (left, right) = (
            _within(start, length, size) for start, length, size in zip((y, x), (h, w), self.pixels.shape[1:], strict=True)
        )
        return _means(self.pixels[:, top:bottom, left:right]).reshape(len(self.pixels), -1)

    def _noise(self):
        n = len(self.pixels)
        first = np.unique(np.linspace(0, n - 2, min(PAIRS, n - 1)).astype(int))
        there = np.unique(np.concatenate([first, *(first + lag for lag in LAGS)]))
        there = there[there < n]
        means = _means(self.pixels[there])[:, ::2, ::2].reshape(len(there), -1)
        spreads = [0.0]
        for lag in LAGS:
            begin = first[first + lag < n]
            if len(begin):
                before, after = (means[np.searchsorted(there, at)] for at in (begin, begin + lag))
                spreads.append(_low(np.median(np.abs(after - before), axis=1), QUIET) / NORMAL)
        return max(spreads)


class _Blocks:
    """The blocks of B boxes in P planes of one size, all at once: a chunk is many small steps otherwise.

    means: float32 (B, n, P, b), 0 beyond a smaller box's own. spans: their ranges (B, n, P). floors: (B, P), and blank:
    (P,), what differs by less is noise, in a box and in a blank one.
    """

    def __init__(self, planes, boxes):
        each = [[plane.blocks(box) for plane in planes] for box in boxes]
        size = max(blocks.shape[1] for own in each for blocks in own)
        self.means = np.zeros((len(boxes), len(planes[0].pixels), len(planes), size), np.float32)
        self.spans = np.empty(self.means.shape[:3], np.float32)
        for b, own in enumerate(each):
            for p, blocks in enumerate(own):
                self.means[b, :, p, : blocks.shape[1]] = blocks
                self.spans[b, :, p] = blocks.max(axis=1) - blocks.min(axis=1)
        noise = np.array([plane.noise for plane in planes])
        self.floors = np.maximum(SIGMAS * noise, STIR * _stir(self.means))
        self.blank = np.minimum(BLANK * noise, FAINT)

    def same(self, first, later):
        """Whether boxes in the frames `later`, a slice, look as they do in `first`, int (B,): bool (B, frames)."""
        boxes = np.arange(len(first))
        apart = self.means[:, later] - self.means[boxes, first][:, None]
        wider = np.maximum(self.spans[:, later], self.spans[boxes, first][:, None])
        most = np.where(wider <= self.blank, self.blank, np.minimum(self.floors[:, None], CONTRAST * wider))
        return (np.abs(apart, out=apart).max(axis=3) <= np.maximum(most, LEAST)).all(axis=2)


def _shared(kinds, count, n):
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


def _stir(blocks):
    """The largest difference of any block between neighbouring frames when nothing changes, a low quantile over time: (B, P)."""
    n = blocks.shape[1]
    steps = np.linspace(0, n - 2, min(PAIRS, n - 1)).astype(int)
    return _low(np.abs(blocks[:, steps + 1] - blocks[:, steps]).max(axis=3).swapaxes(1, 2), STILL)


def _low(values, share):
    """The value that at least this share of the values do not exceed, along the last axis."""
    return np.sort(values)[..., int((values.shape[-1] - 1) * share)]


def _within(start, length, size):
    """The whole pixels that hold a stretch: from, to; at least one."""
    first = min(max(int(np.floor(start)), 0), size - 1)
    return first, max(min(int(np.ceil(start + length)), size), first + 1)


def _means(pixels):
    """Means over BLOCK x BLOCK pixels, or fewer where there are not as many: float32 (n, h', w')."""
    sums, count = pixels, 1
    for axis in (1, 2):
        side = min(BLOCK, sums.shape[axis])
        length = sums.shape[axis] - side + 1
        parts = [sums[:, k : k + length] if axis == 1 else sums[:, :, k : k + length] for k in range(side)]
        total = parts[0].astype(np.uint16)
        for part in parts[1:]:
            total += part
        sums, count = total, count * side
    return sums.astype(np.float32) / np.float32(count)


def _reduced(pixels, step):
    """Means over step x step pixels; what is left over at the right and at the bottom is passed over."""
    if step == 1:
        return pixels
    height, width = (size // step for size in pixels.shape[1:])
    rows = np.zeros((len(pixels), height, width * step), np.uint16)
    for k in range(step):  # whole rows first, side by side in memory
        rows += pixels[:, k : height * step : step, : width * step]
    rows //= step
    sums = np.zeros((len(pixels), height, width), np.uint16)
    for k in range(step):
        sums += rows[:, :, k::step]
    return (sums // step).astype(np.uint8)
