// Clips, video files whose frames are read: the page's side of the worker that decodes them.

import { unlessAborted } from "../runtime/bridge.js";
import { referencesIn } from "../runtime/pixel_port.js";
import { release, startDecoder } from "../runtime/worker_host.js";
import { FRAMES_PER_CHUNK } from "../shared/constants.js";

/** Chunks that are asked for at once: while one is read, the next is on its way to Python. */
const UNDER_WAY = 2;
/** How often a worker that dies is replaced before its end is told. */
const TRIES = 2;

/**
 * Open a video file: MP4, MOV, WebM or MKV, whose codec this browser has. Its index is read, nothing is decoded but the first frame.
 * Rejects with a ClipError (`kind` a word for it; `help`, where there is one, a command that makes a clip which can be read),
 * and at once when `signal` aborts.
 * @param {File} file @param {Abortable} options
 */
export async function openClip(file, { signal } = {}) {
  refuseWithoutDecoder();
  const which = { id: nextId++, file };
  const facts = await withWorker((bridge) => bridge.call("open", which, { signal }));
  return new Clip(which, facts);
}

class Clip {
  #which;
  #scrubbing = null;
  size = 0;
  codec = "";
  width = 0;
  height = 0;
  rotation = 0;
  duration = 0;
  frameRate = 0;
  audio = false;

  constructor(which, facts) {
    this.#which = which;
    /** The file's name, its bytes, its codec in words; upright size in pixels; clockwise rotation that made it upright. */
    this.name = which.file.name ?? "clip";
    this.decodable = true;
    for (const name of ["size", "codec", "width", "height", "rotation", "duration", "frameRate", "audio"])
      this[name] = facts[name];
    /** All frames' times in seconds, whole microseconds, ascending: Float64Array. */
    this.times = facts.times;
    /** Sentences on what is wrong with the file. */
    this.problems = facts.problems;
    this.remarks = facts.remarks;
  }

  /**
   * The regions [{x, y, width, height, …}] (upright whole pixels) of the frames at `times`, some of `this.times` in order:
   * chunks of FRAMES_PER_CHUNK of them, the last shorter, as `workbench/add_chunk` takes them, with `problems`, sentences. Their pixels are
   * with Python by then; see pixel_port.js. A worker that dies is replaced, and the chunks under way are read again.
   */
  async *read({ times, regions, signal }) {
    const chosen = Float64Array.from(times);
    let [reading, decoder, tries] = [0, null, TRIES];
    let [done, asked, waiting] = [0, 0, []];
    try {
      while (done < chosen.length) {
        signal?.throwIfAborted();
        try {
          if (!reading) {
            [reading, decoder, asked, waiting] = [nextId++, workerNow(), done, []];
            const order = { clip: this.#which, reading, times: chosen.subarray(done), regions };
            await decoder.call("read", order, { signal });
          }
          for (; waiting.length < UNDER_WAY && asked < chosen.length; asked += FRAMES_PER_CHUNK) {
            const next = decoder.call("next", { reading });
            next.catch(() => {});
            waiting.push(next);
          }
          const chunk = await unlessAborted(waiting[0], signal);
          waiting.shift();
          done += FRAMES_PER_CHUNK;
          tries = TRIES;
          yield chunk;
        } catch (error) {
          if (!isDead(error) || !tries--) throw error;
          reading = 0;
        }
      }
    } finally {
      if (reading) decoder.call("stop", { reading }).catch(() => {});
      for (const next of waiting) next.then((chunk) => release(referencesIn(chunk.regions))).catch(() => {});
    }
  }

  /** The frame at `time`, one of `times`, as an upright ImageBitmap that the caller closes. A later call ends one that is under way with an AbortError. */
  async picture(time, { signal } = /** @type {Abortable} */ ({})) {
    this.#scrubbing?.abort(new DOMException("Another picture is wanted now.", "AbortError"));
    const latest = (this.#scrubbing = new AbortController());
    const either = signal ? AbortSignal.any([signal, latest.signal]) : latest.signal;
    return this.#call("picture", { time }, either);
  }

  /**
   * Regions of one frame, handed to Python and stored at `place`, if there is one: {regions, refusal}; see kept_regions.js.
   */
  region = (time, regions, { place, signal } = /** @type {{place?: Place} & Abortable} */ ({})) =>
    this.#call("region", { time, regions, place }, signal);

  /** A frame as a small JPEG, a Blob. */
  thumbnail = (time, { signal } = /** @type {Abortable} */ ({})) => this.#call("thumbnail", { time }, signal);

  /** Decode all frames and throw them away: {frames, seconds}, to measure by. */
  decode = ({ signal } = /** @type {Abortable} */ ({})) => this.#call("decode", {}, signal);

  /** Let go of the file. */
  close() {
    worker?.call("close", { id: this.#which.id }).catch(() => {});
  }

  #call(method, args, signal) {
    return withWorker((bridge) => bridge.call(method, { clip: this.#which, ...args }, { signal }));
  }
}

let nextId = 1;
/** The worker that decodes, while there is one. */
let worker = null;

/** A worker that dies is replaced, and what it was doing is tried again. */
async function withWorker(task) {
  for (let left = TRIES; ; left--) {
    try {
      return await task(workerNow());
    } catch (error) {
      if (!isDead(error) || !left) throw error;
    }
  }
}

/** Whether the worker has died; Python's death is for others to mend. */
const isDead = (error) => error.name === "WorkerError" && error.worker === "video";

const workerNow = () => (worker ??= startDecoder("video", "workers/video.js", { onFailure: () => (worker = null) }));

function refuseWithoutDecoder() {
  if (globalThis.VideoDecoder) return;
  const why = globalThis.isSecureContext
    ? "this browser cannot decode video frame by frame (it has no WebCodecs): open the page in a current Chrome, Edge, Safari, or Firefox on a computer"
    : "browsers decode video only on pages from https or localhost, and this one came from neither: open it by https";
  throw Object.assign(new Error(`${why}. Pictures work as always`), {
    name: "ClipError",
    kind: "no-webcodecs",
    help: "",
  });
}
