// Readouts {name, format, boxes}: the format, in which each # takes one box. Knows no page.

import { SEPARATORS } from "../shared/constants.js";
import { sum } from "../shared/maths.js";
import { counted } from "../shared/format.js";

/** How wide a separator is, in digits. */
const MARK_WIDTH = 0.4;

export const holes = (format) => [...format].filter((mark) => mark === "#").length;

/** Why a format does not go with `count` boxes, or "". */
export function formatError(format, count) {
  const marks = holes(format);
  if (marks === count) return "";
  const boxes = counted(count, "box", "boxes");
  return `Each # takes one box: “${format}” has ${marks} of them, there ${count === 1 ? "is" : "are"} ${boxes}. Add or remove a #, or a box.`;
}

/** The format of what a person types, as readout/detection/hints.py has it: "-79.05 " is "###.##". */
export const formatOf = (text) => [...text.trim()].map((mark) => (SEPARATORS.includes(mark) ? mark : "#")).join("");

/** "main", "second", ... : the first name that is not taken. */
export function freeName(names) {
  const first = ["main", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
  const found = first.find((name) => !names.includes(name));
  return (
    found ??
    Array.from({ length: names.length + 1 }, (_, k) => `readout ${first.length + k + 1}`).find(
      (name) => !names.includes(name),
    )
  );
}

/** A box for each digit of `format` side by side in `box`, with a little room for the marks between them. */
export function spread([x, y, w, h], format) {
  const marks = [...format];
  const widths = marks.map((mark) => (mark === "#" ? 1 : MARK_WIDTH));
  const unit = w / sum(widths);
  return marks.flatMap((mark, k) => (mark === "#" ? [[x + unit * sum(widths.slice(0, k)), y, unit, h]] : []));
}
