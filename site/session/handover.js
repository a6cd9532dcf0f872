// Handing the open project to Python, at first and whenever another Python was started.

import { asColumns } from "../media/video_frames.js";
import { markStale, readouts, store } from "../state/store.js";
import { handTyped } from "./frame_pixels.js";
import { chunksOf, saveExamples } from "./persistence.js";
import { call, ready, revived, useLinesFor } from "./python.js";

/**
 * Whether any project was handed to Python, and what of it only Python would hold: dataset examples, a saved file, and
 * until Python has it its document.
 */
let opened = false;
let source = { examples: [], file: null, document: null };

/** Resolves when Python has what it was handed last. */
let putting = Promise.resolve();
/** Whether Python has the open project. */
let here = false;

/** Hand the open project, if there is one, to a Python that was started again. */
export async function handOverAgain() {
  store.readings.value = {};
  if (!opened) return;
  if (source.file) await call("open", { data: new Uint8Array(await source.file.arrayBuffer()) });
  const document = source.document ?? store.state.value.document;
  await put({ ...source, document, keep: Boolean(source.file) });
}

/** Hand the project to Python, and have it read. With `keep`, Python has it from a file already. */
export async function handOver(project) {
  try {
    await put(project);
  } catch (error) {
    if (error.worker !== "Python") throw error;
    await revived; // another one has it
  }
}

function put(project) {
  const { examples, file = null, document = null } = project;
  [opened, source] = [true, { examples, file, document }];
  const [own, frames] = [source, asColumns(store.frames.value)];
  const done = putting.then(() => hand(project, frames, own));
  putting = done.catch(() => {});
  return done;
}

async function hand({ document, examples, keep = false }, frames, own) {
  await ready;
  if (!keep) await call("begin");
  if (!keep || frames.names) await call("set_frames", { frames });
  if (examples?.length) await call("set_examples", { examples });
  store.state.value = await (document ? call("restore", { document }) : call("state"));
  own.document = null;
  await restoreClips();
  here = true;
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

/** Resolves when Python has what it was handed last. */
export const handed = () => putting;
/** Whether Python has the open project, so that it may be read. */
export const isHanded = () => here;
/** Another project is about to be handed over. */
export const awaitHandover = () => (here = false);

/** Learn from these pictures too. */
export async function takeExamples(examples) {
  await call("set_examples", { examples });
  source.examples = examples;
  saveExamples(examples);
}
