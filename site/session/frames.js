// The project's frames as a whole: put in order, and handed to Python.

import { asColumns, inOrder } from "../media/video_frames.js";
import { markStale, store } from "../state/store.js";
import { call } from "./python.js";

/** Have these frames, in their natural order. */
export const setFrames = (frames) => (store.frames.value = inOrder(frames));

/** Have Python know the frames as they are now, and what is new read. */
export async function handFrames() {
  store.state.value = await call("set_frames", { frames: asColumns(store.frames.value) });
  markStale();
}

/** The size that all frames have, {width, height}, null where there are none: by those of `frames` that are most. */
export function usualSize(frames) {
  const counts = new Map();
  for (const { width, height } of frames)
    counts.set(width * 65_536 + height, (counts.get(width * 65_536 + height) ?? 0) + 1);
  let [best, most] = [null, 0];
  for (const [size, count] of counts) if (count > most) [best, most] = [size, count];
  return best === null ? null : { width: Math.floor(best / 65_536), height: best % 65_536 };
}
