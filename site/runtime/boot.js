// Fetches the parts and starts the workers, all at the same time, and says how far each is.

import { batch, computed, signal } from "@preact/signals";
import { DISPLAYS, FIRST_DISPLAY } from "../shared/displays.js";
import { lacksMemory, withPatience } from "../shared/memory.js";
import { AssetError, loadJson, otherBuild } from "./assets.js";
import { BUILD, MANIFEST } from "./build.js";
import { bytesOf, count, factsOf, fileLike, files, MODEL_PARTS, partOf, parts, root, setState } from "./parts.js";
import { WorkerHost } from "./worker_host.js";

const ORT = "ort/ort-wasm-simd-threaded.wasm";
const WASM = "pyodide/pyodide.asm.wasm";
const SNAPSHOT = "pyodide/python.snapshot";
const STDLIB = "pyodide/python_stdlib.zip";
const SCRIPTS = ["pyodide/pyodide.mjs", "pyodide/pyodide.asm.js"];
/** What a plain boot loads before readout; the snapshot holds them. */
const PACKAGES = ["numpy"];
/** For so long, in ms, a model waits whose embeddings came with the site, while Python learns from those. */
const HEAD_START_MS = 10_000;
const EMBEDDERS = Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2));

/** The bundled display that Python has open, a key of DISPLAYS. */
export const display = signal(FIRST_DISPLAY);
/** The names of the display's frames, in order. */
export const frameNames = computed(() => framesOf(display.value));
/** The path of one of the display's frames. */
export const frameFile = (frame) => DISPLAYS[display.value].frames + frame;

function framesOf(name) {
  const { frames } = DISPLAYS[name];
  const found = Object.keys(files.value).filter((file) => file.startsWith(frames));
  return found.map((file) => file.slice(frames.length));
}

/** Seconds from opening the page until everything was loaded and started; null before. */
export const loadedIn = signal(null);

let python = null;
/** @type {(error: Error) => void} */
let onDeath = () => {};
/** @type {(error: Error) => void} */
let onPythonDeath = () => {};
/** Whether everything has started once: from then on a worker that dies is replaced. */
let up = false;
let nextEmbedder = 1;
/** The promise of onnxruntime's bytes, which every embedder needs. */
let runtime = null;
/** By model name: a promise of {wasm, model, card, prior, pool}. */
const models = new Map();

/**
 * Load what a first reading of display `shown` with `model` needs. Returns the bridge to Python, with its dataset open
 * and an embedder connected, and what Demo.describe gives. `onFailure` gets the error of a worker that fails while
 * it starts. Later an embedder that dies is replaced, and when Python does, `onEnd` gets the error: see `restart`.
 */
export async function load(onFailure, { model, shown }, onEnd = onFailure) {
  [onDeath, onPythonDeath] = [onFailure, onEnd];
  python = hostPython();
  const manifest = await loadJson(MANIFEST, { root, build: BUILD });
  const page = document.documentElement.dataset.build;
  if (manifest.build !== BUILD || page !== BUILD) throw otherBuild(page === BUILD ? MANIFEST : "index.html");
  batch(() => {
    files.value = manifest.files;
    display.value = shown;
  });
  const { archive } = DISPLAYS[shown];
  for (const file of [SNAPSHOT, WASM, ORT, modelFile(model), archive]) count(file, 0);

  const ready = bootPython(); // first: it takes longest
  const early = precomputedOf(model, shown);
  const whole = (early ? begun : Promise.resolve()).then(() => loadModel(model));
  const facts = early ? factsOfModel(model) : whole;
  const [backbone, dataset] = await Promise.all([facts, datasetOf(shown), ready]);
  const description = await python.call("open", { ...dataset, ...backbone });
  const tellLoaded = () => {
    setState(Object.keys(parts.value), "ready");
    loadedIn.value = performance.mark("readout:loaded").startTime / 1000;
    up = true;
  };
  if (!early) tellLoaded();
  else whole.then(tellLoaded, onDeath);
  if (early) setTimeout(beginModel, HEAD_START_MS);
  return { python, ...description };
}

/** Start the model of `load` now, where embeddings that came with the site gave Python a head start. @type {(value?: any) => void} */
export let beginModel = () => {};
const begun = new Promise((resolve) => (beginModel = resolve));

/** The file of embeddings of a display's crops that came with the site; undefined where a model has none. */
export const precomputedOf = (model, shown = display.value) =>
  fileLike(new RegExp(`^models/embeddings/${model}-${shown}\\.npz$`));

/** What Python needs to open a display's dataset: {name, zip, its bytes, frames, their names}. */
async function datasetOf(name) {
  return { name, zip: await bytesOf(DISPLAYS[name].archive), frames: framesOf(name) };
}

/**
 * Have Python show another display in place of the demo's. Returns what Demo.describe gives; the caller then sets `display`.
 * @param {string} name @param {AbortSignal} stop
 */
export async function openDisplay(name, stop) {
  const dataset = await datasetOf(name);
  stop.throwIfAborted();
  setState(["Training pictures"], "ready");
  return python.call("open_demo", dataset);
}

/** What Python needs to know of a model without a prior, before any embedder has started; see `loadModel`. */
async function factsOfModel(name) {
  const card = JSON.stringify(await loadJson(`models/${name}.json`, { root }));
  return { card, prior: null, workers: EMBEDDERS };
}

/** Start another Python in place of one that died, with the embedders that are there. Returns what `load` does. */
export async function restart(model) {
  up = false;
  python = hostPython();
  const [dataset] = await Promise.all([datasetOf(display.value), bootPython()]);
  for (const [name, loaded] of models) {
    for (const [id, embedder] of (await loaded).embedders) await connect(name, id, embedder);
  }
  const description = await python.call("open", { ...dataset, ...(await loadModel(model)) });
  up = true;
  return { python, ...description };
}

