// The Mark view's own state: the view, and what is selected, drawn and found.

import { batch, computed, signal } from "@preact/signals";
import { betweenViews, toFrame, viewOf } from "../../shared/viewport.js";
import { store, frame, layout, readouts } from "../../state/store.js";
import { between, bounds, hull, inside } from "./boxes.js";

/** How much of the stage a number fills that is zoomed to. */
const SHARE = 0.5;
/** What is drawn is zoomed to where it fills less of the stage than this, and fills so much then. */
const SMALL = 0.25;
const CLOSER = 0.35;
/** Where on the stage what is drawn is shown: left of the form, or above it where the stage is narrow, in CSS pixels. */
const LEFT = [0.34, 0.5];
const ABOVE = [0.5, 0.2];
const NARROW = 820;
/** How long a glide to another view takes, in ms. */
const GLIDE = 220;

export const editor = {
  /** The view, see viewport.js; null shows the whole frame. The stage's size in CSS pixels. */
  view: signal(null),
  stage: signal([0, 0]),
  /** Whether the user wants a drag on the picture to draw a box. */
  drawing: signal(!matchMedia("(pointer: coarse)").matches),
  /** Indices of the chosen readout's boxes. */
  selected: signal([]),
  /** Readouts in place of the layout's, while they are dragged or their edit is under way. */
  draft: signal(null),
  /** Whether the next drag on the picture draws the anchor; whether the anchor is selected; and the anchor while it is changed. */
  anchoring: signal(false),
  anchorSelected: signal(false),
  anchorDraft: signal(null),
  /** Lines that what is dragged has been lined up with: {axis, at}. */
  guides: signal([]),
  /** The box that was drawn around a number: whether it is to be a "window" or to be filled with "boxes"; and what was found in it: {frame, text, name, boxes, format, confidence}. */
  drawn: signal(null),
  kind: signal(/** @type {"window" | "boxes"} */ ("window")),
  found: signal(null),
  busy: signal(false),
  /** An error beside the control that caused it: {at: "drawn" | "shows" | "strip" | "layout" | a readout's name, text}. */
  trouble: signal(null),
  /** What the boxes show on the current frame, see queries.probe, with `frame` and `readout`, null where it is drawn; null before they were looked at. */
  seen: signal(null),
  /** Whether that is being looked at. */
  reading: signal(false),
  /** The point of the frame that was clicked and where a number is being looked for, or null. */
  looking: signal(/** @type {Pair | null} */ (null)),
  /** What all this is about: the project, the frame, and its size. */
  about: signal(/** @type {{project?: string, frame?: string, size?: string}} */ ({})),
  /** Where numbers were drawn, by readout: {frame, drawn}; and the readouts that two typed values have refined. */
  drawings: signal({}),
  refined: signal([]),
};

export const size = computed(() => [frame.value?.width ?? 0, frame.value?.height ?? 0]);
/** The readouts as they are edited: a window is the one box of its readout. */
export const shown = computed(
  () => editor.draft.value ?? readouts.value.map((each) => (each.window ? { ...each, boxes: [each.window] } : each)),
);
export const chosen = computed(
  () => shown.value.find(({ name }) => name === store.readout.value) ?? shown.value[0] ?? null,
);
export const selected = computed(() => editor.selected.value.filter((k) => k < (chosen.value?.boxes.length ?? 0)));
/** The anchor, [x, y, width, height], or null; and whether it is selected. */
export const anchorBox = computed(() => editor.anchorDraft.value ?? layout.value?.anchor ?? null);
export const anchorSelected = computed(
  () =>
    editor.anchorSelected.value &&
    Boolean(anchorBox.value) &&
    !selected.value.length &&
    !editor.drawn.value &&
    !misfit.value,
);
/** Whether a drag on the picture draws a box, as the first one does; otherwise it moves the picture. */
export const drawing = computed(() => editor.drawing.value || !shown.value.length);
/** Whether the layout is for frames of another size than the current one. */
export const misfit = computed(
  () => Boolean(layout.value) && layout.value.frame_size.some((length, axis) => length !== size.value[axis]),
);
/** The view in use. */
export const view = computed(
  () => editor.view.value ?? viewOf([0, 0, size.value[0] || 1, size.value[1] || 1], editor.stage.value),
);

