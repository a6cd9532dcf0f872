"""Whether a clip's file ends before it says that it does, by its outermost parts, and how it ends."""

import struct
from pathlib import Path
from typing import BinaryIO

from ..files.kinds import HEAD_BYTES, ISO_BOXES, ts_packet

NEVER_DAMAGED = ("hevc",)
"""Codecs whose decoders hand on what ends too early as if it were whole, and say nothing."""


def cut_off(path: Path, track: int | None = None) -> bool:
    """Whether the file says that it is longer than it is, by its outermost parts, or ends inside one.

    track: of a transport stream the number (PID) of its pictures; then only what ends inside a packet of theirs counts.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(4)
        if magic == b"\x1aE\xdf\xa3":
            return _segment_end(file) > size
        if magic == b"RIFF":
            return _riff_end(file, size) > size
        if packet := ts_packet(magic + file.read(HEAD_BYTES)):
            file.seek(size - size % packet)
            tail = file.read(packet)
            begin = tail.find(0x47, 0, packet - 187)  # of a packet, not what pads the file
            number = tail[begin + 1 : begin + 3]  # ISO/IEC 13818-1, 2.4.3.2: the lower 13 bits
            is_other = track is not None and len(number) == 2 and int.from_bytes(number, "big") & 0x1FFF != track
            return begin >= 0 and not is_other
        at = 0
        while at < size:
            file.seek(at)
            head = file.read(16)
            length = struct.unpack(">I", head[:4])[0] if len(head) >= 8 else 8
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            if not length or not head[4:8].isalnum():  # up to the end, or no box
                return False
            if not at and head[4:8].decode("latin-1") not in ("ftyp", *ISO_BOXES):
                return False
            at += max(length, 8)
        return at > size


def dropped_at_end(path: Path, at: int) -> int:
    """How many pictures of an AVI were dropped behind the last one: packets without a byte, which show that one longer.

    at: where the last one's bytes are, behind its name and its length.
    """
    count = 0
    with path.open("rb") as file:
        file.seek(max(at - 8, 0))
        last = own = file.read(8)
        while last[:2].isdigit() and len(last) == 8:
            length = int.from_bytes(last[4:], "little")
            count += last[:4] == own[:4] and not length
            file.seek(length + length % 2, 1)
            last = file.read(8)
    return count


def _riff_end(file: BinaryIO, size: int) -> int:
    """Where the last part of an AVI ends by its own word (OpenDML 1.02: files may have several)."""
    end = 0
    while end + 8 <= size:
        file.seek(end)
        name, length = struct.unpack("<4sI", file.read(8))
        if name != b"RIFF":
            return end
        end += 8 + length + length % 2
    return end


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
