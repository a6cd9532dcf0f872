// Projects: begun, filled with frames, kept in the browser, saved as a file, opened again.

import { batch } from "@preact/signals";
import { bytesOf, fileLike } from "../runtime/boot.js";
import { store } from "../features/demo/demo_store.js";
import { bring, isImporting, stopImporting } from "./add_files.js";
import { asColumns, framesOf, inOrder } from "../media/video_frames.js";
import { clipsIn } from "./video_facts.js";
import { closeClips, findFiles, keep as keepClips, restoreClips } from "./videos.js";
import { attach, call, goOn, ready, refresh } from "./reading.js";
import { keeping } from "./persistence.js";
import { decode, filesByName } from "../media/image_source.js";
import { bench, say } from "../state/store.js";

export { bring, forgetProblems, removeFrame, removeFrames, stopImporting } from "./add_files.js";

const LAYOUT_LINK = /^#layout=([\w-]+)$/;

/** The layout that came in the address, for the next new project. */
let linked = null;
/** Whether any project was handed to Python, and what of it only Python would hold: dataset examples, a saved file. */
let opened = false;
let opening = null;
let source = { examples: [], file: null };
/** Counts projects that were asked for: the demo gives way to any other. */
let turn = 0;
/** Resolves when Python has what it was handed last. */
let putting = Promise.resolve();
/** Whether Python has the open project. */
let here = false;

// Beginning and opening.

/** Have some project open: the one that this tab had before it was reloaded, the last one kept, or the demo. */
export async function ensureOpen() {
  if (opening) return opening;
  opening = (async () => {
    await keeping.ready;
    const last = keeping.last();
    const known = bench.recent.value.find(({ id }) => id === last) ?? (last === undefined ? bench.recent.value[0] : null);
    if (opened || isImporting()) return;
    await (known ? openProject(known.id) : openDemo());
  })().catch((error) => say(error.message, "error"));
  return opening;
}

/** The bundled frames, as a project that is not kept. */
export async function openDemo() {
  const mine = ++turn;
  await ready;
  if (mine !== turn) return; // and close no other project than the one that this replaces
  await keeping.close();
  if (mine !== turn) return;
  const { readouts: shown, frame_size: [width, height] } = store.layout.value;
  const frames = store.frames.value.map((name) => ({ name, width, height, digest: null, thumbnail: null }));
  begin({ id: null, name: "Demo", saved: null, exported: null }, frames);
  for (const { name } of frames) filesByName.set(name, async () => new Blob([await bytesOf(`data/frames/${name}`)]));
  const layout = { version: 1, frame_size: [width, height], readouts: shown };
  await put({ document: JSON.stringify({ layout, typed: [], examples: {}, rules: [] }), examples: await demoExamples() });
  thumbnails(frames);
}

/** The bundled video, with the demo's layout and examples, as a project of its own. */
export async function openDemoClip() {
  await ready;
  const path = fileLike(/^data\/clip\.(mp4|webm|mkv|mov)$/);
  const bytes = await bytesOf(path ?? "data/clip.mp4");
  await newProject("Demo video");
  await putting;
  const { readouts, frame_size } = store.layout.value;
  keepState(await call("layout_from", { text: JSON.stringify({ version: 1, frame_size, readouts }) }));
  await takeExamples(await demoExamples());
  await bring([new File([bytes], path.split("/").at(-1))]);
}

async function demoExamples() {
  const { training = [], sets = [] } = store.dataset.value ?? {};
  const used = new Set(sets.slice(0, store.asked.value.sets));
  return training.filter(({ set }) => used.has(set)).map(({ set, label, ...crop }) => ({ source: `training/${set}/${label}.png`, label, ...crop }));
}

/** Take the layout in an address of the form #layout=…, if it is one, for the next new project. Returns whether it is. */
export function takeLink(hash) {
  const found = hash.match(LAYOUT_LINK);
  if (found) linked = found[1];
  return Boolean(found);
}

/** An empty project, kept in this browser from now on. */
export async function newProject(name = "New project") {
  turn++;
  await keeping.close();
  const project = await keeping.create(name);
  begin(project, []);
  put({ document: null, examples: [] });
  const link = linked;
  linked = null;
  if (link) putting.then(() => call("layout_from", { text: link })).then(keepState, (error) => say(error.message, "error"));
  bench.view.value = "frames";
  keeping.persist();
}

