import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Pixels } from "../../shared/Pixels.js";
import { frameUrl, inspect } from "./demo.js";
import { framesShown, demoStore } from "./demo_store.js";

/** The whole frame with its boxes, and for each box its crop and ten probabilities. */
export function Details() {
  const frame = demoStore.selected.value;
  const dialog = useRef(null);
  const [readouts, setReadouts] = useState([]);

  useEffect(() => {
    if (frame && !dialog.current.open) dialog.current.showModal();
  }, [frame]);
  useEffect(() => {
    let stale = false;
    if (frame) inspect(frame).then((found) => stale || setReadouts(found));
    return () => (stale = true);
  }, [frame, demoStore.readings.value]);

  const frames = framesShown();
  const step = (by) =>
    (demoStore.selected.value = frames[(frames.indexOf(frame) + by + frames.length) % frames.length] ?? frame);
  const onKeyDown = ({ key, altKey, ctrlKey, metaKey }) => {
    if (!(altKey || ctrlKey || metaKey)) ({ ArrowLeft: () => step(-1), ArrowRight: () => step(1) })[key]?.();
  };
  return html`<dialog ref=${dialog} class="details" aria-labelledby="details-title" onClose=${() => (demoStore.selected.value = null)} onKeyDown=${onKeyDown}>
    ${
      frame &&
      html`<header>
      <h2 id="details-title">${frame}</h2>
      <button onClick=${() => step(-1)} aria-label="Previous frame">←</button>
      <button onClick=${() => step(1)} aria-label="Next frame">→</button>
      <button onClick=${() => dialog.current.close()}>Close</button>
    </header>
    <${Whole} frame=${frame} />
    ${readouts.filter((readout) => readout.frame === frame).map((readout) => html`<${Boxes} readout=${readout} />`)}`
    }
  </dialog>`;
}

function Whole({ frame }) {
  const {
    frame_size: [width, height],
    readouts,
  } = demoStore.layout.value;
  return html`<div class="whole">
    <img src=${frameUrl(frame)} alt=${`The whole frame ${frame}`} width=${width} height=${height} />
    <svg viewBox=${`0 0 ${width} ${height}`} aria-hidden="true">${readouts.flatMap(({ boxes }) =>
      boxes.map(([x, y, w, h]) => html`<rect x=${x} y=${y} width=${w} height=${h} />`),
    )}</svg>
  </div>`;
}

function Boxes({ readout }) {
  const [first] = demoStore.layout.value.readouts;
  const truth = readout.readout === first.name ? demoStore.dataset.value?.truths[readout.frame] : undefined;
  const verdict = truth === undefined ? "" : truth === readout.text ? " ✓" : ` ✗, it shows ${truth}`;
  return html`<section class="boxes">
    <h3>${readout.readout}: <span class="number">${readout.text}</span>${verdict} <small class="quiet">confidence ${(readout.confidence * 100).toFixed(0)} %</small></h3>
    <div class="row">${readout.boxes.map(
      (box, i) => html`<figure>
      <${Pixels} picture=${box} label=${`Box ${i + 1}, read as ${readout.labels[i]}`} />
      <table class="bars"><caption class="unseen">Probabilities of box ${i + 1}</caption><tbody>${readout.classes.map(
        (label, k) => html`<tr class=${label === readout.labels[i] ? "best" : ""}>
        <th scope="row">${label}</th>
        <td><span class="track"><span class="fill" style=${{ width: `${box.probabilities[k] * 100}%` }}></span></span></td>
        <td class="number">${(box.probabilities[k] * 100).toFixed(1)} %</td>
      </tr>`,
      )}</tbody></table>
    </figure>`,
    )}</div>
  </section>`;
}
