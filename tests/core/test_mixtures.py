"""Frames caught while a display changed, by their pixels: a blend of both values is changing, another value is not."""

import numpy as np
import pytest

from readout.imaging.patch import Patch
from readout.layout.layout import Readout
from readout.readings.comparison import compare
from readout.readings.reading import CHANGING, FLAGS, JUMP
from readout.readings.recognizer import Recognizer, read_windows
from tests.core.displays import drawn

WINDOW = (8.0, 6.0, 144.0, 36.0)
READOUT = Readout("n", window=WINDOW)


@pytest.fixture(scope="module")
def pair():
    return read_windows()


def flags(pair, pictures, counts):
    """Of the frame between two states, its text, its flags and its value; counts: frames that each picture lasts."""
    recognizer = Recognizer(lambda: pair, lambda: pair)
    crops = [Patch(picture, (0, 0)).cut_boxes(READOUT.boxes)[0] for picture in pictures]
    rows = recognizer.embed(READOUT, crops)
    sheet = recognizer.observations(READOUT, sum(counts))
    index = np.repeat(np.arange(len(pictures)), counts)[:, None]
    sheet.give_shared(np.arange(len(index)), rows, index, None)
    sheet.read(pair.head)
    column = sheet.column
    column.heed(compare(column))
    row = counts[0]
    raised = {flag for bit, flag in enumerate(FLAGS) if column.flags[row] >> bit & 1}
    return column.texts[row], raised, column.values[row]


def blend(one, other, share):
    return np.round(one * (1 - share) + other.astype(float) * share).astype(np.uint8)


@pytest.mark.parametrize(("before", "after"), [("42.5", "48.5"), ("204", "209"), ("7.31", "7.38")])
@pytest.mark.parametrize("share", [0.4, 0.5, 0.6])
def test_a_blend_of_both_pictures_is_one_of_both(pair, before, after, share):
    """It is never a third value without a flag: it reads as one of both, or is flagged; changing takes one of both."""
    first, last = drawn(before, 1), drawn(after, 2)
    text, raised, value = flags(pair, [first, blend(first, last, share), last], [12, 1, 12])
    assert text in (before, after) or raised
    if CHANGING in raised:
        assert value in (float(before), float(after))


@pytest.mark.parametrize(("before", "between", "after"), [("42.5", "77.7", "48.5"), ("204", "771", "209")])
def test_a_state_that_no_blend_explains_is_not_changing(pair, before, between, after):
    pictures = [drawn(text, k) for k, text in enumerate((before, between, after))]
    text, raised, value = flags(pair, pictures, [12, 1, 12])
    assert (text, value) == (between, float(between))
    assert CHANGING not in raised and JUMP in raised


@pytest.mark.parametrize(("before", "after"), [("23.9", "24.1"), ("352", "417"), ("6.5", "3.1")])
def test_a_third_text_that_a_blend_explains_is_changing_and_has_the_value_of_one_of_both(pair, before, after):
    first, last = drawn(before, 1), drawn(after, 2)
    text, raised, value = flags(pair, [first, blend(first, last, 0.5), last], [12, 1, 12])
    assert text not in (before, after)
    assert CHANGING in raised and value in (float(before), float(after))
