// FLV files (Adobe Flash Video File Format Specification 10.1, annex E): the packets of their picture track. Times are whole
// milliseconds.

import { avcName, PacketFile, viewOf, WINDOW } from "./packet_file.js";

const [SOUND, PICTURE, WORDS] = [8, 9, 18];
/** Bytes of a tag before its data, of its size behind it, and of what stands before a picture of H.264. */
const [TAG, SIZE, BEFORE] = [11, 4, 5];
/** The numbers of codecs that are named, of key frames, and of what is no picture but a word to a player. */
const CODECS = { 2: "h263", 4: "VP6", 5: "VP6", 7: "h264" };
const [KEY, COMMAND] = [1, 5];
/** What a packet of H.264 is: its parameters, or a picture. */
const [PARAMETERS, UNITS] = [0, 1];

export class FlvFile extends PacketFile {
  /** Read the heads of all tags. Resolves with null for any other file. @param {Blob} file */
  static async open(file) {
    const head = await viewOf(file, 0, 9);
    if (head.byteLength < 9 || String.fromCharCode(...[0, 1, 2].map((k) => head.getUint8(k))) !== "FLV") return null;
    const flv = new FlvFile(file);
    await flv.#walk(head.getUint32(5) + SIZE);
    return flv;
  }

  restarts = true;
  /** Of the codec's parameters where they are in the file: [from, to). */
  #parameters = null;
  #sound = Infinity;
  /** Where the file is damaged, and no key frame has come since: how many packets there were before; else null. */
  #losing = null;
  /** Times of the pictures before and after what was lost. */
  #gaps = [];

  get isH264() {
    return this.codec === "h264";
  }

  get begin() {
    return Math.min(this.#sound, this.packets[0]?.shown ?? Infinity);
  }

  /** Where the file is damaged and goes on, in words. */
  get problem() {
    const seconds = (shown) => `${Math.max(0, shown - this.begin).toFixed(3)} s`;
    const [first] = this.#gaps;
    if (!first) return "";
    const more = this.#gaps.length > 1 ? `, and so in ${this.#gaps.length - 1} more places` : "";
    return `the file is damaged after ${seconds(first[0])}, pictures before ${seconds(first[1])} are left out${more}: copy it again`;
  }

  /** What a decoder has to know; null where the codec is none that a browser has, or its parameters are missing. */
  async config() {
    if (!this.isH264 || !this.#parameters) return null;
    const description = await this.bytes(...this.#parameters);
    if (description.length < 4) return null;
    return { codec: avcName(description.subarray(1, 4)), description };
  }

  /** On the average. */
  get apart() {
    const [first, last] = [this.packets[0], this.packets.at(-1)];
    return this.packets.length > 1 ? (last.shown - first.shown) / (this.packets.length - 1) : 0;
  }

  async #walk(from) {
    const { size } = this.file;
    let [start, view] = [0, new DataView(new ArrayBuffer(0))];
    for (let at = from; at < size;) {
      if (at < start || at + TAG + BEFORE > start + view.byteLength) [start, view] = [at, await this.view(at, WINDOW)];
      if (view.byteLength < at - start + TAG) return void (this.cut = true);
      const byte = (k) => (at - start + k < view.byteLength ? view.getUint8(at - start + k) : 0);
      const three = (k) => (byte(k) << 16) | (byte(k + 1) << 8) | byte(k + 2);
      const [kind, length] = [byte(0) & 0x1f, three(1)];
      const milliseconds = byte(7) * 2 ** 24 + three(4);
      const end = at + TAG + length;
      const said = end + SIZE <= size ? (await this.view(end, SIZE)).getUint32(0) : 0;
      if (said !== TAG + length && (said || end + SIZE > size)) {
        const next = await this.#nextTag(at + 1); // a length is damaged, or the file is cut off
        if (said || next < size) {
          this.#losing ??= this.packets.length;
          at = next;
          continue;
        }
      }
      this.cut = end > size;
      if (kind === SOUND) {
        this.audio = true;
        this.#sound = Math.min(this.#sound, milliseconds / 1000);
      }
      if (kind === PICTURE && length > BEFORE && (byte(TAG) >> 4) % 8 !== COMMAND) {
        const first = byte(TAG);
        this.codec ||= first & 0x80 ? fourLetters(byte) : (CODECS[first & 15] ?? `number ${first & 15}`);
        const body = at + TAG + BEFORE;
        if (byte(TAG + 1) === PARAMETERS && this.isH264) this.#parameters ??= [body, end];
        const late = (three(TAG + 2) << 8) >> 8; // signed
        if (!this.isH264 || byte(TAG + 1) === UNITS)
          this.#add({ at: body, size: end - body, key: first >> 4 === KEY, shown: (milliseconds + late) / 1000 });
      }
      if (this.cut) break;
      at = end + SIZE;
    }
    if (this.#losing !== null) this.cut = true;
  }

  /** Where the next tag is from a place on, with its size behind it; where there is none, the file's size. */
  async #nextTag(from) {
    const { size } = this.file;
    for (let start = from; start + TAG + SIZE <= size; start += WINDOW) {
      const view = await this.view(start, WINDOW + TAG);
      for (let k = 0; k + TAG <= view.byteLength && k < WINDOW; k++) {
        if (![SOUND, PICTURE, WORDS].includes(view.getUint8(k)) || view.getUint32(k + 7) & 0xffffff) continue;
        const length = view.getUint32(k) & 0xffffff;
        const end = start + k + TAG + length;
        if (!length || end + SIZE > size) continue;
        if ((await this.view(end, SIZE)).getUint32(0) === TAG + length) return start + k;
      }
    }
    return size;
  }

  #add(packet) {
    if (this.#losing !== null) {
      if (!packet.key) return; // it leans on what was lost
      this.#gaps.push([this.packets[this.#losing - 1]?.shown ?? 0, packet.shown]);
      this.#losing = null;
    }
    this.packets.push(packet);
  }
}

/** The codec of the extended header (Enhanced RTMP v1) behind its first byte. */
const fourLetters = (byte) => String.fromCharCode(...[1, 2, 3, 4].map((k) => byte(TAG + k)));
