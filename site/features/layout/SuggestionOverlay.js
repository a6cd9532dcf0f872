import { html } from "htm/preact";
import { toStage } from "../../shared/viewport.js";
import { editor, view } from "./editor_state.js";
import { Outline } from "./Outline.js";
import { here, suggestions } from "./suggestions.js";

/** A label stands below a number that has no room above it, in CSS pixels. */
const ROOM = 18;
/** The radius of the ring where a number is being looked for. */
const RING = 14;
/** How outlines of what was found differ from those of boxes. */
const ROUND = { grown: 1, rx: 3 };

/** The numbers that were found, on the picture, those taken apart: they are readouts. The list beside it is for keys. */
export function SuggestionOverlay() {
  const { state, windows } = here.value;
  const [width, height] = editor.stage.value;
  const left = suggestions.value.filter(({ taken }) => !taken);
  return html`<svg class="suggested" width=${width} height=${height} aria-hidden="true">
    ${state === "searching" ? windows.map((window) => html`<${Outline} kind="seen" box=${window} ...${ROUND} />`) : ""}
    <${Looking} />${left.map((each) => html`<${Number} key=${each.name} number=${each} />`)}
  </svg>`;
}

/** A ring at the point where a number is being looked for. */
function Looking() {
  const point = editor.looking.value;
  if (!point) return null;
  const [cx, cy] = toStage(view.value, [...point, 0, 0]);
  return html`<circle class="looking" cx=${cx} cy=${cy} r=${RING} />`;
}

function Number({ number: { name, window, turn, first, text } }) {
  const [x, y, , h] = toStage(view.value, window);
  const under = y < ROOM;
  return html`<g class=${first ? "first" : "other"}><${Outline} kind="" box=${window} turn=${turn} ...${ROUND} />
    ${first && html`<text x=${x} y=${under ? y + h + ROOM - 4 : y - 5}>${text || name}</text>`}</g>`;
}
