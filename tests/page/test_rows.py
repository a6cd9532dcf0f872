"""Which rows the table of readings shows and what its chart draws, against Python's own sorting, numbers and rules."""

import math

import numpy as np
import pytest

from readout.readings.reading import number
from readout.rules.rules import rule_from_json, rule_id
from tests.page.helpers import ROOT
from tooling.serve import serve

COUNT = 1500
NAMES = [f"image-{k:04}.png" for k in range(COUNT)]
PLAIN = {"by": "frame", "readout": None, "down": False, "filter": "all", "search": ""}
MARKS = ("flagged", "doubtful", "typed", "repaired", "changed", "unread")

SETUP = """async ([columns, names, looks]) => {
  const { countMarks, listRows, marksOf, positionsOf } = await import(new URL("site/features/readings/rows.js", location.origin));
  const { seriesOf, summaryOf } = await import(new URL("site/features/readings/series.js", location.origin));
  const made = columns.map((column) => ({
    ...column, values: Float64Array.from(column.values, (value) => value ?? NaN), confidence: Float32Array.from(column.confidence),
    flags: Uint8Array.from(column.flags), given: Uint8Array.from(column.given),
    typed: new Map(column.typed), ruled: new Map(column.ruled), repairs: new Map(column.repairs),
  }));
  const marks = marksOf(names.length, made);
"""
LIST = SETUP + "return looks.map((look) => [...listRows(names, made, marks, look)]); }"
CALL = """async ([file, name, ...args]) => (await import(new URL(`site/${file}`, location.origin)))[name](...args)"""


@pytest.fixture(scope="module")
def bare(browser):
    """An empty page of the checkout's origin, which no test alters."""
    with serve(ROOT) as server:
        page = browser.new_page()
        page.goto(f"{server.url}site/icon.svg")
        yield page
        page.close()


def column(name, seed):
    """A readout's column with ties, numbers below zero, texts that are no numbers, and rows not read."""
    rng = np.random.default_rng(seed)
    given = rng.random(COUNT) > 0.1
    values = np.where(rng.random(COUNT) > 0.05, np.round(rng.normal(0, 40, COUNT), 1), np.nan)
    confidence = np.round(rng.random(COUNT) ** 0.3, 2).astype(np.float32).astype(float)
    flags = np.where(given, (confidence < 0.5) * 1 + (rng.random(COUNT) < 0.03) * 4, 0)
    some = rng.choice(COUNT, 60, replace=False).tolist()
    return {
        "name": name,
        "texts": [
            ("" if not g else "?9.05" if math.isnan(v) else f"{v:.2f}") for v, g in zip(values, given, strict=True)
        ],
        "values": [None if math.isnan(v) or not g else v for v, g in zip(values.tolist(), given, strict=True)],
        "confidence": np.where(given, confidence, 0).tolist(),
        "flags": flags.tolist(),
        "given": given.astype(int).tolist(),
        "typed": [[row, None if row % 3 == 0 else f"{row}.25"] for row in some[:20]],
        "ruled": [[row, ["only rising"]] for row in some[20:40]],
        "repairs": [[row, {"text": f"{row}.75", "value": row + 0.75, "rule": "only rising"}] for row in some[40:]],
        "changed": some[::7],
    }


COLUMNS = [column("top", 0), column("bottom", 1)]


def marked(mark):
    """The rows that carry a mark in any readout."""
    rows = set()
    for each in COLUMNS:
        rows |= {
            "flagged": {k for k in range(COUNT) if each["flags"][k]} | {k for k, _ in each["ruled"]},
            "doubtful": {k for k in range(COUNT) if each["flags"][k] & 1},
            "typed": {k for k, _ in each["typed"]},
            "repaired": {k for k, _ in each["repairs"]},
            "changed": set(each["changed"]),
            "unread": {k for k in range(COUNT) if not each["given"][k]},
        }[mark]
    return rows


def expected(look):
    """The rows that a look is of, by Python's stable sort."""
    rows = list(range(COUNT)) if look["filter"] == "all" else sorted(marked(look["filter"]))
    if look["by"] == "frame":
        return rows[::-1] if look["down"] else rows
    of = next(each for each in COLUMNS if each["name"] == look["readout"])
    keys = {"value": of["values"], "confidence": of["confidence"]}[look["by"]]
    present = [k for k in rows if of["given"][k] and keys[k] is not None]
    present.sort(key=lambda k: -keys[k] if look["down"] else keys[k])
    return present + sorted(set(rows) - set(present))


