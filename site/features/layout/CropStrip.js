import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { holes } from "../../media/readout_format.js";
import { probe } from "../../session/queries.js";
import { percent, sign } from "../../shared/format.js";
import { Pixels } from "../../shared/Pixels.js";
import { store, frame, layout } from "../../state/store.js";
import { chosen, drawInTheMiddle, misfit, editor, size, trouble, troubleAt } from "./editor_state.js";
import { scaleLayout } from "./edits.js";
import { focusStage } from "./Stage.js";

/** Every crop of the chosen readout on this frame, magnified, with its digit and how sure it is; live while boxes are dragged. */
export function CropStrip() {
  useProbe();
  const seen = editor.seen.value;
  const known = seen && (seen.labels?.length ?? 0) > 0;
  if (!seen) return html`<section class="place-strip plain" aria-label="What the boxes hold"><${Waiting} /></section>`;
  return html`<section class="place-strip" aria-labelledby="strip-title">
    <div class="whole-reading">
      <h3 id="strip-title">${editor.found.value?.name ?? chosen.value?.name}</h3>
      <p class="number reading-text" aria-live=${editor.draft.value ? "off" : "polite"}>${known ? seen.text : ""}</p>
      <p class="quiet number">${known ? `${percent(seen.confidence)} sure` : " "}</p>
    </div>
    <ol class="place-crops">${seen.boxes.map(
      (box, k) => html`<li key=${k}>
      <${Pixels} picture=${box} label=${known ? `Box ${k + 1}, read as ${seen.labels[k]}` : `Box ${k + 1}`} />
      ${known ? html`<${Share} label=${seen.labels[k]} share=${Math.max(...seen.probabilities[k])} />` : ""}
    </li>`,
    )}</ol>
  </section>`;
}

/** What to do, where there is nothing to see yet, and what is amiss. */
function Waiting() {
  if (misfit.value) {
    const [from, to] = [layout.value.frame_size, size.value].map(([width, height]) => `${width} × ${height}`);
    return html`<p><strong>The layout is for frames of ${from} pixels; this one has ${to}.</strong></p>
      <button class="primary" onClick=${scaleLayout}>Scale the layout to this frame</button>`;
  }
  if (chosen.value)
    return html`<p class="quiet">${troubleAt("strip") || (editor.drawn.value ? "The crops of the new boxes will appear here." : "Looking …")}</p>`;
  return html`<ol class="first-steps"><li><span><strong>Draw one box</strong> around the number.</span></li><li>Type what it shows.</li><li>Enter finds its digits, Enter keeps them.</li></ol>
    ${editor.drawn.value ? "" : html`<button onClick=${() => (focusStage(), drawInTheMiddle())}>Put a box in the middle</button>`}`;
}

function Share({ label, share }) {
  return html`<strong class="number">${sign(label)}</strong>
    <span class="number quiet">${percent(share)}</span>
    <span class="track" aria-hidden="true"><span class=${share < 0.9 ? "fill doubtful" : "fill"} style=${{ width: `${share * 100}%` }}></span></span>`;
}

/** Keep `editor.seen` to what the boxes show that are on the picture now: one question at a time, the latest wins. */
function useProbe() {
  const ask = useRef(null);
  ask.current ??= latest();
  const name = frame.value?.name;
  const found = editor.found.value;
  const readout = found
    ? { name: found.name, format: found.format, boxes: found.boxes }
    : misfit.value || editor.drawn.value
      ? null
      : chosen.value;
  const asked = name && readout ? JSON.stringify([name, readout]) : "";
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  useEffect(() => {
    if (!asked) return void (editor.seen.value = null);
    if (editor.seen.value?.frame !== name) editor.seen.value = null;
    stop.current ??= new AbortController();
    const { signal } = stop.current;
    const whole = {
      ...readout,
      name: readout.name || "number",
      format: holes(readout.format) === readout.boxes.length ? readout.format : "#".repeat(readout.boxes.length),
    };
    ask.current(async () => {
      try {
        editor.seen.value = { ...(await probe(name, whole, signal)), frame: name };
        trouble("strip", "");
      } catch (error) {
        editor.seen.value = null;
        trouble("strip", signal.aborted ? "" : error.message);
      }
    });
  }, [asked, store.news.value]);
}

/** Runs one task at a time; of those that come meanwhile, only the last. */
function latest() {
  let running = false;
  let next = null;
  return async (task) => {
    next = task;
    if (running) return;
    running = true;
    while (next) {
      const now = next;
      next = null;
      await now();
    }
    running = false;
  };
}
