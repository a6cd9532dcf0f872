import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { openDemo } from "../features/demo/open_demo.js";
import { exportFile } from "../features/export/exports.js";
import { display } from "../runtime/boot.js";
import { addFiles, stopImporting } from "../session/add_files.js";
import { deleteProject, renameProject } from "../session/persistence.js";
import { newProject, openProject } from "../session/projects.js";
import { DISPLAYS } from "../shared/displays.js";
import { Field } from "../shared/Field.js";
import { timeText } from "../shared/locale.js";
import { notify, reportErrors, store } from "../state/store.js";
import { keptWords } from "./StorageNotice.js";
import { counted } from "../shared/format.js";

/** The open project: its name, its file, and the way to others. */
export function ProjectMenu() {
  const menu = useRef(null);
  const { id, name, exported } = store.project.value;
  const close = (run) => () => ((menu.current.open = false), reportErrors(run)());
  const leave = ({ key }) => {
    if (key !== "Escape" || !menu.current.open) return;
    menu.current.open = false;
    menu.current.querySelector("summary").focus();
  };
  useEffect(() => {
    const outside = ({ target }) => menu.current.contains(target) || (menu.current.open = false);
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);
  const state = keptWords();
  return html`<details class="project" ref=${menu} onKeyDown=${leave}>
    <summary aria-label=${`Project: ${name}, ${state}`}><strong>${name}</strong> <small class="quiet">${state}</small></summary>
    <div class="menu">
      ${
        id === null
          ? ""
          : html`<label class="project-name">Name <${Field} value=${name} enter=${reportErrors((field) => renameProject(field.value))} /></label>
      <p class="quiet">Project file last saved: ${exported ? when(exported) : "never"}. Browsers may clear what pages keep, so save a file now and then.</p>`
      }
      <div class="tools">${id === null ? "" : html`<button class="primary" onClick=${close(() => exportFile("project"))}>Save as a file</button>`}
        <button onClick=${close(() => (stopImporting(), newProject()))}>New project</button>
        <label class="button">Open a file <input class="unseen" type="file" accept=".zip" onChange=${(event) => (close(() => addFiles([...event.target.files]))(), (event.target.value = ""))} /></label></div>
      <h3>Recent projects</h3>
      <ul>
        <li><button class="link" onClick=${close(openDemo)}>Demo</button> <small class="quiet">50 frames of ${DISPLAYS[display.value].show}</small></li>
        ${store.recent.value.map(
          (each) => html`<li>
          <button class="link" onClick=${close(() => (stopImporting(), openProject(each.id)))} aria-current=${each.id === id ? "true" : undefined}>${each.name}</button>
          <small class="quiet">${counted(each.frames, "frame")}, ${when(each.changed)}</small>
          <button class="small" aria-label=${`Delete ${each.name}`} onClick=${() => forget(each)}>Delete</button>
        </li>`,
        )}
      </ul>
    </div>
  </details>`;
}

const when = (time) => timeText(time, { dateStyle: "medium", timeStyle: "short" });

const forget = ({ id, name }) =>
  notify(`Delete “${name}” from this browser for good?`, "info", { title: "Delete it", run: () => remove(id) });

async function remove(id) {
  await deleteProject(id);
  if (store.project.value.id === id) await openDemo();
}
