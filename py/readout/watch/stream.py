"""Cameras and streams, by PyAV. What is broken is opened again, for as long as it takes."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from ..errors import ReadoutError, pip_install
from ..imaging.colour import known_matrix, upright
from ..video.frame_regions import MATRICES, orientation
from ..video.sampling import frame_name
from ..video.tracks import picture_track
from .board import Board
from .source_frame import SourceFrame, Tell

try:
    import av
except ImportError:  # an extra: a folder of pictures does without
    av = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Before a source is opened again: twice as long each time."""
PATIENCE_S = 10.0
"""A stream that sends nothing for so long is opened again."""
SILENT_S = 3 * PATIENCE_S
"""A source without a frame for so long is said to be down, whatever it waits for."""
FEWEST = 3
"""Pictures that must be the same before a source is taken to hang, however far apart they are."""
POLL_S = 0.5
"""A source that waits looks so often whether it is to stop."""


def shown_name(source: str) -> str:
    """A source as it may be shown: without a user, a password and what follows a question mark."""
    if "://" not in source:
        return Path(source).resolve().name or source
    parts = urlsplit(source)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


class _Received(NamedTuple):
    """A frame, when it came, by the monotonic clock and UTC, and what turns it upright; see `orientation`."""

    frame: "VideoFrame"
    clock: float
    moment: datetime
    turn: tuple[int, bool] = (0, False)


class _Still:
    """How long pictures have been the same to the last bit."""

    def __init__(self) -> None:
        self._pixels: np.ndarray | None = None
        self._since, self._count = 0.0, 0

    def see(self, pixels: np.ndarray, clock: float) -> float:
        """Seconds since the picture was another one; 0 for so few that chance may do it."""
        if self._pixels is None or not np.array_equal(pixels, self._pixels):
            self._pixels, self._since, self._count = pixels, clock, 0
        self._count += 1
        return clock - self._since if self._count >= FEWEST else 0.0


class StreamSource:
    """A camera or a stream. The newest frame is read, at most one in `every_s` seconds; others are passed over.

    A thread decodes, so that what is read is never late. Broken connections are opened again after FIRST_WAIT_S, then
    after twice as long each time, up to LONGEST_WAIT_S. A picture that has not changed at all for `frozen_s` seconds is
    read no more until it does: a camera that hangs sends such. 0 reads it however long.
    """

    def __init__(self, source: str, every_s: float, board: Board, tell: Tell, frozen_s: float = 0.0):
        if av is None:
            raise ReadoutError(f"a stream needs PyAV: run {pip_install('video')}")
        self._source, self._every_s = source, every_s
        self._board, self._tell, self._frozen_s = board, tell, frozen_s
        self._still = _Still()
        self.name = shown_name(source)
        self._label = re.split(r"[/\\]", self.name.rstrip("/"))[-1] or "stream"
        self._news = Condition()
        self._newest: _Received | str | None = None
        """The newest frame, or why there is none: in the order in which they came."""

    def frames(self, stop: Event) -> Iterator[SourceFrame]:
        """The frames as they come, until `stop` is set."""
        Thread(target=self._receive, args=(stop,), daemon=True).start()
        first, last = None, time.monotonic()
        while not stop.is_set():
            with self._news:
                self._news.wait_for(lambda: self._newest is not None, POLL_S)
                found, self._newest = self._newest, None
            if isinstance(found, _Received):
                frame, came, moment, turn = found
                first, last = came if first is None else first, came
                time_s, pixels = came - first, _rgb(frame, turn)
                if 0 < self._frozen_s <= self._still.see(pixels, came):
                    problem = f"{self.name} has sent the same picture for {self._frozen_s:g} s or more: it may hang"
                    self._board.down(problem)
                    self._tell(problem)
                else:
                    yield SourceFrame(frame_name(self._label, time_s), pixels, time_s, moment)
                self._pause(came + self._every_s, stop)
            elif found:
                self._still = _Still()
                self._board.down(found)
            elif time.monotonic() - last > SILENT_S:
                last = time.monotonic()
                problem = f"{self.name} has sent no picture for more than {SILENT_S:.0f} s: it is waited for"
                self._board.down(problem)
                self._tell(problem)

    def _pause(self, due: float, stop: Event) -> None:
        """Wait until then, or until the stream is lost."""
        while not stop.is_set() and (rest := due - time.monotonic()) > 0:
            with self._news:
                if self._news.wait_for(lambda: isinstance(self._newest, str), min(rest, POLL_S)):
                    return

    def _receive(self, stop: Event) -> None:
        wait = FIRST_WAIT_S
        while not stop.is_set():
            came, why, since = 0, "", time.monotonic()
            try:
                with _opened(self._source) as container:
                    for frame in _decoded(container):
                        turn = orientation(frame, "its picture")
                        came, since = came + 1, time.monotonic()
                        self._put(_Received(frame, since, datetime.now(UTC), turn))
                        if stop.is_set():
                            return
            except Exception as error:  # a thread that dies would end the reading without a word
                why = "" if isinstance(error, av.ExitError) else _why(error)  # it is what ends a wait for too long
            if hangs := time.monotonic() - since >= PATIENCE_S:  # libav may end a stream without an error then
                why = f"it has sent no picture for {PATIENCE_S:g} s{': ' * bool(why)}{why}"
            if came:
                wait = FIRST_WAIT_S
            self._board.count("reconnects_total")
            if not came or hangs:  # else it may be there again at once: some cameras give one picture a connection
                problem = f"{self.name} cannot be read ({why or 'it ended'}): it is opened again until it can"
                self._put(problem)
                self._tell(problem)
            stop.wait(max(wait, self._every_s))
            wait = FIRST_WAIT_S if came else min(2 * wait, LONGEST_WAIT_S)

    def _put(self, news: "_Received | str") -> None:
        with self._news:
            self._newest = news
            self._news.notify_all()


def _opened(source: str) -> "InputContainer":
    if re.fullmatch(r"/dev/video\d+", source):
        return av.open(source, format="v4l2", timeout=PATIENCE_S)
    options = {"rtsp_transport": "tcp"} if source.startswith("rtsp") else {}
    return av.open(source, options=options, timeout=PATIENCE_S)


def _decoded(container: "InputContainer") -> Iterator["VideoFrame"]:
    """The frames as they are decoded. What leans on a damaged packet is left out, up to the next key frame."""
    if not container.streams.video:
        raise ReadoutError("it has no pictures, only sound")
    stream = picture_track(container)
    decoder, damaged = stream.codec_context, False
    if decoder is None:
        raise ReadoutError("it is made with a codec that PyAV does not know")
    for packet in container.demux(stream):
        if damaged and not packet.is_keyframe and packet.size:
            continue
        damaged = False
        try:
            for frame in decoder.decode(packet if packet.size else None):
                if not frame.is_corrupt:
                    yield frame
        except av.EOFError:
            return
        except av.FFmpegError:
            damaged = True
            decoder.flush_buffers()


def _rgb(frame: "VideoFrame", turn: tuple[int, bool] = (0, False)) -> np.ndarray:
    """uint8 RGB (h, w, 3), upright, with the colours that a clip of this size has; see `colour.known_matrix`."""
    named = MATRICES.get(int(frame.colorspace))
    matrix = known_matrix(named, (frame.width, frame.height))
    code = next(code for code, name in MATRICES.items() if name == matrix)
    pixels = frame.to_ndarray(format="rgb24", src_colorspace=code)
    rotation, mirrored = turn
    return upright(pixels[None, :, ::-1] if mirrored else pixels[None], rotation)[0]


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:200]
