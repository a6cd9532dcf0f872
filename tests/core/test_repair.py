"""Repairs in golden cases, and their properties."""

import math

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.layout import Readout
from readout.model.prior import UNKNOWN
from readout.readings.column import Column
from readout.rules.candidates import NONE
from readout.rules.repair import repair
from readout.rules.rules import Linked, Range, Rising, Step, broken

CLASSES = [*"0123456789", "blank", UNKNOWN]
LABELS = {" ": "blank", "?": UNKNOWN}
LINK = Linked({"top": 1, "bottom": -1}, 10.0)


def columns_of(texts, rivals=(), format_="##.##", sure=0.99999):
    """A column for each readout that reads `texts` with certainty; '' is a frame that was not given.

    rivals: (readout, frame, box): a label and its probability, taken from the label that was read.
    """
    result = {}
    for name, column in texts.items():
        readout = Readout(name, format_, ((0.0, 0.0, 1.0, 1.0),) * format_.count("#"))
        boxes = len(readout.boxes)
        p = np.full((len(column), boxes, len(CLASSES)), (1 - sure) / (len(CLASSES) - 1), np.float32)
        given = np.array([bool(text) for text in column], bool)
        p[~given] = 0
        marks = [k for k, mark in enumerate(format_) if mark == "#"]
        for frame in np.flatnonzero(given):
            for box, mark in enumerate(marks):
                shown = CLASSES.index(LABELS.get(column[frame][mark], column[frame][mark]))
                label, chance = dict(rivals).get((name, int(frame), box), (None, 0))
                p[frame, box, shown] = sure - chance
                if label is not None:
                    p[frame, box, CLASSES.index(LABELS.get(label, label))] = chance
        result[name] = Column.dense(readout, CLASSES, p, np.zeros((len(column), boxes), np.float32), given)
        assert result[name].texts == list(column)
    return result


def rising(start, count, step=0.1):
    return [f"{start + step * k:05.2f}" for k in range(count)]


def changed(texts, **at):
    """Texts with those of some frames replaced: f5='12.34'."""
    result = list(texts)
    for frame, text in at.items():
        result[int(frame[1:])] = text
    return result


