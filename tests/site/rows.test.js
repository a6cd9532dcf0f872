// Which rows the table of readings shows and what its chart draws, against plain sorting and searching of rows as objects.

import assert from "node:assert/strict";
import test from "node:test";
import { entriesOf, indexIn, rulesOf, unfinished } from "../../site/features/readings/rule_form.js";
import { countMarks, listRows, marksOf, positionsOf } from "../../site/features/readings/rows.js";
import { seriesOf, summaryOf } from "../../site/features/readings/series.js";
import { onThePoint } from "../../site/shared/format.js";
import { between, chance, whole } from "./chance.js";

const COUNT = 1500;
const FRAMES = Array.from({ length: COUNT }, (_, row) => row);
const NAMES = FRAMES.map((row) => `image-${String(row).padStart(4, "0")}.png`);
const PLAIN = { by: "frame", readout: null, down: false, filter: "all", search: "" };
const MARKS = ["flagged", "doubtful", "typed", "repaired", "changed", "unread"];
const RULED = [{ id: "c0ffee", kind: "rising", name: "only rising" }];

/** A readout's rows: ties, numbers below zero, texts that are no numbers, and rows not read. */
function madeRows(seed) {
  const random = chance(seed);
  const rows = FRAMES.map(() => {
    const given = random() > 0.1;
    const number = random() > 0.05 ? Math.round(between(random, -100, 100) * 10) / 10 : null;
    const confidence = given ? Math.fround(Math.round(random() ** 0.3 * 100) / 100) : 0;
    const flags = given ? (confidence < 0.5 ? 1 : 0) + (random() < 0.03 ? 4 : 0) : 0;
    const text = given ? (number === null ? "?9.05" : number.toFixed(2)) : "";
    return { given, value: given ? number : null, text, confidence, flags };
  });
  const some = [...new Set(Array.from({ length: 80 }, () => whole(random, 0, COUNT - 1)))].slice(0, 60);
  some.slice(0, 20).forEach((row, k) => (rows[row].typed = k % 3 ? `${row}.25` : null));
  for (const row of some.slice(20, 40)) rows[row].ruled = RULED;
  for (const row of some.slice(40)) rows[row].repair = { text: `${row}.75`, value: row + 0.75, rule: "only rising" };
  for (const row of some.filter((_, k) => k % 7 === 0)) rows[row].changed = true;
  return rows;
}

const TABLES = { top: madeRows(0), bottom: madeRows(1) };

/** The rows as a column, as the workbench gives it. */
function columnOf(name, rows) {
  const having = (key) => new Map(FRAMES.filter((row) => key in rows[row]).map((row) => [row, rows[row][key]]));
  return {
    name,
    texts: rows.map(({ text }) => text),
    values: Float64Array.from(rows, ({ value }) => value ?? NaN),
    confidence: Float32Array.from(rows, ({ confidence }) => confidence),
    flags: Uint8Array.from(rows, ({ flags }) => flags),
    given: Uint8Array.from(rows, ({ given }) => Number(given)),
    typed: having("typed"),
    stated: {},
    ruled: having("ruled"),
    repairs: having("repair"),
    changed: [...having("changed").keys()],
  };
}

const COLUMNS = Object.entries(TABLES).map(([name, rows]) => columnOf(name, rows));
const ALL_MARKS = marksOf(COUNT, COLUMNS);
const listed = (look) => [...listRows(NAMES, COLUMNS, ALL_MARKS, look)];

/** Whether a row carries a mark in any readout. */
const has = {
  all: () => true,
  flagged: ({ flags, ruled }) => flags > 0 || ruled !== undefined,
  doubtful: (row) => (row.flags & 1) > 0 && !("typed" in row),
  typed: (row) => "typed" in row,
  repaired: ({ repair }) => repair !== undefined,
  changed: ({ changed }) => changed === true,
  unread: ({ given }) => !given,
};
const marked = (mark) => FRAMES.filter((row) => Object.values(TABLES).some((rows) => has[mark](rows[row])));

