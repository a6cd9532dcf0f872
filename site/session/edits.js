// Edits of the document, sent one after the other. Each returns a promise of the new state; readings follow.
//
// Each is written down before Python is asked: Python may be busy for a while, and the page may end. What was written
// down and is not in the stored document is made again when the project is opened.

import { around } from "../media/pixels.js";
import { LAYOUT_VERSION } from "../shared/constants.js";
import { frame, markStale, openNow, pending, rowOf, store } from "../state/store.js";
import { keepState } from "./document_state.js";
import { handTyped, regionOf } from "./frame_pixels.js";
import { handed } from "./handover.js";
import { editMade, forgetEdit, noteEdit } from "./persistence.js";
import { call, revived } from "./python.js";

/** A pause after edits that come in bursts, as nudges do, before everything is read again. */
const PAUSE = 400;

/** An edit during which Python ends is made again so many times. */
const TRIES = 4;

/** Edits are sent one after the other. */
let edits = /** @type {Promise<unknown>} */ (Promise.resolve());

/** `layout` as in layout.json, or null. Edits with the same `merge` in a row are one step of undo. */
export const setLayout = (layout, name, merge) =>
  sendLayout(note("setLayout", layout, name, merge), layout, name, merge);

const sendLayout = (noted, layout, name, merge) =>
  edit(noted, "set_layout", { layout, name, merge: merge ?? null, at: seconds() }, merge ? PAUSE : 0);

/** When an edit was made: Python may take it much later. */
const seconds = () => performance.now() / 1000;

/** Resolves when no edit is under way. */
export async function allMade() {
  for (let last = null; last !== edits; await last) last = edits;
}

/** How much higher a window gets above and below, as a share of its height, where it is made larger. */
const HIGHER = 0.15;

/** The layout with `change(readout, layout)` for a readout: the layout may have been changed just now. */
async function changeReadout(noted, name, change, title) {
  await allMade();
  const before = store.state.value.layout;
  const readouts = before.readouts.map((each) => (each.name === name ? { ...each, ...change(each, before) } : each));
  return sendLayout(noted, { ...before, version: LAYOUT_VERSION, readouts }, title);
}

/** A window wider by its height at either side, and a little higher, as far as the frame goes: for a number that is cut. */
export const widenWindow = (name) => changeReadout(note("widenWindow", name), name, wider, `widen ${name}`);
/** What a readout's texts mean: {kind, decimal, units}, each null where it is guessed. */
export const setMeaning = (name, meaning) =>
  changeReadout(note("setMeaning", name, meaning), name, () => meaning, `values of ${name}`);
/**
 * In which frames a readout is shown: `only` {readout, text}, those in which another one shows that, or {readout, look},
 * in which it looks so; null for all.
 */
export const setOnly = (name, only) =>
  changeReadout(note("setOnly", name, only), name, () => ({ only }), `limit ${name}`);

function wider({ window: [x, y, w, h] }, { frame_size: [width, height] }) {
  const [left, right] = [Math.max(0, x - h), Math.min(width, x + w + h)];
  const [top, bottom] = [Math.max(0, y - HIGHER * h), Math.min(height, y + h + HIGHER * h)];
  return { window: [left, top, right - left, bottom - top] };
}

/** What a frame shows; null: it is not readable. Rejects with a ReadoutError where the text does not fit the format. */
export const setLabel = (name, readout, text) =>
  edit(note("setLabel", name, readout, text), "set_label", { frame: name, readout, text }, 0, () => handPixels(name));
export const clearLabel = (name, readout) =>
  edit(note("clearLabel", name, readout), "clear_label", { frame: name, readout });
/** Another label for an example; null deletes it. */
export const relabel = (source, label) => edit(note("relabel", source, label), "relabel", { source, label });
/** Another name for a readout, with all that was typed for it. */
export const renameReadout = (old, name) =>
  edit(note("renameReadout", old, name), "rename_readout", { old, new: name });
