import { html } from "htm/preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { lowerBound } from "../../shared/arrays.js";
import { clock, counted, shownValue } from "../../shared/format.js";
import { axis, colour, lineClass, lineColour, usePlot } from "../../shared/plot.js";
import { nameOf, timeline } from "../../state/frame_names.js";
import { store, frame, goTo } from "../../state/store.js";
import { seriesOf, summaryOf } from "./series.js";
import { columns } from "./table_state.js";

const HEIGHT = 190;
/** A click finds points this near, in pixels. */
const NEAR = 12;
const STEPS = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: -Infinity,
  End: Infinity,
};

/** Steps of an axis of frames, and of one of time in seconds. */
const FRAMES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000];

/** Values over time, or over frames where they have none, a line for each readout; what is doubtful, typed or repaired is marked. */
export function Chart() {
  const count = store.frames.value.length;
  const series = useMemo(
    () =>
      columns.value.map((column) => {
        const drawn = seriesOf(column);
        return {
          name: column.name,
          places: column.places,
          notation: column.notation,
          ...drawn,
          ...summaryOf(drawn.line),
        };
      }),
    [columns.value],
  );
  const latest = useRef(null);
  latest.current = series;
  const timed = timeline.value !== null;
  const shape = `${timed} ${areTimes(series)}\n${series.map(({ name }) => name).join("\n")}`;

  const { holder, plot } = usePlot(
    () => options(latest),
    () => dataOf(latest.current, store.frames.value.length),
    [shape],
  );
  useEffect(() => refill(plot.current, dataOf(series, count)), [series, count]);
  useEffect(() => follow(plot.current, store.current.value), [store.current.value, count]);

  const onKeyDown = (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    goTo(store.current.value + step);
  };
  return html`<figure class="values">
    <div class="plot" ref=${holder} tabindex="0" role="slider" aria-label=${timed ? "Values over time" : "Values over frames"} aria-orientation="horizontal" aria-describedby="values-summary"
      aria-valuemin="1" aria-valuemax=${count} aria-valuenow=${store.current.value + 1} aria-valuetext=${spoken(series)} onKeyDown=${onKeyDown}></div>
    <figcaption>
      <ul class="legend">${series.map(({ name }, k) => html`<li key=${name}><svg width="18" height="10" aria-hidden="true"><line class=${lineClass(k)} x1="0" x2="18" y1="5" y2="5" /></svg>${name}</li>`)}
        ${marksIn(series).map(([mark, words]) => html`<li key=${mark}><svg width="12" height="12" viewBox="-6 -6 12 12" class=${mark} aria-hidden="true">${SHAPES[mark]}</svg>${words}</li>`)}</ul>
      <p class="quiet hint">Click a point to go there, drag to look closer, double-click to see all.</p>
      <p id="values-summary" class="quiet">${series.map((each) => html`<span key=${each.name}>${inWords(each)}</span> `)}</p>
    </figcaption>
  </figure>`;
}

const SHAPES = {
  doubtful: html`<circle r="3.5" />`,
  lacking: html`<path d="M0 5V-3" />`,
  typed: html`<rect x="-3.5" y="-3.5" width="7" height="7" transform="rotate(45)" />`,
  repaired: html`<circle r="3.5" />`,
};
const MARKS = { doubtful: "flagged", lacking: "no number", typed: "typed by you", repaired: "repaired" };

const marksIn = (series) => Object.entries(MARKS).filter(([mark]) => series.some((each) => each[mark].length));

function inWords({ name, places, notation, lacking, count, low, high, mean, gaps, missing }) {
  if (!count && lacking.length) return `${name}: read, but no text states a value; a row’s detail says why.`;
  if (!count) return `${name}: nothing read yet.`;
  const shown = (value) => shownValue(value, notation, places);
  const lack = missing
    ? `, ${missing.toLocaleString("en")} without a value${gaps ? ` in ${counted(gaps, "gap")}` : ""}`
    : "";
  return `${name}: ${shown(low)} to ${shown(high)}, mean ${shown(mean)}, ${count.toLocaleString("en")} values${lack}.`;
}

const spoken = (series) =>
  `${frame.value ? nameOf(frame.value) : "no frame"}: ${series.map(({ name, line, places, notation }) => `${name} ${spokenValue(line[store.current.value], notation, places)}`).join(", ")}`;

const spokenValue = (value, notation, places) => (value == null ? "nothing" : shownValue(value, notation, places));

function dataOf(series, count) {
  const fit = (line) => (line.length === count ? line : Array.from({ length: count }, (_, row) => line[row] ?? null));
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row++) numbers[row] = row + 1;
  return [timeline.value ?? numbers, ...series.map(({ line }) => fit(line))];
}

/** Other data, in the same window where one has zoomed in. */
function refill(plot, data) {
  const { min, max } = plot.scales.x;
  const all = plot.data[0];
  const zoomed = min != null && all.length > 0 && (min > all[0] || max < all.at(-1));
  plot.setData(data, !zoomed);
  if (zoomed) plot.setScale("x", { min, max });
}

/** Put the line of the current frame where it belongs. */
function follow(plot, row) {
  const left = plot.valToPos(plot.data[0][row] ?? 0, "x");
  plot.here.hidden = !(left >= 0 && left <= plot.over.clientWidth);
  plot.here.style.transform = `translateX(${left}px)`;
}

