"""Finds the boxes of digits, given what some frames show."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .hints import Hint, Hints
    from .lattice import Lattice, Spacing
    from .search import Placement, find_boxes
else:
    __getattr__ = lazy(
        __name__,
        hints=("Hint", "Hints"),
        lattice=("Lattice", "Spacing"),
        search=("Placement", "find_boxes"),
    )

__all__ = ["Hint", "Hints", "Lattice", "Placement", "Spacing", "find_boxes"]
