"""Zip files in memory: the same bytes every time they are written, and nothing harmful read from anywhere.

Nothing is ever extracted to a disk. The formats: PKWARE's APPNOTE.TXT 6.3.10 and RFC 1951.
"""

from collections.abc import Mapping
from copy import copy
from io import BytesIO
from typing import TYPE_CHECKING

from ..errors import ReadoutError, quoted

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

LIMIT = 512 << 20
"""What all entries of an archive may hold together, and an archive itself, in bytes."""
ENTRIES = 10_000
DEFLATE_MOST = 1032
"""No deflated byte makes more than this many (zlib's technical notes): an entry that claims so is a trap."""

LEVEL = 3
"""Of deflate: patches of frames take 4 % more than at 6, and a third of the time."""

AGAIN = "copy or download it again"


def pack(parts: Mapping[str, bytes], compressed: bool = True) -> bytes:
    """A zip of parts by their paths, in order of those, dated 1980: equal parts give equal bytes."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for path in sorted(parts):
            info = ZipInfo(path)
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.compress_type = ZIP_DEFLATED if compressed else ZIP_STORED
            archive.writestr(info, parts[path], compresslevel=LEVEL)
    return file.getvalue()


class Archive:
    """A zip whose directory has been checked. Its entries are inflated when they are read, as far as they declare.

    Raises ReadoutError for anything that is not a zip, is cut short, encrypted, holds paths that would
    leave a folder or meet in one, links, or entries that are larger than LIMIT or than they can be.
    """

    def __init__(self, data: bytes):
        from zipfile import ZipFile

        if not data:
            raise ReadoutError(f"a zip file has bytes, this one is empty: {AGAIN}")
        if len(data) > LIMIT:
            raise ReadoutError(
                f"a file of at most {size_text(LIMIT)} is opened, got {size_text(len(data))}: make it smaller"
            )
        entries = data.count(b"PK\1\2")  # before zipfile makes an object of each
        if entries > ENTRIES:
            raise ReadoutError(f"a zip of at most {ENTRIES} entries is opened, got {entries}: pack fewer")
        try:
            self._zip = ZipFile(BytesIO(data))
        except Exception as error:  # zipfile raises half a dozen kinds for damage
            if data.startswith(b"PK\3\4"):
                raise ReadoutError(
                    f"a zip file ends with its directory, this one is cut short or damaged: {AGAIN}"
                ) from error
            raise ReadoutError(
                f"a zip file was expected, got one that begins {ascii(data[:8])[1:]}: choose another"
            ) from error
        self._entries: dict[str, ZipInfo] = {}
        folded: dict[str, str] = {}
        for info in self._zip.infolist():
            _check_entry(info)
            before = folded.setdefault(info.filename.casefold(), info.filename)
            if before is not info.filename:
                raise ReadoutError(
                    f"the entries of a zip have different names, got {quoted(before)} and {quoted(info.filename)}: "
                    "pack it again"
                )
            self._entries[info.filename] = info
        declared = sum(info.file_size for info in self._entries.values())
        if declared > LIMIT:
            raise ReadoutError(
                f"a zip of at most {size_text(LIMIT)} unpacked is opened, this one declares "
                f"{size_text(declared)}: {AGAIN}"
            )
        if sum(info.compress_size for info in self._entries.values()) > len(data):
            raise ReadoutError(f"the entries of a zip lie side by side, here some share their bytes: {AGAIN}")

    def __contains__(self, path: str) -> bool:
        """Whether there is an entry of that path."""
        return path in self._entries

    @property
    def paths(self) -> list[str]:
        """The paths of all entries, in the archive's order."""
        return list(self._entries)

    def read(self, path: str, limit: int = LIMIT) -> bytes:
        """An entry's bytes.

        Raises ReadoutError where it is not there, damaged, or larger than `limit` or than it declares.
        """
        if path not in self._entries:
            raise ReadoutError(f"the zip has the entry {quoted(path)}, here it is missing: {AGAIN}")
        return read_entry(self._zip, self._entries[path], path, limit)


def read_entry(archive: "ZipFile", entry: "ZipInfo", path: str, limit: int) -> bytes:
    """An entry's bytes. Raises ReadoutError where it is damaged, or larger than `limit` or than it declares."""
    from zlib import crc32

    info = copy(entry)
    declared, checksum = info.file_size, info.CRC
    if declared > limit:
        raise ReadoutError(f"{path} has at most {size_text(limit)}, here it declares {size_text(declared)}: {AGAIN}")
    # zipfile stops at the declared size and sums up to there: one byte further shows whether there is more.
    info.file_size, info.CRC = declared + 1, None  # type: ignore[assignment]
    try:
        with archive.open(info) as file:
            data = file.read(declared + 1)
    except Exception as error:  # zipfile, zlib and struct, and whatever damaged bytes bring about
        raise ReadoutError(f"{path} is damaged in the zip ({error}): {AGAIN}") from error
    if len(data) != declared:
        found = f"{len(data)}" if len(data) < declared else "more"
        raise ReadoutError(f"{path} declares {declared} bytes, but holds {found}: {AGAIN}")
    if crc32(data) != checksum:
        raise ReadoutError(f"{path} is damaged in the zip (its checksum is another one): {AGAIN}")
    return data


def entry_fault(info: "ZipInfo") -> str:
    """Why an entry is not to be read, whatever its path; an empty text where nothing speaks against it."""
    if info.external_attr >> 28 not in (0, 4, 8):  # of a Unix file: 4 is a folder, 8 a plain file, 10 a link
        return "it is a link or a device"
    if info.flag_bits & 0x2041:
        return "it is encrypted"
    if info.compress_type not in (0, 8):
        return f'it is packed by method {info.compress_type}, only "deflate" is known'
    if info.file_size > DEFLATE_MOST * max(info.compress_size, 1):
        return f"{info.compress_size} bytes would become {info.file_size}, as in a zip bomb"
    return ""


def _check_entry(info: "ZipInfo") -> None:
    for name in {info.filename, info.orig_filename}:
        steps = name.removesuffix("/").split("/")
        if any(step in ("", ".", "..") for step in steps) or any(sign in "\\:" or sign < " " for sign in name):
            raise ReadoutError(
                f"the entries of a zip are plain paths inside it, got {quoted(name)}: do not open this file"
            )
    if fault := entry_fault(info):
        raise ReadoutError(f"{quoted(info.filename)} cannot be read from the zip, {fault}: pack it again")


def size_text(count: int) -> str:
    """Bytes for a message."""
    return f"{count} bytes" if count < 1 << 20 else f"{count / (1 << 20):.0f} MB"
