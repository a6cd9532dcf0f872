"""What reads windows: a line backbone, the strips that it has seen, and the head that was learned last."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..model.async_embedding import Progress, embed_async
from ..model.backbone import AsyncBackbone
from ..model.head import SoftmaxHead

Typed = Sequence[tuple[Crop, str]]
"""Windows, and what a person says that they show."""
Learned = tuple[int, tuple[tuple[bytes, str], ...]]
"""How many windows were typed, and those of them that were learned from."""
NOTHING: Learned = (0, ())


class LineLearner:
    """A line backbone and a head on its columns; neither before `use`: no part of a first visit needs them, or imports
    what they need."""

    def __init__(self) -> None:
        self.backbone: AsyncBackbone | None = None
        self.head: SoftmaxHead | None = None
        self._learned: Learned = NOTHING

    def use(self, backbone: AsyncBackbone, kept: int | None = None) -> None:
        """Read windows with this backbone, and with no more than its prior knows. kept: strips that are remembered."""
        from ..model.strip_cache import KEPT_ROWS, StripCache

        self.backbone = backbone
        self._cache = StripCache(backbone, KEPT_ROWS if kept is None else kept)
        self._learn_nothing()

    def clear(self) -> None:
        """Forget what was learned and embedded."""
        if self.backbone:
            self.use(self.backbone)

    async def embed(self, crops: Sequence[Crop], progress: Progress) -> np.ndarray:
        """The rows of windows, see `strip_embedding.pack`. Raises ReadoutError where there is no backbone yet."""
        if self.backbone is None:
            raise ReadoutError("windows are read by a line backbone, and none was given yet: give it first")
        return await embed_async(self._cache, crops, progress)

    async def learn(self, typed: Typed, progress: Progress, current: Callable[[], bool]) -> dict[str, Any] | None:
        """Learn typed numbers, unless they are those that were learned last. Returns how many, and 'fit_s', or None.

        current: asked after the embedding was awaited; when it says no, nothing is learned.
        """
        if self.backbone is None or self.backbone.prior is None:
            return None
        from ..model.line_training import TypedLine, fit_lines, spread_evenly

        chosen = [typed[k] for k in spread_evenly(len(typed))]
        key = len(typed), tuple((crop.key, text) for crop, text in chosen)
        if key == self._learned:
            return None
        rows = [(await self.embed([crop], progress))[0] for crop, _ in chosen]
        if not current():
            return None
        start, weight = time.perf_counter(), len(typed) / max(len(chosen), 1)
        lines = [TypedLine(row, text, weight) for row, (_, text) in zip(rows, chosen, strict=True)]
        self.head, refused = fit_lines(lines, self.backbone.prior)
        self._learned = key
        return {"examples": len(typed) - round(len(refused) * weight), "fit_s": time.perf_counter() - start}

    def _learn_nothing(self) -> None:
        from ..model.line_training import fit_lines

        prior = self.backbone.prior if self.backbone else None
        self.head = fit_lines([], prior)[0] if prior else None
        self._learned = NOTHING
