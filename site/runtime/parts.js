// The site's files: where they are, and how far those of each part are loaded.

import { computed, signal } from "@preact/signals";
import { BACKBONES, LINES } from "../shared/backbones.js";
import { AssetError, loadBytes, rootOf } from "./assets.js";
import { addressOf } from "./build.js";

export const root = rootOf(document.baseURI, 0);

export const MODEL_PARTS = Object.fromEntries(
  [...Object.values(BACKBONES), LINES].map(({ model, title }) => [model, title]),
);
/**
 * The part that a file belongs to, by the first pattern that its path matches.
 * @type {[RegExp, string][]}
 */
const PART_OF = [
  [/^pyodide\/pillow/, "Pillow"],
  [/^(pyodide|py)\//, "Python"],
  [/^ort\//, "onnxruntime"],
  [/^data\/(demo|leds\/dataset)/, "Training pictures"],
  ...Object.entries(MODEL_PARTS).map(
    ([name, part]) => /** @type {[RegExp, string]} */ ([new RegExp(`^models/${name}\\.(onnx|npz)`), part]),
  ),
];
/** The order in which parts are listed, as far as they have been asked for. */
export const PARTS = ["Python", "onnxruntime", ...Object.values(MODEL_PARTS), "Training pictures", "Pillow"];

/** What manifest.json says of the site's files, by path; none before it is here. */
export const files = signal(/** @type {Record<string, {bytes: number, sha256: string}>} */ ({}));
/** The parts being loaded, by name: {files, done, total, state: "waiting" | "loading" | "starting" | "ready"}. */
export const parts = signal({});
/** Bytes of all of them, {done, total}. */
export const bytes = computed(() => {
  const known = Object.values(parts.value);
  const sum = (what) => known.reduce((all, part) => all + (part[what] ?? 0), 0);
  return { done: sum("done"), total: sum("total") };
});

/** The checked bytes of one of the site's files, counted in its part's progress. */
export async function bytesOf(file) {
  return loadBytes(file, { root, ...factsOf(file), onProgress: (done) => count(file, done) });
}

/** The path of the site's file that matches a pattern; undefined where there is none. */
export const fileLike = (pattern) => Object.keys(files.value).find((file) => pattern.test(file));

/** The address of one of the site's files. */
export const addressOfFile = (file) => addressOf(file, root, factsOf(file).sha256).href;

/** What manifest.json says of a file; an AssetError where it says nothing. */
export function factsOf(file) {
  if (Object.hasOwn(files.value, file)) return files.value[file];
  throw new AssetError(
    file,
    "not in manifest.json",
    "The site was built without it.",
    "Run python build.py again, and copy the whole of dist/.",
  );
}

/** The part that a file belongs to, undefined where it is of none. */
export const partOf = (file) => PART_OF.find(([pattern]) => pattern.test(file))?.[1];

/** Note how many bytes of a file are here. */
export function count(file, done) {
  const name = partOf(file);
  if (!name) return;
  const part = parts.value[name] ?? { files: {}, state: "waiting" };
  const known = { ...part.files, [file]: { done, total: factsOf(file).bytes } };
  const sum = (what) => Object.values(known).reduce((total, each) => total + each[what], 0);
  const [got, total] = [sum("done"), sum("total")];
  const state = got === 0 ? "waiting" : got < total ? "loading" : "starting";
  parts.value = { ...parts.value, [name]: { files: known, done: got, total, state } };
}

/** These parts are now `state`. */
export function setState(names, state) {
  const changed = names.map((name) => [name, { ...parts.value[name], state }]);
  parts.value = { ...parts.value, ...Object.fromEntries(changed) };
}
