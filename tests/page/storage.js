// Projects in the browser's database, for test_storage.py.

/** The modules under test, the page's one database, and what is made of them. */
async function tools() {
  const m = await import(new URL("modules.js", location.href));
  window.told ??= [];
  window.storage ??= new m.ProjectsDb({ onProblem: (problem) => window.told.push(problem.kind) });
  return { m, storage: window.storage };
}

async function collect(iterator) {
  const all = [];
  for await (const each of iterator) all.push(each);
  return all;
}

const region = (x, fill, width = 3) => ({
  x,
  y: 2,
  width,
  height: 2,
  rgba: new Uint8ClampedArray(width * 2 * 4).fill(fill),
});

/** Store regions of a frame, {readout: region}, as the workers do. */
async function keep(m, project, frame, regions) {
  m.keepRegions(
    { project, frame },
    Object.entries(regions).map(([readout, each]) => ({ readout, ...each })),
  );
  await m.findRegions({ project, frame }, []); // comes after it
}

/** The regions that are stored of a frame, by readout. */
async function regionsOf(id, name) {
  const database = await asked(indexedDB.open("readout"));
  const found = await asked(database.transaction("regions").objectStore("regions").get([id, name]));
  database.close();
  return found ?? {};
}

const plain = (regions) =>
  Object.fromEntries(Object.entries(regions).map(([name, { rgba, ...rest }]) => [name, { ...rest, rgba: [...rgba] }]));

const blob = (length, fill = 7) => new Blob([new Uint8Array(length).fill(fill)], { type: "image/jpeg" });

const stop = (ms) => new Promise((done) => setTimeout(done, ms));

/** A generator of whole numbers below n (Park and Miller's). */
const chanceOf = (seed) => (n) => (seed = (seed * 48271) % 2147483647) % n;

const asked = (request) =>
  new Promise((done, failed) => Object.assign(request, { onsuccess: () => done(request.result), onerror: failed }));

export const forgetAll = () => asked(indexedDB.deleteDatabase("readout")).then(() => {});

export const makeNewerVersion = () => asked(indexedDB.open("readout", 9)).then((database) => database.close());

/** "upgraded", or "blocked" where no other tab makes way in three seconds. */
export function upgrade() {
  return new Promise((done) => {
    const request = indexedDB.open("readout", 9);
    request.onsuccess = () => done("upgraded");
    request.onblocked = () => setTimeout(() => done("blocked"), 3000);
  });
}

export function withoutDatabase() {
  Object.defineProperty(window, "indexedDB", { value: undefined });
}

export function withForbiddenDatabase() {
  IDBFactory.prototype.open = () => {
    throw new DOMException("not here", "SecurityError");
  };
}

/** A database as the first version of the page made it. */
export function makeFirstVersion() {
  return new Promise((done, failed) => {
    const request = indexedDB.open("readout", 1);
    const stores = ["projects", "documents", "saves", "origins", "frames", "regions", "files", "examples"];
    request.onupgradeneeded = () => stores.forEach((store) => request.result.createObjectStore(store));
    request.onerror = failed;
    request.onsuccess = () => {
      const tx = request.result.transaction(stores, "readwrite");
      const project = { id: "old", name: "Oven", created: 1, changed: 2, exported: null, frames: 1, bytes: 4 };
      tx.objectStore("projects").put(project, "old");
      tx.objectStore("documents").put({ text: "{}" }, "old");
      tx.objectStore("frames").put({ width: 5, height: 4, digest: "ab", thumbnail: null, sizes: {} }, ["old", "1.png"]);
      tx.oncomplete = () => (request.result.close(), done());
    };
  });
}

