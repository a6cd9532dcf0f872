"""Camera and screen in a real browser: Chromium's fake devices show displays whose values are known."""

import contextlib
import csv
import io
import itertools
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error, expect

from tests.page.helpers import ROOT, TRUTHS, browser_of, load_axe, open_profile
from tests.page.scripts import Scripts
from tests.shaken import MOVES, covered, moved

JS = Scripts("views.js")

NAMES = list(TRUTHS)[:6]
TOPS = [TRUTHS[name] for name in NAMES]
SIZE = (1024, 768)
ASLEEP_S = 13
"""Longer than storage may take before it is said that it does not answer."""
RATE, REPEATS = 10, 5
"""Frames a second of the fake camera, and how many of them show one value."""


def write_y4m(path: Path, size=SIZE, rate=RATE, change=lambda picture, _: picture) -> None:
    """The first frames as a camera films them, each REPEATS times, changed by number: I420, BT.601, limited range."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{size[0]} H{size[1]} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for k, name in enumerate(NAMES):
            with Image.open(ROOT / "data" / "frames" / name) as frame:
                rgb = np.asarray(change(frame.convert("RGB"), k).resize(size, Image.Resampling.BILINEAR), float) / 255
            y = 16 + rgb @ (65.481, 128.553, 24.966)
            cb, cr = 128 + rgb @ (-37.797, -74.203, 112.0), 128 + rgb @ (112.0, -93.786, -18.214)
            planes = [y, *(c.reshape(size[1] // 2, 2, size[0] // 2, 2).mean(axis=(1, 3)) for c in (cb, cr))]
            picture = b"".join(np.rint(plane).astype(np.uint8).tobytes() for plane in planes)
            film.write((b"FRAME\n" + picture) * REPEATS)


@contextlib.contextmanager
def starting(browser, tmp_path_factory):
    """start(...) opens a profile on the disk, with cameras that show a film, or without any; closed afterwards."""
    with contextlib.ExitStack() as opened:

        def start(*arguments, film=None, fake=True, profile=None):
            devices = (
                ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2"] if fake else []
            )
            shown = [f"--use-file-for-fake-video-capture={film}"] if film else []
            folder = profile or tmp_path_factory.mktemp("profile")
            context = open_profile(browser.browser_type, folder, *devices, *shown, *arguments)
            opened.callback(context.close)
            return context

        yield start


@pytest.fixture
def start(browser, tmp_path_factory):
    with starting(browser, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "display.y4m"
    write_y4m(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two frames with their layout and what teaches their digits."""
    folder = tmp_path_factory.mktemp("project") / "display"
    (folder / "frames").mkdir(parents=True)
    for name in NAMES[:2]:
        shutil.copy(ROOT / "data" / "frames" / name, folder / "frames")
    shutil.copy(ROOT / "data" / "layout.json", folder)
    return folder


class Room:
    """The Frames room, with what is watched live in it."""

    def __init__(self, page, site):
        self.page = page
        self.problem = page.locator(".live-problem")
        self.state = page.locator(".live-state")
        self.top = page.locator(".live-numbers .number").first
        self.panel = page.get_by_role("region", name="Live", exact=True)
        page.goto(f"{site}#bench/frames")

    def bring(self, folder):
        self.page.locator("input[webkitdirectory]").set_input_files(folder)
        expect(self.page.get_by_text("2 frames are here")).to_be_visible()

    def begin(self, kind="Camera"):
        self.page.get_by_role("button", name=kind, exact=True).click()
        expect(self.panel).to_be_visible()

    def stop(self):
        self.panel.get_by_role("button", name="Stop", exact=True).click()
        expect(self.panel).to_have_count(0)

    def count(self, name):
        return int(self.panel.locator(".live-counts div", has_text=name).locator("dd").inner_text().replace(",", ""))

    def wait_read(self, frames):
        self.page.wait_for_function(
            "(n) => Number(document.querySelector('.live-counts dd')?.textContent.replaceAll(',', '')) >= n", arg=frames
        )


@pytest.fixture(scope="module")
def camera(browser, tmp_path_factory, film, site, folder):
    """A page that reads a camera."""
    with starting(browser, tmp_path_factory) as start:
        room = Room(start(film=film).pages[0], site)
        room.bring(folder)
        room.begin()
        room.wait_read(3)
        yield room


def rows_of(text):
    assert text.endswith("\n")
    return list(csv.DictReader(io.StringIO(text)))


