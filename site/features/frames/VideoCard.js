import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { countOf, indexAt } from "../../media/video_frames.js";
import { addFiles } from "../../session/add_files.js";
import { allow, removeClip, setChoice } from "../../session/videos.js";
import { clock, counted } from "../../shared/format.js";
import { store, goTo, progress, readouts, reportErrors } from "../../state/store.js";
import { VideoPreview } from "./VideoPreview.js";

const KEYS = { ",": -1, ".": 1, "<": -10, ">": 10 };

/** The project's clips, a card each. */
export function VideoCards() {
  const clips = store.clips.value;
  if (!clips.length) return null;
  return html`<ul class="clips" aria-label="Clips">${clips.map((clip) => html`<li key=${clip.name}><${Card} clip=${clip} /></li>`)}</ul>`;
}

function Card({ clip }) {
  const { name, state, times } = clip;
  const [at, setAt] = useState(0);
  const shown = Math.min(at, times.length - 1);
  const step = (by) => setAt(Math.max(0, Math.min(times.length - 1, shown + by)));
  const onKeyDown = (event) => {
    const by = KEYS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=number], select"))
      return;
    event.preventDefault();
    step(by);
  };
  return html`<article class="clip" aria-label=${name} onKeyDown=${onKeyDown}>
    <header><h3 title=${name}>${name}</h3><button class="small" aria-label=${`Remove ${name}`} onClick=${reportErrors(() => removeClip(name))}>Remove</button></header>
    <p class="quiet facts number">${factsOf(clip)}</p>
    ${state === "here" ? html`<${VideoPreview} clip=${clip} time=${times[shown]} />` : html`<${Away} clip=${clip} />`}
    ${
      state === "here"
        ? html`<div class="scrub">
      <button aria-label="One frame back" title="One frame back (,)" disabled=${shown === 0} onClick=${() => step(-1)}>◀</button>
      <input type="range" min="0" max=${times.length - 1} value=${shown} aria-label=${`Frame of ${name}`} aria-valuetext=${`${clock(times[shown], 3)}, frame ${shown + 1} of ${times.length}`}
        onInput=${(event) => setAt(Number(event.target.value))} />
      <button aria-label="One frame on" title="One frame on (.)" disabled=${shown === times.length - 1} onClick=${() => step(1)}>▶</button>
      <output class="number">${clock(times[shown], 3)} <small class="quiet">${(shown + 1).toLocaleString("en")} of ${times.length.toLocaleString("en")}</small></output>
    </div>
    <${Choice} clip=${clip} time=${times[shown]} show=${setAt} />`
        : ""
    }
    <${Next} clip=${clip} time=${times[shown]} />
  </article>`;
}

function factsOf({ width, height, codec, duration, frameRate, times, total, audio, size, state }) {
  const rate = frameRate && `${Number(frameRate.toFixed(2))} frames a second`;
  const all = state === "gone" && size === null ? null : counted(total ?? times.length, "frame");
  return [
    `${width} × ${height}`,
    codec,
    duration && clock(duration, duration < 60 ? 1 : 0),
    rate,
    all,
    audio && "its sound is not listened to",
  ]
    .filter(Boolean)
    .join(", ");
}

/** What to do about a clip whose file is not at hand. */
function Away({ clip: { name, state, problem } }) {
  const pick = (event) => {
    addFiles([...event.target.files]);
    event.target.value = "";
  };
  if (state === "opening") return html`<p class="away quiet" role="status">Opening …</p>`;
  if (state === "asks")
    return html`<div class="away"><p>The browser wants to hear from you before it opens ${name} again.</p><button class="primary" onClick=${reportErrors(() => allow(name))}>Open ${name}</button></div>`;
  return html`<div class="away"><p><strong>Drop ${name} again to go on.</strong> ${problem ? `It could not be opened: ${problem}.` : "What was read of it is all here; the video itself is too large to keep, or stayed behind on another computer."}</p>
    <label class="button primary">Choose ${name} <input class="unseen" type="file" accept="video/*,.mkv" onChange=${pick} /></label></div>`;
}

