// File names: their order, what they promise, and which of them are the system's own.

import { IGNORED_FILES } from "./constants.js";
import { digitOf } from "./format.js";

/** Endings that are taken for pictures. Whether the browser decodes them shows when it tries. */
const PICTURE = /\.(png|apng|jpe?g|jpe|jfif|webp|avif|gif|bmp|tiff?|hei[cf]|jxl)$/i;
/** Endings that are taken for clips. */
const CLIP = /\.(mp4|m4v|mov|qt|3gp|3g2|webm|mkv|ts|mts|m2ts|avi|lrv|insv|mjpe?g)$/i;
/** What is hidden, and the folder that macOS puts into zips. */
const HIDDEN = /^(\.(?!\.?$).*|__macosx)$/i;
/** Also as browsers rename the second download of a file. */
const PROJECT = /\.readout ?(\(\d+\))?\.zip$/i;

export const isPicture = (name, type = "") => PICTURE.test(name) || /^image\/(?!svg)/.test(type);
export const isClip = (name, type = "") => CLIP.test(name) || /^video\//.test(type);
export const isZip = (name, type = "") => /\.zip$/i.test(name) || /^application\/(x-)?zip(-compressed)?$/.test(type);
export const isProject = (name) => PROJECT.test(name);
/** Whether some part of a path is hidden, or is a file that the system made for itself. */
export const isHidden = (path) =>
  path.split("/").some((part) => HIDDEN.test(part) || IGNORED_FILES.includes(part.toLowerCase()));

/** The key of `readout.dataset.natural_order`: runs of digits as integers, between them the text in lower case. */
function naturalKey(name) {
  const parts = name.split(/(\p{Nd}+)/u);
  return parts.map((part, k) => (k % 2 ? BigInt([...part].map(digitOf).join("")) : part.toLowerCase()));
}

/** `items` in natural order of their names, as Python has it: image-2 before image-10. A new array. */
export function inNaturalOrder(items, nameOf = (item) => item) {
  const keyed = items.map((item) => ({ item, name: nameOf(item), key: naturalKey(nameOf(item)) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key) || compareTexts(a.name, b.name)).map(({ item }) => item);
}

/** `name`, or where it is among `taken` (a Set) the first of "name (2).png", "name (3).png" … that is not. */
export function uniqueName(name, taken) {
  const ending = /[^/](\.[^./]+)$/.exec(name)?.[1] ?? "";
  const stem = name.slice(0, name.length - ending.length);
  let unique = name;
  for (let k = 2; taken.has(unique); k++) unique = `${stem} (${k})${ending}`;
  return unique;
}

/** The folders that all paths begin with, as in "video/day 1/", or "". */
export function commonFolder(paths) {
  if (!paths.length) return "";
  const folders = paths.map((path) => path.split("/").slice(0, -1));
  const differs = folders[0].findIndex((part, k) => folders.some((other) => other[k] !== part));
  return (differs < 0 ? folders[0] : folders[0].slice(0, differs)).map((part) => `${part}/`).join("");
}

function compareKeys(a, b) {
  const differs = a.findIndex((part, k) => part !== b[k]);
  if (differs < 0) return a.length - b.length;
  if (differs >= b.length) return 1;
  return differs % 2 ? (a[differs] < b[differs] ? -1 : 1) : compareTexts(a[differs], b[differs]);
}

/** By code points, as Python compares; JavaScript's own order is by halves of them. */
function compareTexts(a, b) {
  const [left, right] = [[...a], [...b]];
  const differs = left.findIndex((character, k) => character !== right[k]);
  if (differs < 0) return left.length - right.length;
  return differs < right.length ? left[differs].codePointAt(0) - right[differs].codePointAt(0) : 1;
}
