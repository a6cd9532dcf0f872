"""What was seen of one readout in all frames of a project, and what the head makes of it."""

from collections.abc import Sequence

import numpy as np

from .head import SoftmaxHead
from .layout import Readout
from .looks import Looks, Shared
from .table import Column


class Sheet:
    """The looks of one readout's B boxes in F frames, each distinct look kept once, and their reading.

    looks: the distinct looks, and some that no frame shows any more. index: int32 (F, B), the look of each box,
    -1 in frames whose pixels have not been seen. settled: bool (F,), frames that were read with their clip's
    chunk: a picture of such a frame changes nothing.
    """

    def __init__(self, readout: Readout, frames: int, dim: int):
        self.readout = readout
        self.looks = Looks(dim)
        self.index = np.full((frames, len(readout.boxes)), -1, np.int32)
        self.settled = np.zeros(frames, bool)
        self._head: SoftmaxHead | None = None
        self._column: Column | None = None

    @property
    def given(self) -> np.ndarray:
        """Whether a frame's pixels have been seen: bool (F,)."""
        return self.index[:, 0] >= 0

    @property
    def embeddings(self) -> Shared:
        """(F, B, d); anything where nothing was given."""
        return Shared(self.looks.rows, self.index)

    @property
    def column(self) -> Column | None:
        """What the head that was last given reads in all frames; None without a head."""
        if self._column is None and self._head is not None:
            readings = self.looks.read(self._head)
            self._column = Column.shared(self.readout, self._head.classes_, *readings, self.index.copy())
        return self._column

    def rearranged(self, sources: Sequence[int]) -> "Sheet":
        """The sheet for other frames: row k is what row sources[k] was, or empty where that is -1."""
        sources = np.asarray(sources, int)
        old = sources >= 0
        sheet = Sheet(self.readout, len(sources), self.looks.rows.shape[1])
        sheet.looks, sheet._head = self.looks, self._head
        sheet.index[old], sheet.settled[old] = self.index[sources[old]], self.settled[sources[old]]
        sheet._compact()
        return sheet

    def give(self, rows: Sequence[int], embeddings: np.ndarray, head: SoftmaxHead | None) -> Column | None:
        """Take the embeddings (n, B, d) of n rows that are pictures, and read them. Returns their column."""
        rows = np.asarray(rows, int)
        open_rows = np.flatnonzero(~self.settled[rows])
        new = embeddings[open_rows]
        index = np.arange(new.shape[0] * new.shape[1]).reshape(new.shape[:2])
        self._take(rows[open_rows], new.reshape(-1, embeddings.shape[2]), index)
        return self._read(rows, head)

    def give_shared(
        self, rows: Sequence[int], embeddings: np.ndarray, index: np.ndarray, head: SoftmaxHead | None
    ) -> Column | None:
        """Take n rows of a clip whose boxes share looks, and settle them.

        embeddings: (l, d). index: int (n, B), which of them each box shows. Returns the rows' column.
        """
        rows = np.asarray(rows, int)
        self._take(rows, embeddings, index)
        self.settled[rows] = True
        return self._read(rows, head)

    def read(self, head: SoftmaxHead | None) -> None:
        """Read all that was given with another head, when somebody asks for it; None reads nothing."""
        self._head, self._column = head, None

    def _take(self, rows, embeddings, index):
        if self.looks.full(len(embeddings)):
            self._compact()
        numbers = self.looks.add(embeddings)
        self.index[rows] = numbers[index] if len(numbers) else -1
        self._column = None

    def _read(self, rows, head):
        if head is not self._head:
            self.read(head)
        if head is None:
            return None
        P, far = self.looks.read(head)
        index = self.index[rows]
        return Column(self.readout, head.classes_, P[index], far[index], index[:, 0] >= 0)

    def _compact(self):
        """Forget looks that no frame shows, if they are a quarter or more."""
        used = np.zeros(len(self.looks) + 1, bool)
        used[self.index] = True
        used = used[:-1]
        if used.sum() <= 0.75 * len(used):
            self.looks, numbers = self.looks.only(used), np.cumsum(used, dtype=np.int32) - 1
            shown = self.index >= 0
            self.index[shown] = numbers[self.index[shown]]
            self._column = None
