// Bringing frames into a project: pictures, clips, dataset folders; and taking them out again.

import { batch } from "@preact/signals";
import { gather } from "../media/gather_files.js";
import { fileOf, filesByName, listZip } from "../media/image_source.js";
import { decodeRegion } from "../media/pixels.js";
import { LAYOUT_FILE } from "../shared/constants.js";
import { isClip, uniqueName } from "../shared/file_names.js";
import { addProblems, notify, openNow, readouts, store } from "../state/store.js";
import { keepState } from "./document_state.js";
import { setFrames, showFrames, usualSize } from "./frames.js";
import { look, nothingIn, untilOneIsGood } from "./first_good.js";
import { handed, takeExamples } from "./handover.js";
import { forgetFrames, markImporting, saveFrames } from "./persistence.js";
import { keepAsTheyCome } from "./keep_frames.js";
import { newProject, openFile } from "./projects.js";
import { findNumbers } from "./number_search.js";
import { call } from "./python.js";
import { addVideos, withFrame, withoutFrames } from "./videos.js";

/** New thumbnails appear this often, in ms. */
const SHOW_EVERY = 300;
/** Files looked at together; image_source.js bounds how many are decoded at once. */
const TOGETHER = 8;

let importing = null;
/** Resolves when the frames that were brought last are stored. */
let storing = Promise.resolve();

/** Take what was dropped, pasted or picked: pictures, clips, folders, zips, a dataset folder, a project. */
export async function addFiles(given) {
  stopImporting();
  const { signal } = (importing = new AbortController());
  const title = titleOf(given); // now: what was given may be emptied once its event is over
  const onProgress = (count) => (store.work.value = { what: "importing", done: 0, total: count });
  let project = null;
  const [view, open] = [store.view.value, store.project.value.id];
  if (open !== null) markImporting(open, given.files?.length || given.length || 1); // until it is known how many come
  let isOpen = () => true;
  try {
    onProgress(0);
    const found = await gather(given, { listZip, signal, onProgress });
    if (found.project) return await openFile(found.project);
    const { frames, clips, dataset, skipped } = found;
    const begins = store.project.value.id === null && !dataset;
    const { good, seen, problems } = begins
      ? await untilOneIsGood(frames, clips, { signal })
      : { good: frames.length || clips.length || dataset, seen: new Map(), problems: [] };
    if (!good) {
      addProblems([...skipped, ...problems]);
      return notify(nothingIn([...skipped, ...problems]), "error");
    }
    const mine = store.project.value.id !== null;
    const here = store.view.value;
    if (!mine) await newProject(title);
    if (!mine && here !== view) store.view.value = here; // where the person has gone while the files were looked at
    project = store.project.value.id;
    const isFirst = !store.frames.value.length;
    isOpen = openNow(); // once another project is, nothing of this is for that
    await markImporting(project, frames.length + clips.length);
    addProblems(skipped);
    if (mine && store.view.value === view) store.view.value = "frames";
    if (dataset) await addDataset(dataset.files, isOpen);
    if (isOpen() && (frames.length || !clips.length)) await addFrames(frames, seen, signal, isOpen);
    if (isOpen() && clips.length) await addVideos(clips, seen, signal);
    if (!isOpen() || !store.frames.value.length) return;
    const seekNow = isFirst && !dataset && !readouts.value.length && ["frames", "mark"].includes(store.view.value);
    if (seekNow) {
      findNumbers();
      if (store.problems.value.every(({ note }) => note)) store.view.value = "mark";
    }
    notify(
      `${store.frames.value.length.toLocaleString("en")} ${store.frames.value.length === 1 ? "frame is" : "frames are"} here.`,
      "info",
      readouts.value.length || store.view.value === "mark"
        ? undefined
        : { title: "Mark the number", run: () => (store.view.value = "mark") },
    );
  } catch (error) {
    if (error.name !== "AbortError") notify(error.message, "error");
  } finally {
    if (isOpen() && store.work.value?.what === "importing") store.work.value = null;
    if (project === null && importing?.signal === signal) {
      importing = null; // nothing was brought
      if (open !== null) storing.then(() => markImporting(open, 0));
    }
    if (project && isOpen()) storing.then(() => markImporting(project, 0));
  }
}

