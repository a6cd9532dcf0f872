"""Clips in a real browser: every frame's time and pixels against PyAV's, bit for bit, and each bad file's own words."""

import base64
import itertools
import math

import numpy as np
import pytest

from readout.video.sampling import FRAMES_PER_CHUNK
from tests.clips import BAD, CASES
from tests.page.modules import HOLDER, served
from tests.page.recorded import cut, decoded, encode, seen
from tests.page.scripts import Scripts

JS = Scripts("video.js")

READABLE = [name for name, case in CASES.items() if case.browser]
REGIONS = [
    {"readout": "a", "x": 91, "y": 93, "width": 63, "height": 41},
    {"readout": "b", "x": 0, "y": 0, "width": 31, "height": 21},
]


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """One page for all clips."""
    with served(tmp_path_factory.mktemp("site"), ["media/video_source.js", HOLDER], ["workers/video.js"]) as url:
        page = browser.new_page()
        page.goto(url)
        yield page
        page.close()


def run(page, path, script, given=None):
    page.set_input_files("input", path)
    return page.evaluate(script, given)


@pytest.mark.parametrize("name", READABLE)
def test_times_and_planes_are_those_of_the_command_line(page, name):
    case = CASES[name]
    got = run(page, case.path(), JS.readRegions, {"regions": REGIONS})
    assert (got["width"], got["height"], got["rotation"]) == (*case.upright, case.rotation)
    assert got["audio"] == bool(case.audio) and not got["problems"]
    assert got["times"] == case.times
    truth = decoded(case.path())
    assert [time for time, _ in truth] == case.times
    assert [len(chunk["times"]) for chunk in got["chunks"]] == [len(part) for part in parts(case.times)]
    asked = got["chunks"][0]["regions"]
    for before, after in zip(REGIONS, asked, strict=True):
        assert after["x"] <= before["x"] < after["x"] + 2 and after["y"] <= before["y"] < after["y"] + 2
        assert after["width"] <= before["width"] + 2 and after["height"] <= before["height"] + 2
    expected = [(time, [cut(each, region, case.rotation, case.size) for region in asked]) for time, each in truth]
    assert seen(got["chunks"]) == expected
    assert all(not chunk["problems"] for chunk in got["chunks"])


def parts(times, size=FRAMES_PER_CHUNK):
    return [times[start : start + size] for start in range(0, len(times), size)]


@pytest.mark.parametrize(("name", "every"), [("h264", 7), ("h264-b", 5), ("vp9", 20), ("h264-mkv", 31), ("av1", 2)])
def test_frames_between_those_chosen_are_passed_over(page, name, every):
    case = CASES[name]
    got = run(page, case.path(), JS.readRegions, {"regions": REGIONS, "every": every})
    truth = decoded(case.path())[::every]
    asked = got["chunks"][0]["regions"]
    expected = [(time, [cut(each, region, 0, case.size) for region in asked]) for time, each in truth]
    assert seen(got["chunks"]) == expected


def test_equal_neighbours_are_sent_once(page):
    case = CASES["h264"]
    region = {"readout": "corner", "x": 0, "y": 0, "width": 16, "height": 16}
    got = run(page, case.path(), JS.readRegions, {"regions": [region]})
    for chunk in got["chunks"]:
        index = np.array(chunk["index"])
        data = base64.b64decode(chunk["regions"][0]["data"])
        assert len(data) == (index[-1] + 1) * 384 and (np.diff(index) >= 0).all() and (np.diff(index) <= 1).all()
        pictures = [data[k * 384 : (k + 1) * 384] for k in range(index[-1] + 1)]
        assert all(a != b for a, b in itertools.pairwise(pictures))
    assert sum(chunk["index"][-1] + 1 for chunk in got["chunks"]) < 20
    expected = [cut(each, region, 0, case.size) for _, each in decoded(case.path())]
    assert [pictures[0] for _, pictures in seen(got["chunks"])] == expected


