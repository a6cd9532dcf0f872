// Views as numbers: a view {scale, x, y} puts frame pixel (u, v) at (u * scale + x, v * scale + y) of the stage,
// in CSS pixels; a box is [x, y, width, height] in frame pixels.

import { clamp, EPSILON, sum } from "./maths.js";

const ZOOM = { least: 0.05, most: 64 };

/**
 * A frame point under a stage point.
 * @param {View} view @param {Pair} point
 */
export const toFrame = ({ scale, x, y }, [u, v]) => [(u - x) / scale, (v - y) / scale];
/**
 * Where on the stage a frame's box is.
 * @param {View} view @param {Box} box
 */
export const toStage = ({ scale, x, y }, [left, top, w, h]) => [
  left * scale + x,
  top * scale + y,
  w * scale,
  h * scale,
];

/**
 * The view in which a box fills `share` of the stage, its middle `across` and `down` of the way.
 * @param {Box} box @param {Pair} stage @param {number} share @param {Pair} place
 */
export function viewOf([x, y, w, h], [width, height], share = 1, [across, down] = [0.5, 0.5]) {
  const scale = clamp(Math.min((share * width) / w, (share * height) / h), ZOOM.least, ZOOM.most);
  return { scale, x: width * across - (x + w / 2) * scale, y: height * down - (y + h / 2) * scale };
}

/**
 * A view zoomed by `factor`, with what lies under a stage point kept there.
 * @param {View} view @param {Pair} point @param {number} factor
 */
export function zoomed(view, [u, v], factor) {
  const scale = clamp(view.scale * factor, ZOOM.least, ZOOM.most);
  const real = scale / view.scale;
  return { scale, x: u - (u - view.x) * real, y: v - (v - view.y) * real };
}

/** A view on the way from one to another: what it shows grows evenly, about the point that stays where it is. */
export function betweenViews(from, to, share) {
  const scale = from.scale * (to.scale / from.scale) ** share;
  const part = Math.abs(to.scale / from.scale - 1) < EPSILON ? share : (scale - from.scale) / (to.scale - from.scale);
  return { scale, x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/**
 * A view moved just so far that some of the frame stays on the stage.
 * @param {View} view @param {Pair} size @param {Pair} stage @param {number} rest
 */
export function kept(view, [width, height], [stageWidth, stageHeight], rest = 48) {
  const [w, h] = [width * view.scale, height * view.scale];
  const [x, y] = [
    clamp(view.x, Math.min(rest, stageWidth / 2) - w, stageWidth - Math.min(rest, stageWidth / 2)),
    clamp(view.y, Math.min(rest, stageHeight / 2) - h, stageHeight - Math.min(rest, stageHeight / 2)),
  ];
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

/**
 * Where a panel of [width, height] goes beside a box on the stage: right of it, left, below, above, or over it, at the
 * far end.
 * @param {Box} box @param {Pair} panel @param {Pair} stage @param {number} gap
 */
export function beside([x, y, w, h], [width, height], [stageWidth, stageHeight], gap = 12) {
  const top = clamp(y + h / 2 - height / 2, gap, Math.max(gap, stageHeight - height - gap));
  const left = clamp(x + w / 2 - width / 2, gap, Math.max(gap, stageWidth - width - gap));
  if (x + w + gap + width <= stageWidth - gap) return [x + w + gap, top];
  if (x - gap - width >= gap) return [x - gap - width, top];
  if (y + h + gap + height <= stageHeight - gap) return [left, y + h + gap];
  if (y - gap - height >= gap) return [left, y - gap - height];
  return [left, y + h / 2 < stageHeight / 2 ? Math.max(gap, stageHeight - height - gap) : gap];
}
