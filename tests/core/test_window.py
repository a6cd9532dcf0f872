"""Windows: what a layout says of them, what a constraint allows, and how a turned one becomes a strip."""

import json

import numpy as np
import pytest
from PIL import Image

from readout.errors import ReadoutError
from readout.imaging.crops import cut
from readout.imaging.strips import WindowCrop, strip_width, strips_to_tensor
from readout.layout.box import hull
from readout.layout.constraint import Constraint
from readout.layout.layout import Layout, Readout
from readout.layout.link import from_link, to_link

SIZE = (200, 100)


def layout_of(**fields):
    return json.dumps({"version": 2, "frame_size": SIZE, "readouts": [{"name": "speed", **fields}]})


def test_a_window_comes_back_from_json_and_from_a_link():
    layout = Layout.from_json(layout_of(window=[20, 30, 80, 24.5], turn=-3.5, constraint="##.##", mirror=True))
    assert Layout.from_json(layout.to_json()) == from_link(to_link(layout)) == layout
    assert layout.readouts[0].window == (20, 30, 80, 24.5) and json.loads(layout.to_json())["version"] == 2


def test_boxes_alone_are_written_as_older_programs_read_them():
    boxes = {"name": "top", "format": "#", "boxes": [[1, 2, 3, 4]]}
    layout = Layout.from_json(json.dumps({"version": 2, "frame_size": SIZE, "readouts": [boxes]}))
    assert json.loads(layout.to_json()) == {"version": 1, "frame_size": list(SIZE), "readouts": [boxes]}


def test_both_kinds_stand_side_by_side():
    boxes = {"name": "top", "format": "#", "boxes": [[1, 2, 3, 4]]}
    window = {"name": "speed", "window": [20, 30, 80, 24]}
    layout = Layout.from_json(json.dumps({"version": 2, "frame_size": SIZE, "readouts": [boxes, window]}))
    assert [readout.window is None for readout in layout.readouts] == [True, False]
    assert layout.scaled((400, 200)).readouts[1].window == (40, 60, 160, 48)


@pytest.mark.parametrize("turn", [0, 10, -37, 90])
def test_the_box_around_a_turned_window_holds_its_corners(turn):
    x, y, w, h = window = (60.0, 40.0, 50.0, 20.0)
    left, top, width, height = hull(window, turn)
    angle = np.radians(turn)
    corners = [(sx * w / 2, sy * h / 2) for sx in (-1, 1) for sy in (-1, 1)]
    xs = [x + w / 2 + u * np.cos(angle) - v * np.sin(angle) for u, v in corners]
    ys = [y + h / 2 + u * np.sin(angle) + v * np.cos(angle) for u, v in corners]
    assert (left, top) == pytest.approx((min(xs), min(ys)))
    assert (left + width, top + height) == pytest.approx((max(xs), max(ys)))


