"""What the workbench says of readings, as column_view dictionaries, numbers in arrays."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from ..imaging.crops import Crop, picture
from ..readings.column import Column
from ..rules.repair import Outcome


def reading_view(column: Column, row: int, crops: Sequence[Crop]) -> dict:
    """One reading with its crops: text, confidence, flags, labels, classes, probabilities (B, C), 'boxes'."""
    reading = column.reading(row, "")
    return {
        "text": reading.text,
        "confidence": reading.confidence,
        "flags": list(reading.flags),
        "labels": list(reading.labels),
        "classes": list(column.classes),
        "probabilities": reading.probabilities.tolist(),
        "boxes": [picture(crop) for crop in crops],
    }


def column_view(column: Column, rows: Sequence[int]) -> dict:
    """Readings as columns: 'rows' (n), 'texts' one a line, 'values', 'confidence', 'flags' (n).

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
    }


def findings(outcome: Outcome | None) -> list[dict]:
    """What rules found, by readout: 'flags', for every rule the rows that break it, and 'repairs'; see `repair`."""
    if outcome is None:
        return []
    return [
        {
            "readout": name,
            "flags": [{"rule": rule, "rows": np.flatnonzero(rows)} for rule, rows in flags.items()],
            "repairs": [{"row": k, **asdict(found)} for k, found in outcome.repairs.get(name, {}).items()],
        }
        for name, flags in outcome.flags.items()
    ]
