"""Connectionist temporal classification: from scores of columns to text, its alternatives and its places.

Graves et al. 2006, "Connectionist temporal classification". A path names one class in each column; the text
of a path is what is left when repeats are merged and blanks, class 0, are taken out. The probability of a text
is that of all its paths. Texts are tuples of class indices here, without blanks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ReadoutError

BLANK = 0
LEAST_PROBABILITY = 1e-4
"""Classes less likely than this in a column are not followed there."""
LEAST_PREFIX = 1e-5
"""Prefixes so much less likely than the likeliest are not followed, where every text may be."""

Text = tuple[int, ...]


@dataclass(frozen=True)
class Alternative:
    """A text and its probability, summed over the paths that the search has followed: at most the true one."""

    text: Text
    probability: float


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Log probabilities (t, C) of scores (t, C)."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def without(logp: np.ndarray, classes: Iterable[int]) -> np.ndarray:
    """Log probabilities (t, C) in which some classes are read over: theirs is added to the blank's.

    A number can so be read beside letters that may be there or not: the probability of a text is
    then that of all texts that differ from it in those classes only.
    """
    gone = sorted(set(classes))
    merged = logp.copy()
    together = logp[:, [BLANK, *gone]]
    top = together.max(axis=1, keepdims=True)
    merged[:, BLANK] = top[:, 0] + np.log(np.exp(together - top).sum(axis=1))
    merged[:, gone] = -np.inf
    return merged


def decode(
    logp: np.ndarray, best: int = 5, beam: int = 16, accept: Callable[[Text], bool] | None = None
) -> list[Alternative]:
    """The most likely texts, the likeliest first, by prefix beam search (Graves 2012, Hannun et al. 2014).

    logp: log probabilities (t, C), as `log_softmax` gives them. beam: prefixes kept from column to column.
    accept: whether a text may be, or be begun with, this prefix; what it refuses is not followed.
    """
    _check(logp)
    prefixes: dict[Text, tuple[float, float]] = {(): (1.0, 0.0)}  # of paths that end in blank, and that do not
    probabilities = np.exp(logp)
    likely = probabilities > LEAST_PROBABILITY
    scale = 0.0  # the logarithm of what all have been divided by, so that long strips don't underflow
    for column, follow in zip(probabilities.tolist(), likely, strict=True):
        classes = np.flatnonzero(follow).tolist()
        blank = column[BLANK]
        if classes == [BLANK]:
            prefixes = {prefix: ((ended + going) * blank, 0.0) for prefix, (ended, going) in prefixes.items()}
            continue
        new: dict[Text, list[float]] = {}
        for prefix, (ended, going) in prefixes.items():
            total, last = ended + going, prefix[-1] if prefix else BLANK
            kept = new.setdefault(prefix, [0.0, 0.0])
            kept[0] += total * blank
            if last != BLANK:
                kept[1] += going * column[last]
            for c in classes:
                if c == BLANK:
                    continue
                longer = (*prefix, c)
                gained = (ended if c == last else total) * column[c]
                if gained <= 0.0:
                    continue
                if longer in new:
                    new[longer][1] += gained
                elif accept is None or accept(longer):
                    new[longer] = [0.0, gained]
        ranked = _ranked((prefix, (ended, going)) for prefix, (ended, going) in new.items())[:beam]
        if accept is None:
            least = LEAST_PREFIX * sum(ranked[0][1])
            ranked = [each for each in ranked if sum(each[1]) >= least]
        total = sum(ended + going for _, (ended, going) in ranked) or 1.0
        scale += np.log(total)
        prefixes = {prefix: (ended / total, going / total) for prefix, (ended, going) in ranked}
    ranked = _ranked(prefixes.items())
    return [Alternative(text, float((ended + going) * np.exp(scale))) for text, (ended, going) in ranked[:best]]


def _ranked(prefixes: Iterable[tuple[Text, tuple[float, float]]]) -> list[tuple[Text, tuple[float, float]]]:
    """The likeliest first."""
    return sorted(prefixes, key=lambda item: -sum(item[1]))


def align(logp: np.ndarray, text: Sequence[int]) -> np.ndarray:
    """Where each character of a text stands: int (len(text), 2), its first column and the one behind its last.

    The most likely path of that text (Viterbi). Raises ReadoutError where the columns are too few for it.
    """
    _check(logp)
    states, skip = _states(text)
    T, S = len(logp), len(states)
    score = np.full(S, -np.inf)
    score[:2] = logp[0, states[:2]]
    came = np.zeros((T, S), np.int8)
    for t in range(1, T):
        moves = np.full((3, S), -np.inf)
        moves[0] = score
        moves[1, 1:] = score[:-1]
        moves[2, 2:] = np.where(skip[2:], score[:-2], -np.inf)
        came[t] = moves.argmax(axis=0)
        score = moves.max(axis=0) + logp[t, states]
    at = S - 1 if S == 1 or score[-1] >= score[-2] else S - 2
    if not np.isfinite(score[at]):
        raise ReadoutError(
            f"a text of {len(text)} characters is aligned to at least as many columns, and to one more for each pair "
            f"of equal neighbours, got {T} columns: widen the window, or shorten the text"
        )
    path = np.empty(T, int)
    for t in range(T - 1, -1, -1):
        path[t] = at
        at -= came[t, at]
    spans = np.empty((len(text), 2), int)
    for k in range(len(text)):
        columns = np.flatnonzero(path == 2 * k + 1)
        spans[k] = columns[0], columns[-1] + 1
    return spans


def _states(text: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Blank, first character, blank, …; and to which of them a path may come without the blank before it."""
    states = np.full(2 * len(text) + 1, BLANK)
    states[1::2] = text
    skip = np.zeros(len(states), bool)
    skip[3::2] = states[3::2] != states[1:-2:2]
    return states, skip


def _check(logp: np.ndarray) -> None:
    if np.ndim(logp) != 2 or 0 in np.shape(logp) or np.isnan(logp).any():
        raise ReadoutError(
            f"CTC reads log probabilities of shape (columns, classes) without NaN, got shape {np.shape(logp)}: "
            "give it the head's scores of one strip, through log_softmax"
        )
