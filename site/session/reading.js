// Learns, and reads whatever is not read.

import { batch } from "@preact/signals";
import { BATCH } from "../media/image_source.js";
import { store, readouts, notify } from "../state/store.js";
import { edited } from "./edits.js";
import { handTyped, regionsOf } from "./frame_pixels.js";
import { persistence } from "./persistence.js";
import { call } from "./python.js";
import { clipWork, readClips } from "./video_reading.js";

/** Batches of frames under way at once: while one is embedded, the next is decoded. */
const AHEAD = 3;
/** Readings under way appear this often, in ms. */
const SHOW_EVERY = 250;

let running = null;
let timer = 0;

/** Learn and read whatever has changed, after `pause` ms without another call. */
export function refresh(pause = 0) {
  stopTimer();
  store.pending.value = true;
  timer = startTimer(() => {
    running?.abort();
    const mine = (running = new AbortController());
    timer = 0;
    run(mine.signal)
      .catch((error) => ["AbortError", "WorkerError"].includes(error.name) || notify(error.message, "error"))
      .finally(() => running === mine && (store.pending.value = timer !== 0)); // a stale one may end last
  }, pause);
}

/** Run `task` after `pause` ms; without one as the next task, which no hidden tab puts off as it does timers. */
function startTimer(task, pause) {
  if (pause) return setTimeout(task, pause);
  const { port1, port2 } = new MessageChannel();
  const stop = () => (port1.onmessage = null);
  port1.onmessage = task;
  port2.postMessage(null);
  return stop;
}

function stopTimer() {
  if (typeof timer === "function") timer();
  else clearTimeout(timer);
}

/** Resolves when all edits have been sent, and everything that they call for has been learned and read. */
export async function settled() {
  await edited();
  if (store.pending.value)
    await new Promise((resolve) => {
      const stop = store.pending.subscribe((pending) => pending || setTimeout(() => (stop(), resolve())));
    });
}

/** Stop reading; what was read stays, and `refresh` goes on. */
export function cancel() {
  stopTimer();
  timer = 0;
  running?.abort();
  store.pending.value = false;
  store.work.value = null;
  notify("Stopped. What was read is kept.", "info", { title: "Go on", run: () => refresh() });
}

async function run(signal) {
  try {
    const asked = performance.now();
    keepTable(await call("refresh", {}, { signal }));
    performance.measure("readout:refresh", { start: asked });
    if (performance.getEntriesByName("readout:edit").length) performance.measure("readout:edited", "readout:edit");
    if (await readAll(signal)) {
      keepTable(await call("refresh", {}, { signal }));
      performance.mark("readout:all");
    }
  } finally {
    if (!signal.aborted) store.work.value = null;
  }
}

/** Give Python the frames that it lacks: pictures, then clips. Returns how many there were. */
async function readAll(signal) {
  const { frames, regions, rows, clip_regions: clipRegions, typed } = await call("plan", {}, { signal });
  const [queue, clips] = [[...frames], clipWork(rows)];
  const total = clips.reduce((sum, { times }) => sum + times.length, queue.length);
  const lost = [];
  const onRead = teller(total);
  await handTyped(typed, clipRegions, signal);
  const readOn = async () => {
    while (queue.length) {
      const names = queue.splice(0, BATCH);
      const given = await Promise.all(
        names.map((name) =>
          regionsOf(name, regions, signal).catch((error) => {
            if (error.name === "AbortError") throw error;
            lost.push({ name, why: error.message, next: "Drop the frame again." });
          }),
        ),
      );
      const some = given.filter(Boolean);
      const buffers = some.flatMap((each) => each.regions.map(({ rgba }) => rgba.buffer));
      persistence.regions(some);
      onRead((await call("give", { frames: some }, { signal, transfer: buffers })).readouts, names.length);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, readOn));
  if (clips.length) {
    const begun = performance.now();
    await readClips(clips, clipRegions, { call, signal, onRead }).finally(() =>
      performance.measure("readout:clips", { start: begun }),
    );
  }
  if (lost.length) store.problems.value = [...store.problems.value, ...lost];
  return total + typed.length;
}

/** A function that takes what was read, of how many frames, and how many seconds of a clip they cover, and shows it now and then. */
function teller(total) {
  const start = performance.now();
  let [shown, done, covered] = [start, 0, 0];
  return (read, count, seconds = 0) => {
    patch(read);
    done += count;
    covered += seconds;
    const now = performance.now();
    if (now - shown < SHOW_EVERY && done < total) return;
    shown = now;
    const spent = (now - start) / 1000;
    batch(() => {
      store.work.value = {
        what: "reading",
        done,
        total,
        rate: done / spent,
        left: ((total - done) * spent) / done,
        speed: covered / spent,
      };
      store.readings.value = { ...store.readings.value };
    });
  };
}

/** Take the rows that Python has just read; they show at the next new `store.readings`. */
function patch(readouts) {
  const readings = store.readings.value;
  for (const { readout, rows, texts, values, confidence, flags } of readouts) {
    const column = (readings[readout] ??= empty());
    const lines = texts.split("\n");
    rows.forEach((row, k) => {
      [column.texts[row], column.values[row], column.confidence[row]] = [lines[k], values[k], confidence[k]];
      [column.flags[row], column.given[row]] = [flags[k], 1];
    });
  }
}

function empty() {
  const count = store.frames.value.length;
  return {
    texts: new Array(count).fill(""),
    values: new Float64Array(count).fill(NaN),
    confidence: new Float32Array(count),
    flags: new Uint8Array(count),
    given: new Uint8Array(count),
  };
}

/** Take what Workbench.table or .refresh gave. */
export function keepTable({ readouts: columns, rules, review, shifts, ...news }) {
  batch(() => {
    store.shifts.value = shifts && spread(shifts);
    store.readings.value = Object.fromEntries(readouts.value.map(({ name }) => [name, empty()]));
    patch(columns);
    store.findings.value = Object.fromEntries(
      rules.map(({ readout, flags, repairs }) => {
        const byRow = new Map();
        for (const { rows, ...rule } of flags)
          for (const row of rows) byRow.set(row, [...(byRow.get(row) ?? []), rule]);
        return [readout, { flags: byRow, repairs: new Map(repairs.map((repair) => [repair.row, repair])) }];
      }),
    );
    store.review.value = review;
    if ("learned" in news) store.news.value = news;
  });
}

/** Shifts of some rows as those of all frames. */
function spread({ rows, x, y, lost }) {
  const count = store.frames.value.length;
  const all = {
    x: new Float32Array(count).fill(NaN),
    y: new Float32Array(count).fill(NaN),
    lost: new Uint8Array(count),
  };
  rows.forEach((row, k) => ([all.x[row], all.y[row], all.lost[row]] = [x[k], y[k], lost[k]]));
  return all;
}
