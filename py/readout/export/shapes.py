"""What a table has a row for: each frame, each change, or each second; a row for each readout, or a column."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..errors import ReadoutError, quoted
from ..readings.reading import COLUMNS, NOTE, safe
from ..video.sampling import file_of, series_of
from .tables import PROJECT_COLUMNS, SHIFT_COLUMNS, Row
from .time_of_day import TimesOfDay
from .writers import Cell, Table

FRAME, CHANGE, SECOND = "frame", "change", "second"
ROWS = (FRAME, CHANGE, SECOND)
LAST, MEAN = "last", "mean"
TAKEN = (LAST, MEAN)
ALL, CONFIRMED, HELD = "all", "confirmed", "held"
VALUES = (ALL, CONFIRMED, HELD)
CONTAINER_TIME = "container_time_s"
OWN = frozenset((*PROJECT_COLUMNS, *SHIFT_COLUMNS, NOTE, "count", CONTAINER_TIME, "time_of_day", "file"))
"""Names of columns that mean the same in every table."""


@dataclass(frozen=True)
class Shape:
    """What becomes of readings in a table.

    rows: one of ROWS. taken: of a second its last value or the mean, one of TAKEN. values: ALL, or CONFIRMED ones
    alone, or HELD, the last confirmed one until the next; what was typed counts
    as confirmed. wide: a column for each readout. file: a column for the file. clock: the time of day, None for none.
    container: of each clip by its name, and of its frames by their time in microseconds, the time that the container
    states itself, in seconds; None for no such column.
    """

    rows: str = FRAME
    taken: str = LAST
    values: str = ALL
    wide: bool = False
    file: bool = False
    clock: TimesOfDay | None = None
    container: Mapping[str, Mapping[int, float]] | None = None

    def __post_init__(self) -> None:
        for what, value, known in (
            ("a table has a row for each", self.rows, ROWS),
            ("of a second is taken the", self.taken, TAKEN),
            ("values are", self.values, VALUES),
        ):
            if value not in known:
                raise ReadoutError(f"{what} one of {', '.join(known)}, got {quoted(value)}: choose one")

    def table(self, rows: Iterable[Row], project: bool = True, shifts: bool = False) -> Table:
        """The table of readings, which come frame by frame. project: with what was typed and repaired; shifts: with
        SHIFT_COLUMNS; both where there is a row for each frame and readout."""
        chosen = self._chosen(rows)
        if self.rows == FRAME and not self.wide:
            return self._whole(chosen, project, shifts)
        parts = {FRAME: self._frames, CHANGE: self._changes, SECOND: self._seconds}[self.rows](chosen)
        return self._wide(parts) if self.wide else self._long(parts)

    def _whole(self, rows: Iterator[Row], project: bool, shifts: bool) -> Table:
        """All that is known of each reading."""
        names = (*(PROJECT_COLUMNS if project else COLUMNS), *(SHIFT_COLUMNS if shifts else ()), NOTE)
        made = [[*(getattr(row, name) for name in names), *self._more(row)] for row in rows]
        return Table((*names, *self._more_names), made)

    @property
    def _more_names(self) -> tuple[str, ...]:
        chosen = ((CONTAINER_TIME, self.container is not None), ("time_of_day", self.clock), ("file", self.file))
        return tuple(name for name, wanted in chosen if wanted)

    def _more(self, row: Row) -> list[Cell]:
        cells: list[Cell] = [] if self.container is None else [self._container_time(row.frame)]
        if self.clock:
            cells.append(self.clock.of(row.frame, row.time_s))
        return cells + ([file_of(row.frame)] if self.file else [])

    def _container_time(self, frame: str) -> float | None:
        """What a clip says itself of the time of a frame, to the microsecond."""
        clocks = (self.container or {}).get(file_of(frame), {})
        stated = clocks.get(round(float(frame.rpartition("#t=")[2]) * 1e6)) if clocks else None
        return None if stated is None else round(stated, 6)

    def _chosen(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows with the values that are chosen; None for what is not."""
        held: dict[str, float | None] = {}
        series = None
        for row in rows:
            if series_of(row.frame) != series:
                series, held = series_of(row.frame), {}
            if self.values == ALL:
                yield row
            elif row.confirmed or row.typed:
                held[row.readout] = row.final
                yield replace_value(row, row.final)
            elif self.values == HELD:
                yield replace_value(row, held.get(row.readout))
            elif self.rows == FRAME or (self.rows == CHANGE and _is_dark(row)):
                yield replace_value(row, None)

    def _frames(self, rows: Iterator[Row]) -> list["_Part"]:
        return [_Part(row, row.final, 1, row.flags) for row in rows]

    def _changes(self, rows: Iterator[Row]) -> list["_Part"]:
        """Of each readout one part for every run of rows that show the same, or nothing, as they begin."""
        parts: list[_Part] = []
        open_parts: dict[str, _Part] = {}
        for row in rows:
            last = open_parts.get(row.readout)
            if last and last.shows(row) and series_of(last.row.frame) == series_of(row.frame):
                last.add(row)
            elif row.final is not None or row.text.strip() or _is_dark(row):
                open_parts[row.readout] = _Part(row, row.final, 1, row.flags)
                parts.append(open_parts[row.readout])
        return parts

    def _seconds(self, rows: Iterator[Row]) -> list["_Part"]:
        parts: list[_Part] = []
        for (_, second), group in groupby(rows, key=lambda row: (series_of(row.frame), _second(row))):
            by_readout: dict[str, list[Row]] = {}
            for row in group:
                by_readout.setdefault(row.readout, []).append(replace_time(row, float(second)))
            for some in by_readout.values():
                values = [row.final for row in some if row.final is not None]
                value = (
                    None
                    if not values
                    else values[-1]
                    if self.taken == LAST
                    else float(f"{math.fsum(values) / len(values):.12g}")
                )
                last = next((row for row in reversed(some) if row.final is not None), some[-1])
                parts.append(_Part(last, value, len(values), _flags(some)))
        return parts

    def _long(self, parts: Sequence["_Part"]) -> Table:
        by_mean = self.rows == SECOND and self.taken == MEAN
        rows: list[list[Cell]] = [
            [
                part.row.frame,
                part.row.time_s,
                part.row.readout,
                None if by_mean else part.row.text,
                part.value,
                part.count,
                part.flags,
                *self._more(part.row),
            ]
            for part in parts
        ]
        return Table(("frame", "time_s", "readout", "text", "value", "count", "flags", *self._more_names), rows)

    def _wide(self, parts: Sequence["_Part"]) -> Table:
        """One row for each frame that a part begins at, or second, and of each readout its value there."""
        readouts = list(dict.fromkeys(part.row.readout for part in parts))
        counted = self.rows != FRAME
        rows: list[list[Cell]] = []
        current: dict[str, _Part] = {}
        series = None
        place = series_of if self.rows == SECOND else str
        for _, group in groupby(parts, key=lambda part: (place(part.row.frame), part.row.time_s)):
            some = list(group)
            first = some[0].row
            if self.rows != CHANGE or series_of(first.frame) != series:
                current = {}
            series = series_of(first.frame)
            current |= {part.row.readout: part for part in some}
            cells: list[Cell] = [first.frame, first.time_s, *self._more(first)]
            for name in readouts:
                part = current.get(name)
                cells.append(part.value if part else None)
                if counted:
                    cells.append(part.count if part and part in some else None)
            raised = [f"{name}: {current[name].flags}" for name in readouts if name in current and current[name].flags]
            rows.append([*cells, "; ".join(raised)])
        names = _column_names(readouts, ("", " count") if counted else ("",))
        return Table(("frame", "time_s", *self._more_names, *names, "flags"), rows)


