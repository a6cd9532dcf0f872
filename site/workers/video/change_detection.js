// What has not changed in a chunk of frames: readout/video/change_detection.py where the planes are, and why it is done so.
// Both give the same answers, to the last bit: means and differences are of 32 bits there, so they are rounded to that here.

import {
  CHANGE_BLANK,
  CHANGE_BLOCK,
  CHANGE_CONTRAST,
  CHANGE_FAINT,
  CHANGE_INKED,
  CHANGE_LAGS,
  CHANGE_LEAST,
  CHANGE_NORMAL,
  CHANGE_PAIRS,
  CHANGE_QUIET,
  CHANGE_SIGMAS,
  CHANGE_STILL,
  CHANGE_STIR,
  CHANGE_TALL,
} from "../../shared/constants.js";

const { fround } = Math;
const CONTRAST = fround(CHANGE_CONTRAST);
const NORMAL = fround(CHANGE_NORMAL);

/**
 * Which earlier picture each box of each picture looks like, itself where it is new: Int32Array, picture by picture.
 *
 * `luma`: a plane, {width, height, pictures: [Uint8Array]}, a region of n pictures in their order. `boxes`: [x, y, width,
 * height] in the region, fractional, inside it. `chroma`: further planes, of the luma's size or half of it. `beside`: pixels
 * to the left and to the right in which ink comes and goes with the number.
 */
export function firstOccurrence(luma, boxes, chroma = [], beside = 0) {
  const n = luma.pictures.length;
  const found = Int32Array.from({ length: n * boxes.length }, (_, at) => Math.floor(at / boxes.length));
  if (n < 2 || !boxes.length) return found;
  const planes = [luma, ...chroma.filter(changes)].map((plane, k) => new Blocks(plane, luma, boxes, k ? 0 : beside));
  for (let box = 0; box < boxes.length; box++) {
    const fresh = new Uint8Array(n).fill(1);
    for (let first = 0; first >= 0; first = fresh.indexOf(1)) {
      for (let later = first; later < n; later++) {
        if (!fresh[later] || !planes.every((plane) => plane.isSame(box, first, later))) continue;
        found[later * boxes.length + box] = first;
        fresh[later] = 0;
      }
    }
  }
  return found;
}

const changes = ({ pictures: [first, ...others] }) =>
  others.some((picture) => picture.some((value, k) => value !== first[k]));

/** The blocks of boxes in a plane: their means, and what differs by less is noise. */
class Blocks {
  /** Of each box: {means: Float32Array of n times `count`, spans: Float32Array of n, floor, sides: spans beside it}. */
  #boxes;
  /** Noise in a blank box. */
  #blank;

  constructor(plane, luma, boxes, beside) {
    const least = Math.min(...boxes.map(([, , width, height]) => Math.min(width, height)));
    const half = plane.width === luma.width && plane.height === luma.height ? 1 : 2;
    const step = Math.max(1, Math.floor(Math.floor(least / half) / CHANGE_TALL));
    const reduced = step === 1 ? plane : reduce(plane, step);
    const noise = noiseOf(reduced);
    this.#blank = Math.min(CHANGE_BLANK * noise, CHANGE_FAINT);
    const inside = (box) => blocksOf(reduced, ...box.map((length) => length / (half * step)));
    this.#boxes = boxes.map(([x, y, width, height]) => {
      const blocks = inside([x, y, width, height]);
      const floor = Math.max(CHANGE_SIGMAS * noise, fround(CHANGE_STIR * stirOf(blocks)));
      const wide = beside / 2;
      const lefts = beside ? [x - wide, x - beside, x + width + 1, x + width + 1 + wide] : [];
      const sides = lefts.map((left) => inside([left, y, wide - 1, height]).spans);
      return { ...blocks, floor, sides };
    });
  }

  /** Whether a box looks in picture `later` as it does in `first`. */
  isSame(box, first, later) {
    const { means, spans, count, floor, sides } = this.#boxes[box];
    const isInked = (side, k) => side[k] >= CHANGE_INKED * spans[k];
    if (sides.some((side) => isInked(side, first) !== isInked(side, later))) return false;
    const wider = Math.max(spans[first], spans[later]);
    const most = wider <= this.#blank ? this.#blank : Math.min(floor, fround(CONTRAST * wider));
    return !differs(means, first * count, later * count, count, Math.max(most, CHANGE_LEAST));
  }
}

function differs(means, a, b, count, most) {
  for (let k = 0; k < count; k++) {
    if (Math.abs(fround(means[b + k] - means[a + k])) > most) return true;
  }
  return false;
}

/** The means of the blocks in a box: {means, spans, count}, spans the range of each picture's. */
function blocksOf({ width, height, pictures }, x, y, w, h) {
  const [left, right] = within(x, w, width);
  const [top, bottom] = within(y, h, height);
  const [across, down] = [right - left, bottom - top].map((side) => Math.min(CHANGE_BLOCK, side));
  const count = (right - left - across + 1) * (bottom - top - down + 1);
  const [means, spans] = [new Float32Array(pictures.length * count), new Float32Array(pictures.length)];
  let to = 0;
  for (const [k, picture] of pictures.entries()) {
    let [low, high] = [Infinity, 0];
    for (let row = top; row + down <= bottom; row++) {
      for (let column = left; column + across <= right; column++) {
        const mean = blockSum(picture, row * width + column, width, across, down) / (across * down);
        means[to++] = mean;
        if (mean < low) low = mean;
        if (mean > high) high = mean;
      }
    }
    spans[k] = fround(high) - fround(low);
  }
  return { means, spans, count };
}

