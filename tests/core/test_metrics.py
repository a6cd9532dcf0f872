"""Counting what was right."""

import numpy as np
import pytest

from readout.evaluation.metrics import Score, calibration_error, confusion_matrix

SCORES = [
    # (read, true) …, digits right, digits, readings right, readings
    ([], 0, 0, 0, 0),
    ([("1234", "1234")], 4, 4, 1, 1),
    ([("1234", "1235")], 3, 4, 0, 1),
    ([("1234", "4321")], 0, 4, 0, 1),
    ([("12", "12"), ("12", "13"), ("77", "77")], 5, 6, 2, 3),
]


@pytest.mark.parametrize(("pairs", "digits", "of_digits", "readings", "of_readings"), SCORES)
def test_a_score_counts_digits_and_whole_readings(pairs, digits, of_digits, readings, of_readings):
    score = Score()
    for read, true in pairs:
        score.count(read, true)
    assert score == Score(digits, of_digits, readings, of_readings)


def test_a_reading_of_another_length_than_the_truth_is_not_counted_in_silence():
    with pytest.raises(ValueError, match="longer|shorter"):
        Score().count("12", "123")


def test_a_confusion_matrix_has_truths_as_rows():
    counts = confusion_matrix("11127", "11772", ["1", "2", "7"])
    assert counts.tolist() == [[2, 0, 1], [0, 0, 1], [0, 1, 0]]


def test_a_truth_that_is_no_class_is_left_out():
    assert confusion_matrix("1x", "11", ["1"]).tolist() == [[1]]


def test_the_diagonal_counts_what_is_right():
    random = np.random.default_rng(0)
    truths, read = random.choice(list("0123456789"), (2, 500))
    counts = confusion_matrix(truths, read, list("0123456789"))
    assert (np.trace(counts), counts.sum()) == ((truths == read).sum(), 500)
    assert counts.sum(axis=1).tolist() == [(truths == digit).sum() for digit in "0123456789"]


CALIBRATION = {
    # what: (confidences, right, error)
    "nothing answered": ([], [], 0),
    "certain and right": ([1, 1], [True, True], 0),
    "certain and wrong": ([1, 1], [False, False], 1),
    "sure to half, right in half": ([0.5, 0.5], [True, False], 0),
    "too sure": ([0.9] * 4, [True, True, True, False], 0.15),
    "not sure enough": ([0.4], [True], 0.6),
    "too sure in one bin, not enough in another": ([0.9, 0.1], [False, True], 0.9),
    "errors of one bin cancel": ([0.92, 0.88] * 5, [True, True] * 4 + [True, False], 0),
}


@pytest.mark.parametrize(("confidences", "right", "error"), CALIBRATION.values(), ids=CALIBRATION)
def test_the_calibration_error_by_hand(confidences, right, error):
    assert calibration_error(confidences, right, bins=5) == pytest.approx(error, abs=1e-12)


def test_the_calibration_error_is_its_definition():
    random = np.random.default_rng(0)
    confidences = random.uniform(0, 1, 500)
    right = random.uniform(size=500) < confidences**2
    error = 0
    for k in range(15):
        of_bin = (k / 15 <= confidences) & (confidences < (k + 1) / 15)
        if of_bin.any():
            error += of_bin.mean() * abs(confidences[of_bin].mean() - right[of_bin].mean())
    assert calibration_error(confidences, right) == pytest.approx(error)
