// Live: a camera or the screen, watched and read as it comes; one frame is under way at a time, none waits.
// Longer than other modules: one source has one state, from asking for it to the end of a recording, and every step reads it.

import { batch, computed, effect, signal } from "@preact/signals";
import { startDecoder } from "../../runtime/worker_host.js";
import { addFiles } from "../../session/add_files.js";
import { newProject } from "../../session/projects.js";
import { call, useLinesFor } from "../../session/python.js";
import { download } from "../../shared/download.js";
import { store, layout, readouts, notify } from "../../state/store.js";
import * as recordings from "../../storage/recordings.js";
import { endedWords, refusal } from "./messages.js";
import { TimeWindow } from "./time_window.js";

/** Rates and delays are over this many ms. */
const SPAN = 2000;
/** Python has died: it is asked again after this many ms. */
const AGAIN = 500;
/** What is shared, where a browser's own name for it is for machines. */
const SURFACES = { browser: "a tab", window: "a window", monitor: "a whole screen" };
const BEFORE_ANY_LAYOUT = [1280, 720];

export const live = {
  /** {kind: "camera" | "screen", label, deviceId, stream, hidden: "goes on" | "pauses"} while there is a source, else null. */
  source: signal(null),
  /** Being asked for: its kind, or null. */
  asking: signal(null),
  /** {title, text}: why there is no source, or why this one is not read. */
  problem: signal(null),
  misfit: signal(null),
  cameras: signal([]),
  /** The source's own size {width, height}, and the layout scaled to it: {readouts: [{name, boxes}], scaled}, or null. */
  size: signal(null),
  fitted: signal(null),
  /** The newest reading: [{readout, text, value, confidence, flags}]; and how far boxes followed their anchor for it, {x, y, lost}, or null. */
  readings: signal([]),
  shift: signal(null),
  /** {read, skipped, rate (per s), delay (ms from a frame's coming to its reading), looked (boxes embedded)}. */
  counts: signal(null),
  /** What happened while the tab was hidden last: {frames, seconds}. */
  away: signal(null),
  muted: signal(false),
  /** The recording that grows: {name, rows, bytes, seconds}; and all there are: [{name, bytes, seconds}]. */
  recording: signal(null),
  recordings: signal([]),
};

/** Where the numbers are, and what they follow: every edit gives another layout object, most give the same boxes. */
const placed = computed(() => JSON.stringify([layout.value, store.state.value.anchor]));

/** Values over time, for the chart. */
export const timeWindow = new TimeWindow();

/** The source being followed: {kind, stream, worker, recorder, stops, dispose}. */
let current = null;
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
  const session = current;
  if (!session) return;
  current = null;
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

function ask(kind, deviceId) {
  const devices = navigator.mediaDevices;
  if (!isSecureContext || !devices) throw Object.assign(new Error(), { name: "Insecure" });
  if (kind === "screen") {
    if (!devices.getDisplayMedia) throw Object.assign(new Error(), { name: "NoScreens" });
    return devices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: false });
  }
  const [width, height] = layout.value?.frame_size ?? BEFORE_ANY_LAYOUT;
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
  return devices.getUserMedia({
    video: { ...which, width: { ideal: width }, height: { ideal: height }, resizeMode: { ideal: "none" } },
    audio: false,
  });
}

const release = (stream) => stream?.getTracks().forEach((track) => track.stop());

async function follow(kind, stream) {
  const [track] = stream.getVideoTracks();
  const lost = (problem) => current === session && end(problem);
  const worker = startDecoder("live", "workers/live.js", { onFailure: () => lost(endedWords("worker")) });
  const session = (current = {
    kind,
    stream,
    worker,
    recorder: null,
    stops: [],
    dispose: () => session.stops.splice(0).forEach((stop) => stop()),
  });
  const hidden = await connect(session, track);
  if (current !== session) return;
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
    listCameras();
    listen(navigator.mediaDevices, "devicechange", listCameras);
  }
  readOn(session).catch((error) => {
    if (error.name !== "AbortError") lost({ title: "Reading has stopped", text: error.message });
  });
}

/** Hand the track's frames to the worker, in the way that this browser has. Returns what becomes of them in a hidden tab. */
async function connect({ worker, stops }, track) {
  if (globalThis.MediaStreamTrackProcessor) {
    const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
    await worker.call("watch", { frames }, { transfer: [frames] });
    return "goes on";
  }
  const copy = track.clone();
  stops.push(() => copy.stop());
  try {
    await worker.call("watch", { track: copy }, { transfer: [copy] });
    return "goes on";
  } catch {
    copy.stop(); // it cannot be handed over, or the worker has no processor either
  }
  const video = Object.assign(document.createElement("video"), {
    srcObject: new MediaStream([track]),
    muted: true,
    playsInline: true,
  });
  await video.play();
  const step = () => {
    if (!video.srcObject) return;
    const frame = new VideoFrame(video);
    worker.call("take", { frame }, { transfer: [frame] }).catch(() => {});
    video.requestVideoFrameCallback(step);
  };
  video.requestVideoFrameCallback(step);
  stops.push(() => (video.srcObject = null));
  return "pauses";
}

