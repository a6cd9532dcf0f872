// Values over time, the newest at the end: what a running chart shows.

import { lowerBound } from "../../shared/arrays.js";

/** Points kept, whatever the rate: half an hour at 30 a second. */
const MOST = 54_000;

/** Times in seconds and, by readout, values: null where a text is no number. */
export class TimeWindow {
  times = [];
  values = new Map();

  add(time, readings) {
    for (const { readout, value } of readings) {
      if (!this.values.has(readout)) this.values.set(readout, new Array(this.times.length).fill(null));
      this.values.get(readout).push(value ?? null);
    }
    this.times.push(time);
    for (const line of this.values.values()) if (line.length < this.times.length) line.push(null); // no part of the layout any more
    if (this.times.length > MOST * 1.25)
      for (const line of [this.times, ...this.values.values()]) line.splice(0, line.length - MOST);
  }

  /** The last `seconds`, for uPlot: [times, ...values of `names`]. */
  last(seconds, names) {
    const first = lowerBound(this.times, (this.times.at(-1) ?? 0) - seconds);
    const none = this.times.slice(first).fill(null);
    return [this.times.slice(first), ...names.map((name) => this.values.get(name)?.slice(first) ?? none)];
  }

  clear() {
    this.times = [];
    this.values = new Map();
  }
}
