import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { examples, inspect, embeddingMap } from "../../session/queries.js";
import { nearest } from "../../shared/arrays.js";
import { Pixels } from "../../shared/Pixels.js";
import { useAsync } from "../../state/useAsync.js";
import { store, goTo, rowOf } from "../../state/store.js";

const SIZE = 420;
const EDGE = 18;
const REACH = 12;
/** It is drawn again after so long without typing, in ms: it takes a moment. */
const PAUSE = 1500;

/** The embeddings in two dimensions: a crop that lies with strangers is worth a look. */
export function EmbeddingMap() {
  const canvas = useRef(null);
  const [near, setNear] = useState(null);
  const found = useAsync(embeddingMap, [store.news.value], PAUSE);
  const at = (k) =>
    [found.x[k], found.y[k]].map((value, axis) => EDGE + ((axis ? 1 - value : value + 1) / 2) * (SIZE - 2 * EDGE));
  useEffect(() => {
    if (found) draw(canvas.current, found, at, near);
  }, [found, near]);
  useEffect(() => setNear(null), [found]);
  const find = (event) => {
    if (!found) return;
    const { left, top, width } = canvas.current.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top].map((value) => (value / width) * SIZE);
    const distance = (k) => Math.hypot(at(k)[0] - x, at(k)[1] - y);
    setNear(nearest([...found.points.keys()], distance, REACH));
  };
  const step = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Enter" && point) open();
    if (!by || !found?.points.length) return;
    event.preventDefault();
    setNear(((near ?? -1) + by + found.points.length) % found.points.length);
  };
  const point = near === null ? null : found?.points[near];
  const open = () => {
    if (!rowOf.value.has(point?.frame)) return;
    store.readout.value = point.readout;
    goTo(rowOf.value.get(point.frame));
    document.querySelector(".labeller").scrollIntoView({ block: "nearest" });
  };
  return html`<section class="panel scatter" aria-labelledby="scatter-title">
    <h2 id="scatter-title">The map</h2>
    <p class="quiet">Examples are characters, readings dots, in the colour of what they are; what looks alike lies together. Outliers are mistakes or new shapes.</p>
    <canvas ref=${canvas} width=${SIZE * 2} height=${SIZE * 2} tabindex="0" role="img" aria-label=${`Map of ${found?.points.length ?? 0} crops; arrow keys go from one to the next, Enter to its frame`}
      onPointerMove=${find} onPointerDown=${find} onPointerLeave=${() => setNear(null)} onKeyDown=${step} onClick=${open}></canvas>
    <${Near} point=${point} />
  </section>`;
}

function Near({ point }) {
  const seen = useAsync(
    () => (point?.frame && rowOf.value.has(point.frame) ? inspect(point.frame) : Promise.resolve(null)),
    [point],
  );
  const box =
    point &&
    seen?.frame === point.frame &&
    seen.readouts.find(({ readout }) => readout === point.readout)?.boxes?.[point.box];
  const given = useAsync(examples, [store.state.value]);
  const crop = box || (point?.source && given?.find(({ source }) => source === point.source));
  return html`<p class="near" role="status">${point ? html`${crop ? html`<${Pixels} picture=${crop} />` : ""}<strong class="number">${point.label}</strong> <span class="quiet">${point.source ?? `${point.frame} ${point.readout}, box ${point.box + 1}, as it is read`}</span>` : " "}</p>`;
}

function draw(canvas, { points }, at, near) {
  const context = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const labels = [...new Set(points.map(({ label }) => label))].sort();
  const hue = (label) =>
    `oklch(${style.colorScheme === "dark" || matchMedia("(prefers-color-scheme: dark)").matches ? 0.78 : 0.55} 0.15 ${(labels.indexOf(label) * 360) / labels.length})`;
  context.setTransform(2, 0, 0, 2, 0, 0);
  context.clearRect(0, 0, SIZE, SIZE);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "700 12px ui-monospace, monospace";
  points.forEach(({ label, source }, k) => {
    context.fillStyle = hue(label);
    context.globalAlpha = source ? 1 : 0.45;
    const [x, y] = at(k);
    if (source) context.fillText(label, x, y);
    else context.fillRect(x - 1.5, y - 1.5, 3, 3);
  });
  context.globalAlpha = 1;
  if (near === null) return;
  context.strokeStyle = style.color;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(...at(near), 9, 0, 7);
  context.stroke();
}
