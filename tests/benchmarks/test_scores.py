"""Calibration and tables, on cases worked out by hand."""

import numpy as np
import pytest

from benchmarks._scores import Outcome, table


class Model:
    classes_ = ("1", "7", "unknown")

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
