import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { setLabel, clearLabel } from "../../session/edits.js";
import { inspect, nextBest } from "../../session/queries.js";
import { counted, entered, fits, percent, sign, visible } from "../../shared/format.js";
import { Pixels } from "../../shared/Pixels.js";
import { useTypedText } from "../../shared/useTypedText.js";
import { useAsync } from "../../state/useAsync.js";
import { nameOf } from "../../state/frame_names.js";
import {
  frame,
  goTo,
  key,
  notify,
  pending,
  readout,
  readouts,
  reportErrors,
  rowOf,
  store,
  typed,
} from "../../state/store.js";
import { own } from "../../shared/own.js";

/** One frame at a time: its crops, what was read, and a field for what it shows. */
export function Labeller() {
  const queue = useAsync(nextBest, [store.news.value, store.review.value]);
  return html`<section class="panel labeller" aria-labelledby="labelling-title">
    <h2 id="labelling-title">Label it</h2>
    <div class="labelling-columns">
      <div><${Entry} queue=${queue} /><${News} /></div>
      <${Queue} queue=${queue} />
    </div>
  </section>`;
}

function Entry({ queue }) {
  const field = useRef(null);
  const sent = useRef(new Set());
  const [error, setError] = useState(null);
  const { name } = frame.value;
  const { name: chosen, format } = readout.value;
  const row = store.current.value;
  const column = own(store.readings.value, chosen);
  const text = column?.given[row] ? column.texts[row] : null;
  const found = useAsync(() => inspect(name), [name, chosen, store.readings.value, store.state.value]);
  const seen = found?.frame === name ? found.readouts.find((each) => each.readout === chosen && each.boxes) : null;
  const known = typed.value.get(key(name, chosen));
  const problem = error?.at === key(name, chosen) ? error.text : "";
  const taken = useTypedText(field, key(name, chosen), known);
  useLayoutEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current.focus();
    field.current.select();
  }, [name, chosen]);

  /** Move on at once where the text follows the format; where not, Python's words say what is wrong. */
  const keep = async (said) => {
    const here = { row, readout: chosen };
    const moves = said === null || fits(format, said);
    setError(null);
    taken();
    const saving = setLabel(name, chosen, said);
    sent.current.add(key(name, chosen));
    if (moves) moveOn(here, queue, sent.current);
    try {
      await saving;
    } catch ({ message }) {
      setError({ at: key(name, chosen), text: message });
      if (moves)
        notify(`${name}: ${message}`, "error", {
          title: "Go back to it",
          run: () => open({ frame: name, readout: chosen }),
        });
    } finally {
      sent.current.delete(key(name, chosen));
    }
  };
  const submit = (event) => {
    event.preventDefault();
    const said = entered(format, field.current.value) || text;
    if (said) keep(said);
  };
  const onKeyDown = (event) => {
    const { value, selectionStart, selectionEnd } = event.target;
    const untouched = selectionStart === 0 && selectionEnd === value.length;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) goTo(row + step);
    else if (event.key.toLowerCase() === "n" && !event.shiftKey && untouched) keep(null);
    else return;
    event.preventDefault();
  };
  const count = store.frames.value.length;
  return html`<form class="entry" onSubmit=${submit}>
    <div class="entry-frame">
      <button type="button" aria-label="Previous frame" title="Previous frame (↑)" disabled=${row === 0} onClick=${() => goTo(row - 1)}>←</button>
      <button type="button" aria-label="Next frame" title="Next frame (↓)" disabled=${row === count - 1} onClick=${() => goTo(row + 1)}>→</button>
      <strong class="name" title=${name}>${nameOf(frame.value)}</strong>
      <small class="quiet">${(row + 1).toLocaleString("en")} of ${count.toLocaleString("en")}</small>
      ${
        readouts.value.length > 1
          ? html`<select aria-label="Readout" value=${chosen} onChange=${(event) => (store.readout.value = event.target.value)}>
        ${readouts.value.map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select>`
          : ""
      }</div>
    <div class=${seen?.spans ? "entry-crops window" : "entry-crops"}>${
      seen
        ? seen.boxes.map(
            (
              box,
              k,
            ) => html`<figure key=${k}><${Pixels} picture=${box} label=${seen.spans ? "The window" : `Box ${k + 1}`} />
      <figcaption><strong class="number">${sign(seen.labels[k])}</strong> <small class="quiet">${percent(Math.max(...seen.probabilities[k]))}</small></figcaption></figure>`,
          )
        : html`<p class="quiet">${store.work.value || pending.value ? "Reading …" : "Looking …"}</p>`
    }</div>
    <div class="entry-field"><label for="entry">It shows</label>
      <input id="entry" ref=${field} class="number" style=${{ width: `${Math.max(5, [...format].length) + 2}ch` }} autocomplete="off" spellcheck=${false}
        placeholder=${text === null ? "" : visible(text)} onKeyDown=${onKeyDown} aria-describedby="entry-hint" aria-invalid=${problem ? "true" : undefined} /></div>
    <div class="tools"><button class="primary">Keep, next frame</button>
      <button type="button" onClick=${() => keep(null)}>Not readable</button>
      <button type="button" disabled=${known === undefined} onClick=${reportErrors(() => clearLabel(name, chosen))}>Forget</button></div>
    <p id="entry-hint" class=${problem ? "error" : "quiet"} role=${problem ? "alert" : undefined}>${problem || hint(text, known)}</p>
  </form>`;
}

