import { html } from "htm/preact";
import { ask, store } from "../store.js";
import { Confusion } from "./confusion.js";
import { LossChart } from "./chart.js";
import { Pixels } from "./pixels.js";

/** The training pictures, how many of them are used, and the layer that learns them. */
export function Learning() {
  return html`<section id="learn" class="panel learning" aria-labelledby="learn-title">
    <h2 id="learn-title">It learns</h2>
    <${SetsControl} />
    <div class="columns">
      <div><h3>Training pictures</h3><${Examples} /></div>
      <div><h3>The new layer learning</h3><${LossChart} /><${Outcome} /></div>
      <div><h3>What it takes for what</h3><${Confusion} /></div>
    </div>
  </section>`;
}

function SetsControl() {
  const { sets } = store.asked.value;
  return html`<label class="sets">
    <span>Training sets used</span>
    <input type="range" min="1" max="8" step="1" value=${sets} list="set-marks"
      onInput=${(event) => ask({ sets: Number(event.target.value) })} />
    <output class="number">${sets}</output>
    <span class="quiet">${sets * 10} pictures, ${sets} of each digit</span>
  </label>`;
}

function Examples() {
  const dataset = store.dataset.value;
  const { sets } = store.asked.value;
  const used = new Set(Array.from({ length: 8 }, (_, i) => i).slice(0, sets));
  const names = dataset ? [...new Set(dataset.training.map((example) => example.set))] : Array.from({ length: 8 }, (_, i) => String(i + 1));
  const classes = dataset?.classes ?? [..."0123456789"];
  const find = (set, label) => dataset?.training.find((example) => example.set === set && example.label === label);
  return html`<table class="examples">
    <caption class="unseen">Training pictures by set and digit</caption>
    <thead><tr><th scope="col"><span class="unseen">Set</span></th>${classes.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
    <tbody>${names.map((set, row) => html`<tr class=${used.has(row) ? "" : "unused"}>
      <th scope="row">${set}</th>
      ${classes.map((label) => html`<td>${dataset ? html`<${Pixels} picture=${find(set, label)} label=${`${label}, set ${set}`} />` : html`<span class="blank"></span>`}</td>`)}
    </tr>`)}</tbody>
  </table>`;
}

function Outcome() {
  const training = store.training.value;
  if (!training) return html`<p class="outcome quiet">Waiting for Python and MobileNet.</p>`;
  const { result, done, total } = training;
  if (!result) return html`<p class="outcome" role="status">Looking at pictures: ${done} of ${total}</p>`;
  const wrong = result.test_predictions.map((read, i) => [store.dataset.value.testing[i].label, read]).filter(([truth, read]) => truth !== read);
  return html`<p class="outcome" role="status">
    Learned ${result.examples} pictures in <span class="number">${Math.max(1, Math.round(result.fit_s * 1000))} ms</span>.
    Testing set, never trained on: <strong class="number">${result.test_correct} of ${result.test_total}</strong>${wrong.length
      ? html` (${wrong.map(([truth, read]) => `a ${truth} taken for ${read}`).join(", ")})` : ""}.
  </p>`;
}
