"""Combinations of two readouts of one digit each."""

import numpy as np
import pytest

from readout.layout.layout import Readout
from readout.readings.column import Column
from readout.rules.candidates import Observed
from readout.rules.combinations import FRAMES_PER_STEP, Combinations
from readout.rules.rules import Linked, Range

RULES = [Linked({"top": 1, "bottom": -1}, 2), Range("top", max=8)]
DECIMALS = {"top": 0, "bottom": 0}


def evidence(name, chances, typed=()):
    """Of a frame for each dictionary of digit to probability."""
    p = np.array([[[chance.get(str(digit), 0) for digit in range(10)]] for chance in chances], np.float32)
    readout = Readout(name, "#", ((0.0, 0.0, 1.0, 1.0),))
    column = Column.dense(readout, list("0123456789"), p, np.zeros(p.shape[:2]), np.ones(len(p), bool))
    return Observed.of(column, dict(typed))


def two(top, bottom, typed=()):
    members = {"top": evidence("top", [top], typed), "bottom": evidence("bottom", [bottom])}
    (found,) = Combinations.of(np.array([0]), members, RULES, DECIMALS, 2)
    return found


def shown(found, which):
    ranks = np.unravel_index(which, found.shape)
    return [own.values[0, rank] for own, rank in zip(found.choices.values(), ranks, strict=True)]


CASES = [
    # top, bottom, what is cheapest: nan is passed over
    ({"5": 0.9, "6": 0.1}, {"3": 1}, [5, 3]),
    ({"5": 0.9, "6": 0.1}, {"4": 1}, [6, 4]),
    ({"5": 0.9, "6": 0.1}, {"4": 0.8, "3": 0.2}, [5, 3]),
    ({"9": 0.9, "6": 0.1}, {"7": 0.9, "4": 0.1}, [6, 4]),
    ({"9": 0.9, "6": 0.1}, {"7": 1}, [np.nan, 7]),
    ({"5": 0.9, "6": 0.1}, {"1": 1}, [np.nan, 1]),
    ({"5": 1}, {"1": 0.9, "2": 0.1}, [5, np.nan]),
]


@pytest.mark.parametrize(("top", "bottom", "values"), CASES)
def test_the_cheapest_combination_obeys_the_rules_within_a_frame(top, bottom, values):
    found = two(top, bottom)
    assert shown(found, found.cheapest[0]) == pytest.approx(values, nan_ok=True)
    others = np.delete(found.cost[0], found.cheapest[0])
    assert found.lead[0] == pytest.approx(others.min() - found.cost[0, found.cheapest[0]])
    assert (found.lead >= 0).all()


def test_a_typed_value_stands_whatever_the_rules_say():
    found = two({"5": 1}, {"7": 1}, {0: "9"})
    assert shown(found, found.cheapest[0]) == [9, 7]


def test_options_of_one_readout_take_the_cheapest_of_the_other():
    found = two({"5": 0.9, "6": 0.1}, {"4": 0.8, "3": 0.2})
    ((index, costs, values),) = found.options({"top": 1}, np.array([False]))
    assert [value for (value,) in values] == pytest.approx([50, 60, np.nan], nan_ok=True)
    assert costs == pytest.approx([np.log(4), np.log(9), np.log(900)], rel=1e-5)
    assert [shown(found, which)[1] for which in index] == [3, 4, 4]
    ((index, costs, values),) = found.options({"top": 1}, np.array([True]))
    assert (index, values) == ([found.cheapest[0]], [[50]])


def test_frames_come_in_chunks():
    members = {"top": evidence("top", [{"5": 1}] * (FRAMES_PER_STEP + 3))}
    found = list(Combinations.of(np.arange(1, FRAMES_PER_STEP + 3), members, RULES[1:], DECIMALS, 2))
    assert [len(part.frames) for part in found] == [FRAMES_PER_STEP, 2]
    assert np.concatenate([part.frames for part in found]).tolist() == list(range(1, FRAMES_PER_STEP + 3))
    assert list(Combinations.of(np.array([], int), members, RULES[1:], DECIMALS, 2)) == []
