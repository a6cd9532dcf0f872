"""Clips outside the browser, decoded with PyAV: the same frames, times and planes that the page has."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ..errors import ReadoutError, pip_install
from ..files.kinds import is_motion_jpeg
from ..layout.region import Region
from ._av import av
from .edits import edit_list, endless
from .frame_regions import RegionPictures, VideoChunk, orientation
from .packets import TIMELESS, Complaints, complaints, index_packets, of_damage, packets
from .sampling import FRAMES_PER_CHUNK
from .tracks import count_packets, picture_track, picture_tracks
from .truncated import NEVER_DAMAGED, cut_off
from .words import CUT_OFF, DROPPED, ENDS_INSIDE, TRACKS

if TYPE_CHECKING:
    from av import Packet, VideoCodecContext, VideoFrame, VideoStream
    from av.container import InputContainer

KINDS = (
    *("mov", "matroska", "avi", "mpeg", "mpegts", "ogg", "asf", "flv", "mxf", "dv", "ivf", "nut", "wtv", "rm"),
    *("h264", "hevc", "m4v", "mpegvideo", "mjpeg", "yuv4mpegpipe"),
)
"""Containers that are taken, by libav's first name for them. It opens pictures and text as videos, too."""
ALL_SHOWN = ("ffv1", "mjpeg")
"""Codecs whose decoders hand on what is damaged as if it were whole, and say in words alone that it is not."""
FIRST_FRAME_PACKETS = 32
"""Packets that are decoded at most to see the first frame."""
MOST_B_FRAMES = 16
"""Frames that lie between two others and lean on both: as many as a decoder keeps. Rec. ITU-T H.264, A.3.1."""
DAMAGED = "the file is damaged there"


