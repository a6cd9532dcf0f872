"""Firefox and WebKitGTK, which speak no protocol of Playwright's: the way from a visit to a table, in each of them."""

import base64
import os

import pytest

from readout.project.project_file import Project
from tests.core.displays import drawn
from tests.core.test_picture_classes import drawn as scene
from tests.core.test_picture_classes import file_of
from tests.page.engines import ENGINES, JS, Outside, WebKit
from tests.page.helpers import ROOT
from tests.page.scripts import Scripts
from tests.page.test_live import NAMES, TOPS, rows_of
from tests.page.test_window import PLACE, TEXTS, WINDOW, save
from tooling.serve import serve

VIEWS = Scripts("views.js")
FIELD = ".bench-frames input[type=file][multiple]"


class Person:
    """What a person does with the page in one of the engines."""

    def __init__(self, engine, site):
        self.engine = engine
        self.site = site

    def bring(self, paths):
        """A project of its own with these files."""
        self.engine.open("about:blank")
        self.engine.open(f"{self.site}#bench/frames")
        self.engine.wait(JS.openMenu)
        self.engine.click("New project")
        self.engine.wait(JS.hasText, "details.project summary strong", "New project")
        self.engine.wait(JS.count, FIELD)
        self.engine.files(FIELD, paths)

    def download(self, name):
        """The bytes of what a button of Export gives."""
        self.engine.click("Export")
        self.engine.run(JS.catchDownloads)
        self.engine.click(f"Download {name}")
        return base64.b64decode(self.engine.wait(JS.caughtFile))

    def rows(self, frames):
        """The table, once all frames are read."""
        self.engine.click("Export")
        self.engine.says(f"{frames:,} of {frames:,} frames are read")
        return rows_of(self.download("CSV").decode())


@pytest.fixture(scope="module", params=list(ENGINES))
def person(request, site):
    kind, variable = ENGINES[request.param]
    if not os.environ.get(variable):
        missing = f"{variable} names no program: `python build.py --test` finds one, or installs it as root on Debian"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    outside = Outside()
    engine = kind(outside)
    yield Person(engine, site)
    engine.close()
    outside.close()


@pytest.fixture(scope="module")
def pictures(person, tmp_path_factory):
    """A project of own pictures with a window that was drawn around their number; its table."""
    folder = tmp_path_factory.mktemp("growing")
    engine = person.engine
    person.bring([save(folder / f"{k}.png", drawn(text, k)) for k, text in enumerate(TEXTS)])
    engine.says(f"{len(TEXTS)} frames are here")
    engine.click("Mark")
    engine.wait(JS.count, ".stage canvas")
    engine.click("Fit")
    left, top, scale = engine.run(VIEWS.frameOnStage)
    (x, y), (w, h) = PLACE, WINDOW[2:]
    engine.drag(*[(left + scale * (x + w * part), top + scale * (y + h * part)) for part in (0, 0.5, 1)])
    engine.says(f"Reads {TEXTS[0]}")
    engine.key("\ue007")
    return person.rows(len(TEXTS))


def test_it_starts_from_the_snapshot_and_reads_the_demo(person):
    person.engine.open(f"{person.site}?sets=1")
    started = person.engine.wait(JS.mark, "python")["detail"]
    assert (started["from"], started["why"]) == ("snapshot", "")
    person.engine.says("read in 50 of 50 frames")


def test_own_pictures_are_read_in_a_drawn_window(pictures):
    assert [row["text"] for row in pictures] == TEXTS


def test_a_project_is_there_after_a_reload_and_is_saved_as_a_file(person, pictures):
    person.engine.says("saved in this browser")
    assert len(Project.from_bytes(person.download("Project")).frames) == len(TEXTS)
    person.engine.reload()
    assert person.rows(len(TEXTS)) == pictures


