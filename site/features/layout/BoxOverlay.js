import { html } from "htm/preact";
import { short } from "../../shared/maths.js";
import { toStage } from "../../shared/viewport.js";
import { store } from "../../state/store.js";
import { selectAnchor } from "./anchor.js";
import { bounds, handlePoint, HANDLES, hull, tilt } from "./boxes.js";
import {
  anchorBox,
  anchorSelected,
  chosen,
  misfit,
  select,
  selected,
  editor,
  shown,
  toggle,
  view,
} from "./editor_state.js";
import { selectedBoxes } from "./edits.js";
import { Outline, turnOnStage } from "./Outline.js";
import { grip, HANDLE, handles, isPicked, isWindow, NEAR, ROOM, STALK } from "./grip.js";

/** Whether a box is large enough on the stage to carry handles. */
const roomy = ([, , w, h]) => Math.min(w, h) * view.value.scale >= 3 * HANDLE;

/** All boxes on the picture, what is drawn and found, handles and guides. */
export function BoxOverlay() {
  const [width, height] = editor.stage.value;
  const { drawn, found, guides } = editor;
  const editable = !misfit.value && !drawn.value;
  return html`<svg class="overlay" width=${width} height=${height} role="group" aria-label="Boxes">
    <g class=${drawn.value || misfit.value ? "faded" : ""}>
      ${shown.value.map((readout, index) => html`<${Row} key=${index} readout=${readout} index=${index} editable=${editable} />`)}
    </g>
    ${anchorBox.value && !misfit.value && html`<${AnchorBox} box=${anchorBox.value} editable=${editable} />`}
    ${guides.value.map(({ axis, at }) => html`<${Guide} axis=${axis} at=${at} />`)}
    ${editable && selected.value.length ? html`<${Grip} />` : ""}
    ${drawn.value ? html`<g role="img" aria-label=${`Drawn box, ${figures(drawn.value)}`}><${Outline} box=${drawn.value} kind="drawn" /></g>` : ""}
    ${drawn.value && !found.value && roomy(drawn.value) ? HANDLES.map((handle) => html`<${Handle} at=${handlePoint(toStage(view.value, drawn.value), handle)} />`) : ""}
    ${found.value?.boxes.map((box) => html`<${Outline} box=${box} kind="found" />`)}
  </svg>`;
}

function Row({ readout, index, editable }) {
  const { name, boxes, window } = readout;
  const here = chosen.value?.name === name;
  const angle = tilt(readout);
  const [x, y, w] = toStage(view.value, hull(bounds(boxes), angle));
  const right = x + w > editor.stage.value[0] - ROOM;
  return html`<g class=${here ? "row chosen" : "row"}>
    <text x=${right ? x + w : x} y=${y - NEAR - 5} text-anchor=${right ? "end" : "start"} aria-hidden="true">${name}</text>
    ${boxes.map((box, k) => html`<${Box} id=${`box-${index}-${k}`} name=${name} box=${box} turn=${angle} window=${Boolean(window)} k=${k} count=${boxes.length} on=${here && selected.value.includes(k)} editable=${editable} />`)}
  </g>`;
}

/** One box, which can be tabbed to: it is selected by that, added to those selected with Shift and Enter. */
function Box({ id, name, box, turn, window, k, count, on, editable }) {
  const words = `${name}, ${window ? "window" : `box ${k + 1} of ${count}`}, ${figures(box)}${turn ? `, turned by ${turn}°` : ""}`;
  const onFocus = () => isPicked(name, k) || select(name, [k]);
  const onKeyDown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (event.shiftKey) toggle(name, k);
    else if (event.key === "Enter" || !isPicked(name, k)) select(name, [k]);
  };
  const role = editable
    ? { tabindex: "0", role: "button", "aria-pressed": on ? "true" : "false", onFocus, onKeyDown }
    : { role: "img" };
  return html`<g id=${id} class=${on ? "box on" : "box"} aria-label=${words} ...${role}><${Outline} box=${box} turn=${turn} kind="edge" /></g>`;
}

/** The anchor, which can be tabbed to, and is selected by that. */
function AnchorBox({ box, editable }) {
  const lost = store.shifts.value?.lost[store.current.value];
  const words = `Anchor, ${figures(box)}${lost ? ", lost in this frame" : ""}`;
  const [x, y, , h] = toStage(view.value, box);
  const under = y < ROOM;
  const role = editable
    ? { tabindex: "0", role: "button", "aria-pressed": anchorSelected.value ? "true" : "false", onFocus: selectAnchor }
    : { role: "img" };
  return html`<g><g id="anchor-box" class=${anchorSelected.value ? "anchor on" : "anchor"} aria-label=${words} ...${role}><${Outline} box=${box} kind="edge" /></g>
    <text class="anchor-name" x=${x} y=${under ? y + h + ROOM / 2 : y - NEAR - 2} aria-hidden="true">${lost ? "anchor, lost here" : "anchor"}</text>
    ${anchorSelected.value && editable ? HANDLES.map((handle) => html`<${Handle} at=${handlePoint(toStage(view.value, box), handle)} kind=${handle} />`) : ""}</g>`;
}

function figures(box) {
  const [x, y, width, height] = box.map(short);
  return `x ${x}, y ${y}, ${width} by ${height}`;
}

function Grip() {
  const { scale } = view.value;
  const around = toStage(view.value, grip(scale));
  const top = [around[0] + around[2] / 2, around[1]];
  return html`<g aria-hidden="true" transform=${turnOnStage(selectedBoxes.value[0], tilt(chosen.value))}><rect class="grip" x=${around[0]} y=${around[1]} width=${around[2]} height=${around[3]} />
    ${
      isWindow()
        ? html`<line class="grip" x1=${top[0]} x2=${top[0]} y1=${top[1]} y2=${top[1] - STALK} /><circle class="handle turn" cx=${top[0]} cy=${top[1] - STALK} r=${HANDLE / 2} />`
        : ""
    }
    ${handles(scale).map((handle) => html`<${Handle} at=${handlePoint(around, handle)} kind=${handle} />`)}</g>`;
}

const Handle = ({ at: [x, y], kind = "" }) =>
  html`<rect class=${`handle ${kind}`} x=${x - HANDLE / 2} y=${y - HANDLE / 2} width=${HANDLE} height=${HANDLE} rx="2" />`;

function Guide({ axis, at }) {
  const [x, y] = toStage(view.value, [at, at, 0, 0]);
  const [width, height] = editor.stage.value;
  const line = axis === 0 ? { x1: x, x2: x, y1: 0, y2: height } : { x1: 0, x2: width, y1: y, y2: y };
  return html`<line class="guide" ...${line} />`;
}
