// The bundled frames and the bundled video as projects of the workbench.

import { computed } from "@preact/signals";
import { decode, filesByName } from "../../media/image_source.js";
import { display, frameNames } from "../../runtime/boot.js";
import { bytesOf, fileLike } from "../../runtime/parts.js";
import { addFiles } from "../../session/add_files.js";
import { keepState } from "../../session/document_state.js";
import { handed, handOver, takeExamples } from "../../session/handover.js";
import { closeProject } from "../../session/persistence.js";
import { begin, newProject, takeTurn } from "../../session/projects.js";
import { call, ready } from "../../session/python.js";
import { LAYOUT_VERSION } from "../../shared/constants.js";
import { FIRST_DISPLAY } from "../../shared/displays.js";
import { asked } from "../../state/settings.js";
import { openNow, store } from "../../state/store.js";
import { openFrame } from "./demo.js";
import { demoStore, layout } from "./demo_store.js";

/** The bundled frames, as a project that is not kept. */
export async function openDemo() {
  const isLatest = takeTurn();
  await ready;
  const examples = await demoExamples();
  if (!isLatest()) return; // and close no other project than the one that this replaces
  await closeProject();
  if (!isLatest()) return;
  const [width, height] = layout.value.frame_size;
  const frames = frameNames.value.map((name) => ({ name, width, height, digest: null, thumbnail: null }));
  begin({ id: null, name: "Demo", saved: null, exported: null }, frames);
  for (const { name } of frames) filesByName.set(name, openFrame(name));
  await handOver({
    document: JSON.stringify({ layout: layoutFile(), typed: [], examples: {}, rules: [] }),
    examples,
  });
  thumbnails(frames);
}

/** Whether there is a video of the display. */
export const hasClip = computed(() => display.value === FIRST_DISPLAY);

/** The bundled video, with the demo's layout and examples, as a project of its own. */
export async function openDemoClip() {
  await ready;
  const path = fileLike(/^data\/clip\.(mp4|webm|mkv|mov)$/);
  const bytes = await bytesOf(path ?? "data/clip.mp4");
  await newProject("Demo video");
  const isOpen = openNow();
  await handed();
  if (!isOpen()) return;
  keepState(await call("import_layout", { text: JSON.stringify(layoutFile()) }));
  await takeExamples(await demoExamples());
  if (!isOpen()) return;
  await addFiles([new File([bytes], path.split("/").at(-1))]);
}

/** The demo's layout as in layout.json. */
const layoutFile = () => ({
  version: LAYOUT_VERSION,
  frame_size: layout.value.frame_size,
  readouts: layout.value.readouts,
});

async function demoExamples() {
  const { training = [], sets = [] } = demoStore.dataset.value ?? {};
  const used = new Set(sets.slice(0, asked.value.sets));
  return training
    .filter(({ set }) => used.has(set))
    .map(({ set, label, ...crop }) => ({ source: `training/${set}/${label}.png`, label, ...crop }));
}

/** Thumbnails of frames that came without. */
async function thumbnails(frames) {
  for (const frame of frames) {
    const found = await decode(frame.name, { thumbnail: true }).catch(() => null);
    if (!store.frames.value.includes(frame)) return;
    frame.thumbnail = found?.thumbnail ?? null;
  }
  store.frames.value = [...store.frames.value];
}
