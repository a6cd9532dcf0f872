"""Reading a camera, a stream or a folder that grows for months, and giving out what it shows."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .loop import watch
else:
    __getattr__ = lazy(__name__, loop=("watch",))

__all__ = ["watch"]
