"""What heads read: single readings, and columns of many."""

from .column import Column, changes
from .dictionary_array import DictionaryArray
from .observations import EmbeddingStore, Observations
from .reading import ANCHOR_LOST, FLAGS, Reader, Reading, flagged, review, write_csv

__all__ = [
    "ANCHOR_LOST",
    "FLAGS",
    "Column",
    "DictionaryArray",
    "EmbeddingStore",
    "Observations",
    "Reader",
    "Reading",
    "changes",
    "flagged",
    "review",
    "write_csv",
]
