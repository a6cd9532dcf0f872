"""Where the prefix of a unit changes that is not read: 999 W becomes 1.00 kW, and the values are of another scale."""

from collections import defaultdict, deque

import numpy as np

from ..layout.meaning import ASIDE, NUMBER, Meaning
from .line_column import AnyColumn
from .notation import Notation
from .states import States

PREFIX = 1000.0
"""How many times as large a unit is with the next prefix."""
SAME = 1.25
"""The factor by which two values differ at most, in one unit, between which the prefix changed;"""
PLACES, STEPS = 1.5, 4.0
"""and the steps at most between them: of the last place of the one with more decimals, or of the usual ones."""
DIGITS = str.maketrans("0123456789", "0" * 10)
"""Texts that differ in their digits alone have as many decimals."""
KEPT = 64
"""Steps of which the median is the usual one, the last ones."""


def may_change(notation: Notation, meaning: Meaning) -> bool:
    """Whether a readout's values may be of several scales: numbers, unless a person said that units do not count."""
    return notation.kind == NUMBER and meaning.units != ASIDE


class Scale:
    """Follows the values of a readout. Where its prefix changes, a number falls to a thousandth of itself, or nearly,
    and has more decimals; or it rises and has fewer.

    now: how many prefixes larger its unit is than at first, below 0 a smaller one.
    """

    def __init__(self) -> None:
        self.now = 0
        self._seen: dict[int, set[int]] = defaultdict(set)
        self._before: tuple[float, int] | None = None
        self._steps: deque[float] = deque(maxlen=KEPT)

    def follow(self, value: float, decimals: int) -> int:
        """`now`, with the next value. decimals: how many it is shown with."""
        value = abs(value)
        change = self._change(self._before, (value, decimals)) if self._before else 0
        own = [scale for scale, seen in self._seen.items() if decimals in seen]
        if change:
            self.now += change
        elif own and self.now not in own and len(own) == 1:  # it went back while it stepped further than it does
            self.now = own[0]
        if self._before and self._before[1] == decimals and value != self._before[0]:
            self._steps.append(abs(value - self._before[0]))
        self._seen[self.now].add(decimals)
        self._before = value, decimals
        return self.now

    def begin(self) -> None:
        """What comes next, of another source, need not follow what came before."""
        self.now, self._before = 0, None

    def _change(self, before: tuple[float, int], after: tuple[float, int]) -> int:
        """1 where the second of two values, given with their decimals, has the next larger prefix, -1 where it has the
        next smaller one, else 0."""
        (high, fewer), (low, more) = sorted((before, after), reverse=True)
        if fewer >= more or low == 0:
            return 0
        low *= PREFIX
        usual = STEPS * float(np.median(self._steps)) if self._steps else 0.0
        near = abs(high - low) <= max(PLACES * PREFIX / 10**more, usual)
        is_change = near and high <= SAME * low and low <= SAME * high
        return (1 if before == (high, fewer) else -1) if is_change else 0


def _without_point(states: States) -> np.ndarray:
    """Which states lost their point, 4302 among 4.287 and 4.326: values of another unit would lie elsewhere. bool (S,).

    Most of those with as many digits and no point lie between those with three decimals, times a thousand.
    """
    digits, decimals = np.array([states.shape(k) for k in range(len(states))]).reshape(-1, 2).T
    found = np.zeros(len(states), bool)
    for count in np.unique(digits[decimals == 3]).tolist():
        alike = (digits == count) & np.isfinite(states.values)
        pointed, plain = states.values[alike & (decimals == 3)] * PREFIX, alike & (decimals == 0)
        if plain.any() and len(pointed):
            inside = (states.values >= pointed.min()) & (states.values <= pointed.max())
            found |= plain & (2 * (inside & plain).sum() >= plain.sum())
    return found


def of_another_scale(states: States, column: AnyColumn) -> np.ndarray:
    """Which states are of another scale than most frames are: bool (S,)."""
    numbers = np.isfinite(states.values)
    if not may_change(column.notation, column.readout.meaning) or not numbers.any():
        return np.zeros(len(states), bool)
    numbers &= ~_without_point(states)
    lasting = numbers & (states.lengths > 1)
    followed = lasting if 2 * lasting.sum() >= numbers.sum() else numbers
    scale, scales = Scale(), np.zeros(len(states), int)
    decimals: dict[str, int] = {}
    for k in range(len(states)):
        if k and states.sources[k] != states.sources[k - 1]:
            scale.begin()
        if followed[k]:
            text = states.texts[k]
            if (shape := text.translate(DIGITS)) not in decimals:
                decimals[shape] = column.notation.decimals(text)
            scale.follow(float(states.values[k]), decimals[shape])
        scales[k] = scale.now
    scales -= scales.min()
    most = np.bincount(scales, weights=states.lengths * numbers).argmax()
    return numbers & (scales != most)
