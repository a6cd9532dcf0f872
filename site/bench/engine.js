// Does what the workbench's user asks for: edits the document, learns, and reads whatever is not read.

import { batch } from "@preact/signals";
import { provide } from "../loading.js";
import { pixelsAreTrue } from "../pixels.js";
import { keeping } from "./keeping.js";
import { BATCH, bytesOf, decode, fileOf } from "./pictures.js";
import { keepState } from "./projects.js";
import { bench, frame, readouts, say } from "./store.js";

/** Batches of frames under way at once: while one is embedded, the next is decoded. */
const AHEAD = 3;
/** Readings under way appear this often, in ms. */
const SHOW_EVERY = 250;
/** A pause after edits that come in bursts, as nudges do, before everything is read again. */
const PAUSE = 400;

let python = null;
let running = null;
let timer = 0;
/** Edits are sent one after the other. */
let edits = Promise.resolve();

let tellReady = () => {};
/** Resolves when Python can be called. */
export const ready = new Promise((resolve) => (tellReady = resolve));
/** Whether the browser hands back pixels as they are; where not, Python decodes the pictures. */
const trusted = pixelsAreTrue();

/** Resolves once another Python has all that the last one had. */
let revived = Promise.resolve();
let tellRevived = () => {};

/** Work with this bridge to Python from now on. */
export function attach(bridge) {
  python = bridge;
  tellReady();
}

/** Python has died: edits wait until `goOn`, when another one knows the project. */
export const interrupt = () => (revived = new Promise((resolve) => (tellRevived = resolve)));
export const goOn = () => tellRevived();

/** Call a public method of the workbench, or of another room in readout/web.py. */
export const call = (method, args = {}, { room = "bench", ...options } = {}) => python.call(`${room}/${method}`, args, options);

// Edits. Each returns a promise of the new state; readings follow.

/** `layout` as in layout.json, or null. Edits with the same `merge` in a row are one step of undo. */
export const setLayout = (layout, name, merge) => edit("set_layout", { layout, name, merge: merge ?? null }, merge ? PAUSE : 0);
/** What a frame shows; null: it is not readable. Rejects with a ReadoutError where the text does not fit the format. */
export const type = (frame, readout, text) => edit("type", { frame, readout, text });
export const untype = (frame, readout) => edit("untype", { frame, readout });
/** Another label for an example; null deletes it. */
export const relabel = (source, label) => edit("relabel", { source, label });
/** Another name for a readout, with all that was typed for it. */
export const renameReadout = (old, name) => edit("rename", { old, new: name });
/** The layout in a layout.json or in a link's text, scaled to frames of [width, height]. */
export const layoutFrom = (text, frameSize) => edit("layout_from", { text, frame_size: frameSize });
export const setRules = (rules) => edit("set_rules", { rules });
export const undo = () => edit("undo", {});
export const redo = () => edit("redo", {});

function edit(method, args, pause = 0) {
  performance.mark("readout:edit");
  const done = edits.then(async () => {
    keepState(await call(method, args).catch(async (error) => {
      if (error.name !== "WorkerError") throw error;
      await revived;
      return call(method, args);
    }));
    refresh(pause);
    return bench.state.value;
  });
  edits = done.catch(() => {});
  return done;
}

// Reading.

/** Learn and read whatever has changed, after `pause` ms without another call. */
export function refresh(pause = 0) {
  clearTimeout(timer);
  bench.pending.value = true;
  timer = setTimeout(() => {
    running?.abort();
    const mine = (running = new AbortController());
    timer = 0;
    run(mine.signal)
      .catch((error) => ["AbortError", "WorkerError"].includes(error.name) || say(error.message, "error"))
      .finally(() => running === mine && (bench.pending.value = timer !== 0)); // a stale one may end last
  }, pause);
}

/** Resolves when all edits have been sent, and everything that they call for has been learned and read. */
export async function settled() {
  await edits;
  if (bench.pending.value) await new Promise((resolve) => {
    const stop = bench.pending.subscribe((pending) => pending || setTimeout(() => (stop(), resolve())));
  });
}

/** Stop reading; what was read stays, and `refresh` goes on. */
export function cancel() {
  clearTimeout(timer);
  timer = 0;
  running?.abort();
  bench.pending.value = false;
  bench.work.value = null;
  say("Stopped. What was read is kept.", "info", { title: "Go on", run: () => refresh() });
}

async function run(signal) {
  try {
    const asked = performance.now();
    keepTable(await call("refresh", {}, { signal }));
    performance.measure("readout:refresh", { start: asked });
    if (performance.getEntriesByName("readout:edit").length) performance.measure("readout:edited", "readout:edit");
    if (await readAll(signal)) {
      keepTable(await call("refresh", {}, { signal }));
      performance.mark("readout:all");
    }
  } finally {
    if (!signal.aborted) bench.work.value = null;
  }
}

/** Give Python the frames that it lacks. Returns how many there were. */
async function readAll(signal) {
  const { frames, regions } = await call("plan", {}, { signal });
  const queue = [...frames];
  const total = queue.length;
  const start = performance.now();
  let done = 0;
  let shown = start;
  const lost = [];
  const readOn = async () => {
    while (queue.length) {
      const names = queue.splice(0, BATCH);
      const given = await Promise.all(names.map((name) => regionsOf(name, regions, signal).catch((error) => {
        if (error.name === "AbortError") throw error;
        lost.push({ name, why: error.message, next: "Drop the frame again." });
      })));
      const some = given.filter(Boolean);
      const buffers = some.flatMap((each) => each.regions.map(({ rgba }) => rgba.buffer));
      keeping.regions(some);
      const read = await call("give", { frames: some }, { signal, transfer: buffers });
      patch(read.readouts);
      done += names.length;
      const now = performance.now();
      if (now - shown < SHOW_EVERY && done < total) continue;
      shown = now;
      const rate = done / ((now - start) / 1000);
      batch(() => {
        bench.work.value = { what: "reading", done, total, rate, left: (total - done) / rate };
        bench.readings.value = { ...bench.readings.value };
      });
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, readOn));
  if (lost.length) bench.problems.value = [...bench.problems.value, ...lost];
  return total;
}

