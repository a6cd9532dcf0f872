"""What the other frames say of the readings of one readout; see `comparison.compare`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What the other frames say of F readings.

    flags: uint16 (F,), see FLAGS. confidence: float64 (F,), what the frames of a state know together. values: float64
    (F,), as read; of a reading that is 'changing' that of one of the two states it stands between, and `taken` says by
    row which text that is. confirmed: bool (F,), whether the frame before or behind shows the same, and it is neither
    changing nor a jump. wrong: float64 (F,), the probability that a reading is wrong. around: of what is changing or a
    jump the texts of the states before and behind, '' beyond the ends. reach: how far a number goes in one step, inf
    where nothing was learned of that.
    """

    flags: np.ndarray
    confidence: np.ndarray
    values: np.ndarray
    confirmed: np.ndarray
    wrong: np.ndarray
    taken: Mapping[int, str] = field(default_factory=dict)
    around: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    reach: float = np.inf

    def part(self, rows: np.ndarray) -> "Neighbours":
        """Of some rows alone."""
        numbers = {int(row): k for k, row in enumerate(rows)}
        taken = {numbers[row]: text for row, text in self.taken.items() if row in numbers}
        around = {numbers[row]: texts for row, texts in self.around.items() if row in numbers}
        arrays = {name: getattr(self, name)[rows] for name in ("flags", "confidence", "values", "confirmed", "wrong")}
        return replace(self, **arrays, taken=taken, around=around)
