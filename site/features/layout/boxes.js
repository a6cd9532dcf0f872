// Boxes and views as numbers. A box is [x, y, width, height] in frame pixels; a view {scale, x, y} puts
// frame pixel (u, v) at (u * scale + x, v * scale + y) of the stage, in CSS pixels.

/** Boxes move by half a pixel, and are never smaller than one. */
export const STEP = 0.5;
export const SMALLEST = 1;
export const ZOOM = { least: 0.05, most: 64 };
/** Characters that are drawn between digits and take no box, as in readout/placing.py. */
const MARKS = ".,:;'\"/ ";
/** How wide such a mark is, in digits. */
const MARK_WIDTH = 0.4;
const EPSILON = 1e-9;

const sum = (list) => list.reduce((total, each) => total + each, 0);
const clip = (value, least, most) => Math.max(least, Math.min(most, value));
export const toStep = (value) => Math.round(value / STEP) * STEP;
/** A coordinate as people read it: no more than two decimals. */
export const short = (value) => Number(value.toFixed(2));

// Boxes

/** The smallest box around boxes. */
export function bounds(boxes) {
  const [x, y] = [0, 1].map((axis) => Math.min(...boxes.map((box) => box[axis])));
  const [right, bottom] = [0, 1].map((axis) => Math.max(...boxes.map((box) => box[axis] + box[axis + 2])));
  return [x, y, right - x, bottom - y];
}

/** The box between two points, in any order. */
export const between = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];

/** The part of a box that lies in a frame of [width, height]. */
export function inside([x, y, w, h], [width, height]) {
  const [left, top] = [clip(x, 0, width), clip(y, 0, height)];
  return [left, top, clip(x + w, 0, width) - left, clip(y + h, 0, height) - top];
}

/** A box whose right and bottom lie in the frame beyond doubt: the sum of two fractions may be a hair more. */
export function settled([x, y, w, h], [width, height]) {
  const fit = (start, length, end) => (start + length > end ? end - start - EPSILON : length);
  return [x, y, fit(x, w, width), fit(y, h, height)];
}

/** Boxes moved by (dx, dy), or as far as the frame goes. */
export function moved(boxes, [dx, dy], [width, height]) {
  const [x, y, w, h] = bounds(boxes);
  const [right, down] = [clip(dx, -x, Math.max(-x, width - x - w)), clip(dy, -y, Math.max(-y, height - y - h))];
  return boxes.map(([left, top, ...size]) => [left + right, top + down, ...size]);
}

/** Every box larger by (dw, dh) at its right and bottom, inside the frame. */
export const grown = (boxes, [dw, dh], [width, height]) =>
  boxes.map(([x, y, w, h]) => [x, y, clip(w + dw, Math.min(w, SMALLEST), width - x), clip(h + dh, Math.min(h, SMALLEST), height - y)]);

/** Boxes inside `from` stretched with it to `to`. */
export const stretched = (boxes, from, to) =>
  boxes.map((box) => [0, 1, 2, 3].map((k) => {
    const [axis, factor] = [k % 2, to[2 + (k % 2)] / from[2 + (k % 2)]];
    return k < 2 ? to[axis] + (box[k] - from[axis]) * factor : box[k] * factor;
  }));

/** Handles, by their place: how far each edge follows the pointer. */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
export const handlePoint = ([x, y, w, h], handle) => [
  x + (handle.includes("e") ? w : handle.includes("w") ? 0 : w / 2),
  y + (handle.includes("s") ? h : handle.includes("n") ? 0 : h / 2),
];

/** A box whose edges at `handle` follow (dx, dy), inside the frame and no smaller than `least`. */
export function dragged([x, y, w, h], handle, [dx, dy], [width, height], least = SMALLEST) {
  let [left, top, right, bottom] = [x, y, x + w, y + h];
  if (handle.includes("w")) left = clip(left + dx, 0, right - least);
  if (handle.includes("e")) right = clip(right + dx, left + least, width);
  if (handle.includes("n")) top = clip(top + dy, 0, bottom - least);
  if (handle.includes("s")) bottom = clip(bottom + dy, top + least, height);
  return [left, top, right - left, bottom - top];
}

/** Which of a box's handles is within `margin` of a point, the nearest one, or null. */
export function handleAt(box, [x, y], margin, handles = HANDLES) {
  const near = handles.map((handle) => {
    const [u, v] = handlePoint(box, handle);
    return { handle, far: Math.max(Math.abs(u - x), Math.abs(v - y)) };
  }).filter(({ far }) => far <= margin);
  return near.sort((a, b) => a.far - b.far)[0]?.handle ?? null;
}

