"""Digit boxes found from a typed number: on the bundled frames, and its geometry on made-up ones."""

from itertools import product

import numpy as np
import pytest

from readout.data.dataset import Dataset
from readout.detection.hints import Hint, Hints, format_of
from readout.detection.lattice import PITCHES, Lattice, Spacing, align_digits, fit_line, fit_slope, width_of
from readout.detection.search import Placement, find_boxes
from readout.errors import ReadoutError
from readout.imaging.crops import Crop, cut
from readout.imaging.images import load_image
from readout.imaging.resample import resample
from readout.model.embedding_cache import EmbeddingCache
from readout.model.head import SoftmaxHead
from readout.model.prior import BLANK
from readout.model.steps import drive

MARGIN = 14
"""Pixels that the page hands over beyond the rectangle."""


@pytest.fixture(scope="module")
def head(glyphs):
    return SoftmaxHead(prior=glyphs.prior).fit(np.empty((0, glyphs.dim)), [])


@pytest.fixture(scope="module")
def bundled(data_folder):
    return Dataset.load(data_folder)


class Shown:
    """One readout of one bundled frame."""

    def __init__(self, data_folder, bundled, number, name):
        self.frame = load_image(data_folder / "frames" / f"image-{number:04d}.png")
        self.boxes = np.array(next(r for r in bundled.layout.readouts if r.name == name).boxes)
        truth = bundled.truths[f"image-{number:04d}.png"]
        self.text = truth if name == "top" else f"{float(truth) - 10:.2f}"

    def hint(self, seed):
        """A rectangle around the ink by a careless hand: a pixel too small to a digit too large on each side."""
        out = np.random.default_rng(seed).uniform(-1, 7, 4)
        left, top = self.boxes[0, :2] + (0.6, 0.4) - out[:2]
        right, bottom = self.boxes[-1, :2] + self.boxes[-1, 2:] - (0.6, 0.4) + out[2:]
        x, y = int(left - MARGIN), int(top - MARGIN)
        pixels = self.frame[y : int(bottom + MARGIN), x : int(right + MARGIN)]
        return Hint(pixels, (x, y), (left, top, right - left, bottom - top), self.text)


@pytest.fixture(scope="module")
def shown(data_folder, bundled):
    return lambda number, name: Shown(data_folder, bundled, number, name)


def tiny(text="12.34", size=(40, 20), drawn=(5, 5, 30, 10)):
    return Hint(np.full((size[1], size[0], 3), 90, np.uint8), (0, 0), drawn, text)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("79.05", "##.##"), ("-3.1", "##.#"), (" 12:34:56 ", "##:##:##"), ("7", "#"), ("1,5", "#,#"),
        ("12 34", "## ##"), ("A5", "##"), ("5%", "##"), ("20 °C", "## °#"),
    ],
)  # fmt: skip
def test_a_text_says_how_many_boxes_there_are(text, format):
    assert format_of(text) == format


CASES = [(1, "top", 0), (9, "bottom", 1), (20, "top", 2), (33, "bottom", 3)]


@pytest.mark.parametrize(("number", "name", "seed"), CASES)
def test_boxes_are_within_a_pixel_and_so_they_stay(glyphs, head, shown, number, name, seed):
    first, second = shown(number, name), shown(number + 7, name)
    cache = EmbeddingCache(glyphs)
    placement = drive(find_boxes([first.hint(seed)], head), cache.embed)
    assert placement.format == "##.##"
    assert np.abs(np.array(placement.boxes) - first.boxes).max() <= 1
    assert cache.embedded <= 1200
    again = drive(find_boxes([first.hint(seed), second.hint(seed + 50)], head, placement), cache.embed)
    assert np.abs(np.array(again.boxes) - first.boxes).max() <= 1
    for each in (placement, again):
        p = head.predict_proba(cache.embed(cut(first.frame, each.boxes)))
        right = p[range(4), [head.classes_.index(digit) for digit in first.text.replace(".", "")]]
        assert right.prod() > 0.9 and each.confidence > 0.9


@pytest.mark.parametrize("wrong", [(3, 0, 0, 0), (0, 3, 0, 0), (-2, -2, 3, 4), (60, 5, 0, 0)])
def test_a_start_that_is_amiss_is_put_right(glyphs, head, shown, wrong):
    readout = shown(12, "top")
    start = Placement(tuple(tuple(box) for box in (readout.boxes + wrong).tolist()), "##.##", 1.0)
    placement = drive(find_boxes([readout.hint(4)], head, start), EmbeddingCache(glyphs).embed)
    assert np.abs(np.array(placement.boxes) - readout.boxes).max() <= 1


