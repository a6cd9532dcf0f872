// Which rows a table of readings shows, and in what order: row numbers out of columns. Knows no page.
//
// A column is one readout's: {name, texts: [F], values: Float64Array, confidence: Float32Array, flags: Uint16Array,
// given, confirmed: Uint8Array, typed: Map row -> text or null, ruled: Map row -> [rules], see store.js, repairs: Map row -> repair,
// changed: [rows]}. F is the number of frames; 100,000 of them are no burden.

import { FLAGS } from "../../shared/constants.js";
import { typedValue } from "../../shared/format.js";

/** What can be said of a row, as bits. */
const MARKS = { flagged: 1, doubtful: 2, typed: 4, repaired: 8, changed: 16, unread: 32 };

const FLAGGED_DOUBTFUL = MARKS.flagged | MARKS.doubtful;
const DOUBTFUL = 1 << FLAGS.indexOf("doubtful");

const RANGE = /^(-?\d+(?:\.\d+)?)\s*(?:\.\.|…|to)\s*(-?\d+(?:\.\d+)?)$/;
const BOUND = /^([<>])\s*(-?\d+(?:\.\d+)?)$/;

/** The marks of every row: Uint8Array (F), a bit set where it holds for any readout; what a person decided is not doubtful. */
export function marksOf(count, columns) {
  const marks = new Uint8Array(count);
  for (const { flags, given, typed, ruled, repairs, changed } of columns) {
    for (let row = 0; row < count; row++) {
      if (!given[row]) marks[row] |= MARKS.unread;
      else if (flags[row]) marks[row] |= flags[row] & DOUBTFUL && !typed.has(row) ? FLAGGED_DOUBTFUL : MARKS.flagged;
    }
    const raise = (rows, mark) => {
      for (const row of rows) if (row < count) marks[row] |= mark;
    };
    raise(ruled.keys(), MARKS.flagged);
    raise(typed.keys(), MARKS.typed);
    raise(repairs.keys(), MARKS.repaired);
    raise(changed, MARKS.changed);
  }
  return marks;
}

/** How many rows carry each mark: {all, flagged, doubtful, typed, repaired, changed, unread}. */
export function countMarks(marks) {
  const byBits = new Uint32Array(64);
  for (let row = 0; row < marks.length; row++) byBits[marks[row]]++;
  const count = (mark) => byBits.reduce((sum, many, bits) => (bits & mark ? sum + many : sum), 0);
  return { all: marks.length, ...Object.fromEntries(Object.entries(MARKS).map(([name, mark]) => [name, count(mark)])) };
}

/**
 * The rows to show, in order: Uint32Array. `names`: the frames' [F]. `by`: "frame", "confidence" or "value", the last
 * two of `readout`; rows without one come last either way. `filter`: "all" or one of MARKS. `search`: a part of a frame's
 * name or of what is read, typed or repaired there; or a range of values, "78..80", "> 78", "< 80".
 */
export function listRows(names, columns, marks, { by, readout, down, filter, search }) {
  const found = finder(names, columns, search.trim().toLowerCase());
  const mark = MARKS[filter];
  const rows = new Uint32Array(names.length);
  let count = 0;
  for (let row = 0; row < names.length; row++) {
    if ((mark === undefined || marks[row] & mark) && (!found || found(row))) rows[count++] = row;
  }
  const kept = rows.slice(0, count);
  const column = by === "frame" ? null : columns.find(({ name }) => name === readout);
  if (column) return sorted(kept, by === "value" ? column.values : column.confidence, column.given, down);
  return down ? kept.reverse() : kept;
}

/** Where each row stands in the list: Int32Array (F), -1 where it is not shown. */
export function positionsOf(rows, count) {
  const positions = new Int32Array(count).fill(-1);
  for (let position = 0; position < rows.length; position++) positions[rows[position]] = position;
  return positions;
}

function finder(names, columns, search) {
  if (!search) return null;
  const [, low, high] = search.match(RANGE) ?? [];
  const [, sign, limit] = search.match(BOUND) ?? [];
  if (low !== undefined) return anyValue(columns, (value) => value >= Number(low) && value <= Number(high));
  if (sign)
    return anyValue(columns, sign === ">" ? (value) => value > Number(limit) : (value) => value < Number(limit));
  const has = (text) => text != null && text.toLowerCase().includes(search);
  return (row) =>
    has(names[row]) ||
    columns.some(({ texts, typed, repairs }) => has(texts[row]) || has(typed.get(row)) || has(repairs.get(row)?.text));
}

const anyValue = (columns, fits) => (row) =>
  columns.some(
    ({ values, typed, repairs, stated }) =>
      fits(values[row]) ||
      (typed.has(row) && fits(typedValue(typed.get(row), stated) ?? NaN)) ||
      (repairs.has(row) && fits(repairs.get(row).value ?? NaN)),
  );

function sorted(rows, keys, given, down) {
  const has = (row) => given[row] && !Number.isNaN(keys[row]);
  const [present, missing] = [rows.filter(has), rows.filter((row) => !has(row))];
  const numbers = new Float64Array(present.length);
  for (let k = 0; k < present.length; k++) numbers[k] = down ? -keys[present[k]] : keys[present[k]];
  const order = radixSorted(numbers);
  const all = new Uint32Array(rows.length);
  for (let k = 0; k < order.length; k++) all[k] = present[order[k]];
  all.set(missing, present.length);
  return all;
}

/**
 * The indices that sort numbers, equal ones in their order: Uint32Array. Numbers are sorted by their bits, 16 at a time
 * from the lowest, which takes a quarter of the time of a comparing sort at 100,000. The bits of a double sort as
 * whole numbers do once negative ones are turned over and the others have their sign bit set.
 */
function radixSorted(numbers) {
  const words = new Uint16Array(numbers.buffer);
  for (let at = 0; at < words.length; at += 4) {
    const turn = words[at + 3] & 0x8000 ? 0xffff : 0;
    for (let word = 0; word < 4; word++) words[at + word] ^= turn;
    words[at + 3] ^= turn ? 0 : 0x8000;
  }
  let [from, to] = [new Uint32Array(numbers.length), new Uint32Array(numbers.length)];
  for (let k = 0; k < from.length; k++) from[k] = k;
  const starts = new Uint32Array(0x10001);
  for (let word = 0; word < 4; word++) {
    starts.fill(0);
    for (let at = word; at < words.length; at += 4) starts[words[at] + 1]++;
    for (let digit = 0; digit < 0x10000; digit++) starts[digit + 1] += starts[digit];
    for (let at = 0; at < from.length; at++) to[starts[words[4 * from[at] + word]]++] = from[at];
    [from, to] = [to, from];
  }
  return from;
}
