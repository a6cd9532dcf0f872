import { html } from "htm/preact";
import { store, reportErrors } from "../state/store.js";

/** One word to the user, until it is dismissed or replaced. */
export function Notice() {
  const notice = store.notice.value;
  const run = reportErrors(() => ((store.notice.value = null), notice.action.run()));
  return html`<div class="notices" role="status">${
    notice &&
    html`<p class=${`notice ${notice.kind}`}>
    <span>${notice.text}</span>
    ${notice.action && html`<button onClick=${run}>${notice.action.title}</button>`}
    <button class="small" aria-label="Dismiss" onClick=${() => (store.notice.value = null)}>✕</button>
  </p>`
  }</div>`;
}
