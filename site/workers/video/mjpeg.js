// Motion JPEG without a container, as cameras and ffmpeg write it: one picture behind the other, and no word of when each
// was taken. The packets are as the media library gives those of other files.

import { jpegJoint } from "../../media/file_kind.js";
import { JPEG } from "./jpeg_decoder.js";

/** Pictures a second, as libav has it. */
const RATE = 25;
const WINDOW = 4 << 20;
/** Bytes of a joint between two pictures, and of its half that belongs to the first one. */
const [JOINT, END] = [5, 2];

export class MotionJpegFile {
  /** Find where pictures begin, in the whole file. Resolves with null for any other file. @param {Blob} file */
  static async open(file) {
    const head = await bytesOf(file, 0, 3);
    if (head[0] !== 0xff || head[1] !== 0xd8 || head[2] !== 0xff) return null;
    const found = new MotionJpegFile(file);
    await found.#look();
    return found;
  }

  begin = 0;
  timeless = false;
  audio = false;
  isH264 = false;
  codec = "mjpg";
  /** The size is that of the first picture. */
  width = 0;
  height = 0;
  /** Whether the last picture has no end. */
  cut = false;
  problem = `the file does not say when its pictures were taken, times are those of ${RATE} pictures a second`;
  #file;
  /** Where each picture begins, and where the last one ends. */
  #places = [0];

  constructor(file) {
    this.#file = file;
  }

  config = async () => ({ codec: JPEG });

  getFirstPacket = () => this.#packet(0);
  getNextPacket = ({ place }) => this.#packet(place + 1);
  getPacket = (seconds) => this.#packet(Math.round(seconds * RATE));
  getKeyPacket = (seconds) => this.getPacket(seconds);

  async #packet(place) {
    if (place + 1 >= this.#places.length) return null;
    const data = await bytesOf(this.#file, this.#places[place], this.#places[place + 1]);
    return { place, timestamp: place / RATE, duration: 1 / RATE, type: "key", data };
  }

  async #look() {
    const { size } = this.#file;
    for (let from = 0; from + JOINT <= size; from += WINDOW) {
      const window = await bytesOf(this.#file, from, from + WINDOW + JOINT - 1);
      for (let at = jpegJoint(window, 0); at >= 0; at = jpegJoint(window, at + JOINT))
        this.#places.push(from + at + END);
    }
    const rest = await bytesOf(this.#file, Math.max(this.#places.at(-1), size - 64), size);
    this.cut = !rest.some((byte, at) => byte === 0xff && rest[at + 1] === 0xd9);
    if (!this.cut) this.#places.push(size);
  }
}

const bytesOf = async (file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());
