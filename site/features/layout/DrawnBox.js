import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { freeName } from "../../media/readout_format.js";
import { DOUBTFUL_BELOW } from "../../shared/constants.js";
import { counted, percent } from "../../shared/format.js";
import { beside, toStage } from "../../shared/viewport.js";
import { frame } from "../../state/store.js";
import { bounds } from "./boxes.js";
import { draw, editor, shown, troubleAt, view } from "./editor_state.js";
import { find, keep, keepWindow, shareOut, takeFor } from "./find_digits.js";
import { focusStage } from "./Stage.js";

/** The form's size in CSS pixels before it has been measured. */
const SIZE = [304, 240];
/** Boxes that are less sure than this resemble nothing at all. */
const LOST = 0.1;

/**
 * The form beside a drawn box: what it reads there, and what the number is called. Fixed boxes are the second choice:
 * what the number shows is typed, and its digits are looked for.
 */
export function DrawnBox() {
  const drawn = editor.drawn.value;
  return drawn && html`<${Form} drawn=${drawn} />`;
}

function Form({ drawn }) {
  const form = useRef(null);
  const names = shown.value.map(({ name }) => name);
  const [name, setName] = useState(() => freeName(names));
  const [text, setText] = useState("");
  const [size, setSize] = useState(SIZE);
  const found = editor.found.value;
  const busy = editor.busy.value;
  const whole = editor.kind.value === "window";
  const { frame: on, readout } = editor.seen.value ?? {};
  const seen = whole && on === frame.value?.name && readout === null ? editor.seen.value : null;
  const problem = troubleAt("drawn");
  useEffect(() => {
    const watch = new ResizeObserver(
      () => form.current && setSize([form.current.offsetWidth, form.current.offsetHeight]),
    );
    watch.observe(form.current);
    return () => watch.disconnect();
  }, []);
  const around = found ? bounds([drawn, ...found.boxes]) : drawn;
  const [x, y] = beside(toStage(view.value, around), size, editor.stage.value);

  const change = (set) => (event) => {
    set(event.target.value);
    if (found) editor.found.value = null;
  };
  const submit = (event) => {
    event.preventDefault();
    if (busy) return;
    if (whole) keepWindow(text.trim(), name.trim()).then(leave);
    else if (!found) find(text.trim(), name.trim());
    else keep().then(leave);
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    draw(null);
    focusStage();
  };
  return html`<form class="drawn-form" ref=${form} style=${{ transform: `translate(${Math.round(x)}px, ${Math.round(y)}px)` }} onSubmit=${submit} onKeyDown=${onKeyDown} aria-label="The number in the drawn box">
    <label class="shows">It shows <input id="drawn-text" class="number" placeholder=${whole ? (seen?.text ?? "") : "79.05"} autocomplete="off" spellcheck=${false} required=${!whole} value=${text} onInput=${change(setText)} aria-describedby="drawn-news" aria-invalid=${problem ? "true" : undefined} /></label>
    <label>Call it <input autocomplete="off" spellcheck=${false} required list="readout-names" value=${name} onInput=${change(setName)} /></label>
    <datalist id="readout-names">${names.map((each) => html`<option value=${each}></option>`)}</datalist>
    <p id="drawn-news" class=${problem ? "words error" : "words quiet"} role="status">${problem || (whole ? readingWords(seen, editor.reading.value) : words({ found, busy, again: names.includes(name.trim()), name }))}</p>
    <div class="tools">
      <button class="primary" disabled=${busy}>${whole ? "Keep" : busy ? "Searching …" : found ? "Keep these" : "Find digits"}</button>
      ${
        whole
          ? ""
          : found
            ? html`<button type="button" onClick=${() => (editor.found.value = null)}>Back</button>`
            : html`<button type="button" disabled=${busy} onClick=${() => shareOut(text, name.trim())}>By hand</button>`
      }
      ${!found && html`<button type="button" disabled=${busy} title=${KINDS[editor.kind.value].title} onClick=${() => takeFor(whole ? "boxes" : "window")}>${KINDS[editor.kind.value].other}</button>`}
      <button type="button" class="small" aria-label="Discard the drawn box" onClick=${() => (draw(null), focusStage())}>✕</button>
    </div>
  </form>`;
}

const KINDS = {
  window: { other: "Fixed boxes", title: "One box for each digit: for numbers whose digits never move" },
  boxes: { other: "One window", title: "One window around the whole number, whatever its length" },
};

/** Back to the picture, unless another box was drawn meanwhile, or something else has the keyboard. */
const leave = () => editor.drawn.value || document.activeElement !== document.body || focusStage();

/** What is read in the window that is being drawn. */
function readingWords(seen, reading) {
  if (!seen) return reading ? "Reading …" : "";
  if (seen.flags.includes("cut")) return `Reads ${seen.text}. It touches the edge: draw wider, so that all of it fits.`;
  if (!seen.text) return "No number is read here. Draw closer around one, or type what it shows.";
  const sure = `Reads ${seen.text}, ${percent(seen.confidence)} sure.`;
  return seen.flags.length ? `${sure} Type what it shows if that is wrong.` : `${sure} Enter keeps it.`;
}

function words({ found, busy, again, name }) {
  if (busy) return "Trying places, pitches and gaps.";
  if (!found)
    return again
      ? `“${name}” is drawn anew: its boxes will be replaced.`
      : "Type exactly what you see, with its point.";
  const boxes = counted(found.boxes.length, "box", "boxes");
  if (found.confidence === null) return `${boxes}, side by side. Keep them, then move each into place.`;
  if (found.confidence < LOST)
    return "Nothing in there looks like that. Go back and draw tighter around the number, or share the box out by hand.";
  const doubt =
    found.confidence < DOUBTFUL_BELOW
      ? " Look at the crops below: draw tighter, or keep and move them."
      : " Enter keeps them.";
  return `Found ${boxes}, ${percent(found.confidence)} sure.${doubt}`;
}
