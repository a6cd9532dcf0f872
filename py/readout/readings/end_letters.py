"""A letter at an end of a number that is read as a digit: 124 g becomes 1249.

In one strip nothing tells it from a digit. In a table something does: it stands apart in all strips, and is the same
while the others change.
"""

import re
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
ENDS = ((-1, 1), (1, 1), (1, 2))
"""The side, 1 being the left one, and how many runs of ink stand apart there: T 12.5, and O2 12.5."""


def reads_letters(column: AnyColumn) -> np.ndarray:
    """Where the first or last digit of a window is a letter, by the account of its table: bool (F,)."""
    found = np.zeros(len(column), bool)
    if not isinstance(column, LineColumn):
        return found
    rows = np.flatnonzero(column.given)
    lines = {int(look): column.line(row) for look, row in zip(column.looks[rows, 0], rows.tolist(), strict=True)}
    for side, count in ENDS:
        letters = _letters(lines, side, count)
        found[rows] |= np.isin(column.looks[rows, 0], letters)
    return found


def _letters(lines: dict[int, Line], side: int, count: int) -> list[int]:
    """The strips in which an end is read that stands apart in nearly all of them."""
    gaps = {look: _gaps(line, side) for look, line in lines.items() if len(line.ink) > count + 1}
    inner = [gap for each in gaps.values() for k, gap in enumerate(each) if k != count - 1]
    if not inner or 2 * len(gaps) < len(lines):
        return []
    least = APART * float(np.quantile(inner, 0.9))
    if np.mean([each[count - 1] > least for each in gaps.values()]) < NEARLY_ALL:
        return []
    read = {look: end for look in gaps if (end := _end(lines[look], side, count))}
    texts = {lines[look].texts[0] for look in read}
    of_numbers = side > 0 and len({digits for _, digits in read.values()}) == 1  # 1 234 and 1 305, or 124 and 131
    same = len({end for end, _ in read.values()}) <= SAME[side]
    return list(read) if len(texts) >= TEXTS and same and not of_numbers else []


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
