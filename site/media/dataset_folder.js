// Which of many files are frames, and which are a dataset folder; see readout/data/dataset.py for its rules.

import { LABELS_FILE, LAYOUT_FILE } from "../shared/constants.js";
import { commonFolder, inNaturalOrder, isClip, isPicture, uniqueName } from "../shared/file_names.js";

const LISTS = new Set([LAYOUT_FILE, LABELS_FILE]);
const EXAMPLES = new Set(["training", "testing"]);
const EXAMPLE = /(^|\/)(training|testing)\/[^/]+\/[^/]+$/;

const NO_PICTURE = {
  why: "not an image or a supported video",
  next: "Skipped. Frames are PNG, JPEG, WebP, AVIF, GIF, TIFF or BMP files, videos MP4, MOV, WebM, MKV, TS, AVI or FLV.",
};
const MISPLACED = {
  why: "in a dataset folder, frames lie directly in frames/ and examples in training/SET/",
  next: "Move it there, or drop it alone.",
};

/**
 * Sort files {path, type, kind, ...} into {frames, clips, dataset, unused}. Frames, clips and the files of the dataset
 * (null where there is none) get a `name` and come in natural order of it; unused are [{name, why, next}].
 *
 * A frame's name is its path without the folders that all frames share, but in a dataset its name in frames/. A clip's is
 * its path without the folders that all files share, as the command line names it.
 */
export function sortOut(files) {
  const root = datasetRoot(files.map(({ path }) => path));
  const hasFrames = root !== null && files.some(({ path }) => path.startsWith(`${root}frames/`));
  const [frames, clips, dataset, unused] = [[], [], [], []];
  for (const file of files) {
    const inside = root !== null && file.path.startsWith(root) ? file.path.slice(root.length).split("/") : null;
    const isExample = inside && EXAMPLES.has(inside[0]);
    if (inside && (LISTS.has(inside.join("/")) || (isExample && inside.length === 3)))
      dataset.push({ ...file, name: inside.join("/") });
    else if (isVideo(file)) clips.push(file);
    else if (!isStill(file)) unused.push({ name: file.path, ...NO_PICTURE });
    else if (hasFrames && inside?.[0] === "frames" && inside.length === 2) frames.push({ ...file, name: inside[1] });
    else if (inside && (hasFrames || isExample)) unused.push({ name: file.path, ...MISPLACED });
    else frames.push(file);
  }
  const paths = files.map(({ path }) => path).filter((path) => !EXAMPLE.test(path));
  return {
    frames: inNaturalOrder(named(frames), nameOf),
    clips: inNaturalOrder(named(clips, paths), nameOf),
    dataset: dataset.length ? inNaturalOrder(dataset, nameOf) : null,
    unused,
  };
}

/** By its `kind`, if its first bytes told, else by its name. */
const isVideo = ({ kind, path, type }) => (kind ? kind === "video" : isClip(path, type));
const isStill = ({ kind, path, type }) => (kind ? kind === "picture" || kind === "heic" : isPicture(path, type));

const nameOf = ({ name }) => name;

function named(files, paths = files.filter(({ name }) => !name).map(({ path }) => path)) {
  const shared = commonFolder(paths).length;
  const taken = new Set();
  return files.map((file) => {
    const name = uniqueName(file.name ?? file.path.slice(shared), taken);
    taken.add(name);
    return { ...file, name };
  });
}

/** The folder of a dataset among paths, as in "data/", the shallowest of several; null where there is none. */
function datasetRoot(paths) {
  const roots = paths.flatMap((path) => {
    const parts = path.split("/");
    if (parts.length > 2 && parts.at(-3) === "training" && isPicture(path)) return [parts.slice(0, -3)];
    return LISTS.has(parts.at(-1)) ? [parts.slice(0, -1)] : [];
  });
  if (!roots.length) return null;
  return roots
    .reduce((a, b) => (b.length < a.length ? b : a))
    .map((part) => `${part}/`)
    .join("");
}
