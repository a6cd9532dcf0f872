import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { addFiles, forgetProblems, removeFrame } from "../../session/add_files.js";
import { thumbnailOf } from "../../session/open_videos.js";
import { nameOf } from "../../state/frame_names.js";
import { readouts, reportErrors, store } from "../../state/store.js";
import { Thumbnail } from "./Thumbnail.js";
import { VideoCards } from "./VideoCard.js";
import { counted } from "../../shared/format.js";

/** In pixels: how wide a tile is at least, the gap beside it, and what it takes below its thumbnail. */
const TILE = { width: 166, gap: 12, below: 40 };

/** A frame of a clip is decoded for its thumbnail once it was on screen for so long, in ms. */
const LINGER = 150;

/** Bringing frames, and all that were brought; `children` are other ways to bring some. */
export function FramesView({ openDemoClip, children }) {
  const frames = store.frames.value;
  const demo = store.project.value.id === null;
  const [next, view] = readouts.value.length ? ["Next: see the readings", "read"] : ["Next: mark the number", "mark"];
  return html`<section class="panel bench-frames" aria-labelledby="frames-title">
    <h2 id="frames-title">Your frames</h2>
    <${Bring} large=${!frames.length || demo}>${children}${demo && openDemoClip ? html`<button onClick=${reportErrors(openDemoClip)}>Try it on a video</button>` : ""}<//>
    <${Problems} />
    <${VideoCards} />
    ${
      frames.length
        ? html`<div class="frames-line"><p class="line"><strong>${counted(frames.length, "frame")}</strong>
      <small>${frames[0].width ? `${frames[0].width} × ${frames[0].height} pixels, ` : ""}in the order of their ${frames.every(({ clip }) => clip) ? "times" : "names"}${demo ? ", from the demo: try everything on them" : ""}</small></p>
      <button class=${demo ? "" : "primary"} onClick=${() => (store.view.value = view)}>${next}</button></div>
      <${Grid} frames=${frames} />`
        : html`<p class="quiet lead">Pictures or a video of one display: a clock, a meter, a scoreboard. Six pictures are enough to try it, and six thousand are fine.</p>`
    }
  </section>`;
}

/** How many files were left out, and how many are read in a way that is said. */
function headingOf(problems) {
  const notes = problems.filter(({ note }) => note).length;
  const left = problems.length - notes;
  const told = (count, words) =>
    html`<strong>${count.toLocaleString("en")}</strong> ${count === 1 ? "file" : "files"} ${words}`;
  if (!left) return told(notes, "changed to be read");
  return html`${told(left, "couldn't be added")}${notes > 0 && html`, ${told(notes, "changed to be read")}`}`;
}

function Bring({ large, children }) {
  const pick = (event) => {
    addFiles(event.target.files);
    event.target.value = "";
  };
  return html`<div class=${large ? "bring large" : "bring"}>
    <p>${large ? html`<strong>Drop pictures here</strong>, a video, a folder, or a zip. Anywhere on the page will do; pasting works too.` : "Drop more at any time."}</p>
    <div class="tools">
      <label class=${large ? "button primary" : "button"}>Choose files <input class="unseen" type="file" multiple accept="image/*,video/*,.mkv,.mjpeg,.mjpg,.ts,.mts,.m2ts,.avi,.vob,.lrv,.insv,.3gp,.jfif,.heic,.zip" onChange=${pick} /></label>
      <label class="button">Choose a folder <input class="unseen" type="file" webkitdirectory onChange=${pick} /></label>
      ${children}
    </div>
    ${large ? html`<p class="quiet">They stay on this computer. Videos are MP4, MOV, WebM, MKV, TS, AVI or FLV, as long as you like; where the browser lacks a codec, you are told the <code>ffmpeg</code> command that helps.</p>` : ""}
  </div>`;
}

function Problems() {
  const problems = store.problems.value;
  if (!problems.length) return null;
  return html`<details class="problems" open>
    <summary>${headingOf(problems)}</summary>
    <ul tabindex="0">${problems.slice(0, 200).map(({ name, why, next }) => html`<li><code>${name}</code>: ${why}. <span class="quiet">${next}</span></li>`)}</ul>
    ${problems.length > 200 ? html`<p class="quiet">and ${(problems.length - 200).toLocaleString("en")} more.</p>` : ""}
    <button onClick=${forgetProblems}>Dismiss the list</button>
  </details>`;
}

/** All frames as thumbnails, of which only those on screen are drawn. */
function Grid({ frames }) {
  const box = useRef(null);
  const [{ top, width, height }, setPlace] = useState({ top: 0, width: 1000, height: 600 });
  useEffect(() => {
    const look = () =>
      box.current &&
      setPlace({ top: box.current.scrollTop, width: box.current.clientWidth, height: box.current.clientHeight });
    const watch = new ResizeObserver(() => requestAnimationFrame(look));
    watch.observe(box.current);
    box.current.addEventListener("scroll", look, { passive: true });
    return () => watch.disconnect();
  }, []);
  const columns = Math.max(2, Math.floor(width / (TILE.width + TILE.gap)));
  const wide = Math.floor(width / columns);
  const high = Math.round((wide - TILE.gap) * 0.75) + TILE.below;
  const rows = Math.ceil(frames.length / columns);
  const first = Math.max(0, Math.floor(top / high) - 1);
  const last = Math.min(rows, Math.ceil((top + height) / high) + 1);
  const shown = frames.slice(first * columns, last * columns);
  return html`<div class="frame-grid" ref=${box} style=${{ "--rows": `${rows * high}px` }} tabindex="0" role="group" aria-label="Frames">
    <ul style=${{ height: `${rows * high}px` }}>${shown.map((frame, k) => {
      const at = first * columns + k;
      const place = {
        width: `${wide - TILE.gap}px`,
        transform: `translate(${(at % columns) * wide}px, ${Math.floor(at / columns) * high}px)`,
      };
      return html`<li key=${frame.name} style=${place}>
        <button class="tile" title=${frame.name} onClick=${() => ((store.current.value = at), (store.view.value = "mark"))}>
          ${frame.clip ? html`<${ClipThumbnail} frame=${frame} />` : html`<${Thumbnail} blob=${frame.thumbnail} />`}<span class="name">${nameOf(frame)}</span>
        </button>
        <button class="small remove" aria-label=${`Remove ${frame.name}`} title="Remove it from the project" onClick=${reportErrors(() => removeFrame(frame))}>✕</button>
      </li>`;
    })}</ul>
  </div>`;
}

/** A frame of a clip, decoded when it has been on screen for a moment. */
function ClipThumbnail({ frame }) {
  const [blob, setBlob] = useState(null);
  const state = store.clips.value.find(({ name }) => name === frame.clip)?.state;
  useEffect(() => {
    const looking = new AbortController();
    const timer = setTimeout(
      () =>
        thumbnailOf(frame, looking.signal).then(
          (found) => looking.signal.aborted || setBlob(found),
          () => {},
        ),
      LINGER,
    );
    return () => {
      clearTimeout(timer);
      looking.abort();
    };
  }, [frame.name, state]);
  return html`<${Thumbnail} blob=${blob} />`;
}
