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
  [/^pyodide\/.*(wasm|zip|json)$/, "Python"], [/^py\//, "Readout"],
  [/^ort\//, "onnxruntime"], [/^models\/.*onnx$/, "MobileNet"], [/^data\/demo/, "Training pictures"],
];
export const PARTS = ["Python", "numpy", "Pillow", "micropip", "Readout", "onnxruntime", "MobileNet", "Training pictures"];

let files = {};

/**
 * Load everything. Returns the bridge to Python, with its dataset open and its embedders connected,
 * and what the dataset holds. `onDeath` gets the error of a worker that fails, now or later.
 */
export async function load(onDeath) {
  ({ files } = await loadJson("manifest.json", { root }));
  store.frames.value = Object.keys(files).filter((file) => file.startsWith("data/frames/")).map((file) => file.split("/").pop());
  for (const file of Object.keys(files)) count(file, 0);

  const python = spawn("Python", "workers/python.js", onDeath);
  const booting = startPython(python);
  const [wasm, model, zip, card] = [bytesOf(ORT), bytesOf(`${MODEL}.onnx`), bytesOf(DATASET), loadJson(`${MODEL}.json`, { root })];
  const connecting = startEmbedders(wasm, model, card, onDeath);
  const [ports] = await Promise.all([connecting, booting]);
  const args = { zip: await zip, card: JSON.stringify(await card), ports };
  const dataset = await python.call("open", args, { transfer: ports });
  setState(PARTS, "ready");
  return { python, dataset };
}

/** The checked bytes of one of the site's files, counted in its part's progress. */
export async function bytesOf(file) {
  if (!(file in files)) {
    throw new AssetError(file, "not in manifest.json", "The site was built without it.", "Run python build.py again, and copy the whole of dist/.");
  }
  return loadBytes(file, { root, bytes: files[file].bytes, onProgress: (done) => count(file, done) });
}

async function startPython(python) {
  const own = Object.fromEntries(Object.entries(files).filter(([file]) => /^(pyodide|py)\//.test(file)));
  const wheel = Object.keys(own).find((file) => file.endsWith(".whl") && file.startsWith("py/"));
  await started(python, { files: own, packages: PACKAGES, wheel }, ({ file, done }) => count(file, done));
  setState(["Python", "numpy", "Pillow", "micropip", "Readout"], "ready");
}

async function startEmbedders(wasm, model, card, onDeath) {
  const parts = { wasm: await wasm, model: await model, card: await card };
  const ports = await Promise.all(
    Array.from({ length: EMBEDDERS }, async () => {
      const embedder = spawn("onnxruntime", "workers/embedder.js", onDeath);
      const { port1, port2 } = new MessageChannel();
      await started(embedder, parts);
      await embedder.call("connect", { port: port1 }, { transfer: [port1] });
      return port2;
    }),
  );
  setState(["onnxruntime", "MobileNet"], "ready");
  return ports;
}

/** Call `start`, and from then on notice when the worker ends. */
async function started(bridge, args, onProgress) {
  const lock = `readout-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  await bridge.call("start", { ...args, lock }, { onProgress });
  bridge.watch(lock);
}

function spawn(name, script, onDeath) {
  const worker = new Worker(new URL(script, root), { type: "module", name });
  const askForScript = () => loadBytes(script, { root, bytes: files[script].bytes });
  return new Bridge(worker, name, { onFailure: onDeath, diagnose: (error) => askForScript().then(() => error, (found) => found) });
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
