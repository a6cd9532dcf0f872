"""Pictures that follow each other in one file, as `ffmpeg -f image2pipe` writes PNG, BMP, WebP, GIF and TIFF."""

import io
import struct
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

PNG = b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BEGINNINGS = (PNG, b"BM", b"RIFF", b"GIF8", *TIFF)
GIF_PICTURE, GIF_EXTENSION, GIF_END = b",", b"!", b";"
"""What the blocks of a GIF begin with (GIF89a, appendix A)."""
TIFF_SIZES = (1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8)
"""Bytes of a value by the number of its type (TIFF 6.0, section 2, and BigTIFF)."""
OFFSETS_OF_LENGTHS = {279: 273, 325: 324}
"""Tags of the lengths of a TIFF's strips and tiles, and of where those are."""
MOST_PADDING = 15
"""Zeros behind a picture, to an even place or one of 16."""
MOST_ENTRIES = 1 << 16
"""Of all directories of a TIFF."""


def pictures_in(source: Path | bytes, name: str, scratch: Path | None = None) -> list[tuple[str, Path | bytes]]:
    """Each of several pictures with a name: a file in `scratch`, or bytes of bytes; one picture, or else, as it is."""
    parts: list[tuple[str, Path | bytes]] = []
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        size = file.seek(0, io.SEEK_END)
        length = _length(file, 0)
        if not 0 < length < size or not _begins(file, length):
            return [(name, source)]
        folder, at = Path(mkdtemp(dir=scratch)) if isinstance(source, Path) else None, 0
        while at < size:
            length = min(_length(file, at), size - at) or size - at
            file.seek(at)
            part: Path | bytes = file.read(length)
            if folder and isinstance(part, bytes):
                (folder / f"{len(parts)}.picture").write_bytes(part)
                part = folder / f"{len(parts)}.picture"
            parts.append((f"{name} #{len(parts)}", part))
            at += length
    return parts


def _begins(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return file.read(8).startswith(BEGINNINGS)


def _length(file: BinaryIO, at: int) -> int:
    """Bytes of the picture that begins there, with the zeros behind it; 0 where that is not known."""
    file.seek(at)
    length = _own_length(file)
    if not 0 < at + length < file.seek(0, io.SEEK_END):
        return length
    file.seek(at + length)
    behind = file.read(MOST_PADDING + 8)
    more = behind.lstrip(b"\0")
    return length + (len(behind) - len(more) if length and (not more or more.startswith(BEGINNINGS)) else 0)


def _own_length(file: BinaryIO) -> int:
    """Bytes of the picture that begins here, 0 where that is not known. Source: PNG (ISO/IEC 15948), 11.2; the header
    of a BMP or a WebP says it."""
    begin, head = file.tell(), file.read(8)
    if head[:4] == b"GIF8":
        return _gif_length(file, begin)
    if head[:4] in TIFF:
        try:
            return _tiff_length(file, begin, "<" if head[:1] == b"I" else ">", b"+" in head[:4])
        except (struct.error, ValueError, OverflowError, IndexError, KeyError):  # it is cut off, or no TIFF
            return 0
    if head[:4] == b"RIFF" and file.read(4) == b"WEBP":
        return 8 + int.from_bytes(head[4:], "little")
    if head[:2] == b"BM":
        return int.from_bytes(head[2:6], "little")
    length = len(head) if head == PNG else 0
    while length and len(chunk := file.read(8)) == 8:
        content = int.from_bytes(chunk[:4], "big") + 4
        file.seek(content, 1)
        length += 8 + content
        if chunk[4:] == b"IEND":
            return length
    return 0


def _gif_length(file: BinaryIO, begin: int) -> int:
    """Of a GIF, up to its end (GIF89a, sections 15 to 27); 0 where it is cut off."""

    def skip_table(flags: bytes) -> None:
        if flags and flags[0] & 0x80:
            file.seek(3 << (flags[0] & 7) + 1, 1)

    file.seek(begin + 10)
    skip_table(file.read(1))
    file.seek(2, 1)
    while block := file.read(1):
        if block == GIF_END:
            return file.tell() - begin
        if block not in (GIF_PICTURE, GIF_EXTENSION):
            return 0
        if block == GIF_PICTURE:
            file.seek(8, 1)
            skip_table(file.read(1))
        file.seek(1, 1)  # how many bits its codes have, or what it extends
        while (count := file.read(1)) > b"\0":
            file.seek(count[0], 1)
    return 0


def _tiff_length(file: BinaryIO, begin: int, order: str, big: bool) -> int:
    """Of a TIFF, up to the end of what lies farthest behind in it (TIFF 6.0, section 2); big: places have 8 bytes."""

    size_of_all = file.seek(0, io.SEEK_END) - begin

    def numbers(at: int, kind: str, count: int = 1) -> tuple[int, ...]:
        layout = struct.Struct(f"{order}{count}{kind}")
        if at + layout.size > size_of_all:
            raise ValueError("that lies behind the file's end")
        file.seek(begin + at)
        return layout.unpack(file.read(layout.size))

    place_kind, place_bytes, count_kind, count_bytes = ("Q", 8, "Q", 8) if big else ("I", 4, "H", 2)
    entry_bytes = 4 + 2 * place_bytes
    end, seen = 0, 0
    (directory,) = numbers(8 if big else 4, place_kind)
    while directory:
        (count,) = numbers(directory, count_kind)
        first, last = directory + count_bytes, directory + count_bytes + entry_bytes * count
        seen += max(count, 1)
        if seen > MOST_ENTRIES:
            return 0
        found = {}
        for entry in range(first, last, entry_bytes):
            (tag, kind), (values,) = numbers(entry, "H", 2), numbers(entry + 4, place_kind)
            at, size = entry + 4 + place_bytes, TIFF_SIZES[kind] * values
            if size > place_bytes:
                (at,) = numbers(at, place_kind)
            end = max(end, at + size)
            if tag in (*OFFSETS_OF_LENGTHS, *OFFSETS_OF_LENGTHS.values()):
                found[tag] = numbers(at, {2: "H", 4: "I", 8: "Q"}[TIFF_SIZES[kind]], values)
        for lengths, offsets in OFFSETS_OF_LENGTHS.items():
            pairs = zip(found.get(offsets, ()), found.get(lengths, ()), strict=False)
            end = max([end, *(offset + length for offset, length in pairs)])
        end = max(end, last + place_bytes)
        (directory,) = numbers(last, place_kind)
    return end
