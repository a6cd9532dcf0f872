import { html } from "htm/preact";
import { loadedIn } from "../runtime/boot.js";
import { bytes, parts, PARTS } from "../runtime/parts.js";
import { megabytes } from "../shared/format.js";
import { Offline } from "./Offline.js";

/** Every part by name, with its bytes; one line once all are there. */
export function Loading() {
  const names = PARTS.filter((name) => parts.value[name]);
  const { done, total } = bytes.value;
  const loaded = loadedIn.value;
  return html`<section class="panel loading" aria-labelledby="loading-title">
    <h2 id="loading-title" class="line">
      ${loaded === null ? "Getting ready" : "Ready"}
      <small>${
        loaded === null
          ? `${megabytes(done)} of ${megabytes(total)} MB`
          : `${megabytes(total)} MB, loaded and started in ${loaded.toFixed(1)} s`
      }</small>
    </h2>
    <ul class="parts">${names.map((name) => html`<${Part} name=${name} part=${parts.value[name]} />`)}</ul>
    <${Offline} />
  </section>`;
}

function Part({ name, part = { done: 0, total: 0, state: "waiting" } }) {
  const share = part.total ? part.done / part.total : 0;
  const amount =
    part.total >= 1e5 ? `${megabytes(part.done)} of ${megabytes(part.total)} MB` : `${Math.ceil(part.total / 1000)} kB`;
  return html`<li class=${`part ${part.state}`}>
    <span class="name">${name}</span>
    <span class="amount">${part.total ? amount : ""}</span>
    <progress max="1" value=${share} aria-label=${`${name} loaded`}></progress>
    <span class="state">${part.state}</span>
  </li>`;
}