export async function saveProject() {
  const { m, storage } = await tools();
  const id = await storage.create("Oven", { origin: new Blob(["zip"]) });
  await storage.saveDocument(id, '{"version": 1}');
  const facts = { width: 1024, height: 768, digest: "ab" };
  const report = await storage.frames.save(id, [
    { name: "f10.png", ...facts, thumbnail: blob(40), file: blob(900) },
    { name: "f9.png", ...facts, thumbnail: null, file: blob(700, 8) },
  ]);
  await storage.frames.save(id, [{ name: "f10.png", digest: "ab" }]);
  await keep(m, id, "f10.png", { top: region(5, 1) });
  await keep(m, id, "f10.png", { bottom: region(9, 3, 4), top: region(6, 2) });
  await storage.saveExamples(id, [
    { source: "training/10/1.png", label: "1", width: 1, height: 1, rgba: new Uint8ClampedArray(4) },
    { source: "training/9/1.png", label: "1", width: 1, height: 1, rgba: new Uint8ClampedArray(4) },
  ]);
  await storage.rename(id, "Kiln");
  await storage.markExported(id, 123);
  return [id, report];
}

export async function loadProject() {
  const { storage } = await tools();
  const { id, ...listed } = (await storage.list())[0];
  const { document, writer, origin } = await storage.load(id);
  const frames = await collect(storage.frames.all(id));
  const [without, { thumbnail: small }] = frames;
  return {
    id,
    listed,
    document,
    writer,
    origin: await origin.text(),
    frames: frames.map(({ thumbnail, ...rest }) => rest),
    thumbnail: [small.type, small.size, without.thumbnail],
    files: await Promise.all(
      ["f9.png", "f10.png", "f11.png"].map(async (name) => (await storage.frames.file(id, name))?.size),
    ),
    regions: await Promise.all(["f9.png", "f10.png"].map(async (name) => plain(await regionsOf(id, name)))),
    examples: (await storage.examples(id)).map(({ source, label, rgba }) => [source, label, rgba.length]),
  };
}

export async function saveAndRemoveAtRandom() {
  const { storage } = await tools();
  const chance = chanceOf(1);
  const id = await storage.create("A");
  const other = await storage.create("B");
  const wrong = [];
  for (let step = 0; step < 120; step++) {
    const project = chance(5) ? id : other;
    const names = Array.from({ length: 1 + chance(3) }, () => `f${chance(6)}.png`);
    const what = chance(6);
    if (what === 0) await storage.saveDocument(project, "x".repeat(chance(90)));
    else if (what === 1) await storage.frames.remove(project, [...new Set(names)]);
    else if (what === 2)
      await storage.saveExamples(
        project,
        names.map((source, k) => ({ source: source + k, rgba: new Uint8Array(chance(40)) })),
      );
    else
      await storage.frames.save(
        project,
        [...new Set(names)].map((name) => ({
          name,
          ...(chance(2) && { thumbnail: blob(chance(30)) }),
          ...(chance(2) && { file: blob(chance(300)) }),
        })),
      );
    for (const known of await storage.list()) {
      const frames = await collect(storage.frames.all(known.id));
      if (frames.length !== known.frames) wrong.push([step, what, frames.length, known.frames]);
      for (const { name, kept } of frames) {
        if (kept !== Boolean(await storage.frames.file(known.id, name))) wrong.push([step, what, name, kept]);
      }
    }
  }
  return [wrong, (await storage.list()).every(({ frames }) => frames > 0), window.told];
}

export async function deleteProject() {
  const { m, storage } = await tools();
  for (const name of ["A", "B"]) {
    const id = await storage.create(name, { origin: blob(5) });
    await storage.saveDocument(id, name);
    await storage.journal.note(id, { edit: "undo", given: [] }).written;
    await storage.frames.save(id, [{ name: "1", file: blob(9), thumbnail: blob(4) }]);
    await keep(m, id, "1", { top: region(1, 1) });
    await storage.saveExamples(id, [{ source: "1", rgba: new Uint8Array(4) }]);
    await storage.clips.save(id, [{ name: "c.mp4", times: new Float64Array(3) }], 3);
    await storage.clips.keepFile(id, "c.mp4", new File([blob(8)], "c.mp4"));
    await storage.clips.saveChunk(id, "c.mp4", 0, new Uint8Array(6));
  }
  const [, a] = await storage.list();
  const deleted = await storage.delete(a.id);
  const database = await new Promise(
    (done) => (indexedDB.open("readout").onsuccess = ({ target }) => done(target.result)),
  );
  const counts = await Promise.all(
    [...database.objectStoreNames].map(
      (store) =>
        new Promise(
          (done) =>
            (database.transaction(store).objectStore(store).count().onsuccess = ({ target }) =>
              done([store, target.result])),
        ),
    ),
  );
  const again = await storage.load(a.id);
  return [deleted, counts, again, (await storage.list()).map(({ name }) => name)];
}

