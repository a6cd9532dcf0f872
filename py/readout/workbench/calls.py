"""What the page may call: every name that it knows, and the method that it stands for."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from ..errors import ReadoutError
from ..video import sampling
from .workbench import Workbench

METHODS: Mapping[str, str] = {
    # the project
    "bench/begin": "begin",
    "take/open": "open",
    "bench/set_frames": "set_frames",
    "bench/set_examples": "set_examples",
    # edits
    "bench/state": "editor.state",
    "bench/undo": "editor.undo",
    "bench/redo": "editor.redo",
    "bench/restore": "editor.restore",
    "bench/set_layout": "editor.set_layout",
    "bench/layout_from": "editor.import_layout",
    "bench/layout_link": "editor.layout_link",
    "bench/set_anchor": "editor.set_anchor",
    "bench/type": "editor.set_label",
    "bench/untype": "editor.clear_label",
    "bench/relabel": "editor.relabel",
    "bench/rename": "editor.rename_readout",
    "bench/set_rules": "editor.set_rules",
    # reading
    "bench/plan": "missing",
    "bench/give": "add_frames",
    "bench/give_clip": "chunks.add_chunk",
    "bench/restore_clip": "chunks.restore_chunks",
    "bench/refresh": "refresh",
    "bench/inspect": "inspect",
    "bench/decode": "decode",
    "bench/probe": "box_finder.probe",
    "bench/find_boxes": "box_finder.find_boxes",
    # labelling
    "teach/examples": "labelling.examples",
    "teach/validate": "labelling.validate",
    "teach/next_best": "labelling.next_best",
    "teach/map": "labelling.embedding_map",
    # exports
    "take/csv": "exports.csv",
    "take/json": "exports.json",
    "take/settings": "exports.settings",
    "take/proof": "exports.audit_report",
    "take/classifier": "exports.classifier",
    "take/example": "exports.example",
    "take/save": "exports.save",
    # live
    "live/begin": "live.begin",
    "live/read": "live.read",
}
"""By namespace and name, where on a `Workbench` the method is."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"clips/choose": sampling.choose}
"""The same for what needs no project."""


def find(bench: Workbench, name: str) -> Callable[..., Any]:
    """What to call for `namespace/name`. Raises ReadoutError for a name that is in neither table."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name not in METHODS:
        raise ReadoutError(
            f"the page calls what workbench/calls.py lists, got {name[:60]!r}: add it there, or correct it"
        )
    method: Callable[..., Any] = attrgetter(METHODS[name])(bench)
    return method
