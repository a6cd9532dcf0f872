"""Counters with drums: what a carry allows, and how far drums are turned."""

import numpy as np
import pytest

from readout.model.head import SoftmaxHead
from readout.model.prior import BLANK
from readout.model.strip_embedding import HEAD
from readout.readings import drums
from readout.readings.line_decoder import LineDecoder

CLASSES = sorted([BLANK, *"0123456789.", "unknown"])


def shares(*columns):
    """(n, 10) from {digit: probability} of each character."""
    found = np.zeros((len(columns), 10))
    for row, column in zip(found, columns, strict=True):
        for digit, probability in column.items():
            row[digit] = probability
    return found


TURNS = [
    # probabilities, digit read, turn
    ({3: 1.0}, 3, 0.0),
    ({3: 0.75, 4: 0.25}, 3, 0.25),
    ({3: 0.5, 4: 0.5}, 3, 0.5),
    ({3: 0.2, 4: 0.8}, 4, -0.2),
    ({9: 0.6, 0: 0.4}, 9, 0.4),
    ({9: 0.3, 0: 0.7}, 0, -0.3),
    ({3: 0.6, 8: 0.4}, 3, 0.0),
    ({}, -1, 0.0),
]


@pytest.mark.parametrize(("column", "digit", "turn"), TURNS)
def test_how_far_a_drum_is_turned(column, digit, turn):
    assert drums.turns(shares(column), [digit]) == pytest.approx([turn])


def test_a_drum_carries_only_beside_one_between_nine_and_nought():
    columns = shares({1: 0.6, 2: 0.4}, {9: 0.5, 0: 0.5}, {4: 0.6, 5: 0.4})
    assert drums.on_the_way(columns, [1, 9, 4]) == [1, 9, 4]
    assert drums.on_the_way(columns, [2, 0, 5]) == [1, 9, 4]
    assert drums.carries([1, 9, 4]) == [0]
    assert drums.is_still([1, 9, 4]) == [False, True, False]


@pytest.mark.parametrize(("digits", "possible"), [([1, 9], True), ([2, 0], True), ([1, 0], False), ([2, 9], False)])
def test_the_left_drum_has_passed_where_the_right_one_shows_nought(digits, possible):
    assert drums.is_possible(digits, [1, 9]) == possible
    assert drums.is_possible([*digits, 7], [1, 9])  # another number of characters


def decode(*columns):
    """What a decoder reads where each character's column has these probabilities, with blanks between."""
    head = SoftmaxHead()
    head.classes_, head.coef_, head.intercept_ = CLASSES, np.eye(len(CLASSES)), np.zeros(len(CLASSES))
    X, at = [], []
    for k, column in enumerate(columns):
        scores = np.full(len(CLASSES), np.log(1e-6))
        for character, probability in column.items():
            scores[CLASSES.index(character)] = np.log(probability)
        X.append(scores)
        at.append(3 * k + 1)
    row = np.concatenate([np.zeros(HEAD), at, np.concatenate(X)])
    [line] = LineDecoder(head).decode(row[None].astype(np.float32), 8 * len(columns))
    return line


def test_drums_that_carry_are_read_together():
    line = decode({"1": 0.55, "2": 0.45}, {"9": 0.45, "0": 0.55})
    assert set(line.texts[:2]) == {"19", "20"} and not {"10", "29"} & set(line.texts)
    assert line.probabilities[0] == pytest.approx(0.5, abs=0.01)


def test_every_drum_of_a_long_carry_goes_with_the_last():
    line = decode({"1": 0.6, "2": 0.4}, {"9": 0.4, "0": 0.6}, {"9": 0.6, "0": 0.4}, {"9": 0.4, "0": 0.6})
    assert set(line.texts[:2]) == {"1999", "2000"}
    assert sum(line.probabilities[:2]) == pytest.approx(1, abs=0.01)
    assert len(line.turns) == 4 and all(turn for turn in line.turns)


def test_what_does_not_carry_is_read_as_before():
    line = decode({"1": 0.55, "2": 0.45}, {"3": 1.0})
    assert line.texts[:2] == ("13", "23") and line.probabilities[0] == pytest.approx(0.55, abs=0.01)
    assert line.turns == pytest.approx((0, 0), abs=1e-5)  # its neighbour stands at 3: it is not on its way


def test_the_last_drum_says_how_far_it_is_turned():
    line = decode({"1": 1.0}, {"3": 0.7, "4": 0.3})
    assert line.texts[0] == "13" and line.turns == pytest.approx((0, 0.3), abs=0.01)


def test_other_confusions_are_no_turns():
    line = decode({"1": 0.6, "7": 0.4}, {"9": 0.6, "4": 0.4})
    assert line.texts[0] == "19" and line.probabilities[0] == pytest.approx(0.36, abs=0.01)
    assert line.turns == pytest.approx((0, 0), abs=0.01)
