"""The table of `readout watch`: rows are only added, wait while the disk is full, and go on where others meddle."""

import os
import resource
from contextlib import contextmanager

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.readings.reading import Reading
from readout.watch.board import Board
from readout.watch.csv_log import CHANGE, FRAME, HEADER, CsvLog
from readout.watch.frame_reader import FrameReadings
from readout.watch.source_frame import SourceFrame
from tests.core.test_watch import rows_of
from tests.core.watching import display, reading


def frame(name="a.png"):
    return SourceFrame(name, display("1"), None, None)


def log(path, rows=FRAME, said=None):
    return CsvLog(path, rows, Board("camera"), (said if said is not None else []).append)


def take(table, *readings, name="a.png"):
    table.take(frame(name), FrameReadings(list(readings), None), [])


def test_a_row_for_each_change_is_one_for_another_text_flag_or_confirmation(tmp_path):
    table = log(tmp_path / "t.csv", CHANGE)
    for k, each in enumerate([reading(), reading(), reading(flags=["cut"]), reading(), reading(confirmed=False)]):
        take(table, each, name=f"{k}.png")
    table.close()
    assert [row["frame"] for row in rows_of(tmp_path / "t.csv")] == ["0.png", "2.png", "3.png", "4.png"]


def test_a_shift_is_written_where_an_anchor_is_followed(tmp_path):
    table = log(tmp_path / "t.csv")
    table.take(frame(), FrameReadings([reading()], (1.5, -2.0)), [])
    table.close()
    [row] = rows_of(tmp_path / "t.csv")
    assert (row["shift_x"], row["shift_y"]) == ("1.5", "-2.0")


def test_two_runs_never_write_one_file(tmp_path):
    first = log(tmp_path / "t.csv")
    with pytest.raises(ReadoutError, match="another run: choose another --out"):
        log(tmp_path / "t.csv")
    first.close()
    log(tmp_path / "t.csv").close()
    assert (tmp_path / "t.csv").read_text() == ",".join(HEADER) + "\n"


def test_a_row_that_a_crash_cut_off_stays_and_the_next_one_begins_on_its_own_line(tmp_path):
    table = log(tmp_path / "t.csv")
    take(table, reading())
    table.close()
    torn = (tmp_path / "t.csv").read_bytes()[:-9]
    (tmp_path / "t.csv").write_bytes(torn)
    said = []
    table = log(tmp_path / "t.csv", said=said)
    take(table, reading(), name="b.png")
    table.close()
    assert "cut off by a crash" in said[0]
    lines = (tmp_path / "t.csv").read_bytes()
    assert lines.startswith(torn + b"\nb.png,")


@contextmanager
def limited(size):
    """The kernel refuses what would make a file larger than this, in the middle of a row, as a full disk does.

    Also the file that the test run itself may be written to: nothing else may be said meanwhile.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_rows_wait_while_the_disk_is_full_and_none_is_torn_or_lost(tmp_path):
    path, said = tmp_path / "t.csv", []
    board = Board("camera")
    table = CsvLog(path, FRAME, board, said.append)
    take(table, reading(), name="0.png")
    with limited(os.path.getsize(path) + 20):
        for k in range(1, 6):
            take(table, reading(), name=f"{k}.png")
    assert [row["frame"] for row in rows_of(path)] == ["0.png"]
    assert path.read_bytes().endswith(b"\n") and board.counts["csv_rows_waiting"] == 5
    take(table, reading(), name="6.png")
    table.close()
    assert [row["frame"] for row in rows_of(path)] == [f"{k}.png" for k in range(7)]
    assert board.counts["csv_rows_waiting"] == 0
    assert len(said) == 2 and "cannot be written" in said[0] and "can be written again" in said[1]


def replaced(path):
    """As an editor saves it."""
    path.with_suffix(".new").write_bytes(path.read_bytes())
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize(
    ("meddle", "kept", "word"),
    [
        (lambda path: path.unlink(), ["1.png"], "deleted or replaced"),
        (replaced, ["0.png", "1.png"], "deleted or replaced"),
        (lambda path: path.write_bytes(b""), ["1.png"], "cut by another program"),
    ],
    ids=["deleted", "replaced", "emptied"],
)
def test_rows_go_on_where_others_meddle_with_the_file(tmp_path, meddle, kept, word):
    """Written to what has no name any more, or behind a gap, rows would be lost."""
    path, said = tmp_path / "t.csv", []
    table = log(path, said=said)
    take(table, reading(), name="0.png")
    meddle(path)
    take(table, reading(), name="1.png")
    table.close()
    assert [row["frame"] for row in rows_of(path)] == kept and path.read_text().startswith("frame,")
    assert len(said) == 1 and word in said[0]


def test_rows_wait_while_another_table_is_there_instead(tmp_path):
    path, said = tmp_path / "t.csv", []
    table = log(path, said=said)
    take(table, reading(), name="0.png")
    path.unlink()
    path.write_text("my,own\n1,2\n")
    take(table, reading(), name="1.png")
    assert path.read_text() == "my,own\n1,2\n" and "begins with 'my,own" in said[0] and "Rows wait" in said[0]
    path.unlink()
    take(table, reading(), name="2.png")
    table.close()
    assert [row["frame"] for row in rows_of(path)] == ["1.png", "2.png"]


def test_a_readout_that_is_not_shown_has_no_confidence(tmp_path):
    path, board = tmp_path / "t.csv", Board("camera")
    nothing = Reading("0.png", "speed", (), "", None, 0.0, (), np.zeros(0), note="mark shows B", absent=True)
    table = CsvLog(path, FRAME, board, print)
    take(table, nothing.fields(), name="0.png")
    table.close()
    board.take("0.png", [nothing.fields()])
    [row], [told] = rows_of(path), board.snapshot()["readouts"]
    assert (row["confidence"], row["note"], told["latest"]["confidence"]) == ("", "mark shows B", None)


def test_only_so_many_rows_wait_and_those_that_are_lost_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("readout.watch.csv_log.MOST_WAITING", 3)
    path, said, board = tmp_path / "t.csv", [], Board("camera")
    table = CsvLog(path, FRAME, board, said.append)
    table.flush()
    with limited(os.path.getsize(path)):
        for k in range(5):
            take(table, reading(), name=f"{k}.png")
        table.close()
    assert board.counts["csv_rows_lost_total"] == 2
    assert any("more than 3 rows wait" in each and "are lost" in each for each in said)
    assert "3 rows could not be written" in said[-1]