@dataclass(eq=False)
class _Part:
    """row: the reading that stands for it. count, flags: how many readings are behind its value, and their flags."""

    row: Row
    value: float | None
    count: int
    flags: str

    def add(self, row: Row) -> None:
        """One more reading is behind the value."""
        self.count += 1
        self.flags = _flags([self, row])

    def shows(self, row: Row) -> bool:
        """Whether another reading of the readout shows the same, or nothing as well."""
        return row.final == self.value and (self.value is not None or row.text.strip() == self.row.text.strip())


def _is_dark(row: Row) -> bool:
    """Whether a display shows nothing. One that is not shown in a frame, by a condition, has no confidence there."""
    return not row.text.strip() and row.confidence is not None


def _column_names(readouts: Sequence[str], endings: Sequence[str]) -> list[str]:
    """Of each readout its columns in a wide table, no two alike: a name that is one of OWN, or another readout's, has
    '(readout)' behind it, or a number where that is taken, too."""
    taken = set(OWN)
    names: list[str] = []
    for readout in readouts:
        own, number = readout, 1
        while any(safe(own + ending) in taken for ending in endings):
            own = f"{readout} (readout)" if number == 1 else f"{readout} (readout {number})"
            number += 1
        names += [own + ending for ending in endings]
        taken.update(safe(own + ending) for ending in endings)
    return names


def replace_value(row: Row, value: float | None) -> Row:
    """The reading with another value to plot."""
    return row._replace(value=value, final=value)


def replace_time(row: Row, time_s: float) -> Row:
    """The reading at another time."""
    return row._replace(time_s=time_s)


def _flags(some: Sequence["Row | _Part"]) -> str:
    """The flags of some readings, each once."""
    return " ".join(dict.fromkeys(flag for each in some for flag in each.flags.split()))


def _second(row: Row) -> int:
    if row.time_s is None:
        raise ReadoutError(
            f"a row for each second needs the times of frames, {row.frame} has none: choose frame or change"
        )
    return math.floor(row.time_s)
