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
  const most = store.dataset.value?.sets.length ?? 8;
  return html`<div class="sets">
    <label for="sets">Training sets used</label>
    <input id="sets" type="range" min="1" max=${most} step="1" value=${sets} aria-describedby="sets-hint"
      onInput=${(event) => ask({ sets: Number(event.target.value) })} />
    <output class="number" for="sets">${sets}</output>
    <span class="quiet" id="sets-hint">${sets === 1 ? "1 picture" : `${sets} pictures`} of each digit</span>
  </div>`;
}

function Examples() {
  const dataset = store.dataset.value;
  const used = store.asked.value.sets;
  const names = dataset?.sets ?? [..."12345678"];
  const classes = dataset?.classes ?? [..."0123456789"];
  const find = (set, label) => dataset?.training.find((example) => example.set === set && example.label === label);
  const cell = (picture, words) => (picture ? html`<${Pixels} picture=${picture} label=${words} />` : html`<span class="blank"></span>`);
  return html`<table class="examples">
    <caption class="unseen">Training pictures by set and digit</caption>
    <thead><tr><th scope="col"><span class="unseen">Set</span></th>${classes.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
    <tbody>${names.map((set, row) => html`<tr class=${row < used ? "" : "unused"}>
      <th scope="row">${set}<span class="unseen">${row < used ? "" : ", not used"}</span></th>
      ${classes.map((label) => html`<td>${cell(find(set, label), `${label}, set ${set}`)}</td>`)}
    </tr>`)}</tbody>
  </table>`;
}

function Outcome() {
  const training = store.training.value;
  if (!training) return html`<p class="outcome quiet">Waiting for Python and MobileNet.</p>`;
  const { result, done, total } = training;
  if (!result) return html`<p class="outcome">Looking at pictures: ${done} of ${total}</p>`;
  return html`<p class="outcome">
    Learned ${result.examples} pictures in <span class="number">${Math.max(1, Math.round(result.fit_s * 1000))} ms</span>. <${Testing} />
  </p>`;
}

function Testing() {
  const testing = store.testing.value;
  if (!testing) return "Testing set: not looked at yet.";
  const { truths, predictions } = testing;
  const wrong = truths.map((truth, i) => [truth, predictions[i]]).filter(([truth, read]) => truth !== read);
  const mistakes = wrong.map(([truth, read]) => `a ${truth} taken for ${read}`).join(", ");
  return html`Testing set, never trained on: <strong class="number">${truths.length - wrong.length} of ${truths.length}</strong>${mistakes && ` (${mistakes})`}.`;
}
