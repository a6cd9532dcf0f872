// Lists that are searched and joined, against the plain way.

import assert from "node:assert/strict";
import test from "node:test";
import { concat, firstWhere, lowerBound, nearest } from "../../site/shared/arrays.js";
import { chance } from "./chance.js";

test("a place in a sorted list is the first from which on what is asked holds", () => {
  const random = chance(1);
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: Math.floor(random() * 9) }, () => Math.floor(random() * 6)).sort();
    for (let value = -1; value <= 6; value++) {
      const first = values.findIndex((each) => each >= value);
      assert.equal(lowerBound(values, value), first < 0 ? values.length : first);
      assert.equal(
        firstWhere(values.length, (k) => values[k] > value),
        values.filter((each) => each <= value).length,
      );
    }
  }
});

test("the nearest of some is within reach, the first of equals, or none", () => {
  const far = (value) => Math.abs(value - 5);
  assert.equal(nearest([1, 7, 3, 9], far, 2), 7);
  assert.equal(nearest([1, 9], far, 3.9), null);
  assert.equal(nearest([], far, 10), null);
  assert.equal(nearest([0], Math.abs, 0), 0);
});

test("arrays are joined in their order", () => {
  assert.deepEqual(
    concat(Uint8Array, [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]),
    Uint8Array.of(1, 2, 3),
  );
  assert.deepEqual(concat(Float64Array, []), new Float64Array());
});
