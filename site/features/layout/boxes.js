// Boxes as numbers: a box is [x, y, width, height] in frame pixels.

import { nearest } from "../../shared/arrays.js";
import { clamp, EPSILON } from "../../shared/maths.js";

/** Boxes are never smaller than one pixel. */
export const SMALLEST = 1;

/** The smallest box around boxes. */
export function bounds(boxes) {
  const [x, y] = [0, 1].map((axis) => Math.min(...boxes.map((box) => box[axis])));
  const [right, bottom] = [0, 1].map((axis) => Math.max(...boxes.map((box) => box[axis] + box[axis + 2])));
  return [x, y, right - x, bottom - y];
}

/**
 * The box between two points, in any order.
 * @type {(from: Pair, to: Pair) => Box}
 */
export const between = ([ax, ay], [bx, by]) => [
  Math.min(ax, bx),
  Math.min(ay, by),
  Math.abs(ax - bx),
  Math.abs(ay - by),
];

/**
 * The part of a box that lies in a frame of [width, height].
 * @param {Box} box @param {Pair} size
 */
export function inside([x, y, w, h], [width, height]) {
  const [left, top] = [clamp(x, 0, width), clamp(y, 0, height)];
  return [left, top, clamp(x + w, 0, width) - left, clamp(y + h, 0, height) - top];
}

/**
 * A box whose right and bottom lie in the frame beyond doubt: the sum of two fractions may be a hair more.
 * @param {Box} box @param {Pair} size
 */
export function settled([x, y, w, h], [width, height]) {
  const fit = (start, length, end) => (start + length > end ? end - start - EPSILON : length);
  return [x, y, fit(x, w, width), fit(y, h, height)];
}

/**
 * A point turned by degrees clockwise around the middle of a box.
 * @param {Pair} point @param {Box} box @param {number} turn @returns {Pair}
 */
export function turned([px, py], [x, y, w, h], turn) {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const [u, v] = [px - x - w / 2, py - y - h / 2];
  return [x + w / 2 + u * cos - v * sin, y + h / 2 + u * sin + v * cos];
}

/**
 * Boxes moved by (dx, dy), or as far as the frame goes.
 * @param {Box[]} boxes @param {Pair} by @param {Pair} size @returns {Box[]}
 */
export function moved(boxes, [dx, dy], [width, height]) {
  const [x, y, w, h] = bounds(boxes);
  const [right, down] = [clamp(dx, -x, Math.max(-x, width - x - w)), clamp(dy, -y, Math.max(-y, height - y - h))];
  return boxes.map(([left, top, ...size]) => [left + right, top + down, ...size]);
}

/**
 * Every box larger by (dw, dh) at its right and bottom, inside the frame.
 * @type {(boxes: Box[], by: Pair, size: Pair) => Box[]}
 */
export const grown = (boxes, [dw, dh], [width, height]) =>
  boxes.map(([x, y, w, h]) => [
    x,
    y,
    clamp(w + dw, Math.min(w, SMALLEST), width - x),
    clamp(h + dh, Math.min(h, SMALLEST), height - y),
  ]);

/** Boxes inside `from` stretched with it to `to`. */
export const stretched = (boxes, from, to) =>
  boxes.map((box) =>
    [0, 1, 2, 3].map((k) => {
      const [axis, factor] = [k % 2, to[2 + (k % 2)] / from[2 + (k % 2)]];
      return k < 2 ? to[axis] + (box[k] - from[axis]) * factor : box[k] * factor;
    }),
  );

/** Handles, by their place: how far each edge follows the pointer. */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
/** @type {(box: Box, handle: string) => Pair} */
export const handlePoint = ([x, y, w, h], handle) => [
  x + (handle.includes("e") ? w : handle.includes("w") ? 0 : w / 2),
  y + (handle.includes("s") ? h : handle.includes("n") ? 0 : h / 2),
];

/**
 * A box whose edges at `handle` follow (dx, dy), inside the frame and no smaller than `least`.
 * @param {Box} box @param {string} handle @param {Pair} by @param {Pair} size
 */
export const dragged = (box, handle, by, [width, height], least = SMALLEST) =>
  draggedWithin(box, handle, by, [0, 0, width, height], least);

/**
 * The same where edges may go from left to right and from top to bottom.
 * @param {Box} box @param {string} handle @param {Pair} by @param {number[]} limits @param {number} least
 */
function draggedWithin([x, y, w, h], handle, [dx, dy], [leftmost, topmost, rightmost, lowest], least) {
  let [left, top, right, bottom] = [x, y, x + w, y + h];
  if (handle.includes("w")) left = clamp(left + dx, leftmost, right - least);
  if (handle.includes("e")) right = clamp(right + dx, left + least, rightmost);
  if (handle.includes("n")) top = clamp(top + dy, topmost, bottom - least);
  if (handle.includes("s")) bottom = clamp(bottom + dy, top + least, lowest);
  return [left, top, right - left, bottom - top];
}

/**
 * The same of a box that is turned: its other edges stay where they are in the picture, and it is moved into the frame.
 * @param {Box} box @param {number} turn @param {string} handle @param {Pair} by @param {Pair} size
 */
