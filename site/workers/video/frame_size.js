// Clips that change their size: later frames are scaled to the size of the first.

import { concat } from "../../shared/arrays.js";
import { ONE_SHAPE } from "../../shared/constants.js";

export const isOfSize = ({ visibleRect }, { width, height }) =>
  visibleRect.width === width && visibleRect.height === height;

/** Whether pictures of these sizes {width, height} differ in scale alone, but for rounding to whole pixels. */
export function sameShape(one, other) {
  const [across, down] = [one.width * other.height, one.height * other.width];
  return Math.abs(across - down) <= ONE_SHAPE * Math.max(across, down);
}

/**
 * A VideoFrame scaled to `size` {width, height} in its own pixel format where that is planar; the frame itself where it
 * has that size. The caller closes both.
 */
export async function fitted(frame, size) {
  if (isOfSize(frame, size)) return frame;
  const { timestamp, visibleRect } = frame;
  const bytesPerSample = { I420: [1, 1, 1], NV12: [1, 2] }[frame.format];
  if (!bytesPerSample) {
    const canvas = new OffscreenCanvas(size.width, size.height);
    canvas.getContext("2d", { alpha: false }).drawImage(frame, 0, 0, size.width, size.height);
    return new VideoFrame(canvas, { timestamp });
  }
  const data = new Uint8Array(frame.allocationSize());
  const layout = await frame.copyTo(data);
  const half = ({ width, height }) => ({ width: (width + 1) >> 1, height: (height + 1) >> 1 });
  const planes = layout.map((at, k) => {
    const [from, to] = k ? [half(visibleRect), half(size)] : [visibleRect, size];
    return scaledPlane(data, at, from, to, bytesPerSample[k]);
  });
  const { width: codedWidth, height: codedHeight } = size;
  const { format, colorSpace } = frame;
  return new VideoFrame(concat(Uint8Array, planes), {
    format,
    codedWidth,
    codedHeight,
    timestamp,
    colorSpace: colorSpace.toJSON(),
  });
}

/** One plane, bilinear. `at`: {offset, stride} of its rows in `data`; `from`, `to`: sizes in samples of `bytes` each. */
export function scaledPlane(data, { offset, stride }, from, to, bytes) {
  const plane = new Uint8Array(to.width * to.height * bytes);
  const columns = neighbours(from.width, to.width);
  const rows = neighbours(from.height, to.height);
  let next = 0;
  for (const [above, below, down] of rows) {
    const [top, bottom] = [offset + above * stride, offset + below * stride];
    for (const [left, right, across] of columns) {
      for (let k = 0; k < bytes; k++) {
        const [l, r] = [left * bytes + k, right * bytes + k];
        const upper = data[top + l] + across * (data[top + r] - data[top + l]);
        const lower = data[bottom + l] + across * (data[bottom + r] - data[bottom + l]);
        plane[next++] = Math.round(upper + down * (lower - upper));
      }
    }
  }
  return plane;
}

/** Of each of `to` samples the two of `from` that it lies between, and how far it is towards the second. */
function neighbours(from, to) {
  return Array.from({ length: to }, (_, k) => {
    const at = Math.min(Math.max(((k + 0.5) * from) / to - 0.5, 0), from - 1);
    const before = Math.floor(at);
    return [before, Math.min(before + 1, from - 1), at - before];
  });
}
