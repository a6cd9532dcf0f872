import { html } from "htm/preact";
import { useLayoutEffect, useState } from "preact/hooks";

/**
 * A text field that keeps what is typed while the page is drawn anew around it. `enter(field)` is called with Enter and
 * on leaving, if the text was changed. Then the field shows `value` again, unless `enter` returned false: what was
 * refused stays, to be corrected. So it does with Escape, which calls `back()`. Everything else is given to the input.
 * @param {any} properties
 */
export function Field({ value, enter, back = () => {}, ...input }) {
  const [typed, setTyped] = useState(null);
  useLayoutEffect(() => setTyped(null), [value]); // at once: after the picture something may have been typed
  const onChange = async ({ target }) => {
    const text = target.value;
    if ((await enter(target)) !== false) setTyped((now) => (now === null || now === text ? null : now)); // else typed on
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || typed === null) return;
    setTyped(null);
    back();
    event.stopPropagation();
  };
  return html`<input ...${input} value=${typed ?? value} onInput=${({ target }) => setTyped(target.value)} onChange=${onChange} onKeyDown=${onKeyDown} />`;
}
