// Python: starts Pyodide with readout in it, and hands calls to readout.web.

import { keepRegions } from "../../media/kept_regions.js";
import { decodeRegion } from "../../media/pixels.js";
import { rootOf } from "../../runtime/assets.js";
import { Bridge, gone, reportAlive, serve } from "../../runtime/bridge.js";
import { addressOf, BUILD } from "../../runtime/build.js";
import { HeldArrays } from "../../runtime/pixel_port.js";
import { restore, SITE_PACKAGES, unpack } from "./snapshot.js";
import { keepIdentity } from "./wasm_tables.js";

const root = rootOf(self.location.href, 1);
const DATASET = "/dataset";

/** As in the snapshot: without docstrings, assertions, and columns in tracebacks. */
const ENVIRONMENT = { PYTHONOPTIMIZE: "2", PYTHONNODEBUGRANGES: "1" };

keepIdentity(WebAssembly);

/** Pyodide's scripts, begun before anyone calls. */
const scripts = Promise.all(
  ["pyodide.mjs", "pyodide.asm.js"].map((name) => import(addressOf(`pyodide/${name}`, root, BUILD).href)),
).then(([loader]) => loader);
scripts.catch(() => {}); // `start` will say so

/** The site's files by path: promises that the page keeps with `put`. */
const files = new Map();
/** Asks the page for a file, during a call that may need some. */
let ask = null;
/** By path: what the service worker has kept of files that are read at once. */
const kept = new Map();
/** By model name: the bridges to the workers that embed with it, by their ids. */
const embedders = new Map();
/** Embedders have come or gone: resolves at the next change. */
let changed = null;
let tellChanged = () => {};
let pyodide = null;
let session = null;

/**
 * Start Python with everything imported: from `snapshot`, or where that fails by booting it, loading
 * `packages` and unpacking `wheel`. `expected` are the files that the page will put unasked; others are
 * asked for. `stdlib` {file, bytes, sha256} is read when Python needs a module that the snapshot lacks, and so are
 * `wheels`, by the names of their packages.
 * Returns {from, why, seconds}: "snapshot" or "boot", the reason for the latter, and the time it took.
 */
async function start({ expected, snapshot, packages, wheel, stdlib, wheels, lock }, progress) {
  await reportAlive({ lock }, { progress });
  ask = (file) => progress({ needs: file });
  for (const file of expected) fileNamed(file);
  const { loadPyodide } = await scripts;
  const [arrived] = await Promise.all([fileNamed(snapshot).bytes, findKept([stdlib, ...Object.values(wheels)])]);
  const begun = performance.now();
  let why = "";
  try {
    pyodide = await fromSnapshot(arrived, stdlib, loadPyodide);
  } catch (error) {
    why = String(error.message ?? error);
    files.delete(stdlib.file);
    pyodide = await fromBoot(packages, wheel, loadPyodide);
  }
  files.clear();
  ask = null;
  const web = pyodide.pyimport("readout.web");
  for (const name of why ? [...packages, "readout"] : []) delete wheels[name]; // those are whole
  web.complete((name) => unpackWheel(wheels, name));
  web.destroy();
  return { from: why ? "boot" : "snapshot", why, seconds: (performance.now() - begun) / 1000 };
}

async function fromSnapshot(zipped, stdlib, load) {
  fileNamed(stdlib.file).arrive(new ArrayBuffer()); // Pyodide insists on having one
  const unzipped = new Response(zipped).body.pipeThrough(new DecompressionStream("gzip"));
  const snapshot = unpack(await new Response(unzipped).arrayBuffer());
  const indexURL = new URL("pyodide/", root).href;
  const restored = await restore(snapshot, load, { indexURL });
  whenRead(restored.FS, "/lib/python312.zip", stdlib);
  const random = restored.pyimport("random"); // in the snapshot chance itself is fixed
  random.seed();
  random.destroy();
  return restored;
}

