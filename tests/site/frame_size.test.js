// Planes of a clip that changes its size, scaled.

import assert from "node:assert/strict";
import { test } from "node:test";

import { scaledPlane } from "../../site/workers/video/frame_size.js";

const ramp = ({ width, height }, value) =>
  Uint8Array.from({ length: width * height }, (_, k) => value(k % width, Math.floor(k / width)));

test("a plane of one value stays so, in any size", () => {
  for (const to of [1, 2, 7, 16].map((side) => ({ width: side, height: side + 1 }))) {
    const from = { width: 5, height: 3 };
    const plane = scaledPlane(new Uint8Array(15).fill(77), { offset: 0, stride: 5 }, from, to, 1);
    assert.deepEqual(plane, new Uint8Array(to.width * to.height).fill(77));
  }
});

test("a plane of the same size is itself, its padding left out", () => {
  const data = Uint8Array.from([9, 1, 2, 0, 3, 4, 0]);
  const size = { width: 2, height: 2 };
  assert.deepEqual([...scaledPlane(data, { offset: 1, stride: 3 }, size, size, 1)], [1, 2, 3, 4]);
});

test("a slope keeps its values at the same places", () => {
  const [from, to] = [
    { width: 20, height: 10 },
    { width: 40, height: 20 },
  ];
  const data = ramp(from, (x, y) => 8 * x + 4 * y);
  const plane = scaledPlane(data, { offset: 0, stride: 20 }, from, to, 1);
  for (let y = 1; y < 19; y++) {
    for (let x = 1; x < 39; x++) {
      const exact = 8 * ((x + 0.5) / 2 - 0.5) + 4 * ((y + 0.5) / 2 - 0.5);
      assert.ok(Math.abs(plane[y * 40 + x] - exact) <= 0.5, `${x}, ${y}`);
    }
  }
});

test("samples of two bytes are not mixed", () => {
  const data = Uint8Array.from([10, 200, 10, 200, 10, 200, 10, 200]);
  const plane = scaledPlane(data, { offset: 0, stride: 4 }, { width: 2, height: 2 }, { width: 3, height: 3 }, 2);
  assert.deepEqual([...new Set(plane.filter((_, k) => k % 2 === 0))], [10]);
  assert.deepEqual([...new Set(plane.filter((_, k) => k % 2 === 1))], [200]);
});
