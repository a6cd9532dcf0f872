import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { reportErrors } from "../../state/store.js";

/** A button that asks for files. */
export function Choose({ title, accept, multiple = false, onChoose }) {
  const input = useRef(null);
  const chosen = reportErrors(async ({ target }) => {
    const files = [...target.files];
    target.value = ""; // the same file can be chosen again
    if (files.length) await onChoose(files);
  });
  return html`<button class="small" onClick=${() => input.current.click()}>${title}</button>
    <input ref=${input} class="unseen" type="file" tabindex="-1" aria-hidden="true" accept=${accept} multiple=${multiple} onChange=${chosen} />`;
}
