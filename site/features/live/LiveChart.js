import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { axis, lineClass, lineColour, usePlot } from "../../shared/plot.js";
import { timeWindow } from "./live_state.js";

const HEIGHT = 160;
/** It moves this often, in ms. */
const EVERY = 250;
const SPANS = { 60: "last minute", 300: "last 5 minutes", 1800: "last half hour" };

/** The values of the last minutes, a line for each readout. */
export function LiveChart({ names }) {
  const [span, setSpan] = useState(60);
  const shape = names.join("\n");
  const { holder, plot } = usePlot(
    () => options(names),
    () => timeWindow.last(span, names),
    [shape, span],
  );
  useEffect(() => {
    const timer = setInterval(() => document.hidden || plot.current.setData(timeWindow.last(span, names)), EVERY);
    return () => clearInterval(timer);
  }, [shape, span]);
  return html`<figure class="live-chart">
    <div ref=${holder} role="img" aria-label="Values over time, running"></div>
    <figcaption><ul class="legend">${names.map((name, k) => html`<li key=${name}><svg width="18" height="10" aria-hidden="true"><line class=${lineClass(k)} x1="0" x2="18" y1="5" y2="5" /></svg>${name}</li>`)}</ul>
      <label>Show the <select value=${span} onChange=${({ target }) => setSpan(Number(target.value))}>${Object.entries(SPANS).map(([seconds, words]) => html`<option value=${seconds}>${words}</option>`)}</select></label></figcaption>
  </figure>`;
}

function options(names) {
  const lines = names.map((_, k) => ({
    stroke: lineColour(k),
    width: 1.5,
    points: { show: false },
  }));
  return {
    height: HEIGHT,
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis(), size: 30, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
      { ...axis(), size: 56 },
    ],
    series: [{}, ...lines],
  };
}
