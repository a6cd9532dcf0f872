"""Clips, frame by frame, as `readout read` has them."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from ..layout.region import Region
from ..video.decoder import VideoReader
from ..video.sampling import choose, frame_name
from .source_frame import SourceFrame, Tell


class ClipSource:
    """The frames of a clip in a file, one in `every_s` seconds, to its end. is_whole: whether none was missing."""

    def __init__(self, path: Path, every_s: float, tell: Tell):
        """Raises ReadoutError for a file of which no frame can be read."""
        self._clip, self._every_s, self._tell = VideoReader(path), every_s, tell
        self.name, self.is_whole = self._clip.name, True

    def frames(self, stop: Event) -> Iterator[SourceFrame]:
        """The frames in order; see `Source`."""
        for frame in clip_frames(self._clip, self._tell, self._lost, self._every_s):
            if stop.is_set():
                return
            yield frame

    def _lost(self, sentence: str) -> None:
        self.is_whole = False
        self._tell(sentence)


def clip_frames(clip: VideoReader, tell: Tell, lost: Tell, every_s: float = 0.0) -> Iterator[SourceFrame]:
    """Whole frames of a clip, upright, those that `choose` takes: one in so many seconds, 0 for all.

    tell: hears in sentences what is otherwise than it seems; lost: what is missing.
    """
    for sentence in clip.remarks:
        tell(sentence)
    for sentence in clip.problems:
        lost(sentence)
    times = clip.times[choose(clip.times, {"seconds": every_s} if every_s else None)].tolist()
    for part in clip.read(times, [Region("", 0, 0, clip.width, clip.height)], 1):
        for time_s, pixels in zip(part.times.tolist(), part.planes[0].rgb(part.index), strict=True):
            yield SourceFrame(frame_name(clip.name, time_s), pixels, time_s, None)
        for sentence in part.remarks:
            tell(f"{clip.name}: {sentence}")
        for sentence in part.problems:
            lost(f"{clip.name}: {sentence}")
