// Regions of a VideoFrame, copied out of it as they are: no more than will be read, and no conversion where none is needed.

import { PIXEL_FORMATS } from "../shared/constants.js";

/** Formats of 8 bits whose planes Python takes as they are; chroma has half the size, so regions begin at even pixels. */
const PLANAR = PIXEL_FORMATS.filter((format) => format !== "RGBA");

/** The size of what a frame shows, upright: {width, height}. */
export function uprightSize(frame) {
  const { width, height } = frame.visibleRect;
  return (frame.rotation ?? 0) % 180 ? { width: height, height: width } : { width, height };
}

/**
 * Copy regions [{x, y, width, height, …}] of a VideoFrame, in whole upright pixels inside it. Returns {format, matrix,
 * full_range, rotation, regions}, as Python takes them: format "I420", "NV12" or "RGBA"; each region with its `data`,
 * made larger to even pixels where the format asks for that. The frame stays open.
 */
export async function copyRegions(frame, regions) {
  const { x: left, y: top } = frame.visibleRect;
  const plain = !frame.rotation && !frame.flip;
  const planar = plain && PLANAR.includes(frame.format) && left % 2 === 0 && top % 2 === 0;
  const asked = planar ? regions.map((region) => ({ ...region, ...even(region, uprightSize(frame)) })) : regions;
  const copy = planar
    ? (rect) => copied(frame, { rect })
    : (rect, region) => (plain ? converted(frame, rect, region) : drawn(frame, region));
  const found = await Promise.all(
    asked.map(async (region) => {
      const { x, y, width, height } = region;
      return { ...region, data: await copy({ x: x + left, y: y + top, width, height }, region) };
    }),
  );
  const { matrix, fullRange } = frame.colorSpace ?? {};
  return {
    format: planar ? frame.format : "RGBA",
    matrix: (planar && matrix) || null,
    full_range: planar && Boolean(fullRange),
    rotation: 0,
    regions: found,
  };
}

/** Regions as `copyRegions` gives them, each with all that Python needs to know of its pixels: `rgba`, or `data` and what they are. */
export const described = ({ format, matrix, full_range, rotation, regions }) =>
  regions.map(({ data, ...region }) =>
    format === "RGBA" ? { ...region, rgba: data } : { ...region, data, format, matrix, full_range, rotation },
  );

/** The smallest rectangle from even to even pixels around one; at the edge of an odd frame it ends there. */
export function even({ x, y, width, height }, size) {
  const [left, top] = [x - (x % 2), y - (y % 2)];
  const up = (end, most) => Math.min(end + (end % 2), most);
  return { x: left, y: top, width: up(x + width, size.width) - left, height: up(y + height, size.height) - top };
}

async function copied(frame, options) {
  const data = new Uint8Array(frame.allocationSize(options));
  await frame.copyTo(data, options);
  return data;
}

/** Not every browser converts while it copies. */
const converted = (frame, rect, region) => copied(frame, { rect, format: "RGBA" }).catch(() => drawn(frame, region));

function drawn(frame, { x, y, width, height }) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const size = uprightSize(frame);
  context.drawImage(frame, -x, -y, size.width, size.height);
  return new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
}
