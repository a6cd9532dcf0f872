import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

const SHEET = {
  Everywhere: [
    ["Ctrl+Z", "undo"],
    ["Ctrl+Shift+Z", "redo"],
    ["?", "this sheet"],
  ],
  "Frames, in a video": [
    [", .", "a frame back, a frame on"],
    ["< >", "ten frames"],
  ],
  Mark: [
    ["drag", "draw a box"],
    ["arrows", "nudge by half a pixel"],
    ["Shift+arrows", "by five pixels"],
    ["Alt+arrows", "resize by half a pixel"],
    ["Shift+click, Ctrl+A", "select more, all"],
    ["Delete", "remove the boxes"],
    ["N", "one more box"],
    ["B", "a box to draw by keys"],
    ["D", "drags draw, or move the picture"],
    ["wheel, + − 0 Z", "zoom, fit, to the number"],
    ["Space+drag", "move the picture"],
    ["PgUp PgDn", "another frame"],
    ["Escape", "let go"],
  ],
  Label: [
    ["0 to 9, numpad", "type what the frame shows"],
    ["Enter", "keep it, next frame; alone: it was read right"],
    ["↑ ↓ PgUp PgDn", "another frame"],
    ["N, Shift+N", "not readable, the letter N"],
    ["space", "a blank box"],
    ["← → Enter", "on the map: from crop to crop, to its frame"],
  ],
  Read: [
    ["↑ ↓ PgUp PgDn", "another row"],
    ["← →", "another readout"],
    ["Home End", "the first row, the last"],
    ["digits, letters", "correct the row"],
    ["Enter", "correct it, or keep and go on"],
    ["Escape", "back to the table"],
  ],
};

/** The sheet of all keys, opened by the question mark. */
export function Shortcuts() {
  const dialog = useRef(null);
  useEffect(() => {
    const open = (event) => {
      if (
        event.key !== "?" ||
        dialog.current.open ||
        event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select")
      )
        return;
      dialog.current.showModal();
    };
    addEventListener("keydown", open);
    return () => removeEventListener("keydown", open);
  }, []);
  return html`<button class="keys" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick=${() => dialog.current.showModal()}>?</button>
  <dialog class="sheet" ref=${dialog} aria-labelledby="sheet-title">
    <h2 id="sheet-title">Keys</h2>
    <div class="sheet-columns">${Object.entries(SHEET).map(
      ([view, keys]) => html`<section>
      <h3>${view}</h3>
      <dl>${keys.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
    </section>`,
    )}</div>
    <form method="dialog"><button>Close</button></form>
  </dialog>`;
}
