// Boxes and views as numbers: where a click falls, what a drag does, how a format follows its boxes.

import assert from "node:assert/strict";
import test from "node:test";
import * as boxes from "../../site/features/layout/boxes.js";
import * as snapping from "../../site/features/layout/snapping.js";
import * as format from "../../site/media/readout_format.js";
import * as viewport from "../../site/shared/viewport.js";
import { between, chance, whole } from "./chance.js";

const geometry = { ...boxes, ...snapping, ...format, ...viewport };
const FRAME = [1024, 768];
/** Boxes of x, y, width, height each, or points. */
const row = (...texts) => texts.map((text) => text.split(" ").map(Number));
const ROW = row("929 37 8 10", "935.5 37 8 10", "944.5 37 8 10", "951 37 8 10");
const TOP = { name: "top", format: "##.##", boxes: ROW };

// what: [function, arguments, result]
const CASES = {
  "the bounds of a row": ["bounds", [ROW], [929, 37, 30, 10]],
  "a box between two corners, drawn upwards": ["between", row("9 8", "2 3"), [2, 3, 7, 5]],
  "what is drawn past the edge ends there": ["inside", [[-3, 700, 2000, 100], FRAME], [0, 700, 1024, 68]],
  "boxes stop at the right edge together": [
    "moved",
    [row("1000 0 10 10", "1010 0 10 10"), [50, 0], FRAME],
    row("1004 0 10 10", "1014 0 10 10"),
  ],
  "half a pixel": ["moved", [[[935.5, 37, 8, 10]], [0.5, -0.5], FRAME], [[936, 36.5, 8, 10]]],
  "a box grows to the edge and no further": ["grown", [[[1010, 760, 10, 4]], [9, 9], FRAME], [[1010, 760, 14, 8]]],
  "a box never vanishes": ["grown", [[[5, 5, 3, 3]], [-50, -1], FRAME], [[5, 5, 1, 2]]],
  "a row stretched to twice its width": [
    "stretched",
    [row("10 10 4 8", "16 10 4 8"), [10, 10, 10, 8], [10, 10, 20, 8]],
    row("10 10 8 8", "22 10 8 8"),
  ],
  "a left handle leaves the right side alone": ["dragged", [[10, 10, 8, 8], "w", [3, 3], FRAME], [13, 10, 5, 8]],
  "a corner handle moves two sides": ["dragged", [[10, 10, 8, 8], "se", [2, -3], FRAME], [10, 10, 10, 5]],
  "a handle cannot be dragged through": ["dragged", [[10, 10, 8, 8], "e", [-50, 0], FRAME], [10, 10, 1, 8]],
  "the nearest handle": ["handleAt", [[10, 10, 8, 8], [17.5, 11], 2], "ne"],
  "no handle far away": ["handleAt", [[10, 10, 8, 8], [14, 14], 2], null],
  "where boxes overlap, the nearer centre": ["boxAt", [[TOP], [936.4, 40]], { readout: 0, box: 1 }],
  "left of that, the other": ["boxAt", [[TOP], [935.8, 40]], { readout: 0, box: 0 }],
  "a near miss within the margin": ["boxAt", [[TOP], [960.5, 40], 2], { readout: 0, box: 3 }],
  "a miss": ["boxAt", [[TOP], [970, 40], 2], null],
  "split in four": ["split", [[10, 5, 8, 4], 4], row("10 5 2 4", "12 5 2 4", "14 5 2 4", "16 5 2 4")],
  "spread with room for the point": [
    "spread",
    [[0, 0, 44, 10], "##.##"],
    row("0 0 10 10", "10 0 10 10", "24 0 10 10", "34 0 10 10"),
  ],
  "the pitch of a row": ["pitch", [ROW], 6.5],
  "the pitch of one box is its width": ["pitch", [[[1, 1, 8, 9]]], 8],
  "a format that goes with its boxes": ["formatError", ["##.##", 4], ""],
  "a format for fewer boxes": [
    "formatError",
    ["#.##", 4],
    "Each # takes one box: “#.##” has 3 of them, there are 4 boxes. Add or remove a #, or a box.",
  ],
  "the format of a number": ["formatOf", [" -79.05"], "###.##"],
  "the format of a time": ["formatOf", ["12:34"], "##:##"],
  "a box less is a # less, at its place": [
    "without",
    [{ name: "a", format: "#:#.#", boxes: row("0 0 1 1", "1 0 1 1", "2 0 1 1") }, [1]],
    { name: "a", format: "#:.#", boxes: row("0 0 1 1", "2 0 1 1") },
  ],
  "one box in place of one": [
    "replaced",
    [{ name: "a", format: "#.#", boxes: row("0 0 2 1", "4 0 2 1") }, 1, row("4 0 1 1", "5 0 1 1")],
    { name: "a", format: "#.##", boxes: row("0 0 2 1", "4 0 1 1", "5 0 1 1") },
  ],
  "one more at the pitch": [
    "extended",
    [{ name: "a", format: "##", boxes: row("10 5 4 6", "15 5 4 6") }, 1, FRAME],
    { readout: { name: "a", format: "###", boxes: row("10 5 4 6", "15 5 4 6", "20 5 4 6") }, index: 2 },
  ],
  "one more at the left where the right is full": [
    "extended",
    [{ name: "a", format: "##", boxes: row("1010 5 6 6", "1017 5 6 6") }, 1, FRAME],
    { readout: { name: "a", format: "###", boxes: row("1010 5 6 6", "1010 5 6 6", "1017 5 6 6") }, index: 1 },
  ],
  "the first name": ["freeName", [[]], "main"],
  "the next name": ["freeName", [["main", "third"]], "second"],
  "a row whose pitch is even goes on": [
    "snapped",
    [[[31.2, 5.4, 8, 10]], [0, 0], row("10 5 8 10", "20 5 8 10"), 1.5],
    {
      by: [-1.2, -0.4],
      guides: [
        { axis: 0, at: 30 },
        { axis: 1, at: 5 },
      ],
    },
  ],
  "with nothing near, half pixels": [
    "snapped",
    [[[100, 100, 8, 10]], [3.3, -2.2], [[10, 5, 8, 10]], 1.5],
    { by: [3.5, -2], guides: [] },
  ],
  "an edge takes the width of a neighbour": [
    "snappedEdge",
    [[100, 100, 8, 10], "e", [1.8, 0], [[10, 5, 10.5, 30]], 1.5],
    { by: [2.5, 0], guides: [{ axis: 0, at: 110.5 }] },
  ],
  "the whole frame on the stage": [
    "viewOf",
    [
      [0, 0, 1024, 768],
      [512, 512],
    ],
    { scale: 0.5, x: 0, y: 64 },
  ],
  "two fingers moved apart about their middle": [
    "pinched",
    [{ scale: 1, x: 0, y: 0 }, row("90 50", "110 50"), row("80 50", "120 50")],
    { scale: 2, x: -100, y: -50 },
  ],
  "two fingers moved together": [
    "pinched",
    [{ scale: 1, x: 0, y: 0 }, row("90 50", "110 50"), row("95 57", "115 57")],
    { scale: 1, x: 5, y: 7 },
  ],
  "the frame is never lost": [
    "kept",
    [{ scale: 1, x: -5000, y: 9000 }, FRAME, [800, 600]],
    { scale: 1, x: -976, y: 552 },
  ],
  "a panel right of the box": [
    "beside",
    [
      [100, 100, 50, 20],
      [200, 100],
      [800, 600],
    ],
    [162, 60],
  ],
  "a panel left of it at the right edge": [
    "beside",
    [
      [700, 100, 50, 20],
      [200, 100],
      [800, 600],
    ],
    [488, 60],
  ],
  "a panel below where neither side has room": [
    "beside",
    [
      [100, 100, 200, 20],
      [300, 100],
      [400, 600],
    ],
    [50, 132],
  ],
};

