"""Readouts that are limited to some frames: what is read of them elsewhere is another quantity, and set aside."""

from collections.abc import Iterable, Mapping

import numpy as np

from ..layout.condition import Condition
from ..layout.layout import Readout
from .line_column import AnyColumn
from .reading import DOUBTING, flags_of

Typed = Mapping[tuple[str, int], str | None]
"""By readout and row what a person says that is shown, None for not readable."""


def restrict(
    columns: Mapping[str, AnyColumn], readouts: Iterable[Readout], typed: Typed | None = None
) -> dict[str, AnyColumn]:
    """The columns, those of readouts with a condition without the rows in which it is not met, see `left_out`."""
    found = dict(columns)
    for readout in readouts:
        if readout.only and readout.name in found:
            mark = columns.get(readout.only.readout)
            found[readout.name] = left_out(found[readout.name], readout.only, mark, typed or {})
    return found


def left_out(column: AnyColumn, only: Condition, mark: AnyColumn | None, typed: Typed) -> AnyColumn:
    """The column without the rows in which its mark does not surely show what it has to, with the reason for each.

    What was typed counts more than what was read: of the mark, and of the readout, which then is there.
    """
    reasons = {
        row: why
        for row in np.flatnonzero(column.given).tolist()
        if (column.readout.name, row) not in typed and (why := _why(only, mark, row, typed))
    }
    return column.without(reasons)


def reason(only: Condition, text: str, flags: Iterable[str] = ()) -> str:
    """Why a mark that shows a text leaves a frame out, '' where it does not. flags: of its reading."""
    doubts = [flag for flag in flags if flag in DOUBTING]
    if text.strip() != only.text:
        return f"{only.readout} shows {text.strip() or 'nothing'}, not {only.text}"
    return f"{only.readout} may not show {only.text}: {', '.join(doubts)}" if doubts else ""


def _why(only: Condition, mark: AnyColumn | None, row: int, typed: Typed) -> str:
    key = only.readout, row
    if key in typed:
        text = typed[key]
        return reason(only, text) if text is not None else f"{only.readout} is not readable"
    if mark is None or not mark.given[row]:
        return f"{only.readout} has not been read"
    return reason(only, mark.texts[row], flags_of(int(mark.flags[row])))
