"""layout.json: what it says, and every way in which it can be wrong."""

import json
import math

import pytest

from readout.errors import ReadoutError
from readout.layout import Layout, Readout

BOX = (1.0, 2.0, 3.0, 4.0)


def readout(format_="##.##", name="top"):
    return Readout(name, format_, (BOX,) * format_.count("#"))


# Formats


COMPOSED = [
    # format, labels, text
    ("##.##", ["7", "9", "0", "5"], "79.05"),
    ("#", ["4"], "4"),
    ("##:##", ["0", "9", "5", "9"], "09:59"),
    ("-# °C", ["3"], "-3 °C"),
    ("# ###", ["1", "0", "2", "4"], "1 024"),
    ("##", ["A", "é"], "Aé"),
]


@pytest.mark.parametrize(("format_", "labels", "text"), COMPOSED)
def test_a_format_turns_labels_into_text_and_back(format_, labels, text):
    assert readout(format_).compose(labels) == text
    assert readout(format_).split(text) == labels


def test_a_label_may_be_a_word():
    assert readout("##").compose(["minus", "5"]) == "minus5"


@pytest.mark.parametrize("text", ["", "9.05", "79.055", "7905", "79,05", "7 .05", "79.05 ", " 9.05", "7\t.05"])
def test_a_text_that_does_not_follow_the_format_is_refused(text):
    with pytest.raises(ReadoutError, match="'top' shows '##.##'.*got .*correct the reading or the format"):
        readout().split(text)


# Files


def test_a_layout_survives_the_round_trip():
    layout = Layout(
        (1024, 768),
        (Readout("top", "##.#", ((929.5, 37.25, 8.0, 10.0), (0.0, 0.0, 1024.0, 768.0), BOX)), readout("#", "Höhe")),
    )
    assert Layout.from_json(layout.to_json()) == layout


def test_the_bundled_layout_is_the_documented_one(data_folder):
    layout = Layout.load(data_folder / "layout.json")
    assert layout.frame_size == (1024, 768)
    assert [(each.name, each.format) for each in layout.readouts] == [("top", "##.##"), ("bottom", "##.##")]
    assert layout.readouts[0].boxes == ((929, 37, 8, 10), (935.5, 37, 8, 10), (944.5, 37, 8, 10), (951, 37, 8, 10))


def test_fields_that_are_not_known_are_left_alone(layout_fields):
    layout_fields["note"] = "drawn on a Monday"
    assert Layout.from_json(json.dumps(layout_fields)).frame_size == (40, 24)


def test_a_byte_order_mark_does_not_matter(tmp_path, layout_fields):
    path = tmp_path / "layout.json"
    path.write_text(json.dumps(layout_fields), encoding="utf-8-sig")
    assert Layout.load(path) == Layout.from_json(json.dumps(layout_fields))


NO_LAYOUT = {
    # text: what the message says
    "": "a layout is JSON.*correct that place",
    "{'version': 1}": "a layout is JSON.*line 1 column 2",
    '{"version": 1,': "a layout is JSON.*correct that place",
    "[" * 100_000: "a layout is JSON.*correct that place",
    "1" * 5000: "a layout is JSON.*correct that place",
    "[]": "the layout is a JSON object, got list.*README",
    "null": "the layout is a JSON object, got NoneType",
    "{}": r"the layout lacks the field 'version', got \[\]: add it",
}


@pytest.mark.parametrize(("text", "message"), NO_LAYOUT.items(), ids=range(len(NO_LAYOUT)))
def test_text_that_is_no_layout_is_refused(text, message):
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(text)


@pytest.mark.parametrize("field", ["version", "frame_size", "readouts"])
def test_a_layout_needs_each_field(layout_fields, field):
    del layout_fields[field]
    with pytest.raises(ReadoutError, match=f"the layout lacks the field '{field}', got .*: add it"):
        Layout.from_json(json.dumps(layout_fields))


@pytest.mark.parametrize("field", ["name", "format", "boxes"])
def test_a_readout_needs_each_field(layout_fields, field):
    del layout_fields["readouts"][0][field]
    with pytest.raises(ReadoutError, match=f"readout 0 lacks the field '{field}', got .*: add it"):
        Layout.from_json(json.dumps(layout_fields))


