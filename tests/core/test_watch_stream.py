"""`readout watch` on streams: real HTTP and RTSP servers, with the connection cut in between."""

import gc
import io
import socket
import threading
import time
import tracemalloc
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import pytest
from PIL import Image

from readout.layout.layout import Layout, Readout
from readout.project.document import Document
from readout.watch import stream
from readout.watch.board import Board
from readout.watch.csv_log import CHANGE, CsvLog
from readout.watch.frame_reader import FrameReader
from readout.watch.loop import watch
from readout.watch.source_frame import SourceFrame
from readout.watch.stream import StreamSource
from tests.core.rtsp import RtspCamera
from tests.core.test_watch import rows_of
from tests.core.test_watch_clips import FPS, TEXTS, mirrored, turned, write_clip
from tests.core.watching import WINDOW, Watching, anchored_frame, anchored_project, display, until


def transport_stream(texts, hold=10):
    """Each text for `hold` frames at FPS."""
    file = io.BytesIO()
    write_clip(file, texts, hold, {"crf": "10", "tune": "zerolatency"}, kind="mpegts")
    return file.getvalue()


def jpeg(text, seed=0):
    file = io.BytesIO()
    Image.fromarray(display(text, seed)).save(file, "JPEG", quality=92)
    return file.getvalue()


class Camera:
    """An HTTP server with a stream at /ts, /mjpeg and a single picture at /jpeg; `cut` breaks what is connected.

    shows: the text on its display.
    """

    def __init__(self, port=0):
        self.shows, self.visits, self.connected = "21.5", 0, set()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                camera.visits += 1
                camera.connected.add(self.connection)
                try:
                    getattr(self, self.path.strip("/").split("?")[0])()
                except OSError:
                    pass
                finally:
                    camera.connected.discard(self.connection)

            def head(self, kind):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()

            def jpeg(self):
                self.head("image/jpeg")
                self.wfile.write(jpeg(camera.shows, camera.visits))

            def mjpeg(self):
                self.head("multipart/x-mixed-replace; boundary=frame")
                for seed in range(10**6):
                    data = jpeg(camera.shows, seed)
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    self.wfile.write(head.encode() + data + b"\r\n")
                    time.sleep(1 / FPS)

            def ts(self):
                self.head("video/mp2t")
                data = transport_stream([camera.shows], 100)
                for start in range(0, len(data), 188 * 4):
                    self.wfile.write(data[start : start + 188 * 4])
                    time.sleep(0.01)
                time.sleep(1)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def cut(self):
        for each in list(self.connected):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.connected.discard(each)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.cut()


@pytest.mark.parametrize(("kind", "path"), [(Camera, "ts"), (Camera, "mjpeg"), (Camera, "jpeg"), (RtspCamera, "rtsp")])
def test_a_stream_is_read_and_read_on_after_it_was_cut(tmp_path, kind, path):
    camera, out = kind(), tmp_path / "out.csv"
    arguments = ["--window", WINDOW, "--out", out, "--every", "0.1s"]
    with Watching(f"{camera.url(path)}?key=s3cret", *arguments, log=tmp_path / "log") as run:
        until(lambda: run.held().get("value") == 21.5, "the first value")
        camera.close()
        down = until(lambda: run.json()["reading"] is False and run.json(), "the loss to be noticed")
        assert down["readouts"][0]["value"] == 21.5 and "cannot be read" in down["problem"]
        assert "s3cret" not in str(down) and down["source"] == camera.url(path)
        again = kind(camera.port)
        again.shows = "37.0"
        try:
            until(lambda: run.held()["value"] == 37.0, "the value of the camera that is back")
            assert run.json()["reading"] is True, run.said
            assert run.end() == 0
        finally:
            again.close()
    assert "s3cret" not in run.said
    rows = rows_of(out)
    assert [row["value"] for row in rows if row["confirmed"] == "yes"][:: len(rows)] == ["21.5"]
    times = [float(row["time_s"]) for row in rows]
    assert times == sorted(times) and times[0] == 0.0 and {row["readout"] for row in rows} == {"window"}


def test_a_stream_is_opened_again_after_longer_and_longer_waits(monkeypatch):
    waits, said = [], []
    monkeypatch.setattr(stream, "_opened", lambda source: (_ for _ in ()).throw(OSError(111, "Connection refused")))

    class Stop:
        def is_set(self):
            return len(waits) >= 9

        def wait(self, seconds):
            waits.append(seconds)

    source = StreamSource("http://127.0.0.1:9/x", 0.5, Board("x"), said.append)
    source._receive(Stop())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert set(said) == {"http://127.0.0.1:9/x cannot be read (Connection refused): it is opened again until it can"}


