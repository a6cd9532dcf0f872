import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { frameFile } from "../../runtime/boot.js";
import { addressOfFile } from "../../runtime/parts.js";
import { CropFigure } from "../../shared/CropFigure.js";
import { inspect } from "./demo.js";
import { demoStore, framesShown, layout, truthOf } from "./demo_store.js";

/** The whole frame with its boxes, and for each box its crop and ten probabilities. */
export function Details() {
  const frame = demoStore.selected.value;
  const dialog = useRef(null);
  const [seen, setSeen] = useState({ of: null, readouts: [] });

  useEffect(() => {
    if (frame && !dialog.current.open) dialog.current.showModal();
    if (!frame && dialog.current.open) dialog.current.close(); // closed and at once opened again: effects come late
  }, [frame]);
  useEffect(() => {
    let stale = false;
    if (frame) inspect(frame).then((readouts) => stale || setSeen({ of: frame, readouts }));
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
    ${seen.of === frame && seen.readouts.map((readout) => html`<${Boxes} frame=${frame} readout=${readout} />`)}`
    }
  </dialog>`;
}

function Whole({ frame }) {
  const {
    frame_size: [width, height],
    readouts,
  } = layout.value;
  return html`<div class="whole">
    <img src=${addressOfFile(frameFile(frame))} alt=${`The whole frame ${frame}`} width=${width} height=${height} />
    <svg viewBox=${`0 0 ${width} ${height}`} aria-hidden="true">${readouts.flatMap(({ boxes }) =>
      boxes.map(([x, y, w, h]) => html`<rect x=${x} y=${y} width=${w} height=${h} />`),
    )}</svg>
  </div>`;
}

function Boxes({ frame, readout }) {
  const truth = truthOf(frame, readout.readout);
  const verdict = truth === undefined ? "" : truth === readout.text ? " ✓" : ` ✗, it shows ${truth}`;
  return html`<section class="boxes">
    <h3>${readout.readout}: <span class="number">${readout.text}</span>${verdict} <small class="quiet">confidence ${(readout.confidence * 100).toFixed(0)} %</small></h3>
    <div class="row">${readout.boxes.map((box, k) => {
      const rows = readout.classes.map((label, c) => {
        const share = readout.probabilities[k][c];
        return { label, share, text: `${(share * 100).toFixed(1)} %`, best: label === readout.labels[k] };
      });
      const label = `Box ${k + 1}, read as ${readout.labels[k]}`;
      return html`<${CropFigure} crop=${box} label=${label} caption=${`Probabilities of box ${k + 1}`} rows=${rows} />`;
    })}</div>
  </section>`;
}