export async function saveClips() {
  const { m, storage } = await tools();
  const id = await storage.create("A");
  const clip = (name, ...times) => ({ name, every: { frames: 2 }, times: Float64Array.from(times) });
  await storage.clips.save(id, [clip("a.mp4", 0, 0.5, 1), clip("b.mp4", 2)], 3);
  const kept = await storage.clips.keepFile(id, "a.mp4", new File([blob(900)], "a.mp4"));
  for (const [time, length] of [
    [0, 10],
    [64.5, 20],
    [9, 5],
    [0, 12],
  ])
    await storage.clips.saveChunk(id, "a.mp4", time, new Uint8Array(length));
  await storage.clips.saveChunk(id, "b.mp4", 2, new Uint8Array(7));
  await keep(m, id, "a.mp4#t=0.500000", {
    top: { x: 1, y: 2, width: 2, height: 2, format: "I420", data: new Uint8Array(6) },
  });
  return [id, kept];
}

export async function loadClips(given) {
  const { storage } = await tools();
  const id = given;
  const [{ frames }] = await storage.list();
  await storage.load(id);
  const clips = (await storage.clips.all(id)).map(({ name, every, times, ...rest }) => [
    name,
    every.frames,
    [...times],
    rest,
  ]);
  const chunks = (await collect(storage.clips.chunks(id, "a.mp4"))).flat().map(({ length }) => length);
  const [{ size }, none] = [await storage.clips.file(id, "a.mp4"), await storage.clips.file(id, "b.mp4")];
  const { top } = await regionsOf(id, "a.mp4#t=0.500000");
  await storage.clips.forgetChunks(id, "b.mp4");
  await storage.clips.remove(id, "a.mp4", 1);
  const [left] = await storage.list();
  return [
    frames,
    clips,
    chunks,
    size,
    none,
    top.data.length,
    (await storage.clips.all(id)).length,
    left.frames,
    await regionsOf(id, "a.mp4#t=0.500000"),
    window.told,
  ];
}

export async function takeOverFirstVersion() {
  const { storage } = await tools();
  const [{ id, name, frames }] = await storage.list();
  const { document } = await storage.load(id);
  await storage.clips.save(id, [{ name: "c.mp4", times: new Float64Array(2) }], 2);
  return [
    name,
    frames,
    document,
    (await collect(storage.frames.all(id))).map((frame) => frame.name),
    (await storage.clips.all(id)).length,
    (await storage.list())[0].frames,
    window.told,
  ];
}

export async function moveAwayPixels() {
  const { m, storage } = await tools();
  const id = await storage.create("A");
  const top = region(1, 9);
  const keeping = keep(m, id, "1", { top });
  structuredClone(top.rgba, { transfer: [top.rgba.buffer] });
  await keeping;
  return [top.rgba.length, plain(await regionsOf(id, "1")).top.rgba];
}

export async function saveManyDocuments() {
  const { storage } = await tools();
  const id = await storage.create("A");
  await storage.saveDocument(id, "first");
  for (let k = 0; k <= 400; k++) storage.saveDocument(id, `${k} `.repeat(9000));
}

export async function loadDocument() {
  const { storage } = await tools();
  const [{ id }] = await storage.list();
  return (await storage.load(id)).document;
}

export async function saveTwoDocuments() {
  const { storage } = await tools();
  const id = await storage.create("A");
  await storage.saveDocument(id, "before");
  storage.saveDocument(id, "later");
}

