"""What the workbench says of readings, as plain dictionaries, numbers in arrays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..imaging.crops import Crop, picture
from ..imaging.strips import window_crops
from ..layout.frame import Frame
from ..readings.line_column import AnyColumn, LineColumn
from ..readings.reading import ANCHOR_LOST, BITS
from ..video.stabilizer import Stabilizer
from .frame_store import FrameStore

if TYPE_CHECKING:
    from ..rules.repair import Outcome, Repair
    from ..rules.rules import Rule


def reading_view(column: AnyColumn, row: int, crops: Sequence[Crop]) -> dict[str, Any]:
    """One reading with its crops: text, confidence, flags, labels, classes, probabilities (B, C), 'boxes'.

    'confirmed'; of a reading that is changing or a jump 'around', the texts of the states before and behind, 'taken',
    which of these the value is of, or None, and 'offers', see `offers`.
    A window is one crop, upright, whose classes are the texts that it may show; 'spans' are its characters' places, as
    shares of its width, and 'turns' how far its drums are turned, in tenths from -5 to 5; see `drums.turns`.
    """
    reading = column.reading(row, "")
    found = {
        "text": reading.text,
        "value": reading.value,
        "note": reading.note,
        "confidence": reading.confidence,
        "flags": list(reading.flags),
        "labels": list(reading.labels),
        "classes": list(column.classes),
        "probabilities": reading.probabilities.tolist(),
        "boxes": [picture(crop.upright) for crop in window_crops(column.readout, crops)],
        "confirmed": bool(reading.confirmed),
        "around": list(column.neighbours.around.get(row, ())) if column.neighbours else [],
        "taken": column.neighbours.taken.get(row) if column.neighbours else None,
        "view": column.neighbours.view if column.neighbours else "",
        "offers": _offers(column, row),
    }
    if isinstance(column, LineColumn):
        line = column.line(row)
        found |= {"labels": [reading.text], "classes": list(line.texts), "spans": [list(span) for span in line.spans]}
        found["turns"] = [round(10 * turn) for turn in line.turns]
    return found


def _offers(column: AnyColumn, row: int) -> list[str]:
    if not column.neighbours or row not in column.neighbours.around:
        return []
    from .offers import offers  # no part of a first visit

    return offers(column, row)


def column_view(column: AnyColumn, rows: Sequence[int] | np.ndarray) -> dict[str, Any]:
    """Readings as columns: 'rows' (n), 'texts' one a line, 'values', 'confidence', 'flags', 'confirmed' (n); and
    'left_out', see `_left_out`;
    'notation', how values are written: its 'kind', 'decimal', whether it has 'factors', 'words', and 'places', the most
    decimals.

    rows: which ones; where they are as many as the column has, it is a part of a longer one, with these rows.
    """
    at = slice(None) if len(column) == len(rows) else np.asarray(rows)
    texts = column.texts if len(column) == len(rows) else [column.texts[k] for k in rows]
    return {
        "readout": column.readout.name,
        "rows": np.asarray(rows, np.int32),
        "texts": "\n".join(texts),
        "values": column.values[at],
        "confidence": column.confidence[at],
        "flags": column.flags[at],
        "confirmed": column.confirmed[at].astype(np.uint8),
        "left_out": _left_out(column, rows),
        "notation": {
            "kind": column.notation.kind,
            "decimal": column.notation.decimal,
            "factors": bool(column.notation.factors),
            "words": column.notation.words,
            "places": max(map(column.notation.decimals, set(texts)), default=0),
        },
    }


def _left_out(column: AnyColumn, rows: Sequence[int] | np.ndarray) -> list[dict[str, Any]]:
    """Why the readout is not shown in some rows: 'reason' and 'rows', int32."""
    whole = len(column) == len(rows)
    by_reason: dict[str, list[int]] = {}
    for row, reason in column.left_out.items():
        by_reason.setdefault(reason, []).append(int(rows[row]) if whole else row)
    return [{"reason": reason, "rows": np.array(some, np.int32)} for reason, some in by_reason.items()]


LOST = np.uint16(BITS[ANCHOR_LOST])


def rows_view(
    parts: Sequence[tuple[AnyColumn, np.ndarray] | None],
    rows: Sequence[int],
    frames: FrameStore | Sequence[Frame],
    stabilizer: Stabilizer,
) -> dict[str, Any]:
    """Readings of some of a project's frames: 'readouts', as `column_view` gives them, and 'shifts'.

    parts: columns, each with its rows. shifts: of the given rows those whose shift is known, 'rows' int32, 'x', 'y'
    float32 in pixels, 'lost' uint8; None where there is no anchor.
    """
    readouts = [column_view(*part) for part in parts if part]
    if stabilizer.anchor is None:
        return {"readouts": readouts, "shifts": None}
    if any(shift.lost for shift in stabilizer.shifts.values()):
        for each in readouts:
            lost = np.array([stabilizer.lost(frames[k].name) for k in each["rows"].tolist()], bool)
            each["flags"] = each["flags"] | lost * LOST
    known = [(k, *shift) for k in map(int, rows) if (shift := stabilizer.shifts.get(frames[k].name))]
    columns = list(zip(*known, strict=True)) or [()] * 4
    types = {"rows": np.int32, "x": np.float32, "y": np.float32, "lost": np.uint8}
    shifts = {name: np.array(column, kind) for (name, kind), column in zip(types.items(), columns, strict=True)}
    return {"readouts": readouts, "shifts": shifts}


def findings(outcome: "Outcome | None") -> list[dict[str, Any]]:
    """What rules found, by readout: 'flags', for every rule the rows that break it, and 'repairs'; see `repair`.

    A rule is its 'rule', as `rule_id` gives it, its 'kind' and its 'name', in words.
    """
    if outcome is None:
        return []
    return [
        {
            "readout": name,
            "flags": [{**_rule_view(rule), "rows": np.flatnonzero(rows)} for rule, rows in flags.items()],
            "repairs": [{"row": k, **repair_view(found)} for k, found in outcome.repairs.get(name, {}).items()],
        }
        for name, flags in outcome.flags.items()
    ]


def repair_view(repair: "Repair") -> dict[str, Any]:
    """A repair and the rule that it keeps; see `findings`."""
    fields = {name: value for name, value in vars(repair).items() if name != "rule"}
    return {**fields, **_rule_view(repair.rule)}


def _rule_view(rule: "Rule") -> dict[str, str]:
    from ..rules.rules import rule_id

    entry = rule.to_json()
    return {"rule": rule_id(entry), "kind": entry["kind"], "name": rule.name}
