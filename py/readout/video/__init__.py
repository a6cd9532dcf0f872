"""Clips: their frames, what of them has changed, and how far they have moved."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from .anchor import ANCHOR, Anchor, Shift, moved
from .sampling import FRAMES_PER_CHUNK, choose, frame_name
from .stabilizer import Stabilizer

if TYPE_CHECKING:
    from .change_detection import first_occurrence
    from .chunk import Chunk, ChunkObservations
    from .decoder import VideoReader
    from .frame_regions import VideoChunk
    from .template_tracker import Match, TemplateTracker
else:
    __getattr__ = lazy(
        __name__,
        change_detection=("first_occurrence",),
        chunk=("Chunk", "ChunkObservations"),
        decoder=("VideoReader",),
        frame_regions=("VideoChunk",),
        template_tracker=("Match", "TemplateTracker"),
    )

__all__ = [
    "ANCHOR",
    "FRAMES_PER_CHUNK",
    "Anchor",
    "Chunk",
    "ChunkObservations",
    "Match",
    "Shift",
    "Stabilizer",
    "TemplateTracker",
    "VideoChunk",
    "VideoReader",
    "choose",
    "first_occurrence",
    "frame_name",
    "moved",
]
