import { computed } from "@preact/signals";
import { html } from "htm/preact";
import { exportFile } from "../features/export/exports.js";
import { openProject } from "../session/projects.js";
import { reportErrors, store } from "../state/store.js";

/** Why what is made is not kept, until it is, or a file has all of it. */
const trouble = computed(() => {
  const [{ id, exported, changed }, problem] = [store.project.value, store.storageProblem.value];
  if (id === null) return problem?.kind === "late" ? problem : null;
  return exported && exported >= (changed ?? 0) ? null : problem;
});

/** Stays until what it says is no longer so, and offers the project's file at once. */
export function StorageNotice() {
  if (!trouble.value) return null;
  const { kind, message, next } = trouble.value;
  if (store.project.value.id === null) return html`<p class="strip trouble" role="alert"><span>${message}</span></p>`;
  const here = kind === "elsewhere" || kind === "taken";
  return html`<p class="strip trouble" role="alert"><span>${message} ${next}</span>
    <button class="small" onClick=${reportErrors(() => exportFile("project"))}>Save as a file</button>
    ${here && html`<button class="small" onClick=${reportErrors(() => openProject(store.project.value.id, { takeOver: true }))}>Work here instead</button>`}</p>`;
}

/** Where the project is kept, as far as writes have confirmed it. */
export function keptWords() {
  const { id, saved, exported, changed } = store.project.value;
  if (id === null) return "the bundled frames; changes are not kept";
  if (store.storageProblem.value) return exported && exported >= (changed ?? 0) ? "saved as a file" : "not saved";
  if (store.writing.value || store.work.value?.what === "importing") return "saving…";
  return saved ? "saved in this browser" : "not saved yet";
}
