// The browser's decoding of pictures, for test_pixels.py.

const tools = () => import(new URL("site/media/pixels.js", location.origin));

/** A region of a picture, of its address or its bytes: {width, height, region, rgba}, or {name, message} of the error. */
export async function decode([file, region]) {
  const { decodeRegion } = await tools();
  const bytes = typeof file === "string" ? await (await fetch(file)).arrayBuffer() : new Uint8Array(file);
  return decodeRegion(bytes, region ?? undefined).then(
    ({ rgba, width, height, region: found }) => ({ width, height, region: found, rgba: [...rgba] }),
    ({ name, message }) => ({ name, message }),
  );
}

/** The SHA-256 of the RGBA of each picture. */
export async function digests(files) {
  const { decodeRegion } = await tools();
  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const found = [];
  for (const file of files) {
    const { rgba } = await decodeRegion(await (await fetch(file)).arrayBuffer());
    found.push(hex(await crypto.subtle.digest("SHA-256", rgba)));
  }
  return found;
}

export async function cover([boxes, margin, size]) {
  const { around, wholePixels } = await tools();
  return wholePixels(around(boxes, margin), size);
}

export const pixelsAreTrue = async () => (await tools()).pixelsAreTrue();

/** Makes a browser that alters a pixel. */
export function spoilPixels() {
  const { prototype } = OffscreenCanvasRenderingContext2D;
  const { getImageData } = prototype;
  prototype.getImageData = function (...given) {
    const image = getImageData.apply(this, given);
    image.data[40] ^= 1;
    return image;
  };
}