class VideoReader:
    """A clip's picture track.

    name: of the file. times: float64 (F,), seconds, of its frames, ascending. width, height: upright. coded: (width,
    height) as it is stored. mirrored: whether left and right are to be swapped. rotation: 0, 90, 180 or 270 degrees
    clockwise, what then turns it upright. index: of its packets. problems: sentences on what is missing. remarks: on
    what is otherwise than it seems.
    """

    def __init__(self, path: Path, name: str = "", fps: float | None = None):
        """Raises ReadoutError, saying what is wrong, for a file of which no frame can be read.

        name: of its own. fps: pictures a second of a stream without a container, whatever it says of that.
        """
        self.path, self.name, self.fps = Path(path), name or Path(path).name, fps
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self._options: dict[str, str] = {}
        if av is None:
            raise ReadoutError(f"{self.name} is a clip, and clips need PyAV: run {pip_install('video')}")
        with complaints() as told, self._opened() as container:
            self._list(container, told)
        if cut_off(self.path, self._track):
            self.problems.append(f"{self.name} {CUT_OFF}")
        elif cut_off(self.path):
            self.remarks.append(f"{self.name} {ENDS_INSIDE}")
        self._look()

    def read(
        self, times: Sequence[float], regions: Sequence[Region], most: int = FRAMES_PER_CHUNK
    ) -> Iterator[VideoChunk]:
        """The regions of the frames at these times, some of `times`, ascending, in chunks of FRAMES_PER_CHUNK.

        regions: upright, inside the picture; they are made larger to begin and end at even pixels as stored. most:
        frames that one part has at most, where a whole chunk would need too much memory; what is missing of the chunk
        is told with its last part.
        """
        wanted = [round(time * 1e6) for time in times]
        pictures, missed, scaled = RegionPictures(self, regions), [], []
        for done, (time, frame) in enumerate(self._matched(wanted), start=1):
            why = pictures.add(time, frame) if frame else DAMAGED
            if why:
                missed.append((time, why))
            last = done % FRAMES_PER_CHUNK == 0 or done == len(wanted)
            if last or len(pictures.times) == most:
                scaled += pictures.scaled
                yield pictures.part(*(_told(missed), _told(scaled, "could only be read scaled")) if last else ([], []))
                pictures = RegionPictures(self, regions)
            if last:
                missed, scaled = [], []

    def _opened(self) -> "InputContainer":
        try:
            # By its name libav may take Motion JPEG for one picture.
            format = "mjpeg" if is_motion_jpeg(self.path) else None
            return av.open(str(self.path), format=format, options=self._options)
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

    def _list(self, container: "InputContainer", told: Complaints) -> None:
        """Fills `index` and `times`."""
        self._kind = container.format.name.split(",")[0]
        if self._kind not in KINDS:
            raise ReadoutError(f"{self.name} is not a video: give MP4, MOV, WebM or MKV, or pictures")
        if not container.streams.video:
            raise ReadoutError(f"{self.name} has no pictures, only sound: choose the video file")
        counted: dict[int, int] = {}
        if len(picture_tracks(container)) > 1:
            with complaints(), self._opened() as again:
                counted = count_packets(again)
        stream = picture_track(container, counted)
        self._number = stream.index
        if stream.codec_context is None:
            raise ReadoutError(f"{self.name} is made with a codec that PyAV does not know: convert it to H.264 first")
        if self._kind == "mov" and not self._options and endless(edit_list(self.path, stream.index) or []):
            self._options = {"advanced_editlist": "0"}
            with self._opened() as again:
                self._list(again, told)
            return
        self._track = stream.id if self._kind == "mpegts" and stream.codec_context.name not in NEVER_DAMAGED else None
        self.index = index_packets(container, stream, self.path, told, self.fps)
        if not self.index.shown and (self.index.problems or cut_off(self.path)):
            raise ReadoutError(f"{self.name} is damaged or cut off, none of its pictures is found: copy it again")
        if not self.index.shown:
            raise ReadoutError(
                f"{self.name} has a picture track without a single frame: record it again, or take another file"
            )
        tracks = len(picture_tracks(container, counted))
        if tracks > 1:
            self.remarks.append(f"{self.name} {TRACKS.format(tracks)}")
        self.problems += [f"{self.name}: {problem}" for problem in self.index.problems]
        self.remarks += [f"{self.name}: {remark}" for remark in self.index.remarks]
        self.times = np.array(self.index.shown) / 1e6

    def _look(self) -> None:
        """The size and how it is turned, by the first frame, and whether frames are stored in another order."""
        begin = self.index.keys[0]
        timeless, first, latest = self._kind in TIMELESS, None, -1
        for position, frame in self._span(begin, begin + FIRST_FRAME_PACKETS):
            if first is None:
                first = frame
                self.coded = (frame.width, frame.height)
                self.rotation, self.mirrored = orientation(frame, self.name)
            if not timeless:
                break
            self.index.seen(position < latest)
            latest = position
        if first is None:
            raise ReadoutError(f"{self.name} is damaged, none of its first frames can be decoded: copy it again")
        if self.index.are_ranks_unsure:
            self.problems.append(f"{self.name}: {DROPPED}")
        self.width, self.height = self.coded[:: -1 if self.rotation % 180 else 1]

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
        for begin, end in self.index.spans(wanted):
            for time, frame in self._sound(self._timed(begin, self._span(begin, end))):
                if time > last:
                    last = time
                    yield time, frame

    def _sound(self, frames: Iterator[tuple[int, "VideoFrame"]]) -> Iterator[tuple[int, "VideoFrame"]]:
        """Without damaged frames and what leans on one: B-frames beside it, all up to the next key frame."""
        run: list[tuple[int, VideoFrame]] = []
        broken, sound = 0, True
        for time, frame in frames:
            run.append((time, frame))
            if frame.pict_type == av.video.frame.PictureType.B and len(run) < MOST_B_FRAMES:
                continue
            group = bisect_right(self.index.keys, frame.pts or 0)
            whole = sound and not any(each.is_corrupt for _, each in run)
            if frame.is_corrupt or not (whole or len(run) < MOST_B_FRAMES):
                broken = group
            sound = group != broken
            if sound:
                yield from run if whole else run[-1:]
            run = []
        if sound and not any(each.is_corrupt for _, each in run):
            yield from run

    def _timed(self, begin: int, frames: Iterator[tuple[int, "VideoFrame"]]) -> Iterator[tuple[int, "VideoFrame"]]:
        """(time, frame) of (position, frame), decoded from the key frame at `begin` on."""
        stamps, keys = self.index.stamps, self.index.keys
        if not self.index.reordered:
            yield from ((stamps[position], frame) for position, frame in frames)
            return
        count: dict[int, int] = {}
        for position, frame in frames:
            group = keys[max(bisect_right(keys, position) - 1, 0)]
            rank = group + count.get(group, 0)
            count[group] = count.get(group, 0) + 1
            if group != begin or begin == keys[0]:  # of the first group, those that lean on the one before are missing
                yield stamps[rank], frame

    def _span(self, begin: int, end: int) -> Iterator[tuple[int, "VideoFrame"]]:
        """(position of its packet, frame) of packets from a key frame on.

        After a damaged packet, all up to the next key frame is left out.
        """
        damaged, decoder = False, None
        for position, packet in enumerate(islice(self._from(begin), end - begin), start=begin):
            if decoder is None:
                decoder = packet.stream.codec_context
                decoder.thread_count = 1  # what is lost by damage must not depend on how many threads there are
            if damaged and not packet.is_keyframe:
                continue
            damaged = False
            packet.pts = packet.dts = position  # a decoder hands it on with the frame
            try:
                with complaints() if decoder.name in ALL_SHOWN else nullcontext(()) as told:
                    frames = decoder.decode(packet)
                damaged = of_damage(told, decoder.name)
                yield from () if damaged else _numbered(frames)
            except av.FFmpegError:
                damaged = True
                yield from _numbered(_rest(decoder))
                decoder.flush_buffers()
        if decoder is not None:
            yield from _numbered(_rest(decoder))

    def _from(self, begin: int) -> Iterator["Packet[VideoStream]"]:
        """The packets from position `begin` on. Where seeking leads past it, all before are walked through."""
        for sought in (True, False) if begin else (False,):
            with self._opened() as container:
                stream = cast("VideoStream", container.streams[self._number])
                if sought:
                    try:
                        container.seek(self.index.seek_stamp(begin), stream=stream)
                    except av.FFmpegError:
                        continue
                each = packets(container, stream)
                first = next(each, None)
                if first is None:
                    continue
                position = self.index.place(first) if sought else 0
                if position is not None and position <= begin:
                    yield from islice(chain([first], each), begin - position, None)
                    return


def _rest(decoder: "VideoCodecContext") -> Iterator["VideoFrame"]:
    try:
        yield from decoder.decode(None)
    except av.FFmpegError:
        return


def _numbered(frames: Iterable["VideoFrame"]) -> Iterator[tuple[int, "VideoFrame"]]:
    return ((frame.pts, frame) for frame in frames if frame.pts is not None)


def _told(missed: Sequence[tuple[int, str]], outcome: str = "could not be read") -> list[str]:
    """Sentences on frames that were not read as they are, (microseconds, reason), neighbours together."""
    sentences = []
    for why, run in groupby(missed, key=lambda each: each[1]):
        times = [time / 1e6 for time, _ in run]
        what = (
            f"the frame at {times[0]:.3f} s"
            if len(times) == 1
            else f"{len(times)} frames from {times[0]:.3f} to {times[-1]:.3f} s"
        )
        sentences.append(f"{what} {outcome}: {why}")
    return sentences
