"""Boxes and windows that are no part of the layout yet: what they show, and where boxes are to lie."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..errors import ReadoutError
from ..imaging.crops import picture
from ..imaging.patch import Patch
from ..imaging.strips import window_crops
from ..layout.layout import readout_from_json
from ..model.async_embedding import Progress
from ..model.steps import drive_async
from ..readings.observations import read_one
from .learner import Learner
from .line_learner import LineLearner
from .views import reading_view


class BoxFinder:
    """Looks with a project's heads at parts of frames."""

    def __init__(self, learner: Learner, lines: LineLearner):
        self._learner, self._lines = learner, lines

    async def probe(self, region: Mapping[str, Any], readout: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """What boxes or a window show, as `reading_view` has it.

        region: pixels of the frame; see `Patch.from_fields`. readout: as in layout.json.
        """
        trial = readout_from_json(readout)
        learner = self._learner if trial.window is None else self._lines
        crops = window_crops(trial, Patch.from_fields(region).cut(trial))
        X = await learner.embed(crops, progress)
        if learner.head is None:
            return {"boxes": [picture(crop) for crop in crops], "classes": [], "text": ""}
        return reading_view(read_one(trial, learner.head, X), 0, crops)

    async def find_boxes(
        self, hints: Sequence[Mapping[str, Any]], progress: Progress, start: Sequence[Sequence[float]] | None = None
    ) -> dict[str, Any]:
        """The boxes under which frames show what was typed; see `search.find_boxes`.

        hints: 'region', pixels of a frame, see `Patch.from_fields`; 'drawn', the box that the person drew; 'text'.
        start: boxes found before.
        """
        from ..detection.hints import Hint
        from ..detection.search import Placement, find_boxes  # no part of a first visit

        patches = [Patch.from_fields(each["region"]) for each in hints]
        seen = [
            Hint(patch.pixels, patch.origin, tuple(each["drawn"]), each["text"])
            for each, patch in zip(hints, patches, strict=True)
        ]
        if self._learner.head is None:
            raise ReadoutError(
                f"{self._learner.backbone.name} knows no digits before it has examples: choose Glyphs to find boxes"
            )
        begin = None if start is None else Placement(tuple((x, y, w, h) for x, y, w, h in start), "", 0.0)
        search = find_boxes(seen, self._learner.head, begin)
        return asdict(await drive_async(search, lambda crops: self._learner.embed(crops, progress)))