/** Numbers to nine places, as sums of decimals have no exact ones; -0 is 0. */
const rounded = (value) =>
  JSON.parse(JSON.stringify(value ?? null, (_, each) => (typeof each === "number" ? Number(each.toFixed(9)) : each)));

for (const [what, [name, given, expected]] of Object.entries(CASES))
  test(what, () => assert.deepEqual(rounded(geometry[name](...given)), rounded(expected)));

test("a zoom keeps what is under the pointer", () => {
  const random = chance(1);
  for (let k = 0; k < 20; k++) {
    const view = { scale: between(random, 0.1, 30), x: between(random, -900, 900), y: between(random, -900, 900) };
    const pointer = [between(random, 0, 800), between(random, 0, 600)];
    const after = geometry.zoomed(view, pointer, between(random, 0.5, 2));
    const [before, now] = [geometry.toFrame(view, pointer), geometry.toFrame(after, pointer)];
    assert.ok(now.every((value, axis) => Math.abs(value - before[axis]) < 1e-6));
  }
});

test("moved boxes are inside whatever is done", () => {
  const random = chance(2);
  for (let k = 0; k < 40; k++) {
    const size = [between(random, 1, 90), between(random, 1, 90)];
    const box = [between(random, 0, 1024 - size[0]), between(random, 0, 768 - size[1]), ...size];
    const [there] = geometry.moved([box], [between(random, -2000, 2000), between(random, -2000, 2000)], FRAME);
    const [x, y, w, h] = geometry.settled(there, FRAME);
    assert.ok(x >= 0 && y >= 0 && x + w <= 1024 && y + h <= 768);
    assert.ok(Math.abs(w - size[0]) < 1e-6 && Math.abs(h - size[1]) < 1e-6);
  }
});

