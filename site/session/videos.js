// The project's clips: brought, opened again after a reload, and what is read of them.
//
// store.clips holds {name, size, modified, hash, codec, width, height, rotation, duration, frameRate, audio, times, chosen, without,
// total, every, start, end, state, problem}: `times` of all its frames in seconds (of a clip out of a project's file only those
// chosen, until it comes; `total` says how many there are, null else or where it is unknown), those `chosen` by `every`, {frames} or {seconds} or null,
// from `start` to `end` in seconds or null, and those `without`, taken out one by one or impossible to decode. `state`: "opening",
// "here", "asks" where the browser wants to be asked before it reads the file again, or "gone".

import { fingerprint, framesOf, settingsOf, splitName } from "../media/video_frames.js";
import { openClip } from "../media/video_source.js";
import { uniqueName } from "../shared/file_names.js";
import { addProblems, markStale, notify, openNow, store } from "../state/store.js";
import { setFrames, usualSize } from "./frames.js";
import { handed, isHanded } from "./handover.js";
import { change, clipFrames, clipOf, files, handles, keep, opened } from "./open_videos.js";
import { clipFileOf, forgetClip, saveClipFile } from "./persistence.js";
import { call } from "./python.js";

// Bringing.

/** Add files of clips, [{name, open, handle}], of which some were `seen`. What cannot be taken is listed; the rest goes on. */
export async function addVideos(given, seen, signal) {
  await handed();
  for (const [k, { name, open: fileOf, handle }] of given.entries()) {
    signal?.throwIfAborted();
    store.work.value = { what: "importing", done: k, total: given.length };
    try {
      const { file = await fileOf({ signal }), clip = null } = (await seen.get(fileOf)) ?? {};
      await addOne(name, file, clip, handle, signal);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      addProblems([{ name, why: error.message, next: error.next ?? "It was left out." }]);
    }
  }
}

async function addOne(given, file, isOpened, handle, signal) {
  const isOpen = openNow();
  const hash = await fingerprint(file);
  let known =
    store.clips.value.find((clip) => clip.hash === hash) ??
    store.clips.value.find(({ name, hash: unknown }) => name === given && unknown === null);
  if (known && opened.has(known.name)) throw refusal("it is here already", "Skipped.");
  const clip = isOpened ?? (await openClip(file, { signal }));
  try {
    signal?.throwIfAborted();
    known ??= formerly(given, clip);
    if (known) return await comeBack(known, file, hash, handle, clip);
    const others = store.frames.value.length && usualSize(store.frames.value);
    if (others && (others.width !== clip.width || others.height !== clip.height)) {
      throw refusal(
        `it is ${clip.width} × ${clip.height}, the frames here are ${others.width} × ${others.height}`,
        "Left out: give it a project of its own, where this layout can be scaled to it.",
      );
    }
    const name = uniqueName(given, new Set(store.clips.value.map((each) => each.name)));
    const record = {
      ...factsOf(clip),
      name,
      size: file.size,
      modified: file.lastModified ?? null,
      hash,
      chosen: clip.times,
      total: null,
      without: [],
      every: null,
      start: null,
      end: null,
    };
    opened.set(name, clip);
    addProblems([
      ...clip.problems.map((why) => ({ name, why: why.replace(/\.$/, ""), next: "What can be read of it is." })),
      ...clip.remarks.map((why) => ({ name, why, next: "That is how it is read.", note: true })),
    ]);
    store.clips.value = [...store.clips.value, { ...record, state: "here" }];
    await setFrames([...store.frames.value, ...framesOf(record)]);
    if (isOpen()) keepFile(record, file, handle);
  } catch (error) {
    clip.close();
    throw error;
  }
}

const factsOf = ({ codec, width, height, rotation, duration, times, frameRate, audio }) => ({
  codec,
  width,
  height,
  rotation,
  duration,
  times,
  frameRate,
  audio,
});
const refusal = (why, next) => Object.assign(new Error(why), { next });

async function keepFile(record, file, handle) {
  files.set(record.name, { file, handle });
  await keep([record]);
  saveClipFile(record.name, file, handle);
}

/** A clip that a project saved before knows by the last step of its name alone, and by no fingerprint. */
function formerly(given, clip) {
  const folder = given.lastIndexOf("/") + 1;
  const plain = (name) => name.replace(/ \(\d+\)(?=(\.[^./]*)?$)/, "");
  const isIt = ({ name, hash }) => hash === null && !opened.has(name) && plain(name) === plain(given.slice(folder));
  return folder ? store.clips.value.find((known) => isIt(known) && isSame(known, clip)) : undefined;
}

/** Whether a clip may be one of the project, by its size and its times. */
function isSame(known, clip) {
  const times = new Set(clip.times);
  return known.width === clip.width && known.height === clip.height && known.chosen.every((time) => times.has(time));
}