/** Move the layout to numbers that were found in `windows` of frames of [width, height]. Rejects where that is not sure. */
export const placeAgain = (windows, frameSize) =>
  edit(note("placeAgain", windows, frameSize), "place_again", { windows, frame_size: frameSize });
/** Say that a readout's display is seen in a view that Workbench.inspect gives: "upside down" or the like. */
export const seeAs = (name, view) => edit(note("seeAs", name, view), "see_as", { name, view });
/** The layout in a layout.json or in a link's text, scaled to frames of [width, height]. */
export const layoutFrom = (text, frameSize) =>
  edit(note("layoutFrom", text, frameSize), "import_layout", { text, frame_size: frameSize });
/**
 * What boxes follow, [x, y, width, height] in whole pixels of the layout, or null. It is looked at in the frame that
 * showed it before, else in the current one.
 */
export async function setAnchor(box, merge) {
  const noted = note("setAnchor", box, merge);
  if (!box) return edit(noted, "set_anchor", { region: null });
  const before = store.state.value.anchor?.frame;
  const on = rowOf.value.has(before) ? before : frame.value.name;
  const at = seconds();
  const args = async () => ({ region: await regionOf(on, around([box], 1)), frame: on, box, merge: merge ?? null, at });
  return edit(noted, "set_anchor", args, PAUSE);
}
export const setRules = (rules) => edit(note("setRules", rules), "set_rules", { rules });
export const undo = () => edit(note("undo"), "undo", {});
export const redo = () => edit(note("redo"), "redo", {});

const EDITS = {
  setLayout,
  widenWindow,
  setMeaning,
  setOnly,
  setLabel,
  clearLabel,
  relabel,
  renameReadout,
  placeAgain,
  seeAs,
  layoutFrom,
  setAnchor,
  setRules,
  undo,
  redo,
};

/** The number of an edit that is made again. */
let again = null;

/** Write an edit down. Returns its number. */
const note = (name, ...given) => again ?? noteEdit({ edit: name, given });

/** Make edits again that are written down and not in the document: [{number, edit, given}]. Resolves with how many could be. */
export async function makeAgain(noted) {
  const making = noted.map(({ number, edit: name, given }) => {
    again = number;
    const done = Object.hasOwn(EDITS, name) ? EDITS[name](...given) : Promise.reject(new Error(name));
    again = null;
    return done;
  });
  return (await Promise.allSettled(making)).filter(({ status }) => status === "fulfilled").length;
}

/** Resolves when all edits have been sent, and everything that they call for has been learned and read. */
export async function settled() {
  await allMade();
  if (pending.value)
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const stop = pending.subscribe((still) => still || setTimeout(() => (stop(), resolve())));
      })
    );
}

/**
 * `args` may be a function that gives them: pixels can be handed to one Python only, and another may have to do it.
 * Once another project is open it is for that one to be edited: what was written down is made when its own is opened again.
 */
function edit(noted, method, args, pause = 0, before = null) {
  performance.mark("readout:edit");
  const isOpen = openNow();
  const send = async () => call(method, typeof args === "function" ? await args() : args);
  const done = edits.then(async () => {
    let state = null;
    for (let left = TRIES; !state; left--) {
      await revived; // another Python would lose it with the document that it is given
      await handed();
      if (!isOpen()) return store.state.value;
      try {
        await before?.();
        if (isOpen()) state = await send();
      } catch (error) {
        if (error.worker !== "Python" || !left) throw error;
      }
    }
    if (!isOpen()) return store.state.value;
    editMade(noted);
    keepState(state);
    markStale(pause);
    return store.state.value;
  });
  edits = done.catch(() => isOpen() && forgetEdit(noted));
  return done;
}

/** See that Python has a clip's frame that is typed, and that its pixels are kept. */
async function handPixels(name) {
  if (!store.frames.value[rowOf.value.get(name)]?.clip) return;
  const { clip_regions: regions } = await call("missing");
  await handTyped([name], regions);
}
