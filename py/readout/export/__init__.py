"""Exports: tables, an audit report, the classifier."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .loading import Tables, load
else:
    __getattr__ = lazy(__name__, loading=("Tables", "load"))

__all__ = ["Tables", "load"]