UP = rising(78, 20)
DOWN10 = rising(68, 20)
GOLDEN = {
    "nothing to do": ({"top": UP, "bottom": DOWN10}, {}, [Rising("top"), Step("bottom", 0.1), LINK], {}, {}, {}),
    "a dropped digit among rising values": (
        {"top": changed(UP, f7=" 8.70")},
        {("top", 7, 0): ("7", 0.08)},
        [Rising("top")],
        {},
        {"top": {"only rising": [7]}},
        {"top": {7: "78.70"}},
    ),
    "a dropped digit that the head has no doubt about": (
        {"top": changed(UP, f7=" 8.70")},
        {},
        [Rising("top")],
        {},
        {"top": {"only rising": [7]}},
        {},
    ),
    "a digit too high is the one to go, not all that follow": (
        {"top": changed(UP, f7="98.70")},
        {("top", 7, 0): ("7", 0.01)},
        [Rising("top")],
        {},
        {"top": {"only rising": [7]}},
        {"top": {7: "78.70"}},
    ),
    "the first and the last frame": (
        {"top": changed(UP, f0="98.00", f19="19.90")},
        {("top", 0, 0): ("7", 0.2), ("top", 19, 0): ("7", 0.2)},
        [Rising("top")],
        {},
        {"top": {"only rising": [0, 19]}},
        {"top": {0: "78.00", 19: "79.90"}},
    ),
    "one of two linked readouts is repaired by the other": (
        {"top": UP, "bottom": changed(DOWN10, f4="60.40", f9="08.90")},
        {("bottom", 4, 1): ("8", 0.3), ("bottom", 9, 0): ("6", 0.02), ("top", 9, 3): ("1", 0.1)},
        [LINK],
        {},
        {"bottom": {"top - bottom = 10": [4, 9]}},
        {"bottom": {4: "68.40", 9: "68.90"}},
    ),
    "linked readouts that both may be wrong": (
        {"top": changed(UP, f3="78.80"), "bottom": changed(DOWN10, f3="68.90")},
        {("top", 3, 2): ("3", 0.3), ("bottom", 3, 2): ("3", 0.2)},
        [LINK],
        {},
        {"top": {"top - bottom = 10": [3]}, "bottom": {"top - bottom = 10": [3]}},
        {"top": {3: "78.30"}, "bottom": {3: "68.30"}},
    ),
    "linked readouts of which neither has a substitute": (
        {"top": UP, "bottom": changed(DOWN10, f3="99.99")},
        {},
        [LINK],
        {},
        {"top": {"top - bottom = 10": [3]}, "bottom": {"top - bottom = 10": [3]}},
        {},
    ),
    "both wrong alike: the step finds one, the link the other": (
        {"top": changed(UP, f6="18.60"), "bottom": changed(DOWN10, f6="08.60")},
        {("top", 6, 0): ("7", 0.3), ("bottom", 6, 0): ("6", 0.3)},
        [Step("top", 0.1), LINK],
        {},
        {"top": {"step at most 0.1": [6], "top - bottom = 10": [6]}, "bottom": {"top - bottom = 10": [6]}},
        {"top": {6: "78.60"}, "bottom": {6: "68.60"}},
    ),
    "a bad run of five frames": (
        {"top": changed(UP, f6="00.00", f7="00.00", f8="00.10", f9="00.10", f10="00.20")},
        {},
        [Rising("top"), Step("top", 0.1)],
        {},
        {"top": {"only rising": [6, 7, 8, 9, 10], "step at most 0.1": [6, 7, 8, 9, 10]}},
        {},
    ),
    "a new level that lasts is flagged once": (
        {"top": rising(20, 10) + rising(60, 12)},
        {},
        [Step("top", 0.1)],
        {},
        {"top": {"step at most 0.1": [10]}},
        {},
    ),
    "a new level is not believed before it lasts": (
        {"top": rising(20, 10) + rising(60, 5)},
        {},
        [Step("top", 0.1)],
        {},
        {"top": {"step at most 0.1": [10, 11, 12, 13, 14]}},
        {},
    ),
    "a meter that starts again": (
        {"top": rising(90, 20) + rising(0, 20)},
        {},
        [Rising("top")],
        {},
        {"top": {"only rising": [20]}},
        {},
    ),
    "a new level and a bad frame in it": (
        {"top": rising(20, 10) + changed(rising(60, 12), f3="90.30")},
        {("top", 13, 0): ("6", 0.05)},
        [Step("top", 0.1)],
        {},
        {"top": {"step at most 0.1": [10, 13]}},
        {"top": {13: "60.30"}},
    ),
    "two linked readouts that both start again": (
        {"top": rising(90, 20) + rising(10, 20), "bottom": rising(80, 20) + rising(0, 20)},
        {},
        [Rising("top"), Rising("bottom"), LINK],
        {},
        {"top": {"only rising": [20]}, "bottom": {"only rising": [20]}},
        {},
    ),
    "what is hidden, not given or no number leaves time to move": (
        {"top": changed(UP, f4="??.??", f5="78.?0", f6="", f7="  .  ")},
        {},
        [Rising("top"), Step("top", 0.1), Range("top", 78, 80)],
        {},
        {},
        {},
    ),
    "out of range, with a substitute and without": (
        {"top": changed(UP, f4="18.40", f5="98.50")},
        {("top", 4, 0): ("7", 0.01)},
        [Range("top", 70, 80)],
        {},
        {"top": {"range 70 to 80": [4, 5]}},
        {"top": {4: "78.40"}},
    ),
    "a substitute too improbable": (
        {"top": changed(UP, f4="18.40")},
        {("top", 4, 0): ("7", NONE * 0.9)},
        [Range("top", 70, 80)],
        {},
        {"top": {"range 70 to 80": [4]}},
        {},
    ),
    "the nearest to what was read that obeys": (
        {"top": changed(UP, f4="18.40")},
        {("top", 4, 0): ("9", 0.4), ("top", 4, 2): ("8", 0.3)},
        [Range("top", 70, 80), Step("top", 0.1)],
        {},
        {"top": {"range 70 to 80": [4], "step at most 0.1": [4]}},
        {},
    ),
    "typed in place of what was read": (
        {"top": changed(UP, f4="18.40", f5="18.50"), "bottom": changed(DOWN10, f4="68.90")},
        {("top", 4, 0): ("7", 0.3), ("top", 5, 0): ("7", 0.3), ("bottom", 4, 2): ("4", 0.1)},
        [Rising("top"), LINK],
        {("top", 4): "78.40", ("top", 5): None},
        {"bottom": {"top - bottom = 10": [4]}},
        {"bottom": {4: "68.40"}},
    ),
    "typed against the rules": (
        {"top": UP, "bottom": DOWN10},
        {},
        [Range("top", 70, 80), Rising("top"), LINK],
        {("top", 10): "12.00", ("bottom", 10): "13.00", ("bottom", 11): "58.50"},
        {
            "top": {"range 70 to 80": [10], "only rising": [10], "top - bottom = 10": [10, 11]},
            "bottom": {"top - bottom = 10": [10]},
        },
        {},
    ),
    "typed where nothing was read": (
        {"top": changed(UP, f4="", f9="17.90")},
        {},
        [Rising("top")],
        {("top", 4): "79.00", ("other", 3): "1"},
        {"top": {"only rising": [5, 6, 7, 8, 9]}},
        {},
    ),
    "a typed value says which level is right": (
        {"top": rising(20, 10) + rising(60, 3)},
        {},
        [Step("top", 0.1)],
        {("top", 12): "60.20"},
        {"top": {"step at most 0.1": [10]}},
        {},
    ),
}


