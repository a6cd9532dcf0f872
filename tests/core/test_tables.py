"""Shapes of tables, the files they are written as, and times of day."""

import csv
import io
import json
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from datetime import datetime

import pytest

from readout import ReadoutError
from readout.export.loading import load
from readout.export.shapes import Shape
from readout.export.tables import Row
from readout.export.time_of_day import TimesOfDay, in_name
from readout.export.writers import DIALECTS, Dialect, Table, to_excel, to_parquet, to_text, write_json_lines
from readout.readings.reading import FORMULA, number


def row(time, value, readout="n", confirmed=True, frame=None, typed="", text=None):
    text = ("" if value is None else f"{value:g}") if text is None else text
    name = frame or f"a.mp4#t={time:.6f}"
    return Row(name, time, readout, text, value, 0.9, "", confirmed, typed, "", "", final=value)


def cells(table, *names):
    at = [table.names.index(name) for name in names]
    return [tuple(line[k] for k in at) for line in table.rows]


SERIES = [row(k / 4, value) for k, value in enumerate([1, 1, 1, 2, 2, 4, 4, 4, 9])]


def test_a_row_for_each_frame_has_all_that_is_known():
    table = Shape().table(SERIES)
    assert table.names[:5] == ("frame", "time_s", "readout", "text", "value") and table.names[-1] == "note"
    assert cells(table, "time_s", "value") == [(each.time_s, each.value) for each in SERIES]


def test_a_row_for_each_change_counts_the_frames_behind_it():
    table = Shape(rows="change").table(SERIES)
    assert cells(table, "time_s", "value", "count") == [(0, 1, 3), (0.75, 2, 2), (1.25, 4, 3), (2.0, 9, 1)]
    assert sum(count for (count,) in cells(table, "count")) == len(SERIES)


def test_texts_without_a_value_are_changes_too_and_so_are_blanks():
    some = [row(k, None, text=text) for k, text in enumerate(["Err", "Err", " ", "", "Lo"])]
    assert cells(Shape(rows="change").table(some), "text", "count") == [("Err", 2), (" ", 2), ("Lo", 1)]


@pytest.mark.parametrize("values", ["all", "confirmed"])
def test_a_display_that_is_dark_for_a_while_has_no_value_then(values):
    dark = [row(k, None, confirmed=False) for k in (2, 3)]
    some = [row(0, 72), row(0, 5, "m"), row(1, 72), *dark, row(3, 6, "m"), row(4, 72)]
    expected = [("n", 0, 72, 2), ("m", 0, 5, 1), ("n", 2, None, 2), ("m", 3, 6, 1), ("n", 4, 72, 1)]
    long, wide = (Shape(rows="change", values=values, wide=wide).table(some) for wide in (False, True))
    assert cells(long, "readout", "time_s", "value", "count") == expected
    assert cells(wide, "time_s", "n", "m") == [(0, 72, 5), (2, None, 5), (3, None, 6), (4, 72, 6)]


def test_each_readout_changes_by_itself():
    some = [row(0, 1), row(0, 5, "m"), row(1, 1), row(1, 6, "m")]
    expected = [("n", 1, 2), ("m", 5, 1), ("m", 6, 1)]
    assert cells(Shape(rows="change").table(some), "readout", "value", "count") == expected


@pytest.mark.parametrize(("taken", "values"), [("last", [2, 4, 9]), ("mean", [1.25, 3.5, 9])])
def test_a_row_for_each_second_says_how_many_values_are_behind_it(taken, values):
    table = Shape(rows="second", taken=taken).table(SERIES)
    assert cells(table, "time_s", "value", "count") == list(zip([0, 1, 2], values, [4, 4, 1], strict=True))


def test_seconds_need_times():
    with pytest.raises(ReadoutError, match="needs the times of frames, a.png has none"):
        Shape(rows="second").table([row(None, 1, frame="a.png")])


