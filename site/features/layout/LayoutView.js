import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { picture } from "../../session/frame_pixels.js";
import { nameOf } from "../../state/frame_names.js";
import { bench, frame, goTo, key as keyOf, rowOf, shiftOf, typed } from "../../state/store.js";
import { beginAnchor, removeAnchor } from "./anchor.js";
import { Anchor } from "./AnchorPanel.js";
import { begin, Overlay, pickReadoutAt } from "./BoxOverlay.js";
import { Strip } from "./CropStrip.js";
import { Drawn } from "./DrawnBox.js";
import {
  anchorPicked,
  chosen,
  draw,
  drawing,
  drawInTheMiddle,
  follow,
  letGo,
  look,
  misfit,
  pickAll,
  picked,
  place,
  shown,
  view,
  zoomToNumber,
} from "./editor_state.js";
import { addBox, grow, nudge, removePicked } from "./edits.js";
import { LayoutFile } from "./LayoutFile.js";
import { Readouts } from "./ReadoutList.js";
import { Selection } from "./Selection.js";
import { panBy, Stage, STEP_IN, zoomBy } from "./Stage.js";
import { Shows } from "./TypedValue.js";

/** Arrow keys move boxes so far in frame pixels, with Shift so far; and the picture so far in CSS pixels. */
const NUDGE = 0.5;
const LEAP = 5;
const SLIDE = 48;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Saying where the numbers are: the picture with its boxes, what they hold, and all about them in words and figures. */
export function Place() {
  const none = !bench.frames.value.length;
  return none
    ? html`<section class="panel empty-room"><h2>Say where the number is</h2>
    <p>As soon as there is a frame to look at. Any picture of your display will do.</p>
    <button class="primary" onClick=${() => (bench.view.value = "frames")}>Bring frames</button></section>`
    : html`<${Room} />`;
}

function Room() {
  const room = useRef(null);
  const { bitmap, name, problem } = usePicture();
  useEffect(follow);
  useEffect(() => {
    const onKeyDown = (event) => {
      const here =
        event.target === document.body || room.current.contains(event.target) || event.target.closest(".rooms");
      if (!here) return;
      if (keys(event)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return html`<div class="place" ref=${room}>
    <section class="panel picture-side" aria-labelledby="place-title">
      <h2 id="place-title" class="unseen">Say where the number is</h2>
      <${Tools} />
      <div class="stage-holder">
        <${Stage} bitmap=${bitmap} shift=${shiftOf(rowOf.value.get(name))} begin=${begin} onDoubleClick=${pickReadoutAt} label=${`The frame ${frame.value?.name}, drag to draw a box`}><${Overlay} /><//>
        ${problem && html`<p class="stage-note error" role="alert">${problem}</p>`}
        <${Drawn} />
      </div>
      <${Strip} />
    </section>
    <div class="place-side"><${Shows} /><${Selection} /><${Readouts} /><${Anchor} /><${LayoutFile} /></div>
  </div>`;
}

/** The current frame's picture; the last one stays until it is there. */
function usePicture() {
  const [shownPicture, setPicture] = useState({ bitmap: null, name: null, problem: "" });
  const held = useRef(null);
  const name = frame.value?.name;
  useEffect(() => {
    let stale = false;
    picture().then(
      (bitmap) => {
        if (stale) return bitmap.close();
        held.current?.close();
        held.current = bitmap;
        setPicture({ bitmap, name, problem: "" });
      },
      (error) =>
        stale ||
        setPicture({ bitmap: null, name, problem: `${name} cannot be shown (${error.message}): drop it again.` }),
    );
    return () => (stale = true);
  }, [name]);
  useEffect(() => () => held.current?.close(), []);
  return shownPicture;
}

function Tools() {
  const at = bench.current.value;
  const count = bench.frames.value.length;
  const { name } = frame.value;
  const known = shown.value.filter((each) => typed.value.has(keyOf(name, each.name))).length;
  return html`<div class="place-tools">
    <div class="group" role="group" aria-label="Frame">
      <button aria-label="Previous frame" title="Previous frame (Page up)" disabled=${at === 0} onClick=${() => goTo(at - 1)}>←</button>
      <button aria-label="Next frame" title="Next frame (Page down)" disabled=${at === count - 1} onClick=${() => goTo(at + 1)}>→</button>
      <span class="frame-name"><strong title=${name}>${nameOf(frame.value)}</strong> <small class="quiet number">${(at + 1).toLocaleString("en")} of ${count.toLocaleString("en")}${known ? ", typed" : ""}</small></span>
    </div>
    <div class="group" role="group" aria-label="View">
      <button aria-pressed=${drawing.value ? "true" : "false"} title="A drag on the picture draws a box, or else moves the picture (D)" onClick=${toggleDrawing}>Draw</button>
      <button aria-label="Zoom out" title="Zoom out (−)" onClick=${() => zoomBy(1 / STEP_IN)}>−</button>
      <output class="number zoom" aria-label="Zoom">${Math.round(view.value.scale * 100)} %</output>
      <button aria-label="Zoom in" title="Zoom in (+)" onClick=${() => zoomBy(STEP_IN)}>+</button>
      <button title="The whole frame (0)" onClick=${fit}>Fit</button>
      <button title="Zoom to the number (Z)" disabled=${!chosen.value && !place.drawn.value} onClick=${zoomToNumber}>To number</button>
    </div>
  </div>`;
}

const fit = () => look(null);
const toggleDrawing = () => (place.drawing.value = !place.drawing.value);

/** What a key does here; true where it does anything. */
function keys({ key, target, shiftKey, altKey, ctrlKey, metaKey }) {
  if (target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select")) return false;
  const command = ctrlKey || metaKey;
  if (command)
    return key.toLowerCase() === "a" && !altKey && chosen.value && !place.drawn.value && !misfit.value
      ? (pickAll(), true)
      : false;
  const arrow = ARROWS[key];
  if (arrow) return move(arrow, { shiftKey, altKey, target });
  const action = {
    "+": () => zoomBy(STEP_IN),
    "=": () => zoomBy(STEP_IN),
    "-": () => zoomBy(1 / STEP_IN),
    0: fit,
    z: zoomToNumber,
    d: toggleDrawing,
    a: () => shown.value.length && !misfit.value && beginAnchor(),
    PageUp: () => goTo(bench.current.value - 1),
    PageDown: () => goTo(bench.current.value + 1),
    Escape: letGo,
    b: () => misfit.value || drawInTheMiddle(),
    n: () => chosen.value && !misfit.value && !place.drawn.value && addBox(),
    Delete: remove,
    Backspace: remove,
  }[key.length === 1 ? key.toLowerCase() : key];
  if (!action || altKey) return false;
  action();
  return true;
}

function remove() {
  if (place.drawn.value) draw(null);
  else if (anchorPicked.value) removeAnchor();
  else if (picked.value.length && !misfit.value) removePicked();
}

function move([x, y], { shiftKey, altKey, target }) {
  if (target.matches?.("[type=radio]")) return false;
  const by = shiftKey ? LEAP : NUDGE;
  if (!place.drawn.value && !picked.value.length && !anchorPicked.value) {
    if (!target.closest?.(".stage")) return false;
    panBy([-x * SLIDE, -y * SLIDE]);
  } else if (altKey) grow([x * by, y * by]);
  else nudge([x * by, y * by]);
  return true;
}
