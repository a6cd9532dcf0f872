// What a chart of values over frames draws, and what it says in words. Knows no page.

import { typedValue } from "../../shared/format.js";

/**
 * A column (see rows.js) as a line and its marks: {line: [F numbers or null], doubtful, lacking, typed, repaired: [rows]}.
 * The line takes what was typed, else what was repaired, else what was read; null where there is no number.
 * `lacking` are the rows that were read, and not as a number; in those that are `absent` the readout is not shown.
 */
export function seriesOf({ values, flags, given, absent, typed, ruled, repairs, stated }) {
  const line = new Array(values.length);
  for (let row = 0; row < line.length; row++) line[row] = !given[row] || Number.isNaN(values[row]) ? null : values[row];
  for (const [row, { value }] of repairs) line[row] = value;
  for (const [row, text] of typed) line[row] = typedValue(text, stated);
  const [doubtful, lacking] = [[], []];
  for (let row = 0; row < line.length; row++) {
    if (typed.has(row) || repairs.has(row)) continue;
    if (line[row] === null && given[row] && !absent?.has(row)) lacking.push(row);
    else if (line[row] !== null && (flags[row] || ruled.has(row))) doubtful.push(row);
  }
  const has = (row) => line[row] !== null && row < line.length;
  return {
    line,
    doubtful,
    lacking,
    typed: [...typed.keys()].filter(has),
    repaired: [...repairs.keys()].filter((row) => has(row) && !typed.has(row)),
  };
}

/** {count, low, high, mean, gaps, missing} of a line: gaps are the runs of frames without a number between two that have one. */
export function summaryOf(line) {
  let [count, sum, low, high, gaps, missing, open] = [0, 0, Infinity, -Infinity, 0, 0, false];
  for (const value of line) {
    if (value === null) {
      missing++;
      open = count > 0;
      continue;
    }
    if (open) gaps++;
    open = false;
    count++;
    sum += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { count, low, high, mean: count ? sum / count : NaN, gaps, missing };
}