def test_rows_are_sorted_and_filtered(bare):
    ways = [("frame", None), ("confidence", "top"), ("value", "top"), ("confidence", "bottom"), ("value", "bottom")]
    looks = [
        {**PLAIN, "by": by, "readout": readout, "down": down, "filter": kept}
        for by, readout in ways
        for down in (False, True)
        for kept in ("all", *MARKS)
    ]
    for look, found in zip(looks, bare.evaluate(LIST, [COLUMNS, NAMES, looks]), strict=True):
        assert found == expected(look), look


def test_marks_are_counted(bare):
    counts = bare.evaluate(SETUP + "return countMarks(marks); }", [COLUMNS, NAMES, []])
    assert counts == {"all": COUNT, **{mark: len(marked(mark)) for mark in MARKS}}


def any_value(fits):
    rows = set()
    for each in COLUMNS:
        rows |= {k for k, value in enumerate(each["values"]) if value is not None and fits(value)}
        rows |= {k for k, text in each["typed"] if text is not None and fits(float(text))}
        rows |= {k for k, repair in each["repairs"] if fits(repair["value"])}
    return sorted(rows)


def any_text(part):
    said = [dict(each["typed"]) for each in COLUMNS]
    mended = [{k: repair["text"] for k, repair in each["repairs"]} for each in COLUMNS]
    texts = [
        [NAMES[k]]
        + [each["texts"][k] for each in COLUMNS]
        + [s.get(k) or "" for s in said]
        + [m.get(k, "") for m in mended]
        for k in range(COUNT)
    ]
    return [k for k, row in enumerate(texts) if any(part in text.lower() for text in row)]


SEARCHES = {
    "a name": ("Image-0042", lambda: [42]),
    "a part of a value": ("9.05", lambda: any_text("9.05")),
    "spaces around it": ("  9.05 ", lambda: any_text("9.05")),
    "what was typed": (f"{COLUMNS[0]['typed'][1][0]}.25", lambda: any_text(f"{COLUMNS[0]['typed'][1][0]}.25")),
    "above": ("> 80", lambda: any_value(lambda v: v > 80)),
    "below, negative": ("<-60.5", lambda: any_value(lambda v: v < -60.5)),
    "a range": ("-1.5..2", lambda: any_value(lambda v: -1.5 <= v <= 2)),
    "a range in words": ("10 to 12", lambda: any_value(lambda v: 10 <= v <= 12)),
    "nothing": ("no such thing", list),
}


@pytest.mark.parametrize(("search", "rows"), SEARCHES.values(), ids=SEARCHES)
def test_rows_are_found(bare, search, rows):
    [found] = bare.evaluate(LIST, [COLUMNS, NAMES, [{**PLAIN, "search": search}]])
    assert found == rows()


def test_positions_invert_the_list(bare):
    script = SETUP + "return [...positionsOf(listRows(names, made, marks, looks[0]), names.length)]; }"
    look = {**PLAIN, "by": "value", "readout": "top", "filter": "flagged"}
    positions = bare.evaluate(script, [COLUMNS, NAMES, [look]])
    places = {row: place for place, row in enumerate(expected(look))}
    assert positions == [places.get(k, -1) for k in range(COUNT)]


def test_columns_shorter_than_the_frames_are_not_read_there(bare):
    """Frames have come and the readings have not yet."""
    short = {**COLUMNS[0], "texts": [], "values": [], "confidence": [], "flags": [], "given": []}
    counts = bare.evaluate(SETUP + "return countMarks(marks); }", [[short], NAMES, []])
    assert counts["unread"] == COUNT


TEXTS = [
    "79.05",
    "-3",
    "+.5",
    "5.",
    "1e5",
    "1E-2",
    " 7 ",
    "",
    " ",
    "?9.05",
    "1_0",
    "nan",
    "inf",
    "0x10",
    "1.2.3",
    "--1",
    ".",
    "e5",
]


def test_texts_state_the_numbers_that_python_finds(bare):
    found = [bare.evaluate(CALL, ["shared/format.js", "numberOf", text]) for text in TEXTS]
    assert found == [number(text) for text in TEXTS]


POINTS = {
    "as many digits": ("79.05", 79.05, 2, "79.05"),
    "fewer digits": ("79.5", 79.5, 3, "79.5\u2007\u2007"),
    "no point": ("79", 79, 2, "79\u2008\u2007\u2007"),
    "no places at all": ("79", 79, 0, "79"),
    "a last zero stays": ("79.50", 79.5, 2, "79.50"),
}


@pytest.mark.parametrize(("text", "value", "places", "shown"), POINTS.values(), ids=POINTS)
def test_numbers_meet_at_the_point(bare, text, value, places, shown):
    assert bare.evaluate(CALL, ["shared/format.js", "onThePoint", text, value, places]) == shown


