// The page's side of a worker: started, watched for as long as it lives, ended.

import { loadBytes, otherBuild, rootOf } from "./assets.js";
import { Bridge } from "./bridge.js";
import { addressOf, BUILD } from "./build.js";

/** A worker of the site and the calls to it. */
export class WorkerHost extends Bridge {
  #script;

  /**
   * `name` says in errors who died, `script` is its path from the site's root. `onFailure(error)` is told when it dies,
   * not when it is ended. `facts()`, {bytes, sha256} of the script if they are known: with them a script that is missing
   * or damaged is told from one that fails.
   * @param {string} name @param {string} script
   * @param {{onFailure?: (error: Error) => void, facts?: () => {bytes: number, sha256: string} | undefined}} options
   */
  constructor(name, script, { onFailure, facts } = {}) {
    const root = rootOf(document.baseURI, 0);
    const worker = new Worker(addressOf(script, root, BUILD), { type: "module", name });
    const diagnose = async (error) =>
      loadBytes(script, { root, ...facts() }).then(
        () => error,
        (found) => found,
      );
    super(worker, name, {
      diagnose: facts && diagnose,
      onFailure: (error) => {
        worker.terminate();
        if (error.name !== "AbortError") onFailure?.(error);
      },
    });
    this.#script = script;
  }

  /** Call the worker's `start`; from the time that it holds its lock its end is noticed. `onProgress` gets other news. @param {object} args @param {CallOptions} options */
  start(args = {}, { onProgress } = {}) {
    const lock = `readout-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
    const news = ({ alive, build, ...other }) => {
      if (!alive) return onProgress?.(other);
      if (build !== BUILD) return this.fail(otherBuild(this.#script));
      this.watch(lock);
    };
    return this.call("start", { ...args, lock }, { onProgress: news });
  }

  /** End the worker: calls that wait and later ones reject with an AbortError. */
  end() {
    this.fail(new DOMException("The worker was ended.", "AbortError"));
  }
}

/** The workers that hand pixels to Python, and Python once it can be called. */
const decoders = new Set();
let python = null;

/** Start a worker that hands pixels to Python; see pixel_port.js. If it cannot start, the first call says so. */
export function startDecoder(name, script, options) {
  const decoder = new WorkerHost(name, script, options);
  decoder.start().catch(() => {});
  decoders.add(decoder);
  decoder.ended.then(() => decoders.delete(decoder));
  if (python) link(decoder);
  return decoder;
}

/** From now on pixels go to this Python, by its bridge. */
export function linkDecoders(bridge) {
  python = bridge;
  decoders.forEach(link);
  bridge.ended.then(() => decoders.forEach((decoder) => decoder.call("unlink").catch(() => {})));
}

/** Have Python forget pixels that will not be used, by their references. */
export const release = (references) => python.call("release", { references }).catch(() => {});

function link(decoder) {
  const { port1, port2 } = new MessageChannel();
  python.call("link", { port: port1 }, { transfer: [port1] }).catch(() => {});
  decoder.call("link", { port: port2 }, { transfer: [port2] }).catch(() => {});
}
