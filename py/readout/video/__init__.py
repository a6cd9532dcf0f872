"""Clips: their frames, what of them has changed, and how far they have moved."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .decoder import VideoReader
    from .frame_regions import VideoChunk
else:
    __getattr__ = lazy(__name__, decoder=("VideoReader",), frame_regions=("VideoChunk",))

__all__ = ["VideoChunk", "VideoReader"]
