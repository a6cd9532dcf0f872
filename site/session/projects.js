// Projects: begun, filled with frames, kept in the browser, saved as a file, opened again.

import { batch } from "@preact/signals";
import { filesByName } from "../media/image_source.js";
import { framesOf, inOrder } from "../media/video_frames.js";
import { NO_STATE, notify, openNow, store } from "../state/store.js";
import { keepState } from "./document_state.js";
import { makeAgain } from "./edits.js";
import { awaitHandover, handed, handOver, tellHanded } from "./handover.js";
import { closeClips, keep as keepClips } from "./open_videos.js";
import {
  closeProject,
  createProject,
  frameFileOf,
  loadProject,
  persist,
  rememberProject,
  saveFrames,
} from "./persistence.js";
import { call } from "./python.js";
import { clipsIn } from "./video_facts.js";
import { findFiles } from "./videos.js";

const LAYOUT_LINK = /^#layout=([\w-]+)$/;

/** The layout that came in the address, for the next new project. */
let linked = null;
/** Counts projects that were asked for: the demo gives way to any other. */
let turn = 0;

/** Ask for a project. Returns a function that tells whether none was asked for since. */
export function takeTurn() {
  const mine = ++turn;
  return () => mine === turn;
}

/** Whether any project was asked for, be it open yet or not. */
export const wasAsked = () => turn > 0;

/** Take the layout in an address of the form #layout=…, if it is one, for the next new project. Returns whether it is. */
export function takeLink(hash) {
  const found = hash.match(LAYOUT_LINK);
  if (found) linked = found[1];
  return Boolean(found);
}

/** An empty project, kept in this browser from now on. */
export async function newProject(name = "New project") {
  takeTurn();
  await closeProject();
  const project = await createProject(name);
  begin(project, []);
  store.opening.value = false; // there is nothing in it
  handOver({ document: null, examples: [] });
  const link = linked;
  linked = null;
  if (link) useLink(link).catch((error) => notify(error.message, "error"));
  store.view.value = "frames";
  persist();
}

async function useLink(link) {
  const isOpen = openNow();
  await handed();
  if (!isOpen()) return;
  const state = await call("import_layout", { text: link });
  if (isOpen()) keepState(state);
}

/** Go on with a project that this browser has kept. */
export async function openProject(id, options) {
  const isLatest = takeTurn();
  await closeProject();
  const { project, document, examples, file, frames, clips, edits, cutShort } = await loadProject(id, options);
  if (!isLatest()) return;
  begin(project, inOrder([...frames, ...clips.flatMap(framesOf)]), clips);
  findFiles();
  for (const { name } of frames) filesByName.set(name, () => frameFileOf(id, name));
  await handOver({ document, examples, file });
  if (!isLatest()) return;
  store.view.value = store.view.value === "demo" ? "read" : store.view.value;
  if (cutShort) tellCutShort(cutShort);
  if (!edits.length) return;
  const made = await makeAgain(edits);
  if (made < edits.length)
    notify(`Of the last ${edits.length} changes ${edits.length - made} could not be made again.`, "error");
}

/** The page ended while files were coming. */
function tellCutShort(files) {
  const [count, here] = [files, store.frames.value.length].map((each) => each.toLocaleString("en"));
  notify(
    `Bringing ${count} ${files === 1 ? "file" : "files"} was cut short: ${here} frames are here. Drop them again; what is here already is skipped.`,
    "error",
  );
}

/** Open a .readout.zip as a project of its own. */
export async function openFile(file) {
  takeTurn();
  const data = new Uint8Array(await file.arrayBuffer());
  await handed().catch(() => {}); // one after the other
  awaitHandover(); // what is edited from now on is made when its project is opened again
  const found = await call("open", { data }).catch((error) => {
    tellHanded(); // it was refused: nothing is left behind
    throw error;
  });
  await closeProject();
  const project = await createProject(found.name || file.name.replace(/\.readout.*$/i, ""), { file });
  const { pictures, clips } = clipsIn(found);
  begin(project, inOrder([...pictures, ...clips.flatMap(framesOf)]), clips);
  saveFrames(pictures);
  keepClips(clips);
  const isOpen = openNow();
  await handOver({ document: null, examples: [], file });
  const state = await call("state");
  if (!isOpen()) return;
  keepState(state);
  store.view.value = "read";
}

/** Empty the page's side of the workbench for a project with these frames. */
export function begin(project, frames, clips = []) {
  awaitHandover();
  filesByName.clear();
  closeClips();
  rememberProject(project.id);
  batch(() => {
    store.project.value = project;
    store.frames.value = frames;
    store.clips.value = clips;
    store.state.value = NO_STATE;
    store.opening.value = true;
    store.edited.value = null;
    store.problems.value = [];
    store.readings.value = {};
    store.findings.value = {};
    store.review.value = store.news.value = store.work.value = store.readout.value = null;
    store.stale.value = null; // what of the project before was not read yet is not read any more
    store.current.value = 0;
    if (store.notice.value?.kind === "info") store.notice.value = null; // of the project before
  });
}
