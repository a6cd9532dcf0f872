// The frames of stored projects: their facts and thumbnails, and their files. Regions of them are stored by workers, see
// media/kept_regions.js, and removed here.

import { inNaturalOrder } from "../shared/file_names.js";
import { sum } from "../shared/maths.js";
import { isFull } from "./database.js";
import { fileOf, hasRoom } from "./stored_files.js";

/** The frames' files are kept while they leave this share of the space to what matters more. */
const SPARE = 0.2;
/** Frames that are read at once. */
const BATCH = 64;
/** What is freed of frames' files, in bytes, when there is no room for what matters more. */
const FREED = 64 << 20;
const STORES = ["frames", "regions", "files"];
const NEW = { width: null, height: null, digest: null, thumbnail: null, sizes: {} };

/** What ProjectsDb offers of frames, as its `frames`. `change` is its way to write to a project, `packed` to prepare a file. */
export class FramesDb {
  #database;
  #change;
  #packed;
  #roomForFiles = true;

  constructor(database, change, packed) {
    [this.#database, this.#change, this.#packed] = [database, change, packed];
  }

  /**
   * Store frames, new ones or parts of those that are there: [{name, width, height, digest, thumbnail: Blob, file: Blob}],
   * all but the name optional.
   *
   * Resolves with {stored, kept, left}: whether all but the files is stored; how many files are, and how many
   * are not, for want of room.
   */
  async save(id, records) {
    const frames = [];
    for (const record of records) frames.push(await this.#unwrapped(record)); // one by one: files hold up the page's thread
    const given = records.filter(({ file }) => file).length;
    const files = frames.filter(({ file }) => file);
    const whole = files.length > 0 && (await this.#fits(files)) && (await this.#put(id, frames, this.#noteFull));
    const stored =
      whole ||
      (await this.#put(
        id,
        frames.map(({ file, ...rest }) => rest),
      ));
    const kept = whole ? files.length : 0;
    return { stored, kept, left: given - kept };
  }

  /** The frames of a project in natural order: {name, width, height, digest, thumbnail: Blob | null, kept}. */
  async *all(id) {
    for await (const { thumbnail, sizes, ...facts } of this.#each(id)) {
      yield { ...facts, thumbnail: thumbnail && new Blob([thumbnail.bytes], thumbnail), kept: "file" in sizes };
    }
  }

  async *#each(id) {
    const keys = await this.#database.read(["frames"], (tx) => tx.store.getAllKeys(keysOf(id)));
    const names = inNaturalOrder((keys ?? []).map(([, name]) => name));
    for (let at = 0; at < names.length; at += BATCH) {
      const some = names.slice(at, at + BATCH);
      const found = await this.#database.read(["frames"], (tx) =>
        Promise.all(some.map((name) => tx.store.get([id, name]))),
      );
      for (const [k, frame] of (found ?? []).entries()) if (frame) yield { name: some[k], ...frame }; // else removed meanwhile
    }
  }

  /** The file of a frame, a Blob, or null where it was not kept. */
  file = async (id, name) => fileOf(await this.#database.read(["files"], (tx) => tx.store.get([id, name])));

  remove(id, names) {
    return this.#change(id, STORES, async (tx, project) => {
      const stores = STORES.map((store) => tx.objectStore(store));
      await Promise.all(names.flatMap((name) => stores.map((store) => store.delete([id, name]))));
      return { ...project, changed: Date.now(), frames: await stores[0].count(keysOf(id)) };
    });
  }

  /** Let go of some files, those of the last frames. Resolves with how many. */
  async makeRoom(id) {
    this.#roomForFiles = false;
    const names = [];
    let left = FREED;
    const kept = [];
    for await (const { name, sizes } of this.#each(id)) if (sizes.file) kept.push([name, sizes.file]);
    for (const [name, bytes] of kept.reverse()) {
      if (left > 0) names.push(name);
      left -= bytes;
    }
    const deleted =
      names.length > 0 &&
      (await this.#change(
        id,
        ["files"],
        async (tx, project) => {
          await Promise.all(names.map((name) => tx.objectStore("files").delete([id, name])));
          return project;
        },
        () => {},
      ));
    if (!deleted) return 0;
    await this.#change(
      id,
      ["frames"],
      async (tx, project) => {
        const frames = tx.objectStore("frames");
        await Promise.all(
          names.map(async (name) => frames.put({ ...(await frames.get([id, name])), sizes: {} }, [id, name])),
        );
        return project;
      },
      () => {},
    );
    return names.length;
  }

  /** Something was deleted: perhaps there is room for files again. */
  tryFilesAgain() {
    this.#roomForFiles = true;
  }

  #put(id, records, onFailure) {
    return this.#change(
      id,
      ["frames", "files"],
      async (tx, project) => {
        const [frames, files] = ["frames", "files"].map((name) => tx.objectStore(name));
        await Promise.all(
          records.map(async ({ name, file, ...facts }) => {
            const key = [id, name];
            const known = Object.entries(facts).filter(([, each]) => each !== undefined);
            const frame = { ...NEW, ...(await frames.get(key)), ...Object.fromEntries(known) };
            if (file) frame.sizes = { file: file.size };
            await Promise.all([frames.put(frame, key), file && files.put(file, key)]);
          }),
        );
        const count = await frames.count(keysOf(id));
        return { ...project, frames: count, changed: count === project.frames ? project.changed : Date.now() };
      },
      onFailure,
    );
  }

  /** Whether there is room for files. After one that did not fit none is tried until something is deleted. */
  async #fits(files) {
    return this.#roomForFiles && hasRoom(sum(files.map(({ file }) => file.size)), SPARE);
  }

  /** A thumbnail is stored as its bytes: of each Blob, browsers make a file on the disk. */
  async #unwrapped({ thumbnail, file, ...record }) {
    const picture = file && new Blob([file]); // a File asks the system for its size, again and again
    const [bytes, readable] = await Promise.all([thumbnail?.arrayBuffer(), isThere(picture)]);
    const packed = readable ? await this.#packed(picture) : undefined;
    return { ...record, thumbnail: bytes && { type: thumbnail.type, bytes }, file: packed };
  }

  #noteFull = (error) => {
    if (isFull(error)) this.#roomForFiles = false;
  };
}

/** All keys [id, …]. */
export const keysOf = (id) => IDBKeyRange.bound([id], [id, []]);

/** Browsers store a file that was moved meanwhile as one that cannot be read. */
const isThere = async (file) =>
  Boolean(file?.size) &&
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