def test_a_wrong_number_is_believed_less(glyphs, head, shown):
    readout = shown(5, "top")
    hint = readout.hint(5)
    other = "".join(str((int(char) + 3) % 10) if char.isdecimal() else char for char in hint.text)
    denied = drive(find_boxes([Hint(hint.pixels, hint.origin, hint.drawn, other)], head), EmbeddingCache(glyphs).embed)
    assert denied.confidence < 0.05


def test_boxes_move_with_the_frame(glyphs, head, shown):
    hint, cache = shown(5, "top").hint(6), EmbeddingCache(glyphs)
    (x, y), (left, top, width, height) = hint.origin, hint.drawn
    moved = Hint(hint.pixels, (x - 500, y + 64), (left - 500, top + 64, width, height), hint.text)
    here, there = (drive(find_boxes([each], head), cache.embed) for each in (hint, moved))
    assert np.array_equal(np.array(there.boxes), np.array(here.boxes) + np.array((-500, 64, 0, 0)))


@pytest.mark.parametrize("scale", [3, 8])
def test_large_digits_are_found(glyphs, head, shown, scale):
    readout = shown(3, "top")
    hint = readout.hint(7)
    height, width = hint.pixels.shape[:2]
    pixels = resample([Crop.whole(hint.pixels)], scale * max(height, width))[0]
    rows = np.arange(scale * height) * max(height, width) // height
    columns = np.arange(scale * width) * max(height, width) // width
    origin = tuple(scale * side for side in hint.origin)
    large = Hint(pixels[rows][:, columns], origin, tuple(scale * side for side in hint.drawn), hint.text)
    placement = drive(find_boxes([large], head), EmbeddingCache(glyphs).embed)
    assert np.abs(np.array(placement.boxes) / scale - readout.boxes).max() <= 1.2


def test_boxes_stay_inside_what_is_known(glyphs, head, shown):
    readout = shown(8, "top")
    x, y, right, bottom = 930, 38, 958, 46
    hint = Hint(readout.frame[y:bottom, x:right], (x, y), (x - 9, y - 9, 60, 40), readout.text)
    boxes = np.array(drive(find_boxes([hint], head), EmbeddingCache(glyphs).embed).boxes)
    assert (boxes[:, :2] >= (x, y)).all() and (boxes[:, :2] + boxes[:, 2:] <= (right, bottom)).all()


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        ([], "at least one typed number, got none"),
        ([tiny("abc")], "a number has digits, got 'abc'"),
        ([tiny("...")], "a number has digits"),
        ([tiny(drawn=(5, 5, 7, 10))], "4 digits take at least 8 x 4 pixels, got a rectangle of 7 x 10"),
        ([tiny(drawn=(5, 5, 30, 3))], "of 30 x 3"),
        ([tiny(drawn=(50, 5, 30, 10))], "of 0 x 10"),
        ([tiny(drawn=(5, 5, float("nan"), 10))], "got a rectangle"),
        ([tiny(), tiny("12:34")], "the same separators in all frames, got"),
        ([tiny(), tiny(drawn=(36, 5, 30, 10))], "at the same place in all frames"),
        ([Hint(np.zeros((9, 9)), (0, 0), (0, 0, 9, 9), "1")], "uint8 RGB"),
    ],
)
def test_what_cannot_be_searched_is_said_before_the_first_crop(head, hints, message):
    with pytest.raises(ReadoutError, match=message):
        find_boxes(hints, head)


def test_a_head_must_have_known_digits_before():
    with pytest.raises(ReadoutError, match="without a prior: use the backbone glyphs"):
        find_boxes([tiny()], SoftmaxHead().fit(np.eye(2), ["0", "1"]))


def test_a_shorter_text_stands_at_the_right():
    hints = Hints([tiny("9.95"), tiny("10.05"), tiny("-1.00")])
    assert hints.format == "##.##"
    assert hints.characters == [[BLANK, "9", "9", "5"], ["1", "0", "0", "5"], ["-", "1", "0", "0"]]
    assert hints.spacing.odd.tolist() == [False, True, False, False]


def test_windows_whole_pixels_apart_are_resampled_together():
    hints = Hints([Hint(np.zeros((40, 60, 3), np.uint8), (3, 7), (5, 9, 40, 20), "123")])
    boxes = np.array([(10.3 + step, 12.7, 6.1, 9.4) for step in range(8)])
    assert len({crop.box for crop in hints.cut(boxes, [0])}) == 1


