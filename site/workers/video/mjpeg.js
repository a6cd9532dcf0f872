// Motion JPEG without a container, as cameras and ffmpeg write it: one picture behind the other, and no word of when each
// was taken.

import { jpegJoint } from "../../media/file_kind.js";
import { JPEG } from "./jpeg_decoder.js";
import { PacketFile, WINDOW } from "./packet_file.js";

/** Pictures a second, as libav has it. */
const RATE = 25;
/** Bytes of a joint between two pictures, and of its half that belongs to the first one. */
const [JOINT, END] = [5, 2];

export class MotionJpegFile extends PacketFile {
  /** Find where pictures begin, in the whole file. Resolves with null for any other file. @param {Blob} file */
  static async open(file) {
    const found = new MotionJpegFile(file);
    const head = await found.bytes(0, 3);
    if (head[0] !== 0xff || head[1] !== 0xd8 || head[2] !== 0xff) return null;
    await found.#look();
    return found;
  }

  codec = "mjpg";

  get problem() {
    return `the file does not say when its pictures were taken, times are those of ${RATE} pictures a second`;
  }

  get apart() {
    return 1 / RATE;
  }

  config = async () => ({ codec: JPEG });

  async #look() {
    const { size } = this.file;
    const places = [0]; // where each picture begins, and where the last one ends
    for (let from = 0; from + JOINT <= size; from += WINDOW) {
      const window = await this.bytes(from, from + WINDOW + JOINT - 1);
      for (let at = jpegJoint(window, 0); at >= 0; at = jpegJoint(window, at + JOINT)) places.push(from + at + END);
    }
    const rest = await this.bytes(Math.max(places.at(-1), size - 64), size);
    this.cut = !rest.some((byte, at) => byte === 0xff && rest[at + 1] === 0xd9);
    if (!this.cut) places.push(size);
    this.packets = places
      .slice(0, -1)
      .map((at, place) => ({ at, size: places[place + 1] - at, key: true, shown: place / RATE }));
  }
}
