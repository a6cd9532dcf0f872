import { batch } from "@preact/signals";
import { html } from "htm/preact";
import { ANCHOR_LEAST } from "../../shared/constants.js";
import { short, toStep } from "../../shared/maths.js";
import { toStage } from "../../shared/viewport.js";
import { store } from "../../state/store.js";
import { selectAnchor, putAnchor } from "./anchor.js";
import {
  between,
  bounds,
  boxAt,
  dragged,
  draggedTurned,
  handleAt,
  handlePoint,
  HANDLES,
  hull,
  inside,
  moved,
  turned,
} from "./boxes.js";
import {
  anchorBox,
  anchorSelected,
  chosen,
  draw,
  drawing,
  misfit,
  select,
  selected,
  editor,
  shown,
  size,
  toggle,
  view,
  zoomToDrawn,
} from "./editor_state.js";
import { commit, selectedBoxes, stretchSelected, turnedTo, withSelected } from "./edits.js";
import { snapped, snappedEdge } from "./snapping.js";
import { focusStage } from "./Stage.js";

/** In CSS pixels: how near is on it, how far a click may slip, how far a guide reaches, the smallest drag that draws, a handle. */
const NEAR = 6;
const SLIP = 3;
const REACH = 5;
const LEAST = 5;
const HANDLE = 9;
/** Guides reach no further than this in frame pixels, and a side below this in CSS pixels has no handle in its middle. */
const REACH_PIXELS = 1.5;
const ROOM = 34;
/** The handle that turns a window is so far above it, in CSS pixels; near an upright or level one it snaps, in degrees. */
const STALK = 24;
const LEVEL = 1.5;

/** What a drag that begins at a point of the frame does; null: it moves the picture. */
export function begin(point, event) {
  const { scale } = view.value;
  const start = [event.clientX, event.clientY];
  const slipped = (now) => Math.hypot(now.clientX - start[0], now.clientY - start[1]) >= SLIP;
  if (editor.anchoring.value) return drawAnchor(point, slipped);
  if (editor.drawn.value) return onDrawn(point, scale) ?? onGround(point, slipped);
  if (misfit.value) return null;
  if (selected.value.length) {
    const local = unturned(point);
    if (isWindow() && isNear(local, stalk(scale), NEAR / scale)) return turnWindow(slipped);
    const handle = handleAt(grip(scale), local, NEAR / scale, handles(scale));
    if (handle) return resize(point, handle, slipped);
  }
  const hit = boxAt(shown.value, point, NEAR / 2 / scale);
  return hit ? onBox(hit, point, event, slipped) : (onAnchor(point, slipped, scale) ?? onGround(point, slipped));
}

/** Pick all boxes of the readout that was clicked twice. */
export function selectReadoutAt(point) {
  const hit = misfit.value || editor.drawn.value ? null : boxAt(shown.value, point, NEAR / 2 / view.value.scale);
  if (hit)
    select(
      shown.value[hit.readout].name,
      shown.value[hit.readout].boxes.map((_, k) => k),
    );
}

function onBox({ readout, box }, point, event, slipped) {
  const { name } = shown.value[readout];
  const known = name === chosen.value.name && selected.value.includes(box);
  if (event.shiftKey) toggle(name, box);
  else if (!known) select(name, [box]);
  if (!isPicked(name, box)) return { move() {} };
  document.getElementById(`box-${readout}-${box}`).focus({ preventScroll: true });
  const boxes = selectedBoxes.value;
  return change(point, slipped, {
    make: (by, reach) => {
      const { by: snappedBy, guides } = reach ? snapped(boxes, by, others(), reach) : { by: by.map(fine), guides: [] };
      editor.guides.value = guides;
      return withSelected(moved(boxes, snappedBy, size.value));
    },
    name: "move boxes",
    click: () => known && !event.shiftKey && select(name, [box]),
  });
}

/** Whether the chosen readout is a window; the point of the frame as if that were not turned. */
const isWindow = () => Boolean(chosen.value?.window);
/** @type {(point: Pair) => Pair} */
const unturned = (point) => (chosen.value.turn ? turned(point, chosen.value.boxes[0], -chosen.value.turn) : point);
/** @type {(point: Pair, other: Pair, margin: number) => boolean} */
const isNear = ([x, y], [u, v], margin) => Math.hypot(x - u, y - v) <= margin;
/** Where the handle is that turns the window, as if that were not turned. */
function stalk(scale) {
  const [x, y, w] = grip(scale);
  return [x + w / 2, y - STALK / scale];
}

