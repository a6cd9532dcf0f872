import { effect, untracked } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { hasClip, openDemo, openDemoClip } from "../features/demo/open_demo.js";
import { ExportView } from "../features/export/ExportView.js";
import { exportFile } from "../features/export/exports.js";
import { FramesView } from "../features/frames/FramesView.js";
import { LabelView } from "../features/labelling/LabelView.js";
import { LayoutView } from "../features/layout/LayoutView.js";
import { LiveButtons, LiveSign, LiveView } from "../features/live/LiveView.js";
import { ReadingsView } from "../features/readings/ReadingsView.js";
import { addFiles, isImporting } from "../session/add_files.js";
import { redo, undo } from "../session/edits.js";
import { lastProject } from "../session/persistence.js";
import { newProject, openProject, takeLink, wasAsked } from "../session/projects.js";
import { followAddress, isLesson } from "../state/settings.js";
import { notify, reportErrors, store, VIEWS } from "../state/store.js";
import { Notice } from "./Notice.js";
import { NewerVersion } from "./Offline.js";
import { StorageNotice } from "./StorageNotice.js";
import { ProgressBar } from "./ProgressBar.js";
import { ProjectMenu } from "./ProjectMenu.js";
import { Shortcuts } from "./Shortcuts.js";

/** The views that show and edit what a project's document holds. */
const OF_DOCUMENT = ["mark", "label"];

const VIEW_COMPONENTS = {
  frames: () =>
    html`<${LiveView} /><${FramesView} openDemoClip=${hasClip.value ? openDemoClip : null}><${LiveButtons} /><//>`,
  mark: LayoutView,
  label: LabelView,
  read: () => html`<${ReadingsView} downloadCsv=${reportErrors(() => exportFile("csv"))} />`,
  export: ExportView,
};
/** What views were called in the addresses of earlier versions. */
const FORMER = { place: "mark", teach: "label", take: "export" };

/** The bar with the project and the views, and the view that is open; `children` are the demo's. */
export function Shell({ children }) {
  const view = store.view.value;
  const View = store.opening.value && OF_DOCUMENT.includes(view) ? Opening : VIEW_COMPONENTS[view];
  const before = useRef(view);
  const bench = useRef(null);
  useEffect(() => {
    document.body.dataset.view = view;
    const { top } = bench.current.getBoundingClientRect();
    if (view !== before.current && top < 0) scrollBy({ top, behavior: "instant" }); // it begins at its top
    if (![view, "demo"].includes(before.current) && document.activeElement === document.body)
      /** @type {HTMLElement} */ (document.querySelector(".view-tab.here")).focus({ preventScroll: true }); // what led here is gone
    before.current = view;
  }, [view]);
  useEffect(listen, []);
  return html`<div class="bench" ref=${bench}>
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
    <${StorageNotice} />
    <${NewerVersion} />
    <${ProgressBar} />
    <${Notice} />
    ${View ? html`<h1 class="unseen" id="view" tabindex="-1">${VIEWS[view]}</h1><${View} />` : children}
  </div>`;
}

const Opening = () =>
  html`<section class="panel empty-view"><h2>Opening “${store.project.value.name}”</h2><p class="quiet">Its numbers are here in a moment.</p></section>`;

function show(view) {
  store.view.value = view;
  if (view !== "demo") return ensureOpen();
  if (!isLesson.value) history.replaceState(null, "", `${location.pathname}${location.search}`);
}

let opening = null;

/** Have some project open: the one that this tab had before it was reloaded, the last one kept, or the demo. */
function ensureOpen() {
  return (opening ??= reportErrors(async () => {
    const id = await lastProject();
    if (wasAsked() || isImporting()) return;
    await (id ? openProject(id) : openDemo());
  })());
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
  const last = /** @type {HTMLElement} */ (document.querySelector("#continue"));
  last.onclick = reportErrors(() => openProject(store.recent.value[0].id));
  const offer = () => {
    const [project] = store.recent.value;
    last.hidden = !project;
    last.textContent = project ? `Continue with ${project.name}` : "";
  };
  const stops = [
    effect(enter),
    effect(offer),
    effect(() => void document.body.toggleAttribute("data-lesson", isLesson.value)),
  ];
  return () => {
    for (const stop of stops) stop();
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
  if (!hash || location.hash === hash) return;
  history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  untracked(followAddress);
}

/** #bench/mark in the address opens that view, and a layout there waits for its frames. */
function follow() {
  followAddress();
  if (isLesson.value) show("demo");
  if (takeLink(location.hash))
    return void newProject("From a link").then(() =>
      notify("The boxes of this link are here. Drop frames of the same display, and they are read."),
    );
  const [, name] = location.hash.match(/^#bench\/(\w+)$/) ?? [];
  const view = Object.hasOwn(FORMER, name) ? FORMER[name] : name;
  if (Object.hasOwn(VIEWS, view)) show(view);
}
