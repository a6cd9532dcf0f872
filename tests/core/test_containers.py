"""Which frames a container shows, and when: each kind against what it was made of, and against libav's own decoding."""

import re

import av
import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.region import Region
from readout.video.decoder import VideoReader
from tests.containers import COUNT, FPS, LATE, SIZE, SOURCES, encode, encode_in_two_sizes, number_of

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
    with av.open(str(path), "w") as output:
        streams = [output.add_stream(codec, rate=FPS) for codec in ("libx264", second)]
        for stream in streams:
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p" if stream.codec_context.name == "mjpeg" else "yuv420p"
        for stream, count, level in zip(streams, (COUNT, COUNT if told else 1), (100, 200), strict=True):
            for _ in range(count):
                frame = av.VideoFrame.from_ndarray(np.full((*SIZE[::-1], 3), level, np.uint8), format="rgb24")
                output.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
            output.mux(stream.encode(None))
    clip = VideoReader(path)
    (part,) = clip.read(clip.times.tolist(), [Region("r", 0, 0, *SIZE)])
    assert len(part.times) == COUNT and part.planes[0].channels()[0][0].mean() < 128
    assert ["has 2 picture tracks" in remark for remark in clip.remarks] == [True] * told


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
def test_transport_streams_that_were_joined_go_on(tmp_path, starts, second, told):
    """One behind the other, as recorders leave them: the second one's clock may begin anywhere."""
    for start in starts:
        encode(tmp_path / f"{start}.ts", start=start)
    (tmp_path / "joined.ts").write_bytes(b"".join((tmp_path / f"{start}.ts").read_bytes() for start in starts))
    clip = VideoReader(tmp_path / "joined.ts")
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
