"""Frames of one state share their evidence: noise that differs from frame to frame averages out.

The log odds of a reading are summed over the distinct looks of its state. Looks of one display err alike, so n of them
count as sqrt(n) that are independent. Where the point stands is a matter of the whole table: what its frames doubt of
that on the average, each of them does.
"""

from collections.abc import Iterator

import numpy as np

from .line_column import AnyColumn
from .own_account import SIGNS
from .reading import BITS, DOUBTFUL_POINT
from .states import States

SAME_DECIMALS = 0.95
"""The share of the lasting states' frames that have as many decimals from which on the table has."""
POINTED = 0.05
"""The share of the frames with as many digits that have a point, from which on those without it are doubted."""
DOUBTFUL_BIT = BITS["doubtful"]
SUREST = 1e-6
"""No look is surer than by this."""


def share(states: States, column: AnyColumn) -> tuple[np.ndarray, np.ndarray]:
    """Confidence, float64 (F,), and flags, uint16 (F,), of frames that share within each state what they know."""
    confidence, flags = column.read_confidence.astype(float), column.read_flags.copy()
    _share_within_states(states, column, confidence, flags)
    for rows, chance in _without_point(states):
        confidence[rows] = np.minimum(confidence[rows], chance)
        flags[rows] |= DOUBTFUL_BIT
    return confidence, flags


def _share_within_states(states: States, column: AnyColumn, confidence: np.ndarray, flags: np.ndarray) -> None:
    lasting = np.flatnonzero(states.lengths > 1)
    if not len(lasting):
        return
    own = column.point_doubt
    point = _point(states, lasting, own)
    digits = np.minimum(confidence / np.maximum(1 - own, confidence), 1)
    for rows, together in _together(states, column, digits):
        confidence[rows] = np.maximum(confidence[rows], together * (1 - point[rows]))
        doubtful = (confidence[rows] < column.doubtful_below) | (point[rows] >= DOUBTFUL_POINT)
        flags[rows] = np.where(doubtful, flags[rows] | DOUBTFUL_BIT, flags[rows] & ~np.uint16(DOUBTFUL_BIT))


def agreed(states: States, column: AnyColumn, chances: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Chances of frames by themselves, float64 (F,), as those of their states, which share what they know.

    confidence: float64 (F,), see `share`; a text without a point has no better chance, since its frames miss one alike.
    """
    found = chances.copy()
    for rows, together in _together(states, column, chances):
        found[rows] = np.maximum(found[rows], together)
    pointless = np.array([not SIGNS.search(text) for text in column.texts], bool)
    found[pointless] = np.minimum(found, confidence)[pointless]
    for rows, chance in _without_point(states):
        found[rows] = np.minimum(found[rows], chance)
    return found


def _together(states: States, column: AnyColumn, chances: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """The rows of each state that lasts, and the chance that its distinct looks give to its text together."""
    odds = _odds(chances)
    for k in np.flatnonzero(states.lengths > 1):
        rows = states.rows(k)
        looks = rows[np.unique(column.looks[rows], axis=0, return_index=True)[1]]
        yield rows, float(1 / (1 + np.exp(-odds[looks].mean() * np.sqrt(len(looks)))))


def _without_point(states: States) -> Iterator[tuple[np.ndarray, float]]:
    """Rows of states without a point, where others with as many digits have one, and the share that has none.

    A point is passed over far more often than seen where there is none: the value would be a hundred times as large.
    """
    digits, decimals = np.array([states.shape(k) for k in range(len(states))]).reshape(-1, 2).T
    for count in np.unique(digits[(decimals > 0)]).tolist():
        alike = digits == count
        frames = states.lengths[alike].sum()
        chance = float(states.lengths[alike & (decimals == 0)].sum() / frames)
        if 0 < chance <= 1 - POINTED:
            for k in np.flatnonzero(alike & (decimals == 0)).tolist():
                yield states.rows(k), chance


def _point(states: States, lasting: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The probability of another place for the point: where nearly all frames have as many decimals, their mean."""
    decimals = np.array([states.shape(k)[1] for k in lasting])
    _, number = np.unique(decimals, return_inverse=True)
    frames = np.bincount(number, weights=states.lengths[lasting])
    usual = int(frames.argmax())
    found = own.copy()
    if frames[usual] >= SAME_DECIMALS * frames.sum():
        rows = np.concatenate([states.rows(k) for k in lasting[number == usual]])
        found[rows] = own[rows].mean()
    return found


def _odds(p: np.ndarray) -> np.ndarray:
    bounded = np.clip(p, SUREST, 1 - SUREST)
    return np.log(bounded / (1 - bounded))
