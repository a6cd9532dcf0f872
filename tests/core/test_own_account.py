"""The estimate of wrong readings: what a strip cannot tell, but its table can, is no doubt."""

import numpy as np
import pytest

from readout.layout.layout import Readout
from readout.readings.comparison import compare
from readout.readings.line import Line
from readout.readings.line_column import LineColumn
from readout.readings.own_account import chances, form_of, plain

TABLE = [(f"{k}.{k}", 1.0) for k in range(10, 60)]
"""Texts of one form, which nothing speaks against."""


def column(*lines):
    """A frame for each."""
    readout = Readout("n", window=(0.0, 0.0, 90.0, 20.0))
    return LineColumn(readout, ("0",), lines, np.arange(len(lines)))


def chance_of(line, table=TABLE):
    """The chance of one line beside others of certain texts."""
    return chances(column(line, *(Line((text,), (sure,)) for text, sure in table)))[0]


@pytest.mark.parametrize("rival", ["49,48", "49.4", "4948", "49:48", "49.,48"])
def test_a_form_that_no_other_text_has_is_no_rival(rival):
    line = Line(("49.48", rival), (0.6, 0.4))
    assert chance_of(line) > 0.95
    if rival != "49.,48":  # no display shows two signs beside each other
        assert chance_of(line, ()) < 0.85


@pytest.mark.parametrize("rival", ["49.46", "9.48", "99.48"])
def test_other_digits_of_the_same_form_are_as_likely_as_the_strip_says(rival):
    assert chance_of(Line(("49.48", rival), (0.6, 0.4))) == pytest.approx(0.6)


def test_what_is_not_listed_counts_against_a_text():
    assert chance_of(Line(("49.48",), (0.6,))) == pytest.approx(0.6)


def test_a_point_that_all_texts_miss_is_a_doubt_in_full():
    table = [(f"{k}25", 1.0) for k in range(10, 60)]
    assert chance_of(Line(("4948", "49.48"), (0.6, 0.4)), table) == pytest.approx(0.6)


def test_both_signs_in_one_table_tell_nothing():
    table = [(text, 1.0) for k in range(10, 30) for text in (f"{k}.123", f"{k},123")]
    assert chance_of(Line(("49.480", "49,480"), (0.6, 0.4)), table) == pytest.approx(0.6, abs=0.02)


def test_a_text_of_a_rare_form_is_doubted_more():
    assert chance_of(Line(("49.4", "49.48"), (0.9, 0.1))) < 0.4


@pytest.mark.parametrize(("forced", "sure"), [(False, True), (True, False)])
def test_a_constraint_that_forces_every_text_is_no_evidence_for_itself(forced, sure):
    lines = [Line((f"{k}.{k}",), (0.5,), forced=forced, ruled_out=0.5) for k in range(10, 60)]
    assert (chances(column(*lines)).min() > 0.9) == sure


def test_a_text_with_an_unknown_character_is_wrong():
    assert chance_of(Line(("4?.48",), (0.99,), unknown=True)) == 0


def test_frames_of_one_state_whose_point_may_be_missed_are_no_surer_together():
    lines = [Line(("4948", "49.48"), (0.7, 0.3)) for _ in range(30)]
    assert compare(column(*lines)).wrong == pytest.approx(np.full(30, 0.3), abs=0.01)


def test_forms():
    assert [form_of(text) for text in ("12", "1.25", "1,234.5", "1:02.5")] == [("", 0), (".", 2), (",.", 1), (":.", 1)]
    assert plain("49.,95") == "49.95" and plain("1,234.5") == "1,234.5"
