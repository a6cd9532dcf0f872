// What a file is, by its first bytes, as readout/files/kinds.py says: names lie. One table of cases tests both.

import { FILE_MAGIC, HEAD_BYTES, MOST_PADDING } from "../shared/constants.js";

/** @type {[RegExp, string][]} */
const MAGIC = FILE_MAGIC.map(([pattern, kind]) => [new RegExp(`^(?:${pattern})`), kind]);
const HEIC = /^(hei[cxms]|hev[cx]|mif1|msf1)$/;
const AVIF = /^avi[fs]$/;

/** "picture", "heic", "video" or "zip", by a file's first HEAD_BYTES; null where they tell nothing. */
export function kindOf(head) {
  const text = latin(head.subarray(0, HEAD_BYTES));
  const found = MAGIC.find(([begin]) => begin.test(text));
  if (found) return found[1];
  if (text.slice(4, 8) !== "ftyp") return null;
  const brands = brandsOf(head, text);
  if (brands.some((brand) => AVIF.test(brand))) return "picture";
  if (brands[0] === "crx ") return null;
  return HEIC.test(brands[0]) ? "heic" : "video";
}

/**
 * Where in bytes, from a place on, a JPEG ends and another one begins right behind it; -1 for nowhere. Inside a picture no
 * 0xff is followed by these bytes, but in a thumbnail's own end (ISO/IEC 10918-1, B.1.1).
 */
export function jpegJoint(bytes, from) {
  for (let at = bytes.indexOf(0xd9, from + 1); at >= 0; at = bytes.indexOf(0xd9, at + 1))
    if (bytes[at - 1] === 0xff && bytes[at + 1] === 0xff && bytes[at + 2] === 0xd8 && bytes[at + 3] === 0xff)
      return at - 1;
  return -1;
}

/** What is said of a file whose first picture alone is read. */
const MORE = {
  jpeg: {
    why: "more pictures follow the first one in the file",
    next: "They are not read: name the file .mjpeg, then it is read as a video.",
  },
  avif: {
    why: "it is an AVIF sequence, of which the page reads the first picture alone",
    next: "Its other pictures are not read: save it as GIF, as PNG files or as a video, or use  readout read.",
  },
};

/** {why, next} where a file holds pictures that are not read, by its bytes; else null. */
export function moreIn(bytes) {
  return picturesFollow(bytes) ? MORE.jpeg : isAvifSequence(bytes) ? MORE.avif : null;
}

/** Whether pictures follow the first one of a JPEG's bytes that are not other views of it (CIPA DC-007). */
export function picturesFollow(bytes) {
  const joint = bytes[0] === 0xff && bytes[1] === 0xd8 ? jpegJoint(bytes, 2) : -1;
  if (joint < 0) return false;
  for (let at = bytes.indexOf(0x4d); at >= 0 && at < joint; at = bytes.indexOf(0x4d, at + 1))
    if (latin(bytes.subarray(at, at + 4)) === "MPF\0") return false;
  return true;
}

/** Whether a file has several AVIF pictures that follow each other in time (AV1 Image File Format, 6). */
function isAvifSequence(bytes) {
  const text = latin(bytes.subarray(0, HEAD_BYTES));
  return text.slice(4, 8) === "ftyp" && brandsOf(bytes, text).includes("avis");
}

/** What to do about a picture that is HEIC, after its name. */
export const heicHelp = (name) =>
  `is HEIC, which cannot be decoded here: convert it with  heif-convert ${name} ${name}.jpg  or  magick ${name} ` +
  `${name}.jpg, and have the phone take JPEG (iPhone: Settings, Camera, Formats, Most Compatible)`;

/**
 * Whether Python has to decode a picture, by its bytes: it has several frames, more than 8 bits, or says how to turn it in
 * a way that not every browser follows.
 */