def test_the_bundled_clip_is_read_or_the_page_says_that_the_browser_cannot(person):
    """Debian's WebKitGTK decodes VP9 only with parts of GStreamer that it does not call for."""
    person.engine.open(person.site)
    person.engine.click("Try it on a video")
    if isinstance(person.engine, WebKit) and not person.engine.run(JS.decodes, "vp09.00.10.08"):
        person.engine.says("this browser cannot decode VP9", "convert it with ffmpeg -i clip.webm")
        return
    person.engine.wait(JS.count, ".clip")
    truth = rows_of((ROOT / "data" / "clip.csv").read_text(encoding="utf-8"))
    tops = [row for row in person.rows(len(truth)) if row["readout"] == "top"]
    assert [(row["time_s"], row["text"]) for row in tops] == [(row["time_s"], row["reading"]) for row in truth]


def test_a_camera_is_read_and_recorded(person):
    engine = person.engine
    person.bring([ROOT / "data" / "frames" / NAMES[0], ROOT / "data" / "layout.json"])
    engine.says("1 frame is here")
    engine.run(JS.fakeCamera, [f"{person.site}data/frames/{name}" for name in NAMES], 500)
    engine.click("Camera")
    engine.wait(JS.counted, 3)
    engine.run(JS.catchDownloads)
    engine.click("Record")
    engine.wait(JS.recorded, 12)
    engine.click("Stop recording")
    rows = rows_of(base64.b64decode(engine.wait(JS.caughtFile)).decode())
    tops = [row["text"] for row in rows if row["readout"] == "top"]
    assert len(tops) >= 6 and len(set(tops)) > 1
    assert set(tops) <= set(TOPS)


def test_after_one_visit_it_reads_without_the_server(person):
    engine = person.engine
    with serve(ROOT / "dist", prefix="/kept/", offline=True) as server:
        engine.open(f"{server.url}?sets=1")
        engine.says("This page works offline", "read in 50 of 50 frames")
        engine.open("about:blank")
    engine.open(f"{server.url}?sets=1")
    engine.says("read in 50 of 50 frames")


def test_classes_are_learned_from_pictures_and_a_camera_and_kept(person, tmp_path):
    engine = person.engine
    engine.open(f"{person.site}classes.html")
    kinds = {"Class 1": "disc", "Class 2": "stripes"}
    for name, kind in kinds.items():
        paths = [tmp_path / f"{kind}-{seed}.png" for seed in range(2)]
        for seed, path in enumerate(paths):
            path.write_bytes(file_of(scene(kind, seed, (320, 240))))
        field = f"section[aria-label='{name}'] input[type=file]"
        engine.wait(JS.count, field)
        engine.files(field, paths)
        engine.wait(JS.hasText, f"section[aria-label='{name}'] .quiet.number", "2 pictures")
    engine.says("of 4 pictures right")
    (tmp_path / "asked.png").write_bytes(file_of(scene("disc", 60, (320, 240))))
    engine.files(".viewer input[type=file]", [tmp_path / "asked.png"])
    engine.wait(JS.hasText, ".verdict", "Class 1")
    engine.run(JS.fakeCamera, [f"{person.site}data/frames/{NAMES[0]}"], 500)
    engine.click("Back to the camera")
    engine.click("Start the camera")
    engine.wait(JS.count, ".viewer video")
    engine.run(JS.focus, "section[aria-label='Class 2'] .hold")
    held = [{"type": "keyDown", "value": " "}, {"type": "pause", "duration": 1500}, {"type": "keyUp", "value": " "}]
    engine.act({"type": "key", "id": "keys", "actions": held})
    engine.wait(JS.more, "section[aria-label='Class 2'] .shots canvas", 2)
    engine.wait(JS.mayLeave)  # the last picture may come after the key was let go
    recorded = engine.wait(JS.more, "section[aria-label='Class 2'] .shots canvas", 2)
    engine.reload()
    assert engine.wait(JS.more, "section[aria-label='Class 2'] .shots canvas", 2) == recorded
    engine.says("pictures right")


def test_nothing_is_asked_of_anyone_else(person):
    """Its own address is all that the page names; what a worker would ask for elsewhere, the proxy would have seen."""
    addresses = person.engine.run(JS.addresses)
    assert addresses
    assert [each for each in addresses if not each.startswith((person.site, "blob:", "data:"))] == []
    assert person.engine.outside.asked == []
