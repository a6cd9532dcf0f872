import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Field } from "../../shared/Field.js";
import { Pixels } from "../../shared/Pixels.js";
import { reportErrors } from "../../state/store.js";
import { hold, letGo } from "./camera.js";
import { Choose } from "./Choose.js";
import * as model from "./classes.js";
import { counted } from "../../shared/format.js";

/** Thumbnails that are shown at once: the newest. */
const SHOWN = 24;

/** A class: its name, the button that records while it is held, and its pictures. */
export function ClassCard({ one: { number, name, shots } }) {
  const [over, setOver] = useState(false);
  const drop = reportErrors(async (event) => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length) await model.addPictures(number, files);
  });
  const rename = reportErrors((field) => model.rename(number, field.value));
  return html`<section class=${over ? "panel class-card over" : "panel class-card"} aria-label=${name}
    onDragOver=${() => setOver(true)} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <div class="class-head">
      <${Field} type="text" aria-label="Name of the class" value=${name} enter=${rename} onFocus=${({ target }) => target.select()} />
      <span class="quiet number">${counted(shots.length, "picture")}</span>
      <button class="small" aria-label=${`Remove ${name}`} onClick=${reportErrors(() => model.removeClass(number))}>✕</button>
    </div>
    <div class="class-tools"><${Hold} number=${number} name=${name} />
      <${Choose} title="Add pictures" accept="image/*" multiple onChoose=${(files) => model.addPictures(number, files)} />
      <${Adding} number=${number} /></div>
    <${Shots} name=${name} shots=${shots} />
  </section>`;
}

/** Records for as long as it is held, by pointer or by key. */
function Hold({ number, name }) {
  const held = model.holding.value?.number === number;
  const isKey = ({ key }) => key === " " || key === "Enter";
  const down = (event) => {
    if (event.button) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    hold(number);
  };
  const press = (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) hold(number);
  };
  return html`<button class=${held ? "primary hold held" : "primary hold"} aria-pressed=${held ? "true" : "false"} aria-label=${`Hold to record ${name}`}
    onPointerDown=${down} onPointerUp=${letGo} onPointerCancel=${letGo} onContextMenu=${(event) => event.preventDefault()}
    onKeyDown=${press} onKeyUp=${(event) => isKey(event) && letGo()} onBlur=${letGo}>${held ? "Recording …" : "Hold to record"}</button>`;
}

function Adding({ number }) {
  const now = model.adding.value;
  if (now?.number !== number) return null;
  return html`<span class="quiet" role="status">${now.done + 1} of ${now.total} …</span>`;
}

function Shots({ name, shots }) {
  const known = model.thumbnails.value;
  const shown = shots.slice(-SHOWN).toReversed();
  if (!shots.length) return html`<p class="quiet">Hold the button, or drop pictures here.</p>`;
  return html`<ul class="shots">${shown.map((number, k) => {
    const picture = known.get(number);
    return html`<li key=${number}>${picture && html`<${Pixels} picture=${picture} />`}
      <button class="small" aria-label=${`Remove picture ${shots.length - k} of ${name}`} onClick=${reportErrors(() => model.removeShot(number))}>✕</button></li>`;
  })}${shots.length > SHOWN ? html`<li class="more quiet">and ${shots.length - SHOWN} more</li>` : ""}</ul>`;
}