/** Go on with a project that this browser has kept. */
export async function openProject(id, options) {
  stopImporting();
  const mine = ++turn;
  await keeping.close();
  const { project, document, examples, file, frames, clips } = await keeping.open(id, options);
  if (mine !== turn) return;
  begin(project, inOrder([...frames, ...clips.flatMap(framesOf)]), clips);
  findFiles();
  for (const { name } of frames) filesByName.set(name, () => keeping.file(id, name));
  await ready;
  if (mine !== turn) return;
  if (file) await call("open", { data: new Uint8Array(await file.arrayBuffer()) }, { room: "take" });
  await put({ document, examples, file, keep: Boolean(file) });
  bench.view.value = bench.view.value === "demo" ? "read" : bench.view.value;
}

/** Open a .readout.zip as a project of its own. */
export async function openFile(file) {
  turn++;
  const data = new Uint8Array(await file.arrayBuffer());
  await ready;
  const found = await call("open", { data }, { room: "take" }); // before anything is left behind: it may be refused
  await keeping.close();
  const project = await keeping.create(found.name || file.name.replace(/\.readout.*$/i, ""), { file });
  const { pictures, clips } = clipsIn(found);
  begin(project, inOrder([...pictures, ...clips.flatMap(framesOf)]), clips);
  await put({ document: null, examples: [], file, keep: true });
  keeping.frames(pictures);
  keepClips(clips);
  keepState(await call("state"));
  bench.view.value = "read";
}

/** Empty the page's side of the workbench for a project with these frames. */
function begin(project, frames, clips = []) {
  here = false;
  filesByName.clear();
  closeClips();
  keeping.remember(project.id);
  batch(() => {
    bench.project.value = project;
    bench.frames.value = frames;
    bench.clips.value = clips;
    bench.state.value = { layout: null, typed: [], rules: [], undo: null, redo: null };
    bench.problems.value = [];
    bench.readings.value = {};
    bench.findings.value = {};
    bench.review.value = bench.news.value = bench.work.value = bench.readout.value = null;
    bench.current.value = 0;
  });
}

/** Hand the open project to a Python that was started again. */
export async function revive(python) {
  const again = async () => {
    if (source.file) await call("open", { data: new Uint8Array(await source.file.arrayBuffer()) }, { room: "take" });
    await put({ document: bench.state.value.document, ...source, keep: Boolean(source.file) });
  };
  attach(python);
  bench.readings.value = {};
  if (opened) await again();
  goOn();
}

/** Hand the project to Python, and read. With `keep`, Python has it from a file already. */
function put(project) {
  [opened, source] = [true, { examples: project.examples, file: project.file ?? null }];
  const frames = asColumns(bench.frames.value);
  const done = putting.then(() => hand(project, frames));
  putting = done.catch(() => {});
  return done;
}

async function hand({ document, examples, keep = false }, frames) {
  await ready;
  if (!keep) await call("begin");
  if (!keep || frames.names) await call("set_frames", { frames });
  if (examples?.length) await call("set_examples", { examples });
  keepState(await (document ? call("restore", { document }) : call("state")), { quiet: true });
  await restoreClips();
  here = true;
  refresh();
}

/** Resolves when Python has what it was handed last. */
export const handed = () => putting;
/** Whether Python has the open project, so that it may be read. */
export const isHanded = () => here;

/** Learn from these pictures too. */
export async function takeExamples(examples) {
  await call("set_examples", { examples });
  source = { ...source, examples };
  keeping.examples(examples);
}

/** Thumbnails of frames that came without. */
async function thumbnails(frames) {
  for (const frame of frames) {
    const found = await decode(frame.name, { thumbnail: true }).catch(() => null);
    if (!bench.frames.value.includes(frame)) return;
    frame.thumbnail = found?.thumbnail ?? null;
  }
  bench.frames.value = [...bench.frames.value];
}

// Keeping.

/** Take Workbench.state, and keep the document in the browser. */
export function keepState(state, { quiet = false } = {}) {
  bench.state.value = state;
  if (!quiet) keeping.document(state.document);
}

export async function rename(name) {
  const title = name.trim();
  if (title) bench.project.value = await keeping.rename(title);
}

export async function deleteProject(id) {
  await keeping.remove(id);
  if (bench.project.value.id === id) await openDemo();
}

/** Save the project as one file. */
export const saveFile = async () => (await import("../features/export/exports.js")).takeAway("project");

/** The readings or the project have just been written to a file. */
export const exportedNow = () => keeping.exported();
