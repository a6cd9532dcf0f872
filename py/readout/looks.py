"""What boxes look like: the embeddings of distinct looks, each kept once, and what a head makes of them."""

from dataclasses import dataclass

import numpy as np

from .head import SoftmaxHead

CHUNK = 4096
"""Looks that are read at once: in double precision they take 5 MB at 160 features."""
FIRST = 64
"""Looks for which there is room at first; it grows by half."""


@dataclass(frozen=True, eq=False)
class Shared:
    """An array (F, B, ...) of which rows repeat: `rows` (L, ...), and which of them is where, `index` int (F, B).

    It is indexed by frames, or by frames and boxes, as the array would be. An index of -1 is the last row.
    """

    rows: np.ndarray
    index: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """As of the array."""
        return *self.index.shape, *self.rows.shape[1:]

    def __getitem__(self, at) -> np.ndarray:
        return self.rows[self.index[at]]

    def every(self, step: int) -> "Shared":
        """Every `step`-th number of each row."""
        return Shared(self.rows[:, ::step], self.index)


class Looks:
    """Embeddings of L looks, float32 (L, d), and their readings by one head, computed once.

    What depends on the prior alone is computed when a look comes: reading again with another head costs two
    products of a few columns.
    """

    def __init__(self, dim: int):
        self._rows = np.empty((FIRST, dim), np.float32)
        self._count = 0
        self._forget()

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

    def only(self, kept: np.ndarray) -> "Looks":
        """Those that are kept, bool (L,), in their order."""
        looks = Looks(self._rows.shape[1])
        looks.add(self.rows[kept])
        return looks

    def read(self, head: SoftmaxHead) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities float32 (L + 1, C), and distances float32 (L + 1,); 0 in the last row, which is no look."""
        if head is not self._head:
            self._head, self._read = head, 0
            if head.prior and (head.prior, tuple(head.classes_)) != self._base_of:
                self._base, self._base_of = np.empty((0, len(head.classes_))), (head.prior, tuple(head.classes_))
        if self._read < self._count:
            parts = [self._part(at, min(at + CHUNK, self._count)) for at in range(self._read, self._count, CHUNK)]
            P, far = (np.concatenate(each) for each in zip(*parts, strict=True))
            if self._read:
                P, far = np.concatenate([self._P[:-1], P]), np.concatenate([self._far[:-1], far])
            self._P = np.concatenate([P, np.zeros((1, P.shape[1]), np.float32)])
            self._far = np.append(far, np.float32(0))
            self._read = self._count
        elif not self._count:
            self._P, self._far = np.zeros((1, len(head.classes_)), np.float32), np.zeros(1, np.float32)
        return self._P, self._far

    def _part(self, start, stop):
        head, X = self._head, self._rows[start:stop]
        if not head.prior:
            return head.predict_proba(X).astype(np.float32), np.zeros(len(X), np.float32)
        X = X.astype(np.float64)
        if len(self._base) < stop:
            self._base = np.concatenate([self._base, head.prior.scores(X[len(self._base) - start :], head.classes_)])
        if len(self._squares) < stop:
            self._squares = np.append(self._squares, head.prior.squares(X[len(self._squares) - start :]))
        P = head.predict_proba(X, self._base[start:stop])
        return P.astype(np.float32), head.distance(X, self._squares[start:stop]).astype(np.float32)

    def _forget(self):
        self._head, self._read = None, 0
        self._base, self._base_of, self._squares = np.empty((0, 0)), (None, ()), np.empty(0)
