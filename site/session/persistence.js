// What of the open project is kept in this browser. Without storage everything works, for as long as the tab lives.

import { store, notify } from "../state/store.js";
import { ProjectsDb } from "../storage/projects_db.js";

/** Frames whose files are stored together. */
const TOGETHER = 4;
/** Which project this tab had open, for when it is reloaded. */
const LAST = "readout:project";

const storage = new ProjectsDb({ onProblem: tell });
/** Whether the open project was there before, so that regions of its frames may be. */
let reopened = false;

const idOf = () => store.project.value.id;
const list = async () => (store.recent.value = await storage.list());
const change = (news) => (store.project.value = { ...store.project.value, ...news });

function tell({ kind, message, next }) {
  const save = {
    title: "Save it as a file",
    run: async () => (await import("../features/export/exports.js")).exportFile("project"),
  };
  const open = {
    title: "Work here instead",
    run: async () => (await import("./projects.js")).openProject(store.project.value.id, { takeOver: true }),
  };
  notify(
    `${message} ${next ?? ""}`,
    kind === "missing" ? "info" : "error",
    { full: save, failed: save, elsewhere: open }[kind],
  );
}

export const persistence = {
  /** Resolves when `store.recent` holds what there is. */
  ready: list(),
  /** The id of the project that this tab had open last, null for the demo; undefined where it had none. */
  last() {
    const id = sessionStorage.getItem(LAST);
    return id === null ? undefined : id || null;
  },
  remember: (id) => sessionStorage.setItem(LAST, id ?? ""),

  /** A new project, as in `store.project`. */
  async create(name, { file = null } = {}) {
    const id = await storage.create(name, { origin: file });
    reopened = false;
    list();
    return { id, name, saved: null, exported: null };
  },

  /** A kept project: {project, document, examples, file, frames, clips}. */
  async open(id, options) {
    const found = await storage.load(id, options);
    if (!found) throw new Error("This project is not in this browser any more.");
    const frames = await Array.fromAsync(storage.frames(id));
    const clips = (await storage.clips.all(id)).map((clip) => ({ ...clip, state: "opening" }));
    const { name, changed: saved, exported, document, origin: file } = found;
    reopened = true;
    return {
      project: { id, name, saved, exported },
      document,
      file,
      examples: await storage.examples(id),
      frames,
      clips,
    };
  },

  /** Let other tabs have the project. */
  close: () => idOf() && storage.close(idOf()),

  /** Keep frames, and as far as there is room their files, which `opens` gives by name. */
  async frames(frames, opens = new Map()) {
    const id = idOf();
    if (!id) return;
    let left = 0;
    for (let at = 0; at < frames.length && idOf() === id; at += TOGETHER) {
      const some = frames.slice(at, at + TOGETHER).map(async ({ name, width, height, digest, thumbnail }) => {
        const file = left ? null : await Promise.resolve(opens.get(name)?.({})).catch(() => null);
        return { name, width, height, digest, thumbnail, ...(file && { file }) };
      });
      ({ left } = (await storage.saveFrames(id, await Promise.all(some))) ?? { left });
    }
    if (idOf() === id) change({ saved: Date.now() });
    if (left)
      notify(
        "There is not room for all pictures in this browser: after a reload the numbers' crops are here, other parts of the frames are not.",
      );
    list();
  },

  /** Keep regions of frames, as Python is given them. */
  regions(given) {
    const byReadout = ({ name, regions }) => ({
      name,
      regions: Object.fromEntries(regions.map(({ readout, ...region }) => [readout, region])),
    });
    if (idOf() && given.some(({ regions }) => regions.some(({ readout }) => readout)))
      storage.saveFrames(idOf(), given.map(byReadout));
  },

  /** Keep regions of a clip's frame, as Python is given them. */
  clipRegions(name, regions) {
    if (idOf() && regions.some(({ readout }) => readout))
      storage.clips.saveRegions(
        idOf(),
        name,
        Object.fromEntries(
          regions.filter(({ readout }) => readout !== undefined).map((region) => [region.readout, region]),
        ),
      );
  },

  /** Asked regions of a frame out of those that are kept, or null where some are not. */
  async regionsOf(name, regions) {
    if (!reopened || !idOf()) return null;
    const kept = Object.values((await storage.frameRegions(idOf(), name)) ?? {});
    const found = regions.map((region) =>
      cutOut(
        kept.find((each) => (each.rgba ? holds(each, region) : equal(each, region))),
        region,
      ),
    );
    return found.every(Boolean) ? found : null;
  },

  /** Keep the document's text; what is shown as saved is. */
  async document(text) {
    const id = idOf();
    if (id && (await storage.saveDocument(id, text)) && idOf() === id) change({ saved: Date.now() });
  },

  /** Keep clips, of which `count` frames are part of the project. */
  async clips(clips, count) {
    const id = idOf();
    if (id && (await storage.clips.save(id, clips, count)) && idOf() === id) change({ saved: Date.now() });
    list();
  },

  /** Keep a clip's file, or its handle, as far as there is room. */
  async clipFile(name, file, handle) {
    const id = idOf();
    if (!id || (await storage.clips.keepFile(id, name, file, handle)) || idOf() !== id) return;
    notify(
      `${name} is too large to be kept in this browser: after a reload what was read is here, and dropping it again goes on.`,
    );
  },

  clipFileOf: (id, name) => storage.clips.file(id, name),
  /** Keep what Python needs to have a chunk of a clip read again. */
  chunk: (name, time, kept) => idOf() && storage.clips.saveChunk(idOf(), name, time, kept),
  /** What was kept of a clip's chunks, some at a time. */
  chunks: (name) => (idOf() ? storage.clips.chunks(idOf(), name) : []),
  forgetChunks: (name) => idOf() && storage.clips.forgetChunks(idOf(), name),
  forgetClip: (name, count) => idOf() && storage.clips.remove(idOf(), name, count),

  examples: (examples) => idOf() && storage.saveExamples(idOf(), examples),
  file: (id, name) => storage.frameFile(id, name),
  forget: (names) => idOf() && storage.removeFrames(idOf(), names),
  persist: () => storage.persist(),

  async rename(name) {
    await storage.rename(idOf(), name);
    list();
    return { ...store.project.value, name };
  },

  async remove(id) {
    await storage.delete(id);
    list();
  },

  exported() {
    if (!idOf()) return;
    change({ exported: Date.now() });
    storage.markExported(idOf(), Date.now()).then(list);
  },
};

const holds = (outer, { x, y, width, height }) =>
  x >= outer.x && y >= outer.y && x + width <= outer.x + outer.width && y + height <= outer.y + outer.height;

const equal = (one, other) => ["x", "y", "width", "height"].every((side) => one[side] === other[side]);

/** A region's pixels out of a larger one; null without one. */
function cutOut(outer, region) {
  if (!outer?.rgba) return outer && { ...outer, ...region };
  const { x, y, width, height } = region;
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const start = ((y - outer.y + row) * outer.width + x - outer.x) * 4;
    rgba.set(outer.rgba.subarray(start, start + width * 4), row * width * 4);
  }
  return { ...region, rgba };
}

export async function rename(name) {
  const title = name.trim();
  if (title) store.project.value = await persistence.rename(title);
}

/** The readings or the project have just been written to a file. */
export const exportedNow = () => persistence.exported();
