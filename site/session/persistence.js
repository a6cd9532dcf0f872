// What of the open project is kept in this browser. Without storage everything works, for as long as the tab lives.

import { notify, store } from "../state/store.js";
import { until } from "../state/until.js";
import { ProjectsDb } from "../storage/projects_db.js";

/** Frames whose files are stored together. */
const TOGETHER = 4;
/** Which project this tab had open, for when it is reloaded. */
const LAST = "readout:project";

const storage = new ProjectsDb({
  onProblem: (problem) => {
    if (problem.kind === "thinned") return notify(`${problem.message} ${problem.next}`, "error");
    if (problem.kind === "late") return (store.storageProblem.value ??= problem); // what fails says more; it may yet be done
    store.storageProblem.value = problem;
    change({ saved: null });
  },
  onAnswered: () => {
    if (store.storageProblem.value?.kind === "late") store.storageProblem.value = null;
  },
  onResolved: () => (store.storageProblem.value = null),
});
/** What lasts as long as the page: there is no storage, whatever project is open. */
const LASTING = ["missing", "newer"];
/** Whether the open project was there before, so that regions of its frames may be. */
let reopened = false;

const idOf = () => store.project.value.id;
const list = async () => (store.recent.value = await storage.list());
const change = (news) => (store.project.value = { ...store.project.value, ...news });
const listed = list();

/** Wait for a write; only when it was done, what is shown as saved is. Resolves with whether it was. */
async function confirmed(writing) {
  const id = idOf();
  change({ changed: Date.now() });
  store.writing.value++;
  const done = await writing;
  store.writing.value--;
  if (idOf() === id) change(done ? { saved: Date.now() } : { saved: null });
  return done;
}

/** Resolves when what was asked to be stored is, and what is being brought is here. Nothing waits for Python: edits are in the journal. */
export const allStored = () => until(() => !store.writing.value && store.work.value?.what !== "importing");

// Projects.

/** The id of the project to go on with: the one that this tab had open last, else the newest; null for the demo. */
export async function lastProject() {
  await listed;
  const last = sessionStorage.getItem(LAST);
  const known = last === null ? store.recent.value[0] : store.recent.value.find(({ id }) => id === last);
  return known?.id ?? null;
}

/** Have a reload of this tab go on with this project; null for the demo. */
export const rememberProject = (id) => sessionStorage.setItem(LAST, id ?? "");

/** A new project, as in `store.project`. */
export async function createProject(name, { file = null } = {}) {
  const id = await storage.create(name, { origin: file });
  reopened = false;
  list();
  return { id, name, saved: null, exported: null, writer: true };
}

/** A kept project: {project, document, examples, file, frames, clips, edits, cutShort}: `edits` that are not in the document, `cutShort`: how many files were coming when the page ended. */
export async function loadProject(id, options) {
  const found = await storage.load(id, options);
  if (!found) throw new Error("This project is not in this browser any more.");
  const frames = await Array.fromAsync(storage.frames.all(id));
  const clips = (await storage.clips.all(id)).map((clip) => ({ ...clip, state: "opening" }));
  const { name, changed, exported, document, origin: file, writer, importing = 0 } = found;
  reopened = true;
  if (writer && importing) storage.markImporting(id, 0);
  return {
    project: { id, name, saved: writer ? changed : null, exported, writer },
    edits: writer ? await storage.journal.all(id) : [],
    cutShort: writer ? importing : 0,
    document,
    file,
    examples: await storage.examples(id),
    frames,
    clips,
  };
}

/** Let other tabs have the project. */
export async function closeProject() {
  if (idOf()) await storage.close(idOf());
  if (!LASTING.includes(store.storageProblem.value?.kind)) store.storageProblem.value = null;
}

export async function renameProject(name) {
  const title = name.trim();
  if (!title) return;
  await confirmed(storage.rename(idOf(), title));
  list();
  change({ name: title });
}

export async function deleteProject(id) {
  await storage.delete(id);
  list();
}

/** The project has just been written to a file. */
export function markExported() {
  if (!idOf()) return;
  change({ exported: Date.now() });
  storage.markExported(idOf(), Date.now()).then(list);
}

