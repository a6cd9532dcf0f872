"""Finds the numbers in a project's frames before there is a layout."""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..imaging.patch import Patch
from ..model.backbone import AsyncBackbone
from ..model.steps import Result, drive_async
from ..readings.number_finder import NumberFinder, Search
from ..readings.suggestion import Suggestion
from .line_learner import LineLearner


class NumberSearch:
    """Looks for numbers with what reads windows."""

    def __init__(self, lines: LineLearner):
        self._lines = lines
        self._search: Search | None = None

    def begin_search(self) -> None:
        """Begin to look for numbers in frames of one size; what another search has found is forgotten."""
        self._search = self._finder()[0].search()

    async def search_frame(self, frame: Mapping[str, Any]) -> dict[str, Any]:
        """Look in the next whole frame, a region as `Patch.from_fields` takes it. Returns the 'windows' so far."""
        search = self._begun()
        await _done(search.see(Patch.from_fields(frame).pixels), self._finder()[1])
        return {"windows": [list(window) for window in search.windows]}

    async def found_numbers(self, times: Sequence[float] | None) -> dict[str, Any]:
        """End the search: the 'numbers' of its frames, those that change first; see `Suggestion.fields`.

        times: of the frames, where they are a clip's, seconds; None for pictures.
        """
        search, self._search = self._begun(), None
        return _fields(await _done(search.numbers(times), self._finder()[1]))

    async def find_number_near(self, frame: Mapping[str, Any], point: Sequence[float]) -> dict[str, Any]:
        """The 'numbers', one at most, nearest to a point (x, y) of a whole frame, given as a region."""
        finder, backbone = self._finder()
        x, y = point
        return _fields(await _done(finder.near(Patch.from_fields(frame).pixels, (x, y)), backbone))

    async def fit_window(self, regions: Sequence[Mapping[str, Any]], window: Sequence[float]) -> dict[str, Any]:
        """A drawn 'window' [x, y, width, height], closer around its numbers where these are read better so.

        regions: what is around it in each frame, as `Patch.from_fields` takes it.
        """
        finder, backbone = self._finder()
        x, y, w, h = window
        patches = [Patch.from_fields(region) for region in regions]
        return {"window": list(await _done(finder.fit(patches, (x, y, w, h)), backbone))}

    def _begun(self) -> Search:
        if self._search is None:
            raise ReadoutError("a search takes frames once it has begun: begin one first")
        return self._search

    def _finder(self) -> tuple[NumberFinder, AsyncBackbone]:
        backbone, head = self._lines.backbone, self._lines.head
        if backbone is None or backbone.prior is None or head is None:
            raise ReadoutError("numbers are found by a line backbone, and none was given yet: give it first")
        return NumberFinder(backbone.prior, head), backbone


async def _done(steps: Generator[np.ndarray, np.ndarray, Result], backbone: AsyncBackbone) -> Result:
    """Drive steps that need columns of strips, shared among the workers."""

    async def embed(strips: np.ndarray) -> np.ndarray:
        parts = np.array_split(strips, min(backbone.workers, len(strips)))
        return np.concatenate(await asyncio.gather(*map(backbone.embed, parts)))

    return await drive_async(steps, embed)


def _fields(numbers: Sequence[Suggestion]) -> dict[str, Any]:
    return {"numbers": [each.fields() for each in numbers]}
