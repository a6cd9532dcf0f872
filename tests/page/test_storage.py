"""Projects in the browser's database: all there after reloads and crashes, one writer, no loss without a word."""

import os
import uuid

import pytest

from tests.page.helpers import PATIENCE_MS
from tests.page.modules import served

TOOLS = """
  const m = await import(new URL("modules.js", location.href));
  window.told ??= [];
  window.storage ??= new m.ProjectsDb({ onProblem: (problem) => window.told.push(problem.kind) });
  const storage = window.storage;
  const collect = async (iterator) => { const all = []; for await (const each of iterator) all.push(each); return all; };
  const region = (x, fill, width = 3) => ({ x, y: 2, width, height: 2, rgba: new Uint8ClampedArray(width * 2 * 4).fill(fill) });
  const plain = (regions) => Object.fromEntries(Object.entries(regions).map(([name, { rgba, ...rest }]) => [name, { ...rest, rgba: [...rgba] }]));
  const blob = (length, fill = 7) => new Blob([new Uint8Array(length).fill(fill)], { type: "image/jpeg" });
  const stop = (ms) => new Promise((done) => setTimeout(done, ms));
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("site"), ["storage/projects_db.js", "storage/autosave.js"]) as url:
        yield url


@pytest.fixture(scope="module")
def profile(browser, tmp_path_factory):
    """A profile on the disk, as people have: private ones keep files by reference."""
    folder = tmp_path_factory.mktemp("profile")
    arguments = {
        "executable_path": os.environ.get("READOUT_CHROMIUM") or None,
        "args": ["--no-sandbox", "--disable-gpu"],
    }
    context = browser.browser_type.launch_persistent_context(folder, **arguments)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def tab(profile, address):
    """Opens tabs of one browser profile that holds nothing yet; whatever nobody caught fails the test."""
    problems = []
    before = profile.new_page()
    before.goto(address)
    before.evaluate("new Promise((done) => (indexedDB.deleteDatabase('readout').onsuccess = done)).then(() => {})")
    tabs = [before]

    def opened():
        tabs.append(profile.new_page())
        tabs[-1].on("pageerror", lambda error: problems.append(str(error)))
        tabs[-1].goto(address)
        return tabs[-1]

    yield opened
    for each in tabs:
        each.close()
    assert problems == []


@pytest.fixture
def cramped(profile, address):
    """A tab at an address of its own, and a function that sets how many bytes the browser gives it.

    To be called before anything is stored there: the browser asks itself only now and then.
    """
    address = address.replace("127.0.0.1", f"{uuid.uuid4().hex}.localhost")
    page = profile.new_page()
    page.goto(address)
    session = profile.new_cdp_session(page)
    origin = address.rsplit("/", 1)[0]
    yield page, lambda size: session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": size})
    page.close()


def run(page, script, given=None):
    return page.evaluate(f"async (given) => {{ {TOOLS} {script} }}", given)


def test_all_of_a_project_is_there_after_a_reload(tab):
    page = tab()
    saved = run(page, """
      const id = await storage.create("Oven", { origin: new Blob(["zip"]) });
      await storage.saveDocument(id, '{"version": 1}');
      const facts = { width: 1024, height: 768, digest: "ab" };
      const report = await storage.saveFrames(id, [
        { name: "f10.png", ...facts, thumbnail: blob(40), file: blob(900), regions: { top: region(5, 1) } },
        { name: "f9.png", ...facts, thumbnail: null, file: blob(700, 8) },
      ]);
      await storage.saveFrames(id, [{ name: "f10.png", regions: { bottom: region(9, 3, 4), top: region(6, 2) } }]);
      await storage.saveExamples(id, [{ source: "training/10/1.png", label: "1", width: 1, height: 1, rgba: new Uint8ClampedArray(4) },
        { source: "training/9/1.png", label: "1", width: 1, height: 1, rgba: new Uint8ClampedArray(4) }]);
      await storage.rename(id, "Kiln");
      await storage.markExported(id, 123);
      return [id, report];
    """)  # fmt: skip
    assert saved[1] == {"stored": True, "kept": 2, "left": 0}
    page.reload()
    found = run(page, """
      const { id, ...listed } = (await storage.list())[0];
      const { document, writer, origin } = await storage.load(id);
      const frames = await collect(storage.frames(id));
      const thumbnail = frames[1].thumbnail;
      return { id, listed, document, writer, origin: await origin.text(),
        frames: frames.map(({ thumbnail, ...rest }) => rest), thumbnail: [thumbnail.type, thumbnail.size, frames[0].thumbnail],
        files: await Promise.all(["f9.png", "f10.png", "f11.png"].map(async (name) => (await storage.frameFile(id, name))?.size)),
        regions: await Promise.all(["f9.png", "f10.png"].map(async (name) => plain(await storage.frameRegions(id, name)))),
        examples: (await storage.examples(id)).map(({ source, label, rgba }) => [source, label, rgba.length]) };
    """)  # fmt: skip
    assert found.pop("id") == saved[0]
    listed = found.pop("listed")
    assert listed["created"] <= listed["changed"]
    assert (listed["name"], listed["exported"], listed["frames"]) == ("Kiln", 123, 2)
    facts = {"width": 1024, "height": 768, "digest": "ab", "kept": True}
    assert found == {
        "document": '{"version": 1}',
        "writer": True,
        "origin": "zip",
        "frames": [{"name": "f9.png", **facts}, {"name": "f10.png", **facts}],
        "thumbnail": ["image/jpeg", 40, None],
        "files": [700, 900, None],
        "regions": [
            {},
            {
                "top": {"x": 6, "y": 2, "width": 3, "height": 2, "rgba": [2] * 24},
                "bottom": {"x": 9, "y": 2, "width": 4, "height": 2, "rgba": [3] * 32},
            },
        ],
        "examples": [["training/9/1.png", "1", 4], ["training/10/1.png", "1", 4]],
    }


def test_what_is_listed_of_a_project_is_what_it_holds(tab):
    found = run(tab(), """
      let seed = 1;
      const chance = (n) => (seed = (seed * 48271) % 2147483647) % n;
      const id = await storage.create("A");
      const other = await storage.create("B");
      const wrong = [];
      for (let step = 0; step < 120; step++) {
        const project = chance(5) ? id : other;
        const names = Array.from({ length: 1 + chance(3) }, () => `f${chance(6)}.png`);
        const what = chance(6);
        if (what === 0) await storage.saveDocument(project, "x".repeat(chance(90)));
        else if (what === 1) await storage.removeFrames(project, [...new Set(names)]);
        else if (what === 2) await storage.saveExamples(project, names.map((source, k) => ({ source: source + k, rgba: new Uint8Array(chance(40)) })));
        else await storage.saveFrames(project, [...new Set(names)].map((name) => ({
          name, ...(chance(2) && { thumbnail: blob(chance(30)) }), ...(chance(2) && { file: blob(chance(300)) }),
          ...(chance(2) && { regions: { [`r${chance(3)}`]: chance(3) ? region(0, 1, 1 + chance(4)) : null } }),
        })));
        for (const known of await storage.list()) {
          const frames = await collect(storage.frames(known.id));
          if (frames.length !== known.frames) wrong.push([step, what, frames.length, known.frames]);
          for (const { name, kept } of frames) {
            if (kept !== Boolean(await storage.frameFile(known.id, name))) wrong.push([step, what, name, kept]);
          }
        }
      }
      return [wrong, (await storage.list()).every(({ frames }) => frames > 0), window.told];
    """)  # fmt: skip
    assert found == [[], True, []]


def test_a_deleted_project_leaves_nothing(tab):
    left = run(tab(), """
      for (const name of ["A", "B"]) {
        const id = await storage.create(name, { origin: blob(5) });
        await storage.saveDocument(id, name);
        await storage.saveFrames(id, [{ name: "1", file: blob(9), thumbnail: blob(4), regions: { top: region(1, 1) } }]);
        await storage.saveExamples(id, [{ source: "1", rgba: new Uint8Array(4) }]);
        await storage.clips.save(id, [{ name: "c.mp4", times: new Float64Array(3) }], 3);
        await storage.clips.keepFile(id, "c.mp4", new File([blob(8)], "c.mp4"));
        await storage.clips.saveChunk(id, "c.mp4", 0, new Uint8Array(6));
      }
      const [b, a] = await storage.list();
      const deleted = await storage.delete(a.id);
      const database = await new Promise((done) => (indexedDB.open("readout").onsuccess = ({ target }) => done(target.result)));
      const counts = await Promise.all([...database.objectStoreNames].map((store) => new Promise((done) =>
        (database.transaction(store).objectStore(store).count().onsuccess = ({ target }) => done([store, target.result])))));
      const again = await storage.load(a.id);
      return [deleted, counts, again, (await storage.list()).map(({ name }) => name)];
    """)  # fmt: skip
    stores = (
        "chunks",
        "clipfiles",
        "clips",
        "documents",
        "examples",
        "files",
        "frames",
        "origins",
        "projects",
        "regions",
        "saves",
    )
    assert left == [True, [[store, 1] for store in stores], None, ["B"]]


def test_clips_and_what_was_read_of_them_are_there_after_a_reload(tab):
    page = tab()
    saved = run(page, """
      const id = await storage.create("A");
      const clip = (name, ...times) => ({ name, every: { frames: 2 }, times: Float64Array.from(times) });
      await storage.clips.save(id, [clip("a.mp4", 0, 0.5, 1), clip("b.mp4", 2)], 3);
      const kept = await storage.clips.keepFile(id, "a.mp4", new File([blob(900)], "a.mp4"));
      for (const [time, length] of [[0, 10], [64.5, 20], [9, 5], [0, 12]]) await storage.clips.saveChunk(id, "a.mp4", time, new Uint8Array(length));
      await storage.clips.saveChunk(id, "b.mp4", 2, new Uint8Array(7));
      await storage.clips.saveRegions(id, "a.mp4#t=0.500000", { top: { x: 1, y: 2, width: 2, height: 2, format: "I420", data: new Uint8Array(6) } });
      return [id, kept];
    """)  # fmt: skip
    assert saved[1] is True
    page.reload()
    found = run(page, """
      const id = given;
      const [{ frames }] = await storage.list();
      await storage.load(id);
      const clips = (await storage.clips.all(id)).map(({ name, every, times, ...rest }) => [name, every.frames, [...times], rest]);
      const chunks = (await collect(storage.clips.chunks(id, "a.mp4"))).flat().map(({ length }) => length);
      const [{ size }, none] = [await storage.clips.file(id, "a.mp4"), await storage.clips.file(id, "b.mp4")];
      const { top } = await storage.frameRegions(id, "a.mp4#t=0.500000");
      await storage.clips.forgetChunks(id, "b.mp4");
      await storage.clips.remove(id, "a.mp4", 1);
      const [left] = await storage.list();
      return [frames, clips, chunks, size, none, top.data.length, (await storage.clips.all(id)).length, left.frames,
        await storage.frameRegions(id, "a.mp4#t=0.500000"), window.told];
    """, saved[0])  # fmt: skip
    clips = [["a.mp4", 2, [0, 0.5, 1], {}], ["b.mp4", 2, [2], {}]]
    assert found == [3, clips, [12, 5, 20], 900, None, 6, 1, 1, {}, []]


def test_a_database_of_the_first_version_is_taken_over(tab):
    page = tab()
    page.evaluate("""new Promise((done, failed) => {
      const asked = indexedDB.open("readout", 1);
      const stores = ["projects", "documents", "saves", "origins", "frames", "regions", "files", "examples"];
      asked.onupgradeneeded = () => stores.forEach((store) => asked.result.createObjectStore(store));
      asked.onerror = failed;
      asked.onsuccess = () => {
        const tx = asked.result.transaction(stores, "readwrite");
        const project = { id: "old", name: "Oven", created: 1, changed: 2, exported: null, frames: 1, bytes: 4 };
        tx.objectStore("projects").put(project, "old");
        tx.objectStore("documents").put({ text: "{}" }, "old");
        tx.objectStore("frames").put({ width: 5, height: 4, digest: "ab", thumbnail: null, sizes: {} }, ["old", "1.png"]);
        tx.oncomplete = () => (asked.result.close(), done());
      };
    })""")  # fmt: skip
    found = run(page, """
      const [{ id, name, frames }] = await storage.list();
      const { document } = await storage.load(id);
      await storage.clips.save(id, [{ name: "c.mp4", times: new Float64Array(2) }], 2);
      return [name, frames, document, (await collect(storage.frames(id))).map(({ name }) => name), (await storage.clips.all(id)).length, (await storage.list())[0].frames, window.told];
    """)  # fmt: skip
    assert found == ["Oven", 1, "{}", ["1.png"], 1, 3, []]


def test_pixels_may_be_moved_away_right_after_the_call(tab):
    found = run(tab(), """
      const id = await storage.create("A");
      const top = region(1, 9);
      const saving = storage.saveFrames(id, [{ name: "1", regions: { top } }]);
      structuredClone(top.rgba, { transfer: [top.rgba.buffer] });
      await saving;
      return [top.rgba.length, plain(await storage.frameRegions(id, "1")).top.rgba];
    """)  # fmt: skip
    assert found == [0, [9] * 24]


# The document


LEAVE = {
    "another page": lambda page, url: page.goto(url),
    "a reload": lambda page, url: page.reload(),
    "the tab is closed": lambda page, url: page.close(run_before_unload=True),
}


@pytest.mark.parametrize("leave", LEAVE.values(), ids=LEAVE)
def test_the_last_of_many_changes_is_there_after_the_page_was_left(tab, address, leave):
    page = tab()
    run(page, """
      const id = await storage.create("A");
      await storage.saveDocument(id, "first");
      for (let k = 0; k <= 400; k++) storage.saveDocument(id, `${k} `.repeat(9000));
    """)  # fmt: skip
    leave(page, address)
    page = tab()
    assert run(page, "const [{ id }] = await storage.list(); return (await storage.load(id)).document") == "400 " * 9000


def test_what_was_stored_survives_a_crash(tab):
    page = tab()
    run(
        page,
        'const id = await storage.create("A"); await storage.saveDocument(id, "before"); storage.saveDocument(id, "later")',
    )
    with page.expect_event("crash"):
        crash(page)
    text = run(tab(), "const [{ id }] = await storage.list(); return (await storage.load(id)).document")
    assert text in ("before", "later")


def crash(page):
    """End the tab's process, as the system does when memory runs out."""
    from playwright.sync_api import Error

    with pytest.raises(Error):
        page.goto("chrome://crash")


