"""layout.json: what it says, and every way in which it can be wrong."""

import base64
import json
import math
import re
import zlib

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.layout import Layout, Readout
from readout.layout.link import from_link, to_link
from readout.layout.region import bounding_region

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


def test_equal_layouts_give_equal_text():
    one, two = (Layout((40, 24), (Readout("top", "#", ((x, 2.5, 3, 4.0),)),)) for x in (1, 1.0))
    assert one == two
    assert one.to_json() == two.to_json() == one.to_json().replace("1.0", "1")
    assert to_link(one) == to_link(two)


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
    "[]": "the layout is an object, got list: correct it",
    "null": "the layout is an object, got None",
    "{}": r"the layout has the field 'version', got none: add it",
}


@pytest.mark.parametrize(("text", "message"), NO_LAYOUT.items(), ids=range(len(NO_LAYOUT)))
def test_text_that_is_no_layout_is_refused(text, message):
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(text)


@pytest.mark.parametrize("field", ["version", "frame_size", "readouts"])
def test_a_layout_needs_each_field(layout_fields, field):
    del layout_fields[field]
    with pytest.raises(ReadoutError, match=f"the layout has the field '{field}', got .*: add it"):
        Layout.from_json(json.dumps(layout_fields))


@pytest.mark.parametrize("field", ["name", "format", "boxes"])
def test_a_readout_needs_each_field(layout_fields, field):
    del layout_fields["readouts"][0][field]
    with pytest.raises(ReadoutError, match=f"readout 0 has the field '{field}', got .*: add it"):
        Layout.from_json(json.dumps(layout_fields))


