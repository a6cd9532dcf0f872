// What a drag on the picture does: it draws a box, moves, resizes or turns what is selected, or moves the anchor.

import { batch } from "@preact/signals";
import { ANCHOR_LEAST } from "../../shared/constants.js";
import { toStep } from "../../shared/maths.js";
import { selectAnchor, putAnchor } from "./anchor.js";
import { between, bounds, boxAt, dragged, draggedTurned, handleAt, inside, moved, tilt, turned } from "./boxes.js";
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
import { fitDrawn } from "./find_digits.js";
import { grip, handles, isPicked, isWindow, NEAR, stalk } from "./grip.js";
import { snapped, snappedEdge } from "./snapping.js";
import { focusStage, panBy } from "./Stage.js";
import { suggestionAt, takeNear, toggleSuggestion } from "./suggestions.js";

/** In CSS pixels: how far a click may slip, how far a guide reaches, the smallest drag that draws. */
const SLIP = 3;
const REACH = 5;
const LEAST = 5;
/** Guides reach no further than this in frame pixels. */
const REACH_PIXELS = 1.5;
/** A window snaps to an upright or level one from so near, in degrees. */
const LEVEL = 1.5;

/** What a drag that begins at a point of the frame does; null: it moves the picture. */
export function begin(point, event) {
  const { scale } = view.value;
  const start = [event.clientX, event.clientY];
  const slipped = (now) => Math.hypot(now.clientX - start[0], now.clientY - start[1]) >= SLIP;
  if (editor.anchoring.value) return drawAnchor(point, slipped);
  if (editor.drawn.value) return onDrawn(point, scale) ?? onGround(point, event, slipped);
  if (misfit.value) return null;
  if (selected.value.length) {
    const local = unturned(point);
    if (isWindow() && isNear(local, stalk(scale), NEAR / scale)) return turnWindow(slipped);
    const handle = handleAt(grip(scale), local, NEAR / scale, handles(scale));
    if (handle) return resize(point, handle, slipped);
  }
  const hit = boxAt(shown.value, point, NEAR / 2 / scale);
  if (hit) return onBox(hit, point, event, slipped);
  const number = suggestionAt(point);
  const other = onAnchor(point, slipped, scale) ?? onGround(point, event, slipped);
  return number ? onSuggestion(number, other, slipped) : other;
}

/** A click on a number that was found takes it; a drag from there does what it does elsewhere. */
function onSuggestion(number, drag, slipped) {
  let begun = false;
  return {
    move(to, now) {
      if ((begun ||= slipped(now))) drag.move(to, now);
    },
    end: (now) => (begun ? drag.end?.(now) : toggleSuggestion(number)),
    cancel: () => drag.cancel?.(),
  };
}

/** A drag that moves the picture. */
function panned({ clientX, clientY }) {
  let last = [clientX, clientY];
  return {
    move(_, now) {
      panBy([now.clientX - last[0], now.clientY - last[1]]);
      last = [now.clientX, now.clientY];
    },
  };
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
      const to = guided(by, reach, () => snapped(boxes, by, others(), reach));
      return withSelected(moved(boxes, to, size.value));
    },
    name: "move boxes",
    click: () => known && !event.shiftKey && select(name, [box]),
  });
}

/** A point of the frame as if the chosen window were not turned. */
const unturned = (/** @type {Pair} */ point) =>
  tilt(chosen.value) ? turned(point, chosen.value.boxes[0], -tilt(chosen.value)) : point;
/** @type {(point: Pair, other: Pair, margin: number) => boolean} */
const isNear = ([x, y], [u, v], margin) => Math.hypot(x - u, y - v) <= margin;

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
  const turn = tilt(chosen.value);
  if (turn)
    return change(point, slipped, {
      make: (by) => withSelected([draggedTurned(boxes[0], turn, handle, by, size.value)]),
      name: "resize boxes",
    });
  const around = bounds(boxes);
  return change(point, slipped, {
    make: (by, reach) => {
      const to = guided(by, reach, () => snappedEdge(around, handle, by, others(), reach));
      return stretchSelected(boxes, dragged(around, handle, to, size.value, boxes.length));
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

/** How far a drag moves what it holds: as `snap()` says, whose guides are shown; by tenths of a pixel where none are wanted. */
function guided(by, reach, snap) {
  const snappedBy = reach ? snap() : { by: by.map((length) => Math.round(length * 10) / 10), guides: [] };
  editor.guides.value = snappedBy.guides;
  return snappedBy.by;
}

/** Boxes that are not selected, of all readouts. */
const others = () =>
  shown.value.flatMap(({ name, boxes }) =>
    boxes.filter((_, k) => name !== chosen.value.name || !selected.value.includes(k)),
  );

/**
 * A drag on nothing draws a box, which fits itself to its number but where Alt is held, or moves the picture; a click lets
 * go of what is selected, or else takes the number there.
 */
function onGround(point, event, slipped) {
  focusStage();
  const before = editor.drawn.value;
  const pan = drawing.value ? null : panned(event);
  let begun = false;
  return {
    move(to, now) {
      if (!(begun ||= slipped(now))) return;
      if (pan) pan.move(to, now);
      else draw(between(point.map(toStep), to.map(toStep)));
    },
    end(now) {
      if (!begun) return onClick(point);
      if (pan) return;
      const [, , w, h] = editor.drawn.value;
      if (Math.min(w, h) * view.value.scale < LEAST) return draw(null);
      zoomToDrawn();
      focusField();
      if (!now.altKey) fitDrawn();
    },
    cancel: () => pan || draw(before),
  };
}

function onClick(point) {
  if (editor.drawn.value || selected.value.length || anchorSelected.value) {
    draw(null);
    editor.selected.value = [];
    editor.anchorSelected.value = false;
  } else takeNear(point);
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
