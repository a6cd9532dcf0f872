import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { store, progress, readouts, notify } from "../../state/store.js";
import { EXPORTS, exportFile } from "./exports.js";

/** Everything that can be exported, one card each. */
export function ExportView() {
  const { done, total } = progress.value;
  const [busy, setBusy] = useState(null);
  const take = async (name) => {
    setBusy(name);
    try {
      await exportFile(name);
    } catch (error) {
      notify(error.message, "error");
    } finally {
      setBusy(null);
    }
  };
  const { exported } = store.project.value;
  return html`<section class="panel take" aria-labelledby="take-title">
    <h2 id="take-title">Export</h2>
    <p>${readouts.value.length ? html`<strong>${done.toLocaleString("en")} of ${total.toLocaleString("en")} frames</strong> are read.` : "Nothing has been read yet, but a project can be saved at any time."}
      ${exported ? html` <span class="quiet">Project file last saved ${new Date(exported).toLocaleString()}.</span>` : ""}</p>
    <ul class="cards">${Object.entries(EXPORTS).map(
      ([name, { title, what, needs }]) => html`<li class="card">
      <h3>${title}</h3><p>${what}</p>
      <button class=${name === "csv" ? "primary" : ""} disabled=${busy !== null || (needs === "readings" && !done)} onClick=${() => take(name)}>${busy === name ? "Writing …" : "Download"}<span class="unseen"> ${title}</span></button>
    </li>`,
    )}</ul>
  </section>`;
}
