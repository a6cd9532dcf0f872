// The lesson's edited code, run by a Python of its own, which can be ended at any moment.

import { batch, computed, signal } from "@preact/signals";
import { anotherPython, frameNames, loadModel } from "../../runtime/boot.js";
import { unlessAborted } from "../../runtime/bridge.js";
import { call } from "../../session/python.js";
import { BACKBONES } from "../../shared/backbones.js";
import { demoStore } from "./demo_store.js";

/** The texts in the editors, by source, as far as they differ from the project's. */
export const drafts = signal({});
/** What runs in place of the project's code, by source; empty where nothing does. A new object runs again. */
export const edited = signal({});
/** {state: "starting" | "running" | "done" | "failed" | "stopped", error, printed, seconds}; null before the first run. */
export const outcome = signal(null);
/** {byFrame, csv}: by frame and readout what the edited code read there, with probabilities; null where the project's code reads. */
export const editedReadings = signal(null);
export const isEdited = computed(() => Object.keys(edited.value).length > 0);
export const isRunning = computed(() => ["starting", "running"].includes(outcome.value?.state));

/** How long a run that is no longer wanted may take to end by itself, in ms. */
const GRACE_MS = 500;

/** The promise of the lesson's Python; null where there is none. */
let host = null;
/** The promise of the run under way. */
let last = Promise.resolve(null);

/** Run what the editors hold. */
export const runDrafts = () => (edited.value = { ...drafts.value });

/** Have an editor hold a text; `original` is the project's. */
export function setDraft(source, text, original) {
  const next = { ...drafts.value, [source]: text };
  if (text === original) delete next[source];
  drafts.value = next;
}

/** Back to the project's own code; the editors keep theirs. */
export const resetAll = () => (edited.value = {});

/** End the run under way, and the Python that it runs in: the next run starts another. */
export function stop() {
  if (!isRunning.value) return;
  endPython();
  outcome.value = { state: "stopped" };
}

function endPython() {
  const ended = host;
  host = null;
  ended?.then((python) => python.end()).catch(() => {});
}

/**
 * Learn `sets` sets and read all frames with edited code. Returns whether it came to its end; `outcome` says more.
 * @param {number} sets @param {string} backbone @param {Record<string, string>} code @param {AbortSignal} wanted
 */
export async function runEdited(sets, backbone, code, wanted) {
  const late = new Promise((resolve) => setTimeout(resolve, GRACE_MS, "late"));
  if ((await Promise.race([last, late])) === "late") endPython();
  wanted.throwIfAborted();
  const begun = performance.now();
  outcome.value = { state: host ? "running" : "starting" };
  const starting = (host ??= anotherPython());
  try {
    const [data, { card, prior }, python] = await Promise.all([
      call("lesson", { sets }, { namespace: "demo", signal: wanted }),
      loadModel(BACKBONES[backbone].model),
      starting,
    ]);
    wanted.throwIfAborted();
    if (host !== starting) return false; // stopped while it started
    outcome.value = { state: "running" };
    const running = python.call("run_lesson", { data, card, prior, code });
    last = running.catch(() => null);
    const found = await unlessAborted(running, wanted);
    if (found.error) outcome.value = { state: "failed", ...found };
    else take(found, sets, backbone, (performance.now() - begun) / 1000);
    return !found.error;
  } catch (error) {
    wanted.throwIfAborted();
    if (host === starting) host = null; // it has died, or never started
    if (outcome.value.state !== "stopped") outcome.value = { state: "failed", error: { words: wordsOf(error) } };
    return false;
  }
}

const wordsOf = ({ name, message }) =>
  name === "WorkerError" ? "Python has stopped, most often because memory ran out: make the arrays smaller." : message;

/** Show what the edited code has read, in place of what the project's did. */
function take({ readings, score, review, testing, examples, losses, csv, printed }, sets, backbone, seconds) {
  const rows = new Map(frameNames.value.map((name, row) => [name, row]));
  const columns = {};
  const byFrame = new Map();
  for (const { frame, readout, ...read } of readings) {
    const column = (columns[readout] ??= { texts: [], confidence: [], given: new Uint8Array(rows.size) });
    const row = rows.get(frame);
    [column.texts[row], column.confidence[row], column.given[row]] = [read.text, read.confidence, 1];
    byFrame.set(`${frame}/${readout}`, read);
  }
  batch(() => {
    demoStore.readings.value = columns;
    demoStore.score.value = score;
    demoStore.review.value = review;
    demoStore.testing.value = testing;
    demoStore.training.value = { sets, losses, done: 0, total: 0, result: { sets, examples, fit_s: null } };
    demoStore.shown.value = { backbone, sets };
    demoStore.jobSeconds.value = seconds;
    editedReadings.value = { byFrame, csv };
    outcome.value = { state: "done", printed, seconds };
  });
}
