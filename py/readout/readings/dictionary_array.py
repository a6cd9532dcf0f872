"""An array whose rows repeat, each distinct row kept once; Arrow calls it a dictionary array."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class DictionaryArray:
    """An array (F, B, ...) of which rows repeat: `rows` (L, ...), and which of them is where, `index` int (F, B).

    It is indexed by frames, or by frames and boxes, as the array would be. An index of -1 is the last row.
    """

    rows: np.ndarray
    index: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """As of the array."""
        return *self.index.shape, *self.rows.shape[1:]

    def __getitem__(self, at: Any) -> np.ndarray:
        return self.rows[self.index[at]]

    def every(self, step: int) -> "DictionaryArray":
        """Every `step`-th number of each row."""
        return DictionaryArray(self.rows[:, ::step], self.index)
