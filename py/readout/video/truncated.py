"""Whether a clip's file ends before it says that it does, by its outermost parts."""

import struct
from pathlib import Path
from typing import BinaryIO

from ..files.kinds import HEAD_BYTES, ISO_BOXES, ts_packet


def cut_off(path: Path) -> bool:
    """Whether the file says that it is longer than it is, by its outermost parts, or ends inside one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(4)
        if magic == b"\x1aE\xdf\xa3":
            return _segment_end(file) > size
        if magic == b"RIFF":
            return _riff_end(file, size) > size
        if packet := ts_packet(magic + file.read(HEAD_BYTES)):
            file.seek(size - size % packet)
            return 0x47 in file.read(packet - 187)  # the begin of one, not what pads the file
        at = 0
        while at < size:
            file.seek(at)
            head = file.read(16)
            length = struct.unpack(">I", head[:4])[0] if len(head) >= 8 else 8
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            if not length or not head[4:8].isalnum():  # up to the end, or no box
                return False
            if not at and head[4:8] not in (b"ftyp", *ISO_BOXES):
                return False
            at += max(length, 8)
        return at > size


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
