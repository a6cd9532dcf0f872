// A clip's file: its picture track, its packets in the order of decoding, and words for what is wrong with it.

import { EncodedPacketSink, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } from "mediabunny";
import {
  CLIP_CLOCK_ANEW,
  CLIP_CUT_OFF,
  CLIP_DROPPED,
  CLIP_ENDS_INSIDE,
  CLIP_NEVER_DAMAGED,
  CLIP_TRACKS,
  FIRST_FRAME_PACKETS,
} from "../../shared/constants.js";
import { AviFile } from "./avi.js";
import { decoded } from "./decoder.js";
import { editsOf, hasTwoIndices, played } from "./edits.js";
import { cutShort, explained, MP4_LIKE, readFrom, withoutPicture } from "./explained.js";
import { FlvFile } from "./flv.js";
import { GuardedSource } from "./guarded_source.js";
import { isJpeg, JPEG } from "./jpeg_decoder.js";
import { MotionJpegFile } from "./mjpeg.js";
import { beginsAnew, joinedParts, longGaps } from "./joints.js";
import { clipError, codecName, filled, helpful } from "./messages.js";
import { microseconds, PacketOrder } from "./packet_order.js";
import { turned } from "./rotation.js";
import { beginning, decoderConfig, pictureTrack } from "./tracks.js";
import { mended, transportEnd } from "./truncated.js";

const FORMATS = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS];

export class ClipFile {
  /**
   * Open a file (MP4, MOV, WebM, MKV, TS, AVI, FLV or Motion JPEG). Only its index is read, for WebM, MKV, FLV and Motion JPEG the whole file once, by
   * slices.
   * Rejects with a ClipError that says what is wrong and what helps.
   * @param {File} file @param {Abortable} options
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
  /** When the file begins on its own clock, in seconds. */
  #begin = 0;
  /** Where recordings were joined, whose clocks begin anew, see `joinedParts`. */
  #parts = [];
  /** Where the clock may begin anew, the packet before each key frame but the first packet, by the key frame's place as stored. */
  #before = new Map();
  packets = new PacketOrder();

