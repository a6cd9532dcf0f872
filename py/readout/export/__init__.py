"""Exports: tables, an audit report, the classifier."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .loading import load
    from .onnx import append_head
    from .report import audit_report
    from .tables import to_json
else:
    __getattr__ = lazy(
        __name__,
        loading=("load",),
        onnx=("append_head",),
        report=("audit_report",),
        tables=("to_json",),
    )

__all__ = ["append_head", "audit_report", "load", "to_json"]