def raised(outcome):
    result = {
        name: {rule.name: np.flatnonzero(up).tolist() for rule, up in flags.items() if up.any()}
        for name, flags in outcome.flags.items()
    }
    return {name: flags for name, flags in result.items() if flags}


def texts(outcome):
    found = {name: {f: made.text for f, made in repairs.items()} for name, repairs in outcome.repairs.items()}
    return {name: repairs for name, repairs in found.items() if repairs}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_cases(case):
    read, rivals, rules, typed, flags, repairs = GOLDEN[case]
    outcome = repair(columns_of(read, rivals), rules, typed)
    assert raised(outcome) == flags
    assert texts(outcome) == repairs


def test_a_repair_says_what_it_rests_on():
    columns = columns_of({"top": changed(UP, f7=" 8.70")}, {("top", 7, 0): ("7", 0.08)})
    outcome = repair(columns, [Range("top", 0, 100), Rising("top")], {})
    made = outcome.repairs["top"][7]
    assert (made.text, made.value, made.rule) == ("78.70", 78.7, Rising("top"))
    assert made.probability == pytest.approx(0.08, abs=1e-4)
    assert made.read_probability == pytest.approx(0.92, abs=1e-4)
    assert outcome.decoded["top"].tolist() == [float(text) for text in UP]


def obeying(rng, frames):
    """Readings of two linked readouts that rise by up to 0.10 a frame."""
    hundredths = 2000 + np.cumsum(rng.integers(0, 11, frames))
    return {"top": [f"{n / 100:05.2f}" for n in hundredths], "bottom": [f"{n / 100 - 10:05.2f}" for n in hundredths]}


RULES = [Range("top", 15, 70), Rising("top"), Step("top", 0.1), Rising("bottom"), LINK]
SUBSETS = [RULES, RULES[:1], RULES[1:2], RULES[2:3], RULES[1:3], RULES[4:], RULES[:1] + RULES[4:], RULES[2:]]


