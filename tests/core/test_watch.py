"""`readout watch` on a folder that grows: rows as they come, and values held until another one is confirmed."""

import csv
import io
import os
import signal

import numpy as np
import pytest
from PIL import Image

from readout.cli.main import main
from readout.export.loading import load
from readout.watch.board import Board
from readout.watch.folder import FolderSource
from tests.core.watching import WINDOW, Watching, display, noise, put, reading, until


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_folder_that_grows_becomes_rows_and_a_value_that_is_held(tmp_path):
    folder, out = tmp_path / "camera", tmp_path / "out.csv"
    folder.mkdir()
    put(folder, "01.png", "21.5", 1)
    with Watching(folder, "--window", WINDOW, "--out", out, log=tmp_path / "log") as run:
        until(lambda: run.json()["frames"] == 1, "the first picture")
        first = run.held()
        assert (first["text"], first["value"], first["latest"]["text"]) == (None, None, "21.5")
        put(folder, "02.png", "21.5", 2)
        confirmed = until(lambda: run.held()["text"] and run.held(), "a second look")
        assert (confirmed["text"], confirmed["value"], confirmed["frame"]) == ("21.5", 21.5, "02.png")
        put(folder, "03.png", "37.0", 3)
        held = until(lambda: run.json()["frames"] == 3 and run.held(), "the third picture")
        assert (held["value"], held["latest"]["value"], held["latest"]["confirmed"]) == (21.5, 37.0, False)
        (folder / "04.txt").write_text("no picture")
        put(folder, "05.png", "37.0", 4)
        assert until(lambda: run.held()["value"] == 37.0 and run.held(), "the second look")["frame"] == "05.png"
        assert run.end() == 0
    rows = rows_of(out)
    assert [(row["frame"], row["text"], row["confirmed"]) for row in rows] == [
        ("01.png", "21.5", "no"),
        ("02.png", "21.5", "yes"),
        ("03.png", "37.0", "no"),
        ("05.png", "37.0", "yes"),
    ]
    assert all(row["time_of_day"].endswith("Z") for row in rows)
    assert load(out)["window"]["value"].tolist() == [21.5, 21.5, 37.0, 37.0]


def test_a_second_run_adds_its_rows_and_ctrl_c_ends_it_in_good_order(tmp_path):
    folder, out = tmp_path / "camera", tmp_path / "out.csv"
    folder.mkdir()
    for k in range(2):
        put(folder, f"{k}.png", "5.25", k)
        before = out.read_bytes() if k else b""
        with Watching(folder, "--window", WINDOW, "--out", out, "--rows", "frame", log=tmp_path / "log") as run:
            until(lambda seen=k + 1: run.json()["frames"] == seen, "all pictures")
            assert run.end(signal.SIGINT) == 0
        assert out.read_bytes().startswith(before) and len(out.read_bytes()) > len(before)
    assert [row["frame"] for row in rows_of(out)] == ["0.png", "0.png", "1.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{folder}", "--serve", "0"], "--project, --window is required"),
        (["{folder}", "--window", WINDOW], "--out, --serve, --webhook, --mqtt is required"),
        (["{folder}", "--window", WINDOW, "--serve", "0", "--every", "5"], "seconds with an s"),
        (["{folder}", "--window", WINDOW, "--serve", "70000"], "0 to 65535, got '70000'"),
        (["nowhere", "--window", WINDOW, "--serve", "0"], "which is not there"),
        (["{folder}", "--window", WINDOW, "--serve", "0", "--bind", "192.0.2.1"], "nothing can be served at 192.0.2.1"),
        (["{folder}", "--window", WINDOW, "--out", "{other}"], "begins with 'my,own"),
        (["{folder}", "--project", "{other}", "--serve", "0"], "other.csv: "),
    ],
)
def test_what_cannot_begin_says_why(tmp_path, capsys, arguments, words):
    other = tmp_path / "other.csv"
    other.write_text("my,own\n1,2\n")
    given = [each.format(folder=tmp_path, other=other) for each in arguments]
    try:
        status = main(["watch", *given])
    except SystemExit as error:
        status = error.code
    assert status == 2 and words in capsys.readouterr().err
    assert other.read_text() == "my,own\n1,2\n"


# The folder


def frames_of(source, stop, count):
    """The first frames' names, after which it is stopped."""
    names = []
    for found in source.frames(stop):
        names.append(found.name)
        if len(names) == count:
            stop.set()
    return names


class Stop:
    """An event that is set after some waits, so that nothing here takes time. each: called at each wait."""

    def __init__(self, waits, each=lambda number: None):
        self.waits, self.number, self.each, self.done = waits, 0, each, False

    def is_set(self):
        return self.done or self.number > self.waits

    def set(self):
        self.done = True

    def wait(self, _):
        self.number += 1
        self.each(self.number)


