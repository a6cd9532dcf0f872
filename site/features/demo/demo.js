// Does what is asked of the demo: learn, then read, and again when the user changes their mind.

import { batch, effect, untracked } from "@preact/signals";
import { unlessAborted } from "../../runtime/bridge.js";
import { decode } from "../../media/image_source.js";
import { around, wholePixels } from "../../media/pixels.js";
import {
  beginModel,
  display,
  frameFile,
  frameNames,
  loadModel,
  precomputedOf,
  provide,
  startPool,
} from "../../runtime/boot.js";
import { bytesOf } from "../../runtime/parts.js";
import { pictureRegions, trusted } from "../../session/frame_pixels.js";
import { call, fail, running, useBackbone, useDisplay } from "../../session/python.js";
import { BACKBONES } from "../../shared/backbones.js";
import { takeRows } from "../../state/columns.js";
import { failure } from "../../state/failures.js";
import { ask, asked } from "../../state/settings.js";
import { edited, editedReadings, isEdited, outcome, runEdited } from "./edited_code.js";
import { beginJob, isOnScreen, jobSeconds, onScreen } from "./job_clock.js";
import { demoStore, scoresShown, layout, readingOf, readoutNames } from "./demo_store.js";

/** Frames under way at once: while one is embedded, Python cuts the next. */
const FRAMES_AHEAD = 4;
/** Frames that are decoded while Python learns, where nothing can be read before that. */
const DECODED_AHEAD = 20;

/** While frames are read, the score appears this often, in ms. */
const SCORE_EVERY = 250;

/** What the demo may call; see readout/workbench/calls.py. */
const DEMO = { namespace: "demo" };

let current = new AbortController();
/** How many sets the head in use has learned; null before it can read. */
let learned = null;
/** When the score was asked for last, in ms. */
let scored = 0;
/** By frame: promises of its regions by readout, whose pixels Python holds; each can be handed to it once. */
const pixels = new Map();
let tellFirst = () => {};
/** Resolves at the first reading: until then nothing that it does not need is begun. @type {Promise<void>} */
const firstReading = new Promise((resolve) => (tellFirst = resolve));
/** Resolves when Python has the embeddings that came with the site, for the backbone in use; null before it is asked. */
let precomputed = null;
/** Resolves when Python has the dataset and `demoStore.dataset` holds it. */
let dataset = null;

/** From now on learn and read what the settings ask for, and again whenever Python or its backbone is another one. */
export function followSettings() {
  frameNames.subscribe(([first]) => first && decode(openFrame(first)).catch(() => {})); // so that its worker is up by then
  let last = null;
  effect(() => {
    const settings = asked.value;
    const code = edited.value;
    const now = running.value;
    current.abort();
    if (!now || failure.value) return;
    if (last === null || (last.backbone === now.backbone && last.shown === now.shown)) beginJob();
    if (now !== last) untracked(() => begin(now, last));
    last = now;
    const { signal } = (current = new AbortController());
    const gaveUp = (error) => signal.aborted || error.name === "AbortError"; // what came too late says nothing
    untracked(() => job(settings, code, signal)).catch((error) => gaveUp(error) || fail(error));
  });
}

/** Nothing has been read yet, by another Python or another backbone, or of another display. */
function begin({ life, knows, shown }, last) {
  learned = knows.length ? 0 : null;
  demoStore.embeddings.value = null;
  precomputed = null;
  if (learned === null || !trusted) tellFirst(); // it cannot come before the pictures
  if (life !== last?.life || shown !== last?.shown) {
    pixels.clear();
    dataset = openDataset();
    dataset.catch(() => {}); // what waits for it says so
  }
  batch(() => {
    if (shown !== last?.shown) {
      demoStore.dataset.value = demoStore.selected.value = demoStore.mistake.value = demoStore.windows.value = null;
      demoStore.thumbnails.value = {};
    }
    editedReadings.value = null;
    demoStore.readings.value = {};
    demoStore.training.value = demoStore.testing.value = demoStore.score.value = demoStore.review.value = null;
  });
}

