"""A letter at an end of a number that is read as a digit: 124 g becomes 1249.

In one strip nothing tells it from a digit. In a table something does: it stands apart in all strips, and is the same
while the others change.
"""

import re
from collections.abc import Sequence
from functools import partial
from itertools import compress
from operator import not_

import numpy as np

from .line import Line
from .line_column import AnyColumn, LineColumn

APART = 1.6
"""It stands so many times as far from its neighbour as nine in ten of the others do: further than a narrow 1."""
NEARLY_ALL = 0.8
"""Of the strips."""
TEXTS, SAME = 5, {-1: 2, 1: 1}
"""Different texts from which on something is known of an end, and different characters there at most."""
MOST_LOOKS = 400
"""Strips that are looked at, spread over the table."""
ENDS = ((-1, 1), (1, 1), (1, 2))
"""The side, 1 being the left one, and how many runs of ink stand apart there: T 12.5, and O2 12.5."""


def reads_letters(column: AnyColumn) -> np.ndarray:
    """Where the first or last digit of a window is a letter, by the account of its table: bool (F,)."""
    found = np.zeros(len(column), bool)
    if not isinstance(column, LineColumn):
        return found
    rows = np.flatnonzero(column.given)
    looks, first = np.unique(column.looks[rows, 0], return_index=True)
    if not len(looks):
        return found
    some = np.unique(np.linspace(0, len(looks) - 1, min(MOST_LOOKS, len(looks))).astype(int))
    lines = [column.line(row) for row in rows[first[some]].tolist()]
    for side, count in ENDS:
        if letters := _letters(lines, side, count):
            found |= column.by_line(partial(_shows, letters, side, count)) > 0
    return found


def _letters(lines: Sequence[Line], side: int, count: int) -> set[str]:
    """What is read at an end that stands apart in nearly all of some strips, and is the same; none where it may be so
    of a number."""
    inked = [line for line in lines if len(line.ink) > count + 1]
    gaps = [_gaps(line, side) for line in inked]
    inner = [gap for each in gaps for k, gap in enumerate(each) if k != count - 1]
    if not inner or 2 * len(inked) < len(lines):
        return set()
    least = APART * float(np.quantile(inner, 0.9))
    if np.mean([each[count - 1] > least for each in gaps]) < NEARLY_ALL:
        return set()
    read = [(line.texts[0], *end) for line in inked if (end := _end(line, side, count))]
    letters = {end for _, end, _ in read}
    of_numbers = side > 0 and len({digits for _, _, digits in read}) == 1  # 1 234 and 1 305, or 124 and 131
    known = len({text for text, _, _ in read}) >= TEXTS and len(letters) <= SAME[side]
    return letters if known and not of_numbers else set()


def _shows(letters: set[str], side: int, count: int, line: Line) -> bool:
    """Whether one of these is read at an end of a strip."""
    end = _end(line, side, count)
    return end is not None and end[0] in letters


def _gaps(line: Line, side: int) -> list[float]:
    """Between neighbouring runs of ink, from a side inwards."""
    return [b[0] - a[1] for a, b in zip(line.ink[:-1], line.ink[1:], strict=True)][::side]


def _end(line: Line, side: int, count: int) -> tuple[str, int] | None:
    """The digits that are read in the outer runs of ink, and how many digits stand between them and a sign; None where
    no digits, or a sign, are read there."""
    outer = line.ink[:count] if side > 0 else line.ink[-count:]
    inside = [bool(outer[0][0] <= sum(span) / 2 <= outer[-1][1]) for span in line.spans]
    end, rest = ("".join(compress(line.texts[0], which)) for which in (inside, map(not_, inside)))
    if not (end.isdecimal() and rest[:1].isdecimal() and rest[-1:].isdecimal()):
        return None
    return end, len(re.split(r"[.,:]", rest)[0])
