// Decoding: spans of a clip's packets to frames in the order they are shown, with damaged parts passed over.

import { JPEG, JpegDecoder } from "./jpeg_decoder.js";

/** Packets that wait in the decoder: enough to keep it busy on every core. */
const QUEUED = 32;
/** The same of pictures that are decoded one by one, whole and in colour. */
const QUEUED_JPEG = 3;
/** Decoded frames that wait to be taken; some decoders have only a few to lend. */
const READY = 8;

/**
 * The frames of `spans` of packets [from, to), each from a key frame, as VideoFrames in the order they are shown;
 * who takes one closes it. Their timestamps are whole microseconds and ascend. Where a packet is damaged the
 * rest up to the next key frame is passed over, and `onDamage(message)` told. Rejects when `signal` aborts.
 * @param {any} clip a ClipFile @param {number[][]} spans @param {{onDamage?: (message: string) => void} & Abortable} options
 */
export async function* decoded(clip, spans, { signal, onDamage } = {}) {
  let last = -Infinity;
  let rest = spans;
  while (rest.length) {
    const decoder = new Decoding(clip, rest, signal);
    try {
      for await (const frame of decoder.frames()) {
        if (frame.timestamp <= last) {
          frame.close();
          continue;
        }
        last = frame.timestamp;
        yield frame;
      }
      return;
    } catch (error) {
      if (!decoder.damaged || signal?.aborted) throw error;
      onDamage?.(error.message);
    } finally {
      await decoder.close();
    }
    // What was under way is decoded once more, from key frame to key frame, so that one is lost at most.
    const { reached } = decoder;
    for (const span of careful(clip, rest, last, reached)) {
      const again = new Decoding(clip, [span], signal);
      try {
        for await (const frame of again.frames()) {
          if (frame.timestamp <= last) frame.close();
          else {
            last = frame.timestamp;
            yield frame;
          }
        }
      } catch (error) {
        if (!again.damaged || signal?.aborted) throw error;
      } finally {
        await again.close();
      }
    }
    rest = after(clip, rest, reached);
  }
}

/** Spans from one key frame to the next: of what was fed up to `reached` and not shown by `last`. */
function careful(clip, spans, last, reached) {
  const [from, to] = spans.find((span) => reached <= span[1]);
  const cuts = clip.packets.keys.map(({ at }) => at).filter((at) => at >= from && at < Math.min(to, reached));
  const parts = cuts.map((at, k) => [at, cuts[k + 1] ?? Math.min(to, clip.packets.keyAfter(at))]);
  return parts.filter(([begin, end]) => clip.packets.order.subarray(begin, end).some((time) => time > last));
}

/** What is left of the spans after the group of packets that `reached` is in. */
function after(clip, spans, reached) {
  const begin = clip.packets.keyAfter(Math.max(spans[0][0], reached - 1));
  return spans.map(([from, to]) => [Math.max(from, begin), to]).filter(([from, to]) => from < to);
}

/** A decoded frame with the time at which it is shown; null, and closed, where that is never. */
function shownFrame(frame, time) {
  if (time === frame.timestamp) return frame;
  const shown = time === null ? null : new VideoFrame(frame, { timestamp: time });
  frame.close();
  return shown;
}

/** One decoder at work on spans. */
class Decoding {
  failure = null;
  /** The position after the last packet that was asked for. */
  reached = 0;
  #clip;
  #spans;
  #signal;
  #decoder;
  #queued;
  #ready = [];
  #ended = false;
  #closed = false;
  #feeding;
  #ring = () => {};
  #changed = null;

  constructor(clip, spans, signal) {
    [this.#clip, this.#spans, this.#signal] = [clip, spans, signal];
    const timeOf = clip.packets.clock(spans);
    const jpeg = clip.config.codec === JPEG;
    this.#queued = jpeg ? QUEUED_JPEG : QUEUED;
    const Decoder = jpeg ? JpegDecoder : VideoDecoder;
    this.#decoder = new Decoder({
      output: (frame) => {
        const shown = this.#closed ? null : shownFrame(frame, timeOf(frame.timestamp));
        if (!shown) return;
        this.#ready.push(shown);
        this.#ring();
      },
      error: (error) => this.#fail(error),
    });
    this.#decoder.addEventListener("dequeue", () => this.#ring());
    signal?.addEventListener("abort", this.#wake);
    this.#decoder.configure(clip.config);
    this.#feeding = this.#feed().catch((error) => this.#fail(error));
  }

  #wake = () => this.#ring();

  #fail(error) {
    this.failure ??= error;
    this.#ring();
  }

  #change() {
    return (this.#changed ??= new Promise((resolve) => {
      this.#ring = () => {
        this.#changed = null;
        this.#ring = () => {};
        resolve(null);
      };
    }));
  }

  async #feed() {
    for (const [from, to] of this.#spans) {
      this.reached = from + 1;
      let packet = await this.#clip.keyPacket(from);
      for (let at = from; at < to && packet; at++) {
        while (!this.#over && (this.#decoder.decodeQueueSize >= this.#queued || this.#ready.length >= READY))
          await this.#change();
        if (this.#over) return;
        this.reached = at + 1;
        const { type, data } = packet;
        this.#decoder.decode(new EncodedVideoChunk({ type, data, timestamp: this.#clip.packets.stamps[at] }));
        if (at + 1 < to) packet = await this.#clip.next(packet);
      }
      await this.#decoder.flush();
      if (this.#over) return;
    }
    this.#ended = true;
    this.#ring();
  }

  /** Whether it failed over what a packet holds, not because there is no file any more. */
  get damaged() {
    return this.failure !== null && this.failure.name !== "ClipError";
  }

  get #over() {
    return this.#closed || this.failure || this.#signal?.aborted;
  }

  /** The frames in order, once. Rejects with `failure` where the decoder fails. */
  async *frames() {
    for (;;) {
      this.#signal?.throwIfAborted();
      if (this.#ready.length) {
        const frame = this.#ready.shift();
        this.#ring();
        yield frame;
      } else if (this.failure) throw this.failure;
      else if (this.#ended) return;
      else await this.#change();
    }
  }

  async close() {
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#wake);
    this.#ring();
    for (const frame of this.#ready.splice(0)) frame.close();
    if (this.#decoder.state !== "closed") this.#decoder.close();
    await this.#feeding;
  }
}
