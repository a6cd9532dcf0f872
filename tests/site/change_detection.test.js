// Comparing pictures of a chunk where their planes are, against what Python finds: tests/core/test_stillness.py has the same cases.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { firstOccurrence } from "../../site/workers/video/change_detection.js";
import { channels } from "../../site/workers/video/channels.js";
import { scene } from "./scenes.js";

const CASES = JSON.parse(readFileSync(new URL("../cases/first_occurrence.json", import.meta.url), "utf8"));

for (const [k, { first, compared, beside, ...made }] of CASES.entries()) {
  test(`boxes look like those that Python says, case ${k}`, () => {
    const { luma, chroma } = scene(made);
    const boxes = made.boxes.slice(0, compared);
    assert.deepEqual([...firstOccurrence(luma, boxes, chroma, beside)], first.flat());
  });
}

test("without boxes or a second picture nothing is compared", () => {
  const one = { width: 2, height: 1, pictures: [Uint8Array.of(1, 2)] };
  assert.deepEqual([...firstOccurrence(one, [[0, 0, 2, 1]])], [0]);
  assert.deepEqual([...firstOccurrence({ ...one, pictures: [...one.pictures, ...one.pictures] }, [])], []);
});

// Luma 0 to 7 in two rows of four, blue 20 and 21, red 30 and 31.
const LUMA = [0, 1, 2, 3, 4, 5, 6, 7];
const CODED = { I420: [...LUMA, 20, 21, 30, 31], NV12: [...LUMA, 20, 30, 21, 31] };
const UPRIGHT = {
  0: [LUMA, [20, 21], [30, 31]],
  90: [
    [4, 0, 5, 1, 6, 2, 7, 3],
    [20, 21],
    [30, 31],
  ],
  180: [LUMA.toReversed(), [21, 20], [31, 30]],
  270: [
    [3, 7, 2, 6, 1, 5, 0, 4],
    [21, 20],
    [31, 30],
  ],
};

for (const [format, coded] of Object.entries(CODED)) {
  for (const [turn, planes] of Object.entries(UPRIGHT)) {
    test(`planes of ${format} are upright after ${turn} degrees`, () => {
      const rotation = Number(turn);
      const [width, height] = rotation % 180 ? [2, 4] : [4, 2];
      const found = channels([Uint8Array.from(coded)], { width, height, format, rotation });
      assert.deepEqual(
        found.map(({ pictures: [picture] }) => [...picture]),
        planes,
      );
      assert.deepEqual([found[0].width, found[0].height, found[1].width * found[1].height], [width, height, 2]);
    });
  }
}
