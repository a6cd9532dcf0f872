"""Clips in the workbench, in a real browser: dropped, stepped through, chosen from, read, continued after reloads."""

import base64
import csv
import io
import json
import math
import os
import re
import shutil
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from benchmarks.workbench import resident
from readout.cli.main import main
from readout.project.project_file import Project
from readout.video.sampling import FRAMES_PER_CHUNK, choose, frame_name
from tests.clips import BAD, CASES, LONG
from tests.page.helpers import PATIENCE_MS, ROOT, TRUTHS, open_profile
from tests.page.scripts import Scripts
from tests.page.tabs import Tabs
from tests.page.test_projects import Bench

JS = Scripts("views.js")

CLIP = ROOT / "data" / "clip.webm"
SURE = 1e-2
"""By how much confidences differ at most: the two runtimes sum in another order, and frames that share it pool it."""
CUT = (900, 20, 1028, 84)
FRAMES = 1200
RATE = 30


def write_layout(folder, layout):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "layout.json").write_text(json.dumps(layout), encoding="utf-8")
    return folder / "layout.json"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A clip long enough to be stopped in: (path, layout's path, what every frame shows)."""
    folder = tmp_path_factory.mktemp("film")
    paths = sorted((ROOT / "data" / "frames").glob("*.png"))
    pictures = [Image.open(path).convert("RGB").crop(CUT) for path in paths]
    with av.open(folder / "film.webm", "w") as file:
        stream = file.add_stream("libvpx", rate=RATE, options={"deadline": "realtime", "cpu-used": "8", "b": "3M"})
        stream.width, stream.height = pictures[0].size
        for k in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(np.asarray(pictures[k % len(pictures)]), format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, RATE)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    layout = json.loads((ROOT / "data" / "layout.json").read_text(encoding="utf-8"))
    top = layout["readouts"][0]
    boxes = [[x - CUT[0], y - CUT[1], w, h] for x, y, w, h in top["boxes"]]
    made = {"version": 1, "frame_size": list(pictures[0].size), "readouts": [{**top, "boxes": boxes}]}
    return folder / "film.webm", write_layout(folder, made), [TRUTHS[paths[k % len(paths)].name] for k in range(FRAMES)]


@pytest.fixture(scope="module")
def bench(tab):
    return Bench(tab)


def chosen(kept, times, left_out=0):
    """What a card says of the frames that are read, or will be."""
    rest = f", {left_out} left out" if left_out else ""
    return re.compile(rf"{len(kept)} of {len(times)} frames (are|will be) read{rest}")


def begin(bench, *paths):
    """A project of its own with these files, and the card of its first clip."""
    bench.choose("New project")
    bench.named("New project")
    bench.bring(paths)
    expect(bench.notice).to_contain_text("here.")
    bench.room("Frames")  # the page has gone on to Mark
    card = bench.page.locator(".clip").first
    card.wait_for()
    return card


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def readings(bench, frames):
    bench.read_all(frames)
    return rows_of(bench.csv())


def by_command_line(bench, clip, folder):
    """The rows that `readout read` gives of a clip with the project that the page saves."""
    project = shutil.copy(bench.download("Project")[0], folder / "page.readout.zip")
    out = folder / "out.csv"
    assert main(["read", str(clip), "--project", str(project), "--out", str(out), "--processes", "1"]) == 0
    return rows_of(out.read_text(encoding="utf-8"))


def check_equal(rows, others):
    """Rows of two CSV files, equal but for the last digits of confidences, and for a flag that turns on these: of one
    number among 500 rows, in as many frames as show it."""
    sure = [[float(row.pop("confidence")) for row in some] for some in (rows, others)]
    different = [(one, other) for one, other in zip(rows, others, strict=True) if one != other]
    numbers = {(one["readout"], one["text"]) for one, _ in different}
    assert len(numbers) <= len(rows) // 500, different[:5]
    for one, other in different:
        assert {**one, "flags": "", "confirmed": ""} == {**other, "flags": "", "confirmed": ""}
    assert np.abs(np.subtract(*sure)).max() <= SURE


def test_the_bundled_clip_is_read_by_one_click_as_by_the_command_line(bench, tmp_path):
    truth = rows_of((ROOT / "data" / "clip.csv").read_text(encoding="utf-8"))
    bench.room("Demo")
    bench.page.get_by_role("button", name="Try it on a video").click()
    bench.named("Demo video")
    bench.page.locator(".clip").wait_for()
    rows = readings(bench, len(truth))
    tops = [row for row in rows if row["readout"] == "top"]
    assert [(row["time_s"], row["text"]) for row in tops] == [(row["time_s"], row["reading"]) for row in truth]
    check_equal(rows, by_command_line(bench, CLIP, tmp_path))


@pytest.mark.parametrize("name", ["h264-b", "turned-270", "phone"])
def test_the_command_line_reads_the_same(bench, tmp_path, name):
    case = CASES[name]
    begin(bench, case.path(), write_layout(tmp_path, case.layout))
    check_equal(readings(bench, len(case.times)), by_command_line(bench, case.path(), tmp_path))


def test_a_window_of_a_clip_is_read_as_by_the_command_line(bench, tmp_path):
    case = CASES["h264-b"]
    left, top = case.layout["readouts"][0]["boxes"][0][:2]
    window = [left - 10, top - 8, 134, 50]
    readouts = [{"name": "display", "window": window}]
    layout = write_layout(tmp_path, {"version": 2, "frame_size": list(case.upright), "readouts": readouts})
    begin(bench, case.path(), layout)
    rows = readings(bench, len(case.times))
    out = tmp_path / "plain.csv"
    assert main(["read", str(case.path()), "--layout", str(layout), "--out", str(out), "--processes", "1"]) == 0
    plain = rows_of(out.read_text(encoding="utf-8"))
    check_equal([{name: row[name] for name in plain[0]} for row in rows], plain)
    assert sum(row["text"] == truth for row, truth in zip(rows, case.readings, strict=True)) > len(rows) / 2


@pytest.mark.parametrize("name", ["vp8-hidden", "uneven", "turned-90"])
def test_a_dropped_clip_is_read_frame_by_frame(bench, tmp_path, name):
    case = CASES[name]
    card = begin(bench, case.path(), write_layout(tmp_path, case.layout))
    times = case.times
    expect(card).to_contain_text(f"All {len(times)} frames")
    rows = readings(bench, len(times))
    assert [row["frame"] for row in rows] == [frame_name(case.file, time) for time in times]
    assert [row["time_s"] for row in rows] == [f"{time:.6f}" for time in times]
    assert [row["text"] for row in rows] == case.readings
    bench.room("Read")
    expect(bench.page.get_by_role("slider", name="Values over time")).to_be_visible()


def test_the_scrubber_shows_the_frame_it_says(bench, tmp_path):
    case = CASES["uneven"]
    card = begin(bench, case.path())
    with av.open(str(case.path())) as file:
        truth = [frame.to_ndarray(format="rgb24").astype(int) for frame in file.decode(video=0)]
    scrubber = card.get_by_role("slider", name=f"Frame of {case.file}")
    steps = [
        lambda: scrubber.fill("17"),
        lambda: scrubber.press("."),
        lambda: scrubber.press("ArrowRight"),
        lambda: scrubber.press(","),
        lambda: card.get_by_role("button", name="One frame back").click(),
        lambda: scrubber.press("<"),
    ]
    for step, at in zip(steps, [17, 18, 19, 18, 17, 7], strict=True):
        step()
        card.locator(f'canvas[data-time="{case.times[at]:.6f}"]').wait_for()
        seen = card.locator("canvas").evaluate(JS.pixels)
        picture = np.array(seen).reshape(*truth[0].shape[:2], 4)[:, :, :3]
        differences = [np.abs(picture - each).mean() for each in truth]
        assert differences[at] < 4
        assert min(differences) > differences[at] - 0.5
        assert case.readings[int(np.argmin(differences))] == case.readings[at]


def alone(row):
    """A row without what depends on the frames beside it."""
    return {name: cell for name, cell in row.items() if name not in ("confidence", "flags", "confirmed")}


def test_from_where_to_where_and_every_how_many(bench, tmp_path):
    case = CASES["vp8"]
    card = begin(bench, case.path(), write_layout(tmp_path, case.layout))
    whole = {row["frame"]: row for row in readings(bench, len(case.times))}
    undo = bench.page.locator(".history button").first.get_attribute("aria-label")
    bench.room("Frames")

    def check(every, start, end):
        kept = choose(case.times, every, start, end)
        expect(card).to_contain_text(chosen(kept, case.times))
        rows = readings(bench, len(kept))
        assert [row["frame"] for row in rows] == [frame_name(case.file, case.times[k]) for k in kept]
        assert [alone(row) for row in rows] == [alone(whole[row["frame"]]) for row in rows]
        bench.room("Frames")

    scrubber = card.get_by_role("slider", name=f"Frame of {case.file}")
    scrubber.fill("5")
    card.get_by_role("button", name="Start here").click()
    check(None, case.times[5], None)
    scrubber.fill("28")
    card.get_by_role("button", name="End here").click()
    check(None, case.times[5], case.times[28])
    card.get_by_label("One frame every").fill("3")
    card.get_by_label("One frame every").press("Enter")
    check({"frames": 3}, case.times[5], case.times[28])
    card.get_by_label("of", exact=True).select_option("seconds")
    card.get_by_label("One frame every").fill("0.25")
    card.get_by_label("One frame every").press("Enter")
    check({"seconds": 0.25}, case.times[5], case.times[28])
    card.get_by_role("button", name="All of it").click()
    check({"seconds": 0.25}, None, None)
    card.get_by_label("One frame every").fill("0")
    card.get_by_label("One frame every").press("Enter")
    expect(card.get_by_role("alert")).to_be_visible()
    assert bench.page.locator(".history button").first.get_attribute("aria-label") == undo
    bench.page.get_by_role("button", name=f"Remove {case.file}", exact=True).click()
    expect(bench.page.locator(".clip")).to_have_count(0)
    bench.notice.get_by_role("button", name="Put it back").click()
    expect(bench.page.locator(".clip")).to_have_count(1)


def test_a_bad_file_stops_no_good_one(bench, tmp_path):
    first, other = CASES["vp8"], CASES["odd"]
    begin(bench, BAD["text"].path(), first.path())
    bench.bring([other.path()])
    listed = bench.page.locator(".problems li")
    expect(listed).to_have_count(2)
    expect(listed.filter(has_text=BAD["text"].path().name)).to_contain_text("not a video")
    expect(listed.filter(has_text=other.file)).to_contain_text("it is 321 × 241, the frames here are 320 × 240")
    expect(bench.page.locator(".clip")).to_have_count(1)
    shutil.copy(first.path(), tmp_path / "again.webm")
    bench.bring([CASES["sound-webm"].path(), tmp_path / "again.webm"])
    expect(bench.page.locator(".clip")).to_have_count(2)
    expect(listed.filter(has_text="again.webm")).to_contain_text("it is here already")
    frames = len(first.times) + len(CASES["sound-webm"].times)
    expect(bench.page.locator(".frames-line")).to_contain_text(f"{frames} frames")


def test_reading_goes_on_where_it_was_stopped(bench, film):
    path, layout, texts = film
    begin(bench, path, layout)
    bench.room("Export")
    page = bench.page
    page.locator(".work").filter(has_text="times as fast as it plays").wait_for()
    page.locator(".work").get_by_role("button", name="Cancel").click()
    bench.notice.get_by_text("What was read is kept").wait_for()
    done = page.locator(".export-view p").first
    counted = int(done.inner_text().split(" of ")[0].replace(",", ""))
    assert 0 < counted < FRAMES
    page.reload()
    bench.room("Export")
    expect(done).to_contain_text(f"{FRAMES:,} of {FRAMES:,} frames are read")
    rows = rows_of(bench.csv())
    assert len(rows) == FRAMES
    right = sum(row["text"] == text for row, text in zip(rows, texts, strict=True))
    assert right >= 0.995 * FRAMES


def test_without_its_file_all_that_was_read_is_there(bench, tmp_path):
    case = CASES["vp9"]
    card = begin(bench, case.path(), write_layout(tmp_path, case.layout))
    bench.read_all(len(case.times))
    bench.room("Label")
    bench.page.get_by_label("It shows").fill(case.readings[0])
    bench.page.get_by_label("It shows").press("Enter")
    expect(bench.page.locator(".news")).to_contain_text("Learned")
    before = readings(bench, len(case.times))
    assert before[0]["typed"] == case.readings[0]
    bench.settled()
    bench.page.evaluate(JS.forgetClips)
    bench.room("Frames")
    bench.page.reload()
    expect(card).to_contain_text(f"Drop {case.file} again to go on")
    assert readings(bench, len(case.times)) == before
    bench.room("Frames")
    card.locator("input[type=file]").set_input_files(case.path())
    card.get_by_role("slider", name=f"Frame of {case.file}").wait_for()
    assert readings(bench, len(case.times)) == before


def test_in_mark_the_frame_is_shown_after_a_reload_and_once_its_clip_is_brought_again(bench):
    case, page = CASES["vp9"], bench.page
    begin(bench, case.path())
    bench.room("Mark")
    page.get_by_role("slider", name="Frame shown").fill("3")
    expect(page.locator(".frame-name")).to_contain_text(f"4 of {len(case.times)}")
    bench.settled()
    is_painted = f"() => ({JS.countColours})(document.querySelector('.stage canvas')) > 1"
    page.reload()
    page.locator(".stage canvas").wait_for()
    page.wait_for_function(is_painted)
    assert page.locator(".stage-note").count() == 0
    page.evaluate(JS.forgetClips)
    page.reload()
    expect(page.locator(".stage-note")).to_contain_text(f"cannot be shown: {case.file} is not here: drop it again.")
    bench.bring([case.path()])
    expect(page.locator(".clip canvas")).to_be_visible()
    bench.room("Mark")
    page.locator(".stage canvas").wait_for()
    page.wait_for_function(is_painted)
    assert page.locator(".stage-note").count() == 0


def test_a_saved_project_has_what_was_read_of_a_clip(bench, tmp_path):
    case = CASES["vp9"]
    begin(bench, case.path(), write_layout(tmp_path, case.layout))
    before = readings(bench, len(case.times))
    path, _ = bench.download("Project")
    saved = shutil.copy(path, tmp_path / "copy.readout.zip")
    bench.open_file(saved)
    bench.read_all(len(case.times))
    bench.room("Frames")
    card = bench.page.locator(".clip")
    expect(card).to_contain_text(f"Drop {case.file} again to go on")
    assert readings(bench, len(case.times)) == before
    bench.room("Frames")
    bench.bring([case.path()])
    card.get_by_role("slider", name=f"Frame of {case.file}").wait_for()
    expect(card).to_contain_text(f"All {len(case.times)} frames")
    assert readings(bench, len(case.times)) == before


@pytest.mark.parametrize("is_known", [True, False], ids=["by its bytes", "by its name"])
def test_a_project_of_when_clips_had_no_folders_finds_its_clip_in_one(bench, tmp_path, is_known):
    case, saved, folder = CASES["vp9"], tmp_path / "old.readout.zip", tmp_path / "day"
    begin(bench, case.path(), write_layout(tmp_path, case.layout))
    before = readings(bench, len(case.times))
    project = Project.load(bench.download("Project")[0])
    project.name, project.clips = f"old {is_known}", project.clips if is_known else ""
    saved.write_bytes(project.to_bytes())
    bench.open_file(saved)
    bench.named(project.name)
    for name in ("mon", "tue"):
        (folder / name).mkdir(parents=True)
    shutil.copy(case.path(), folder / "mon")
    (folder / "tue" / "notes.txt").write_text("mine")
    bench.bring(folder, folder=True)
    bench.page.get_by_role("slider", name=f"Frame of {case.file}", exact=True).wait_for()
    assert readings(bench, len(case.times)) == before


def test_clips_in_folders_have_the_names_of_the_command_line(bench, tmp_path):
    case, folder = CASES["vp9"], tmp_path / "day"
    for name in ("mon", "tue"):
        (folder / name).mkdir(parents=True)
        (folder / name / "clip.webm").write_bytes(case.path().read_bytes() + name.encode())
    write_layout(folder, case.layout)
    bench.choose("New project")
    bench.named("New project")
    bench.bring(folder, folder=True)
    expect(bench.notice).to_contain_text("frames are here")
    rows = readings(bench, 2 * len(case.times))
    others = by_command_line(bench, folder, tmp_path)
    assert [(row["frame"], row["text"]) for row in rows] == [(row["frame"], row["text"]) for row in others]
    assert {row["frame"].partition("#")[0] for row in rows} == {"mon/clip.webm", "tue/clip.webm"}


def test_a_saved_project_knows_how_its_clip_was_chosen(bench, tmp_path):
    case = CASES["vp9"]
    times = case.times
    card = begin(bench, case.path(), write_layout(tmp_path, case.layout))
    scrubber = card.get_by_role("slider", name=f"Frame of {case.file}")
    scrubber.fill("5")
    card.get_by_role("button", name="Start here").click()
    scrubber.fill("28")
    card.get_by_role("button", name="End here").click()
    card.get_by_label("One frame every").fill("3")
    card.get_by_label("One frame every").press("Enter")
    kept = choose(times, {"frames": 3}, times[5], times[28]).tolist()
    expect(card).to_contain_text(chosen(kept, times))
    out = kept.pop(2)
    bench.page.get_by_role("button", name=f"Remove {frame_name(case.file, times[out])}", exact=True).click()
    expect(card).to_contain_text(chosen(kept, times, left_out=1))
    before = readings(bench, len(kept))
    assert [row["frame"] for row in before] == [frame_name(case.file, times[k]) for k in kept]
    saved = shutil.copy(bench.download("Project")[0], tmp_path / "chosen.readout.zip")
    [facts] = json.loads(Project.load(saved).clips)
    stated = {
        "name": case.file,
        "size": case.path().stat().st_size,
        "every": {"frames": 3},
        "start": times[5],
        "end": times[28],
    }
    assert {key: facts[key] for key in stated} == stated
    assert (facts["total"], facts["without"]) == (len(times), [times[out]])
    bench.open_file(saved)
    bench.read_all(len(kept))
    bench.room("Frames")
    expect(card).to_contain_text(f"Drop {case.file} again to go on")
    expect(card).to_contain_text(chosen(kept, times, left_out=1))
    assert readings(bench, len(kept)) == before
    again = shutil.copy(bench.download("Project")[0], tmp_path / "again.readout.zip")
    assert Project.load(again).clips == Project.load(saved).clips
    bench.room("Frames")
    bench.bring([shutil.copy(case.path(), tmp_path / "another name.webm")])
    scrubber.wait_for()
    expect(card).to_contain_text(chosen(kept, times, left_out=1))
    expect(card.get_by_label("One frame every")).to_have_value("3")
    expect(card.locator(".points")).to_contain_text(f"{times[5]:.3f}")
    assert readings(bench, len(kept)) == before
    bench.room("Frames")
    card.get_by_role("button", name="All of it").click()
    expect(card).to_contain_text(chosen(choose(times, {"frames": 3}, None, None), times))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "7",
        "[null]",
        '[{"name": "vp9.webm", "size": "x", "every": {"frames": -1}, "without": [true], "total": 1e99}]',
    ],
)
def test_a_project_whose_word_on_clips_makes_no_sense_opens(bench, tmp_path, text):
    case, saved = CASES["vp9"], tmp_path / "odd.readout.zip"
    begin(bench, case.path(), write_layout(tmp_path, case.layout))
    before = readings(bench, len(case.times))
    project = Project.load(bench.download("Project")[0])
    project.name, project.clips = f"odd {len(text)}", text
    saved.write_bytes(project.to_bytes())
    bench.open_file(saved)
    bench.named(project.name)
    assert readings(bench, len(case.times)) == before
    bench.room("Frames")
    bench.bring([case.path()])
    bench.page.get_by_role("slider", name=f"Frame of {case.file}").wait_for()
    assert readings(bench, len(case.times)) == before


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="this system does not tell what processes hold")
def test_an_hour_is_read_in_flat_memory(browser, site, tmp_path):
    case, before = LONG["hour"], resident()
    context = open_profile(browser.browser_type, tmp_path / "profile")
    page = context.pages[0]
    page.goto(f"{site}#bench/frames")
    bench, held, reading = Bench(page), [], page.get_by_role("progressbar", name="Reading")
    bench.bring([write_layout(tmp_path, case.layout), case.path()])
    begun = f"() => document.querySelector('[aria-label=Reading]')?.value >= {len(case.times) // 10}"
    page.wait_for_function(begun)
    while reading.count():
        held.append(resident() - before)
        page.wait_for_timeout(200)
    rows = readings(bench, len(case.times))
    context.close()
    assert [(row["time_s"], row["text"]) for row in rows] == [
        (f"{time:.6f}", text) for time, text in zip(case.times, case.readings, strict=True)
    ]
    assert len(held) > 5 and max(held) < 1.35 * held[0], held


