// Lining boxes up with others while they are dragged: boxes as in boxes.js.

import { nearest } from "../../shared/arrays.js";
import { toStep } from "../../shared/maths.js";
import { bounds } from "./boxes.js";

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
    const lined = sides.flatMap((side, k) =>
      lines.filter(({ first }) => !first || k === 0).map(({ line }) => ({ line, by: line - side })),
    );
    const best = nearest(lined, (each) => Math.abs(each.by - by[axis]), reach);
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
    const lined = [...edges(others, axis), ...same].map(({ line }) => ({ line, by: line - side }));
    const best = nearest(lined, (each) => Math.abs(each.by - by[axis]), reach);
    if (best) guides.push({ axis, at: best.line });
    return best ? best.by : toStep(side + by[axis]) - side;
  });
  return { by: at, guides };
}

const edges = (boxes, axis) => boxes.flatMap((box) => [{ line: box[axis] }, { line: box[axis] + box[axis + 2] }]);

/** Where a row with an even pitch goes on, for boxes that overlap `around` in height. */
function steps(others, around) {
  const row = others
    .filter(([, y, , h]) => y < around[1] + around[3] + h && y + 2 * h > around[1])
    .map(([x]) => x)
    .sort((a, b) => a - b);
  return row.flatMap((x, k) => {
    if (k === 0) return [];
    const step = x - row[k - 1];
    return [x + step, row[k - 1] - step, x - step / 2].map((line) => ({ line, first: true }));
  });
}
