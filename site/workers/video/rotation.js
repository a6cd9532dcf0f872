// Turned clips: where upright rectangles are in the picture as it is coded, and pictures turned upright.

/** {width, height} of a coded size turned by `rotation`, 0, 90, 180 or 270 degrees clockwise. */
export const turned = ({ width, height }, rotation) =>
  rotation % 180 ? { width: height, height: width } : { width, height };

/** An upright rectangle {x, y, width, height} where it is in the coded picture of `size` {width, height}. */
export function toCoded({ x, y, width, height }, rotation, size) {
  if (rotation === 90) return { x: y, y: size.height - x - width, width: height, height: width };
  if (rotation === 180) return { x: size.width - x - width, y: size.height - y - height, width, height };
  if (rotation === 270) return { x: size.width - y - height, y: x, width: height, height: width };
  return { x, y, width, height };
}

/** The other way round: a rectangle of the coded picture as it is upright. */
export const toUpright = (rectangle, rotation, size) =>
  toCoded(rectangle, (360 - rotation) % 360, turned(size, rotation));

/** A rectangle of a picture of `size` where it is when left and right are swapped. */
export const mirroredRegion = (region, size) => ({ ...region, x: size.width - region.x - region.width });

/** Swap left and right in the bytes of a region, in place; `format`: I420, NV12 or RGBA. */
export function mirrorRows(data, width, height, format) {
  const [across, down] = [(width + 1) >> 1, (height + 1) >> 1];
  const colour = format === "NV12" ? [[across, down, 2]] : [[across, down, 1], [across, down, 1]]; // prettier-ignore
  const planes = format === "RGBA" ? [[width, height, 4]] : [[width, height, 1], ...colour];
  let start = 0;
  for (const [wide, tall, bytes] of planes) {
    for (let row = 0; row < tall; row++, start += wide * bytes) {
      for (let left = 0, right = wide - 1; left < right; left++, right--) {
        for (let k = 0; k < bytes; k++) {
          const [a, b] = [start + left * bytes + k, start + right * bytes + k];
          [data[a], data[b]] = [data[b], data[a]];
        }
      }
    }
  }
}

/** A VideoFrame as an upright ImageBitmap of square pixels; the frame stays open. */
export async function uprightBitmap(frame, rotation, { scale = 1, mirrored = false } = {}) {
  const { width, height } = frame.visibleRect;
  const square = frame.displayWidth === width && frame.displayHeight === height;
  if (!rotation && !mirrored && square && scale === 1) return createImageBitmap(frame);
  return uprightCanvas(frame, rotation, scale, mirrored).transferToImageBitmap();
}

/** The same on an OffscreenCanvas, scaled. */
export function uprightCanvas(frame, rotation, scale = 1, mirrored = false) {
  const { width, height } = frame.visibleRect;
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const size = turned({ width: w, height: h }, rotation);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "medium";
  context.translate(size.width / 2, size.height / 2);
  context.rotate((rotation * Math.PI) / 180);
  if (mirrored) context.scale(-1, 1);
  context.drawImage(frame, -w / 2, -h / 2, w, h);
  return canvas;
}
