"""`readout.load`: the tables of a project or a CSV, as arrays."""

import csv
from pathlib import Path

import numpy as np
import pytest

import readout
from readout import ReadoutError
from readout.export.shapes import Shape
from readout.export.tables import Row
from readout.export.writers import DIALECTS, Dialect, to_text
from readout.files.zip_archive import Archive, pack

OLD = Path(__file__).parent / "old"
PROJECT = OLD / "project.readout.zip"


def rows():
    values = [23.5, None, -5.2, 1234.5]
    return [
        Row(f"=a{k}.png", k / 2, name, "'x", value, 0.9, "", True, "", "", "", note="-", final=value)
        for k, value in enumerate(values)
        for name in ("top", "-bottom")
    ]


def test_a_project_has_a_table_for_each_readout():
    expected = list(csv.DictReader((OLD / "readings.csv").read_text(encoding="utf-8").splitlines()))
    tables = readout.load(PROJECT)
    assert list(tables) == list(dict.fromkeys(row["readout"] for row in expected))
    for name, table in tables.items():
        own = [row for row in expected if row["readout"] == name]
        assert table["text"].tolist() == [row["text"] for row in own]
        assert table["value"].dtype == np.float64
        np.testing.assert_array_equal(table["value"], [float(row["value"] or "nan") for row in own])


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("wide", [False, True])
def test_a_csv_of_any_dialect_comes_back(name, wide, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(to_text(Shape(wide=wide).table(rows()), Dialect.named(name)), encoding="utf-8", newline="")
    tables = readout.load(path)
    assert list(tables) == ([""] if wide else ["top", "-bottom"])
    for own in ("top", "-bottom"):
        found = tables.all[own] if wide else tables[own]["value"]
        np.testing.assert_array_equal(found, [23.5, np.nan, -5.2, 1234.5])
    assert tables.all["frame"][0] == "=a0.png"


def test_no_apostrophe_is_lost(tmp_path):
    """A text that begins with one, before a sign or not, is told from one that was given one."""
    texts = ["=x", "'=x", "''=x", "'-5", "-5", "'5", "'", "x'"]
    found = [Row("a.png", 0.0, "n", text, None, 0.9, "", True, "", "", "", note="") for text in texts]
    path = tmp_path / "t.csv"
    path.write_text(to_text(Shape().table(found), Dialect.named("comma")), encoding="utf-8", newline="")
    assert readout.load(path).all["text"].tolist() == texts


def test_pandas_gets_the_same_columns():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    tables = readout.load(str(PROJECT))
    whole = tables.to_pandas()
    assert isinstance(whole, pandas.DataFrame) and list(whole.columns) == list(tables.all)
    [first, *_] = tables
    np.testing.assert_array_equal(tables.to_pandas(first)["value"].to_numpy(), tables[first]["value"])


def test_a_readout_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="'left' is none of"):
        readout.load(PROJECT)["left"]


def test_a_project_that_was_saved_before_anything_was_read_says_what_to_do(tmp_path):
    archive = Archive(PROJECT.read_bytes())
    path = tmp_path / "new.readout.zip"
    path.write_bytes(pack({name: archive.read(name) for name in archive.paths if name != "readings.csv"}))
    with pytest.raises(ReadoutError, match="holds no readings: read its frames in the page and save it again"):
        readout.load(path)


WRONG = {
    "no table": b"hello\n",
    "another table": b"a,b\n1,2\n",
    "ragged": b"frame,time_s,value\na,1\n",
    "words for numbers": b"frame,time_s,readout,value\na,1,top,much\n",
    "not UTF-8": "frame,time_s\nHöhe,1\n".encode("latin-1"),
    "empty": b"",
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_what_is_no_table_is_refused(data, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(ReadoutError, match=r"t\.csv"):
        readout.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadoutError, match="cannot be read"):
        readout.load(tmp_path / "none.csv")


def test_a_wide_table_of_pictures_comes_back_from_a_decimal_comma(tmp_path):
    path = tmp_path / "wide.csv"
    pictures = [row._replace(time_s=None) for row in rows()]
    path.write_text(to_text(Shape(wide=True).table(pictures), Dialect.named("semicolon")), encoding="utf-8")
    assert readout.load(path)[""]["top"][0] == 23.5