function blockSum(picture, at, width, across, down) {
  if (across === 3 && down === 3) {
    const [b, c] = [at + width, at + 2 * width];
    return (
      picture[at] + picture[at + 1] + picture[at + 2] +
      picture[b] + picture[b + 1] + picture[b + 2] +
      picture[c] + picture[c + 1] + picture[c + 2]
    ); // prettier-ignore
  }
  let sum = 0;
  for (let row = 0; row < down; row++) for (let k = 0; k < across; k++) sum += picture[at + row * width + k];
  return sum;
}

/** The whole pixels that hold a stretch: from, to; at least one. */
function within(start, length, size) {
  const first = Math.min(Math.max(Math.floor(start), 0), size - 1);
  return [first, Math.max(Math.min(Math.ceil(start + length), size), first + 1)];
}

/** The largest difference of any block between neighbours when nothing changes, a low quantile over time. */
function stirOf({ means, spans, count }) {
  const n = spans.length;
  const largest = steps(n).map((at) => {
    let most = 0;
    for (let k = at * count; k < (at + 1) * count; k++) {
      const apart = Math.abs(fround(means[k + count] - means[k]));
      if (apart > most) most = apart;
    }
    return most;
  });
  return low(largest, CHANGE_STILL);
}

/** The noise of blocks, in grey levels. */
function noiseOf(plane) {
  const { width, height, pictures } = plane;
  const [across, down] = [width, height].map((side) => Math.min(CHANGE_BLOCK, side));
  const sides = [Math.ceil((width - across + 1) / 2), Math.ceil((height - down + 1) / 2)];
  const known = new Map();
  const meansOf = (k) => {
    if (!known.has(k)) {
      const means = new Float32Array(sides[0] * sides[1]);
      let to = 0;
      for (let row = 0; row + down <= height; row += 2) {
        for (let column = 0; column + across <= width; column += 2)
          means[to++] = blockSum(pictures[k], row * width + column, width, across, down) / (across * down);
      }
      known.set(k, means);
    }
    return known.get(k);
  };
  const first = [...new Set(steps(pictures.length))];
  let noise = 0;
  for (const lag of CHANGE_LAGS) {
    const begin = first.filter((at) => at + lag < pictures.length);
    if (!begin.length) continue;
    const medians = begin.map((at) => {
      const [before, after] = [meansOf(at), meansOf(at + lag)];
      return median(after.map((mean, k) => Math.abs(fround(mean - before[k]))));
    });
    noise = Math.max(noise, fround(low(medians, CHANGE_QUIET) / NORMAL));
  }
  return noise;
}

/** At most CHANGE_PAIRS numbers of pictures that have a later neighbour, evenly spaced. */
function steps(n) {
  const count = Math.min(CHANGE_PAIRS, n - 1);
  return Array.from({ length: count }, (_, k) =>
    k === count - 1 && k ? n - 2 : Math.floor(k * ((n - 2) / Math.max(count - 1, 1))),
  );
}

/** The value that at least this share of the values do not exceed. */
const low = (values, share) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) * share)];

/** The median of a Float32Array, whose order is changed. */
function median(values) {
  const middle = values.length >> 1;
  const upper = selected(values, middle);
  if (values.length % 2) return upper;
  let lower = 0;
  for (let k = 0; k < middle; k++) if (values[k] > lower) lower = values[k];
  return fround(fround(lower + upper) / 2);
}

/** The value that would be at a place if they were sorted; none before it is larger afterwards. C. A. R. Hoare, 1961. */
function selected(values, place) {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = values[(from + to) >> 1];
    let [i, j] = [from, to];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (place <= j) to = j;
    else if (place >= i) from = i;
    else break;
  }
  return values[place];
}

/** Means over step x step pixels; what is left over at the right and at the bottom is passed over. */
function reduce({ width, height, pictures }, step) {
  const [across, down] = [width, height].map((side) => Math.floor(side / step));
  const rows = new Uint16Array(across * step);
  const reduced = pictures.map((picture) => {
    const smaller = new Uint8Array(across * down);
    for (let row = 0; row < down; row++) {
      rows.fill(0);
      for (let k = 0; k < step; k++) {
        const start = (row * step + k) * width;
        for (let column = 0; column < rows.length; column++) rows[column] += picture[start + column];
      }
      for (let column = 0; column < across; column++) {
        let sum = 0;
        for (let k = 0; k < step; k++) sum += Math.floor(rows[column * step + k] / step);
        smaller[row * across + column] = Math.floor(sum / step);
      }
    }
    return smaller;
  });
  return { width: across, height: down, pictures: reduced };
}
