// What the table of readings shows now: columns, order and positions, as they follow from the store.

import { computed } from "@preact/signals";
import { emptyColumn } from "../../state/columns.js";
import { names } from "../../state/frame_names.js";
import { store, PLAIN, readouts, rowOf } from "../../state/store.js";
import { countMarks, listRows, marksOf, positionsOf } from "./rows.js";
import { own } from "../../shared/own.js";

const NONE = new Map();

const typedRows = computed(() => {
  const byReadout = new Map();
  for (const { frame, readout, text } of store.state.value.typed) {
    const row = rowOf.value.get(frame);
    if (row === undefined) continue;
    if (!byReadout.has(readout)) byReadout.set(readout, new Map());
    byReadout.get(readout).set(row, text ?? null);
  }
  return byReadout;
});

const changedRows = computed(() => {
  const byReadout = new Map();
  for (const { readout, row } of store.news.value?.changed ?? []) {
    if (!byReadout.has(readout)) byReadout.set(readout, []);
    byReadout.get(readout).push(row);
  }
  return byReadout;
});

/** One column for each readout of the layout, as in rows.js, and `places`, its digits after the point; `length`, of its longest text. */
export const columns = computed(() => {
  const count = store.frames.value.length;
  return readouts.value.map(({ name, format }) => {
    const reading = own(store.readings.value, name) ?? emptyColumn(count);
    const findings = own(store.findings.value, name);
    return {
      ...reading,
      name,
      format,
      length: format ? [...format].length : reading.texts.reduce((most, text) => Math.max(most, text.length), 0),
      places: reading.notation?.places ?? 0,
      typed: typedRows.value.get(name) ?? NONE,
      ruled: findings?.flags ?? NONE,
      repairs: findings?.repairs ?? NONE,
      changed: changedRows.value.get(name) ?? [],
    };
  });
});
const marks = computed(() => marksOf(names.value.length, columns.value));
export const counts = computed(() => countMarks(marks.value));

const wanted = computed(() => listRows(names.value, columns.value, marks.value, store.tableView.value));

/** The list that is held, as long as the frames are those that it was made of. */
const heldHere = computed(() => (store.held.value?.frames === store.frames.value ? store.held.value.rows : null));

/** The rows in the table, in order: what `store.tableView` asks for, or the list that is held while someone works through it. */
export const shownRows = computed(() => heldHere.value ?? wanted.value);
export const positions = computed(() => positionsOf(shownRows.value, names.value.length));
/** Whether the list that is held has been overtaken by new readings. */
export const overtaken = computed(() => {
  const [held, fresh] = [heldHere.value, wanted.value];
  return held !== null && (held.length !== fresh.length || held.some((row, k) => row !== fresh[k]));
});

/** Look at the table in another way, some of {by, readout, down, filter, search}, from the top, unless that is all frames. */
export function setTableView(change) {
  store.tableView.value = { ...store.tableView.value, ...change };
  store.held.value = null;
  if (!isPlain() && shownRows.value.length) store.current.value = shownRows.value[0];
}

/** Keep the list as it is while its readings change, so that the reader's place is kept. */
export function hold() {
  if (!isPlain()) store.held.value = { frames: store.frames.value, rows: shownRows.value };
}

export const release = () => (store.held.value = null);

function isPlain() {
  const { by, filter, search } = store.tableView.value;
  return by === PLAIN.by && filter === PLAIN.filter && !search;
}