DOUBTED = [row(0, 1), row(1, 7, confirmed=False), row(2, 2), row(3, 8, confirmed=False, typed="8")]


@pytest.mark.parametrize(
    ("values", "expected"), [("all", [1, 7, 2, 8]), ("confirmed", [1, None, 2, 8]), ("held", [1, 1, 2, 8])]
)
def test_unconfirmed_values_are_kept_left_out_or_replaced_by_the_last_good_one(values, expected):
    assert [value for (value,) in cells(Shape(values=values).table(DOUBTED), "value")] == expected


@pytest.mark.parametrize(("values", "expected"), [("confirmed", [76, None, 5]), ("held", [76, 76, 5])])
def test_chosen_values_are_what_was_typed_or_repaired(values, expected):
    typed, repaired = row(0, 18, typed="76")._replace(final=76), row(2, 6)._replace(repaired="5", final=5)
    some = [typed, row(1, 7, confirmed=False), repaired]
    assert [value for (value,) in cells(Shape(values=values).table(some), "value")] == expected
    assert [value for (value,) in cells(Shape(values=values, wide=True).table(some), "n")] == expected


def test_a_wide_table_has_a_column_for_each_readout():
    some = [row(0, 1), row(0, 5, "m"), row(1, 2), row(2, 2), row(2, 6, "m")]
    table = Shape(wide=True).table(some)
    assert table.names == ("frame", "time_s", "n", "m", "flags")
    assert cells(table, "time_s", "n", "m") == [(0, 1, 5), (1, 2, None), (2, 2, 6)]
    changes = Shape(wide=True, rows="change").table(some)
    assert cells(changes, "time_s", "n", "n count", "m") == [(0, 1, 1, 5), (1, 2, 2, 5), (2, 2, None, 6)]


def doubted(each, flags):
    return each._replace(flags=flags)


def test_what_is_taken_together_has_the_flags_of_all_that_is_behind_it():
    some = [row(0, 5), doubted(row(0.2, 999), "doubtful jump"), doubted(row(0.4, 5), "doubtful"), row(0.6, 5)]
    for taken in ("last", "mean"):
        assert cells(Shape(rows="second", taken=taken).table(some), "flags") == [("doubtful jump",)]
    run = [row(0, 5), doubted(row(1, 5), "disputed"), row(2, 5)]
    assert cells(Shape(rows="change").table(run), "value", "flags") == [(5, "disputed")]


def test_a_wide_table_says_which_of_its_numbers_are_flagged():
    some = [row(0, 1), doubted(row(0, 5, "m"), "cut"), doubted(row(1, 2), "jump"), doubted(row(1, 6, "m"), "cut jump")]
    assert cells(Shape(wide=True).table(some), "flags") == [("m: cut",), ("n: jump; m: cut jump",)]
    assert cells(Shape(wide=True).table([row(0, 1)]), "flags") == [("",)]


def test_no_value_of_one_clip_is_held_in_another():
    some = [row(0, 7), row(0, 3, confirmed=False, frame="b.mp4#t=0.000000")]
    assert cells(Shape(values="held").table(some), "value") == [(7,), (None,)]
    both = [row(0, 1), row(0, 5, "m"), row(0, 2, frame="b.mp4#t=0.000000")]
    wide = Shape(wide=True, rows="change").table(both)
    assert cells(wide, "frame", "n", "m") == [("a.mp4#t=0.000000", 1, 5), ("b.mp4#t=0.000000", 2, None)]


def test_pictures_are_one_series_and_so_are_the_frames_of_one_file():
    pictures = [row(None, value, frame=f"{k}.png") for k, value in enumerate([4, 4, 4, 5])]
    assert cells(Shape(rows="change").table(pictures), "value", "count") == [(4, 3), (5, 1)]
    frames = [row(k / 4, 4, frame=f"{name}.gif #{k}") for name in "ab" for k in range(4)]
    assert cells(Shape(rows="change", file=True).table(frames), "file", "count") == [("a.gif", 4), ("b.gif", 4)]
    assert cells(Shape(rows="second", file=True).table(frames), "file", "count") == [("a.gif", 4), ("b.gif", 4)]


