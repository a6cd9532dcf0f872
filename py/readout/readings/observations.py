"""What was seen of one readout in all frames of a project, and what the head makes of it."""

from collections.abc import Sequence

import numpy as np

from ..imaging.strips import strip_width
from ..layout.layout import Readout
from ..model.head import SoftmaxHead
from ..model.prior import Prior
from .column import Column
from .dictionary_array import DictionaryArray
from .line import Line
from .line_column import AnyColumn, LineColumn
from .notation_evidence import Evidence


class Observations:
    """The looks of one readout's B boxes in F frames, each distinct look kept once, and their reading.

    looks: the distinct looks, and some that no frame shows any more. index: int32 (F, B), the look of each box,
    -1 in frames whose pixels have not been seen. settled: bool (F,), frames that were read with their clip's
    chunk: a picture of such a frame changes nothing.
    """

    def __init__(self, readout: Readout, frames: int, dim: int):
        self.readout = readout
        self.looks: EmbeddingStore = EmbeddingStore(dim) if readout.window is None else LineStore(dim)
        self.index = np.full((frames, len(readout.boxes)), -1, np.int32)
        self.settled = np.zeros(frames, bool)
        self._head: SoftmaxHead | None = None
        self._column: AnyColumn | None = None
        self._evidence = Evidence.of(readout)

    @property
    def given(self) -> np.ndarray:
        """Whether a frame's pixels have been seen: bool (F,)."""
        return self.index[:, 0] >= 0

    @property
    def embeddings(self) -> DictionaryArray:
        """(F, B, d); anything where nothing was given."""
        return DictionaryArray(self.looks.rows, self.index)

    @property
    def column(self) -> AnyColumn | None:
        """What the head that was last given reads in all frames; None without a head."""
        if self._column is None and self._head is not None:
            self._column = self.looks.column(self.readout, self._head, self.index.copy())
        return self._column

    def part(self, rows: Sequence[int] | np.ndarray) -> AnyColumn | None:
        """What the head that was last given reads in some frames; None without a head."""
        return None if self._head is None else self.looks.column(self.readout, self._head, self.index[np.asarray(rows)])

    def rearranged(self, sources: Sequence[int] | np.ndarray) -> "Observations":
        """The same for other frames: row k is what row sources[k] was, or empty where that is -1."""
        origin = np.asarray(sources, int)
        old = origin >= 0
        other = Observations(self.readout, len(origin), self.looks.rows.shape[1])
        other.looks, other._head = self.looks, self._head
        other.index[old], other.settled[old] = self.index[origin[old]], self.settled[origin[old]]
        other._compact()
        return other

    def give(
        self, rows: Sequence[int] | np.ndarray, embeddings: np.ndarray, head: SoftmaxHead | None
    ) -> AnyColumn | None:
        """Take the embeddings (n, B, d) of n rows that are pictures, and read them. Returns their column."""
        at = np.asarray(rows, int)
        open_rows = np.flatnonzero(~self.settled[at])
        new = embeddings[open_rows]
        index = np.arange(new.shape[0] * new.shape[1]).reshape(new.shape[:2])
        self._take(at[open_rows], new.reshape(-1, embeddings.shape[2]), index)
        return self._read(at, head)

    def give_shared(
        self, rows: Sequence[int] | np.ndarray, embeddings: np.ndarray, index: np.ndarray, head: SoftmaxHead | None
    ) -> AnyColumn | None:
        """Take n rows of a clip whose boxes share looks, and settle them.

        embeddings: (l, d). index: int (n, B), which of them each box shows. Returns the rows' column.
        """
        at = np.asarray(rows, int)
        self._take(at, embeddings, index)
        self.settled[at] = True
        return self._read(at, head)

    def reformat(self, readout: Readout) -> None:
        """Read the same boxes in another format, or by another name."""
        self.readout, self._column, self._evidence = readout, None, Evidence.of(readout)

    def read(self, head: SoftmaxHead | None) -> None:
        """Read all that was given with another head, on demand; None reads nothing."""
        self._head, self._column, self._evidence = head, None, Evidence.of(self.readout)

    def _take(self, rows: np.ndarray, embeddings: np.ndarray, index: np.ndarray) -> None:
        if self.looks.full(len(embeddings)):
            self._compact()
        numbers = self.looks.add(embeddings)
        self.index[rows] = numbers[index] if len(numbers) else -1
        self._column = None

    def _read(self, rows: np.ndarray, head: SoftmaxHead | None) -> AnyColumn | None:
        if head is not self._head:
            self.read(head)
        if head is None:
            return None
        column = self.looks.column(self.readout, head, self.index[rows])
        self._evidence.add(column.weighed_texts())
        return column.noted(self._evidence.notation(self.readout.meaning))

    def _compact(self) -> None:
        """Forget looks that no frame shows, if they are a quarter or more."""
        used = np.zeros(len(self.looks) + 1, bool)
        used[self.index] = True
        used = used[:-1]
        if used.sum() <= 0.75 * len(used):
            self.looks, numbers = self.looks.only(used), np.cumsum(used, dtype=np.int32) - 1
            shown = self.index >= 0
            self.index[shown] = numbers[self.index[shown]]
            self._column = None


