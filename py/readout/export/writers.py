"""Tables as files: CSV in the dialects of spreadsheets, JSON Lines, Excel, Parquet, and text for the clipboard."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

import numpy as np

from ..errors import ReadoutError, pip_install, quoted
from ..readings.reading import PLACES, cell_text, safe, yes_or_no

Cell = str | float | int | bool | None


@dataclass(frozen=True)
class Table:
    """names: of the columns. rows: cells, None where there is nothing."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written. delimiter: between cells. decimal: of numbers. mark: whether it has a byte order mark."""

    delimiter: str = ","
    decimal: str = "."
    mark: bool = False

    @classmethod
    def named(cls, name: str, mark: bool | None = None) -> "Dialect":
        """One of DIALECTS, with a byte order mark or without. Raises ReadoutError for another name."""
        if name not in DIALECTS:
            raise ReadoutError(f"a CSV's dialect is one of {', '.join(DIALECTS)}, got {quoted(name)}: choose one")
        found = DIALECTS[name]
        return found if mark is None else replace(found, mark=mark)


DIALECTS = {
    "comma": Dialect(),
    "semicolon": Dialect(";", ",", True),
    "tab": Dialect("\t", "."),
    "tab-comma": Dialect("\t", ","),
}
"""Of spreadsheets: English ones; those whose decimals begin with a comma, which take a mark for UTF-8; with tabs."""
MARK = "\ufeff"


def write_table(table: Table, file: TextIO, dialect: Dialect = DIALECTS["comma"]) -> None:
    """Write a table as CSV. No cell can become a formula; see `safe`. file: text, UTF-8, opened with newline=""."""
    if dialect.mark:
        file.write(MARK)
    writer = csv.writer(file, delimiter=dialect.delimiter, lineterminator="\n")
    writer.writerow([safe(name) for name in table.names])
    for row in table.rows:
        writer.writerow([_written(name, cell, dialect) for name, cell in zip(table.names, row, strict=True)])


def write_json_lines(table: Table, file: TextIO) -> None:
    """Write a table as JSON Lines: one object a row, null where there is nothing. See jsonlines.org."""
    encode = json.JSONEncoder(allow_nan=False).encode
    for row in table.rows:
        fields = dict(zip(table.names, row, strict=True))
        for name, places in PLACES.items():
            if isinstance(number := fields.get(name), float):
                fields[name] = round(number, places)
        file.write(encode(fields) + "\n")


EXCEL_ROWS, EXCEL_COLUMNS, EXCEL_TEXT = 1 << 20, 1 << 14, 32767
"""Rows and columns of a sheet, and characters of a cell."""


def to_excel(table: Table) -> bytes:
    """The table as .xlsx, numbers as numbers and text as text.

    Raises ReadoutError without XlsxWriter, and for more rows, columns or text than a sheet holds.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise ReadoutError(f"Excel files are written by XlsxWriter: run {pip_install('excel')}") from error
    if len(table.rows) >= EXCEL_ROWS:
        raise ReadoutError(
            f"an Excel sheet holds {EXCEL_ROWS - 1:,} rows below its names, the table has {len(table.rows):,}: "
            "choose a row for each change or second, or CSV"
        )
    if len(table.names) > EXCEL_COLUMNS:
        raise ReadoutError(
            f"an Excel sheet holds {EXCEL_COLUMNS:,} columns, the table has {len(table.names):,}: "
            "choose a row for each readout, or CSV"
        )
    for row in [table.names, *table.rows]:
        for cell in row:
            if isinstance(cell, str) and len(cell) > EXCEL_TEXT:
                raise ReadoutError(
                    f"an Excel cell holds {EXCEL_TEXT:,} characters, one of the table has {len(cell):,}, "
                    f"{quoted(cell)}…: shorten it, or choose CSV"
                )
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    plain["constant_memory"] = True  # rows are written as they come
    with xlsxwriter.Workbook(file, plain) as book:
        sheet = book.add_worksheet("readings")
        sheet.freeze_panes(1, 0)
        for number, row in enumerate([table.names, *table.rows]):
            for place, cell in enumerate(row):
                if isinstance(cell, bool):
                    cell = yes_or_no(cell)
                if isinstance(cell, str):
                    cell = _unicode(cell)
                if cell is not None and cell != "":
                    sheet.write(number, place, cell)
    return file.getvalue()


def to_parquet(table: Table) -> bytes:
    """The table as Apache Parquet: each column numbers, text or yes and no, null where there is nothing.

    Raises ReadoutError without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ReadoutError(f"Parquet files are written by pyarrow: run {pip_install('parquet')}") from error
    columns = zip(*table.rows, strict=True) if table.rows else ([] for _ in table.names)
    arrays = {name: pyarrow.array(map(_typed, column)) for name, column in zip(table.names, columns, strict=True)}
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), file)
    return file.getvalue()


def to_text(table: Table, dialect: Dialect) -> str:
    """The table as `write_table` writes it."""
    file = io.StringIO(newline="")
    write_table(table, file, dialect)
    return file.getvalue()


def _typed(cell: Cell) -> Cell:
    """Every number as a float, since a column of Parquet has one type, and text that is UTF-8."""
    if isinstance(cell, str):
        return _unicode(cell)
    return float(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


def _unicode(text: str) -> str:
    """The text with a file name's bytes that are no text as \\udcff and the like."""
    return text.encode(errors="backslashreplace").decode()


def _written(column: str, cell: Cell, dialect: Dialect) -> str:
    text = cell_text(column, cell)
    if cell is None or isinstance(cell, str | bool):
        return text
    if "e" in text:  # a spreadsheet takes no exponent where it has learned another decimal sign
        text = np.format_float_positional(float(cell), trim="-")
    return text.replace(".", dialect.decimal)
