// The Place view's own state: what is selected, drawn and found, and the edits of the layout that follow.

import { batch, computed, signal } from "@preact/signals";
import { findBoxes, layoutFrom, layoutLink, renameReadout, setLayout, type, undo, untype } from "./engine.js";
import {
  between, betweenViews, bounds, dragged, extended, formatError, formatOf, grown, holes, inside, moved, replaced, settled, SMALLEST, split, spread, stretched, toFrame, viewOf, without,
} from "./geometry.js";
import { bench, frame, layout, readouts, rowOf, say } from "./store.js";

/** Boxes that are narrower on the stage than this, in CSS pixels, are zoomed to when they are found. */
const LEGIBLE = 14;
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
/** How the part of an address begins that holds a layout. */
const LINK = "layout=";
/** A refinement that moves no edge further than this, in frame pixels, is none. */
const MOVED = 0.01;
/** One that is less sure than this, or moves an edge by more than half a box, is a mistake. */
const LIKELY = 0.5;

export const place = {
  /** The view, see geometry.js; null shows the whole frame. The stage's size in CSS pixels. */
  view: signal(null),
  stage: signal([0, 0]),
  /** Whether the user wants a drag on the picture to draw a box. */
  drawing: signal(!matchMedia("(pointer: coarse)").matches),
  /** Indices of the chosen readout's boxes. */
  picked: signal([]),
  /** Readouts in place of the layout's, while they are dragged or their edit is under way. */
  draft: signal(null),
  /** Lines that what is dragged has been lined up with: {axis, at}. */
  guides: signal([]),
  /** The box that was drawn around a number, and what was found in it: {frame, text, name, boxes, format, confidence}. */
  drawn: signal(null),
  found: signal(null),
  busy: signal(false),
  /** An error beside the control that caused it: {at: "drawn" | "shows" | "strip" | "layout" | a readout's name, text}. */
  trouble: signal(null),
  /** What the boxes show on the current frame, see engine.probe; null before they were looked at. */
  seen: signal(null),
  /** What all this is about: the project, the frame, and its size. */
  about: signal({}),
  /** Where numbers were drawn, by readout: {frame, drawn}; and the readouts that two typed values have refined. */
  drawings: signal({}),
  refined: signal([]),
};

export const size = computed(() => [frame.value?.width ?? 0, frame.value?.height ?? 0]);
export const shown = computed(() => place.draft.value ?? readouts.value);
export const chosen = computed(() => shown.value.find(({ name }) => name === bench.readout.value) ?? shown.value[0] ?? null);
export const picked = computed(() => place.picked.value.filter((k) => k < (chosen.value?.boxes.length ?? 0)));
/** Whether a drag on the picture draws a box, as the first one does; otherwise it moves the picture. */
export const drawing = computed(() => place.drawing.value || !shown.value.length);
/** Whether the layout is for frames of another size than the current one. */
export const misfit = computed(() => Boolean(layout.value) && layout.value.frame_size.some((length, axis) => length !== size.value[axis]));
/** The view in use. */
export const view = computed(() => place.view.value ?? viewOf([0, 0, size.value[0] || 1, size.value[1] || 1], place.stage.value));

/** Say what is wrong at a control; "" says that nothing is there. */
export function trouble(at, text) {
  if (text) place.trouble.value = { at, text };
  else if (place.trouble.value?.at === at) place.trouble.value = null;
}
export const troubleAt = (at) => (place.trouble.value?.at === at ? place.trouble.value.text : "");

/** Begin anew for another project, frame or frame size, as far as it is another one. */
export function follow() {
  const now = { project: bench.project.value.id, frame: frame.value?.name, size: `${size.value}` };
  const before = place.about.value;
  if (now.project === before.project && now.frame === before.frame && now.size === before.size) return;
  batch(() => {
    place.about.value = now;
    draw(null);
    if (now.project === before.project && now.size === before.size) return;
    look(null);
    if (now.project === before.project) return;
    place.picked.value = place.refined.value = [];
    place.drawings.value = {};
  });
}

// Choosing

export function pick(name, indices) {
  batch(() => {
    bench.readout.value = name;
    place.picked.value = indices;
  });
}

export const pickAll = () => chosen.value && pick(chosen.value.name, chosen.value.boxes.map((_, k) => k));

