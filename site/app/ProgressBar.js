import { html } from "htm/preact";
import { bytes } from "../runtime/parts.js";
import { stopImporting } from "../session/add_files.js";
import { running } from "../session/python.js";
import { cancel } from "../session/reading.js";
import { megabytes } from "../shared/format.js";
import { pending, store } from "../state/store.js";

const WORDS = { importing: "Looking at the files", reading: "Reading", learning: "Learning", saving: "Saving" };

/** A thin line for work under way: how far, how fast, how long it will take. */
export function ProgressBar() {
  const work = store.work.value;
  if (!work && !running.value && store.view.value !== "demo") return html`<${GettingReady} />`;
  if (!work) return html`<div class="work" aria-busy=${pending.value}></div>`;
  const { what, done, total, rate, left, speed } = work;
  const pace = rate
    ? `, ${Math.round(rate)} a second, ${time(left)} left${speed ? `, ${Number(speed.toPrecision(2))} times as fast as it plays` : ""}`
    : "";
  return html`<div class="work busy" aria-busy="true">
    <progress max=${total || 1} value=${done} aria-label=${WORDS[what]}></progress>
    <span>${WORDS[what]}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}${pace}</span>
    <button class="small" onClick=${what === "importing" ? stopImporting : cancel}>Cancel</button>
  </div>`;
}

/** What is loaded before anything can be read; the demo says more of it. */
function GettingReady() {
  const { done, total } = bytes.value;
  return html`<div class="work busy" aria-busy="true">
    <progress max=${total || 1} value=${done} aria-label="Getting ready"></progress>
    <span>Getting ready: ${megabytes(done)} of ${megabytes(total)} MB</span>
  </div>`;
}

const time = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`);
