"""Clips outside the browser, decoded with PyAV: the same frames, times and planes that the page has."""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from ..errors import ReadoutError
from ..imaging.colour import Coding, Planes
from ..layout.region import Region
from .sampling import FRAMES_PER_CHUNK, microsecond

try:
    import av
except ImportError:  # an extra: reading pictures does without
    av = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from av import Packet, VideoCodecContext, VideoFrame, VideoStream
    from av.container import InputContainer

SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".ts", ".mts", ".ogv", ".wmv", ".flv")
KINDS = ("mov", "matroska", "avi", "mpeg", "mpegts", "ogg", "asf", "flv")
"""Containers that are taken, by libav's first name for them. It opens pictures and text as videos, too."""
MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020-ncl"}
"""ISO/IEC 23091-2 numbers of matrices that `yuv` knows; others count as unnamed, as in a browser."""
FULL_RANGE = 2
"""libav's AVCOL_RANGE_JPEG."""
PLANAR = {"yuv420p": "I420", "yuvj420p": "I420", "nv12": "NV12"}
VP8_SHOWN = 0x10
"""The bit of a VP8 packet's first byte that says that it is shown. RFC 6386, section 9.1."""
WORTH_A_JUMP = 6
"""Fewer packets than this between two wanted ones are decoded: starting again at a key frame costs as much."""
FIRST_FRAME_PACKETS = 32
"""Packets that are decoded at most to see the first frame."""
DAMAGED = "the file is damaged there"


@dataclass
class VideoChunk:
    """One chunk of a clip.

    times: float64 (n,), seconds, of the frames that were decoded. index: int32 (n,), which of m distinct pictures each
    shows. planes: of each region as it was asked for, but larger, the m pictures. problems: what is missing, as text.
    """

    times: np.ndarray
    index: np.ndarray
    planes: list[Planes]
    problems: list[str] = field(default_factory=list)


