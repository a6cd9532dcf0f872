import { html } from "htm/preact";
import { freeName } from "../geometry.js";
import { chosen, copyReadout, misfit, pick, place, removeReadout, rename, setFormat, shown, troubleAt } from "../placement.js";
import { focusStage } from "./canvas.js";

/** The numbers of a frame, by name, each with its format. */
export function Readouts() {
  const names = shown.value.map(({ name }) => name);
  return html`<section class="panel readouts" aria-labelledby="readouts-title">
    <h3 id="readouts-title">Numbers in the frame</h3>
    ${names.length ? html`<ul>${shown.value.map((readout) => html`<${Readout} key=${readout.name} readout=${readout} />`)}</ul>
    <p class="quiet">In a format every <code>#</code> is one box; all else stands for itself.</p>`
      : html`<p class="quiet">None yet. Every number that you draw a box around gets a name and a format.</p>`}
    <div class="tools">
      <button disabled=${misfit.value} onClick=${() => drawAnother()}>${names.length ? "Draw another" : "Draw a box"}</button>
      <button disabled=${!chosen.value || misfit.value} onClick=${() => copyReadout(freeName(names))}>${chosen.value ? `Copy “${chosen.value.name}”` : "Copy"}</button>
    </div>
  </section>`;
}

function drawAnother() {
  place.drawing.value = true;
  place.picked.value = [];
  focusStage();
}

function Readout({ readout: { name, format, boxes } }) {
  const here = chosen.value?.name === name;
  const problem = troubleAt(name);
  const enter = (event) => event.key === "Enter" && event.target.blur();
  return html`<li class=${here ? "here" : ""}>
    <input type="radio" name="readout" checked=${here} aria-label=${`Choose ${name}`} onChange=${() => pick(name, [])} />
    <input class="name" aria-label=${`Name of ${name}`} value=${name} autocomplete="off" spellcheck=${false} onKeyDown=${enter}
      onChange=${(event) => rename(name, event.target.value.trim()).then(() => (event.target.value = name))} />
    <input class="format number" aria-label=${`Format of ${name}`} value=${format} autocomplete="off" spellcheck=${false} onKeyDown=${enter}
      onChange=${(event) => setFormat(name, event.target.value)} aria-invalid=${problem ? "true" : undefined} />
    <small class="quiet number">${boxes.length} ${boxes.length === 1 ? "box" : "boxes"}</small>
    <button class="small" aria-label=${`Remove ${name}`} title=${`Remove ${name}`} onClick=${() => removeReadout(name)}>✕</button>
    ${problem && html`<p class="error" role="alert">${problem}</p>`}
  </li>`;
}