/** The training pictures and the truths. */
async function openDataset() {
  const { life, shown } = running.value;
  await firstReading;
  const { model } = BACKBONES[running.value.backbone];
  if (!precomputedOf(model)) startPool(model);
  await (trusted ? call("decode", {}, DEMO) : provide(["pillow"]));
  const examples = await call("examples", {}, DEMO);
  if (running.value.life !== life || running.value.shown !== shown) return; // they are of another display by now
  demoStore.dataset.value = examples;
  const { sets } = examples;
  if (asked.value.sets > sets.length) ask({ sets: sets.length });
}

/** The readings so far as the text of a CSV file. */
export const toCsv = async () => editedReadings.value?.csv ?? call("csv", {}, DEMO);

/** The crops of every readout of a frame that has been read, with their probabilities. */
export const inspect = async (frame) =>
  (await call("inspect", { frame }, DEMO)).readouts
    .filter(({ readout, given }) => given && readingOf(frame, readout))
    .map((own) => ({ ...own, ...editedReadings.value?.byFrame.get(`${frame}/${own.readout}`) }));

async function job({ backbone, sets, display: shown }, code, signal) {
  if (shown !== running.value.shown) {
    demoStore.phase.value = "switching";
    return useDisplay(shown, signal); // then there is another job
  }
  if (backbone !== running.value.backbone) {
    demoStore.phase.value = "switching";
    return useBackbone(backbone, signal); // then there is another job
  }
  const fresh = !Object.keys(demoStore.readings.value).length;
  if (learned === 0 && fresh) {
    await readAll([readoutNames.value[0]], signal); // what the prior says, before anything is learned
    await settle(fresh, signal);
  }
  if (learned === null && isOnScreen()) frameNames.value.slice(0, DECODED_AHEAD).forEach(regionsOf);
  await dataset;
  await (precomputed ??= takePrecomputed(backbone));
  signal.throwIfAborted();
  if (sets !== learned && (learned === null || !isEdited.value))
    await learn(learned === null ? Math.max(1, sets) : sets, signal);
  else if (!isEdited.value && editedReadings.value) await showOwn({}, signal);
  await readAll(readoutNames.value, signal);
  if (isEdited.value) {
    demoStore.phase.value = "training";
    demoStore.phase.value = (await runEdited(sets, backbone, code, signal)) ? "done" : "failed";
    return;
  }
  demoStore.testing.value = await call("test", {}, { ...DEMO, signal });
  await settle(fresh, signal);
  demoStore.phase.value = "done";
  if (demoStore.embeddings.value?.state === "precomputed") await embedLive(signal);
}

/** Learn and read with the embeddings that came with the site, where there are any: they are here before the network is. */
async function takePrecomputed(backbone) {
  const file = precomputedOf(BACKBONES[backbone].model);
  if (!file) return;
  await call("take_precomputed", { data: new Uint8Array(await bytesOf(file)) }, DEMO);
  demoStore.embeddings.value = { state: "precomputed" };
}

/** Embed the same crops here, compare, and go on with those. */
async function embedLive(signal) {
  const { embeddings } = demoStore;
  const onProgress = ({ done, total }) => {
    if (embeddings.value?.state !== "live") embeddings.value = { state: "checking", done, total };
  };
  const { model } = BACKBONES[running.value.backbone];
  try {
    beginModel();
    await unlessAborted(loadModel(model), signal);
    startPool(model);
    const found = await call("embed_live", {}, { ...DEMO, signal, onProgress });
    performance.mark("readout:live");
    embeddings.value = { state: "live", ...found };
    await showOwn({}, signal);
    demoStore.testing.value = await call("test", {}, { ...DEMO, signal });
    await settle(false, signal);
  } catch (error) {
    if (embeddings.value?.state === "checking") embeddings.value = { state: "precomputed" }; // the next job goes on with it
    throw error;
  }
}

async function learn(sets, signal) {
  const change = (news) => (demoStore.training.value = { ...demoStore.training.value, ...news });
  demoStore.phase.value = "training";
  change({ sets, losses: [], done: 0, total: 0, result: null });
  const result = await call("learn", { sets }, { ...DEMO, signal, onProgress: change });
  learned = sets;
  performance.mark("readout:trained");
  await showOwn({ result, losses: result.losses }, signal);
}

