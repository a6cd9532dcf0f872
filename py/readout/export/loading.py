"""Tables for programs and notebooks: what a project or a CSV holds, as numpy arrays or a pandas DataFrame."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ReadoutError, quoted
from ..files.zip_archive import Archive
from ..project.project_file import SUFFIX
from ..readings.reading import FORMULA
from .writers import DIALECTS, MARK, Dialect

if TYPE_CHECKING:
    import pandas

READINGS = "readings.csv"
NUMBERS = ("time_s", "container_time_s", "value", "confidence", "final", "shift_x", "shift_y", "count")
"""Columns of numbers, where nothing is NaN; in a wide table every other column but TEXTS is one."""
TEXTS = (
    "frame",
    "readout",
    "text",
    "flags",
    "confirmed",
    "typed",
    "repaired",
    "repaired_by",
    "note",
    "time_of_day",
    "file",
)


class Tables(Mapping[str, dict[str, np.ndarray]]):
    """The readings of each readout by its name: of every column an array, float64 with NaN, or text as objects.

    all: the whole table in its order. A wide table is one, called ''.
    """

    def __init__(self, columns: dict[str, np.ndarray]):
        self.all = columns
        names = columns.get("readout")
        self._names = [""] if names is None else list(dict.fromkeys(names.tolist()))

    def __getitem__(self, readout: str) -> dict[str, np.ndarray]:
        if readout not in self._names:
            raise KeyError(f"{quoted(readout)} is none of {', '.join(map(repr, self._names))}")
        if "readout" not in self.all:
            return self.all
        own = self.all["readout"] == readout
        return {name: cells[own] for name, cells in self.all.items() if name != "readout"}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def to_pandas(self, readout: str | None = None) -> "pandas.DataFrame":
        """The whole table, or that of one readout. Raises ReadoutError without pandas."""
        try:
            import pandas
        except ImportError as error:
            raise ReadoutError("a DataFrame needs pandas: run pip install pandas") from error
        return pandas.DataFrame(self.all if readout is None else self[readout])


def load(path: str | Path) -> Tables:
    """The readings in a .readout.zip, or in a CSV of any of DIALECTS.

    A project holds the readings that it had when it was saved. Raises ReadoutError for a file that has none.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadoutError(f"{path} cannot be read ({error.strerror}): check the path") from error
    if path.name.endswith(SUFFIX):
        archive = Archive(data)
        if READINGS not in archive:
            raise ReadoutError(
                f"{path} holds no readings: read its frames in the page and save it again, or run "
                f"readout read --project {path} --out readings.csv"
            )
        data = archive.read(READINGS)
    try:
        return Tables(_columns(data.decode("utf-8"), str(path)))
    except UnicodeDecodeError as error:
        raise ReadoutError(f"{path} is no CSV in UTF-8: save it again as one") from error


def _columns(text: str, path: str) -> dict[str, np.ndarray]:
    text = text.removeprefix(MARK)
    head = text.partition("\n")[0]
    delimiter = max({dialect.delimiter for dialect in DIALECTS.values()}, key=head.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not rows or rows[0][:2] != ["frame", "time_s"] or any(len(row) != len(rows[0]) for row in rows):
        raise ReadoutError(f"{path} is no table of readings: its first columns are frame and time_s; export it again")
    long = "readout" in rows[0]

    def numeric(name: str) -> bool:
        return name in NUMBERS or (not long and name not in TEXTS)

    comma = any("," in cell for row in rows[1:] for name, cell in zip(rows[0], row, strict=True) if numeric(name))
    dialect = Dialect(delimiter, "," if comma else ".")
    columns: dict[str, np.ndarray] = {}
    for k, name in enumerate(rows[0]):
        cells = [row[k] for row in rows[1:]]
        if numeric(name):
            columns[_plain(name)] = np.array([_number(cell, dialect, path) for cell in cells], float)
        else:
            columns[_plain(name)] = np.array(list(map(_plain, cells)), object)
    return columns


def _number(cell: str, dialect: Dialect, path: str) -> float:
    try:
        return float(cell.replace(dialect.decimal, ".") or "nan")
    except ValueError as error:
        raise ReadoutError(f"{path}: a column of numbers holds {quoted(cell)}: export it again") from error


def _plain(cell: str) -> str:
    """A cell without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(FORMULA) else cell
