// Projects in the browser's own database: what was made is there after a reload.
//
//   projects   id            {id, name, created, changed, exported, frames, clipFrames, importing: how many files, while they come}
//   documents  id            {text}
//   saves      id            {changed} of the document, apart from it so that lists need not read it
//   origins    id            the *.readout.zip that a project was opened from, a Blob
//   frames     [id, frame]   {width, height, digest, thumbnail: {type, bytes}, sizes: {file: its bytes}}
//   regions    [id, frame]   {readout: region}: see media/kept_regions.js
//   files      [id, frame]   the picture's file, a Blob, as far as there is room
//   examples   [id, source]  {source, …, rgba}
//   journal    [id, number]  edits that are not in the document yet: see journal_db.js
//   clips      [id, clip], clipfiles [id, clip], chunks [id, clip, time]: see videos_db.js
//
// Entries that older versions wrote have more `sizes`, and `bytes`: nothing reads them.

import { inNaturalOrder } from "../shared/file_names.js";
import { Autosave } from "./autosave.js";
import { Database, isFull, problem, STORES } from "./database.js";
import { FramesDb, keysOf } from "./frames_db.js";
import { JournalDb } from "./journal_db.js";
import { fileOf, StoredFiles } from "./stored_files.js";
import { TabLock } from "./tab_lock.js";
import { VideosDb } from "./videos_db.js";

/**
 * The projects of this browser. No call rejects: `onProblem` gets {kind, message, next, detail}, where kind is
 *   missing     there is no database, as in a private window: told once, and everything else goes on
 *   newer       a newer Readout made the database: told once
 *   full        changes are not stored, for want of room: told once, until one is; they are tried again
 *   failed      the same, for another reason
 *   gone        the same, because the project is not there any more
 *   thinned     it is stored, but for that the files of some frames had to go
 *   elsewhere   another tab has the project open
 *   taken       another tab has taken the project over
 *   late        the browser has not answered yet what it was asked to read or store
 *
 * `onResolved` is told when all that could not be stored is, `onAnswered` when all that was late has been answered.
 */
export class ProjectsDb {
  #tell;
  #database;
  #writers;
  /** By project, its document's Autosave. */
  #saves = new Map();
  /** By project, the numbers of edits that are in the last document given. */
  #made = new Map();
  #files;
  /** Whether the last change could not be stored: then the user has been told. */
  #failing = false;
  /** What could not be stored; "document" may be yet, as it is tried again. */
  #unstored = new Set();
  #onResolved;

  constructor({ onProblem = (_problem) => {}, onResolved = () => {}, onAnswered = () => {}, name = "readout" } = {}) {
    [this.#tell, this.#onResolved] = [onProblem, onResolved];
    this.#database = new Database(name, onProblem, onAnswered, () => this.#lookForOpen());
    this.#files = new StoredFiles(this.#database);
    const packed = (...file) => this.#files.packed(...file);
    this.#writers = new TabLock(() => onProblem(problem("taken")));
    this.frames = new FramesDb(this.#database, (...change) => this.#change(...change), packed);
    this.journal = new JournalDb(this.#database, (id) => this.#writers.has(id));
    this.clips = new VideosDb(this.#database, (...change) => this.#change(...change), packed);
    addEventListener("pagehide", () => this.flush());
    addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.flush());
  }

  /** All projects, the last changed first: [{id, name, created, changed, exported, frames}], times in ms or null. */
  async list() {
    const [projects, saves, ids] = (await this.#database.read(["projects", "saves"], (tx) => {
      const [all, saved] = ["projects", "saves"].map((store) => tx.objectStore(store));
      return Promise.all([all.getAll(), saved.getAll(), saved.getAllKeys()]);
    })) ?? [[], [], []];
    const saved = new Map(ids.map((id, k) => [id, saves[k]]));
    return projects.map((project) => withSave(project, saved.get(project.id))).sort((a, b) => b.changed - a.changed);
  }

  /** A new project, which this tab writes, with the file it was opened from if there is one. Returns its id. */
  async create(name, { origin = null } = {}) {
    const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
    const now = Date.now();
    const project = { id, name, created: now, changed: now, exported: null, frames: 0 };
    await this.#writers.take(id);
    const packed = origin && (await this.#files.packed(origin));
    await this.#database.write(["projects", "origins"], (tx) =>
      Promise.all([tx.objectStore("projects").put(project, id), packed && tx.objectStore("origins").put(packed, id)]),
    );
    return id;
  }

  /**
   * Open a project: its entry in `list`, with `document`, the text or null, `origin`, the file it was opened
   * from or null, and `writer`, whether this tab may change it. It may not while another tab has it open, unless
   * this one takes it over. Null where there is no such project.
   * @returns {Promise<any>}
   */
  async load(id, { takeOver = false } = {}) {
    const writer = await this.#writers.take(id, { steal: takeOver });
    const stores = ["projects", "saves", "documents", "origins"];
    const found = await this.#database.read(stores, (tx) =>
      Promise.all(stores.map((store) => tx.objectStore(store).get(id))),
    );
    const [project, save, document, origin] = found ?? [];
    if (!project) this.#writers.release(id);
    else if (!writer) this.#tell(problem("elsewhere"));
    return project
      ? { ...withSave(project, save), document: document?.text ?? null, origin: fileOf(origin), writer }
      : null;
  }

