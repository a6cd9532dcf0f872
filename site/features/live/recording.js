// What is kept of a live source: frames as pictures of the project, and readings in a file of this browser.

import { addFiles } from "../../session/add_files.js";
import { findNumbers } from "../../session/number_search.js";
import { newProject } from "../../session/projects.js";
import { FRAMES_SEARCHED } from "../../shared/constants.js";
import { download } from "../../shared/download.js";
import { goTo, notify, readouts, store } from "../../state/store.js";
import * as recordings from "../../storage/recordings.js";
import { following, live } from "./live_state.js";

/** Time from one frame in which numbers are looked for to the next, in ms. */
const APART = 500;

/** Whether the source has another shape than the project's frames, which is said; `again` goes on in a new project. */
function isUnlike(again) {
  const { kind } = following.value;
  const { width, height } = live.size.value;
  const [first] = store.frames.value.filter((frame) => frame.width);
  if (!first || Math.abs(height - (first.height * width) / first.width) <= 1) return false;
  notify(
    `The ${kind} shows ${width} × ${height}, this project's frames are ${first.width} × ${first.height}: another shape needs a project of its own.`,
    "error",
    {
      title: "Begin one with this frame",
      run: async () => (await newProject(kind === "camera" ? "Camera" : "Screen"), again()),
    },
  );
  return true;
}

/** The frame that comes next as a picture file, of the size of the project's frames; null where none comes. */
async function nextPicture() {
  const { kind, worker } = following.value;
  const [first] = store.frames.value.filter((frame) => frame.width);
  const blob = await worker.call("picture", {
    size: first ? { width: first.width, height: first.height } : null,
  });
  const name = recordings.nameOf(kind).replace(".csv", `-${String(Date.now() % 1000).padStart(3, "0")}.png`);
  return blob && new File([blob], name, { type: "image/png" });
}

/** Look for numbers in what the source shows in the next seconds: frames are kept for that, and numbers are offered in Place. */
export async function findInView() {
  if (isUnlike(findInView)) return;
  const here = following.value;
  const files = [];
  live.finding.value = true;
  try {
    while (files.length < FRAMES_SEARCHED) {
      const file = await nextPicture();
      if (!file || following.value !== here) return;
      files.push(file);
      await new Promise((done) => setTimeout(done, APART));
    }
    await addFiles(files);
    goTo(store.frames.value.findIndex(({ name }) => name === files[0].name));
    findNumbers();
    store.view.value = "mark";
  } finally {
    live.finding.value = false;
  }
}

/** Add the frame that comes next to the project, as a picture; of the project's size, where that has the same shape. */
export async function keepFrame() {
  if (isUnlike(keepFrame)) return;
  const file = await nextPicture();
  if (!file) return;
  const { name } = file;
  await addFiles([file]);
  const row = store.frames.value.findIndex((frame) => frame.name === name);
  if (row < 0) return;
  const [title, view] = readouts.value.length ? ["Say what it shows", "label"] : ["Mark the number", "mark"];
  notify("The frame is kept, as a picture of this project.", "info", {
    title,
    run: () => ((store.current.value = row), (store.view.value = view)),
  });
}

/** Write every reading from now on into a file of this browser. */
export async function record() {
  const here = following.value;
  const name = recordings.nameOf(here.kind);
  const { header } = live.fitted.value;
  const recorder = { name, rows: 0, lines: null, origin: null };
  try {
    await here.worker.call("record", { name });
    await here.worker.call("write", { text: header });
  } catch (error) {
    recorder.lines = [header]; // this browser keeps no files for pages
    notify(
      `This browser keeps no files for pages (${error.message}): the recording is in this tab only, until you stop and download it.`,
      "error",
    );
  }
  if (following.value !== here) return;
  here.recorder = recorder;
  live.recording.value = { name, rows: 0, bytes: header.length, seconds: 0, kept: !recorder.lines };
}

/** Write the rows of a reading, made at so many seconds of the recording. */
export async function keepRows(here, recorder, text, seconds) {
  if (here.recorder !== recorder) return; // it was ended while the frame was read
  try {
    const bytes = recorder.lines
      ? live.recording.value.bytes + recorder.lines.push(text) * 0 + text.length
      : await here.worker.call("write", { text });
    recorder.rows += text.split("\n").length - 1;
    if (here.recorder === recorder)
      live.recording.value = { ...live.recording.value, rows: recorder.rows, bytes, seconds };
  } catch (error) {
    if (error.name === "AbortError") return;
    await stopRecording();
    notify(`The recording ends here (${error.message}); what was written before is safe.`, "error");
  }
}

/** End the recording. Returns its name. */
export async function stopRecording() {
  const name = following.value && (await closeRecording(following.value));
  await listRecordings();
  return name;
}

/** End a source's recording, if there is one. Resolves to its name, or null. */
export async function closeRecording(here) {
  const { recorder } = here;
  if (!recorder) return null;
  here.recorder = live.recording.value = null;
  if (recorder.lines) download(recorder.name, new Blob(recorder.lines, { type: "text/csv" }));
  else await here.worker.call("close").catch(() => {});
  return recorder.name;
}

/** Look which recordings there are, of this tab and those before it. */
export const listRecordings = async () => (live.recordings.value = await recordings.list().catch(() => []));

/** Hand a recording to the browser's downloads, as far as it is written. */
export const downloadRecording = async (name) => download(name, await recordings.file(name));

/** The recording that grows, as far as it is: read as a file it would change meanwhile. */
export async function downloadSoFar() {
  const { recorder, worker } = following.value;
  const data = await worker.call("recorded");
  if (data) download(recorder.name, new Blob([data], { type: "text/csv" }));
}

export async function deleteRecording(name) {
  await recordings
    .remove(name)
    .catch((error) => notify(`${name} cannot be deleted now: another tab is writing it (${error.message}).`, "error"));
  await listRecordings();
}
