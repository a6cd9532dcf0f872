import { html } from "htm/preact";
import { counted, percent } from "../../shared/format.js";
import { drawInTheMiddle, misfit } from "./editor_state.js";
import {
  here,
  look,
  movable,
  moveLayout,
  offered,
  readAll,
  stopSearch,
  suggestions,
  toggleSuggestion,
  wanted,
} from "./suggestions.js";
import { focusStage } from "./Stage.js";

/** Readings that are named of a number. */
const SAMPLES = 4;

/** The numbers that were found: each with what it shows, to be taken or left, and all to be read. */
export function SuggestionPanel() {
  const { state } = here.value;
  const count = wanted.value;
  return html`<section class="panel suggestions" aria-labelledby="suggestions-title">
    <header><h3 id="suggestions-title">Numbers found</h3>
      <button class="primary" disabled=${!count} onClick=${readAll}>${count > 1 ? `Read all ${count}` : "Read all"}</button></header>
    <div class="suggestions-state" role="status"><${State} /></div>
    ${state === "done" && suggestions.value.length ? html`<${List} />` : ""}
  </section>`;
}

function State() {
  const { state, done, total, problem } = here.value;
  if (state === "searching")
    return html`<p>Looking for numbers in ${counted(total, "frame")} …</p>
      <progress max=${total + 1} value=${done} aria-label="Frames searched"></progress>
      <button class="small" onClick=${stopSearch}>Stop</button>`;
  if (state === "failed")
    return html`<p class="error">Numbers could not be looked for: ${problem}.</p><${Again} title="Try again" />`;
  if (state === "none")
    return html`<p class="quiet">Have the frames searched for numbers, or click on one.</p><${Again} title="Find numbers" />`;
  if (!suggestions.value.length)
    return html`<p>No number was found. Click on it, or draw a box around it: it is read at once.</p>
      <button onClick=${drawBox}>Draw a box</button>`;
  if (!offered.value.length)
    return html`<p>No number that changes was found. Take one of these, or click on yours.</p>`;
  if (movable.value)
    return html`<p>No number is where the layout says. If this shows the same as before, but elsewhere:</p>
      <button onClick=${moveLayout}>Move the layout there</button>`;
  return html`<p class="quiet">Click a number, here or in the picture, to take it; here again to leave it.</p>`;
}

const Again = ({ title }) => html`<button disabled=${misfit.value} onClick=${look}>${title}</button>`;

function drawBox() {
  focusStage();
  drawInTheMiddle();
}

function List() {
  const rest = suggestions.value.filter(({ first }) => !first);
  const more = rest.some(({ taken }) => taken) || !offered.value.length;
  return html`<ul>${offered.value.map((each) => html`<${Item} key=${each.name} number=${each} />`)}</ul>
    ${
      rest.length
        ? html`<details open=${more}><summary>${rest.length} more that ${rest.length === 1 ? "stays" : "stay"} the same or ${rest.length === 1 ? "is" : "are"} less sure</summary>
      <ul class="rest">${rest.map((each) => html`<${Item} key=${each.name} number=${each} />`)}</ul></details>`
        : ""
    }`;
}

function Item({ number }) {
  const { name, kind, readings, confidence, taken, text } = number;
  const seen = [...new Set(readings.filter((each) => each !== null))];
  const samples = seen.slice(0, SAMPLES).join(", ") + (seen.length > SAMPLES ? ", …" : "");
  return html`<li><button class="suggestion" aria-pressed=${taken ? "true" : "false"} onClick=${() => toggleSuggestion(number)}>
    <span class="mark" aria-hidden="true">${taken ? "✓" : ""}</span>
    <span class="names"><strong>${taken?.name ?? name}</strong> <small class="quiet">${kind === "number" ? "" : `${kind}, `}${percent(confidence)} sure</small></span>
    <span class="number text">${text || "–"}</span>
    <small class="quiet number samples">${samples}</small>
  </button></li>`;
}
