// AVI files (RIFF; OpenDML extensions 1.02): their picture track's packets.
//
// AVI has no times of presentation: a packet's time is its number, in the order of decoding.

import { isJpeg, JPEG } from "./jpeg_decoder.js";
import { avcName, PacketFile, viewOf, WINDOW } from "./packet_file.js";

const [LIST, RIFF, MOVI, HDRL, STRL, REC] = ["LIST", "RIFF", "movi", "hdrl", "strl", "rec "];
/** A flag of the index: the packet is a key frame. */
const KEY_FRAME = 0x10;
/** Where a packet's kind shows. */
const PEEK = 512;
const MOST_HEADER = 16 << 20;
const H264 = /^(h264|x264|avc1|davc|vssh)$/i;

/** The names of H.264's units: a slice of a key frame, one of another, and a sequence parameter set. Rec. ITU-T H.264, 7.4.1. */
const [SLICE, KEY_SLICE, PARAMETERS] = [1, 5, 7];
/** Units that tell whether a packet is a key frame: parameters stand before one, often with a long text between them. */
const TELLING = [SLICE, KEY_SLICE, PARAMETERS];

export class AviFile extends PacketFile {
  /** Read the headers and the index. Resolves with null for any other file. @param {Blob} file */
  static async open(file) {
    const head = await viewOf(file, 0, 12);
    if (head.byteLength < 12 || nameAt(head, 0) !== RIFF || nameAt(head, 8) !== "AVI ") return null;
    const avi = new AviFile(file);
    await avi.#read();
    return avi;
  }

  timeless = true;
  #apart = 0;
  #number = "00";
  /** Packets walked over, empty ones, too. */
  #walked = 0;

  get apart() {
    return this.#apart;
  }

  get isH264() {
    return H264.test(this.codec);
  }

  /** What a decoder has to know; null where the codec is none that a browser has, or its parameters are missing. */
  async config() {
    if (isJpeg(this.codec)) return { codec: JPEG };
    const first = this.isH264 && (await this.getFirstPacket());
    const at = first ? units(first.data).find(({ type }) => type === PARAMETERS)?.at : undefined;
    if (at === undefined) return null;
    return { codec: avcName(first.data.subarray(at + 1, at + 4)), codedWidth: this.width, codedHeight: this.height };
  }

  async #read() {
    const { size } = this.file;
    const [lists, parts] = [[], []];
    let index = null;
    for (let at = 0; at + 12 <= size;) {
      const riff = await this.view(at, 12);
      const said = at + 8 + riff.getUint32(4, true);
      const end = Math.min(said, size);
      if (nameAt(riff, 0) !== RIFF || end <= at + 12) break;
      this.cut ||= said > size;
      parts.push(at);
      for (let inner = at + 12; inner + 12 <= end;) {
        const view = await this.view(inner, 12);
        const length = view.getUint32(4, true);
        if (nameAt(view, 0) === LIST && nameAt(view, 8) === HDRL)
          this.#header(await this.view(inner + 12, Math.min(length, MOST_HEADER)));
        else if (nameAt(view, 0) === LIST && nameAt(view, 8) === MOVI)
          lists.push({ at: inner + 8, end: Math.min(inner + 8 + length, size) });
        else if (nameAt(view, 0) === "idx1") index = { at: inner + 8, length };
        inner += 8 + length + (length % 2);
      }
      at = end + (end % 2);
    }
    if (index && parts.length === 1 && lists.length) await this.#byIndex(index, lists[0].at);
    if (!this.packets.length) for (const list of lists) await this.#walk(list.at + 4, list.end);
  }

  /** The headers of all tracks: the first of pictures is read. */
  #header(view) {
    let number = 0;
    for (const { name, at, length } of chunks(view, 0, view.byteLength)) {
      if (name !== LIST || nameAt(view, at) !== STRL) continue;
      const parts = Object.fromEntries(chunks(view, at + 4, at + length).map((part) => [part.name, part.at]));
      const kind = nameAt(view, parts.strh);
      if (kind === "auds") this.audio = true;
      if (kind === "vids" && !this.codec) {
        this.#number = String(number).padStart(2, "0");
        this.#apart = view.getUint32(parts.strh + 20, true) / (view.getUint32(parts.strh + 24, true) || 1);
        this.width = view.getInt32(parts.strf + 4, true);
        this.height = Math.abs(view.getInt32(parts.strf + 8, true));
        this.codec = nameAt(view, parts.strf + 16);
      }
      number++;
    }
  }

  /** Packets by the index, whose places are counted from the list of packets or from the file's beginning. */
  async #byIndex({ at, length }, movi) {
    const view = await this.view(at, length);
    if (view.byteLength < 16) return;
    const probe = await this.view(movi + view.getUint32(8, true), 4);
    const base = probe.byteLength === 4 && nameAt(probe, 0) === nameAt(view, 0) ? movi : 0;
    let number = 0;
    for (let entry = 0; entry + 16 <= view.byteLength; entry += 16) {
      if (!this.#isPicture(nameAt(view, entry))) continue;
      const size = view.getUint32(entry + 12, true);
      const key = isJpeg(this.codec) || Boolean(view.getUint32(entry + 4, true) & KEY_FRAME);
      if (size)
        this.packets.push({ at: base + view.getUint32(entry + 8, true) + 8, size, key, shown: number * this.#apart });
      number++; // an empty packet stands for the picture before it, shown once more
    }
  }

  /** Packets one after the other, where there is no index of all. */
  async #walk(from, end) {
    let [start, view] = [0, new DataView(new ArrayBuffer(0))];
    for (let at = from; at + 8 <= end;) {
      if (at < start || at + 8 + PEEK > start + view.byteLength) [start, view] = [at, await this.view(at, WINDOW)];
      if (at - start + 8 > view.byteLength) break;
      const [name, size] = [nameAt(view, at - start), view.getUint32(at - start + 4, true)];
      if (name === LIST && at - start + 12 <= view.byteLength && nameAt(view, at - start + 8) === REC) {
        at += 12;
        continue;
      }
      if (this.#isPicture(name)) {
        const begin = new Uint8Array(
          view.buffer,
          at - start + 8,
          Math.min(PEEK, size, view.byteLength - at + start - 8),
        );
        const kind = units(begin).find(({ type }) => TELLING.includes(type))?.type;
        const key = isJpeg(this.codec) || (kind !== undefined && kind !== SLICE);
        if (size && at + 8 + size <= this.file.size)
          this.packets.push({ at: at + 8, size, key, shown: this.#walked * this.#apart });
        this.#walked++;
      }
      at += 8 + size + (size % 2);
    }
  }

  #isPicture = (name) => name.startsWith(this.#number) && (name.endsWith("dc") || name.endsWith("db"));
}

/** The units of a packet of H.264, which begin with 0, 0, 1: [{type, at}]. Rec. ITU-T H.264, annex B. */
function units(data) {
  const found = [];
  for (let at = 0; at + 3 < data.length; at++)
    if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1)
      found.push({ type: data[at + 3] & 0x1f, at: at + 3 });
  return found;
}

function chunks(view, from, end) {
  const found = [];
  for (let at = from; at + 12 <= Math.min(end, view.byteLength);) {
    const length = view.getUint32(at + 4, true);
    found.push({ name: nameAt(view, at), at: at + 8, length });
    at += 8 + length + (length % 2);
  }
  return found;
}

const nameAt = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((k) => view.getUint8(at + k)));
