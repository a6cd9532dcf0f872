// What a file is, by its first bytes, as readout/files/kinds.py says: names lie. One table of cases tests both.

import { HEAD_BYTES } from "../shared/constants.js";

// Beginnings of files as Latin-1 text, and what they are; TIFF, PNG, JPEG and so on, containers of videos, zips.
/** @type {[RegExp, string][]} */
const MAGIC = [
  [/^(\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II[*+]\0|MM\0[*+]|RIFF[^]{4}WEBP)/, "picture"],
  [/^BM[^]{12}[\x0c\x28\x6c\x7c]\0\0\0/, "picture"],
  [/^PK(\x03\x04|\x05\x06)/, "zip"],
  [/^(\x1aE\xdf\xa3|FLV|OggS|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\0\0\x01[\xba\xb3]|RIFF[^]{4}AVI )/, "video"],
  [/^(\x06\x0e\x2b\x34\x02\x05\x01\x01|DKIF|YUV4MPEG2 |\.RMF|nut\/multimedia container)/, "video"],
  [/^(\x1f\x07\0[\x3f\xbf]|\0\0\x01\xb0)/, "video"],
  [/^\0?\0\0\x01([\x27\x47\x67]|\x09[\x10-\xf0]|[\x40\x46]\x01)/, "video"], // H.264 and HEVC without a container
  [/^[^]{4}(moov|mdat|wide|free|skip|pnot|styp|moof|sidx)/, "video"],
  [/^(?:[^]{4})?G[^]{187}G[^]{187}G/, "video"], // MPEG-TS in packets of 188, 192 and 204 bytes
  [/^(?:[^]{4})?G[^]{191}G[^]{191}G/, "video"],
  [/^(?:[^]{4})?G[^]{203}G[^]{203}G/, "video"],
];
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
  if (/^(GIF8|II[*+]\0|MM\0[*+])/.test(text)) return true;
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
