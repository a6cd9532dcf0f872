"""Cross-validation of windows, and confusions by aligned characters."""

import asyncio

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.evaluation.cross_validation import Validation
from readout.evaluation.line_validation import align_texts, cross_validate_lines, merge
from readout.imaging.crops import cut
from readout.imaging.strips import WindowCrop
from readout.model.line_training import TypedLine
from readout.readings.recognizer import read_windows
from readout.workbench.workbench import Workbench
from tests.core.displays import drawn
from tests.core.test_windows_at_work import LAYOUT, give, refresh
from tests.core.window_bench import awaited

WINDOW = (8.0, 6.0, 144.0, 36.0)
TEXTS = ("32.5", "-3", "200", "7.08", "9922", "45:30")

ALIGNED = [
    ("123", "123", [("1", "1"), ("2", "2"), ("3", "3")]),
    ("123", "173", [("1", "1"), ("2", "7"), ("3", "3")]),
    ("12.3", "123", [("1", "1"), ("2", "2"), (".", "blank"), ("3", "3")]),
    ("99", "099", [("blank", "0"), ("9", "9"), ("9", "9")]),
    ("", "1", [("blank", "1")]),
    ("1", "", [("1", "blank")]),
    ("", "", []),
]


@pytest.mark.parametrize(("truth", "read", "pairs"), ALIGNED)
def test_texts_are_aligned_with_the_fewest_differences(truth, read, pairs):
    assert align_texts(truth, read) == pairs


@pytest.fixture(scope="module")
def windows():
    return read_windows()


def rows_of(windows, texts, seeds):
    crops = [
        WindowCrop.of(cut(drawn(text, seed), [WINDOW])[0], WINDOW, 0.0) for text, seed in zip(texts, seeds, strict=True)
    ]
    return windows.cache.embed(crops), [crop.key for crop in crops]


def test_whole_numbers_are_left_out_and_counted_by_characters(windows):
    rows, keys = rows_of(windows, TEXTS, range(6))
    lines = [TypedLine(row, text) for row, text in zip(rows, TEXTS, strict=True)]
    result, owners = cross_validate_lines(lines, [128] * 6, list(range(6)), keys, windows.cache.backbone.prior)
    assert result.total == len("".join(TEXTS)) == result.correct == result.confusion.trace()
    assert result.groups == 6 and sorted(set(owners)) == list(range(6))
    assert not result.too_few and result.interval[0] > 0.8


def test_a_wrong_text_cannot_vouch_for_itself(windows):
    """One number is typed wrongly: the heads that have not learned it read what it shows."""
    rows, keys = rows_of(windows, TEXTS, range(6))
    typed = ["82.5", *TEXTS[1:]]
    lines = [TypedLine(row, text) for row, text in zip(rows, typed, strict=True)]
    result, owners = cross_validate_lines(lines, [128] * 6, list(range(6)), keys, windows.cache.backbone.prior)
    wrong = {(owners[k], result.labels[k], result.predicted[k]) for k in np.flatnonzero(~result.right)}
    assert (0, "8", "3") in wrong  # others may have been misled by it
    assert result.confusion[result.classes.index("8"), result.classes.index("3")] == 1


def test_equal_pixels_are_one_group_and_count_once(windows):
    rows, keys = rows_of(windows, ["200"] * 4 + ["-3"], [1] * 4 + [2])
    lines = [TypedLine(row, text) for row, text in zip(rows, ["200"] * 4 + ["-3"], strict=True)]
    result, _ = cross_validate_lines(lines, [128] * 5, list("abcde"), keys, windows.cache.backbone.prior)
    assert result.groups == 2 and result.total == 5


def test_too_few_numbers_are_not_tested(windows):
    rows, keys = rows_of(windows, ["200"], [1])
    prior = windows.cache.backbone.prior
    result, owners = cross_validate_lines([TypedLine(rows[0], "200")], [128], ["a"], keys, prior)
    assert (result.total, owners) == (0, [])
    with pytest.raises(ReadoutError, match="a width, a group and a key"):
        cross_validate_lines([TypedLine(rows[0], "200")], [], ["a"], keys, prior)


def test_boxes_and_windows_make_one_score():
    def validation(classes, labels, read, group):
        P = np.eye(len(classes), dtype=np.float32)[[classes.index(each) for each in read]]
        whole = np.ones(len(labels), bool)
        return Validation(classes, labels, P, whole, whole, np.array(group), 2, 2)

    both = merge(validation(["1", "2"], ["1", "2"], ["1", "1"], [0, 1]), validation(["1", "."], ["."], ["."], [0]))
    assert (both.correct, both.total, both.groups, both.folds) == (2, 3, 3, 4)
    assert both.predicted == ["1", "1", "."]


def test_the_page_asks_how_well_typed_windows_are_read():
    bench = Workbench(awaited("glyphs"))
    bench.use_lines(awaited("lines"))
    bench.set_frames([{"name": f"{k}.png", "width": 160, "height": 48} for k in range(4)])
    bench.editor.set_layout(LAYOUT)
    give(bench)
    for k, text in enumerate(["32.5", "-3", "200"]):
        bench.editor.set_label(f"{k}.png", "speed", text)
    refresh(bench)
    found = asyncio.run(bench.labelling.validate(lambda _: None))
    assert (found["right"], found["total"], found["groups"]) == (9, 9, 3)
    assert {each["source"] for each in found["predictions"]} == {f"{k}.png speed 0" for k in range(3)}
    assert sum(map(sum, found["confusion"])) == 9
