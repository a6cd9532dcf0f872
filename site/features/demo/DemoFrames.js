import { html } from "htm/preact";
import { frameNames } from "../../runtime/boot.js";
import { download } from "../../shared/download.js";
import { Pixels } from "../../shared/Pixels.js";
import { asked } from "../../state/settings.js";
import { reportErrors } from "../../state/store.js";
import { toCsv } from "./demo.js";
import { countRead, demoStore, framesShown, layout, readingOf, readoutNames, truthOf, verdict } from "./demo_store.js";
import { editedReadings, isEdited, outcome, resetAll } from "./edited_code.js";
import { downloadNotebook, hasNotebook } from "./notebook.js";
import { hasClip, openDemoClip } from "./open_demo.js";

const MARKS = { right: "✓", wrong: "✗", read: "", waiting: "" };
const WORDS = { right: "right", wrong: "wrong", read: "", waiting: "not read yet" };

const downloadCsv = async () => download("readings.csv", new Blob([await toCsv()], { type: "text/csv" }));

/** Every frame, zoomed on its number, with the reading on top. */
export function DemoFrames() {
  const { backbone, sets: shown } = demoStore.shown.value ?? {};
  const frames = framesShown();
  return html`<section id="read" tabindex="-1" class="panel reading" aria-labelledby="read-title" data-sets=${shown} data-backbone=${backbone} aria-busy=${shown !== asked.value.sets || backbone !== asked.value.backbone}>
    <h2 id="read-title">It reads</h2>
    <${WhoseCode} />
    <${Score} />
    <${Review} />
    <div class="tools">
      <label><input type="checkbox" checked=${demoStore.onlyWrong.value} onChange=${(event) => (demoStore.onlyWrong.value = event.target.checked)} /> Only what was read wrong</label>
      <button disabled=${!Object.keys(demoStore.readings.value).length} onClick=${reportErrors(downloadCsv)}>Download CSV</button>
      <button disabled=${!hasNotebook.value} onClick=${reportErrors(downloadNotebook)}>Download as a notebook</button>
      ${hasClip.value && html`<button disabled=${!layout.value} onClick=${reportErrors(openDemoClip)}>Try it on a video</button>`}
    </div>
    <${Mistake} />
    ${frames.length || !demoStore.onlyWrong.value ? "" : html`<p class="empty">Nothing was read wrong. Drag “Training sets used” to 1 if you want to see it suffer.</p>`}
    <ul class="frames">${frames.map((frame) => html`<${Frame} key=${frame} frame=${frame} />`)}</ul>
  </section>`;
}

/** The mistake that alone is shown, and what helps against it. */
function Mistake() {
  const { mistake } = demoStore;
  if (!mistake.value) return null;
  const { truth, read } = mistake.value;
  return html`<p class="whose">Only frames in which a ${truth} was read as ${read}. Open one: its crop and the training pictures say
    why. What helps is more pictures of a ${truth} that look like it: another set.
    <button onClick=${() => (mistake.value = null)}>Show all frames</button></p>`;
}

/** Whether these readings are of edited code. */
function WhoseCode() {
  if (!isEdited.value) return null;
  const { state } = outcome.value ?? {};
  const whose = editedReadings.value ? "Read with your code" : "Not yet read with your code";
  return html`<p class="whose">${whose}${state === "failed" || state === "stopped" ? html`; the last run ${state === "failed" ? "failed" : "was stopped"}` : ""}. <button onClick=${resetAll}>Back to the original code</button></p>`;
}

function Score() {
  const score = demoStore.score.value;
  const done = score?.readings_total ?? 0;
  const words =
    done &&
    `${score.digits_correct} of ${score.digits_total} digits, ${score.readings_correct} of ${score.readings_total} readings`;
  const spoken = {
    loading: "",
    switching: "Fetching the other backbone",
    training: "Learning",
    reading: "Reading",
    done: `Done: ${words}`,
    failed: "The edited code did not come to its end",
  }[demoStore.phase.value];
  return html`<div class="score">
    <p class="headline number">${
      done
        ? html`<strong>${score.digits_correct} of ${score.digits_total} digits</strong>, ${score.readings_correct} of ${score.readings_total} readings`
        : "No frame has been read yet"
    }</p>
    <p class="quiet number">${done ? `learned and read in ${demoStore.jobSeconds.value.toFixed(1)} s` : " "}${others()}</p>
    <progress max=${frameNames.value.length || 1} value=${done} aria-label="Frames read"></progress>
    <p class="unseen" role="status">${spoken}</p>
  </div>`;
}

/** What the table is worth by its own estimate, and where to look first. */
function Review() {
  const review = demoStore.review.value;
  if (!review) return null;
  const { readings, wrong, first } = review;
  const expected = wrong < 0.05 ? 0 : wrong < 10 ? wrong.toFixed(1) : Math.round(wrong);
  const shown = [...new Set(first.map(({ frame }) => frame))];
  return html`<p class="review">Expected errors: <strong class="number">${expected}</strong> of ${readings} readings.${
    shown.length > 0 && wrong >= 0.05
      ? html` Check these first: ${shown.slice(0, 6).map((frame, k) => html`${k ? ", " : ""}<button class="link" onClick=${() => (demoStore.selected.value = frame)}>${frame.replace(/\.\w+$/, "")}</button>`)}${shown.length > 6 ? ` and ${shown.length - 6} more` : ""}.`
      : ""
  }</p>`;
}

/** How far the readouts are whose truth is not known. */
const others = () =>
  readoutNames.value
    .slice(1)
    .map((readout) => ` · “${readout}” read in ${countRead(readout)} of ${frameNames.value.length} frames`)
    .join("");

function Frame({ frame }) {
  const first = layout.value?.readouts[0];
  const reading = first && readingOf(frame, first.name);
  const thumbnail = demoStore.thumbnails.value[frame];
  const state = verdict(frame);
  const note =
    state === "wrong" ? `shows ${truthOf(frame)}` : reading ? `${Math.round(reading.confidence * 100)} %` : "";
  return html`<li><button class=${`frame ${state}`} disabled=${!reading} onClick=${() => (demoStore.selected.value = frame)}>
    <span class="answer number">${reading?.text ?? first?.format.replaceAll("#", "·") ?? "·"} <span class="mark" aria-hidden="true">${MARKS[state]}</span><span class="unseen">${WORDS[state]}</span></span>
    ${thumbnail ? html`<${Pixels} picture=${thumbnail} />` : html`<span class="blank"></span>`}
    <span class="caption number"><span class="name">${frame.replace(/\.\w+$/, "")}</span><span>${note}</span></span>
  </button></li>`;
}
