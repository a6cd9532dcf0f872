// A camera's or a screen's frames as they come: each that is not asked for is closed and counted, none waits. Rows go to a file.

import { copyRegions, described, uprightSize } from "../../media/video_frame.js";
import { reportAlive, serve, transferred } from "../../runtime/bridge.js";
import { handRegions, portToPython } from "../../runtime/pixel_port.js";

/** A recording reaches the disk itself, beyond the system's buffers, this often in ms. */
const FLUSH_EVERY = 1000;
const FOLDER = "recordings";

/** Who waits for the next frame: functions from {frame, skipped, at}, where `frame` is null once there are no more. */
let asking = [];
let ended = false;
/** Frames closed since one was taken. */
let skipped = 0;
/** A screen that stands still sends no frame: the last one that was closed is taken when none follows for so long, in ms. */
const STILL_AFTER = 200;
/** The newest frame, for a screen that stands still sends no other; and the regions that one was last asked for. */
let latest = null;
/** When that came, and whether it has been looked at. */
let latestAt = 0;
let looked = false;
let answered = "";
/** {handle, bytes, flushed, timer} of the file that is written. */
let recording = null;

/** Take frames from a stream of VideoFrames, or from a track where this browser has its processor in workers. */
function watch({ frames, track }) {
  if (!frames && !globalThis.MediaStreamTrackProcessor)
    throw Object.assign(new Error("no track processor"), { name: "NoProcessor" });
  const stream = frames ?? new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
  ended = false;
  follow(stream.getReader());
}

async function follow(reader) {
  try {
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read())
      take({ frame: value });
  } finally {
    finish();
  }
}

/** A frame, which is this worker's to close. */
function take({ frame }) {
  latest?.close();
  latest = frame.clone();
  latestAt = performance.timeOrigin + performance.now();
  looked = asking.length > 0;
  if (!looked) {
    skipped++;
    frame.close();
    return;
  }
  const [mine, missed] = [asking, skipped];
  [asking, skipped] = [[], 0];
  Promise.all(mine.map((use) => use({ frame, skipped: missed, at: latestAt }))).finally(() => frame.close());
}

/** The source has ended: what waits is told so. */
function finish() {
  ended = true;
  latest?.close();
  latest = null;
  const mine = asking;
  asking = [];
  for (const use of mine) use({ frame: null });
}

/** What `use` makes of the next frame that comes; null when there are no more. Aborted, it lets it pass. */
const nextFrame = (use, signal) =>
  new Promise((resolve, reject) => {
    if (ended) return resolve(null);
    const mine = async (given) => {
      try {
        resolve(given.frame && (await use(given)));
      } catch (error) {
        reject(error);
      }
    };
    asking.push(mine);
    signal.addEventListener("abort", () => (asking = asking.filter((each) => each !== mine)));
    if (!looked) setTimeout(takeLatest, STILL_AFTER, mine);
  });

/** Have `use`, if it still waits, take the newest frame, which was closed before it asked. */
function takeLatest(use) {
  if (looked || !latest || !asking.includes(use)) return;
  looked = true;
  asking = asking.filter((each) => each !== use);
  const [frame, missed] = [latest.clone(), skipped - 1];
  skipped = 0;
  use({ frame, skipped: missed, at: latestAt }).finally(() => frame.close());
}

/**
 * The next frame: {time (in microseconds), at (when it came, in ms since 1970), skipped, width, height, regions}: the asked
 * `regions`, handed to Python, or null where the frame is not of the `size` that they are for. Other regions than those
 * asked for last are of the newest frame there is. Null at the end.
 */
function next({ regions, size }, { signal }) {
  const look = async ({ frame, at, ...counts }) => {
    const upright = uprightSize(frame);
    const fits = size && upright.width === size.width && upright.height === size.height;
    const seen = { time: frame.timestamp, at, ...counts, ...upright, regions: null };
    return fits ? { ...seen, regions: await handRegions(described(await copyRegions(frame, regions))) } : seen;
  };
  const asked = JSON.stringify([regions, size]);
  const other = size && asked !== answered;
  answered = asked;
  if (!other || !latest) return nextFrame(look, signal);
  const frame = latest.clone();
  looked = true;
  return look({ frame, skipped: 0, at: performance.timeOrigin + performance.now() }).finally(() => frame.close());
}

/** The next frame as a PNG, a Blob: of `size` {width, height}, by default its own. Null at the end. */
const picture = ({ size }, { signal }) =>
  nextFrame(async ({ frame }) => {
    const { width, height } = size ?? uprightSize(frame);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(frame, 0, 0, width, height);
    return canvas.convertToBlob({ type: "image/png" });
  }, signal);

// Recording. A sync access handle writes into the file itself, so that what was written outlives this tab;
// createWritable would show nothing before it is closed.

async function record({ name }) {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  const handle = await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
  recording = { handle, bytes: 0, dirty: false, timer: setInterval(flush, FLUSH_EVERY) };
}

/** Add text to the recording. Returns its size in bytes. */
function write({ text }) {
  const data = new TextEncoder().encode(text);
  const written = recording.handle.write(data, { at: recording.bytes });
  if (written < data.length) {
    recording.handle.truncate(recording.bytes); // no half of a row
    throw Object.assign(new Error("there is no room left for it"), { name: "QuotaExceededError" });
  }
  recording.bytes += written;
  recording.dirty = true;
  return recording.bytes;
}

/** What is written so far, an ArrayBuffer; null where nothing is recorded. */
function recorded() {
  if (!recording) return null;
  const data = new Uint8Array(recording.bytes);
  recording.handle.read(data, { at: 0 });
  return transferred(data.buffer, [data.buffer]);
}

function flush() {
  if (recording?.dirty) recording.handle.flush();
  if (recording) recording.dirty = false;
}

function close() {
  if (!recording) return;
  flush();
  clearInterval(recording.timer);
  recording.handle.close();
  recording = null;
}

const handlers = {
  start: reportAlive,
  ...portToPython,
  watch,
  take,
  finish,
  next,
  picture,
  record,
  write,
  recorded,
  close,
};
serve(self, (method, args, call) => handlers[method](args, call));
