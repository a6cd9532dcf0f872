"""Clips, frame by frame, as `readout read` has them."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from ..layout.region import Region
from ..video.decoder import VideoReader
from ..video.sampling import choose, frame_name
from .source_frame import SourceFrame, Tell


class ClipSource:
    """The frames of a clip in a file, one in `every_s` seconds, to its end."""

    def __init__(self, path: Path, every_s: float, tell: Tell):
        """Raises ReadoutError for a file of which no frame can be read."""
        self._clip, self._every_s, self._tell = VideoReader(path), every_s, tell
        self.name = self._clip.name

    def frames(self, stop: Event) -> Iterator[SourceFrame]:
        """The frames in order; see `Source`."""
        for frame in clip_frames(self._clip, self._tell, self._every_s):
            if stop.is_set():
                return
            yield frame


def clip_frames(clip: VideoReader, tell: Tell, every_s: float = 0.0) -> Iterator[SourceFrame]:
    """Whole frames of a clip, upright, those that `choose` takes: one in so many seconds, 0 for all.

    tell: hears in sentences what is missing, and what could only be read scaled.
    """
    for problem in clip.problems:
        tell(problem)
    times = clip.times[choose(clip.times, {"seconds": every_s} if every_s else None)].tolist()
    for part in clip.read(times, [Region("", 0, 0, clip.width, clip.height)], 1):
        for time_s, pixels in zip(part.times.tolist(), part.planes[0].rgb(part.index), strict=True):
            yield SourceFrame(frame_name(clip.name, time_s), pixels, time_s, None)
        for problem in part.problems:
            tell(f"{clip.name}: {problem}")