def test_one_document_is_written_at_a_time_and_few_of_many(tab):
    found = run(tab(), """
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
    """)  # fmt: skip
    assert found == [True, False, 1, True, "text 299"]


def test_whatever_fails_the_newest_text_is_written_in_the_end(tab):
    """Random saves, flushes and failures against a record of what was written."""
    found = run(tab(), """
      let seed = 7;
      const chance = (n) => (seed = (seed * 48271) % 2147483647) % n;
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
    """)  # fmt: skip
    assert found == []


# No room


def test_a_full_disk_is_told_and_what_did_not_fit_is_tried_again(cramped):
    page, limit = cramped
    limit(300_000)
    found = run(page, """
      window.id = await storage.create("A");
      await storage.saveDocument(id, "small");
      window.large = Array.from({ length: 60_000 }, () => Math.random().toString(36).slice(2, 12)).join("");
      const stored = [await storage.saveDocument(id, large), await storage.saveDocument(id, large)];
      return [stored, storage.unsaved, (await storage.load(id)).document, window.told];
    """)  # fmt: skip
    assert found == [[False, False], True, "small", ["full"]]
    limit(900_000_000)
    found = run(page, """
      for (let k = 0; k < 100 && storage.unsaved; k++) {
        storage.flush();
        await stop(100);
      }
      return [(await storage.load(id)).document === window.large, window.told];
    """)  # fmt: skip
    assert found == [True, ["full"]]