  async #open(file, signal) {
    this.name = file.name ?? "clip";
    this.size = file.size;
    this.problems = [];
    this.remarks = [];
    const own = (await AviFile.open(file)) ?? (await FlvFile.open(file)) ?? (await MotionJpegFile.open(file));
    if (own) return this.#openOwn(own, signal);
    const mendedFile = await mended(file);
    const source = new GuardedSource(mendedFile ?? file);
    this.#input = new Input({ source, formats: FORMATS });
    const { track, count } = await pictureTrack(this.#input);
    if (count > 1) this.remarks.push(`it ${filled(CLIP_TRACKS, count)}`);
    if (!track) throw await withoutPicture(this.#input, file, this.name);
    this.mirrored = await track.getFlip();
    const rotation = await track.getRotation();
    this.rotation = this.mirrored ? (360 - rotation) % 360 : rotation; // here a picture is mirrored first, then turned
    this.audio = (await this.#input.getPrimaryAudioTrack()) !== null;
    const [codec, internal] = [await track.getCodec(), await track.getInternalCodecId()];
    this.codec = codecName(codec, internal);
    this.#sink = new EncodedPacketSink(track);
    const { name: format } = await this.#input.getFormat();
    const isMp4 = MP4_LIKE.has(format);
    const edited = isMp4 ? await editsOf(file, track.id) : null;
    if (isMp4 && (await hasTwoIndices(file, track.id)))
      this.problems.push(
        `${this.name} goes on in fragments behind its first part, which are not read: convert it with ${helpful(this.name).help}`,
      );
    this.#begin = edited ? 0 : await beginning(this.#input);
    await this.#list(codec, () => mendedFile !== null || source.stuck, edited, signal, format === MPEG_TS.name);
    const end = format === MPEG_TS.name && (await transportEnd(file));
    const isOther = end && ![null, track.id].includes(end.track) && !CLIP_NEVER_DAMAGED.includes(codec ?? "");
    if (end) (isOther ? this.remarks : this.problems).push(`it ${isOther ? CLIP_ENDS_INSIDE : CLIP_CUT_OFF}`);
    this.config = codec ? await decoderConfig(track) : isJpeg(internal) ? { codec: JPEG } : null;
    await this.#probe();
    await this.#look(await track.getCodedWidth(), await track.getCodedHeight());
  }

  /** A file whose packets are found here, since the media library does not know its kind. */
  async #openOwn(own, signal) {
    [this.#sink, this.rotation, this.mirrored, this.audio] = [own, 0, false, own.audio];
    if (own.audio && !own.codec)
      throw clipError("no-picture", `${this.name} has sound but no pictures: choose the video file`);
    const codec = own.isH264 ? "avc" : null;
    this.codec = codecName(codec, own.codec);
    this.#begin = own.begin;
    await this.#list(codec, () => own.cut, null, signal, own.restarts, own.timeless);
    this.config = await own.config();
    await this.#probe();
    if (own.problem) this.problems.push(own.problem);
    await this.#look(own.width, own.height, own.timeless);
  }

  /**
   * Fills `packets`. `isCut()` tells, once all were seen, whether the file's end is missing. `restarts`: whether the
   * file's clock may begin anew in the middle. `timeless`: whether it has no times of presentation.
   */
  async #list(codec, isCut, edited, signal, restarts = false, timeless = false) {
    const options = { metadataOnly: codec !== "vp8" };
    const [seconds, keys, hidden, joints] = [[], [], new Set(), []];
    let [last, latest] = [null, -Infinity];
    this.duration = 0;
    for (
      let packet = await this.#sink.getFirstPacket(options);
      packet;
      packet = await this.#sink.getNextPacket(packet, options)
    ) {
      const { timestamp, duration, data, type } = packet;
      if (restarts && type === "key" && beginsAnew(timestamp, seconds[keys.at(-1)], latest)) {
        joints.push(seconds.length);
        latest = timestamp;
      }
      if (restarts && type === "key" && last) this.#before.set(seconds.length, last);
      latest = Math.max(latest, timestamp);
      if (type === "key") keys.push(seconds.length);
      last = packet;
      // VP8's alternative reference frames are packets of their own that show nothing (RFC 6386, 9.1).
      if (codec === "vp8" && !(data[0] & 0x10)) hidden.add(seconds.length);
      seconds.push(timestamp);
      this.duration = Math.max(this.duration, timestamp - this.#begin + duration);
      if (seconds.length % 1024 === 0) signal?.throwIfAborted();
    }
    const cut = isCut();
    if (!seconds.length && !cut)
      throw clipError(
        "no-frames",
        `${this.name} has a picture track without a single frame: record it again, or take another file`,
      );
    this.#parts = joinedParts(seconds, joints);
    for (const { begin } of this.#parts.slice(1))
      this.remarks.push(filled(CLIP_CLOCK_ANEW, (begin - this.#begin).toFixed(3)));
    const there = restarts ? seconds.length : seconds.length && (await this.#readable(seconds));
    const entries = this.#played(seconds.slice(0, there), keys, edited);
    this.packets = new PacketOrder(entries, seconds, keys, hidden, timeless);
    const { shown, doubles } = this.packets;
    if (!edited && keys[0] > 0)
      this.problems.push(`the first ${keys[0]} pictures lean on a part that is not in the file, and are left out`);
    if (!edited && doubles)
      this.problems.push(
        `${doubles} pictures have the times of others, as where two recordings were joined, and are left out: convert the file with ffmpeg -fflags +genpts`,
      );
    if (!shown.length || !this.packets.keys.length) throw clipError("cut", cutShort(this.name));
    if (this.#parts.length > 1) this.duration = shown.at(-1) / 1e6;
    if (restarts) this.remarks.push(...longGaps(shown));
    if (there < seconds.length || cut)
      this.problems.push(`the file is cut off: it ends after ${(shown.at(-1) / 1e6).toFixed(3)} s`);
  }

  /** Packets, by their `seconds` as stored, as they are played: from 0, or as the edits say; see `played`. */
  #played(seconds, keys, edited) {
    if (edited)
      return played(
        seconds.map((time) => time + edited.offset),
        keys,
        edited.edits,
      );
    return this.#parts.flatMap(({ at, end, offset }, edit) =>
      seconds.slice(at, end).map((time, k) => {
        return { packet: at + k, edit, time: time + offset - this.#begin, hidden: at + k < keys[0] };
      }),
    );
  }

  /** How many of the packets listed in the file's index are in the file. */
  async #readable(seconds) {
    const is = async (at) => (await this.#sink.getPacket(seconds[at])) !== null;
    if (await is(seconds.length - 1)) return seconds.length;
    let [low, high] = [0, seconds.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await is(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #probe() {
    if (this.config?.codec === JPEG) return;
    const supported = this.config && (await VideoDecoder.isConfigSupported(this.config).catch(() => null))?.supported;
    if (supported) return;
    const { help } = helpful(this.name);
    throw clipError(
      "codec",
      `this browser cannot decode ${this.codec}, which ${this.name} is made with: convert it with ${help}`,
      help,
    );
  }

  /** The size, from the first frame: the file's own word for it may be another than the decoder's. */
  async #look(codedWidth, codedHeight, timeless = false) {
    this.coded = { width: codedWidth, height: codedHeight };
    let seen = false;
    const from = this.packets.keys[0].at;
    const to = Math.min(from + FIRST_FRAME_PACKETS, this.packets.order.length);
    for await (const frame of decoded(this, [[from, to]])) {
      const { width, height } = frame.visibleRect;
      if (!seen) this.coded = { width, height };
      seen = true;
      frame.close();
      if (!timeless) break; // else whether pictures are stored in another order shows only in some more
    }
    if (this.packets.areRanksUnsure) this.problems.push(CLIP_DROPPED);
    if (this.mirrored && this.coded.width % 2)
      throw clipError("kind", `${this.name} is mirrored, and ${this.coded.width} pixels wide: save it unmirrored`);
    const { width, height } = turned(this.coded, this.rotation);
    this.width = width;
    this.height = height;
  }

  /** What is to be said of a frame whose size is not that of the first. */
  anotherSize({ visibleRect: { width, height } }) {
    const [now, first] = [turned({ width, height }, this.rotation), this];
    return `the picture is ${now.width} x ${now.height} there and ${first.width} x ${first.height} at the beginning`;
  }

  /** The packet at position `from`, that of a key frame; null where the file has it no more. */
  async keyPacket(from) {
    const { seconds } = this.packets.keys.find(({ at }) => at === from);
    if (this.#parts.length > 1) return this.#walkedTo(this.packets.storedAt(from));
    const packet = await readFrom(this.name, this.#sink.getKeyPacket(seconds));
    if (packet && microseconds(packet.timestamp) === microseconds(seconds)) return packet;
    return this.#walkedTo(this.packets.storedAt(from));
  }

  /** The packet at a key frame's place as stored: several may have its time. */
  async #walkedTo(place) {
    const before = this.#before.get(place);
    if (before) return this.next(before);
    let each = await readFrom(this.name, this.#sink.getFirstPacket());
    for (let at = 0; at < place && each; at++) each = await this.next(each);
    return each;
  }

  /** The packet after a packet, or null. */
  next = (packet) => readFrom(this.name, this.#sink.getNextPacket(packet));

  close() {
    this.#input?.dispose();
  }
}
