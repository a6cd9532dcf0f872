import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { axis, colour, usePlot } from "../../shared/plot.js";
import { demoStore } from "./demo_store.js";

const HEIGHT = 190;
const SHOWN_STEPS = 8;
const STEP_MS = 70;
const MARKS = [0.01, 0.1, 1];

/** The loss after every step of the fit, each step shown long enough to be seen. */
export function LossChart() {
  const shown = useRef(0);
  const losses = demoStore.training.value?.losses ?? [];

  const { holder, plot } = usePlot(options, () => data(losses.slice(0, shown.current)), []);
  useEffect(() => {
    shown.current = matchMedia("(prefers-reduced-motion: reduce)").matches
      ? losses.length
      : Math.min(shown.current, losses.length);
    if (losses.length < 2) shown.current = losses.length;
    const draw = () => plot.current.setData(data(losses.slice(0, shown.current)));
    draw();
    const timer = setInterval(
      () => (shown.current < losses.length ? (shown.current++, draw()) : clearInterval(timer)),
      STEP_MS,
    );
    return () => clearInterval(timer);
  }, [losses]);

  const words = losses.length
    ? `Loss per picture: ${losses[0].toFixed(2)} at the start, ${losses.at(-1).toFixed(3)} after ${losses.length - 1} steps`
    : "No loss yet";
  return html`<div class="chart" ref=${holder} role="img" aria-label=${words}></div>`;
}

const data = (losses) => [losses.map((_, step) => step), losses];

function options() {
  return {
    height: HEIGHT,
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, low, high) => [0, Math.max(SHOWN_STEPS, high ?? 0)] },
      y: { distr: 3, range: (_, low, high) => [Math.min(0.01, low ?? 1), Math.max(3, high ?? 0)] },
    },
    axes: [
      { ...axis(), label: "step", labelSize: 18, size: 30, incrs: [1, 2, 5, 10, 20, 50] },
      { ...axis(), label: "loss per picture", labelSize: 18, size: 40, splits: () => MARKS, values: () => MARKS },
    ],
    series: [{}, { stroke: colour("--accent"), width: 2, points: { show: true, size: 6, fill: colour("--accent") } }],
  };
}