def test_the_time_that_a_single_picture_says_is_its_own():
    clock = TimesOfDay.of_names(["IMG_20261123_141500.jpg", "IMG_20261123_141501.jpg", "2026-11-23 14.20.00.gif"])
    assert clock.of("IMG_20261123_141501.jpg", 1.0) == "2026-11-23T14:15:01.000"
    assert clock.of("2026-11-23 14.20.00.gif #3", 1.5) == "2026-11-23T14:20:01.500"


def test_a_sheet_takes_no_more_rows_than_excel_has():
    pytest.importorskip("xlsxwriter")
    table = Table(("n",), [[1.0]] * (1 << 20))
    with pytest.raises(ReadoutError, match="holds 1,048,575 rows"):
        to_excel(table)


def test_the_file_has_a_column_where_it_is_asked_for():
    some = [row(0, 1), row(0, 1, frame="b.mp4#t=0.000000"), row(None, 2, frame="c.png")]
    assert cells(Shape(file=True).table(some), "file") == [("a.mp4",), ("b.mp4",), ("c.png",)]
    assert cells(Shape(file=True, rows="change").table(some), "file", "count") == [
        ("a.mp4", 1),
        ("b.mp4", 1),
        ("c.png", 1),
    ]


@pytest.mark.parametrize("wrong", [{"rows": "minute"}, {"taken": "first"}, {"values": "good"}])
def test_a_shape_that_is_not_known_is_refused(wrong):
    with pytest.raises(ReadoutError, match="choose one"):
        Shape(**wrong)


# Files


NUMBERS = [0.0, 7.0, -5.2, 23.5, 1234.5, 0.001, 1e-7, 123456789.25, 754.0, -0.05, 1e15, 12.05, 3.4]
TABLE = Table(
    ("=name", "text", "value", "confirmed"),
    [[f"{'=+-@'[k % 4]}A{k}", "note", value, k % 2 == 0] for k, value in enumerate(NUMBERS)]
    + [["\ttab", 'it\'s; a, "quote"', None, None]],
)


@pytest.mark.parametrize("name", DIALECTS)
def test_numbers_come_back_from_every_dialect(name):
    dialect = Dialect.named(name)
    text = to_text(TABLE, dialect)
    assert text.startswith("\ufeff") == dialect.mark
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=dialect.delimiter))
    assert [float(line[2].replace(dialect.decimal, ".")) for line in lines[1:-1]] == NUMBERS
    assert lines[-1][1:] == ['it\'s; a, "quote"', "", ""]


@pytest.mark.parametrize("name", DIALECTS)
def test_no_cell_and_no_name_is_a_formula(name):
    dialect = Dialect.named(name)
    text = to_text(TABLE, dialect).removeprefix("\ufeff")
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter):
        assert not [c for c in line if c.startswith(FORMULA) and number(c.replace(dialect.decimal, ".")) is None]


def test_a_dialect_that_is_not_known_is_refused():
    with pytest.raises(ReadoutError, match="one of comma, semicolon, tab, tab-comma, got 'pipe'"):
        Dialect.named("pipe")
    assert Dialect.named("comma", True).mark


def test_json_lines_are_objects_one_a_line():
    file = io.StringIO()
    write_json_lines(TABLE, file)
    found = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [list(each.values()) for each in found] == [list(line) for line in TABLE.rows]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            Table(tuple(map(str, range(16_385))), []),
            "holds 16,384 columns, the table has 16,385: choose a row for each",
        ),
        (Table(("a",), [["x" * 32_768]]), "holds 32,767 characters, one of the table has 32,768, 'xxx"),
    ],
)
def test_a_sheet_takes_no_more_columns_and_text_than_excel_has(table, message):
    pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed")
    with pytest.raises(ReadoutError, match=message):
        to_excel(table)


