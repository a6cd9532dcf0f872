"""What the other frames say of the readings of one readout; see `comparison.compare`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Self

import numpy as np

from ..layout.layout import Readout
from .notation import Notation
from .notation_evidence import Evidence
from .reading import Reading, flags_of


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What the other frames say of F readings.

    flags: uint16 (F,), see FLAGS. confidence: float64 (F,), what the frames of a state know together. values: float64
    (F,), as read; of a reading that is 'changing' that of one of the two states it stands between, and `taken` says by
    row which text that is. confirmed: bool (F,), whether the frame before or behind shows the same, and it is neither
    changing nor a jump. wrong: float64 (F,), the probability that a reading is wrong. around: of what is changing or a
    jump the texts of the states before and behind, '' beyond the ends. reach: how far a number goes in one step, inf
    where nothing was learned of that. view: in which the numbers are clearer, see
    `orientation.clearer_view`.
    """

    flags: np.ndarray
    confidence: np.ndarray
    values: np.ndarray
    confirmed: np.ndarray
    wrong: np.ndarray
    taken: Mapping[int, str] = field(default_factory=dict)
    around: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    reach: float = np.inf
    view: str = ""


class Compared(ABC):
    """A column of F readings, each read by itself, which takes over what the other frames say of them once it is heard.

    classes: the head's labels. given: bool (F,), which frames were. neighbours: what the others say; None before.
    left_out: of rows in which the readout is not shown, why; see `conditions`.
    """

    given: np.ndarray
    neighbours: Neighbours | None = None
    left_out: Mapping[int, str] = MappingProxyType({})

    def __init__(self, readout: Readout, classes: Sequence[str], index: np.ndarray, notation: Notation | None):
        """index: of each frame what it shows, int (F, ...), -1 where it was not given. notation: as `noted`."""
        self.readout, self.classes, self._index, self._notation = readout, classes, index, notation

    def __len__(self) -> int:
        """F, how many frames there are."""
        return len(self._index)

    @abstractmethod
    def _with(self, index: np.ndarray, notation: Notation | None) -> Self:
        """The same readings with another index, their values written in this way."""

    def noted(self, notation: Notation) -> Self:
        """The same readings, their values written in this way."""
        return self._with(self._index, notation)

    def without(self, reasons: Mapping[int, str]) -> Self:
        """The same readings but for some rows, of which none is given; why, by row."""
        index = self._index.copy()
        index[list(reasons)] = -1
        column = self._with(index, self._notation)
        column.leave_out({**self.left_out, **reasons})
        return column

    def leave_out(self, reasons: Mapping[int, str]) -> None:
        """Note in which rows the readout is not shown, and why."""
        self.left_out = reasons

    @property
    @abstractmethod
    def read_confidence(self) -> np.ndarray:
        """As `confidence`, of each frame by itself."""

    @property
    @abstractmethod
    def read_values(self) -> np.ndarray:
        """As `values`, of each frame by itself."""

    @property
    @abstractmethod
    def read_flags(self) -> np.ndarray:
        """As `flags`, of each frame by itself."""

    @property
    @abstractmethod
    def texts(self) -> list[str]:
        """What was read (F), '' where nothing was."""

    @abstractmethod
    def weighed_texts(self) -> list[tuple[str, float]]:
        """The texts that occur, with the sums of their confidences."""

    @cached_property
    def notation(self) -> Notation:
        """How the readout writes its values, as stated and as all its texts show."""
        if self._notation:
            return self._notation
        evidence = Evidence.of(self.readout)
        evidence.add(self.weighed_texts())
        return evidence.notation(self.readout.meaning)

    @property
    def confidence(self) -> np.ndarray:
        """The probability that a text is right: float (F,), 0 where nothing was read; of a state's frames, together."""
        return self.neighbours.confidence if self.neighbours else self.read_confidence

    @property
    def values(self) -> np.ndarray:
        """What the texts state, but of changing readings what was taken: float64 (F,), NaN where there is none."""
        return self.neighbours.values if self.neighbours else self.read_values

    @property
    def flags(self) -> np.ndarray:
        """uint16 (F,); see FLAGS. The bit of ANCHOR_LOST is not among them: a column knows of no anchor."""
        return self.neighbours.flags if self.neighbours else self.read_flags

    @property
    def confirmed(self) -> np.ndarray:
        """Which readings another frame confirms: bool (F,)."""
        return self.neighbours.confirmed if self.neighbours else np.zeros(len(self.read_flags), bool)

    @property
    def wrong(self) -> np.ndarray:
        """The probability that a reading is wrong: float64 (F,)."""
        return self.neighbours.wrong if self.neighbours else 1 - self.confidence.astype(float)

    def heed(self, neighbours: Neighbours) -> None:
        """Take over what the other frames say: flags, confidence and the values of readings caught while changing."""
        self.neighbours = neighbours

    def _reading(self, row: int, frame: str, labels: tuple[str, ...], probabilities: np.ndarray) -> Reading:
        """A row as a `Reading`, but for its labels and their probabilities."""
        text, value = self.texts[row], None if np.isnan(self.values[row]) else float(self.values[row])
        return Reading(
            frame,
            self.readout.name,
            labels,
            text,
            value,
            float(self.confidence[row]),
            flags_of(int(self.flags[row])),
            probabilities,
            confirmed=bool(self.neighbours.confirmed[row]) if self.neighbours else None,
            note=self.notation.why(text) if value is None else "",
        )
