"""Readouts that are limited to some frames: what is read of them elsewhere is another quantity, and set aside."""

from collections.abc import Iterable, Mapping

import numpy as np

from ..imaging.look import CELLS, FARTHEST, SAME_LOOK, apart, limit
from ..layout.condition import Condition
from ..layout.layout import Readout
from .line_column import AnyColumn, LineColumn
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
    """The column without the rows in which its mark does not surely show, or look, what it has to, with the reasons.

    What was typed counts more than what was read: of the mark, and of the readout, which then is there.
    """
    unlike = _unlike(only, mark, len(column)) if only.look else None
    reasons = {
        row: why
        for row in np.flatnonzero(column.given).tolist()
        if (column.readout.name, row) not in typed and (why := unlike[row] if unlike else _why(only, mark, row, typed))
    }
    return column.without(reasons)


def look_reason(only: Condition, distance: float, alike: float = SAME_LOOK) -> str:
    """Why a mark whose look is at some distance leaves a frame out, '' where it does not; see `imaging.look.limit`."""
    if distance <= alike:
        return ""
    return f"{only.readout} {'does' if distance >= FARTHEST else 'may'} not look as chosen"


def look_distance(only: Condition, look: bytes) -> float:
    """How far one look of a mark is from the one that was chosen; inf where it is not known."""
    return float(_distances(only, np.frombuffer(look or bytes(CELLS), np.uint8)[None])[0])


def _unlike(only: Condition, mark: AnyColumn | None, count: int) -> list[str]:
    """Of each of so many rows why its mark leaves it out, '' where it does not."""
    if not isinstance(mark, LineColumn):
        return [f"{only.readout} has not been read"] * count
    distances = mark.spread(_distances(only, mark.seen), np.inf)
    shown = distances[mark.given]
    alike = limit(shown[np.isfinite(shown)])
    return [
        look_reason(only, distance, alike) if given else f"{only.readout} has not been read"
        for distance, given in zip(distances.tolist(), mark.given.tolist(), strict=True)
    ]


def _distances(only: Condition, looks: np.ndarray) -> np.ndarray:
    """Of looks (n, CELLS) how far they are from what was chosen; inf where one is not known."""
    found = apart(np.frombuffer(only.look, np.uint8), looks)
    return np.where(looks.any(axis=1), found, np.inf)


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
