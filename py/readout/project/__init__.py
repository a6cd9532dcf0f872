"""A piece of work: what a person made, with undo, and the files that keep it."""

from .document import Document
from .project_file import Project

__all__ = ["Document", "Project"]