test("a format follows its boxes", () => {
  const random = chance(3);
  let readout = TOP;
  for (let k = 0; k < 30; k++) {
    const at = whole(random, 0, readout.boxes.length - 1);
    readout =
      random() < 0.5 && readout.boxes.length > 1
        ? geometry.without(readout, [at])
        : geometry.replaced(readout, at, geometry.split(readout.boxes[at], whole(random, 2, 3)));
    assert.equal(geometry.formatError(readout.format, readout.boxes.length), "");
    assert.equal(readout.format.replaceAll("#", ""), ".");
  }
});

test("a turned box that is resized keeps its other side where it is", () => {
  const random = chance(4);
  for (let k = 0; k < 60; k++) {
    const [turn, by] = [between(random, -180, 180), [between(random, -15, 15), between(random, -15, 15)]];
    const box = [
      between(random, 400, 500),
      between(random, 300, 400),
      between(random, 40, 80),
      between(random, 40, 60),
    ];
    const changed = geometry.draggedTurned(box, turn, "se", by, FRAME);
    const corner = (each) => geometry.turned(each.slice(0, 2), each, turn);
    corner(changed).forEach((side, axis) => assert.ok(Math.abs(side - corner(box)[axis]) < 1e-6));
    const far = (each) => geometry.turned([each[0] + each[2], each[1] + each[3]], each, turn);
    far(changed).forEach((side, axis) => assert.ok(Math.abs(side - far(box)[axis] - by[axis]) < 1e-6));
  }
});

test("a turned box is moved into the frame, or refused where it cannot be", () => {
  const random = chance(5);
  for (let k = 0; k < 60; k++) {
    const turn = between(random, -180, 180);
    const box = [
      between(random, -300, 1200),
      between(random, -300, 900),
      between(random, 1, 1500),
      between(random, 1, 300),
    ];
    const inside = geometry.keepInside(box, turn, FRAME);
    const [, , wide, high] = geometry.hull(box, turn);
    assert.equal(inside === null, wide > FRAME[0] || high > FRAME[1]);
    if (!inside) continue;
    const [x, y, w, h] = geometry.hull(inside, turn);
    assert.ok(x > -1e-6 && y > -1e-6 && x + w < FRAME[0] + 1e-6 && y + h < FRAME[1] + 1e-6);
    assert.deepEqual(inside.slice(2), box.slice(2));
  }
});
