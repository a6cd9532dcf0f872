// A clip's file: its picture track, its packets in the order of decoding, and words for what is wrong with it.

import {
  EncodedPacketSink,
  Input,
  InputDisposedError,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  UnsupportedInputFormatError,
  WEBM,
} from "mediabunny";
import { FIRST_FRAME_PACKETS, WORTH_A_JUMP } from "../../shared/constants.js";
import { AviFile } from "./avi.js";
import { decoded } from "./decoder.js";
import { editsOf, hasTwoIndices, played } from "./edits.js";
import { FlvFile } from "./flv.js";
import { GuardedSource } from "./guarded_source.js";
import { isJpeg, JPEG } from "./jpeg_decoder.js";
import { MotionJpegFile } from "./mjpeg.js";
import { clipError, codecName, foreignKind, helpful } from "./messages.js";
import { turned } from "./rotation.js";
import { hasIndex, mended } from "./truncated.js";

/** Between the stamps of one edit's packets and the next one's, in microseconds: eleven days. */
const APART = 1e12;
const MP4_LIKE = new Set([MP4, QTFF].map(({ name }) => name));
const OWN_ZERO = new Set([WEBM, MATROSKA].map(({ name }) => name));
const FORMATS = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS];

/** A packet's or a frame's time as a whole number of microseconds, from seconds. */
export const microseconds = (seconds) => Math.floor(seconds * 1e6 + 0.5);

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
  /** Where the packet of each frame is, by its time; made when it is asked for. */
  #places = null;
  /** When the file begins on its own clock, in seconds. */
  #begin = 0;
  /** Of each packet as it is played its place as stored, and its edit. */
  #stored = new Int32Array();
  #edits = new Int32Array();
  #hidden = new Set();
  #byStamp = null;
  /** Whether the file has no times of presentation; and whether its pictures are stored in another order than shown. */
  #timeless = false;
  #reordered = false;

  async #open(file, signal) {
    this.name = file.name ?? "clip";
    this.size = file.size;
    this.problems = [];
    const own = (await AviFile.open(file)) ?? (await FlvFile.open(file)) ?? (await MotionJpegFile.open(file));
    if (own) return this.#openOwn(own, signal);
    const mendedFile = await mended(file);
    const source = new GuardedSource(mendedFile ?? file);
    this.#input = new Input({ source, formats: FORMATS });
    const track = await pictureTrack(this.#input);
    if (!track) throw await withoutPicture(this.#input, file, this.name);
    this.mirrored = await track.getFlip();
    const rotation = await track.getRotation();
    this.rotation = this.mirrored ? (360 - rotation) % 360 : rotation; // here a picture is mirrored first, then turned
    this.audio = (await this.#input.getPrimaryAudioTrack()) !== null;
    const [codec, internal] = [await track.getCodec(), await track.getInternalCodecId()];
    this.codec = codecName(codec, internal);
    this.#sink = new EncodedPacketSink(track);
    const isMp4 = MP4_LIKE.has((await this.#input.getFormat()).name);
    const edited = isMp4 ? await editsOf(file, track.id) : null;
    if (isMp4 && (await hasTwoIndices(file, track.id)))
      this.problems.push(
        `${this.name} goes on in fragments behind its first part, which are not read: convert it with ${helpful(this.name).help}`,
      );
    this.#begin = edited ? 0 : await beginning(this.#input);
    await this.#list(codec, () => mendedFile !== null || source.stuck, edited, signal);
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
    await this.#list(codec, () => own.cut, null, signal);
    this.config = await own.config();
    await this.#probe();
    if (own.problem) this.problems.push(own.problem);
    this.#timeless = own.timeless;
    await this.#look(own.width, own.height);
  }

  /**
   * Fills `order`, the packets' times in microseconds as they are decoded, `stamps`, by which a decoder tells them apart,
   * and `keys`, [{at, seconds}]. `isCut()` tells, once all packets were seen, whether the file's end is missing.
   */
  async #list(codec, isCut, edited, signal) {
    const options = { metadataOnly: codec !== "vp8" };
    const [seconds, keys, hidden] = [[], [], new Set()];
    this.duration = 0;
    for (
      let packet = await this.#sink.getFirstPacket(options);
      packet;
      packet = await this.#sink.getNextPacket(packet, options)
    ) {
      const { timestamp, duration, data, type } = packet;
      if (type === "key") keys.push(seconds.length);
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
    const there = seconds.length && (await this.#readable(seconds));
    this.#play(seconds.slice(0, there), keys, hidden, edited);
    const shown = this.order.filter((_, at) => !this.#hidden.has(at)).sort();
    this.shown = shown.filter((time, k) => !k || time !== shown[k - 1]);
    const twice = edited ? 0 : shown.length - this.shown.length;
    if (twice)
      this.problems.push(
        `${twice} pictures have the times of others, as where two recordings were joined, and are left out: convert the file with ffmpeg -fflags +genpts`,
      );
    if (!this.shown.length || !this.keys.length) throw clipError("cut", cutShort(this.name));
    if (there < seconds.length || cut)
      this.problems.push(`the file is cut off: it ends after ${(this.shown.at(-1) / 1e6).toFixed(3)} s`);
  }

  /** Take packets, by their `seconds` as stored, as they are played: from 0, or as the edits say. */
  #play(seconds, keys, hidden, edited) {
    const plain = () =>
      seconds.map((time, packet) => ({ packet, edit: 0, time: time - this.#begin, hidden: packet < keys[0] }));
    const own = () => seconds.map((time) => time + edited.offset);
    const entries = edited ? played(own(), keys, edited.edits) : plain();
    this.#stored = Int32Array.from(entries, ({ packet }) => packet);
    this.#edits = Int32Array.from(entries, ({ edit }) => edit);
    this.order = Float64Array.from(entries, ({ time }) => microseconds(time));
    this.stamps = Float64Array.from(entries, ({ packet, edit }) => edit * APART + microseconds(seconds[packet]));
    const isKey = new Set(keys);
    this.keys = entries.flatMap(({ packet }, at) => (isKey.has(packet) ? [{ at, seconds: seconds[packet] }] : []));
    entries.forEach((entry, at) => {
      if (entry.hidden || hidden.has(entry.packet) || this.order[at] < 0) this.#hidden.add(at);
    });
    if (!edited && keys[0] > 0)
      this.problems.push(`the first ${keys[0]} pictures lean on a part that is not in the file, and are left out`);
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
  async #look(codedWidth, codedHeight) {
    this.coded = { width: codedWidth, height: codedHeight };
    let seen = false;
    const from = this.keys[0].at;
    for await (const frame of decoded(this, [[from, Math.min(from + FIRST_FRAME_PACKETS, this.order.length)]])) {
      const { width, height } = frame.visibleRect;
      if (!seen) this.coded = { width, height };
      seen = true;
      frame.close();
      if (!this.#timeless) break; // else whether pictures are stored in another order shows only in some more
    }
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

  /** The key frame to begin at so that the packet at position `at` can be decoded: an index into `keys`. */
  keyBefore(at) {
    let [low, high] = [0, this.keys.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.keys[middle].at <= at) low = middle;
      else high = middle - 1;
    }
    if (this.#reordered) return Math.max(low - 1, 0); // pictures that lean on the group before are counted, too
    // A picture that comes after its key frame in the file but is shown before it leans on the one before.
    return low && this.order[at] < this.order[this.keys[low].at] ? low - 1 : low;
  }

  /** Where the packet of a frame is, by its time in microseconds; -1 for none. */
  positionOf(time) {
    this.#places ??= new Map(
      Array.from(this.order, (each, at) => /** @type {[number, number]} */ ([each, at]))
        .filter(([, at]) => !this.#hidden.has(at))
        .reverse(), // of two at one time the first counts
    );
    return this.#places.get(time) ?? -1;
  }

  /**
   * A function from the stamps of frames, as a decoder gives them for `spans`, to when they are shown, in microseconds; null
   * where they are not. Of a file without times the k-th picture shown from one key frame to the next has their k-th time.
   */
  clock(spans) {
    this.#byStamp ??= new Map(Array.from(this.stamps, (each, at) => [each, at]));
    const uncounted = new Set(spans.map(([from]) => from).filter((from) => from !== this.keys[0].at));
    const counts = new Map();
    let last = -Infinity;
    return (stamp) => {
      const at = this.#byStamp.get(stamp);
      if (at === undefined || this.#hidden.has(at)) return null;
      if (this.#timeless && stamp < last) this.#reordered = true;
      last = stamp;
      if (!this.#reordered) return this.order[at];
      const group = this.keys.findLast((key) => key.at <= at).at;
      const rank = counts.get(group) ?? 0;
      counts.set(group, rank + 1);
      return uncounted.has(group) ? null : this.order[group + rank];
    };
  }

  /** Where the packets end that are stored one after the other from position `at` on: those of its edit. */
  endOf(at) {
    let end = at + 1;
    while (end < this.order.length && this.#edits[end] === this.#edits[at]) end++;
    return end;
  }

  /** What has to be decoded for frames at `times` (microseconds, ascending): spans [from, to) of packets, each from a key frame. */
  spans(times) {
    const spans = [];
    for (const time of times) {
      const at = this.positionOf(time);
      if (at < 0) continue;
      const from = this.keys[this.keyBefore(at)].at;
      const end = this.#reordered ? (this.keys.find((key) => key.at > at)?.at ?? this.order.length) : at + 1;
      const last = spans.at(-1);
      if (!last || from > last[1] + WORTH_A_JUMP || this.#edits[from] !== this.#edits[last[0]]) spans.push([from, end]);
      else last[1] = Math.max(last[1], end);
    }
    return spans;
  }

  /** The packet at position `from`, that of a key frame; null where the file has it no more. */
  async keyPacket(from) {
    const { seconds } = this.keys.find(({ at }) => at === from);
    const packet = await readFrom(this.name, this.#sink.getKeyPacket(seconds));
    if (packet && microseconds(packet.timestamp) === microseconds(seconds)) return packet;
    let each = await readFrom(this.name, this.#sink.getFirstPacket());
    for (let at = 0; at < this.#stored[from] && each; at++) each = await this.next(each);
    return each;
  }

  /** The packet after a packet, or null. */
  next = (packet) => readFrom(this.name, this.#sink.getNextPacket(packet));

  close() {
    this.#input?.dispose();
  }
}

/** What is read, or a ClipError where the file itself cannot be read any more. */
const readFrom = (name, packet) =>
  packet.catch((error) => {
    throw error instanceof DOMException ? clipError("gone", goneFile(name)) : error;
  });

const goneFile = (name) => `${name} cannot be read any more, it was moved or changed: drop it again`;

async function decoderConfig(track) {
  const config = await track.getDecoderConfig();
  if (!config) return null;
  const { displayAspectWidth, displayAspectHeight, rotation, flip, ...plain } = config; // the grid as it is coded
  return plain;
}

/** The track that a player would show: as the library has it, but no track of a single picture where another moves. */
async function pictureTrack(input) {
  const tracks = await input.getVideoTracks();
  if (tracks.length < 2) return tracks[0] ?? null;
  const ranked = await Promise.all(
    tracks.map(async (track, k) => {
      const sink = new EncodedPacketSink(track);
      const first = await sink.getFirstPacket({ metadataOnly: true });
      const still = !first || (await sink.getNextPacket(first, { metadataOnly: true })) === null;
      return {
        track,
        rank: 4 * Number(still) + 2 * Number(!(await track.getDisposition()).default) + k / tracks.length,
      };
    }),
  );
  return ranked.sort((a, b) => a.rank - b.rank)[0].track;
}

/** What a player shows as 0, in seconds on the file's own clock: when its first track begins, but in Matroska its own 0. */
async function beginning(input) {
  if (OWN_ZERO.has((await input.getFormat()).name)) return 0;
  const tracks = await input.getTracks();
  const begin = await Promise.all(tracks.map((track) => track.getFirstTimestamp()));
  return Math.min(...begin.filter(Number.isFinite));
}

async function withoutPicture(input, file, name) {
  const sound = await input.getAudioTracks();
  if (sound.length) return clipError("no-picture", `${name} has sound but no pictures: choose the video file`);
  if (MP4_LIKE.has((await input.getFormat()).name) && !(await hasIndex(file)))
    return clipError("cut", withoutIndex(name));
  return clipError("no-picture", `${name} has no picture track: choose another file`);
}

const withoutIndex = (name) =>
  `${name} was cut off before its index was written, without which nothing in it can be found: copy it again, or take the original file`;
const cutShort = (name) => `${name} is cut off before its first picture: copy it again from where it was recorded`;

async function explained(error, file) {
  if (error instanceof InputDisposedError) return error;
  const name = file.name ?? "clip";
  const head = await file
    .slice(0, 4096)
    .arrayBuffer()
    .catch(() => null);
  if (!head) return clipError("gone", goneFile(name));
  if (!(error instanceof UnsupportedInputFormatError)) {
    return clipError(
      "cut",
      `${name} cannot be opened, its index is damaged or missing (${error.message}): copy it again, or take the original file`,
    );
  }
  if (!file.size) return clipError("not-a-video", `${name} is empty: copy it again from where it was recorded`);
  const kind = foreignKind(new Uint8Array(head));
  if (!kind)
    return clipError(
      "not-a-video",
      `${name} is not a video: Readout takes MP4, MOV, WebM, MKV, TS, AVI and FLV, and pictures`,
    );
  const { help } = helpful(name);
  return clipError(
    "kind",
    `${name} is ${kind}, and Readout takes MP4, MOV, WebM, MKV, TS, AVI and FLV: convert it with ${help}`,
    help,
  );
}
