import { html } from "htm/preact";
import { store, readouts } from "../../state/store.js";
import { EmbeddingMap } from "./EmbeddingMap.js";
import { Examples } from "./Examples.js";
import { Labeller } from "./Labeller.js";
import { Validation } from "./Validation.js";

/** Typing what frames show, and what was learned from that. */
export function LabelView() {
  if (!store.frames.value.length || !readouts.value.length) {
    const [text, view, title] = store.frames.value.length
      ? ["Mark the number first, then label it.", "mark", "Mark the number"]
      : ["There is nothing to label yet. Add a video or pictures first.", "frames", "Add a video"];
    return html`<section class="panel empty-view"><h2>Label it</h2><p>${text}</p>
      <button class="primary" onClick=${() => (store.view.value = view)}>${title}</button></section>`;
  }
  const boxes = readouts.value.some(({ window }) => !window); // the map shows single characters
  return html`<div class="labelling-view">
    <${Labeller} />
    <${Examples} />
    <div class="labelling-columns"><${Validation} />${boxes && html`<${EmbeddingMap} />`}</div>
  </div>`;
}
