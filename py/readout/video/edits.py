"""Edit lists: which parts of an MP4's or MOV's track are shown, and when. ISO/IEC 14496-12, 8.6.6."""

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ._av import av
from .sampling import microsecond

TOLERANCE = 1e-3
"""Seconds: durations are whole units of the movie's clock, mostly of a millisecond."""


@dataclass(frozen=True)
class Edit:
    """start: when it begins in the movie. media: where it begins in the track, None where nothing is shown. Seconds.

    One that shows something for 0 seconds goes on to the end of the track, as fragments have it: infinitely long.
    """

    start: float
    seconds: float
    media: float | None

    def shows(self, time: float) -> bool:
        """Whether it shows the track's picture of that time."""
        return self.media is not None and -TOLERANCE <= time - self.media < self.seconds + TOLERANCE


def edit_list(path: Path, track: int) -> list[Edit] | None:
    """The edits of an MP4's or MOV's n-th track; None without a list."""
    with path.open("rb") as file:
        end, at = path.stat().st_size, 0
        while at + 8 <= end:
            file.seek(at)
            size, kind = struct.unpack(">I4s", file.read(8))
            head = 8
            if size == 1:
                size, head = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], 16
            if kind == b"moov":
                return _edits(file.read(size - head), track)
            if size < 8:
                return None
            at += size
    return None


def _edits(moov: bytes, track: int) -> list[Edit] | None:
    """ISO/IEC 14496-12, 8.6.6: version 0 has durations of 32 bits, version 1 of 64."""
    tracks, header = list(_boxes(moov, b"trak")), next(_boxes(moov, b"mvhd"), b"")
    own = tracks[track] if track < len(tracks) else b""
    found = [elst for edts in _boxes(own, b"edts") for elst in _boxes(edts, b"elst")][:1]
    own_header = next((mdhd for mdia in _boxes(own, b"mdia") for mdhd in _boxes(mdia, b"mdhd")), b"")
    if not found or len(header) < 24 or len(own_header) < 24:
        return None
    movie, media = (struct.unpack_from(">I", each, 20 if each[0] == 1 else 12)[0] or 1 for each in (header, own_header))
    entry = struct.Struct(">QqI" if found[0][:1] == b"\1" else ">IiI")
    whole = 8 + (len(found[0]) - 8) // entry.size * entry.size
    edits, start = [], 0.0
    for duration, begin, _ in entry.iter_unpack(found[0][8:whole]):
        seconds = duration / movie if duration or begin < 0 else math.inf
        edits.append(Edit(start, seconds, begin / media if begin >= 0 else None))
        start += duration / movie
    return edits


def endless(edits: Sequence[Edit]) -> bool:
    """Whether all is shown from one place on. libav then hides what is no fragment, unless it is told otherwise."""
    return [edit.seconds for edit in edits if edit.media is not None] == [math.inf]


def gaps_of(edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """Where nothing is shown between two edits, in microseconds; libav repeats the track's beginning there."""
    first = next((k for k, edit in enumerate(edits) if edit.media is not None), len(edits))
    return [
        (round(edit.start * 1e6), round((edit.start + edit.seconds) * 1e6))
        for edit in edits[first:]
        if edit.media is None
    ]


def stamps_as_edited(
    path: Path,
    track: int,
    edits: Sequence[Edit],
    stamps: Sequence[int],
    places: Sequence[int | None],
    hidden: Sequence[bool],
) -> list[int]:
    """The stamps of packets where several edits show something: each edit's first picture is shown at its beginning.

    So is that of one without an end. With B-frames libav counts pictures before an edit as if they were shown, and is
    late from there on. stamps: microseconds. places: of packets in the file, as libav plays them. hidden: which are not
    shown. Where a packet that is shown lies in no edit, nothing is known better, and stamps stay as they are.
    """
    parts = [edit for edit in edits if edit.media is not None]
    if len(parts) < 2 and not endless(edits):
        return list(stamps)
    times = _media_times(path, track)
    if any(place not in times for place in places):
        return list(stamps)
    media = [times[place] for place in places if place is not None]
    part_of = _parts_played(parts, media, [place or 0 for place in places], hidden)
    if part_of is None:
        return list(stamps)
    first: dict[int, float] = {}
    for part, time, is_hidden in zip(part_of, media, hidden, strict=True):
        if not is_hidden:
            first[part] = min(first.get(part, time), time)
    return [
        round(microsecond(parts[part].start + time - first.get(part, time)) * 1e6)
        for part, time in zip(part_of, media, strict=True)
    ]


def _parts_played(
    parts: Sequence[Edit], media: Sequence[float], places: Sequence[int], hidden: Sequence[bool]
) -> list[int] | None:
    """Which part each packet is played in, those that are not shown with the next one that is; None if that is unclear.

    A part begins where libav goes back in the file, or where a picture lies outside of the part before.
    """
    found: list[int] = []
    part, goes_back = -1, True
    for at, time in enumerate(media):
        goes_back |= at > 0 and places[at] <= places[at - 1]
        if hidden[at]:
            continue
        if goes_back or not parts[part].shows(time):
            part = next((k for k in range(part + 1, len(parts)) if parts[k].shows(time)), -1)
            if part < 0:
                return None
            goes_back = False
        found += [part] * (at + 1 - len(found))
    return found + [max(part, 0)] * (len(media) - len(found))


def _media_times(path: Path, track: int) -> dict[int | None, float]:
    """By a packet's place in the file, its time in its track, in seconds, whatever the edits say."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        return {
            packet.pos: float(packet.pts * packet.time_base)
            for packet in container.demux(container.streams[track])
            if packet.size and packet.pts is not None
        }


def _boxes(data: bytes, wanted: bytes) -> Iterator[bytes]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = len(data) - at if size == 0 else size
        if size < 8:
            return
        if kind == wanted:
            yield data[at + 8 : at + size]
        at += size
