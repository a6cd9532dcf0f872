"""The command line."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .main import main
else:
    __getattr__ = lazy(__name__, main=("main",))

__all__ = ["main"]