export const stopImporting = () => importing?.abort();
/** Whether anything was ever brought. */
export const isImporting = () => importing !== null;

function titleOf(given) {
  const file = given.files?.[0] ?? given[0];
  const folder = file?.webkitRelativePath?.split("/")[0];
  const stem = file?.name?.replace(/\.\w+$/, "");
  const name = isClip(file?.name ?? "", file?.type) ? stem : stem?.replace(/[\W_]*\d*$/, ""); // frame-00001 is one of many
  return folder || name || "New project";
}

/** Take pictures, some of which were `seen`, as long as their project `isOpen()`. */
async function addFrames(files, seen, signal, isOpen) {
  const before = store.frames.value;
  const bare = new Map(before.filter(({ digest, clip }) => !digest && !clip).map((frame) => [frame.name, frame]));
  const back = files.filter(({ name }) => bare.has(name)); // pictures of frames that came without, in a project's file
  for (const { name, open } of back) filesByName.set(name, open);
  const taken = new Set(before.map(({ name }) => name));
  const fresh = files
    .filter(({ name }) => !bare.has(name))
    .map(({ name, open }) => {
      const unique = uniqueName(name, taken);
      taken.add(unique);
      filesByName.set(unique, open);
      return { name: unique, given: name, width: 0, height: 0, digest: null, thumbnail: null };
    });
  if (!before.length) showFrames(fresh); // else they come in one step, so that nothing moves while someone types
  const [problems, met] = [[], []];
  const keeper = keepAsTheyCome(isOpen);
  const goodNow = (into) => {
    const good = sortOut(
      before,
      fresh.filter(({ width }) => width),
      into,
    );
    return { good, frames: [...met, ...fresh.filter(({ name }) => good.has(name))] };
  };
  const queue = [...back.map(({ name }) => ({ ...bare.get(name), given: name })), ...fresh];
  let all = queue.length;
  const start = performance.now();
  let shown = start;
  let done = 0;
  const lookOn = async () => {
    for (let frame = queue.shift(); frame; frame = queue.shift()) {
      try {
        const { name, given } = frame;
        const found = await (seen.get(filesByName.get(name)) ?? look(name, name, given, { signal }));
        if (found.frames) {
          const frames = inFrames(frame, found, { bare, taken, problems });
          fresh.push(...frames.filter((each) => each.name !== name && !bare.has(each.name)));
          queue.unshift(...frames);
          all += frames.length - 1;
          continue;
        }
        const { width, height, digest, thumbnail, more } = found;
        if (more) problems.push({ name: frame.given, ...more });
        if (bare.has(frame.name)) met.push(meet(bare.get(frame.name), { width, height, digest, thumbnail }));
        else Object.assign(frame, { width, height, digest, thumbnail });
      } catch (error) {
        if (error.name === "AbortError") throw error;
        if (bare.has(frame.name)) filesByName.delete(frame.name);
        problems.push({ name: frame.given, why: error.message, next: "It was left out." });
      }
      done++;
      const now = performance.now();
      if (now - shown < SHOW_EVERY) continue;
      shown = now;
      const rate = done / ((now - start) / 1000);
      batch(() => {
        store.work.value = { what: "importing", done, total: all, rate, left: (all - done) / rate };
        if (!before.length) store.frames.value = [...store.frames.value];
      });
      keeper.keep(() => goodNow([]).frames);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lookOn)).catch((error) => {
    if (error.name !== "AbortError") throw error;
    if (isOpen()) notify("Stopped. The frames seen so far are kept.");
  });
  if (!isOpen()) return;
  const { good, frames } = goodNow(problems);
  for (const { name } of fresh) if (!good.has(name)) filesByName.delete(name);
  const mine = new Set(fresh);
  addProblems(problems);
  await setFrames([
    ...store.frames.value.filter((each) => !mine.has(each)),
    ...fresh.filter(({ name }) => good.has(name)),
  ]);
  if (!isOpen()) return;
  storing = keeper.finish(frames);
}

