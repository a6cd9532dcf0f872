import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Pixels } from "../../views/pixels.js";
import { goTo, inspect, nextBest, type, untype } from "../engine.js";
import { bench, frame, key, readout, readouts, rowOf, typed } from "../store.js";
import { later } from "./later.js";

/** One frame at a time: its crops, what was read, and a field for what it shows. */
export function Labeller() {
  const queue = later(nextBest, [bench.news.value, bench.review.value]);
  return html`<section class="panel labeller" aria-labelledby="teach-title">
    <h2 id="teach-title">Teach it</h2>
    <div class="teach-columns">
      <div><${Entry} queue=${queue} /><${News} /></div>
      <${Queue} queue=${queue} />
    </div>
  </section>`;
}

function Entry({ queue }) {
  const field = useRef();
  const [error, setError] = useState("");
  const { name } = frame.value;
  const chosen = readout.value;
  const found = later(() => inspect(name), [name, chosen.name, bench.readings.value, bench.state.value]);
  const seen = found?.frame === name ? found.readouts.find((each) => each.readout === chosen.name) : null;
  const known = typed.value.get(key(name, chosen.name));
  useEffect(() => {
    field.current.value = known ?? "";
    field.current.focus({ preventScroll: true });
    setError("");
  }, [name, chosen.name, known]);

  const next = () => {
    const following = queue?.items.find((item) => item.frame !== name && !typed.value.has(key(item.frame, item.readout)));
    if (following) open(following);
    else goTo(bench.current.value + 1);
  };
  const keep = async (text) => {
    try {
      await type(name, chosen.name, text);
      next();
    } catch (problem) {
      setError(problem.message);
    }
  };
  const submit = (event) => {
    event.preventDefault();
    const text = field.current.value.trim() || seen?.text;
    if (text) keep(text);
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step) goTo(bench.current.value + step);
    else if (event.key.toLowerCase() === "n" && !chosen.format.toLowerCase().includes("n")) keep(null);
    else return;
    event.preventDefault();
  };
  return html`<form class="entry" onSubmit=${submit}>
    <p class="line"><strong>${name}</strong> <small class="number">${bench.current.value + 1} of ${bench.frames.value.length}</small>
      ${readouts.value.length > 1 ? html`<select aria-label="Readout" value=${chosen.name} onChange=${(event) => (bench.readout.value = event.target.value)}>
        ${readouts.value.map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select>` : ""}</p>
    <div class="entry-crops">${seen?.boxes?.map((box, k) => html`<figure><${Pixels} picture=${box} />
      <figcaption class="number">${seen.labels[k]} <small>${percent(Math.max(...seen.probabilities[k]))}</small></figcaption></figure>`)}</div>
    <label>It shows <input ref=${field} class="number" autocomplete="off" spellcheck=${false} placeholder=${seen?.text ?? ""} onKeyDown=${onKeyDown}
      aria-describedby="entry-hint" aria-invalid=${error ? "true" : undefined} /></label>
    <div class="tools"><button class="primary">Keep, next frame</button>
      <button type="button" onClick=${() => keep(null)}>Not readable</button>
      <button type="button" disabled=${known === undefined} onClick=${() => untype(name, chosen.name)}>Forget</button></div>
    <p id="entry-hint" class=${error ? "error" : "quiet"} role=${error ? "alert" : undefined}>${error || hint(seen, known)}</p>
  </form>`;
}

const percent = (share) => `${Math.round(share * 100)} %`;

function hint(seen, known) {
  if (known === null) return "You said that it is not readable.";
  if (known !== undefined) return `You typed ${known}; it ${seen?.text === known ? "reads the same" : `reads ${seen?.text ?? "nothing"}`}.`;
  return "Enter with an empty field says that it was read right. ↑ ↓ for another frame, N for not readable.";
}

/** What the last label changed. */
function News() {
  const news = bench.news.value;
  const words = news?.learned && `Learned ${news.learned.examples} examples and read everything again in ${news.seconds.toFixed(2)} s; ` +
    (news.changes ? `${news.changes.toLocaleString("en")} ${news.changes === 1 ? "reading" : "readings"} changed:` : "no reading changed.");
  return html`<div class="news" role="status"><p class="number">${words || " "}</p>
    ${words && news.changes ? html`<ul>${news.changed.slice(0, 6).map(({ readout: name, row, before, after }) => html`<li>
      <button class="link number" onClick=${() => open({ row, readout: name })}>${bench.frames.value[row]?.name}: ${before} → ${after}</button></li>`)}</ul>` : ""}</div>`;
}

function open({ row, frame: name, readout: chosen }) {
  bench.readout.value = chosen;
  goTo(row ?? rowOf.value.get(name));
}

/** The frames whose label would help most. */
function Queue({ queue }) {
  if (!queue) return html`<div class="queue"><h3>Where a label helps most</h3><p class="quiet">Looking …</p></div>`;
  const { items, wrong_before: before, wrong_after: after, readings } = queue;
  return html`<div class="queue"><h3>Where a label helps most</h3>
    <p class="number">${items.length ? html`About <strong>${count(before)}</strong> of ${readings.toLocaleString("en")} readings wrong;
      labelling these ${items.length} should leave <strong>${count(after)}</strong>.` : "Nothing it reads looks doubtful. A label costs nothing, though."}</p>
    <ol>${items.map((item) => html`<li><button class="link" aria-current=${item.frame === frame.value.name && item.readout === readout.value.name ? "true" : undefined} onClick=${() => open(item)}>${item.frame}</button>
      <span class="number">${bench.readings.value[item.readout]?.texts[rowOf.value.get(item.frame)]}</span>
      <small class="quiet number">${percent(bench.readings.value[item.readout]?.confidence[rowOf.value.get(item.frame)] ?? 0)}</small></li>`)}</ol></div>`;
}

const count = (number) => (number < 0.05 ? "none" : number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString("en"));