@pytest.mark.parametrize("hangs", ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "pictures"])
def test_a_camera_that_hangs_is_said_to_and_opened_again(monkeypatch, hangs):
    monkeypatch.setattr(stream, "PATIENCE_S", 0.5)
    monkeypatch.setattr(stream, "FIRST_WAIT_S", 0.1)
    camera, said, board = RtspCamera(hangs=hangs), [], Board("x")
    source = StreamSource(camera.url("x"), 0.0, board, said.append)
    given = source.frames(stop := threading.Event())
    try:
        if hangs == "pictures":
            next(given)
        reader = threading.Thread(target=lambda: any(said and not camera.hangs for _ in given))
        reader.start()
        until(lambda: said, "the word that it hangs")
        assert said[0].startswith(f"{source.name} cannot be read (it has sent no picture for 0.5 s")
        assert said[0].endswith("): it is opened again until it can")
        if hangs != "pictures":
            until(lambda: "no picture" in (board.snapshot()["problem"] or ""), "the word for all who ask")
        camera.hangs = ""
        reader.join(20)
        assert not reader.is_alive()
    finally:
        stop.set()
        camera.close()


@pytest.mark.parametrize(
    ("patience_s", "pictures", "error", "why"),
    [
        (0.0, 1, None, "it has sent no picture for 0 s"),
        (0.0, 1, OSError(401, "Unauthorized"), "it has sent no picture for 0 s: Unauthorized"),
        (0.0, 0, av.ExitError(1, "Immediate exit requested"), "it has sent no picture for 0 s"),
        (9.0, 0, OSError(401, "Unauthorized"), "Unauthorized"),
        (9.0, 0, None, "it ended"),
        (9.0, 1, None, ""),
    ],
    ids=["ends quietly", "fails late", "is waited for too long", "fails", "is empty", "gives one picture"],
)
def test_why_a_stream_is_opened_again_is_said_whether_it_fails_or_just_ends(
    monkeypatch, patience_s, pictures, error, why
):
    monkeypatch.setattr(stream, "PATIENCE_S", patience_s)
    monkeypatch.setattr(stream, "_opened", lambda source: nullcontext())

    def decoded(container):
        for _ in range(pictures):
            yield av.VideoFrame.from_ndarray(display("1"), format="rgb24")
        if error:
            raise error

    monkeypatch.setattr(stream, "_decoded", decoded)
    stop, said = threading.Event(), []
    monkeypatch.setattr(stop, "wait", lambda seconds: stop.set())
    StreamSource("http://127.0.0.1:9/x", 0.0, Board("x"), said.append)._receive(stop)
    assert said == ([f"http://127.0.0.1:9/x cannot be read ({why}): it is opened again until it can"] if why else [])


def test_a_frame_that_came_before_the_loss_does_not_hide_it():
    board = Board("x")
    source = StreamSource("http://127.0.0.1:9/x", 3600.0, board, print)
    source._receive = lambda stop: None
    given = source.frames(stop := threading.Event())
    source._put(stream._Received(av.VideoFrame.from_ndarray(display("1"), format="rgb24"), time.monotonic(), None))
    assert next(given).time_s == 0.0
    board.take("a", [])
    source._put("gone")
    waiting = threading.Thread(target=lambda: list(given))
    waiting.start()
    until(
        lambda: board.snapshot()["problem"] == "gone", "the loss to be known, though the next frame is due in an hour"
    )
    stop.set()
    waiting.join()
    assert board.snapshot()["reading"] is False


@pytest.mark.parametrize(("frozen_s", "read"), [(60.0, ["0", "50", "71"]), (0.0, ["0", "50", "61", "70", "71"])])
def test_a_picture_that_stays_the_same_to_the_last_bit_is_no_news(frozen_s, read):
    """What a camera that hangs sends would go on being confirmed as what the display shows now."""
    board, said = Board("x"), []
    source = StreamSource("http://127.0.0.1:9/x", 0.0, board, said.append, frozen_s)
    source._receive = lambda stop: None
    given = source.frames(stop := threading.Event())
    names, still = [], display("1")
    noisy = still.copy()
    noisy[0, 0] += 30
    for clock, pixels in ((0, still), (50, still), (61, still), (70, still), (71, noisy)):
        source._put(stream._Received(av.VideoFrame.from_ndarray(pixels, format="rgb24"), float(clock), None))
        if str(clock) in read:
            names.append(str(round(next(given).time_s)))
        else:
            reader = threading.Thread(target=lambda: names.append(str(round(next(given).time_s))))
            reader.start()
            until(lambda: source._newest is None and "same picture" in board.snapshot()["problem"], "the word")
            source._put(stream._Received(av.VideoFrame.from_ndarray(noisy, format="rgb24"), 71.0, None))
            reader.join()
            break
    stop.set()
    assert (names, bool(said)) == (read[: len(names)], frozen_s > 0) and names[-1] == "71"


