import { html } from "htm/preact";
import { toCsv } from "../engine.js";
import { readingOf, readoutNames, store, verdict } from "../store.js";
import { Pixels } from "./pixels.js";

const MARKS = { right: "✓", wrong: "✗", read: "", waiting: "" };
const WORDS = { right: "right", wrong: "wrong", read: "", waiting: "not read yet" };

/** Every frame, zoomed on its number, with the reading on top. */
export function Frames() {
  const frames = store.frames.value.filter((frame) => !store.onlyWrong.value || verdict(frame) === "wrong");
  return html`<section id="read" class="panel reading" aria-labelledby="read-title">
    <h2 id="read-title">It reads</h2>
    <${Score} />
    <div class="tools">
      <label><input type="checkbox" checked=${store.onlyWrong.value} onChange=${(event) => (store.onlyWrong.value = event.target.checked)} /> Only what was read wrong</label>
      <button disabled=${!Object.keys(store.readings.value).length} onClick=${download}>Download CSV</button>
    </div>
    ${frames.length || !store.onlyWrong.value ? "" : html`<p class="empty">Nothing was read wrong. Drag “Training sets used” to 1 if you want to see it suffer.</p>`}
    <ul class="frames">${frames.map((frame) => html`<${Frame} key=${frame} frame=${frame} />`)}</ul>
  </section>`;
}

function Score() {
  const score = store.score.value;
  const seconds = store.jobSeconds.value;
  const all = store.frames.value.length;
  const done = score?.readings_total ?? 0;
  const bottom = checks();
  return html`<div class="score">
    <p class="headline number" role="status">${done
      ? html`<strong>${score.digits_correct} of ${score.digits_total} digits</strong>, ${score.readings_correct} of ${score.readings_total} readings`
      : "No frame has been read yet"}</p>
    <p class="quiet number">${done && seconds !== null ? `learned and read in ${seconds.toFixed(1)} s` : " "}${bottom}</p>
    <progress max=${all || 1} value=${done} aria-label="Frames read"></progress>
  </div>`;
}

/** The bottom label is always 10.00 below the top one: the two readouts check each other. */
function checks() {
  const [top, bottom] = readoutNames.value;
  if (!bottom) return "";
  const pairs = store.frames.value.map((frame) => [readingOf(frame, top), readingOf(frame, bottom)]).filter(([a, b]) => a && b);
  if (!pairs.length) return "";
  const agree = pairs.filter(([a, b]) => Math.abs(a.value - b.value - 10) < 0.005).length;
  return ` · ${top} is 10.00 above ${bottom} in ${agree} of ${pairs.length} frames`;
}

function Frame({ frame }) {
  const reading = readingOf(frame, readoutNames.value[0]);
  const thumbnail = store.thumbnails.value[frame];
  const state = verdict(frame);
  const truth = store.dataset.value?.truths[frame];
  return html`<li><button class=${`frame ${state}`} disabled=${!reading} onClick=${() => (store.selected.value = frame)}>
    <span class="answer number">${reading ? reading.text : "··.··"} <span class="mark" aria-hidden="true">${MARKS[state]}</span><span class="unseen">${WORDS[state]}</span></span>
    ${thumbnail ? html`<${Pixels} picture=${thumbnail} />` : html`<span class="blank"></span>`}
    <span class="caption number"><span class="name">${frame.replace(/\.\w+$/, "")}</span><span>${state === "wrong" ? `shows ${truth}` : reading ? `${Math.round(reading.confidence * 100)} %` : ""}</span></span>
  </button></li>`;
}

async function download() {
  const url = URL.createObjectURL(new Blob([await toCsv()], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: "readings.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
