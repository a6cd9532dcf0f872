// The way to Python: it is started, and again where it has died; calls go to it, with the backbone that is in use.

import { batch, signal } from "@preact/signals";
import { display, load, loadModel, openDisplay, restart, startPool } from "../runtime/boot.js";
import { linkDecoders } from "../runtime/worker_host.js";
import { BACKBONES, LINES } from "../shared/backbones.js";
import { FIRST_DISPLAY } from "../shared/displays.js";
import { explain } from "../shared/explain.js";
import { failure } from "../state/failures.js";
import { markStale, notify, store } from "../state/store.js";

/** What browsers report though nothing is lost: sizes that change once more within a frame are seen in the next one. */
const HARMLESS = /^ResizeObserver loop/;

/** Python is started again this often, within so many ms. */
const REVIVALS = 3;
const REVIVE_WITHIN = 120_000;

/**
 * What Python works with: {life, how often it has died, backbone, a key of BACKBONES, shown, one of DISPLAYS, and what
 * Demo.describe gives}; null before it does. A new object whenever it has no reading any more.
 */
export const running = signal(null);

let python = null;
/** @type {(value?: any) => void} */
let tellReady = () => {};
/** Resolves when Python can be called. */
export const ready = new Promise((resolve) => (tellReady = resolve));

/** Resolves once another Python has all that the last one had; edits wait for it. */
export let revived = Promise.resolve();
/** Resolves `revived`; null where it is. */
let tellRevived = null;
const deaths = [];
let reviving = false;

/** Regions of a picture's bytes, by a reference, decoded by Python and still there: see pixel_port.js. */
export async function decodeInPython(args, options) {
  await ready;
  return python.call("decode", args, options);
}

/**
 * Call a public method of the workbench, once Python is there, or of another namespace in readout/workbench/calls.py.
 * @param {string} method @param {object} args @param {{namespace?: string} & CallOptions} options
 * @returns {Promise<any>}
 */
export async function call(method, args = {}, { namespace = "workbench", ...options } = {}) {
  await ready;
  return python.call(`${namespace}/${method}`, args, options);
}

/** Start Python with a backbone, and a display for the demo. `handOverAgain` gives another Python the open project, where one has died. */
export async function startPython(backbone, handOverAgain, shown = FIRST_DISPLAY) {
  addEventListener("error", ({ error, message }) => HARMLESS.test(message) || fail(error ?? new Error(message)));
  addEventListener("unhandledrejection", ({ reason }) => fail(reason));
  try {
    if (typeof WebAssembly === "undefined") throw Object.assign(new Error("no WebAssembly"), { name: "NoWebAssembly" });
    attach(
      backbone,
      await load(fail, { model: BACKBONES[backbone].model, shown }, (error) => revive(error, handOverAgain)),
    );
    tellReady();
  } catch (error) {
    fail(error);
  }
}

/** Start Python again after it died, and go on where it was. */
async function revive(error, handOverAgain) {
  reviving = true; // what was asked of the dead one fails, and is asked again
  if (!tellRevived) revived = new Promise((resolve) => (tellRevived = resolve));
  const life = deaths.push(performance.now());
  if (deaths.filter((time) => time > performance.now() - REVIVE_WITHIN).length > REVIVALS)
    return ((reviving = false), fail(error));
  notify("Python has stopped, most often because memory ran out. It is starting again; nothing you made is lost.");
  try {
    const { backbone } = store;
    attach(backbone.value, await restart(BACKBONES[backbone.value].model));
    if (lines) await giveLines();
    reviving = false;
    await handOverAgain();
    if (life < deaths.length) return;
    tellRevived();
    tellRevived = null;
  } catch (problem) {
    if (life < deaths.length) return; // it died once more: the next one is started already
    if (problem.worker === "Python") return revive(problem, handOverAgain); // it died while it started
    reviving = false;
    fail(problem);
  }
}

/**
 * Go on with another backbone: fetch it if this is the first time, and forget what the last one read.
 * @param {string} backbone @param {AbortSignal} stop
 */
export async function useBackbone(backbone, stop) {
  const { model } = BACKBONES[backbone];
  const loaded = await loadModel(model);
  stop.throwIfAborted();
  startPool(model);
  attach(backbone, { python, ...(await python.call("use", loaded)) });
  markStale();
}

/**
 * Go on with another display in the demo: fetch its dataset, and forget what was read of the last one.
 * @param {string} name @param {AbortSignal} stop
 */
export async function useDisplay(name, stop) {
  const about = await openDisplay(name, stop);
  batch(() => {
    display.value = name;
    attach(store.backbone.value, { python, ...about });
  });
}

/** The promise of a Python that can read windows; null before anything asked for it. */
let lines = null;

/** Have windows read: the line backbone is fetched when it is first wanted, since no first visit needs it. */
export function useLines() {
  lines ??= giveLines().catch((error) => {
    lines = null;
    throw error;
  });
  return lines;
}

/** The same where there is anything to read: windows need it, fixed boxes are checked by it, and read without where it does not come. */
export const useLinesFor = async (readouts) => {
  if (readouts.some(({ window }) => window)) await useLines();
  else if (readouts.length) await useLines().catch(() => {});
};

async function giveLines() {
  const loaded = await loadModel(LINES.model);
  await ready;
  await python.call("use_lines", loaded);
}

function attach(backbone, { python: bridge, ...about }) {
  if (bridge !== python) linkDecoders(bridge);
  python = bridge;
  batch(() => {
    store.backbone.value = backbone;
    running.value = { life: deaths.length, backbone, shown: display.value, ...about };
  });
}

/** Give up, and say why; what asks for nothing, or is asked again by itself, is passed over. */
export function fail(error) {
  if (failure.value || error?.name === "AbortError" || (reviving && error?.name === "WorkerError")) return;
  failure.value = explain(error);
}
