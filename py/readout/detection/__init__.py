"""Finds the boxes of digits, given what some frames show."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .hints import Hint
    from .search import Placement, find_boxes
else:
    __getattr__ = lazy(__name__, hints=("Hint",), search=("Placement", "find_boxes"))

__all__ = ["Hint", "Placement", "find_boxes"]