def test_files_make_room_for_the_document(cramped):
    page, limit = cramped
    limit(4_000_000)
    found = run(page, """
      const id = await storage.create("A");
      for (let k = 0; k < 20; k++) await storage.saveFrames(id, [{ name: `${k}`, file: blob(300_000) }]);
      const text = Array.from({ length: 90_000 }, () => Math.random().toString(36).slice(2, 12)).join("");
      const before = (await collect(storage.frames(id))).filter(({ kept }) => kept).length;
      const stored = await storage.saveDocument(id, text);
      const [project] = await storage.list();
      const kept = await Promise.all((await collect(storage.frames(id))).map(async ({ name, kept }) => kept === Boolean(await storage.frameFile(id, name)) && kept));
      return [before > 5, stored, kept.filter(Boolean).length < before, kept.length, project.frames, window.told];
    """)  # fmt: skip
    assert found == [True, True, True, 20, 20, ["thinned"]]


@pytest.mark.parametrize("size", [2_500_000, 1_500_000])
def test_without_room_the_files_of_frames_are_left_out_and_the_rest_is_stored(cramped, size):
    page, limit = cramped
    limit(size)
    found = run(page, """
      const id = await storage.create("A");
      const reports = [];
      for (let k = 0; k < 6; k++) {
        const records = [0, 1].map((j) => ({ name: `${2 * k + j}`, width: 1, height: 1, thumbnail: blob(40), file: blob(300_000) }));
        reports.push(await storage.saveFrames(id, records));
      }
      const frames = await collect(storage.frames(id));
      const files = await Promise.all(frames.map(({ name }) => storage.frameFile(id, name)));
      return [reports, frames.map(({ kept, thumbnail }, k) => kept === Boolean(files[k]) && thumbnail.size), frames.filter(({ kept }) => kept).length, window.told];
    """)  # fmt: skip
    reports, frames, kept, told = found
    assert all(report["stored"] and report["kept"] + report["left"] == 2 for report in reports)
    assert frames == [40] * 12
    assert 0 < kept == sum(report["kept"] for report in reports) < 12
    assert told == []


