"""Where the prefix of a unit changes that is not read: 999 W becomes 1.00 kW, and the values are of another scale."""

import math
from collections import defaultdict

import numpy as np

from ..layout.meaning import NUMBER
from .line_column import AnyColumn
from .states import NO_STATE, States

THOUSAND = 2.5, 3.5
"""The powers of ten, from and to, by which a value falls or rises where a prefix changes;"""
LEAST = 100
"""the larger of the two is so much at least."""


def of_another_scale(states: States, column: AnyColumn) -> np.ndarray:
    """Which states are of another scale than most frames are: bool (S,).

    No number falls to a thousandth from one state to the next and then has more decimals than it ever had, unless its
    unit changes.
    """
    notation = column.notation
    if notation.kind != NUMBER or notation.factors or column.readout.meaning.units:
        return np.zeros(len(states), bool)
    numbers = [k for k in range(len(states)) if np.isfinite(states.values[k])]
    lasting = [k for k in numbers if states.lengths[k] > 1]
    changes, scale = np.zeros(len(states), int), 0
    seen: dict[int, set[int]] = defaultdict(set)
    before = NO_STATE
    for k in lasting if 2 * len(lasting) >= len(numbers) else numbers:
        decimals = states.shape(k)[1]
        if before != NO_STATE and states.sources[k] == states.sources[before] and decimals not in seen[scale]:
            changes[k] = _change(*((abs(float(states.values[each])), states.shape(each)[1]) for each in (before, k)))
            scale += changes[k]
        seen[scale].add(decimals)
        before = k
    scales = np.cumsum(changes) - min(changes.cumsum(), default=0)
    found: np.ndarray = scales != np.bincount(scales, weights=states.lengths).argmax()
    return found


def _change(before: tuple[float, int], after: tuple[float, int]) -> int:
    """1 where the unit of the second of two values, given with their decimals, has the next larger prefix, -1 where it
    has the next smaller one, else 0."""
    (high, fewer), (low, more) = sorted((before, after), reverse=True)
    is_change = fewer < more and low > 0 and high >= LEAST and THOUSAND[0] <= math.log10(high / low) <= THOUSAND[1]
    return (1 if before == (high, fewer) else -1) if is_change else 0
