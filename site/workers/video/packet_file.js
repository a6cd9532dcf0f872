// A file whose packets are found here, since the media library does not know its kind; they are as it gives those of others.

/** Bytes that are read at once. */
export const WINDOW = 4 << 20;

export class PacketFile {
  /** The codec as the file calls it. */
  codec = "";
  /** Of the pictures as they are coded, in pixels. */
  width = 0;
  height = 0;
  audio = false;
  /** Whether it has no times of presentation: a picture's time follows from its place then, and all begin at 0. */
  timeless = false;
  /** Whether its clock may begin anew in the middle. */
  restarts = false;
  /** Whether the file ends before it says that it does. */
  cut = false;
  file;
  /** In the order of decoding: where each is, and when it is shown, in seconds. @type {{at: number, size: number, key: boolean, shown: number}[]} */
  packets = [];
  #places = null;

  /** @param {Blob} file */
  constructor(file) {
    this.file = file;
  }

  /** Whether the media library's codec would be "avc". */
  get isH264() {
    return false;
  }

  /** When the first track begins, in seconds. */
  get begin() {
    return 0;
  }

  /** What is wrong with it, in words; "" for nothing. */
  get problem() {
    return "";
  }

  /** Seconds from one picture to the next. */
  get apart() {
    return 0;
  }

  getFirstPacket = () => this.#packet(0);
  getNextPacket = ({ place }) => this.#packet(place + 1);
  getKeyPacket = (seconds) => this.getPacket(seconds);
  getPacket = (seconds) => {
    this.#places ??= new Map(
      this.packets.map(({ shown }, place) => /** @type {[number, number]} */ ([shown, place])).reverse(), // of two at one time the first counts
    );
    return this.#packet(this.#places.get(seconds));
  };

  bytes = async (from, to) => new Uint8Array(await this.file.slice(from, to).arrayBuffer());
  view = (at, length) => viewOf(this.file, at, length);

  async #packet(place) {
    const found = this.packets[place];
    if (!found || found.at + found.size > this.file.size) return null;
    const data = await this.bytes(found.at, found.at + found.size);
    return { place, timestamp: found.shown, duration: this.apart, type: found.key ? "key" : "delta", data };
  }
}

/** WebCodecs' name of H.264 by the three bytes that say its profile and level. */
export const avcName = (bytes) => `avc1.${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/** @param {Blob} file @param {number} at @param {number} length */
export const viewOf = async (file, at, length) => new DataView(await file.slice(at, at + length).arrayBuffer());
