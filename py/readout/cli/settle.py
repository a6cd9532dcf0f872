"""What was read, once checks, the other frames and conditions have been heard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..errors import quoted
from ..imaging.crops import Crop
from ..layout.layout import Readout
from ..project.document import Key
from ..readings import orientation
from ..readings.comparison import compare
from ..readings.conditions import restrict
from ..readings.cross_check import settle_checks
from ..readings.line_column import AnyColumn
from ..readings.reading import CHECK
from ..readings.recognizer import Recognizer
from ..video.sampling import series_of
from .batch_video import BatchResult
from .sources import Sources


def settled(
    read: BatchResult,
    recognizer: Recognizer,
    found: Sources,
    readouts: Sequence[Readout] = (),
    typed: Mapping[Key, str | None] | None = None,
) -> BatchResult:
    """What was read, with the flags that checks, the other frames and conditions raise."""
    columns = settle_checks(read.columns)
    asked = [name for name in columns if not orientation.is_known(typed or {}, name)]
    views = {name: clearer_view(name, read, recognizer) for name in asked}
    series = {name: k for k, name in enumerate(dict.fromkeys(map(series_of, read.names)))}
    sources = [series[series_of(name)] for name in read.names]
    for name, column in columns.items():
        column.heed(compare(column, read.times, sources, views.get(name, "")))
    before, columns = columns, restrict(columns, readouts, by_row(typed or {}, read.names, columns))
    for name, column in columns.items():
        if column is not before[name]:
            column.heed(compare(column, read.times, sources, views.get(name, "")))
    remarks = [*read.remarks, *(_advice(name, view) for name, view in views.items() if view)]
    return replace(read, columns=columns, remarks=remarks, left_out=[*found.left_out, *read.left_out])


def clearer_view(name: str, read: BatchResult, recognizer: Recognizer) -> str:
    """In which view a readout's numbers are clearer; see `orientation.clearer_view`. Its window is asked, or that which
    checks its boxes."""
    glances = {row: seen.get(name + CHECK, seen.get(name)) for row, seen in sorted(read.glances.items())}
    rows = orientation.looked_at(read.columns[name], [row for row, seen in glances.items() if seen])
    stated = read.columns[name].readout
    found = [_evidence(recognizer, stated, *seen) for row in rows if (seen := glances[row])]
    found = [each for each in found if len(each)]
    return orientation.clearer_view(np.concatenate(found)) if found else ""


def _evidence(recognizer: Recognizer, stated: Readout, window: Readout, crops: Sequence[Crop]) -> np.ndarray:
    cache, head = recognizer.of(window)
    return orientation.evidence(window, head, cache.embed(orientation.in_each_view(stated, window, crops)))


OPTIONS = {orientation.UPSIDE_DOWN: "--turn 180", orientation.MIRRORED: "--mirror"}


def _advice(name: str, view: str) -> str:
    option = OPTIONS.get(view, " ".join(OPTIONS.values()))
    return f"{quoted(name)} seems to be seen {view}, all its readings are flagged: say so with {option}"


def by_row(
    typed: Mapping[Key, str | None], names: Sequence[str], columns: Mapping[str, AnyColumn]
) -> dict[tuple[str, int], str | None]:
    """What was typed by readout and row."""
    rows = {name: row for row, name in enumerate(names)}
    return {(r, rows[f]): text for (f, r), text in typed.items() if f in rows and r in columns}
