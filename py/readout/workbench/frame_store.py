"""A project's frames: pictures, and frames of clips; and what is kept of their pixels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..layout.frame import Frame
from ..video.sampling import clip_of, series_of
from .patch_cache import Patches


class FrameStore:
    """The frames of a project in their order, a sequence of F, and patches of their pixels.

    times: float64 (F,), seconds, NaN for pictures. patches: by frame and readout.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin without frames."""
        self._frames: list[Frame] = []
        self.times = np.empty(0)
        self.patches = Patches()
        self._sizes = np.empty((0, 2), np.int64)
        self._in_clip = np.empty(0, bool)
        self._index: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, row: int) -> Frame:
        return self._frames[row]

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._frames)

    @property
    def of_clips(self) -> np.ndarray:
        """Which frames are those of clips: bool (F,). Frames of an animated picture have times, too."""
        return ~np.isnan(self.times) & self._in_clip

    def of_size(self, size: tuple[int, int]) -> np.ndarray:
        """Which frames are of (width, height): bool (F,)."""
        return (self._sizes == size).all(axis=1)

    def series(self) -> tuple[list[float | None], np.ndarray]:
        """When frames are, in seconds, None for pictures (F); and of which series: int (F,), single pictures of one."""
        series: dict[str, int] = {}
        sources = [series.setdefault(series_of(frame.name), len(series)) for frame in self._frames]
        return [frame.time_s for frame in self._frames], np.array(sources, int)

    def row(self, name: str) -> int:
        """The place of a frame, -1 where there is none of that name."""
        return self._index.get(name, -1)

    def rows(self, names: Iterable[str]) -> np.ndarray:
        """The places of frames, -1 where there is none of that name: int (n,)."""
        return np.array([self._index.get(name, -1) for name in names], int)

    def replace(self, frames: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> np.ndarray:
        """Take these as the project's frames, in this order. Returns where each was before, -1 for new ones: int (F,).

        frames: 'name', 'width', 'height', and 'time_s' of a clip's frame, of each; or for many columns: 'names', one a
        line, 'widths', 'heights', int (F,), 'times', float (F,), NaN for pictures. Raises ReadoutError where two share
        a name.
        """
        found, sizes, times = _from_columns(frames) if isinstance(frames, Mapping) else _from_rows(frames)
        index = {frame.name: k for k, frame in enumerate(found)}
        if len(index) < len(found):
            raise ReadoutError("frames have different names, got one twice: rename it")
        sources = self.rows(index)
        self._frames, self.times, self._sizes, self._index = found, times, sizes, index
        self._in_clip = np.array([bool(clip_of(frame.name)) for frame in found], bool)
        return sources


def _from_columns(frames: Mapping[str, Any]) -> tuple[list[Frame], np.ndarray, np.ndarray]:
    names = frames["names"].split("\n") if len(frames["widths"]) else []
    times = np.asarray(frames["times"], float)
    sides = [np.asarray(frames[side]).tolist() for side in ("widths", "heights")]
    if len({len(names), len(times), *map(len, sides)}) > 1:
        raise ReadoutError(
            f"frames have one name, width, height and time each, got {len(names)} names, {len(sides[0])} widths, "
            f"{len(sides[1])} heights and {len(times)} times: no name holds a line break"
        )
    stated = [None if time != time else time for time in times.tolist()]
    return list(map(Frame._make, zip(names, *sides, stated, strict=True))), np.array(sides, np.int64).T, times


def _from_rows(frames: Sequence[Mapping[str, Any]]) -> tuple[list[Frame], np.ndarray, np.ndarray]:
    found = [Frame(frame["name"], frame["width"], frame["height"], frame.get("time_s")) for frame in frames]
    sizes = np.array([(frame.width, frame.height) for frame in found], np.int64).reshape(-1, 2)
    return found, sizes, np.array([frame.time_s for frame in found], float)
