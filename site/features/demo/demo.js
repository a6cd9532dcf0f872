// Does what the store asks for: train, then read, and again when the user changes their mind.

import { batch, effect, untracked } from "@preact/signals";
import { decodeRegion, pixelsAreTrue, regionAround } from "../../media/pixels.js";
import { bytesOf, load, loadModel, provide, restart, root, startPool } from "../../runtime/boot.js";
import { revive as reviveProject } from "../../session/handover.js";
import { attach, interrupt } from "../../session/python.js";
import { BACKBONES } from "../../shared/backbones.js";
import { explain } from "../../state/failures.js";
import { markStale, notify, store } from "../../state/store.js";
import { ask, keepReadings, readingOf, readoutNames, demoStore } from "./demo_store.js";

/** Frames under way at once: while one is embedded, Python decodes and cuts the next. */
const FRAMES_AHEAD = 4;

/** What browsers report though nothing is lost: sizes that change once more within a frame are seen in the next one. */
const HARMLESS = /^ResizeObserver loop/;

/** Python is started again this often, within so many ms. */
const REVIVALS = 3;
const REVIVE_WITHIN = 120_000;

let python = null;
let current = null;
const deaths = [];
let reviving = false;
/** The backbone in use, and how many sets its head has learned; null before it can read. */
let using = null;
let learned = null;
let scoring = false;
/** Milliseconds of the job for which the demo was not on screen. */
let away = 0;
/** Resolves when the demo is on screen again; null while it is. */
let waiting = null;
/** Frames whose pixels Python has been sent. */
const given = new Set();
/** Whether the browser hands back pixels as they are; where not, Python decodes the pictures. */
const trusted = pixelsAreTrue();
/** Resolves at the first reading: until then nothing that it does not need is begun. */
let tellFirst = () => {};
const firstReading = new Promise((resolve) => (tellFirst = resolve));
/** Resolves when the dataset is open and `demoStore.dataset` holds it. */
let opened = null;

/** Load everything, then follow `demoStore.asked` for as long as the page lives. */
export async function run() {
  addEventListener("error", ({ error, message }) => HARMLESS.test(message) || fail(error ?? new Error(message)));
  addEventListener("unhandledrejection", ({ reason }) => fail(reason));
  try {
    if (typeof WebAssembly === "undefined") throw Object.assign(new Error("no WebAssembly"), { name: "NoWebAssembly" });
    const loaded = await load(fail, BACKBONES[demoStore.asked.value.backbone].model, revive);
    python = loaded.python;
    begin(demoStore.asked.value.backbone, loaded);
    demoStore.layout.value = loaded.layout;
    attach(python);
    demoStore.loadedIn.value = performance.mark("readout:loaded").startTime / 1000;
    opened = openDataset();
    opened.catch(() => {}); // whoever waits for it will say so
    follow();
  } catch (error) {
    fail(error);
  }
}

/** Start Python again after it died, and go on where it was. */
async function revive(error) {
  reviving = true; // what was asked of the dead one fails, and is asked again
  interrupt();
  deaths.push(performance.now());
  if (deaths.filter((time) => time > performance.now() - REVIVE_WITHIN).length > REVIVALS)
    return ((reviving = false), fail(error));
  notify("Python has stopped, most often because memory ran out. It is starting again; nothing you made is lost.");
  current?.abort();
  try {
    const loaded = await restart(BACKBONES[using].model);
    python = loaded.python;
    given.clear();
    begin(using, loaded);
    opened = openDataset();
    opened.catch(() => {});
    reviving = false;
    batch(() => {
      demoStore.readings.value = {};
      demoStore.training.value = demoStore.testing.value = demoStore.score.value = demoStore.review.value = null;
      demoStore.asked.value = { ...demoStore.asked.value };
    });
    await reviveProject(python);
  } catch (problem) {
    reviving = false;
    fail(problem);
  }
}

