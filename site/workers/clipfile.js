// A clip's file: its picture track, its packets in the order of decoding, and words for what is wrong with it.

import { BlobSource, EncodedPacketSink, Input, InputDisposedError, MATROSKA, MP4, QTFF, UnsupportedInputFormatError, WEBM } from "mediabunny";
import { clipError, codecName, foreignKind, helpful } from "./clipwords.js";
import { decoded } from "./decoding.js";
import { turned } from "./turning.js";

const FORMATS = [MP4, QTFF, WEBM, MATROSKA];
/** Fewer packets than this between two wanted ones are decoded: starting again at a key frame costs as much. */
const WORTH_A_JUMP = 6;
/** Packets that are decoded at most to see the first frame. */
const LOOK = 32;

/** A packet's or a frame's time as a whole number of microseconds, from seconds. */
export const microseconds = (seconds) => Math.floor(seconds * 1e6 + 0.5);

export class ClipFile {
  /**
   * Open a file (MP4, MOV, WebM or MKV). Only its index is read, for WebM and MKV the whole file once, by slices.
   * Rejects with a ClipError that says what is wrong and what helps.
   */
  static async open(file, { signal } = {}) {
    const clip = new ClipFile();
    try {
      await clip.#open(file, signal);
      return clip;
    } catch (error) {
      clip.close();
      if (error.name === "ClipError" || signal?.aborted) throw error;
      throw await explained(error, file);
    }
  }

  #input;
  #sink;

  async #open(file, signal) {
    this.name = file.name ?? "clip";
    this.size = file.size;
    this.#input = new Input({ source: new BlobSource(file), formats: FORMATS });
    const track = await this.#input.getPrimaryVideoTrack();
    if (!track) throw clipError("no-picture", await withoutPicture(this.#input, this.name));
    this.rotation = await track.getRotation();
    this.audio = (await this.#input.getPrimaryAudioTrack()) !== null;
    const codec = await track.getCodec();
    this.codec = codecName(codec, await track.getInternalCodecId());
    this.problems = [];
    this.#sink = new EncodedPacketSink(track);
    await this.#list(codec, signal);
    this.config = codec ? await decoderConfig(track) : null;
    await this.#probe();
    await this.#look(track);
  }

  /** Fills `order`, the packets' times in microseconds as they are decoded, and `keys`, [{at, seconds}]. */
  async #list(codec, signal) {
    const options = { metadataOnly: codec !== "vp8" };
    const [order, keys, hidden] = [[], [], new Set()];
    this.duration = 0;
    for (let packet = await this.#sink.getFirstPacket(options); packet; packet = await this.#sink.getNextPacket(packet, options)) {
      if (packet.type === "key") keys.push({ at: order.length, seconds: packet.timestamp });
      const end = packet.timestamp + packet.duration;
      // VP8's alternative reference frames are packets of their own that show nothing (RFC 6386, 9.1); what ends
      // before 0 was cut off by the file's edit list.
      if ((codec === "vp8" && !(packet.data[0] & 0x10)) || (packet.timestamp < 0 && end <= 0)) hidden.add(order.length);
      this.duration = Math.max(this.duration, end);
      order.push(microseconds(packet.timestamp));
      if (order.length % 1024 === 0) signal?.throwIfAborted();
    }
    this.order = Float64Array.from(order);
    this.keys = keys;
    const shown = this.order.filter((_, at) => !hidden.has(at)).sort();
    this.shown = shown.filter((time, k) => !k || time !== shown[k - 1]);
    if (!this.shown.length || !keys.length) {
      throw clipError("no-frames", `${this.name} has a picture track without a single frame: record it again, or take another file`);
    }
    const firstKey = await this.#sink.getKeyPacket(keys[0].seconds);
    if (!firstKey) throw clipError("cut", cutShort(this.name));
  }

  async #probe() {
    const supported = this.config && (await VideoDecoder.isConfigSupported(this.config).catch(() => ({}))).supported;
    if (supported) return;
    const { help } = helpful(this.name);
    throw clipError("codec", `this browser cannot decode ${this.codec}, which ${this.name} is made with: convert it with ${help}`, help);
  }

