"""The packets of a clip's picture track, with the time at which each is shown. Knows no decoded frame.

Containers tell time in three ways. Most carry a presentation time with each packet, which may begin anywhere: what a
player shows as 0 is the first time of any track (MPEG-TS, MPEG-PS, FLV, fragmented MP4), or the beginning of the movie
where an edit list says so (ISO/IEC 14496-12, 8.6.6) and in Matroska. AVI and raw streams carry none: packets are in the
order of decoding, a frame's time is its rank in the order of display.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ._av import av
from .edits import edit_list, gaps_of, stamps_as_edited
from .mpeg_gaps import CODECS as MPEG
from .mpeg_gaps import MpegGaps
from .sampling import microsecond
from .truncated import dropped_at_end
from .words import CLOCK_ANEW, LONG_GAP, NO_PICTURES, NO_PICTURES_AGAIN, UNEVEN

if TYPE_CHECKING:
    from av import Packet, VideoStream
    from av.container import InputContainer

SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".ts", ".mts", ".ogv", ".wmv", ".flv", ".3gp")
"""File name endings that are taken for videos where the content does not tell."""
RAW = ("h264", "hevc", "m4v", "mpegvideo", "mjpeg")
"""Streams without a container, by libav's names: their packets have no time at all."""
TIMELESS = ("avi", *RAW)
"""Those that carry no time of presentation."""
USUAL_RATE = 25
"""Frames a second of a raw stream that does not say, as libav has it."""
NO_TIMES = f"the file does not say when its pictures were taken, times are those of {USUAL_RATE} pictures a second"
JPEG_END, LATEST_END = b"\xff\xd9", 64
"""What ends a JPEG, and so many bytes before the next one begins at most."""
RESTARTING = ("mpegts", "mpeg", "flv")
"""Containers whose clock may begin anew in the middle."""
HALF_WRAP = 2**32 / 90_000
"""Seconds: a clock that goes back to less than where the file begins is taken by libav to have wrapped."""
STEP_BACK = 1
"""Seconds: a clock that goes back by so much begins anew, by less where a key frame is not after the last one."""
VP8_SHOWN = 0x10
"""The bit of a VP8 packet's first byte that says that it is shown. RFC 6386, section 9.1."""
WORTH_A_JUMP = 6
"""Fewer packets than this between two wanted ones are decoded: starting again at a key frame costs as much."""


@dataclass
class PacketIndex:
    """P packets as stored, and the F times of frames that are shown.

    stamps: of each packet, a time in microseconds, from what a player shows as 0. keys: positions of key frames.
    shown: microseconds, ascending. clocks: by time, what the container says itself, in seconds. reordered: whether the
    stamps are those of decoding, and the k-th frame shown of the packets from one key frame to the next has the k-th
    time; to be set once a decoder has seen some. places: by time of a frame that is shown, the position of its packet.
    """

    stamps: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    clocks: dict[int, float] = field(default_factory=dict)
    reordered: bool = False
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    _marks: list[tuple[int | None, ...]] = field(default_factory=list)

    def spans(self, times: Sequence[int]) -> list[list[int]]:
        """Which packets to decode for frames at these times: [from, to), each from a key frame."""
        spans: list[list[int]] = []
        for time in times:
            at = self.places.get(time)
            if at is None:
                continue
            k = max(bisect_right(self.keys, at) - 1, 0)
            end = at + 1
            if self.reordered:
                end = self.keys[k + 1] if k + 1 < len(self.keys) else len(self.stamps)
                k = max(k - 1, 0)  # frames that lean on the group before are counted, too
            elif k and time < self.stamps[self.keys[k]]:
                k -= 1  # it is stored after the key frame and shown before it: it leans on the one before
            begin = self.keys[k]
            if not spans or begin > spans[-1][1] + WORTH_A_JUMP:
                spans.append([begin, end])
            else:
                spans[-1][1] = max(spans[-1][1], end)
        return spans

    def seen(self, earlier: bool) -> None:
        """Note a decoded frame. earlier: whether its packet is stored before that of the frame shown before it."""
        self.reordered |= earlier

    @property
    def are_ranks_unsure(self) -> bool:
        """Whether pictures are counted among which others were dropped: where those were shown is not known."""
        apart = [after - before for before, after in pairwise(self.shown)]
        return self.reordered and bool(apart) and max(apart) > UNEVEN * min(apart)

    def place(self, packet: "Packet[VideoStream]") -> int | None:
        """Where a packet that was sought stands; None where it cannot be told from another."""
        return self._by_mark.get(_mark(packet))

    @cached_property
    def _by_mark(self) -> dict[tuple[int | None, ...], int]:
        places: dict[tuple[int | None, ...], int] = {}
        for at, mark in enumerate(self._marks):
            places[mark] = -1 if mark in places else at
        return {mark: at for mark, at in places.items() if at >= 0}

    def seek_stamp(self, position: int) -> int:
        """What to seek for a packet, in the units of its track."""
        pts, dts = self._marks[position][:2]
        return (pts if pts is not None else dts) or 0


