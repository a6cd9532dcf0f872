// Does what the workbench's user asks for: edits the document, learns, and reads whatever is not read.

import { batch } from "@preact/signals";
import { provide } from "../runtime/boot.js";
import { pixelsAreTrue } from "../media/pixels.js";
import { clipFor } from "./videos.js";
import { clipWork, readClips } from "./video_reading.js";
import { keeping } from "./persistence.js";
import { BATCH, bytesOf, decode, fileOf } from "../media/image_source.js";
import { keepState } from "./projects.js";
import { bench, frame, readouts, rowOf, say, shiftOf } from "../state/store.js";

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
export const type = (frame, readout, text) => edit("type", { frame, readout, text }, 0, () => handPixels(frame));
export const untype = (frame, readout) => edit("untype", { frame, readout });
/** Another label for an example; null deletes it. */
export const relabel = (source, label) => edit("relabel", { source, label });
/** Another name for a readout, with all that was typed for it. */
export const renameReadout = (old, name) => edit("rename", { old, new: name });
/** The layout in a layout.json or in a link's text, scaled to frames of [width, height]. */
export const layoutFrom = (text, frameSize) => edit("layout_from", { text, frame_size: frameSize });
/**
 * What boxes follow, [x, y, width, height] in whole pixels of the layout, or null. It is looked at in the frame that
 * showed it before, else in the current one.
 */
export async function setAnchor(box, merge) {
  if (!box) return edit("set_anchor", { region: null });
  const before = bench.state.value.anchor?.frame;
  const on = rowOf.value.has(before) ? before : frame.value.name;
  const region = await regionOf(on, around([box], 1));
  return edit("set_anchor", { region, frame: on, box, merge: merge ?? null }, PAUSE);
}
export const setRules = (rules) => edit("set_rules", { rules });
export const undo = () => edit("undo", {});
export const redo = () => edit("redo", {});

