"""Whether a strip shows something that was read as nothing, or as something else than its ink is like."""

import math
import re
from itertools import pairwise
from statistics import median

import numpy as np

from ..imaging.beside import like_minus
from ..imaging.strips import HEIGHT
from ..layout.number_text import POINTS
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
LACKING = 0.19
"""How much lower than all others a first or last digit may begin, and how much higher end, in their heights."""
WIDER = 1.2
"""How many times as wide as the widest of the others a first or last 1 is at least to be none."""
TALLER, AS_WIDE, SLIM = (0.07, 0.3), 0.12, 0.8
"""In heights of the others: how far beyond them it goes, where they are level; what goes further is of a large number
before small decimals. How much its width differs from that of other 1s, in its own height, where it is no wider than
SLIM of that: else it is joined to something."""
ROOM, FURTHER = (0.35, 1.7, 0.12), 1.25
"""Two digits are apart where more is free between them than this share of their height, and so many times what is free
between others, taken to be this share at least; and their distance is so many times that of the others."""
BEHIND = {".": 0.75, ",": 0.35}
"""The same of what is free behind a point, as a share of the height: a digit there may be dark. Some fonts with places
of one width have much behind their points."""
MARK = 0.15, 0.45
"""In heights of the digits: how tall a mark is that stands high up between two of them, as in 5'30: lower than a
segment."""
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
    """Whether a text is of two numbers: some digits next to each other stand further apart than the others do, or with
    a mark between them, as in 5'30; or there is a gap behind a point.

    at: pixels across the strip of each of its characters. Groups of three digits are thousands.
    """
    digits = np.array([character.isdigit() for character in text])
    runs = runs[np.flatnonzero(runs[:, 1])]
    of_digits = _covers(runs, at[digits])
    height = median((runs[:, 3] - runs[:, 2])[of_digits].tolist()) if of_digits.any() else HEIGHT
    if _has_open_point(text, at, runs, height):
        return True
    beside = np.flatnonzero(digits[:-1] & digits[1:])
    steps = np.diff(at)[beside]
    if not len(steps):
        return False
    gaps = beside[steps > least_gap(steps, height)].tolist()
    if not gaps and _is_wide(widest := int(beside[steps.argmax()]), text, at, runs, height):
        gaps = [widest]
    marks = _marks(runs, of_digits, height)
    gaps = sorted({*gaps, *(k for k in beside.tolist() if np.any((marks > at[k]) & (marks < at[k + 1])))})
    groups = [text[a + 1 : b + 1] for a, b in pairwise([*gaps, len(text) - 1])]
    return any(len(re.split(r"\D", group)[0]) != THOUSANDS for group in groups)


def is_unlike(runs: np.ndarray, text: str, at: np.ndarray) -> bool:
    """Whether the ink of the first or last digit begins lower or ends higher than that of all others, or a 1 there is
    wider or taller than they are, or not as wide as other 1s: a raised 2, an arrow, T-, a bar, an l.

    at: pixels across the strip of each character of the text. Where another one reaches the upper or lower edge of the
    strip it may be joined to something else: that tells nothing.
    """
    digits = np.array([character.isdigit() for character in text], bool)
    if digits.sum() < 2:
        return False
    at, shown = at[digits], np.array([character for character in text if character.isdigit()])
    ink = _ink_at(runs, at)
    known = (ink[:, 2] > 0) & (ink[:, 3] < HEIGHT)
    alone = np.sum((at >= ink[:, :1]) & (at < ink[:, 1:2]), axis=1) < 2
    shapes = (ink[:, 1] - ink[:, 0]) / (ink[:, 3] - ink[:, 2])
    shapes[~alone | (shown != "1") | (shapes > SLIM)] = np.nan
    for side in (1, -1):
        own, others = ink[::side][0], ink[::side][1:]
        if not known[::side][1:].all():
            continue
        height = median((others[:, 3] - others[:, 2]).tolist())
        lacking = max(own[2] - others[:, 2].max(), others[:, 3].min() - own[3])
        if lacking > LACKING * height:
            return True
        if shown[::side][0] != "1":
            continue
        apart = own[1] < others[0, 0] or own[0] > others[0, 1]
        wide = own[1] - own[0] > WIDER * np.max(others[:, 1] - others[:, 0])
        tops, ends = others[:, 2], others[:, 3]
        beyond = max(tops.min() - own[2] - np.ptp(tops), own[3] - ends.max() - np.ptp(ends))
        taller = TALLER[0] * height < beyond < TALLER[1] * height
        differs = np.abs(shapes[::side][1:] - shapes[::side][0])
        differs = differs[~np.isnan(differs)]
        if (known[::side][0] and ((apart and wide) or taller)) or (len(differs) and differs.min() > AS_WIDE):
            return True
    return False