def test_a_parquet_file_has_the_table_with_types():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    found = pandas.read_parquet(io.BytesIO(to_parquet(TABLE)))
    assert tuple(found.columns) == TABLE.names
    for name, column in zip(TABLE.names, zip(*TABLE.rows, strict=True), strict=True):
        assert [None if pandas.isna(cell) else cell for cell in found[name]] == list(column)


@pytest.mark.parametrize("rows", [Shape().table([]), Shape(rows="second", wide=True).table([]), Shape().table(SERIES)])
def test_a_parquet_file_of_any_table_opens(rows):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    found = parquet.read_table(io.BytesIO(to_parquet(rows)))
    assert tuple(found.column_names) == rows.names and found.num_rows == len(rows.rows)


def test_a_name_that_is_no_text_is_written_all_the_same():
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    from pyarrow import parquet

    table = Table(("frame",), [["caf\udce9.mp4"]])
    assert parquet.read_table(io.BytesIO(to_parquet(table))).to_pylist() == [{"frame": "caf\\udce9.mp4"}]
    assert openpyxl.load_workbook(io.BytesIO(to_excel(table))).active["A2"].value == "caf\\udce9.mp4"


TAKEN = ["flags", "frame", "time_s", "readout", "note", "flags (readout)", "n", "n count", "file", "=x", "'=x"]


@pytest.mark.parametrize("counted", [False, True])
def test_columns_of_a_wide_table_have_different_names_whatever_readouts_are_called(counted, tmp_path):
    some = [row(time, time * 100 + k, name) for time in (0, 1) for k, name in enumerate(TAKEN)]
    table = Shape(rows="second" if counted else "frame", wide=True, file=True).table(some)
    assert len(set(table.names)) == len(table.names)
    own = ["flags (readout)", "frame (readout)", "time_s (readout)", "readout (readout)", "note (readout)"]
    assert [name for name in table.names if name in own] == own
    values = [name for name in table.names if not name.endswith(" count") or (name == "n count" and not counted)]
    assert cells(table, *[name for name in values if name not in ("frame", "time_s", "file", "flags")])[1] == tuple(
        100.0 + k for k in range(len(TAKEN))
    )
    lines = io.StringIO()
    write_json_lines(table, lines)
    assert len(json.loads(lines.getvalue().splitlines()[0])) == len(table.names)
    path = tmp_path / "wide.csv"
    path.write_text(to_text(table, DIALECTS["comma"]), encoding="utf-8", newline="")
    assert load(path).all["note (readout)"].tolist() == [4.0, 104.0]


def test_an_excel_file_has_numbers_and_text_and_no_formula():
    pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed")
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    sheet = openpyxl.load_workbook(io.BytesIO(to_excel(TABLE))).active
    read = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert read[0] == list(TABLE.names)
    assert [line[2] for line in read[1:-1]] == NUMBERS
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]


OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
LANGUAGES = {"German": ("semicolon", 59, 1031), "English": ("comma", 44, 1033)}