/** The box at a point, grown by `margin`: {readout, box} as indices; where boxes overlap, the one whose centre is nearest. */
export function boxAt(readouts, [x, y], margin = 0) {
  const found = readouts.flatMap(({ boxes }, readout) => boxes.map(([left, top, w, h], box) => {
    const outside = Math.max(left - x, x - left - w, top - y, y - top - h);
    return { readout, box, outside: Math.max(0, outside), far: Math.hypot(left + w / 2 - x, top + h / 2 - y) };
  })).filter(({ outside }) => outside <= margin);
  const best = found.sort((a, b) => a.outside - b.outside || a.far - b.far)[0];
  return best ? { readout: best.readout, box: best.box } : null;
}

/** A box cut into `count` equal ones, side by side. */
export const split = ([x, y, w, h], count) => Array.from({ length: count }, (_, k) => [x + (k * w) / count, y, w / count, h]);

/** From one box to the next: the median distance of neighbours, or a box's width where there is one box. */
export function pitch(boxes) {
  const steps = boxes.slice(1).map(([x], k) => x - boxes[k][0]).sort((a, b) => a - b);
  return steps.length ? steps[Math.floor(steps.length / 2)] : boxes[0][2];
}

/**
 * How far to move boxes so that they line up: their tops, bottoms and sides with those of `others`, and
 * their left side with the next step of a row whose pitch is even. Returns {by: [dx, dy], guides: [{axis, at}]};
 * axis 0 is a vertical line. Where nothing is within `reach`, (dx, dy) is brought to half pixels.
 */
export function snapped(boxes, by, others, reach) {
  const around = bounds(boxes);
  const guides = [];
  const at = [0, 1].map((axis) => {
    const lines = [...edges(others, axis), ...(axis === 0 ? steps(others, around) : [])];
    const sides = [around[axis], around[axis] + around[axis + 2]];
    const best = nearest(sides.flatMap((side, k) => lines.filter(({ first }) => !first || k === 0)
      .map(({ line }) => ({ line, by: line - side }))), by[axis], reach);
    if (best) guides.push({ axis, at: best.line });
    return best ? best.by : toStep(by[axis]);
  });
  return { by: at, guides };
}

/** Like `snapped`, for the edges that a handle drags: other boxes' sides, and their widths and heights. */
export function snappedEdge(box, handle, by, others, reach) {
  const guides = [];
  const ends = ["we".includes(handle.at(-1)) ? handle.at(-1) : "", "ns".includes(handle[0]) ? handle[0] : ""];
  const at = ends.map((end, axis) => {
    if (!end) return 0;
    const low = end === "w" || end === "n";
    const [start, size] = [box[axis], box[axis + 2]];
    const side = low ? start : start + size;
    const same = others.map((other) => ({ line: low ? start + size - other[axis + 2] : start + other[axis + 2] }));
    const best = nearest([...edges(others, axis), ...same].map(({ line }) => ({ line, by: line - side })), by[axis], reach);
    if (best) guides.push({ axis, at: best.line });
    return best ? best.by : toStep(side + by[axis]) - side;
  });
  return { by: at, guides };
}

const edges = (boxes, axis) => boxes.flatMap((box) => [{ line: box[axis] }, { line: box[axis] + box[axis + 2] }]);

/** Where a row with an even pitch goes on, for boxes that overlap `around` in height. */
function steps(others, around) {
  const row = others.filter(([, y, , h]) => y < around[1] + around[3] + h && y + 2 * h > around[1]).map(([x]) => x).sort((a, b) => a - b);
  return row.flatMap((x, k) => {
    if (k === 0) return [];
    const step = x - row[k - 1];
    return [x + step, row[k - 1] - step, x - step / 2].map((line) => ({ line, first: true }));
  });
}

function nearest(candidates, by, reach) {
  const near = candidates.map((each) => ({ ...each, far: Math.abs(each.by - by) })).filter(({ far }) => far <= reach);
  return near.sort((a, b) => a.far - b.far)[0] ?? null;
}

// Readouts: {name, format, boxes}, where each # of the format takes one box

export const holes = (format) => [...format].filter((mark) => mark === "#").length;

/** Why a format does not go with `count` boxes, or "". */
export function formatError(format, count) {
  const marks = holes(format);
  if (marks === count) return "";
  const boxes = `${count} ${count === 1 ? "box" : "boxes"}`;
  return `Each # takes one box: “${format}” has ${marks} of them, there ${count === 1 ? "is" : "are"} ${boxes}. Add or remove a #, or a box.`;
}

/** The format of what a person types: "-79.05 " is "###.##". */
export const formatOf = (text) => [...text.trim()].map((mark) => (MARKS.includes(mark) ? mark : "#")).join("");

