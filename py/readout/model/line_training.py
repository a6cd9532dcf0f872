"""What a head over columns learns from a typed number: the text is aligned to the columns, the columns are examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ReadoutError
from . import ctc
from .head import SoftmaxHead
from .prior import BLANK, Prior
from .strip_embedding import unpack

MOST_LEARNED = 150
"""Typed numbers that are learned from; of more, so many are spread evenly over them, each counting for others too."""
BLANKS = 4
"""Columns without a character that are learned from in each strip: those that the prior is least sure of."""
BLANK_WEIGHT = 0.25
"""How much a column without a character counts: there are many, and they are certain already."""


@dataclass(frozen=True, eq=False)
class TypedLine:
    """A strip's row, see `strip_embedding.pack`, what a person says that it shows, and how much that counts."""

    row: np.ndarray
    text: str
    weight: float = 1.0


def spread_evenly(count: int) -> list[int]:
    """Which of `count` typed numbers are learned from, MOST_LEARNED at most: indices, from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_LEARNED)).astype(int)).tolist() if count else []


def fit_lines(lines: Sequence[TypedLine], prior: Prior) -> tuple[SoftmaxHead, list[int]]:
    """A head that has learned from typed numbers, and which of them it could not learn from: indices.

    A text is aligned to the columns of its strip by the most likely path (Viterbi) of the prior; a character that
    the prior does not know is looked for where it sees something unknown. Where a text has more characters than there
    are columns in which anything stands, nothing is learned from it.
    """
    X: list[np.ndarray] = []
    labels: list[str] = []
    weights: list[float] = []
    refused = []
    for number, line in enumerate(lines):
        found = aligned(line, prior)
        if found is None:
            refused.append(number)
            continue
        X += found[0]
        labels += found[1]
        weights += [weight * line.weight for weight in found[2]]
    head = SoftmaxHead(prior=prior)
    if not X:
        return head.fit(np.empty((0, len(prior.mean))), []), refused
    return head.fit(np.array(X), labels, sample_weight=weights), refused


def aligned(line: TypedLine, prior: Prior) -> tuple[list[np.ndarray], list[str], list[float]] | None:
    """Columns, their labels and weights; None where the text does not fit the columns."""
    positions, X = unpack(line.row[None], len(prior.mean))
    kept = positions[0] >= 0
    columns, at = X[0, kept].astype(np.float64), positions[0, kept]
    characters = list(line.text.replace(" ", ""))
    if not len(columns):
        return None if characters else ([], [], [])
    classes = [BLANK, *sorted({*prior.classes.tolist(), *characters} - {BLANK})]
    logp = ctc.log_softmax(prior.scores(columns, classes))
    filled, places = with_gaps(logp, at)
    try:
        spans = ctc.align(filled, [classes.index(c) for c in characters]) if characters else np.empty((0, 2), int)
    except ReadoutError:
        return None
    labels, weights = [BLANK] * len(columns), [BLANK_WEIGHT] * len(columns)
    index = {place: k for k, place in enumerate(at.tolist())}
    for (start, end), character in zip(spans.tolist(), characters, strict=True):
        own = [index[place] for place in places[start:end].tolist() if place in index]
        if not own:
            return None
        for k in own:
            labels[k], weights[k] = character, 1 / len(own)
    empty = [k for k, label in enumerate(labels) if label == BLANK]
    certain = logp[:, 0]
    learned = sorted({*range(len(labels))} - {*sorted(empty, key=lambda k: certain[k])[BLANKS:]})
    return [columns[k] for k in learned], [labels[k] for k in learned], [weights[k] for k in learned]


def with_gaps(logp: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log probabilities (t, C) of columns at positions (t,), with one certain blank wherever some were left out."""
    gaps = np.flatnonzero(np.diff(at) > 1) + 1
    if not len(gaps):
        return logp, at
    certain = np.full((1, logp.shape[1]), -30.0)
    certain[0, ctc.BLANK] = 0.0
    return np.insert(logp, gaps, certain, axis=0), np.insert(at, gaps, at[gaps - 1] + 1)
