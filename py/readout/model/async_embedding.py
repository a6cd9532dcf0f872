"""Embedding where the backbone answers later, as in the page, where its answers come from other threads."""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..imaging.crops import Crop
from .backbone import AsyncBackbone
from .embedding_cache import EmbeddingCache

Progress = Callable[[dict[str, Any]], None]
MESSAGE_BYTES = 2 * 3 * 224 * 224 * 4
"""Pixels sent to a worker at once, 1.2 MB: two crops of 224 pixels or 98 of 32, each about 0.1 s of work."""


async def embed_async(cache: EmbeddingCache[AsyncBackbone], crops: Sequence[Crop], progress: Progress) -> np.ndarray:
    """The embeddings (n, d) of crops, shared among the workers in messages of at most MESSAGE_BYTES.

    progress: called with {'done', 'total'}, in crops. When it raises, no batch is
    begun any more, but those under way are kept when they come.
    """
    backbone = cache.backbone
    slots = asyncio.Semaphore(2 * backbone.workers)
    share = math.ceil(len({crop.key for crop in crops}) / backbone.workers)
    most = max(MESSAGE_BYTES // (3 * backbone.input_size**2 * 4), 1)
    batches = list(cache.batches(crops, max(min(share, most), 1)))
    total, done = sum(map(len, batches)), 0

    async def one(batch: list[Crop]) -> None:
        nonlocal done
        async with slots:
            progress({"done": done, "total": total})
            cache.add(batch, await backbone.embed(cache.tensor(batch)))
            done += len(batch)
            progress({"done": done, "total": total})

    with cache.hold(crops):
        await asyncio.gather(*map(one, batches))
        return cache.lookup(crops)
