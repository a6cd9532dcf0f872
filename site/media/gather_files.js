// What people drop, paste or pick, as one list of frames.

import { HEAD_BYTES, PROJECT_FILE } from "../shared/constants.js";
import { isClip, isHidden, isPicture, isProject, isZip } from "../shared/file_names.js";
import { sortOut } from "./dataset_folder.js";
import { kindOf, picturesFollow } from "./file_kind.js";

/** The page's thread is never held longer than about this. */
const BREATH_MS = 16;
/** A JPEG that others follow is not larger than this. */
const MOST_OF_ONE = 16 << 20;

/**
 * Take what was dropped or pasted (a DataTransfer), picked (a FileList) or read from the clipboard (an array
 * of ClipboardItems or Files). Folders are walked, zips opened, hidden files passed over. What a file is, its first
 * bytes say; its name where they tell nothing.
 *
 * Returns {frames, clips, dataset, project, skipped}:
 *   frames    [{name, size, open}] in natural order; `name` is the path inside what was given, unique;
 *             `open({signal})` gives the file, a Blob or a promise of it: one in a zip is unpacked only then
 *   clips     [{name, size, open, handle}], videos in the same way; `handle` is the browser's handle on a file
 *             that was dropped, where it gives one, or null
 *   dataset   {files: [{name, size, open}]} of a dataset folder (training/, testing/, layout.json,
 *             labels.csv), `name` being the path inside it, or null
 *   project   a zip File that is a project, by its name *.readout.zip or its project.json, or null
 *   skipped   [{name, why, next}]: what is not used, and what can be done
 *
 * `listZip` opens a zip, as in image_source.js. `onProgress(count)` gets the number of files so far. Call it
 * in the event itself: a DataTransfer is empty once its event is over. Rejects only when `signal` aborts.
 */
export async function gather(given, { listZip, signal, onProgress }) {
  const handles = handlesOf(given); // before anything is awaited
  const entries = entriesOf(given);
  const basket = { files: [], skipped: [], project: null, listZip, signal, onProgress };
  if (!entries.length) skip(basket, "What came", "it holds no files", "Save the picture first, then drop its file.");
  const breathe = breather();
  for (const entry of entries) {
    await take(entry, "", basket);
    await breathe();
  }
  const { frames, clips, dataset, unused } = sortOut(basket.files);
  const kept = await handles;
  return {
    frames: frames.map(shown),
    clips: clips.map((file) => ({ ...shown(file), handle: kept.get(file.path) ?? null })),
    dataset: dataset && { files: dataset.map(shown) },
    project: basket.project,
    skipped: [...basket.skipped, ...unused],
  };
}

const shown = ({ name, open, file, size }) => ({
  name,
  open,
  get size() {
    return size ?? file.size;
  },
}); // asking a file takes its time
const skip = (basket, name, why, next) => basket.skipped.push({ name, why, next });

/** Files, entries of the browser's file systems and ClipboardItems, out of anything that `gather` takes. */
function entriesOf(given) {
  if (!given.items) return [...given];
  const items = [...given.items].filter(({ kind }) => kind === "file");
  return items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
}

/** By name, the browser's handles on videos that were dropped: with one, a reload need not ask for the file again. */
function handlesOf(given) {
  const videos = [...(given.items ?? [])].filter(
    (item) => item.kind === "file" && item.getAsFileSystemHandle && isClip("", item.type || "video/x"),
  );
  const asked = videos.map((item) => item.getAsFileSystemHandle().catch(() => null));
  return Promise.all(asked).then(
    (handles) => new Map(handles.filter((handle) => handle?.kind === "file").map((handle) => [handle.name, handle])),
  );
}

async function take(entry, folder, basket) {
  basket.signal?.throwIfAborted();
  if (isHidden(entry.name ?? "")) return;
  if (entry.isDirectory) return walk(entry, `${folder}${entry.name}/`, basket);
  const file = await fileOf(entry).catch((error) => {
    skip(
      basket,
      `${folder}${entry.name ?? "The clipboard"}`,
      `it cannot be read (${error.message})`,
      "Check that it is still there, then drop it again.",
    );
  });
  if (file) await takeFile(file, file.webkitRelativePath || folder + file.name, basket);
}

