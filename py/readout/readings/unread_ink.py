"""Whether a strip shows something that was read as nothing, or as something else than its ink is like."""

import math
from itertools import pairwise
from statistics import median

import numpy as np

from ..imaging.beside import like_minus
from ..imaging.strips import HEIGHT
from .spacing import least_gap

NEAR = 2
"""Pixels around a run of ink in which a column that was read explains it."""
NARROWEST = 2
"""Pixels: what is narrower is noise."""
TALL = (0.7, 1.45)
"""How tall a run of ink may be against the digits to be another one: of seven segments 1 and 4 lack the outer ones."""
BESIDE = 0.7
"""The share of the digits' height in which it must stand beside them."""
OF_ONE = (0.42, 0.36)
"""What stands nearer to a digit than such shares of the least distance of two, and of their height, is a part of it."""
WIDE = 1.6
"""How much wider than a digit it may be."""
NARROW = 0.6
"""How wide a digit may be taken to be where all that were read are ones, as a share of their height."""
POINT = 0.3
"""Of a point the height and width at most, and how far from the digits' base line it may end; in their heights."""
LONG = 1.25
"""How many times as wide as high a minus is at least: a dot in the middle is none."""
HIGHER = 0.17
"""In heights of the others: how far a character may go above and below them."""
AHEAD = 1.0
"""How far before the first digit a minus or a point may stand, in heights."""
RAISED, NEXT = (0.43, 0.7), 0.3
"""In heights of the others: how tall a small digit is that stands behind them, as the last one of a fuel's price; how
near it is, and its top to theirs."""
THOUSANDS = 3
"""So many digits may stand apart behind a gap."""
ALONE = 0.35
"""Where nothing at all was read, the share of the strip's height from which on ink counts."""


def unread(runs: np.ndarray, explained: np.ndarray, digits: np.ndarray, width: float = math.inf) -> bool:
    """Whether nothing was read where some ink is like the digits, a small one behind them, or a sign before the last.

    runs: see `strips.ink_runs`. explained: pixels across the strip at which anything was read. digits: those at which
    a digit was. width: of the strip. What reaches its edges may be the ground: then it is as high as the digits, and
    no small one.
    """
    runs = runs[np.flatnonzero(runs[:, 1])]
    heights = runs[:, 3] - runs[:, 2]
    if not len(digits):
        tall = (heights >= ALONE * HEIGHT) & (runs[:, 1] - runs[:, 0] >= NARROWEST)
        return not len(explained) and bool(np.any(tall))
    read = runs[_covers(runs, digits)]
    if not len(read):
        return False
    top, bottom = median(read[:, 2].tolist()), median(read[:, 3].tolist())
    height, widths = bottom - top, runs[:, 1] - runs[:, 0]
    widest = WIDE * max(median((read[:, 1] - read[:, 0]).tolist()), 2 * NARROWEST, NARROW * height)
    shared = np.minimum(runs[:, 3], bottom) - np.maximum(runs[:, 2], top)
    alike = (
        (widths <= widest) & (heights >= TALL[0] * height) & (heights <= TALL[1] * height) & (shared >= BESIDE * height)
    )
    outer = _outer(runs, width)
    alike &= ~outer | _among(runs, top, bottom)
    alike &= ~_are_parts(runs, read, digits, height)
    before_last = (runs[:, 1] > read[0, 0] - AHEAD * height) & (runs[:, 1] <= read[-1, 0])
    ends = np.abs(runs[:, 3] - bottom) <= POINT / 2 * height
    point = ends & (heights <= POINT * height) & (widths <= POINT * height)
    signs = before_last & (_are_minus(runs, top, bottom) | point)
    after = runs[:, 0] - read[-1, 1]
    raised = (after >= 0) & (after <= NEXT * height) & (np.abs(runs[:, 2] - top) <= NEXT * height)
    raised &= (
        ~outer & (heights >= RAISED[0] * height) & (heights <= RAISED[1] * height) & (widths <= RAISED[1] * height)
    )
    return bool(np.any(~_covers(runs, explained) & (widths >= NARROWEST) & (alike | signs | raised)))


