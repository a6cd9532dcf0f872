// Projects: begun, filled with frames, kept in the browser, saved as a file, opened again.

import { batch } from "@preact/signals";
import { bytesOf } from "../loading.js";
import { decodeRegion } from "../pixels.js";
import { store } from "../store.js";
import { attach, call, goOn, ready, refresh } from "./engine.js";
import { gather } from "./importing.js";
import { keeping } from "./keeping.js";
import { inNaturalOrder, uniqueName } from "./names.js";
import { decode, fileOf, filesByName, listZip } from "./pictures.js";
import { bench, readouts, say } from "./store.js";

/** New thumbnails appear this often, in ms. */
const SHOW_EVERY = 300;
/** Files looked at together; pictures.js bounds how many are decoded at once. */
const TOGETHER = 8;
const LAYOUT_LINK = /^#layout=([\w-]+)$/;

/** The layout that came in the address, for the next new project. */
let linked = null;
let importing = null;
/** Whether any project was handed to Python, and what of it only Python would hold: dataset examples, a saved file. */
let opened = false;
let opening = null;
let source = { examples: [], file: null };
/** Counts projects that were asked for: the demo gives way to any other. */
let turn = 0;
/** Resolves when Python has what it was handed last. */
let putting = Promise.resolve();

// Beginning and opening.

