// Projects: begun, filled with frames, kept in the browser, saved as a file, opened again.

import { batch } from "@preact/signals";
import { openDemo } from "../features/demo/open_demo.js";
import { filesByName } from "../media/image_source.js";
import { framesOf, inOrder } from "../media/video_frames.js";
import { bench, say } from "../state/store.js";
import { isImporting, stopImporting } from "./add_files.js";
import { keepState } from "./document_state.js";
import { awaitHandover, handed, put, wasHanded } from "./handover.js";
import { closeClips, keep as keepClips } from "./open_videos.js";
import { keeping } from "./persistence.js";
import { call, ready } from "./python.js";
import { clipsIn } from "./video_facts.js";
import { findFiles } from "./videos.js";

const LAYOUT_LINK = /^#layout=([\w-]+)$/;

/** The layout that came in the address, for the next new project. */
let linked = null;
let opening = null;
/** Counts projects that were asked for: the demo gives way to any other. */
let turn = 0;

/** Ask for a project. Returns a function that tells whether none was asked for since. */
export function takeTurn() {
  const mine = ++turn;
  return () => mine === turn;
}

// Beginning and opening.

/** Have some project open: the one that this tab had before it was reloaded, the last one kept, or the demo. */
export async function ensureOpen() {
  if (opening) return opening;
  opening = (async () => {
    await keeping.ready;
    const last = keeping.last();
    const known =
      bench.recent.value.find(({ id }) => id === last) ?? (last === undefined ? bench.recent.value[0] : null);
    if (wasHanded() || isImporting()) return;
    await (known ? openProject(known.id) : openDemo());
  })().catch((error) => say(error.message, "error"));
  return opening;
}

/** Take the layout in an address of the form #layout=…, if it is one, for the next new project. Returns whether it is. */
export function takeLink(hash) {
  const found = hash.match(LAYOUT_LINK);
  if (found) linked = found[1];
  return Boolean(found);
}

/** An empty project, kept in this browser from now on. */
export async function newProject(name = "New project") {
  takeTurn();
  await keeping.close();
  const project = await keeping.create(name);
  begin(project, []);
  put({ document: null, examples: [] });
  const link = linked;
  linked = null;
  if (link)
    handed()
      .then(() => call("layout_from", { text: link }))
      .then(keepState, (error) => say(error.message, "error"));
  bench.view.value = "frames";
  keeping.persist();
}

/** Go on with a project that this browser has kept. */
export async function openProject(id, options) {
  stopImporting();
  const isLatest = takeTurn();
  await keeping.close();
  const { project, document, examples, file, frames, clips } = await keeping.open(id, options);
  if (!isLatest()) return;
  begin(project, inOrder([...frames, ...clips.flatMap(framesOf)]), clips);
  findFiles();
  for (const { name } of frames) filesByName.set(name, () => keeping.file(id, name));
  await ready;
  if (!isLatest()) return;
  if (file) await call("open", { data: new Uint8Array(await file.arrayBuffer()) }, { room: "take" });
  await put({ document, examples, file, keep: Boolean(file) });
  bench.view.value = bench.view.value === "demo" ? "read" : bench.view.value;
}

/** Open a .readout.zip as a project of its own. */
export async function openFile(file) {
  takeTurn();
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
export function begin(project, frames, clips = []) {
  awaitHandover();
  filesByName.clear();
  closeClips();
  keeping.remember(project.id);
  batch(() => {
    bench.project.value = project;
    bench.frames.value = frames;
    bench.clips.value = clips;
    bench.state.value = { layout: null, typed: [], rules: [], rule_ids: [], undo: null, redo: null };
    bench.problems.value = [];
    bench.readings.value = {};
    bench.findings.value = {};
    bench.review.value = bench.news.value = bench.work.value = bench.readout.value = null;
    bench.current.value = 0;
  });
}

// Keeping.

export async function deleteProject(id) {
  await keeping.remove(id);
  if (bench.project.value.id === id) await openDemo();
}

/** Save the project as one file. */
export const saveFile = async () => (await import("../features/export/exports.js")).takeAway("project");
