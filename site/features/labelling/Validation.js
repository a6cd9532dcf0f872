import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { relabel } from "../../session/edits.js";
import { examples, validate } from "../../session/queries.js";
import { percent as shareOf, sign } from "../../shared/format.js";
import { Pixels } from "../../shared/Pixels.js";
import { useAsync } from "../../state/useAsync.js";
import { store, reportErrors } from "../../state/store.js";

/** It is asked again after so long without typing, in ms: it takes a moment. */
const PAUSE = 900;

/** A score that does not lie, and which classes are taken for which. */
export function Validation() {
  const [cell, setCell] = useState(null);
  const found = useAsync(validate, [store.news.value], PAUSE);
  return html`<section class="panel validation" aria-labelledby="validation-title">
    <h2 id="validation-title">How good is it?</h2>
    ${
      found
        ? html`<${Score} found=${found} /><${Matrix} found=${found} cell=${cell} choose=${setCell} /><${Cell} found=${found} cell=${cell} />`
        : html`<p class="quiet">Asking it about examples that it has not learned from …</p>`
    }
  </section>`;
}

const percent = (share) => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 2 : 1)} %`;

function Score({ found: { right, total, groups, too_few: few, low, high } }) {
  if (!total)
    return html`<p>Type what a few frames show, and this will say how well the others are read. Grading one's own homework is not allowed: every example
    is judged by a reader that has not learned from its frame.</p>`;
  return html`<p><strong>${right.toLocaleString("en")} of ${total.toLocaleString("en")}</strong> examples right, each asked of a reader that had not learned from its frame.
    ${
      few
        ? html` <strong>Too few to tell:</strong> ${groups} independent ${groups === 1 ? "frame" : "frames"} so far.`
        : html` That makes ${percent(low)} to ${percent(high)} likely: ${groups.toLocaleString("en")} independent groups, equal pixels counted as one.`
    }</p>`;
}

/** Rows are what it is, columns what it was taken for. A cell opens its crops. */
function Matrix({ found: { classes, confusion }, cell, choose }) {
  const used = classes.map((_, k) => k).filter((k) => confusion[k].some(Boolean) || confusion.some((row) => row[k]));
  if (!used.length) return null;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="matrix number">
    <caption>what it is (down) and what it was taken for (across)</caption>
    <thead><tr><td></td>${used.map((k) => html`<th scope="col" title=${classes[k]}>${sign(classes[k])}</th>`)}</tr></thead>
    <tbody>${used.map(
      (i) =>
        html`<tr><th scope="row" title=${classes[i]}>${sign(classes[i])}</th>${used.map((j) => {
          const count = confusion[i][j];
          const here = cell?.[0] === classes[i] && cell[1] === classes[j];
          return html`<td class=${count ? (i === j ? "right" : "wrong") : ""}>${
            count
              ? html`<button class="link" aria-pressed=${here ? "true" : "false"} aria-label=${`${count} of ${classes[i]} taken for ${classes[j]}`} onClick=${() => choose(here ? null : [classes[i], classes[j]])}>${count}</button>`
              : ""
          }</td>`;
        })}</tr>`,
    )}</tbody></table></div>`;
}

/** The crops of one cell, with a label to fix. */
function Cell({ found, cell }) {
  const crops = useAsync(examples, [cell, store.state.value]);
  if (!found.total) return null;
  if (!cell || !crops) return html`<p class="quiet hint">A click on a number shows its crops.</p>`;
  const [truth, taken] = cell;
  const sources = new Map(
    found.predictions
      .filter(({ label, predicted }) => label === truth && predicted === taken)
      .map((each) => [each.source, each]),
  );
  const members = crops.filter(({ source, label }) => sources.has(source) && label === truth);
  return html`<div class="cell-crops" role="status"><p><strong class="number">${truth}</strong> taken for <strong class="number">${taken}</strong>${members.length ? ":" : ": none any more."}</p>
    <ul>${members.map(
      ({ source, ...picture }) => html`<li key=${source}><${Pixels} picture=${picture} label=${source} />
      <small class="quiet">${shareOf(sources.get(source).probability)}</small>
      ${truth === taken ? "" : html`<button class="small" aria-label=${`${source} is ${taken}`} onClick=${reportErrors(() => relabel(source, taken))}>It is ${taken}</button>`}
      <button class="small" aria-label=${`Delete ${source}`} onClick=${reportErrors(() => relabel(source, null))}>Delete</button></li>`,
    )}</ul></div>`;
}
