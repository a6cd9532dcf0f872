"""Which frames a container shows, and when: each kind against what it was made of, and against libav's own decoding."""

import re
import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.region import Region
from readout.video import tracks
from readout.video.decoder import VideoReader
from readout.video.words import DROPPED
from tests.containers import (
    COUNT,
    FPS,
    LATE,
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

GAPS = [name for name in SOURCES if "a gap" in name]
"""libav repeats the beginning there; a player shows nothing."""
TOO_LATE = [name for name in SOURCES if any(late in name for late in LATE)]
HIDDEN = [name for name in SOURCES if "behind a first part" in name]
"""libav takes an edit list without an end for one that ends at once."""
TIMELESS = [name for name in SOURCES if name.startswith(("avi", "a raw"))]
"""libav has no times of presentation for these."""


@pytest.fixture(scope="module", params=SOURCES)
def source(request):
    return SOURCES[request.param]


def pictures(clip, times):
    """The number that each frame shows, and the last one's luma, upright."""
    region = Region("r", 0, 0, clip.width, clip.height)
    parts = list(clip.read(times, [region]))
    assert not [problem for part in parts for problem in part.problems]
    lumas = [part.planes[0].channels()[0][k] for part in parts for k in part.index]
    return [number_of(luma) for luma in lumas], lumas[-1]


def test_frames_and_times_are_those_that_are_shown(source):
    clip = VideoReader(source.path())
    assert clip.problems == []
    assert clip.times.tolist() == pytest.approx(source.times, abs=1.01e-6)
    assert pictures(clip, clip.times.tolist())[0] == source.numbers


def test_frames_between_are_passed_over(source):
    clip = VideoReader(source.path())
    assert pictures(clip, clip.times[3::5].tolist())[0] == source.numbers[3::5]


def test_pictures_are_turned_and_mirrored(source):
    clip = VideoReader(source.path())
    assert (clip.rotation, clip.mirrored) == (source.rotation, source.mirrored)
    _, luma = pictures(clip, clip.times[-1:].tolist())
    dark = np.zeros(SIZE[::-1], bool)
    dark[:, : SIZE[0] // 4] = True
    expected = np.rot90(dark[:, ::-1] if source.mirrored else dark, -source.rotation // 90)
    assert ((luma < 60) == expected).mean() > 0.97


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in (*GAPS, *TOO_LATE, *HIDDEN, *TIMELESS)])
def test_times_are_those_of_libav_from_the_first_on(name):
    source = SOURCES[name]
    with av.open(str(source.path())) as container:
        stream = next(each for each in container.streams.video if each.codec_context.name != "mjpeg")
        times = np.array([float(frame.pts * stream.time_base) for frame in container.decode(stream)])
    begin = 0.0 if "edits" in name else times[0]
    assert VideoReader(source.path()).times.tolist() == pytest.approx((times - begin).tolist(), abs=1.01e-6)


@pytest.mark.parametrize(("second", "told"), [("libx264", True), ("mjpeg", False)], ids=["another track", "a cover"])
def test_picture_tracks_that_are_not_read_are_said(tmp_path, second, told):
    path = tmp_path / "two.mp4"
    encode_two_tracks(path, second, COUNT if told else 1)
    clip = VideoReader(path)
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    assert len(part.times) == COUNT and part.planes[0].channels()[0][0].mean() < 128
    assert ["has 2 picture tracks" in remark for remark in clip.remarks] == [True] * told


@pytest.mark.parametrize(
    ("ending", "codec"), [("mkv", "mjpeg"), ("mkv", "libx264"), ("ts", "libx264"), ("webm", "libvpx")]
)
@pytest.mark.parametrize("count", [COUNT, 1])
def test_a_track_of_one_picture_is_taken_only_where_no_other_moves(tmp_path, ending, codec, count):
    """A thumbnail that stands first: nothing in these containers says how many pictures a track has."""
    path = tmp_path / f"thumbnail.{ending}"
    encode_two_tracks(path, "libvpx" if ending == "webm" else "libx264", count, first=(codec, 1))
    clip = VideoReader(path)
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    assert len(part.times) == count and (part.planes[0].channels()[0][0].mean() > 128) == (count > 1)
    with av.open(str(path)) as container:
        assert [stream.frames for stream in container.streams.video] == [0, 0]


@pytest.mark.parametrize(
    ("first", "second", "read"), [(0, COUNT, 1), (COUNT, 0, 0), (0, 1, 1), (1, 0, 0), (1, COUNT, 1)]
)
def test_an_empty_picture_track_is_none(tmp_path, first, second, read):
    path = tmp_path / "empty.mkv"
    encode_two_tracks(path, "libx264", second, first=("libx264", first))
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 2
    clip = VideoReader(path)
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    assert len(clip.times) == max(first, second) and not clip.remarks
    assert (part.planes[0].channels()[0][0].mean() > 128) == read


@pytest.mark.parametrize("codec", ["mjpeg", "libx264"], ids=["a cover", "a track of one picture"])
def test_no_whole_file_is_walked_through_to_choose_a_track(tmp_path, monkeypatch, codec):
    monkeypatch.setattr(tracks, "MOST_COUNTED", 6)
    path = tmp_path / "two.mp4"
    encode_two_tracks(path, codec, 1)
    with av.open(str(path)) as container:
        seen = []
        assert tracks.count_packets(Watched(container, seen)) in ({0: 2}, {0: 2, 1: 1})
    assert len(seen) <= 8


class Watched:
    """A container that notes the packets that are taken from it."""

    def __init__(self, container, seen):
        self.streams, self._container, self._seen = container.streams, container, seen

    def demux(self, *streams):
        for packet in self._container.demux(*streams):
            self._seen.append(packet)
            yield packet


@pytest.mark.parametrize("stated", [True, False])
def test_a_raw_stream_has_its_own_rate_or_a_word_that_it_has_none(tmp_path, stated):
    """Rec. ITU-T H.265, annex E.2.1: vui_timing_info_present_flag."""
    path = tmp_path / "camera.hevc"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx265", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"x265-params": f"log-level=none:vui-timing-info={int(stated)}"}
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(np.full((*SIZE[::-1], 3), 8 * number, np.uint8), format="rgb24")
            output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    clip = VideoReader(path)
    assert clip.times.tolist() == pytest.approx([k / (FPS if stated else 25) for k in range(COUNT)], abs=1.01e-6)
    assert ["does not say when" in remark for remark in clip.remarks] == [True] * (not stated)
    given = VideoReader(path, fps=4)
    assert given.times.tolist() == pytest.approx([k / 4 for k in range(COUNT)], abs=1.01e-6)
    assert given.remarks == [] and pictures(given, given.times[5:7].tolist())[0] == pictures(clip, clip.times[5:7])[0]


def test_motion_jpeg_has_the_rate_that_is_stated(tmp_path):
    encode(tmp_path / "pipe.mjpeg", "mjpeg", pix_fmt="yuvj420p")
    clip = VideoReader(tmp_path / "pipe.mjpeg", fps=10)
    assert clip.times.tolist() == pytest.approx([k / 10 for k in range(COUNT)], abs=1.01e-6) and not clip.remarks


@pytest.mark.parametrize("kept", [-100, -1])
def test_a_transport_stream_that_ends_inside_a_packet_is_cut_off(tmp_path, kept):
    path = tmp_path / "cut.ts"
    path.write_bytes(SOURCES["ts of libx264, B-frames"].path().read_bytes()[:kept])
    assert ["cut off" in problem for problem in VideoReader(path).problems] == [True]


@pytest.mark.parametrize(
    ("codec", "track", "more", "is_cut"),
    [
        ("libx264", 0x101, 100, False),
        ("libx264", 0x1FFF, 187, False),
        ("libx264", 0x100, 100, True),
        ("libx264", 0x101, 2, True),
        ("libx265", 0x101, 100, True),
    ],
    ids=["of sound", "of nothing", "of pictures", "of who knows what", "of sound, behind a codec that says nothing"],
)
def test_a_transport_stream_is_cut_off_where_it_ends_inside_a_packet_of_pictures(tmp_path, codec, track, more, is_cut):
    path = tmp_path / "cut.ts"
    with_sound(path, codec)
    path.write_bytes(path.read_bytes() + (b"\x47" + track.to_bytes(2, "big") + b"\x10" + bytes(184))[:more])
    clip = VideoReader(path)
    assert len(clip.times) == COUNT
    assert ["cut off" in problem for problem in clip.problems] == [True] * is_cut
    assert ["ends inside a packet" in remark for remark in clip.remarks] == [True] * (not is_cut)


def with_dropped(data, dropped):
    """An AVI in which pictures of these numbers were dropped: their packets have no bytes. AVI RIFF file reference."""
    begin, end = data.index(b"movi") + 4, data.rindex(b"idx1")
    at, body, index = begin, b"", b""
    for number in range(COUNT):
        length = 0 if number in dropped else int.from_bytes(data[at + 4 : at + 8], "little")
        index += struct.pack("<4sIII", b"00dc", 16 * (number % 12 == 0), len(body) + 4, length)
        body += struct.pack("<4sI", b"00dc", length) + data[at + 8 : at + 8 + length + length % 2]
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    assert at == end
    data = data[: begin - 8] + struct.pack("<I4s", len(body) + 4, b"movi") + body
    data += struct.pack("<4sI", b"idx1", len(index)) + index
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


@pytest.mark.parametrize(
    ("dropped", "stated", "missing"),
    [((), COUNT, 0), ((10,), COUNT, 0), ((23,), COUNT, 0), ((5, 22, 23), COUNT, 0), ((5, 22, 23), COUNT + 2, 2)],
)
def test_dropped_pictures_of_an_avi_are_not_missing(tmp_path, dropped, stated, missing):
    data, path = with_dropped(SOURCES["avi of libx264"].path().read_bytes(), dropped), tmp_path / "dropped.avi"
    rate = data.index(struct.pack("<II", 1, FPS))  # of the track's header, its length is 12 bytes behind
    path.write_bytes(data[: rate + 12] + struct.pack("<I", stated) + data[rate + 16 :])
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == stated
    clip = VideoReader(path)
    assert clip.times.tolist() == pytest.approx([k / FPS for k in range(COUNT) if k not in dropped], abs=1.01e-6)
    assert [f"has {stated} pictures, {COUNT} are there" in problem for problem in clip.problems] == [True] * bool(
        missing
    )


@pytest.mark.parametrize("b_frames", [0, 2])
def test_times_of_an_avi_with_dropped_pictures_are_right_or_said_to_be_in_doubt(tmp_path, b_frames):
    with_dropped_frames(tmp_path / "dropped.avi", b_frames)
    clip = VideoReader(tmp_path / "dropped.avi")
    times = [(number + 5 * (number > 9)) / FPS for number in range(COUNT)]
    assert (clip.times.tolist() == pytest.approx(times, abs=1.01e-6)) == (not b_frames)
    assert [DROPPED in problem for problem in clip.problems] == [True] * bool(b_frames)


def test_an_mp4_that_ends_inside_its_index_is_called_cut_off(tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(SOURCES["turned"].path().read_bytes()[:-200])
    with pytest.raises(ReadoutError, match="cut off"):
        VideoReader(path)


def test_an_avi_that_is_cut_off_says_so(tmp_path):
    data = SOURCES["avi of libx264"].path().read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(data[: (data.index(b"movi") + data.rindex(b"idx1")) // 2])
    clip = VideoReader(path)
    assert 0 < len(clip.times) < COUNT and any("cut off" in problem for problem in clip.problems)


@pytest.mark.parametrize("how", ["marked as damaged", "missing"])
def test_damaged_packets_of_a_transport_stream_are_told(tmp_path, how):
    """ISO/IEC 13818-1, 2.4.3.2: packets of 188 bytes, the highest bit of the second byte says that one is damaged."""
    data, path = SOURCES["a transport stream at 26 hours"].path().read_bytes(), tmp_path / "damaged.ts"
    packets = [data[k : k + 188] for k in range(0, len(data), 188)]
    of_video = [k for k, packet in enumerate(packets) if int.from_bytes(packet[1:3], "big") & 0x1FFF == 0x100]
    middle = of_video[len(of_video) // 2]
    packets[middle] = packets[middle][:1] + bytes([packets[middle][1] | 0x80]) + packets[middle][2:]
    if how == "missing":
        del packets[middle]
    path.write_bytes(b"".join(packets))
    clip = VideoReader(path)
    assert COUNT - 3 < len(clip.times) < COUNT
    assert any("frames are left out" in problem for problem in clip.problems)


UNSEEN = [("mpg of mpeg2video, B-frames", 19), ("vob", 14)]
"""The last one of a group behind which nothing states a time, and one with which the begin of the next pack goes."""


@pytest.mark.parametrize(
    ("name", "lost"),
    [(name, k) for name in ("mpg of mpeg2video, B-frames", "vob") for k in range(1, 22) if (name, k) not in UNSEEN],
)
def test_a_picture_that_a_program_stream_lacks_is_told(tmp_path, name, lost):
    """libav goes on behind it without a word, with times that are a picture too early up to the next stated one."""
    data, path = SOURCES[name].path().read_bytes(), tmp_path / "lost.mpg"
    pictures = [found.start() for found in re.finditer(re.escape(b"\0\0\1\0"), data)]
    assert len(pictures) == COUNT
    begin, end = pictures[lost], pictures[lost + 1]
    path.write_bytes(data[:begin] + bytes(end - begin) + data[end:])
    clip = VideoReader(path)
    assert len(clip.times) < COUNT and any("lacks pictures" in problem for problem in clip.problems)


@pytest.mark.parametrize("codec", ["mpeg1video", "mpeg2video"])
@pytest.mark.parametrize(
    "options", [{}, {"bf": "2"}, {"bf": "2", "flags": "-cgop"}, {"g": "300", "bf": "1"}, {"g": "1"}]
)
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
def test_a_whole_program_stream_lacks_nothing(tmp_path, codec, options, rate):
    path, rng = tmp_path / "whole.mpg", np.random.default_rng(0)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.options = *SIZE, "yuv420p", options
        for _ in range(150):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (*SIZE[::-1], 3), np.uint8), format="rgb24")
            output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    clip = VideoReader(path)
    assert not any("lacks" in problem for problem in clip.problems) and not clip.remarks


@pytest.mark.parametrize("rate", [24, 25, 30])
def test_a_program_stream_whose_clock_goes_back_by_some_pictures_is_whole(tmp_path, rate):
    """So libav has it where pictures are small and stored in another order than shown."""
    path = tmp_path / "whole.vob"
    with av.open(str(path), "w", format="vob") as output:
        stream = output.add_stream("mpeg2video", rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.options = 160, 96, "yuv420p", {"bf": "2", "g": "12"}
        for number in range(150):
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), 5 * number % 256, np.uint8), format="rgb24")
            output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    with av.open(str(path)) as container:
        stored = [packet.dts for packet in container.demux(video=0) if packet.size]
    assert stored != sorted(stored)
    clip = VideoReader(path)
    assert not any("lacks" in problem for problem in clip.problems) and not clip.remarks


def zeros(data, place):
    return data[:place] + bytes(60) + data[place + 60 :]


def flipped(data, place):
    return data[: place - 3] + bytes(byte ^ 0x55 for byte in data[place - 3 : place + 3]) + data[place + 3 :]


@pytest.mark.parametrize("name", ["mkv of libx264, B-frames", "flv of libx264, B-frames", "avi of libx264"])
@pytest.mark.parametrize("spoil", [zeros, flipped])
def test_what_a_container_loses_is_never_passed_over_without_a_word(tmp_path, name, spoil):
    """libav goes on behind it, and hands on nothing of what it skips."""
    whole = SOURCES[name]
    data, path = whole.path().read_bytes(), tmp_path / f"spoilt{whole.ending}"
    with av.open(str(whole.path())) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size][2:-2]
    for place in places:
        path.write_bytes(spoil(data, place))
        clip = VideoReader(path)
        parts = list(clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)]))
        times = [time for part in parts for time in part.times.tolist()]
        assert times == pytest.approx(whole.times, abs=1.01e-6) or clip.problems or any(part.problems for part in parts)


