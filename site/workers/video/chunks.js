// Chunks: the regions of a clip's chosen frames, equal neighbours once, FRAMES_PER_CHUNK frames at a time.

import { copyRegions, even } from "../../media/video_frame.js";
import { concat } from "../../shared/arrays.js";
import { FRAMES_PER_CHUNK } from "../../shared/constants.js";
import { firstOccurrence } from "./change_detection.js";
import { channels } from "./channels.js";
import { decoded } from "./decoder.js";
import { clipError } from "./messages.js";
import { fitted, isOfSize, sameShape } from "./frame_size.js";
import { microseconds } from "./packet_order.js";
import { mirroredRegion, mirrorRows, toCoded, toUpright } from "./rotation.js";

/**
 * Chunks of the frames at `times` (seconds, ascending), each {times: Float64Array, index: Int32Array, format, matrix,
 * full_range, rotation, regions, problems}: `times` are those of its frames that were decoded, `index` which of m distinct
 * pictures each shows, `regions` [{…as asked, x, y, width, height, data: Uint8Array of m pictures}], in upright whole
 * pixels aligned outwards to even ones of the coded picture, `problems` sentences on what is missing. Of a region that is
 * asked with `boxes`, [x, y, width, height] in upright pixels, only the pictures come in which some box looks like no
 * earlier one, with `first`, Int32Array (m times boxes): the picture that each box of each looks like.
 */
export async function* chunks(clip, { times, regions, signal }) {
  const wanted = Array.from(times, microseconds);
  const asked = regions.map((region) => ({ ...region, ...codedRegion(clip, region) }));
  const [lost, scaled] = [new Losses("could not be read"), new Losses("could only be read scaled")];
  let [at, chunk] = [0, new Chunk(clip, asked)];
  const miss = (why) => lost.add(wanted[at++], why);
  const full = () => at === wanted.length || at % FRAMES_PER_CHUNK === 0;
  const finished = () => {
    const whole = chunk.whole([...lost.told(), ...scaled.told()]);
    chunk = new Chunk(clip, asked);
    return whole;
  };
  /** Take a frame, scaled where the clip changed its size. Returns why it cannot be, or undefined. */
  const take = async (frame) => {
    if (isOfSize(frame, clip.coded)) return chunk.add(frame);
    const why = clip.anotherSize(frame);
    if (!sameShape(frame.visibleRect, clip.coded)) return `${why}, cut the clip in two where it changes`;
    scaled.add(frame.timestamp, why);
    const whole = await fitted(frame, clip.coded);
    return chunk.add(whole).finally(() => whole.close());
  };
  for await (const frame of decoded(clip, clip.packets.spans(wanted), { signal, onDamage: lost.because })) {
    try {
      while (at < wanted.length && wanted[at] < frame.timestamp) {
        miss();
        if (full()) yield finished();
      }
      if (wanted[at] !== frame.timestamp) continue;
      const why = await take(frame);
      if (why) miss(why);
      else at++;
    } finally {
      frame.close();
    }
    if (full()) yield finished();
  }
  while (at < wanted.length) {
    miss();
    if (full()) yield finished();
  }
}

/**
 * The regions of one frame, as a chunk of one has them, but each with its one picture. The frame stays open.
 * @param {any} clip @param {VideoFrame} frame @param {Region[]} regions
 */
export async function regionsOf(clip, frame, regions) {
  const chunk = new Chunk(
    clip,
    regions.map(({ boxes, beside, ...region }) => ({ ...region, ...codedRegion(clip, region) })),
  );
  await chunk.add(frame);
  return chunk.whole([]);
}

/** An upright region in coded pixels, aligned outwards to even ones. */
function codedRegion(clip, { x, y, width, height }) {
  const inside = x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= clip.width && y + height <= clip.height;
  if (!inside) {
    throw clipError(
      "outside",
      `the region to read must be inside the picture, it is ${width} x ${height} at ${x}, ${y} in a clip of ` +
        `${clip.width} x ${clip.height}: move the boxes, or use the layout made for this size`,
    );
  }
  return even(toCoded({ x, y, width, height }, clip.rotation, clip.coded), clip.coded);
}

