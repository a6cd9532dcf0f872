// Digits found in a drawn box by what the number shows, kept, and taught from.

import { batch } from "@preact/signals";
import { formatOf, holes, spread } from "../../media/readout_format.js";
import { allMade, setLabel, undo, clearLabel } from "../../session/edits.js";
import { fitWindow } from "../../session/number_search.js";
import { findBoxes } from "../../session/queries.js";
import { store, frame, readouts, rowOf, notify, openNow } from "../../state/store.js";
import { bounds, inside } from "./boxes.js";
import { chosen, draw, select, editor, shown, size, trouble, view, zoomTo } from "./editor_state.js";
import { commit } from "./edits.js";
import { own } from "../../shared/own.js";

/** Boxes that are narrower on the stage than this, in CSS pixels, are zoomed to when they are found. */
const LEGIBLE = 14;
/** A refinement that moves no edge further than this, in frame pixels, is none. */
const MOVED = 0.01;
/** One that is less sure than this, or moves an edge by more than half a box, is a mistake. */
const LIKELY = 0.5;

/** Find the digits of `text` in what was drawn. */
export async function find(text, name) {
  const drawn = editor.drawn.value;
  const { name: on } = frame.value;
  trouble("drawn", "");
  editor.busy.value = true;
  try {
    const found = await findBoxes([{ name: on, drawn, text }]);
    if (editor.drawn.value === drawn) show({ ...found, frame: on, text, name });
  } catch (error) {
    if (editor.drawn.value === drawn) trouble("drawn", error.message);
  } finally {
    if (editor.drawn.value === drawn) editor.busy.value = false;
  }
}

/** Share out what was drawn among the digits of `text`, to be moved by hand. */
export function shareOut(text, name) {
  const format = formatOf(text);
  if (!holes(format)) return trouble("drawn", "Type what the number shows first: every digit gets a box.");
  show({ frame: frame.value.name, text, name, format, boxes: spread(editor.drawn.value, format), confidence: null });
}

function show(found) {
  batch(() => {
    editor.found.value = found;
    const narrow = Math.min(...found.boxes.map(([, , w]) => w)) * view.value.scale < LEGIBLE;
    if (narrow) zoomTo(bounds(found.boxes));
  });
}

/** Keep what was found as a readout, and learn from what was typed. */
export async function keep() {
  const { frame: on, name, text, format, boxes } = editor.found.value;
  const drawn = editor.drawn.value;
  await place({ name, format, boxes }, on, text, () => {
    editor.drawings.value = { ...editor.drawings.value, [name]: { frame: on, drawn } };
    editor.refined.value = editor.refined.value.filter((each) => each !== name);
  });
}

/** The box as it was drawn, and the window that it became. */
let [asDrawn, fitted] = [null, null];

/** What is being made of a drawn box, {drawn, window: a promise}. */
let fitting = { drawn: null, window: null };

/** Make what was drawn a window that is closer around its number where that is read better so. */
export async function fitDrawn() {
  const drawn = editor.drawn.value;
  if (!drawn || editor.kind.value !== "window") return;
  fitting = { drawn, window: fitWindow(drawn).catch(() => drawn) }; // reading it says what is wrong
  const window = await fitting.window;
  if (editor.drawn.value !== drawn || editor.kind.value !== "window") return;
  [asDrawn, fitted] = [drawn, window];
  editor.drawn.value = window;
}

/** Take what was drawn for a "window", or for what "boxes" fill: these as it was drawn. */
export function takeFor(kind) {
  editor.kind.value = kind;
  if (kind === "window") fitDrawn();
  else if (editor.drawn.value === fitted) editor.drawn.value = asDrawn;
}

/** Keep what was drawn as a window, whatever number it shows. text: what it shows where that was not read; else "". */
export async function keepWindow(text, name) {
  const box = editor.drawn.value;
  const one = { name, format: "", window: box, boxes: [box], turn: 0, mirror: false, constraint: null };
  await place(one, frame.value.name, text);
  if (fitting.drawn === box) closeKept(name, fitting.window);
}

/** A window that was kept before it was fitted becomes as it would have been, unless it was changed meanwhile. */
async function closeKept(name, fit) {
  const now = () => {
    const { window, turn, mirror } = readouts.value.find((each) => each.name === name) ?? {};
    return `${[window, turn, mirror]}`;
  };
  const [kept, isOpen, window] = [now(), openNow(), await fit];
  await allMade();
  const isKept = isOpen() && !editor.draft.value && now() === kept;
  if (!isKept || kept.startsWith(`${window},`)) return;
  const closed = (each) => (each.name === name ? { ...each, window, boxes: [window] } : each);
  await commit(shown.value.map(closed), `close ${name} around its number`);
}

/** Have a readout in the layout, in the place of the one of its name, and `text` as what it shows in frame `on`. */
async function place(one, on, text, note = () => {}) {
  const { name } = one;
  const known = shown.value.some((each) => each.name === name);
  const next = known ? shown.value.map((each) => (each.name === name ? one : each)) : [...shown.value, one];
  const done = commit(next, `place ${name}`);
  batch(() => {
    select(name, []);
    note();
    draw(null);
  });
  if ((await done) && text) await setLabel(on, name, text).catch((error) => trouble("shows", error.message));
}

// What frames show

/** What the current frame's chosen readout shows; null: not readable. A second value refines fixed boxes, once. */
export async function teach(text) {
  const [{ name: on }, { name }] = [frame.value, chosen.value];
  trouble("shows", "");
  try {
    await setLabel(on, name, text);
    if (text !== null) await refine(name);
    return true;
  } catch (error) {
    trouble("shows", error.message);
    return false;
  }
}

export const forget = () =>
  clearLabel(frame.value.name, chosen.value.name).catch((error) => trouble("shows", error.message));

async function refine(name) {
  const { boxes, format, window } = readouts.value.find((each) => each.name === name);
  if (window) return;
  const typed = store.state.value.typed.filter(
    (each) => each.readout === name && each.text && rowOf.value.has(each.frame),
  );
  if (typed.length !== 2 || editor.refined.value.includes(name)) return;
  editor.refined.value = [...editor.refined.value, name];
  const [x, y, w, h] = bounds(boxes);
  const margin = Math.min(...boxes.map((box) => Math.min(box[2], box[3]))) / 2;
  const drawing = own(editor.drawings.value, name);
  const drawn = drawing?.drawn ?? inside([x - margin, y - margin, w + 2 * margin, h + 2 * margin], size.value);
  const found = await findBoxes(
    typed.map((each) => ({ name: each.frame, drawn, text: each.text })),
    boxes,
  );
  const by = Math.max(
    ...found.boxes.map((box, k) =>
      Math.max(...box.map((edge, side) => Math.abs(edge - (boxes[k]?.[side] ?? Infinity)))),
    ),
  );
  const now = readouts.value.find((each) => each.name === name);
  const unlikely = found.confidence < LIKELY || by > Math.min(...boxes.map((box) => box[2])) / 2;
  if (by <= MOVED || unlikely || found.format !== format || JSON.stringify(now?.boxes) !== JSON.stringify(boxes))
    return;
  await commit(
    readouts.value.map((each) => (each.name === name ? { ...each, boxes: found.boxes } : each)),
    `refine ${name}`,
  );
  notify(`Two values know better than one: “${name}” moved by up to ${by.toFixed(1)} pixels.`, "info", {
    title: "Undo",
    run: undo,
  });
}
