// Clips: what a video file holds, the regions of its frames in order, and single pictures out of it.

import { keepRegions, lastRefusal } from "../../media/kept_regions.js";
import { described } from "../../media/video_frame.js";
import { reportAlive, serve, transferred } from "../../runtime/bridge.js";
import { handRegions, portToPython } from "../../runtime/pixel_port.js";
import { FRAMES_PER_CHUNK } from "../../shared/constants.js";
import { chunks, regionsOf } from "./chunks.js";
import { ClipFile } from "./container.js";
import { decoded } from "./decoder.js";
import { clipError } from "./messages.js";
import { Viewer } from "./seek.js";

/** Chunks under way or waiting to be fetched: so many, or as many as take so many bytes, so that decoding goes on while Python warms up. */
const AHEAD = { least: 2, most: 10, bytes: 16e6 };
const THUMBNAIL = 160;

/** By id: promises of {clip, viewer}. */
const clips = new Map();
/** By id: readings under way. */
const readings = new Map();

/** What a file holds: {size, codec, width, height, rotation, duration, times, frameRate, audio, problems, remarks}. */
async function open({ id, file }, { signal }) {
  const { clip } = await opened({ id, file }, signal);
  const { size, codec, width, height, rotation, duration, audio, problems, remarks } = clip;
  const times = clip.packets.shown.map((time) => time / 1e6);
  const frameRate = times.length > 1 ? (times.length - 1) / (times.at(-1) - times[0]) : 0;
  return transferred({ size, codec, width, height, rotation, duration, times, frameRate, audio, problems, remarks }, [
    times.buffer,
  ]);
}

function opened({ id, file }, signal) {
  if (!clips.has(id)) {
    const opening = ClipFile.open(file, { signal }).then((clip) => ({ clip, viewer: new Viewer(clip) }));
    clips.set(id, opening);
    opening.catch(() => clips.delete(id));
  }
  return clips.get(id);
}

/** Begin to read: its chunks are fetched by `next`; see `chunks`. */
async function read({ clip: which, reading, times, regions }) {
  const { clip } = await opened(which);
  const controller = new AbortController();
  const source = chunks(clip, { times, regions, signal: controller.signal });
  const bytes = FRAMES_PER_CHUNK * regions.reduce((sum, { width, height }) => sum + 1.5 * width * height, 0);
  const count = Math.min(AHEAD.most, Math.max(AHEAD.least, Math.floor(AHEAD.bytes / bytes)));
  const ahead = Array.from({ length: count }, () => fetched(source));
  readings.set(reading, { source, controller, ahead });
}

/** The next chunk of a reading, its pixels handed to Python; null after the last. */
async function next({ reading }) {
  const { ahead, source, controller } = readings.get(reading) ?? {};
  if (!ahead) throw clipError("stopped", "this reading has been stopped: start it again");
  const { value, done } = await ahead.shift();
  if (done) {
    readings.delete(reading);
    return null;
  }
  ahead.push(fetched(source));
  const { signal } = controller;
  return value.times.length ? { ...value, regions: await handRegions(value.regions, { signal }) } : value;
}

/** A generator does what it is asked one after the other, so this may be asked ahead. */
function fetched(source) {
  const chunk = source.next();
  chunk.catch(() => {});
  return chunk;
}

function stop({ reading }) {
  readings.get(reading)?.controller.abort();
  readings.delete(reading);
}

/** The frame at a time in seconds as an upright ImageBitmap. */
async function picture({ clip: which, time }, { signal }) {
  const { viewer } = await opened(which);
  const bitmap = await viewer.bitmap(time, signal);
  return transferred(bitmap, [bitmap]);
}

/** Regions of one frame, handed to Python, and stored at `place`, where there is one: {regions, refusal}; see `lastRefusal`. */
async function region({ clip: which, time, regions, place }, { signal }) {
  const { clip, viewer } = await opened(which);
  const found = described(await viewer.look(time, signal, (frame) => regionsOf(clip, frame, regions)));
  if (place) keepRegions(place, found);
  return { regions: await handRegions(found, { signal }), refusal: lastRefusal() };
}

/** A frame as a small JPEG, a Blob. */
async function thumbnail({ clip: which, time }, { signal }) {
  const { clip, viewer } = await opened(which);
  const scale = Math.min(1, THUMBNAIL / Math.max(clip.width, clip.height));
  const canvas = await viewer.look(time, signal, (frame) => viewer.canvas(frame, scale));
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
}

/** Decode all frames and throw them away: {frames, seconds}, for measuring. */
async function decode({ clip: which }, { signal }) {
  const { clip } = await opened(which);
  const begun = performance.now();
  let frames = 0;
  for await (const frame of decoded(clip, clip.packets.spans(clip.packets.shown), { signal })) {
    frame.close();
    frames++;
  }
  return { frames, seconds: (performance.now() - begun) / 1000 };
}

async function close({ id }) {
  const opening = clips.get(id);
  clips.delete(id);
  const { clip, viewer } = (await opening?.catch(() => null)) ?? {};
  await viewer?.close();
  clip?.close();
}

const handlers = {
  start: reportAlive,
  ...portToPython,
  open,
  read,
  next,
  stop,
  picture,
  region,
  thumbnail,
  decode,
  close,
};
serve(self, (method, args, call) => handlers[method](args, call));
