// Loads the parts, keeps the workers, and does what the store asks for: train, then read.

import { effect } from "@preact/signals";
import { AssetError, loadBytes, loadJson, rootOf } from "./assets.js";
import { Bridge } from "./bridge.js";
import { keepReadings, readingOf, readoutNames, store } from "./store.js";

const root = rootOf(document.baseURI, 0);
const MODEL = "models/mobilenet_v1_imagenet";
const PACKAGES = ["numpy", "pillow", "micropip", "packaging"];
const EMBEDDERS = Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2));
const FRAMES_AHEAD = 2;

let files = {};
let python = null;
const pictures = new Map();

/** Load everything, then follow `store.asked` for as long as the page lives. */
export async function run() {
  try {
    if (typeof WebAssembly === "undefined") throw Object.assign(new Error("no WebAssembly"), { name: "NoWebAssembly" });
    ({ files } = await loadJson("manifest.json", { root }));
    store.frames.value = Object.keys(files).filter((file) => file.startsWith("data/frames/")).map(baseName);
    await load();
    store.loadedIn.value = performance.now() / 1000;
    follow();
  } catch (error) {
    fail(error);
  }
}

/** The readings so far as the text of a CSV file. */
export const toCsv = () => python.call("to_csv");

/** The crops of every readout of a frame that has been read, with their probabilities. */
export const inspect = (frame) =>
  Promise.all(
    readoutNames.value.filter((readout) => readingOf(frame, readout)).map((readout) => python.call("inspect", { frame, readout })),
  );

/** Where a frame's picture lies. */
export const frameUrl = (frame) => new URL(`data/frames/${frame}`, root).href;

async function load() {
  const wheel = Object.keys(files).find((file) => /^py\/.*\.whl$/.test(file));
  python = spawn("Python", "workers/python.js");
  const booted = part("Python", startPython(wheel));
  const wasm = part("onnxruntime", bytesOf("ort/ort-wasm-simd-threaded.wasm", "onnxruntime"));
  const model = part("MobileNet", bytesOf(`${MODEL}.onnx`, "MobileNet"));
  const zip = part("Training pictures", bytesOf("data/demo.zip", "Training pictures"));
  const card = await loadJson(`${MODEL}.json`, { root });
  const ports = startEmbedders(await wasm, await model, card);
  const [opened] = await Promise.all([ports, zip, booted]);
  const args = { zip: await zip, card: JSON.stringify(card), ports: opened };
  store.dataset.value = await python.call("open", args, { transfer: opened });
}

