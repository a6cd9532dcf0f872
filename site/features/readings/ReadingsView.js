import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { markStale, progress, readout, readouts, store } from "../../state/store.js";
import { Chart } from "./Chart.js";
import { Detail, offerOf } from "./Detail.js";
import { Rules } from "./Rules.js";
import { Table } from "./Table.js";
import { counts, release, setTableView, overtaken, shownRows } from "./table_state.js";
import { counted } from "../../shared/format.js";

const FILTERS = {
  all: "All",
  flagged: "Flagged",
  doubtful: "Doubtful",
  typed: "Typed",
  repaired: "Repaired",
  changed: "Changed by the last edit",
  unread: "Not read",
};

/** All readings: a chart, a table, the current row's crops, and rules. `downloadCsv` hands them out once all are read. */
export function ReadingsView({ downloadCsv }) {
  if (!store.frames.value.length)
    return html`<${Empty} text="There is nothing to read yet. Add a video or pictures; they stay on this computer." view="frames" title="Add a video" />`;
  if (!readouts.value.length)
    return html`<${Empty} text="Click on the number, or draw one box around it. Then every frame is read." view="mark" title="Mark the number" />`;
  return html`<${Readings} downloadCsv=${downloadCsv} />`;
}

function Empty({ text, view, title }) {
  return html`<section class="panel empty-view"><h2>Readings</h2><p>${text}</p>
    <button class="primary" onClick=${() => (store.view.value = view)}>${title}</button></section>`;
}

function Readings({ downloadCsv }) {
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    await downloadCsv();
    setBusy(false);
  };
  const fields = useRef(new Map());
  const side = useRef(null);
  const correct = (name, text) => {
    fields.current.get(name ?? readout.value.name)?.(text);
    side.current.scrollIntoView({ block: "nearest" });
  };
  const take = (name) => fields.current.get(offerOf(name ?? readout.value.name))?.();
  const leave = () => /** @type {HTMLElement} */ (document.querySelector("table.readings")).focus();
  return html`<section class="panel bench-read" aria-labelledby="bench-read-title">
    <header class="line"><h2 id="bench-read-title">Readings</h2><${Estimate} />
      <button class="primary csv" disabled=${busy} onClick=${download}>${busy ? "Reading to the end …" : "Download CSV"}</button></header>
    <${Rest} />
    <${Chart} />
    <${Tools} />
    <div class="beside"><${Table} correct=${correct} take=${take} /><div class="side" ref=${side}><${Detail} fields=${fields} leave=${leave} /></div></div>
    <${Rules} />
  </section>`;
}

/** What the table is worth, by its own estimate, and what the last edit did. */
function Estimate() {
  const review = store.review.value;
  const news = store.news.value;
  if (!review?.readings) return html`<p class="estimate">No estimate yet: it comes with the first reading.</p>`;
  const { readings, wrong } = review;
  return html`<p class="estimate">Estimated errors: <strong class="number">${wrong < 0.05 ? 0 : wrong < 10 ? wrong.toFixed(1).replace(/\.0$/, "") : Math.round(wrong).toLocaleString("en")}</strong> of <span class="number">${readings.toLocaleString("en")}</span> unchecked ${readings === 1 ? "reading" : "readings"}.
    ${news?.changes ? html` The last edit changed <button class="link number" onClick=${() => setTableView({ filter: "changed" })}>${counted(news.changes, "reading")}</button>.` : ""}</p>`;
}

/** What is left to read, while nothing reads it. */
function Rest() {
  const { done, total } = progress.value;
  if (store.work.value || done >= total) return null;
  return html`<p class="rest"><span class="number">${done.toLocaleString("en")} of ${total.toLocaleString("en")}</span> frames read. <button class="small" onClick=${() => markStale()}>Go on</button></p>`;
}

function Tools() {
  const { filter, search } = store.tableView.value;
  const shown = shownRows.value.length;
  return html`<div class="read-tools">
    <div class="chips" role="group" aria-label="Show">${Object.entries(FILTERS).map(
      ([name, title]) => html`<button key=${name} class=${name === filter ? "chip here" : "chip"}
      aria-pressed=${name === filter ? "true" : "false"} onClick=${() => setTableView({ filter: name })}>${title} <span class="number">${counts.value[name].toLocaleString("en")}</span></button>`,
    )}</div>
    <input class="search" type="search" aria-label="Search by frame name or value" placeholder="frame or value, > 80, 78..79" value=${search} onInput=${(event) => setTableView({ search: event.target.value })} />
    <p class="found number" role="status">${
      overtaken.value
        ? html`<button class="link" onClick=${release}>Readings have changed: sort and filter again</button>`
        : filter !== "all" || search
          ? counted(shown, "frame")
          : ""
    }</p>
  </div>`;
}