  /** The size, from the first frame: the file's own word for it may be another than the decoder's. */
  async #look(track) {
    this.coded = { width: await track.getCodedWidth(), height: await track.getCodedHeight() };
    const from = this.keys[0].at;
    for await (const frame of decoded(this, [[from, Math.min(from + LOOK, this.order.length)]])) {
      const { width, height } = frame.visibleRect;
      this.coded = { width, height };
      frame.close();
      break;
    }
    Object.assign(this, turned(this.coded, this.rotation));
  }

  /** Why a frame cannot be read with the others, or undefined: its size is not that of the first. */
  otherwise({ visibleRect: { width, height } }) {
    if (width === this.coded.width && height === this.coded.height) return undefined;
    const [now, first] = [turned({ width, height }, this.rotation), this];
    return `the picture is ${now.width} x ${now.height} there and ${first.width} x ${first.height} at the beginning, cut the clip in two where it changes`;
  }

  /** The key frame to begin at so that the packet at position `at` can be decoded: an index into `keys`. */
  keyBefore(at) {
    let [low, high] = [0, this.keys.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.keys[middle].at <= at) low = middle;
      else high = middle - 1;
    }
    // A picture that comes after its key frame in the file but is shown before it leans on the one before.
    return low && this.order[at] < this.order[this.keys[low].at] ? low - 1 : low;
  }

  /** Where the packet of a frame is, by its time in microseconds; -1 for none. */
  positionOf(time) {
    this.places ??= new Map(Array.from(this.order, (each, at) => [each, at]));
    return this.places.get(time) ?? -1;
  }

  /** What has to be decoded for frames at `times` (microseconds, ascending): spans [from, to) of packets, each from a key frame. */
  spans(times) {
    const spans = [];
    for (const time of times) {
      const at = this.positionOf(time);
      if (at < 0) continue;
      const from = this.keys[this.keyBefore(at)].at;
      const last = spans.at(-1);
      if (!last || from > last[1] + WORTH_A_JUMP) spans.push([from, at + 1]);
      else last[1] = Math.max(last[1], at + 1);
    }
    return spans;
  }

  /** The packet at position `from`, that of a key frame. */
  async keyPacket(from) {
    const { seconds } = this.keys[this.keyBefore(from)];
    return this.#sink.getKeyPacket(seconds);
  }

  /** The packet after a packet, or null. */
  next = (packet) => this.#sink.getNextPacket(packet);

  close() {
    this.#input?.dispose();
  }
}

async function decoderConfig(track) {
  const config = await track.getDecoderConfig();
  if (!config) return null;
  const { displayAspectWidth, displayAspectHeight, rotation, flip, ...plain } = config; // the grid as it is coded
  return plain;
}

async function withoutPicture(input, name) {
  const sound = (await input.getAudioTracks()).length;
  if (sound) return `${name} has sound but no pictures: choose the video file`;
  return `${name} has no picture track: it may have been cut off while it was recorded, take the original file`;
}

const cutShort = (name) => `${name} is cut off before its first picture: copy it again from where it was recorded`;

async function explained(error, file) {
  if (error instanceof InputDisposedError) return error;
  const name = file.name ?? "clip";
  const head = await file.slice(0, 4096).arrayBuffer().catch(() => null);
  if (!head) return clipError("gone", `${name} cannot be read any more, it was moved or changed: drop it again`);
  if (!(error instanceof UnsupportedInputFormatError)) {
    return clipError("cut", `${name} cannot be opened, its index is damaged or missing (${error.message}): copy it again, or take the original file`);
  }
  if (!file.size) return clipError("not-a-video", `${name} is empty: copy it again from where it was recorded`);
  const kind = foreignKind(new Uint8Array(head));
  if (!kind) return clipError("not-a-video", `${name} is not a video: Readout takes MP4, MOV, WebM and MKV, and pictures`);
  const { help } = helpful(name);
  return clipError("kind", `${name} is ${kind}, and Readout takes MP4, MOV, WebM and MKV: convert it with ${help}`, help);
}