def _is_wide(k: int, text: str, at: np.ndarray, runs: np.ndarray, height: float) -> bool:
    """Whether there is more room between the digits `k` and `k + 1` of a text than between any others next to each
    other or, where these are all, around its points. What a narrow 1 leaves empty is no room."""
    ink = _ink_at(runs, at)
    widths = ink[:, 1] - ink[:, 0]
    cell = widths[widths < height].max(initial=0)
    narrow = [max(cell - widths[j], 0.0) if text[j] == "1" else 0.0 for j in (k, k + 1)]
    empty, middles = runs[1:, 0] - runs[:-1, 1], (runs[1:, 0] + runs[:-1, 1]) / 2
    room = [float(empty[(middles > a) & (middles < b)].max(initial=0)) for a, b in pairwise(at)]
    others = [(at[j + 1] - at[j], room[j]) for j in range(len(text) - 1) if j != k and text[j : j + 2].isdecimal()] or [
        (at[j + 2] - at[j], max(room[j : j + 2]))
        for j in range(len(text) - 2)
        if text[j + 1] in POINTS and (text[j] + text[j + 2]).isdecimal()
    ]
    if not others:
        return False
    step, most = (max(values) for values in zip(*others, strict=True))
    free = room[k] - narrow[0] / 2 - narrow[1]
    wide = free > ROOM[0] * height and free > ROOM[1] * max(most, ROOM[2] * height)
    return bool(wide and at[k + 1] - at[k] > FURTHER * step)


def _has_open_point(text: str, at: np.ndarray, runs: np.ndarray, height: float) -> bool:
    """Whether behind a point between two digits there is more room than before it, and than between others."""
    ink = _ink_at(runs, at)
    widths, free = ink[:, 1] - ink[:, 0], ink[1:, 0] - ink[:-1, 1]
    cell = widths[widths < height].max(initial=0)
    for k in range(1, len(text) - 1):
        if text[k] not in BEHIND or not (text[k - 1] + text[k + 1]).isdecimal():
            continue
        own = runs[(runs[:, 0] >= ink[k - 1, 1]) & (runs[:, 1] <= ink[k + 1, 0])]
        if not len(own):
            continue
        before, behind = own[0, 0] - ink[k - 1, 1], ink[k + 1, 0] - own[-1, 1]
        behind -= max(cell - widths[k + 1], 0.0) if text[k + 1] == "1" else 0.0
        others = [free[j] for j in range(len(free)) if text[j : j + 2].isdecimal()]
        if behind > BEHIND[text[k]] * height and behind > ROOM[1] * max(before, *others, 0.0):
            return True
    return False


def _marks(runs: np.ndarray, of_digits: np.ndarray, height: float) -> np.ndarray:
    """The middles of runs that begin as high up as digits, are too low for these and not right beside one, as a segment
    is: float (m,). of_digits: bool, the runs of the digits. height: theirs."""
    read = runs[of_digits]
    if not len(read):
        return np.empty(0)
    above, heights = runs[:, 2] - median(read[:, 2].tolist()), runs[:, 3] - runs[:, 2]
    found = (above > -HIGHER * height) & (above < NEXT * height) & (runs[:, 1] - runs[:, 0] >= NARROWEST)
    found &= (heights > MARK[0] * height) & (heights < MARK[1] * height) & (_beside(runs, read) >= NEAR)
    middles: np.ndarray = runs[found, :2].mean(axis=1)
    return middles


def _ink_at(runs: np.ndarray, at: np.ndarray) -> np.ndarray:
    """From where to where there is ink at some places, in columns and rows: float (n, 4), NaN where there is none."""
    runs = runs[np.flatnonzero(runs[:, 1])]
    found = np.full((len(at), 4), np.nan)
    for row, place in zip(found, at, strict=True):
        own = runs[_covers(runs, np.array([place]))]
        if len(own):
            row[:2], row[2:] = (own[:, 0].min(), own[:, 1].max()), (own[:, 2].min(), own[:, 3].max())
    return found


def _are_parts(runs: np.ndarray, read: np.ndarray, digits: np.ndarray, height: float) -> np.ndarray:
    """Which runs are a part of a digit, as segments are: they stand near its middle, and right beside one of the runs
    that were read. bool (n,)."""
    if len(digits) < 2:
        return np.zeros(len(runs), bool)
    apart = np.abs(runs[:, :2].mean(axis=1)[:, None] - digits).min(axis=1)
    found: np.ndarray = (_beside(runs, read) < NEAR) & (
        apart < min(OF_ONE[0] * np.diff(digits).min(), OF_ONE[1] * height)
    )
    return found


def _beside(runs: np.ndarray, read: np.ndarray) -> np.ndarray:
    """How far each run is from the nearest of those that were read, in pixels, below 0 in one: float (n,)."""
    found: np.ndarray = np.maximum(runs[:, :1] - read[:, 1], read[:, 0] - runs[:, 1:2]).min(axis=1)
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
