"""Reads frames one at a time, outside the browser, as the page reads a camera."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layout.region import Region
from ..model.backbone import Backbone
from ..workbench.live import Live
from .source_frame import SourceFrame


class Immediate:
    """A backbone that answers at once, where one is awaited."""

    workers = 1

    def __init__(self, backbone: Backbone):
        self._backbone = backbone
        self.name, self.input_size, self.dim = backbone.name, backbone.input_size, backbone.dim
        self.sha256, self.prior, self.stride = backbone.sha256, backbone.prior, backbone.stride

    async def embed(self, x: np.ndarray) -> np.ndarray:
        """As `Backbone.embed`."""
        return self._backbone.embed(x)


@dataclass(frozen=True)
class FrameReadings:
    """What one frame shows. readings: of each readout, as `Live.read` gives them. shift: how far it has moved, None
    where no anchor is followed or it is lost."""

    readings: list[Mapping[str, Any]]
    shift: tuple[float, float] | None


class FrameReader:
    """Reads frames with what `make` gives for frames of a size (width, height), which is asked once, for the first."""

    def __init__(self, make: Callable[[tuple[int, int]], Live]):
        self._make = make
        self._live: Live | None = None
        self._size: tuple[int, int] | None = None
        self._runner = asyncio.Runner()

    def read(self, frame: SourceFrame) -> FrameReadings:
        """Read a frame, later than those before. Raises ReadoutError for one of another shape than the layout."""
        height, width = frame.pixels.shape[:2]
        if self._live is None:
            self._live = self._make((width, height))
        if self._size != (width, height):
            self._size = None
            self._live.begin(width, height, "source")
            self._size = width, height
        regions = [_with_pixels(fields, frame.pixels) for fields in self._live.regions()]
        given = {"name": frame.name, "time_s": frame.time_s, "regions": regions}
        found = self._runner.run(self._live.read(given, lambda _: None))
        shift = found["shift"]
        return FrameReadings(found["readouts"], (shift["x"], shift["y"]) if shift and not shift["lost"] else None)

    def close(self) -> None:
        """End what awaits."""
        self._runner.close()


def _with_pixels(fields: Mapping[str, Any], pixels: np.ndarray) -> dict[str, Any]:
    part = Region.from_fields(fields).cut(pixels)
    alpha = np.full((*part.shape[:2], 1), 255, np.uint8)
    return {**fields, "rgba": np.concatenate([part, alpha], axis=2).tobytes()}
