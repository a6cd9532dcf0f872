// Luma and colour of pictures as they were coded, upright: what Planes.channels in readout/imaging/colour.py gives.

/**
 * The planes of regions' bytes, [Uint8Array], each {width, height, pictures}: luma first, then two of colour.
 * `width`, `height`: of the region, upright. `format`: I420 or NV12; `rotation`: clockwise, in degrees.
 */
export function channels(pictures, { width, height, format, rotation }) {
  const [w, h] = rotation % 180 ? [height, width] : [width, height];
  const [across, down] = [(w + 1) >> 1, (h + 1) >> 1];
  const split = pictures.map((data) => SPLIT[format](data, w * h, across * down));
  return [0, 1, 2].map((k) => {
    const [wide, tall] = k ? [across, down] : [w, h];
    const plane = { width: wide, height: tall, pictures: split.map((each) => each[k]) };
    return rotation ? turned(plane, rotation) : plane;
  });
}

const SPLIT = {
  I420: (data, light, colour) =>
    [0, light, light + colour].map((at, k) => data.subarray(at, at + (k ? colour : light))),
  NV12: (data, light, colour) => [
    data.subarray(0, light),
    ...[0, 1].map((odd) => {
      const plane = new Uint8Array(colour);
      for (let k = 0; k < colour; k++) plane[k] = data[light + 2 * k + odd];
      return plane;
    }),
  ],
};

/** A plane turned clockwise. */
function turned({ width, height, pictures }, rotation) {
  const aside = rotation % 180 !== 0;
  const [wide, tall] = aside ? [height, width] : [width, height];
  const source = {
    90: (x, y) => (height - 1 - x) * width + y,
    180: (x, y) => (height - 1 - y) * width + width - 1 - x,
    270: (x, y) => x * width + width - 1 - y,
  }[rotation];
  const order = Int32Array.from({ length: wide * tall }, (_, at) => source(at % wide, Math.floor(at / wide)));
  return {
    width: wide,
    height: tall,
    pictures: pictures.map((picture) => Uint8Array.from(order, (at) => picture[at])),
  };
}
