// Takes the snapshot that the page starts Python from; see site/workers/python/snapshot.js.
//
//   node snapshot.mjs PYODIDE PACKAGES OUT IMPORTS
//
// PYODIDE: the folder of the npm package. PACKAGES: a folder that stands in for site-packages. OUT: the
// file to write, not yet compressed. IMPORTS: modules to import, separated by commas. The same inputs
// give the same bytes: time, chance and this machine's own facts are replaced.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  checksum,
  loadLibraries,
  ownPointer,
  pack,
  PAGE,
  restore,
  SITE_PACKAGES,
  unpack,
} from "../site/workers/python/snapshot.js";

const [folder, packages, out, imports] = process.argv.slice(2);
const indexURL = folder + path.sep;
const INSTANT = Date.UTC(2020, 0, 1);
/** What Python finds about itself, in the page as here. */
const OPTIONS = {
  _sysExecutable: "/usr/bin/python",
  // After gzip the memory is 0.9 MB smaller without docstrings and assertions (level 2), and 0.4 MB without columns in tracebacks.
  env: {
    HOME: "/home/pyodide",
    LANG: "C.UTF-8",
    PYTHONHASHSEED: "0",
    PYTHONOPTIMIZE: "2",
    PYTHONNODEBUGRANGES: "1",
  },
};
/**
 * The first library begins at a multiple of this table slot, with some to spare: a browser, or another
 * version of Node, fills one or two more or less than this Node.
 */
const SLOTS = 64;
/** Memory is compared in blocks of this many bytes. */
const BLOCK = 128;
/** Largest block that is taken from free memory to zero it, in bytes; the heap grows by that much. */
const LARGEST_FREE = 1 << 18;

function freeze() {
  process.env.TZ = "UTC";
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length ? given : [INSTANT]));
    }
    static now() {
      return INSTANT;
    }
  };
  const fillEvenly = (array) => array.fill(42);
  const require = createRequire(import.meta.url);
  require("node:crypto").randomFillSync = fillEvenly;
  Object.defineProperty(globalThis, "crypto", { value: { getRandomValues: fillEvenly }, configurable: true });
  Object.defineProperty(globalThis, "performance", { value: { now: () => 0 }, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
  Object.defineProperty(process, "version", { value: "v0" });
  delete WebAssembly.Suspending; // JavaScript Promise Integration: not every browser has it
  delete WebAssembly.Suspender;
  delete WebAssembly.promising;
}

/** Boot Python, import, and take its memory: {module, snapshot}. */
async function boot(load) {
  const pyodide = await load({ ...OPTIONS, indexURL, _makeSnapshot: true });
  const { _module: module } = pyodide;
  const used = module.wasmTable.length;
  module.wasmTable.grow(Math.ceil((used + SLOTS / 2) / SLOTS) * SLOTS - used);
  // A slot that is given back would be used again by the next library, which the page cannot repeat.
  module.freeTableIndexes.push = () => 0;
  copy(packages, SITE_PACKAGES, pyodide.FS);
  callPython(pyodide, "importlib", "invalidate_caches");
  for (const name of imports.split(",")) pyodide.pyimport(name).destroy();
  callPython(pyodide, "linecache", "clearcache");
  callPython(pyodide, "gc", "collect");
  freeLibraryFiles(module);
  zeroFree(module);
  return { module, snapshot: pyodide.makeMemorySnapshot() };
}

function copy(from, to, FS) {
  FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const [source, target] = [path.join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory()) copy(source, target, FS);
    else FS.writeFile(target, fs.readFileSync(source));
  }
}

function callPython(pyodide, name, method) {
  const module = pyodide.pyimport(name);
  module[method]();
  module.destroy();
}

/** Free the files of extension modules, which the C library reads into memory and uses only while it loads them. */
function freeLibraryFiles({ HEAPU32, LDSO, _free }) {
  for (const handle of Object.keys(LDSO.loadedLibsByHandle).map(Number)) {
    const [data, size] = [(handle + 28) >>> 2, (handle + 32) >>> 2];
    if (!HEAPU32[data]) continue;
    _free(HEAPU32[data]);
    HEAPU32[data] = HEAPU32[size] = 0;
  }
}

