// Motion JPEG: each packet is a picture of its own, which every browser decodes as one. No browser has it as a video codec.

/** The codec in a `config` that asks for this decoder. */
export const JPEG = "jpeg";
/** How files call the codec: AVI, MOV and MP4, Matroska. Half pictures (mjpa, mjpb) are not among them. */
const NAMES = /^(jpeg|mjpe?g|mjp2|V_MJPEG)$/i;

export const isJpeg = (name) => typeof name === "string" && NAMES.test(name);

/** The part of VideoDecoder that is used here, for packets of Motion JPEG. Frames keep the packets' timestamps. */
export class JpegDecoder extends EventTarget {
  state = "unconfigured";
  decodeQueueSize = 0;
  #output;
  #error;
  #last = Promise.resolve();

  /** @param {{output: (frame: VideoFrame) => void, error: (error: Error) => void}} callbacks */
  constructor({ output, error }) {
    super();
    [this.#output, this.#error] = [output, error];
  }

  configure() {
    this.state = "configured";
  }

  /** @param {EncodedVideoChunk} chunk */
  decode(chunk) {
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.decodeQueueSize++;
    this.#last = this.#last.then(() => this.#show(data, chunk.timestamp));
  }

  async #show(data, timestamp) {
    if (this.state === "closed") return;
    let bitmap = null;
    try {
      const blob = new Blob([data], { type: "image/jpeg" });
      bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", imageOrientation: "none" });
      const frame = new VideoFrame(bitmap, { timestamp, alpha: "discard" });
      if (this.state === "configured") this.#output(frame);
      else frame.close();
    } catch (error) {
      if (this.state === "closed") return;
      this.close();
      this.#error(error);
    } finally {
      bitmap?.close();
      this.decodeQueueSize--;
      this.dispatchEvent(new Event("dequeue"));
    }
  }

  /** Resolves when all packets so far have been decoded. */
  flush = () => this.#last;

  close() {
    this.state = "closed";
  }
}