class VideoReader:
    """A clip's picture track.

    name: of the file. times: float64 (F,), seconds, of its frames, ascending. width, height: upright. coded: (width,
    height) as it is stored. rotation: 0, 90, 180 or 270 degrees clockwise, what turns it upright. problems: sentences.
    """

    def __init__(self, path: Path):
        """Raises ReadoutError, saying what is wrong, for a file of which no frame can be read."""
        self.path, self.name = Path(path), Path(path).name
        self.problems: list[str] = []
        if av is None:
            raise ReadoutError(f'{self.name} is a clip, and clips need PyAV: run pip install "readout[video]"')
        with self._opened() as container:
            self._list(container)
        if cut_off(self.path):
            self.problems.append(f"{self.name} is cut off: what there is of it is read, copy it again to have the rest")
        self._look()

    def read(self, times: Sequence[float], regions: Sequence[Region]) -> Iterator[VideoChunk]:
        """The regions of the frames at these times, some of `times`, ascending, in chunks of FRAMES_PER_CHUNK.

        regions: upright, inside the picture; they are made larger to begin and end at even pixels as stored.
        """
        wanted = [round(time * 1e6) for time in times]
        pictures, missed = _Pictures(self, regions), []
        for done, (time, frame) in enumerate(self._matched(wanted), start=1):
            why = pictures.add(time, frame) if frame else DAMAGED
            if why:
                missed.append((time, why))
            if done % FRAMES_PER_CHUNK == 0 or done == len(wanted):
                yield pictures.part(_told(missed))
                pictures, missed = _Pictures(self, regions), []

    def _opened(self) -> "InputContainer":
        try:
            # Without this libav moves the times of clips that were trimmed inside a frame. The page goes by the tracks.
            return av.open(str(self.path), options={"advanced_editlist": "0"})
        except OSError as error:
            if not isinstance(error, av.FFmpegError) or isinstance(error, (FileNotFoundError, PermissionError)):
                raise ReadoutError(f"{self.path} cannot be read ({error.strerror}): check the path") from error
            raise ReadoutError(self._why_not()) from error
        except (av.FFmpegError, ValueError) as error:
            raise ReadoutError(self._why_not()) from error

    def _why_not(self) -> str:
        with self.path.open("rb") as file:
            head = file.read(12)
        if not head:
            return f"{self.name} is empty: copy it again from where it was recorded"
        if head[:4] == b"\x1aE\xdf\xa3" and not cut_off(self.path):
            return f"{self.name} has a picture track without a single frame: record it again, or take another file"
        if head[:4] == b"\x1aE\xdf\xa3" or head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return f"{self.name} is cut off before anything in it can be read: copy it again from where it was recorded"
        return f"{self.name} is not a video: give MP4, MOV, WebM or MKV, or pictures"

    def _list(self, container: "InputContainer") -> None:
        """Fills `times`, and `_order`: of each packet, as stored, its time in microseconds, if a key frame, pts."""
        if container.format.name.split(",")[0] not in KINDS:
            raise ReadoutError(f"{self.name} is not a video: give MP4, MOV, WebM or MKV, or pictures")
        if not container.streams.video:
            raise ReadoutError(f"{self.name} has no pictures, only sound: choose the video file")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise ReadoutError(f"{self.name} is made with a codec that PyAV does not know: convert it to H.264 first")
        vp8 = stream.codec_context.name == "vp8"
        order, shown, self._base = [], set(), stream.time_base
        for packet in _packets(container, stream):
            time = _time(packet)
            order.append((time, packet.is_keyframe, packet.pts))
            if time >= 0 and not (vp8 and not bytes(packet)[0] & VP8_SHOWN):
                shown.add(time)
        self._order = order
        self._keys = [at for at, (_, key, _) in enumerate(order) if key]
        self._places = {time: at for at, (time, *_) in reversed(list(enumerate(order)))}
        if not shown or not self._keys:
            raise ReadoutError(
                f"{self.name} has a picture track without a single frame: record it again, or take another file"
            )
        self.times = np.array(sorted(shown)) / 1e6

    def _look(self) -> None:
        """The size and the rotation, by the first frame."""
        begin = self._keys[0]
        for frame in self._span(begin, begin + FIRST_FRAME_PACKETS):
            if frame.rotation % 90:
                raise ReadoutError(f"{self.name} is turned by {frame.rotation} degrees: save it upright")
            self.coded, self.rotation = (frame.width, frame.height), -frame.rotation % 360
            self.width, self.height = self.coded[:: -1 if self.rotation % 180 else 1]
            return
        raise ReadoutError(f"{self.name} is damaged, none of its first frames can be decoded: copy it again")

    def _matched(self, wanted: Sequence[int]) -> Iterator[tuple[int, "VideoFrame | None"]]:
        """Each time wanted, with its frame, or None where there is none."""
        at = 0
        for time, frame in self._decoded(wanted):
            while at < len(wanted) and wanted[at] < time:
                yield wanted[at], None
                at += 1
            if at == len(wanted):
                return
            if wanted[at] == time:
                yield time, frame
                at += 1
        for time in wanted[at:]:
            yield time, None

    def _decoded(self, wanted: Sequence[int]) -> Iterator[tuple[int, "VideoFrame"]]:
        """(time, frame) of frames that are shown, in order, those at the times wanted among them."""
        last = -1
        for begin, end in self._spans(wanted):
            for frame in self._span(begin, end):
                if frame.pts is not None and not frame.is_corrupt and (time := _time(frame, self._base)) > last:
                    last = time
                    yield time, frame

    def _spans(self, wanted: Sequence[int]) -> list[list[int]]:
        """Which packets to decode for frames at these times: [from, to), each from a key frame."""
        spans: list[list[int]] = []
        for time in wanted:
            at = self._places.get(time)
            if at is None:
                continue
            k = max(bisect_right(self._keys, at) - 1, 0)
            if k and time < self._order[self._keys[k]][0]:
                k -= 1  # it is stored after the key frame and shown before it: it leans on the one before
            begin = self._keys[k]
            if not spans or begin > spans[-1][1] + WORTH_A_JUMP:
                spans.append([begin, at + 1])
            else:
                spans[-1][1] = max(spans[-1][1], at + 1)
        return spans

    def _span(self, begin: int, end: int) -> Iterator["VideoFrame"]:
        """The frames of packets from a key frame on. After a damaged one, all up to the next key frame is left out."""
        damaged, decoder = False, None
        for packet in islice(self._from(begin), end - begin):
            if decoder is None:
                decoder = packet.stream.codec_context
                decoder.thread_count = 1  # what is lost by damage must not depend on how many threads there are
            if damaged and not packet.is_keyframe:
                continue
            damaged = False
            try:
                yield from decoder.decode(packet)
            except av.FFmpegError:
                damaged = True
                yield from _rest(decoder)
                decoder.flush_buffers()
        if decoder is not None:
            yield from _rest(decoder)

    def _from(self, begin: int) -> Iterator["Packet[VideoStream]"]:
        """The packets from position `begin` on. Where seeking leads past it, all before are walked through."""
        for sought in (True, False) if begin else (False,):
            with self._opened() as container:
                stream = container.streams.video[0]
                if sought:
                    try:
                        container.seek(self._order[begin][2] or 0, stream=stream)
                    except av.FFmpegError:
                        continue
                packets = _packets(container, stream)
                first = next(packets, None)
                if first is None:
                    continue
                position = self._places.get(_time(first), begin + 1) if sought else 0
                if position <= begin:
                    yield from islice(chain([first], packets), begin - position, None)
                    return