/** Add a box to those picked, or take it away. */
export const toggle = (name, k) => {
  const now = chosen.value?.name === name ? picked.value : [];
  pick(name, now.includes(k) ? now.filter((each) => each !== k) : [...now, k].sort((a, b) => a - b));
};

/** Let go of what was drawn, then of what is picked. */
export function letGo() {
  if (place.drawn.value) draw(null);
  else place.picked.value = [];
}

/** Show a box in the middle of the stage, after a short glide. */
export function zoomTo(box, share = SHARE) {
  const middle = !place.drawn.value ? undefined : place.stage.value[0] < NARROW ? ABOVE : LEFT;
  glide(viewOf(box, place.stage.value, share, middle));
}

/** Look closer at what was drawn, where it is small. */
export function zoomToDrawn() {
  const [, , w, h] = place.drawn.value;
  const [width, height] = place.stage.value;
  if (Math.max((w * view.value.scale) / width, (h * view.value.scale) / height) < SMALL) zoomTo(place.drawn.value, CLOSER);
}

let gliding = 0;

/** Another view at once, and an end to any glide. */
export function look(next) {
  cancelAnimationFrame(gliding);
  place.view.value = next;
}

function glide(to) {
  const from = view.value;
  const begun = performance.now();
  const step = (now) => {
    const share = Math.min(1, Math.max(0, (now - begun) / GLIDE));
    look(share < 1 ? betweenViews(from, to, 1 - (1 - share) ** 3) : to);
    if (share < 1) gliding = requestAnimationFrame(step);
  };
  if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) look(to);
  else step(begun);
}

export const zoomToNumber = () => {
  const box = place.found.value ? bounds(place.found.value.boxes) : place.drawn.value ?? (chosen.value && bounds(chosen.value.boxes));
  if (box) zoomTo(box);
};

// Drawing a number

export function draw(box) {
  batch(() => {
    place.drawn.value = box && inside(box, size.value);
    place.found.value = null;
    place.busy.value = false;
    trouble("drawn", "");
    if (box) place.picked.value = [];
  });
}

/** A drawn box in the middle of the stage, to be moved by keys and figures. */
export function drawInTheMiddle() {
  const [width, height] = place.stage.value;
  const corner = (share, tall) => toFrame(view.value, [width * share, height * tall]).map(Math.round);
  draw(between(corner(0.4, 0.45), corner(0.6, 0.55)));
}

/** Find the digits of `text` in what was drawn. */
export async function find(text, name) {
  const drawn = place.drawn.value;
  const { name: on } = frame.value;
  trouble("drawn", "");
  place.busy.value = true;
  try {
    const found = await findBoxes([{ name: on, drawn, text }]);
    if (place.drawn.value === drawn) show({ ...found, frame: on, text, name });
  } catch (error) {
    if (place.drawn.value === drawn) trouble("drawn", error.message);
  } finally {
    if (place.drawn.value === drawn) place.busy.value = false;
  }
}

/** Share out what was drawn among the digits of `text`, to be moved by hand. */
export function shareOut(text, name) {
  const format = formatOf(text);
  if (!holes(format)) return trouble("drawn", "Type what the number shows first: every digit gets a box.");
  show({ frame: frame.value.name, text, name, format, boxes: spread(place.drawn.value, format), confidence: null });
}

function show(found) {
  batch(() => {
    place.found.value = found;
    const narrow = Math.min(...found.boxes.map(([, , w]) => w)) * view.value.scale < LEGIBLE;
    if (narrow) zoomTo(bounds(found.boxes));
  });
}

/** Keep what was found as a readout, and learn from what was typed. */
export async function keep() {
  const { frame: on, name, text, format, boxes } = place.found.value;
  const drawn = place.drawn.value;
  const one = { name, format, boxes };
  const known = shown.value.some((each) => each.name === name);
  const next = known ? shown.value.map((each) => (each.name === name ? one : each)) : [...shown.value, one];
  const done = commit(next, `place ${name}`);
  batch(() => {
    pick(name, []);
    place.drawings.value = { ...place.drawings.value, [name]: { frame: on, drawn } };
    place.refined.value = place.refined.value.filter((each) => each !== name);
    draw(null);
  });
  if (await done) await type(on, name, text).catch((error) => trouble("shows", error.message));
}

