"""Readings of a window by the thousand, as columns: what `Column` is for boxes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from ..imaging.look import CELLS
from ..layout.layout import Readout
from .column import LEAST_PROBABILITY, Column
from .line import RIVALS, Line
from .neighbours import Compared
from .notation import Notation
from .reading import BITS, CUT, DOUBTFUL_POINT, DOUBTFUL_TEXT, NO_VALUE, Reading

HARDLY = 1e-4
"""The weight of a text that may be cut against that of one that is whole."""


class LineColumn(Compared):
    """What a head reads in one window in F frames, of which some may not have been given yet.

    classes: the head's labels. lines: of each of L distinct strips what it shows. index: int (F,), the strip of each
    frame, -1 where none was given. notation: how its values are written; by default as all its texts show.
    """

    doubtful_below = DOUBTFUL_TEXT

    def __init__(
        self,
        readout: Readout,
        classes: Sequence[str],
        lines: Sequence[Line],
        index: np.ndarray,
        notation: Notation | None = None,
    ):
        super().__init__(readout, tuple(classes), np.asarray(index, np.int32), notation)
        self._lines = lines
        self.given = self._index >= 0

    def _with(self, index: np.ndarray, notation: Notation | None) -> Self:
        return type(self)(self.readout, self.classes, self._lines, index, notation)

    def line(self, row: int) -> Line:
        """What the strip of a frame shows; an empty line where none was given."""
        return self._lines[self._index[row]] if self.given[row] else Line(("",), (0.0,))

    def concat(self, others: Sequence["LineColumn"]) -> "LineColumn":
        """One column of the rows of this one and then of others."""
        lines, index = list(self._lines), [self._index]
        for other in others:
            index.append(np.where(other.given, other._index + len(lines), -1))
            lines += other._lines
        return LineColumn(self.readout, self.classes, lines, np.concatenate(index))

    @cached_property
    def usual_contrast(self) -> float:
        """The contrast of all strips but the strongest tenth, in grey levels; 0 where it is not known."""
        known = [line.contrast for line in self._lines if line.contrast]
        return float(np.quantile(known, 0.9)) if known else 0.0

    @cached_property
    def read_confidence(self) -> np.ndarray:
        """The probability of the whole text in each frame: float32 (F,), 0 where nothing was read."""
        return self.spread([line.probabilities[0] for line in self._lines], 0.0).astype(np.float32)

    @property
    def sure(self) -> np.ndarray:
        """float32 (F, 1): a window is one place."""
        return self.confidence[:, None]

    @property
    def shape(self) -> tuple[int, int, int]:
        """F, one place, and two answers: what was read, and anything else."""
        return len(self), 1, 2

    def at(self, rows: Any) -> np.ndarray:
        """Probabilities of the two answers in some frames, (n, 1, 2), or where `rows` is a pair of arrays, (n, 2)."""
        sure = self.sure[rows]
        return np.stack([sure, 1 - sure], axis=-1)

    @property
    def distance(self) -> np.ndarray:
        """float32 (F, 1), above 1 where a character looks like nothing known."""
        return self.spread([line.distance for line in self._lines], 0.0).astype(np.float32)[:, None]

    @cached_property
    def texts(self) -> list[str]:
        """What was read (F), '' where nothing was, or where nothing is shown."""
        return self.spread(np.array([_shown(line) for line in self._lines], object), "").tolist()

    @cached_property
    def read_values(self) -> np.ndarray:
        """What the texts state: float64 (F,), NaN where one states none."""
        return self.spread([self.notation.value(_shown(line)) for line in self._lines], np.nan).astype(float)

    def weighed_texts(self) -> list[tuple[str, float]]:
        """The texts of the strips with the sums of their confidences over the frames.

        Those that may be cut hardly count: of 10,000 a window may show 10,00, which has a decimal comma.
        """
        counts = np.bincount(self._index[self.given], minlength=len(self._lines)).tolist()
        return [
            (_shown(line), count * line.probabilities[0] * (HARDLY if line.cut or any(line.beside) else 1))
            for line, count in zip(self._lines, counts, strict=True)
            if count
        ]

    @property
    def seen(self) -> np.ndarray:
        """What each of the L distinct strips looks like: uint8 (L, CELLS), 0 where that is not known."""
        looks = [line.look or bytes(CELLS) for line in self._lines]
        return np.frombuffer(b"".join(looks), np.uint8).reshape(-1, CELLS)

    @property
    def point_doubt(self) -> np.ndarray:
        """The probability of another place for the point: float64 (F,)."""
        return self.by_line(lambda line: line.point_doubt)

    @property
    def looks(self) -> np.ndarray:
        """Which frames show the same pixels, those with equal rows: int (F, 1)."""
        return self._index[:, None]

    @cached_property
    def read_flags(self) -> np.ndarray:
        """Those of each frame by itself: uint16 (F,)."""
        raised = [
            BITS["doubtful"] * (line.probabilities[0] < DOUBTFUL_TEXT or line.point_doubt >= DOUBTFUL_POINT)
            | BITS["unknown"] * line.unknown
            | BITS["outlier"] * (line.distance > 1)
            | BITS[CUT] * line.cut
            | BITS["constrained"] * line.forced
            | BITS[NO_VALUE] * self.notation.lacks(_shown(line))
            for line in self._lines
        ]
        return self.spread(raised, 0).astype(np.uint16) | BITS[CUT] * self._goes_on

    @property
    def _goes_on(self) -> np.ndarray:
        """In which frames something like a character stands beside the window, on a side where in others nothing does:
        the number has grown out of it. bool (F,)."""
        index = self._index[self.spread([line.texts[0] != "" for line in self._lines], 0).astype(bool)]
        sides = np.array([line.beside for line in self._lines] or np.empty((0, 2)), bool)
        grown = np.zeros(len(self), bool)
        for side in sides.T:
            if 0 < np.count_nonzero(side[index]) < len(index):
                grown |= self.spread(side, 0).astype(bool)
        return grown

    def by_line(self, value: Callable[[Line], float]) -> np.ndarray:
        """Of each frame a value of its strip's line: float64 (F,), 0 where none was given."""
        return self.spread([value(line) for line in self._lines], 0.0).astype(float)

    def alternatives(self, rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The most probable texts of frames, the reading first: object (n, K), '' where there are fewer, and float64
        (n, K), their probabilities."""
        most = min(count, RIVALS)
        texts, probabilities = np.full((len(rows), most), "", object), np.zeros((len(rows), most))
        for k, row in enumerate(rows):
            line = self.line(int(row))
            found = min(most, len(line.texts))
            texts[k, :found], probabilities[k, :found] = line.texts[:found], line.probabilities[:found]
        return texts, probabilities

    def support(self, row: int, like: int) -> float:
        """The logarithm of the probability that row `row` shows what was read in row `like`.

        Texts that are no rival of the reading are told apart by the characters that differ.
        """
        line, text = self.line(row), self.texts[like]
        if text in line.texts:
            return float(np.log(max(line.probabilities[line.texts.index(text)], LEAST_PROBABILITY)))
        shown = self.texts[row]
        same = sum(a == b for a, b in zip(shown, text, strict=False))
        return float(np.log(LEAST_PROBABILITY)) * (1 + max(len(shown), len(text)) - same)

    def reading(self, index: int, frame: str) -> Reading:
        """Row `index` as a `Reading` of the frame of that name."""
        line = self.line(index)
        found = self._reading(index, frame, tuple(_shown(line)), np.array(line.probabilities)[None])
        return replace(found, look=line.look)

    def spread(self, values: Sequence[Any] | np.ndarray, missing: Any) -> np.ndarray:
        """One value for each frame from one for each strip."""
        table = np.empty(len(self._lines) + 1, object if isinstance(missing, str) else float)
        table[:-1], table[-1] = values, missing
        return table[self._index]


def _shown(line: Line) -> str:
    return line.texts[0] or ("?" if line.unknown else "")


AnyColumn = Column | LineColumn
"""What is read in a readout of either kind."""