export function needsPython(bytes) {
  const text = latin(bytes.subarray(0, 16));
  if (/^(GIF8|II[*+]\0|MM\0[*+])/.test(text) || anotherFollows(bytes, text)) return true;
  if (text.startsWith("\x89PNG")) {
    if (bytes[24] === 16) return true;
    const chunks = pngChunks(bytes);
    const exif = chunks.find(({ type }) => type === "eXIf");
    return (
      chunks.some(({ type }) => type === "acTL") || (exif !== undefined && turns(bytes.subarray(exif.at, exif.end)))
    );
  }
  if (text.slice(8, 16) === "WEBPVP8X") {
    if (bytes[20] & 2) return true;
    const exif = webpChunks(bytes).find(({ type }) => type === "EXIF");
    return exif !== undefined && turns(bytes.subarray(exif.at, exif.end));
  }
  return false;
}

/** Whether a picture may be transparent somewhere, by its bytes. */
export function mayBeTransparent(bytes) {
  const text = latin(bytes.subarray(0, 16));
  if (text.startsWith("\x89PNG"))
    return bytes[25] === 4 || bytes[25] === 6 || pngChunks(bytes).some(({ type }) => type === "tRNS");
  if (text.slice(8, 16) === "WEBPVP8X") return Boolean(bytes[20] & 16);
  if (text.slice(8, 16) === "WEBPVP8L") return Boolean(bytes[24] & 16);
  return false;
}

/** Whether EXIF says that a picture is to be turned or mirrored (tag 274, CIPA DC-008, 4.6.5). */
function turns(exif) {
  const begin = latin(exif.subarray(0, 6)) === "Exif\0\0" ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + begin, exif.byteLength - begin);
  try {
    const little = view.getUint16(0) === 0x4949;
    const first = view.getUint32(4, little);
    for (let k = 0; k < view.getUint16(first, little); k++) {
      const at = first + 2 + 12 * k;
      if (view.getUint16(at, little) === 274) return view.getUint16(at + 8, little) !== 1;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // it is cut off
  }
  return false;
}

/** A PNG's chunks before its pixels: [{type, at, end}]. */
function pngChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = [];
  for (let at = 8; at + 8 <= bytes.length;) {
    const [length, type] = [view.getUint32(at), latin(bytes.subarray(at + 4, at + 8))];
    if (type === "IDAT") break;
    chunks.push({ type, at: at + 8, end: at + 8 + length });
    at += 12 + length;
  }
  return chunks;
}

/** Whether another picture follows a PNG, WebP or BMP in its file, behind no more zeros than Python passes over. */
function anotherFollows(bytes, text) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  if (text.startsWith("\x89PNG")) end = pngEnd(bytes, view);
  else if (text.slice(8, 12) === "WEBP") end = 8 + view.getUint32(4, true);
  else if (text.startsWith("BM") && bytes.length > 6) end = view.getUint32(2, true);
  if (!end) return false;
  const behind = bytes.subarray(end, end + MOST_PADDING + HEAD_BYTES);
  const begin = behind.findIndex((byte) => byte !== 0);
  return begin >= 0 && begin <= MOST_PADDING && kindOf(behind.subarray(begin)) === "picture";
}

function pngEnd(bytes, view) {
  for (let at = 8; at + 12 <= bytes.length;) {
    const type = latin(bytes.subarray(at + 4, at + 8));
    at += 12 + view.getUint32(at);
    if (type === "IEND") return at;
  }
  return 0;
}

function webpChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    chunks.push({ type: latin(bytes.subarray(at, at + 4)), at: at + 8, end: at + 8 + length });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

/** The major brand of an ISO file, then those it is compatible with. ISO/IEC 14496-12, 4.3. */
function brandsOf(head, text) {
  const end = Math.min(new DataView(head.buffer, head.byteOffset).getUint32(0), text.length);
  const brands = [text.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text.slice(at, at + 4));
  return brands;
}

const latin = (bytes) => String.fromCharCode(...bytes);
