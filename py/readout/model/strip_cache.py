"""Embeddings of strips, each computed once; see `EmbeddingCache`."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..imaging.strips import HEIGHT, WindowCrop, strips_to_tensor
from .embedding_cache import BATCH_BYTES, B, EmbeddingCache
from .strip_embedding import STRIDE, Ink, pack

KEPT_ROWS = 4096
"""Strips whose rows are kept: 64 to 128 MB of strips of usual widths."""


class StripCache(EmbeddingCache[B]):
    """The rows of `strip_embedding.pack` by what the window looks like. backbone: a line backbone, with a prior."""

    def __init__(self, backbone: B, limit: int = KEPT_ROWS):
        super().__init__(backbone, limit)

    def batches(self, crops: Sequence[Crop], size: int | None = None) -> Iterator[list[Crop]]:
        """Strips without a row, in batches of one width each."""
        missing = {crop.key: crop for crop in crops if crop.key not in self._rows}
        by_width: dict[int, list[Crop]] = {}
        for crop in missing.values():
            by_width.setdefault(_window(crop).width, []).append(crop)
        for width, some in by_width.items():
            most = max(BATCH_BYTES // (4 * 3 * HEIGHT * width), 1)
            for start in range(0, len(some), min(size or most, most)):
                yield some[start : start + min(size or most, most)]

    def tensor(self, batch: Sequence[Crop]) -> np.ndarray:
        """The backbone's input: float32 (n, 3, 32, W)."""
        return strips_to_tensor([_window(crop).strip for crop in batch])

    def add(self, batch: Sequence[Crop], embeddings: np.ndarray) -> None:
        """Keep what stands in the columns (n, t, d) of a batch of n strips."""
        width = _window(batch[0]).width
        if embeddings.ndim != 3 or len(embeddings) != len(batch) or embeddings.shape[1] < -(-width // STRIDE):
            raise ReadoutError(
                f"{self.backbone.name} gives a column for each {STRIDE} pixels of a strip, "
                f"got {embeddings.shape} for {len(batch)} strips of {width} pixels: its file and card do not match"
            )
        if self.backbone.prior is None:
            raise ReadoutError(f"a line backbone brings a prior, {self.backbone.name} has none: make its files again")
        ink = [Ink.of(crop.strip, crop) for crop in map(_window, batch)]
        self._keep(batch, pack(embeddings, width, self.backbone.prior, ink))


def _window(crop: Crop) -> WindowCrop:
    if not isinstance(crop, WindowCrop):
        raise ReadoutError("a line backbone reads windows, got the crop of a box: use a backbone for crops")
    return crop
