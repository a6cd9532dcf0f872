// Frames of clips: their names, their order among pictures, and which of them are read together. Knows no page.

import { concat, firstWhere } from "../shared/arrays.js";
import { FRAMES_PER_CHUNK } from "../shared/constants.js";
import { inNaturalOrder } from "../shared/file_names.js";
import { sha256 } from "../shared/sha256.js";

/** The name of a clip's frame at a time in seconds, as in readout/video/sampling.py: `clip.mp4#t=12.345678`. */
export const frameName = (clip, time) => `${clip}#t=${time.toFixed(6)}`;

/** {clip, time} of such a name, null for any other. */
export function splitName(name) {
  const [, clip, time] = name.match(/^(.+)#t=(-?\d+\.\d{6})$/s) ?? [];
  return clip === undefined ? null : { clip, time: Number(time) };
}

/** The frames of a clip that are part of the project: those `chosen`, a Float64Array of times, but the ones in `without`. */
export function framesOf({ name, width, height, chosen, without }) {
  const gone = new Set(without);
  const frames = [];
  for (const time of chosen) {
    if (!gone.has(time))
      frames.push({ name: frameName(name, time), width, height, digest: null, thumbnail: null, clip: name, time });
  }
  return frames;
}

/** How many frames of a clip that is. */
export function countOf({ chosen, without }) {
  return chosen.length - leftOut(chosen, without).length;
}

/** Those `without` that are chosen: some may be left out of another choice. */
export const leftOut = (chosen, without) => without.filter((time) => chosen[indexAt(chosen, time)] === time);

/** Frames in natural order of their names, those of one clip in order of their times. A new array. */
export function inOrder(frames) {
  const blocks = [];
  const clips = new Map();
  for (const frame of frames) {
    if (!frame.clip) blocks.push({ name: frame.name, frames: [frame] });
    else if (clips.has(frame.clip)) clips.get(frame.clip).push(frame);
    else {
      clips.set(frame.clip, [frame]);
      blocks.push({ name: frameName(frame.clip, 0), frames: clips.get(frame.clip) });
    }
  }
  for (const some of clips.values()) some.sort((a, b) => a.time - b.time);
  return inNaturalOrder(blocks, ({ name }) => name).flatMap((block) => block.frames);
}

/** Frames as Python takes many: {names, widths, heights, times}; frames whose size is not known yet are left out. */
export function asColumns(frames) {
  const known = frames.filter(({ width }) => width);
  const [widths, heights, times] = [
    new Int32Array(known.length),
    new Int32Array(known.length),
    new Float64Array(known.length),
  ];
  const names = new Array(known.length);
  known.forEach(
    ({ name, width, height, time = NaN }, k) =>
      ([names[k], widths[k], heights[k], times[k]] = [name, width, height, time]),
  );
  return { names: names.join("\n"), widths, heights, times };
}

/** The times of all chunks of `chosen` that hold one of `missing`, both sorted: Float64Array. */
export function wholeChunks(chosen, missing) {
  const parts = [];
  let at = 0;
  for (let start = 0; start < chosen.length && at < missing.length; start += FRAMES_PER_CHUNK) {
    const chunk = chosen.subarray(start, start + FRAMES_PER_CHUNK);
    const before = at;
    while (at < missing.length && missing[at] <= chunk.at(-1)) at++;
    if (at > before) parts.push(chunk);
  }
  return concat(Float64Array, parts);
}

/** The index of the time in sorted `times` that is shown at `time`: the last one that is not later, else the first. */
export function indexAt(times, time) {
  return Math.max(0, firstWhere(times.length, (k) => times[k] > time) - 1);
}

/** {every, start, end} that choose `chosen` out of `times`, where one frame every k frames does; else null. */
export function settingsOf(times, chosen) {
  if (!chosen.length) return null;
  const [first, step] = [
    indexAt(times, chosen[0]),
    chosen.length > 1 ? indexAt(times, chosen[1]) - indexAt(times, chosen[0]) : 1,
  ];
  if (chosen.some((time, k) => times[first + k * step] !== time)) return null;
  const last = first + (chosen.length - 1) * step;
  return {
    every: { frames: step },
    start: first ? chosen[0] : null,
    end: last + step < times.length ? chosen.at(-1) : null,
  };
}

const MANY = 65_536;

/** What tells one file from another: its length, its first and its last bytes, as `sha256` gives it. */
export async function fingerprint(file) {
  const parts = [file.slice(0, MANY), file.slice(Math.max(0, file.size - MANY))];
  return sha256(await new Blob([...parts, String(file.size)]).arrayBuffer());
}
