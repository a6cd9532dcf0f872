// Files that were cut off: whether a transport stream ends inside a packet, and a WebM or MKV made readable up to its end.

import { HEAD_BYTES, TS_PACKETS } from "../../shared/constants.js";

/** Names of EBML's elements, RFC 9559. */
const [EBML, SEGMENT, CLUSTER] = [0x1a45dfa3, 0x18538067, 0x1f43b675];
const UNKNOWN = -1;

/** @typedef {{at: number, id?: number, idLength?: number, data?: number, end?: number, unknown?: boolean}} EbmlElement */

/**
 * Of a transport stream that ends inside a packet {track}, the number of its track, null where that is not there; else null.
 * ISO/IEC 13818-1, 2.4.3.2.
 */
export async function transportEnd(file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const marks = (length, at) => [0, 1, 2].every((k) => head[at + k * length] === 0x47);
  const packet = TS_PACKETS.find((length) => marks(length, 0) || marks(length, 4)) ?? 0;
  const tail = new Uint8Array(packet ? await file.slice(file.size - (file.size % packet)).arrayBuffer() : []);
  const begin = tail.subarray(0, packet - 187).indexOf(0x47); // of a packet, not what pads the file
  if (begin < 0) return null;
  return { track: tail.length < begin + 3 ? null : ((tail[begin + 1] & 0x1f) << 8) | tail[begin + 2] };
}

/**
 * A WebM or MKV that ends before its segment does, as a Blob of what is whole: its last cluster ends after its last
 * whole block. null for all other files.
 */
export async function mended(file) {
  const header = await element(file, 0);
  const segment = header?.id === EBML ? await element(file, header.end) : null;
  if (segment?.id !== SEGMENT || segment.unknown || segment.end <= file.size) return null;
  const cluster = await lastWhole(file, segment.data, ({ end, unknown }) => unknown || end > file.size);
  /** @type {[EbmlElement, number][]} */
  const patches = [[segment, UNKNOWN]];
  let end = cluster.at;
  if (cluster.id === CLUSTER && !cluster.unknown) {
    end = (await lastWhole(file, cluster.data, (block) => block.end > file.size)).at;
    patches.push([cluster, end - cluster.data]);
  }
  const parts = [];
  let done = 0;
  for (const [{ at, idLength, data }, size] of patches) {
    parts.push(file.slice(done, at + idLength), sizeField(size, data - at - idLength));
    done = data;
  }
  return new Blob([...parts, file.slice(done, end)]);
}

/**
 * The first element from `at` on that `ends` is true of, or what stands at the end of the file: {at}.
 * @returns {Promise<EbmlElement>}
 */
async function lastWhole(file, at, ends) {
  for (;;) {
    const found = await element(file, at);
    if (!found || ends(found)) return found ?? { at };
    at = found.end;
  }
}

/**
 * {at, id, idLength, data, end, unknown} of the EBML element at `at` (RFC 8794, 5 and 6); null where there is none.
 * @returns {Promise<EbmlElement | null>}
 */
async function element(file, at) {
  const bytes = new Uint8Array(await file.slice(at, at + 12).arrayBuffer());
  const idLength = Math.clz32(bytes[0]) - 23;
  const sizeLength = Math.clz32(bytes[idLength]) - 23;
  if (!(idLength <= 4 && sizeLength <= 8 && idLength + sizeLength <= bytes.length)) return null;
  const number = (from, length, first) =>
    bytes.subarray(from + 1, from + length).reduce((sum, byte) => sum * 256 + byte, first);
  const size = number(idLength, sizeLength, bytes[idLength] & (0xff >> sizeLength));
  const data = at + idLength + sizeLength;
  const unknown = size >= 2 ** (7 * sizeLength) - 1;
  return { at, id: number(0, idLength, bytes[0]), idLength, data, end: data + size, unknown };
}

/** A size as EBML writes it, in `length` bytes. */
function sizeField(size, length) {
  const bytes = new Uint8Array(length).fill(0xff);
  if (size === UNKNOWN) bytes[0] = 0xff >> (length - 1);
  else {
    for (let k = length - 1, rest = size; k >= 0; k--, rest = Math.floor(rest / 256)) bytes[k] = rest % 256;
    bytes[0] |= 0x80 >> (length - 1);
  }
  return bytes;
}