async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  live.cameras.value = devices
    .filter(({ kind }) => kind === "videoinput")
    .map(({ deviceId, label }, k) => ({ deviceId, label: label || `Camera ${k + 1}` }));
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
  while (current === session) {
    let seen;
    try {
      seen = await worker.call("next", { regions, size: fitting === placed.value ? size : null });
    } catch (error) {
      if (error.worker !== "Python") throw error;
      await passing(error);
      size = null;
      continue;
    }
    if (!seen || current !== session) return;
    const { width, height } = seen;
    if (!seen.regions) {
      size = null;
      live.size.value = { width, height };
      fitting = placed.value;
      const fitted = await fit(kind, width, height);
      if (fitted) [regions, size] = [fitted.regions, { width, height }];
      else if (fitted === null && current === session) await changed(session, fitting, width, height);
      continue;
    }
    origin ??= seen.time;
    const recorder = session.recorder;
    if (recorder) recorder.origin ??= seen.time;
    const frame = { time_s: (seen.time - (recorder?.origin ?? origin)) / 1e6, regions: seen.regions };
    const result = await call("read", { frame }, { namespace: "live" }).catch((error) => passing(error));
    if (current !== session) return;
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
  if (current && width && (known?.width !== width || known?.height !== height)) live.size.value = { width, height };
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

// Keeping frames, and recording.

/** Add the frame that comes next to the project, as a picture; of the project's size, where that has the same shape. */
export async function keepFrame() {
  const { width, height } = live.size.value;
  const [first] = store.frames.value.filter((frame) => frame.width);
  const alike = first && Math.abs(height - (first.height * width) / first.width) <= 1;
  if (first && !alike) {
    return notify(
      `The ${current.kind} shows ${width} × ${height}, this project's frames are ${first.width} × ${first.height}: another shape needs a project of its own.`,
      "error",
      {
        title: "Begin one with this frame",
        run: async () => (await newProject(current.kind === "camera" ? "Camera" : "Screen"), keepFrame()),
      },
    );
  }
  const blob = await current.worker.call("picture", {
    size: first ? { width: first.width, height: first.height } : null,
  });
  if (!blob) return;
  const name = recordings.nameOf(current.kind).replace(".csv", `-${String(Date.now() % 1000).padStart(3, "0")}.png`);
  await addFiles([new File([blob], name, { type: "image/png" })]);
  const row = store.frames.value.findIndex((frame) => frame.name === name);
  if (row < 0) return;
  const [title, view] = readouts.value.length ? ["Say what it shows", "teach"] : ["Mark the number", "place"];
  notify("The frame is kept, as a picture of this project.", "info", {
    title,
    run: () => ((store.current.value = row), (store.view.value = view)),
  });
}

/** Write every reading from now on into a file of this browser. */
export async function record() {
  const session = current;
  const name = recordings.nameOf(session.kind);
  const { header } = live.fitted.value;
  const recorder = { name, rows: 0, lines: null, origin: null };
  try {
    await session.worker.call("record", { name });
    await session.worker.call("write", { text: header });
  } catch (error) {
    recorder.lines = [header]; // this browser keeps no files for pages
    notify(
      `This browser keeps no files for pages (${error.message}): the recording is in this tab only, until you stop and download it.`,
      "error",
    );
  }
  if (current !== session) return;
  session.recorder = recorder;
  live.recording.value = { name, rows: 0, bytes: header.length, seconds: 0, kept: !recorder.lines };
}

async function keepRows(session, recorder, text, seconds) {
  try {
    const bytes = recorder.lines
      ? live.recording.value.bytes + recorder.lines.push(text) * 0 + text.length
      : await session.worker.call("write", { text });
    recorder.rows += text.split("\n").length - 1;
    if (session.recorder === recorder)
      live.recording.value = { ...live.recording.value, rows: recorder.rows, bytes, seconds };
  } catch (error) {
    if (error.name === "AbortError") return;
    await stopRecording();
    notify(`The recording ends here (${error.message}); what was written before is safe.`, "error");
  }
}

/** End the recording. Returns its name. */
export async function stopRecording() {
  const name = current && (await closeRecording(current));
  await listRecordings();
  return name;
}

async function closeRecording(session) {
  const { recorder } = session;
  if (!recorder) return null;
  session.recorder = live.recording.value = null;
  if (recorder.lines) download(recorder.name, new Blob(recorder.lines, { type: "text/csv" }));
  else await session.worker.call("close").catch(() => {});
  return recorder.name;
}

/** Look which recordings there are, of this tab and those before it. */
export const listRecordings = async () => (live.recordings.value = await recordings.list().catch(() => []));

/** Hand a recording to the browser's downloads, as far as it is written. */
export const downloadRecording = async (name) => download(name, await recordings.file(name));

export async function deleteRecording(name) {
  await recordings
    .remove(name)
    .catch((error) => notify(`${name} cannot be deleted now: another tab is writing it (${error.message}).`, "error"));
  await listRecordings();
}