/** The rows that a look is of, by JavaScript's stable sort. */
function expected({ by, readout, down, filter }) {
  const rows = marked(filter);
  if (by === "frame") return down ? rows.reverse() : rows;
  const table = TABLES[readout];
  const present = rows.filter((row) => table[row].given && table[row][by] !== null);
  present.sort((a, b) => (table[a][by] - table[b][by]) * (down ? -1 : 1));
  return [...present, ...rows.filter((row) => !present.includes(row))];
}

test("rows are sorted and filtered", () => {
  const ways = [
    ["frame", null],
    ["confidence", "top"],
    ["value", "top"],
    ["confidence", "bottom"],
    ["value", "bottom"],
  ];
  for (const [by, readout] of ways)
    for (const down of [false, true])
      for (const filter of ["all", ...MARKS]) {
        const look = { ...PLAIN, by, readout, down, filter };
        assert.deepEqual(listed(look), expected(look), JSON.stringify(look));
      }
});

test("marks are counted", () => {
  const counts = Object.fromEntries(MARKS.map((mark) => [mark, marked(mark).length]));
  assert.ok(Object.values(counts).every((count) => count > 5));
  assert.deepEqual(countMarks(ALL_MARKS), { all: COUNT, ...counts });
});

const withValue = (fits) =>
  FRAMES.filter((row) =>
    Object.values(TABLES).some(({ [row]: { value, typed, repair } }) =>
      [value, typed && Number(typed), repair?.value].some((each) => typeof each === "number" && fits(each)),
    ),
  );
const withText = (part) =>
  FRAMES.filter((row) =>
    Object.values(TABLES).some(({ [row]: { text, typed, repair } }) =>
      [NAMES[row], text, typed, repair?.text].some((each) => each?.includes(part)),
    ),
  );
const [TYPED] = FRAMES.filter((row) => TABLES.top[row].typed);

// what: [search, rows]
const SEARCHES = {
  "a name": ["Image-0042", () => [42]],
  "a part of a value": ["9.05", () => withText("9.05")],
  "spaces around it": ["  9.05 ", () => withText("9.05")],
  "what was typed": [`${TYPED}.25`, () => withText(`${TYPED}.25`)],
  above: ["> 80", () => withValue((value) => value > 80)],
  "below, negative": ["<-60.5", () => withValue((value) => value < -60.5)],
  "a range": ["-1.5..2", () => withValue((value) => value >= -1.5 && value <= 2)],
  "a range in words": ["10 to 12", () => withValue((value) => value >= 10 && value <= 12)],
  nothing: ["no such thing", () => []],
};

for (const [what, [search, rows]] of Object.entries(SEARCHES))
  test(`rows are found: ${what}`, () => {
    assert.deepEqual(listed({ ...PLAIN, search }), rows());
    assert.equal(rows().length > 0, what !== "nothing");
  });

test("positions invert the list", () => {
  const look = { ...PLAIN, by: "value", readout: "top", filter: "flagged" };
  const positions = [...positionsOf(listRows(NAMES, COLUMNS, ALL_MARKS, look), COUNT)];
  const rows = expected(look);
  assert.deepEqual(
    positions,
    FRAMES.map((row) => rows.indexOf(row)),
  );
});

test("columns shorter than the frames are not read there", () => {
  // frames have come and the readings have not yet
  const nothing = { values: new Float64Array(), confidence: new Float32Array(), flags: new Uint8Array() };
  const short = { ...COLUMNS[0], ...nothing, texts: [], given: new Uint8Array() };
  assert.equal(countMarks(marksOf(COUNT, [short])).unread, COUNT);
});

// what: [text, value, places, shown]
const POINTS = {
  "as many digits": ["79.05", 79.05, 2, "79.05"],
  "fewer digits": ["79.5", 79.5, 3, "79.5\u2007\u2007"],
  "no point": ["79", 79, 2, "79\u2008\u2007\u2007"],
  "no places at all": ["79", 79, 0, "79"],
  "a last zero stays": ["79.50", 79.5, 2, "79.50"],
};

for (const [what, [text, value, places, shown]] of Object.entries(POINTS))
  test(`numbers meet at the point: ${what}`, () => assert.equal(onThePoint(text, value, places), shown));