/** A drag on the handle above a window, which turns it around its middle. */
function turnWindow(slipped) {
  const [x, y, w, h] = selectedBoxes.value[0];
  focusStage();
  let made = null;
  return {
    move([u, v], event) {
      if (!made && !slipped(event)) return;
      const degrees = (Math.atan2(u - x - w / 2, y + h / 2 - v) * 180) / Math.PI;
      const level = Math.round(degrees / 90) * 90;
      const next = turnedTo(!event.altKey && Math.abs(degrees - level) < LEVEL ? level : degrees);
      if (next) editor.draft.value = made = next;
    },
    end: () => made && commit(made, `turn ${chosen.value.name}`),
    cancel: () => (editor.draft.value = null),
  };
}

function resize(point, handle, slipped) {
  const boxes = selectedBoxes.value;
  const { turn } = chosen.value;
  if (turn)
    return change(point, slipped, {
      make: (by) => withSelected([draggedTurned(boxes[0], turn, handle, by, size.value)]),
      name: "resize boxes",
    });
  const around = bounds(boxes);
  return change(point, slipped, {
    make: (by, reach) => {
      const { by: snappedBy, guides } = reach
        ? snappedEdge(around, handle, by, others(), reach)
        : { by: by.map(fine), guides: [] };
      editor.guides.value = guides;
      return stretchSelected(boxes, dragged(around, handle, snappedBy, size.value, boxes.length));
    },
    name: "resize boxes",
  });
}

/**
 * A drag that changes boxes: a draft while it lasts, an edit at its end. With Alt held there are no guides.
 * @param {Pair} from @param {(event: any) => boolean} slipped
 * @param {{make: (by: Pair, reach: number) => any, name: string, click?: () => void}} how
 */
function change(from, slipped, { make, name, click }) {
  const base = editor.draft.value; // an edit that is still under way
  let begun = false;
  let made = null;
  return {
    move(to, event) {
      if (!(begun ||= slipped(event))) return;
      const reach = event.altKey ? 0 : Math.min(REACH / view.value.scale, REACH_PIXELS);
      batch(() => {
        editor.draft.value = base;
        editor.draft.value = made = make([to[0] - from[0], to[1] - from[1]], reach);
      });
    },
    end() {
      editor.guides.value = [];
      if (begun) commit(made, name);
      else click?.();
    },
    cancel() {
      editor.guides.value = [];
      if (begun) editor.draft.value = null;
    },
  };
}

/** A tenth of a pixel, where no guide is wanted. */
const fine = (length) => Math.round(length * 10) / 10;

/** Boxes that are not selected, of all readouts. */
const others = () =>
  shown.value.flatMap(({ name, boxes }) =>
    boxes.filter((_, k) => name !== chosen.value.name || !selected.value.includes(k)),
  );

/** A drag on nothing draws a box, or moves the picture; a click lets go of what is selected. */
function onGround(point, slipped) {
  focusStage();
  if (!drawing.value) return null;
  const before = editor.drawn.value;
  let begun = false;
  return {
    move(to, now) {
      if (!(begun ||= slipped(now))) return;
      draw(between(point.map(toStep), to.map(toStep)));
    },
    end() {
      const [, , w, h] = editor.drawn.value ?? [0, 0, 0, 0];
      if (!begun) ((editor.selected.value = []), (editor.anchorSelected.value = false));
      if (begun ? Math.min(w, h) * view.value.scale < LEAST : before) draw(null);
      else if (begun) {
        zoomToDrawn();
        focusField();
      }
    },
    cancel: () => draw(before),
  };
}

/** A drag on the drawn box or its handles; none once its digits are found. */
function onDrawn(point, scale) {
  if (editor.found.value || editor.busy.value) return null;
  const box = editor.drawn.value;
  const handle = handleAt(box, point, NEAR / scale);
  const within = boxAt([{ boxes: [box] }], point);
  if (!handle && !within) return null;
  const put = ([x, y]) => {
    const by = [toStep(x - point[0]), toStep(y - point[1])];
    draw(handle ? dragged(box, handle, by, size.value) : moved([box], by, size.value)[0]);
  };
  return { move: put, end: focusField, cancel: () => draw(box) };
}