def with_bad_exif(data):
    exif = b"Exif\0\0II*\0\xff\xff\xff\xff"
    return data.replace(b"\xff\xd8", b"\xff\xd8\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)


def with_short_messages(data):
    """Each picture has a message that is shorter than it says (ITU-T H.264, 7.3.2.3)."""
    message = b"\0\0\1\x06\0\x40" + b"U" * 8 + b"\x80"
    return re.sub(rb"\x00\x00\x01(?=[\x41\x61\x01\x65\x25\x45])", lambda begin: message + begin[0], data)


ODD = {
    "EXIF data that cannot be read": ("mjpeg", "mjpeg", with_bad_exif),
    "messages beside the pictures": ("h264", "libx264", with_short_messages),
    "zeros behind the last packet": ("mpegts", "libx264", lambda data: data + bytes(100)),
}


@pytest.mark.parametrize(("container", "codec", "alter"), ODD.values(), ids=ODD)
def test_what_is_odd_beside_the_pictures_is_no_damage(tmp_path, container, codec, alter):
    path = tmp_path / "clip"
    encode(path, codec, container=container, pix_fmt="yuvj420p" if codec == "mjpeg" else "yuv420p")
    data = path.read_bytes()
    path.write_bytes(alter(data))
    assert path.read_bytes() != data
    clip = VideoReader(path)
    assert clip.problems == [] and len(pictures(clip, clip.times.tolist())[0]) == COUNT


@pytest.mark.parametrize(
    ("starts", "second", "told"),
    [((0, 0), COUNT / FPS, "begins anew"), ((100, 3), COUNT / FPS, "begins anew"), ((0, 500), 500, "no pictures for")],
)
@pytest.mark.parametrize("group", [0, COUNT], ids=["many key frames", "one key frame"])
def test_transport_streams_that_were_joined_go_on(tmp_path, starts, second, told, group):
    """One behind the other, as recorders leave them: the second one's clock may begin anywhere."""
    clip = VideoReader(joined(tmp_path / "joined.ts", starts, group))
    assert clip.times[-COUNT:].tolist() == pytest.approx([second + k / FPS for k in range(COUNT)], abs=0.2)
    assert [told in remark for remark in clip.remarks] == [True]


def test_pictures_that_have_the_times_of_others_are_said(tmp_path):
    encode(tmp_path / "once.mkv")
    with av.open(str(tmp_path / "once.mkv")) as source, av.open(str(tmp_path / "twice.mkv"), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.pts = packet.dts = (
                    (packet.pts or 0) // 250 * 250
                )  # of two pictures the first one's, milliseconds
                packet.stream = stream
                output.mux(packet)
    clip = VideoReader(tmp_path / "twice.mkv")
    assert len(clip.times) == COUNT // 2
    assert [f"{COUNT // 2} pictures have the times of others" in problem for problem in clip.problems] == [True]


@pytest.mark.parametrize(
    "name", ["avi of libx264", "mkv of libx264, B-frames", "avi of mpeg4", "mov of mpeg4, B-frames"]
)
def test_what_leans_on_a_damaged_frame_is_left_out(tmp_path, name):
    """What is read of a damaged clip is what there is in the whole one; behind the next key frame all is."""
    damage_each(SOURCES[name].path(), tmp_path)


@pytest.mark.parametrize(("codec", "pixels", "ending"), [("ffv1", "yuv420p", ".mkv"), ("mjpeg", "yuvj420p", ".avi")])
def test_what_a_decoder_says_is_damaged_is_left_out(tmp_path, codec, pixels, ending):
    encode(tmp_path / f"whole{ending}", codec, pix_fmt=pixels)
    damage_each(tmp_path / f"whole{ending}", tmp_path)


def damage_each(whole, tmp_path):
    """Damage some packets, one after the other, and read what is left."""
    with av.open(str(whole)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size][1:8]

    def lumas(path):
        clip = VideoReader(path)
        parts = list(clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)]))
        pictures = [part.planes[0].channels()[0][k] for part in parts for k in part.index]
        read = dict(zip([time for part in parts for time in part.times.tolist()], pictures, strict=True))
        return read, [problem for part in parts for problem in part.problems]

    expected, _ = lumas(whole)
    path = tmp_path / f"damaged{whole.suffix}"
    for place, size in places:
        data = bytearray(whole.read_bytes())
        middle = place + size * 2 // 3
        data[middle : place + size] = bytes(place + size - middle)
        path.write_bytes(data)
        read, problems = lumas(path)
        assert all((expected[time] == luma).all() for time, luma in read.items())
        assert (len(read) == COUNT) != bool(problems)
        assert set(sorted(expected)[12:]) <= set(read)


def test_a_clip_that_changes_its_size_is_read_scaled_and_says_so(tmp_path):
    encode_in_two_sizes(tmp_path / "call.webm", (48, 32))
    clip = VideoReader(tmp_path / "call.webm")
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    luma = part.planes[0].channels()[0][part.index]
    assert [number_of(each) for each in luma] == list(range(COUNT))
    assert (luma[:, :, : SIZE[0] // 4 - 2] < 60).all() and (luma[-1, :, SIZE[0] // 4 + 2 :] > 60).all()
    first, last = COUNT // 2 / FPS, (COUNT - 1) / FPS
    told = (
        f"{COUNT // 2} frames from {first:.3f} to {last:.3f} s could only be read scaled: the picture is 48 x 32 there"
    )
    assert part.remarks == [f"{told} and 96 x 64 at the beginning"]


def test_a_clip_that_changes_its_shape_is_read_up_to_there(tmp_path):
    encode_in_two_sizes(tmp_path / "turned.webm", (64, 96))
    clip = VideoReader(tmp_path / "turned.webm")
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    assert part.times.tolist() == clip.times[: COUNT // 2].tolist()
    assert ["could not be read" in problem and "64 x 96" in problem for problem in part.problems] == [True]
