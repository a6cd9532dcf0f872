// Fetches the parts and starts the workers, all at the same time, and says how far each is.

import { AssetError, loadBytes, loadJson, rootOf } from "./assets.js";
import { Bridge } from "./bridge.js";
import { store } from "./store.js";

export const root = rootOf(document.baseURI, 0);

const MODEL = "models/mobilenet_v1_imagenet";
const ORT = "ort/ort-wasm-simd-threaded.wasm";
const DATASET = "data/demo.zip";
const PACKAGES = ["numpy", "pillow", "micropip", "packaging"];
const EMBEDDERS = Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2));

/** The part that a file belongs to, by the first pattern that its path matches. */
const PART_OF = [
  [/^pyodide\/numpy/, "numpy"], [/^pyodide\/pillow/, "Pillow"], [/^pyodide\/(micropip|packaging)/, "micropip"],
  [/^pyodide\//, "Python"], [/^py\//, "Readout"], [/^ort\//, "onnxruntime"], [/^data\/demo/, "Training pictures"],
  [new RegExp(`^${MODEL}.onnx`), "MobileNet"],
];
export const PARTS = ["Python", "numpy", "Pillow", "micropip", "Readout", "onnxruntime", "MobileNet", "Training pictures"];

let files = {};

/**
 * Load everything. Returns the bridge to Python, with its dataset open and its embedders connected,
 * and what the dataset holds. `onDeath` gets the error of a worker that fails, now or later.
 */
export async function load(onDeath) {
  const python = spawn("Python", "workers/python.js", onDeath);
  ({ files } = await loadJson("manifest.json", { root }));
  store.frames.value = Object.keys(files).filter((file) => file.startsWith("data/frames/")).map((file) => file.split("/").pop());
  for (const file of Object.keys(files)) count(file, 0);

  // Where there are two cores, compiling onnxruntime beside Pyodide's own start would slow both.
  let runs;
  const pyodideRuns = new Promise((resolve) => (runs = resolve));
  const network = Promise.all([bytesOf(ORT), bytesOf(`${MODEL}.onnx`), loadJson(`${MODEL}.json`, { root }), pyodideRuns]);
  const [zip, [, , card], ports] = await Promise.all([
    bytesOf(DATASET), network, network.then((parts) => startEmbedders(parts, onDeath)), startPython(python, runs),
  ]);
  if (card.sha256 !== files[`${MODEL}.onnx`].sha256) {
    throw new AssetError(`${MODEL}.json`, "the card of another model file", "Its sha256 is not the model's.", "Run python build.py again, and copy the whole of dist/.");
  }
  const args = { zip, card: JSON.stringify(card), ports };
  const dataset = await python.call("open", args, { transfer: ports });
  setState(PARTS, "ready");
  return { python, dataset };
}

/** The checked bytes of one of the site's files, counted in its part's progress. */
export async function bytesOf(file) {
  if (!(file in files)) {
    throw new AssetError(file, "not in manifest.json", "The site was built without it.", "Run python build.py again, and copy the whole of dist/.");
  }
  return loadBytes(file, { root, ...files[file], onProgress: (done) => count(file, done) });
}

/** Boot Python; `onRuns` is called when Pyodide runs, before it installs and imports anything. */
async function startPython(python, onRuns) {
  const own = Object.keys(files).filter((file) => /^(pyodide|py)\//.test(file));
  const isScript = (file) => /\.m?js$/.test(file);
  const expected = own.filter((file) => !isScript(file));
  const wheel = own.find((file) => /^py\/.*\.whl$/.test(file));
  const put = async (file) => {
    const bytes = await bytesOf(file);
    return python.call("put", { file, bytes }, { transfer: [bytes] });
  };
  // A script that cannot be imported says only that: ask for it here too, to learn why.
  const scripts = Promise.all(own.filter(isScript).map(bytesOf));
  const args = { expected, packages: PACKAGES, wheel };
  const booted = started(python, args, onRuns).catch((error) => scripts.then(() => Promise.reject(error)));
  await Promise.all([booted, scripts, ...expected.map(put)]);
  setState(["Python", "numpy", "Pillow", "micropip", "Readout"], "ready");
}

async function startEmbedders([wasm, model, card], onDeath) {
  const ports = await Promise.all(
    Array.from({ length: EMBEDDERS }, async () => {
      const embedder = spawn("onnxruntime", "workers/embedder.js", onDeath);
      const { port1, port2 } = new MessageChannel();
      await started(embedder, { wasm, model, card });
      await embedder.call("connect", { port: port1 }, { transfer: [port1] });
      return port2;
    }),
  );
  setState(["onnxruntime", "MobileNet"], "ready");
  return ports;
}

/** Call `start`, and as soon as the worker holds its lock, notice when it ends. */
function started(bridge, args, onRuns) {
  const lock = `readout-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  const onProgress = ({ alive, runs }) => (alive && bridge.watch(lock), runs && onRuns());
  return bridge.call("start", { ...args, lock }, { onProgress });
}

function spawn(name, script, onDeath) {
  const worker = new Worker(new URL(script, root), { type: "module", name });
  const diagnose = (error) => loadBytes(script, { root, ...files[script] }).then(() => error, (found) => found);
  return new Bridge(worker, name, { onFailure: onDeath, diagnose });
}

function count(file, done) {
  const name = PART_OF.find(([pattern]) => pattern.test(file))?.[1];
  if (!name) return;
  const part = store.parts.value[name] ?? { files: {}, state: "waiting" };
  const known = { ...part.files, [file]: { done, total: files[file].bytes } };
  const sum = (what) => Object.values(known).reduce((total, each) => total + each[what], 0);
  const [got, total] = [sum("done"), sum("total")];
  const state = got === 0 ? "waiting" : got < total ? "loading" : "starting";
  store.parts.value = { ...store.parts.value, [name]: { files: known, done: got, total, state } };
}

function setState(names, state) {
  const changed = names.map((name) => [name, { ...store.parts.value[name], state }]);
  store.parts.value = { ...store.parts.value, ...Object.fromEntries(changed) };
}
