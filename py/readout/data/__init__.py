"""What is learned from: examples, and folders of them."""

from .dataset import Dataset
from .examples import Example

__all__ = ["Dataset", "Example"]