def test_a_hidden_tab_reads_on(site, film, tmp_path):
    path, layout, _ = film
    tabs = Tabs(os.environ.get("READOUT_CHROMIUM") or "chromium", str(tmp_path / "profile"))
    try:
        tab = tabs.open(site + "#bench/frames")
        wait(lambda: tabs.run(tab, "Boolean(document.querySelector('.bench-frames input[multiple]'))"))
        files = [[each.name, base64.b64encode(each.read_bytes()).decode()] for each in (path, layout)]
        tabs.run(tab, f"({JS.bringFiles})({json.dumps(files)})")
        wait(lambda: tabs.run(tab, "document.body.innerText.includes('times as fast as it plays')"))
        tabs.open("about:blank")
        wait(lambda: tabs.run(tab, "document.visibilityState") == "hidden")
        count, chunks = f"({JS.countChunks})()", math.ceil(FRAMES / FRAMES_PER_CHUNK)
        assert tabs.run(tab, count) < chunks
        wait(lambda: tabs.run(tab, count) == chunks)
        assert tabs.run(tab, "document.visibilityState") == "hidden"
    finally:
        tabs.close()


def wait(is_so):
    """Until it is so."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not is_so():
        assert time.monotonic() < end, "it has not come to be"
        time.sleep(0.1)
