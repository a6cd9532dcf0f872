"""Fixed boxes are checked by the reader of windows: what they cannot hold is flagged, what is right is not."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from readout.cli.main import main
from readout.layout.layout import Layout, Readout
from readout.readings.column import Column
from readout.readings.comparison import compare
from readout.readings.cross_check import (
    contradicts,
    has_empty_eight,
    has_no_point,
    is_dark,
    settle_checks,
    with_checks,
)
from readout.readings.line import Line
from readout.readings.line_column import LineColumn
from readout.readings.reading import CHECK, DISPUTED, FLAGS
from tests.core.displays import drawn

DIGITS = tuple("0123456789")


def row_of_boxes(count, left=40.0, step=20.0, name="speed", pattern=None):
    boxes = tuple((left + k * step, 10.0, 18.0, 30.0) for k in range(count))
    return Readout(name, pattern or "#" * count, boxes)


def line(*texts):
    return Line(tuple(text for text, _ in texts), tuple(p for _, p in texts))


def test_a_row_of_boxes_is_checked_by_a_window_one_digit_wider_on_either_side():
    boxes, window = with_checks(Layout((200, 60), (row_of_boxes(3),))).readouts
    assert window.name == boxes.name + CHECK
    assert window.window == (20.0, 10.0, 98.0, 30.0)


def test_a_window_that_checks_ends_at_the_frame_and_at_other_boxes():
    near = row_of_boxes(2, left=5.0, name="near")
    right = row_of_boxes(2, left=50.0, name="right")
    windows = with_checks(Layout((200, 60), (near, right))).readouts[2:]
    assert [window.window[:1] + window.window[2:3] for window in windows] == [(0.0, 50.0), (43.0, 65.0)]


def test_boxes_that_are_no_row_are_not_checked():
    first, second = row_of_boxes(2).boxes
    readout = Readout("speed", "##", (first, (second[0], second[1] + 40.0, *second[2:])))
    layout = Layout((200, 100), (readout,))
    assert with_checks(layout) == layout


@pytest.mark.parametrize("turn", [0, 180, -180])
def test_boxes_that_run_from_right_to_left_are_checked_as_seen_upside_down(turn):
    upright = with_checks(Layout((200, 100), (row_of_boxes(3),))).readouts[1]
    boxes = row_of_boxes(3).boxes
    readout = Readout("speed", "###", boxes if turn else boxes[::-1], turn=turn)
    window = with_checks(Layout((200, 100), (readout,))).readouts[1]
    assert window.window == pytest.approx(upright.window) and window.turn == (0 if turn else 180)


@pytest.mark.parametrize(
    ("shown", "read", "disputed"),
    [
        ("00", [("100", 0.99)], True),
        ("8998", [("998", 0.99)], True),
        ("885.2", [("-885.2", 0.95)], True),
        ("2.345", [("23.45", 0.97)], True),
        ("88.88", [("", 0.5), ("8", 0.35), ("88", 0.1)], True),
        ("2.345", [("2345", 0.9)], False),
        ("2.345", [("2,345", 0.9)], False),
        ("12:34", [("12.34", 0.9)], False),
        ("2.345", [("23.45", 0.6), ("2.345", 0.4)], False),
        ("2.345", [("23.45", 0.8), ("2345", 0.1), ("23,45", 0.05), ("2.345", 0.05)], True),
        ("80.93", [("00.93", 0.85), ("80.93", 0.12)], False),
        ("8402", [("402", 0.85), ("8402", 0.12)], True),
        ("12", [("17", 0.3), ("72", 0.2)], False),
        ("1?", [("100", 0.99)], False),
    ],
)
def test_boxes_are_disputed_where_the_whole_number_leaves_them_little_chance(shown, read, disputed):
    assert contradicts(line(*read), shown) is disputed


@pytest.mark.parametrize(
    ("shown", "read", "elsewhere", "alone"),
    [
        ("9.876", [("9876", 0.87), ("3876", 0.04)], True, False),
        ("12.345", [("1234.5", 0.39), ("1234.65", 0.19)], True, True),
        (" ,980", [("980", 1.0)], True, False),
        ("10.01", [("1001", 0.65), ("10.01", 0.3)], False, False),
        ("12.34", [("12,34", 0.9)], False, False),
        ("12:34", [("1234", 0.99)], False, False),
        ("1234", [("12.34", 0.99)], False, False),
        ("9.876", [("9876", 0.2), ("98", 0.2)], False, False),
    ],
)
def test_a_point_that_is_gone_is_missed_where_other_frames_show_it(shown, read, elsewhere, alone):
    """Where no frame shows one it may be too small to be seen; at another place it counts at once."""
    assert has_no_point(line(*read), shown, has_points=True) is elsewhere
    assert has_no_point(line(*read), shown, has_points=False) is alone


@pytest.mark.parametrize(
    ("others", "flags"),
    [([("1.1", 0.99)], [0, 0, 1]), ([("11", 0.99)], [0, 0, 0]), ([("11", 0.8), ("1.1", 0.2)], [0, 0, 0])],
    ids=["plain", "none", "faint"],
)
def test_a_number_without_the_point_that_the_others_have_is_disputed(others, flags):
    readout, window = with_checks(Layout((200, 60), (row_of_boxes(2, pattern="#.#"),))).readouts
    seen = np.zeros((3, 2, 10), np.float32)
    seen[:2, :, 1] = seen[2, :, 2] = 1
    boxes = Column.dense(readout, DIGITS, seen, np.zeros((3, 2), np.float32), np.ones(3, bool))
    lines = LineColumn(window, DIGITS, [line(*others), line(("22", 0.99))], np.array([0, 0, 1]))
    settled = settle_checks({readout.name: boxes, window.name: lines})[readout.name]
    assert settled.texts == ["1.1", "1.1", "2.2"]
    assert (settled.flags >> FLAGS.index(DISPUTED) & 1).tolist() == flags


@pytest.mark.parametrize(
    ("shown", "contrast", "dark"),
    [("88.88", 30, True), ("88.88", 70, False), ("88.88", 0, False), ("88.98", 30, False), ("", 30, False)],
)
def test_eights_fainter_than_all_else_are_a_dark_display(shown, contrast, dark):
    """A contrast of 0 is not known: windows that were looked at before did not say it."""
    assert is_dark(Line((shown,), (0.9,), contrast=contrast), shown, 100.0) is dark


@pytest.mark.parametrize(
    ("shown", "inked", "unlit"),
    [
        ("8402", (1, 2, 3), True),
        ("8402", (0, 1, 2, 3), False),
        ("7402", (1, 2, 3), False),
        ("8888", (), False),
        ("8 88", (2,), True),
    ],
)
def test_an_eight_without_ink_beside_digits_with_ink_is_not_lit(shown, inked, unlit):
    boxes, window = with_checks(Layout((200, 60), (row_of_boxes(4),))).readouts
    left, _, width, _ = window.window
    ink = tuple(((boxes.boxes[k][0] + 4 - left) / width, (boxes.boxes[k][0] + 14 - left) / width) for k in inked)
    assert has_empty_eight(Line((shown,), (0.9,), ink=ink), shown, boxes, window) is unlit


def test_a_dark_display_is_disputed_by_what_its_other_frames_show():
    readout, window = with_checks(Layout((200, 60), (row_of_boxes(2),))).readouts
    seen = np.zeros((4, 2, 10), np.float32)
    seen[:2, :, 1] = seen[2:, :, 8] = 1
    boxes = Column.dense(readout, DIGITS, seen, np.zeros((4, 2), np.float32), np.ones(4, bool))
    strips = [
        Line((text,), (0.99,), contrast=contrast) for text, contrast in (("11", 90.0), ("88", 20.0), ("88", 80.0))
    ]
    columns = {readout.name: boxes, window.name: LineColumn(window, DIGITS, strips, np.array([0, 0, 1, 2]))}
    flags = settle_checks(columns)[readout.name].flags >> FLAGS.index(DISPUTED) & 1
    assert flags.tolist() == [0, 0, 1, 0]


def test_disputed_readings_carry_the_flag_and_the_window_is_gone():
    readout, window = with_checks(Layout((200, 60), (row_of_boxes(2),))).readouts
    seen = np.zeros((3, 2, 10), np.float32)
    seen[..., 0] = 1
    boxes = Column.dense(readout, DIGITS, seen, np.zeros((3, 2), np.float32), np.array([True, True, False]))
    lines = LineColumn(window, DIGITS, [line(("00", 0.99)), line(("100", 0.99))], np.array([0, 1, 1]))
    columns = settle_checks({readout.name: boxes, window.name: lines})
    assert list(columns) == ["speed"]
    assert [columns["speed"].reading(k, "a.png").flags for k in range(2)] == [(), ("disputed",)]
    assert columns["speed"].flags[2] == 0


def test_a_number_that_outgrew_its_boxes_is_flagged_on_the_command_line(tmp_path):
    """Boxes for the last two digits: 45 stands alone in one picture, after a 3 in the other."""
    frames = tmp_path / "frames"
    frames.mkdir()
    pitch = 0.7 * 24
    for name, text in (("1.png", "45"), ("2.png", "345")):
        shift = (len(text) - 2) * pitch / 2
        Image.fromarray(np.roll(drawn(text), -round(shift), axis=1)).save(frames / name)
    left = 80 - pitch - 0.15 * 24
    boxes = [[left + k * pitch, 8, pitch, 32] for k in range(2)]
    layout = {"version": 1, "frame_size": [160, 48], "readouts": [{"name": "n", "format": "##", "boxes": boxes}]}
    (tmp_path / "layout.json").write_text(json.dumps(layout))
    out = tmp_path / "out.csv"
    assert main(["read", str(frames), "--train", "data", "--sets", "0", "--layout", str(tmp_path / "layout.json"),
                 "--out", str(out)]) == 0  # fmt: skip
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == ["45", "45"]
    assert "disputed" not in rows[0]["flags"] and "disputed" in rows[1]["flags"]


@pytest.mark.parametrize("disputed", [1, 3, 4, 7])
@pytest.mark.parametrize("shared", [False, True], ids=["each its look", "one look"])
def test_a_disputed_reading_is_not_confirmed_however_often_it_is_seen(disputed, shared):
    """Boxes look alike, and the digit beside them comes and goes."""
    readout = row_of_boxes(2)
    looks = np.zeros((17, 10), np.float32)
    looks[:16, 0] = 1
    index = np.zeros((8, 2), np.int32) if shared else np.arange(16, dtype=np.int32).reshape(8, 2)
    boxes = Column(readout, DIGITS, looks, np.zeros(17, np.float32), index)
    assert compare(boxes).confirmed.all()
    boxes.dispute(np.arange(8) >= 8 - disputed)
    found = compare(boxes)
    assert found.confirmed.tolist() == [True] * (8 - disputed) + [False] * disputed
    assert ((found.flags >> FLAGS.index(DISPUTED) & 1) > 0).tolist() == (np.arange(8) >= 8 - disputed).tolist()
    assert found.wrong[: 8 - disputed].max() < 0.01 and found.wrong[8 - disputed :].min() > 0.5