@pytest.mark.parametrize("rules", SUBSETS, ids=lambda rules: ", ".join(rule.name for rule in rules))
@pytest.mark.parametrize("sure", [0.99999, 0.6, 0.2])
def test_readings_that_obey_are_left_alone(rules, sure):
    rng = np.random.default_rng(1)
    columns = columns_of(obeying(rng, 60), sure=sure)
    outcome = repair(columns, rules, {("top", 30): columns["top"].texts[30], ("bottom", 5): None})
    assert raised(outcome) == {}
    assert texts(outcome) == {}


@pytest.mark.parametrize("rules", SUBSETS, ids=lambda rules: ", ".join(rule.name for rule in rules))
def test_one_bad_frame_changes_no_other(rules):
    for seed in range(25):
        rng = np.random.default_rng(seed)
        good = obeying(rng, 40)
        frame, box = int(rng.integers(40)), int(rng.integers(4))
        mark = [0, 1, 3, 4][box]
        true = good["top"][frame]
        wrong = str((int(true[mark]) + rng.integers(1, 10)) % 10)
        read = {**good, "top": changed(good["top"], **{f"f{frame}": true[:mark] + wrong + true[mark + 1 :]})}
        supported = rng.random() < 0.7
        rivals = {("top", frame, box): (true[mark], 0.1) if supported else (UNKNOWN, 0.1)}
        columns = columns_of(read, rivals)
        outcome = repair(columns, rules, {})
        values = {name: column.values for name, column in columns.items()}
        flagged = {f for flags in raised(outcome).values() for found in flags.values() for f in found}
        assert flagged == ({frame} if any(broken(rule, columns, values).any() for rule in rules) else set())
        assert texts(outcome) == ({"top": {frame: true}} if flagged and supported else {})
        if flagged and not supported:
            assert math.isnan(outcome.decoded["top"][frame])


def test_three_linked_readouts():
    read = {"top": ["30.00", "30.00"], "bottom": ["10.00", "10.00"], "sum": ["40.00", "49.00"]}
    columns = columns_of(read, {("sum", 1, 1): ("0", 0.01)})
    outcome = repair(columns, [Linked({"top": 1, "bottom": 1, "sum": -1}, 0)], {})
    assert raised(outcome) == {"sum": {"top + bottom - sum = 0": [1]}}
    assert texts(outcome) == {"sum": {1: "40.00"}}


def test_no_rules_and_no_frames_give_nothing():
    columns = columns_of({"top": UP})
    outcome = repair(columns, [], {})
    assert (outcome.flags, outcome.repairs, outcome.decoded) == ({}, {}, {})
    outcome = repair(columns_of({"top": [], "bottom": []}), [*RULES], {})
    assert all(len(up) == 0 for flags in outcome.flags.values() for up in flags.values())


def many_linked(count):
    return [Linked({f"r{k}": 1, f"r{k + 1}": -1}, 0) for k in range(count - 1)]


REFUSED = [
    ({"top": UP}, [Rising("middle")], {}, r"'only rising' is about a readout of the layout \(top\), got 'middle'"),
    ({"top": UP, "bottom": UP[:3]}, [LINK], {}, r"columns of the same frames, got lengths .*: give each all frames"),
    ({"top": UP}, [Rising("top")], {("top", 20): "1"}, r"'top' has frames 0 to 19, got a text for frame 20: remove it"),
    ({f"r{k}": UP for k in range(7)}, many_linked(7), {}, r"link at most 6 readouts with each other, got 7 \(r0, r1"),
]


@pytest.mark.parametrize(("read", "rules", "typed", "message"), REFUSED)
def test_what_cannot_be_repaired_is_refused(read, rules, typed, message):
    with pytest.raises(ReadoutError, match=message):
        repair(columns_of(read), rules, typed)


def test_six_linked_readouts_are_as_many_as_may_be():
    read = {f"r{k}": UP for k in range(6)} | {"r2": changed(UP, f3="18.30")}
    columns = columns_of(read, {("r2", 3, 0): ("7", 0.2)})
    assert texts(repair(columns, many_linked(6), {})) == {"r2": {3: "78.30"}}
