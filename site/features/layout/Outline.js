import { html } from "htm/preact";
import { toStage } from "../../shared/viewport.js";
import { view } from "./editor_state.js";

/** A rectangle on the picture, a dark line in a bright one. grown: by so many CSS pixels; rx: of its corners. */
export function Outline({ box, kind, turn = 0, grown = 0, rx = undefined }) {
  const [x, y, w, h] = toStage(view.value, box);
  const [width, height] = [w, h].map((side) => Math.max(0, side + 2 * grown));
  const rect = { x: x - grown, y: y - grown, width, height, rx };
  return html`<g class=${kind} transform=${turnOnStage(box, turn)}><rect class="halo" ...${rect} /><rect class="line" ...${rect} /></g>`;
}

/** What turns a window's drawing with it. */
export function turnOnStage(box, turn) {
  const [x, y, width, height] = toStage(view.value, box);
  return turn ? `rotate(${turn} ${x + width / 2} ${y + height / 2})` : undefined;
}
