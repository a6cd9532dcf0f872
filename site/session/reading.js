// Learns, and reads whatever is not read.

import { batch, effect } from "@preact/signals";
import { BATCH } from "../media/image_source.js";
import { emptyColumn, takeRows } from "../state/columns.js";
import { addProblems, markStale, notify, readouts, store } from "../state/store.js";
import { allRegionsOf, handTyped } from "./frame_pixels.js";
import { call, useLinesFor } from "./python.js";
import { clipWork, readClips } from "./video_reading.js";

/** Batches of frames under way at once: while one is embedded, the next is decoded. */
const AHEAD = 3;
/** Readings under way appear this often, in ms. */
const SHOW_EVERY = 250;

let running = new AbortController();

/** From now on learn and read whenever something is stale. */
export const readStale = () =>
  effect(() => {
    const asked = store.stale.value;
    running.abort();
    if (!asked) return;
    return startTimer(() => {
      const { signal } = (running = new AbortController());
      run(signal)
        .catch((error) => ["AbortError", "WorkerError"].includes(error.name) || notify(error.message, "error"))
        .finally(() => store.stale.value === asked && (store.stale.value = null));
    }, asked.pause);
  });

/** Run `task` after `pause` ms; without one as the next task, which no hidden tab puts off as it does timers. Returns what stops it. */
function startTimer(task, pause) {
  if (pause) {
    const timer = setTimeout(task, pause);
    return () => clearTimeout(timer);
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = task;
  port2.postMessage(null);
  return () => (port1.onmessage = null);
}

/** Stop reading; what was read stays. */
export function cancel() {
  store.stale.value = store.work.value = null;
  notify("Stopped. What was read is kept.", "info", { title: "Go on", run: () => markStale() });
}

async function run(signal) {
  try {
    await useLinesFor(readouts.value);
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
  const { frames, regions, rows, clip_regions: clipRegions, typed } = await call("missing", {}, { signal });
  const [queue, clips] = [[...frames], clipWork(rows)];
  const total = clips.reduce((sum, { times }) => sum + times.length, queue.length);
  const lost = [];
  const onRead = teller(total);
  await handTyped(typed, clipRegions, signal);
  const readOn = async () => {
    while (queue.length) {
      const names = queue.splice(0, BATCH);
      const some = await allRegionsOf(names, regions, signal, (name, { message }) =>
        lost.push({ name, why: message, next: "Drop the frame again." }),
      );
      onRead((await call("add_frames", { frames: some }, { signal })).readouts, names.length);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, readOn));
  if (clips.length) {
    const begun = performance.now();
    await readClips(clips, clipRegions, { call, signal, onRead }).finally(() =>
      performance.measure("readout:clips", { start: begun }),
    );
    await handTyped((await call("missing", {}, { signal })).typed, clipRegions, signal);
  }
  addProblems(lost);
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
const patch = (columns) => takeRows(store.readings.value, columns, store.frames.value.length);

/** Take what Workbench.table or .refresh gave. */
function keepTable({ readouts: columns, rules, review, shifts, ...news }) {
  batch(() => {
    store.shifts.value = shifts && spread(shifts);
    const count = store.frames.value.length;
    store.readings.value = Object.fromEntries(readouts.value.map(({ name }) => [name, emptyColumn(count)]));
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
