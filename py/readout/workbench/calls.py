"""What the page may call: every name that it knows, and the method that it stands for."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from ..errors import ReadoutError, quoted
from ..video import sampling
from .demo import Demo
from .pictures import expand
from .workbench import Workbench

METHODS: Mapping[str, str] = {
    # the project
    "workbench/begin": "begin",
    "workbench/open": "open",
    "workbench/set_frames": "set_frames",
    "workbench/set_examples": "set_examples",
    # edits
    "workbench/state": "editor.state",
    "workbench/undo": "editor.undo",
    "workbench/redo": "editor.redo",
    "workbench/restore": "editor.restore",
    "workbench/set_layout": "editor.set_layout",
    "workbench/import_layout": "editor.import_layout",
    "workbench/place_again": "editor.place_again",
    "workbench/see_as": "editor.see_as",
    "workbench/layout_link": "editor.layout_link",
    "workbench/set_anchor": "editor.set_anchor",
    "workbench/set_label": "editor.set_label",
    "workbench/clear_label": "editor.clear_label",
    "workbench/relabel": "editor.relabel",
    "workbench/rename_readout": "editor.rename_readout",
    "workbench/set_rules": "editor.set_rules",
    # reading
    "workbench/missing": "missing",
    "workbench/add_frames": "add_frames",
    "workbench/add_chunk": "chunks.add_chunk",
    "workbench/restore_chunks": "chunks.restore_chunks",
    "workbench/refresh": "refresh",
    "workbench/inspect": "inspect",
    "workbench/decode": "decode",
    "workbench/probe": "box_finder.probe",
    "workbench/find_boxes": "box_finder.find_boxes",
    "workbench/begin_search": "number_search.begin_search",
    "workbench/search_frame": "number_search.search_frame",
    "workbench/found_numbers": "number_search.found_numbers",
    "workbench/find_number_near": "number_search.find_number_near",
    "workbench/fit_window": "number_search.fit_window",
    # labelling
    "labelling/examples": "labelling.examples",
    "labelling/typed_windows": "labelling.typed_windows",
    "labelling/validate": "labelling.validate",
    "labelling/next_best": "labelling.next_best",
    "labelling/embedding_map": "labelling.embedding_map",
    # exports
    "exports/csv": "exports.csv",
    "exports/excel": "exports.excel",
    "exports/chart": "exports.chart",
    "exports/json": "exports.json",
    "exports/json_lines": "exports.json_lines",
    "exports/settings": "exports.settings",
    "exports/audit_report": "exports.audit_report",
    "exports/classifier": "exports.classifier",
    "exports/example": "exports.example",
    "exports/save": "exports.save",
    # live
    "live/begin": "live.begin",
    "live/read": "live.read",
    # classes of pictures
    "classes/state": "picture_classes.state",
    "classes/add_class": "picture_classes.add_class",
    "classes/rename": "picture_classes.rename",
    "classes/remove_class": "picture_classes.remove_class",
    "classes/remove_shot": "picture_classes.remove_shot",
    "classes/undo": "picture_classes.undo",
    "classes/redo": "picture_classes.redo",
    "classes/region": "picture_classes.region",
    "classes/record": "picture_classes.record",
    "classes/add_picture": "picture_classes.add_picture",
    "classes/look": "picture_classes.look",
    "classes/look_at": "picture_classes.look_at",
    "classes/thumbnails": "picture_classes.thumbnails",
    "classes/score": "picture_classes.score",
    "classes/classifier": "picture_classes.classifier",
    "classes/save": "picture_classes.save",
    "classes/open": "picture_classes.open",
    "classes/restore": "picture_classes.restore",
}
"""By namespace and name, where on the user's `Workbench` the method is."""

DEMO: Mapping[str, str] = {
    "demo/describe": "describe",
    "demo/examples": "examples",
    "demo/learn": "learn",
    "demo/test": "test",
    "demo/take_precomputed": "take_precomputed",
    "demo/embed_live": "embed_live",
    "demo/lesson": "lesson",
    "demo/notebook": "notebook",
    "demo/score": "score",
    "demo/review": "review",
    "demo/csv": "csv",
    "demo/add_frames": "bench.add_frames",
    "demo/table": "bench.table",
    "demo/inspect": "bench.inspect",
    "demo/window_regions": "window_regions",
    "demo/add_windows": "windows.add_frames",
    "demo/window_score": "window_score",
    "demo/teach_windows": "teach_windows",
}
"""The same on a `Demo`, which has a workbench of its own."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"video/choose": sampling.choose, "pictures/expand": expand}
"""The same for what needs no project."""


def find(bench: Workbench, demo: Demo, name: str) -> Callable[..., Any]:
    """What to call for `namespace/name`. Raises ReadoutError for a name that is in none of the tables."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    for table, holder in ((METHODS, bench), (DEMO, demo)):
        if name in table:
            method: Callable[..., Any] = attrgetter(table[name])(holder)
            return method
    raise ReadoutError(f"the page calls what workbench/calls.py lists, got {quoted(name)}: add it there, or correct it")
