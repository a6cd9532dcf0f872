"""A layout on the next clip of the same source: found again where numbers keep their places to each other."""

import numpy as np
import pytest

from readout import ReadoutError
from readout.layout.layout import Layout, Readout
from readout.readings.place_again import place_again
from readout.workbench.workbench import Workbench
from tests.core.window_bench import awaited

SIZE = (1280, 720)
WINDOWS = [(100, 80, 160, 50), (900, 90, 120, 40), (110, 600, 220, 60), (820, 590, 150, 60)]


def layout(windows=WINDOWS, size=SIZE):
    return Layout(size, tuple(Readout(f"n{k}", window=box) for k, box in enumerate(windows)))


def moved(boxes, scale=1.0, x=0.0, y=0.0):
    return [(scale * a + x, scale * b + y, scale * w, scale * h) for a, b, w, h in boxes]


def numbers(seed, count=8, size=SIZE):
    """Other numbers, here and there."""
    rng = np.random.default_rng(seed)
    return [
        (float(rng.uniform(0, size[0] - 200)), float(rng.uniform(0, size[1] - 60)), float(rng.uniform(40, 180)), 38.0)
        for _ in range(count)
    ]


def off(found, expected):
    return max(
        abs(a - b)
        for readout, box in zip(found.layout.readouts, expected, strict=True)
        for a, b in zip(readout.window, box, strict=True)
    )


def test_numbers_that_have_not_moved_are_left_where_they_are():
    found = place_again(layout(), [*numbers(1), *WINDOWS], SIZE)
    assert found.sure and not found.moved and found.layout == layout()
    assert found.words == "4 of 4 numbers found where the layout says"


def test_texts_of_another_length_have_not_moved():
    shorter = [(x + 60, y + 2, w - 70, h - 4) for x, y, w, h in WINDOWS]
    found = place_again(layout(), shorter, SIZE)
    assert found.sure and not found.moved


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("scale", "x", "y"), [(1, 40, -30), (1, -70, 50), (0.8, 30, 60), (1.1, -60, -40)])
def test_a_scale_and_a_shift_are_found_among_other_numbers(seed, scale, x, y):
    expected = moved(WINDOWS, scale, x, y)
    rng = np.random.default_rng(seed)
    found = [tuple(side + rng.uniform(-1, 1) for side in box) for box in expected]
    again = place_again(layout(), [*numbers(seed), *found], SIZE)
    assert again.sure and again.moved and again.found == 4
    assert off(again, expected) < 6


def test_frames_of_another_size_show_the_same_larger():
    found = place_again(layout(), moved(WINDOWS, 1.5), (1920, 1080))
    assert found.sure and not found.moved and found.layout == layout().scaled((1920, 1080))
    cropped = place_again(layout(), moved(WINDOWS, 1.0, -60, -40), (1150, 650))
    assert cropped.sure and off(cropped, moved(WINDOWS, 1.0, -60, -40)) < 1


def test_one_that_is_dark_does_not_matter_where_others_are_found():
    expected = moved(WINDOWS, 1, 50, 20)
    found = place_again(layout(), expected[:3], SIZE)
    assert found.sure and found.found == 3 and off(found, expected) < 1


def test_boxes_move_with_the_rest():
    boxes = tuple((300.0 + 20 * k, 300.0, 18.0, 30.0) for k in range(4))
    made = Layout(SIZE, (Readout("b", "####", boxes), *layout().readouts[:1]))
    found = place_again(made, moved([(300, 300, 78, 30), WINDOWS[0]], 1, 12, 8), SIZE)
    assert found.sure and found.layout.readouts[0].boxes[0] == pytest.approx((312, 308, 18, 30))


@pytest.mark.parametrize(
    ("windows", "found"),
    [
        (WINDOWS, []),
        (WINDOWS, moved(WINDOWS[:1], 1, 300, 200)),
        (WINDOWS[:1], moved(WINDOWS[:1], 1, 300, 200)),
        (WINDOWS[:2], [(100, 300, 160, 50), (700, 308, 120, 40)]),
    ],
    ids=["nothing", "one of four", "one alone that has moved", "two that are nearer, but no smaller"],
)
def test_it_is_not_sure_where_it_cannot_be(windows, found):
    assert not place_again(layout(windows), found, SIZE).sure


@pytest.mark.parametrize("seed", range(40))
def test_other_numbers_are_no_match(seed):
    assert not place_again(layout(), numbers(seed, 10), SIZE).sure


def test_two_numbers_alone_are_seldom_found_where_they_are_not():
    sure = [place_again(layout(WINDOWS[:2]), numbers(seed, 10), SIZE).sure for seed in range(200)]
    assert sum(sure) <= 2


def test_two_numbers_that_have_moved_together_are_found():
    found = place_again(layout(WINDOWS[:2]), [*numbers(3), *moved(WINDOWS[:2], 1, 50, 40)], SIZE)
    assert found.sure and off(found, moved(WINDOWS[:2], 1, 50, 40)) < 1


def test_what_would_leave_the_frame_is_not_moved_there():
    made = layout([*WINDOWS[:3], (1100, 590, 150, 60)])
    found = place_again(made, moved(WINDOWS[:3], 1, 60, 0), SIZE)
    assert not found.sure and not found.layout.readouts[3].window[0] > 1100


def test_words_say_where():
    assert place_again(layout(), moved(WINDOWS, 1, 50, -20), SIZE).words == "4 of 4 numbers found 50 px right, 20 px up"
    assert place_again(layout(), [], SIZE).words == "0 of 4 numbers found where the layout says"


def test_the_page_moves_its_layout_as_an_edit_or_says_why_not():
    bench = Workbench(awaited("glyphs"))
    bench.editor.set_layout({"version": 2, "frame_size": list(SIZE), "readouts": fields(WINDOWS)})
    state = bench.editor.place_again(moved(WINDOWS, 1, 40, -30), SIZE)
    assert state["placed"] == "4 of 4 numbers found 40 px right, 30 px up" and state["undo"] == "move the layout"
    assert bench.editor.document.layout.readouts[0].window == pytest.approx((140, 50, 160, 50))
    bench.editor.undo()
    with pytest.raises(ReadoutError, match="4 of 4 numbers found where the layout says: nothing has to be moved"):
        bench.editor.place_again(WINDOWS, SIZE)
    with pytest.raises(ReadoutError, match="not sure where they are: move them yourself"):
        bench.editor.place_again(numbers(5), SIZE)
    assert bench.editor.document.layout == layout()


def fields(windows):
    return [{"name": f"n{k}", "window": list(box)} for k, box in enumerate(windows)]
