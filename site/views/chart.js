import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { store } from "../store.js";

const HEIGHT = 190;
const SHOWN_STEPS = 8;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The loss after every step of the fit. uPlot draws it, since it neither needs inline styles nor minds 100,000 points. */
export function LossChart() {
  const holder = useRef();
  const chart = useRef();
  const losses = store.training.value?.losses ?? [];

  useEffect(() => {
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(options(holder.current.clientWidth), data(losses), holder.current);
    };
    draw();
    const resized = new ResizeObserver(([entry]) => chart.current.setSize({ width: entry.contentRect.width, height: HEIGHT }));
    resized.observe(holder.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      chart.current.destroy();
    };
  }, []);
  useEffect(() => chart.current.setData(data(losses)), [losses]);

  const words = losses.length ? `Loss per picture: ${losses[0].toFixed(2)} at the start, ${losses.at(-1).toFixed(3)} after ${losses.length - 1} steps` : "No loss yet";
  return html`<div class="chart" ref=${holder} role="img" aria-label=${words}></div>`;
}

const data = (losses) => [losses.map((_, step) => step), losses];

function options(width) {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: (_, low, high) => [0, Math.max(SHOWN_STEPS, high ?? 0)] }, y: { range: (_, low, high) => [0, Math.max(2.4, high ?? 0)] } },
    axes: [{ ...axis, label: "step", labelSize: 18, size: 30, incrs: [1, 2, 5, 10, 20, 50] }, { ...axis, label: "loss per picture", labelSize: 18, size: 34, incrs: [0.5, 1, 2] }],
    series: [{}, { stroke: colour("--accent"), width: 2, points: { show: true, size: 6, fill: colour("--accent") } }],
  };
}
