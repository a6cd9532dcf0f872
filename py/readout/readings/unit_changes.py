"""Where the prefix of a unit changes that is not read: 999 W becomes 1.00 kW, and the values are of another scale."""

import math
from collections import defaultdict

import numpy as np

from ..layout.meaning import NUMBER, Meaning
from ..layout.number_text import count_decimals
from .line_column import AnyColumn
from .states import States
from .values import Notation

THOUSAND = 2.5, 3.5
"""The powers of ten, from and to, by which a value falls or rises where a prefix changes;"""
LEAST = 100
"""the larger of the two is so much at least."""


def may_change(notation: Notation, meaning: Meaning) -> bool:
    """Whether a readout's values may be of several scales: numbers whose units nobody spoke of and nobody read."""
    return notation.kind == NUMBER and not notation.factors and not meaning.units


class Scale:
    """Follows the values of a readout. No number falls to a thousandth and then has more decimals than it ever had,
    unless its unit changes.

    now: how many prefixes larger its unit is than at first.
    """

    def __init__(self) -> None:
        self.now = 0
        self._seen: dict[int, set[int]] = defaultdict(set)
        self._before: tuple[float, int] | None = None

    def follow(self, value: float, text: str) -> int:
        """`now`, with the next value, that a text states."""
        decimals = count_decimals(text) or 0
        if self._before and decimals not in self._seen[self.now]:
            self.now += _change(self._before, (abs(value), decimals))
        self._seen[self.now].add(decimals)
        self._before = abs(value), decimals
        return self.now

    def part(self) -> None:
        """What comes next need not follow what came before."""
        self._before = None


def of_another_scale(states: States, column: AnyColumn) -> np.ndarray:
    """Which states are of another scale than most frames are: bool (S,)."""
    if not may_change(column.notation, column.readout.meaning):
        return np.zeros(len(states), bool)
    numbers = np.isfinite(states.values)
    lasting = numbers & (states.lengths > 1)
    followed = lasting if 2 * lasting.sum() >= numbers.sum() else numbers
    scale, scales = Scale(), np.zeros(len(states), int)
    for k in range(len(states)):
        if k and states.sources[k] != states.sources[k - 1]:
            scale.part()
        if followed[k]:
            scale.follow(float(states.values[k]), states.texts[k])
        scales[k] = scale.now
    scales -= min(scales, default=0)
    found: np.ndarray = scales != np.bincount(scales, weights=states.lengths).argmax()
    return found


def _change(before: tuple[float, int], after: tuple[float, int]) -> int:
    """1 where the unit of the second of two values, given with their decimals, has the next larger prefix, -1 where it
    has the next smaller one, else 0."""
    (high, fewer), (low, more) = sorted((before, after), reverse=True)
    is_change = fewer < more and low > 0 and high >= LEAST and THOUSAND[0] <= math.log10(high / low) <= THOUSAND[1]
    return (1 if before == (high, fewer) else -1) if is_change else 0