def folder_names(folder, each=lambda number: None, waits=8, **settings):
    said = []
    source = FolderSource(folder, Board("camera"), said.append, **settings)
    return [found.name for found in source.frames(Stop(waits, each))], said


def test_pictures_that_are_there_come_in_the_order_of_their_names_and_each_once(tmp_path):
    for name in ("frame10.png", "frame9.png", "frame1.png"):
        put(tmp_path, name, "1.5")
    assert folder_names(tmp_path)[0] == ["frame1.png", "frame9.png", "frame10.png"]
    assert folder_names(tmp_path, new_only=True)[0] == []


def test_a_picture_that_is_still_being_written_is_waited_for(tmp_path):
    whole = tmp_path / "whole"
    Image.fromarray(display("1.5")).save(whole, "PNG")
    data, growing = whole.read_bytes(), tmp_path / "growing.png"
    whole.unlink()

    def grow(number):
        if number <= 4:
            with growing.open("ab") as file:
                file.write(data[(number - 1) * len(data) // 4 : number * len(data) // 4])

    names, said = folder_names(tmp_path, grow)
    assert (names, said) == (["growing.png"], [])


def test_a_picture_that_is_written_anew_is_read_again(tmp_path):
    put(tmp_path, "latest.png", "1.5")
    changes = {3: "2.5", 6: "3.75"}
    names, _ = folder_names(
        tmp_path, lambda number: number in changes and put(tmp_path, "latest.png", changes[number]), waits=10
    )
    assert names == ["latest.png"] * 3
    assert folder_names(tmp_path / "latest.png")[0] == ["latest.png"]


def rewritten(path, contents):
    """What is done at each look: the file holds the next of these, and says that it has changed."""

    def write(number):
        path.write_bytes(contents[number % len(contents)])
        os.utime(path, ns=(number * 10**9, number * 10**9))

    return write


def encoded(text, kind, seed=0):
    file = io.BytesIO()
    Image.fromarray(display(text, seed)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_has_changed_at_each_look_is_read_each_time(tmp_path, kind):
    """`ffmpeg -update 1` writes so. There are as many frames as looks, but for the first ones."""
    change = rewritten(tmp_path / "latest", [encoded(f"{k}.5", kind) for k in range(3)])
    for source in (tmp_path, tmp_path / "latest"):
        change(0)
        seen = FolderSource(source, Board("camera"), print).frames(Stop(20, change))
        levels = [(found.moment.timestamp(), found.pixels.copy()) for found in seen]
        times = [time for time, _ in levels]
        assert times == sorted(set(times)) and len(times) >= 17 and times[-1] == 20
        for time, pixels in levels:
            assert np.abs(pixels.astype(int) - display(f"{int(time) % 3}.5")).mean() < 5


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_is_never_there_whole_is_never_read_and_said_once(tmp_path, kind):
    """Half of it, or, as some programs copy, all of its length with nothing in the second half."""
    whole = encoded("1.5", kind)
    half = whole[: len(whole) // 2]
    change = rewritten(tmp_path / "a", [half, half + bytes(len(whole) - len(half))])
    names, said = folder_names(tmp_path, change, waits=300)
    assert names == [] and said == ["a has changed at each look for 60 s: it is read once it stays the same"]


def test_of_a_picture_that_is_written_in_two_parts_no_half_is_read(tmp_path):
    whole = encoded("1.5", "JPEG")
    change = rewritten(tmp_path / "a", [whole[: len(whole) // 2], whole])
    seen = list(FolderSource(tmp_path, Board("camera"), print).frames(Stop(20, change)))
    assert len(seen) >= 8 and all(found.moment.timestamp() % 2 for found in seen)


def test_a_stack_that_grows_is_read_when_it_is_whole(tmp_path):
    pictures = [Image.fromarray(display(f"{k}.5")) for k in range(8)]

    def grow(number):
        if number < 8:
            pictures[0].save(tmp_path / "s.gif", save_all=True, append_images=pictures[1 : 1 + number])

    names, _ = folder_names(tmp_path, grow, waits=12)
    assert names == [f"s.gif #{k}" for k in range(8)]


def test_what_a_picture_holds_besides_is_said(tmp_path):
    pages = [Image.fromarray(display("1.5")), Image.fromarray(display("2.5")[:, :90])]
    pages[0].save(tmp_path / "s.tif", save_all=True, append_images=pages[1:])
    (tmp_path / "t.jpg").write_bytes(encoded("1.5", "JPEG") * 2)
    names, said = folder_names(tmp_path)
    assert names == ["s.tif", "t.jpg"]
    assert "s.tif: page 2 is 90 x 48" in said[0] and said[1].startswith("t.jpg: ") and len(said) == 2


def test_a_picture_that_changes_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    """Bytes of two pictures could decode as one."""
    put(tmp_path, "a.png", "1.5")
    looked, stat = [], os.fstat

    def fstat(number):
        looked.append(number)
        if len(looked) == 2:
            put(tmp_path, "b.png", "2.5")
            (tmp_path / "a.png").write_bytes((tmp_path / "b.png").read_bytes())
            (tmp_path / "b.png").unlink()
        return stat(number)

    monkeypatch.setattr("readout.watch.folder.os.fstat", fstat)
    [found] = FolderSource(tmp_path, Board("camera"), print).frames(Stop(8))
    assert np.array_equal(found.pixels, display("2.5"))


def test_files_that_failed_and_are_gone_are_forgotten(tmp_path):
    source = FolderSource(tmp_path, Board("camera"), print)

    def come_and_go(number):
        part = tmp_path / f"{number // 3}.part"
        if number % 3 == 2:
            part.unlink(missing_ok=True)
        elif number % 3 == 0:
            part.write_bytes(b"half of it")

    assert list(source.frames(Stop(60, come_and_go))) == []
    assert len(source._failed) < 2


def test_what_cannot_be_read_is_left_out_with_its_reason_and_ends_nothing(tmp_path):
    put(tmp_path, "b.png", "1.5")
    (tmp_path / "a.png").write_bytes((tmp_path / "b.png").read_bytes()[:99])
    (tmp_path / "notes.txt").write_text("no picture")
    names, said = folder_names(tmp_path, waits=200)
    assert names == ["b.png"]
    assert len(said) == 2 and all(each.startswith("left out: ") for each in said)
    assert any("a.png" in each for each in said) and any("notes.txt is neither" in each for each in said)


def test_a_folder_that_is_gone_for_a_while_is_read_on(tmp_path):
    folder = tmp_path / "camera"
    folder.mkdir()
    put(folder, "a.png", "1.5")

    def unplug(number):
        if number == 3:
            folder.rename(tmp_path / "away")
        if number == 6:
            (tmp_path / "away").rename(folder)
            put(folder, "b.png", "1.5")

    names, said = folder_names(folder, unplug, waits=12)
    assert names == ["a.png", "b.png"]
    assert "camera cannot be" in said[0]


def test_more_names_than_are_remembered_are_still_read_once_each(tmp_path, monkeypatch):
    monkeypatch.setattr("readout.watch.folder.REMEMBERED", 3)
    for k in range(8):
        put(tmp_path, f"{k}.png", "1.5")

    def add(number):
        if number in (3, 4, 5):
            put(tmp_path, f"new{number}.png", "1.5")

    names, _ = folder_names(tmp_path, add, waits=12)
    assert names == [*(f"{k}.png" for k in range(8)), "new3.png", "new4.png", "new5.png"]


# What is held


def test_a_value_is_held_until_another_one_is_confirmed_and_its_age_told():
    now = [100.0]
    board = Board("camera", lambda: now[0])
    assert board.take("a", [reading("1.5", confirmed=False)]) == []
    [first] = board.take("b", [reading("1.5")])
    assert first.value == 1.5
    now[0] = 107.0
    assert board.take("c", [reading("9.5", confirmed=False, flags=["doubtful"])]) == []
    [shown] = board.snapshot()["readouts"]
    assert (shown["value"], shown["frame"], shown["age_s"], shown["flags"]) == (1.5, "b", 7.0, ["doubtful"])
    assert (shown["latest"]["value"], shown["latest"]["confirmed"], shown["latest"]["age_s"]) == (9.5, False, 0.0)
    assert board.take("d", [reading("1.5")]) == []  # the same value again is no change, but it is young again
    assert board.snapshot()["readouts"][0]["age_s"] == 0.0
    assert [each.value for each in board.take("e", [reading("9.5")])] == [9.5]


def test_a_source_that_is_down_keeps_its_values_and_says_so():
    board = Board("camera")
    board.take("a", [reading()])
    board.down("camera cannot be read")
    shown = board.snapshot()
    assert (shown["reading"], shown["problem"]) == (False, "camera cannot be read")
    assert shown["readouts"][0]["value"] == 12.5
    board.take("b", [reading()])
    assert (board.snapshot()["reading"], board.snapshot()["problem"]) == (True, "")


def test_a_frame_of_another_shape_is_left_out_and_the_next_one_is_read(tmp_path):
    folder, out = tmp_path / "camera", tmp_path / "out.csv"
    folder.mkdir()
    put(folder, "1.png", "21.5", 1)
    Image.fromarray(noise(1)[:, :90]).save(folder / "2.png")
    put(folder, "3.png", "21.5", 2)
    with Watching(folder, "--window", WINDOW, "--out", out, "--rows", "frame", log=tmp_path / "log") as run:
        until(lambda: run.json()["frames"] == 2, "both pictures of the right shape")
    assert [row["frame"] for row in rows_of(out)] == ["1.png", "3.png"]
    assert "2.png is not read: the source shows 90 x 48" in run.said
