"""Where characters may stand: the boxes of a number that a person has drawn around and typed, and lines in a frame.

Boxes: hints, components, lattice, search. Lines: text_lines, and strip_sampler to look at them.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .hints import Hint
    from .search import Placement, find_boxes
else:
    __getattr__ = lazy(__name__, hints=("Hint",), search=("Placement", "find_boxes"))

__all__ = ["Hint", "Placement", "find_boxes"]
