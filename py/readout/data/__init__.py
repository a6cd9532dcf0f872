"""What is learned from: examples, and folders of them."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from .dataset import Dataset, list_frames, natural_order
from .examples import Example, labels_of

if TYPE_CHECKING:
    from .duplicates import conflicts, duplicates
else:
    __getattr__ = lazy(
        __name__,
        duplicates=("conflicts", "duplicates"),
    )

__all__ = ["Dataset", "Example", "conflicts", "duplicates", "labels_of", "list_frames", "natural_order"]
