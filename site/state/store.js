// The workbench's state: one project, open.

import { computed, signal } from "@preact/signals";

/** The views of the workbench, in the order in which a person walks through them. */
export const VIEWS = {
  demo: "Demo",
  frames: "Frames",
  mark: "Mark",
  label: "Label",
  read: "Read",
  export: "Export",
};

/** How long a word stays that is no error, in ms. */
const NOTICE_MS = 8000;

/** How the table can be looked at; see `listRows`. */
export const PLAIN = { by: "frame", readout: null, down: false, filter: "all", search: "" };

/**
 * The state of a document with nothing in it.
 * @type {DocumentState}
 */
export const NO_STATE = { layout: null, typed: [], rules: [], rule_ids: [], undo: null, redo: null };

export const store = {
  view: signal("demo"),
  /**
   * {id, name, saved, changed, exported, writer}: id in the browser's storage, null for the demo; `saved`, when a change was
   * last stored, null where one could not be; `changed`, when one was last made here; `exported` to a file; times in ms.
   */
  project: signal(/** @type {Project} */ ({ id: null, name: "Demo", saved: null, exported: null })),
  /** Whether the project's document is on its way to Python: what it has is not known yet, and nothing of it can be edited. */
  opening: signal(false),
  /** How many changes are being stored. */
  writing: signal(0),
  /** The frames in order: {name, width, height, digest, thumbnail: Blob | null}, those of clips with `clip`, its name, and `time` in s. */
  frames: signal(/** @type {Frame[]} */ ([])),
  /** The clips, see videos.js. */
  clips: signal([]),
  /** The backbone that reads, a key of BACKBONES. */
  backbone: signal("glyphs"),
  /** Files that cannot be read as they are: {name, why, next}. */
  problems: signal([]),
  /** What Workbench.state gives: {layout, typed: [{frame, readout, text}], rules, rule_ids, undo, redo}. */
  state: signal(NO_STATE),
  /** The document's text after the last edit, to be kept in the browser; null before the first. */
  edited: signal(/** @type {string | null} */ (null)),
  /**
   * Readings by readout: {texts: [F strings, "" where nothing was read], values: Float64Array, confidence: Float32Array,
   * flags: Uint16Array, of which bit k is FLAGS[k], given, confirmed: Uint8Array}, rows as in `frames`. A new object after every change.
   */
  readings: signal(/** @type {Record<string, Column>} */ ({})),
  /** How far each frame has moved, {x, y: Float32Array in pixels, NaN where it is unknown, lost: Uint8Array}; null without an anchor. */
  shifts: signal(null),
  /** What rules found, by readout: {flags: Map row -> [rules], repairs: Map row -> {text, value, probability, read_probability, and a rule}}; a rule is {rule: its id, kind, name: in words}. */
  findings: signal({}),
  /** {readings, wrong}: the estimate of how many of the unchecked readings are wrong. */
  review: signal(null),
  /** What the last refresh did: {learned: {examples, fit_s} | null, changes, changed: [{readout, row, before, after}], seconds}. */
  news: signal(null),
  /** Work under way: {what: "importing" | "reading" | "learning", done, total, rate, left, speed} (rate per s, left in s, speed in seconds of a clip per s), or null. */
  work: signal(null),
  /** Set whenever something is to be learned or read: {pause}, ms to wait for more of that; null once all of it was. */
  stale: signal(null),
  /** The frame looked at, a row of `frames`, and the readout chosen, by name. */
  current: signal(0),
  readout: signal(null),
  /** How the table of readings is looked at, {by, readout, down, filter, search} as in rows.js, and {frames, rows} while its list is held. */
  tableView: signal(PLAIN),
  held: signal(null),
  /** Why what is made may not be kept, {kind, message, next} as in projects_db.js, or null. */
  storageProblem: signal(null),
  /** A word to the user: {text, kind: "info" | "error", action: {title, run} | undefined}, or null. */
  notice: signal(null),
  /** The list of recent projects: {id, name, changed, exported, frames}. */
  recent: signal([]),
};

export const layout = computed(() => store.state.value.layout);
export const readouts = computed(() => layout.value?.readouts ?? []);
/** The readout chosen, or the first one there is. */
export const readout = computed(
  () => readouts.value.find(({ name }) => name === store.readout.value) ?? readouts.value[0] ?? null,
);
export const frame = computed(() => store.frames.value[store.current.value] ?? null);
/** Rows by frame name. */
export const rowOf = computed(() => new Map(store.frames.value.map(({ name }, row) => [name, row])));
/** What was typed: Map from `key(frame, readout)` to the text, null where it is not readable. */
export const typed = computed(
  () => new Map(store.state.value.typed.map((each) => [key(each.frame, each.readout), each.text ?? null])),
);
/** How far a frame has moved, [x, y] in pixels; [0, 0] where it is unknown. */
export const shiftOf = (row) => [store.shifts.value?.x[row] || 0, store.shifts.value?.y[row] || 0];
export const key = (frameName, readoutName) => `${frameName}\n${readoutName}`;

/** Readings no longer fit: have everything learned and read that was not, after `pause` ms without another call. */
export const markStale = (pause = 0) => (store.stale.value = { pause });
/** Whether readings are about to change. */
export const pending = computed(() => store.stale.value !== null);

/** How many frames have been read in all readouts, and how many there are. */
export const progress = computed(() => {
  const columns = Object.values(store.readings.value);
  const total = store.frames.value.length;
  const done = columns.length ? Math.min(...columns.map(({ given }) => countOf(given))) : 0;
  return { done, total };
});

function countOf(given) {
  let sum = 0;
  for (let row = 0; row < given.length; row++) sum += given[row];
  return sum;
}

/** Do something that a person asked for, and tell them where it goes wrong. */
export const reportErrors =
  (run) =>
  async (...given) => {
    try {
      return await run(...given);
    } catch (error) {
      if (error.name !== "AbortError") notify(error.message, "error");
    }
  };

/** List what went wrong with files, [{name, why, next}]. */
export function addProblems(problems) {
  if (problems.length) store.problems.value = [...store.problems.value, ...problems];
}

/** A word to the user; what asks for nothing goes by itself. */
export function notify(text, kind = "info", action) {
  const notice = text && { text, kind, action };
  store.notice.value = notice;
  if (notice && kind === "info")
    setTimeout(() => store.notice.value === notice && (store.notice.value = null), NOTICE_MS);
}

/** Tells, whenever it is asked, whether the project that is open now still is. */
export function openNow() {
  const { id } = store.project.value;
  return () => store.project.value.id === id;
}

/** Go to a frame by its row, kept inside the list. */
export const goTo = (row) => (store.current.value = Math.max(0, Math.min(store.frames.value.length - 1, row)));
