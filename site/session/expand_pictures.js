// Pictures that Python decodes when they are brought, to plain PNG files: all their frames, more bits, what is transparent.

import { handBytes } from "../media/image_source.js";
import { provide } from "../runtime/boot.js";
import { call } from "./python.js";

/**
 * The frames of a picture's file, by its name in `filesByName` or by how it is opened: {frames: [{name, time, file}], notes,
 * left_out}, `time` in seconds or null, the frames' names by `name`. Rejects with Python's words where it cannot be decoded.
 * @param {any} from @param {string} name @param {string} given the file's own name @param {Abortable} options
 */
export async function expand(from, name, given, { signal } = {}) {
  await provide(["pillow"]);
  const data = await handBytes(from, { signal });
  const found = await call("expand", { data, name: given }, { namespace: "pictures", signal });
  const one = found.frames.length === 1;
  const frames = found.frames.map(({ png, time_s: time, number }) => ({
    name: one ? name : `${name} #${number}`,
    time: time ?? null,
    file: new File([png], `${given}.png`, { type: "image/png" }),
  }));
  return { frames, notes: found.notes, left_out: found.left_out };
}
