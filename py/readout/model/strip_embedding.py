"""What is kept of a strip that a line backbone has seen: the columns in which something stands.

CTC is peaky: in most columns the blank is certain. Of a strip's t columns the k that are least certainly blank by the
prior are kept, in their order, as one row of numbers: 1 where ink touches an edge of the window, else 0; k positions,
-1 where there are fewer; and k embeddings.
So the strips of one window, which are of one width, are rows of one length, as crops are.
"""

from collections.abc import Sequence

import numpy as np

from ..imaging.strips import HEIGHT
from .prior import BLANK, Prior

STRIDE = 2
"""Pixels of a strip for each column."""
CERTAIN = 0.9995
"""A column that is blank with this probability is not kept."""
FEWEST = 8


def kept_columns(width: int) -> int:
    """k, for a strip of `width` pixels: all columns of a short one, a third of those of a long one."""
    columns = -(-width // STRIDE)
    return min(columns, FEWEST + HEIGHT // 4 + columns // 4)


def row_length(width: int, dim: int) -> int:
    """How many numbers a row has, for strips of `width` pixels and embeddings of `dim` numbers."""
    return 1 + kept_columns(width) * (1 + dim)


def pack(columns: np.ndarray, width: int, prior: Prior, touching: Sequence[bool]) -> np.ndarray:
    """Rows float32 (n, 1 + k (1 + d)) of columns float32 (n, t, d), for strips of `width` pixels.

    touching: of each strip, whether ink touches an edge; see `strips.touches_edge`.
    """
    length = -(-width // STRIDE)
    columns = columns[:, :length]
    n, _, d = columns.shape
    scores = columns.astype(np.float64) @ prior.coef + prior.intercept
    scores -= scores.max(axis=2, keepdims=True)
    shares = np.exp(scores)
    blank = shares[:, :, prior.classes.tolist().index(BLANK)] / shares.sum(axis=2)
    k = kept_columns(width)
    chosen = np.sort(np.argsort(blank, axis=1, kind="stable")[:, :k], axis=1)
    rows = np.zeros((n, 1 + k * (1 + d)), np.float32)
    rows[:, 0] = touching
    kept = np.take_along_axis(blank, chosen, axis=1) < CERTAIN
    rows[:, 1 : 1 + k] = np.where(kept, chosen, -1)
    found = np.take_along_axis(columns, chosen[:, :, None], axis=1)
    rows[:, 1 + k :] = np.where(kept[:, :, None], found, 0).reshape(n, -1)
    return rows


def unpack(rows: np.ndarray, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions int (n, k), -1 where there is none, and embeddings (n, k, d) of rows (n, 1 + k (1 + d))."""
    k = (rows.shape[1] - 1) // (1 + dim)
    return rows[:, 1 : 1 + k].astype(int), rows[:, 1 + k :].reshape(len(rows), k, dim)