/** Ask the browser not to clear what is kept. */
export const persist = () => storage.persist();

// The document.

/** Numbers of edits that Python has made and whose document is not given to the storage yet. */
let made = [];

/** From now on keep the document after every edit. */
export const saveEdits = () =>
  store.edited.subscribe((text) => {
    if (!idOf() || text === null) return;
    confirmed(storage.saveDocument(idOf(), text, made));
    made = [];
  });

/** Write down at once that an edit was asked for, {edit, given}. Returns its number; null where nothing is kept. */
export function noteEdit(edit) {
  const noted = idOf() && storage.journal.note(idOf(), edit);
  if (!noted) return null;
  confirmed(noted.written);
  return noted.number;
}
/** The edit of this number is in the document that Python gives next. */
export const editMade = (number) => number === null || made.push(number);
/** The edit of this number was refused. */
export const forgetEdit = (number) => number !== null && idOf() && storage.journal.forget(idOf(), [number]);

export const saveExamples = (examples) => idOf() && confirmed(storage.saveExamples(idOf(), examples));

/** Files are being brought, how many; 0: they all are here. */
export const markImporting = (id, count) => id && storage.markImporting(id, count);

// Frames.

/** Keep frames, and as far as there is room their files, which `opens` gives by name. */
export async function saveFrames(frames, opens = new Map()) {
  const id = idOf();
  if (!id) return;
  let [left, stored] = [0, true];
  for (let at = 0; at < frames.length && idOf() === id; at += TOGETHER) {
    const some = frames.slice(at, at + TOGETHER).map(async ({ name, width, height, digest, thumbnail, time }) => {
      const file = left ? null : await Promise.resolve(opens.get(name)?.({})).catch(() => null);
      return { name, width, height, digest, thumbnail, time, ...(file && { file }) };
    });
    const done = await storage.frames.save(id, await Promise.all(some));
    [left, stored] = [done.left, stored && done.stored];
  }
  await confirmed(stored);
  if (left)
    notify(
      "There is not room for all pictures in this browser: after a reload the numbers' crops are here, other parts of the frames are not.",
    );
  list();
}

export const frameFileOf = (id, name) => storage.frames.file(id, name);
export const forgetFrames = (names) => idOf() && confirmed(storage.frames.remove(idOf(), names));

/** Where to store regions of a frame, {project, frame}; undefined where they are not to be. See kept_regions.js. */
export const placeOf = (name) => (idOf() && storage.isWriter(idOf()) ? { project: idOf(), frame: name } : undefined);

/** Where regions of a frame may be stored already; null where none are. */
export const knownPlaceOf = (name) => (idOf() && reopened ? { project: idOf(), frame: name } : null);

/** Regions of frames were not stored, for an error of this name. */
export const regionsRefused = (name) => idOf() && storage.noteRefusal(idOf(), name);

// Clips.

/** Keep clips, of which `count` frames are part of the project. */
export async function saveClips(clips, count) {
  const id = idOf();
  if (id) await confirmed(storage.clips.save(id, clips, count));
  list();
}

/** Keep a clip's file, or its handle, as far as there is room. */
export async function saveClipFile(name, file, handle) {
  const id = idOf();
  if (!id || (await storage.clips.keepFile(id, name, file, handle)) || idOf() !== id) return;
  notify(
    `${name} is too large to be kept in this browser: after a reload what was read is here, and dropping it again goes on.`,
  );
}

export const clipFileOf = (id, name) => storage.clips.file(id, name);
export const forgetClip = (name, count) => idOf() && confirmed(storage.clips.remove(idOf(), name, count));

/** Keep what Python needs to have a chunk of a clip read again. */
export const saveChunk = (name, time, kept) => idOf() && confirmed(storage.clips.saveChunk(idOf(), name, time, kept));
/** What was kept of a clip's chunks, some at a time. */
export const chunksOf = (name) => (idOf() ? storage.clips.chunks(idOf(), name) : []);
export const forgetChunks = (name) => idOf() && storage.clips.forgetChunks(idOf(), name);
