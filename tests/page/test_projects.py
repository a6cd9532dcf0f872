"""Projects in a real browser: brought, kept, found again, taken away as files, and intact when workers die."""

import base64
import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from readout.layout.layout import Layout
from readout.project.project_file import Project
from tests.page.helpers import ROOT, TRUTHS, load_axe, write_folder
from tests.page.scripts import Scripts

JS = Scripts("views.js")
STORAGE = Scripts("storage.js")

PATHS = sorted((ROOT / "data" / "frames").glob("*.png"))[:6]
NAMES = [path.name for path in PATHS]
FRAMES = len(NAMES)
ROOMS = ("Demo", "Frames", "Mark", "Label", "Read", "Export")


class Bench:
    """What a person sees and does around the rooms."""

    def __init__(self, page):
        self.page = page
        self.menu = page.locator(".project .menu")
        self.summary = page.locator(".project summary")
        self.notice = page.locator(".notice")

    def room(self, name):
        self.page.locator(".views").get_by_role("button", name=name, exact=True).click()

    def bring(self, paths, folder=False):
        self.room("Frames")
        field = "input[webkitdirectory]" if folder else "input[type=file][multiple]"
        self.page.locator(f".bench-frames {field}").first.set_input_files(paths)

    def settled(self):
        self.page.locator(".work[aria-busy=false]").wait_for(state="attached")

    def read_all(self, frames=FRAMES):
        self.settled()
        self.room("Export")
        expect(self.page.get_by_text(f"{frames:,} of {frames:,} frames are read")).to_be_visible()

    def type(self, name, text):
        """What a frame's top shows, learned."""
        self.room("Label")
        self.page.get_by_label("Readout", exact=True).select_option("top")
        names = self.page.locator(".entry .name")
        field = self.page.get_by_label("It shows")
        for _ in NAMES:
            field.press("ArrowUp")
        while names.inner_text() != name:
            field.press("ArrowDown")
        field.fill(text)
        field.press("Enter")
        expect(self.page.locator(".news")).to_contain_text("Learned")
        self.settled()

    def open_menu(self):
        if not self.menu.is_visible():
            self.summary.click()
        expect(self.menu).to_be_visible()

    def choose(self, name):
        self.open_menu()
        self.menu.get_by_role("button", name=name, exact=True).first.click()

    def open_file(self, path):
        """A saved project, which is shown in the Read room."""
        self.room("Frames")
        self.open_menu()
        self.menu.locator("input[type=file]").set_input_files(path)
        expect(self.page.locator(".views .view-tab.here")).to_have_text("Read")

    def named(self, name):
        expect(self.summary.locator("strong")).to_have_text(name)

    def download(self, title):
        """The path and the name of what a card of Export gives."""
        self.room("Export")
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=f"Download {title}", exact=True).click()
        return download.value.path(), download.value.suggested_filename

    def csv(self):
        return self.download("CSV")[0].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def display(tab, tmp_path_factory):
    """A project with six frames, all read, one typed; dropped into the demo."""
    bench = Bench(tab)
    bench.bring(write_folder(tmp_path_factory.mktemp("brought") / "boiler", PATHS), folder=True)
    expect(bench.page.get_by_text("6 frames are here")).to_be_visible()
    bench.named("boiler")
    bench.type(NAMES[0], TRUTHS[NAMES[0]])
    bench.read_all()
    return bench


@pytest.fixture
def bench(display):
    """That project, open."""
    display.page.keyboard.press("Escape")
    if display.summary.locator("strong").inner_text() != "boiler":
        display.choose("boiler")
        display.named("boiler")
    display.read_all()
    return display


