// Reading clips: chunks of their frames, decoded in order, to Python, and what it needs to have them again to the browser.

import { countOf, wholeChunks } from "../media/video_frames.js";
import { FRAMES_PER_CHUNK } from "../shared/constants.js";
import { addProblems, openNow, store } from "../state/store.js";
import { clipOf, open } from "./open_videos.js";
import { forgetChunks, saveChunk } from "./persistence.js";
import { leaveOut } from "./videos.js";

/** Chunks that Python has at once: while one is embedded, it looks at the next. */
const AHEAD = 2;

/** What is to be read of the clips that are here, by `rows` of frames that are missing: [{name, clip, times}], whole chunks. */
export function clipWork(rows) {
  const missing = new Map();
  for (const row of rows) {
    const { clip, time } = store.frames.value[row] ?? {};
    if (clip === undefined || !open(clip)) continue;
    if (!missing.has(clip)) missing.set(clip, []);
    missing.get(clip).push(time);
  }
  return [...missing].map(([name, times]) => {
    const known = clipOf(name);
    if (times.length === countOf(known)) forgetChunks(name); // what was kept fits no more
    return { name, clip: open(name), times: wholeChunks(known.chosen, times) };
  });
}

/**
 * Read what `clipWork` gave. `onRead(readouts, count, seconds)` gets what Python read, of how many frames, and how much
 * of the clip they cover. What cannot be decoded is listed and taken out of the project. Rejects when `signal` aborts;
 * what Python has then is kept all the same.
 */
export async function readClips(work, regions, { call, signal, onRead }) {
  const isOpen = openNow();
  for (const { name, clip, times } of work) {
    const under = new Set();
    const [lost, words] = [[], new Set()];
    let [at, failure] = [0, null];
    const give = async ({ problems, ...chunk }, asked) => {
      const first = chunk.times[0];
      const count = chunk.times.length;
      if (count < asked.length) {
        const seen = new Set(chunk.times);
        lost.push(...asked.filter((time) => !seen.has(time)));
      }
      for (const problem of problems ?? []) words.add(problem);
      if (!count) return onRead([], asked.length, 0);
      const { readouts, kept } = await call("add_chunk", { clip: name, ...chunk });
      if (isOpen()) saveChunk(name, first, kept);
      if (!signal.aborted) onRead(readouts, asked.length, spanOf(asked));
    };
    try {
      for await (const chunk of clip.read({ times, regions, signal })) {
        signal.throwIfAborted(); // before Python has another project
        const asked = times.subarray(at, (at += FRAMES_PER_CHUNK));
        const giving = give(chunk, asked)
          .catch((error) => (failure ??= error))
          .finally(() => under.delete(giving));
        under.add(giving);
        if (under.size >= AHEAD) await Promise.race(under);
        if (failure) throw failure;
        signal.throwIfAborted();
      }
      await Promise.all(under);
      if (failure) throw failure;
    } catch (error) {
      await Promise.all(under);
      if (["AbortError", "WorkerError", "ReadoutError"].includes(error.name)) throw error;
      words.add(error.message);
    }
    addProblems([...words].map((why) => ({ name, why: why.replace(/\.$/, ""), next: "What could be read was." })));
    if (lost.length) await leaveOut(name, lost);
  }
}

/** Seconds of the clip that a chunk stands for. */
const spanOf = (times) => (times.length > 1 ? ((times.at(-1) - times[0]) * times.length) / (times.length - 1) : 0);