def test_a_kept_file_is_a_copy(tab, tmp_path):
    page = tab()
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    page.locator("input").set_input_files(path)
    script = 'const id = await storage.create("A"); const file = document.querySelector("input").files[0];'
    assert run(page, script + 'return storage.saveFrames(id, [{ name: "a.png", file }])')["kept"] == 1
    path.unlink()
    page.reload()
    assert (
        run(page, 'const [{ id }] = await storage.list(); return (await storage.frameFile(id, "a.png")).text()')
        == "picture"
    )


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_has_gone_is_left_out(tab, tmp_path, known):
    page = tab()
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    page.locator("input").set_input_files(path)
    if known:
        page.evaluate("document.querySelector('input').files[0].size")
    path.unlink()
    found = run(page, """
      const id = await storage.create("A");
      const report = await storage.saveFrames(id, [{ name: "a.png", width: 5, file: document.querySelector("input").files[0] }]);
      return [report, await collect(storage.frames(id)), window.told];
    """)  # fmt: skip
    facts = {"name": "a.png", "width": 5, "height": None, "digest": None, "thumbnail": None, "kept": False}
    assert found == [{"stored": True, "kept": 0, "left": 1}, [facts], []]


# Two tabs


def test_of_two_tabs_one_writes(tab):
    first, second = tab(), tab()
    run(first, 'window.id = await storage.create("A"); await storage.saveDocument(id, "one")')
    found = run(second, """
      const [{ id }] = await storage.list();
      window.id = id;
      const { document, writer } = await storage.load(id);
      const changes = await Promise.all([storage.saveDocument(id, "two"), storage.rename(id, "B"), storage.markExported(id), storage.removeFrames(id, ["x"]),
        storage.saveFrames(id, [{ name: "x" }]).then(({ stored }) => stored), storage.saveExamples(id, []), storage.delete(id)]);
      return [document, writer, changes, window.told];
    """)  # fmt: skip
    assert found == ["one", False, [False] * 7, ["elsewhere", "elsewhere"]]
    assert run(first, 'return storage.saveDocument(id, "three")') is True
    assert run(
        second, "const { document, writer } = await storage.load(id, { takeOver: true }); return [document, writer]"
    ) == ["three", True]
    assert run(first, 'const stored = await storage.saveDocument(id, "lost"); return [stored, window.told]') == [
        False,
        ["taken"],
    ]
    assert run(second, 'return storage.saveDocument(id, "four")') is True
    assert run(first, "const { document, writer } = await storage.load(id); return [document, writer]") == [
        "four",
        False,
    ]