export function draggedTurned(box, turn, handle, by, size) {
  const anywhere = [-Infinity, -Infinity, Infinity, Infinity];
  const [x, y, w, h] = draggedWithin(box, handle, turned(by, [0, 0, 0, 0], -turn), anywhere, SMALLEST);
  const [u, v] = turned([x + w / 2, y + h / 2], box, turn);
  return keepInside([u - w / 2, v - h / 2, w, h], turn, size) ?? box;
}

/**
 * The upright box around one that is turned by degrees, as hull in readout/layout/layout.py has it.
 * @type {(box: Box, turn: number) => Box}
 */
export function hull(box, turn) {
  const [x, y, w, h] = box;
  const corners = [
    [x, y],
    [x + w, y],
    [x, y + h],
    [x + w, y + h],
  ].map((corner) => turned(corner, box, turn));
  const [left, top] = [0, 1].map((axis) => Math.min(...corners.map((corner) => corner[axis])));
  const [right, bottom] = [0, 1].map((axis) => Math.max(...corners.map((corner) => corner[axis])));
  return [left, top, right - left, bottom - top];
}

/**
 * Degrees by which a readout's outline is turned: fixed boxes stay upright, whatever way they are seen.
 * @param {{window?: Box | null, turn?: number}} readout
 */
export const tilt = ({ window, turn }) => (window && turn) || 0;

/**
 * A turned box moved into the frame; null where it is too large for it.
 * @type {(box: Box, turn: number, size: Pair) => Box | null}
 */
export function keepInside([x, y, w, h], turn, [width, height]) {
  const [left, top, wide, high] = hull([x, y, w, h], turn);
  if (wide > width || high > height) return null;
  return [x + clamp(left, 0, width - wide) - left, y + clamp(top, 0, height - high) - top, w, h];
}

/**
 * Which of a box's handles is within `margin` of a point, the nearest one, or null.
 * @param {Box} box @param {Pair} point
 */
export function handleAt(box, [x, y], margin, handles = HANDLES) {
  const far = (handle) => {
    const [u, v] = handlePoint(box, handle);
    return Math.max(Math.abs(u - x), Math.abs(v - y));
  };
  return nearest(handles, far, margin);
}

/**
 * The box at a point, grown by `margin`: {readout, box} as indices; where boxes overlap, the one whose centre is nearest.
 * @param {{boxes: Box[], window?: Box | null, turn?: number}[]} readouts @param {Pair} point
 */
export function boxAt(readouts, point, margin = 0) {
  const found = readouts
    .flatMap(({ boxes, ...each }, readout) =>
      boxes.map(([left, top, w, h], box) => {
        const [x, y] = tilt(each) ? turned(point, [left, top, w, h], -tilt(each)) : point;
        const outside = Math.max(left - x, x - left - w, top - y, y - top - h);
        return { readout, box, outside: Math.max(0, outside), far: Math.hypot(left + w / 2 - x, top + h / 2 - y) };
      }),
    )
    .filter(({ outside }) => outside <= margin);
  const best = found.sort((a, b) => a.outside - b.outside || a.far - b.far)[0];
  return best ? { readout: best.readout, box: best.box } : null;
}

/**
 * A box cut into `count` equal ones, side by side.
 * @type {(box: Box, count: number) => Box[]}
 */
export const split = ([x, y, w, h], count) =>
  Array.from({ length: count }, (_, k) => [x + (k * w) / count, y, w / count, h]);

/** From one box to the next: the median distance of neighbours, or a box's width where there is one box. @public */
export function pitch(boxes) {
  const steps = boxes
    .slice(1)
    .map(([x], k) => x - boxes[k][0])
    .sort((a, b) => a - b);
  return steps.length ? steps[Math.floor(steps.length / 2)] : boxes[0][2];
}

// Readouts: {name, format, boxes}, where each # of the format takes one box

/** A readout without some of its boxes, and without their places in the format. */
export function without(readout, indices) {
  let box = -1;
  const format = [...readout.format].filter((mark) => mark !== "#" || !indices.includes(++box)).join("");
  return { ...readout, format, boxes: readout.boxes.filter((_, k) => !indices.includes(k)) };
}

/** A readout in which `boxes` stand in the place of box `index`. */
export function replaced(readout, index, boxes) {
  let box = -1;
  const format = [...readout.format]
    .map((mark) => (mark === "#" && ++box === index ? "#".repeat(boxes.length) : mark))
    .join("");
  return { ...readout, format, boxes: [...readout.boxes.slice(0, index), ...boxes, ...readout.boxes.slice(index + 1)] };
}

/** A readout with one more box after box `index`, as far from it as its neighbours are, and its index. */
export function extended(readout, index, size) {
  const { boxes } = readout;
  const step = pitch(boxes);
  const [right] = moved([boxes[index]], [step, 0], size);
  const [left] = moved([boxes[index]], [-step, 0], size);
  const fits = Math.abs(right[0] - boxes[index][0] - step) < EPSILON;
  return fits
    ? { readout: replaced(readout, index, [boxes[index], right]), index: index + 1 }
    : { readout: replaced(readout, index, [left, boxes[index]]), index };
}