/** Have some project open: the one that this tab had before it was reloaded, the last one kept, or the demo. */
export async function ensureOpen() {
  if (opening) return opening;
  opening = (async () => {
    await keeping.ready;
    const last = keeping.last();
    const known = bench.recent.value.find(({ id }) => id === last) ?? (last === undefined ? bench.recent.value[0] : null);
    if (opened || importing) return;
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
  const { project, document, examples, file, frames } = await keeping.open(id, options);
  if (mine !== turn) return;
  begin(project, frames);
  for (const { name } of frames) filesByName.set(name, () => keeping.file(id, name));
  await ready;
  if (mine !== turn) return;
  if (file) await call("open", { data: new Uint8Array(await file.arrayBuffer()) }, { room: "take" });
  await put({ document, examples, file, keep: Boolean(file) });
  bench.view.value = bench.view.value === "demo" ? "read" : bench.view.value;
}

/** Open a .readout.zip as a project of its own. */
async function openFile(file) {
  turn++;
  const data = new Uint8Array(await file.arrayBuffer());
  await ready;
  const found = await call("open", { data }, { room: "take" }); // before anything is left behind: it may be refused
  await keeping.close();
  const project = await keeping.create(found.name || file.name.replace(/\.readout.*$/i, ""), { file });
  begin(project, found.frames.map((frame) => ({ ...frame, digest: null, thumbnail: null })));
  await put({ document: null, examples: [], file, keep: true });
  keeping.frames(bench.frames.value);
  keepState(await call("state"));
  bench.view.value = "read";
}

/** Empty the page's side of the workbench for a project with these frames. */
function begin(project, frames) {
  filesByName.clear();
  keeping.remember(project.id);
  batch(() => {
    bench.project.value = project;
    bench.frames.value = frames;
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
  const frames = plain(bench.frames.value);
  const done = putting.then(() => hand(project, frames));
  putting = done.catch(() => {});
  return done;
}

async function hand({ document, examples, keep = false }, frames) {
  await ready;
  if (!keep) await call("begin");
  if (!keep || frames.length) await call("set_frames", { frames });
  if (examples?.length) await call("set_examples", { examples });
  keepState(await (document ? call("restore", { document }) : call("state")), { quiet: true });
  refresh();
}

const plain = (frames) => frames.filter(({ width }) => width).map(({ name, width, height }) => ({ name, width, height }));

// Bringing frames.

/** Take what was dropped, pasted or picked: pictures, folders, zips, a dataset folder, a project. */
export async function bring(given) {
  stopImporting();
  const { signal } = (importing = new AbortController());
  const title = titleOf(given); // now: what was given may be emptied once its event is over
  const onProgress = (count) => (bench.work.value = { what: "importing", done: 0, total: count });
  try {
    const found = await gather(given, { listZip, signal, onProgress });
    if (found.project) return await openFile(found.project);
    const { frames, dataset, skipped } = found;
    if (!frames.length && !dataset) return say("There is no picture among these files.", "error");
    const mine = bench.project.value.id !== null;
    if (!mine) await newProject(title);
    bench.problems.value = [...bench.problems.value, ...skipped];
    bench.view.value = "frames";
    if (dataset) await takeDataset(dataset.files);
    await takeFrames(frames, signal);
    if (!bench.frames.value.length) return;
    say(`${bench.frames.value.length.toLocaleString("en")} ${bench.frames.value.length === 1 ? "frame is" : "frames are"} here.`, "info",
      readouts.value.length ? undefined : { title: "Say where the number is", run: () => (bench.view.value = "place") });
  } catch (error) {
    if (error.name !== "AbortError") say(error.message, "error");
  } finally {
    if (bench.work.value?.what === "importing") bench.work.value = null;
  }
}

export const stopImporting = () => importing?.abort();

function titleOf(given) {
  const file = given.files?.[0] ?? given[0];
  const folder = file?.webkitRelativePath?.split("/")[0];
  const name = folder || file?.name?.replace(/\.\w+$/, "").replace(/[\W_]*\d*$/, "");
  return name || "New project";
}

async function takeFrames(files, signal) {
  const before = bench.frames.value;
  const bare = new Map(before.filter(({ digest }) => !digest).map((frame) => [frame.name, frame]));
  const back = files.filter(({ name }) => bare.has(name)); // pictures of frames that came without, in a project's file
  for (const { name, open } of back) filesByName.set(name, open);
  const taken = new Set(before.map(({ name }) => name));
  const fresh = files.filter(({ name }) => !bare.has(name)).map(({ name, open }) => {
    const unique = uniqueName(name, taken);
    taken.add(unique);
    filesByName.set(unique, open);
    return { name: unique, given: name, width: 0, height: 0, digest: null, thumbnail: null };
  });
  show([...before, ...fresh]);
  const problems = [];
  const queue = [...back.map(({ name }) => ({ ...bare.get(name), given: name })), ...fresh];
  const all = queue.length;
  const start = performance.now();
  let shown = start;
  let done = 0;
  const lookOn = async () => {
    for (let frame = queue.shift(); frame; frame = queue.shift()) {
      try {
        const { width, height, digest, thumbnail } = await decode(frame.name, { thumbnail: true, digest: true, signal });
        if (bare.has(frame.name)) meet(bare.get(frame.name), { width, height, digest, thumbnail });
        else Object.assign(frame, { width, height, digest, thumbnail });
      } catch (error) {
        if (error.name === "AbortError") throw error;
        if (bare.has(frame.name)) filesByName.delete(frame.name);
        problems.push({ name: frame.given, why: error.message, next: "It was left out." });
      }
      done++;
      const now = performance.now();
      if (now - shown < SHOW_EVERY) continue;
      shown = now;
      const rate = done / ((now - start) / 1000);
      batch(() => {
        bench.work.value = { what: "importing", done, total: all, rate, left: (all - done) / rate };
        bench.frames.value = [...bench.frames.value];
      });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lookOn)).catch((error) => {
    if (error.name !== "AbortError") throw error;
    say("Stopped. The frames seen so far are kept.");
  });
  const good = sortOut(before, fresh.filter(({ width }) => width), problems);
  for (const { name } of fresh) if (!good.has(name)) filesByName.delete(name);
  show([...before, ...fresh.filter(({ name }) => good.has(name))]);
  bench.problems.value = [...bench.problems.value, ...problems];
  await putting;
  await changed();
  const found = back.map(({ name }) => bare.get(name)).filter(({ digest }) => digest);
  keeping.frames([...found, ...fresh.filter(({ name }) => good.has(name))], filesByName);
}

const show = (frames) => (bench.frames.value = inNaturalOrder(frames, ({ name }) => name));

/** Take what the picture of a frame says that is here already; it throws where that is another picture. */
function meet(frame, news) {
  if (news.width !== frame.width || news.height !== frame.height) throw new Error(`it is ${news.width} × ${news.height}, the frame of that name is ${frame.width} × ${frame.height}`);
  Object.assign(frame, news);
}

/** The names of the new frames that fit the others: of one size, and not the very same file again. */
function sortOut(before, fresh, problems) {
  const sizes = new Map();
  const sizeOf = ({ width, height }) => `${width} × ${height}`;
  for (const frame of before.length ? before : fresh) sizes.set(sizeOf(frame), (sizes.get(sizeOf(frame)) ?? 0) + 1);
  const usual = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a), [null, 0])[0];
  const digests = new Map(before.map((frame) => [frame.digest, frame]));
  const good = new Set();
  for (const frame of fresh) {
    const twin = frame.digest && digests.get(frame.digest);
    if (sizeOf(frame) !== usual) {
      problems.push({ name: frame.given, why: `it is ${sizeOf(frame)}, the others are ${usual}`, next: "Left out: give it a project of its own, where this layout can be scaled to it." });
    } else if (twin && (twin.given ?? twin.name) === frame.given) {
      filesByName.set(twin.name, filesByName.get(frame.name)); // the browser may have let go of it
      problems.push({ name: frame.given, why: "it is here already", next: "Nothing to do." });
    } else {
      if (twin) problems.push({ name: frame.given, why: `it is the same file as ${twin.name}`, next: "It is kept: remove it if it is no frame of its own." });
      good.add(frame.name);
      digests.set(frame.digest, frame);
    }
  }
  return good;
}

/** A dataset folder: its layout, and its training pictures as examples. */
async function takeDataset(files) {
  await putting;
  const text = async (name) => (await files.find((file) => file.name === name)?.open({}))?.text();
  const layout = await text("layout.json");
  if (layout) keepState(await call("layout_from", { text: layout }));
  const pictures = files.filter(({ name }) => name.startsWith("training/"));
  const examples = await Promise.all(pictures.map(async ({ name, open }) => {
    const { width, height, rgba } = await decodeRegion(await open({}));
    return { source: name, label: name.split("/").at(-1).replace(/\.\w+$/, ""), width, height, rgba };
  }));
  await call("set_examples", { examples });
  source = { ...source, examples };
  keeping.examples(examples);
}

/** Take a frame out of the project, and offer to put it back; what was typed for it stays in the document all the while. */
export async function removeFrame(frame) {
  const { id } = bench.project.value;
  const file = await fileOf(frame.name).catch(() => null);
  await removeFrames([frame.name]);
  const back = async () => {
    if (bench.project.value.id !== id || bench.frames.value.some(({ name }) => name === frame.name)) return;
    if (file) filesByName.set(frame.name, () => file);
    show([...bench.frames.value, frame]);
    await changed();
    keeping.frames([frame], filesByName);
  };
  say(`${frame.name} is out of the project.`, "info", { title: "Put it back", run: back });
}

/** Have Python know the frames as they are now, and read what is new. */
async function changed() {
  keepState(await call("set_frames", { frames: plain(bench.frames.value) }), { quiet: true });
  refresh();
}

/** Take frames out of the project. */
export async function removeFrames(names) {
  const gone = new Set(names);
  const left = bench.frames.value.filter(({ name }) => !gone.has(name));
  const readings = bench.readings.value;
  batch(() => {
    bench.frames.value = left;
    bench.readings.value = readings && {};
    bench.current.value = Math.min(bench.current.value, Math.max(0, left.length - 1));
  });
  await changed();
  keeping.forget(names);
}

export const forgetProblems = () => (bench.problems.value = []);

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
export const saveFile = async () => (await import("./takeaway.js")).takeAway("project");

/** The readings or the project have just been written to a file. */
export const exportedNow = () => keeping.exported();
