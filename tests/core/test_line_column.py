"""Readings of windows: columns of texts with rivals, and rules over them."""

import numpy as np
import pytest

from readout.layout.layout import Readout
from readout.readings.line import Line
from readout.readings.line_column import LineColumn
from readout.readings.reading import FLAGS
from readout.rules.repair import repair
from readout.rules.rules import Range, Rising

WINDOW = Readout("speed", window=(0, 0, 80, 20))


def line(*texts, **more):
    return Line(tuple(text for text, _ in texts), tuple(p for _, p in texts), **more)


def column(lines, index=None):
    return LineColumn(WINDOW, ["blank", "1"], lines, np.arange(len(lines)) if index is None else np.array(index))


LINES = [
    line(("99", 0.98), ("9", 0.01)),
    line(("100", 0.9), ("10", 0.05)),
    line(("", 1.0)),
    line(("12.5", 0.4), ("125", 0.3), cut=True, distance=1.5),
    line(("", 0.7), unknown=True),
]


def test_texts_values_and_confidence_are_spread_over_the_frames():
    found = column(LINES, [1, 0, -1, 2, 1])
    assert found.texts == ["100", "99", "", "", "100"]
    assert np.array_equal(found.values, [100, 99, np.nan, np.nan, 100], equal_nan=True)
    assert found.confidence.tolist() == pytest.approx([0.9, 0.98, 0, 1, 0.9])
    assert found.given.tolist() == [True, True, False, True, True]


def test_flags_say_why_to_look_again():
    flags = column(LINES).flags
    said = [{name for bit, name in enumerate(FLAGS) if flag >> bit & 1} for flag in flags.tolist()]
    assert said == [set(), set(), set(), {"doubtful", "cut", "outlier"}, {"doubtful", "unknown"}]
    assert column(LINES).texts[4] == "?"


@pytest.mark.parametrize(("probability", "flags"), [(0.79, ("doubtful",)), (0.81, ())])
def test_a_text_is_doubtful_where_more_than_one_in_five_is_wrong(probability, flags):
    assert column([line(("18.74", probability))]).reading(0, "1.png").flags == flags


def test_of_two_values_that_a_picture_mixes_none_is_sure():
    """Both at half: whichever is read, and a third one made of both, is in doubt."""
    for text in ("18.74", "12.74", "14.11"):
        assert column([line((text, 0.5), ("12.74", 0.49))]).flags.tolist() == [1]


@pytest.mark.parametrize(("rival", "doubtful"), [("0.987", True), ("098.7", True), ("0986", False), ("987", False)])
def test_a_point_that_may_stand_elsewhere_is_a_doubt_however_sure_the_digits_are(rival, doubtful):
    assert column([line(("0987", 0.85), (rival, 0.12))]).flags.tolist() == [int(doubtful)]


def test_a_comma_for_a_point_is_no_doubt():
    assert column([line(("12.5", 0.85), ("12,5", 0.14))]).flags.tolist() == [0]


def test_a_sum_of_columns_keeps_their_rows():
    whole = column(LINES, [0, 1, 3])
    again = column(LINES, [0]).concat([column(LINES, [1, 3]), column(LINES, [-1])])
    assert again.texts == [*whole.texts, ""] and again.given.tolist() == [True, True, True, False]


def test_rivals_come_in_their_order_and_their_number():
    texts, probabilities = column(LINES).alternatives(np.array([0, 2]), 3)
    assert texts.tolist() == [["99", "9", ""], ["", "", ""]]
    assert probabilities[:, :2].tolist() == [[0.98, 0.01], [1.0, 0.0]]


def test_a_rule_chooses_among_the_rivals_of_a_window():
    lines = [line(("98", 0.99)), line(("9", 0.6), ("99", 0.39)), line(("100", 0.99))]
    outcome = repair({"speed": column(lines)}, [Rising("speed")], {})
    assert outcome.flags["speed"] and {row: fix.text for row, fix in outcome.repairs["speed"].items()} == {1: "99"}


def test_a_rule_makes_up_nothing_that_was_not_read():
    lines = [line(("98", 0.99)), line(("9", 0.99), ("8", 0.01))]
    outcome = repair({"speed": column(lines)}, [Range("speed", 50, 200)], {})
    assert all(fix.text != "99" for fix in outcome.repairs["speed"].values())


@pytest.mark.parametrize("lost", [{"cut": True}, {"beside": (False, True)}])
def test_texts_that_may_be_cut_do_not_say_how_numbers_are_written(lost):
    """Of 10,000 the window shows 10,00: that is no decimal comma, and 9,998 is not 9.998."""
    found = column([line(("9,998", 0.99)), *[line((f"10,0{k}", 0.99), **lost) for k in range(8)]])
    assert found.values[0] == 9998
