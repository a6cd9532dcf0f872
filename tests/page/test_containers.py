"""Each kind of container in a real browser: the frames, times and planes that the command line has."""

import numpy as np
import pytest

from readout.layout.region import Region
from readout.video.decoder import VideoReader
from readout.video.words import CLOCK_ANEW, NO_PICTURES
from tests.containers import (
    COUNT,
    FPS,
    SIZE,
    SOURCES,
    encode,
    encode_in_two_sizes,
    encode_two_tracks,
    joined,
    number_of,
    with_dropped_frames,
    with_sound,
)
from tests.page.recorded import seen
from tests.page.scripts import Scripts
from tests.page.test_video import page

__all__ = ["page"]
JS = Scripts("video.js")
READABLE = [name for name, source in SOURCES.items() if source.browser]


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("every", [1, 5])
def test_frames_times_and_planes_are_those_of_the_command_line(page, name, every):
    source = SOURCES[name]
    width, height = SIZE[:: -1 if source.rotation % 180 else 1]
    page.set_input_files("input", source.path())
    whole = {"readout": "r", "x": 0, "y": 0, "width": width, "height": height}
    got = page.evaluate(JS.readRegions, {"regions": [whole], "every": every})
    clip = VideoReader(source.path())
    assert (got["width"], got["height"], got["rotation"]) == (clip.width, clip.height, clip.rotation)
    assert got["times"] == pytest.approx(clip.times.tolist(), abs=1.01e-6)
    assert got["problems"] == [problem for chunk in got["chunks"] for problem in chunk["problems"]] == []
    parts = list(clip.read(clip.times[::every].tolist(), [Region("r", 0, 0, width, height)]))
    expected = [part.planes[0].data[k].tobytes() for part in parts for k in part.index]
    assert [data for _, (data,) in seen(got["chunks"])] == expected


def without_tables(data):
    """Motion JPEG as cameras write it: without the Huffman tables, which are those of the standard."""
    while (at := data.find(b"\xff\xc4")) >= 0:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        filler = b"\xff\xfe" + data[at + 2 : at + 4] + bytes(length - 2)  # a comment of the same length
        data = data[:at] + filler + data[at + 2 + length :]
    return data