WRONG_FIELDS = [
    # field of the layout, value, what the message says
    ("version", 2, "version 1, got 2: use a newer Readout"),
    ("version", "1", "'version' is a JSON int, got '1'"),
    ("version", True, "'version' is a JSON int, got True"),
    ("frame_size", 40, "'frame_size' is a JSON list, got 40"),
    ("frame_size", [40], r"frame_size is 2 numbers, got \[40\]"),
    ("frame_size", [40, "24"], "frame_size is 2 numbers"),
    ("frame_size", [40, 24.5], r"whole pixels, got \[40.0, 24.5\]"),
    ("frame_size", [40, 0], "whole pixels"),
    ("frame_size", [-40, 24], "whole pixels"),
    ("frame_size", [math.inf, 24], "whole pixels"),
    ("frame_size", [math.nan, 24], "whole pixels"),
    ("readouts", {}, "'readouts' is a JSON list, got {}"),
    ("readouts", [], "at least one readout, got none: add one"),
    ("readouts", ["top"], "readout 0 is a JSON object, got str"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG_FIELDS)
def test_a_wrong_field_is_refused(layout_fields, field, value, message):
    layout_fields[field] = value
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(json.dumps(layout_fields))


WRONG_READOUTS = [
    # field of the readout, value, what the message says
    ("name", "", "a readout needs a name, got ''"),
    ("name", 7, "'name' is a JSON str, got 7"),
    ("format", None, "'format' is a JSON str, got None"),
    ("format", "#", "one box for each '#', got format '#' and 2 boxes: add or remove"),
    ("format", "##.#", "one box for each '#', got format '##.#' and 2 boxes"),
    ("format", "", "one box for each '#'"),
    ("boxes", "none", "'boxes' is a JSON list, got 'none'"),
    ("boxes", [], "one box for each '#', got format '#.#' and 0 boxes"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG_READOUTS)
def test_a_wrong_readout_is_refused(layout_fields, field, value, message):
    layout_fields["readouts"][0][field] = value
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(json.dumps(layout_fields))


def test_a_readout_without_any_box_is_refused():
    with pytest.raises(ReadoutError, match="one box for each '#', got format '12.5' and 0 boxes"):
        Readout("top", "12.5", ())


WRONG_BOXES = [
    # box (in a frame of 40 x 24), what the message says
    ([14, 6, 8], r"readout 0, box 1 is 4 numbers, got \[14, 6, 8\]"),
    ([14, 6, 8, 10, 1], "box 1 is 4 numbers"),
    (None, "box 1 is 4 numbers, got None"),
    ([14, 6, "8", 10], "box 1 is 4 numbers"),
    ([14, 6, True, 10], "box 1 is 4 numbers"),
    ([14, 6, 8, None], "box 1 is 4 numbers"),
    ([10**400, 6, 8, 10], "box 1 is 4 numbers below 1e308"),
    ([math.nan, 6, 8, 10], "'main', box 1: a box is four finite numbers, got .*nan.*draw it again"),
    ([14, 6, math.nan, 10], "box 1: a box is four finite numbers"),
    ([14, -math.inf, 8, 10], "box 1: a box is four finite numbers"),
    ([14, 6, 0, 10], "box 1: width and height are above 0, got 0.0 x 10.0: draw it again"),
    ([14, 6, 8, -10], "box 1: width and height are above 0"),
    ([14, 6, 1e-20, 10], "box 1: width and height are above 0"),
    ([-0.5, 6, 8, 10], r"box 1: a box lies inside the frame of 40 x 24, got .*: move it, or correct frame_size"),
    ([14, -1, 8, 10], "box 1: a box lies inside the frame"),
    ([32.5, 6, 8, 10], "box 1: a box lies inside the frame"),
    ([14, 14.001, 8, 10], "box 1: a box lies inside the frame"),
    ([1e9, 6, 8, 10], "box 1: a box lies inside the frame"),
]


@pytest.mark.parametrize(("box", "message"), WRONG_BOXES)
def test_a_wrong_box_is_refused(layout_fields, box, message):
    layout_fields["readouts"][0]["boxes"][1] = box
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(json.dumps(layout_fields))


@pytest.mark.parametrize("box", [[0, 0, 40, 24], [32, 14, 8, 10], [39.5, 23.25, 0.5, 0.75], [0, 0, 0.1, 0.1]])
def test_a_box_may_touch_the_frame_and_be_small(layout_fields, box):
    layout_fields["readouts"][0]["boxes"][1] = box
    assert Layout.from_json(json.dumps(layout_fields)).readouts[0].boxes[1] == tuple(box)


def test_readouts_need_different_names():
    with pytest.raises(ReadoutError, match=r"different names, got \['top', 'top'\]: rename one"):
        Layout((40, 24), (readout(), readout()))


LOADING = [
    # content of layout.json, what the message says
    (None, "layout.json cannot be read .*give a layout with --layout"),
    (b"{", "layout.json: a layout is JSON"),
    (b"\xff\xfe{\x00}\x00", "layout.json: "),
]


@pytest.mark.parametrize(("content", "message"), LOADING)
def test_a_file_that_cannot_be_loaded_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "layout.json").write_bytes(content)
    with pytest.raises(ReadoutError, match=message):
        Layout.load(tmp_path / "layout.json")


# Frames


def test_a_frame_of_another_size_is_refused():
    layout = Layout((40, 24), (readout("#"),))
    layout.check_frame((24, 40, 3), "right.png")
    with pytest.raises(ReadoutError, match="turned.png is 24 x 40, the layout is for frames of 40 x 24: use frames"):
        layout.check_frame((40, 24, 3), "turned.png")
