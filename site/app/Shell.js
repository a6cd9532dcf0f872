import { effect } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { openDemo } from "../features/demo/open_demo.js";
import { ExportView } from "../features/export/ExportView.js";
import { FramesView } from "../features/frames/FramesView.js";
import { LabelView } from "../features/labelling/LabelView.js";
import { LayoutView } from "../features/layout/LayoutView.js";
import { LiveSign } from "../features/live/LiveView.js";
import { ReadingsView } from "../features/readings/ReadingsView.js";
import { addFiles, stopImporting } from "../session/add_files.js";
import { redo, undo } from "../session/edits.js";
import { rename } from "../session/persistence.js";
import { deleteProject, ensureOpen, newProject, openProject, saveFile, takeLink } from "../session/projects.js";
import { store, notify, reportErrors, VIEWS } from "../state/store.js";
import { Notice } from "./Notice.js";
import { ProgressBar } from "./ProgressBar.js";
import { Shortcuts } from "./Shortcuts.js";

const VIEW_COMPONENTS = {
  frames: FramesView,
  place: LayoutView,
  teach: LabelView,
  read: ReadingsView,
  take: ExportView,
};

/** The bar with the project and the views, and the view that is open; `children` are the demo's. */
export function Shell({ children }) {
  const view = store.view.value;
  const View = VIEW_COMPONENTS[view];
  const before = useRef(view);
  useEffect(() => {
    document.body.dataset.view = view;
    if (![view, "demo"].includes(before.current) && document.activeElement === document.body)
      /** @type {HTMLElement} */ (document.querySelector(".view-tab.here")).focus({ preventScroll: true }); // what led here is gone
    before.current = view;
  }, [view]);
  useEffect(listen, []);
  return html`<div class="bench">
    <div class="bench-bar">
      <${ProjectMenu} />
      <nav class="views" aria-label="Workbench">${Object.entries(VIEWS).map(
        ([name, title]) => html`<button
        class=${name === view ? "view-tab here" : "view-tab"} aria-current=${name === view ? "page" : undefined}
        onClick=${() => show(name)}>${title}</button>`,
      )}</nav>
      <${LiveSign} />
      <${History} />
      <${Shortcuts} />
    </div>
    <${ProgressBar} />
    <${Notice} />
    ${View ? html`<h1 class="unseen" id="view" tabindex="-1">${VIEWS[view]}</h1><${View} />` : children}
  </div>`;
}

function show(view) {
  store.view.value = view;
  if (view !== "demo") return ensureOpen();
  history.replaceState(null, "", `${location.pathname}${location.search}`);
}

/** Undo and redo, by button and by key. */
function History() {
  const none = store.view.value === "demo";
  const { undo: back, redo: forth } = none ? {} : store.state.value;
  return html`<span class="history" role="group" aria-label="History">
    <button disabled=${!back} onClick=${reportErrors(undo)} title=${back ? `Undo: ${back} (Ctrl+Z)` : "Nothing to undo"} aria-label=${back ? `Undo: ${back}` : "Undo"}>↶</button>
    <button disabled=${!forth} onClick=${reportErrors(redo)} title=${forth ? `Redo: ${forth} (Ctrl+Shift+Z)` : "Nothing to redo"} aria-label=${forth ? `Redo: ${forth}` : "Redo"}>↷</button>
  </span>`;
}

function ProjectMenu() {
  const menu = useRef(null);
  const { id, name, saved, exported } = store.project.value;
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
  const state =
    id === null ? "the bundled frames; changes are not kept" : saved ? "saved in this browser" : "not saved yet";
  return html`<details class="project" ref=${menu} onKeyDown=${leave}>
    <summary aria-label=${`Project: ${name}, ${state}`}><strong>${name}</strong> <small class="quiet">${state}</small></summary>
    <div class="menu">
      ${
        id === null
          ? ""
          : html`<label class="project-name">Name <input value=${name} onChange=${reportErrors((event) => rename(event.target.value))} /></label>
      <p class="quiet">Last exported: ${exported ? when(exported) : "never"}. Browsers may clear what pages keep, so save a file now and then.</p>`
      }
      <div class="tools">${id === null ? "" : html`<button class="primary" onClick=${close(saveFile)}>Save as a file</button>`}
        <button onClick=${close(() => (stopImporting(), newProject()))}>New project</button>
        <label class="button">Open a file <input class="unseen" type="file" accept=".zip" onChange=${(event) => (close(() => addFiles([...event.target.files]))(), (event.target.value = ""))} /></label></div>
      <h3>Recent projects</h3>
      <ul>
        <li><button class="link" onClick=${close(openDemo)}>Demo</button> <small class="quiet">50 frames of a thermal camera</small></li>
        ${store.recent.value.map(
          (each) => html`<li>
          <button class="link" onClick=${close(() => openProject(each.id))} aria-current=${each.id === id ? "true" : undefined}>${each.name}</button>
          <small class="quiet">${each.frames.toLocaleString("en")} ${each.frames === 1 ? "frame" : "frames"}, ${when(each.changed)}</small>
          <button class="small" aria-label=${`Delete ${each.name}`} onClick=${() => forget(each)}>Delete</button>
        </li>`,
        )}
      </ul>
    </div>
  </details>`;
}

const when = (time) => new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

const forget = ({ id, name }) =>
  notify(`Delete “${name}” from this browser for good?`, "info", { title: "Delete it", run: () => deleteProject(id) });

/** Keys, drops and pastes that belong to the whole page. */
function listen() {
  const typing = ({ target }) =>
    target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");
  const listeners = {
    keydown(event) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || typing(event)) return;
      const key = event.key.toLowerCase();
      const action = key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : null;
      if (!action || store.view.value === "demo") return;
      event.preventDefault();
      reportErrors(action)();
    },
    dragover(event) {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    },
    dragleave: (event) => event.relatedTarget || document.body.classList.remove("dropping"),
    drop(event) {
      document.body.classList.remove("dropping");
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      addFiles(event.dataTransfer);
    },
    paste: (event) => event.clipboardData?.files.length && !typing(event) && addFiles(event.clipboardData),
    hashchange: follow,
  };
  for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
  follow();
  const stop = effect(enter);
  return () => {
    stop();
    for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener);
  };
}

let left = null;

/** At once when another view opens: words for the last one go, and the address says so, as a reload may come before anything is drawn. */
function enter() {
  const view = store.view.value;
  if (left && left !== view) notify(null);
  left = view;
  const hash = view === "demo" ? "" : `#bench/${view}`;
  if (hash && location.hash !== hash) history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
}

/** #bench/place in the address opens that view, and a layout there waits for its frames. */
function follow() {
  if (takeLink(location.hash))
    return void newProject("From a link").then(() =>
      notify("The boxes of this link are here. Drop frames of the same display, and they are read."),
    );
  const [, view] = location.hash.match(/^#bench\/(\w+)$/) ?? [];
  if (view in VIEWS) show(view);
}