/** Regions of a frame with their pixels: kept ones where the browser has them, else out of the frame's file. */
async function regionsOf(name, regions, signal, urgent = false) {
  const kept = await keeping.regionsOf(name, regions);
  if (kept) return { name, regions: kept };
  if (trusted) return { name, regions: (await decode(name, { regions, signal, urgent })).regions };
  await provide(["pillow"]);
  const data = new Uint8Array(await bytesOf(name, { signal }));
  return { name, regions: await call("decode", { data, regions }, { signal }) };
}

/** Take the rows that Python has just read; they show at the next new `bench.readings`. */
function patch(readouts) {
  const readings = bench.readings.value;
  for (const { readout, rows, texts, values, confidence, flags } of readouts) {
    const column = (readings[readout] ??= empty());
    const lines = texts.split("\n");
    rows.forEach((row, k) => {
      [column.texts[row], column.values[row], column.confidence[row]] = [lines[k], values[k], confidence[k]];
      [column.flags[row], column.given[row]] = [flags[k], 1];
    });
  }
}

function empty() {
  const count = bench.frames.value.length;
  return {
    texts: new Array(count).fill(""), values: new Float64Array(count).fill(NaN), confidence: new Float32Array(count),
    flags: new Uint8Array(count), given: new Uint8Array(count),
  };
}

/** Take what Workbench.table or .refresh gave. */
export function keepTable({ readouts: columns, rules, review, ...news }) {
  batch(() => {
    bench.readings.value = Object.fromEntries(readouts.value.map(({ name }) => [name, empty()]));
    patch(columns);
    bench.findings.value = Object.fromEntries(rules.map(({ readout, flags, repairs }) => {
      const byRow = new Map();
      for (const { rule, rows } of flags) for (const row of rows) byRow.set(row, [...(byRow.get(row) ?? []), rule]);
      return [readout, { flags: byRow, repairs: new Map(repairs.map((repair) => [repair.row, repair])) }];
    }));
    bench.review.value = review;
    if ("learned" in news) bench.news.value = news;
  });
}

// Looking.

/** What Workbench.inspect gives for a frame, with its pixels handed in again where Python has forgotten them. */
export async function inspect(name) {
  const found = await call("inspect", { frame: name });
  if (found.readouts.every(({ given, boxes }) => !given || boxes.length)) return found;
  const { regions } = await call("plan");
  const again = await regionsOf(name, regions);
  await call("give", { frames: [again] });
  return call("inspect", { frame: name });
}

/** What boxes that are no part of the layout yet show on a frame: {text, confidence, boxes, classes, probabilities, labels}. */
export async function probe(name, readout, signal) {
  const region = await regionOf(name, around(readout.boxes, 2), signal);
  return call("probe", { region, readout }, { signal });
}

/**
 * Find the boxes of digits that frames show inside a drawn box [x, y, width, height].
 * `sights`: [{name, drawn, text}]; `start`: boxes found before. Returns {boxes, format, confidence}.
 */
export async function findBoxes(sights, start = null) {
  const seen = await Promise.all(sights.map(async ({ name, drawn, text }) => ({
    region: await regionOf(name, around([drawn], Math.max(4, drawn[3] / 2))), drawn, text,
  })));
  return call("find_boxes", { sights: seen, start });
}

async function regionOf(name, rectangle, signal) {
  const { width, height } = bench.frames.value.find((each) => each.name === name);
  const [x, y] = [Math.max(0, Math.floor(rectangle.x)), Math.max(0, Math.floor(rectangle.y))];
  const [right, bottom] = [Math.min(width, Math.ceil(rectangle.right)), Math.min(height, Math.ceil(rectangle.bottom))];
  return (await regionsOf(name, [{ x, y, width: right - x, height: bottom - y }], signal, true)).regions[0];
}

const around = (boxes, margin) => ({
  x: Math.min(...boxes.map(([x]) => x)) - margin, y: Math.min(...boxes.map(([, y]) => y)) - margin,
  right: Math.max(...boxes.map(([x, , w]) => x + w)) + margin, bottom: Math.max(...boxes.map(([, y, , h]) => y + h)) + margin,
});

/** The layout as the text of a link and as a layout.json: {link, json}. */
export const layoutLink = () => call("layout_link");

/** The labelled crops: [{source, label, group, conflict, width, height, rgba}]; see Teaching.examples. */
export const examples = () => call("examples", {}, { room: "teach" });
/** Cross-validation over the examples; see Teaching.validate. */
export const validate = (signal) => call("validate", {}, { room: "teach", signal });
/** The frames whose label helps most: {items: [{row, frame, readout, gain}], wrong_before, wrong_after, readings}. */
export const nextBest = () => call("next_best", {}, { room: "teach" });
/** Examples and a sample of readings in two dimensions: {x, y, points: [{label, source | frame, readout, box}]}. */
export const map = (signal) => call("map", {}, { room: "teach", signal });

/** Go to a frame by its row, kept inside the list. */
export const goTo = (row) => (bench.current.value = Math.max(0, Math.min(bench.frames.value.length - 1, row)));
/** The current frame's whole picture, as an ImageBitmap that the caller closes. */
export const picture = async () => createImageBitmap(await fileOf(frame.value.name), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
