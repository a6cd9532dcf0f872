"""Connected strokes of a picture: what stands out from its surroundings, brighter or darker, as boxes."""

from dataclasses import dataclass

import numpy as np

BLOCK = 4
"""Pixels of a block, across and down, that share one threshold."""
REACH = 3
"""Blocks around one whose brightness is its surroundings', in each direction."""
LEAST_CONTRAST = 9.0
"""Grey levels by which a stroke stands out, at least."""
DEVIATIONS = 0.6
"""The same in standard deviations of the surroundings' brightness."""
LONGEST_RUN = 60
"""Pixels: what goes on for longer in a row is an edge or an area, no stroke."""


@dataclass(frozen=True, eq=False)
class Components:
    """Boxes of N connected areas.

    left, top, right, bottom: int (N,), right and bottom not included. area: pixels of each. contrast: float (N,), grey
    levels by which each stands out on average.
    """

    left: np.ndarray
    top: np.ndarray
    right: np.ndarray
    bottom: np.ndarray
    area: np.ndarray
    contrast: np.ndarray

    def __len__(self) -> int:
        return len(self.left)

    def select(self, which: np.ndarray) -> "Components":
        """Those of a mask, or of indices."""
        return Components(*(values[which] for values in vars(self).values()))


def strokes(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where a picture is brighter, and where darker, than its surroundings: bool (h, w), bool (h, w), and by how much.

    grey: int16 (h, w), both multiples of BLOCK. The third: int16 (h, w), the distance from the surroundings' mean.
    """
    values = grey.astype(np.float32)
    mean = _surroundings(values)
    spread = np.sqrt(np.maximum(_surroundings(values * values) - mean * mean, 0))
    threshold = np.maximum(DEVIATIONS * spread, LEAST_CONTRAST)
    difference = grey - _enlarged(np.round(mean).astype(np.int16))
    limit = _enlarged(threshold.astype(np.int16))
    return difference > limit, difference < -limit, difference


def components(ink: np.ndarray, difference: np.ndarray) -> Components:
    """The areas of ink (h, w), bool, that are connected, corners included. difference: see `strokes`."""
    height, width = ink.shape
    stride = width + 1
    flat = np.zeros((height, stride), bool)
    flat[:, :width] = ink
    edges = np.flatnonzero(np.diff(flat.ravel(), prepend=False))
    starts, ends = edges[0::2], edges[1::2]
    short = ends - starts <= LONGEST_RUN
    starts, ends = starts[short], ends[short]
    first = np.searchsorted(ends, starts + stride, "left")
    last = np.searchsorted(starts, ends + stride, "right")
    above, below = pairs(first, last)
    labels = connected(len(starts), above, below)
    rows, columns = starts // stride, starts % stride
    lengths = ends - starts
    middle = difference[rows, columns + lengths // 2]
    count = int(labels.max(initial=-1)) + 1
    order = np.argsort(labels, kind="stable")
    begins = np.searchsorted(labels[order], np.arange(count))
    if not count:
        return Components(*(np.empty(0, int),) * 5, np.empty(0))

    def least(each: np.ndarray) -> np.ndarray:
        return np.minimum.reduceat(each[order], begins)

    def most(each: np.ndarray) -> np.ndarray:
        return np.maximum.reduceat(each[order], begins)

    area = np.bincount(labels, lengths, count)
    contrast = np.bincount(labels, np.abs(middle) * lengths, count) / area
    return Components(least(columns), least(rows), most(columns + lengths), most(rows) + 1, area, contrast)


def dilated(ink: np.ndarray) -> np.ndarray:
    """Ink (h, w) and all pixels beside it: the segments and dots of one character touch."""
    wide = ink.copy()
    wide[:, 1:] |= ink[:, :-1]
    wide[:, :-1] |= ink[:, 1:]
    high = wide.copy()
    high[1:] |= wide[:-1]
    high[:-1] |= wide[1:]
    return high


def connected(count: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The connected parts of a graph of `count` nodes and edges from `one` to `other`: int (count,), from 0.

    Labels are lowered along the edges and then through themselves, until they stay: the method of Shiloach and
    Vishkin, "An O(log n) parallel connectivity algorithm", 1982.
    """
    parent = np.arange(count)
    while len(one):
        a, b = parent[one], parent[other]
        apart = a != b
        if not apart.any():
            break
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))
        while True:
            jumped = parent[parent]
            if np.array_equal(jumped, parent):
                break
            parent = jumped
    _, labels = np.unique(parent, return_inverse=True)
    return labels


def pairs(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(k, j) for each k and each j from first[k] up to last[k], which is not included."""
    counts = np.maximum(last - first, 0)
    one = np.repeat(np.arange(len(first)), counts)
    within = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    return one, first[one] + within


def _surroundings(values: np.ndarray) -> np.ndarray:
    """The mean of values (h, w) around each block: float32 (h / BLOCK, w / BLOCK)."""
    return _box_mean(_box_mean(block_sums(values, BLOCK) / np.float32(BLOCK * BLOCK), 0), 1)


def block_sums(values: np.ndarray, size: int) -> np.ndarray:
    """The sum of each block of values (h, w), both multiples of `size`: (h / size, w / size)."""
    rows = values[0::size].copy()
    for k in range(1, size):
        rows += values[k::size]
    sums = rows[:, 0::size].copy()
    for k in range(1, size):
        sums += rows[:, k::size]
    return sums


def _box_mean(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean over 2 REACH + 1 places along an axis, edges repeated."""
    padding = [(0, 0), (0, 0)]
    padding[axis] = (REACH + 1, REACH)
    sums = np.cumsum(np.pad(values, padding, mode="edge"), axis=axis, dtype=np.float64)
    size = values.shape[axis]
    wide = 2 * REACH + 1
    upper = np.take(sums, range(wide, wide + size), axis=axis)
    lower = np.take(sums, range(size), axis=axis)
    return ((upper - lower) / wide).astype(np.float32)


def _enlarged(blocks: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(blocks, BLOCK, axis=1), BLOCK, axis=0)
