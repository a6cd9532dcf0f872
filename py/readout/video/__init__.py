"""Clips: their frames, what of them has changed, and how far they have moved.

In the order the data flows: tracks, packets and edits (what a file holds, and when it is shown), truncated and
mpeg_gaps (what it lacks), sampling (which frames are read), decoder and frame_regions (their pixels),
change_detection and chunk (what is new in them); anchor, template_tracker and stabilizer (cameras that move).
"""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .decoder import VideoReader
    from .frame_regions import VideoChunk
else:
    __getattr__ = lazy(__name__, decoder=("VideoReader",), frame_regions=("VideoChunk",))

__all__ = ["VideoChunk", "VideoReader"]