/** A readout without some of its boxes, and without their places in the format. */
export function without(readout, indices) {
  let box = -1;
  const format = [...readout.format].filter((mark) => mark !== "#" || !indices.includes(++box)).join("");
  return { ...readout, format, boxes: readout.boxes.filter((_, k) => !indices.includes(k)) };
}

/** A readout in which `boxes` stand in the place of box `index`. */
export function replaced(readout, index, boxes) {
  let box = -1;
  const format = [...readout.format].map((mark) => (mark === "#" && ++box === index ? "#".repeat(boxes.length) : mark)).join("");
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

/** "main", "second", ... : the first name that is not taken. */
export function freeName(names) {
  const first = ["main", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
  const found = first.find((name) => !names.includes(name));
  return found ?? Array.from({ length: names.length + 1 }, (_, k) => `readout ${first.length + k + 1}`).find((name) => !names.includes(name));
}

/** A box for each digit of `format` side by side in `box`, with a little room for the marks between them. */
export function spread([x, y, w, h], format) {
  const marks = [...format];
  const widths = marks.map((mark) => (mark === "#" ? 1 : MARK_WIDTH));
  const unit = w / sum(widths);
  return marks.flatMap((mark, k) => (mark === "#" ? [[x + unit * sum(widths.slice(0, k)), y, unit, h]] : []));
}

// Views

/** A frame point under a stage point, and where on the stage a frame's box is. */
export const toFrame = ({ scale, x, y }, [u, v]) => [(u - x) / scale, (v - y) / scale];
export const toStage = ({ scale, x, y }, [left, top, w, h]) => [left * scale + x, top * scale + y, w * scale, h * scale];

/** The view in which a box fills `share` of the stage, its middle `across` and `down` of the way. */
export function viewOf([x, y, w, h], [width, height], share = 1, [across, down] = [0.5, 0.5]) {
  const scale = clip(Math.min((share * width) / w, (share * height) / h), ZOOM.least, ZOOM.most);
  return { scale, x: width * across - (x + w / 2) * scale, y: height * down - (y + h / 2) * scale };
}

/** A view zoomed by `factor`, with what lies under a stage point kept there. */
export function zoomed(view, [u, v], factor) {
  const scale = clip(view.scale * factor, ZOOM.least, ZOOM.most);
  const real = scale / view.scale;
  return { scale, x: u - (u - view.x) * real, y: v - (v - view.y) * real };
}

/** A view on the way from one to another: what it shows grows evenly, about the point that stays where it is. */
export function betweenViews(from, to, share) {
  const scale = from.scale * (to.scale / from.scale) ** share;
  const part = Math.abs(to.scale / from.scale - 1) < EPSILON ? share : (scale - from.scale) / (to.scale - from.scale);
  return { scale, x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** A view moved just so far that some of the frame stays on the stage. */
export function kept(view, [width, height], [stageWidth, stageHeight], rest = 48) {
  const [w, h] = [width * view.scale, height * view.scale];
  const [x, y] = [clip(view.x, Math.min(rest, stageWidth / 2) - w, stageWidth - Math.min(rest, stageWidth / 2)),
    clip(view.y, Math.min(rest, stageHeight / 2) - h, stageHeight - Math.min(rest, stageHeight / 2))];
  return { ...view, x, y };
}

/** From two fingers at `before` to two at `now`: the view that follows them. */
export function pinched(view, before, now) {
  const middle = (points) => [0, 1].map((axis) => sum(points.map((point) => point[axis])) / 2);
  const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const [from, to] = [middle(before), middle(now)];
  const next = zoomed(view, from, apart(before) > 0 ? apart(now) / apart(before) : 1);
  return { ...next, x: next.x + to[0] - from[0], y: next.y + to[1] - from[1] };
}

/** Where a panel of [width, height] goes beside a box on the stage: right of it, left, below, above, or over it, at the far end. */
export function beside([x, y, w, h], [width, height], [stageWidth, stageHeight], gap = 12) {
  const top = clip(y + h / 2 - height / 2, gap, Math.max(gap, stageHeight - height - gap));
  const left = clip(x + w / 2 - width / 2, gap, Math.max(gap, stageWidth - width - gap));
  if (x + w + gap + width <= stageWidth - gap) return [x + w + gap, top];
  if (x - gap - width >= gap) return [x - gap - width, top];
  if (y + h + gap + height <= stageHeight - gap) return [left, y + h + gap];
  if (y - gap - height >= gap) return [left, y - gap - height];
  return [left, y + h / 2 < stageHeight / 2 ? Math.max(gap, stageHeight - height - gap) : gap];
}