const areTimes = (series) => series.length > 0 && series.every(({ notation }) => notation?.kind === "time");
const TIMES = {
  incrs: SECONDS,
  values: (_, splits, __, ___, step) => splits.map((time) => clock(time, step < 1 ? 1 : 0)),
};

function options(latest) {
  return {
    height: HEIGHT,
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, dist: 5 } },
    scales: { x: { time: false } },
    axes: [
      {
        ...axis(),
        size: 30,
        ...(timeline.value ? TIMES : { incrs: FRAMES }),
      },
      { ...axis(), size: 56, ...(areTimes(latest.current) ? TIMES : {}) },
    ],
    series: [
      {},
      ...latest.current.map((_, k) => ({
        stroke: lineColour(k),
        width: 1.5,
        points: { size: 4, width: 1, fill: lineColour(k) },
      })),
    ],
    hooks: {
      init: [(plot) => begin(plot, latest)],
      ready: [(plot) => follow(plot, store.current.value)],
      draw: [(plot) => drawMarks(plot, latest.current)],
      setScale: [
        (plot, key) =>
          key === "x" &&
          plot.here &&
          requestAnimationFrame(() => plot.root.isConnected && follow(plot, store.current.value)),
      ],
      setSize: [(plot) => plot.here && follow(plot, store.current.value)],
    },
  };
}

/** The line of the current frame, and clicks that go to a point. */
function begin(plot, latest) {
  plot.here = document.createElement("div");
  plot.here.className = "here";
  plot.over.append(plot.here);
  let from = null;
  plot.over.addEventListener("pointerdown", ({ clientX, clientY }) => (from = [clientX, clientY]));
  plot.over.addEventListener("click", ({ clientX, clientY }) => {
    if (!from || Math.hypot(clientX - from[0], clientY - from[1]) > 4) return;
    const { left, top } = plot.over.getBoundingClientRect();
    const found = nearest(plot, clientX - left, clientY - top);
    if (found.series > 0) store.readout.value = latest.current[found.series - 1].name;
    goTo(found.row);
  });
}

/** The point next to a place on the plot; where none is near, the frame below it. */
function nearest(plot, x, y) {
  const at = plot.posToIdx(x);
  let best = { row: at, series: 0, distance: NEAR };
  const [first, last] = [plot.posToIdx(x - NEAR), plot.posToIdx(x + NEAR)];
  for (let row = first; row <= last; row++) {
    for (let series = 1; series < plot.data.length; series++) {
      if (plot.data[series][row] == null) continue;
      const distance = Math.hypot(
        plot.valToPos(plot.data[0][row], "x") - x,
        plot.valToPos(plot.data[series][row], "y") - y,
      );
      if (distance < best.distance) best = { row, series, distance };
    }
  }
  return best;
}

/** Dots for what is doubtful, ticks below where no number was read, diamonds for what was typed, rings for what was repaired. */
function drawMarks(plot, series) {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales.x;
  const xs = plot.data[0];
  const [first, last] = [lowerBound(xs, min), lowerBound(xs, max)];
  const many = series.reduce(
    (sum, { doubtful }) => sum + lowerBound(doubtful, last + 1) - lowerBound(doubtful, first),
    0,
  );
  const size = Math.max(1, Math.min(3.5, 3.5 - 0.6 * Math.log2(many / 60))) * devicePixelRatio; // many hide the line
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - size, bbox.width, bbox.height + 2 * size);
  ctx.clip();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  series.forEach(({ line, doubtful, lacking, typed, repaired }, k) => {
    const trace = (rows, shape) => {
      const upwards = rows === doubtful || rows === lacking ? rows : [...rows].sort((a, b) => a - b);
      const path = new Path2D();
      let [lastX, lastY] = [-Infinity, -Infinity];
      for (let at = lowerBound(upwards, first); at < upwards.length && upwards[at] <= last; at++) {
        const [x, y] = [
          plot.valToPos(xs[upwards[at]], "x", true),
          line[upwards[at]] === null ? bottom : plot.valToPos(line[upwards[at]], "y", true),
        ];
        if (x - lastX < 1 && Math.abs(y - lastY) < 1) continue;
        shape(path, x, y);
        [lastX, lastY] = [x, y];
      }
      return path;
    };
    const circle = (path, x, y) => (path.moveTo(x + size, y), path.arc(x, y, size, 0, 2 * Math.PI));
    const diamond = (path, x, y) => (
      path.moveTo(x, y - 1.3 * size),
      path.lineTo(x + 1.3 * size, y),
      path.lineTo(x, y + 1.3 * size),
      path.lineTo(x - 1.3 * size, y),
      path.closePath()
    );
    ctx.fillStyle = ctx.strokeStyle = colour("--wrong");
    ctx.fill(trace(doubtful, circle));
    ctx.stroke(trace(lacking, (path, x, y) => (path.moveTo(x, y + 4), path.lineTo(x, y - 2 * size))));
    ctx.fillStyle = colour("--right");
    ctx.fill(trace(typed, diamond));
    ctx.fillStyle = colour("--panel");
    ctx.strokeStyle = lineColour(k);
    const rings = trace(repaired, circle);
    ctx.fill(rings);
    ctx.stroke(rings);
  });
  ctx.restore();
}