/** A drag that draws the anchor. */
function drawAnchor(point, slipped) {
  focusStage();
  let made = null;
  return {
    move(to, now) {
      if (made || slipped(now))
        editor.anchorDraft.value = made = inside(between(point, to).map(Math.round), size.value);
    },
    end() {
      if (!made) return;
      editor.anchoring.value = false;
      putAnchor(made).then((taken) => taken && selectAnchor());
    },
    cancel: () => (editor.anchorDraft.value = null),
  };
}

/** A drag on the anchor's edge, on its handles, or inside it once it is selected. */
function onAnchor(point, slipped, scale) {
  const box = anchorBox.value;
  if (!box) return null;
  const on = anchorSelected.value;
  const near = NEAR / scale;
  const handle = on && handleAt(box, point, near);
  const [x, y, w, h] = box;
  const within = boxAt([{ boxes: [box] }], point, near / 2);
  const core = boxAt([{ boxes: [[x + near, y + near, w - 2 * near, h - 2 * near]] }], point);
  if (!handle && (!within || (core && !on))) return null;
  selectAnchor();
  document.getElementById("anchor-box")?.focus({ preventScroll: true });
  let made = null;
  return {
    move(to, now) {
      if (!made && !slipped(now)) return;
      const by = [to[0] - point[0], to[1] - point[1]].map(Math.round);
      editor.anchorDraft.value = made = handle
        ? dragged(box, handle, by, size.value, ANCHOR_LEAST)
        : moved([box], by, size.value)[0];
    },
    end: () => made && putAnchor(made),
    cancel: () => (editor.anchorDraft.value = null),
  };
}

/** Let the user type at once; the form may not be drawn yet. */
function focusField() {
  const focus = () => document.getElementById("drawn-text")?.focus({ preventScroll: true });
  focus();
  requestAnimationFrame(focus);
}

const isPicked = (name, k) => chosen.value?.name === name && selected.value.includes(k);

/** The frame that carries the handles: a little outside of what is selected, so that small boxes can be taken as well. */
function grip(scale) {
  const [x, y, w, h] = bounds(selectedBoxes.value);
  const room = NEAR / scale;
  return [x - room, y - room, w + 2 * room, h + 2 * room];
}

/** Whether a box is large enough on the stage to carry handles. */
const roomy = ([, , w, h]) => Math.min(w, h) * view.value.scale >= 3 * HANDLE;

/** The handles there is room for. */
function handles(scale) {
  const [, , w, h] = grip(scale).map((length) => length * scale);
  return HANDLES.filter((handle) => handle.length > 1 || ("ns".includes(handle) ? w : h) >= ROOM);
}

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

function Row({ readout: { name, boxes, window, turn }, index, editable }) {
  const here = chosen.value?.name === name;
  const [x, y, w] = toStage(view.value, hull(bounds(boxes), turn ?? 0));
  const right = x + w > editor.stage.value[0] - ROOM;
  return html`<g class=${here ? "row chosen" : "row"}>
    <text x=${right ? x + w : x} y=${y - NEAR - 5} text-anchor=${right ? "end" : "start"} aria-hidden="true">${name}</text>
    ${boxes.map((box, k) => html`<${Box} id=${`box-${index}-${k}`} name=${name} box=${box} turn=${turn} window=${Boolean(window)} k=${k} count=${boxes.length} on=${here && selected.value.includes(k)} editable=${editable} />`)}
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

function Outline({ box, kind, turn = 0 }) {
  const [x, y, width, height] = toStage(view.value, box);
  const rect = { x, y, width: Math.max(0, width), height: Math.max(0, height) };
  return html`<g class=${kind} transform=${turnOnStage(box, turn)}><rect class="halo" ...${rect} /><rect class="line" ...${rect} /></g>`;
}

/** What turns a window's drawing with it. */
function turnOnStage(box, turn) {
  const [x, y, width, height] = toStage(view.value, box);
  return turn ? `rotate(${turn} ${x + width / 2} ${y + height / 2})` : undefined;
}

function Grip() {
  const { scale } = view.value;
  const around = toStage(view.value, grip(scale));
  const top = [around[0] + around[2] / 2, around[1]];
  return html`<g aria-hidden="true" transform=${turnOnStage(selectedBoxes.value[0], chosen.value.turn)}><rect class="grip" x=${around[0]} y=${around[1]} width=${around[2]} height=${around[3]} />
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
