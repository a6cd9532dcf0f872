// Single pictures out of a clip: any frame by its time, quickly where one follows the other.

import { decoded } from "./decoder.js";
import { fitted } from "./frame_size.js";
import { clipError } from "./messages.js";
import { microseconds } from "./packet_order.js";
import { uprightBitmap, uprightCanvas } from "./rotation.js";

/** Frames further on than this are decoded from a key frame nearer to them, where there is one. */
const NEAR = 6;
/** Pictures kept for going back, and the bytes they may take. */
const KEPT = 12;
const KEPT_BYTES = 96 << 20;

export class Viewer {
  #clip;
  #packets;
  #frames = null; // what is being decoded, from where it stands
  #at = -1; // the position of the packet whose frame came last
  #kept = new Map(); // time to ImageBitmap, the last used at the end
  #turn = Promise.resolve();

  constructor(clip) {
    [this.#clip, this.#packets] = [clip, clip.packets];
  }

  /** The frame at `time` (seconds) as an upright ImageBitmap, which the caller closes. */
  async bitmap(time, signal) {
    const wanted = microseconds(time);
    return this.#inTurn(signal, async () => {
      const kept = this.#kept.get(wanted);
      if (!kept) {
        const back = this.#isBefore(wanted);
        await this.#find(wanted, signal, (frame) => this.#keep(frame), back);
      } else {
        this.#kept.delete(wanted);
        this.#kept.set(wanted, kept);
      }
      return createImageBitmap(this.#kept.get(wanted));
    });
  }

  /** What `use(frame)` gives for the frame at `time`. */
  look(time, signal, use) {
    return this.#inTurn(signal, () => this.#find(microseconds(time), signal, use, false));
  }

  /** A frame upright on a canvas, scaled. */
  canvas = (frame, scale) => uprightCanvas(frame, this.#clip.rotation, scale, this.#clip.mirrored);

  async close() {
    await this.#turn;
    await this.#stop();
    for (const bitmap of this.#kept.values()) bitmap.close();
    this.#kept.clear();
  }

  #inTurn(signal, task) {
    const result = this.#turn.then(() => {
      signal?.throwIfAborted();
      return task();
    });
    this.#turn = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  #isBefore(time) {
    return this.#at >= 0 && time <= this.#packets.order[this.#at];
  }

  /** Go to the frame at a time in microseconds; with `back` those just before it are kept too. */
  async #find(wanted, signal, use, back) {
    const at = this.#packets.positionOf(wanted);
    if (at < 0) throw noFrame(this.#clip, wanted);
    const from = this.#packets.keys[this.#packets.keyBefore(at)].at;
    const over = this.#at >= 0 && at >= this.#packets.endOf(this.#at); // the frames under way end with their edit
    if (!this.#frames || over || this.#isBefore(wanted) || from > this.#at + NEAR) {
      await this.#stop();
      this.#frames = decoded(this.#clip, [[from, this.#packets.endOf(from)]]);
    }
    const shown = this.#packets.shown;
    const earliest = back ? shown[Math.max(0, shown.indexOf(wanted) - KEPT + 2)] : wanted;
    for (;;) {
      signal?.throwIfAborted();
      const { value: decodedFrame, done } = await this.#frames.next();
      if (done) break;
      const frame = await fitted(decodedFrame, this.#clip.coded);
      try {
        this.#at = this.#packets.positionOf(frame.timestamp);
        if (frame.timestamp === wanted) return await use(frame);
        if (frame.timestamp > wanted) break;
        if (frame.timestamp >= earliest) await this.#keep(frame);
      } finally {
        frame.close();
        decodedFrame.close();
      }
    }
    throw noFrame(this.#clip, wanted);
  }

  async #keep(frame) {
    this.#kept.get(frame.timestamp)?.close();
    this.#kept.delete(frame.timestamp);
    this.#kept.set(frame.timestamp, await uprightBitmap(frame, this.#clip.rotation, { mirrored: this.#clip.mirrored }));
    const most = Math.max(2, Math.min(KEPT, Math.floor(KEPT_BYTES / (4 * this.#clip.width * this.#clip.height))));
    for (const old of [...this.#kept.keys()].slice(0, -most)) {
      this.#kept.get(old).close();
      this.#kept.delete(old);
    }
  }

  async #stop() {
    await this.#frames?.return();
    [this.#frames, this.#at] = [null, -1];
  }
}

function noFrame(clip, wanted) {
  const time = (wanted / 1e6).toFixed(6);
  return clipError(
    "no-frame",
    `${clip.name} has no picture at ${time} s, or it is damaged there: choose another frame`,
  );
}
