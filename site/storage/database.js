// The browser's own database, and what can go wrong with it.

import { openDB } from "idb";

const VERSION = 3;
/** Those of version 1, those that version 2 added, and that of version 3. */
export const STORES = [
  "projects",
  "documents",
  "saves",
  "origins",
  "frames",
  "regions",
  "files",
  "examples",
  "clips",
  "clipfiles",
  "chunks",
  "journal",
];

/** What went wrong, by kind: what the user is told, and what they can do. */
const PROBLEMS = {
  missing: [
    "This browser keeps no data for this page, as in a private window.",
    "Everything works, but save your project to a file before you close the tab.",
  ],
  full: [
    "The disk is full, or the browser gives this page no more of it.",
    "Nothing is lost yet: save your project to a file now, then delete old projects.",
  ],
  gone: [
    "What this browser kept of the project is gone: its data for this page were cleared.",
    "All of it is still here in this tab: save your project to a file now.",
  ],
  late: [
    "This browser's storage has not answered for ten seconds.",
    "Nothing is lost yet: save your project to a file now.",
  ],
  failed: ["The browser could not store the last change.", "Nothing is lost yet: save your project to a file now."],
  thinned: [
    "There is little room: to store your work, the files of some frames are kept no longer.",
    "Their readings are. Drop the frames again if boxes are to move far.",
  ],
  newer: [
    "The projects in this browser were made by a newer version of Readout.",
    "Reload the page to get that version. Until then nothing is stored: save your project to a file.",
  ],
  elsewhere: ["This project is open in another tab, which stores its changes.", "Go on there, or take it over here."],
  taken: ["Another tab has taken over this project.", "Go on there: what you change here is not stored."],
};

/** {kind, message, next, detail} for the user; `kind` is a key of PROBLEMS, `detail` what the browser said. */
export function problem(kind, error) {
  const [message, next] = PROBLEMS[kind];
  return { kind, message, next, detail: error ? `${error.name}: ${error.message}` : "" };
}

/** What takes longer than this is told, though it may yet be done. */
const LATE_MS = 10_000;
/** So long after the browser has closed the database it is opened again: before all is cleared that would fail. */
const CLEARING_MS = 1000;

/**
 * A database whose calls never reject: they return what they could not do, and `tell` gets the problem. `onAnswered`
 * is told when nothing is "late" any more, `onTerminated` when the browser has closed the database by itself.
 */
export class Database {
  #name;
  #tell;
  #opening = null;
  #connection = null;
  /** Why there is no database, once that is known. */
  #without = null;
  #onAnswered;
  #onTerminated;
  /** How many calls are late. */
  #late = 0;

  constructor(name, tell, onAnswered = () => {}, onTerminated = () => {}) {
    [this.#name, this.#tell, this.#onAnswered, this.#onTerminated] = [name, tell, onAnswered, onTerminated];
  }

  /** The open database, or null. */
  async open() {
    if (this.#connection || this.#without) return this.#connection;
    await (this.#opening ??= this.#tryToConnect());
    this.#opening = null;
    return this.#connection;
  }

  /** What `work(tx)` gives; undefined where there is no database, or it fails. */
  read = (stores, work) => this.#timed(this.#read(stores, work));

  async #read(stores, work) {
    const database = await this.open();
    if (!database) return undefined;
    try {
      return await work(database.transaction(stores, "readonly"));
    } catch (error) {
      this.#tell(problem("failed", error));
      return undefined;
    }
  }

  /**
   * Do all of `work(tx)`, or nothing. Returns whether it was done. `onFailure(error)` stands in for `tell`.
   * `work` waits for nothing but `tx`, which would end meanwhile.
   */
  write = (stores, work, onFailure = (error) => this.#tell(problem(isFull(error) ? "full" : "failed", error))) =>
    this.#timed(this.#write(stores, work, onFailure));

  async #write(stores, work, onFailure) {
    const database = await this.open();
    if (!database) return false;
    try {
      const tx = database.transaction(stores, "readwrite");
      const done = tx.done.then(
        () => null,
        (error) => error,
      );
      const working = (async () => work(tx))().then(
        () => null,
        (error) => error,
      );
      // Chromium may abort a transaction and never settle its requests, so that `work` waits forever.
      const error = await Promise.race([working, done.then((why) => why ?? working)]);
      if (error) abort(tx);
      const failed = (await done) ?? error;
      if (failed) throw isFull(failed) || !error ? failed : error;
      return true;
    } catch (error) {
      onFailure(error);
      return false;
    }
  }

  /** What `answer` resolves to; tells that it is late where it is. */
  async #timed(answer) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#late++;
      this.#tell(problem("late"));
    }, LATE_MS);
    const result = await answer;
    clearTimeout(timer);
    if (late && !--this.#late) this.#onAnswered();
    return result;
  }

  #tryToConnect = () =>
    this.#connect().catch((error) => this.#lose(error.name === "VersionError" ? "newer" : "missing", error));

  async #connect() {
    this.#connection = await openDB(this.#name, VERSION, {
      upgrade: (database) =>
        STORES.filter((store) => !database.objectStoreNames.contains(store)).forEach((store) =>
          database.createObjectStore(store),
        ),
      blocking: () => this.#lose("newer"), // another tab waits to change it
      terminated: () => {
        this.#connection = null; // as when the browser's data are cleared
        this.#opening = new Promise((done) => setTimeout(done, CLEARING_MS)).then(this.#tryToConnect);
        this.#onTerminated();
      },
    });
  }

  #lose(kind, error) {
    this.#connection?.close();
    this.#connection = null;
    this.#without = kind;
    this.#tell(problem(kind, error));
  }
}

export const isFull = (error) => error.name === "QuotaExceededError";

function abort(tx) {
  try {
    tx.abort();
  } catch {
    // it has ended already, and `done` says why
  }
}
