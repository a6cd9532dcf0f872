"""Counting what was right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..layout.layout import Readout
from ..readings.reading import Reading, review


@dataclass
class Score:
    """Digits and whole readings that were right, of those whose truth is known."""

    digits_correct: int = 0
    digits_total: int = 0
    readings_correct: int = 0
    readings_total: int = 0

    def count(self, labels: Sequence[str], truth: Sequence[str]) -> None:
        """Add one reading: the label read in each box, and the true ones."""
        marks = [read == true for read, true in zip(labels, truth, strict=True)]
        self.digits_correct += sum(marks)
        self.digits_total += len(marks)
        self.readings_correct += all(marks)
        self.readings_total += 1


def scored(
    readings: Iterable[Reading], readout: Readout, truths: Mapping[str, str], labels: Iterable[str]
) -> dict[str, Any]:
    """The `Score` of a readout in frames whose truth is known, the 'classes' there, beside these labels, and their
    'confusion' matrix."""
    score = Score()
    shown: list[str] = []
    read: list[str] = []
    for reading in readings:
        if reading.readout == readout.name and reading.frame in truths:
            truth = readout.split(truths[reading.frame])
            score.count(reading.labels, truth)
            shown += truth
            read += reading.labels
    classes = sorted({*labels, *shown, *read})
    return {**asdict(score), "classes": classes, "confusion": confusion_matrix(shown, read, classes).tolist()}


def reviewed(readings: Sequence[Reading]) -> dict[str, Any]:
    """How many readings there are and are likely to be 'wrong', and which to look at 'first' to find half of those."""
    found = review([reading.confidence for reading in readings])
    first = [{"frame": readings[k].frame, "readout": readings[k].readout} for k in found.first]
    return {"readings": len(readings), "wrong": found.wrong, "first": first}


def confusion_matrix(truths: Sequence[str], predictions: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """Counts (C, C): row i, column j says how often class i was taken for class j."""
    index = {label: k for k, label in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), int)
    for truth, prediction in zip(truths, predictions, strict=True):
        if truth in index:
            counts[index[truth], index[prediction]] += 1
    return counts


def calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """The expected calibration error: how far confidence is from the share of right answers, 0 to 1.

    Answers are sorted into bins of equal width by confidence (n), and the differences between mean
    confidence and mean of `right` (n) averaged by the bins' sizes (Guo et al. 2017, arXiv:1706.04599).
    """
    confidences, right = np.asarray(confidences, float), np.asarray(right, float)
    index = np.minimum((confidences * bins).astype(int), bins - 1)
    sums = np.bincount(index, confidences - right, minlength=bins)
    return float(np.abs(sums).sum() / max(len(right), 1))