export async function saveDocumentsWhileWatched() {
  const { storage } = await tools();
  const id = await storage.create("A");
  const real = IDBDatabase.prototype.transaction;
  let [now, most, all] = [0, 0, 0];
  IDBDatabase.prototype.transaction = function (stores, ...rest) {
    const tx = real.call(this, stores, ...rest);
    if (stores.includes("documents")) {
      most = Math.max(most, ++now);
      all++;
      for (const end of ["complete", "abort"]) tx.addEventListener(end, () => now--);
    }
    return tx;
  };
  const saves = [];
  for (let k = 0; k < 300; k++) {
    saves.push(storage.saveDocument(id, `text ${k}`));
    if (k % 10 === 0) await stop(0);
  }
  const stored = await Promise.all(saves);
  const unsaved = storage.unsaved;
  return [stored.every(Boolean), unsaved, most, all < 200, (await storage.load(id)).document];
}

export async function autosaveAtRandom() {
  const { m } = await tools();
  const chance = chanceOf(7);
  const wrong = [];
  for (let round = 0; round < 60; round++) {
    const written = [];
    let [failing, busy, most] = [true, 0, 0];
    let queue = Promise.resolve();
    const write = async (text) => {
      await stop(chance(3));
      busy--;
      if (failing && chance(3) === 0) return false;
      written.push(text);
      return true;
    };
    const autosave = new m.Autosave((text) => {
      most = Math.max(most, ++busy);
      return (queue = queue.then(() => write(text)));
    });
    const promises = [];
    const flushes = chance(2);
    for (let k = 0; k < 20; k++) {
      promises.push(autosave.save(k).then((stored) => [k, stored, written.some((text) => text >= k)]));
      if (chance(3) === 0) await stop(chance(4));
      if (flushes && chance(6) === 0) autosave.flush();
    }
    const told = await Promise.all(promises);
    await autosave.settled();
    failing = false;
    autosave.flush();
    while (autosave.unsaved) await stop(1);
    if (!told.every(([, stored, really]) => !stored || really)) wrong.push(["said stored, was not", told]);
    if (written.at(-1) !== 19) wrong.push(["the last is missing", written]);
    if (!flushes && most > 1) wrong.push(["two at a time", most]);
    if (written.some((text, k) => k && text < written[k - 1])) wrong.push(["older after newer", written]);
  }
  return wrong;
}

export async function fillTheDisk() {
  const { storage } = await tools();
  window.id = await storage.create("A");
  await storage.saveDocument(window.id, "small");
  window.large = Array.from({ length: 60_000 }, () => Math.random().toString(36).slice(2, 12)).join("");
  const stored = [
    await storage.saveDocument(window.id, window.large),
    await storage.saveDocument(window.id, window.large),
  ];
  return [stored, storage.unsaved, (await storage.load(window.id)).document, window.told];
}

export async function saveAgain() {
  const { storage } = await tools();
  for (let k = 0; k < 100 && storage.unsaved; k++) {
    storage.flush();
    await stop(100);
  }
  return [(await storage.load(window.id)).document === window.large, window.told];
}

export async function saveDocumentAmongFiles() {
  const { storage } = await tools();
  const id = await storage.create("A");
  for (let k = 0; k < 20; k++) await storage.frames.save(id, [{ name: `${k}`, file: blob(300_000) }]);
  const text = Array.from({ length: 90_000 }, () => Math.random().toString(36).slice(2, 12)).join("");
  const before = (await collect(storage.frames.all(id))).filter(({ kept }) => kept).length;
  const stored = await storage.saveDocument(id, text);
  const [project] = await storage.list();
  const kept = await Promise.all(
    (await collect(storage.frames.all(id))).map(
      async (frame) => frame.kept === Boolean(await storage.frames.file(id, frame.name)) && frame.kept,
    ),
  );
  return [before > 5, stored, kept.filter(Boolean).length < before, kept.length, project.frames, window.told];
}