/** Show what the project's own code has read, with news of the training. */
async function showOwn(news, signal) {
  const [{ readouts }, score] = await Promise.all([
    call("table", {}, { ...DEMO, signal }),
    call("score", {}, { ...DEMO, signal }),
  ]);
  batch(() => {
    demoStore.training.value = { ...demoStore.training.value, ...news };
    demoStore.testing.value = editedReadings.value = outcome.value = null;
    demoStore.readings.value = {};
    takeReadings(readouts);
    takeScore(score);
    demoStore.shown.value = { backbone: running.value.backbone, sets: learned };
  });
}

/** Read what has not been read of these readouts, the first frame before all others. */
async function readAll(readouts, signal) {
  demoStore.phase.value = "reading";
  if (!editedReadings.value) demoStore.shown.value = { backbone: running.value.backbone, sets: learned };
  const tasks = readouts.flatMap((readout) => frameNames.value.map((frame) => ({ frame, readout })));
  const queue = tasks.filter(({ frame, readout }) => !readingOf(frame, readout));
  const readOn = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      await onScreen();
      signal.throwIfAborted();
      await read(task, signal);
    }
  };
  if (queue.length) await read(queue.shift(), signal);
  await Promise.all(Array.from({ length: FRAMES_AHEAD }, readOn));
}

async function read({ frame, readout }, signal) {
  const region = await regionOf(frame, readout);
  signal.throwIfAborted();
  takeReadings(
    (await call("add_frames", { frames: [{ name: frame, regions: [region] }] }, { ...DEMO, signal })).readouts,
  );
  performance.mark("readout:reading");
  tellFirst();
  if (readout === readoutNames.value[0] && demoStore.dataset.value) await showScore(readout, signal);
}

/** The score of what has been read of a readout: now and then, and when that is all. */
async function showScore(readout, signal) {
  const isAll = frameNames.value.every((frame) => readingOf(frame, readout));
  if (!isAll && performance.now() - scored < SCORE_EVERY) return;
  scored = performance.now();
  takeScore(await call("score", {}, { ...DEMO, signal }));
}

function takeReadings(columns) {
  const readings = { ...demoStore.readings.value };
  takeRows(readings, columns, frameNames.value.length);
  demoStore.readings.value = readings;
}

function takeScore(score) {
  demoStore.score.value = score;
  demoStore.jobSeconds.value = jobSeconds();
}

/** The score that these sets have reached, for the table that compares them. */
async function settle(fresh, signal) {
  await dataset;
  const [score, review] = await Promise.all(["score", "review"].map((method) => call(method, {}, { ...DEMO, signal })));
  takeScore(score);
  demoStore.review.value = review;
  const { backbone, shown } = running.value;
  const before = scoresShown.value[backbone] ?? {};
  const seconds = fresh ? demoStore.jobSeconds.value : before[learned]?.seconds;
  const own = { ...scoresShown.value, [backbone]: { ...before, [learned]: { score, review, seconds } } };
  demoStore.scores.value = { ...demoStore.scores.value, [shown]: own };
}

/** How to get the file of a bundled frame, as `decode` takes it. */
export function openFrame(frame) {
  const file = frameFile(frame);
  return async () => new Blob([await bytesOf(file)]);
}

/** The region that Python reads of a frame for a readout. The frame's thumbnail appears as soon as it is there. */
async function regionOf(frame, readout) {
  const regions = await regionsOf(frame);
  const region = regions.get(readout);
  regions.delete(readout);
  if (region) return region;
  pixels.delete(frame); // handed over before, as to another backbone
  return regionOf(frame, readout);
}

/** By readout: a frame's regions, decoded once. */
function regionsOf(frame) {
  if (!pixels.has(frame)) pixels.set(frame, decodeRegions(frame));
  pixels.get(frame).catch(() => {}); // who reads it says so
  return pixels.get(frame);
}

async function decodeRegions(frame) {
  const { shown } = running.value;
  const { readouts, frame_size: size } = layout.value;
  const { boxes } = readouts[0];
  const show = wholePixels(around(boxes, boxes[0][2]), size);
  if (!trusted) await dataset; // what decodes is on its way with it
  const found = await pictureRegions(openFrame(frame), running.value.regions, { show });
  if (shown === display.value) demoStore.thumbnails.value = { ...demoStore.thumbnails.value, [frame]: found.shown };
  return new Map(found.regions.map((region) => [region.readout, region]));
}