function edit(method, args, pause = 0, before = null) {
  performance.mark("readout:edit");
  const done = edits.then(async () => {
    await before?.();
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
  stopTimer();
  bench.pending.value = true;
  timer = startTimer(() => {
    running?.abort();
    const mine = (running = new AbortController());
    timer = 0;
    run(mine.signal)
      .catch((error) => ["AbortError", "WorkerError"].includes(error.name) || say(error.message, "error"))
      .finally(() => running === mine && (bench.pending.value = timer !== 0)); // a stale one may end last
  }, pause);
}

/** Run `task` after `pause` ms; without one as the next task, which no hidden tab puts off as it does timers. */
function startTimer(task, pause) {
  if (pause) return setTimeout(task, pause);
  const { port1, port2 } = new MessageChannel();
  const stop = () => (port1.onmessage = null);
  port1.onmessage = task;
  port2.postMessage(null);
  return stop;
}

function stopTimer() {
  if (typeof timer === "function") timer();
  else clearTimeout(timer);
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
  stopTimer();
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

/** Give Python the frames that it lacks: pictures, then clips. Returns how many there were. */
async function readAll(signal) {
  const { frames, regions, rows, clip_regions: clipRegions, typed } = await call("plan", {}, { signal });
  const [queue, clips] = [[...frames], clipWork(rows)];
  const total = clips.reduce((sum, { times }) => sum + times.length, queue.length);
  const lost = [];
  const onRead = teller(total);
  await handTyped(typed, clipRegions, signal);
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
      onRead((await call("give", { frames: some }, { signal, transfer: buffers })).readouts, names.length);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, readOn));
  if (clips.length) {
    const begun = performance.now();
    await readClips(clips, clipRegions, { call, signal, onRead }).finally(() => performance.measure("readout:clips", { start: begun }));
  }
  if (lost.length) bench.problems.value = [...bench.problems.value, ...lost];
  return total + typed.length;
}

/** A function that takes what was read, of how many frames, and how many seconds of a clip they cover, and shows it now and then. */
function teller(total) {
  const start = performance.now();
  let [shown, done, covered] = [start, 0, 0];
  return (read, count, seconds = 0) => {
    patch(read);
    done += count;
    covered += seconds;
    const now = performance.now();
    if (now - shown < SHOW_EVERY && done < total) return;
    shown = now;
    const spent = (now - start) / 1000;
    batch(() => {
      bench.work.value = { what: "reading", done, total, rate: done / spent, left: ((total - done) * spent) / done, speed: covered / spent };
      bench.readings.value = { ...bench.readings.value };
    });
  };
}

/** Hand Python the pixels of clips' frames that were typed, as far as they are to be had: it learns from them. */
export async function handTyped(names, regions, signal) {
  for (let at = 0; at < names.length; at += BATCH) {
    const given = await Promise.all(names.slice(at, at + BATCH).map((name) => clipRegionsOf(name, regions, signal).catch((error) => {
      if (error.name === "AbortError") throw error;
      return null; // its clip is not here
    })));
    const some = given.filter(Boolean);
    if (some.length) await call("give", { frames: some }, { signal });
  }
}

/** See that Python has a clip's frame that is typed, and that its pixels are kept. */
async function handPixels(name) {
  if (!bench.frames.value[rowOf.value.get(name)]?.clip) return;
  const { clip_regions: regions } = await call("plan");
  await handTyped([name], regions);
}

/** Regions of a clip's frame with their pixels: kept ones, else out of the clip. */
async function clipRegionsOf(name, regions, signal) {
  const kept = await keeping.regionsOf(name, regions);
  if (kept) return { name, regions: kept };
  const one = bench.frames.value[rowOf.value.get(name)];
  const { regions: found, ...facts } = await clipFor(one).region(one.time, regions, { signal });
  const whole = found.map(({ data, ...region }) => (facts.format === "RGBA" ? { ...region, rgba: data } : { ...region, data, ...facts }));
  keeping.clipRegions(name, whole);
  return { name, regions: whole };
}

/** Regions of a frame with their pixels: kept ones where the browser has them, else out of the frame's file. */
async function regionsOf(name, regions, signal, urgent = false) {
  if (bench.frames.value[rowOf.value.get(name)]?.clip) return clipRegionsOf(name, regions, signal);
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
export function keepTable({ readouts: columns, rules, review, shifts, ...news }) {
  batch(() => {
    bench.shifts.value = shifts && spread(shifts);
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

/** Shifts of some rows as those of all frames. */
function spread({ rows, x, y, lost }) {
  const count = bench.frames.value.length;
  const all = { x: new Float32Array(count).fill(NaN), y: new Float32Array(count).fill(NaN), lost: new Uint8Array(count) };
  rows.forEach((row, k) => ([all.x[row], all.y[row], all.lost[row]] = [x[k], y[k], lost[k]]));
  return all;
}

// Looking.

/** What Workbench.inspect gives for a frame, with its pixels handed in again where Python has forgotten them. */
export async function inspect(name) {
  const found = await call("inspect", { frame: name });
  if (found.readouts.every(({ given, boxes }) => !given || boxes.length)) return found;
  const { regions, clip_regions: clipRegions } = await call("plan");
  const again = await regionsOf(name, bench.frames.value[rowOf.value.get(name)]?.clip ? clipRegions : regions);
  await call("give", { frames: [again] });
  return call("inspect", { frame: name });
}

/** What boxes that are no part of the layout yet show on a frame: {text, confidence, boxes, classes, probabilities, labels}. */
export async function probe(name, readout, signal) {
  const [dx, dy] = shiftOf(rowOf.value.get(name));
  const boxes = readout.boxes.map(([x, y, ...size]) => [x + dx, y + dy, ...size]);
  const region = await regionOf(name, around(boxes, 2), signal);
  return call("probe", { region, readout: { ...readout, boxes } }, { signal });
}

/**
 * Find the boxes of digits that frames show inside a drawn box [x, y, width, height].
 * `sights`: [{name, drawn, text}]; `start`: boxes found before. Returns {boxes, format, confidence}.
 */
export async function findBoxes(sights, start = null) {
  const seen = await Promise.all(sights.map(async ({ name, drawn, text }) => ({
    region: await stillRegion(name, drawn), drawn, text,
  })));
  return call("find_boxes", { sights: seen, start });
}

/** What is around a drawn box in a frame, as if the frame had not moved. */
async function stillRegion(name, [x, y, ...size]) {
  const [dx, dy] = shiftOf(rowOf.value.get(name));
  const region = await regionOf(name, around([[x + dx, y + dy, ...size]], Math.max(4, size[1] / 2)));
  return { ...region, x: region.x - dx, y: region.y - dy };
}

async function regionOf(name, rectangle, signal) {
  const { width, height } = bench.frames.value[rowOf.value.get(name)];
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
export async function picture() {
  const { name, clip, time } = frame.value;
  if (clip) return clipFor(frame.value).picture(time);
  return createImageBitmap(await fileOf(name), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
}
