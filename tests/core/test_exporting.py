"""Tables to take away: which rows, which cells, what a spreadsheet may compute, and the settings beside them."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from readout import __version__
from readout.errors import ReadoutError
from readout.export.shapes import Shape
from readout.export.tables import (
    MEANINGS,
    NOT_READABLE,
    PROJECT_COLUMNS,
    SHIFT_COLUMNS,
    SHIFT_MEANINGS,
    Row,
    rows,
    settings,
    slug,
    to_json,
)
from readout.export.writers import Dialect, to_text
from readout.layout.layout import Layout, Readout
from readout.model.head import SoftmaxHead
from readout.readings.column import Column
from readout.readings.reading import COLUMNS, FLAGS, FORMULA, NOTE, number, safe, write_csv
from readout.rules.repair import Outcome, Repair, repair
from readout.rules.rules import Linked, Range, Rising

CLASSES = [*"0123456789", "-", "=", "blank", "unknown"]
DOCS = Path(__file__).parents[2] / "docs" / "exports.md"


def column(texts, format_="##", name="top", sure=0.9, given=None, distance=0.0):
    """A column that reads `texts`: each box is `sure` of its character, and all others are equally likely."""
    marks = [k for k, mark in enumerate(format_) if mark == "#"]
    seen = {" ": "blank", "?": "unknown"}
    best = np.array([[CLASSES.index(seen.get(text[k], text[k])) for k in marks] for text in texts])
    probabilities = np.full((*best.shape, len(CLASSES)), (1 - sure) / (len(CLASSES) - 1), np.float32)
    np.put_along_axis(probabilities, best[:, :, None], sure, axis=2)
    readout = Readout(name, format_, tuple((10.0 * k, 0.0, 8.0, 10.0) for k in range(len(marks))))
    given = np.ones(len(texts), bool) if given is None else np.array(given)
    return Column.dense(readout, CLASSES, probabilities, np.full(best.shape, distance, np.float32), given)


def table(frames, columns, outcome=None, typed=None, times=()):
    """What is in the CSV, one dictionary a row."""
    return list(csv.DictReader(io.StringIO(written(frames, columns, outcome, typed, times), newline="")))


def written(*about):
    """The CSV of `rows`."""
    return to_text(Shape().table(rows(*about)), Dialect.named("comma"))


FRAMES = ["b.png", "a.png", "c.png"]
RISING = Rising("top")


# Rows


def test_rows_come_by_frame_as_given_then_by_readout_and_only_where_something_was_read():
    columns = {"z": column(["12", "34", "56"], name="z", given=[True, False, True])}
    columns["a"] = column(["78", "90", "11"], name="a")
    found = [(row["frame"], row["readout"], row["text"]) for row in table(FRAMES, columns)]
    assert found == [
        ("b.png", "z", "12"),
        ("b.png", "a", "78"),
        ("a.png", "a", "90"),
        ("c.png", "z", "56"),
        ("c.png", "a", "11"),
    ]


def test_the_first_columns_are_those_of_the_readings_csv():
    rng = np.random.default_rng(5)
    texts = ["{}{}.{}".format(*rng.choice([*"0123456789-=? "], 3)) for _ in range(200)]
    frames = [f"{'=+-@'[k % 4]}{k}.png" for k in range(200)]
    one = column(texts, "##.#", sure=0.75, distance=2.0)
    plain = io.StringIO()
    write_csv([one.reading(k, frame) for k, frame in enumerate(frames)], plain)
    value = COLUMNS.index("value")
    read = csv.reader(io.StringIO(plain.getvalue()))
    expected = [[*cells[:-1], "", "", "", cells[value], cells[-1]] for cells in read]
    expected[0][len(COLUMNS) : -1] = ["typed", "repaired", "repaired_by", "final"]
    assert list(csv.reader(io.StringIO(written(frames, {"top": one})))) == expected


SAID = [
    # typed, cell
    ({}, ""),
    ({("b.png", "top"): "13"}, "13"),
    ({("b.png", "top"): None}, NOT_READABLE),
    ({("b.png", "top"): "-5.0"}, "-5.0"),
    ({("b.png", "top"): "=1+1"}, "'=1+1"),
    ({("b.png", "bottom"): "13", ("a.png", "top"): "14"}, ""),
]


@pytest.mark.parametrize(("typed", "cell"), SAID)
def test_what_a_person_typed_stands_beside_what_was_read(typed, cell):
    row = table(["b.png"], {"top": column(["12"])}, typed=typed)[0]
    assert (row["text"], row["typed"]) == ("12", cell)


def test_times_are_seconds_with_microseconds_and_may_be_missing():
    found = table(FRAMES, {"top": column(["12", "13", "14"])}, times=[0.0, None, 1 / 3])
    assert [row["time_s"] for row in found] == ["0.000000", "", "0.333333"]


FLAGGED = [
    # text, how sure, distance, rules broken, the cell
    ("12", 0.9, 0, [], ""),
    ("12", 0.5, 0, [], "doubtful"),
    ("1?", 0.9, 2, [], "unknown outlier"),
    ("12", 0.9, 0, ["only rising"], "only-rising"),
    ("1?", 0.5, 2, ["range 0 to 5", "top - bottom = 10"], "doubtful unknown outlier range-0-to-5 top-bottom=10"),
]


@pytest.mark.parametrize(("text", "sure", "distance", "broken", "cell"), FLAGGED)
def test_flags_are_words_first_the_readers_then_the_rules(text, sure, distance, broken, cell):
    rules = [RISING, Range("top", 0, 5), Linked({"top": 1, "bottom": -1}, 10)]
    flags = {rule: np.array([rule.name in broken]) for rule in rules}
    outcome = Outcome({"top": flags, "bottom": {Rising("bottom"): np.array([True])}}, {"top": {}}, {})
    assert table(["f"], {"top": column([text], sure=sure, distance=distance)}, outcome)[0]["flags"] == cell


def test_a_frame_that_was_not_read_has_no_row_whatever_a_rule_says():
    outcome = Outcome({"top": {RISING: np.ones(3, bool)}}, {"top": {}}, {})
    found = table(FRAMES, {"top": column(["12", "13", "14"], given=[True, False, True])}, outcome)
    assert [(row["frame"], row["flags"]) for row in found] == [("b.png", "only-rising"), ("c.png", "only-rising")]


SLUGS = {
    "only rising": "only-rising",
    "range 0 to 60": "range-0-to-60",
    "range -5 to 60": "range--5-to-60",
    "step at most 0.05": "step-at-most-0.05",
    "top - bottom = 10": "top-bottom=10",
    "top + 2 bottom = 10 within 0.1": "top+2-bottom=10-within-0.1",
    "left valve\nA = 3": "left-valve-A=3",
}


@pytest.mark.parametrize(("name", "word"), SLUGS.items())
def test_a_rules_name_is_one_word(name, word):
    assert slug(name) == word


def test_a_repair_is_a_column_of_its_own_with_its_receipt():
    fix = Repair("31", 31.0, RISING, 0.3125, 0.64)
    outcome = Outcome({"top": {RISING: np.array([False, True, False])}}, {"top": {1: fix}}, {})
    found = table(FRAMES, {"top": column(["12", "91", "32"])}, outcome)
    assert [row["text"] for row in found] == ["12", "91", "32"]
    assert [row["repaired"] for row in found] == ["", "31", ""]
    assert [row["repaired_by"] for row in found] == ["", "only rising (0.31 over 0.64)", ""]


def test_what_the_rules_really_find_is_written():
    one = column(["12", "93", "14", "15", "16", "17"], sure=0.9)
    probabilities = one.probabilities
    probabilities[1, 0] = np.where(np.array(CLASSES) == "1", 0.3, 0)
    probabilities[1, 0, CLASSES.index("9")] = 0.7
    one = Column.dense(one.readout, one.classes, probabilities, one.distance, one.given)
    outcome = repair({"top": one}, [Rising("top"), Range("top", 0, 60)], {})
    found = table(list("abcdef"), {"top": one}, outcome)
    assert [row["flags"] for row in found] == ["", "only-rising range-0-to-60", "", "", "", ""]
    assert [row["repaired"] for row in found] == ["", "13", "", "", "", ""]
    assert found[1]["repaired_by"] == "only rising (0.27 over 0.63)"


THREE = {"top": column(["12", "13", "14"])}
WRONG = {
    "fewer frames": ((FRAMES[:2], THREE), "a row for each of 2 frames, got 3 for 'top': read again"),
    "fewer times": ((FRAMES, THREE, None, None, [1.0]), "got 1 for 3 frames: give all"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_lengths_that_differ_are_refused(arguments, message):
    with pytest.raises(ReadoutError, match=message):
        list(rows(*arguments))


# Spreadsheets


CELLS = [
    # what, cell
    ("=1+1", "'=1+1"),
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("+1+1", "'+1+1"),
    ("-1+1", "'-1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("\n=1", "'\n=1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("-", "'-"),
    ("-?.0", "'-?.0"),
    ("-inf", "'-inf"),
    ("-1_0", "'-1_0"),
    ("-5.0", "-5.0"),
    ("+5", "+5"),
    ("-1e3", "-1e3"),
    ("79.05", "79.05"),
    ("12:02", "12:02"),
    (" =", " ="),
    ("'=1", "''=1"),
    ("''-5", "'''-5"),
    ("'5", "'5"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "cell"), CELLS)
def test_a_cell_is_no_formula_and_a_number_stays_one(text, cell):
    assert safe(text) == cell


def test_no_cell_of_a_hostile_table_is_a_formula():
    hostile = [f"{start}HYPERLINK(A1),\"'\n{k}" for k, start in enumerate(FORMULA)]
    texts = ["==" if k % 2 else "-=" for k in range(len(hostile))]
    columns = {name: column(texts, name=name) for name in ("=top", "@bottom")}
    typed = {(frame, name): f"{frame}!" for frame in hostile for name in columns}
    rule = Linked({"=top": 1, "@bottom": -1}, 10)
    fixes = {k: Repair("-=", np.nan, rule, 0.1, 0.2) for k in range(len(hostile))}
    outcome = Outcome({"=top": {rule: np.ones(len(hostile), bool)}}, {"=top": fixes}, {})
    found = table(hostile, columns, outcome, typed)
    assert [row["frame"].removeprefix("'") for row in found[::2]] == hostile
    assert len(found) == 2 * len(hostile)
    for row in found:
        assert tuple(row) == (*PROJECT_COLUMNS, NOTE)
        assert not [cell for cell in row.values() if cell.startswith(FORMULA) and number(cell) is None]


def test_any_name_is_text_in_utf_8():
    frames = ["Höhe 90°.png", "温度,1.png", 'quo"te.png', "two\nlines.png"]
    text = written(frames, {"top": column(["12"] * 4)})
    back = csv.DictReader(io.StringIO(text.encode("utf-8").decode("utf-8"), newline=""))
    assert [row["frame"] for row in back] == frames


# JSON and settings


HEAD = SoftmaxHead(l2=0.25).fit(np.eye(3), list("abc"))
LAYOUT = Layout((64, 48), (column(["12"]).readout, column(["12"], name="bottom").readout))
RULES = [
    {"kind": "rising", "readout": "top"},
    {"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 10.0, "tolerance": 0.0},
]


@pytest.fixture
def made(pixel_backbone):
    columns = {"top": column(["12", "13", "14"], given=[True, False, True])}
    columns["bottom"] = column(["02", "03", "04"], name="bottom")
    return settings(pixel_backbone, HEAD, LAYOUT, list("bacab"), columns, RULES, "2026-01-02")


def test_settings_say_all_that_made_the_readings(made, pixel_backbone):
    assert json.loads(json.dumps(made)) == made
    assert made["readout"] == __version__
    assert made["date"] == "2026-01-02"
    assert made["backbone"] == {"name": "pixels", "sha256": pixel_backbone.sha256}
    assert made["examples"] == {"a": 2, "b": 2, "c": 1}
    assert list(made["examples"]) == ["a", "b", "c"]
    assert (made["frames"], made["readings"]) == (3, {"top": 2, "bottom": 3})
    assert made["head"]["classes"] == ["a", "b", "c"]
    assert (made["head"]["l2"], made["head"]["prior"]) == (0.25, None)
    assert [rule["name"] for rule in made["rules"]] == ["only rising", "top - bottom = 10"]
    assert Layout.from_json(json.dumps(made["layout"])) == LAYOUT


def test_settings_of_a_head_with_a_prior_name_its_pull(knowing_backbone):
    head = SoftmaxHead(prior=knowing_backbone.prior).fit([], [])
    made = settings(knowing_backbone, head, LAYOUT, [], {})
    assert (made["head"]["l2"], made["head"]["prior"]) == (None, {"l2": 0.5})
    assert (made["frames"], made["examples"], made["rules"]) == (0, {}, [])


def test_json_has_the_rows_of_the_csv_as_values(made):
    frames = ["=a.png", "b.png", "c\udcff.png"]
    columns = {"top": column(["-?", "-3", " 4"], distance=2.0)}
    typed = {("b.png", "top"): None, ("=a.png", "top"): "-1"}
    fix = Repair("-2", -2.0, RISING, 0.001, 0.9)
    outcome = Outcome({"top": {RISING: np.array([False, True, False])}}, {"top": {1: fix}}, {})
    document = json.loads(to_json(rows(frames, columns, outcome, typed, [0.5, None, 2]), made))
    assert (document["version"], document["settings"]) == (1, made)
    assert (document["rows"][0]["value"], document["rows"][0]["final"]) == (None, -1.0)
    assert document["rows"][1] == {
        "frame": "b.png",
        "time_s": None,
        "readout": "top",
        "text": "-3",
        "value": -3.0,
        "confidence": 0.81,
        "flags": ["outlier", "only-rising"],
        "confirmed": None,
        "typed": NOT_READABLE,
        "repaired": "-2",
        "repaired_by": "only rising (0.001 over 0.9)",
        "final": None,
        "note": None,
    }
    in_csv = table(frames, columns, outcome, typed, [0.5, None, 2])
    for row, cells in zip(document["rows"], in_csv, strict=True):
        words = {**row, "flags": " ".join(row["flags"])}
        assert tuple(words) == (*PROJECT_COLUMNS, NOTE)
        for name in ("frame", "readout", "text", "flags", "typed", "repaired", "repaired_by"):
            assert safe(words[name] or "") == cells[name]
        for name in ("time_s", "value", "confidence", "final"):
            assert words[name] == (float(cells[name]) if cells[name] else None)


def test_no_rows_are_an_empty_list(made):
    assert json.loads(to_json([], made))["rows"] == []


# What is documented


def test_every_column_flag_and_setting_is_documented(made):
    text = DOCS.read_text(encoding="utf-8")
    assert tuple(MEANINGS) == (*PROJECT_COLUMNS, NOTE)
    assert Row._fields == (*PROJECT_COLUMNS[:-1], *SHIFT_COLUMNS, NOTE, "final")
    assert PROJECT_COLUMNS[: len(COLUMNS)] == COLUMNS
    for word in [*PROJECT_COLUMNS, NOTE, *SHIFT_COLUMNS, *SHIFT_MEANINGS, *FLAGS, *made, *made["head"], NOT_READABLE]:
        assert f"`{word}`" in text, word
