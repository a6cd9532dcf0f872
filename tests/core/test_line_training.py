"""Typed numbers as lessons: aligned to columns, learned by the same head, on the bundled line backbone."""

import numpy as np
import pytest

from readout.imaging.crops import cut
from readout.imaging.look import CELLS
from readout.imaging.strips import RUNS, WindowCrop
from readout.layout.constraint import Constraint
from readout.layout.layout import Readout
from readout.model.line_training import MOST_LEARNED, TypedLine, aligned, fit_lines, spread_evenly
from readout.model.strip_embedding import CERTAIN, Ink, kept_columns, pack, row_length, unpack
from readout.readings.line_decoder import LineDecoder
from readout.readings.recognizer import read_windows
from tests.core.displays import drawn

WINDOW = (8.0, 6.0, 144.0, 36.0)
TEXTS = ("32.5", "-3", "200", "7.08", "9922", "45:30")


@pytest.fixture(scope="module")
def windows():
    return read_windows()


def row_of(windows, text, seed=0):
    frame = drawn(text, seed)
    [crop] = cut(frame, [WINDOW])
    return windows.cache.embed([WindowCrop.of(crop, WINDOW, 0.0)])[0]


def read(head, row):
    return LineDecoder(head).decode(row[None], 128)[0]


def test_packing_keeps_what_stands_and_where():
    rng = np.random.default_rng(0)
    prior = read_windows().cache.backbone.prior
    columns = rng.normal(prior.mean, prior.scale, (3, 70, len(prior.mean))).astype(np.float32)
    run = np.array([[4, 9, 6, 26]], np.float32)
    runs = [np.pad(run * k, ((0, RUNS - 1), (0, 0))) for k in range(3)]
    looks = b"", bytes(range(1, CELLS + 1)), bytes([255] * CELLS)
    ink = [
        Ink(False, runs[0], 12.5, beside=(False, True)),
        Ink(True, runs[1], 0.0, looks[1]),
        Ink(True, runs[2], 255.0, looks[2], (True, False)),
    ]
    rows = pack(columns, 128, prior, ink)
    for row, there in zip(rows, ink, strict=True):
        found = Ink.unpack(row)
        assert (found.touching, found.look, found.beside) == (there.touching, there.look, there.beside)
        assert np.array_equal(found.runs, there.runs) and found.contrast == pytest.approx(there.contrast, abs=0.01)
    assert rows.shape == (3, row_length(128, len(prior.mean)))
    positions, X = unpack(rows, len(prior.mean))
    assert positions.shape[1] == kept_columns(128) and positions.max() < 64
    for row in range(3):
        for at, x in zip(positions[row], X[row], strict=True):
            assert at < 0 or np.array_equal(x, columns[row, at])
    assert (np.diff(np.where(positions < 0, 1000, positions), axis=1) >= 0).all() or CERTAIN < 1


@pytest.mark.parametrize("text", TEXTS)
def test_drawn_numbers_are_read_at_first_sight(windows, text):
    line = read(windows.head, row_of(windows, text))
    assert line.texts[0] == text
    assert sum(line.probabilities) <= 1 + 1e-6 and list(line.probabilities) == sorted(line.probabilities, reverse=True)
    assert len(line.spans) == len(text) and all(0 <= a < b <= 1 for a, b in line.spans)


def test_an_empty_window_is_empty_text(windows):
    assert read(windows.head, row_of(windows, "")).texts[0] == ""


def test_no_example_is_the_prior_itself(windows):
    head, refused = fit_lines([], windows.cache.backbone.prior)
    assert refused == [] and not head.coef_.any() and not head.intercept_.any()


def test_every_character_of_a_typed_number_becomes_an_example(windows):
    columns, labels, weights = aligned(TypedLine(row_of(windows, "9922"), "9922"), windows.cache.backbone.prior)
    assert len(columns) == len(labels) == len(weights)
    assert sum(weight for label, weight in zip(labels, weights, strict=True) if label == "9") == pytest.approx(2)


def test_one_typed_number_makes_its_own_reading_surer(windows):
    row = row_of(windows, "7.08")
    head, _ = fit_lines([TypedLine(row, "7.08")], windows.cache.backbone.prior)
    before, after = read(windows.head, row), read(head, row)
    assert after.texts[0] == "7.08" and after.probabilities[0] >= before.probabilities[0]


def test_a_typed_number_makes_others_no_worse(windows):
    head, _ = fit_lines([TypedLine(row_of(windows, "32.5"), "32.5")], windows.cache.backbone.prior)
    rows = [row_of(windows, text, seed) for text in TEXTS for seed in (1, 2)]
    texts = [text for text in TEXTS for _ in (1, 2)]
    right = [
        [read(each, row).texts[0] == text for row, text in zip(rows, texts, strict=True)]
        for each in (windows.head, head)
    ]
    assert sum(right[1]) >= sum(right[0])


def test_a_character_that_the_model_does_not_know_is_learned(windows):
    lines = [TypedLine(row_of(windows, "32.5", seed), "32x5") for seed in range(4)]
    head, refused = fit_lines(lines, windows.cache.backbone.prior)
    assert refused == [] and "x" in head.classes_
    assert read(head, lines[0].row).texts[0] == "32x5"


def test_a_text_longer_than_what_stands_there_teaches_nothing(windows):
    head, refused = fit_lines([TypedLine(row_of(windows, "7"), "1" * 60)], windows.cache.backbone.prior)
    assert refused == [0] and not head.coef_.any()


@pytest.mark.parametrize("count", [0, 1, 7, MOST_LEARNED, MOST_LEARNED + 1, 10_000])
def test_typed_numbers_are_chosen_evenly(count):
    chosen = spread_evenly(count)
    assert len(chosen) == min(count, MOST_LEARNED) and chosen == sorted(set(chosen))
    assert not count or (chosen[0], chosen[-1]) == (0, count - 1)
    assert not count or np.diff(chosen, append=count).max() <= 2 + count / len(chosen)


def test_what_counts_for_ten_is_learned_as_ten(windows):
    prior = windows.cache.backbone.prior
    row = row_of(windows, "7.08")
    ten, _ = fit_lines([TypedLine(row, "7.08")] * 10, prior)
    once, _ = fit_lines([TypedLine(row, "7.08", 10.0)], prior)
    assert once.coef_ == pytest.approx(ten.coef_, abs=1e-4)


CONSTRAINED = [
    # shown, constraint, whether it must change what is read
    ("32.5", "##.#", False),
    ("625", "##.#", True),
    ("200", "digits<=3", False),
    ("9922", "digits<=3", True),
]


@pytest.mark.parametrize(("shown", "constraint", "forced"), CONSTRAINED)
def test_a_constraint_is_obeyed_and_says_when_it_had_to(windows, shown, constraint, forced):
    line = LineDecoder(windows.head, constraint).decode(row_of(windows, shown)[None], 128)[0]
    assert all(Constraint.parse(constraint).accepts(text) for text in line.texts)
    assert (line.forced, line.texts[0] == shown) == (forced, not forced)


def test_a_number_at_the_windows_edge_is_cut(windows):
    frame = drawn("1234", 0)
    readout = Readout("n", window=(30.0, 6.0, 60.0, 36.0))
    [crop] = cut(frame, readout.boxes)
    window = WindowCrop.of(crop, readout.window, 0.0)
    row = windows.cache.embed([window])[0]
    assert LineDecoder(windows.head).decode(row[None], window.width)[0].cut
