"""Runs of frames that were read alike, and what two of them may be mixed to."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..layout.number_text import count_decimals, count_digits
from .line_column import AnyColumn

NO_STATE = -1
"""Beyond the first state or the last one of a series."""
BRIEF = 6
"""A state is brief up to this fraction of the usual length, and at one frame."""
SEGMENTS = {
    "0": ("abcdef",),
    "1": ("bc",),
    "2": ("abged",),
    "3": ("abgcd",),
    "4": ("fgbc",),
    "5": ("afgcd",),
    "6": ("afgedc", "fgedc"),
    "7": ("abc", "abcf"),
    "8": ("abcdefg",),
    "9": ("abcfgd", "abcfg"),
    "-": ("g",),
    " ": ("",),
}
"""Strokes of the digits, in each of their shapes, as seven segments show them and fonts nearly do."""
UNKNOWN_CHARACTER = "?"


@dataclass(frozen=True, eq=False)
class States:
    """S states of n readings, in their order.

    starts: int (S,), the first reading of each. lengths: int (S,). texts, values, doubts (S): the value NaN where there
    is none, the doubt of the surest reading. sources: int (S,). order: int (n,), the rows of the readings.
    """

    starts: np.ndarray
    lengths: np.ndarray
    texts: list[str]
    values: np.ndarray
    doubts: np.ndarray
    sources: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, column: AnyColumn, rows: np.ndarray, values: np.ndarray, sources: np.ndarray) -> "States":
        """Of some rows of a column, each of a source."""
        texts = np.array(column.texts, object)[rows]
        new = np.ones(len(rows), bool)
        new[1:] = (texts[1:] != texts[:-1]) | (sources[rows[1:]] != sources[rows[:-1]])
        starts = np.flatnonzero(new)
        lengths = np.diff(np.append(starts, len(rows)))
        doubts = np.minimum.reduceat(1.0 - column.read_confidence.astype(float)[rows], starts)
        first = rows[starts]
        return cls(starts, lengths, texts[starts].tolist(), values[first], doubts, sources[first], rows)

    def __len__(self) -> int:
        """S."""
        return len(self.starts)

    def rows(self, k: int) -> np.ndarray:
        """The rows of a state's readings."""
        return self.order[self.starts[k] : self.starts[k] + self.lengths[k]]

    def text(self, k: int) -> str:
        """A state's text, '' beyond the ends."""
        return "" if k == NO_STATE else self.texts[k]

    def shape(self, k: int) -> tuple[int, int]:
        """How many digits and how many decimals a state has."""
        return count_digits(self.texts[k]), count_decimals(self.texts[k]) or 0

    @cached_property
    def usual_length(self) -> float:
        """Frames that a state lasts which half of all frames show."""
        lengths = np.sort(self.lengths)
        return float(lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)])

    @cached_property
    def usual_doubt(self) -> float:
        """Of the states that last."""
        lasting = self.doubts[self.lengths > 1]
        return float(np.median(lasting)) if len(lasting) else 0.0

    @cached_property
    def brief(self) -> list[tuple[int, int, int]]:
        """States that last a fraction of the usual length, each with the longer ones of both sides.

        None are blank, or as one of these two. Beyond an end of a series is NO_STATE.
        """
        longest = max(1, int(self.usual_length) // BRIEF)
        groups = [
            (group, self.beside(group)) for group in self._groups(longest) if self.lengths[group].sum() <= longest + 1
        ]
        return [
            (k, *around)
            for group, around in groups
            for k in group
            if max(around) != NO_STATE
            and all(self.lengths[each] >= 2 * self.lengths[group].max() for each in around if each != NO_STATE)
            and self.texts[k].strip()
            and self.texts[k] not in map(self.text, around)
        ]

    def _groups(self, longest: int) -> Iterator[list[int]]:
        """Neighbouring states of one source, each of at most `longest` readings, as many as there are."""
        group: list[int] = []
        for k in range(len(self)):
            if group and self.sources[k] != self.sources[group[-1]]:
                yield group
                group = []
            if self.lengths[k] <= longest:
                group.append(k)
            elif group:
                yield group
                group = []
        if group:
            yield group

    def beside(self, group: list[int]) -> tuple[int, int]:
        """The states before and behind some neighbouring ones, of the same source."""
        first, last = group[0], group[-1]
        before = first - 1 if first and self.sources[first - 1] == self.sources[first] else NO_STATE
        after = last + 1 if last + 1 < len(self) and self.sources[last + 1] == self.sources[last] else NO_STATE
        return before, after

    def nearer(self, k: int, before: int, after: int, column: AnyColumn) -> int:
        """Which of two states a third one shows more of: by the probability of their texts in its first frame."""
        row = int(self.rows(k)[0])
        own, other = (column.support(row, int(self.rows(each)[0])) for each in (before, after))
        return before if own >= other else after


class Chain:
    """States that follow each other, from which some are removed."""

    def __init__(self, states: Sequence[int], sources: np.ndarray):
        self._sources, self._left = sources, set(states)
        self._next = dict(itertools.pairwise([NO_STATE, *states, NO_STATE]))
        self._before = dict(itertools.pairwise([NO_STATE, *reversed(states), NO_STATE]))

    def remove(self, k: int) -> None:
        """Have the states before and behind `k` follow each other."""
        if k in self._left:
            self._left.remove(k)
            before, after = self._before[k], self._next[k]
            self._next[before], self._before[after] = after, before

    def group(self, k: int, count: int) -> list[int]:
        """`count` states from `k` on, of one source; none where there are fewer."""
        found = [k] if k in self._left else []
        while found and len(found) < count:
            k = self._next[k]
            if k == NO_STATE or self._sources[k] != self._sources[found[0]]:
                return []
            found.append(k)
        return found

    def beside(self, group: list[int]) -> tuple[int, int]:
        """The states before and behind a group, of the same source."""
        source = self._sources[group[0]]
        around = self._before[group[0]], self._next[group[-1]]
        before, after = (k if k != NO_STATE and self._sources[k] == source else NO_STATE for k in around)
        return before, after


def is_mixture(text: str, before: str, after: str) -> bool:
    """Whether a text may be what was read while a display changed from one text to another.

    Each character is one of both, unknown, or has strokes that both have and none that neither has. Where the lengths
    differ, characters have no places: then each is one of both, or some mixture of two.
    """
    if len(text) == len(before) == len(after):
        return all(_is_mixed(c, a, b) for c, a, b in zip(text, before, after, strict=True))
    if not min(len(before), len(after)) <= len(text) <= max(len(before), len(after)) + 1:
        return False
    pairs = {(a, b) for a in before for b in after}
    return all(c in before + after or any(_is_mixed(c, a, b) for a, b in pairs) for c in text)


def _is_mixed(c: str, a: str, b: str) -> bool:
    if c in (a, b, UNKNOWN_CHARACTER):
        return True
    if a == b or any(each not in SEGMENTS for each in (a, b, c)):
        return False
    return any(
        set(one) & set(other) <= set(own) <= set(one) | set(other)
        for one in SEGMENTS[a]
        for other in SEGMENTS[b]
        for own in SEGMENTS[c]
    )