WRONG_FIELDS = [
    # field of the layout, value, what the message says
    ("version", 3, "version 1 to 2, got 3: use a newer Readout"),
    ("version", "1", "'version' of the layout is a whole number, got '1'"),
    ("version", True, "'version' of the layout is a whole number, got True"),
    ("frame_size", 40, "'frame_size' of the layout is a list, got 40"),
    ("frame_size", [40], r"frame_size is 2 numbers, got \[40\]"),
    ("frame_size", [40, "24"], "frame_size is 2 numbers"),
    ("frame_size", [40, 24.5], r"whole pixels, got \[40.0, 24.5\]"),
    ("frame_size", [40, 0], "whole pixels"),
    ("frame_size", [-40, 24], "whole pixels"),
    ("frame_size", [math.inf, 24], "a layout is JSON, got .*Infinity"),
    ("frame_size", [math.nan, 24], "a layout is JSON, got .*NaN"),
    ("readouts", {}, "'readouts' of the layout is a list, got dict"),
    ("readouts", [], "at least one readout, got none: add one"),
    ("readouts", ["top"], "readout 0 is an object, got 'top'"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG_FIELDS)
def test_a_wrong_field_is_refused(layout_fields, field, value, message):
    layout_fields[field] = value
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(json.dumps(layout_fields))


WRONG_READOUTS = [
    # field of the readout, value, what the message says
    ("name", "", "a readout needs a name, got ''"),
    ("name", 7, "'name' of readout 0 is a text, got 7"),
    ("format", None, "'format' of readout 0 is a text, got None"),
    ("format", "#", "one box for each '#', got format '#' and 2 boxes: add or remove"),
    ("format", "##.#", "one box for each '#', got format '##.#' and 2 boxes"),
    ("format", "", "one box for each '#'"),
    ("boxes", "none", "'boxes' of readout 0 is a list, got 'none'"),
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
    ([math.nan, 6, 8, 10], "a layout is JSON, got .*NaN is no JSON number"),
    ([14, 6, math.nan, 10], "a layout is JSON, got .*is no JSON number"),
    ([14, -math.inf, 8, 10], "a layout is JSON, got .*is no JSON number"),
    ([14, 6, 0, 10], "box 1: width and height are above 0, got 0.0 x 10.0: draw it again"),
    ([14, 6, 8, -10], "box 1: width and height are above 0"),
    ([14, 6, 1e-20, 10], "box 1: width and height are above 0"),
    ([-0.5, 6, 8, 10], r"box 1: a box lies inside the frame of 40 x 24, got .*: move it, or correct frame_size"),
    ([14, -1, 8, 10], "box 1: a box lies inside the frame"),
    ([32.5, 6, 8, 10], "box 1: a box lies inside the frame"),
    ([14, 14.001, 8, 10], "box 1: a box lies inside the frame"),
    ([1e9, 6, 8, 10], "box 1: a box lies inside the frame"),
]


def test_a_number_beyond_the_largest_is_refused(layout_fields):
    text = json.dumps(layout_fields).replace("[14,", "[1e999,")
    with pytest.raises(ReadoutError, match="box 1: a box is four finite numbers, got .*inf.*draw it again"):
        Layout.from_json(text)


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


# Other frame sizes


def some_layouts(count, seed=0):
    """Layouts at random, some of whose boxes end exactly at the frame's edge."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        width, height = (int(n) for n in rng.integers(1, 5000, 2))
        readouts = []
        for k in range(rng.integers(1, 4)):
            count = rng.integers(1, 6)
            x0, x1 = np.sort(rng.uniform(0, width, (2, count)), axis=0)
            y0, y1 = np.sort(rng.uniform(0, height, (2, count)), axis=0)
            x1, y1 = np.where(rng.random(len(x1)) < 0.3, width, x1), np.where(rng.random(len(y1)) < 0.3, height, y1)
            boxes = []
            for x, y, right, bottom in zip(x0.tolist(), y0.tolist(), x1.tolist(), y1.tolist(), strict=True):
                w, h = right - x, bottom - y
                w, h = (w if x + w <= width else w * (1 - 1e-15)), (h if y + h <= height else h * (1 - 1e-15))
                boxes.append((x, y, w, h))
            readouts.append(Readout(f"r{k}", "#" * len(boxes), tuple(boxes)))
        yield Layout((width, height), tuple(readouts))


def boxes_of(layout):
    return np.array([box for each in layout.readouts for box in each.boxes])


def test_scaling_to_the_same_size_changes_nothing():
    for layout in some_layouts(200):
        assert layout.scaled(layout.frame_size) == layout


def test_scaling_there_and_back_gives_the_same_boxes():
    rng = np.random.default_rng(1)
    for layout in some_layouts(500):
        size = tuple(int(n) for n in rng.integers(1, 9000, 2))
        back = layout.scaled(size).scaled(layout.frame_size)
        assert (back.frame_size, len(back.readouts)) == (layout.frame_size, len(layout.readouts))
        np.testing.assert_allclose(boxes_of(back), boxes_of(layout), rtol=0, atol=1e-9)


SCALED = [
    # frame size, box, new frame size, new box
    ((100, 50), (10, 20, 30, 10), (200, 50), (20, 20, 60, 10)),
    ((100, 50), (10, 20, 30, 10), (50, 100), (5, 40, 15, 20)),
    ((100, 50), (0, 0, 100, 50), (7, 3), (0, 0, 7, 3)),
    ((1920, 1080), (0.5, 1079, 1, 1), (3840, 2160), (1, 2158, 2, 2)),
]


@pytest.mark.parametrize(("size", "box", "new_size", "new_box"), SCALED)
def test_a_layout_scales_in_both_directions(size, box, new_size, new_box):
    scaled = Layout(size, (Readout("top", "#", (box,)),)).scaled(new_size)
    assert scaled == Layout(new_size, (Readout("top", "#", (new_box,)),))


@pytest.mark.parametrize("size", [(0, 10), (10, -1), (10.5, 10)])
def test_a_layout_does_not_scale_to_no_size(size):
    with pytest.raises(ReadoutError, match="whole pixels, got .*: correct it"):
        Layout((40, 24), (readout("#"),)).scaled(size)


# Links


def test_a_link_gives_the_layout_back_in_characters_that_need_no_escape():
    layouts = [*some_layouts(50), Layout((40, 24), (readout("-# °C", "Höhe \udcff"), readout("#", "top")))]
    for layout in layouts:
        link = to_link(layout)
        assert from_link(link) == from_link(f" {link}\n") == layout
        assert re.fullmatch(r"[A-Za-z0-9_-]+", link)


def test_the_bundled_layouts_link_is_short(data_folder):
    assert len(to_link(Layout.load(data_folder / "layout.json"))) < 200


def link_of(data, whole=True):
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflater.compress(data) + (deflater.flush() if whole else b"")
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


GOOD = Layout((40, 24), (readout("#"),))
NO_LINK = {
    # what: text, what the message says
    "nothing": ("", "a link holds one layout, whole, got 0 characters that hold none: copy the link again"),
    "a word": ("layout", "a link holds one layout"),
    "a whole address": ("https://example.org/#layout=abc", "a link holds one layout"),
    "not ASCII": ("Höhe", "a link holds one layout"),
    "cut short": (to_link(GOOD)[:-4], "a link holds one layout"),
    "cut by one": (to_link(GOOD)[:-1], "a link holds one layout"),
    "more behind it": (link_of(b"{}") + "AAAA", "a link holds one layout"),
    "a bomb": (link_of(b" " * (1 << 20) + b"{}"), "whole, got more than 262144 bytes"),
    "a larger bomb": (link_of(b"0" * 10_000_000), "whole, got more than 262144 bytes"),
    "endless": ("A" * 20_000, "at most 16384 characters, got 20000: share its layout.json"),
    "no JSON": (link_of(b"layout"), "the link holds no layout .*a layout is JSON"),
    "no text": (link_of(b"\xff\xfe"), "a link holds one layout"),
    "no layout": (link_of(b"[]"), "the link holds no layout .*is an object, got list"),
    "a newer one": (link_of(b'{"version": 3}'), "version 1 to 2, got 3: use a newer Readout"),
}


@pytest.mark.parametrize(("text", "message"), NO_LINK.values(), ids=NO_LINK)
def test_text_that_is_no_link_is_refused(text, message):
    with pytest.raises(ReadoutError, match=message):
        from_link(text)


def test_a_layout_too_large_for_a_link_is_shared_as_a_file():
    rng = np.random.default_rng(0)
    boxes = tuple((*box, 1.0, 1.0) for box in rng.uniform(0, 1000, (2000, 2)).tolist())
    with pytest.raises(ReadoutError, match="at most 16384 characters, this layout takes .*layout.json"):
        to_link(Layout((1024, 1024), (Readout("all", "#" * len(boxes), boxes),)))


def test_of_a_frame_half_a_window_is_kept_on_each_side():
    window = Readout("n", window=(100.0, 100.0, 80.0, 20.0))
    assert bounding_region(window, (640, 480)).box == (60, 90, 160, 40)
    assert bounding_region(window, (640, 480), more=5).box == (55, 85, 170, 50)
    assert bounding_region(window, (190, 105)).box == (60, 90, 130, 15)
    small = Readout("n", window=(100.0, 100.0, 12.0, 20.0))
    assert bounding_region(small, (640, 480)).box == (80, 90, 52, 40)
