"""Readings by the thousand: what one readout shows in many frames, as columns."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np

from ..layout.layout import Readout
from ..model.prior import UNKNOWN
from .dictionary_array import DictionaryArray
from .neighbours import Compared
from .notation import Notation
from .reading import BITS, DISPUTED, DOUBTFUL, NO_VALUE, SHOWN, Reading

LEAST_PROBABILITY = 1e-12
"""A probability that is told from 0."""


class Column(Compared):
    """What a head reads in one readout of F frames, of which some may not have been given yet.

    classes: the head's C labels. given: bool (F,). What boxes show is kept by look, of which many frames may
    share one: `probabilities` and `distance` spread it over the frames, B being the readout's boxes.
    """

    doubtful_below = DOUBTFUL

    def __init__(
        self,
        readout: Readout,
        classes: Sequence[str],
        probabilities: np.ndarray,
        distance: np.ndarray,
        index: np.ndarray,
        notation: Notation | None = None,
    ):
        """From looks: probabilities (L + 1, C) and distance (L + 1,), 0 in the last row, and int index (F, B) of the
        look of each box, -1 in frames that were not given."""
        super().__init__(readout, classes, index, notation)
        self._looks, self._far = DictionaryArray(probabilities, self._index), DictionaryArray(distance, self._index)
        self.given = np.all(self._index >= 0, axis=1)
        self._disputed = np.zeros(len(self), bool)

    @classmethod
    def dense(
        cls,
        readout: Readout,
        classes: Sequence[str],
        probabilities: np.ndarray,
        distance: np.ndarray,
        given: np.ndarray,
    ) -> "Column":
        """Each box a look of its own. probabilities: (F, B, C), distance: (F, B): of both the rows in `given` count."""
        F, B, C = probabilities.shape
        index = np.where(np.asarray(given, bool)[:, None], np.arange(F * B, dtype=np.int32).reshape(F, B), -1)
        rows = np.concatenate([probabilities.reshape(-1, C), np.zeros((1, C), probabilities.dtype)])
        return cls(readout, classes, rows, np.append(distance.ravel(), distance.dtype.type(0)), index)

    def concat(self, others: Sequence[Self]) -> Self:
        """One column of the rows of this one and then of others; frames that share a look still do."""
        parts = (self, *others)
        begins = np.cumsum([0, *(len(part._far.rows) - 1 for part in parts)]).tolist()
        index = [np.where(part._index < 0, -1, part._index + at) for part, at in zip(parts, begins, strict=False)]
        looks, far = (
            np.concatenate([*(array.rows[:-1] for array in arrays), arrays[0].rows[-1:]])
            for arrays in ([part._looks for part in parts], [part._far for part in parts])
        )
        return type(self)(self.readout, self.classes, looks, far, np.concatenate(index))

    def _with(self, index: np.ndarray, notation: Notation | None) -> Self:
        column = type(self)(self.readout, self.classes, self._looks.rows, self._far.rows, index, notation)
        column.dispute(self._disputed & column.given)
        return column

    def at(self, rows: Any) -> np.ndarray:
        """Probabilities of some frames, (n, B, C), or of boxes in frames, where `rows` is a pair of arrays: (n, C)."""
        return self._looks[rows]

    @property
    def shape(self) -> tuple[int, int, int]:
        """F, B, C."""
        F, B, C = self._looks.shape
        return F, B, C

    @property
    def probabilities(self) -> np.ndarray:
        """float32 (F, B, C), made on demand; 0 where there is no frame. `at`, `sure` and `best` take less memory."""
        return self._looks[:]

    @property
    def distance(self) -> np.ndarray:
        """float32 (F, B), above 1 where a box looks like nothing known."""
        return self._far[:]

    @cached_property
    def best(self) -> np.ndarray:
        """The most probable class of each box: int (F, B)."""
        return self._looks.rows.argmax(axis=1)[self._index]

    @cached_property
    def sure(self) -> np.ndarray:
        """The probability of the most probable class of each box: float32 (F, B)."""
        return self._looks.rows.max(axis=1, initial=0)[self._index]

    @cached_property
    def read_confidence(self) -> np.ndarray:
        """The chance that all boxes are right, if they err independently: float32 (F,), 0 where nothing was read."""
        return self.sure.prod(axis=1)

    @cached_property
    def texts(self) -> list[str]:
        """What was read (F), '' where nothing was."""
        texts, which = self._distinct
        return np.array([*texts, ""], object)[which].tolist()

    @cached_property
    def read_values(self) -> np.ndarray:
        """What the texts state: float64 (F,), NaN where one states none."""
        texts, which = self._distinct
        return np.array([*map(self.notation.value, texts), np.nan])[which]

    def weighed_texts(self) -> list[tuple[str, float]]:
        """The texts that occur, each once, with the sum of their confidences."""
        texts, which = self._distinct
        weights = np.bincount(which[self.given], self.confidence[self.given], len(texts))
        return list(zip(texts, weights.tolist(), strict=True))

    @property
    def point_doubt(self) -> np.ndarray:
        """The probability of another place for the point: 0, since the format says where it stands; float64 (F,)."""
        return np.zeros(len(self))

    @property
    def looks(self) -> np.ndarray:
        """Which frames show the same pixels, those with equal rows: int (F, B)."""
        return self._index

    @cached_property
    def read_flags(self) -> np.ndarray:
        """Those of each frame by itself: uint16 (F,)."""
        unknown = [k for k, label in enumerate(self.classes) if label == UNKNOWN]
        texts, which = self._distinct
        raised = {
            "doubtful": self.read_confidence < DOUBTFUL,
            "unknown": np.isin(self.best, unknown).any(axis=1),
            "outlier": (self.distance > 1).any(axis=1),
            DISPUTED: self._disputed,
            NO_VALUE: np.array([*map(self.notation.lacks, texts), False])[which],
        }
        bits = sum((up & self.given).astype(np.uint16) * BITS[flag] for flag, up in raised.items())
        return np.asarray(bits, np.uint16)

    def dispute(self, rows: np.ndarray) -> None:
        """Flag frames, bool (F,), in which another reader sees another number; what other frames say is forgotten."""
        self._disputed, self.neighbours = np.asarray(rows, bool), None
        self.__dict__.pop("read_flags", None)

    def support(self, row: int, like: int) -> float:
        """The logarithm of the probability that row `row` shows what was read in row `like`."""
        shown = np.take_along_axis(self.at([row])[0], self.best[like][:, None], axis=1)
        return float(np.log(np.maximum(shown, LEAST_PROBABILITY)).sum())

    def reading(self, index: int, frame: str) -> Reading:
        """Row `index` as a `Reading` of the frame of that name."""
        labels = tuple(self.classes[k] for k in self.best[index])
        return self._reading(index, frame, labels, self.at(index))

    @cached_property
    def _distinct(self) -> tuple[list[str], np.ndarray]:
        """The texts that occur, each once, and int (F,), which one each frame has: the last and one more for none."""
        which = np.full(len(self), -1)
        if not self.given.any():
            return [], which
        rows = self.best[self.given]
        first, which[self.given] = distinct(rows, len(self.classes))
        shown = np.array([SHOWN.get(label, label) for label in self.classes], object)
        return [self.readout.compose(labels) for labels in shown[rows[first]]], which


def distinct(classes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of rows of indices below `count`, int (n, B): where each distinct row is first, and which one each is (n,)."""
    key, size = np.zeros(len(classes), np.int64), 1
    for box in range(classes.shape[1]):
        if size * count > 2**62:
            key = np.unique(key, return_inverse=True)[1]
            size = len(classes)
        key, size = key * count + classes[:, box], size * count
    return np.unique(key, return_index=True, return_inverse=True)[1:]


def changes(before: Compared, after: Compared) -> list[tuple[int, str, str]]:
    """The rows that were read in both and whose texts differ, with these; none for columns of other frames."""
    if len(before) != len(after):
        return []
    old, new = np.array(before.texts, object), np.array(after.texts, object)
    rows = np.flatnonzero((old != new) & before.given & after.given)
    return list(zip(rows.tolist(), old[rows].tolist(), new[rows].tolist(), strict=True))
