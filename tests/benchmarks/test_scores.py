"""Calibration and tables, on cases worked out by hand."""

import numpy as np
import pytest

from benchmarks._scores import Outcome, calibration_error, table


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [
        ([1.0, 1.0], [True, True], 0.0),
        ([0.8, 0.8, 0.8, 0.8], [True, True, True, False], 0.05),
        # Bins (0.6, 0.667] and (0.933, 1]: 2/4 of |0.5 - 0.65| and 2/4 of |1 - 0.95|.
        ([0.65, 0.65, 0.95, 0.95], [True, False, True, True], 0.1),
        ([0.4, 0.9], [True, False], (0.6 + 0.9) / 2),
        ([0.0], [False], 0.0),
        ([], [], 0.0),
    ],
)
def test_calibration_error(confidence, right, expected):
    assert calibration_error(np.array(confidence), np.array(right, bool)) == pytest.approx(expected)


def test_bins_are_open_below():
    # 2/3 ends the tenth bin of fifteen: with 0.62 it is one bin, whose errors cancel.
    confidence = np.array([2 / 3, 0.62])
    assert calibration_error(confidence, np.array([True, False])) == pytest.approx(abs(1 - 2 / 3 - 0.62) / 2)


class Model:
    classes_ = ["1", "7", "unknown"]

    def predict_proba(self, features):
        return np.array(features)


def test_an_outcome_counts_answers():
    outcome = Outcome.of(Model(), [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.1, 0.8, 0.1]], ["1", "1", "1"])
    assert outcome.answer.tolist() == ["1", "unknown", "7"]
    assert outcome.accuracy == pytest.approx(1 / 3)
    assert outcome.declined == pytest.approx(1 / 3)
    assert len(Outcome.together([outcome, outcome]).right) == 6


def test_a_table_has_aligned_columns():
    lines = table([("tiny", [0.125, None]), ("dot matrix", [1.0, 0.99])], ["1", "2"], "style").splitlines()
    assert lines == ["style          1     2", "tiny        12.5     ·", "dot matrix   100  99.0"]
