// What the table of readings shows now: columns, order and positions, as they follow from the store.

import { computed } from "@preact/signals";
import { shortName } from "../../media/video_frames.js";
import { bench, readouts, rowOf } from "../../state/store.js";
import { countMarks, listRows, marksOf, placesOf, PLAIN, positionsOf } from "./rows.js";

const NONE = new Map();

const typedRows = computed(() => {
  const byReadout = {};
  for (const { frame, readout, text } of bench.state.value.typed) {
    const row = rowOf.value.get(frame);
    if (row !== undefined) (byReadout[readout] ??= new Map()).set(row, text ?? null);
  }
  return byReadout;
});

const changedRows = computed(() => {
  const byReadout = {};
  for (const { readout, row } of bench.news.value?.changed ?? []) (byReadout[readout] ??= []).push(row);
  return byReadout;
});

/** One column for each readout of the layout, as in rows.js, and `places`, its digits after the point. */
export const columns = computed(() => {
  const count = bench.frames.value.length;
  return readouts.value.map(({ name, format }) => {
    const reading = bench.readings.value[name] ?? blank(count);
    const findings = bench.findings.value[name];
    return {
      ...reading, name, format,
      places: format.includes(".") ? format.length - format.lastIndexOf(".") - 1 : placesOf(reading.texts),
      typed: typedRows.value[name] ?? NONE,
      ruled: findings?.flags ?? NONE,
      repairs: findings?.repairs ?? NONE,
      changed: changedRows.value[name] ?? [],
    };
  });
});

/** The frames' times in seconds where all are of one clip, Float64Array (F); else null. */
export const timeline = computed(() => {
  const frames = bench.frames.value;
  const clip = frames[0]?.clip;
  return clip !== undefined && frames.every((frame) => frame.clip === clip) ? Float64Array.from(frames, ({ time }) => time) : null;
});

/** A frame's name as short as it can be: of one of a clip its time, and the clip unless all are of it. */
export const nameOf = (frame) => (frame ? shortName(frame, !timeline.value) : "");

const names = computed(() => bench.frames.value.map(({ name }) => name));
/** Characters in the longest name of a frame. */
export const longestName = computed(() => bench.frames.value.reduce((most, { name, clip }) => Math.max(most, clip ? (timeline.value ? 10 : clip.length + 11) : name.length), 0));
const marks = computed(() => marksOf(names.value.length, columns.value));
export const counts = computed(() => countMarks(marks.value));

const wanted = computed(() => listRows(names.value, columns.value, marks.value, bench.look.value));

/** The list that is held, as long as the frames are those that it was made of. */
const heldHere = computed(() => (bench.held.value?.frames === bench.frames.value ? bench.held.value.rows : null));

/** The rows in the table, in order: what `bench.look` asks for, or the list that is held while someone works through it. */
export const shownRows = computed(() => heldHere.value ?? wanted.value);
export const positions = computed(() => positionsOf(shownRows.value, names.value.length));
/** Whether the list that is held has been overtaken by new readings. */
export const overtaken = computed(() => {
  const [held, fresh] = [heldHere.value, wanted.value];
  return held !== null && (held.length !== fresh.length || held.some((row, k) => row !== fresh[k]));
});

/** Look at the table in another way, some of {by, readout, down, filter, search}, from the top, unless that is all frames. */
export function look(change) {
  bench.look.value = { ...bench.look.value, ...change };
  bench.held.value = null;
  if (!isPlain() && shownRows.value.length) bench.current.value = shownRows.value[0];
}

/** Keep the list as it is while its readings change, so that nobody loses their place. */
export function hold() {
  if (!isPlain()) bench.held.value = { frames: bench.frames.value, rows: shownRows.value };
}

export const letGo = () => (bench.held.value = null);

function isPlain() {
  const { by, filter, search } = bench.look.value;
  return by === PLAIN.by && filter === PLAIN.filter && !search;
}

function blank(count) {
  return {
    texts: new Array(count).fill(""), values: new Float64Array(count).fill(NaN), confidence: new Float32Array(count),
    flags: new Uint8Array(count), given: new Uint8Array(count),
  };
}