/** Zero the unused stack and what is free in the heap: take it all, then give it back. */
function zeroFree(module) {
  module.HEAPU8.fill(0, module._emscripten_stack_get_end(), module.stackSave());
  const taken = [];
  for (let size = LARGEST_FREE; size >= 16; size >>= 1) {
    for (;;) {
      const top = module._sbrk(0);
      taken.push(module._calloc(1, size));
      if (module._sbrk(0) !== top) break;
    }
  }
  for (const block of taken) module._free(block);
}

/** The extension modules that are loaded, in order, with their bytes: {facts, bytes}. */
function libraries({ HEAP32, HEAPU32, LDSO, FS }) {
  const found = new Map();
  for (const [handle, { name }] of Object.entries(LDSO.loadedLibsByHandle)) {
    if (name === "__main__") continue;
    const at = (offset) => (Number(handle) + offset) >>> 2;
    const flags = HEAP32[at(4)];
    const facts = {
      path: name,
      global: Boolean(flags & 256),
      nodelete: Boolean(flags & 4096),
      memoryBase: HEAPU32[at(12)],
      tableBase: HEAPU32[at(20)],
      bytes: FS.stat(name).size,
      handles: [Number(handle)],
    };
    if (found.has(name)) found.get(name).handles.push(Number(handle));
    else found.set(name, facts);
  }
  const facts = [...found.values()].sort((a, b) => a.tableBase - b.tableBase);
  return { facts, bytes: Buffer.concat(facts.map((each) => FS.readFile(each.path))) };
}

/** The memory of a module that has loaded these libraries and run nothing. */
async function freshMemory(load, head, memory, { facts, bytes }) {
  const create = globalThis._createPyodideModule;
  class Enough extends Error {}
  let fresh;
  globalThis._createPyodideModule = async (settings) => {
    const module = await create({ ...settings, INITIAL_MEMORY: memory });
    await loadLibraries(module, facts, bytes);
    fresh = module.HEAPU8.slice();
    throw new Enough();
  };
  try {
    await load({ ...OPTIONS, indexURL, _loadSnapshot: head });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  } finally {
    globalThis._createPyodideModule = create;
  }
  return fresh;
}

/** What `memory` has that `fresh` has not: {runs, contents}. */
function difference(memory, fresh) {
  const runs = [];
  for (let at = 0; at < memory.length; at += BLOCK) {
    if (Buffer.compare(memory.subarray(at, at + BLOCK), fresh.subarray(at, at + BLOCK)) === 0) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === at) last[1] += BLOCK;
    else runs.push([at, BLOCK]);
  }
  const contents = Buffer.concat(runs.map(([at, length]) => memory.subarray(at, at + length)));
  return { runs: new Uint8Array(new Uint32Array(runs.flat()).buffer), contents };
}

/** The pages that a fresh start writes to: what it writes must be the same wherever the page starts. */
function pagesWritten(fresh) {
  const count = fresh.length / PAGE;
  const zeros = new Uint8Array(PAGE);
  const written = (page) => Buffer.compare(fresh.subarray(page * PAGE, (page + 1) * PAGE), zeros) !== 0;
  return Array.from({ length: count }, (_, page) => page).filter(written);
}

process.on("uncaughtException", ({ message, stack }) => {
  console.error(message || stack); // Node would print the line of code, which in Pyodide is a megabyte
  process.exit(1);
});
freeze();
const { loadPyodide: load } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const { module, snapshot } = await boot(load);
const headLength = new Uint32Array(snapshot.buffer, 0, 2)[1];
const [head, memory] = [snapshot.slice(0, headLength), snapshot.subarray(headLength)];
const loaded = libraries(module);
const own = 4 * ownPointer(module);
memory.fill(0, own, own + 4);
const fresh = await freshMemory(load, head, memory.length, loaded);
const pages = pagesWritten(fresh);
const description = {
  options: OPTIONS,
  memory: memory.length,
  pages,
  checksum: checksum(memory, pages),
  libraries: loaded.facts,
};
const facts = new TextEncoder().encode(JSON.stringify(description));
const whole = pack({ facts, head, libraries: loaded.bytes, ...difference(memory, fresh) });
const again = await restore(unpack(whole.buffer), load, { indexURL });
for (const name of imports.split(",")) again.pyimport(name).destroy();
fs.writeFileSync(out, whole);
