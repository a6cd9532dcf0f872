// Classes of pictures: Python has them and decides, here is what it said last.

import { batch, effect, signal } from "@preact/signals";
import { provide } from "../../runtime/boot.js";
import { bytesOf } from "../../runtime/parts.js";
import { call } from "../../session/python.js";
import { BACKBONES } from "../../shared/backbones.js";
import { download } from "../../shared/download.js";
import { notify } from "../../state/store.js";
import { keepAside, saveSoon } from "./kept.js";

/** After the last change the score is asked for, in ms. */
const SCORE_AFTER = 700;

/** What PictureClasses.state gives. @type {import("@preact/signals").Signal<any>} */
export const state = signal({ classes: [], undo: null, redo: null, next: "" });
/** What PictureClasses.look gives for what is seen now; null before anything was. */
export const seen = signal(null);
/** What PictureClasses.score gives; null where it cannot be said. */
export const score = signal(null);
/** The picture file that is looked at in place of the camera, {name, picture}; null for the camera. */
export const tried = signal(null);
/** Pictures being added: {number, of the class, done, total}; null while none are. */
export const adding = signal(null);
/** Whether pictures are recorded: {number, of the class, begun, released}; null while no button is held. */
export const holding = signal(null);
/** Small pictures by the number of their example. */
export const thumbnails = signal(new Map());

/** @param {string} method @param {object} [args] */
const askPython = (method, args = {}) => call(method, args, { namespace: "classes" });

/** Take what Python answers to a change. */
export function take({ seen: found, ...next }) {
  batch(() => {
    state.value = next;
    if (found) seen.value = found;
  });
  saveSoon();
}

export const addClass = async () => take(await askPython("add_class"));
export const undo = async () => take(await askPython("undo"));
export const redo = async () => take(await askPython("redo"));
export const removeClass = async (number) => take(await askPython("remove_class", { number }));
export const removeShot = async (number) => take(await askPython("remove_shot", { number }));
export const rename = async (number, name) => take(await askPython("rename", { number, name }));

/** Show what Python has, and keep the thumbnails and the score up to date. */
export function follow() {
  effect(() => void fetchThumbnails(state.value.classes.flatMap(({ shots }) => shots)).catch(() => {}));
  let timer;
  effect(() => {
    const { classes } = state.value;
    clearTimeout(timer);
    if (holding.value || adding.value) return;
    timer = setTimeout(async () => {
      const found = await askPython("score").catch(() => null);
      if (classes === state.value.classes) score.value = found;
    }, SCORE_AFTER);
  });
  effect(() => {
    if (state.value.classes && tried.value) lookAgain();
  });
}

async function fetchThumbnails(numbers) {
  const missing = numbers.filter((number) => !thumbnails.peek().has(number));
  if (!missing.length) return;
  const found = await askPython("thumbnails", { numbers: missing });
  thumbnails.value = new Map([...thumbnails.peek(), ...found.map((each) => [each.number, each])]);
}

let pillow = null;
/** Pictures are decoded by Python, with a package that no first visit needs. */
const ready = () =>
  (pillow ??= provide(["pillow"]).catch((error) => {
    pillow = null;
    throw error;
  }));

/** Add picture files to a class; those that are none are told. */
export async function addPictures(number, files) {
  const failed = [];
  try {
    await ready();
    for (const [done, file] of files.entries()) {
      adding.value = { number, done, total: files.length };
      try {
        const data = new Uint8Array(await file.arrayBuffer());
        take(await askPython("add_picture", { number, name: file.name, data }));
      } catch (error) {
        failed.push(error.message);
      }
    }
  } finally {
    adding.value = null;
  }
  if (failed.length)
    notify(
      `${failed.length} of ${files.length} ${files.length === 1 ? "picture was" : "pictures were"} not added: ${failed[0]}`,
      "error",
    );
}

let file = null;
/** Look at a picture file in place of the camera. */
export async function tryPicture(chosen) {
  await ready();
  file = chosen;
  await lookAgain();
}

async function lookAgain() {
  const mine = file;
  const data = new Uint8Array(await mine.arrayBuffer());
  const { picture, ...found } = await askPython("look_at", { name: mine.name, data });
  if (mine !== file) return;
  batch(() => {
    if (tried.peek()?.name !== mine.name) tried.value = { name: mine.name, picture };
    seen.value = found;
  });
}

/** Back to the camera. */
export function endTrying() {
  file = tried.value = seen.value = null;
}

export async function exportClassifier() {
  const path = `models/${BACKBONES.imagenet.model}`;
  const [bytes, card] = await Promise.all([bytesOf(`${path}.onnx`), bytesOf(`${path}.json`)]);
  const facts = { model: new Uint8Array(bytes), card: new TextDecoder().decode(card) };
  const made = await askPython("classifier", facts);
  download("classes.onnx", new Blob([made], { type: "application/octet-stream" }));
}

/** All classes and examples as the bytes of a file. */
export const savedBytes = () => askPython("save");
export const exportExamples = async () =>
  download("classes.zip", new Blob([await savedBytes()], { type: "application/zip" }));

export async function openExamples(chosen) {
  await ready();
  const data = new Uint8Array(await chosen.arrayBuffer());
  take(await askPython("open", { data }));
  notify(`${chosen.name} is open. What was here before is one Undo away.`);
}

/** Give a Python that has just started what the browser kept; null where that is nothing. */
export async function restoreBytes(data) {
  pillow = null;
  thumbnails.value = new Map(); // this Python counts from the beginning
  state.value = await askPython("state");
  if (!data) return;
  try {
    await ready();
    state.value = await askPython("restore", { data });
  } catch (error) {
    await keepAside(data);
    const run = () => download("classes-kept.zip", new Blob([data], { type: "application/zip" }));
    notify(`What this browser kept cannot be opened: ${error.message}`, "error", { title: "Download it", run });
  }
}
