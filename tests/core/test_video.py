"""Clips read with PyAV: every frame's time and planes against plain decoding, and words for each bad file."""

import os
from dataclasses import replace

import av
import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.imaging.colour import to_rgb
from readout.layout.region import Region
from readout.video.decoder import VideoReader
from readout.video.sampling import FRAMES_PER_CHUNK, choose, microsecond
from readout.video.truncated import cut_off
from tests.clips import BAD, CASES

WHOLE = [name for name, bad in BAD.items() if not bad.frames]
PARTLY = [name for name, bad in BAD.items() if bad.frames]
PLACES = [(91, 93, 63, 41), (0, 0, 31, 21), (101, 100, 1, 1)]


def region(x, y, width, height):
    return Region("r", x, y, width, height)


def every_part(clip, times=None, regions=()):
    return list(clip.read(clip.times if times is None else times, regions))


@pytest.fixture(scope="module")
def opened():
    """opened(name): the case's clip, opened once."""
    clips = {}

    def open_one(name):
        if name not in clips:
            clips[name] = VideoReader(CASES[name].path())
        return clips[name]

    return open_one


@pytest.mark.parametrize("name", CASES)
def test_every_frame_has_its_own_time(opened, name):
    case, clip = CASES[name], opened(name)
    assert clip.times.tolist() == case.times
    assert (clip.name, clip.width, clip.height, clip.rotation) == (case.file, *case.upright, case.rotation)
    assert clip.problems == []
    parts = every_part(clip)
    assert [len(part.times) for part in parts[:-1]] == [FRAMES_PER_CHUNK] * (len(parts) - 1)
    assert np.concatenate([part.times for part in parts]).tolist() == case.times
    assert [part.problems for part in parts] == [[]] * len(parts)


@pytest.mark.parametrize(
    "name", ["vp8", "vp9-mp4", "h264-b", "turned-90", "turned-180", "turned-270", "odd", "odd-turned"]
)
@pytest.mark.parametrize("place", PLACES)
def test_a_region_holds_the_pixels_of_the_whole_picture(opened, name, place):
    clip = opened(name)
    [part] = every_part(clip, regions=[region(*place)])
    [found] = part.planes
    x, y, width, height = place
    larger = found.region
    assert larger.readout == "r" and larger.x <= x and larger.y <= y
    assert larger.x + larger.width >= x + width and larger.y + larger.height >= y + height
    assert larger.width <= width + 2 and larger.height <= height + 2
    pixels = replace(found, coding=found.coding._replace(matrix="bt709")).rgb(np.arange(len(found)))
    with av.open(str(clip.path)) as container:
        for number, frame in zip(part.index, container.decode(video=0), strict=True):
            whole = np.rot90(to_rgb(planes(frame), "I420", *clip.coded, "bt709")[0], -clip.rotation // 90)
            assert np.array_equal(pixels[number], larger.cut(whole))


def planes(frame):
    """All bytes of a picture in I420, without gaps."""
    found = [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width] for plane in frame.planes]
    return np.concatenate([plane.ravel() for plane in found])


@pytest.mark.parametrize("name", ["vp9", "h264", "h264-b", "h264-mkv", "vp8-hidden", "uneven"])
@pytest.mark.parametrize("every", [{"frames": 1}, {"frames": 7}, {"seconds": 0.5}])
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_part_of_a_clip_is_as_in_the_whole(opened, name, every, share):
    clip = opened(name)
    start = clip.times[int(share * len(clip.times))]
    times = clip.times[choose(clip.times, every, start)]
    asked = [region(90, 90, 120, 50)]
    whole = {time: picture for part in every_part(clip, regions=asked) for time, picture in pictures(part)}
    some = [pair for part in every_part(clip, times, asked) for pair in pictures(part)]
    assert some == [(time, whole[time]) for time in times.tolist()]


def pictures(part):
    [found] = part.planes
    return [(time, found.data[k].tobytes()) for time, k in zip(part.times.tolist(), part.index, strict=True)]


@pytest.mark.parametrize("path", [CASES["h264"].path, BAD["damaged-vp9"].path], ids=["whole", "damaged"])
def test_in_smaller_parts_there_are_the_same_pictures_and_words(path):
    clip, asked = VideoReader(path()), [region(90, 90, 120, 50)]
    chunks, parts = every_part(clip, regions=asked), list(clip.read(clip.times, asked, 3))
    assert max(len(part.times) for part in parts) == 3
    for of_each in (pictures, lambda part: part.problems):
        assert [one for part in parts for one in of_each(part)] == [one for part in chunks for one in of_each(part)]


def test_neighbours_that_are_equal_are_one_picture(opened):
    [part] = every_part(opened("vp9"), regions=[region(0, 200, 8, 8)])
    assert len(part.index) == 32
    assert part.index.max() < 31
    assert set(np.diff(part.index)) <= {0, 1}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_no_clip_says_what_it_is(name):
    with pytest.raises(ReadoutError, match=BAD[name].words) as caught:
        VideoReader(BAD[name].path())
    assert BAD[name].file in str(caught.value)


@pytest.mark.parametrize("name", PARTLY)
def test_what_there_is_of_a_damaged_clip_is_read(name):
    bad = BAD[name]
    clip = VideoReader(bad.path())
    parts = every_part(clip)
    times = np.concatenate([part.times for part in parts]).tolist()
    assert len(times) >= bad.frames
    assert set(times) <= set(CASES[bad.of].times)
    said = " ".join([*clip.problems, *(problem for part in parts for problem in part.problems)])
    assert bad.words in said
    assert cut_off(bad.path()) == (bad.words == "cut off")


def test_a_damaged_packet_costs_the_frames_up_to_the_next_key_frame():
    clip = VideoReader(BAD["damaged-vp9"].path())
    [part] = every_part(clip)
    assert part.times.tolist() == [microsecond(k / 25) for k in (*range(12), *range(16, 32))]
    assert part.problems == ["4 frames from 0.480 to 0.600 s could not be read: the file is damaged there"]


@pytest.mark.parametrize("name", CASES)
def test_whole_files_are_not_called_cut(name):
    assert not cut_off(CASES[name].path())


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ReadoutError, match="cannot be read"):
        VideoReader(tmp_path / "none.mp4")


@pytest.mark.parametrize("place", [(-2, 0, 10, 10), (0, 0, 10, 0), (300, 0, 40, 10), (0, 239, 2, 2)])
def test_a_region_outside_is_refused(opened, place):
    with pytest.raises(ReadoutError, match="inside the picture of 320 x 240"):
        every_part(opened("vp9"), regions=[region(*place)])


def test_without_pyav_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("readout.video.decoder.av", None)
    with pytest.raises(ReadoutError, match=r'pip install "readout-numbers\[video\]"'):
        VideoReader(tmp_path / "clip.mp4")


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no such policies")
def test_making_the_clips_leaves_the_scheduling_as_it_was():
    CASES["av1"].path()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