def test_the_line_takes_what_is_known_best(bare):
    found = bare.evaluate(SETUP + "return seriesOf(made[0]); }", [COLUMNS, NAMES, []])
    top = COLUMNS[0]
    said, mended = dict(top["typed"]), {k: repair["value"] for k, repair in top["repairs"]}
    line = [
        (float(said[k]) if said[k] else None) if k in said else mended.get(k, top["values"][k]) for k in range(COUNT)
    ]
    ruled = dict(top["ruled"])
    assert found["line"] == line
    assert found["doubtful"] == [
        k
        for k in range(COUNT)
        if line[k] is not None and (top["flags"][k] or k in ruled) and k not in said and k not in mended
    ]
    assert found["lacking"] == [
        k for k in range(COUNT) if line[k] is None and top["given"][k] and k not in said and k not in mended
    ]
    assert sorted(found["typed"]) == sorted(k for k in said if said[k])
    assert sorted(found["repaired"]) == sorted(set(mended) - set(said))


LINES = {
    "whole": ([1, 2, 4], {"count": 3, "low": 1, "high": 4, "mean": 7 / 3, "gaps": 0, "missing": 0}),
    "gaps lie between numbers": (
        [None, 1, None, None, 2, None, -3, None],
        {"count": 3, "low": -3, "high": 2, "mean": 0, "gaps": 2, "missing": 5},
    ),
    "one": ([5.5], {"count": 1, "low": 5.5, "high": 5.5, "mean": 5.5, "gaps": 0, "missing": 0}),
}


@pytest.mark.parametrize(("line", "summary"), LINES.values(), ids=LINES)
def test_a_line_in_numbers(bare, line, summary):
    assert bare.evaluate(CALL, ["features/readings/series.js", "summaryOf", line]) == pytest.approx(summary)


RULES = [
    {"kind": "range", "readout": "top", "min": 0.0, "max": 100},
    {"kind": "range", "readout": "bottom", "max": -2.5},
    {"kind": "step", "readout": "top", "most": 0.05},
    {"kind": "step", "readout": "bottom", "most": 1e-7},
    {"kind": "rising", "readout": "top"},
    {"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 10.0, "tolerance": 0},
    {"kind": "linked", "terms": {"bottom": -2.5, "top": 1}, "equals": -0.5, "tolerance": 0.01},
    {"kind": "range", "readout": "top", "min": 7},
]
ENTRIES = """async (rules) => {
  const { entriesOf, indexIn, rulesOf, unfinished } = await import(new URL("site/features/readings/rule_form.js", location.origin));
  const entries = entriesOf(rules, ["top", "bottom"]);
  const places = entries.map((_, at) => indexIn(entries, at));
  return { back: rulesOf(entries), places, lacking: entries.map(unfinished) };
}"""


def test_rules_come_back_from_the_editor(bare):
    found = bare.evaluate(ENTRIES, RULES)
    made = [rule_from_json(rule, ["top", "bottom"]) for rule in RULES]
    assert {rule_from_json(rule, ["top", "bottom"]) for rule in found["back"]} == set(made)
    assert sorted(rule_id(rule) for rule in found["back"]) == sorted(rule_id(rule) for rule in RULES)
    assert found["places"] == [0, 1, 2, 3, 4, -1, 5, 6, 7]  # only rising, of the bottom, is off
    assert set(found["lacking"]) == {""}


LACKING = {
    "a range without ends": ({"kind": "range", "on": True, "readout": "top", "min": " ", "max": ""}, True),
    "a range that is off": ({"kind": "range", "on": False, "readout": "top", "min": "", "max": ""}, False),
    "a range with a word": ({"kind": "range", "on": True, "readout": "top", "min": "low", "max": ""}, True),
    "a range with one end": ({"kind": "range", "on": True, "readout": "top", "min": "", "max": "3,5"}, False),
    "a step": ({"kind": "step", "on": True, "readout": "top", "most": ""}, True),
    "a link of one": (
        {"kind": "linked", "on": True, "terms": {"top": 1, "bottom": 0}, "equals": "10", "tolerance": ""},
        True,
    ),
    "a link to nothing": (
        {"kind": "linked", "on": True, "terms": {"top": 1, "bottom": -1}, "equals": "", "tolerance": ""},
        True,
    ),
    "a link": (
        {"kind": "linked", "on": True, "terms": {"top": 1, "bottom": -1}, "equals": "10", "tolerance": ""},
        False,
    ),
}


@pytest.mark.parametrize(("entry", "lacks"), LACKING.values(), ids=LACKING)
def test_unfinished_rules_wait(bare, entry, lacks):
    assert bool(bare.evaluate(CALL, ["features/readings/rule_form.js", "unfinished", entry])) is lacks
    assert (bare.evaluate(CALL, ["features/readings/rule_form.js", "rulesOf", [entry]]) == []) is (
        lacks or not entry["on"]
    )