@pytest.mark.parametrize("ends", ["closes the project", "closes the tab"])
def test_the_next_tab_writes_once_the_first_has_ended(tab, ends):
    first, second = tab(), tab()
    run(first, 'window.id = await storage.create("A"); await storage.saveDocument(id, "one")')
    if ends == "closes the tab":
        first.close()
    else:
        run(first, "await storage.close(id)")
    found = run(
        second,
        "const [{ id }] = await storage.list(); const { document, writer } = await storage.load(id); return [document, writer]",
    )
    assert found == ["one", True]


# Without a database

ABSENT = {
    "there is none": "Object.defineProperty(window, 'indexedDB', { value: undefined });",
    "it is forbidden": "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError'); };",
    "a newer version made it": "",
}
EVERYTHING = """
  const id = await storage.create("A");
  const found = [await storage.list(), await storage.saveDocument(id, "x"), await storage.load(id),
    await storage.saveFrames(id, [{ name: "a", file: blob(3), regions: { top: region(1, 1) } }]), await collect(storage.frames(id)),
    await storage.frameFile(id, "a"), await storage.frameRegions(id, "a"), await storage.examples(id), await storage.saveExamples(id, []),
    await storage.rename(id, "B"), await storage.markExported(id), await storage.removeFrames(id, ["a"]), await storage.delete(id)];
  await storage.close(id);
  return [typeof id, found, window.told];
"""
NOTHING = [
    [],
    False,
    None,
    {"stored": False, "kept": 0, "left": 1},
    [],
    None,
    {},
    [],
    False,
    False,
    False,
    False,
    False,
]