test("the line takes what is known best", () => {
  const { line, doubtful, lacking, typed, repaired } = seriesOf(COLUMNS[0]);
  const rows = TABLES.top;
  const best = ({ typed: said, repair, value }) =>
    said === undefined ? (repair?.value ?? value) : said && Number(said);
  const asRead = FRAMES.filter((row) => !("typed" in rows[row]) && !rows[row].repair);
  assert.deepEqual(line, rows.map(best));
  assert.deepEqual(
    doubtful,
    asRead.filter((row) => best(rows[row]) !== null && has.flagged(rows[row])),
  );
  assert.deepEqual(
    lacking,
    asRead.filter((row) => best(rows[row]) === null && rows[row].given),
  );
  assert.deepEqual(
    typed,
    FRAMES.filter((row) => rows[row].typed),
  );
  assert.deepEqual(
    repaired,
    FRAMES.filter((row) => rows[row].repair && !("typed" in rows[row])),
  );
});

// what: [line, summary]
const LINES = {
  whole: [[1, 2, 4], { count: 3, low: 1, high: 4, mean: 7 / 3, gaps: 0, missing: 0 }],
  "gaps lie between numbers": [
    [null, 1, null, null, 2, null, -3, null],
    { count: 3, low: -3, high: 2, mean: 0, gaps: 2, missing: 5 },
  ],
  one: [[5.5], { count: 1, low: 5.5, high: 5.5, mean: 5.5, gaps: 0, missing: 0 }],
};

for (const [what, [line, summary]] of Object.entries(LINES))
  test(`a line in numbers: ${what}`, () => assert.deepEqual(summaryOf(line), summary));

test("rules come back from the editor", () => {
  const rules = [
    { kind: "range", readout: "top", min: 0, max: 100 },
    { kind: "range", readout: "bottom", max: -2.5 },
    { kind: "step", readout: "top", most: 0.05 },
    { kind: "step", readout: "bottom", most: 1e-7 },
    { kind: "rising", readout: "top" },
    { kind: "linked", terms: { top: 1, bottom: -1 }, equals: 10, tolerance: 0 },
    { kind: "linked", terms: { bottom: -2.5, top: 1 }, equals: -0.5, tolerance: 0.01 },
    { kind: "range", readout: "top", min: 7 },
  ];
  const entries = entriesOf(rules, ["top", "bottom"]);
  const asSet = (each) => new Set(each.map((rule) => JSON.stringify(rule, Object.keys(rule).sort())));
  const withTerms = (each) => each.map(({ terms, ...rule }) => ({ ...rule, top: terms?.top, bottom: terms?.bottom }));
  assert.deepEqual(asSet(withTerms(rulesOf(entries))), asSet(withTerms(rules)));
  assert.equal(rulesOf(entries).length, rules.length);
  assert.deepEqual(
    entries.map((_, at) => indexIn(entries, at)),
    [0, 1, 2, 3, 4, -1, 5, 6, 7], // only rising, of the bottom, is off
  );
  assert.ok(entries.every((entry) => unfinished(entry) === ""));
});

const LINK = { kind: "linked", on: true, terms: { top: 1, bottom: -1 }, equals: "10", tolerance: "" };
const RANGE = { kind: "range", on: true, readout: "top", min: "", max: "" };
// what: [entry, whether it lacks something]
const LACKING = {
  "a range without ends": [{ ...RANGE, min: " " }, true],
  "a range that is off": [{ ...RANGE, on: false }, false],
  "a range with a word": [{ ...RANGE, min: "low" }, true],
  "a range with one end": [{ ...RANGE, max: "3,5" }, false],
  "a step": [{ kind: "step", on: true, readout: "top", most: "" }, true],
  "a link of one": [{ ...LINK, terms: { top: 1, bottom: 0 } }, true],
  "a link to nothing": [{ ...LINK, equals: "" }, true],
  "a link": [LINK, false],
};

for (const [what, [entry, lacks]] of Object.entries(LACKING))
  test(`unfinished rules wait: ${what}`, () => {
    assert.equal(Boolean(unfinished(entry)), lacks);
    assert.equal(rulesOf([entry]).length === 0, lacks || !entry.on);
  });
