"""Pictures that follow each other in one file, as `ffmpeg -f image2pipe` writes PNG, BMP and WebP."""

from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

PNG = b"\x89PNG\r\n\x1a\n"


def pictures_in(path: Path, scratch: Path) -> list[Path]:
    """A file for each of several pictures, in `scratch`; none where there is one, or something else."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = _length(file)
        if not 0 < length < size or not _begins(file, length):
            return []
        folder, at = Path(mkdtemp(dir=scratch)), 0
        parts: list[Path] = []
        while at < size:
            file.seek(at)
            length = min(_length(file), size - at) or size - at
            file.seek(at)
            parts.append(folder / f"{len(parts)}.picture")
            parts[-1].write_bytes(file.read(length))
            at += length
    return parts


def _begins(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return file.read(8)[:2] in (PNG[:2], b"BM", b"RI")


def _length(file: BinaryIO) -> int:
    """Bytes of the picture that begins here, 0 where that is not known. Source: PNG (ISO/IEC 15948), 11.2; the header
    of a BMP or a WebP says it."""
    head = file.read(8)
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
