// Python: boots Pyodide, installs the readout wheel, and hands calls to readout.web.

import { rootOf } from "../assets.js";
import { Bridge, holdLock, serve } from "../bridge.js";

const root = rootOf(self.location.href, 1);
const DATASET = "/dataset";

/** The site's files by path: promises that the page keeps with `put`. */
const files = new Map();
let pyodide = null;
let session = null;
let embedders = [];

/** Boot Python with `packages` and install `wheel`; `expected` are the files that the page will put. */
async function start({ expected, packages, wheel, lock }, progress) {
  await holdLock(lock);
  progress({ alive: true });
  for (const file of expected) fileNamed(file);
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", root));
  pyodide = await loadPyodide({ indexURL: new URL("pyodide/", root).href, packages });
  progress({ runs: true });
  const micropip = pyodide.pyimport("micropip");
  try {
    await micropip.install(new URL(wheel, root).href);
  } finally {
    micropip.destroy();
  }
  pyodide.pyimport("readout.web").destroy();
}

function fileNamed(file) {
  if (!files.has(file)) {
    let arrive;
    files.set(file, { bytes: new Promise((resolve) => (arrive = resolve)), arrive });
  }
  return files.get(file);
}

const put = ({ file, bytes }) => fileNamed(file).arrive(bytes);

/** Pyodide fetches its parts by itself: give it those the page has fetched, counted and checked. */
const fetchFromNetwork = self.fetch.bind(self);
self.fetch = async (resource, init) => {
  const { href } = new URL(resource.url ?? resource, self.location);
  const file = href.slice(root.href.length);
  if (!href.startsWith(root.href) || !files.has(file)) return fetchFromNetwork(resource, init);
  const type = file.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(await fileNamed(file).bytes, { headers: { "content-type": type } });
};

/** Open a dataset from the bytes of its zip, embedding with the workers behind `ports`. */
function open({ zip, card, ports }) {
  embedders = ports.map((port) => new Bridge(port, "onnxruntime"));
  pyodide.unpackArchive(zip, "zip", { extractDir: DATASET });
  const web = pyodide.pyimport("readout.web");
  try {
    session = web.WebSession(DATASET, card, embed, ports.length);
  } finally {
    web.destroy();
  }
  return session.call("describe", {}, () => {});
}

/** `array`: a Python float32 array (n, 3, s, s). Goes to the embedder with the least to do. */
async function embed(array) {
  const view = array.getBuffer("f32");
  let x, shape;
  try {
    [x, shape] = [view.data.slice(), [...view.shape]];
  } finally {
    view.release();
  }
  const idlest = embedders.reduce((a, b) => (b.busy < a.busy ? b : a));
  return idlest.call("embed", { x, shape }, { transfer: [x.buffer] });
}

/** A Python exception with its own name and message, and the Python traceback. */
function unwrapped(error) {
  if (error.name !== "PythonError") return error;
  const last = error.message.trim().split("\n").pop();
  return Object.assign(new Error(last.replace(/^[\w.]+: /, "")), { name: error.type, stack: error.message });
}

const handlers = { start, put, open };
serve(self, async (method, args, { progress }) => {
  try {
    return await (method in handlers ? handlers[method](args, progress) : session.call(method, args, progress));
  } catch (error) {
    throw unwrapped(error);
  }
});