def read_one(readout: Readout, head: SoftmaxHead, embeddings: np.ndarray) -> AnyColumn:
    """What a head reads in one frame of a readout, one row. embeddings: float32 (B, d)."""
    seen = EmbeddingStore(embeddings.shape[1]) if readout.window is None else LineStore(embeddings.shape[1])
    return seen.column(readout, head, seen.add(embeddings)[None])


CROPS_PER_STEP = 4096
"""Embeddings that are read at once: in double precision they take 5 MB at 160 features."""
FIRST = 64
"""Rows for which there is room at first; the store grows by half."""


class EmbeddingStore:
    """Embeddings of L looks, float32 (L, d), and their readings by one head, computed once.

    What depends on the prior alone is computed when a look comes: reading again with another head costs two
    products of a few columns.
    """

    def __init__(self, dim: int):
        self._rows = np.empty((FIRST, dim), np.float32)
        self._count = 0
        self._head: SoftmaxHead | None = None
        self._read = 0
        self._P, self._far = np.zeros((1, 0), np.float32), np.zeros(1, np.float32)
        self._base, self._squares = np.empty((0, 0)), np.empty(0)
        self._base_of: tuple[Prior | None, tuple[str, ...]] = (None, ())

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> np.ndarray:
        """All embeddings: float32 (L, d)."""
        return self._rows[: self._count]

    def full(self, more: int) -> bool:
        """Whether there is no room for so many more."""
        return self._count + more > len(self._rows)

    def add(self, X: np.ndarray) -> np.ndarray:
        """Take the embeddings (n, d) of n looks. Returns their numbers: int32 (n,)."""
        if self.full(len(X)):
            room = max(self._count + len(X), len(self._rows) * 3 // 2)
            self._rows = np.concatenate([self.rows, np.empty((room - self._count, X.shape[1]), np.float32)])
        start, self._count = self._count, self._count + len(X)
        self._rows[start : self._count] = X
        return np.arange(start, self._count, dtype=np.int32)

    def only(self, kept: np.ndarray) -> "EmbeddingStore":
        """Those that are kept, bool (L,), in their order."""
        looks = type(self)(self._rows.shape[1])
        looks.add(self.rows[kept])
        return looks

    def column(self, readout: Readout, head: SoftmaxHead, index: np.ndarray) -> AnyColumn:
        """What a head reads where `index`, int (F, B), says which look each box shows, -1 for none."""
        return Column(readout, head.classes_, *self.read(head), index)

    def read(self, head: SoftmaxHead) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities float32 (L + 1, C), and distances float32 (L + 1,); 0 in the last row, which is no look."""
        if head is not self._head:
            self._head, self._read = head, 0
            if head.prior and (head.prior, tuple(head.classes_)) != self._base_of:
                self._base, self._base_of = np.empty((0, len(head.classes_))), (head.prior, tuple(head.classes_))
        if self._read < self._count:
            parts = [
                self._part(head, at, min(at + CROPS_PER_STEP, self._count))
                for at in range(self._read, self._count, CROPS_PER_STEP)
            ]
            P, far = (np.concatenate(each) for each in zip(*parts, strict=True))
            if self._read:
                P, far = np.concatenate([self._P[:-1], P]), np.concatenate([self._far[:-1], far])
            self._P = np.concatenate([P, np.zeros((1, P.shape[1]), np.float32)])
            self._far = np.append(far, np.float32(0))
            self._read = self._count
        elif not self._count:
            self._P, self._far = np.zeros((1, len(head.classes_)), np.float32), np.zeros(1, np.float32)
        return self._P, self._far

    def _part(self, head: SoftmaxHead, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        X = self._rows[start:stop]
        if not head.prior:
            return head.predict_proba(X).astype(np.float32), np.zeros(len(X), np.float32)
        X = X.astype(np.float64)
        if len(self._base) < stop:
            self._base = np.concatenate([self._base, head.prior.scores(X[len(self._base) - start :], head.classes_)])
        if len(self._squares) < stop:
            self._squares = np.append(self._squares, head.prior.squared_distances(X[len(self._squares) - start :]))
        P = head.predict_proba(X, self._base[start:stop])
        far = head.distance(X, self._squares[start:stop])
        return P.astype(np.float32), np.zeros(len(X), np.float32) if far is None else far.astype(np.float32)


class LineStore(EmbeddingStore):
    """Rows of L distinct strips, see `strip_embedding.pack`, and what a head reads in each, decoded once."""

    def __init__(self, dim: int):
        super().__init__(dim)
        self._decoded_by: tuple[SoftmaxHead | None, str | None, str | None] = (None, None, None)
        self._lines: list[Line] = []

    def column(self, readout: Readout, head: SoftmaxHead, index: np.ndarray) -> LineColumn:
        """What a head reads in a window, where `index`, int (F, 1), says which strip each frame shows, -1 for none."""
        return LineColumn(readout, head.classes_, self.lines(head, readout), index[:, 0])

    def lines(self, head: SoftmaxHead, readout: Readout) -> list[Line]:
        """Of each strip what it shows."""
        key = head, readout.constraint, readout.meaning.units
        if self._decoded_by != key:
            self._decoded_by, self._lines = key, []
        if len(self._lines) < len(self):
            _, _, width, height = readout.window or readout.boxes[0]
            from .line_decoder import LineDecoder  # no part of a first visit

            decoder = LineDecoder(head, readout.constraint, readout.meaning.units)
            self._lines = [*self._lines, *decoder.decode(self.rows[len(self._lines) :], strip_width(width, height))]
        return self._lines