/** The training pictures and the truths. */
async function openDataset() {
  await firstReading;
  startPool(BACKBONES[using].model);
  if (!trusted) await provide(["pillow"]);
  demoStore.dataset.value = await python.call("lessons", { decodes: trusted });
  const { sets } = demoStore.dataset.value;
  if (demoStore.asked.value.sets > sets.length) ask({ sets: sets.length });
}

function begin(backbone, { knows }) {
  store.backbone.value = using = backbone;
  learned = knows.length ? 0 : null;
  if (learned === null || !trusted) tellFirst(); // it cannot come before the pictures
}

/** The readings so far as the text of a CSV file. */
export const toCsv = () => python.call("to_csv");

/** The crops of every readout of a frame that has been read, with their probabilities. */
export const inspect = (frame) => {
  const read = readoutNames.value.filter((readout) => readingOf(frame, readout));
  return Promise.all(read.map((readout) => python.call("inspect", { frame, readout })));
};

/** Where a frame's picture lies. */
export const frameUrl = (frame) => new URL(`data/frames/${frame}`, root).href;

function follow() {
  effect(() => {
    const asked = demoStore.asked.value;
    current?.abort();
    current = new AbortController();
    const { signal } = current;
    untracked(() => job(asked, signal)).catch((error) => error.name === "AbortError" || fail(error));
  });
}

async function job({ backbone, sets }, signal) {
  const start = performance.now();
  away = 0;
  if (backbone !== using) await change(backbone, signal);
  const fresh = !Object.keys(demoStore.readings.value).length;
  if (learned === 0 && fresh) {
    await readAll([readoutNames.value[0]], start, signal); // what the prior says, before anything is learned
    await settle(start, fresh, signal);
  }
  await opened;
  signal.throwIfAborted();
  if (sets !== learned) await train(learned === null ? Math.max(1, sets) : sets, start, signal);
  await readAll(readoutNames.value, start, signal);
  await test(signal);
  await settle(start, fresh, signal);
  demoStore.phase.value = "done";
}

/** Go on with another backbone: fetch it if this is the first time, and forget what the last one read. */
async function change(backbone, signal) {
  demoStore.phase.value = "switching";
  const model = await loadModel(BACKBONES[backbone].model);
  signal.throwIfAborted();
  startPool(BACKBONES[backbone].model);
  begin(backbone, await python.call("use", model));
  markStale();
  batch(() => {
    demoStore.readings.value = {};
    demoStore.training.value = demoStore.testing.value = demoStore.score.value = demoStore.review.value = null;
  });
}

/** Read what has not been read of these readouts, the first frame before all others. */
async function readAll(readouts, start, signal) {
  demoStore.phase.value = "reading";
  demoStore.shown.value = { backbone: using, sets: learned };
  const tasks = readouts.flatMap((readout) => demoStore.frames.value.map((frame) => ({ frame, readout })));
  const queue = tasks.filter(({ frame, readout }) => !readingOf(frame, readout));
  const readOn = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      await lookedAt();
      signal.throwIfAborted();
      await read(task, start, signal);
    }
  };
  if (queue.length) await read(queue.shift(), start, signal);
  await Promise.all(Array.from({ length: FRAMES_AHEAD }, readOn));
}

/** Resolves while the demo is on screen: in the other views it takes no time from the user's own work. */
const lookedAt = () => (store.view.value === "demo" ? null : (waiting ??= comeBack().finally(() => (waiting = null))));

async function comeBack() {
  const left = performance.now();
  await new Promise((resolve) => {
    const stop = store.view.subscribe((view) => view === "demo" && queueMicrotask(() => (stop(), resolve())));
  });
  away += performance.now() - left;
}