function hint(text, known) {
  if (known === null) return "You marked this one as not readable.";
  if (known !== undefined)
    return `You typed ${visible(known)}; it reads ${text === known ? "the same" : text === null ? "nothing yet" : visible(text)}.`;
  return "Leave empty and press Enter to confirm. ↑ ↓ for another frame, N for not readable.";
}

/** Go to a frame and readout that were not typed: the next in the queue, or else the next in the list. `sent`: what is on its way. */
function moveOn({ row, readout: chosen }, queue, sent) {
  const { value: frames } = store.frames;
  const fresh = (at, name) => [typed.value, sent].every((known) => !known.has(key(frames[at]?.name, name)));
  const following = queue?.items.find((item) => fresh(rowOf.value.get(item.frame), item.readout));
  if (following) return open(following);
  for (let step = 1; step < frames.length; step++) {
    const at = (row + step) % frames.length;
    if (fresh(at, chosen)) return open({ row: at, readout: chosen });
  }
  const other = readouts.value.find(({ name }) => frames.some((_, at) => fresh(at, name)));
  if (other) open({ row: frames.findIndex((_, at) => fresh(at, other.name)), readout: other.name });
  else notify("Every frame has been typed. There is nothing left for it to do but to agree with you.");
}

/** @param {{row?: number, frame?: string, readout: string}} where */
function open({ row, frame: name, readout: chosen }) {
  store.readout.value = chosen;
  goTo(row ?? rowOf.value.get(name));
}

const SHOWN_CHANGES = 6;

/** What the last edit changed. */
function News() {
  const news = store.news.value;
  const { learned, changes = 0, changed = [], seconds = 0 } = news ?? {};
  const from = learned?.examples
    ? `Learned ${counted(learned.examples, "example")}`
    : "Back to what it knew before any example";
  const effect = changes ? `${counted(changes, "reading")} changed` : "no reading changed";
  const words = learned && `${from}, and read everything again in ${seconds.toFixed(2)} s: ${effect}.`;
  return html`<div class="news" role="status"><p>${words || " "}</p>
    ${
      words && changes
        ? html`<ul>${changed.slice(0, SHOWN_CHANGES).map(
            (
              each,
            ) => html`<li><button class="link" onClick=${() => open(each)}>${store.frames.value[each.row]?.name}</button>
      <span class="number">${visible(each.before)} → ${visible(each.after)}</span></li>`,
          )}
      ${changes > SHOWN_CHANGES ? html`<li class="quiet">and ${(changes - SHOWN_CHANGES).toLocaleString("en")} more</li>` : ""}</ul>`
        : ""
    }</div>`;
}

/** The frames whose label would help most. */
function Queue({ queue }) {
  return html`<section class="queue" aria-labelledby="queue-title"><h3 id="queue-title">Where a label helps most</h3>
    ${
      queue
        ? html`<p>${promise(queue)}</p>
    <ol>${queue.items.map(({ frame: name, readout: chosen }) => {
      const { texts, confidence } = own(store.readings.value, chosen) ?? {};
      const row = rowOf.value.get(name);
      return html`<li key=${key(name, chosen)}><button class="link" aria-current=${name === frame.value.name && chosen === readout.value.name ? "true" : undefined}
        title=${name} onClick=${() => open({ row, readout: chosen })}>${nameOf(store.frames.value[row])}</button> <span class="quiet">${readouts.value.length > 1 ? chosen : ""}</span>
        <span class="number">${visible(texts?.[row] ?? "")}</span> <small class="quiet">${percent(confidence?.[row] ?? 0)}</small></li>`;
    })}</ol>`
        : html`<p class="quiet">Looking …</p>`
    }</section>`;
}

function promise({ items, wrong_before: before, wrong_after: after, readings }) {
  if (!readings)
    return store.state.value.typed.length
      ? "Nothing is left to ask: every reading has been typed."
      : "It has to read something first.";
  if (!items.length) return "Nothing that it reads looks doubtful. A label costs nothing, though.";
  return html`About <strong>${count(before)}</strong> of ${readings.toLocaleString("en")} readings ${before < 1.5 && before >= 0.95 ? "is" : "are"} wrong;
    labelling ${items.length === 1 ? "this one" : `these ${items.length}`} should leave <strong>${count(after)}</strong>.`;
}

const count = (number) =>
  number < 0.05 ? "none" : number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString("en");
