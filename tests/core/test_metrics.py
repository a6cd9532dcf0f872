"""Counting what was right."""

import numpy as np
import pytest

from readout.metrics import Score, confusion_matrix

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
