import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { timeWindow } from "./live.js";

const HEIGHT = 160;
/** It moves this often, in ms. */
const EVERY = 250;
const COLOURS = 6;
const SPANS = { 60: "last minute", 300: "last 5 minutes", 1800: "last half hour" };

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The values of the last minutes, a line for each readout. */
export function LiveChart({ names }) {
  const holder = useRef(null);
  const [span, setSpan] = useState(60);
  const shape = names.join("\n");
  useEffect(() => {
    let plot = null;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(options(holder.current.clientWidth, names), timeWindow.last(span, names), holder.current);
    };
    draw();
    const timer = setInterval(() => document.hidden || plot.setData(timeWindow.last(span, names)), EVERY);
    const resized = new ResizeObserver(([entry]) =>
      plot.setSize({ width: Math.round(entry.contentRect.width), height: HEIGHT }),
    );
    resized.observe(holder.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      clearInterval(timer);
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      plot.destroy();
    };
  }, [shape, span]);
  return html`<figure class="live-chart">
    <div ref=${holder} role="img" aria-label="Values over time, running"></div>
    <figcaption><ul class="legend">${names.map((name, k) => html`<li key=${name}><svg width="18" height="10" aria-hidden="true"><line class=${`series-${(k % COLOURS) + 1}`} x1="0" x2="18" y1="5" y2="5" /></svg>${name}</li>`)}</ul>
      <label>Show the <select value=${span} onChange=${({ target }) => setSpan(Number(target.value))}>${Object.entries(SPANS).map(([seconds, words]) => html`<option value=${seconds}>${words}</option>`)}</select></label></figcaption>
  </figure>`;
}

function options(width, names) {
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui",
  };
  const lines = names.map((_, k) => ({
    stroke: colour(`--series-${(k % COLOURS) + 1}`),
    width: 1.5,
    points: { show: false },
  }));
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 30, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
      { ...axis, size: 56 },
    ],
    series: [{}, ...lines],
  };
}
