// What a list of files is sorted out into.

import assert from "node:assert/strict";
import test from "node:test";
import { gather } from "../../site/media/gather_files.js";

const listZip = () => assert.fail("there is no zip");

/** An empty file of a path, as a folder that was picked gives it. */
function file(path) {
  const made = new File([], path.split("/").pop());
  if (path.includes("/")) Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
}

// what: [paths, what it is sorted out into]
const LISTS = {
  "pictures in natural order, others listed, hidden ones passed over": [
    [
      "b.png",
      "image-10.png",
      "image-9.JPG",
      "notes.txt",
      ".DS_Store",
      "Thumbs.db",
      "__MACOSX/b.png",
      "c.webp",
      "d.svg",
    ],
    { frames: ["b.png", "c.webp", "image-9.JPG", "image-10.png"], skipped: ["notes.txt", "d.svg"] },
  ],
  "folders that all share are left out of the names": [
    ["clip/day 1/2.png", "clip/day 1/10.png", "clip/notes.md"],
    { frames: ["2.png", "10.png"], skipped: ["clip/notes.md"] },
  ],
  "folders that differ stay": [["clip/b/1.png", "clip/a/1.png"], { frames: ["a/1.png", "b/1.png"] }],
  "equal names get numbers": [["image.png", "image.png"], { frames: ["image (2).png", "image.png"] }],
  "a dataset folder": [
    [
      "d/training/1/0.png",
      "d/training/1/1.png",
      "d/testing/9/0.png",
      "d/frames/f10.png",
      "d/frames/f9.png",
      "d/frames/f.txt",
      "d/layout.json",
      "d/labels.csv",
      "d/training/readme.txt",
      "d/frames/deep/f.png",
      "d/cover.png",
      "d/training/1/.DS_Store",
    ],
    {
      frames: ["f9.png", "f10.png"],
      dataset: ["labels.csv", "layout.json", "testing/9/0.png", "training/1/0.png", "training/1/1.png"],
      skipped: ["d/frames/f.txt", "d/training/readme.txt", "d/frames/deep/f.png", "d/cover.png"],
    },
  ],
  "a dataset beside other frames": [
    ["d/training/1/0.png", "d/frames/1.png", "more/2.png"],
    { frames: ["1.png", "2.png"], dataset: ["training/1/0.png"] },
  ],
  "frames with a layout beside them": [
    ["v/2.png", "v/1.png", "v/layout.json"],
    { frames: ["1.png", "2.png"], dataset: ["layout.json"] },
  ],
  "a folder in which every set is missing a picture name": [["training/x.png"], { frames: ["x.png"] }],
  "one project": [
    ["my work.readout (1).zip", "b.readout.zip", "a.png"],
    { frames: ["a.png"], project: "my work.readout (1).zip", skipped: ["b.readout.zip"] },
  ],
  nothing: [[], { skipped: ["What came"] }],
};

for (const [what, [paths, expected]] of Object.entries(LISTS))
  test(`a list of files is sorted out: ${what}`, async () => {
    const { frames, dataset, project, skipped } = await gather(paths.map(file), { listZip });
    const found = {
      frames: frames.map(({ name }) => name),
      dataset: dataset?.files.map(({ name }) => name) ?? null,
      project: project?.name ?? null,
      skipped: skipped.map(({ name }) => name),
    };
    assert.deepEqual(found, { frames: [], dataset: null, project: null, skipped: [], ...expected });
  });

test("gathering stops when it is aborted", async () => {
  const stop = new AbortController();
  const seen = [];
  const onProgress = (count) => {
    seen.push(count);
    if (count === 3) stop.abort();
  };
  const paths = Array.from({ length: 9 }, (_, k) => `${k}.png`);
  await assert.rejects(gather(paths.map(file), { listZip, signal: stop.signal, onProgress }), { name: "AbortError" });
  assert.deepEqual(seen, [1, 2, 3]);
});
