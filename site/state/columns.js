// Readings as columns, as Workbench.give and .table give them in parts.

import { setOwn } from "../shared/own.js";

/** A column of `count` frames of which none has been read; `absent` says why the readout is not shown in a row. See `store.readings`. */
export const emptyColumn = (count) => ({
  texts: new Array(count).fill(""),
  values: new Float64Array(count).fill(NaN),
  confidence: new Float32Array(count),
  flags: new Uint16Array(count),
  given: new Uint8Array(count),
  confirmed: new Uint8Array(count),
  absent: new Map(),
  notation: null,
  stated: {},
});

/** Take rows that Python has read into `readings`, columns of `count` frames by readout. */
export function takeRows(readings, columns, count) {
  for (const {
    readout,
    rows,
    texts,
    values,
    confidence,
    flags,
    confirmed,
    left_out: leftOut,
    notation,
    stated,
  } of columns) {
    if (!Object.hasOwn(readings, readout)) setOwn(readings, readout, emptyColumn(count));
    const column = readings[readout];
    const before = column.notation?.places ?? 0;
    column.notation = { ...notation, places: Math.max(before, notation.places) };
    if (stated) column.stated = stated;
    const lines = texts.split("\n");
    rows.forEach((row, k) => {
      [column.texts[row], column.values[row], column.confidence[row]] = [lines[k], values[k], confidence[k]];
      [column.flags[row], column.given[row], column.confirmed[row]] = [flags[k], 1, confirmed[k]];
      column.absent.delete(row);
    });
    for (const { reason, rows: some } of leftOut) {
      for (const row of some) {
        column.absent.set(row, reason);
        column.confidence[row] = NaN;
      }
    }
  }
}