def check_rows(rows):
    """Each value is one that the camera shows, they follow each other as far as the time between them says, and the
    times rise. A busy machine skips frames: then a value may be missing, and more time has passed."""
    tops = [row["text"] for row in rows if row["readout"] == "top"]
    bottoms = [row["text"] for row in rows if row["readout"] == "bottom"]
    assert len(tops) == len(bottoms) == len(rows) / 2
    assert set(tops) <= set(TOPS)
    assert bottoms == [f"{float(top) - 10:.2f}" for top in tops]
    times = [float(row["time_s"]) for row in rows[::2]]
    assert times[0] == 0 and all(b > a for a, b in itertools.pairwise(times))
    assert [row["frame"] for row in rows[::2]] == [f"camera#t={time:.6f}" for time in times]
    changes = 0
    for (before, start), (after, end) in itertools.pairwise(zip(tops, times, strict=True)):
        steps, passed = (TOPS.index(after) - TOPS.index(before)) % len(TOPS), (end - start) * RATE / REPEATS
        steps += len(TOPS) * max(0, round((passed - steps) / len(TOPS)))
        assert abs(steps - passed) <= 1.5 + passed / 4, (before, after, end - start)
        changes += steps > 0
    return changes + 1


def test_a_camera_is_read_and_recorded_as_it_comes(camera):
    page = camera.page
    shown = set(TOPS)
    for _ in range(3):
        assert camera.top.inner_text() in shown
        page.wait_for_timeout(300)
    page.get_by_role("button", name="Record", exact=True).click()
    growing = page.locator(".live-growing")
    expect(growing).to_have_text(re.compile(r", ([4-9]\d|\d{3,}) rows"))
    with page.expect_download() as so_far:
        page.get_by_role("button", name="Download so far").click()
    early = rows_of(so_far.value.path().read_text())
    page.wait_for_timeout(600)
    with page.expect_download() as whole:
        page.get_by_role("button", name="Stop recording").click()
    rows = rows_of(whole.value.path().read_text())
    assert check_rows(rows) >= 4
    assert rows[: len(early)] == early and len(rows) > len(early) > 20
    expect(page.get_by_text(re.compile(r"A recording of 0:\d\d is here"))).to_be_visible()
    expect(page.locator(".notice.error")).to_have_count(0)


def windowed(folder, to, window):
    """The same frames with a window around their upper number, in another folder."""
    shutil.copytree(folder, to)
    layout = {"version": 2, "frame_size": SIZE, "readouts": [{"name": "top", "window": window}]}
    (to / "layout.json").write_text(json.dumps(layout), encoding="utf-8")
    return to


def test_a_window_is_read_live(start, site, film, folder, tmp_path):
    room = Room(start(film=film).pages[0], site)
    room.bring(windowed(folder, tmp_path / "windowed", [918, 33, 46, 18]))
    room.begin()
    room.wait_read(3)
    room.page.wait_for_function(JS.showedSome, arg=[TOPS, 3], polling=50)


def test_why_a_live_reading_may_be_wrong_is_said_in_words(start, site, film, folder, tmp_path):
    room = Room(start(film=film).pages[0], site)
    room.bring(windowed(folder, tmp_path / "cut", [918, 33, 40, 18]))
    room.begin()
    expect(room.panel.locator(".live-numbers .why")).to_contain_text("touches the window's edge, or goes on outside it")


def test_a_kept_frame_is_a_picture_that_teaches_what_is_read_next(camera):
    page = camera.page
    page.get_by_role("button", name="Keep this frame").click()
    expect(page.get_by_text("The frame is kept")).to_be_visible()
    expect(page.locator(".frames-line")).to_contain_text("3 frames")
    page.get_by_role("button", name="Say what it shows").click()
    expect(page.locator(".entry .name")).to_have_text(re.compile(r"^camera-\d{4}-\d\d-\d\d-\d{6}-\d{3}\.png$"))
    page.get_by_label("It shows").fill("XY.ZW")
    page.get_by_label("It shows").press("Enter")
    page.get_by_role("button", name="Live").click()
    # The window around the boxes sees digits and disputes such texts: they are shown beside the value that is held.
    taught = "() => /[XYZW]/.test(document.querySelector('.live-numbers div')?.textContent)"
    page.wait_for_function(taught)
    page.get_by_role("button", name="Undo: type XY.ZW").click()
    expect(page.get_by_role("button", name="Redo: type XY.ZW")).to_be_visible()
    page.wait_for_function(
        "(tops) => tops.includes(document.querySelector('.live-numbers .number')?.textContent)", arg=TOPS
    )
    page.wait_for_function(f"() => !({taught})()")


def test_a_slow_machine_skips_frames_and_queues_none(camera):
    page = camera.page
    slow = page.context.new_cdp_session(page)
    before = [camera.count("Read"), camera.count("Skipped")]
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 100})
    page.wait_for_function(
        "(n) => Number(document.querySelectorAll('.live-counts dd')[1].textContent.replaceAll(',', '')) > n + 20",
        arg=before[1],
    )
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    camera.wait_read(camera.count("Read") + 3)
    after = [camera.count("Read"), camera.count("Skipped")]
    assert after[0] > before[0] and after[1] > before[1]
    page.wait_for_function(
        "() => parseFloat(document.querySelectorAll('.live-counts dd')[3].textContent) < 400"
    )  # no queue is worked off


