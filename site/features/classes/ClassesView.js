import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { Pixels } from "../../shared/Pixels.js";
import { reportErrors } from "../../state/store.js";
import { asking, problem, startCamera, stopCamera, stream } from "./camera.js";
import { Choose } from "./Choose.js";
import { ClassCard } from "./ClassCard.js";
import * as model from "./classes.js";
import { storageProblem, unsaved } from "./kept.js";

/** The camera and what is seen, beside the classes. */
export function ClassesView() {
  useEffect(listen, []);
  const { classes, undo, redo, next } = model.state.value;
  if (!classes.length && !next) return null; // Python has not said anything yet
  return html`<div class="classes">
    <section class="panel viewer" aria-labelledby="viewer-title">
      <h2 id="viewer-title" class="unseen">What is seen</h2>
      <${Viewer} /><div><${Answer} />${next && html`<p class="quiet" role="status">${next}</p>`}</div>
    </section>
    <div class="class-list">
      ${classes.map((each) => html`<${ClassCard} key=${each.number} one=${each} />`)}
      <div class="class-tools">
        <button onClick=${reportErrors(model.addClass)}>Add a class</button>
        <button disabled=${!undo} onClick=${reportErrors(model.undo)} title=${undo ? `Undo: ${undo}` : "Nothing to undo"}>Undo</button>
        <button disabled=${!redo} onClick=${reportErrors(model.redo)} title=${redo ? `Redo: ${redo}` : "Nothing to redo"}>Redo</button>
      </div>
      <${Score} />
      <${Files} />
    </div>
  </div>`;
}

/** The camera's picture, or the file's; only the middle square is looked at, and only that is shown. */
function Viewer() {
  const video = useRef(null);
  const picture = model.tried.value;
  const live = stream.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = live;
  }, [live, picture]);
  const trouble = problem.value;
  return html`<div class="view">${
    picture
      ? html`<${Pixels} picture=${picture.picture} label=${picture.name} />`
      : live
        ? html`<video ref=${video} autoplay muted playsinline aria-label="The camera"></video>`
        : html`<div class="empty">
          ${trouble && html`<p role="alert"><strong>${trouble.title}.</strong> ${trouble.text}</p>`}
          <button class="primary" disabled=${asking.value} onClick=${startCamera}>${asking.value ? "Allow the camera …" : "Start the camera"}</button>
          ${!trouble && html`<p class="quiet">What it sees stays in this tab. Pictures from files do as well.</p>`}
        </div>`
  }</div>
  <p class="viewer-tools">
    ${picture && html`<button class="small" onClick=${model.endTrying}>Back to the camera</button>`}
    ${live && !picture && html`<button class="small" onClick=${() => stopCamera()}>Stop the camera</button>`}
    <${Choose} title="Try a picture" accept="image/*" onChoose=${([file]) => model.tryPicture(file)} />
  </p>`;
}

/** A bar for each class that was learned. */
function Answer() {
  const { classes } = model.state.value;
  const found = model.seen.value;
  if (!found?.best) return null;
  const unlike = found.distance > 1;
  const best = classes.find(({ number }) => number === found.best)?.name;
  return html`<p class=${unlike ? "verdict unlike" : "verdict"} role="status">${unlike ? "Not like any example" : best}</p>
    <dl class="chances">${classes
      .filter(({ number }) => number in found.probabilities)
      .map(({ number, name }) => {
        const share = found.probabilities[number];
        return html`<div key=${number} class=${number === found.best && !unlike ? "best" : ""}>
        <dt>${name}</dt>
        <dd><meter min="0" max="1" value=${share} aria-label=${`Probability of ${name}`}></meter><span class="number">${Math.round(100 * share)} %</span></dd></div>`;
      })}</dl>
    ${unlike && html`<p class="quiet">The bars say which class is least unlike. Show it a few of these, as a class of their own.</p>`}`;
}

function Score() {
  const { classes } = model.state.value;
  if (classes.filter(({ shots }) => shots.length).length < 2) return null;
  const found = model.score.value;
  const few = html`Press each class’s button a second time, from another side, and this says how good it is.`;
  return html`<p class="class-score quiet">${
    found
      ? html`<strong>${found.right} of ${found.total}</strong> pictures right, each asked of a reader that had not learned from it, nor from others
        recorded with it.${found.too_few ? " Too few to tell yet." : ""}`
      : few
  }</p>`;
}

function Files() {
  const taught = model.state.value.classes.filter(({ shots }) => shots.length).length;
  const trouble = storageProblem.value;
  return html`<section class="panel class-files" aria-labelledby="files-title">
    <h2 id="files-title">Take it along</h2>
    <div class="class-tools">
      <button disabled=${taught < 2} onClick=${reportErrors(model.exportClassifier)}>Classifier (ONNX)</button>
      <button disabled=${!taught} onClick=${reportErrors(model.exportExamples)}>Examples (zip)</button>
      <${Choose} title="Open examples" accept=".zip" onChoose=${([file]) => model.openExamples(file)} />
    </div>
    <p class="quiet">${
      trouble
        ? html`<strong>${trouble.message}</strong> ${trouble.next.replace("save your project to a file", "download the examples")}`
        : unsaved.value
          ? "The last change is being stored …"
          : "All of it is kept in this browser: a reload loses nothing."
    }</p>
  </section>`;
}

/** A file that misses its target must not open in this tab, in place of the page. */
function listen() {
  const stay = (event) => event.preventDefault();
  addEventListener("dragover", stay);
  addEventListener("drop", stay);
  return () => {
    removeEventListener("dragover", stay);
    removeEventListener("drop", stay);
  };
}