def packets(
    container: "InputContainer", stream: "VideoStream", on_damage: Callable[[], None] = lambda: None
) -> Iterator["Packet[VideoStream]"]:
    """The packets that are wholly there, as stored. on_damage: called for each that is not."""
    raw = container.format.name in RAW
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            if packet.is_corrupt or (container.format.name == "mjpeg" and JPEG_END not in bytes(packet)[-LATEST_END:]):
                on_damage()
            elif raw or packet.pts is not None or packet.dts is not None:
                yield packet
    except av.FFmpegError:
        return


Complaints = Sequence[tuple[int, str, str]]
"""What libav says of what it cannot make out of a file: (level, name of who says it, words), more by and by."""


HARMLESS = ("unknown stream", "APP fields", "EXIF")
"""Words of what libav cannot make out beside the pictures."""


def of_damage(told: Complaints, what: str) -> bool:
    """Whether libav said of a container or a decoder that what it read is damaged."""
    return any(name == what and not any(each in words for each in HARMLESS) for _, name, words in told)


@contextmanager
def complaints() -> Iterator[Complaints]:
    """What libav says in this thread: it goes on behind what is damaged, and hands on nothing of that.

    How much it says is set for the whole process, so that only one thread may listen at a time.
    """
    before = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as told:
            yield told
    finally:
        av.logging.set_level(before[0])
        av.logging.set_skip_repeated(before[1])


