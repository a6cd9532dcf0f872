import { html } from "htm/preact";
import { bench, readouts } from "../../state/store.js";
import { Scatter } from "./EmbeddingMap.js";
import { Examples } from "./Examples.js";
import { Labeller } from "./Labeller.js";
import { Validation } from "./Validation.js";

/** Typing what frames show, and what was learned from that. */
export function Teach() {
  if (!bench.frames.value.length || !readouts.value.length) {
    const [text, view, title] = bench.frames.value.length
      ? ["Nobody can teach a display without knowing where it is.", "place", "Say where the number is"]
      : ["There is nothing to teach yet: a few frames of your display would be a start.", "frames", "Bring frames"];
    return html`<section class="panel empty-room"><h2>Teach it</h2><p>${text}</p>
      <button class="primary" onClick=${() => (bench.view.value = view)}>${title}</button></section>`;
  }
  return html`<div class="teach">
    <${Labeller} />
    <${Examples} />
    <div class="teach-columns"><${Validation} /><${Scatter} /></div>
  </div>`;
}
