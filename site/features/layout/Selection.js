import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Field } from "../../shared/Field.js";
import { short, STEP } from "../../shared/maths.js";
import { bounds } from "./boxes.js";
import { chosen, misfit, selectAll, selected, editor } from "./editor_state.js";
import {
  addBox,
  removeSelected,
  selectedBoxes,
  setMirror,
  setSide,
  setTurn,
  splitSelected,
  turnQuarter,
} from "./edits.js";

const SIDES = ["x", "y", "width", "height"];

/** The boxes that are selected, or the one that is drawn, in numbers; and what can be done with them. */
export function Selection() {
  const [parts, setParts] = useState(2);
  const drawn = editor.drawn.value;
  const count = selected.value.length;
  const off = misfit.value || (!drawn && !count) || Boolean(editor.found.value);
  const none = misfit.value || Boolean(drawn) || !count;
  const window = !drawn && chosen.value?.window;
  const values = off ? SIDES.map(() => undefined) : (drawn ?? sides(selectedBoxes.value));
  const set =
    (side) =>
    ({ valueAsNumber }) => {
      if (Number.isFinite(valueAsNumber)) setSide(side, valueAsNumber);
    };
  return html`<section class="panel" aria-labelledby="selection-title">
    <h3 id="selection-title">${title(count)}</h3>
    <div class="box-sides">${values.map(
      (value, side) => html`<label>${SIDES[side]}
      <${Field} type="number" class="number" step=${STEP} min="0" disabled=${off} value=${figure(value)} enter=${set(side)} /></label>`,
    )}
      ${window ? html`<label>turn, °<${Field} type="number" class="number" step="0.5" min="-180" max="180" disabled=${none} value=${chosen.value.turn ?? 0} enter=${({ valueAsNumber }) => (Number.isFinite(valueAsNumber) ? setTurn(valueAsNumber) : null)} /></label>` : ""}</div>
    <div class="tools">
      <button disabled=${!chosen.value || misfit.value || Boolean(drawn)} onClick=${selectAll}>Select all</button>
      ${window ? "" : html`<button disabled=${!chosen.value || misfit.value || Boolean(drawn)} onClick=${addBox}>Add a box</button>`}
      <button disabled=${none} title="For a picture that lies on its side; twice where it is upside down" onClick=${turnQuarter}>Quarter turn${!window && chosen.value?.turn ? ` (${chosen.value.turn}°)` : ""}</button>
      <label class="mirrored"><input type="checkbox" checked=${Boolean(chosen.value?.mirror)} disabled=${none} onChange=${({ target }) => setMirror(target.checked)} /> Mirrored</label>
      <button disabled=${none} onClick=${removeSelected}>Remove</button>
      ${
        window
          ? ""
          : html`<span class="box-split"><button disabled=${none} onClick=${() => splitSelected(parts)}>Split into</button>
        <${Field} type="number" class="number" aria-label="Parts to split into" min="2" max="20" step="1" value=${parts} disabled=${none}
          enter=${({ valueAsNumber }) => setParts(Math.max(2, Math.min(20, Math.round(valueAsNumber) || 2)))} /></span>`
      }
    </div>
    <p class="quiet">Arrow keys move by half a pixel, with <kbd>Shift</kbd> by five; <kbd>Alt</kbd> resizes. Hold <kbd>Alt</kbd> to turn off snapping, and a box stays as it is drawn.</p>
  </section>`;
}

/** Where boxes begin, and the width and height that they share, undefined where they do not. */
const sides = (boxes) => [...bounds(boxes).slice(0, 2), ...[2, 3].map((side) => common(boxes.map((box) => box[side])))];
const figure = (value) => (value === undefined ? "" : short(value));
const common = (values) => (values.every((value) => short(value) === short(values[0])) ? values[0] : undefined);

function title(count) {
  if (editor.drawn.value) return "The drawn box";
  if (!count) return chosen.value?.window ? "Nothing selected" : "No box selected";
  const { name, boxes, window } = chosen.value;
  if (window) return `The window of ${name}`;
  return count === 1
    ? `Box ${selected.value[0] + 1} of ${boxes.length} of ${name}`
    : `${count} of ${boxes.length} boxes of ${name}`;
}
