// The project's videos that are open: their records in the store, their files, and pictures out of them.

import { store } from "../state/store.js";
import { until } from "../state/until.js";
import { saveClips } from "./persistence.js";

/** So many thumbnails are kept. */
const THUMBNAILS = 400;
/** What is not kept of a clip. */
const PASSING = ["state", "problem"];

/** By name: clips that are open, see video_source.js, their files, and handles that ask before they are read. */
export const opened = new Map();
export const files = new Map();
export const handles = new Map();
/** By frame name, the oldest first: Blobs. */
const thumbnails = new Map();

export const clipOf = (name) => store.clips.value.find((clip) => clip.name === name) ?? null;
/** The open clip of that name, or null. */
export const open = (name) => opened.get(name) ?? null;

export function change(name, news) {
  store.clips.value = store.clips.value.map((clip) => (clip.name === name ? { ...clip, ...news } : clip));
  return clipOf(name);
}

const kept = (clip) => Object.fromEntries(Object.entries(clip).filter(([key]) => !PASSING.includes(key)));

/** Keep clips in the browser. */
export const keep = (clips) => saveClips(clips.map(kept), clipFrames());
export const clipFrames = () => store.frames.value.reduce((sum, { clip }) => sum + (clip ? 1 : 0), 0);

/** Let go of all clips that are open. */
export function closeClips() {
  for (const clip of opened.values()) clip.close();
  for (const known of [opened, files, handles, thumbnails]) known.clear();
}

/** A frame's clip, open; one that is being opened is waited for. Rejects where it is not here. */
export async function clipFor(frame) {
  await until(() => clipOf(frame.clip)?.state !== "opening");
  const clip = opened.get(frame.clip);
  if (!clip) throw new Error(`${frame.clip} is not here: drop it again`);
  return clip;
}

/** A frame as a small picture, a Blob; null where its clip is not here. One after the other, so that what is on screen now need not wait for long. */
export async function thumbnailOf(frame, signal) {
  const known = thumbnails.get(frame.name);
  if (known) return known;
  const before = drawing;
  let done;
  drawing = new Promise((resolve) => (done = resolve));
  try {
    await before;
    signal.throwIfAborted();
    const clip = opened.get(frame.clip);
    if (!clip) return null;
    const blob = await clip.thumbnail(frame.time, { signal });
    thumbnails.set(frame.name, blob);
    if (thumbnails.size > THUMBNAILS) thumbnails.delete(thumbnails.keys().next().value);
    return blob;
  } finally {
    done();
  }
}

let drawing = Promise.resolve();