/** A clip's file is here again: read on. */
async function comeBack(known, file, hash, handle, clip) {
  if (!isSame(known, clip))
    throw refusal(`it is another clip than the ${known.name} of this project`, "Rename it, then drop it again.");
  opened.set(known.name, clip);
  const guessed = known.hash === null ? settingsOf(clip.times, known.chosen) : null;
  const now = change(known.name, {
    ...factsOf(clip),
    ...guessed,
    hash,
    total: null,
    size: file.size,
    modified: file.lastModified ?? null,
    state: "here",
    problem: null,
  });
  keepFile(now, file, handle);
  markStale();
}

// Opening again.

/** After a reload: open the clips' files as far as the browser has them, and read on. */
export function findFiles() {
  const [{ id }, isOpen] = [store.project.value, openNow()];
  for (const { name } of store.clips.value)
    find(id, name, isOpen).catch((error) => isOpen() && change(name, { state: "gone", problem: error.message }));
}

async function find(id, name, isOpen) {
  const found = await clipFileOf(id, name);
  if (!isOpen()) return;
  if (!found) return change(name, { state: "gone" });
  if (found instanceof Blob) return openKept(name, found, isOpen);
  handles.set(name, found);
  if ((await found.queryPermission?.({ mode: "read" })) !== "granted") return change(name, { state: "asks" });
  return openKept(name, await found.getFile(), isOpen);
}

async function openKept(name, blob, isOpen) {
  const file = blob instanceof File ? blob : new File([blob], name);
  const { hash } = clipOf(name);
  if ((await fingerprint(file)) !== hash) throw new Error("the file has changed since");
  const clip = await openClip(file);
  if (!isOpen() || !clipOf(name) || opened.has(name)) return clip.close();
  opened.set(name, clip);
  change(name, { state: "here", problem: null });
  if (isHanded()) markStale(); // else it is read when it is
}

/** Ask the browser to read a clip's file again; in a click. */
export async function allow(name) {
  const handle = handles.get(name);
  if ((await handle.requestPermission({ mode: "read" })) !== "granted")
    return notify(`${name} was not allowed: drop it instead.`);
  await openKept(name, await handle.getFile(), openNow()).catch((error) =>
    change(name, { state: "gone", problem: error.message }),
  );
}

// What is read of them.

/** Choices are made one after the other: each builds on the one before. */
let choosing = Promise.resolve();

/**
 * Read other frames of a clip, by another `every`, `start` or `end`; readings of frames that stay are kept. A start behind the end
 * takes the end away, and the other way round. Rejects where no frame would be left.
 */
export function setChoice(name, news) {
  const done = choosing.then(async () => {
    const { times, every, start, end } = clipOf(name);
    const settings = { every, start, end, ...news };
    if (settings.start !== null && settings.end !== null && settings.start > settings.end)
      settings["start" in news ? "end" : "start"] = null;
    const indices = await call("choose", { times, ...settings }, { namespace: "video" });
    if (!indices.length) throw new Error("no frame is left between these two points");
    await replaced(change(name, { ...settings, chosen: Float64Array.from(indices, (at) => times[at]) }));
  });
  choosing = done.catch(() => {});
  return done;
}

async function replaced(clip) {
  await setFrames([...store.frames.value.filter((frame) => frame.clip !== clip.name), ...framesOf(clip)]);
  keep([clip]);
}

/** Note that frames have left the project. Returns the names of those that are none of a clip. */
export function withoutFrames(names) {
  const parts = names.map((name) => ({ name, of: splitName(name) }));
  const mine = parts.filter(({ of }) => of && clipOf(of.clip));
  for (const clip of new Set(mine.map(({ of }) => of.clip))) {
    const gone = mine.filter(({ of }) => of.clip === clip).map(({ of }) => of.time);
    keep([change(clip, { without: [...clipOf(clip).without, ...gone] })]);
  }
  return parts.filter(({ of }) => !of || !clipOf(of.clip)).map(({ name }) => name);
}

/** Take frames of a clip out that cannot be decoded, by their times. */
export const leaveOut = (name, times) => replaced(change(name, { without: [...clipOf(name).without, ...times] }));

/** Have a frame of a clip back that had been taken out. */
export async function withFrame({ clip, time }) {
  await replaced(change(clip, { without: clipOf(clip).without.filter((each) => each !== time) }));
}

/** Take a clip out of the project, and offer to put it back. */
export async function removeClip(name) {
  const isOpen = openNow();
  const [record, clip, from] = [clipOf(name), opened.get(name), files.get(name)];
  opened.delete(name);
  store.clips.value = store.clips.value.filter((each) => each.name !== name);
  await setFrames(store.frames.value.filter((frame) => frame.clip !== name));
  forgetClip(name, clipFrames());
  const back = async () => {
    if (!isOpen() || clipOf(name)) return;
    opened.set(name, clip);
    store.clips.value = [...store.clips.value, record];
    await replaced(record);
    if (from) keepFile(record, from.file, from.handle);
  };
  notify(`${name} is out of the project.`, "info", clip && { title: "Put it back", run: back });
}
