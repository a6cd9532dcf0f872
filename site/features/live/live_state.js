// What is known of the live source, for the view and for those who follow it.

import { signal } from "@preact/signals";
import { TimeWindow } from "./time_window.js";

export const live = {
  /** {kind: "camera" | "screen", label, deviceId, stream, hidden: "goes on" | "pauses"} while there is a source, else null. */
  source: signal(null),
  /** Being asked for: its kind, or null. */
  asking: signal(null),
  /** {title, text}: why there is no source, or why this one is not read. */
  problem: signal(null),
  misfit: signal(null),
  cameras: signal([]),
  /** The source's own size {width, height}, and the layout scaled to it: {readouts: [{name, boxes}], scaled}, or null. */
  size: signal(null),
  fitted: signal(null),
  /** The newest reading: [{readout, text, value, confidence, flags, confirmed, held: the last text that was confirmed, or null}]; and how far boxes followed their anchor for it, {x, y, lost}, or null. */
  readings: signal([]),
  shift: signal(null),
  /** {read, skipped, rate (per s), delay (ms from a frame's coming to its reading), looked (boxes embedded)}. */
  counts: signal(null),
  /** What happened while the tab was hidden last: {frames, seconds}. */
  away: signal(null),
  muted: signal(false),
  /** Whether numbers are being looked for in what the source shows. */
  finding: signal(false),
  /** The recording that grows: {name, rows, bytes, seconds}; and all there are: [{name, bytes, seconds}]. */
  recording: signal(null),
  recordings: signal([]),
  /** Whether a recording leaves out what is not confirmed. */
  onlyConfirmed: signal(false),
};

/** Values over time, for the chart. */
export const timeWindow = new TimeWindow();

/** The source being followed: {kind, stream, worker, recorder, stops, dispose}, or null. */
export const following = signal(null);