class _Pictures:
    """The regions of a chunk's frames, equal neighbours once."""

    def __init__(self, clip: VideoReader, regions: Sequence[Region]) -> None:
        self.clip = clip
        self.stored = [_evenly(region, clip) for region in regions]
        self.kind: tuple[str, str | None, bool] | None = None
        self.times: list[float] = []
        self.index: list[int] = []
        self.pictures: list[list[bytes]] = []

    def add(self, time: int, frame: "VideoFrame") -> str:
        """Take a frame. Returns why it cannot be taken, or an empty text."""
        if (frame.width, frame.height) != self.clip.coded:
            return _another_size((frame.width, frame.height), self.clip)
        format = PLANAR.get(frame.format.name, "RGBA")
        kind: tuple[str, str | None, bool] = ("RGBA", None, False)
        if format == "RGBA":
            frame = frame.reformat(format="rgba")
        else:
            full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
            kind = (format, MATRICES.get(int(frame.colorspace)), full)
        self.kind = self.kind or kind
        if self.kind[0] != format:
            return f"its pixels are stored as {format}, those before it as {self.kind[0]}"
        planes = [np.frombuffer(cast(bytes, plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]
        picture = [_copied(planes, format, region) for region in self.stored]
        if not self.pictures or self.pictures[-1] != picture:
            self.pictures.append(picture)
        self.index.append(len(self.pictures) - 1)
        self.times.append(time / 1e6)
        return ""

    def part(self, problems: list[str]) -> VideoChunk:
        clip, (format, matrix, full) = self.clip, self.kind or ("I420", None, False)
        coding = Coding(format, matrix, full, clip.rotation).of_frames((clip.width, clip.height))
        planes = [
            Planes.from_bytes(_upright(stored, clip), b"".join(picture[k] for picture in self.pictures), coding)
            for k, stored in enumerate(self.stored)
        ]
        return VideoChunk(np.array(self.times), np.array(self.index, np.int32), planes, problems)


def _packets(container: "InputContainer", stream: "VideoStream") -> Iterator["Packet[VideoStream]"]:
    """The packets that are wholly there, as stored."""
    try:
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None and not packet.is_corrupt:
                yield packet
    except av.FFmpegError:
        return


def _rest(decoder: "VideoCodecContext") -> Iterator["VideoFrame"]:
    try:
        yield from decoder.decode(None)
    except av.FFmpegError:
        return


def _time(timed: "Packet[VideoStream] | VideoFrame", base: Fraction | None = None) -> int:
    """In microseconds, of a packet, or of a frame by the base of its packets."""
    return round(microsecond(float((timed.pts or 0) * (base or timed.time_base or 1))) * 1e6)


def _turned(region: Region, rotation: int, size: tuple[int, int]) -> Region:
    """A rectangle of a picture of `size` (width, height) where it is before it is turned clockwise by `rotation`."""
    x, y, w, h = region.box
    width, height = size
    places = {0: (x, y, w, h), 90: (y, height - x - w, h, w), 180: (width - x - w, height - y - h, w, h)}
    places[270] = (width - y - h, x, h, w)
    return Region(region.readout, *places[rotation])


def _evenly(region: Region, clip: VideoReader) -> Region:
    """An upright region as it is stored, aligned outwards to even pixels."""
    if not region.fits((clip.width, clip.height)):
        raise ReadoutError(
            f"what is read lies inside the picture of {clip.width} x {clip.height}, got {region.width} x "
            f"{region.height} at {region.x}, {region.y}: move the boxes, or use the layout made for this size"
        )
    return _turned(region, clip.rotation, clip.coded).aligned_to_even(clip.coded)


def _upright(stored: Region, clip: VideoReader) -> Region:
    return _turned(stored, -clip.rotation % 360, (clip.width, clip.height))


def _copied(planes: Sequence[np.ndarray], format: str, region: Region) -> bytes:
    """The bytes of a region of one picture, plane after plane without gaps."""
    x, y, w, h = region.box
    if format == "RGBA":
        return planes[0][y : y + h, 4 * x : 4 * (x + w)].tobytes()
    wide = 2 if format == "NV12" else 1
    rows, columns = slice(y // 2, (y + h + 1) // 2), slice(x // 2 * wide, (x + w + 1) // 2 * wide)
    return planes[0][y : y + h, x : x + w].tobytes() + b"".join(plane[rows, columns].tobytes() for plane in planes[1:])


def _another_size(coded: tuple[int, int], clip: VideoReader) -> str:
    turn = -1 if clip.rotation % 180 else 1
    (w, h), (width, height) = coded[::turn], clip.coded[::turn]
    return (
        f"the picture is {w} x {h} there and {width} x {height} at the beginning, cut the clip in two where it changes"
    )


def _told(missed: Sequence[tuple[int, str]]) -> list[str]:
    """Sentences on frames that were not read, (microseconds, reason), neighbours together."""
    sentences = []
    for why, run in groupby(missed, key=lambda each: each[1]):
        times = [time / 1e6 for time, _ in run]
        what = (
            f"the frame at {times[0]:.3f} s"
            if len(times) == 1
            else f"{len(times)} frames from {times[0]:.3f} to {times[-1]:.3f} s"
        )
        sentences.append(f"{what} could not be read: {why}")
    return sentences


def cut_off(path: Path) -> bool:
    """Whether the file says that it is longer than it is, by its outermost parts."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) == b"\x1aE\xdf\xa3":
            return _segment_end(file) > size
        at = 0
        while at < size:
            file.seek(at)
            head = file.read(16)
            length = struct.unpack(">I", head[:4])[0] if len(head) >= 8 else 8
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            if not length or not head[4:8].isalnum():  # up to the end, or no box
                return False
            at += max(length, 8)
        return at > size


def _segment_end(file: BinaryIO) -> int:
    """Where a Matroska segment ends (RFC 8794, section 4), 0 where it does not say."""
    begin, length = file.tell(), _number(file)
    file.seek(begin + length[1] + length[0] if length else 0)
    if file.read(4) != b"\x18S\x80g":
        return 0
    begin, length = file.tell(), _number(file)
    return begin + length[1] + length[0] if length else 0


def _number(file: BinaryIO) -> tuple[int, int] | None:
    """A number of variable length, and how many bytes it takes; None for one that is not known."""
    head = file.read(8)
    count = 9 - head[0].bit_length() if head and head[0] else 0
    if not count or len(head) < count:
        return None
    value = int.from_bytes(head[:count], "big") & ((1 << 7 * count) - 1)
    return None if value == (1 << 7 * count) - 1 else (value, count)
