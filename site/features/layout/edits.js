// Edits of the layout: of the boxes that are selected, of readouts, and of the whole.

import { computed } from "@preact/signals";
import { formatError } from "../../media/readout_format.js";
import { layoutFrom, renameReadout, setLayout } from "../../session/edits.js";
import { layoutLink } from "../../session/queries.js";
import { LAYOUT_VERSION } from "../../shared/constants.js";
import { store, frame, layout, notify } from "../../state/store.js";
import { growAnchor, nudgeAnchor, seeAnchor } from "./anchor.js";
import {
  SMALLEST,
  bounds,
  dragged,
  extended,
  grown,
  inside,
  keepInside,
  moved,
  replaced,
  settled,
  split,
  stretched,
  tilt,
  without,
} from "./boxes.js";
import { anchorSelected, chosen, misfit, select, selected, editor, shown, size, trouble } from "./editor_state.js";

/** How the part of an address begins that holds a layout. */
const LINK = "layout=";

// Boxes

/** Edit the layout to these readouts. Until that is done they are shown as drafts. Resolves to whether it was. */
export async function commit(next, name, merge) {
  editor.draft.value = next;
  try {
    await setLayout(layoutOf(next), name, merge);
    return true;
  } catch (error) {
    notify(error.message, "error");
    return false;
  } finally {
    if (editor.draft.value === next) editor.draft.value = null;
  }
}

/** The layout with these readouts, as in layout.json; null without any. */
function layoutOf(next) {
  const frameSize = layout.value?.frame_size ?? size.value;
  const made = next.map(({ boxes, ...each }) => {
    const inFrame = boxes.map((box) => (tilt(each) ? box : settled(box, frameSize)));
    return each.window ? { ...each, window: inFrame[0] } : { ...each, boxes: inFrame };
  });
  return next.length
    ? { version: LAYOUT_VERSION, frame_size: frameSize, readouts: made, anchor: layout.value?.anchor ?? null }
    : null;
}

const withChosen = (changed) => shown.value.map((each) => (each === chosen.value ? changed : each));

/** The readouts with `boxes` for those selected, in order. */
export const withSelected = (boxes) =>
  withChosen({
    ...chosen.value,
    boxes: chosen.value.boxes.map((box, k) => (selected.value.includes(k) ? boxes[selected.value.indexOf(k)] : box)),
  });

export const selectedBoxes = computed(() => selected.value.map((k) => chosen.value.boxes[k]));

/** Move what is drawn or selected by (dx, dy), or make it larger; bursts are one step of undo. */
export const nudge = (by) =>
  anchorSelected.value ? nudgeAnchor(by) : adjust((boxes) => moved(boxes, by, size.value), "move boxes");
export const grow = (by) =>
  anchorSelected.value ? growAnchor(by) : adjust((boxes) => grown(boxes, by, size.value), "resize boxes");

function adjust(change, name) {
  if (editor.drawn.value) {
    if (!editor.found.value) [editor.drawn.value] = change([editor.drawn.value]);
  } else if (selected.value.length && !misfit.value) {
    commit(withSelected(change(selectedBoxes.value)), name, `${name} ${chosen.value.name} ${selected.value}`);
  }
}

/** Set side 0 x, 1 y, 2 width or 3 height of what is drawn, cut off at the frame, or of each box selected; x and y are those of them all. */
export function setSide(side, value) {
  if (editor.drawn.value) {
    const [x, y, w, h] = inside(editor.drawn.value.with(side, value), size.value);
    if (w >= SMALLEST && h >= SMALLEST) editor.drawn.value = [x, y, w, h];
    return;
  }
  const around = bounds(selectedBoxes.value);
  const change =
    side < 2
      ? (boxes) => moved(boxes, offset(around, side, value), size.value)
      : (boxes) => boxes.map((box) => sized(box, side, value));
  adjust(change, side < 2 ? "move boxes" : "resize boxes");
}

const offset = (box, side, value) => [side === 0 ? value - box[0] : 0, side === 1 ? value - box[1] : 0];
const sized = (box, side, value) =>
  dragged(box, side === 2 ? "e" : "s", [value - box[side], value - box[side]], size.value);

/** From -180 to 180, in tenths. */
const degreesOf = (degrees) => Math.round(10 * (((((degrees + 180) % 360) + 360) % 360) - 180)) / 10;

/** Turn the chosen window to so many degrees clockwise; one that would leave the frame is moved into it. */
export function turnedTo(degrees) {
  const turn = degreesOf(degrees);
  const box = keepInside(chosen.value.boxes[0], turn, size.value);
  return box && withChosen({ ...chosen.value, turn, boxes: [box] });
}

export function setTurn(degrees) {
  const next = turnedTo(degrees);
  if (next) commit(next, `turn ${chosen.value.name}`, `turn ${chosen.value.name}`);
}

