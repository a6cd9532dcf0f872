"""A project's readings to export: rows for CSV and JSON, and the settings that made them. See docs/exports.md."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import __version__
from ..errors import ReadoutError, quoted
from ..layout.layout import Layout
from ..model.backbone import BackboneInfo
from ..model.head import SoftmaxHead
from ..readings.line_column import AnyColumn
from ..readings.reading import ANCHOR_LOST, COLUMNS, FLAGS, NOTE, flags_of
from ..rules.repair import Outcome
from ..rules.rules import rule_from_json
from ..video.anchor import Shift

VERSION = 1
"""Of the JSON document and the settings file."""
NOT_READABLE = "(not readable)"
"""What `typed` says where a person found nothing to read."""
PROJECT_COLUMNS = (*COLUMNS, "typed", "repaired", "repaired_by", "final")
SHIFT_COLUMNS = ("shift_x", "shift_y")
"""After PROJECT_COLUMNS, where the boxes follow an anchor."""
MEANINGS = {
    "frame": "the frame's name",
    "time_s": "seconds since the start of the video; empty for pictures",
    "readout": "the readout's name in the layout",
    "text": "what was read, never changed by a rule or a person; a space is a blank box, ? an unknown glyph",
    "value": "what text states: a number, of a time its seconds; empty where it states none",
    "confidence": "the chance that every box was read right, if they err independently: 0 to 1; empty where the "
    "readout is not shown",
    "flags": "why to look again: doubtful (confidence below 0.5, of a window below 0.8, or the point in doubt), "
    "unknown (a box shows no known glyph), outlier (a box looks unlike everything known), "
    "changing (caught while the display changed: value is one of the two), jump (leaves what the number usually does, "
    "and comes back), no-value (there is a text, and it states no value), and every rule that the reading breaks",
    "confirmed": "yes where the frame before or behind was read alike and the reading is neither changing nor a jump",
    "typed": f"what a person says it shows, {NOT_READABLE} where there is nothing to read; else empty",
    "repaired": "what the rules take it to show, where that differs from text; empty elsewhere",
    "repaired_by": "the rule behind a repair, with the probability of the repaired text over that of the text read",
    "final": "the value to plot: of what was typed, else of what was repaired, else value",
    NOTE: "why text states no value, or the readout is not shown in the frame",
}
"""What each of PROJECT_COLUMNS holds."""
SHIFT_MEANINGS = {
    "flags": f"{MEANINGS['flags']}; {ANCHOR_LOST} where the anchor was not found: the boxes lay where they were drawn",
    "shift_x": "by how many pixels the frame has moved to the right, after the anchor, in eighths; empty if lost",
    "shift_y": "the same, downwards",
}
"""What else there is to say where the boxes follow an anchor."""

Key = tuple[str, str]
"""The names of a frame and a readout."""


class Row(NamedTuple):
    """One reading as it is exported; see MEANINGS. flags: words, separated by spaces. final: the value to plot, that of
    what was typed, else of what was repaired, else the one that was read."""

    frame: str
    time_s: float | None
    readout: str
    text: str
    value: float | None
    confidence: float | None
    flags: str
    confirmed: bool | None
    typed: str
    repaired: str
    repaired_by: str
    shift_x: float | None = None
    shift_y: float | None = None
    note: str = ""
    final: float | None = None


def rows(
    frames: Sequence[str],
    columns: Mapping[str, AnyColumn],
    outcome: Outcome | None = None,
    typed: Mapping[Key, str | None] | None = None,
    times: Sequence[float | None] = (),
    shifts: Mapping[str, Shift] | None = None,
) -> Iterator[Row]:
    """One row for each frame and readout that was read: frames in their order, readouts in that of `columns`.

    columns: by readout, each with one row a frame. outcome: what the rules found. typed: what a person says that
    a frame's readout shows, None for not readable. times: seconds, one a frame, or none at all.
    shifts: by frame name, how far frames have moved; None where the boxes follow no anchor.
    Raises ReadoutError where the lengths differ.
    """
    for name, column in columns.items():
        if len(column) != len(frames):
            wrong = f"got {len(column)} for {quoted(name)}: read again"
            raise ReadoutError(f"a column has a row for each of {len(frames)} frames, {wrong}")
    if len(times) not in (0, len(frames)):
        raise ReadoutError(f"every frame has one time or none has, got {len(times)} for {len(frames)} frames: give all")
    parts = [_part(name, column, outcome) for name, column in columns.items()]
    said = {key: NOT_READABLE if text is None else text for key, text in (typed or {}).items()}
    for frame, time, *readings in zip(frames, times or [None] * len(frames), *parts, strict=True):
        x, y, lost = _shift((shifts or {}).get(frame))
        for reading in readings:
            if reading:
                readout, text, value, confidence, flags, agreed, repaired, by, note = reading
                flags, own, final = f"{flags} {lost}".strip(), said.get((frame, readout), ""), value
                if repaired or own:
                    final = columns[readout].notation.stated_by(own or repaired)[0]
                yield Row(
                    frame, time, readout, text, value, confidence, flags, agreed, own, repaired, by, x, y, note, final
                )


def to_json(rows: Iterable[Row], settings: Mapping[str, Any], shifts: bool = False) -> str:
    """Rows as a JSON document, one line a row, with the settings that made them. shifts: with SHIFT_COLUMNS.

    Fields are named as the CSV's columns; what is empty there is null, and flags are a list.
    """
    encode = json.JSONEncoder().encode
    lines = []
    names = (*PROJECT_COLUMNS, *(SHIFT_COLUMNS if shifts else ()), NOTE)
    for row in rows:
        fields = {name: None if (value := getattr(row, name)) == "" and name != "text" else value for name in names}
        sure = None if row.confidence is None else round(row.confidence, 4)
        lines.append(encode({**fields, "confidence": sure, "flags": row.flags.split()}))
    body = ",\n".join(lines)
    return f'{{"version": {VERSION},\n"settings": {encode(settings)},\n"rows": [\n{body}\n]}}\n'


def settings(
    backbone: BackboneInfo,
    head: SoftmaxHead,
    layout: Layout,
    labels: Sequence[str],
    columns: Mapping[str, AnyColumn],
    rules: Sequence[dict[str, Any]] = (),
    date: str = "",
) -> dict[str, Any]:
    """All that made the readings, as a side file in JSON.

    labels: of the examples that the head has learned from. rules: as JSON objects; see `rules.rule_from_json`.
    date: when, by the caller's clock.
    """
    readouts = [readout.name for readout in layout.readouts]
    return {
        "version": VERSION,
        "readout": __version__,
        "date": date,
        "backbone": {"name": backbone.name, "sha256": backbone.sha256},
        "head": {
            "classes": list(head.classes_),
            "l2": head.l2,
            "scale_floor": head.scale_floor,
            "tol": head.tol,
            "max_iter": head.max_iter,
            "prior": {"l2": head.prior.l2} if head.prior else None,
        },
        "examples": dict(sorted(Counter(labels).items())),
        "layout": json.loads(layout.to_json()),
        "rules": [{**rule, "name": rule_from_json(rule, readouts).name} for rule in rules],
        "frames": max(map(len, columns.values()), default=0),
        "readings": {name: int(column.given.sum()) for name, column in columns.items()},
        "columns": MEANINGS | (SHIFT_MEANINGS if layout.anchor else {}),
    }


def slug(rule: str) -> str:
    """A rule's name as one word for the flags: 'only rising' is only-rising, 'top - bottom = 10' top-bottom=10."""
    return re.sub(r"\s+", "-", re.sub(r"\s+([^\w\s])\s+", r"\1", rule.strip()))


