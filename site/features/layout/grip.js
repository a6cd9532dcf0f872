// What can be taken hold of around the boxes that are selected.

import { bounds, HANDLES } from "./boxes.js";
import { chosen, selected } from "./editor_state.js";
import { selectedBoxes } from "./edits.js";

/** In CSS pixels: how near is on it, and how large a handle is. */
export const NEAR = 6;
export const HANDLE = 9;
/** A side below this in CSS pixels has no handle in its middle. */
export const ROOM = 34;
/** The handle that turns a window is so far above it, in CSS pixels. */
export const STALK = 24;

/** Whether the chosen readout is a window. */
export const isWindow = () => Boolean(chosen.value?.window);
/** Whether a box is selected. */
export const isPicked = (name, k) => chosen.value?.name === name && selected.value.includes(k);

/** The frame that carries the handles: a little outside of what is selected, so that small boxes can be taken as well. */
export function grip(scale) {
  const [x, y, w, h] = bounds(selectedBoxes.value);
  const room = NEAR / scale;
  return [x - room, y - room, w + 2 * room, h + 2 * room];
}

/** Where the handle is that turns the window, as if that were not turned. */
export function stalk(scale) {
  const [x, y, w] = grip(scale);
  return [x + w / 2, y - STALK / scale];
}

/** The handles there is room for. */
export function handles(scale) {
  const [, , w, h] = grip(scale).map((length) => length * scale);
  return HANDLES.filter((handle) => handle.length > 1 || ("ns".includes(handle) ? w : h) >= ROOM);
}
