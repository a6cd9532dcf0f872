// A snapshot of Python's memory, taken by the build after every import, and put back in place of a boot.
//
// Pyodide's own snapshots (`_makeSnapshot`, `_loadSnapshot`) break once an extension module is loaded:
// its functions are missing from the table that pointers in memory count on. Here the extension modules
// are loaded first, in the order and at the addresses they had, and only then the memory follows.
//
// The file, before gzip: MAGIC, then the lengths of the parts, then the parts, each padded to 4 bytes:
//   facts      JSON, see `description` in tooling/snapshot.mjs
//   head       the head of Pyodide's own snapshot, which restores its references to JavaScript objects
//   libraries  the extension modules, one after the other
//   runs       where memory differs from a fresh start: pairs of address and length, 32 bits each
//   contents   the bytes of these runs, one after the other

const MAGIC = 0x31706e73;
export const PAGE = 1 << 16;
/** Where packages lie in Pyodide's file system. */
export const SITE_PACKAGES = "/lib/python3.12/site-packages";
const PARTS = ["facts", "head", "libraries", "runs", "contents"];

/** A file from its parts by name, as one Uint8Array; see `unpack`. */
export function pack(parts) {
  const lengths = PARTS.map((name) => parts[name].length);
  const padded = lengths.map(toFour);
  const whole = new Uint8Array(4 * (1 + PARTS.length) + padded.reduce((sum, length) => sum + length, 0));
  new Uint32Array(whole.buffer, 0, 1 + PARTS.length).set([MAGIC, ...lengths]);
  let at = 4 * (1 + PARTS.length);
  PARTS.forEach((name, k) => {
    whole.set(parts[name], at);
    at += padded[k];
  });
  return whole;
}

/** {facts, head, libraries, runs, contents} of an unzipped file, an ArrayBuffer. Throws where it is none. */
export function unpack(buffer) {
  const [magic, ...lengths] = new Uint32Array(buffer, 0, 1 + PARTS.length);
  if (magic !== MAGIC) throw new Error("a snapshot begins with its magic number, this file does not");
  let at = 4 * (1 + PARTS.length);
  const parts = PARTS.map((name, k) => {
    const part = new Uint8Array(buffer, at, lengths[k]);
    at += toFour(lengths[k]);
    return [name, part];
  });
  const { facts, ...bytes } = Object.fromEntries(parts);
  return { facts: JSON.parse(new TextDecoder().decode(facts)), ...bytes };
}

/**
 * Pyodide from a snapshot. `load` is `loadPyodide`, to which `options` go beside those that the snapshot
 * was taken with. Throws where a fresh start, which the runs complete, is not what the build saw.
 */
export async function restore({ facts, head, libraries, runs, contents }, load, options) {
  const create = globalThis._createPyodideModule;
  globalThis._createPyodideModule = async (settings) => {
    const module = await create({ ...settings, INITIAL_MEMORY: facts.memory });
    await loadLibraries(module, facts.libraries, libraries);
    const own = ownPointer(module);
    const pointer = module.HEAP32[own];
    fill(module.HEAPU8, runs, contents);
    module.HEAP32[own] = 0;
    if (checksum(module.HEAPU8, facts.pages) !== facts.checksum)
      throw new Error("the snapshot does not fit this browser");
    module.HEAP32[own] = pointer;
    return module;
  };
  try {
    return await load({ ...facts.options, ...options, _loadSnapshot: head });
  } finally {
    globalThis._createPyodideModule = create;
  }
}

/**
 * Load extension modules at the addresses and table slots they had, into a module that has not run.
 * `facts`: [{path, global, nodelete, memoryBase, tableBase, bytes, handles}] in the order of loading.
 */
export async function loadLibraries(module, facts, libraries) {
  const { HEAPU8, HEAP8, HEAPU32, wasmTable, LDSO } = module;
  let at = 0;
  for (const { path, global, nodelete, memoryBase, tableBase, bytes, handles } of facts) {
    if (wasmTable.length > tableBase)
      throw new Error(`${path} was loaded at table slot ${tableBase}, of ${wasmTable.length} that are taken`);
    wasmTable.grow(tableBase - wasmTable.length);
    // A handle marked as loaded makes Emscripten take its addresses instead of allocating new ones.
    const handle = module._calloc(1, 64);
    HEAP8[handle + 8] = 1;
    HEAPU32[(handle + 12) >>> 2] = memoryBase;
    HEAPU32[(handle + 20) >>> 2] = tableBase;
    const fs = { findObject: () => true, readFile: () => libraries.subarray(at, at + bytes) };
    await module.loadDynamicLibrary(path, { global, nodelete, loadAsync: true, fs }, global ? null : {}, handle);
    HEAPU8.fill(0, handle, handle + 64);
    delete LDSO.loadedLibsByHandle[handle];
    for (const each of handles) LDSO.loadedLibsByHandle[each] = LDSO.loadedLibsByName[path];
    at += bytes;
  }
}

/**
 * Where, as an index into HEAP32, Python keeps the pointer to a function that not every browser can have:
 * it counts the parameters of others, for which WebAssembly must have garbage collection. 0 means none.
 */
export const ownPointer = ({ HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_COUNT_ARGS_OFFSET }) =>
  (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_COUNT_ARGS_OFFSET >>> 2]) >>> 2;

/** The sum of all 32-bit words in some pages of memory, as a signed 32-bit number. */
export function checksum(memory, pages) {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >>> 2);
  let sum = 0;
  for (const page of pages) {
    const end = ((page + 1) * PAGE) >>> 2;
    for (let k = (page * PAGE) >>> 2; k < end; k++) sum = (sum + words[k]) | 0;
  }
  return sum;
}

function fill(memory, runs, contents) {
  const pairs = new Uint32Array(runs.buffer, runs.byteOffset, runs.length >>> 2);
  let at = 0;
  for (let k = 0; k < pairs.length; k += 2) {
    memory.set(contents.subarray(at, at + pairs[k + 1]), pairs[k]);
    at += pairs[k + 1];
  }
}

const toFour = (length) => (length + 3) & ~3;
