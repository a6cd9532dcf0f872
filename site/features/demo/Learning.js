import { html } from "htm/preact";
import { BACKBONES } from "../../shared/backbones.js";
import { DISPLAYS } from "../../shared/displays.js";
import { Pixels } from "../../shared/Pixels.js";
import { ask, asked } from "../../state/settings.js";
import { Chapters } from "./Chapters.js";
import { Confusion } from "./Confusion.js";
import { demoStore, scoresShown } from "./demo_store.js";
import { LossChart } from "./LossChart.js";

const HINTS = { 0: "no picture at all", 1: "1 picture of each digit" };

/** The training pictures, how many of them are used, and the layer that learns them. */
export function Learning() {
  return html`<section id="learn" class="panel learning" aria-labelledby="learn-title">
    <h2 id="learn-title">It learns</h2>
    <div class="controls">
      <${Picker} legend="Display" setting="display" choices=${DISPLAYS} words=${({ hard }) => hard} />
      <${Picker} legend="Backbone" setting="backbone" choices=${BACKBONES} words=${({ knows }) => `trained on ${knows}`} />
      <${SetsControl} />
    </div>
    <${Embeddings} />
    <${Comparison} />
    <${Chapters} />
    <div class="columns">
      <div><h3>Training pictures</h3><${Examples} /></div>
      <div><h3>The new layer learning</h3><${LossChart} /><${Outcome} /></div>
      <div id="matrix"><h3>Confusion matrix: shown and read</h3><${Confusion} /></div>
    </div>
  </section>`;
}

/**
 * A choice of what one of the settings may be, each a title with quiet words. What is chosen is fetched when it is first
 * chosen.
 */
function Picker({ legend, setting, choices, words }) {
  return html`<fieldset class="picker">
    <legend>${legend}</legend>
    ${Object.entries(choices).map(
      ([name, choice]) => html`<label class=${name === asked.value[setting] ? "chosen" : ""}>
      <input type="radio" name=${setting} value=${name} checked=${name === asked.value[setting]} onChange=${() => ask({ [setting]: name })} />
      <span><strong>${choice.title}</strong> <small class="quiet">${words(choice)}</small></span>
    </label>`,
    )}
  </fieldset>`;
}

/** Whose embeddings are learned from: those that came with the site, or those that were made here. */
function Embeddings() {
  const embeddings = demoStore.embeddings.value;
  if (!embeddings) return null;
  const { state, done, total, crops, agree, largest, seconds: took } = embeddings;
  const words = {
    precomputed:
      "This network needs a while to look at a few hundred crops. So that you need not wait, what it made of them came with the page, and it learns from that. Your own copy is on its way, to check.",
    checking: `What you see was learned from embeddings that came with the page. Meanwhile your own copy looks at the same crops: ${done} of ${total}.`,
    live:
      agree === crops
        ? `Your own copy has looked at all ${crops} crops, in ${took?.toFixed(0)} s, and sees what came with the page: they differ by ${(100 * largest).toFixed(2)} % at most. From now on only yours count.`
        : `Your own copy sees ${crops - agree} of ${crops} crops otherwise than what came with the page, by up to ${(100 * largest).toFixed(0)} %. From now on only yours count.`,
  }[state];
  return html`<p class=${`embeddings quiet ${state}`} role="status">${words}</p>`;
}

/** What every backbone made of the frames with every number of sets that was tried. */
function Comparison() {
  const scored = scoresShown.value;
  const tried = [...new Set(Object.values(scored).flatMap((scores) => Object.keys(scores).map(Number)))].sort(
    (a, b) => a - b,
  );
  if (!tried.length) return null;
  const { backbone, sets } = demoStore.shown.value ?? {};
  return html`<h3>Digits right by training sets <small class="quiet">~ estimated errors</small></h3>
  <div class="scroll" tabindex="0" role="group" aria-label="Digits right by training sets"><table class="comparison number">
    <caption class="unseen">Digits right by training sets</caption>
    <thead><tr><th scope="col"><span class="unseen">Backbone</span></th>${tried.map((n) => html`<th scope="col">${n}</th>`)}<th scope="col">time</th></tr></thead>
    <tbody>${Object.entries(scored).map(
      ([name, scores]) => html`<tr>
      <th scope="row">${BACKBONES[name].title}</th>
      ${tried.map((n) => html`<td class=${name === backbone && n === sets ? "shown" : ""}>${scores[n] ? html`${scores[n].score.digits_correct}/${scores[n].score.digits_total} <small class="quiet">${estimate(scores[n].review)}</small>` : ""}</td>`)}
      <td>${seconds(scores)}</td>
    </tr>`,
    )}</tbody>
  </table></div>`;
}