@pytest.mark.parametrize("name", ["h264-b", "vp9", "turned-90", "turned-270", "odd-turned", "vp8-hidden", "uneven"])
def test_a_single_picture_is_exactly_that_frame_upright(page, name):
    case, truth = CASES[name], decoded(CASES[name].path())
    order = [9, 10, 11, 2, 20, 19, 18, 0, 21]
    got = run(page, case.path(), JS.showPictures, order)
    assert got["size"] == list(case.upright) and got["small"] == ["image/jpeg", *shrunk(case.upright)]
    for at, pixels, region in zip(order, got["found"], got["regions"], strict=True):
        data = base64.b64decode(region["data"])
        assert data == b"".join(plane.tobytes() for plane in truth[at][1])
        rgba = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(*case.upright[::-1], 4)
        luma = np.rot90(truth[at][1][0], -case.rotation // 90).astype(float)
        gray = rgba[..., :3] @ [0.299, 0.587, 0.114] * 219 / 255 + 16
        assert np.abs(gray - luma).mean() < 3


def shrunk(size):
    scale = 160 / max(size)
    return [max(1, math.floor(side * scale + 0.5)) for side in size]


def test_a_later_picture_ends_an_earlier_one_and_a_signal_any(page):
    got = run(
        page,
        CASES["h264-b"].path(),
        JS.interruptPictures,
    )
    assert got == [["AbortError", "ImageBitmap", "AbortError"], ["ClipError", "no-frame"], "AbortError"]


def test_reading_stops_at_once(page):
    got = run(
        page,
        CASES["phone"].path(),
        JS.interruptReading,
    )
    assert got == {
        "chunks": [FRAMES_PER_CHUNK],
        "error": "AbortError",
        "first": FRAMES_PER_CHUNK,
        "frames": 192,
        "measured": True,
    }


@pytest.mark.parametrize(("width", "height", "most"), [(64, 48, 10), (256, 128, 2)])
def test_few_chunks_are_decoded_ahead_fewer_of_large_regions_and_few_frames_are_open(
    browser, page, tmp_path, width, height, most
):
    path = tmp_path / "long.webm"
    encode(path, "libvpx", [(1664, (256, 128))])
    own = browser.new_page()
    own.route("**/workers/video.js*", lambda route: route.fulfill(
        body=f"({JS.watchDecoder})();" + route.fetch().text(), content_type="text/javascript"))  # fmt: skip
    own.goto(page.url)
    got = run(
        own,
        path,
        JS.readSlowly,
        {"width": width, "height": height},
    )
    own.close()
    assert got["taken"] == 1664
    more = 2  # that the page has asked for beside the one it takes, and that is being made
    assert (most - 1) * FRAMES_PER_CHUNK <= max(got["ahead"]) <= (most + more) * FRAMES_PER_CHUNK
    assert got["most"] <= 64


def test_where_the_picture_gets_another_size_it_is_said_and_the_rest_is_read(page, tmp_path):
    path = tmp_path / "two-sizes.webm"
    encode(path, "libvpx", [(20, (96, 64)), (15, (64, 96)), (10, (96, 64))])
    got = run(page, path, JS.readRegions, {"regions": [{"readout": "a", "x": 0, "y": 0, "width": 64, "height": 64}]})
    (chunk,) = got["chunks"]
    assert chunk["times"] == [*got["times"][:20], *got["times"][35:]]
    (problem,) = chunk["problems"]
    assert problem.startswith("15 frames from 0.800 to 1.360 s could not be read: the picture is 64 x 96 there and")


def test_a_worker_that_dies_is_replaced_and_the_chunk_read_again(page, browser):
    """The first worker ends itself when it is asked for its second chunk."""
    case = CASES["phone"]
    own = browser.new_page()
    deaths = []

    def mortal(route):
        body = route.fetch().text()
        if not deaths:
            deaths.append(1)
            body += f"({JS.endAtSecondChunk})();"
        route.fulfill(body=body, content_type="text/javascript")

    own.route("**/workers/video.js*", mortal)
    own.goto(page.url)
    got = [run(each, case.path(), JS.readRegions, {"regions": REGIONS}) for each in (own, page)]
    own.close()
    assert deaths and got[0] == got[1]


@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_has_its_own_words(page, name):
    bad = BAD[name]
    got = run(page, bad.path(), JS.readAll)
    if not bad.frames:
        assert got["name"] == "ClipError" and bad.words in got["message"] and bad.file in got["message"]
        return
    assert bad.words in " ".join(got["problems"])
    assert len(got["frames"]) >= bad.frames
    assert set(got["frames"]) <= set(CASES[bad.of].times)
    lost = got["listed"] - len(got["frames"])
    assert (lost > 0) == name.startswith("damaged")


def test_a_file_that_was_changed_since_it_was_dropped_is_said_to_be_gone(page, tmp_path):
    path = tmp_path / "moved.webm"
    path.write_bytes(CASES["vp9"].path().read_bytes())
    page.set_input_files("input", path)
    path.write_bytes(b"something else")
    got = page.evaluate(JS.readAll)
    assert (got["name"], got["kind"]) == ("ClipError", "gone") and "moved.webm" in got["message"]


def test_a_codec_that_the_browser_lacks_is_named_with_what_helps(page):
    got = run(page, CASES["hevc"].path(), JS.readAll)
    help = "ffmpeg -i hevc.mp4 -c:v libx264 -crf 18 -pix_fmt yuv420p hevc-h264.mp4"
    assert got == {
        "name": "ClipError",
        "kind": "codec",
        "help": help,
        "message": f"this browser cannot decode HEVC (H.265), which hevc.mp4 is made with: convert it with {help}",
    }


@pytest.mark.parametrize(("secure", "words"), [(True, "no WebCodecs"), (False, "https")])
def test_a_browser_without_webcodecs_says_that_pictures_keep_working(page, secure, words):
    got = run(
        page,
        CASES["one"].path(),
        JS.openWithoutDecoder,
        secure,
    )
    assert got[:2] == ["ClipError", "no-webcodecs"] and words in got[2] and got[2].endswith("Pictures work as always")