async function startPython(wheel) {
  const groups = [[/numpy/, "numpy"], [/pillow/, "Pillow"], [/micropip|packaging/, "micropip"], [/^py\//, "Readout"], [/^pyodide\//, "Python"]];
  const groupOf = (file) => groups.find(([pattern]) => pattern.test(file))[1];
  const fetched = Object.keys(files).filter((file) => /^(pyodide|py)\//.test(file) && !/\.m?js$/.test(file));
  for (const file of fetched) count(groupOf(file), file, 0);
  const own = Object.fromEntries(Object.entries(files).filter(([file]) => /^(pyodide|py)\//.test(file)));
  const lock = newLock();
  const started = python.call("start", { files: own, packages: PACKAGES, wheel, lock }, {
    onProgress: ({ file, done }) => file && count(groupOf(file), file, done),
  });
  await started;
  python.watch(lock);
  for (const name of ["numpy", "Pillow", "micropip", "Readout"]) setPart(name, { state: "ready" });
}

async function startEmbedders(wasm, model, card) {
  setPart("onnxruntime", { state: "starting" });
  const ports = await Promise.all(
    Array.from({ length: EMBEDDERS }, async () => {
      const bridge = spawn("onnxruntime", "workers/embedder.js");
      const { port1, port2 } = new MessageChannel();
      const lock = newLock();
      await bridge.call("start", { wasm, model, card, lock });
      bridge.watch(lock);
      await bridge.call("connect", { port: port1 }, { transfer: [port1] });
      return port2;
    }),
  );
  setPart("onnxruntime", { state: "ready" });
  return ports;
}

function spawn(name, script) {
  const bridge = new Bridge(new Worker(new URL(script, root), { type: "module", name }), name);
  const fail_ = bridge.fail.bind(bridge);
  bridge.fail = async (error) => {
    const cause = error.message.includes("did not start") ? await missing(script) : null;
    fail_(cause ?? error);
    fail(cause ?? error);
  };
  return bridge;
}

/** A worker whose script is missing says only that it did not start. */
async function missing(script) {
  try {
    await loadBytes(script, { root, bytes: files[script]?.bytes });
    return null;
  } catch (error) {
    return error;
  }
}

const newLock = () => `readout-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;

const baseName = (file) => file.split("/").pop();

// Parts and their progress.

function setPart(name, change) {
  const usual = { done: 0, total: 0, files: {}, state: "waiting" };
  store.parts.value = { ...store.parts.value, [name]: { ...usual, ...store.parts.value[name], ...change } };
}

function count(name, file, done) {
  const known = { ...store.parts.value[name]?.files, [file]: { done, total: files[file].bytes } };
  const sum = (what) => Object.values(known).reduce((total, each) => total + each[what], 0);
  const state = sum("done") < sum("total") ? "loading" : "starting";
  setPart(name, { files: known, done: sum("done"), total: sum("total"), state });
}

async function bytesOf(file, name) {
  if (!(file in files)) throw new AssetError(file, "not in manifest.json", "The site was built without it.", "Run python build.py again.");
  count(name, file, 0);
  return loadBytes(file, { root, bytes: files[file].bytes, onProgress: (done) => count(name, file, done) });
}

async function part(name, promise) {
  const value = await promise;
  if (name !== "onnxruntime") setPart(name, { state: "ready" });
  return value;
}

// The job: train on what is asked for, then read what has not been read.

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
  const seconds = () => (performance.now() - start) / 1000;
  store.phase.value = "training";
  store.training.value = { sets, losses: [], done: 0, total: 0, result: null };
  const change = (news) => (store.training.value = { ...store.training.value, ...news });
  const onProgress = ({ loss, done, total }) =>
    loss === undefined ? change({ done, total }) : change({ losses: [...store.training.value.losses, loss] });
  change({ result: await python.call("train", { sets }, { signal, onProgress }) });

  keepReadings(await python.call("readings", {}, { signal }));
  store.score.value = await python.call("score", {}, { signal });
  store.phase.value = "reading";
  const tasks = readoutNames.value.flatMap((readout) => store.frames.value.map((frame) => ({ frame, readout })));
  const queue = tasks.filter(({ frame, readout }) => !readingOf(frame, readout));
  const reader = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      const { bytes } = await picture(task.frame);
      keepReadings([await python.call("read", { ...task, data: bytes }, { signal })]);
      store.firstReadingAt.value ??= performance.now() / 1000;
      if (task.readout === readoutNames.value[0]) {
        store.score.value = await python.call("score", {}, { signal });
        store.jobSeconds.value = seconds();
      }
    }
  };
  await Promise.all(Array.from({ length: FRAMES_AHEAD }, reader));
  if (!tasks.length || store.score.value.digits_total === 0 || !queue.length) store.jobSeconds.value ??= seconds();
  store.phase.value = "done";
}

/** A frame's bytes, and its thumbnail as a side effect; fetched once. */
function picture(frame) {
  if (!pictures.has(frame)) pictures.set(frame, fetchPicture(frame));
  return pictures.get(frame);
}

async function fetchPicture(frame) {
  const file = `data/frames/${frame}`;
  const bytes = await loadBytes(file, { root, bytes: files[file].bytes });
  const { x, y, width, height } = regionOf(store.dataset.value.layout.readouts[0]);
  const thumbnail = await createImageBitmap(new Blob([bytes]), x, y, width, height);
  store.thumbnails.value = { ...store.thumbnails.value, [frame]: thumbnail };
  return { bytes };
}

/** The rectangle around a readout's boxes, with a margin of one box's width. */
export function regionOf({ boxes }) {
  const margin = boxes[0][2];
  const [left, top] = [0, 1].map((axis) => Math.floor(Math.min(...boxes.map((box) => box[axis])) - margin));
  const [right, bottom] = [0, 1].map((axis) => Math.ceil(Math.max(...boxes.map((box) => box[axis] + box[axis + 2])) + margin));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

// Failures: one screen.

function fail(error) {
  if (store.failure.value) return;
  store.phase.value = "failed";
  store.failure.value = explain(error);
}

function explain(error) {
  const detail = error.traceback || error.stack || String(error);
  if (error.name === "AssetError") {
    return { title: "A part of Readout did not arrive", what: `${error.file}: ${error.status}`, why: error.why, next: error.next, detail };
  }
  if (error.name === "NoWebAssembly") {
    return {
      title: "This browser has no WebAssembly",
      what: "Python and MobileNet run as WebAssembly, which this browser lacks or has switched off.",
      why: "Lockdown modes and some company policies switch it off; very old browsers never had it.",
      next: "Allow WebAssembly for this page, or open it in a current Firefox, Chrome, Edge or Safari.",
      detail,
    };
  }
  if (error.name === "WorkerError") {
    return {
      title: `The ${error.worker} worker has died`,
      what: error.message,
      why: "Most often the browser ran out of memory and ended it.",
      next: "Close other tabs, then reload. Nothing you made is kept in it.",
      detail,
    };
  }
  return {
    title: "Something went wrong that we did not foresee",
    what: error.message.trim().split("\n").pop(),
    why: "This is a mistake of ours, or a browser we have not met.",
    next: "Reload. If it happens again, please report it with the details below.",
    detail,
  };
}