@pytest.mark.parametrize("how", ABSENT)
def test_without_a_database_everything_goes_on_with_one_notice(tab, how):
    page = tab()
    if not ABSENT[how]:
        page.evaluate(
            "new Promise((done) => (indexedDB.open('readout', 9).onsuccess = ({ target }) => { target.result.close(); done(); }))"
        )
    page.evaluate(f"() => {{ {ABSENT[how]} }}")
    kind = "missing" if ABSENT[how] else "newer"
    assert run(page, EVERYTHING) == ["string", NOTHING, [kind]]


def test_a_tab_makes_way_for_a_newer_version(tab):
    old, new = tab(), tab()
    run(old, 'window.id = await storage.create("A"); await storage.saveDocument(id, "one")')
    upgraded = new.evaluate("""new Promise((done) => {
      const request = indexedDB.open("readout", 9);
      request.onsuccess = () => done("upgraded");
      request.onblocked = () => setTimeout(() => done("blocked"), 3000);
    })""")
    assert upgraded == "upgraded"
    assert run(old, 'return [await storage.saveDocument(id, "two"), window.told]') == [False, ["newer"]]


def test_without_locks_every_tab_may_write(tab):
    page = tab()
    page.evaluate("Object.defineProperty(navigator, 'locks', { value: undefined })")
    assert run(
        page,
        'const id = await storage.create("A"); return [await storage.saveDocument(id, "x"), (await storage.load(id)).writer]',
    ) == [True, True]


def test_persistence_can_be_asked_for(tab):
    page = tab()
    assert run(page, "return storage.persist()") in (True, False)
    page.evaluate("Object.defineProperty(navigator, 'storage', { value: undefined })")
    assert run(page, "return storage.persist()") is False
