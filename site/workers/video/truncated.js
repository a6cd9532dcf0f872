// Files that were cut off: whether an MP4 still has its index, and a WebM or MKV made readable up to its end.

/** Names of EBML's elements, RFC 9559. */
const [EBML, SEGMENT, CLUSTER] = [0x1a45dfa3, 0x18538067, 0x1f43b675];
const UNKNOWN = -1;

/** @typedef {{at: number, id?: number, idLength?: number, data?: number, end?: number, unknown?: boolean}} EbmlElement */

/** Whether an MP4 or MOV has the box with its index ("moov", or "moof" of its parts). */
export async function hasIndex(file) {
  for (let at = 0; at + 8 <= file.size;) {
    const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
    const type = String.fromCharCode(...new Uint8Array(head.buffer, 4, 4));
    if (type === "moov" || type === "moof") return true;
    const small = head.getUint32(0);
    const size = small === 1 && head.byteLength === 16 ? Number(head.getBigUint64(8)) : small;
    if (size < 8) return false; // up to the end of the file, or nonsense
    at += size;
  }
  return false;
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
