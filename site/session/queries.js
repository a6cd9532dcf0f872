// Questions to the workbench that change nothing.

import { around } from "../media/pixels.js";
import { store, rowOf, shiftOf } from "../state/store.js";
import { regionOf, regionsOf, stillRegion } from "./frame_pixels.js";
import { call, useLines } from "./python.js";

/** What Workbench.inspect gives for a frame, with its pixels handed in again where Python has forgotten them. */
export async function inspect(name) {
  const found = await call("inspect", { frame: name });
  if (found.readouts.every(({ given, boxes }) => !given || boxes.length)) return found;
  const { regions, clip_regions: clipRegions } = await call("missing");
  const again = await regionsOf(name, store.frames.value[rowOf.value.get(name)]?.clip ? clipRegions : regions);
  await call("add_frames", { frames: [again] });
  return call("inspect", { frame: name });
}

/**
 * What boxes or a window that are no part of the layout yet show on a frame, as reading_view in
 * readout/workbench/views.py has it. readout: as in layout.json.
 */
export async function probe(name, readout, signal) {
  const [dx, dy] = shiftOf(rowOf.value.get(name));
  const moved = ([x, y, ...size]) => [x + dx, y + dy, ...size];
  const { window, boxes } = readout;
  if (window) await useLines();
  const here = window ? { ...readout, window: moved(window) } : { ...readout, boxes: boxes.map(moved) };
  const corner = window && readout.turn ? Math.hypot(window[2], window[3]) / 2 : 0;
  const region = await regionOf(name, around(window ? [here.window] : here.boxes, 2 + corner), signal);
  return call("probe", { region, readout: here }, { signal });
}

/**
 * Find the boxes of digits that frames show inside a drawn box [x, y, width, height].
 * `hints`: [{name, drawn, text}]; `start`: boxes found before. Returns {boxes, format, confidence}.
 */
export async function findBoxes(hints, start = null) {
  const seen = await Promise.all(
    hints.map(async ({ name, drawn, text }) => ({
      region: await stillRegion(name, drawn),
      drawn,
      text,
    })),
  );
  return call("find_boxes", { hints: seen, start });
}

/** The layout as the text of a link and as a layout.json: {link, json}. */
export const layoutLink = () => call("layout_link");

/** The labelled crops: [{source, label, group, conflict, width, height, rgba}]; see Labelling.examples. */
export const examples = () => call("examples", {}, { namespace: "labelling" });
/** The newest windows that were typed: [{frame, readout, text, others, width, height, rgba}]; see Labelling.typed_windows. */
export const typedWindows = () => call("typed_windows", {}, { namespace: "labelling" });
/** Cross-validation over the examples; see Labelling.validate. */
export const validate = (signal) => call("validate", {}, { namespace: "labelling", signal });
/** The frames whose label helps most: {items: [{row, frame, readout, gain}], wrong_before, wrong_after, readings}. */
export const nextBest = () => call("next_best", {}, { namespace: "labelling" });
/** Examples and a sample of readings in two dimensions: {x, y, points: [{label, source | frame, readout, box}]}. */
export const embeddingMap = (signal) => call("embedding_map", {}, { namespace: "labelling", signal });
