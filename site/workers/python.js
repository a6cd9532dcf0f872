// Python: boots Pyodide, installs the readout wheel, and hands calls to readout.web.

import { AssetError, fetchAsset, loadBytes, rootOf } from "../assets.js";
import { Bridge, holdLock, serve } from "../bridge.js";

const root = rootOf(self.location.href, 1);
const DATASET = "/dataset";

let pyodide = null;
let session = null;
let embedders = [];

/** Boot Python with `packages` and install `wheel`, a path of the site. Progress: {file, done}. */
async function start({ files, packages, wheel, lock }, progress) {
  await holdLock(lock);
  const broken = new Promise((_, reject) => watchFetches(files, progress, reject));
  try {
    await Promise.race([boot(packages, wheel), broken]);
  } catch (error) {
    throw error instanceof AssetError ? error : ((await brokenScript(files)) ?? error);
  }
}

async function boot(packages, wheel) {
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", root));
  pyodide = await loadPyodide({ indexURL: new URL("pyodide/", root).href, packages });
  const micropip = pyodide.pyimport("micropip");
  try {
    await micropip.install(new URL(wheel, root).href);
  } finally {
    micropip.destroy();
  }
  pyodide.pyimport("readout.web").destroy();
}

/** Pyodide fetches its parts by itself, and keeps some failures to itself: count and check them on their way. */
function watchFetches(files, progress, onError) {
  const plain = self.fetch.bind(self);
  self.fetch = (resource, init) => {
    const { href } = new URL(resource.url ?? resource, self.location);
    const file = href.slice(root.href.length);
    if (!href.startsWith(root.href) || !(file in files)) return plain(resource, init);
    const onProgress = (done) => progress({ file, done });
    return fetchAsset(file, { ...init, root, bytes: files[file].bytes, fetch: plain, onProgress, onError });
  };
}

/** A script that cannot be imported says only that; find out which and why. */
async function brokenScript(files) {
  for (const file of Object.keys(files).filter((name) => /^pyodide\/.*\.m?js$/.test(name))) {
    try {
      await loadBytes(file, { root, bytes: files[file].bytes, cache: "reload" });
    } catch (error) {
      return error;
    }
  }
  return null;
}

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

serve(self, async (method, args, { progress }) => {
  if (method === "start") return start(args, progress);
  if (method === "open") return open(args);
  return session.call(method, args, progress);
});