def test_of_files_that_brought_nothing_no_import_is_said_to_be_cut_short(bench, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    bench.bring([tmp_path / "notes.txt"])
    expect(bench.page.get_by_text("There is no picture and no video")).to_be_visible()
    bench.settled()
    bench.page.reload()
    bench.named("boiler")
    bench.read_all()
    expect(bench.page.get_by_text("was cut short")).to_have_count(0)


def test_files_brought_into_the_demo_make_a_project_of_their_own(bench):
    bench.open_menu()
    entries = bench.menu.get_by_role("listitem").filter(has_text="boiler")
    expect(entries).to_contain_text("6 frames")
    expect(bench.menu.get_by_role("button", name="boiler", exact=True)).to_have_attribute("aria-current", "true")
    expect(bench.summary).to_contain_text("saved in this browser")
    expect(bench.menu).to_contain_text("Project file last saved: never")
    bench.page.keyboard.press("Escape")
    expect(bench.menu).to_be_hidden()
    expect(bench.summary).to_be_focused()


def test_everything_is_there_after_a_reload(bench):
    before = bench.csv()
    bench.room("Frames")
    bench.page.reload()
    bench.named("boiler")
    expect(bench.page.locator(".frame-grid .tile")).to_have_count(6)
    bench.page.wait_for_function(JS.previewsAreDrawn)
    bench.read_all()
    assert bench.csv() == before
    assert [row["typed"] for row in csv.DictReader(io.StringIO(before)) if row["typed"]] == [TRUTHS[NAMES[0]]]
    bench.room("Mark")
    expect(bench.page.locator(".overlay .box")).to_have_count(8)


def test_what_was_saved_is_so_still_after_storage_answered_late(bench):
    page = bench.page
    expect(bench.summary).to_contain_text("saved in this browser")
    page.evaluate(STORAGE.hold)
    bench.download("Project")  # when is noted, which the browser does not answer
    expect(bench.summary).to_contain_text("saved as a file")
    page.evaluate(STORAGE.letStorageGo)
    expect(bench.summary).to_contain_text("saved in this browser")


def packed(name, data, flags=0):
    """A zip of one file, with flags of its entry set: 1 says that it is encrypted."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    whole = bytearray(file.getvalue())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        whole[whole.index(signature) + offset] |= flags
    return bytes(whole)


def test_no_project_begins_where_nothing_can_be_used_and_the_reason_is_said(page, site, tmp_path):
    png, gif = PATHS[0].read_bytes(), io.BytesIO()
    Image.new("L", (64, 48)).save(gif, "GIF")
    page.goto(site)
    bench = Bench(page)
    page.evaluate(JS.dropFiles, [["first.png", base64.b64encode(png[:5000]).decode()]])
    expect(bench.notice).to_contain_text("first.png: the browser cannot decode the picture")
    bench.room("Frames")
    expect(page.locator(".frame-grid .tile").first).to_be_visible()
    for count, (name, data, why) in enumerate(
        [
            ("bad.png", png[:5000], "bad.png: the browser cannot decode the picture"),
            ("bad.gif", gif.getvalue()[:20], "bad.gif is not a picture that can be decoded"),
            ("bad.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "bad.mp4: "),
            ("encrypted.zip", packed("a.png", png, flags=1), "encrypted/a.png: it is encrypted. Unpack the zip"),
            ("cut.zip", packed("a.png", png)[:-30], "cut.zip: it cannot be opened as a zip"),
            ("upwards.zip", packed("../a.png", png), "../a.png: a path stays inside the zip"),
        ],
        1,
    ):
        (tmp_path / name).write_bytes(data)
        bench.bring([tmp_path / name])
        expect(bench.notice).to_contain_text("There is no picture and no video among these files that can be read.")
        expect(bench.notice).to_contain_text(why)
        expect(page.locator(".problems li")).to_have_count(count)
        bench.named("Demo")
    bench.bring([tmp_path / "bad.png", PATHS[1]])
    expect(page.get_by_text("1 frame is here")).to_be_visible()
    bench.room("Frames")
    expect(page.locator(".problems li")).to_have_count(1)
    bench.open_menu()
    expect(bench.menu.get_by_role("listitem")).to_have_count(2)  # the demo is the other one


def test_another_project_is_begun_renamed_and_deleted(bench):
    bench.choose("New project")
    bench.named("New project")
    expect(bench.page.get_by_text("Drop pictures here")).to_be_visible()
    bench.bring(PATHS[2:4])
    expect(bench.page.get_by_text("2 frames are here")).to_be_visible()
    bench.open_menu()
    name = bench.menu.get_by_label("Name")
    name.fill("attic")
    bench.page.evaluate(JS.dropFiles, [[PATHS[4].name, base64.b64encode(PATHS[4].read_bytes()).decode()]])
    expect(bench.menu).to_contain_text("3 frames")  # the menu is drawn anew around what is being typed
    expect(name).to_have_value("attic")
    name.press("Escape")
    expect(name).to_have_value("New project")
    name.fill("attic")
    name.press("Enter")
    bench.named("attic")
    bench.menu.get_by_role("button", name="boiler", exact=True).click()
    bench.named("boiler")
    bench.room("Frames")
    expect(bench.page.locator(".frame-grid .tile")).to_have_count(6)
    bench.choose("attic")
    bench.named("attic")
    expect(bench.page.locator(".frame-grid .tile")).to_have_count(3)
    bench.choose("Delete attic")
    bench.notice.get_by_role("button", name="Delete it").click()
    bench.named("Demo")
    bench.open_menu()
    expect(bench.menu.get_by_role("button", name="attic", exact=True)).to_have_count(0)
    expect(bench.menu.get_by_role("button", name="boiler", exact=True)).to_be_visible()


def test_a_saved_file_opens_again_and_reads_the_same(bench, tmp_path):
    before = bench.csv()
    bench.open_menu()
    with bench.page.expect_download() as download:
        bench.menu.get_by_role("button", name="Save as a file").click()
    assert download.value.suggested_filename == "boiler.readout.zip"
    saved = tmp_path / "copy.readout.zip"
    shutil.copy(download.value.path(), saved)
    assert [frame.name for frame in Project.from_bytes(saved.read_bytes()).frames] == NAMES
    bench.open_menu()
    expect(bench.menu).not_to_contain_text("Project file last saved: never")
    bench.menu.get_by_role("button", name="Delete boiler").click()
    bench.notice.get_by_role("button", name="Delete it").click()
    bench.named("Demo")
    bench.open_file(saved)
    bench.named("boiler")
    bench.read_all()
    assert bench.csv() == before
    bench.page.reload()  # it is kept now as any other
    bench.named("boiler")
    bench.read_all()
    assert bench.csv() == before
    bench.bring(PATHS)  # the file holds crops; whole frames come back under their names
    expect(bench.page.get_by_text("6 frames are here")).to_be_visible()
    expect(bench.page.locator(".frame-grid .tile")).to_have_count(6)
    bench.room("Mark")
    expect(bench.page.locator(".stage-note")).to_have_count(0)
    bench.read_all()
    assert bench.csv() == before


def test_a_damaged_file_is_refused_and_nothing_is_lost(bench, tmp_path):
    before = bench.csv()
    bad = tmp_path / "bad.readout.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("project.json", json.dumps({"format": "readout-project", "version": 99}))
    bench.open_menu()
    bench.menu.locator("input[type=file]").set_input_files(bad)
    expect(bench.notice).to_contain_text("version")
    bench.notice.get_by_role("button", name="Dismiss").click()
    bench.named("boiler")
    assert bench.csv() == before


def test_what_cannot_be_read_is_listed_and_good_frames_go_on(bench, tmp_path):
    bench.choose("New project")
    (tmp_path / "broken.png").write_bytes(PATHS[0].read_bytes()[:5000])
    (tmp_path / "notes.txt").write_text("Buy milk.")
    Image.new("RGB", (320, 240)).save(tmp_path / "small.png")
    shutil.copy(PATHS[1], tmp_path / "again.png")
    bench.bring([*PATHS[:3], *(tmp_path / name for name in ("broken.png", "notes.txt", "small.png", "again.png"))])
    expect(bench.page.get_by_text("4 frames are here")).to_be_visible()
    listed = bench.page.locator(".problems li")
    expect(listed).to_have_count(4)
    for name, why in [
        ("broken.png", "decode"),
        ("notes.txt", "not an image"),
        ("small.png", "320 × 240"),
        ("again.png", "same file"),
    ]:
        expect(listed.filter(has_text=name).filter(has_text=why)).to_have_count(1)
    bench.bring(PATHS[:3])
    expect(listed.filter(has_text="here already")).to_have_count(3)
    expect(listed.first).to_be_visible()
    bench.page.get_by_role("button", name="Dismiss the list").click()
    expect(bench.page.locator(".problems")).to_have_count(0)
    bench.page.get_by_role("button", name=f"Remove {NAMES[1]}").click()
    expect(bench.page.locator(".frame-grid .tile")).to_have_count(3)
    bench.notice.get_by_role("button", name="Put it back").click()
    expect(bench.page.locator(".frame-grid .tile .name")).to_have_text(["again.png", *NAMES[:3]])


def test_a_picture_with_many_frames_is_taken_once_and_another_of_its_name_stands_beside_it(bench, tmp_path):
    def moving(folder, greys):
        frames = [Image.new("L", (64, 48), grey) for grey in greys]
        (tmp_path / folder).mkdir()
        frames[0].save(tmp_path / folder / "x.gif", save_all=True, append_images=frames[1:], duration=500)
        return tmp_path / folder / "x.gif"

    bench.choose("New project")
    one, other = moving("one", (20, 90)), moving("other", (160, 230))
    names = bench.page.locator(".frame-grid .tile .name")
    for path, expected in [
        (one, ["x.gif #0", "x.gif #1"]),
        (one, ["x.gif #0", "x.gif #1"]),
        (other, ["x (2).gif #0", "x (2).gif #1", "x.gif #0", "x.gif #1"]),
    ]:
        bench.bring([path])
        expect(bench.page.get_by_text(f"{len(expected)} frames are here")).to_be_visible()
        bench.room("Frames")
        expect(names).to_have_text(expected)
    bench.page.get_by_role("button", name="x.gif #0", exact=True).click()
    shown = bench.page.locator(".stage canvas").first
    expect(shown).to_be_visible()
    grey = """() => {
      const [canvas] = document.querySelectorAll(".stage canvas");
      return canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0];
    }"""
    bench.page.wait_for_function(f"() => Math.abs(({grey})() - 20) <= 2")


def test_every_card_gives_a_file_that_is_what_it_says(bench, tmp_path):
    rows = list(csv.DictReader(io.StringIO(bench.csv())))
    assert [(row["frame"], row["readout"]) for row in rows] == [
        (name, readout) for name in NAMES for readout in ("top", "bottom")
    ]
    assert all(row["text"] == TRUTHS[row["frame"]] for row in rows if row["readout"] == "top")

    path, name = bench.download("JSON")
    assert name == "boiler-readings.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    path, name = bench.download("Settings")
    settings = json.loads(path.read_text(encoding="utf-8"))
    assert name == "boiler-settings.json"
    assert "glyphs" in json.dumps(settings) and "##.##" in json.dumps(settings)
    assert json.dumps(whole).count(NAMES[0]) >= 2

    path, name = bench.download("Audit report")
    report = path.read_text(encoding="utf-8")
    assert name == "boiler-report.html"
    assert len(re.findall("<img", report)) == len(rows)
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!data:|#)[^"']*|url\((?!data:)|@import|https?://""", report) == []

    path, name = bench.download("Project")
    assert name == "boiler.readout.zip"
    project = Project.from_bytes(path.read_bytes())
    assert project.document.typed == {(NAMES[0], "top"): TRUTHS[NAMES[0]]}

    path, name = bench.download("Classifier")
    assert name == "boiler-classifier.onnx"
    shutil.copy(path, tmp_path / "classifier.onnx")
    program, name = bench.download("Example program")
    assert name == "boiler-classifier.py"
    frame, boxes = Image.open(PATHS[3]).convert("RGB"), Layout.load(ROOT / "data" / "layout.json").readouts[0].boxes
    paths = [tmp_path / f"{k}.png" for k in range(len(boxes))]
    for (x, y, w, h), path in zip(boxes, paths, strict=True):
        frame.resize((64, 80), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h)).save(path)
    command = [sys.executable, str(program), str(tmp_path / "classifier.onnx"), *map(str, paths)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert "".join(line.split("\t")[1] for line in printed) == TRUTHS[NAMES[3]].replace(".", "")


@pytest.mark.parametrize("script", ["python.js", "embedder.js"])
def test_a_worker_that_dies_comes_back_with_the_project_intact(bench, script):
    before = bench.csv()
    worker = next(worker for worker in bench.page.workers if script in worker.url)
    with bench.page.expect_worker(lambda each: script in each.url):
        worker.evaluate(JS.endWorker)
    bench.type(NAMES[1], TRUTHS[NAMES[1]])
    bench.read_all()
    rows = list(csv.DictReader(io.StringIO(bench.csv())))
    assert {row["frame"]: row["typed"] for row in rows if row["typed"]} == {name: TRUTHS[name] for name in NAMES[:2]}
    bench.page.get_by_role("button", name=re.compile("^Undo: type")).click()
    bench.settled()
    again = list(csv.DictReader(io.StringIO(bench.csv())))
    exact = ("frame", "readout", "text", "flags", "typed")
    assert [[row[name] for name in exact] for row in again] == [
        [row[name] for name in exact] for row in csv.DictReader(io.StringIO(before))
    ]


def test_frames_that_python_ends_at_are_here_and_kept(bench):
    page = bench.page
    bench.choose("New project")
    bench.bring(PATHS[:2])
    expect(page.get_by_text("2 frames are here")).to_be_visible()
    worker = [worker for worker in page.workers if "python.js" in worker.url][-1]
    worker.evaluate(JS.endWorkerAt, "workbench/set_frames")
    with page.expect_worker(lambda each: "python.js" in each.url):
        bench.bring(PATHS[2:5])
    expect(page.get_by_text("5 frames are here")).to_be_visible()
    expect(bench.summary).to_contain_text("saved in this browser")
    page.reload()
    expect(page.locator(".frames-line strong")).to_have_text("5 frames")
    expect(page.get_by_text("was cut short")).to_have_count(0)


def begun(worker):
    """A worker that can be told what to do."""
    while worker.evaluate("typeof setTimeout") == "undefined":
        pass
    return worker


def test_a_project_that_is_being_opened_says_so_and_nobody_draws_in_it_before_its_boxes_are_there(bench):
    page = bench.page
    page.add_init_script(f"({JS.holdCalls})()")
    page.evaluate("sessionStorage.hold = 'workbench/set_frames'")
    page.reload()
    bench.room("Mark")
    expect(page.get_by_role("heading", name="Opening “boiler”")).to_be_visible()
    expect(page.locator(".stage")).to_have_count(0)
    page.evaluate("letGo()")
    expect(page.locator(".overlay .box")).to_have_count(8)


def test_undo_with_nothing_to_undo_is_no_failure(bench):
    bench.choose("New project")
    bench.named("New project")
    bench.page.keyboard.press("Control+z")
    bench.page.keyboard.press("Control+Shift+z")
    bench.room("Export")
    bench.room("Label")
    expect(bench.page.get_by_text("There is nothing to label yet")).to_be_visible()
    bench.page.get_by_role("button", name="Add a video").click()
    expect(bench.page.get_by_text("Drop pictures here")).to_be_visible()
    expect(bench.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_can_use_every_room(bench, scheme):
    page = bench.page
    page.emulate_media(color_scheme=scheme)
    load_axe(page)
    found = {}
    for name in ROOMS:
        bench.room(name)
        bench.settled()
        if name == "Demo":  # it reads while it is looked at, its old readings are faded meanwhile
            page.locator("#read[aria-busy=false]").wait_for()
            page.get_by_text("read in 50 of 50 frames").wait_for()
        found[name] = page.evaluate(JS.violations)
    bench.open_menu()
    found["menu"] = page.evaluate(JS.violations)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    found["keys"] = page.evaluate(JS.violations)
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_the_first_page_leads_back_to_the_last_project(bench, site):
    page = bench.page
    bench.choose("New project")
    bench.named("New project")
    bench.bring(PATHS[:2])
    expect(page.get_by_text("2 frames are here")).to_be_visible()
    bench.settled()
    bench.choose("Demo")
    page.goto("about:blank")
    page.goto(site)
    page.get_by_role("link", name="Continue with New project").click()
    bench.named("New project")
    bench.room("Frames")
    expect(page.locator(".frame-grid .tile")).to_have_count(2)


def test_a_view_begins_at_its_top_however_far_down_the_last_one_was(bench):
    page = bench.page
    page.set_viewport_size({"width": 720, "height": 450})
    bench.room("Frames")
    page.get_by_role("button", name="Next: ").click()
    expect(page.locator(".view-tab.here")).to_have_text("Read")
    expect(page.get_by_role("heading", name="Readings")).to_be_in_viewport()
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_phone_scrolls_no_room_sideways(bench):
    bench.page.set_viewport_size({"width": 390, "height": 844})
    wide = {}
    for name in ROOMS:
        bench.room(name)
        bench.settled()
        wide[name] = bench.page.evaluate("document.documentElement.scrollWidth")
    bench.open_menu()
    wide["menu"] = bench.page.evaluate("document.documentElement.scrollWidth")
    bench.page.set_viewport_size({"width": 1440, "height": 900})
    assert {name: width for name, width in wide.items() if width > 390} == {}
