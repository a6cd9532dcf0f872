"""Whether a strip shows something as tall as its digits that was read as nothing."""

import numpy as np

from ..imaging.strips import HEIGHT

NEAR = 2
"""Pixels around a run of ink in which a column that was read explains it."""
NARROWEST = 2
"""Pixels: what is narrower is noise."""
TALL = (0.7, 1.45)
"""How tall a run of ink may be against the digits to be another one: of seven segments 1 and 4 lack the outer ones."""
BESIDE = 0.7
"""The share of the digits' height in which it must stand beside them."""
WIDE = 1.6
"""How much wider than a digit it may be."""
NARROW = 0.6
"""How wide a digit may be taken to be where all that were read are ones, as a share of their height."""
ALONE = 0.35
"""Where nothing at all was read, the share of the strip's height from which on ink counts."""


def unread(runs: np.ndarray, explained: np.ndarray, digits: np.ndarray) -> bool:
    """Whether some run of ink is like the digits, and nothing was read there.

    runs: see `strips.ink_runs`. explained: pixels across the strip at which anything was read. digits: those at which
    a digit was.
    """
    runs = runs[np.flatnonzero(runs[:, 1])]
    heights = runs[:, 3] - runs[:, 2]
    if not len(digits):
        tall = (heights >= ALONE * HEIGHT) & (runs[:, 1] - runs[:, 0] >= NARROWEST)
        return not len(explained) and bool(np.any(tall))
    read = runs[_covers(runs, digits)]
    if not len(read):
        return False
    top, bottom = float(np.median(read[:, 2])), float(np.median(read[:, 3]))
    height, widths = bottom - top, runs[:, 1] - runs[:, 0]
    widest = WIDE * max(float(np.median(read[:, 1] - read[:, 0])), 2 * NARROWEST, NARROW * height)
    shared = np.minimum(runs[:, 3], bottom) - np.maximum(runs[:, 2], top)
    alike = (
        ~_covers(runs, explained)
        & (widths >= NARROWEST)
        & (widths <= widest)
        & (heights >= TALL[0] * height)
        & (heights <= TALL[1] * height)
        & (shared >= BESIDE * height)
    )
    return bool(np.any(alike))


def _covers(runs: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Of each run whether some of the pixels lie in it or beside it: bool (n,)."""
    inside = (at >= runs[:, :1] - NEAR) & (at < runs[:, 1:2] + NEAR)
    found: np.ndarray = np.any(inside, axis=1)
    return found