def test_what_is_not_read_by_eyes_alone(camera):
    page = camera.page
    load_axe(page)
    assert page.evaluate(JS.violations, ".live-view") == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => document.documentElement.scrollWidth === 390")
    camera.stop()  # the other tests have the machine for themselves


def test_another_camera_is_chosen_and_stopping_lets_go_of_it(start, site):
    room = Room(start().pages[0], site)
    page = room.page
    room.begin()
    chosen = page.locator(".live-cameras select")
    expect(chosen.locator("option")).to_have_count(2)
    title = page.locator("#live-title + small")
    expect(title).to_contain_text("fake_device_0")
    page.evaluate("() => (window.tracks = [], 0)")
    page.wait_for_function(JS.noteTrack, arg="fake_device_0")
    chosen.select_option(index=1)
    expect(title).to_contain_text("fake_device_1")
    page.wait_for_function(JS.noteTrack, arg="fake_device_1")
    room.stop()
    assert page.evaluate("() => window.tracks.map(({ readyState }) => readyState)") == ["ended", "ended"]
    assert not [worker for worker in page.workers if "live.js" in worker.url]


def test_what_was_recorded_outlives_a_crash(start, film, site, folder):
    context = start(film=film)
    room = Room(context.pages[0], site)
    room.bring(folder)
    room.begin()
    room.wait_read(1)
    room.page.get_by_role("button", name="Record", exact=True).click()
    sizes = []
    for rows in (10, 30):
        room.page.wait_for_function(
            JS.hasRecorded,
            arg=rows,
        )
        sizes.append(room.page.evaluate(JS.recordedBytes))
    assert 0 < sizes[0] < sizes[1]
    crashed = context.new_page()
    with room.page.expect_event("crash"), contextlib.suppress(Error):
        room.page.goto("chrome://crash")
    again = Room(crashed, site)
    row = again.page.locator(".live-recordings li")
    expect(row).to_contain_text("A recording of 0:0")
    with again.page.expect_download() as download:
        row.get_by_role("button", name="Download").click()
    text = download.value.path().read_text()
    assert len(text) >= sizes[1]
    check_rows(rows_of(text))
    row.get_by_role("button", name="Delete").click()
    row.get_by_role("button", name="Really delete").click()
    expect(row).to_have_count(0)
    again.page.reload()
    expect(again.page.get_by_role("button", name="Camera", exact=True)).to_be_visible()
    assert again.page.evaluate(JS.recordedBytes) == 0


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the browser's processes as a Linux lists them")
def test_a_machine_that_sleeps_goes_on_and_its_recording_has_the_gap(start, film, site, folder, tmp_path):
    room = Room(start(film=film, profile=tmp_path).pages[0], site)
    room.bring(folder)
    room.begin()
    room.page.get_by_role("button", name="Record", exact=True).click()
    room.page.wait_for_function(JS.hasRecorded, arg=10)
    processes = os.getpgid(browser_of(tmp_path))
    os.killpg(processes, signal.SIGSTOP)
    time.sleep(ASLEEP_S)
    os.killpg(processes, signal.SIGCONT)
    room.page.wait_for_function(JS.hasRecorded, arg=60)
    expect(room.problem).to_have_count(0)
    with room.page.expect_download() as whole:
        room.page.get_by_role("button", name="Stop recording").click()
    rows = rows_of(whole.value.path().read_text())[::2]
    times = [float(row["time_s"]) for row in rows]
    assert {row["text"] for row in rows} <= set(TOPS)
    assert all(b > a for a, b in itertools.pairwise(times))
    assert max(b - a for a, b in itertools.pairwise(times)) > ASLEEP_S - 1
    expect(room.page.locator(".strip.trouble")).to_have_count(0)  # storage answers again


def test_without_a_layout_it_shows_and_keeps_and_another_shape_is_not_read(start, site, folder, tmp_path):
    write_y4m(tmp_path / "wide.y4m", size=(640, 360))
    context = start(film=tmp_path / "wide.y4m")
    room = Room(context.pages[0], site)
    room.begin()
    expect(room.state).to_contain_text("Nothing is read yet")
    expect(room.panel).to_contain_text("640 × 360")
    room.page.get_by_role("button", name="Keep this frame").click()
    expect(room.page.get_by_text("Draw one box")).to_be_visible()  # the page goes there itself
    room.page.locator(".views").get_by_role("button", name="Frames", exact=True).click()
    expect(room.page.locator(".frames-line")).to_contain_text("1 frame")
    expect(room.page.locator(".frames-line")).to_contain_text("640 × 360")
    room.page.locator("details.project summary").click()
    room.page.get_by_role("button", name="New project").click()
    room.bring(folder)
    expect(room.state).to_contain_text("the camera shows 640 x 360, the layout is for frames of 1024 x 768")
    room.page.get_by_role("button", name="Keep this frame").click()
    expect(room.page.locator(".notice")).to_contain_text("another shape needs a project of its own")


