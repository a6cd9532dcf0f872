"""Rules keep their words, and find what breaks them in the decimals that are shown."""

import json
import math
from decimal import Decimal

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.layout import Readout
from readout.readings.column import Column
from readout.rules.rules import (
    LARGEST,
    Linked,
    Range,
    Rising,
    Step,
    broken,
    rule_from_json,
    rule_id,
    scaled,
    shown_decimals,
)

NAN = math.nan


def column(format_="##.##", classes="0123456789"):
    boxes = format_.count("#")
    readout = Readout("top", format_, ((0.0, 0.0, 1.0, 1.0),) * boxes)
    return Column.dense(
        readout, list(classes), np.zeros((0, boxes, len(classes))), np.zeros((0, boxes)), np.zeros(0, bool)
    )


NAMES = [
    (Range("top", 0, 100), "range 0 to 100", {"kind": "range", "readout": "top", "min": 0, "max": 100}),
    (Range("top", -0.5), "range from -0.5", {"kind": "range", "readout": "top", "min": -0.5}),
    (Range("top", max=1e6), "range to 1000000", {"kind": "range", "readout": "top", "max": 1e6}),
    (Step("top", 2), "step at most 2", {"kind": "step", "readout": "top", "most": 2}),
    (Step("top", 1e-5), "step at most 0.00001", {"kind": "step", "readout": "top", "most": 1e-5}),
    (Rising("top"), "only rising", {"kind": "rising", "readout": "top"}),
    (
        Linked({"top": 1, "bottom": -1}, 10.0),
        "top - bottom = 10",
        {"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 10.0, "tolerance": 0.0},
    ),
    (
        Linked({"top": -2, "bottom": 0.5}, 0, 0.05),
        "- 2 top + 0.5 bottom = 0 within 0.05",
        {"kind": "linked", "terms": {"top": -2, "bottom": 0.5}, "equals": 0, "tolerance": 0.05},
    ),
]


@pytest.mark.parametrize(("rule", "name", "entry"), NAMES)
def test_rules_have_a_name_and_go_to_json_and_back(rule, name, entry):
    assert rule.name == name
    assert rule.to_json() == entry
    assert rule_from_json(json.loads(json.dumps(entry)), ["top", "bottom"]) == rule
    assert hash(rule_from_json(entry, ["top", "bottom"])) == hash(rule)


REFUSED = [
    ("rising", r"a rule is a JSON object, got 'rising': write it as"),
    ({"kind": "falling", "readout": "top"}, r"one of range, step, rising, linked, got 'falling': choose one"),
    ({"kind": ["range"]}, r"got \['range'\]: choose one"),
    ({"readout": "top"}, r"got None: choose one"),
    ({"kind": "step", "readout": "top"}, r"has readout, most, got \{.*\} \('most' is missing\): correct it"),
    ({"kind": "rising", "readout": "top", "max": 3}, r"\('max' is unknown\): correct it"),
    ({"kind": "rising", "readout": "middle"}, r"'only rising' is about a .* \(top, bottom\), got 'middle': choose"),
    ({"kind": "rising", "readout": 3}, r"'only rising' names a readout, got 3: give its name"),
    ({"kind": "range", "readout": "top"}, r"smallest or a largest value, got neither: give min, max or both"),
    ({"kind": "range", "readout": "top", "min": 2, "max": 1}, r"min at most max, got 2 and 1: swap them"),
    ({"kind": "range", "readout": "top", "min": "2"}, r"the min of a range is a number .*, got '2': correct it"),
    ({"kind": "range", "readout": "top", "min": True}, r"the min of a range is a number .*, got True: correct it"),
    ({"kind": "range", "readout": "top", "max": math.nan}, r"the max of a range is a number .*, got nan: correct it"),
    ({"kind": "range", "readout": "top", "min": -1e15}, r"at most 15 digits, got -1000000000000000.0: correct it"),
    ({"kind": "step", "readout": "top", "most": -1}, r"a largest step is 0 or more, .* got -1: correct it"),
    ({"kind": "step", "readout": "top", "most": math.inf}, r"a largest step .*, got inf: correct it"),
    ({"kind": "step", "readout": "top", "most": 0.1 + 0.2}, r"at most 9 decimals, got 0.30000000000000004: round it"),
    ({"kind": "linked", "terms": {"top": 1}, "equals": 1}, r"two or more different readouts, got \['top'\]: add"),
    ({"kind": "linked", "terms": [["top", 1], ["top", 2]], "equals": 1}, r"different readouts, got \['top', 'top'\]"),
    ({"kind": "linked", "terms": "top", "equals": 1}, r"readouts with their coefficients, got 'top': write them as"),
    ({"kind": "linked", "terms": {"top": 1, "bottom": 0}, "equals": 1}, r"differ from 0, got 0 for 'bottom': leave"),
    ({"kind": "linked", "terms": {"top": 1, "bottom": "a"}, "equals": 1}, r"coefficient of 'bottom' is a number"),
    ({"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": None}, r"what a link equals .*, got None"),
    ({"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 1, "tolerance": -1}, r"0 or more, .* got -1"),
]


@pytest.mark.parametrize(("entry", "message"), REFUSED)
def test_a_rule_that_makes_no_sense_is_refused(entry, message):
    with pytest.raises(ReadoutError, match=message):
        rule_from_json(entry, ["top", "bottom"])


BROKEN = [
    # rule, values of top, values of bottom, which frames break it
    (Range("top", 0.1, 0.3), [0, 0.1, 0.3, 0.31, NAN], None, [0, 3]),
    (Range("top", 0.125), [0.12, 0.13], None, [0]),
    (Range("top", max=-3), [-3, -2.99], None, [1]),
    (Step("top", 0.1), [0.3, 0.2, 0.31, 0.41, 0.3], None, [2, 4]),
    (Step("top", 2), [1, NAN, 5, NAN, NAN, 11.01, 13.01], None, [5]),
    (Step("top", 2), [9, NAN, 5, NAN, 0.99, NAN, NAN, -5], None, [4]),
    (Step("top", 0), [1, 1, NAN, 1, 1.01], None, [4]),
    (Rising("top"), [NAN, 3, 3, 2.99, 5, NAN, 4.99, 4.99], None, [3, 6]),
    (Rising("top"), [], None, []),
    (Linked({"top": 1, "bottom": -1}, 10.0), [79.05, 10.1, 10.3, NAN, 1], [69.05, 0.1, 0.31, 1, NAN], [2]),
    (Linked({"top": 1, "bottom": -1}, 0.1, 0.2), [1.1, 1.3, 1.31, 0.9, 0.89], [1] * 5, [2, 4]),
    (Linked({"top": 0.1, "bottom": 0.2}, 0.3), [1, 3, 0.1, 2.9], [1, 0, 1.45, 0.06], [3]),
    (Linked({"top": 1, "bottom": -1}, 0.005, 0.005), [1, 1.01, 1.02], [1, 1, 1], [2]),
]


@pytest.mark.parametrize(("rule", "top", "bottom", "frames"), BROKEN)
def test_what_breaks_a_rule(rule, top, bottom, frames):
    values = {"top": np.array(top, float), "bottom": np.array(top if bottom is None else bottom, float)}
    result = broken(rule, {"top": column(), "bottom": column()}, values)
    assert result.dtype == bool
    assert np.flatnonzero(result).tolist() == frames


DECIMALS = [
    ("##.##", "0123456789", 2),
    ("####", "0123456789", 0),
    ("##.", "0123456789", 0),
    ("##.#0 V", "0123456789", 2),
    ("####", "0123456789.", 9),
    ("##########", "0123456789.", 5),
    ("#e-#", "0123456789", 9),
    ("##.##", ["0", "blank", "unknown"], 2),
]


@pytest.mark.parametrize(("format_", "classes", "decimals"), DECIMALS)
def test_how_many_decimals_a_readout_shows(format_, classes, decimals):
    assert shown_decimals(column(format_, classes)) == decimals


def test_scaled_numbers_are_exact():
    rng = np.random.default_rng(0)
    for places in range(8):
        texts = [f"{n / 10**places:.{places}f}" for n in rng.integers(0, 10**9, 200)]
        expected = [int(Decimal(text).scaleb(places)) for text in texts]
        assert scaled(np.array([float(text) for text in texts]), places).tolist() == expected
    assert np.isnan(scaled(np.array([LARGEST, -LARGEST, 1e300, NAN]), 9)).all()


def test_a_link_that_holds_in_decimals_holds_for_every_value():
    top = np.arange(1000, 10000) / 100
    bottom = np.array([float(Decimal(n - 1000).scaleb(-2)) for n in range(1000, 10000)])
    assert (top - bottom != 10).any()  # what binary fractions would say
    columns = {"top": column(), "bottom": column()}
    assert not broken(Linked({"top": 1, "bottom": -1}, 10.0), columns, {"top": top, "bottom": bottom}).any()


def test_equal_rules_have_one_id_however_they_are_written():
    linked = {"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 10, "tolerance": 0}
    same = {"tolerance": 0.0, "equals": 10.0, "terms": {"bottom": -1.0, "top": 1.0}, "kind": "linked"}
    short = {"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 10}
    assert rule_id(linked) == rule_id(same) == rule_id(short)
    assert rule_id(linked) == rule_id(rule_from_json(linked, ["top", "bottom"]).to_json())
    others = [linked, {**linked, "equals": 11}, {**linked, "tolerance": 1}, {"kind": "rising", "readout": "top"}]
    assert len({rule_id(rule) for rule in others}) == 4
