"""What is kept of a strip that a line backbone has seen: the columns in which something stands.

CTC is peaky: in most columns the blank is certain. Of a strip's t columns the k that are least certainly blank by the
prior are kept, in their order, as one row of numbers: what `Ink` says of the strip; k positions, -1 where there are
fewer; and k embeddings.
So the strips of one window, which are of one width, are rows of one length, as crops are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..imaging.beside import goes_on
from ..imaging.look import CELLS, look_of
from ..imaging.strips import HEIGHT, RUNS, WindowCrop, contrast_of, ink_runs, least_contrast, strength_of, touches_edge
from .prior import BLANK, Prior

STRIDE = 2
"""Pixels of a strip for each column."""
CERTAIN = 0.9995
"""A column that is blank with this probability is not kept."""
FEWEST = 8
HEAD = 1 + 4 * RUNS
"""Numbers of a row before the positions: 1 where something touches an edge, 2 and 4 where something stands to the left
and to the right, 8 where characters are cut off, plus the contrast as a share of LEVELS, which rows of before leave
out; and the runs, plus the look as shares of LEVELS, which others of before do."""
LEVELS = 256


class Ink(NamedTuple):
    """Where something dark or bright stands in a strip.

    touching: at an edge; see `touches_edge`. runs: see `ink_runs`. contrast: of the strongest parts, in grey levels,
    below 256; 0 where it is not known. look: see `look_of`; empty where it is not known. beside: whether something like
    its characters stands to the left of the strip, and to the right; see `goes_on`. cut_off: whether an edge cuts one
    of these, or most of its own.
    """

    touching: bool
    runs: np.ndarray
    contrast: float = 0.0
    look: bytes = b""
    beside: tuple[bool, bool] = (False, False)
    cut_off: bool = False

    @classmethod
    def of(cls, strip: np.ndarray, window: WindowCrop | None = None) -> "Ink":
        """The ink of a uint8 strip (32, w, 3). window: it, with what is around it, where that is known."""
        contrast = contrast_of(strip)
        strength = strength_of(contrast)
        ink = contrast > least_contrast(strength)
        runs = ink_runs(ink, contrast)
        left, right, cut_off = goes_on(window, ink, runs, strength) if window else (False, False, False)
        return cls(touches_edge(ink), runs, strength, look_of(strip).tobytes(), (left, right), cut_off)

    @classmethod
    def unpack(cls, row: np.ndarray) -> "Ink":
        """The ink that a row of `pack` says."""
        bits, contrast = divmod(float(row[0]), 1)
        touching, left, right, cut_off = (bool(int(bits) & bit) for bit in (1, 2, 4, 8))
        runs = np.floor(row[1:HEAD])
        look = ((row[1:HEAD] - runs) * LEVELS).astype(np.uint8)
        known = look.tobytes() if look.any() else b""
        return cls(touching, runs.reshape(RUNS, 4), contrast * LEVELS, known, (left, right), cut_off)


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
    bits = [each.touching + 2 * each.beside[0] + 4 * each.beside[1] + 8 * each.cut_off for each in ink]
    rows[:, 0] = np.array(bits) + [min(each.contrast, LEVELS - 1) / LEVELS for each in ink]
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
