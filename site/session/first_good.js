// Files that came, looked at until one can be used: no project begins with nothing in it.

import { decode } from "../media/image_source.js";
import { openClip } from "../media/video_source.js";
import { expand } from "./expand_pictures.js";

/**
 * Look at a picture, by its name in `filesByName` or by how it is opened: see `decode`, or see `expand` where Python has to
 * decode it, `frames` among the rest.
 * @param {any} from @param {string} name @param {string} given the file's own name @param {Abortable} options
 */
export async function look(from, name, given, { signal } = {}) {
  const found = await decode(from, { thumbnail: true, digest: true, signal });
  if (!found.expand) return found;
  const expanded = await expand(from, name, given, { signal });
  if (!expanded.frames.length) throw new Error(expanded.left_out.join("; "));
  return expanded;
}

/**
 * Look at files, frames and clips as `gather` gives them, until one is good: {good, seen, problems}. `seen` has promises by how a
 * file is opened: of what `look` gives, or of a clip {file, clip}; problems: [{name, why, next}] of those before.
 * @param {any[]} frames @param {any[]} clips @param {Abortable} options
 */
export async function untilOneIsGood(frames, clips, { signal } = {}) {
  const [seen, problems] = [new Map(), []];
  const looks = [
    ...frames.map(({ name, open }) => ({ name, open, begin: () => look(open, name, name, { signal }) })),
    ...clips.map(({ name, open }) => ({ name, open, begin: () => opened(open, signal) })),
  ];
  for (const { name, open, begin } of looks) {
    const looking = begin();
    seen.set(open, looking);
    try {
      await looking;
      return { good: true, seen, problems };
    } catch (error) {
      if (error.name === "AbortError") throw error;
      problems.push({ name, why: error.message, next: error.next ?? "It was left out." });
    }
  }
  return { good: false, seen, problems };
}

async function opened(open, signal) {
  const file = await open({ signal });
  return { file, clip: await openClip(file, { signal }) };
}

/**
 * What is said where nothing among files can be used, with the first of the reasons, {name, why, next}.
 * @param {any[]} problems
 */
export function nothingIn([first]) {
  const reason = first ? ` ${first.name}: ${first.why.replace(/\.$/, "")}. ${first.next}` : "";
  return `There is no picture and no video among these files that can be read.${reason}`;
}