def test_only_the_newest_frame_is_read_and_none_before_its_time():
    frames = [av.VideoFrame.from_ndarray(display(f"{k}"), format="rgb24") for k in range(3)]
    source = StreamSource("http://127.0.0.1:9/x", 0.0, Board("x"), print)
    source._receive = lambda stop: None
    given = source.frames(stop := threading.Event())
    for k in (0, 2):
        for each in frames[: k + 1]:
            source._put(stream._Received(each, 10.0 + k, None))
        assert np.array_equal(next(given).pixels, display(f"{k}"))
    stop.set()
    assert list(given) == []


@pytest.mark.parametrize("make", [turned, mirrored])
def test_a_stream_that_says_how_it_is_turned_is_read_upright(tmp_path, make):
    make(tmp_path / "c.mp4")
    source = StreamSource(str(tmp_path / "c.mp4"), 0.0, Board("x"), print)
    given = next(source.frames(stop := threading.Event()))
    stop.set()
    seen = given.pixels.astype(int)  # the newest picture: on a busy machine not the first one
    assert min(np.abs(seen - display(text)).mean() for text in TEXTS) < 9


@pytest.mark.parametrize(
    ("matrix", "rows", "made"), [(1, 16, 1), (5, 16, 5), (5, 720, 5), (2, 16, 6), (2, 720, 1), (4, 720, 1)]
)
def test_colours_are_those_of_the_matrix_that_a_frame_names_or_else_of_its_size(matrix, rows, made):
    rgb = np.zeros((rows, 16, 3), np.uint8)
    rgb[:, :, 1] = 200
    source = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    frame = source.reformat(format="yuv444p", dst_colorspace=made)
    frame.colorspace = matrix
    assert np.abs(stream._rgb(frame).astype(int) - rgb).max() <= 3


# A moved camera, and months


def project_reader(layout):
    """A reader of one window, made without a project's file."""
    from readout.cli.watch import _live

    return FrameReader(lambda size: _live(Document(layout=layout), None, print))


def test_memory_stays_flat_however_long_it_runs(tmp_path, monkeypatch):
    """Each picture has noise of its own, so nothing comes back that a cache could know; what is kept is full early."""
    monkeypatch.setattr("readout.cli.watch.STRIPS", 8)
    count, warm = 300, 110
    sizes, rng = [], np.random.default_rng(0)
    pictures = [display(text).astype(int) for text in ("21.5", "37.0", "5.25")]

    class Endless:
        name = "endless"

        def frames(self, stop):
            for k in range(count):
                if k == 0:
                    tracemalloc.start()
                if k in (warm, count - 1):
                    gc.collect()
                    sizes.append(tracemalloc.get_traced_memory()[0])
                noisy = pictures[k // 4 % 3] + rng.integers(-6, 7, (48, 160, 1))
                yield SourceFrame(f"endless#t={k}", noisy.clip(0, 255).astype(np.uint8), float(k), None)

    board = Board("endless")
    layout = Layout((160, 48), (Readout("window", window=(20, 4, 120, 40)),))
    table = CsvLog(tmp_path / "o.csv", CHANGE, board, print)
    try:
        watch(Endless(), project_reader(layout), board, [table], print, threading.Event())
    finally:
        tracemalloc.stop()
        table.close()
    assert board.snapshot()["frames"] == count
    assert sizes[1] - sizes[0] < 80_000, sizes  # less than a crop for every hundred frames


def test_boxes_follow_a_camera_that_has_moved_and_hold_the_value_where_the_anchor_is_lost(tmp_path):
    """A project with an anchor, as the page saves it; pictures come one by one into a folder."""
    folder, out = tmp_path / "camera", tmp_path / "out.csv"
    folder.mkdir()
    truth = anchored_project(tmp_path / "p.readout.zip")
    with Watching(
        folder, "--project", tmp_path / "p.readout.zip", "--out", out, "--rows", "frame", log=tmp_path / "log"
    ) as run:
        for k, move in enumerate([(0, 0), (4, -3), None]):
            anchored_frame(move).save(folder / f".{k}.png", "PNG")
            (folder / f".{k}.png").rename(folder / f"{k}.png")
            until(lambda seen=k + 1: run.json()["frames"] == seen, "the picture")
        held = run.held()
        assert (held["text"], held["frame"]) == (truth, "1.png")
        assert "anchor-lost" in held["flags"] and held["latest"]["confirmed"] is False
    top = [row for row in rows_of(out) if row["readout"] == "top"]
    assert [(row["shift_x"], row["shift_y"]) for row in top] == [("0.0", "0.0"), ("4.0", "-3.0"), ("", "")]
    assert [row["text"] for row in top[:2]] == [truth] * 2
