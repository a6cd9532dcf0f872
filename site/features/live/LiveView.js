import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FLAG_WORDS } from "../../shared/flags.js";
import { clock } from "../../shared/format.js";
import { store, readouts, reportErrors } from "../../state/store.js";
import { begin, end, noteSize } from "./live.js";
import { live } from "./live_state.js";
import {
  deleteRecording,
  downloadRecording,
  downloadSoFar,
  findInView,
  keepFrame,
  listRecordings,
  record,
  stopRecording,
} from "./recording.js";
import { LiveChart } from "./LiveChart.js";

const NAMES = { camera: "Camera", screen: "Screen" };

/** The buttons beside those that choose files. */
export function LiveButtons() {
  const asking = live.asking.value;
  const button = (kind, words) =>
    html`<button disabled=${asking !== null} aria-describedby="live-words" onClick=${() => begin(kind)}>${asking === kind ? words : NAMES[kind]}</button>`;
  return html`${button("camera", "Asking for the camera …")}${button("screen", "Asking for the screen …")}`;
}

/** The source that is watched, or why there is none; and recordings that are not saved yet. */
export function LiveView() {
  useEffect(() => void listRecordings(), []);
  const panel = useRef(null);
  const running = live.source.value !== null;
  useEffect(() => void (running && panel.current.scrollIntoView({ block: "nearest" })), [running]);
  const problem = live.problem.value;
  return html`<div class="live-view" ref=${panel}>
    ${problem && html`<div class="live-problem" role="alert"><p><strong>${problem.title}.</strong> ${problem.text}</p><button class="small" onClick=${() => (live.problem.value = null)}>Dismiss</button></div>`}
    ${running && html`<${Watching} source=${live.source.value} />`}
    <${Recordings} />
  </div>`;
}

/** In the bar of every view, while something is watched elsewhere. */
export function LiveSign() {
  const source = live.source.value;
  if (!source) return null;
  const { rate } = live.counts.value;
  const recording = live.recording.value;
  return html`<button class=${recording ? "live-sign recording" : "live-sign"} onClick=${() => (store.view.value = "frames")}
    title="To what is watched live"><span aria-hidden="true">●</span> ${recording ? "Recording" : "Live"}${rate ? html` <small>${rate.toFixed(0)}/s</small>` : ""}</button>`;
}

function Watching({ source }) {
  const stop = useRef(null);
  useEffect(() => stop.current.focus({ preventScroll: true }), [source]);
  return html`<section class="panel live" aria-labelledby="live-title">
    <header class="line"><h2 id="live-title">Live</h2><small>${source.label || NAMES[source.kind]}${live.size.value ? `, ${live.size.value.width} × ${live.size.value.height}` : ""}</small></header>
    <div class="live-columns">
      <${Preview} stream=${source.stream} />
      <div class="live-side"><${Numbers} /><${Counts} /></div>
    </div>
    <div class="tools">
      ${readouts.value.length || live.recording.value ? html`<${Record} />` : html`<button class="primary" onClick=${reportErrors(findInView)} disabled=${!live.size.value || live.finding.value}>${live.finding.value ? "Looking …" : "Find the numbers"}</button>`}
      <button onClick=${reportErrors(keepFrame)} disabled=${!live.size.value}>Keep this frame</button>
      <${Cameras} source=${source} />
      <button ref=${stop} onClick=${() => end()}>Stop</button>
    </div>
    <${State} source=${source} />
    ${live.fitted.value && html`<${LiveChart} names=${live.fitted.value.readouts.map(({ name }) => name)} />`}
    <p class="quiet live-rest">It goes on while you are in other views, until you stop it: keep a frame that is misread, say what it shows, and the next frames are read by what was learned.${" "}
      ${source.hidden === "goes on" ? "In a hidden tab it should go on; back here you are told how many frames it read meanwhile." : "In a hidden tab this browser pauses it."} Rules need a whole table, and are not applied here.</p>
  </section>`;
}

/** What the source shows, with the boxes over it. */
function Preview({ stream }) {
  const video = useRef(null);
  useEffect(() => {
    const { current } = video;
    current.srcObject = stream;
    current.play().catch(() => {}); // it is muted: what stops it is the source's end
    return () => (current.srcObject = null);
  }, [stream]);
  const tell = ({ target }) => noteSize(target.videoWidth, target.videoHeight);
  const { width = 4, height = 3 } = live.size.value ?? {};
  const { x: right, y: down } = live.shift.value ?? { x: 0, y: 0 };
  return html`<figure class="live-preview" style=${{ "aspect-ratio": `${width} / ${height}`, "--shape": width / height }}>
    <video ref=${video} muted playsinline onLoadedMetadata=${tell} onResize=${tell} aria-label="What the source shows"></video>
    ${live.fitted.value && html`<svg viewBox=${`0 0 ${width} ${height}`} aria-hidden="true"><g transform=${`translate(${right} ${down})`}>${live.fitted.value.readouts.flatMap(({ boxes }) => boxes.map(([x, y, w, h]) => html`<rect x=${x} y=${y} width=${w} height=${h} />`))}</g></svg>`}
  </figure>`;
}

