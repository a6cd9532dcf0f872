// Live: a camera or the screen, watched and read as it comes; one frame is under way at a time, none waits.

import { batch, computed, effect } from "@preact/signals";
import { startDecoder } from "../../runtime/worker_host.js";
import { newProject } from "../../session/projects.js";
import { call, useLinesFor } from "../../session/python.js";
import { store, layout, readouts } from "../../state/store.js";
import { ask, cameras, connect, release } from "../../session/devices.js";
import { following, live, timeWindow } from "./live_state.js";
import { endedWords, refusal } from "../../session/device_messages.js";
import { closeRecording, keepRows, listRecordings } from "./recording.js";

/** Rates and delays are over this many ms. */
const SPAN = 2000;
/** Python has died: it is asked again after this many ms. */
const AGAIN = 500;
/** What is shared, where a browser's own name for it is for machines. */
const SURFACES = { browser: "a tab", window: "a window", monitor: "a whole screen" };

/** Where the numbers are, and what they follow: every edit gives another layout object, most give the same boxes. */
const placed = computed(() => JSON.stringify([layout.value, store.state.value.anchor]));

let turn = 0;

// Beginning and ending.

/** Ask for a camera or the screen and follow it. What goes wrong is told in `live.problem`. */
export async function begin(kind, deviceId) {
  const mine = ++turn;
  await end();
  live.problem.value = null;
  live.asking.value = kind;
  let stream = null;
  try {
    stream = await ask(kind, deviceId);
    if (mine !== turn) return release(stream);
    if (store.project.value.id === null) await newProject(kind === "camera" ? "Camera" : "Screen");
    await follow(kind, stream);
  } catch (error) {
    release(stream);
    if (mine === turn) live.problem.value = refusal(kind, error);
  } finally {
    if (mine === turn) live.asking.value = null;
  }
}

/** Stop: the recording is closed, and the camera let go. */
export async function end(problem = null) {
  const session = following.value;
  if (!session) return;
  following.value = null;
  session.dispose();
  release(session.stream);
  const recorded = await closeRecording(session);
  session.worker.end();
  batch(() => {
    live.source.value =
      live.size.value =
      live.fitted.value =
      live.misfit.value =
      live.counts.value =
      live.away.value =
      live.shift.value =
        null;
    live.readings.value = [];
    live.muted.value = false;
    live.problem.value = problem;
  });
  timeWindow.clear();
  if (recorded) listRecordings();
}

async function follow(kind, stream) {
  const [track] = stream.getVideoTracks();
  const lost = (problem) => following.value === session && end(problem);
  const worker = startDecoder("live", "workers/live.js", { onFailure: () => lost(endedWords("worker")) });
  const session = (following.value = {
    kind,
    stream,
    worker,
    recorder: null,
    stops: [],
    dispose: () => session.stops.splice(0).forEach((stop) => stop()),
  });
  const hidden = await connect(session, track);
  if (following.value !== session) return;
  const listen = (target, name, listener) => {
    target.addEventListener(name, listener);
    session.stops.push(() => target.removeEventListener(name, listener));
  };
  listen(track, "ended", () => lost(endedWords(kind)));
  listen(track, "mute", () => (live.muted.value = true));
  listen(track, "unmute", () => (live.muted.value = false));
  listen(document, "visibilitychange", noteHiding());
  const { displaySurface, deviceId } = track.getSettings();
  batch(() => {
    live.source.value = { kind, label: SURFACES[displaySurface] ?? track.label, deviceId, stream, hidden };
    live.muted.value = track.muted;
    live.counts.value = { read: 0, skipped: 0, rate: 0, delay: null, looked: 0 };
  });
  if (kind === "camera") {
    const listCameras = async () => (live.cameras.value = await cameras());
    listCameras();
    listen(navigator.mediaDevices, "devicechange", listCameras);
  }
  readOn(session).catch((error) => {
    if (error.name !== "AbortError") lost({ title: "Reading has stopped", text: error.message });
  });
}