async function fromBoot(packages, wheel, load) {
  if (!files.has(wheel)) ask(wheel);
  const booted = await load({ indexURL: new URL("pyodide/", root).href, env: ENVIRONMENT, packages });
  booted.unpackArchive(await fileNamed(wheel).bytes, "wheel", { extractDir: SITE_PACKAGES });
  return booted;
}

/** Make `path` a file whose bytes are fetched when they are first read, which holds up this worker. */
function whenRead(FS, path, asset) {
  FS.writeFile(path, new Uint8Array());
  const { node } = FS.lookupPath(path);
  let contents = null;
  Object.defineProperties(node, {
    usedBytes: { value: asset.bytes },
    contents: { get: () => (contents ??= fetchAtOnce(asset)) },
  });
}

/** Unpack a package's wheel, once. Returns whether there is anything new. */
function unpackWheel(wheels, name) {
  if (!wheels[name]) return false;
  const wheel = wheels[name];
  delete wheels[name];
  pyodide.unpackArchive(fetchAtOnce(wheel), "wheel", { extractDir: SITE_PACKAGES });
  return true;
}

/** Look for files in the service worker's cache: of synchronous requests WebKit asks the server alone. */
const findKept = (assets) =>
  Promise.all(
    assets.map(async ({ file, sha256 }) => {
      const found = await caches.match(addressOf(file, root, sha256));
      if (found) kept.set(file, await found.blob());
    }),
  ).catch(() => {}); // as where the browser stores nothing

/** `file`, kept or by a synchronous request: Python's imports cannot wait in any other way. */
function fetchAtOnce({ file, bytes, sha256 }) {
  if (kept.has(file)) return new Uint8Array(new FileReaderSync().readAsArrayBuffer(kept.get(file)));
  const request = new HttpRequest();
  request.open("GET", addressOf(file, root, sha256), false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200 || request.response.byteLength !== bytes) {
    throw new Error(`${file} did not arrive whole: check the connection, then reload`);
  }
  return new Uint8Array(request.response);
}

/** Install packages of Pyodide's that are not there yet, such as "pillow". */
async function provide({ packages }, progress) {
  ask = (file) => progress({ needs: file });
  try {
    await pyodide.loadPackage(packages, { messageCallback() {} });
  } finally {
    files.clear();
    ask = null;
  }
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
  const { href } = new URL(resource instanceof Request ? resource.url : resource, self.location.href);
  const file = href.slice(root.href.length);
  if (!href.startsWith(root.href) || !(ask || files.has(file))) return fetchFromNetwork(resource, init);
  if (!files.has(file)) ask(file);
  const type = file.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(await fileNamed(file).bytes, { headers: { "content-type": type } });
};

/** Embed crops of `model` with one more worker, behind `port`. */
function connect({ model, id, port }) {
  if (!embedders.has(model)) embedders.set(model, new Map());
  embedders.get(model).set(id, new Bridge(port, "onnxruntime"));
  tellChanged();
}

/** A worker has died: what it was asked is asked of another. */
function disconnect({ model, id }) {
  const bridge = embedders.get(model)?.get(id);
  embedders.get(model)?.delete(id);
  bridge?.fail(gone("onnxruntime"));
}

/** The embedder of a model that has least to do; where there is none, the next one that comes. */
async function idlest(model) {
  for (;;) {
    const bridges = [...(embedders.get(model)?.values() ?? [])];
    if (bridges.length) return bridges.reduce((a, b) => (b.busy < a.busy ? b : a));
    changed ??= new Promise((resolve) => (tellChanged = () => resolve(null))).then(() => (changed = null));
    await changed;
  }
}

/** Open the demo of display `name` from the bytes of its dataset's zip and the names of its frames, with a backbone; see `use`. Returns what Demo.describe gives. */
function open({ name, zip, frames, card, prior, workers }) {
  const folder = unpackDataset(name, zip);
  const web = pyodide.pyimport("readout.web");
  try {
    session = web.WebSession(folder, frames, card, prior, embedWith(JSON.parse(card).name), workers);
  } finally {
    web.destroy();
  }
  return session.call("demo/describe", {}, () => {});
}

