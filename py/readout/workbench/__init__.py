"""A project that is open in the page."""

from .calls import find
from .workbench import Workbench

__all__ = ["Workbench", "find"]