/** Measures what is read while the tab is hidden. */
function noteHiding() {
  let left = null;
  return () => {
    const now = performance.now();
    const read = live.counts.value?.read ?? 0;
    if (document.hidden) left = { now, read };
    else if (left) live.away.value = { frames: read - left.read, seconds: (now - left.now) / 1000 };
  };
}

// Reading.

/** Read until the source ends. The layout may come, change or go meanwhile, and so may the source's size. */
async function readOn(session) {
  const { worker, kind } = session;
  let [fitting, regions, size] = [null, [], null];
  let origin = null;
  const recent = [];
  while (following.value === session) {
    let seen;
    try {
      seen = await worker.call("next", { regions, size: fitting === placed.value ? size : null });
    } catch (error) {
      if (error.worker !== "Python") throw error;
      await passing(error);
      size = null;
      continue;
    }
    if (!seen || following.value !== session) return;
    const { width, height } = seen;
    if (!seen.regions) {
      size = null;
      live.size.value = { width, height };
      fitting = placed.value;
      const fitted = await fit(kind, width, height);
      if (fitted) [regions, size] = [fitted.regions, { width, height }];
      else if (fitted === null && following.value === session) await changed(session, fitting, width, height);
      continue;
    }
    origin ??= seen.time;
    const recorder = session.recorder;
    if (recorder) recorder.origin ??= seen.time;
    const frame = {
      time_s: (seen.time - (recorder?.origin ?? origin)) / 1e6,
      regions: seen.regions,
      only_confirmed: live.onlyConfirmed.value,
    };
    const result = await call("read", { frame }, { namespace: "live" }).catch((error) => passing(error));
    if (following.value !== session) return;
    if (!result) {
      size = null;
      continue;
    }
    if (recorder) await keepRows(session, recorder, result.rows, frame.time_s);
    show(seen, result, (seen.time - origin) / 1e6, recent);
  }
}

/** What Live.begin gives for frames of this size; null where the layout is not for them, undefined where it may be tried again. */
async function fit(source, width, height) {
  live.misfit.value = null;
  live.fitted.value = live.shift.value = null;
  live.readings.value = [];
  if (!readouts.value.length) return null;
  try {
    await useLinesFor(readouts.value);
    return (live.fitted.value = await call("begin", { width, height, source }, { namespace: "live" }));
  } catch (error) {
    if (error.name !== "FrameSizeError") return void (await passing(error));
    live.misfit.value = error.message;
    return null;
  }
}

/** A word where a frame could not be read, and a pause: a Python that died is back in a moment, and has the project in another. */
async function passing(error) {
  if (error.name !== "WorkerError") live.misfit.value = error.message;
  await new Promise((done) => setTimeout(done, AGAIN));
  return null;
}

/** Resolves when the layout is another than `before`, or the source's size, or the source has gone. */
const changed = (session, before, width, height) =>
  new Promise((/** @type {(value?: any) => void} */ resolve) => {
    const stop = effect(() => {
      const { value: size } = live.size;
      if (placed.value === before && size.width === width && size.height === height) return;
      queueMicrotask(() => stop());
      resolve();
    });
    session.stops.push(() => (stop(), resolve()));
  });

/** The preview knows first that a window was resized, or a phone turned. */
export const noteSize = (width, height) => {
  const known = live.size.value;
  if (following.value && width && (known?.width !== width || known?.height !== height))
    live.size.value = { width, height };
};

function show(seen, { readouts: readings, shift, embedded }, time, recent) {
  const now = performance.timeOrigin + performance.now();
  recent.push({ now, delay: now - seen.at });
  while (recent[0].now < now - SPAN) recent.shift();
  const spent = (now - recent[0].now) / 1000;
  const { read, skipped, looked } = live.counts.value;
  timeWindow.add(time, readings);
  batch(() => {
    live.readings.value = readings;
    live.shift.value = shift;
    live.misfit.value = null;
    live.counts.value = {
      read: read + 1,
      skipped: skipped + (read ? seen.skipped : 0),
      looked: looked + embedded,
      rate: spent > 0.2 ? (recent.length - 1) / spent : 0,
      delay: recent.reduce((sum, { delay }) => sum + delay, 0) / recent.length,
    };
  });
}
