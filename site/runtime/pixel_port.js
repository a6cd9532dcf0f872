// Pixels go from the workers that decode them to Python by ports of their own, and never by the page. It gets references,
// {held}, which stand for the arrays in its calls to Python. Each is good for one call to the Python that holds it.

import { Bridge, gone } from "./bridge.js";

/** References that nothing came back for, as when the page had stopped asking, are forgotten when there are so many. */
const MOST = 4096;

let python = null;
let tellLinked;
const linked = new Promise((resolve) => (tellLinked = resolve));

/** What a worker that hands pixels answers to the page: it gets a port to Python, and is told when that is dead. */
export const portToPython = {
  link({ port }) {
    python = new Bridge(port, "Python");
    tellLinked();
  },
  unlink() {
    python?.fail(gone("Python"));
  },
};

/** Move arrays to Python. Resolves with a reference for each; rejects with a WorkerError where Python dies. */
export async function hand(arrays) {
  await linked;
  return python.call("hold", { arrays }, { transfer: [...new Set(arrays.map(({ buffer }) => buffer))] });
}

/**
 * Regions with references in place of their arrays, which are moved to Python; see `hand`.
 * @param {Region[]} regions @param {Abortable} options
 */
export async function handRegions(regions, { signal } = {}) {
  const arrays = regions.flatMap((region) => Object.values(region).filter(ArrayBuffer.isView));
  const references = await hand(arrays);
  if (signal?.aborted) {
    python.call("release", { references }).catch(() => {});
    throw signal.reason;
  }
  const standIn = new Map(arrays.map((array, k) => [array, references[k]]));
  return regions.map((region) =>
    Object.fromEntries(Object.entries(region).map(([name, value]) => [name, standIn.get(value) ?? value])),
  );
}

/** The references in regions that came from `handRegions`. */
export const referencesIn = (regions) =>
  regions.flatMap((region) => Object.values(region).filter((each) => each?.held));

/** Python's side: the arrays that were handed over and not yet used. */
export class HeldArrays {
  #arrays = new Map();
  #next = 1;
  /** No reference to another Python's arrays is taken for one of these. */
  #holder = crypto.getRandomValues(new Uint32Array(2)).join("-");

  /** Keep arrays until they are used. Returns their references. */
  hold = ({ arrays }) =>
    arrays.map((array) => {
      const held = `${this.#holder}/${this.#next++}`;
      this.#arrays.set(held, array);
      if (this.#arrays.size > MOST) this.#arrays.delete(this.#arrays.keys().next().value);
      return { held };
    });

  /** Forget arrays that will not be used. */
  release = ({ references }) => references.forEach(({ held }) => this.#arrays.delete(held));

  /** Arguments of a call with the arrays in place of their references. Throws a WorkerError for one that is not held. */
  used(args) {
    if (args === null || typeof args !== "object" || ArrayBuffer.isView(args)) return args;
    if (Array.isArray(args)) return args.map((each) => this.used(each));
    if (typeof args.held !== "string")
      return Object.fromEntries(Object.entries(args).map(([name, each]) => [name, this.used(each)]));
    const array = this.#arrays.get(args.held);
    if (!array) throw gone("Python");
    this.#arrays.delete(args.held);
    return array;
  }
}