// What frames show

/** What the current frame's chosen readout shows; null: not readable. A second value refines the boxes, once. */
export async function teach(text) {
  const [{ name: on }, { name }] = [frame.value, chosen.value];
  trouble("shows", "");
  try {
    await type(on, name, text);
    if (text !== null) await refine(name);
    return true;
  } catch (error) {
    trouble("shows", error.message);
    return false;
  }
}

export const forget = () => untype(frame.value.name, chosen.value.name).catch((error) => trouble("shows", error.message));

async function refine(name) {
  const { boxes, format } = readouts.value.find((each) => each.name === name);
  const typed = bench.state.value.typed.filter((each) => each.readout === name && each.text && rowOf.value.has(each.frame));
  if (typed.length !== 2 || place.refined.value.includes(name)) return;
  place.refined.value = [...place.refined.value, name];
  const [x, y, w, h] = bounds(boxes);
  const margin = Math.min(...boxes.map((box) => Math.min(box[2], box[3]))) / 2;
  const drawing = place.drawings.value[name];
  const drawn = drawing?.drawn ?? inside([x - margin, y - margin, w + 2 * margin, h + 2 * margin], size.value);
  const found = await findBoxes(typed.map((each) => ({ name: each.frame, drawn, text: each.text })), boxes);
  const by = Math.max(...found.boxes.map((box, k) => Math.max(...box.map((edge, side) => Math.abs(edge - (boxes[k]?.[side] ?? Infinity))))));
  const now = readouts.value.find((each) => each.name === name);
  const unlikely = found.confidence < LIKELY || by > Math.min(...boxes.map(([, , w]) => w)) / 2;
  if (by <= MOVED || unlikely || found.format !== format || JSON.stringify(now?.boxes) !== JSON.stringify(boxes)) return;
  await commit(readouts.value.map((each) => (each.name === name ? { ...each, boxes: found.boxes } : each)), `refine ${name}`);
  say(`Two values know better than one: “${name}” moved by up to ${by.toFixed(1)} pixels.`, "info", { title: "Undo", run: undo });
}

// Edits

/** Edit the layout to these readouts. Until that is done they are shown as drafts. Resolves to whether it was. */
export async function commit(next, name, merge) {
  const frameSize = layout.value?.frame_size ?? size.value;
  const made = next.map((each) => ({ ...each, boxes: each.boxes.map((box) => settled(box, frameSize)) }));
  place.draft.value = next;
  try {
    await setLayout(next.length ? { version: 1, frame_size: frameSize, readouts: made } : null, name, merge);
    return true;
  } catch (error) {
    say(error.message, "error");
    return false;
  } finally {
    if (place.draft.value === next) place.draft.value = null;
  }
}

export const withChosen = (changed) => shown.value.map((each) => (each === chosen.value ? changed : each));

/** The readouts with `boxes` for those picked, in order. */
export const withPicked = (boxes) =>
  withChosen({ ...chosen.value, boxes: chosen.value.boxes.map((box, k) => (picked.value.includes(k) ? boxes[picked.value.indexOf(k)] : box)) });

export const pickedBoxes = computed(() => picked.value.map((k) => chosen.value.boxes[k]));

/** Move what is drawn or picked by (dx, dy), or make it larger; bursts are one step of undo. */
export const nudge = (by) => adjust((boxes) => moved(boxes, by, size.value), "move boxes");
export const grow = (by) => adjust((boxes) => grown(boxes, by, size.value), "resize boxes");

function adjust(change, name) {
  if (place.drawn.value) {
    if (!place.found.value) [place.drawn.value] = change([place.drawn.value]);
  } else if (picked.value.length && !misfit.value) {
    commit(withPicked(change(pickedBoxes.value)), name, `${name} ${chosen.value.name} ${picked.value}`);
  }
}

/** Set side 0 x, 1 y, 2 width or 3 height of what is drawn, cut off at the frame, or of each box picked; x and y are those of them all. */
export function setSide(side, value) {
  if (place.drawn.value) {
    const [x, y, w, h] = inside(place.drawn.value.with(side, value), size.value);
    if (w >= SMALLEST && h >= SMALLEST) place.drawn.value = [x, y, w, h];
    return;
  }
  const around = bounds(pickedBoxes.value);
  const change = side < 2 ? (boxes) => moved(boxes, offset(around, side, value), size.value) : (boxes) => boxes.map((box) => sized(box, side, value));
  adjust(change, side < 2 ? "move boxes" : "resize boxes");
}

