// What exists in Python and in the page: the page's side of the tables in tests/cases. tests/core has the other one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { sortOut } from "../../site/media/dataset_folder.js";
import { kindOf } from "../../site/media/file_kind.js";
import { formatOf } from "../../site/media/readout_format.js";
import { even } from "../../site/media/video_frame.js";
import { frameName, splitName } from "../../site/media/video_frames.js";
import { hull } from "../../site/features/layout/boxes.js";
import { plain } from "../../site/features/readings/rule_form.js";
import { inNaturalOrder, isHidden, uniqueName } from "../../site/shared/file_names.js";
import { fits, numberOf } from "../../site/shared/format.js";
import { decodedNames, plainPath } from "../../site/workers/images/zip_names.js";
import { Losses } from "../../site/workers/video/chunks.js";
import { sameShape } from "../../site/workers/video/frame_size.js";
import { ClipFile } from "../../site/workers/video/container.js";
import { PacketOrder } from "../../site/workers/video/packet_order.js";
import { toCoded, toUpright, turned } from "../../site/workers/video/rotation.js";

const cases = (name) => JSON.parse(readFileSync(new URL(`../cases/${name}.json`, import.meta.url), "utf8"));
const region = ([x, y, width, height]) => ({ x, y, width, height });
const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const sized = ([width, height]) => ({ width, height });

test("a typed text has a format", () => {
  for (const { text, format } of cases("formats").typed) assert.equal(formatOf(text), format);
});

test("a text follows a format or not", () => {
  for (const { format, text, labels } of cases("formats").shown)
    assert.equal(fits(format, text), labels !== null, text);
});

test("a text states a number or none", () => {
  for (const { text, value } of cases("numbers").stated) assert.equal(numberOf(text), value, text);
});

test("a number is written as people do", () => {
  for (const { value, text } of cases("numbers").plain) assert.equal(plain(value), text);
});

test("names have an order", () => {
  for (const names of cases("natural_order")) {
    assert.deepEqual(inNaturalOrder([...names].reverse()), names);
    assert.deepEqual(inNaturalOrder([...names.slice(1), names[0]]), names);
  }
});

test("a name that is taken gets a number", () => {
  for (const { names, unique } of cases("unique_names")) {
    const taken = new Set();
    for (const name of names) taken.add(uniqueName(name, taken));
    assert.deepEqual([...taken], unique);
  }
});

test("a frame's name says the clip and the time", () => {
  const { names, others } = cases("frame_names");
  for (const { clip, time, name } of names) {
    assert.equal(frameName(clip, time), name);
    assert.deepEqual(splitName(name), { clip, time });
  }
  for (const name of others) assert.equal(splitName(name), null);
});

test("a turned window has an upright box around it", () => {
  for (const { window, turn, hull: expected } of cases("hulls"))
    hull(window, turn).forEach((side, k) => assert.ok(Math.abs(side - expected[k]) < 1e-5, `${window} ${turn}`));
});

test("regions are aligned to even pixels", () => {
  for (const { region: asked, frame, aligned } of cases("regions").even) {
    assert.deepEqual(even(region(asked), sized(frame)), region(aligned));
  }
});

test("regions of turned clips lie elsewhere as stored", () => {
  for (const { upright, rotation, coded_size, coded } of cases("regions").turned) {
    assert.deepEqual(toCoded(region(upright), rotation, sized(coded_size)), region(coded));
    assert.deepEqual(toUpright(region(coded), rotation, sized(coded_size)), region(upright));
  }
});

test("spans of packets are planned", () => {
  for (const { why, order, keys, wanted, spans } of cases("video_reading").spans) {
    const packets = Object.assign(new PacketOrder(), { order, keys: keys.map((at) => ({ at })) });
    assert.deepEqual(packets.spans(wanted), spans, why);
  }
});

test("frames that are lost are told in sentences", () => {
  for (const { lost, told } of cases("video_reading").lost) {
    const losses = new Losses("could not be read");
    for (const [time, why] of lost) losses.add(time, why);
    assert.deepEqual(losses.told(), told);
  }
});

test("a change of size is told", () => {
  for (const { rotation, coded, now, told, same_shape } of cases("video_reading").another_size) {
    const facts = { rotation, coded: sized(coded), ...turned(sized(coded), rotation) };
    const clip = Object.assign(new ClipFile(), facts);
    assert.equal(clip.anotherSize({ visibleRect: sized(now) }), told);
    assert.equal(sameShape(sized(now), sized(coded)), same_shape);
  }
});

test("paths in zips of pictures stay inside, and become plain", () => {
  for (const { path, pictures } of cases("zip_paths")) assert.equal(plainPath(path), pictures, path);
});

test("names in zips have an encoding", () => {
  for (const { bytes, utf8, names, sure } of cases("zip_names"))
    assert.deepEqual(decodedNames(bytes.map((each) => [hex(each), utf8])), { names, sure });
});

test("a file is known by its first bytes", () => {
  for (const { why, head, kind } of cases("file_kinds")) assert.equal(kindOf(hex(head)), kind, why);
});

test("clips have names", () => {
  for (const { why, paths, clips } of cases("clip_names")) {
    const found = sortOut(paths.map((path) => ({ path, type: "" })));
    assert.deepEqual(
      found.clips.map(({ name }) => name),
      clips,
      why,
    );
  }
});

test("a folder is a dataset", () => {
  for (const { why, paths, training, testing, frames, lists } of cases("dataset_folders")) {
    const found = sortOut(paths.filter((path) => !isHidden(path)).map((path) => ({ path, type: "" })));
    const inside = found.dataset.map(({ name }) => name);
    assert.deepEqual(
      inside.filter((name) => name.startsWith("training/")),
      training,
      why,
    );
    assert.deepEqual(
      inside.filter((name) => name.startsWith("testing/")),
      testing,
      why,
    );
    assert.deepEqual(
      inside.filter((name) => !name.includes("/")),
      lists,
      why,
    );
    assert.deepEqual(
      found.frames.map(({ name }) => name),
      frames,
      why,
    );
  }
});
