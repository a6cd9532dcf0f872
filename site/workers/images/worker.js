// Pictures: what a frame's file shows, and what a zip holds. It keeps nothing but the lists of open zips.

import { findRegions, keepRegions, lastRefusal } from "../../media/kept_regions.js";
import { heicHelp, kindOf, mayBeTransparent, moreIn, needsPython } from "../../media/file_kind.js";
import { contents, cut, decode, isTransparent, pictureError, pixelsAreTrue } from "../../media/pixels.js";
import { reportAlive, serve, transferred } from "../../runtime/bridge.js";
import { hand, handRegions, portToPython } from "../../runtime/pixel_port.js";
import { MAX_PIXELS } from "../../shared/constants.js";
import { sha256 } from "../../shared/sha256.js";
import { declaredSize } from "./image_size.js";
import { Archive } from "./zip_reader.js";

/** A thumbnail fits into a square of this many pixels. */
const THUMBNAIL = 160;
const ARCHIVES = 4;

/** Where the browser changes what is read back from a canvas, thumbnails would show it. */
const trusted = pixelsAreTrue();
/** By id, the last used at the end: promises of Archives. */
const archives = new Map();

/**
 * Look at a picture: its `file`, a Blob, or its place `inZip` {id, zip, at}. Returns {width, height, digest,
 * thumbnail, regions, refusal, shown, more}: `digest` and `thumbnail`, a JPEG as a Blob, where they are asked for, else null; each
 * of the asked `regions` {x, y, width, height} with its `rgba` handed to Python, and stored at `place`, where there is
 * one; see `lastRefusal`; with a digest, what is said of `more` pictures in the file, see moreIn. Where a digest is asked for and Python has to decode the picture first, {expand: true}. Rejects
 * with a PictureError.
 */
async function look({ file, inZip, regions, place, show, thumbnail, digest }, { signal }) {
  const bytes = inZip ? await unpacked(inZip, signal) : digest ? await bytesOf(file) : null;
  signal.throwIfAborted();
  if (digest && needsPython(bytes)) return { expand: true };
  if (bytes && kindOf(bytes) === "heic") throw pictureError(`it ${heicHelp(file?.name ?? "picture.heic")}`);
  if (bytes) refuseLarge(declaredSize(bytes));
  const hash = digest ? sha256(bytes) : null;
  const bitmap = await decode(file ?? bytes).catch(async (error) => {
    if (file) await bytesOf(file); // it may be that there is no file any more
    throw error;
  });
  try {
    signal.throwIfAborted();
    const { width, height } = bitmap;
    refuseLarge(bitmap);
    if (digest && mayBeTransparent(bytes) && isTransparent(bitmap)) return { expand: true };
    const found = regions.map((region) => ({ ...region, rgba: cut(bitmap, region) }));
    const shown = show ? { ...show, rgba: cut(bitmap, show) } : null;
    const small = thumbnail && trusted ? await shrink(bitmap) : null;
    if (place) keepRegions(place, found);
    const handed = found.length ? await handRegions(found, { signal }) : [];
    const more = digest ? moreIn(bytes) : null;
    return {
      width,
      height,
      digest: await hash,
      thumbnail: small,
      regions: handed,
      refusal: lastRefusal(),
      shown,
      more,
    };
  } finally {
    bitmap.close();
  }
}

/** The list of a zip's files: {files, refused, remarks}, see Archive. `id` stands for it in later calls. */
async function list({ id, zip }) {
  const { files, refused, remarks } = await archive(id, zip);
  return { files, refused, remarks };
}

/** The bytes of a file in a zip, an ArrayBuffer; see Archive.unpack. */
async function unpack(place, { signal }) {
  const { buffer } = await unpacked(place, signal);
  return transferred(buffer, [buffer]);
}

/** The first bytes of a file in a zip, an ArrayBuffer; see Archive.head. */
async function head({ id, zip, at, count }) {
  const { buffer } = await (await archive(id, zip)).head(at, count);
  return transferred(buffer, [buffer]);
}

/** Regions of a frame that are stored, handed to Python; null where some are not. */
async function find({ place, regions }, call) {
  const found = await findRegions(place, regions);
  return found && handRegions(found, call);
}

/** A picture's bytes, handed to Python: a reference. */
async function handBytes({ file, inZip }, { signal }) {
  const [reference] = await hand([inZip ? await unpacked(inZip, signal) : await bytesOf(file)]);
  return reference;
}

const unpacked = async ({ id, zip, at }, signal) => (await archive(id, zip)).unpack(at, { signal });

function archive(id, zip) {
  const opened = archives.get(id) ?? Archive.open(zip);
  archives.delete(id);
  archives.set(id, opened);
  for (const old of [...archives.keys()].slice(0, -ARCHIVES)) archives.delete(old);
  opened.catch(() => archives.delete(id));
  return opened;
}

async function bytesOf(file) {
  return new Uint8Array(await contents(file));
}

function refuseLarge(size) {
  if (!size || size.width * size.height <= MAX_PIXELS) return;
  const most = `${MAX_PIXELS / 1e6} million pixels`;
  throw pictureError(
    `a picture has at most ${most}, this one has ${size.width} x ${size.height}: scale it down or cut it`,
  );
}

async function shrink(bitmap) {
  const scale = Math.min(1, THUMBNAIL / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.imageSmoothingQuality = "medium";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
}

const handlers = { start: reportAlive, ...portToPython, look, find, handBytes, list, unpack, head };
serve(self, (method, args, call) => handlers[method](args, call));
