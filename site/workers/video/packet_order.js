// The packets of a clip in the order of decoding: when each is shown, and which are decoded for a frame. Knows no file.

import { CLIP_UNEVEN, WORTH_A_JUMP } from "../../shared/constants.js";

/** Between the stamps of one edit's packets and the next one's, in microseconds: eleven days. */
const APART = 1e12;

/** A packet's or a frame's time as a whole number of microseconds, from seconds. */
export const microseconds = (seconds) => Math.floor(seconds * 1e6 + 0.5);

/** @typedef {{packet: number, edit: number, time: number, hidden: boolean}} Entry see `played` */

export class PacketOrder {
  /** Of each packet as it is played its place as stored, and its edit. */
  #stored;
  #edits;
  #hidden = new Set();
  /** Whether the file has no times of presentation; and whether its pictures are stored in another order than shown. */
  #timeless;
  #reordered = false;
  /** Where the packet of each frame is, by its time, and by its stamp; made when they are asked for. */
  #places = null;
  #byStamp = null;

  /**
   * `seconds`: of packets as stored. `keys`: the places of key frames, `hidden`: of those that show nothing.
   * @param {Entry[]} entries @param {number[]} seconds @param {number[]} keys @param {Set<number>} hidden
   * @param {boolean} timeless
   */
  constructor(entries = [], seconds = [], keys = [], hidden = new Set(), timeless = false) {
    this.#timeless = timeless;
    this.#stored = Int32Array.from(entries, ({ packet }) => packet);
    this.#edits = Int32Array.from(entries, ({ edit }) => edit);
    /** When each is shown, in microseconds. */
    this.order = Float64Array.from(entries, ({ time }) => microseconds(time));
    /** By these a decoder tells them apart. */
    this.stamps = Float64Array.from(entries, ({ packet, edit }) => edit * APART + microseconds(seconds[packet]));
    const isKey = new Set(keys);
    /** The key frames: {at, seconds}, `seconds` as stored. */
    this.keys = entries.flatMap(({ packet }, at) => (isKey.has(packet) ? [{ at, seconds: seconds[packet] }] : []));
    entries.forEach((entry, at) => {
      if (entry.hidden || hidden.has(entry.packet) || this.order[at] < 0) this.#hidden.add(at);
    });
    const shown = this.order.filter((_, at) => !this.#hidden.has(at)).sort();
    /** When frames are shown, each time once, ascending. */
    this.shown = shown.filter((time, k) => !k || time !== shown[k - 1]);
    /** How many frames have the times of others. */
    this.doubles = shown.length - this.shown.length;
  }

  /** Whether pictures are counted among which others were dropped: where those were shown is not known. */
  get areRanksUnsure() {
    const apart = Array.from(this.shown.subarray(1), (time, k) => time - this.shown[k]);
    const least = apart.reduce((some, each) => Math.min(some, each), Infinity);
    return this.#reordered && apart.some((each) => each > CLIP_UNEVEN * least);
  }

  /** The place as stored of the packet at position `at`. */
  storedAt = (at) => this.#stored[at];

  /** The key frame to begin at so that the packet at position `at` can be decoded: an index into `keys`. */
  keyBefore(at) {
    let [low, high] = [0, this.keys.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.keys[middle].at <= at) low = middle;
      else high = middle - 1;
    }
    if (this.#reordered) return Math.max(low - 1, 0); // pictures that lean on the group before are counted, too
    // A picture that comes after its key frame in the file but is shown before it leans on the one before.
    return low && this.order[at] < this.order[this.keys[low].at] ? low - 1 : low;
  }

  /** The position of the key frame after position `at`, or where the packets end. */
  keyAfter = (at) => this.keys.find((key) => key.at > at)?.at ?? this.order.length;

  /** Where the packet of a frame is, by its time in microseconds; -1 for none. */
  positionOf(time) {
    this.#places ??= new Map(
      Array.from(this.order, (each, at) => /** @type {[number, number]} */ ([each, at]))
        .filter(([, at]) => !this.#hidden.has(at))
        .reverse(), // of two at one time the first counts
    );
    return this.#places.get(time) ?? -1;
  }

  /**
   * A function from the stamps of frames, as a decoder gives them for `spans`, to when they are shown, in microseconds; null
   * where they are not. Of a file without times the k-th picture shown from one key frame to the next has their k-th time.
   */
  clock(spans) {
    this.#byStamp ??= new Map(Array.from(this.stamps, (each, at) => [each, at]));
    const uncounted = new Set(spans.map(([from]) => from).filter((from) => from !== this.keys[0].at));
    const counts = new Map();
    let last = -Infinity;
    return (stamp) => {
      const at = this.#byStamp.get(stamp);
      if (at === undefined || this.#hidden.has(at)) return null;
      if (this.#timeless && stamp < last) this.#reordered = true;
      last = stamp;
      if (!this.#reordered) return this.order[at];
      const group = this.keys.findLast((key) => key.at <= at).at;
      const rank = counts.get(group) ?? 0;
      counts.set(group, rank + 1);
      return uncounted.has(group) ? null : this.order[group + rank];
    };
  }

  /** Where the packets end that are stored one after the other from position `at` on: those of its edit. */
  endOf(at) {
    let end = at + 1;
    while (end < this.order.length && this.#edits[end] === this.#edits[at]) end++;
    return end;
  }

  /** What has to be decoded for frames at `times` (microseconds, ascending): spans [from, to) of packets, each from a key frame. */
  spans(times) {
    const spans = [];
    for (const time of times) {
      const at = this.positionOf(time);
      if (at < 0) continue;
      const from = this.keys[this.keyBefore(at)].at;
      const end = this.#reordered ? this.keyAfter(at) : at + 1;
      const last = spans.at(-1);
      if (!last || from > last[1] + WORTH_A_JUMP || this.#edits[from] !== this.#edits[last[0]]) spans.push([from, end]);
      else last[1] = Math.max(last[1], end);
    }
    return spans;
  }
}