WRONG = [
    ({"window": [20, 30, 80]}, "window is 4 numbers"),
    ({"window": "all"}, "window is a list"),
    ({"window": [20, 30, 0, 24]}, "width and height are above 0"),
    ({"window": [20, 30, 800, 24]}, "lies inside the frame"),
    ({"window": [0, 30, 80, 24], "turn": 30}, "lies inside the frame"),
    ({"window": [20, 30, 80, 24], "mirror": 1}, "mirror is true or false, got 1"),
    ({"window": [20, 30, 80, 24], "turn": "left"}, "turn is degrees, got 'left'"),
    ({"window": [20, 30, 80, 24], "turn": 400}, "turn is from -180 to 180 degrees, got 400"),
    ({"window": [20, 30, 80, 24], "constraint": "at most three"}, "a constraint is a mask such as ##.##"),
    ({"window": [20, 30, 80, 24], "constraint": 3}, "constraint is a text"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_a_wrong_window_is_refused(fields, message):
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(layout_of(**fields))


def test_a_readout_has_boxes_or_a_window():
    with pytest.raises(ReadoutError, match="either boxes with a format or a window, got both"):
        Readout("a", "#", ((0, 0, 1, 1),), window=(0, 0, 1, 1))


CONSTRAINTS = [
    # constraint, text, may it begin like that, does it obey
    ("##.##", "12.34", True, True),
    ("##.##", "12", True, False),
    ("##.##", "1.2", False, False),
    ("##.##", "12.345", False, False),
    ("-#:##", "-1:23", True, True),
    ("digits<=3", "123", True, True),
    ("digits<=3", "1234", False, False),
    ("digits=4", "123", True, False),
    ("digits=4", "12.34", True, True),
    ("decimals=2", "1.23", True, True),
    ("decimals=2", "123", True, False),
    ("decimals=2", "1.234", False, False),
    ("digits<=4 decimals=1", "123,4", True, True),
    ("digits<=4 decimals=1", "", True, True),
]


@pytest.mark.parametrize(
    ("constraint", "digits", "text"),
    [
        ("##.##", "2259", "22.59"),
        ("-#.#", "-12", "-1.2"),
        ("##.##", "225", ""),
        ("##.##", "22591", ""),
        ("decimals=2", "2259", "22.59"),
        ("decimals=2", "-2259", "-22.59"),
        ("decimals=2", "5", ""),
        ("decimals=0", "325", "325"),
        ("digits=3 decimals=1", "2259", ""),
    ],
)
def test_a_point_that_was_passed_over_stands_where_it_is_stated(constraint, digits, text):
    assert Constraint.parse(constraint).with_point(digits) == text


@pytest.mark.parametrize(("constraint", "text", "begins", "obeys"), CONSTRAINTS)
def test_a_constraint(constraint, text, begins, obeys):
    rule = Constraint.parse(constraint)
    assert (rule.may_begin(text), rule.accepts(text)) == (begins, obeys)


@pytest.mark.parametrize("text", ["", "12", "digits", "digits=1000", "decimals=2 decimals=3", "#" * 41])
def test_what_is_no_constraint_is_refused(text):
    with pytest.raises(ReadoutError, match="a constraint is a mask"):
        Constraint.parse(text)


def picture(seed=0):
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (10, 20, 3), np.uint8))
    return np.asarray(small.resize(SIZE, Image.Resampling.BICUBIC))


def strip_of(frame, window, turn=0.0, mirror=False):
    [crop] = cut(frame, [hull(window, turn)])
    return WindowCrop.of(crop, window, turn, mirror).strip


def test_a_strip_is_what_pillow_makes_of_the_window():
    window = (20.5, 30.0, 81.0, 24.5)
    block = Image.fromarray(picture()[30:55, 20:102])
    size = strip_width(81.0, 24.5), 32
    expected = block.resize(size, Image.Resampling.BILINEAR, box=(0.5, 0, 81.5, 24.5))
    assert (strip_of(picture(), window) == np.asarray(expected)).all()


@pytest.mark.parametrize("turn", [90, -90, 180])
def test_a_quarter_turn_is_the_turned_pictures_strip(turn):
    frame, window = picture(1), (80.0, 30.0, 40.0, 40.0)
    turned = np.rot90(frame, turn // 90)  # so that the window's left is the picture's left
    x, y = {90: (30, 80), -90: (30, 80), 180: (80, 30)}[turn]
    upright = strip_of(np.ascontiguousarray(turned), (float(x), float(y), 40.0, 40.0))
    assert np.abs(strip_of(frame, window, turn).astype(int) - upright).max() <= 12


@pytest.mark.parametrize("turn", [0.0, 180.0, 7.0])
def test_a_mirrored_window_is_the_same_from_right_to_left(turn):
    frame, window = picture(3), (60.0, 40.0, 60.0, 20.0)
    level, mirrored = strip_of(frame, window, turn), strip_of(frame, window, turn, mirror=True)
    assert (mirrored == level[:, ::-1]).all()
    [crop] = cut(frame, [window])
    assert WindowCrop.of(crop, window, 0.0).key != WindowCrop.of(crop, window, 0.0, True).key


def test_a_small_turn_changes_little_and_a_key_tells_turns_apart():
    frame, window = picture(2), (60.0, 40.0, 60.0, 20.0)
    level, turned = strip_of(frame, window), strip_of(frame, window, 0.01)
    assert np.abs(level.astype(int) - turned).max() <= 6
    [crop] = cut(frame, [window])
    assert WindowCrop.of(crop, window, 0.0).key != WindowCrop.of(crop, window, 0.01).key != crop.key


def test_strips_of_one_pixel_and_of_extreme_shapes_become_tensors():
    frame = picture()
    for window in ((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 200.0, 1.0), (0.0, 0.0, 1.0, 100.0)):
        tensor = strips_to_tensor([strip_of(frame, window)])
        assert tensor.shape[:3] == (1, 3, 32) and tensor.shape[3] % 8 == 0 and np.abs(tensor).max() <= 1
