// The project's frames as a whole: put in order, and handed to Python.

import { batch } from "@preact/signals";
import { asColumns, inOrder } from "../media/video_frames.js";
import { frame, markStale, openNow, store } from "../state/store.js";
import { handed, isHanded } from "./handover.js";
import { call, revived } from "./python.js";

/**
 * Have these frames, in their natural order, and Python know them. The frame that is looked at stays. What was read
 * comes by rows: what Python is reading of the rows before is dropped, and all that it has is asked for again.
 */
export async function setFrames(frames) {
  const isOpen = openNow();
  showFrames(frames);
  if (isHanded()) markStale();
  await handed();
  if (!isOpen()) return;
  try {
    const state = await call("set_frames", { frames: asColumns(store.frames.value) });
    if (!isOpen()) return;
    store.state.value = state;
    markStale();
  } catch (error) {
    if (error.worker !== "Python") throw error;
    await revived; // another one has them
  }
}

/** Show frames that Python does not know yet, where it knows none. */
export function showFrames(frames) {
  const [here, next] = [frame.value?.name, inOrder(frames)];
  const row = next.findIndex(({ name }) => name === here);
  batch(() => {
    store.frames.value = next;
    store.current.value = row >= 0 ? row : Math.max(0, Math.min(store.current.value, next.length - 1));
    store.readings.value = store.findings.value = {};
    store.shifts.value = store.news.value = null;
  });
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