@pytest.mark.parametrize(
    ("ending", "pixels"),
    [("avi", "yuvj420p"), ("avi", "yuvj422p"), ("mov", "yuvj420p"), ("mkv", "yuvj420p"), ("mjpeg", "yuvj420p")],
)
@pytest.mark.parametrize("every", [1, 5])
def test_motion_jpeg_is_read_as_on_the_command_line(page, tmp_path, ending, pixels, every):
    path = tmp_path / f"microscope.{ending}"
    encode(path, "mjpeg", pix_fmt=pixels)
    if every == 1 and ending == "avi":
        path.write_bytes(without_tables(path.read_bytes()))
    page.set_input_files("input", path)
    whole = {"readout": "r", "x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]}
    got = page.evaluate(JS.readRegions, {"regions": [whole], "every": every})
    clip = VideoReader(path)
    assert got["times"] == pytest.approx(clip.times.tolist(), abs=1.01e-6) and len(got["times"]) == COUNT
    assert [problem for chunk in got["chunks"] for problem in chunk["problems"]] == []
    pictures = [np.frombuffer(data, np.uint8).reshape(*SIZE[::-1], -1)[..., :3] for _, (data,) in seen(got["chunks"])]
    parts = list(clip.read(clip.times[::every].tolist(), [Region("r", 0, 0, *SIZE)]))
    expected = [part.planes[0].rgb([k])[0] for part in parts for k in part.index]
    assert len(pictures) == len(expected) == len(range(0, COUNT, every))
    for one, other in zip(pictures, expected, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 1.5


def told(page, path):
    """What the page says of a clip's problems, and how many frames it has."""
    page.set_input_files("input", path)
    got = page.evaluate(JS.readRegions, {"regions": [], "every": 1})
    return got["problems"], len(got["times"])


def test_an_avi_that_is_cut_off_says_so(page, tmp_path):
    data = SOURCES["avi of libx264"].path().read_bytes()
    (tmp_path / "cut.avi").write_bytes(data[: (data.index(b"movi") + data.rindex(b"idx1")) // 2])
    problems, frames = told(page, tmp_path / "cut.avi")
    assert 0 < frames < COUNT and any("cut off" in problem for problem in problems)


def test_fragments_behind_a_first_part_are_said_to_be_left(page):
    """The media library reads the part in the index alone."""
    for b_frames in (0, 2):
        problems, frames = told(page, SOURCES[f"fragments behind a first part, {b_frames} B-frames"].path())
        assert 0 < frames < COUNT and ["goes on in fragments" in problem for problem in problems] == [True]
    assert told(page, SOURCES["fragments"].path()) == ([], COUNT)


def test_an_flv_that_is_cut_off_says_so(page, tmp_path):
    data = SOURCES["flv of libx264, B-frames"].path().read_bytes()
    (tmp_path / "cut.flv").write_bytes(data[: len(data) // 2])
    problems, frames = told(page, tmp_path / "cut.flv")
    assert 0 < frames < COUNT and any("cut off" in problem for problem in problems)


def test_an_flv_that_is_damaged_is_read_on_from_the_next_key_frame(page, tmp_path):
    data = bytearray(SOURCES["flv of libx264, B-frames"].path().read_bytes())
    at, pictures = 13, 0
    while pictures < 7:  # among them what decoders must know, before the first one
        at += 11 + int.from_bytes(data[at + 1 : at + 4], "big") + 4
        pictures += data[at] == 9
    data[at + 1 : at + 4] = (12345).to_bytes(3, "big")
    (tmp_path / "damaged.flv").write_bytes(data)
    problems, frames = told(page, tmp_path / "damaged.flv")
    assert frames == COUNT - 6 and "damaged after 0.500 s, pictures before 1.375 s are left out" in problems[0]


def test_motion_jpeg_without_a_container_says_what_it_lacks(page, tmp_path):
    encode(tmp_path / "whole.mjpeg", "mjpeg", pix_fmt="yuvj420p")
    (tmp_path / "cut.mjpeg").write_bytes((tmp_path / "whole.mjpeg").read_bytes()[:-200])
    problems, frames = told(page, tmp_path / "cut.mjpeg")
    clip = VideoReader(tmp_path / "cut.mjpeg")
    assert frames == len(clip.times) == COUNT - 1
    assert "cut off" in problems[0] and "damaged" in clip.problems[0]
    assert [problem for problem in clip.remarks if problem.endswith(problems[1])]


FOREIGN = {
    "H.264": SOURCES["a raw stream"].path,
    "HEVC": b"\0\0\0\1\x40\x01\x0c\x01",
    "DV": b"\x1f\x07\0\x3f" + bytes(99),
    "NUT": b"nut/multimedia container\0",
    "YUV4MPEG2": b"YUV4MPEG2 W64 H48\n",
    "MPEG programme": SOURCES["mpg of mpeg2video, B-frames"].path,
    "Windows Media": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
}


def test_files_of_a_foreign_kind_are_named_with_the_command_that_helps(page, tmp_path):
    for kind, data in FOREIGN.items():
        (tmp_path / "clip.bin").write_bytes(data if isinstance(data, bytes) else data().read_bytes())
        page.set_input_files("input", tmp_path / "clip.bin")
        with pytest.raises(Exception, match=rf"{kind}.*: convert it with ffmpeg -i clip\.bin"):
            page.evaluate(JS.readRegions, {"regions": [], "every": 1})


def test_an_flv_that_no_browser_decodes_names_its_codec(page, tmp_path):
    encode(tmp_path / "old.flv", "flv1")
    page.set_input_files("input", tmp_path / "old.flv")
    with pytest.raises(Exception, match=r"cannot decode H\.263, which old\.flv is made with: convert it with ffmpeg"):
        page.evaluate(JS.readRegions, {"regions": [], "every": 1})


def test_a_joined_stream_with_b_frames_loses_no_picture(page, tmp_path):
    data = SOURCES["ts of libx264, B-frames"].path().read_bytes()
    (tmp_path / "joined.ts").write_bytes(data + data)
    assert told(page, tmp_path / "joined.ts") == ([], 2 * COUNT)


@pytest.mark.parametrize("name", [name for name in READABLE if "two parts" in name or "twice" in name])
def test_a_viewer_steps_over_the_end_of_an_edit(page, name):
    source = SOURCES[name]
    page.set_input_files("input", source.path())
    shown = page.evaluate(JS.showPictures, list(range(len(source.times))))
    assert len(shown["found"]) == len(set(shown["found"])) * len(source.numbers) // len(set(source.numbers))


@pytest.mark.parametrize("second", [(48, 32), (64, 96)])
def test_a_clip_that_changes_its_size_is_read_as_on_the_command_line(page, tmp_path, second):
    encode_in_two_sizes(tmp_path / "call.webm", second)
    whole = {"readout": "r", "x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]}
    page.set_input_files("input", tmp_path / "call.webm")
    got = page.evaluate(JS.readRegions, {"regions": [whole], "every": 1})
    clip = VideoReader(tmp_path / "call.webm")
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    told = [*part.problems, *part.remarks]
    assert [problem for chunk in got["chunks"] for problem in chunk["problems"]] == told
    pictures = [np.frombuffer(data, np.uint8) for _, (data,) in seen(got["chunks"])]
    expected = [np.frombuffer(part.planes[0].data[k], np.uint8) for k in part.index]
    assert len(pictures) == len(expected)
    for one, other in zip(pictures, expected, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 1


def _cut(path, track):
    with_sound(path, "libx264")
    path.write_bytes(path.read_bytes() + b"\x47" + track.to_bytes(2, "big") + b"\x10" + bytes(60))


ODD = {
    "two tracks": ("mp4", lambda path: encode_two_tracks(path, "libx264", COUNT)),
    "a track of one picture first, mkv": (
        "mkv",
        lambda path: encode_two_tracks(path, "libx264", COUNT, first=("libx264", 1)),
    ),
    "a track of one picture first, ts": (
        "ts",
        lambda path: encode_two_tracks(path, "libx264", COUNT, first=("libx264", 1)),
    ),
    "a track of one picture first, webm": (
        "webm",
        lambda path: encode_two_tracks(path, "libvpx", COUNT, first=("libvpx", 1)),
    ),
    "an empty track first": ("mkv", lambda path: encode_two_tracks(path, "libx264", COUNT, first=("libx264", 0))),
    "an empty track second": ("mkv", lambda path: encode_two_tracks(path, "libx264", 0)),
    "an empty track and one picture": ("mkv", lambda path: encode_two_tracks(path, "libx264", 1, first=("libx264", 0))),
    "two tracks of one picture": ("mkv", lambda path: encode_two_tracks(path, "libx264", 1, first=("libx264", 1))),
    "dropped pictures": ("avi", lambda path: with_dropped_frames(path, 2)),
    "an end in a packet of pictures": ("ts", lambda path: _cut(path, 0x100)),
    "an end in a packet of sound": ("ts", lambda path: _cut(path, 0x101)),
}


@pytest.mark.parametrize(("ending", "make"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("every", [1, 20])
def test_what_is_odd_is_said_in_the_words_of_the_command_line(page, tmp_path, ending, make, every):
    path = tmp_path / f"odd.{ending}"
    make(path)
    page.set_input_files("input", path)
    whole = {"readout": "r", "x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]}
    got = page.evaluate(JS.readRegions, {"regions": [whole], "every": every})
    clip = VideoReader(path)
    assert got["times"] == pytest.approx(clip.times.tolist(), abs=1.01e-6)
    said = [sentence.removeprefix(f"{path.name}: ") for sentence in clip.remarks + clip.problems]
    assert [
        sentence.replace("it ", f"{path.name} ", 1) if sentence.startswith("it ") else sentence
        for sentence in got["remarks"] + got["problems"]
    ] == said
    parts = list(clip.read(clip.times[::every].tolist(), [Region("r", 0, 0, *SIZE)]))
    expected = [part.planes[0].data[k].tobytes() for part in parts for k in part.index]
    assert [data for _, (data,) in seen(got["chunks"])] == expected


@pytest.mark.parametrize(
    ("starts", "second", "told"),
    [((0, 0), 3, ["3.000"]), ((100, 3, 1), 3, ["3.000", "6.000"]), ((0, 500), 500, []), ((0, 1), 3, ["3.000"])],
)
@pytest.mark.parametrize("group", [0, COUNT], ids=["many key frames", "one key frame"])
@pytest.mark.parametrize("every", [1, 20])
def test_the_times_of_transport_streams_that_were_joined_go_on(page, tmp_path, starts, second, told, group, every):
    page.set_input_files("input", joined(tmp_path / "joined.ts", starts, group))
    whole = {"readout": "r", "x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]}
    got = page.evaluate(JS.readRegions, {"regions": [whole], "every": every})
    shown = [(part * second + k / FPS, k) for part in range(len(starts)) for k in range(COUNT)]
    assert got["times"] == pytest.approx([time for time, _ in shown], abs=1.01e-6)
    gap = NO_PICTURES.format(497, "2.875")
    assert got["remarks"] == [CLOCK_ANEW.format(time) for time in told] or (got["remarks"] == [gap] and not told)
    assert got["problems"] == []
    pictures = [np.frombuffer(data[: SIZE[0] * SIZE[1]], np.uint8) for _, (data,) in seen(got["chunks"])]
    assert [number_of(luma) for luma in pictures] == [number for _, number in shown[::every]]