@pytest.mark.parametrize(
    ("format", "separators", "kinds"),
    [
        ("###", [0, 0, 0], [[], [], []]),
        ("##.##", [0, 0, 1, 0], [[0], [0], [1], [1]]),
        ("#:#:#", [0, 1, 1], [[0], [1], [2]]),
        ("#. #/#", [0, 2, 1], [[0, 0], [1, 0], [1, 1]]),
    ],
)
def test_equal_separators_are_equally_wide(format, separators, kinds):
    spacing = Spacing.of(format, [True] * len(separators))
    assert spacing.separators.tolist() == separators
    assert spacing.kinds.tolist() == kinds


ALIGNED = [("####", 0.0), ("##.##", 0.4), ("##:##", 1.0), ("#.#", 0.0), ("#:##:##", 0.7), ("#", 0.0)]


@pytest.mark.parametrize(("format", "gap"), ALIGNED)
def test_digits_are_aligned_where_they_are(format, gap):
    n, pitch, grid = format.count("#"), 9.0, np.linspace(0, 90, 181)
    spacing = Spacing.of(format, [True] * n)
    truth = 7 + pitch * np.arange(n) + gap * pitch * np.cumsum(spacing.separators)
    maps = -0.5 * ((grid - truth[:, None]) / 1.5) ** 2
    pitches = np.linspace(6, 12, 13)
    scores, centres = align_digits(
        np.stack([maps - 5, maps]), grid, pitches, np.zeros(13), spacing, np.array([13.0, 13.0])
    )
    assert scores[1] > scores[0] and scores[1] > -0.5 * n
    assert np.abs(centres[1] - truth).max() < 0.75


def test_alignment_is_the_best_of_all():
    rng = np.random.default_rng(0)
    grid, spacing = np.arange(24.0), Spacing.of("##.#", [True] * 3)
    maps = rng.normal(size=(2, 3, 24))
    scores, centres = align_digits(maps, grid, [4.0], [0.25], spacing, np.array([6.0, 6.0]))
    shifts = np.unique(np.round(4.0 * (2 + np.linspace(-0.05, 1.25, 16))).astype(int))
    for k in range(2):
        best = max(
            maps[k, 0, x] + maps[k, 1, x + 4] + maps[k, 2, x + shift] + 0.25
            for x, shift in product(range(19), shifts) if x + shift < 23
        )  # fmt: skip
        assert scores[k] == pytest.approx(best)
        assert sum(maps[k, i, int(x)] for i, x in enumerate(centres[k])) + 0.25 == pytest.approx(best)


def test_no_pitch_contradicts_the_height():
    grid, spacing = np.linspace(0, 50, 101), Spacing.of("##", [True, True])
    least = PITCHES[0] * 30
    _, centres = align_digits(np.zeros((1, 2, 101)), grid, [least - 4, least + 1], [0, 0], spacing, np.array([30.0]))
    assert np.diff(centres[0]) == pytest.approx(least + 1)


def test_a_lattice_is_fitted_to_what_was_measured():
    spacing = Spacing.of("##.##", [True] * 4)
    truth = np.array([10.0, 16.5, 25.5, 32.0])
    assert fit_line(truth, np.ones(4), spacing) == pytest.approx(truth, abs=1e-3)
    off = truth + np.array([0, 0, 0, 4])
    trusted = fit_line(off, np.array([1, 1, 1, 1e-4]), spacing)
    assert trusted == pytest.approx(truth, abs=0.05)
    assert spacing.pitch(truth) == 6.5
    assert Spacing.of("#.#", [True] * 2).pitch(truth[:2]) is None


def test_a_line_is_level_unless_it_clearly_is_not():
    x = np.array([10.0, 20, 30, 40])
    level = np.array([5.0, 5.2, 4.9, 5.1])
    assert fit_slope(level, x, np.ones(4), 0.4) == pytest.approx(np.full(4, 5.05))
    tilted = fit_slope(x / 10, x, np.ones(4), 0.4)
    assert 2 < np.ptp(tilted) < 3 and tilted.mean() == pytest.approx(2.5)


def test_digits_far_apart_are_wider_but_not_as_much():
    assert width_of(10, None) == width_of(20, None) / 2
    assert 1 < width_of(10, 8) / width_of(10, 6) < 8 / 6
    assert Lattice(np.array([5.0]), np.array([6.0]), 4, 8).shifted(0.5, 0.25).boxes().tolist() == [[5, 4, 4, 8]]
