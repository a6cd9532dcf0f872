"""What a strip looks like, coarsely: for marks that are no text, a lamp, a letter, a symbol."""

from itertools import pairwise

import numpy as np

from ..layout.condition import LOOK_BYTES
from .colour import luma
from .strips import HEIGHT

CELLS = LOOK_BYTES
ROWS, COLUMNS = 4, CELLS // 4
GAINS = 0.8, 1.25
"""By how much a camera may have changed the brightness of all."""
LEAST_CONTRAST = 8.0
"""The contrast of cells that is taken for such, in grey levels: less is noise."""
SAME_LOOK = 0.12
"""Two looks that differ by at most this share of their contrast are one, where nothing more is known,"""
SETTLED = 0.05
"""and by so much in any case: noise."""
GAP = 2.0
"""Looks in a table fall into those that are one and others where they are so many times as far away,"""
FARTHEST = 0.35
"""but none is that is further than this."""


def look_of(strip: np.ndarray) -> np.ndarray:
    """The mean brightness of ROWS x COLUMNS cells of a uint8 strip (32, w, 3): uint8 (CELLS,), none of them 0."""
    light = luma(strip).astype(np.float64)
    rows = np.arange(ROWS) * HEIGHT // ROWS
    columns = np.arange(COLUMNS) * light.shape[1] // COLUMNS
    sums = np.add.reduceat(np.add.reduceat(light, rows, axis=0), columns, axis=1)
    areas = np.diff(np.append(rows, HEIGHT))[:, None] * np.diff(np.append(columns, light.shape[1]))
    return np.maximum(np.floor(sums / areas + 0.5), 1).astype(np.uint8).ravel()


def apart(reference: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """How far looks (n, CELLS) are from one (CELLS,), as shares of their contrast: float64 (n,)."""
    one, others = reference.astype(float), looks.astype(float)
    gains = (others @ one) / np.maximum((others**2).sum(axis=1), 1.0)
    others = others * np.clip(gains, *GAINS)[:, None]
    contrast = np.maximum(np.maximum(others.std(axis=1), one.std()), LEAST_CONTRAST)
    return np.sqrt(((others - one) ** 2).mean(axis=1)) / contrast


def limit(distances: np.ndarray) -> float:
    """Up to which distance from a look others are the same. From FARTHEST on they surely are not, between is unknown.

    Where the distances of a table leave a gap behind those that are near, that is it: what differs little in one clip
    may be another letter.
    """
    near = np.unique(np.maximum(distances, SETTLED)).tolist()
    if near and near[0] <= SAME_LOOK:
        for last, following in pairwise(near):
            if last > FARTHEST:
                break
            if following >= GAP * last:
                return float(last)
    return SAME_LOOK
