// Handing the open project to Python, at first and whenever another Python was started.

import { asColumns } from "../media/video_frames.js";
import { markStale, openNow, readouts, store } from "../state/store.js";
import { handTyped } from "./frame_pixels.js";
import { chunksOf, saveExamples } from "./persistence.js";
import { call, ready, revived, useLinesFor } from "./python.js";

/**
 * Whether any project was handed to Python, and what of it only Python would hold: dataset examples, a saved file, and
 * until Python has it its document.
 */
let opened = false;
let source = { examples: [], file: null, document: null };

/** What is handed over, one after the other. */
let putting = Promise.resolve();
/** Resolves when Python has the open project, rejects where it was refused; `waiting` settles it, null where Python has it. */
let having = null;
let waiting = null;
awaitHandover();

/** Another project is about to be handed over: nothing is asked about it until it is. */
export function awaitHandover() {
  const before = waiting;
  having = new Promise((resolve, reject) => (waiting = { resolve, reject }));
  having.catch(() => {}); // those who wait are told
  before?.resolve(having);
}

/** Python has the open project. */
export function tellHanded() {
  waiting?.resolve();
  waiting = null;
  store.opening.value = false;
}

export const handed = () => having;
export const isHanded = () => !waiting;

/** Hand the open project, if there is one, to a Python that was started again. */
export async function handOverAgain() {
  store.readings.value = {};
  if (opened) await put({ ...source, document: source.document ?? store.state.value.document });
}

/** Hand the project to Python, and have it read: {document, examples, file}. */
export async function handOver(project) {
  try {
    await put(project);
  } catch (error) {
    if (error.worker === "Python") return await revived; // another one has it
    waiting?.reject(error);
    throw error;
  }
}

function put(project) {
  const { examples, file = null, document = null } = project;
  [opened, source] = [true, { examples, file, document }];
  const [own, frames, isOpen] = [source, asColumns(store.frames.value), openNow()];
  const done = putting.then(() => hand(project, frames, own, isOpen));
  putting = done.catch(() => {});
  return done;
}

async function hand({ document, examples, file }, frames, own, isOpen) {
  await ready;
  if (!isOpen()) return;
  if (file) await call("open", { data: new Uint8Array(await file.arrayBuffer()) });
  else await call("begin");
  if (!file || frames.names) await call("set_frames", { frames });
  if (examples?.length) await call("set_examples", { examples });
  const state = await (document ? call("restore", { document }) : call("state"));
  if (!isOpen()) return;
  store.state.value = state;
  own.document = null;
  await restoreClips();
  if (!isOpen()) return;
  tellHanded();
  markStale();
}

/** Hand Python what was read of clips before, and the pixels of frames that were typed. */
async function restoreClips() {
  if (store.clips.value.length) await useLinesFor(readouts.value);
  for (const { name } of store.clips.value) {
    for await (const some of chunksOf(name)) if (some.length) await call("restore_chunks", { kept: some });
  }
  if (!store.clips.value.length) return;
  const { typed, clip_regions: regions } = await call("missing");
  await handTyped(typed, regions);
}

/** Learn from these pictures too. */
export async function takeExamples(examples) {
  const [own, isOpen] = [source, openNow()];
  await call("set_examples", { examples });
  own.examples = examples;
  if (isOpen()) saveExamples(examples);
}