/** How many readings are wrong by their own estimate, short. */
const estimate = ({ wrong }) => (wrong < 0.05 ? "~ 0" : `~ ${wrong < 10 ? wrong.toFixed(1) : Math.round(wrong)}`);

/** The longest time that a backbone took from nothing to all readings. */
function seconds(scores) {
  const times = Object.values(scores)
    .map((each) => each.seconds)
    .filter(Boolean);
  return times.length ? `${Math.max(...times).toFixed(1)} s` : "";
}

function SetsControl() {
  const { sets, backbone } = asked.value;
  const most = demoStore.dataset.value?.sets.length ?? 8;
  return html`<div class="sets">
    <label for="sets">Training sets used</label>
    <input id="sets" type="range" min=${backbone === "glyphs" ? 0 : 1} max=${most} step="1" value=${sets} aria-describedby="sets-hint"
      onInput=${(event) => ask({ sets: Number(event.target.value) })} />
    <output class="number" for="sets">${sets}</output>
    <span class="quiet" id="sets-hint">${HINTS[sets] ?? `${sets} pictures of each digit`}</span>
  </div>`;
}

function Examples() {
  const dataset = demoStore.dataset.value;
  const used = asked.value.sets;
  const names = dataset?.sets ?? [..."12345678"];
  const classes = dataset?.classes ?? [..."0123456789"];
  const find = (set, label) => dataset?.training.find((example) => example.set === set && example.label === label);
  const cell = (picture, words) =>
    picture ? html`<${Pixels} picture=${picture} label=${words} />` : html`<span class="blank"></span>`;
  return html`<table class="examples">
    <caption class="unseen">Training pictures by set and digit</caption>
    <thead><tr><th scope="col"><span class="unseen">Set</span></th>${classes.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
    <tbody>${names.map(
      (set, row) => html`<tr class=${row < used ? "" : "unused"}>
      <th scope="row">${set}<span class="unseen">${row < used ? "" : ", not used"}</span></th>
      ${classes.map((label) => html`<td>${cell(find(set, label), `${label}, set ${set}`)}</td>`)}
    </tr>`,
    )}</tbody>
  </table>`;
}

function Outcome() {
  const training = demoStore.training.value;
  if (!training)
    return html`<p class="outcome quiet">${demoStore.shown.value ? "Nothing learned yet: it reads with what it knew before." : "Waiting for Python and the backbone."}</p>`;
  const { result, done, total } = training;
  if (result?.sets === 0)
    return html`<p class="outcome">Nothing was learned: these readings are what the backbone knew before it saw a picture. <${Testing} /></p>`;
  if (!result) return html`<p class="outcome">Looking at pictures: ${done} of ${total}</p>`;
  return html`<p class="outcome">
    Learned ${result.examples} pictures ${result.fit_s === null ? "with your code" : html`in <span class="number">${Math.max(1, Math.round(result.fit_s * 1000))} ms</span>`}. <${Testing} />
  </p>`;
}

function Testing() {
  const testing = demoStore.testing.value;
  if (!testing) return "Testing set: not read yet.";
  const { truths, predictions } = testing;
  const wrong = truths.map((truth, i) => [truth, predictions[i]]).filter(([truth, read]) => truth !== read);
  const mistakes = wrong.map(([truth, read]) => `a ${truth} taken for ${read}`).join(", ");
  return html`Testing set, never trained on: <strong class="number">${truths.length - wrong.length} of ${truths.length}</strong>${mistakes && ` (${mistakes})`}.`;
}
