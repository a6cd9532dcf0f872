// Recordings that were joined to one file, whose clocks begin anew; readout/video/packets.py does the same.

import {
  CLIP_HALF_WRAP,
  CLIP_LONG_GAP,
  CLIP_NO_PICTURES,
  CLIP_NO_PICTURES_AGAIN,
  CLIP_STEP_BACK,
} from "../../shared/constants.js";
import { filled } from "./messages.js";

/**
 * Whether the clock begins anew at a key frame's time: `lastKey` is that of the one before, undefined for none, `latest` the
 * latest time since the clock began.
 * @param {number} time @param {number | undefined} lastKey @param {number} latest
 */
export function beginsAnew(time, lastKey, latest) {
  if (lastKey === undefined) return false;
  if (time < latest) return time <= latest - CLIP_STEP_BACK || time <= lastKey;
  return time - lastKey >= CLIP_HALF_WRAP;
}

/**
 * Parts of a clip by the times of its packets in `seconds`, as stored, and where its clock begins anew: [{at, end, offset,
 * begin}], packets [at, end), what is added to their times so that they go on, and when the first is shown then.
 * @param {number[]} seconds @param {number[]} joints
 */
export function joinedParts(seconds, joints) {
  const parts = [];
  let [offset, begin] = [0, 0];
  [0, ...joints].forEach((at, k) => {
    const end = joints[k] ?? seconds.length;
    const times = seconds.slice(at, end).sort((a, b) => a - b);
    if (k) offset = begin - seconds[at];
    parts.push({ at, end, offset, begin: k ? begin : times[0] });
    begin = times.at(-1) + offset + (times.at(-1) - (times.at(-2) ?? times[0]));
  });
  return parts;
}

/** Where there are no pictures for long, in words. `shown`: microseconds, ascending. */
export function longGaps(shown) {
  const gaps = shown
    .slice(1)
    .map((time, k) => ({ length: (time - shown[k]) / 1e6, since: shown[k] / 1e6 }))
    .filter(({ length }) => length > CLIP_LONG_GAP);
  if (!gaps.length) return [];
  const { length, since } = gaps.reduce((most, gap) => (gap.length > most.length ? gap : most));
  const more = gaps.length > 1 ? filled(CLIP_NO_PICTURES_AGAIN, gaps.length - 1, CLIP_LONG_GAP) : "";
  return [filled(CLIP_NO_PICTURES, length.toFixed(0), since.toFixed(3)) + more];
}