  /** Close a project once its document is stored, so that other tabs can write it. */
  async close(id) {
    await this.#saves.get(id)?.settled();
    this.#saves.delete(id);
    this.#unstored.clear();
    this.#writers.release(id);
  }

  /**
   * Store the text of a project's document, with which the edits of these numbers need not be made again: of many calls one after the other is written, the last one always.
   * Resolves with true once this text, or a later one, is stored, and with false where it could not be.
   */
  saveDocument(id, text, edits = []) {
    if (!this.#saves.has(id)) this.#saves.set(id, new Autosave((newest) => this.#putDocument(id, newest)));
    const made = this.#made.get(id) ?? new Set();
    this.#made.set(id, made);
    for (const number of edits) made.add(number);
    return this.#saves.get(id).save(text);
  }

  /** Whether some document is not stored yet. */
  get unsaved() {
    return [...this.#saves.values()].some(({ unsaved }) => unsaved);
  }

  /** Begin at once to store what waits; the page does so itself when it is hidden or left. */
  flush() {
    for (const save of this.#saves.values()) save.flush();
  }

  /** Note that files are being brought, how many; 0: that they all are here. */
  markImporting = (id, count) => this.#change(id, [], (tx, project) => ({ ...project, importing: count }));

  rename = (id, name) => this.#change(id, [], (tx, project) => ({ ...project, name }));

  /** Note that a project was saved to a file, at `when` in ms. */
  markExported = (id, when = Date.now()) => this.#change(id, [], (tx, project) => ({ ...project, exported: when }));

  /** Whether this tab may write a project. */
  isWriter = (id) => this.#writers.has(id);

  /** The worker that stores regions of frames could not, for an error of this name: make room, where that is why. */
  noteRefusal(id, name) {
    let failure = new DOMException("Regions of a frame could not be stored.", name);
    return this.#whole(id, async (onFailure) => {
      if (failure) onFailure(failure);
      failure = null;
      return true;
    });
  }

  /** Store labelled pictures, [{source, label, width, height, rgba}], in place of those that were there. */
  saveExamples(id, examples) {
    return this.#change(id, ["examples"], async (tx, project) => {
      const store = tx.objectStore("examples");
      await Promise.all([
        store.delete(keysOf(id)),
        ...examples.map((example) => store.put(example, [id, example.source])),
      ]);
      return { ...project, changed: Date.now() };
    });
  }

  /** What `saveExamples` stored, in natural order of the sources. */
  async examples(id) {
    const found = await this.#database.read(["examples"], (tx) => tx.store.getAll(keysOf(id)));
    return inNaturalOrder(found ?? [], ({ source }) => source);
  }

  /** Delete a project and all it has. Resolves with false, and tells so, where another tab has it open. */
  async delete(id) {
    if (!(await this.#writers.take(id))) return (this.#tell(problem("elsewhere")), false);
    this.#saves.get(id)?.drop();
    const deleted = await this.#database.write(STORES, (tx) =>
      Promise.all([
        ...["projects", "saves", "documents", "origins"].map((store) => tx.objectStore(store).delete(id)),
        ...["frames", "regions", "files", "examples", "clips", "clipfiles", "chunks", "journal"].map((store) =>
          tx.objectStore(store).delete(keysOf(id)),
        ),
      ]),
    );
    await this.close(id);
    this.frames.tryFilesAgain();
    this.flush(); // perhaps there is room now for what did not fit
    return deleted;
  }

  /** Ask the browser not to clear this page's data by itself. Resolves with whether it agrees. */
  persist = async () => Boolean(await navigator.storage?.persist?.().catch(() => false));

  /** All of it is sent at once, and waits for nothing: the page may be about to end. */
  async #putDocument(id, text) {
    const made = [...(this.#made.get(id) ?? [])];
    const put = (onFailure) =>
      this.#database.write(
        ["projects", "documents", "saves", "journal"],
        (tx) => {
          const save = { changed: Date.now() };
          const journal = tx.objectStore("journal");
          const isThere = tx.objectStore("projects").count(id);
          const puts = [
            tx.objectStore("documents").put({ text }, id),
            tx.objectStore("saves").put(save, id),
            ...made.map((number) => journal.delete([id, number])),
          ];
          tx.commit();
          return Promise.all([isThere.then(checkThere), ...puts]);
        },
        onFailure,
      );
    const done = await this.#whole(id, put, undefined, "document");
    if (done) for (const number of made) this.#made.get(id)?.delete(number);
    return done;
  }

  /** Whether the projects that are open are still there: if not, that is told. */
  #lookForOpen() {
    for (const id of this.#writers.all()) this.#change(id, [], (tx, project) => project);
  }

  /** Write, and with it what `work(tx, project)` makes of the project's entry. Resolves with whether that worked. */
  #change(id, stores, work, onFailure) {
    return this.#whole(
      id,
      (noted) =>
        this.#database.write(
          ["projects", ...stores],
          async (tx) => {
            const projects = tx.objectStore("projects");
            const project = await projects.get(id);
            checkThere(project);
            await projects.put(await work(tx, project), id);
          },
          noted,
        ),
      onFailure,
    );
  }

  /**
   * Resolves with whether `write(onFailure)` worked. Where there is no room, files of frames make it, unless
   * `onFailure(error)` takes care of failures. `what` is written again and again, or else unique.
   * @param {string} id @param {Function} write @param {Function} [onFailure] @param {string | symbol} [what]
   */
  async #whole(id, write, onFailure, what = Symbol("change")) {
    if (!this.#writers.has(id)) return false;
    if (onFailure) return write(onFailure);
    let failure = null;
    const attempt = () => write((error) => (failure = error));
    let done = await attempt();
    if (failure && isFull(failure) && (await this.frames.makeRoom(id))) {
      this.#tell(problem("thinned"));
      failure = null;
      done = await attempt();
    }
    if (failure && !this.#failing) this.#tell(problem(kindOf(failure), failure));
    this.#failing = Boolean(failure);
    const before = this.#unstored.size;
    if (done) this.#unstored.delete(what);
    else if (failure) this.#unstored.add(what);
    if (before && !this.#unstored.size) this.#onResolved();
    return done;
  }
}

/** A project that is not there any more keeps nothing that is put beside it. */
function checkThere(found) {
  if (!found) throw new DOMException("The project is not in this browser any more.", "NotFoundError");
}

const kindOf = (failure) => (isFull(failure) ? "full" : failure.name === "NotFoundError" ? "gone" : "failed");

const withSave = ({ clipFrames = 0, ...project }, { changed = 0 } = {}) => ({
  ...project,
  frames: project.frames + clipFrames,
  changed: Math.max(project.changed, changed),
});
