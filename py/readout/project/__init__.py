"""A piece of work: what a person made, with undo, and the files that keep it."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from .arrays import VideoEmbeddings
from .document import Document
from .history import History
from .project_file import BackboneId, Project

if TYPE_CHECKING:
    from .chunk_record import ChunkRecord, merge_chunks
else:
    __getattr__ = lazy(
        __name__,
        chunk_record=("ChunkRecord", "merge_chunks"),
    )

__all__ = ["BackboneId", "ChunkRecord", "Document", "History", "Project", "VideoEmbeddings", "merge_chunks"]
