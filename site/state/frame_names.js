// How frames are called where people read it, as short as the project's frames allow.

import { computed } from "@preact/signals";
import { clock } from "../shared/format.js";
import { store } from "./store.js";

/** The frames' times in seconds where all are of one clip, Float64Array (F); else null. */
export const timeline = computed(() => {
  const frames = store.frames.value;
  const clip = frames[0]?.clip;
  return clip !== undefined && frames.every((frame) => frame.clip === clip)
    ? Float64Array.from(frames, ({ time }) => time)
    : null;
});

/** A frame's name as short as it can be: of one of a clip its time, and the clip unless all are of it. */
export function nameOf(frame) {
  if (!frame?.clip) return frame?.name ?? "";
  return timeline.value ? clock(frame.time, 3) : `${frame.clip} ${clock(frame.time, 3)}`;
}

export const names = computed(() => store.frames.value.map(({ name }) => name));
/** Characters in the longest name of a frame. */
export const longestName = computed(() =>
  store.frames.value.reduce(
    (most, { name, clip }) => Math.max(most, clip ? (timeline.value ? 10 : clip.length + 11) : name.length),
    0,
  ),
);
