// Clips read by the browser, for test_video.py.

const tools = () => import(new URL("modules.js", location.href));

const chosen = () => document.querySelector("input").files[0];

/** Bytes in base64. */
const text = (bytes) =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(new Blob([bytes]));
  });

const told = async ({ times, index, regions, ...rest }) => ({
  ...rest,
  times: [...times],
  index: [...index],
  regions: await Promise.all(regions.map(async ({ data, ...region }) => ({ ...region, data: await text(data) }))),
});

const FACTS = "name size codec width height rotation duration frameRate audio problems remarks".split(" ");

const facts = (clip) => ({ times: [...clip.times], ...Object.fromEntries(FACTS.map((name) => [name, clip[name]])) });

function pixels(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

/** In a worker: tells how many packets its decoder was fed, and how many frames were open at most. */
export function watchDecoder() {
  const channel = new BroadcastChannel("decoder");
  let [fed, open, most] = [0, 0, 0];
  const Real = VideoDecoder;
  self.VideoDecoder = class extends Real {
    constructor({ output, error }) {
      const watched = (frame) => {
        most = Math.max(most, ++open);
        const close = frame.close;
        frame.close = () => (open--, close.call(frame));
        output(frame);
      };
      super({ output: watched, error });
    }
    decode(chunk) {
      channel.postMessage({ fed: ++fed, most });
      super.decode(chunk);
    }
  };
}

/** In a worker: ends it when it is asked for its second chunk. */
export function endAtSecondChunk() {
  let asked = 0;
  addEventListener("message", ({ data }) => data.method === "next" && ++asked === 2 && self.close());
}

/** How a browser without WebCodecs opens a clip, in a secure context or not. */
export async function openWithoutDecoder(secure) {
  const m = await tools();
  const real = [VideoDecoder, isSecureContext];
  delete globalThis.VideoDecoder;
  Object.defineProperty(globalThis, "isSecureContext", { value: secure, configurable: true });
  try {
    return await m.openClip(chosen()).catch(({ name, kind, message }) => [name, kind, message]);
  } finally {
    globalThis.VideoDecoder = real[0];
    Object.defineProperty(globalThis, "isSecureContext", { value: real[1], configurable: true });
  }
}

export async function readRegions(given) {
  const m = await tools();
  const { every = 1, regions } = given;
  const clip = await m.openClip(chosen());
  const chunks = [];
  const times = clip.times.filter((_, k) => k % every === 0);
  for await (const chunk of clip.read({ times, regions })) chunks.push(await told(m.holder.used(chunk)));
  clip.close();
  return { ...facts(clip), chunks };
}

export async function showPictures(given) {
  const m = await tools();
  const clip = await m.openClip(chosen());
  const found = [];
  for (const at of given) found.push(await text(pixels(await clip.picture(clip.times[at]))));
  const whole = [{ readout: "all", x: 0, y: 0, width: clip.width, height: clip.height }];
  const regions = [];
  for (const at of given) {
    const {
      regions: [region],
    } = m.holder.used(await clip.region(clip.times[at], whole));
    regions.push({ ...region, data: await text(region.data ?? region.rgba) });
  }
  const small = await clip.thumbnail(clip.times[given[0]]);
  const shrunk = await createImageBitmap(small);
  clip.close();
  return { found, regions, size: [clip.width, clip.height], small: [small.type, shrunk.width, shrunk.height] };
}

export async function interruptPictures() {
  const m = await tools();
  const clip = await m.openClip(chosen());
  const late = clip.times.at(-1);
  const named = (promise) =>
    promise.then(
      (bitmap) => bitmap.constructor.name,
      (error) => error.name,
    );
  const stop = new AbortController();
  const waiting = named(clip.region(late, [{ x: 0, y: 0, width: 2, height: 2 }], { signal: stop.signal }));
  stop.abort();
  const both = await Promise.all([named(clip.picture(late)), named(clip.picture(clip.times[3])), waiting]);
  const missing = await clip.picture(0.0123).catch(({ name, kind }) => [name, kind]);
  const gone = await m.openClip(chosen(), { signal: AbortSignal.abort() }).catch((error) => error.name);
  return [both, missing, gone];
}

export async function interruptReading() {
  const m = await tools();
  const clip = await m.openClip(chosen());
  const regions = [{ x: 0, y: 0, width: 320, height: 240 }];
  const stop = new AbortController();
  const chunks = [];
  let error = "";
  try {
    for await (const chunk of clip.read({ times: clip.times, regions, signal: stop.signal })) {
      chunks.push(chunk.times.length);
      stop.abort();
    }
  } catch (caught) {
    error = caught.name;
  }
  let first = 0;
  for await (const chunk of clip.read({ times: clip.times, regions })) {
    first = chunk.times.length;
    break;
  }
  const all = await clip.decode();
  return { chunks, error, first, frames: all.frames, measured: all.seconds > 0 };
}

export async function readSlowly(given) {
  const m = await tools();
  let last = { fed: 0, most: 0 };
  const channel = new BroadcastChannel("decoder");
  channel.onmessage = ({ data }) => (last = data);
  const clip = await m.openClip(chosen());
  const before = last.fed;
  const ahead = [];
  let taken = 0;
  for await (const chunk of clip.read({ times: clip.times, regions: [{ x: 0, y: 0, ...given }] })) {
    taken += chunk.times.length;
    for (let was = -1; was !== last.fed;) {
      was = last.fed;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    ahead.push(last.fed - before - taken);
  }
  return { ahead, taken, most: last.most };
}

export async function readAll() {
  const m = await tools();
  const outcome = await m.openClip(chosen()).then(
    async (clip) => {
      const frames = [];
      const problems = [...clip.problems];
      for await (const chunk of clip.read({ times: clip.times, regions: [{ x: 0, y: 0, width: 320, height: 240 }] })) {
        frames.push(...(await told(chunk)).times);
        problems.push(...chunk.problems);
      }
      return { frames, problems, listed: clip.times.length };
    },
    ({ name, kind, message, help }) => ({ name, kind, message, help }),
  );
  return outcome;
}
