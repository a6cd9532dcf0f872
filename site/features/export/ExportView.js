import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { store, progress, readouts, notify } from "../../state/store.js";
import { copyTable, EXPORTS, exportFile } from "./exports.js";
import { OPTIONS, tableOptions, setTableOption } from "./table_options.js";
import { Field } from "../../shared/Field.js";
import { timeText } from "../../shared/locale.js";

/** Everything that can be exported, one card each. */
export function ExportView() {
  const { done, total } = progress.value;
  const [busy, setBusy] = useState(null);
  const take = async (name) => {
    setBusy(name);
    try {
      await (name === "copy" ? copyTable() : exportFile(name));
    } catch (error) {
      notify(error.message, "error");
    } finally {
      setBusy(null);
    }
  };
  const { exported } = store.project.value;
  return html`<section class="panel export-view" aria-labelledby="export-title">
    <h2 id="export-title">Export</h2>
    <p>${readouts.value.length ? html`<strong>${done.toLocaleString("en")} of ${total.toLocaleString("en")} frames</strong> are read.` : "Nothing has been read yet, but a project can be saved at any time."}
      ${exported ? html` <span class="quiet">Project file last saved ${timeText(exported)}.</span>` : ""}</p>
    <${TableOptions} copy=${() => take("copy")} disabled=${busy !== null || !done} />
    <ul class="cards">${Object.entries(EXPORTS).map(
      ([name, { title, what, needs }]) => html`<li class="card">
      <h3>${title}</h3><p>${what}</p>
      <button class=${name === "csv" ? "primary" : ""} disabled=${busy !== null || (needs === "readings" && !done)} onClick=${() => take(name)}>${busy === name ? "Writing …" : "Download"}<span class="unseen"> ${title}</span></button>
    </li>`,
    )}</ul>
  </section>`;
}

/** How the tables are written; remembered in this browser. */
function TableOptions({ copy, disabled }) {
  const now = tableOptions.value;
  return html`<fieldset class="table-options"><legend>Tables: CSV, Excel, JSON Lines and copies</legend>
    ${Object.entries(OPTIONS).map(
      ([name, { label, choices }]) => html`<label key=${name}><span>${label}</span>
      <select value=${now[name]} onChange=${({ target }) => setTableOption(name, target.value)}>${Object.entries(choices).map(([value, words]) => html`<option key=${value} value=${value} selected=${value === now[name]}>${words}</option>`)}</select></label>`,
    )}
    <label><span>Time of day</span><${Field} value=${now.time_of_day} placeholder="none; auto; 12.5=14:15:00" aria-describedby="time-of-day-hint" autocomplete="off" spellcheck=${false}
      enter=${({ value }) => setTableOption("time_of_day", value.trim())} /></label>
    <button disabled=${disabled} onClick=${copy}>Copy table</button>
    <p id="time-of-day-hint" class="quiet">A time of day as the first frame shows it, 14:15:00, or another one, 12.5=14:15:00 with its seconds before it; auto takes it from file names.</p>
  </fieldset>`;
}
