// The search for numbers in frames of which nothing is known yet: a few of them are looked at whole.

import { signal } from "@preact/signals";
import { FRAMES_FITTED, FRAMES_SEARCHED } from "../shared/constants.js";
import { store } from "../state/store.js";
import { stillRegion, wholeFrame } from "./frame_pixels.js";
import { call, useLines } from "./python.js";

const NOTHING = { state: "none", project: null, done: 0, total: 0, windows: [], frames: [], numbers: [], problem: "" };

/**
 * {state: "none", "searching", "done" or "failed"; project; done, total: in frames; windows: found so far, [x, y, width,
 * height]; frames: names of those looked at; numbers: see `Suggestion.fields`; problem: why it failed}.
 */
export const search = signal(NOTHING);

let running = new AbortController();

/** Look for numbers in the open project's frames, of the size of the current one. Resolves when that is over. */
export async function findNumbers() {
  stopSearch();
  const { signal: stop } = (running = new AbortController());
  const project = store.project.value.id;
  const tell = (news) => stop.aborted || (search.value = { ...search.value, ...news });
  search.value = { ...NOTHING, state: "searching", project };
  try {
    const frames = sample(FRAMES_SEARCHED);
    tell({ total: frames.length, frames: frames.map(({ name }) => name) });
    await useLines();
    await call("begin_search", {}, { signal: stop });
    const seen = [];
    for await (const [k, region] of wholeFrames(frames, stop)) {
      tell(await call("search_frame", { frame: region }, { signal: stop }));
      seen.push(frames[k]);
      tell({ done: k + 1 });
    }
    const times = seen.every(({ clip }) => clip && clip === seen[0].clip) ? seen.map(({ time }) => time) : null;
    tell({ total: seen.length, frames: seen.map(({ name }) => name) });
    tell(await call("found_numbers", { times }, { signal: stop }));
    tell({ state: "done" });
  } catch (error) {
    tell({ state: "failed", problem: error.message });
  }
}

/** Whole frames, [index, region] each; while one is looked at, the next is decoded. Damaged ones are passed over. */
async function* wholeFrames(frames, stop) {
  let [found, problem] = [0, null];
  let next = decoded(frames[0], stop);
  for (const k of frames.keys()) {
    const { region, error } = await next;
    next = k + 1 < frames.length ? decoded(frames[k + 1], stop) : null;
    stop.throwIfAborted();
    if (region) yield [k, region];
    found += region ? 1 : 0;
    problem ??= error;
  }
  if (!found) throw problem;
}

/** {region} or, where it cannot be decoded, {error}. */
const decoded = (frame, stop) =>
  wholeFrame(frame, stop).then(
    (region) => ({ region, error: null }),
    (error) => ({ region: null, error }),
  );

/** End the search that runs; nothing is known then. */
export function stopSearch() {
  running.abort();
  search.value = NOTHING;
}

/** Up to so many frames of the size of the current one, of one clip where it is of a clip, from the first on. */
function sample(most) {
  const { value: all } = store.frames;
  const current = all[store.current.value];
  const alike = all.filter(
    ({ width, height, clip }) => width === current.width && height === current.height && clip === current.clip,
  );
  const count = Math.min(most, alike.length);
  return Array.from({ length: count }, (_, k) => alike[Math.floor((k / count) * alike.length)]);
}

/** The number nearest to a point of the current frame, in its pixels: see `Suggestion.fields`; null where none is read. */
export async function findNumberNear(point) {
  await useLines();
  const { numbers } = await call("find_number_near", {
    frame: await wholeFrame(store.frames.value[store.current.value]),
    point,
  });
  return numbers[0] ?? null;
}

/** What was drawn around a number, closer where some frames' numbers are read better so. */
export async function fitWindow(window) {
  await useLines();
  const names = new Set([store.frames.value[store.current.value], ...sample(FRAMES_FITTED)].map(({ name }) => name));
  const some = [...names].slice(0, FRAMES_FITTED);
  const seen = await Promise.all(some.map((name) => stillRegion(name, window).catch(() => null)));
  const regions = seen.filter(Boolean);
  return regions.length ? (await call("fit_window", { regions, window })).window : window;
}
