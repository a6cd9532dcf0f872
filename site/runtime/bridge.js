// Calls over a Worker or a MessagePort: each request gets exactly one reply; progress comes between.
//
//   request   {id, method, args}            abort      {id, abort: true}
//   progress  {id, progress}                reply      {id, value} or {id, error}
//   error     {name, message, traceback, and what else it carried}

import { BUILD } from "./build.js";

/** The calling side. */
export class Bridge {
  #port;
  #name;
  #next = 1;
  #waiting = new Map();
  #failure = null;
  #onFailure;
  #tellEnded;
  /** Resolves with the error once the other side has died, or was ended. */
  ended = new Promise((resolve) => (this.#tellEnded = resolve));

  /**
   * `name` says in errors who died; `onFailure` gets the error when the other side does. Browsers do
   * not say why a worker failed to run: `diagnose` may find a better error than the one it is given.
   * @param {any} port a Worker or a MessagePort @param {string} name
   * @param {{onFailure?: (error: Error) => void, diagnose?: (error: Error) => Promise<Error>}} options
   */
  constructor(port, name, { onFailure, diagnose = async (error) => error } = {}) {
    this.#port = port;
    this.#name = name;
    this.#onFailure = onFailure;
    port.addEventListener("message", ({ data }) => this.#receive(data));
    port.addEventListener("messageerror", () => this.fail(died(name, "sent something unreadable")));
    port.addEventListener("error", (event) => {
      event.preventDefault();
      diagnose(died(name, event.message ? `failed: ${event.message}` : "did not start")).then((error) =>
        this.fail(error),
      );
    });
    port.start?.();
  }

  /**
   * Call `method` with `args`; resolves with its value or rejects with its error.
   * An aborted `signal` rejects at once and tells the other side; its late reply is dropped.
   * @param {string} method @param {object} args @param {CallOptions} options @returns {Promise<any>}
   */
  call(method, args = {}, { signal, onProgress, transfer = [] } = {}) {
    if (this.#failure) return Promise.reject(this.#failure);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#port.postMessage({ id, abort: true });
        settle(reject)(signal.reason);
      };
      const settle = (how) => (outcome) => {
        this.#waiting.delete(id);
        signal?.removeEventListener("abort", abort);
        how(outcome);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject), onProgress });
      signal?.addEventListener("abort", abort);
      try {
        this.#port.postMessage({ id, method, args }, transfer);
      } catch (error) {
        settle(reject)(error); // something in args cannot be sent
      }
    });
  }

  /** How many calls wait for their reply. */
  get busy() {
    return this.#waiting.size;
  }

  /** Reject all waiting and later calls with `error`; the first failure stays. */
  fail(error) {
    if (this.#failure) return;
    this.#failure = error;
    this.#onFailure?.(error);
    this.#tellEnded(error);
    for (const { reject } of [...this.#waiting.values()]) reject(this.#failure);
  }

  /**
   * Fail when the other side ends without a word, as it does when memory runs out. The worker holds
   * a lock of this name for as long as it lives (see `reportAlive`). Browsers without locks go without, and so do
   * frames in other sites' pages, to which some browsers deny them.
   */
  watch(lock) {
    navigator.locks
      ?.request(lock, () => this.fail(died(this.#name, "ended without a word")))
      .catch(({ name, message }) => {
        if (name !== "SecurityError") this.fail(died(this.#name, message));
      });
  }

  #receive({ id, value, error, progress }) {
    const call = this.#waiting.get(id);
    if (!call) return;
    if (progress !== undefined) call.onProgress?.(progress);
    else if (error) call.reject(Object.assign(new Error(error.message), error));
    else call.resolve(value);
  }
}

/**
 * The answering side: `handle(method, args, {progress, signal})` returns the value or a promise of it.
 * A value made by `transferred` moves its buffers instead of copying them.
 */
export function serve(port, handle) {
  const running = new Map();
  port.addEventListener("message", async ({ data: { id, method, args, abort } }) => {
    if (abort) return running.get(id)?.abort();
    const controller = new AbortController();
    running.set(id, controller);
    const progress = (news) => {
      controller.signal.throwIfAborted();
      port.postMessage({ id, progress: news });
    };
    try {
      const value = await handle(method, args, { progress, signal: controller.signal });
      if (value instanceof Transferred) port.postMessage({ id, value: value.value }, value.buffers);
      else port.postMessage({ id, value });
    } catch (error) {
      port.postMessage({ id, error: describe(error) });
    } finally {
      running.delete(id);
    }
  });
  port.start?.();
}

/** Hold `lock` until this worker ends, so that the page can tell that it has, and say when it is held, and of which build it is. Every worker's `start` does. */
export async function reportAlive({ lock }, { progress }) {
  await /** @type {Promise<void>} */ (
    new Promise((held) => {
      if (!navigator.locks) return held();
      navigator.locks.request(lock, () => new Promise(() => held())).catch(() => held());
    })
  );
  progress({ alive: true, build: BUILD });
}

/** `promise`, or the signal's reason as soon as that aborts. */
export function unlessAborted(promise, signal) {
  if (!signal) return promise;
  let stop;
  const aborted = new Promise((_, reject) => (stop = () => reject(signal.reason)));
  signal.addEventListener("abort", stop);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", stop));
}

class Transferred {
  constructor(value, buffers) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** Mark a value whose `buffers` are moved to the caller. */
export const transferred = (value, buffers) => new Transferred(value, buffers);

/** The error of calls to a worker that has died. */
export const gone = (name) => died(name, "is gone");

function died(name, how) {
  return Object.assign(new Error(`The ${name} worker ${how}.`), { name: "WorkerError", worker: name });
}

function describe(error) {
  const { name, message, stack, ...rest } = error ?? {};
  const plain = Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === "string"));
  return { name: name ?? "Error", message: message ?? String(error), traceback: stack ?? "", ...plain };
}
