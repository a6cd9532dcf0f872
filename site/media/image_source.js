// The frames' files, and the workers that decode them and open zips.

import { unlessAborted } from "../runtime/bridge.js";
import { startDecoder } from "../runtime/worker_host.js";
import { pictureError } from "./pixels.js";

/** Frames that are worth one call to Python. */
export const BATCH = 8;
/** Decoding at once, in each worker: while one picture is decoded, the next is read from the disk. */
const EACH = 2;
const WORKERS = Math.max(1, Math.min(2, navigator.hardwareConcurrency || 1));

/** How to get a frame's file, by the frame's name: functions from {signal} to a Blob or a promise of it. */
export const filesByName = new Map();

/** Of such functions those that `listZip` made, with what the workers need to do the same: {id, zip, at}. */
const places = new WeakMap();

/**
 * Decode a frame: its name in `filesByName`, its file, or such a function. Returns {width, height, digest,
 * thumbnail, regions, refusal, shown, more}: the picture's size; with `digest` the SHA-256 of the file in hex, else null; with
 * `thumbnail` a small JPEG as a Blob, null also where the browser alters what it draws (see pixelsAreTrue);
 * each of the asked `regions`, {x, y, width, height} and whatever else, its `rgba` handed to Python (see pixel_port.js)
 * and stored at `place`, if there is one (see kept_regions.js); of the region `show`, if there is one, its `rgba` to be seen;
 * with `digest`, {why, next} where there are `more` pictures in the file that are not read, else null.
 *
 * With `digest`, {expand: true} alone where Python has to decode the picture first; see expand_pictures.js.
 *
 * At most two pictures in each of at most two workers are under way; others wait, `urgent` ones before all.
 * Rejects with a PictureError for a file that is missing or no picture, and at once when `signal` aborts.
 * @param {any} frame @param {{regions?: Region[], place?: Place, thumbnail?: boolean, digest?: boolean, show?: Region, urgent?: boolean} & Abortable} options
 */
export function decode(
  frame,
  { regions = [], place, show, thumbnail = false, digest = false, signal, urgent = false } = {},
) {
  const look = async (worker) => {
    const source = await sourceOf(frame, signal);
    return worker.call("look", { ...source, regions, place, show, thumbnail, digest }, { signal });
  };
  return pool.inTurn(look, signal, urgent);
}

/**
 * The file of a frame, a Blob; see `decode`.
 * @param {any} frame @param {Abortable} options
 */
export async function fileOf(frame, { signal } = {}) {
  if (frame instanceof Blob) return frame;
  const open = typeof frame === "string" ? filesByName.get(frame) : frame;
  const file = await open?.({ signal });
  if (!file) throw pictureError(`the file of ${frame} is not here any more: drop it again`);
  return file;
}

/**
 * Hand Python the bytes of a frame's file, which it decodes where the browser cannot: a reference; see `decode`.
 * @param {any} frame @param {Abortable} options
 */
export const handBytes = async (frame, { signal } = {}) =>
  pool.call("handBytes", await sourceOf(frame, signal), { signal });

/**
 * Regions of a frame that are stored at `place`, handed to Python; null where some are not. See `decode`.
 * @param {Place} place @param {Region[]} regions @param {Abortable} options
 */
export const findRegions = (place, regions, { signal } = {}) => pool.call("find", { place, regions }, { signal });

/** Where a frame's bytes are: {inZip} or {file}. */
async function sourceOf(frame, signal) {
  const inZip = places.get(typeof frame === "string" ? filesByName.get(frame) : frame);
  return inZip ? { inZip } : { file: await fileOf(frame, { signal }) };
}

/**
 * What a zip holds: {files: [{name, size, head, open}], refused: [{name, why, next}], remarks}. Nothing is unpacked before
 * `open({signal})`, which gives a Blob, but the first bytes by `head(count, {signal})`, an ArrayBuffer. Rejects with a
 * PictureError where it is no zip.
 * @param {Blob} zip @param {Abortable} options
 */
export async function listZip(zip, { signal } = {}) {
  const id = nextZip++;
  const { files, refused, remarks } = await pool.call("list", { id, zip }, { signal });
  const opened = files.map(({ at, path, size }) => {
    const open = async (/** @type {Abortable} */ how = {}) =>
      new File([await pool.call("unpack", { id, zip, at }, { signal: how.signal })], path.split("/").at(-1));
    const head = (count, /** @type {Abortable} */ how = {}) =>
      pool.call("head", { id, zip, at, count }, { signal: how.signal });
    places.set(open, { id, zip, at });
    return { name: path, size, head, open };
  });
  return { files: opened, refused, remarks };
}

let nextZip = 1;

class Pool {
  #workers = new Set();
  #waiting = [];
  #running = 0;

  /** What `task(worker)` gives, when it is its turn. */
  async inTurn(task, signal, urgent) {
    signal?.throwIfAborted();
    await this.#turn(signal, urgent);
    try {
      return await unlessAborted(this.#withWorker(task), signal);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** One call, now. */
  call = (method, args, options) => this.#withWorker((bridge) => bridge.call(method, args, options));

  #turn(signal, urgent) {
    if (this.#running < WORKERS * EACH) return void this.#running++;
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const go = () => {
          signal?.removeEventListener("abort", giveUp);
          resolve();
        };
        const giveUp = () => {
          this.#waiting.splice(this.#waiting.indexOf(go), 1);
          reject(signal.reason);
        };
        signal?.addEventListener("abort", giveUp, { once: true });
        if (urgent) this.#waiting.unshift(go);
        else this.#waiting.push(go);
      })
    );
  }

  /** A worker that dies is replaced, and what it was doing is tried again. */
  async #withWorker(task) {
    for (let left = WORKERS; ; left--) {
      try {
        return await task(this.#idlest());
      } catch (error) {
        if (error.name !== "WorkerError" || error.worker !== "pictures" || !left) throw error;
      }
    }
  }

  #idlest() {
    const workers = [...this.#workers];
    if (workers.length < WORKERS && workers.every(({ busy }) => busy)) workers.unshift(this.#spawn());
    return workers.reduce((a, b) => (b.busy < a.busy ? b : a));
  }

  #spawn() {
    const worker = startDecoder("pictures", "workers/pictures.js", { onFailure: () => this.#workers.delete(worker) });
    this.#workers.add(worker);
    return worker;
  }
}

const pool = new Pool();
