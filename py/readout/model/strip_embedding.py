"""What is kept of a strip that a line backbone has seen: the columns in which something stands.

CTC is peaky: in most columns the blank is certain. Of a strip's t columns the k that are least certainly blank by the
prior are kept, in their order, as one row of numbers: what `Ink` says of the strip; k positions, -1 where there are
fewer; and k embeddings.
So the strips of one window, which are of one width, are rows of one length, as crops are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..imaging.look import CELLS, look_of
from ..imaging.strips import HEIGHT, RUNS, contrast_of, ink_of, ink_runs, strength_of, touches_edge
from .prior import BLANK, Prior

STRIDE = 2
"""Pixels of a strip for each column."""
CERTAIN = 0.9995
"""A column that is blank with this probability is not kept."""
FEWEST = 8
HEAD = 1 + 4 * RUNS
"""Numbers of a row before the positions: whether something touches an edge, 1 or 0, plus the contrast as a share of
LEVELS, which rows of before leave out; and the runs, plus the look as shares of LEVELS, which others of before do."""
LEVELS = 256


class Ink(NamedTuple):
    """Where something dark or bright stands in a strip. touching: at an edge; see `touches_edge`. runs: `ink_runs`.

    contrast: of the strongest parts, in grey levels, below 256; 0 where it is not known. look: see `look_of`; empty
    where it is not known.
    """

    touching: bool
    runs: np.ndarray
    contrast: float = 0.0
    look: bytes = b""

    @classmethod
    def of(cls, strip: np.ndarray) -> "Ink":
        """The ink of a uint8 strip (32, w, 3)."""
        contrast = contrast_of(strip)
        ink = ink_of(contrast)
        return cls(touches_edge(ink), ink_runs(ink, contrast), strength_of(contrast), look_of(strip).tobytes())

    @classmethod
    def unpack(cls, row: np.ndarray) -> "Ink":
        """The ink that a row of `pack` says."""
        touching, contrast = divmod(float(row[0]), 1)
        runs = np.floor(row[1:HEAD])
        look = ((row[1:HEAD] - runs) * LEVELS).astype(np.uint8)
        return cls(bool(touching), runs.reshape(RUNS, 4), contrast * LEVELS, look.tobytes() if look.any() else b"")


def kept_columns(width: int) -> int:
    """k, for a strip of `width` pixels: all columns of a short one, a third of those of a long one."""
    columns = -(-width // STRIDE)
    return min(columns, FEWEST + HEIGHT // 4 + columns // 4)


def row_length(width: int, dim: int) -> int:
    """How many numbers a row has, for strips of `width` pixels and embeddings of `dim` numbers."""
    return HEAD + kept_columns(width) * (1 + dim)


def pack(columns: np.ndarray, width: int, prior: Prior, ink: Sequence[Ink]) -> np.ndarray:
    """Rows float32 (n, HEAD + k (1 + d)) of columns float32 (n, t, d), for strips of `width` pixels. ink: of each."""
    length = -(-width // STRIDE)
    columns = columns[:, :length]
    n, _, d = columns.shape
    scores = columns.astype(np.float64) @ prior.coef + prior.intercept
    scores -= scores.max(axis=2, keepdims=True)
    shares = np.exp(scores)
    blank = shares[:, :, prior.classes.tolist().index(BLANK)] / shares.sum(axis=2)
    k = kept_columns(width)
    chosen = np.sort(np.argsort(blank, axis=1, kind="stable")[:, :k], axis=1)
    rows = np.zeros((n, HEAD + k * (1 + d)), np.float32)
    rows[:, 0] = [each.touching + min(each.contrast, LEVELS - 1) / LEVELS for each in ink]
    rows[:, 1:HEAD] = np.array([each.runs for each in ink]).reshape(n, -1)
    rows[:, 1:HEAD] += [np.frombuffer(each.look or bytes(CELLS), np.uint8) / LEVELS for each in ink]
    kept = np.take_along_axis(blank, chosen, axis=1) < CERTAIN
    rows[:, HEAD : HEAD + k] = np.where(kept, chosen, -1)
    found = np.take_along_axis(columns, chosen[:, :, None], axis=1)
    rows[:, HEAD + k :] = np.where(kept[:, :, None], found, 0).reshape(n, -1)
    return rows


def unpack(rows: np.ndarray, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions int (n, k), -1 where there is none, and embeddings (n, k, d) of rows (n, HEAD + k (1 + d))."""
    k = (rows.shape[1] - HEAD) // (1 + dim)
    return rows[:, HEAD : HEAD + k].astype(int), rows[:, HEAD + k :].reshape(len(rows), k, dim)