export async function saveFilesWithoutRoom() {
  const { storage } = await tools();
  const id = await storage.create("A");
  const reports = [];
  for (let k = 0; k < 6; k++) {
    const records = [0, 1].map((j) => ({
      name: `${2 * k + j}`,
      width: 1,
      height: 1,
      thumbnail: blob(40),
      file: blob(300_000),
    }));
    reports.push(await storage.frames.save(id, records));
  }
  const frames = await collect(storage.frames.all(id));
  const files = await Promise.all(frames.map(({ name }) => storage.frames.file(id, name)));
  return [
    reports,
    frames.map(({ kept, thumbnail }, k) => kept === Boolean(files[k]) && thumbnail.size),
    frames.filter(({ kept }) => kept).length,
    window.told,
  ];
}

/** As in WebKit's private windows, where a transaction in which a Blob follows another value moreover never ends. */
export function refuseBlobs() {
  const real = IDBObjectStore.prototype.put;
  const isBlob = (value) => value instanceof Blob;
  IDBObjectStore.prototype.put = function (value, key) {
    if (isBlob(value) || Object.values(value ?? {}).some(isBlob))
      throw new DOMException("Error preparing Blob/File data to be stored in object store", "UnknownError");
    return real.call(this, value, key);
  };
}

/** Have the browser answer nothing that is asked of this tab's database, until the function it returns is called. */
async function holdUp() {
  const database = await asked(indexedDB.open("readout"));
  const tx = database.transaction([...database.objectStoreNames], "readwrite");
  let held = true;
  const spin = () => held && (tx.objectStore("saves").get("none").onsuccess = spin);
  spin();
  return () => ((held = false), database.close());
}

/** The same, until `letStorageGo`. */
export async function hold() {
  globalThis.storageHeld = await holdUp();
}

export const letStorageGo = () => globalThis.storageHeld();

/** What is told of a document that is stored after `late` ms; what of it, and whether it is there, once it is. */
export async function storeLate(late) {
  const m = await import(new URL("modules.js", location.href));
  const told = [];
  const storage = new m.ProjectsDb({
    onProblem: ({ kind }) => told.push(kind),
    onAnswered: () => told.push("answered"),
  });
  const id = await storage.create("A");
  const letGo = await holdUp();
  const saving = storage.saveDocument(id, "text");
  const noting = storage.journal.note(id, { edit: "undo", given: [] }).written;
  await stop(late);
  const before = [...told];
  letGo();
  return [before, await saving, await noting, told, (await storage.load(id)).document];
}

export async function keepFile() {
  const { storage } = await tools();
  const id = await storage.create("A");
  const file = document.querySelector("input").files[0];
  return storage.frames.save(id, [{ name: "a.png", file }]);
}

export async function readFile() {
  const { storage } = await tools();
  const [{ id }] = await storage.list();
  return (await storage.frames.file(id, "a.png")).text();
}

export async function saveLostFile() {
  const { storage } = await tools();
  const id = await storage.create("A");
  const report = await storage.frames.save(id, [
    { name: "a.png", width: 5, file: document.querySelector("input").files[0] },
  ]);
  return [report, await collect(storage.frames.all(id)), window.told];
}

export async function openAsWriter() {
  const { storage } = await tools();
  window.id = await storage.create("A");
  await storage.saveDocument(window.id, "one");
}

export async function changeAsReader() {
  const { storage } = await tools();
  const [{ id }] = await storage.list();
  window.id = id;
  const { document, writer } = await storage.load(id);
  const changes = await Promise.all([
    storage.saveDocument(id, "two"),
    storage.rename(id, "B"),
    storage.markExported(id),
    storage.frames.remove(id, ["x"]),
    storage.frames.save(id, [{ name: "x" }]).then(({ stored }) => stored),
    storage.saveExamples(id, []),
    storage.delete(id),
  ]);
  return [document, writer, changes, window.told];
}

export async function saveThird() {
  const { storage } = await tools();
  return storage.saveDocument(window.id, "three");
}