@pytest.mark.parametrize(("dialect", "delimiter", "language"), LANGUAGES.values(), ids=LANGUAGES)
def test_a_spreadsheet_of_either_language_keeps_every_number(dialect, delimiter, language, tmp_path):
    """LibreOffice's filter options: wiki.documentfoundation.org/Documentation/DevGuide/Spreadsheet_Documents."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: its soffice opens the tables")
    (tmp_path / "t.csv").write_text(to_text(TABLE, Dialect.named(dialect)), encoding="utf-8", newline="")
    options = [f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "fods"]
    options += [f"--infilter=CSV:{delimiter},34,76,1,,{language},false,true,false"]
    subprocess.run([program, *options, "t.csv"], cwd=tmp_path, check=True, capture_output=True, timeout=180)
    cells = ElementTree.parse(tmp_path / "t.fods").iter("{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-cell")
    found = [
        float(cell.get(f"{OFFICE}value"))
        for cell in cells
        if cell.get(f"{OFFICE}value-type") in ("float", "percentage")
    ]
    assert found == NUMBERS


# Times of day


NAMES = {
    "IMG_20261123_141500.jpg": datetime(2026, 11, 23, 14, 15),
    "2026-11-23 14.15.00.mp4": datetime(2026, 11, 23, 14, 15),
    "PXL_20261123_141500250.mp4": datetime(2026, 11, 23, 14, 15, 0, 250_000),
    "cam1_2026-11-23T14-15-59_x.png": datetime(2026, 11, 23, 14, 15, 59),
    "Screen Recording 2026-11-23 at 2.15.00\u202fPM.mov": datetime(2026, 11, 23, 14, 15),
    "Video 2026-11-23 at 12.15.00 AM.mp4": datetime(2026, 11, 23, 0, 15),
    "2026-11-23 02.15.00 pm.mp4": datetime(2026, 11, 23, 14, 15),
    "2026-11-23 at 14.15.00 amber.mp4": datetime(2026, 11, 23, 14, 15),
    "2026-11-23 2.15.00 p.m..png": datetime(2026, 11, 23, 14, 15),
    "20261123_1_0012.png": None,
    "run_20261123_3.0010.png": None,
    "2026-11-23_1-0005.png": None,
    "20261323_141500.jpg": None,
    "12345678901234567890.jpg": None,
    "frame-0001.png": None,
}


@pytest.mark.parametrize(("name", "moment"), NAMES.items(), ids=NAMES)
def test_a_file_name_may_say_when_it_was_taken(name, moment):
    assert in_name(name) == moment


def test_the_time_of_day_of_a_frame_is_that_of_its_clip_and_its_own():
    clock = TimesOfDay.of_names(["2026-11-23 14.15.00.mp4", "b.mp4"], {"b.mp4": datetime(2026, 1, 2, 3)})
    assert clock.of("2026-11-23 14.15.00.mp4#t=61.250000", 61.25) == "2026-11-23T14:16:01.250"
    assert clock.of("b.mp4#t=1.000000", 1.0) == "2026-01-02T03:00:01.000"
    assert clock.of("c.mp4#t=1.000000", 1.0) == ""


STATED = {
    "14:15:00": "14:15:10.500",
    "2026-11-23 14:15:00": "2026-11-23T14:15:10.500",
    "10=14:15:00": "14:15:00.500",
    "10.5=2026-11-23T23:59:59.5": "2026-11-23T23:59:59.500",
    "23:59:55": "00:00:05.500",
    "90000=00:00:10": "23:00:20.500",
}


@pytest.mark.parametrize(("text", "at"), STATED.items())
def test_one_frame_that_is_known_tells_the_time_of_all(text, at):
    clock = TimesOfDay.stated(text)
    assert clock.of("a.mp4#t=10.500000", 10.5) == at
    assert clock.of("a.png", None) == ""
    assert cells(Shape(clock=clock).table([row(10.5, 1)]), "time_of_day") == [(at,)]


NO_TIMES = ["noon", "nan=14:15:00", "1e9=14:15:00", "25:00", "14:15:61", "x=14:15:00", "2026-13-01 14:15:00", ""]
NO_TIMES += ["9=0001-01-01 00:00:00", "9999-12-31 23:59:59"]  # the frames around them have no date that exists


@pytest.mark.parametrize("text", NO_TIMES)
def test_anything_else_is_no_time_of_day(text):
    with pytest.raises(ReadoutError, match="a time of day is 14:15:00"):
        TimesOfDay.stated(text)


def test_where_no_time_of_day_is_known_that_is_said():
    with pytest.raises(ReadoutError, match=r"neither a\.png nor its name says one"):
        TimesOfDay.of_names(["a.png"])
