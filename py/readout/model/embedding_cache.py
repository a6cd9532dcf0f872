"""Embeddings by crop, each computed once."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..imaging.resample import resample, to_tensor
from .backbone import Backbone, BackboneInfo

B = TypeVar("B", bound=BackboneInfo, covariant=True)

BATCH_BYTES = 8 * 3 * 224 * 224 * 4
"""The largest input tensor, 4.8 MB. At 224 pixels the first feature maps are three times that."""

BATCH_MAX = 256
"""The most crops embedded together, however small they are: progress is reported between batches."""

KEPT_BYTES = 64 * 1024 * 1024
"""What a cache's embeddings may take: 16,384 of 1024 features, or 65,536 of 256."""


def batch_size(input_size: int) -> int:
    """How many crops of `input_size` pixels are embedded together: 8 at 224, 256 at 32."""
    return min(max(BATCH_BYTES // (3 * input_size * input_size * 4), 1), BATCH_MAX)


class EmbeddingCache(Generic[B]):
    """The embeddings of one backbone, kept by what the crop looks like.

    `embed` is the whole story where the backbone answers at once. Where it answers later, as in the
    page, the caller walks through `batches`, awaits the backbone, hands the rows to `add`, and takes
    all of them with `lookup`, while it holds the crops:

        with cache.hold(crops):
            for batch in cache.batches(crops):
                cache.add(batch, await backbone.embed(cache.tensor(batch)))
            return cache.lookup(crops)

    limit: how many embeddings are kept, beside those of held crops; KEPT_BYTES of them by default.
    The least recently used are forgotten first. embedded and seconds: how many crops the backbone
    has embedded, and its time for them.
    """

    def __init__(self, backbone: B, limit: int | None = None):
        self.backbone = backbone
        self.limit = KEPT_BYTES // (4 * backbone.dim) if limit is None else limit
        self.embedded = 0
        self.seconds = 0.0
        self._rows: dict[bytes, np.ndarray] = {}  # least recently used first
        self._held: Counter[bytes] = Counter()

    def __len__(self) -> int:
        """How many embeddings are kept."""
        return len(self._rows)

    @contextmanager
    def hold(self, crops: Sequence[Crop]) -> Iterator[None]:
        """Forget no embedding of `crops` inside the `with`, even where they are more than `limit`."""
        keys = {crop.key for crop in crops}
        self._held.update(keys)
        self._touch(keys)
        try:
            yield
        finally:
            for key in keys:
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]
            self._forget()

    def batches(self, crops: Sequence[Crop], size: int | None = None) -> Iterator[list[Crop]]:
        """The crops that have no embedding yet, equal ones once, in lists of at most `size`.

        size: by default as many as keep the backbone's input small; see `batch_size`.
        """
        size = size or batch_size(self.backbone.input_size)
        missing = {crop.key: crop for crop in crops}
        todo = [crop for key, crop in missing.items() if key not in self._rows]
        for start in range(0, len(todo), size):
            yield todo[start : start + size]

    def tensor(self, batch: Sequence[Crop]) -> np.ndarray:
        """The backbone's input for a batch: float32 (n, 3, s, s)."""
        return to_tensor(resample(batch, self.backbone.input_size))

    def add(self, batch: Sequence[Crop], embeddings: np.ndarray) -> None:
        """Keep the embeddings (n, d) of a batch of n crops."""
        if embeddings.shape != (len(batch), self.backbone.dim):
            raise ReadoutError(
                f"{self.backbone.name} gives one embedding of {self.backbone.dim} numbers for each crop, "
                f"got shape {embeddings.shape} for {len(batch)} crops: its file and card do not match"
            )
        self._keep(batch, embeddings)

    def take(self, rows: Mapping[bytes, np.ndarray]) -> None:
        """Keep embeddings (d,) by the key of their crops, in place of what is known of these."""
        self._rows.update({key: np.array(row, np.float32) for key, row in rows.items()})
        if not self._held:
            self._forget()

    def _keep(self, batch: Sequence[Crop], rows: np.ndarray) -> None:
        self.take({crop.key: row for crop, row in zip(batch, rows, strict=True)})

    def lookup(self, crops: Sequence[Crop]) -> np.ndarray:
        """The embeddings (n, d) of crops, of windows of one width. Raises ReadoutError where one has not been added."""
        missing = sum(crop.key not in self._rows for crop in crops)
        if missing:
            raise ReadoutError(f"{missing} of {len(crops)} crops have no embedding yet: embed them first")
        self._touch(crop.key for crop in crops)
        rows = np.array([self._rows[crop.key] for crop in crops], np.float32)
        return rows if len(rows) else rows.reshape(0, self.backbone.dim)

    def embed(self: "EmbeddingCache[Backbone]", crops: Sequence[Crop]) -> np.ndarray:
        """The embeddings (n, d) of crops, computing those that are missing."""
        with self.hold(crops):
            for batch in self.batches(crops):
                x = self.tensor(batch)
                start = time.perf_counter()
                embeddings = self.backbone.embed(x)
                self.seconds += time.perf_counter() - start
                self.embedded += len(batch)
                self.add(batch, embeddings)
            return self.lookup(crops)

    def _touch(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            if key in self._rows:
                self._rows[key] = self._rows.pop(key)

    def _forget(self) -> None:
        excess = len(self._rows) - self.limit
        if excess > 0:
            free = (key for key in self._rows if key not in self._held)
            for key in list(islice(free, excess)):
                del self._rows[key]