/** The newest numbers, large. */
function Numbers() {
  const fitted = live.fitted.value;
  if (!fitted) return null;
  const found = new Map(live.readings.value.map((reading) => [reading.readout, reading]));
  return html`<dl class="live-numbers">${fitted.readouts.map(({ name, format }) => {
    const { text, confidence, flags = [], confirmed, held, note } = found.get(name) ?? {};
    // A screen that stands still sends no second frame.
    const waits = live.source.value?.kind === "camera" && confirmed === false && typeof held === "string";
    return html`<div key=${name} class=${flags.length ? "flagged" : ""}><dt>${name}</dt>
      <dd class=${confirmed === false ? "number waits" : "number"}>${(waits ? held : text) ?? format.replaceAll("#", "·")}</dd>
      <dd class="sure"><span class="track"><span class="fill" style=${{ width: `${(confidence ?? 0) * 100}%` }}></span></span>
        <small>${text === undefined ? "not read yet" : confidence === null ? note : `${(confidence * 100).toFixed(1)} % sure${waits ? `, now ${text.trim() || "blank"}: not confirmed yet` : confirmed ? ", confirmed" : ", not confirmed yet"}`}</small></dd>
      <dd class="why"><small>${flags.map((flag) => FLAG_WORDS[flag] ?? flag).join("; ")}</small></dd></div>`;
  })}</dl>`;
}

function Counts() {
  const { read, skipped, rate, delay, looked } = live.counts.value;
  if (!live.fitted.value) return null;
  const entries = [
    ["Read", read.toLocaleString("en"), "frames"],
    ["Skipped", skipped.toLocaleString("en"), "frames came while one was being read"],
    ["Rate", rate ? rate.toFixed(1) : "…", "readings a second"],
    ["Delay", delay === null ? "…" : `${delay.toFixed(0)} ms`, "from a frame's coming to its reading, on the average"],
    ["Boxes seen", looked.toLocaleString("en"), "that had changed; the others are not read again"],
  ];
  const shift = live.shift.value;
  if (shift)
    entries.push([
      "Moved, px",
      shift.lost ? "lost" : `${shift.x.toFixed(1)}, ${shift.y.toFixed(1)}`,
      "to the right and down: the boxes follow their anchor",
    ]);
  return html`<dl class="live-counts">${entries.map(([name, value, what]) => html`<div key=${name} title=${`${value} ${what}`}><dt>${name}</dt><dd class="number">${value}</dd></div>`)}</dl>`;
}

/** Why nothing is read, or what is odd about it. */
function State({ source }) {
  const { misfit, muted, fitted, shift, away } = live;
  const lines = [];
  if (muted.value)
    lines.push(html`The ${source.kind} sends nothing at the moment: it is covered, or the system has paused it.`);
  if (!readouts.value.length)
    lines.push(
      html`<strong>Nothing is read yet.</strong> Find the numbers, or keep a frame and mark them on it; reading begins by itself.`,
    );
  else if (misfit.value) lines.push(html`<strong>It is not read:</strong> ${misfit.value}.`);
  else if (fitted.value?.scaled) lines.push(html`The boxes were placed on another size, and are scaled to this one.`);
  if (shift.value?.lost) lines.push(html`<strong>The anchor is lost:</strong> boxes stay where they were drawn.`);
  if (away.value)
    lines.push(
      html`While this tab was hidden, ${away.value.frames.toLocaleString("en")} frames were read in ${away.value.seconds.toFixed(0)} s.`,
    );
  return html`<div class="live-state" role="status">${lines.map((line) => html`<p>${line}</p>`)}</div>`;
}

function Cameras({ source }) {
  if (source.kind !== "camera" || live.cameras.value.length < 2) return null;
  return html`<label class="live-cameras">Camera <select value=${source.deviceId} onChange=${({ target }) => begin("camera", target.value)}>
    ${live.cameras.value.map(({ deviceId, label }) => html`<option key=${deviceId} value=${deviceId}>${label}</option>`)}</select></label>`;
}

function Record() {
  const [busy, setBusy] = useState(false);
  const recording = live.recording.value;
  const press = (run) => async () => {
    setBusy(true);
    await reportErrors(run)();
    setBusy(false);
  };
  const stop = async () => {
    const kept = recording.kept;
    const name = await stopRecording();
    if (name && kept) await downloadRecording(name);
  };
  if (!recording)
    return html`<button class="primary" disabled=${busy || !live.fitted.value} onClick=${press(record)}>Record</button>
      <label><input type="checkbox" checked=${live.onlyConfirmed.value} onChange=${({ target }) => (live.onlyConfirmed.value = target.checked)} /> only what is confirmed</label>`;
  return html`<button class="primary" disabled=${busy} onClick=${press(stop)}>Stop recording</button>
    <span class="live-growing number">${clock(Math.floor(recording.seconds))}, ${recording.rows.toLocaleString("en")} rows, ${size(recording.bytes)}</span>
    ${recording.kept && html`<button onClick=${reportErrors(downloadSoFar)}>Download so far</button>`}`;
}

/** Recordings that are in this browser; the one that grows is not among them. */
function Recordings() {
  const [sure, setSure] = useState(null);
  const all = live.recordings.value.filter(({ name }) => name !== live.recording.value?.name);
  if (!all.length) return null;
  return html`<section class="live-recordings panel" aria-labelledby="recordings-title"><h3 id="recordings-title">Recordings in this browser</h3>
    <p class="quiet">Every row was written to the disk when it was read: a crash, a reload or an empty battery takes none of them.</p>
    <ul>${all.map(
      ({
        name,
        bytes,
        seconds,
      }) => html`<li key=${name}><span>A recording of <strong class="number">${clock(Math.floor(seconds))}</strong> is here <small class="quiet">${name}, ${size(bytes)}</small></span>
      <span class="tools"><button class="small" aria-label=${`Download ${name}`} onClick=${reportErrors(() => downloadRecording(name))}>Download</button>
      <button class="small" aria-label=${`${sure === name ? "Really delete" : "Delete"} ${name}`} onClick=${() => (sure === name ? (setSure(null), deleteRecording(name)) : setSure(name))}>${sure === name ? "Really delete" : "Delete"}</button></span></li>`,
    )}</ul>
  </section>`;
}

const size = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