/** The frames of a picture that Python decoded: the same one, with a file that the browser decodes, or several. */
function inFrames(frame, { frames, notes, left_out }, { bare, taken, problems }) {
  for (const note of notes)
    problems.push({ name: frame.given, why: note, next: "That is how it is read.", note: true });
  for (const what of left_out) problems.push({ name: frame.given, why: what, next: "It was left out." });
  if (frames.length === 1) {
    filesByName.set(frame.name, () => frames[0].file);
    return [frame];
  }
  return frames.map(({ name: given, time, file }) => {
    const name = bare.has(given) ? given : uniqueName(given, taken); // the same file may have been brought before
    taken.add(name);
    filesByName.set(name, () => file);
    return { ...frame, name, given, ...(time !== null && { time }) };
  });
}

/** Take what the picture of a frame says that is here already; it throws where that is another picture. */
function meet(frame, news) {
  if (news.width !== frame.width || news.height !== frame.height)
    throw new Error(`it is ${news.width} × ${news.height}, the frame of that name is ${frame.width} × ${frame.height}`);
  return Object.assign(frame, news);
}

/** The names of the new frames that fit the others: of one size, and not the very same file again. */
function sortOut(before, fresh, problems) {
  const sizeOf = ({ width, height }) => `${width} × ${height}`;
  const most = usualSize(before.length ? before : fresh);
  const usual = most && sizeOf(most);
  const digests = new Map(before.filter(({ digest }) => digest).map((frame) => [frame.digest, frame]));
  const good = new Set();
  for (const frame of fresh) {
    const twin = frame.digest && digests.get(frame.digest);
    if (sizeOf(frame) !== usual) {
      problems.push({
        name: frame.given,
        why: `it is ${sizeOf(frame)}, the others are ${usual}`,
        next: "Left out: give it a project of its own, where this layout can be scaled to it.",
      });
    } else if (twin && (twin.given ?? twin.name) === frame.given) {
      filesByName.set(twin.name, filesByName.get(frame.name)); // the browser may have let go of it
      problems.push({ name: frame.given, why: "it is here already", next: "Skipped." });
    } else {
      if (twin)
        problems.push({
          name: frame.given,
          why: `it is the same file as ${twin.name}`,
          next: "It is kept: remove it if it is no frame of its own.",
        });
      good.add(frame.name);
      digests.set(frame.digest, frame);
    }
  }
  return good;
}

/** A dataset folder: its layout, and its training pictures as examples, as long as their project `isOpen()`. */
async function addDataset(files, isOpen) {
  await handed();
  const text = async (name) => (await files.find((file) => file.name === name)?.open({}))?.text();
  const layout = await text(LAYOUT_FILE);
  if (!isOpen()) return;
  if (layout) keepState(await call("import_layout", { text: layout }));
  const pictures = files.filter(({ name }) => name.startsWith("training/"));
  const examples = await Promise.all(
    pictures.map(async ({ name, open }) => {
      const { width, height, rgba } = await decodeRegion(await open({}));
      return {
        source: name,
        label: name
          .split("/")
          .at(-1)
          .replace(/\.\w+$/, ""),
        width,
        height,
        rgba,
      };
    }),
  );
  if (isOpen()) await takeExamples(examples);
}

/** Take a frame out of the project, and offer to put it back; what was typed for it stays in the document all the while. */
export async function removeFrame(frame) {
  const isOpen = openNow();
  const file = frame.clip ? null : await fileOf(frame.name).catch(() => null);
  await removeFrames([frame.name]);
  const back = async () => {
    if (!isOpen() || store.frames.value.some(({ name }) => name === frame.name)) return;
    if (frame.clip) return withFrame(frame);
    if (file) filesByName.set(frame.name, () => file);
    await setFrames([...store.frames.value, frame]);
    saveFrames([frame], filesByName);
  };
  notify(`${frame.name} is out of the project.`, "info", { title: "Put it back", run: back });
}

/** Take frames out of the project. */
async function removeFrames(names) {
  const gone = new Set(names);
  const pictures = withoutFrames(names);
  await setFrames(store.frames.value.filter(({ name }) => !gone.has(name)));
  if (pictures.length) forgetFrames(pictures);
}

export const forgetProblems = () => (store.problems.value = []);
