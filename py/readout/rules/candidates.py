"""What a frame may show instead of what was read, and at what cost.

Costs are natural logarithms of how many times less probable a choice is than what was read: 0 for the
reading itself, log(p_read / p_k) for its k-th rival. A reading may also be passed over, as if something
else hid the display; that is given the probability NONE, but never more than half of the reading's own,
so nothing that obeys the rules is ever passed over. A text less probable than NONE is no candidate:
nothing is made up that the head gave no support.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import ReadoutError, quoted
from ..model.prior import UNKNOWN
from ..readings.column import Column, distinct
from ..readings.line_column import AnyColumn, LineColumn
from ..readings.reading import SHOWN
from .rules import LARGEST

CANDIDATES = 8
"""How many of the most probable texts of a frame are looked at."""
NONE = 1e-3
LEAST_DISMISSAL = math.log(2)
TINY = 1e-30
TIE = 1e-6
"""What a rival as probable as the reading costs, so that a tie goes to what was read."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """For n frames, K candidates, the reading first, and last the choice to pass over: K + 1 in all.

    cost: (n, K + 1), inf where there is no such choice. values: (n, K + 1), NaN where cost is inf and for
    passing over. classes: (n, K, B), indices of the candidates' labels, or of a window (n, K, 1), the texts.
    probabilities: (n, K).
    """

    cost: np.ndarray
    values: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True, eq=False)
class Observed:
    """What is known of one readout's F frames.

    shown: (F,), the number typed or else read, NaN where there is none. certain: bool (F,), where it was typed.
    """

    column: AnyColumn
    shown: np.ndarray
    certain: np.ndarray

    @classmethod
    def of(cls, column: AnyColumn, typed: Mapping[int, str | None]) -> "Observed":
        """From what was read and what was typed, by frame index. Raises ReadoutError for a frame that is not there."""
        shown, certain = column.values.copy(), np.zeros(len(column), bool)
        for frame, text in typed.items():
            if not 0 <= frame < len(column):
                raise ReadoutError(
                    f"readout {quoted(column.readout.name)} has frames 0 to {len(column) - 1}, got a "
                    f"text for frame {frame}: "
                    "remove it"
                )
            shown[frame] = math.nan if text is None else column.notation.value(text)
            certain[frame] = not math.isnan(shown[frame])
        shown[np.abs(shown) >= LARGEST] = math.nan
        return cls(column, shown, certain & ~np.isnan(shown))

    @cached_property
    def probability(self) -> np.ndarray:
        """Of what was read: float64 (F,)."""
        return self.column.sure.astype(float).prod(axis=1)

    @cached_property
    def dismissal(self) -> np.ndarray:
        """What it costs to pass over a frame: (F,), 0 where it shows no number, inf where one was typed."""
        read = ~np.isnan(self.shown) & ~self.certain
        cost = np.where(self.certain, np.inf, 0.0)
        cost[read] = np.maximum(np.log(self.probability[read] / NONE), LEAST_DISMISSAL)
        return cost

    @cached_property
    def deviation(self) -> np.ndarray:
        """A lower bound of what any other choice than the reading costs: (F,), above 0 where there is a number."""
        cost = self.dismissal.copy()
        read = np.flatnonzero((cost > 0) & (cost < np.inf))
        if not len(read):
            return cost
        ratio = self._rival(read)
        if ratio is None:
            return cost
        rival = np.full(len(read), np.inf)
        supported = self.probability[read] * ratio >= NONE * 0.999  # rounding must not lose a candidate
        rival[supported] = np.maximum(-np.log(np.maximum(ratio[supported], TINY)), TIE)
        cost[read] = np.minimum(cost[read], rival)
        return cost

    def _rival(self, rows: np.ndarray) -> np.ndarray | None:
        """How much less probable the second text of frames is than the first: (n,), None without one."""
        if isinstance(self.column, LineColumn):
            two = self.column.alternatives(rows, 2)[1]
            return two[:, 1] / np.maximum(two[:, 0], TINY)
        probabilities = self.column.at(rows).astype(float)
        if probabilities.shape[2] < 2:
            return None
        best = np.partition(probabilities, -2, axis=2)
        return (best[:, :, -2] / best[:, :, -1]).max(axis=1)

    def choices(self, frames: np.ndarray, count: int) -> Candidates:
        """The choices of `frames` (n,), with at most `count` candidates each."""
        if isinstance(self.column, LineColumn):
            texts, probabilities = self.column.alternatives(frames, count)
            values = np.array([[self.column.notation.value(text) for text in row] for row in texts], float).reshape(
                texts.shape
            )
            classes = texts[:, :, None]
        else:
            answers = np.array([label != UNKNOWN for label in self.column.classes])  # the unknown makes no number
            classes, probabilities = most_probable(self.column.at(frames) * answers, count)
            values = numbers(self.column, classes)
        values[np.abs(values) >= LARGEST] = math.nan
        shown, certain = self.shown[frames], self.certain[frames]
        read = ~np.isnan(shown) & ~certain
        possible = (probabilities >= NONE) & ~np.isnan(values) & read[:, None]
        cost = np.full(values.shape, np.inf)
        first = np.broadcast_to(probabilities[:, :1], values.shape)
        cost[possible] = np.maximum(np.log(first[possible] / probabilities[possible]), TIE)
        cost[:, 0] = np.where(np.isnan(shown), np.inf, 0)
        values[:, 0] = shown
        values[np.isinf(cost)] = math.nan
        cost = np.column_stack([cost, self.dismissal[frames]])
        return Candidates(cost, np.column_stack([values, np.full(len(values), math.nan)]), classes, probabilities)


def text(column: AnyColumn, classes: np.ndarray) -> str:
    """How the labels of these indices (B,) look in the readout's format; of a window the one text itself."""
    if isinstance(column, LineColumn):
        return str(classes[0])
    labels = (column.classes[k] for k in classes)
    return column.readout.compose([SHOWN.get(label, label) for label in labels])


def most_probable(probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The most probable answers of boxes (n, B, C) that err independently, best first.

    Returns classes (n, K, B) and their probabilities, float64 (n, K), K being the smaller of `count` and C^B.
    Of equals those of earlier classes come first, as with argmax. Box by box, the best of a beginning and a
    class: the i-th best beginning with the j-th best class has i * j - 1 pairs at least as good, so only pairs
    with i * j <= K can be among the K best.
    """
    order = np.argsort(-probabilities, axis=2, kind="stable")[:, :, :count]
    ranked = np.take_along_axis(probabilities, order, axis=2).astype(float)
    best, classes = ranked[:, 0], order[:, 0, :, None]
    rows = np.arange(len(probabilities))[:, None]
    for box in range(1, probabilities.shape[1]):
        pairs = [(i, j) for i in range(best.shape[1]) for j in range(order.shape[2]) if (i + 1) * (j + 1) <= count]
        begin, last = np.array(pairs).T
        product = best[:, begin] * ranked[:, box, last]
        top = np.argsort(-product, axis=1, kind="stable")[:, :count]
        best = product[rows, top]
        classes = np.concatenate([classes[rows, begin[top]], order[rows, box, last[top]][..., None]], axis=2)
    return classes, best


def numbers(column: Column, classes: np.ndarray) -> np.ndarray:
    """The numbers that answers (n, K, B) state, NaN where they state none: float64 (n, K)."""
    flat = classes.reshape(-1, classes.shape[2])
    first, back = distinct(flat, len(column.classes))
    table = np.array([column.notation.value(text(column, row)) for row in flat[first]], float)
    return table[back].reshape(classes.shape[:2])
