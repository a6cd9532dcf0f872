"""What a window is in doubt about, so that windows can be chosen for labelling as boxes are; see `active_learning`.

A text is as sure as its least sure character. So of each strip the column in which the head is least sure stands for
the whole: strips of any width are comparable by it, and a label that settles it settles those that look like it.
"""

from collections.abc import Sequence

import numpy as np

from ..layout.layout import Readout
from ..model.head import SoftmaxHead
from ..model.strip_embedding import unpack
from ..readings.dictionary_array import DictionaryArray
from ..readings.line_column import LineColumn

MOST_STRIPS = 2000
"""Distinct strips that are looked at, the most doubtful; of others nothing is known, and nothing is to be gained."""
STRIPS_PER_STEP = 64


class WindowDoubts:
    """A column of one place a frame: how sure the text is, and what its least sure character may be.

    classes: the head's C labels. given: bool (F,). sure: float32 (F, 1). wrong: (F,). shape: F, 1, C.
    """

    def __init__(self, readout: Readout, classes: Sequence[str], column: LineColumn, doubts: DictionaryArray):
        self.readout, self.classes, self.given = readout, tuple(classes), column.given
        self.sure, self.wrong = column.sure, column.wrong
        self._doubts = doubts

    def __len__(self) -> int:
        """F, how many frames there are."""
        return len(self.given)

    @property
    def shape(self) -> tuple[int, int, int]:
        """F, one place, C."""
        return len(self), 1, len(self.classes)

    def at(self, rows: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Probabilities of places, a pair of arrays: (n, C)."""
        return self._doubts[rows]


def window_doubts(
    column: LineColumn, strips: DictionaryArray, head: SoftmaxHead, known: np.ndarray
) -> tuple[WindowDoubts, DictionaryArray]:
    """The doubts of a window's readings by a head, and of each the embedding (F, 1, d) of its least sure column.

    strips: rows of `strip_embedding.pack`. known: bool (F,), frames that were labelled: they are looked at, too.
    """
    d, C = head.coef_.shape
    count = len(strips.rows)
    worst = np.zeros(count)
    rows = np.flatnonzero(column.given)
    np.maximum.at(worst, strips.index[rows, 0], column.wrong[rows])
    worst[strips.index[np.flatnonzero(known & column.given), 0]] = np.inf
    chosen = np.argsort(-worst, kind="stable")[:MOST_STRIPS]
    embeddings, probabilities = np.zeros((count + 1, d), np.float32), np.full((count + 1, C), 1 / C, np.float32)
    for start in range(0, len(chosen), STRIPS_PER_STEP):
        some = chosen[start : start + STRIPS_PER_STEP]
        positions, X = unpack(strips.rows[some], d)
        P = head.predict_proba(X.reshape(-1, d).astype(float)).reshape(*X.shape[:2], C)
        least = np.where(positions >= 0, P.max(axis=2), 2).argmin(axis=1)
        each, kept = np.arange(len(some)), (positions >= 0).any(axis=1)
        embeddings[some[kept]] = X[each, least][kept]
        probabilities[some[kept]] = P[each, least][kept]
    doubts = WindowDoubts(column.readout, head.classes_, column, DictionaryArray(probabilities, strips.index))
    return doubts, DictionaryArray(embeddings, strips.index)
