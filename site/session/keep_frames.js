// Frames that are brought are stored as they come.

import { filesByName } from "../media/image_source.js";
import { forgetFrames, saveFrames } from "./persistence.js";

/** Store frames while others are looked at, so that a tab that ends meanwhile has those that it has seen. */
export function keepAsTheyCome(isOpen) {
  const kept = new Set();
  let saving = null;
  /** Have these frames stored, and of what was stored here no others: of which size most are is known in the end. */
  const save = async (frames) => {
    const names = new Set(frames.map(({ name }) => name));
    const [fresh, odd] = [frames.filter(({ name }) => !kept.has(name)), [...kept].filter((name) => !names.has(name))];
    for (const { name } of fresh) kept.add(name);
    for (const name of odd) kept.delete(name);
    if (fresh.length && isOpen()) await saveFrames(fresh, filesByName);
    if (odd.length && isOpen()) await forgetFrames(odd);
  };
  return {
    /** Store what `seen()` gives now, unless something is still being stored. */
    keep(seen) {
      saving ??= save(seen()).finally(() => (saving = null));
    },
    async finish(frames) {
      await saving;
      await save(frames);
    },
  };
}