async function fileOf(entry) {
  if (entry.isFile) return new Promise((resolve, reject) => entry.file(resolve, reject));
  if (!entry.getType) return entry;
  const type = entry.types.find((name) => isPicture("", name));
  if (!type) throw new Error("it holds no picture");
  return new File([await entry.getType(type)], `pasted.${type.slice("image/".length)}`, { type });
}

async function walk(directory, path, basket) {
  const reader = directory.createReader();
  const more = () =>
    new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch((error) => {
      skip(
        basket,
        path,
        `the folder cannot be read (${error.message})`,
        "Check that it is still there, then drop it again.",
      );
      return [];
    });
  for (let some = await more(); some.length; some = await more()) {
    // browsers give a hundred at a time
    for (const entry of some) await take(entry, path, basket);
  }
}

async function takeFile(file, path, basket) {
  if (isHidden(path)) return;
  if (isProject(path)) return takeProject(file, path, basket);
  const { type } = file;
  const kind = await kindIn({ path, type }, file.slice(0, HEAD_BYTES).arrayBuffer(), () => file);
  if (kind === "zip" || (!kind && isZip(path, type))) await takeZip(file, path, basket);
  else add(basket, { path, file, type, kind, open: () => file });
}

/** What a file is, by the promise of its first bytes; null where they tell nothing or it cannot be read. */
async function kindIn({ path, type = "" }, head, open) {
  const kind = kindOf(new Uint8Array(await head.catch(() => new ArrayBuffer())));
  const mayMove = kind === "picture" && !isPicture(path, type);
  return mayMove && (await isMotionJpeg(open)) ? "video" : kind;
}

/** Whether a picture is the first one of several, which a name that promises no picture leaves open. */
async function isMotionJpeg(open) {
  const some = async () => (await open()).slice(0, MOST_OF_ONE).arrayBuffer();
  return picturesFollow(new Uint8Array(await some().catch(() => new ArrayBuffer())));
}

function takeProject(file, path, basket) {
  if (basket.project) skip(basket, path, "one project is open at a time", "Open it after this one.");
  else basket.project = file;
}

async function takeZip(zip, path, basket) {
  const { files, refused, remarks } = await basket.listZip(zip, { signal: basket.signal }).catch((error) => {
    basket.signal?.throwIfAborted();
    return {
      files: [],
      remarks: [],
      refused: [{ name: "", why: error.message, next: "Pack it again, or drop the folder instead." }],
    };
  });
  if (files.some(({ name }) => name === PROJECT_FILE)) return takeProject(zip, path, basket); // renamed
  if (!files.length && !refused.length) skip(basket, path, "the zip is empty", "Check what it was made of.");
  const folder = path.replace(/\.zip$/i, "");
  for (const { name, why, next } of refused)
    if (!isHidden(name)) skip(basket, name ? `${folder}/${name}` : path, why, next);
  for (const why of remarks) basket.skipped.push({ name: path, why, next: "They are read all the same.", note: true });
  const { signal } = basket;
  for (const { name, size, head, open } of files) {
    if (isHidden(name)) continue;
    const kind = await kindIn({ path: name }, head(HEAD_BYTES, { signal }), () => open({ signal }));
    signal?.throwIfAborted();
    if (kind === "zip" || (!kind && isZip(name)))
      skip(
        basket,
        `${folder}/${name}`,
        "a zip inside a zip is not opened",
        "Unpack the outer one, then drop the folder.",
      );
    else add(basket, { path: `${folder}/${name}`, size, kind, open });
  }
}

function add(basket, file) {
  basket.files.push(file);
  basket.onProgress?.(basket.files.length);
}

/** A function to await now and then: once it has been a while, it lets the page draw. */
function breather() {
  const { port1, port2 } = new MessageChannel(); // unlike timers, at once, also in a hidden tab
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH_MS) return;
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    last = performance.now();
  };
}