/** Say what is wrong at a control; "" says that nothing is there. */
export function trouble(at, text) {
  if (text) editor.trouble.value = { at, text };
  else if (editor.trouble.value?.at === at) editor.trouble.value = null;
}
export const troubleAt = (at) => (editor.trouble.value?.at === at ? editor.trouble.value.text : "");

/** Begin anew for another project, frame or frame size, as far as it is another one. */
export function follow() {
  const now = { project: store.project.value.id, frame: frame.value?.name, size: `${size.value}` };
  const before = editor.about.value;
  if (now.project === before.project && now.frame === before.frame && now.size === before.size) return;
  batch(() => {
    editor.about.value = now;
    draw(null);
    if (now.project === before.project && now.size === before.size) return;
    editor.anchoring.value = editor.anchorSelected.value = false;
    setView(null);
    if (now.project === before.project) return;
    editor.selected.value = editor.refined.value = [];
    editor.draft.value = editor.anchorDraft.value = null;
    editor.drawings.value = {};
  });
}

// Choosing

export function select(name, indices) {
  batch(() => {
    editor.anchorSelected.value = false;
    store.readout.value = name;
    editor.selected.value = indices;
  });
}

export const selectAll = () =>
  chosen.value &&
  select(
    chosen.value.name,
    chosen.value.boxes.map((_, k) => k),
  );

/** Add a box to those selected, or take it away. */
export const toggle = (name, k) => {
  const now = chosen.value?.name === name ? selected.value : [];
  select(name, now.includes(k) ? now.filter((each) => each !== k) : [...now, k].sort((a, b) => a - b));
};

/** Let go of what was drawn, then of what is selected. */
export function deselect() {
  if (editor.anchoring.value) editor.anchoring.value = false;
  else if (editor.drawn.value) draw(null);
  else ((editor.selected.value = []), (editor.anchorSelected.value = false));
}

/** Show a box in the middle of the stage, after a short glide. */
export function zoomTo(box, share = SHARE) {
  const middle = !editor.drawn.value ? undefined : editor.stage.value[0] < NARROW ? ABOVE : LEFT;
  glide(viewOf(box, editor.stage.value, share, middle));
}

/** Look closer at what was drawn, where it is small. */
export function zoomToDrawn() {
  const [, , w, h] = editor.drawn.value;
  const [width, height] = editor.stage.value;
  if (Math.max((w * view.value.scale) / width, (h * view.value.scale) / height) < SMALL)
    zoomTo(editor.drawn.value, CLOSER);
}

let gliding = 0;

/** Another view at once, and an end to any glide. */
export function setView(next) {
  cancelAnimationFrame(gliding);
  editor.view.value = next;
}

function glide(to) {
  const from = view.value;
  const begun = performance.now();
  const step = (now) => {
    const share = Math.min(1, Math.max(0, (now - begun) / GLIDE));
    setView(share < 1 ? betweenViews(from, to, 1 - (1 - share) ** 3) : to);
    if (share < 1) gliding = requestAnimationFrame(step);
  };
  if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) setView(to);
  else step(begun);
}

export const zoomToNumber = () => {
  const box = editor.found.value
    ? bounds(editor.found.value.boxes)
    : (editor.drawn.value ?? (chosen.value && hull(bounds(chosen.value.boxes), chosen.value.turn ?? 0)));
  if (box) zoomTo(box);
};

// Drawing a box around a number

export function draw(box) {
  batch(() => {
    editor.drawn.value = box && inside(box, size.value);
    editor.found.value = null;
    editor.busy.value = false;
    trouble("drawn", "");
    if (box) editor.selected.value = [];
  });
}

/** A drawn box in the middle of the stage, to be moved by keys and figures. */
export function drawInTheMiddle() {
  const [width, height] = editor.stage.value;
  const corner = (share, tall) => toFrame(view.value, [width * share, height * tall]).map(Math.round);
  draw(between(corner(0.4, 0.45), corner(0.6, 0.55)));
}
