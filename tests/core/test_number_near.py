"""A click near a number: it is read in windows of many heights, also where the search of the frame passed it over."""

import numpy as np
import pytest
from PIL import Image

from readout.model.onnx_backbone import OnnxBackbone
from readout.model.steps import drive
from readout.readings.number_finder import NumberFinder
from readout.readings.recognizer import LINES, read_windows
from tests.core.displays import drawn

SIZE = 640, 400


@pytest.fixture(scope="module")
def near():
    """Looks for the number near a point of a frame with the bundled line backbone."""
    backbone, head = OnnxBackbone.named(LINES), read_windows().head
    finder = NumberFinder(backbone.prior, head)
    return lambda frame, point: drive(finder.near(frame, point), backbone.embed)


def scene(*numbers, seed=0):
    """Displays (text, x, y, size of the display in sizes of a drawn one) on a blurred ground of many colours."""
    rng = np.random.default_rng(seed)
    ground = Image.fromarray(rng.integers(0, 255, (5, 8, 3), dtype=np.uint8)).resize(SIZE)
    for text, x, y, scale in numbers:
        ground.paste(Image.fromarray(drawn(text, seed)).resize((round(160 * scale), round(48 * scale))), (x, y))
    return np.clip(np.asarray(ground, float) + rng.normal(0, 6, (SIZE[1], SIZE[0], 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("scale", [0.7, 1.2, 2, 3.2])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (-20, 6), (24, -8)])
def test_a_number_of_any_size_is_found_from_any_point_of_it(near, scale, dx, dy):
    frame = scene(("2735", 60, 100, scale))
    middle = 60 + 80 * scale, 100 + 24 * scale
    (found,) = near(frame, (middle[0] + dx * scale, middle[1] + dy * scale))
    assert found.texts == ["2735"]
    x, y, width, height = found.window
    assert x < middle[0] < x + width and y < middle[1] < y + height
    assert 24 * scale < height < 60 * scale


def test_of_two_numbers_the_nearer_one_is_found(near):
    frame = scene(("2735", 40, 60, 1.5), ("864", 360, 260, 1.5))
    assert [each.texts for each in near(frame, (160, 100))] == [["2735"]]
    assert [each.texts for each in near(frame, (480, 300))] == [["864"]]


def test_of_two_numbers_in_one_line_the_nearer_one_is_found(near):
    frame = np.full((400, 640, 3), 30, np.uint8)
    frame[100:148, 40:110], frame[100:148, 118:188] = drawn("735", 1)[:, 45:115], drawn("864", 1)[:, 45:115]
    assert [each.texts for each in near(frame, (75, 124))] == [["735"]]
    assert [each.texts for each in near(frame, (153, 124))] == [["864"]]


def test_where_no_number_is_none_is_found(near):
    assert near(scene(("2735", 40, 60, 1)), (500, 330)) == []


@pytest.mark.parametrize("point", [(0, 0), (639, 399), (-5, 1000)])
def test_a_point_at_the_edge_or_outside_is_no_error(near, point):
    assert near(scene(), point) == []


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3)])
def test_a_frame_of_any_shape_is_no_error(near, size):
    assert near(np.zeros((*size, 3), np.uint8), (0, 0)) == []
