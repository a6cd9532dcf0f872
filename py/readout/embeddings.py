"""Embeddings by crop, each computed once."""

import time
from collections.abc import Iterator, Sequence

import numpy as np

from .backbone import Backbone
from .crops import Crop, resample, to_tensor
from .errors import ReadoutError

BATCH = 8
"""Crops embedded together. At 224 pixels one crop is 0.6 MB, and its first feature maps 2 MB."""


class EmbeddingCache:
    """The embeddings of one backbone, kept by what the crop looks like.

    `embed` is the whole story where the backbone answers at once. Where it answers later, as in the
    page, the caller walks through `batches`, awaits the backbone, and hands the rows to `add`.

    limit: `embed` starts afresh when more embeddings than this are kept; 4096 of 1024 features are
    16 MB. embedded and seconds: how many crops the backbone has embedded, and its time for them.
    """

    def __init__(self, backbone: Backbone, limit: int = 4096):
        self.backbone = backbone
        self.limit = limit
        self.embedded = 0
        self.seconds = 0.0
        self._rows: dict[bytes, np.ndarray] = {}

    def batches(self, crops: Sequence[Crop], size: int = BATCH) -> Iterator[list[Crop]]:
        """The crops that have no embedding yet, equal ones once, in lists of at most `size`."""
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
        for crop, row in zip(batch, embeddings, strict=True):
            self._rows[crop.key] = np.array(row, np.float32)

    def lookup(self, crops: Sequence[Crop]) -> np.ndarray:
        """The embeddings (n, d) of crops, or a ReadoutError where one has not been added."""
        missing = sum(crop.key not in self._rows for crop in crops)
        if missing:
            raise ReadoutError(f"{missing} of {len(crops)} crops have no embedding yet: embed them first")
        return np.array([self._rows[crop.key] for crop in crops], np.float32).reshape(-1, self.backbone.dim)

    def embed(self, crops: Sequence[Crop]) -> np.ndarray:
        """The embeddings (n, d) of crops, computing those that are missing."""
        if len(self._rows) > self.limit:
            self._rows.clear()
        for batch in self.batches(crops):
            x = self.tensor(batch)
            start = time.perf_counter()
            embeddings = self.backbone.embed(x)
            self.seconds += time.perf_counter() - start
            self.embedded += len(batch)
            self.add(batch, embeddings)
        return self.lookup(crops)