def test_numbers_are_found_in_what_a_camera_shows_and_read_at_once(start, site, film):
    """From a camera to numbers in four presses, and nothing drawn or typed."""
    room = Room(start(film=film).pages[0], site)
    room.begin()
    room.panel.get_by_role("button", name="Find the numbers").click()
    take = room.page.get_by_role("button", name=re.compile(r"^Read all \d"))
    take.wait_for()
    room.page.locator(".suggestions-state progress").wait_for(state="detached")
    take.click()
    room.page.locator(".views").get_by_role("button", name="Frames", exact=True).click()
    expect(room.top).to_have_text(re.compile(r"\d"))
    assert room.count("Read") > 0


def test_a_screen_is_read(start, site, folder):
    context = start("--auto-select-tab-capture-source-by-title=Display", fake=False)
    shown = context.new_page()
    shown.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
    shown.set_content(
        "<title>Display</title><style>body { margin: 0 } img { display: block }</style>"
        f"<img src='{site}data/frames/{NAMES[0]}'>"
    )
    room = Room(context.pages[0], site)
    room.page.bring_to_front()
    room.bring(folder)
    room.begin("Screen")
    expect(room.top).to_have_text(TOPS[0])
    expect(room.panel).to_contain_text("a tab, 1024 × 768")
    shown.evaluate("(src) => { document.querySelector('img').src = src; }", f"{site}data/frames/{NAMES[1]}")
    expect(room.top).to_have_text(TOPS[1])


REFUSALS = [("127.0.0.1", "There is no camera here"), ("insecure.test", "This page is not served securely")]


def test_each_refusal_has_its_own_words(start, site):
    context = start("--host-resolver-rules=MAP insecure.test 127.0.0.1", fake=False)
    for host, words in REFUSALS:
        room = Room(context.new_page(), site.replace("127.0.0.1", host))
        room.page.get_by_role("button", name="Camera", exact=True).click()
        expect(room.problem).to_contain_text(words)
        room.problem.get_by_role("button", name="Dismiss").click()
        expect(room.problem).to_have_count(0)
    context = start("--use-fake-device-for-media-stream", fake=False)
    room = Room(context.pages[0], site)
    room.page.get_by_role("button", name="Camera", exact=True).click()
    expect(room.problem).to_contain_text("The camera was refused")


HIDDEN = len(NAMES) - 1
"""The picture in which the anchor is covered."""


def test_boxes_follow_an_anchor_and_shifts_are_recorded(start, site, folder, tmp_path):
    write_y4m(
        tmp_path / "shaken.y4m",
        change=lambda picture, k: covered(picture) if k == HIDDEN else moved(picture, *MOVES[k]),
    )
    room = Room(start(film=tmp_path / "shaken.y4m").pages[0], site)
    page = room.page
    room.bring(folder)
    layout = (
        (folder / "layout.json")
        .read_text(encoding="utf-8")
        .replace('"version": 1,', '"version": 1, "anchor": [22, 17, 118, 24],')
    )
    (tmp_path / "layout.json").write_text(layout, encoding="utf-8")
    page.get_by_role("button", name="Mark", exact=True).click()
    page.locator("input[accept*=json]").set_input_files(tmp_path / "layout.json")
    expect(page.locator(".layout-anchor [role=status]")).to_contain_text("Nothing has moved")
    page.get_by_role("button", name="Frames", exact=True).click()
    room.begin()
    page.wait_for_function(
        "() => document.querySelector('.live-state')?.textContent.includes('The anchor is lost')"
    )  # for half a second
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator(".live-growing")).to_have_text(re.compile(r"^0:0[4-9]"))
    with page.expect_download() as whole:
        page.get_by_role("button", name="Stop recording").click()
    rows = rows_of(whole.value.path().read_text())
    check_rows(rows)
    for row in rows:
        k = TOPS.index(row["text"] if row["readout"] == "top" else f"{float(row['text']) + 10:.2f}")
        if k == HIDDEN:
            assert (row["flags"].split()[-1], row["shift_x"], row["shift_y"]) == ("anchor-lost", "", "")
        else:
            assert (float(row["shift_x"]), float(row["shift_y"])) == pytest.approx(MOVES[k], abs=0.25)
            assert "anchor-lost" not in row["flags"]
