"""`readout watch` on clips: the frames that `readout read` reads, with their times, and the same words on the rest."""

from fractions import Fraction
from threading import Event

import av
import numpy as np
import pytest

from readout.cli.main import main
from readout.errors import ReadoutError
from readout.watch.board import Board
from readout.watch.folder import FolderSource
from readout.watch.frame_reader import FrameReader
from tests.containers import COUNT, encode_in_two_sizes, with_matrix
from tests.core.test_watch import encoded, folder_names, rows_of
from tests.core.watching import WINDOW, Watching, anchored_project, display, until

FPS = 10
TEXTS = ("21.5", "37.0", "5.25")
B_FRAMES = {"crf": "10", "bf": "3", "b-adapt": "0", "g": "8", "threads": "1"}


def write_clip(path, texts=TEXTS, hold=8, options=B_FRAMES, seen=lambda pixels: pixels, ticks=None, kind=None):
    """A clip of displays, each text for `hold` frames. seen: what becomes of each picture. ticks: of each, 1/FPS s."""
    with av.open(path, "w", format=kind, options={"movflags": "faststart"} if kind == "mp4" else {}) as out:
        track = out.add_stream("libx264", rate=FPS, options=dict(options))
        track.height, track.width, _ = seen(display(texts[0])).shape
        track.pix_fmt = "yuv420p"
        track.codec_context.time_base = Fraction(1, FPS)
        for number in range(len(texts) * hold):
            pixels = np.ascontiguousarray(seen(display(texts[number // hold], number)))
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = ticks[number] if ticks else number, Fraction(1, FPS)
            out.mux(track.encode(frame))
        out.mux(track.encode())


def turned(path):
    """As a phone that is held upright stores it: lying, with the turn in the file."""
    write_clip(path, seen=np.rot90)
    path.write_bytes(with_matrix(path.read_bytes(), 0, 1, -1, 0))


def mirrored(path):
    """As the front camera of some phones stores it."""
    write_clip(path, seen=np.fliplr)
    path.write_bytes(with_matrix(path.read_bytes(), -1, 0, 0, 1))


def uneven(path):
    gaps = np.random.default_rng(0).choice([1, 2, 5], 3 * 8 - 1)
    write_clip(path, ticks=[7, *(7 + np.cumsum(gaps)).tolist()])


def cut_off(path):
    write_clip(path, kind="mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])


def damaged(path):
    """With a packet in the middle that cannot be decoded."""
    write_clip(path, options={**B_FRAMES, "bf": "0"})
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        begin, size = packets[12].pos, packets[12].size
    data = bytearray(path.read_bytes())
    data[begin : begin + size] = b"\xff" * size
    path.write_bytes(data)


def both(folder, clip, capsys, *arguments):
    """What `read` and `watch` give, each (rows, exit status, what it says): rows as (frame, seconds, text)."""
    found = []
    for command, more in (("read", ()), ("watch", ("--rows", "frame"))):
        out = folder / f"{command}.csv"
        status = main([command, str(clip), "--window", WINDOW, "--out", str(out), *arguments, *more])
        said = capsys.readouterr().err.replace(f"readout: {clip.name}: ", "readout: ").splitlines()
        found.append(([(row["frame"], row["time_s"], row["text"]) for row in rows_of(out)], status, said))
    return found


KINDS = [
    ("b.mp4", write_clip, 24),
    ("b.mkv", write_clip, 24),
    ("b.avi", write_clip, 24),
    ("turned.mp4", turned, 24),
    ("mirrored.mp4", mirrored, 24),
    ("uneven.mp4", uneven, 24),
    ("cut.mp4", cut_off, 0),
    ("damaged.mp4", damaged, 0),
]


@pytest.mark.parametrize("every", ["0.001s", "0.25s"])
@pytest.mark.parametrize(("name", "make", "count"), KINDS, ids=[name for name, _, _ in KINDS])
def test_the_same_frames_are_read_as_by_readout_read(tmp_path, capsys, name, make, count, every):
    make(tmp_path / name)
    read, watched = both(tmp_path, tmp_path / name, capsys, "--every", every)
    assert watched == read
    rows, status, said = watched
    assert status == (0 if count else 3) and len(rows) > 3 and bool(said) == (not count)
    if count and every == "0.001s":
        assert [text for _, _, text in rows] == [TEXTS[k // 8] for k in range(count)]


def test_a_clip_is_read_to_its_end(tmp_path):
    write_clip(tmp_path / "c.mp4", hold=10)
    assert main(["watch", str(tmp_path / "c.mp4"), "--window", WINDOW, "--out", str(tmp_path / "o.csv")]) == 0
    rows = rows_of(tmp_path / "o.csv")
    assert [(row["time_s"], row["value"], row["confirmed"]) for row in rows] == [
        (f"{k / 2:.6f}", value, "yes" if k % 2 else "no")
        for k, value in enumerate(["21.5", "21.5", "37.0", "37.0", "5.25", "5.25"])
    ]
    assert {row["time_of_day"] for row in rows} == {""}


def test_a_clip_in_a_folder_is_read_frame_by_frame(tmp_path):
    folder = tmp_path / "camera"
    folder.mkdir()
    write_clip(folder / "c.mp4", ["21.5"], 4)
    with Watching(folder, "--window", WINDOW, log=tmp_path / "log") as run:
        until(lambda: run.json()["frames"] == 4, "its frames")
        assert run.held()["frame"] == "c.mp4#t=0.300000"


def test_a_damaged_clip_and_what_is_none_are_refused(tmp_path, capsys):
    (tmp_path / "c.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))
    assert main(["watch", str(tmp_path / "c.mp4"), "--window", WINDOW, "--out", str(tmp_path / "o.csv")]) == 2
    assert "c.mp4 is cut off before anything in it can be read" in capsys.readouterr().err


def test_what_is_missing_of_a_clip_in_a_folder_is_said(tmp_path):
    cut_off(tmp_path / "c.mp4")
    names, said = folder_names(tmp_path, waits=130)
    assert len(names) > 8 and names[-1].startswith("c.mp4#t=1.") and any("c.mp4 is cut off" in each for each in said)


def test_a_clip_whose_copy_stops_for_a_moment_is_read_once_and_whole(tmp_path):
    write_clip(tmp_path / "c.mp4", kind="mp4")
    data = (tmp_path / "c.mp4").read_bytes()
    (tmp_path / "c.mp4").write_bytes(data[: len(data) // 2])
    names, said = folder_names(tmp_path, lambda number: number == 6 and (tmp_path / "c.mp4").write_bytes(data), 12)
    assert names == [f"c.mp4#t={k / FPS:.6f}" for k in range(24)] and said == []


@pytest.mark.parametrize(("size", "count"), [((48, 32), COUNT), ((64, 96), COUNT // 2)])
def test_frames_of_another_size_are_told_once_for_all(tmp_path, size, count):
    encode_in_two_sizes(tmp_path / "call.webm", size)
    names, said = folder_names(tmp_path)
    assert len(names) == count
    assert len(said) == 1 and said[0].startswith(f"call.webm: {COUNT // 2} frames from ")


def test_a_clip_in_a_folder_is_left_in_the_middle_where_it_is_to_stop(tmp_path):
    write_clip(tmp_path / "c.mp4")
    names = []
    for found in FolderSource(tmp_path, Board("camera"), print).frames(stop := Event()):
        names.append(found.name)
        if len(names) == 5:
            stop.set()
    assert len(names) == 5


def test_a_clip_of_another_shape_than_the_layout_ends_with_the_status_of_what_is_not_read(tmp_path, capsys):
    write_clip(tmp_path / "c.mp4", seen=lambda pixels: pixels[:, :90])
    anchored_project(tmp_path / "p.readout.zip")
    arguments = ["--project", str(tmp_path / "p.readout.zip"), "--out", str(tmp_path / "o.csv"), "--every", "0.1s"]
    assert main(["watch", str(tmp_path / "c.mp4"), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("c.mp4 is not read: the source shows 90 x 48") == 1 and "not one frame of c.mp4" in said


def test_a_frame_that_is_left_out_shows_in_the_exit_status(tmp_path, monkeypatch):
    write_clip(tmp_path / "c.mp4")
    read, seen = FrameReader.read, []

    def fail_once(self, frame):
        seen.append(frame.name)
        if len(seen) == 2:
            raise ReadoutError("no")
        return read(self, frame)

    monkeypatch.setattr(FrameReader, "read", fail_once)
    assert main(["watch", str(tmp_path / "c.mp4"), "--window", WINDOW, "--out", str(tmp_path / "o.csv")]) == 3


@pytest.mark.parametrize("whole_folder", [True, False])
def test_motion_jpeg_without_a_container_is_a_clip(tmp_path, capsys, whole_folder):
    """Its first picture alone would be a picture's file."""
    clip = tmp_path / "c.mjpeg"
    clip.write_bytes(b"".join(encoded(TEXTS[k // 8], "JPEG", k) for k in range(24)))
    if whole_folder:
        names, said = folder_names(tmp_path)
        assert len(names) == 24 and names[-1] == "c.mjpeg#t=0.920000" and "25 pictures a second" in said[0]
    else:
        read, watched = both(tmp_path, clip, capsys, "--every", "0.04s")
        assert watched == read and len(watched[0]) == 24
