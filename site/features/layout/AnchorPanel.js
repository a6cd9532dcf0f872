import { html } from "htm/preact";
import { toFrame } from "../../shared/viewport.js";
import { store } from "../../state/store.js";
import { beginAnchor, motion, selectAnchor, putAnchor, removeAnchor, STILL } from "./anchor.js";
import { anchorBox, misfit, editor, shown, troubleAt, view } from "./editor_state.js";
import { focusStage } from "./Stage.js";
import { counted } from "../../shared/format.js";

/** The chart of shifts, in its own units; it holds no more points than this. */
const WIDTH = 300;
const HEIGHT = 48;

/** An optional step, for shaking cameras and windows that move: what the boxes follow, and how far that was. */
export function AnchorPanel() {
  if (!shown.value.length || misfit.value) return null;
  const there = anchorBox.value;
  const problem = troubleAt("anchor");
  return html`<section class="panel layout-anchor" aria-labelledby="anchor-title">
    <h3 id="anchor-title">Anchor <small class="quiet">optional</small></h3>
    <p class=${problem ? "error" : "quiet"} role="status">${problem || words(there)}</p>
    ${there && motion.value?.known > 1 && html`<${Motion} />`}
    <div class="tools">
      ${
        editor.anchoring.value
          ? html`<button onClick=${inTheMiddle}>Put it in the middle</button><button onClick=${() => (editor.anchoring.value = false)}>Never mind</button>`
          : html`<button onClick=${() => (beginAnchor(), focusStage())}>${there ? "Draw it anew" : "Draw an anchor"}</button>`
      }
      ${there && !editor.anchoring.value && html`<button onClick=${removeAnchor}>Remove anchor</button>`}
    </div>
  </section>`;
}

function words(there) {
  if (editor.anchoring.value)
    return "Draw around something with edges that stays where the digits are: a logo, a corner of the frame, a screw.";
  if (!there)
    return "A camera that shakes, a window that wanders? Show something that never moves against the digits, and the boxes follow it.";
  if (editor.anchorDraft.value) return "Looking for it in every frame.";
  if (!store.state.value.anchor) return "This anchor has no picture yet: draw it again.";
  if (store.state.value.anchor.repeats)
    return `It looks much the same a little further on, so boxes may jump: a corner or a logo is surer. ${moves()}`;
  return moves();
}

function moves() {
  const { known, lost, most } = motion.value ?? { known: 0 };
  if (!known) return "Looking for it in every frame.";
  if (lost === known) return "It is lost in every frame: draw it around something that all frames show.";
  const gone = lost ? ` Lost in ${counted(lost, "frame")}, where boxes stay as drawn.` : "";
  return most < STILL
    ? `Nothing has moved: a steady hand.${gone}`
    : `Moved up to ${most.toFixed(1)} px.${gone || " The boxes followed."}`;
}

/** How far the frames have moved, to the right and down, one after the other. */
function Motion() {
  const { x, y, lost } = store.shifts.value;
  const step = Math.max(1, Math.ceil(x.length / WIDTH));
  const rows = Array.from({ length: Math.ceil(x.length / step) }, (_, k) => k * step);
  const most = Math.max(1, motion.value.most);
  const across = (row) => ((row + 0.5) / x.length) * WIDTH;
  const line = (values) =>
    rows
      .filter((row) => !Number.isNaN(values[row]) && !lost[row])
      .map((row) => `${across(row).toFixed(1)},${(HEIGHT / 2 + (values[row] / most) * (HEIGHT / 2 - 3)).toFixed(1)}`)
      .join(" ");
  return html`<svg class="motion" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${moves()}>
    <line class="axis" x1="0" x2=${WIDTH} y1=${HEIGHT / 2} y2=${HEIGHT / 2} />
    <polyline class="right" points=${line(x)} /><polyline class="down" points=${line(y)} />
    <line class="here" x1=${across(store.current.value)} x2=${across(store.current.value)} y1="0" y2=${HEIGHT} />
  </svg><p class="motion-key quiet"><span class="right">to the right</span> <span class="down">down</span></p>`;
}

function inTheMiddle() {
  const [width, height] = editor.stage.value;
  const [left, top] = toFrame(view.value, [width * 0.42, height * 0.42]);
  const [right, bottom] = toFrame(view.value, [width * 0.58, height * 0.58]);
  const side = (length) => Math.min(200, Math.max(24, length));
  const [w, h] = [side(right - left), side(bottom - top)];
  editor.anchoring.value = false;
  putAnchor([(left + right - w) / 2, (top + bottom - h) / 2, w, h]).then(
    (taken) => taken && (selectAnchor(), focusStage()),
  );
}
