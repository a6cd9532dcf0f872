import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { holes } from "../../media/readout_format.js";
import { widenWindow } from "../../session/edits.js";
import { probe } from "../../session/queries.js";
import { percent, sign } from "../../shared/format.js";
import { Pixels } from "../../shared/Pixels.js";
import { store, frame, layout, reportErrors } from "../../state/store.js";
import { chosen, drawInTheMiddle, misfit, editor, size, trouble, troubleAt } from "./editor_state.js";
import { scaleLayout } from "./edits.js";
import { focusStage } from "./Stage.js";
import { offered } from "./suggestions.js";

/** Every crop of the chosen readout on this frame, magnified, with its digit and how sure it is; live while boxes are dragged. */
export function CropStrip() {
  useProbe();
  const seen = editor.seen.value;
  const known = seen && (seen.labels?.length ?? 0) > 0;
  if (!seen) return html`<section class="layout-strip plain" aria-label="What the boxes hold"><${Waiting} /></section>`;
  return html`<section class="layout-strip" aria-labelledby="strip-title">
    <div class="whole-reading">
      <h3 id="strip-title">${editor.found.value?.name ?? chosen.value?.name}</h3>
      <p class="number reading-text" aria-live=${editor.draft.value ? "off" : "polite"}>${known ? seen.text : ""}</p>
      <p class="quiet number">${known ? `${percent(seen.confidence)} sure` : " "}</p>
      ${known && !editor.drawn.value && seen.flags.includes("cut") && html`<p class="cut-note">It touches the window's edge, or goes on outside it. <button class="small" onClick=${() => widen(chosen.value.name)}>Widen the window</button></p>`}
    </div>
    ${
      seen.spans
        ? html`<${WindowPicture} seen=${seen} />`
        : html`<ol class="layout-crops">${seen.boxes.map(
            (box, k) => html`<li key=${k}>
      <${Pixels} picture=${box} label=${known ? `Box ${k + 1}, read as ${seen.labels[k]}` : `Box ${k + 1}`} />
      ${known ? html`<${Share} label=${seen.labels[k]} share=${Math.max(...seen.probabilities[k])} />` : ""}
    </li>`,
          )}</ol>`
    }
  </section>`;
}

const widen = reportErrors(widenWindow);

/** The window's picture with its characters under their places, and what else it may show. */
function WindowPicture({ seen }) {
  const [first, ...others] = seen.classes.map((text, k) => ({ text, share: seen.probabilities[0][k] }));
  const rivals = others.filter(({ text, share }) => text && share >= 0.005).slice(0, 2);
  return html`<div class="layout-window">
    <div class="window-picture"><${Pixels} picture=${seen.boxes[0]} label=${`The window, read as ${seen.text || "nothing"}`} />
      <p class="window-characters number" aria-hidden="true">${[...first.text].map((character, k) => html`<span style=${{ left: `${50 * (seen.spans[k][0] + seen.spans[k][1])}%` }}>${character}</span>`)}</p></div>
    <p class="quiet number">${rivals.length ? `or ${rivals.map(({ text, share }) => `${text} (${percent(share)})`).join(", ")}` : " "}</p>
  </div>`;
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
  return html`<ol class="first-steps"><li><span>${offered.value.length ? html`<strong>Click a number</strong> that was found, or draw one box around another.` : html`<strong>Draw one box</strong> around the number.`}</span></li><li>It is read at once.</li><li>Enter keeps it; type only to correct.</li></ol>
    ${editor.drawn.value ? "" : html`<button onClick=${() => (focusStage(), drawInTheMiddle())}>Put a box in the middle</button>`}`;
}

function Share({ label, share }) {
  return html`<strong class="number">${sign(label)}</strong>
    <span class="number quiet">${percent(share)}</span>
    <span class="track" aria-hidden="true"><span class=${share < 0.9 ? "fill doubtful" : "fill"} style=${{ width: `${share * 100}%` }}></span></span>`;
}

/**
 * Keep `editor.seen` to what the boxes show that are on the picture now: one question at a time, the latest wins.
 * An answer is dropped that comes when nothing is asked any more, or of another frame or readout.
 */
function useProbe() {
  const ask = useRef(null);
  ask.current ??= latest();
  const name = frame.value?.name;
  const found = editor.found.value;
  const drawn = editor.kind.value === "window" && editor.drawn.value;
  const readout = found
    ? { name: found.name, format: found.format, boxes: found.boxes }
    : drawn
      ? { name: "number", window: drawn }
      : misfit.value || editor.drawn.value
        ? null
        : chosen.value;
  const asked = name && readout ? JSON.stringify([name, readout]) : "";
  const about = { frame: name, readout: found || drawn ? null : readout?.name };
  const isAbout = (seen) => seen?.frame === about.frame && seen.readout === about.readout;
  const now = useRef(isAbout);
  now.current = asked ? isAbout : () => false;
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  useEffect(() => {
    if (!asked) return void (editor.seen.value = null);
    if (!isAbout(editor.seen.value)) editor.seen.value = null;
    stop.current ??= new AbortController();
    const { signal } = stop.current;
    const entire = entry(readout);
    editor.reading.value = true;
    ask.current(async () => {
      try {
        const seen = await probe(name, entire, signal);
        if (now.current(about)) editor.seen.value = { ...seen, ...about };
        trouble("strip", "");
      } catch (error) {
        editor.seen.value = null;
        trouble("strip", signal.aborted ? "" : error.message);
      }
      editor.reading.value = false;
    });
  }, [asked, store.news.value]);
}

/** A readout as layout.json has it, though it may be half edited. */
function entry({ name, format, boxes, window, turn, mirror, constraint, kind, decimal, units }) {
  const seen = { turn: turn ?? 0, mirror: mirror ?? false };
  const meaning = { kind: kind ?? null, decimal: decimal ?? null, units: units ?? null };
  if (window)
    return {
      name,
      window: boxes?.[0] ?? window,
      ...seen,
      constraint: constraint ?? null,
      ...meaning,
    };
  const whole = holes(format) === boxes.length ? format : "#".repeat(boxes.length);
  return { name: name || "number", format: whole, boxes, ...seen, ...meaning };
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
