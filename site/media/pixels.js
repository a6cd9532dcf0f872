// Pictures to pixels by the browser's own decoders: only the region that will be read.

const CANARY = 16;

/** The rectangle {x, y, right, bottom} around boxes [[x, y, width, height], …], and `margin` pixels more on each side. */
export const around = (boxes, margin = 0) => ({
  x: Math.min(...boxes.map(([x]) => x)) - margin,
  y: Math.min(...boxes.map(([, y]) => y)) - margin,
  right: Math.max(...boxes.map(([x, , width]) => x + width)) + margin,
  bottom: Math.max(...boxes.map(([, y, , height]) => y + height)) + margin,
});

/** The region {x, y, width, height} of whole pixels that covers a rectangle, as far as it is in a frame of [width, height]. */
export function wholePixels(rectangle, [frameWidth, frameHeight]) {
  const [x, y] = [rectangle.x, rectangle.y].map((side) => Math.max(0, Math.floor(side)));
  const right = Math.min(frameWidth, Math.ceil(rectangle.right));
  const bottom = Math.min(frameHeight, Math.ceil(rectangle.bottom));
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * Decode a picture file to the RGBA of `region` {x, y, width, height}, in whole pixels; without one, of all.
 *
 * `file`: a Blob, or its bytes. As `readout.images.load_image` does, it applies the camera's rotation,
 * ignores colour profiles, lays transparency over black and takes the first frame of an animation; for
 * opaque 8-bit pictures that are stored without loss the pixels are the same, bit for bit.
 * Returns {width, height, region, rgba}: the whole picture's size, and a Uint8ClampedArray.
 * Rejects with a PictureError where the browser cannot decode it, or the region is not inside it.
 */
export async function decodeRegion(file, region) {
  const bitmap = await decode(file);
  try {
    const { width, height } = bitmap;
    region ??= { x: 0, y: 0, width, height };
    return { width, height, region, rgba: cut(bitmap, region) };
  } finally {
    bitmap.close();
  }
}

/** The whole picture of a file, a Blob or its bytes, as an ImageBitmap that the caller closes; see `decodeRegion`. */
export function decode(file) {
  const blob = file instanceof Blob ? file : new Blob([file]);
  return createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" }).catch((error) => {
    throw pictureError(`the browser cannot decode the picture (${error.message}): export it again as PNG`);
  });
}

/** The bytes of a file, an ArrayBuffer. Rejects with a PictureError where it cannot be read, as when it was moved. */
export const contents = (file) =>
  file.arrayBuffer().catch((error) => {
    throw pictureError(`the file cannot be read any more, it was moved or changed (${error.message}): drop it again`);
  });

/** The RGBA of a region {x, y, width, height} of an ImageBitmap, a Uint8ClampedArray; see `decodeRegion`. */
export function cut(bitmap, { x, y, width, height }) {
  if (x < 0 || y < 0 || x + width > bitmap.width || y + height > bitmap.height) {
    throw pictureError(
      `the region to read must be inside the picture, it is ${width} x ${height} at ${x}, ${y} ` +
        `in one of ${bitmap.width} x ${bitmap.height}: move the boxes, or use the layout made for this size`,
    );
  }
  const context = contextOf(width, height);
  context.fillRect(0, 0, width, height); // black, for what shines through
  context.drawImage(bitmap, -x, -y);
  return context.getImageData(0, 0, width, height).data;
}

/** Whether something shines through an ImageBitmap. */
export function isTransparent(bitmap) {
  const context = contextOf(bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return true;
  return false;
}

/**
 * Whether the browser hands back the pixels that were drawn. Protection against fingerprinting changes
 * some or all of them, and then nothing that `decodeRegion` gives can be trusted.
 */
export function pixelsAreTrue() {
  const drawn = new ImageData(CANARY, CANARY);
  for (let k = 0; k < drawn.data.length; k++) drawn.data[k] = k % 4 === 3 ? 255 : (k * 151 + (k >> 5) * 89) & 255;
  const context = contextOf(CANARY, CANARY);
  context.putImageData(drawn, 0, 0);
  const read = context.getImageData(0, 0, CANARY, CANARY).data;
  return drawn.data.every((value, k) => value === read[k]);
}

function contextOf(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** An error about one picture: the rule, what was found, and what to do. */
export const pictureError = (message) => Object.assign(new Error(message), { name: "PictureError" });