const offset = (box, side, value) => [side === 0 ? value - box[0] : 0, side === 1 ? value - box[1] : 0];
const sized = (box, side, value) => dragged(box, side === 2 ? "e" : "s", [value - box[side], value - box[side]], size.value);

/** The picked boxes, stretched from their bounds to `to`. */
export const stretchPicked = (boxes, to) => withPicked(stretched(boxes, bounds(boxes), to));

export function removePicked() {
  const { name, boxes } = chosen.value;
  if (picked.value.length === boxes.length) return removeReadout(name);
  const [first] = picked.value;
  const changed = without(chosen.value, picked.value);
  const next = withChosen(changed);
  pick(name, [Math.min(first, changed.boxes.length - 1)]);
  return commit(next, "remove boxes");
}

/** Cut every picked box into `count`, side by side. */
export function splitPicked(count) {
  const changed = picked.value.toReversed().reduce((readout, k) => replaced(readout, k, split(readout.boxes[k], count)), chosen.value);
  const indices = picked.value.flatMap((k, nth) => Array.from({ length: count }, (_, part) => k + nth * (count - 1) + part));
  const next = withChosen(changed);
  place.picked.value = indices;
  return commit(next, "split boxes");
}

/** One more box, after the last one picked or the last there is. */
export function addBox() {
  const { readout, index } = extended(chosen.value, picked.value.at(-1) ?? chosen.value.boxes.length - 1, size.value);
  const next = withChosen(readout);
  place.picked.value = [index];
  return commit(next, "add a box");
}

export function removeReadout(name) {
  place.picked.value = [];
  return commit(shown.value.filter((each) => each.name !== name), `remove ${name}`);
}

/** A copy of the chosen readout below it, or above where there is no room. */
export function copyReadout(name) {
  const [, y, , h] = bounds(chosen.value.boxes);
  const down = y + 2.5 * h > size.value[1] ? -1.5 * h : 1.5 * h;
  const copy = { ...chosen.value, name, boxes: moved(chosen.value.boxes, [0, Math.round(down)], size.value) };
  const next = [...shown.value, copy];
  pick(name, copy.boxes.map((_, k) => k));
  return commit(next, `add ${name}`);
}

/** Another format for a readout, where it goes with its boxes. */
export function setFormat(name, format) {
  const one = shown.value.find((each) => each.name === name);
  const why = formatError(format, one.boxes.length);
  trouble(name, why);
  if (!why && format !== one.format) commit(shown.value.map((each) => (each === one ? { ...one, format } : each)), `format of ${name}`);
}

export async function rename(name, to) {
  const taken = shown.value.some((each) => each.name === to);
  if (to === name) return trouble(name, "");
  if (!to || taken) return trouble(name, taken ? `There is a readout “${to}” already: choose another name.` : "A readout needs a name: “speed”, for example.");
  trouble(name, "");
  try {
    await renameReadout(name, to);
    if (bench.readout.value === name) bench.readout.value = to;
  } catch (error) {
    trouble(name, error.message);
  }
}

// Layouts as a whole

/** The layout as the text of a layout.json. */
export const layoutText = async () => (await layoutLink()).json;

/** An address of this page that holds the layout, and no pixels. */
export const layoutAddress = async () => {
  const { link } = await layoutLink();
  return `${location.origin}${location.pathname}#${LINK}${link}`;
};

/** The layout in an address that `layoutAddress` made, or in the end of one; null where there is none. */
export const layoutIn = (address) => address.match(new RegExp(`#${LINK}([\\w-]+)`))?.[1] ?? null;

/** Take a layout.json, an address or a link's text; one for frames of another size is scaled to these. */
export async function takeLayout(text) {
  trouble("layout", "");
  try {
    await layoutFrom(layoutIn(text) ?? text, frame.value ? size.value : null);
    place.picked.value = [];
    return true;
  } catch (error) {
    trouble("layout", error.message);
    return false;
  }
}

/** Scale the layout to the current frame's size. */
export const scaleLayout = async () => takeLayout(await layoutText());
