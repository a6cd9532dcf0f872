// The clips of stored projects: what was chosen of them, what was read, and their files as far as there is room.
//
//   clips      [id, clip]        what store.clips holds of it, but what lasts no longer than the page
//   clipfiles  [id, clip]        the file, a Blob, or the browser's handle on it
//   chunks     [id, clip, time]  what Python needs to have a chunk read again without the clip; time: its first frame's

import { keysOf } from "./frames_db.js";
import { fileOf, hasRoom } from "./stored_files.js";

/** Larger files are not kept. */
const LARGEST = 512 << 20;
/** Nor these, where they can be stored as bytes alone. */
const MOST_BYTES = 64 << 20;
/** Files are kept while they leave this share of the space to what matters more. */
const SPARE = 0.3;
/** Chunks that are read at once. */
const BATCH = 64;

/** What ProjectsDb offers of clips, as its `clips`. `change` is its way to write to a project, `packed` to prepare a file. No call rejects. */
export class VideosDb {
  #database;
  #change;
  #packed;

  constructor(database, change, packed) {
    [this.#database, this.#change, this.#packed] = [database, change, packed];
  }

  /** All clips of a project. */
  all = async (id) => (await this.#database.read(["clips"], (tx) => tx.store.getAll(keysOf(id)))) ?? [];

  /** Store clips, new ones or others in the place of those of their names. `count`: how many frames of all clips are part of the project. */
  save(id, clips, count) {
    return this.#change(id, ["clips"], async (tx, project) => {
      await Promise.all(clips.map((clip) => tx.objectStore("clips").put(clip, [id, clip.name])));
      return { ...project, clipFrames: count, changed: Date.now() };
    });
  }

  /** Keep a clip's file: a copy where it is not too large and there is room, else the handle if there is one. Resolves with whether any is kept. */
  async keepFile(id, name, file, handle = null) {
    const fits = file.size <= LARGEST && (await hasRoom(file.size, SPARE));
    const packed = fits && (await this.#packed(new Blob([file]), MOST_BYTES).catch(() => undefined)); // it may have gone
    const copied = packed && (await this.#putFile(id, name, packed));
    return Boolean(copied) || Boolean(handle && (await this.#putFile(id, name, handle)));
  }

  /** What `keepFile` kept of a clip: a Blob, a handle, or null. */
  file = async (id, name) => fileOf(await this.#database.read(["clipfiles"], (tx) => tx.store.get([id, name])));

  #putFile(id, name, file) {
    return this.#change(
      id,
      ["clips", "clipfiles"],
      async (tx, project) => {
        const isThere = await tx.objectStore("clips").count([id, name]); // it may have been removed meanwhile
        if (isThere) await tx.objectStore("clipfiles").put(file, [id, name]);
        return project;
      },
      () => {},
    );
  }

  /** Store what was read of a clip's chunk that begins at `time`, in the place of what was. */
  saveChunk(id, name, time, kept) {
    return this.#change(id, ["chunks"], async (tx, project) => {
      await tx.objectStore("chunks").put(kept, [id, name, time]);
      return project;
    });
  }

  /** What was read of a clip, some chunks at a time: an async iterator of arrays of Uint8Arrays. */
  async *chunks(id, name) {
    const keys = (await this.#database.read(["chunks"], (tx) => tx.store.getAllKeys(chunksOf(id, name)))) ?? [];
    for (let at = 0; at < keys.length; at += BATCH) {
      const some = keys.slice(at, at + BATCH);
      const found = await this.#database.read(["chunks"], (tx) => Promise.all(some.map((key) => tx.store.get(key))));
      yield (found ?? []).filter(Boolean);
    }
  }

  /** Forget what was read of a clip. */
  forgetChunks(id, name) {
    return this.#change(id, ["chunks"], async (tx, project) => {
      await tx.objectStore("chunks").delete(chunksOf(id, name));
      return project;
    });
  }

  /** Remove a clip with all that is kept of it. `count` as for `save`. */
  async remove(id, name, count) {
    await this.forgetChunks(id, name);
    return this.#change(id, ["clips", "clipfiles", "regions"], async (tx, project) => {
      const [clips, files, regions] = ["clips", "clipfiles", "regions"].map((store) => tx.objectStore(store));
      const frames = IDBKeyRange.bound([id, `${name}#t=`], [id, `${name}#t=~`]);
      await Promise.all([clips.delete([id, name]), files.delete([id, name]), regions.delete(frames)]);
      return { ...project, clipFrames: count, changed: Date.now() };
    });
  }
}

/** All keys [id, name, …]. */
const chunksOf = (id, name) => IDBKeyRange.bound([id, name], [id, name, []]);
