// The anchor: something that moves only when the whole picture does, and which the boxes follow.

import { batch, computed } from "@preact/signals";
import { setAnchor } from "../../session/edits.js";
import { ANCHOR_LEAST } from "../../shared/constants.js";
import { store, layout } from "../../state/store.js";
import { dragged, inside, moved } from "./boxes.js";
import { anchorBox, editor, size, trouble } from "./editor_state.js";

/** Shifts below this, in pixels, are as good as none. */
export const STILL = 0.2;

/** Take this box as the anchor, in whole pixels; null for none. Resolves to whether it was taken. */
export async function putAnchor(box, merge) {
  const made = box && inside(box.map(Math.round), size.value);
  batch(() => {
    editor.anchorDraft.value = made;
    trouble("anchor", "");
  });
  try {
    await setAnchor(made, merge);
    return true;
  } catch (error) {
    trouble("anchor", error.message);
    return false;
  } finally {
    if (editor.anchorDraft.value === made) editor.anchorDraft.value = null;
  }
}

export const removeAnchor = () => {
  editor.anchorSelected.value = false;
  return putAnchor(null);
};

/** Move the anchor that is selected by (dx, dy), or make it larger, by whole pixels. */
export const nudgeAnchor = (by) => putAnchor(moved([anchorBox.value], by.map(whole), size.value)[0], "move");
export const growAnchor = (by) =>
  putAnchor(dragged(anchorBox.value, "se", by.map(whole), size.value, ANCHOR_LEAST), "grow");
const whole = (length) => Math.sign(length) * Math.ceil(Math.abs(length));

export function selectAnchor() {
  batch(() => {
    editor.selected.value = [];
    editor.anchorSelected.value = true;
  });
}

/** Let the next drag on the picture draw the anchor. */
export function beginAnchor() {
  batch(() => {
    editor.drawn.value = null;
    editor.selected.value = [];
    editor.anchorSelected.value = false;
    editor.anchoring.value = true;
    trouble("anchor", "");
  });
}

/** A layout from elsewhere says where the anchor is; this frame shows what it looks like. */
export const seeAnchor = () => {
  const box = layout.value?.anchor;
  return box && !store.state.value.anchor ? putAnchor(box) : false;
};

/** How the frames move: {known, lost, most}, counts of frames, and pixels; null where there is no anchor. */
export const motion = computed(() => {
  const shifts = store.shifts.value;
  if (!shifts) return null;
  const { x, y, lost } = shifts;
  const found = { known: 0, lost: 0, most: 0 };
  for (let row = 0; row < x.length; row++) {
    if (Number.isNaN(x[row])) continue;
    found.known++;
    found.lost += lost[row];
    found.most = Math.max(found.most, Math.hypot(x[row], y[row]));
  }
  return found;
});