def _shift(shift: Shift | None) -> tuple[float | None, float | None, str]:
    """A frame's shift_x and shift_y, and what to add to the flags of its readings."""
    if shift is None or shift.lost:
        return None, None, ANCHOR_LOST if shift else ""
    return shift.x, shift.y, ""


def _part(name: str, column: AnyColumn, outcome: Outcome | None) -> list[tuple[Any, ...] | None]:
    """What a readout's rows hold between time and typed, one a frame, None where nothing was read; of a frame in which
    it is not shown why, and nothing else."""
    by_bits = [" ".join(flags_of(bits)) for bits in range(1 << len(FLAGS))]
    words = [by_bits[bits] for bits in column.flags.tolist()]
    repaired, by = [""] * len(column), [""] * len(column)
    if outcome:
        for rule, broken in outcome.flags.get(name, {}).items():
            for k in np.flatnonzero(broken).tolist():
                words[k] = f"{words[k]} {slug(rule.name)}".lstrip()
        for k, repair in outcome.repairs.get(name, {}).items():
            repaired[k] = repair.text
            by[k] = f"{repair.rule.name} ({repair.probability:.2g} over {repair.read_probability:.2g})"
    values = [None if value != value else value for value in column.values.tolist()]
    sure, names = column.confidence.tolist(), [name] * len(column)
    agreed = column.neighbours.confirmed.tolist() if column.neighbours else [None] * len(column)
    notes = [
        "" if value is not None else column.notation.why(text) for value, text in zip(values, column.texts, strict=True)
    ]
    fields = zip(names, column.texts, values, sure, words, agreed, repaired, by, notes, strict=True)
    found = [row if given else None for row, given in zip(fields, column.given.tolist(), strict=True)]
    for k, reason in column.left_out.items():
        found[k] = (name, "", None, None, "", None, "", "", reason)
    return found
