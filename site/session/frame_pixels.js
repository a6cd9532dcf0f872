// Pixels of frames, handed to Python: kept ones, else out of the frame's file or its video. The page has references to them.

import { BATCH, decode, fileOf, findRegions, handBytes } from "../media/image_source.js";
import { around, pixelsAreTrue, wholePixels } from "../media/pixels.js";
import { provide } from "../runtime/boot.js";
import { store, frame, rowOf, shiftOf } from "../state/store.js";
import { clipFor } from "./open_videos.js";
import { knownPlaceOf, placeOf, regionsRefused } from "./persistence.js";
import { call, decodeInPython } from "./python.js";

/** Whether the browser hands back pixels as they are; where not, Python decodes the pictures. */
export const trusted = pixelsAreTrue();

/** Hand Python the pixels of clips' frames that were typed, as far as they are to be had: it learns from them. */
export async function handTyped(names, regions, signal) {
  for (let at = 0; at < names.length; at += BATCH) {
    const frames = await allRegionsOf(names.slice(at, at + BATCH), regions, signal);
    if (frames.length) await call("add_frames", { frames }, { signal });
  }
}

/** Regions of some frames; of those whose file or clip is not here `onLost(name, error)` is told. */
export async function allRegionsOf(names, regions, signal, onLost = (_name, _error) => {}) {
  const given = names.map((name) =>
    regionsOf(name, regions, signal).catch((error) => {
      if (error.name === "AbortError" || error.worker === "Python") throw error;
      onLost(name, error);
    }),
  );
  return /** @type {any[]} */ ((await Promise.all(given)).filter(Boolean));
}

/** Regions of a frame with their pixels: kept ones where the browser has them, else out of the frame's file or its clip. */
export async function regionsOf(name, regions, signal, urgent = false) {
  const [place, known] = [placeOf(name), knownPlaceOf(name)];
  const kept = known && (await findRegions(known, regions, { signal }));
  if (kept) return { name, regions: kept };
  const { regions: found, refusal } = await (isOfClip(name)
    ? clipRegion(name, regions, { place, signal })
    : pictureRegions(name, regions, { place, signal, urgent }));
  if (refusal) regionsRefused(refusal);
  return { name, regions: found };
}

/**
 * Regions of a picture, out of its file, which `decode` takes: {regions, refusal, shown}, see `decode`.
 * @param {any} file @param {Region[]} regions
 * @param {{place?: Place, show?: Region, urgent?: boolean} & Abortable} options
 */
export async function pictureRegions(file, regions, { place, show, signal, urgent = false } = {}) {
  if (trusted) return decode(file, { regions, place, show, signal, urgent });
  await provide(["pillow"]);
  const data = await handBytes(file, { signal });
  const { shown } = await decode(file, { show, signal, urgent });
  return { regions: await decodeInPython({ data, regions, place }, { signal }), shown };
}

const isOfClip = (name) => Boolean(store.frames.value[rowOf.value.get(name)]?.clip);

async function clipRegion(name, regions, options) {
  const one = store.frames.value[rowOf.value.get(name)];
  return (await clipFor(one)).region(one.time, regions, options);
}

/** What is around a drawn box in a frame, as if the frame had not moved. */
export async function stillRegion(name, [x, y, ...size]) {
  const [dx, dy] = shiftOf(rowOf.value.get(name));
  const region = await regionOf(name, around([[x + dx, y + dy, ...size]], Math.max(4, size[1] / 2)));
  return { ...region, x: region.x - dx, y: region.y - dy };
}

export async function regionOf(name, rectangle, signal) {
  const { width, height } = store.frames.value[rowOf.value.get(name)];
  return (await regionsOf(name, [wholePixels(rectangle, [width, height])], signal, true)).regions[0];
}

/** A whole frame for Python, which is kept nowhere. */
export async function wholeFrame(one, signal) {
  const regions = [{ readout: "", x: 0, y: 0, width: one.width, height: one.height }];
  const found = await (one.clip
    ? (await clipFor(one)).region(one.time, regions, { signal })
    : pictureRegions(one.name, regions, { signal }));
  return found.regions[0];
}

/** The current frame's whole picture, as an ImageBitmap that the caller closes. */
export async function picture() {
  const { name, clip, time } = frame.value;
  if (clip) return (await clipFor({ clip })).picture(time);
  return createImageBitmap(await fileOf(name), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
}