/** Show another display in place of the demo's; see `open`. */
function openDemo({ name, zip, frames }) {
  session.open_demo(unpackDataset(name, zip), frames);
  return session.call("demo/describe", {}, () => {});
}

function unpackDataset(name, zip) {
  const folder = `${DATASET}/${name}`;
  pyodide.unpackArchive(zip, "zip", { extractDir: folder });
  return folder;
}

/** Go on with the backbone of `card`, a JSON text, its `prior` and about `workers` embedders. */
function use({ card, prior, workers }) {
  session.use(card, prior, embedWith(JSON.parse(card).name), workers);
  return session.call("demo/describe", {}, () => {});
}

/** Read windows with the line backbone of `card`; see `use`. */
const useLines = ({ card, prior, workers }) =>
  session.use_lines(card, prior, embedWith(JSON.parse(card).name), workers);

/** What edited code, which may come in a link, finds nothing of: ways out of the tab, and into what it keeps. */
const WAYS_OUT = [
  ...["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource", "RTCPeerConnection"],
  ...["Worker", "SharedWorker", "BroadcastChannel", "importScripts", "indexedDB", "caches", "cookieStore", "navigator"],
];
const HttpRequest = self.XMLHttpRequest;

/** Run the lesson with edited code. From then on this worker does nothing else. */
function runLesson({ data, card, prior, code }) {
  for (const name of WAYS_OUT)
    for (let holder = self; holder; holder = Object.getPrototypeOf(holder)) delete holder[name];
  const web = pyodide.pyimport("readout.web");
  try {
    return web.run_lesson(data, card, prior, code);
  } finally {
    web.destroy();
  }
}

/** Have the demo's pictures decoded by the browser instead of Python. */
const decodeDataset = () => session.decode((bytes) => decodeRegion(bytes));

/** A function from a Python float32 array (n, 3, s, s) to the embeddings, by the worker of `model` that has least to do. */
const embedWith = (model) => async (array) => {
  const view = array.getBuffer("f32");
  let x, shape;
  try {
    [x, shape] = [view.data.slice(), [...view.shape]];
  } finally {
    view.release();
  }
  for (;;) {
    const embedder = await idlest(model);
    try {
      return await embedder.call("embed", { x, shape }); // not transferred: another may have to do it
    } catch (error) {
      if (error.name !== "WorkerError") throw error;
    }
  }
};

/** A Python exception with its own name and message, and the Python traceback. */
function unwrapped(error) {
  if (error.name !== "PythonError") return error;
  const last = error.message.trim().split("\n").pop();
  return Object.assign(new Error(last.replace(/^[\w.]+: /, "")), { name: error.type, stack: error.message });
}

/** Pixels that other workers have handed over; calls name them. */
const held = new HeldArrays();
const link = ({ port }) => serve(port, (method, args) => held[method](args));

/** A picture's regions, as Workbench.decode gives them, with references in place of their pixels. */
async function decode({ data, regions: asked, place }) {
  const regions = await session.call("workbench/decode", held.used({ data, regions: asked }), () => {});
  if (place) keepRegions(place, regions);
  const references = held.hold({ arrays: regions.map(({ rgba }) => rgba) });
  return regions.map((region, k) => ({ ...region, rgba: references[k] }));
}

const { release } = held;
const handlers = {
  start,
  put,
  provide,
  connect,
  disconnect,
  link,
  release,
  decode,
  open,
  open_demo: openDemo,
  use,
  use_lines: useLines,
  run_lesson: runLesson,
  "demo/decode": decodeDataset,
};
serve(self, async (method, args, { progress }) => {
  try {
    if (Object.hasOwn(handlers, method)) return await handlers[method](args, progress);
    return await session.call(method, held.used(args), progress);
  } catch (error) {
    throw unwrapped(error);
  }
});
