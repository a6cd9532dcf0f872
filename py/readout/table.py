"""Readings by the thousand: what one readout shows in many frames, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .head import SoftmaxHead
from .layout import Readout
from .prior import UNKNOWN
from .reader import DOUBTFUL, SHOWN, Reading, number

FLAGS = ("doubtful", "unknown", "outlier")
"""Bit k of a column's `flags` is FLAGS[k]; see `reader.Reading`."""


@dataclass(frozen=True, eq=False)
class Column:
    """What a head reads in one readout of F frames, of which some may not have been given yet.

    classes: the head's C labels. probabilities: float32 (F, B, C), B being the readout's boxes; 0 where
    there is no frame. distance: float32 (F, B), above 1 where a box looks like nothing known. given: bool (F,).
    """

    readout: Readout
    classes: Sequence[str]
    probabilities: np.ndarray
    distance: np.ndarray
    given: np.ndarray

    @classmethod
    def of(cls, readout: Readout, head: SoftmaxHead, embeddings: np.ndarray, given: np.ndarray) -> "Column":
        """Read embeddings (F, B, d), of which only the rows in `given` (F,) count."""
        frames, boxes, _ = embeddings.shape
        probabilities = np.zeros((frames, boxes, len(head.classes_)), np.float32)
        distance = np.zeros((frames, boxes), np.float32)
        if given.any():
            X = embeddings[given].reshape(-1, embeddings.shape[2])
            probabilities[given] = head.predict_proba(X).reshape(-1, boxes, len(head.classes_))
            far = head.distance(X)
            distance[given] = 0 if far is None else far.reshape(-1, boxes)
        return cls(readout, head.classes_, probabilities, distance, given)

    def __len__(self) -> int:
        """F, how many frames there are."""
        return len(self.given)

    @cached_property
    def best(self) -> np.ndarray:
        """The most probable class of each box: int (F, B)."""
        return self.probabilities.argmax(axis=2)

    @cached_property
    def confidence(self) -> np.ndarray:
        """The chance that all boxes are right, if they err independently: float32 (F,), 0 where nothing was read."""
        return self.probabilities.max(axis=2).prod(axis=1)

    @cached_property
    def texts(self) -> list[str]:
        """What was read (F), '' where nothing was."""
        shown = np.array([SHOWN.get(label, label) for label in self.classes], object)
        return [self.readout.compose(labels) if given else "" for labels, given in zip(shown[self.best], self.given, strict=True)]

    @cached_property
    def values(self) -> np.ndarray:
        """The texts as numbers: float64 (F,), NaN where one is none."""
        return np.array([np.nan if (value := number(text)) is None else value for text in self.texts], float)

    @cached_property
    def flags(self) -> np.ndarray:
        """uint8 (F,); see FLAGS."""
        unknown = [k for k, label in enumerate(self.classes) if label == UNKNOWN]
        raised = (self.confidence < DOUBTFUL, np.isin(self.best, unknown).any(axis=1), (self.distance > 1).any(axis=1))
        return sum((up & self.given).astype(np.uint8) << bit for bit, up in enumerate(raised))

    def reading(self, index: int, frame: str) -> Reading:
        """Row `index` as a `Reading` of the frame of that name."""
        labels = tuple(self.classes[k] for k in self.best[index])
        flags = tuple(flag for bit, flag in enumerate(FLAGS) if self.flags[index] >> bit & 1)
        text, confidence = self.texts[index], float(self.confidence[index])
        return Reading(frame, self.readout.name, labels, text, number(text), confidence, flags, self.probabilities[index])