/** Read the chosen window, or the chosen boxes, from another side: the same part of the picture, a quarter turn on. */
export function turnQuarter() {
  const quarter = degreesOf((chosen.value.turn ?? 0) + 90);
  if (!chosen.value.window) return commit(withChosen({ ...chosen.value, turn: quarter }), `turn ${chosen.value.name}`);
  const [x, y, w, h] = chosen.value.boxes[0];
  const box = [x + (w - h) / 2, y + (h - w) / 2, h, w];
  return commit(withChosen({ ...chosen.value, turn: quarter, boxes: [box] }), `turn ${chosen.value.name}`);
}

/** Read the chosen number as in a mirror, or no more. */
export const setMirror = (mirror) => commit(withChosen({ ...chosen.value, mirror }), `mirror ${chosen.value.name}`);

/** The selected boxes, stretched from their bounds to `to`. */
export const stretchSelected = (boxes, to) => withSelected(stretched(boxes, bounds(boxes), to));

export function removeSelected() {
  const { name, boxes } = chosen.value;
  if (selected.value.length === boxes.length) return removeReadout(name);
  const [first] = selected.value;
  const changed = without(chosen.value, selected.value);
  const next = withChosen(changed);
  select(name, [Math.min(first, changed.boxes.length - 1)]);
  return commit(next, "remove boxes");
}

/** Cut every selected box into `count`, side by side. */
export function splitSelected(count) {
  const changed = selected.value
    .toReversed()
    .reduce((readout, k) => replaced(readout, k, split(readout.boxes[k], count)), chosen.value);
  const indices = selected.value.flatMap((k, nth) =>
    Array.from({ length: count }, (_, part) => k + nth * (count - 1) + part),
  );
  const next = withChosen(changed);
  editor.selected.value = indices;
  return commit(next, "split boxes");
}

/** One more box, after the last one selected or the last there is. */
export function addBox() {
  const { readout, index } = extended(chosen.value, selected.value.at(-1) ?? chosen.value.boxes.length - 1, size.value);
  const next = withChosen(readout);
  editor.selected.value = [index];
  return commit(next, "add a box");
}

// Readouts

export function removeReadout(name) {
  editor.selected.value = [];
  return commit(
    shown.value.filter((each) => each.name !== name),
    `remove ${name}`,
  );
}

/** A copy of the chosen readout below it, or above where there is no room. */
export function copyReadout(name) {
  const [, y, , h] = bounds(chosen.value.boxes);
  const down = y + 2.5 * h > size.value[1] ? -1.5 * h : 1.5 * h;
  const copy = { ...chosen.value, name, boxes: moved(chosen.value.boxes, [0, Math.round(down)], size.value) };
  const next = [...shown.value, copy];
  select(
    name,
    copy.boxes.map((_, k) => k),
  );
  return commit(next, `add ${name}`);
}

/** Another format for a readout, where it goes with its boxes. */
export function setFormat(name, format) {
  const one = shown.value.find((each) => each.name === name);
  const why = formatError(format, one.boxes.length);
  trouble(name, why);
  if (!why && format !== one.format)
    commit(
      shown.value.map((each) => (each === one ? { ...one, format } : each)),
      `format of ${name}`,
    );
}

/** What the number in a window looks like; "" for anything. One that is refused is no draft: it stays in its field. */
export async function setConstraint(name, text) {
  const change = (each) => (each.name === name ? { ...each, constraint: text || null } : each);
  try {
    if (text !== (shown.value.find((each) => each.name === name).constraint ?? ""))
      await setLayout(layoutOf(shown.value.map(change)), `constraint of ${name}`);
    trouble(name, "");
  } catch (error) {
    trouble(name, error.message);
  }
}

export async function rename(name, to) {
  const taken = shown.value.some((each) => each.name === to);
  if (to === name) return trouble(name, "");
  if (!to || taken)
    return trouble(
      name,
      taken
        ? `There is a readout “${to}” already: choose another name.`
        : "A readout needs a name: “speed”, for example.",
    );
  trouble(name, "");
  try {
    await renameReadout(name, to);
    if (store.readout.value === name) store.readout.value = to;
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
const layoutIn = (address) => address.match(new RegExp(`#${LINK}([\\w-]+)`))?.[1] ?? null;

/** Take a layout.json, an address or a link's text; one for frames of another size is scaled to these. */
export async function takeLayout(text) {
  trouble("layout", "");
  try {
    await layoutFrom(layoutIn(text) ?? text, frame.value ? size.value : null);
    editor.selected.value = [];
    if (frame.value && !misfit.value) seeAnchor();
    return true;
  } catch (error) {
    trouble("layout", error.message);
    return false;
  }
}

/** Scale the layout to the current frame's size. */
export const scaleLayout = async () => takeLayout(await layoutText());
