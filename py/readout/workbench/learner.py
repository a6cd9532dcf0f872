"""What reads: a backbone, the embeddings that it gave, and the head that was learned last."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..data.examples import Example
from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..model.async_embedding import Progress, embed_async
from ..model.backbone import AsyncBackbone
from ..model.embedding_cache import EmbeddingCache
from ..model.head import SoftmaxHead
from ..model.training import TrainingSet, fit_head

CACHE = 16_384
"""Embeddings kept by what a crop looks like, beside those of the frames."""

Key = tuple[tuple[str, bytes], ...]
"""All that a head learned from examples depends on: of each its label and what its crop looks like."""


class Learner:
    """A backbone and a head on it.

    head: None where there is neither a prior nor two classes to tell apart.
    """

    def __init__(self, backbone: AsyncBackbone):
        self._caches: dict[str, EmbeddingCache[AsyncBackbone]] = {}
        self.use(backbone)

    def use(self, backbone: AsyncBackbone) -> None:
        """Go on with this backbone and with what its prior knows. Its embeddings from before are still there."""
        self.head: SoftmaxHead | None = _fit(TrainingSet.of([], backbone), np.empty((0, backbone.dim)), backbone)
        self.backbone = backbone
        self._cache = self._caches.setdefault(backbone.sha256, EmbeddingCache(backbone, CACHE))
        self._learned: Key = ()

    def clear(self) -> None:
        """Forget all that was learned and embedded."""
        self._caches.clear()
        self.use(self.backbone)

    async def embed(self, crops: Sequence[Crop], progress: Progress) -> np.ndarray:
        """The embeddings (n, d) of crops. Raises ReadoutError where the backbone was changed meanwhile."""
        cache = self._cache
        X = await embed_async(cache, crops, progress)
        if cache is not self._cache:
            raise ReadoutError(
                f"the backbone is {self.backbone.name} by now: what the other one saw is of no use, ask again"
            )
        return X

    def take(self, rows: Mapping[bytes, np.ndarray]) -> None:
        """Go on with these embeddings (d,), by the key of their crops; what was learned is learned again when asked."""
        self._cache.take(rows)
        self._learned = ()

    async def learn(
        self, examples: Sequence[Example], progress: Progress, current: Callable[[], bool]
    ) -> dict[str, Any] | None:
        """Learn examples, unless they are those that were learned last. Returns how many, and 'fit_s', or None.

        current: asked after the embedding was awaited; when it says no, nothing is learned.
        """
        key = _key(examples)
        if key == self._learned:
            return None
        lesson = TrainingSet.of(examples, self.backbone)
        X = await self.embed(lesson.crops, progress)
        if not current():
            return None
        start = time.perf_counter()
        self.head, self._learned = _fit(lesson, X, self.backbone), key
        return {"examples": len(examples), "fit_s": time.perf_counter() - start}

    def take_head(self, head: SoftmaxHead | None, examples: Sequence[Example]) -> None:
        """Read with a head that was learned from these examples before."""
        self.head, self._learned = head, _key(examples)


def _fit(lesson: TrainingSet, X: np.ndarray, backbone: AsyncBackbone) -> SoftmaxHead | None:
    if not backbone.prior and len(set(lesson.labels)) < 2:
        return None
    return fit_head(lesson, X, backbone)


def _key(examples: Sequence[Example]) -> Key:
    return tuple((example.label, example.crop.key) for example in examples)
