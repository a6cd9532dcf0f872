// Zip files, opened without trust: what is in them, and one entry at a time.

import { BlobReader, configure, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js/lib/zip-core-custom.js";
import { pictureError } from "../../media/pixels.js";
import { DEFLATE_MOST, NAMES_UNSURE } from "../../shared/constants.js";
import { uniqueName } from "../../shared/file_names.js";
import { decodedNames, plainPath } from "./zip_names.js";

configure({ useWebWorkers: false }); // this runs in a worker already

const MB = 1 << 20;
/** One file unpacks to at most this: four bytes for each of the pixels that readout decodes at most. */
const MAX_BYTES = 256 * MB;
/** Where a file is larger than this, it may not have shrunk to less than 1 : MAX_RATIO. */
const SMALL = 16 * MB;
const MAX_RATIO = 200;
const MAX_ENTRIES = 200_000;
const STORED = 0;
const DEFLATED = 8;

const UNPACK = "Unpack the zip on your computer, then drop the folder.";
const AGAIN = "Pack the zip again, or drop the folder instead.";

/**
 * A zip file that has been opened. `files`: [{at, path, size}]; `refused`: [{name, why, next}], paths for names; `remarks`:
 * on what is otherwise than it seems.
 */
export class Archive {
  /**
   * Read the list of files in `zip`, a Blob; `at` is a file's place in it. Hidden traps are refused one by
   * one, the others remain. Rejects with a PictureError where the list cannot be read.
   */
  static async open(zip) {
    const reader = new ZipReader(new BlobReader(zip), { filenameValidation: "tolerant" });
    const entries = [];
    try {
      for await (const entry of reader.getEntriesGenerator()) {
        if (entries.push(entry) > MAX_ENTRIES) {
          throw pictureError(`it has more than ${MAX_ENTRIES} files: pack fewer into one`);
        }
      }
    } catch (error) {
      if (error.name === "PictureError") throw error;
      throw pictureError(`it cannot be opened as a zip, it is damaged or none (${error.message}): pack it again`);
    }
    return new Archive(entries);
  }

  #entries;
  files = [];
  refused = [];

  constructor(entries) {
    this.#entries = entries;
    const shared = overlapping(entries);
    const { names, sure } = decodedNames(entries.map(rawName));
    this.remarks = sure ? [] : [NAMES_UNSURE];
    const seen = new Set();
    entries.forEach((entry, at) => {
      if (entry.directory || /[/\\]$/.test(names[at])) return;
      const path = plainPath(names[at]);
      const fault = faultOf(entry, path, names[at], shared.has(entry));
      if (fault) return void this.refused.push({ name: path ?? names[at], why: fault[0], next: fault[1] });
      const unique = uniqueName(path, seen);
      seen.add(unique);
      this.files.push({ at, path: unique, size: entry.uncompressedSize });
    });
  }

  /**
   * The bytes of the file at `at`, a Uint8Array. Rejects with a PictureError where it is damaged, or larger
   * than it declares.
   * @param {number} at @param {Abortable} options
   */
  async unpack(at, { signal } = {}) {
    const entry = this.#entries[at];
    try {
      return await entry.getData(new Uint8ArrayWriter(), { signal, checkCrc32: true });
    } catch (error) {
      signal?.throwIfAborted();
      throw pictureError(`it is damaged inside its zip (${error.message}): pack the zip again`);
    }
  }

  /** The first bytes of the file at `at`, a Uint8Array of at most `count`; fewer where it is shorter or damaged. */
  async head(at, count) {
    const enough = new AbortController();
    const head = new Uint8Array(count);
    let length = 0;
    const write = (bytes) => {
      const some = bytes.subarray(0, count - length);
      head.set(some, length);
      length += some.length;
      if (length === count) enough.abort();
    };
    await this.#entries[at].getData(new WritableStream({ write }), { signal: enough.signal }).catch(() => {});
    return head.slice(0, length);
  }
}

/**
 * A name's bytes, and whether they are known to be UTF-8: by its flag, or where the entry has it so besides (0x7075).
 * @returns {[Uint8Array, boolean]}
 */
const rawName = ({ rawFilename, bitFlag, extraFieldUnicodePath: besides }) =>
  besides?.valid ? [besides.data.subarray(5), true] : [rawFilename, bitFlag.languageEncodingFlag];

/** Why an entry is refused, and what to do; undefined where nothing speaks against it. */
function faultOf(
  { symlink, encrypted, compressionMethod, uncompressedSize: size, compressedSize: packed },
  path,
  name,
  overlaps,
) {
  const isStored = compressionMethod === STORED;
  if (path === null) return [`a path stays inside the zip, got ${JSON.stringify(name)}`, AGAIN];
  if (symlink) return ["it is a link to another file", AGAIN];
  if (encrypted) return ["it is encrypted", UNPACK];
  if (!isStored && compressionMethod !== DEFLATED)
    return [`it is packed by method ${compressionMethod}, only "deflate" is known`, UNPACK];
  if (size > MAX_BYTES) return [`a file has at most ${inMB(MAX_BYTES)}, this one declares ${inMB(size)}`, UNPACK];
  const most = isStored ? packed : size > SMALL ? packed * MAX_RATIO : 64 + packed * DEFLATE_MOST;
  if (size > most || (isStored && size < packed))
    return [`${packed} bytes would become ${size}, as in a zip bomb`, UNPACK];
  if (overlaps) return ["it shares its bytes with another file, as in a zip bomb", AGAIN];
}

/** The entries whose bytes another entry has too. */
function overlapping(entries) {
  const found = new Set();
  const ordered = entries.filter(({ directory }) => !directory).sort((a, b) => a.offset - b.offset);
  let [last, end] = [null, 0];
  for (const entry of ordered) {
    if (entry.offset < end) found.add(last).add(entry);
    const own = entry.offset + 30 + entry.rawFilename.length + entry.compressedSize;
    if (own > end) [last, end] = [entry, own];
  }
  return found;
}

const inMB = (bytes) => `${Math.round(bytes / MB)} MB`;
