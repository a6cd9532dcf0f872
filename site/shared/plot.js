// Plots of lines by uPlot, which needs no inline styles and does not mind 100,000 points.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

const COLOURS = 6;

/** A colour of the page by its CSS variable. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** The colour of line `k`, and its CSS class. */
export const lineColour = (k) => colour(`--${lineClass(k)}`);
export const lineClass = (k) => `series-${(k % COLOURS) + 1}`;

/** What all axes look like. */
export const axis = () => ({
  stroke: colour("--quiet"),
  grid: { stroke: colour("--line"), width: 1 },
  ticks: { show: false },
  font: "12px system-ui",
});

/**
 * A plot as wide as its holder, drawn anew when one of `dependencies` changes or the page turns dark or light.
 *
 * @param {() => Record<string, any> & { height: number; series: any[] }} options uPlot's, with the height in pixels
 * @param {() => import("uplot").AlignedData} data uPlot's
 * @param {unknown[]} dependencies
 * Returns {holder, plot}: refs to the element to draw in, and to the plot, which is there in later effects.
 */
export function usePlot(options, data, dependencies) {
  const holder = useRef(/** @type {any} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const latest = useRef({ options, data });
  latest.current = { options, data };
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      const made = latest.current.options();
      const whole = { ...made, width: holder.current.clientWidth, legend: { show: false } };
      plot.current = new uPlot(whole, latest.current.data(), holder.current);
    };
    draw();
    const resized = new ResizeObserver(([entry]) =>
      plot.current.setSize({ width: Math.round(entry.contentRect.width), height: plot.current.height }),
    );
    resized.observe(holder.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      plot.current.destroy();
      plot.current = null;
    };
  }, dependencies);
  return { holder, plot };
}