/**
 * Load a backbone and start one embedder for it, once. When that can embed, resolves with what Python needs
 * to know of it: {card, prior, workers}, the card as JSON, the bytes of its prior head or null.
 * Rejects with an AssetError where one of its files is missing or damaged.
 */
export function loadModel(name) {
  if (!models.has(name)) models.set(name, startModel(name));
  return models.get(name).then(({ card, prior }) => ({ card: JSON.stringify(card), prior, workers: EMBEDDERS }));
}

/**
 * Start the other embedders of a loaded backbone: one is enough to begin with, and where there are two
 * cores, more of them would slow its start and Python's.
 */
export async function startPool(name) {
  const model = await models.get(name);
  if (model.pool.started) return;
  model.pool.started = true;
  const more = Array.from({ length: EMBEDDERS - 1 }, () => startEmbedder(name, model));
  await Promise.all(more.map((started) => started.catch((error) => lacksMemory(error) || onDeath(error)))); // fewer will do
}

/** Have Python install packages of Pyodide's, such as "pillow", unless it has them. */
export async function provide(packages) {
  const { give, failed } = giver(python);
  const given = [];
  const onProgress = ({ needs }) => {
    given.push(needs);
    give(needs);
  };
  await Promise.race([failed, python.call("provide", { packages }, { onProgress })]);
  setState(given.map(partOf).filter(Boolean), "ready");
}

const modelFile = (name) => `models/${name}.onnx`;

async function bootPython() {
  const detail = await withPatience(
    () => start(python),
    () => (python.end(), (python = hostPython())),
  );
  performance.mark("readout:python", { detail });
  setState(["Python"], "ready");
}

/** A Python of its own, with readout and no dataset, for code that may never come to an end. Resolves with its host. */
export async function anotherPython() {
  const another = hosted("lesson's Python", "workers/python.js", () => {});
  await start(another);
  return another;
}

/** Start a worker's Python, from its snapshot if that works here. Resolves with what its `start` does. */
async function start(host) {
  const { give, failed } = giver(host);
  const wheel = Object.keys(files.value).find((file) => /^py\/.*\.whl$/.test(file));
  const expected = [WASM, SNAPSHOT, "pyodide/pyodide-lock.json"];
  expected.forEach(give);
  const wheels = {
    readout: lazily(wheel),
    numpy: lazily(fileLike(/^pyodide\/numpy-/)),
    xlsxwriter: lazily(fileLike(/^pyodide\/xlsxwriter-/)),
  };
  const args = { expected, snapshot: SNAPSHOT, packages: PACKAGES, wheel, stdlib: lazily(STDLIB), wheels };
  const booted = host.start(args, { onProgress: ({ needs }) => give(needs) }).catch(async (error) => {
    await Promise.all(SCRIPTS.map(bytesOf)); // one that cannot be imported says only that: learn why
    throw error;
  });
  return Promise.race([failed, booted]);
}

const lazily = (file) => ({ file, ...factsOf(file) });

/** `give(file)` hands a file to a Python; `failed` rejects when one cannot be had. */
function giver(host) {
  let fail;
  const failed = new Promise((_, reject) => (fail = reject));
  failed.catch(() => {});
  const give = (file) =>
    bytesOf(file)
      .then((bytes) => host.call("put", { file, bytes }, { transfer: [bytes] }))
      .catch(fail);
  return { give, failed };
}

async function startModel(name) {
  const file = modelFile(name);
  runtime ??= bytesOf(ORT);
  const head = `models/${name}.npz`;
  const [wasm, model, card, prior] = await Promise.all([
    runtime,
    bytesOf(file),
    loadJson(`models/${name}.json`, { root, ...factsOf(`models/${name}.json`) }),
    Object.hasOwn(files.value, head) ? bytesOf(head) : null,
  ]);
  if (card.sha256 !== factsOf(file).sha256) {
    throw new AssetError(
      `models/${name}.json`,
      "the card of another model file",
      "Its sha256 is not the model's.",
      "Run python build.py again, and copy the whole of dist/.",
    );
  }
  const loaded = { wasm, model, card, prior, pool: { started: false }, embedders: new Map() };
  await withPatience(() => startEmbedder(name, loaded));
  performance.mark("readout:embedder", { detail: { model: name } });
  setState(["onnxruntime", MODEL_PARTS[name] ?? name], "ready");
  return loaded;
}

async function startEmbedder(name, { wasm, model, card, embedders }) {
  const id = nextEmbedder++;
  const onFailure = (error) => {
    if (!embedders.delete(id) || !up) return onDeath(error);
    python.call("disconnect", { model: name, id }).catch(() => {});
    withPatience(() => startEmbedder(name, { wasm, model, card, embedders })).catch(onDeath);
  };
  const embedder = hosted("onnxruntime", "workers/embedder.js", onFailure);
  await embedder.start({ wasm, model, card }).catch((error) => {
    embedder.end();
    throw error;
  });
  embedders.set(id, embedder);
  await connect(name, id, embedder);
}

async function connect(model, id, embedder) {
  const { port1, port2 } = new MessageChannel();
  await embedder.call("connect", { port: port1 }, { transfer: [port1] });
  await python.call("connect", { model, id, port: port2 }, { transfer: [port2] });
}

const hostPython = () => hosted("Python", "workers/python.js", (error) => (up ? onPythonDeath : onDeath)(error));
const hosted = (name, script, onFailure) =>
  new WorkerHost(name, script, { onFailure, facts: () => files.value[script] });
