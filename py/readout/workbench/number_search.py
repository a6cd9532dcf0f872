"""The numbers in a project's frames, before anybody has said where they are."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..imaging.patch import Patch
from ..model.async_embedding import Progress
from ..model.backbone import AsyncBackbone
from ..model.steps import drive_async
from ..readings.number_finder import NumberFinder, Steps
from .line_learner import LineLearner


class NumberSearch:
    """Looks for numbers with what reads windows."""

    def __init__(self, lines: LineLearner):
        self._lines = lines

    async def find_numbers(
        self, frames: Sequence[Mapping[str, Any]], times: Sequence[float] | None, progress: Progress
    ) -> dict[str, Any]:
        """The 'numbers' of frames of one size, those that change first; see `Suggestion.fields`.

        frames: whole ones, as regions; see `Patch.from_fields`. times: of a clip's, seconds; None for pictures.
        progress: called with {'done', 'total', 'windows'}, in frames. When it raises, the search ends.
        """
        finder, backbone = self._finder()
        pixels = [Patch.from_fields(each).pixels for each in frames]

        def tell(done: int, total: int, windows: Sequence[Sequence[float]]) -> None:
            progress({"done": done, "total": total, "windows": [list(window) for window in windows]})

        return await _numbers(finder.find(pixels, times, tell), backbone)

    async def find_number_near(self, frame: Mapping[str, Any], point: Sequence[float]) -> dict[str, Any]:
        """The 'numbers', one at most, nearest to a point (x, y) of a whole frame, given as a region."""
        finder, backbone = self._finder()
        x, y = point
        return await _numbers(finder.near(Patch.from_fields(frame).pixels, (x, y)), backbone)

    def _finder(self) -> tuple[NumberFinder, AsyncBackbone]:
        backbone, head = self._lines.backbone, self._lines.head
        if backbone is None or backbone.prior is None or head is None:
            raise ReadoutError("numbers are found by a line backbone, and none was given yet: give it first")
        return NumberFinder(backbone.prior, head), backbone


async def _numbers(steps: Steps, backbone: AsyncBackbone) -> dict[str, Any]:
    async def embed(strips: np.ndarray) -> np.ndarray:
        """The columns of strips, shared among the workers."""
        parts = np.array_split(strips, min(backbone.workers, len(strips)))
        return np.concatenate(await asyncio.gather(*map(backbone.embed, parts)))

    return {"numbers": [each.fields() for each in await drive_async(steps, embed)]}