/** The score that these sets have reached, for the table that compares them. */
async function settle(start, fresh, signal) {
  await opened;
  const [score, review] = await Promise.all([
    python.call("score", {}, { signal }),
    python.call("review", {}, { signal }),
  ]);
  keepScore(score, start);
  demoStore.review.value = review;
  const before = demoStore.history.value[using] ?? {};
  const seconds = fresh ? demoStore.jobSeconds.value : before[learned]?.seconds;
  demoStore.history.value = {
    ...demoStore.history.value,
    [using]: { ...before, [learned]: { score, review, seconds } },
  };
}

async function train(sets, start, signal) {
  demoStore.phase.value = "training";
  demoStore.training.value = { sets, losses: [], done: 0, total: 0, result: null };
  const change = (news) => (demoStore.training.value = { ...demoStore.training.value, ...news });
  const onProgress = ({ loss, done, total }) =>
    loss === undefined ? change({ done, total }) : change({ losses: [...demoStore.training.value.losses, loss] });
  const result = await python.call("train", { sets }, { signal, onProgress });
  learned = sets;
  performance.mark("readout:trained");
  const [readings, score] = await Promise.all([
    python.call("readings", {}, { signal }),
    python.call("score", {}, { signal }),
  ]);
  batch(() => {
    change({ result });
    demoStore.testing.value = null;
    keepReadings(readings);
    keepScore(score, start);
    demoStore.shown.value = { backbone: using, sets };
  });
}

async function test(signal) {
  demoStore.testing.value = await python.call("test", {}, { signal });
}

async function read({ frame, readout }, start, signal) {
  const pixels = given.has(frame) ? {} : await pixelsOf(frame);
  signal.throwIfAborted();
  const call = python.call(pixels.region ? "read_region" : "read", { frame, readout, ...pixels }, { signal });
  given.add(frame); // sent, even if nobody waits for the answer any more
  keepReadings([await call]);
  performance.mark("readout:reading");
  tellFirst();
  if (readout !== readoutNames.value[0] || !demoStore.dataset.value || scoring) return;
  scoring = true; // a score of this moment is under way: the next reading asks for another
  try {
    keepScore(await python.call("score", {}, { signal }), start);
  } finally {
    scoring = false;
  }
}

function keepScore(score, start) {
  demoStore.score.value = score;
  demoStore.jobSeconds.value = (performance.now() - start - away) / 1000;
}

/** What Python needs of a frame: the region with all boxes, or its bytes. Its thumbnail appears as soon as they are there. */
async function pixelsOf(frame) {
  const bytes = await bytesOf(`data/frames/${frame}`);
  const { readouts, frame_size } = demoStore.layout.value;
  const shown = regionOf(readouts[0], frame_size);
  const { region, rgba, ...size } = await decodeRegion(
    bytes,
    regionAround([...readouts.flatMap(({ boxes }) => boxes), Object.values(shown)]),
  );
  const decoded = new ImageData(rgba, region.width, region.height);
  const thumbnail = await createImageBitmap(decoded, shown.x - region.x, shown.y - region.y, shown.width, shown.height);
  demoStore.thumbnails.value = { ...demoStore.thumbnails.value, [frame]: thumbnail };
  if (!trusted) return opened.then(() => ({ data: bytes }));
  return { region: { ...region, rgba, frame_width: size.width, frame_height: size.height } };
}

/** The rectangle around a readout's boxes, with a margin of one box's width where the frame has it. */
function regionOf({ boxes }, frameSize) {
  const margin = boxes[0][2];
  const [x, y] = [0, 1].map((axis) => Math.max(0, Math.floor(Math.min(...boxes.map((box) => box[axis])) - margin)));
  const [right, bottom] = [0, 1].map((axis) =>
    Math.min(frameSize[axis], Math.ceil(Math.max(...boxes.map((box) => box[axis] + box[axis + 2])) + margin)),
  );
  return { x, y, width: right - x, height: bottom - y };
}

function fail(error) {
  if (demoStore.failure.value || error?.name === "AbortError" || (reviving && error?.name === "WorkerError")) return;
  current?.abort();
  demoStore.phase.value = "failed";
  demoStore.failure.value = explain(error);
}
