"""The files that `readout read` writes tables to, and the times of day that it finds for them."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from readout import ReadoutError
from readout.cli.main import _parser, main
from readout.cli.meanings import tell_values
from readout.cli.output import saved_table
from readout.cli.sources import Sources, gather
from readout.layout.layout import Readout
from readout.layout.meaning import Meaning
from readout.readings.line import Line
from readout.readings.line_column import LineColumn
from readout.readings.notation import Notation
from tests.containers import SOURCES
from tests.core.test_neighbours import column
from tests.core.test_tables import row


def write(rows, *arguments, sources=None):
    """Write rows as `readout read` does with these arguments."""
    options = _parser().parse_args(["read", *map(str, arguments)])
    with saved_table(options, sources or Sources()) as put:
        put(rows, True, False)


def written(folder):
    """The files in a folder, by their paths in it."""
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def of(*names):
    return [row(0, k, frame=f"{name}#t=0.000000") for k, name in enumerate(names)]


def test_no_two_files_share_a_table(tmp_path):
    write(of("a/b.mp4", "a_b.mp4", "a\\b.mp4"), "--per-file", "--out", tmp_path)
    found = written(tmp_path)
    assert sorted(found) == ["a/b.mp4 (2).csv", "a/b.mp4.csv", "a_b.mp4.csv"]
    assert len({path.read_text() for path in found.values()}) == 3


@pytest.mark.parametrize("name", ["../b.png", "x/../../b.png", "{outside}/b.png", "C:/b.png", "..", "a\0b.png"])
def test_no_table_of_a_file_leaves_the_folder(tmp_path, name):
    """Frames that a project keeps are named as its file says."""
    folder = tmp_path / "outer" / "tables"
    write([row(None, 1, frame=name.format(outside=tmp_path))], "--per-file", "--out", folder)
    [path] = written(tmp_path).values()
    assert path.parent == folder


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".xlsx", ".parquet"])
def test_a_table_for_each_file_is_of_the_kind_that_out_names(tmp_path, ending):
    magic = {".xlsx": b"PK", ".parquet": b"PAR1"}.get(ending)
    if magic:
        pytest.importorskip({".xlsx": "xlsxwriter", ".parquet": "pyarrow"}[ending], reason="it is not installed")
    folder = Path(f"{tmp_path / 'tables'}{ending}")
    write(of("a.mp4", "b.mp4"), "--per-file", "--out", folder)
    found = written(folder)
    assert sorted(found) == [f"a.mp4{ending}", f"b.mp4{ending}"]
    for path in found.values():
        assert path.read_bytes().startswith(magic) if magic else json.loads(path.read_text())["readout"] == "n"


@pytest.mark.parametrize("name", ["t.json", "t.XLS", "t.ods"])
def test_no_csv_is_written_under_the_name_of_another_kind_of_table(tmp_path, name):
    with pytest.raises(ReadoutError, match="as .csv, .jsonl"):
        write([row(None, 1, frame="a")], "--out", tmp_path / name)
    assert not written(tmp_path)


@pytest.fixture
def taken(tmp_path):
    """A folder of two photographs and two stacks of three pages, each with the time in its EXIF data."""
    folder = tmp_path / "taken"
    folder.mkdir()
    page = Image.new("RGB", (20, 10))
    for k, name in enumerate(["a.jpg", "b.jpg", "c.tif", "d.tif"]):
        exif = Image.Exif()
        exif[0x0132] = f"2026:11:23 14:1{k}:00"
        more = {"save_all": True, "append_images": [page, page]} if name.endswith("tif") else {}
        page.save(folder / name, exif=exif, **more)
    return folder


def test_what_pictures_say_counts_from_their_own_first_frame(tmp_path, taken):
    sources = gather(taken, tmp_path, fps=0.5)
    rows = [row(frame.time_s, 1, frame=frame.name) for frame in sources.frames]
    assert [each.time_s for each in rows] == [0, 2, 4, 6, 8, 10, 12, 14]
    write(rows, "--time-of-day", "auto", "--out", tmp_path / "t.csv", sources=sources)
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    found = [each["time_of_day"][11:19] for each in csv.DictReader(lines)]
    assert found[:2] == ["14:10:00", "14:11:00"]
    assert found[2:] == ["14:12:00", "14:12:02", "14:12:04", "14:13:00", "14:13:02", "14:13:04"]


def test_files_of_which_no_time_of_day_is_known_are_named(tmp_path, taken, capsys):
    for k in range(5):
        Image.new("RGB", (20, 10)).save(taken / f"e{k}.png")
    write([], "--time-of-day", "auto", "--out", tmp_path / "t.csv", sources=gather(taken, tmp_path))
    assert "no time of day is known of e0.png, e1.png, e2.png and 2 more: theirs are blank" in capsys.readouterr().err


def test_a_file_of_many_frames_is_asked_once_when_it_was_taken(tmp_path, taken, monkeypatch):
    sources, opened, real = gather(taken, tmp_path), [], Image.open
    monkeypatch.setattr(Image, "open", lambda data: opened.append(data.name) or real(data))
    write([], "--time-of-day", "auto", "--out", tmp_path / "t.csv", sources=sources)
    assert opened == ["a.jpg", "b.jpg", "c.tif", "d.tif"]


def test_a_text_is_asked_once_for_its_value_and_counted_as_often_as_it_is_read(capsys, monkeypatch):
    asked, real = [], Notation.why
    each = column([("1--", 40), ("123", 40), ("2--", 20)])
    monkeypatch.setattr(Notation, "why", lambda self, text: asked.append(text) or real(self, text))
    tell_values({"n": each})
    assert sorted(asked) == ["1--", "123", "2--"]
    assert "n: 60 texts state no value" in capsys.readouterr().err


@pytest.mark.parametrize(("texts", "said"), [(("1.2", "950"), True), (("1.2k", "950"), False), (("", ""), False)])
def test_units_that_are_to_be_scaled_and_are_not_in_the_window_are_told_of(texts, said, capsys):
    readout = Readout("power", window=(0, 0, 40, 10), meaning=Meaning(units="scale"))
    lines = [Line((text,), (0.99,)) for text in texts]
    tell_values({"power": LineColumn(readout, ["0"], lines, np.arange(len(lines)))})
    assert ("it is not scaled" in capsys.readouterr().err) is said


@pytest.mark.parametrize("extra", [[], ["--wide"]])
@pytest.mark.parametrize("name", ["a transport stream at 26 hours", "a transport stream across the wrap"])
def test_the_time_that_a_container_states_stands_beside_the_one_that_a_player_shows(tmp_path, name, extra):
    """The oracle is libav's own time of each frame."""
    path, out = SOURCES[name].path(), tmp_path / "out.csv"
    arguments = ["read", str(path), "--window", "2,2,30,20", "--container-time", "--processes", "1", *extra]
    assert main([*arguments, "--out", str(out)]) == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stated = [float(frame.pts * stream.time_base) for frame in container.decode(stream)]
    read = [(float(row["time_s"]), float(row["container_time_s"])) for row in rows]
    assert read[0][0] == 0.0 != read[0][1]
    assert [own for _, own in read] == pytest.approx(stated, abs=1e-6)


def test_pictures_have_no_time_of_a_container(tmp_path):
    assert [each["container_time_s"] for each in _pictures_read(tmp_path)] == [""]


def _pictures_read(folder):
    Image.new("RGB", (60, 40)).save(folder / "a.png")
    assert main(["read", str(folder), "--window", "2,2,30,20", "--container-time", "--out", str(folder / "o.csv")]) == 0
    with (folder / "o.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
