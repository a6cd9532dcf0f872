// Does what the store asks for: train, then read, and again when the user changes their mind.

import { batch, effect, untracked } from "@preact/signals";
import { explain } from "./failures.js";
import { bytesOf, load, root } from "./loading.js";
import { ask, keepReadings, readingOf, readoutNames, store } from "./store.js";

/** Frames under way at once: while one is embedded, Python decodes and cuts the next. */
const FRAMES_AHEAD = 2;

let python = null;
let current = null;
/** Frames whose picture Python has been sent. */
const given = new Set();

/** Load everything, then follow `store.asked` for as long as the page lives. */
export async function run() {
  addEventListener("error", ({ error, message }) => fail(error ?? new Error(message)));
  addEventListener("unhandledrejection", ({ reason }) => fail(reason));
  try {
    if (typeof WebAssembly === "undefined") throw Object.assign(new Error("no WebAssembly"), { name: "NoWebAssembly" });
    ({ python, dataset: store.dataset.value } = await load(fail));
    store.loadedIn.value = performance.mark("readout:loaded").startTime / 1000;
    const { sets } = store.dataset.value;
    if (store.asked.value.sets > sets.length) ask({ sets: sets.length });
    follow();
  } catch (error) {
    fail(error);
  }
}

/** The readings so far as the text of a CSV file. */
export const toCsv = () => python.call("to_csv");

/** The crops of every readout of a frame that has been read, with their probabilities. */
export const inspect = (frame) => {
  const read = readoutNames.value.filter((readout) => readingOf(frame, readout));
  return Promise.all(read.map((readout) => python.call("inspect", { frame, readout })));
};

/** Where a frame's picture lies. */
export const frameUrl = (frame) => new URL(`data/frames/${frame}`, root).href;

function follow() {
  effect(() => {
    const asked = store.asked.value;
    current?.abort();
    current = new AbortController();
    const { signal } = current;
    untracked(() => job(asked, signal)).catch((error) => error.name === "AbortError" || fail(error));
  });
}

async function job({ sets }, signal) {
  const start = performance.now();
  await train(sets, start, signal);
  store.phase.value = "reading";
  const tasks = readoutNames.value.flatMap((readout) => store.frames.value.map((frame) => ({ frame, readout })));
  const queue = tasks.filter(({ frame, readout }) => !readingOf(frame, readout));
  const readOn = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await read(task, start, signal);
  };
  if (queue.length) await read(queue.shift(), start, signal);
  await Promise.all([test(signal), ...Array.from({ length: FRAMES_AHEAD }, readOn)]);
  store.phase.value = "done";
}

async function train(sets, start, signal) {
  store.phase.value = "training";
  store.training.value = { sets, losses: [], done: 0, total: 0, result: null };
  const change = (news) => (store.training.value = { ...store.training.value, ...news });
  const onProgress = ({ loss, done, total }) =>
    loss === undefined ? change({ done, total }) : change({ losses: [...store.training.value.losses, loss] });
  const result = await python.call("train", { sets }, { signal, onProgress });
  performance.mark("readout:trained");
  const [readings, score] = await Promise.all([python.call("readings", {}, { signal }), python.call("score", {}, { signal })]);
  batch(() => {
    change({ result });
    store.testing.value = null;
    keepReadings(readings);
    keepScore(score, start);
    store.shown.value = { sets };
  });
}

async function test(signal) {
  store.testing.value = await python.call("test", {}, { signal });
}

async function read({ frame, readout }, start, signal) {
  const data = given.has(frame) ? null : await picture(frame);
  signal.throwIfAborted();
  const call = python.call("read", { frame, readout, data }, { signal });
  given.add(frame); // sent, even if nobody waits for the answer any more
  keepReadings([await call]);
  performance.mark("readout:reading");
  if (readout === readoutNames.value[0]) keepScore(await python.call("score", {}, { signal }), start);
}

function keepScore(score, start) {
  store.score.value = score;
  store.jobSeconds.value = (performance.now() - start) / 1000;
}

/** The bytes of a frame's picture; its thumbnail appears as soon as they are there. */
async function picture(frame) {
  const bytes = await bytesOf(`data/frames/${frame}`);
  const { x, y, width, height } = regionOf(store.dataset.value.layout.readouts[0]);
  const thumbnail = await createImageBitmap(new Blob([bytes]), x, y, width, height);
  store.thumbnails.value = { ...store.thumbnails.value, [frame]: thumbnail };
  return bytes;
}

/** The rectangle around a readout's boxes, with a margin of one box's width. */
function regionOf({ boxes }) {
  const margin = boxes[0][2];
  const [left, top] = [0, 1].map((axis) => Math.floor(Math.min(...boxes.map((box) => box[axis])) - margin));
  const [right, bottom] = [0, 1].map((axis) => Math.ceil(Math.max(...boxes.map((box) => box[axis] + box[axis + 2])) + margin));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function fail(error) {
  if (store.failure.value || error?.name === "AbortError") return;
  current?.abort();
  store.phase.value = "failed";
  store.failure.value = explain(error);
}
