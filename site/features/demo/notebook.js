// The lesson as a Jupyter notebook, as it is on screen; Python writes it, see readout/export/notebook.py.

import { computed } from "@preact/signals";
import { frameNames } from "../../runtime/boot.js";
import { addressOfFile, fileLike, files } from "../../runtime/parts.js";
import { call } from "../../session/python.js";
import { BACKBONES } from "../../shared/backbones.js";
import { download } from "../../shared/download.js";
import { demoStore, readingOf, readoutNames } from "./demo_store.js";
import { drafts, edited, isEdited, outcome } from "./edited_code.js";

/** Whether all frames have been read with what is asked for, so that there is something to take along. */
export const hasNotebook = computed(() => ["done", "failed"].includes(demoStore.phase.value));

/** Offer the notebook: the code of all steps as it is in the editors, and what the page has read with it. */
export async function downloadNotebook() {
  const { sets } = demoStore.shown.value;
  const backbones = Object.values(BACKBONES).map(({ model }) => model);
  const text = await call(
    "notebook",
    { steps: stepsOf(document), sets, backbones, page: pageReadings(), wheel: addressOfWheel() },
    { namespace: "demo" },
  );
  download("readout-lesson.ipynb", new Blob([text], { type: "application/x-ipynb+json" }));
}

/** The steps of the lesson in the page's text, each with the code that its editor holds. */
const stepsOf = (root) =>
  [...root.querySelectorAll(".steps > li")].map((step) => {
    const code = step.querySelector("code[data-source]");
    const { source } = code.dataset;
    return {
      title: step.querySelector("h3").textContent,
      text: step.querySelector("p").textContent.replaceAll(/\s+/g, " "),
      source,
      code: drafts.value[source] ?? code.textContent,
    };
  });

/** {score, readings}: what was read with the code in the editors; null where that has not been run to its end. */
function pageReadings() {
  const [held, run] = [drafts.value, edited.value];
  const isSame = [...Object.keys(held), ...Object.keys(run)].every((source) => held[source] === run[source]);
  if (!isSame || (isEdited.value && outcome.value?.state !== "done")) return null;
  const textsOf = (readout) =>
    frameNames.value.map((frame) => [frame, readingOf(frame, readout)?.text]).filter(([, text]) => text !== undefined);
  const readings = readoutNames.value.map((readout) => [readout, Object.fromEntries(textsOf(readout))]);
  return { score: demoStore.score.value, readings: Object.fromEntries(readings) };
}

/** Where pip gets the project's wheel, with its hash for pip to check; null where the site has none. */
function addressOfWheel() {
  const file = fileLike(/^pip\/.*\.whl$/);
  return file ? `${addressOfFile(file)}#sha256=${files.value[file].sha256}` : null;
}
