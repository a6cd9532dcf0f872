import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { picture } from "../../session/frame_pixels.js";
import { nameOf } from "../../state/frame_names.js";
import { clipOf } from "../../session/open_videos.js";
import { useLines } from "../../session/python.js";
import { store, frame, goTo, key as keyOf, rowOf, shiftOf, typed } from "../../state/store.js";
import { beginAnchor, removeAnchor } from "./anchor.js";
import { AnchorPanel } from "./AnchorPanel.js";
import { BoxOverlay } from "./BoxOverlay.js";
import { CropStrip } from "./CropStrip.js";
import { begin, selectReadoutAt } from "./drags.js";
import { DrawnBox } from "./DrawnBox.js";
import {
  anchorSelected,
  chosen,
  draw,
  drawing,
  drawInTheMiddle,
  follow,
  deselect,
  setView,
  misfit,
  selectAll,
  selected,
  editor,
  shown,
  size,
  view,
  zoomToNumber,
} from "./editor_state.js";
import { addBox, grow, nudge, removeSelected } from "./edits.js";
import { LayoutFile } from "./LayoutFile.js";
import { ReadoutList } from "./ReadoutList.js";
import { Selection } from "./Selection.js";
import { panBy, Stage, STEP_IN, zoomBy } from "./Stage.js";
import { SuggestionOverlay } from "./SuggestionOverlay.js";
import { SuggestionPanel } from "./SuggestionPanel.js";
import { TypedValue } from "./TypedValue.js";

/** Arrow keys move boxes so far in frame pixels, with Shift so far; and the picture so far in CSS pixels. */
const NUDGE = 0.5;
const LEAP = 5;
const SLIDE = 48;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Saying where the numbers are: the picture with its boxes, what they hold, and all about them in words and figures. */
export function LayoutView() {
  if (!store.frames.value.length)
    return html`<section class="panel empty-view"><h2>Mark the number</h2>
    <p>Add a video or pictures of your display first.</p>
    <button class="primary" onClick=${() => (store.view.value = "frames")}>Add a video</button></section>`;
  if (!size.value.every(Boolean))
    return html`<section class="panel empty-view"><h2>Mark the number</h2><p role="status">The picture is being opened …</p></section>`;
  return html`<${Editor} />`;
}

function Editor() {
  const element = useRef(null);
  const { bitmap, name, problem } = usePicture();
  useEffect(follow);
  useEffect(() => void useLines().catch(() => {}), []); // so that the first box drawn is read at once
  useEffect(() => {
    const onKeyDown = (event) => {
      const here =
        event.target === document.body || element.current.contains(event.target) || event.target.closest(".views");
      if (!here) return;
      if (keys(event)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return html`<div class="layout-view" ref=${element}>
    <section class="panel picture-side" aria-labelledby="picture-title">
      <h2 id="picture-title" class="unseen">Mark the number</h2>
      <${Tools} />
      <div class="stage-holder">
        <${Stage} bitmap=${bitmap} shift=${shiftOf(rowOf.value.get(name))} begin=${begin} onDoubleClick=${selectReadoutAt} label=${`The frame ${frame.value?.name}, drag to draw a box`}><${SuggestionOverlay} /><${BoxOverlay} /><//>
        ${problem && html`<p class="stage-note error" role="alert">${problem}</p>`}
        <${DrawnBox} />
      </div>
      <${CropStrip} />
    </section>
    <div class="layout-side"><${SuggestionPanel} />${chosen.value ? html`<${TypedValue} />` : ""}${chosen.value || editor.drawn.value ? html`<${Selection} />` : ""}<${ReadoutList} /><${AnchorPanel} /><${LayoutFile} /></div>
  </div>`;
}

/** The current frame's picture; the last one stays until it is there. */
function usePicture() {
  const [shownPicture, setPicture] = useState({ bitmap: null, name: null, problem: "" });
  const held = useRef(null);
  const { name, clip } = frame.value ?? {};
  const state = clip && clipOf(clip)?.state;
  useEffect(() => {
    let stale = false;
    picture().then(
      (bitmap) => {
        if (stale) return bitmap.close();
        held.current?.close();
        held.current = bitmap;
        setPicture({ bitmap, name, problem: "" });
      },
      (error) => stale || setPicture({ bitmap: null, name, problem: `${name} cannot be shown: ${error.message}.` }),
    );
    return () => (stale = true);
  }, [name, state]);
  useEffect(() => () => held.current?.close(), []);
  return shownPicture;
}

function Tools() {
  const at = store.current.value;
  const count = store.frames.value.length;
  const { name } = frame.value;
  const known = shown.value.filter((each) => typed.value.has(keyOf(name, each.name))).length;
  return html`<div class="layout-tools">
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
      <button title="Zoom to the number (Z)" disabled=${!chosen.value && !editor.drawn.value} onClick=${zoomToNumber}>To number</button>
    </div>
    ${
      count > 1
        ? html`<input class="scrubber" type="range" min="0" max=${count - 1} value=${at} aria-label="Frame shown" aria-valuetext=${`${nameOf(frame.value)}, frame ${at + 1} of ${count}`}
      onInput=${({ target }) => goTo(Number(target.value))} />`
        : ""
    }
  </div>`;
}

const fit = () => setView(null);
const toggleDrawing = () => (editor.drawing.value = !editor.drawing.value);

/** What a key does here; true where it does anything. */
function keys({ key, target, shiftKey, altKey, ctrlKey, metaKey }) {
  if (target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select")) return false;
  const command = ctrlKey || metaKey;
  if (command)
    return key.toLowerCase() === "a" && !altKey && chosen.value && !editor.drawn.value && !misfit.value
      ? (selectAll(), true)
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
    PageUp: () => goTo(store.current.value - 1),
    PageDown: () => goTo(store.current.value + 1),
    Escape: deselect,
    b: () => misfit.value || drawInTheMiddle(),
    n: () => chosen.value && !chosen.value.window && !misfit.value && !editor.drawn.value && addBox(),
    Delete: remove,
    Backspace: remove,
  }[key.length === 1 ? key.toLowerCase() : key];
  if (!action || altKey) return false;
  action();
  return true;
}

function remove() {
  if (editor.drawn.value) draw(null);
  else if (anchorSelected.value) removeAnchor();
  else if (selected.value.length && !misfit.value) removeSelected();
}

function move([x, y], { shiftKey, altKey, target }) {
  if (target.matches?.("[type=radio]")) return false;
  const by = shiftKey ? LEAP : NUDGE;
  if (!editor.drawn.value && !selected.value.length && !anchorSelected.value) {
    if (!target.closest?.(".stage")) return false;
    panBy([-x * SLIDE, -y * SLIDE]);
  } else if (altKey) grow([x * by, y * by]);
  else nudge([x * by, y * by]);
  return true;
}