export async function takeOver() {
  const { storage } = await tools();
  const { document, writer } = await storage.load(window.id, { takeOver: true });
  return [document, writer];
}

export async function saveLost() {
  const { storage } = await tools();
  const stored = await storage.saveDocument(window.id, "lost");
  return [stored, window.told];
}

export async function saveFourth() {
  const { storage } = await tools();
  return storage.saveDocument(window.id, "four");
}

export async function loadWithWriter() {
  const { storage } = await tools();
  const [{ id }] = await storage.list();
  const { document, writer } = await storage.load(id);
  return [document, writer];
}

export async function closeProject() {
  const { storage } = await tools();
  await storage.close(window.id);
}

export async function callEverything() {
  const { storage } = await tools();
  const id = await storage.create("A");
  const found = [
    await storage.list(),
    await storage.saveDocument(id, "x"),
    await storage.load(id),
    await storage.frames.save(id, [{ name: "a", file: blob(3) }]),
    await collect(storage.frames.all(id)),
    await storage.frames.file(id, "a"),
    await storage.examples(id),
    await storage.saveExamples(id, []),
    await storage.rename(id, "B"),
    await storage.markExported(id),
    await storage.frames.remove(id, ["a"]),
    await storage.delete(id),
  ];
  await storage.close(id);
  return [typeof id, found, window.told];
}

export async function saveSecond() {
  const { storage } = await tools();
  return [await storage.saveDocument(window.id, "two"), window.told];
}

export async function saveOne() {
  const { storage } = await tools();
  const id = await storage.create("A");
  return [await storage.saveDocument(id, "x"), (await storage.load(id)).writer];
}

export async function persist() {
  const { storage } = await tools();
  return storage.persist();
}

/** A document with the edits in it, and what is left of them. */
export async function noteAndSave() {
  const { storage } = await tools();
  const id = (window.id = await storage.create("A"));
  const noted = ["a", "b", "c"].map((name) => storage.journal.note(id, { edit: "setLabel", given: [name] }));
  const written = await Promise.all(noted.map((each) => each.written));
  await storage.saveDocument(id, "a and c", [noted[0].number, noted[2].number]);
  const left = (await storage.journal.all(id)).map(({ given }) => given);
  await storage.journal.forget(id, [noted[1].number]);
  return [written, left, await storage.journal.all(id), noted[0].number < noted[1].number];
}

export async function noteWithoutMore() {
  const { storage } = await tools();
  window.id = await storage.create("A");
  for (const name of ["a", "b"]) await storage.journal.note(window.id, { edit: "setLabel", given: [name] }).written;
}

/** An edit after those that are there, on a clock that was set back by a year. */
export async function noteInThePast() {
  const { storage } = await tools();
  const [{ id }] = await storage.list();
  await storage.load(id);
  await storage.journal.all(id);
  const real = Date.now;
  Date.now = () => real() - 365 * 86_400_000;
  await storage.journal.note(id, { edit: "setLabel", given: ["c"] }).written;
}

export async function notedEdits() {
  const { storage } = await tools();
  const [{ id }] = await storage.list();
  return (await storage.journal.all(id)).map(({ edit, given }) => [edit, given]);
}

/** A project that is open and stored. */
export async function begin() {
  const { storage } = await tools();
  await storage.saveDocument(await storage.create("A"), "one");
}

/** The browser's data for the page are cleared while a project is open. */
export async function clearWhileOpen() {
  const { storage } = await tools();
  const id = await storage.create("A");
  const before = await storage.saveDocument(id, "one");
  const database = await new Promise(
    (done) => (indexedDB.open("readout").onsuccess = ({ target }) => done(target.result)),
  );
  const tx = database.transaction([...database.objectStoreNames], "readwrite");
  for (const store of database.objectStoreNames) tx.objectStore(store).clear();
  await new Promise((done) => (tx.oncomplete = done));
  database.close();
  const after = [await storage.saveDocument(id, "two"), await storage.rename(id, "B")];
  return [before, after, (await storage.frames.save(id, [{ name: "1" }])).stored, window.told];
}