class Chunk {
  #clip;
  #asked;
  #times = [];
  #index = [];
  /** Of each distinct picture the regions' bytes. */
  #pictures = [];
  #kind = null;

  constructor(clip, asked) {
    [this.#clip, this.#asked] = [clip, asked];
  }

  /** Take a frame's regions. Returns why it cannot be, or undefined. */
  async add(frame) {
    const { mirrored, coded } = this.#clip;
    const stored = mirrored ? this.#asked.map((region) => mirroredRegion(region, coded)) : this.#asked;
    const { format, matrix, full_range, regions } = await copyRegions(frame, stored);
    if (mirrored) for (const { data, width, height } of regions) mirrorRows(data, width, height, format);
    this.#kind ??= { format, matrix, full_range };
    if (this.#kind.format !== format)
      return `its pixels are stored as ${format}, those before it as ${this.#kind.format}`;
    const picture = regions.map(({ data }) => data);
    const before = this.#pictures.at(-1);
    if (!before?.every((data, k) => equal(data, picture[k]))) this.#pictures.push(picture);
    this.#index.push(this.#pictures.length - 1);
    this.#times.push(frame.timestamp / 1e6);
  }

  /** What `chunks` gives, with these problems. */
  whole(problems) {
    const { rotation, coded } = this.#clip;
    const kind = this.#kind ?? { format: "I420", matrix: null, full_range: false };
    const regions = this.#asked.map((region, k) => {
      const upright = { ...region, ...toUpright(region, rotation, coded) };
      const pictures = this.#pictures.map((picture) => picture[k]);
      return { ...upright, ...distinct(pictures, upright, { ...kind, rotation }) };
    });
    return {
      times: Float64Array.from(this.#times),
      index: Int32Array.from(this.#index),
      ...kind,
      rotation,
      regions,
      problems,
    };
  }
}

/** Chosen frames that were not read as they are, told in sentences, neighbours together. */
export class Losses {
  #runs = [];
  #damage = "";
  #outcome;

  constructor(outcome) {
    this.#outcome = outcome;
  }

  because = (message) => (this.#damage = message);

  add(time, why) {
    const reason = why ?? (this.#damage ? "the file is damaged there" : "the decoder gave no picture");
    const run = this.#runs.at(-1);
    if (run?.reason === reason) [run.until, run.count] = [time, run.count + 1];
    else this.#runs.push({ from: time, until: time, count: 1, reason });
  }

  /** Sentences on those since the last call. */
  told() {
    return this.#runs.splice(0).map(({ from, until, count, reason }) => {
      const seconds = (time) => (time / 1e6).toFixed(3);
      if (count === 1) return `the frame at ${seconds(from)} s ${this.#outcome}: ${reason}`;
      return `${count} frames from ${seconds(from)} to ${seconds(until)} s ${this.#outcome}: ${reason}`;
    });
  }
}

/** Whether two arrays hold the same bytes; both begin where 32-bit words do. */
function equal(a, b) {
  if (a.length !== b.length) return false;
  const words = a.length >>> 2;
  const [left, right] = [a, b].map(({ buffer, byteOffset }) => new Int32Array(buffer, byteOffset, words));
  for (let k = 0; k < words; k++) if (left[k] !== right[k]) return false;
  for (let k = words << 2; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

/**
 * {data, first} of a region, as `chunks` says; `data` alone where there are no boxes, or no planes to compare.
 * @param {Uint8Array[]} pictures @param {Region} region @param {{format: string, rotation: number}} coding
 */
function distinct(pictures, { boxes, beside, ...region }, { format, rotation }) {
  if (!boxes || format === "RGBA") return { data: concat(Uint8Array, pictures) };
  const [luma, ...colour] = channels(pictures, { ...region, format, rotation });
  const inside = boxes.map(([x, y, width, height]) => [x - region.x, y - region.y, width, height]);
  const first = firstOccurrence(luma, inside, colour, beside);
  const isNew = (_, k) => boxes.some((box, b) => first[k * boxes.length + b] === k);
  return { first, data: concat(Uint8Array, pictures.filter(isNew)) };
}