def is_cut(runs: np.ndarray, width: float, digits: np.ndarray) -> bool:
    """Whether what reaches a strip's left or right edge may be a character: it is as high as those that were read, or
    lower. The ground may be higher. width: of the strip, in pixels. True where that cannot be told."""
    runs = runs[np.flatnonzero(runs[:, 1])]
    read = runs[_covers(runs, digits)]
    outer = runs[_outer(runs, width)]
    if not len(read) or not len(outer):
        return True
    return bool(np.any(_among(outer, median(read[:, 2].tolist()), median(read[:, 3].tolist()))))


def is_minus(runs: np.ndarray, at: float, digits: np.ndarray) -> bool:
    """Whether a minus that was read at a pixel has the ink of one; True where its ink cannot be told from others'."""
    runs = runs[np.flatnonzero(runs[:, 1])]
    of_digits = _covers(runs, digits)
    own = _covers(runs, np.array([at]))
    if not of_digits.any() or not own.any() or (own & of_digits).any():
        return True
    top, bottom = (median(runs[of_digits, side].tolist()) for side in (2, 3))
    return bool(np.any(_are_minus(runs[own], top, bottom)))


def stand_apart(runs: np.ndarray, text: str, at: np.ndarray) -> bool:
    """Whether a text is of two numbers: some digits next to each other stand further apart than the others do.

    at: pixels across the strip of each of its characters. Groups of three digits are thousands.
    """
    digits = np.array([character.isdigit() for character in text])
    beside = np.flatnonzero(digits[:-1] & digits[1:])
    steps = np.diff(at)[beside]
    if not len(steps):
        return False
    of_digits = _covers(runs := runs[np.flatnonzero(runs[:, 1])], at[digits])
    height = median((runs[:, 3] - runs[:, 2])[of_digits].tolist()) if of_digits.any() else HEIGHT
    gaps = beside[steps > least_gap(steps, height)]
    if not len(gaps):
        return False
    groups = [int(digits[a + 1 : b + 1].sum()) for a, b in pairwise([*gaps.tolist(), len(text) - 1])]
    return any(group != THOUSANDS for group in groups)


def _are_parts(runs: np.ndarray, read: np.ndarray, digits: np.ndarray, height: float) -> np.ndarray:
    """Which runs are a part of a digit, as segments are: they stand near its middle, and right beside one of the runs
    that were read. bool (n,)."""
    if len(digits) < 2:
        return np.zeros(len(runs), bool)
    left, right = runs[:, :1], runs[:, 1:2]
    beside = np.maximum(left - read[:, 1], read[:, 0] - right).min(axis=1) < NEAR
    apart = np.abs((left + right) / 2 - digits).min(axis=1)
    found: np.ndarray = beside & (apart < min(OF_ONE[0] * np.diff(digits).min(), OF_ONE[1] * height))
    return found


def _outer(runs: np.ndarray, width: float) -> np.ndarray:
    """Which runs reach the left or right edge of a strip: bool (n,)."""
    return (runs[:, 0] < NEAR) | (runs[:, 1] > width - NEAR)


def _among(runs: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """Which runs go hardly above or below characters from `top` to `bottom`, and are mostly between: bool (n,)."""
    room = HIGHER * (bottom - top)
    shared = np.minimum(runs[:, 3], bottom) - np.maximum(runs[:, 2], top)
    return (runs[:, 2] >= top - room) & (runs[:, 3] <= bottom + room) & (2 * shared >= runs[:, 3] - runs[:, 2])


def _are_minus(runs: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """Of each run whether it is like a minus before digits from `top` to `bottom`: bool (n,)."""
    widths, heights = runs[:, 1] - runs[:, 0], runs[:, 3] - runs[:, 2]
    return like_minus(runs[:, 2], runs[:, 3], widths, (top, bottom)) & (widths > LONG * heights)


def _covers(runs: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Of each run whether some of the pixels lie in it or beside it: bool (n,)."""
    inside = (at >= runs[:, :1] - NEAR) & (at < runs[:, 1:2] + NEAR)
    return np.any(inside, axis=1)
