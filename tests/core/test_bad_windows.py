"""Windows and typed texts that no display has: refused with a reason, or read with a flag, never an exception."""

import argparse
import asyncio
import json
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from readout.cli.arguments import window
from readout.cli.main import main
from readout.errors import ReadoutError
from readout.imaging.crops import cut
from readout.imaging.strips import WindowCrop
from readout.layout.layout import Layout, Readout
from readout.model.line_training import MOST_LEARNED, TypedLine, fit_lines
from readout.readings.line_column import LineColumn
from readout.readings.line_decoder import LineDecoder
from readout.readings.recognizer import read_windows
from readout.workbench.line_learner import LineLearner
from tests.core.displays import drawn
from tests.core.window_bench import awaited

WHOLE = (8.0, 6.0, 144.0, 36.0)


@pytest.fixture(scope="module")
def windows():
    return read_windows()


def row_of(windows, text, seed=0):
    [crop] = cut(drawn(text, seed), [WHOLE])
    return windows.cache.embed([WindowCrop.of(crop, WHOLE, 0.0)])[0]


SIZES = [(1, 1), (3, 2000), (2000, 3), (1, 2000), (2000, 1), (0.2, 0.2)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("turn", [0, 17])
def test_a_window_of_any_size_is_read(windows, size, turn):
    frame = np.tile(drawn("32.5", size=(400, 100)), (26, 10, 1))
    readout = Readout("n", window=(1000.0, 400.0, *map(float, size)), turn=turn)
    Layout((frame.shape[1], frame.shape[0]), (readout,))
    [crop] = cut(frame, readout.boxes)
    seen = WindowCrop.of(crop, readout.window, turn)
    [line] = LineDecoder(windows.head).decode(windows.cache.embed([seen]), seen.width)
    assert 0 <= line.probabilities[0] <= 1 and len(line.spans) == len(line.texts[0])


@pytest.mark.parametrize("text", ["200,0,20,10", "-1,0,20,10", "0,0,0,10", "nan,0,20,10", "0,inf,20,10", "0,0,inf,10"])
def test_a_window_that_is_no_part_of_the_frame_is_refused_on_the_command_line(tmp_path, capsys, text):
    Image.fromarray(drawn("32.5")).save(tmp_path / "1.png")
    out = tmp_path / "out.csv"
    assert main(["read", str(tmp_path / "1.png"), f"--window={text}", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "box" in said and ("draw it again" in said or "move it" in said)
    assert not out.exists()


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "1,2,3,4,5"])
def test_a_window_is_four_numbers(text):
    with pytest.raises(argparse.ArgumentTypeError, match="a window is x,y,width,height"):
        window(text)


@pytest.mark.parametrize("turn", ["NaN", "Infinity", "1e400"])
def test_a_turn_that_is_no_number_is_refused(turn):
    text = '{"version": 2, "frame_size": [160, 48], "readouts": [{"name": "n", "window": [8, 6, 99, 36], "turn": %s}]}'
    with pytest.raises(ReadoutError, match="turn is from -180 to 180|finite|no JSON number"):
        Layout.from_json(text % turn)


def test_a_window_turned_out_of_the_frame_is_refused():
    with pytest.raises(ReadoutError, match="lies inside the frame"):
        Layout((160, 48), (Readout("n", window=WHOLE, turn=45),))


def test_pixels_that_are_nan_are_no_crop():
    with pytest.raises(ReadoutError, match="replace NaN"):
        cut(np.full((48, 160, 3), np.nan), [WHOLE])


def test_an_empty_text_is_learned_and_spares_other_numbers(windows):
    prior, reflection = windows.cache.backbone.prior, row_of(windows, "7")
    head, refused = fit_lines([TypedLine(reflection, "")] * 3, prior)
    before, after = (LineDecoder(each).decode(reflection[None], 128)[0] for each in (windows.head, head))
    assert (
        refused == [] and dict(zip(after.texts, after.probabilities, strict=True)).get("7", 0) < before.probabilities[0]
    )
    others = ["32.5", "200", "9922"]
    assert [LineDecoder(head).decode(row_of(windows, t)[None], 128)[0].texts[0] for t in others] == others


@pytest.mark.parametrize("character", ["Ω", "字", "x", "?"])
def test_an_unknown_character_is_a_new_class_and_spares_others(windows, character):
    text = f"32{character}5"
    lines = [TypedLine(row_of(windows, "32.5", seed), text) for seed in range(3)]
    head, refused = fit_lines(lines, windows.cache.backbone.prior)
    assert refused == [] and character in head.classes_
    assert LineDecoder(head).decode(lines[0].row[None], 128)[0].texts[0] == text
    assert LineDecoder(head).decode(row_of(windows, "9922")[None], 128)[0].texts[0] == "9922"


def test_ten_thousand_typed_numbers_are_learned_in_bounded_time_and_memory():
    learner = LineLearner()
    learner.use(awaited("lines"))
    frame, count = drawn("32.5"), 10_000
    [crop] = cut(frame, [WHOLE])
    noise = np.random.default_rng(0).integers(0, 3, (50, *crop.pixels.shape), np.uint8)
    typed = []
    for k in range(count):
        pixels = crop.pixels // 2 + noise[k % 50]
        pixels[0, 0] = k % 256, k // 256, 0  # no two are the same
        typed.append((WindowCrop(pixels, crop.box, None, WHOLE[2:], 0.0), "32.5"))
    tracemalloc.start()
    start = time.perf_counter()
    learned = asyncio.run(learner.learn(typed, lambda _: None, lambda: True))
    seconds, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert learned["examples"] == count
    assert len(learner._cache) <= MOST_LEARNED
    assert peak < 200e6 and seconds < 60, (peak, seconds)


def test_a_constraint_that_nothing_fits_reads_nothing_and_says_so(windows):
    readout = Readout("n", window=WHOLE, constraint="##:##:##:##:##:##")
    [line] = LineDecoder(windows.head, readout.constraint).decode(row_of(windows, "32.5")[None], 128)
    assert line.texts[0] == "" and line.forced and line.probabilities[0] < 0.5
    reading = LineColumn(readout, windows.head.classes_, [line], np.array([0])).reading(0, "1.png")
    assert reading.value is None and {"doubtful", "constrained"} <= set(reading.flags)


@pytest.mark.parametrize(("form", "shown"), [("decimals=2", "3.25"), ("##.#", "32.5"), ("decimals=0", "325")])
def test_a_form_that_says_where_the_point_is_leaves_the_digits_as_sure_as_they_are(windows, form, shown):
    row = row_of(windows, "32.5")[None]
    [free], [line] = LineDecoder(windows.head).decode(row, 128), LineDecoder(windows.head, form).decode(row, 128)
    assert line.texts[0] == shown and line.forced == (shown != "32.5")
    alike = [p for t, p in zip(line.texts, line.probabilities, strict=True) if t.replace(",", ".") == shown]
    assert free.probabilities[0] - 0.02 <= sum(alike) <= sum(line.probabilities) <= 1 + 1e-6


def test_a_form_that_rules_out_the_digits_seen_is_not_sure_of_others(windows):
    [line] = LineDecoder(windows.head, "##.#").decode(row_of(windows, "132.5")[None], 128)
    assert line.forced and line.probabilities[0] < 0.5


def test_a_layout_with_nan_in_a_window_is_refused():
    fields = {"version": 2, "frame_size": [160, 48], "readouts": [{"name": "n", "window": [8, float("nan"), 99, 36]}]}
    with pytest.raises(ReadoutError):
        Layout.from_json(json.dumps(fields))
