// Does what the store asks for: train, then read, and again when the user changes their mind.

import { effect } from "@preact/signals";
import { explain } from "./failures.js";
import { bytesOf, load, root } from "./loading.js";
import { keepReadings, readingOf, readoutNames, store } from "./store.js";

/** Frames under way at once: while one is embedded, Python decodes and cuts the next. */
const FRAMES_AHEAD = 2;

let python = null;
const pictures = new Map();

/** Load everything, then follow `store.asked` for as long as the page lives. */
export async function run() {
  try {
    if (typeof WebAssembly === "undefined") throw Object.assign(new Error("no WebAssembly"), { name: "NoWebAssembly" });
    ({ python, dataset: store.dataset.value } = await load(fail));
    store.loadedIn.value = performance.mark("readout:loaded").startTime / 1000;
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
  let current = null;
  effect(() => {
    const asked = store.asked.value;
    current?.abort();
    current = new AbortController();
    job(asked, current.signal).catch((error) => error.name === "AbortError" || fail(error));
  });
}

async function job({ sets }, signal) {
  const start = performance.now();
  await train(sets, signal);
  keepReadings(await python.call("readings", {}, { signal }));
  await keepScore(start, signal);
  store.phase.value = "reading";
  const tasks = readoutNames.value.flatMap((readout) => store.frames.value.map((frame) => ({ frame, readout })));
  const queue = tasks.filter(({ frame, readout }) => !readingOf(frame, readout));
  const readOn = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      await read(task, signal);
      if (task.readout === readoutNames.value[0]) await keepScore(start, signal);
    }
  };
  await Promise.all(Array.from({ length: FRAMES_AHEAD }, readOn));
  store.phase.value = "done";
}

async function train(sets, signal) {
  store.phase.value = "training";
  store.training.value = { sets, losses: [], done: 0, total: 0, result: null };
  const change = (news) => (store.training.value = { ...store.training.value, ...news });
  const onProgress = ({ loss, done, total }) =>
    loss === undefined ? change({ done, total }) : change({ losses: [...store.training.value.losses, loss] });
  change({ result: await python.call("train", { sets }, { signal, onProgress }) });
  performance.mark("readout:trained");
}

async function read({ frame, readout }, signal) {
  const data = await picture(frame);
  keepReadings([await python.call("read", { frame, readout, data }, { signal })]);
  performance.mark("readout:reading");
}

async function keepScore(start, signal) {
  store.score.value = await python.call("score", {}, { signal });
  store.jobSeconds.value = (performance.now() - start) / 1000;
}

/** The bytes of a frame's picture, fetched once; its thumbnail appears as soon as they are there. */
function picture(frame) {
  if (!pictures.has(frame)) pictures.set(frame, fetchPicture(frame));
  return pictures.get(frame);
}

async function fetchPicture(frame) {
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
  if (store.failure.value) return;
  store.phase.value = "failed";
  store.failure.value = explain(error);
}