/** From where to where, and how many of the frames. */
function Choice({ clip, time, show }) {
  const { name, times, every, start, end } = clip;
  const [error, setError] = useState("");
  const [draft, setDraft] = useState(null);
  const unit = draft?.unit ?? (every?.seconds ? "seconds" : "frames");
  const value = draft?.value ?? every?.seconds ?? every?.frames ?? 1;
  const apply = async (news) => {
    setError("");
    try {
      await setChoice(name, news);
      return true;
    } catch (problem) {
      setError(problem.message);
    }
  };
  const step = async (text, of) => {
    const number = Number(text);
    const asked = { unit: of, value: text };
    setDraft(asked);
    if (!(number > 0)) return setError("Say one frame every how many, 1 or more.");
    const done = await apply({
      every: of === "seconds" ? { seconds: number } : number === 1 ? null : { frames: Math.round(number) },
    });
    if (done) setDraft((now) => (now === asked ? null : now)); // else something else was typed meanwhile
  };
  const first = start === null ? times[0] : times[Math.min(times.length - 1, indexAt(times, start))];
  const last = end === null ? times.at(-1) : times[indexAt(times, end)];
  const [from, to] = [`Start of what is read: ${clock(first, 3)}`, `End of what is read: ${clock(last, 3)}`];
  return html`<div class="choice">
    <div class="points">
      <button onClick=${() => apply({ start: time })} title="What is read begins at the frame shown">Start here</button>
      <button class="link number" aria-label=${from} title="Show this frame" onClick=${() => show(indexAt(times, first))}>${clock(first, 3)}</button>
      <span aria-hidden="true">–</span>
      <button class="link number" aria-label=${to} title="Show this frame" onClick=${() => show(indexAt(times, last))}>${clock(last, 3)}</button>
      <button onClick=${() => apply({ end: time })} title="What is read ends with the frame shown">End here</button>
      <button disabled=${start === null && end === null} onClick=${() => apply({ start: null, end: null })}>All of it</button>
    </div>
    <div class="every"><label for=${`every-${name}`}>One frame every</label>
      <input id=${`every-${name}`} class="number" type="number" min=${unit === "frames" ? 1 : 0} step=${unit === "frames" ? 1 : "any"} value=${value}
        aria-invalid=${error ? "true" : undefined} onInput=${(event) => setDraft({ unit, value: event.target.value })} onChange=${(event) => step(event.target.value, unit)} />
      <select aria-label="of" value=${unit} onChange=${(event) => step(1, event.target.value)}>
        <option value="frames">frames</option><option value="seconds">seconds</option></select></div>
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </div>`;
}

function Next({ clip, time }) {
  const { name, times, chosen, total, state, size } = clip;
  const read = countOf(clip);
  const { done, total: planned } = progress.value;
  const look = (view) => {
    const frames = store.frames.value;
    const first = frames.findIndex((frame) => frame.clip === name);
    const own = frames.slice(first, first + read).map((frame) => frame.time);
    if (first >= 0) goTo(first + indexAt(own, time));
    store.view.value = view;
  };
  const all = state === "gone" && size === null ? read : (total ?? times.length);
  return html`<div class="clip-next"><p role="status"><strong class="number">${read === all ? "All" : `${read.toLocaleString("en")} of`} ${counted(all, "frame")}</strong> ${done < planned || !planned ? "will be" : "are"} read${read < chosen.length ? `, ${(chosen.length - read).toLocaleString("en")} left out` : ""}.</p>
    ${
      readouts.value.length
        ? html`<button onClick=${() => look("mark")}>Look at this frame</button><button onClick=${() => look("read")}>Read it</button>`
        : html`<button class="primary" onClick=${() => look("mark")}>Mark the number</button>`
    }</div>`;
}
