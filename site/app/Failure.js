import { html } from "htm/preact";

/** The one screen for all that can go wrong: what, why, what to do. */
export function Failure({ failure: { title, what, why, next, detail } }) {
  return html`<section class="panel failure" role="alert">
    <h2>${title}</h2>
    <dl>
      <dt>What failed</dt><dd><code>${what}</code></dd>
      <dt>Why that may be</dt><dd>${why}</dd>
      <dt>What to do</dt><dd>${next}</dd>
    </dl>
    <button class="primary" onClick=${() => location.reload()}>Reload</button>
    <details><summary>Details for a report</summary><pre tabindex="0">${detail}</pre></details>
  </section>`;
}