def index_packets(
    container: "InputContainer", stream: "VideoStream", path: Path, told: Complaints = (), fps: float | None = None
) -> PacketIndex:
    """Walk through all packets. No frame is shown where there is no key frame.

    told: since the file is opened. fps: pictures a second of a stream without a container; without, what it says.
    """

    kind = container.format.name.split(",")[0]
    codec = stream.codec_context
    index = PacketIndex()
    stated = Fraction(fps).limit_denominator(100_000) if fps else codec.framerate
    own = stated if kind in RAW else None  # libav's average is its default there
    base, rate = stream.time_base or Fraction(1), own or stream.average_rate or Fraction(USUAL_RATE)
    edits = edit_list(path, stream.index) if kind == "mov" else None
    begins = Fraction(0) if kind == "matroska" or edits is not None else _first_time(container)
    origin = begins or Fraction(0)
    gaps = gaps_of(edits or [])
    clocks: list[float] = []
    hidden: list[bool] = []
    shown: dict[int, float] = {}
    offset, previous, latest, latest_key = 0, None, 0, 0
    damaged: list[int] = []
    doubted, heard = None, 0
    still: list[tuple[float, float]] = []
    lacks = MpegGaps(1 / rate) if kind == "mpeg" and codec.name in MPEG else None
    for at, packet in enumerate(packets(container, stream, lambda: damaged.append(len(index.stamps)))):
        if doubted is None and kind not in RAW and of_damage(told[heard:], container.format.name):
            doubted = at
        heard = len(told)
        pts, dts = packet.pts, packet.dts
        stamp = dts if pts is None or (kind in TIMELESS and dts is not None) else pts
        if stamp is None or (own and fps):
            stamp = round(at / (rate * base))
        if kind in RESTARTING and dts is not None:
            ahead = (dts + offset - previous[0]) * base if previous else 0
            back = (latest - dts - offset) * base
            is_anew = back >= STEP_BACK or (back > 0 and packet.is_keyframe and dts + offset <= latest_key)
            if previous is not None and (is_anew or ahead >= HALF_WRAP):
                begin = latest + previous[1]
                offset, ahead = begin - dts, previous[1] * base
                index.remarks.append(CLOCK_ANEW.format(f"{float(begin * base - origin):.3f}"))
            elif previous is not None and ahead > LONG_GAP:
                still.append((float(ahead), float(previous[0] * base - origin)))
            previous = (dts + offset, max(dts + offset - previous[0], 0) if previous else 0)
            latest = max(latest, previous[0]) if at else previous[0]
            latest_key = previous[0] if packet.is_keyframe or not at else latest_key
            if lacks:
                lacks.see(bytes(packet), float((stamp + offset) * base - origin), Fraction(ahead))
        index.stamps.append(round(microsecond(float((stamp + offset) * base - origin)) * 1e6))
        index._marks.append(_mark(packet))
        if packet.is_keyframe:
            index.keys.append(at)
        is_unseen = packet.is_discard or (codec.name == "vp8" and not bytes(packet)[0] & VP8_SHOWN)
        hidden.append(is_unseen or not index.keys)
        clocks.append(float(stamp * base))
    if still:
        longest, since = max(still)
        more = NO_PICTURES_AGAIN.format(len(still) - 1, LONG_GAP) if still[1:] else ""
        index.remarks.append(NO_PICTURES.format(f"{longest:.0f}", f"{since:.3f}") + more)
    if begins is None and kind not in RAW:
        begin = min((time for time, unseen in zip(index.stamps, hidden, strict=True) if not unseen), default=0)
        index.stamps = [time - begin for time in index.stamps]
    hidden = [unseen or time < 0 for time, unseen in zip(index.stamps, hidden, strict=True)]
    if edits and not gaps:
        places = [mark[2] for mark in index._marks]
        index.stamps = stamps_as_edited(path, stream.index, edits, index.stamps, places, hidden)
    for at, time in enumerate(index.stamps):
        if not hidden[at] and not any(begin <= time < end for begin, end in gaps):
            shown.setdefault(time, clocks[at])
            index.places.setdefault(time, at)
    begin = index.keys[0] if index.keys else 0
    if begin and shown:
        index.problems.append(f"the first {begin} pictures lean on a part that is not in the file, and are left out")
    if doubted is None and kind not in RAW and of_damage(told[heard:], container.format.name):
        doubted = len(index.stamps)
    if damaged or doubted is not None:
        place = damaged[0] if damaged else doubted or 0
        after = (
            f" after {max(index.stamps[place - 1], 0) / 1e6:.3f} s" if place else " at the beginning" if damaged else ""
        )
        lost = f"{len(damaged)} or more frames are left out" if damaged else "frames may be missing or wrong"
        index.problems.append(f"the file is damaged{after}, {lost}: copy it again")
    elif lacks and lacks.ended():
        index.problems.append(
            f"the file lacks pictures after {max(min(lacks.lost), 0):.3f} s, and those behind them may have too early "
            "times: copy it again"
        )
    elif kind == "avi" and clocks:
        there = round(clocks[-1] / base) + 1 + dropped_at_end(path, index._marks[-1][2] or 0)
        if stream.frames > there:
            index.problems.append(
                f"the file says that it has {stream.frames} pictures, {there} are there: where one is "
                "missing, those behind it have too early times: copy it again"
            )
    twice = len(index.stamps) - sum(hidden) - len(shown)
    if twice and not edits:
        index.problems.append(
            f"{twice} pictures have the times of others, as where two recordings were joined, and are left out: "
            "convert the file with ffmpeg -fflags +genpts"
        )
    if kind in RAW and not own:
        index.remarks.append(NO_TIMES)
    index.shown = sorted(shown)
    index.clocks = shown
    return index


def _mark(packet: "Packet[VideoStream]") -> tuple[int | None, ...]:
    return packet.pts, packet.dts, packet.pos, packet.size


def _first_time(container: "InputContainer") -> Fraction | None:
    """When the first track begins, in seconds; None where no track says so."""
    begin = [
        stream.start_time * stream.time_base
        for stream in (*container.streams.video, *container.streams.audio)
        if stream.start_time is not None and stream.time_base is not None
    ]
    return min(begin, default=None)
