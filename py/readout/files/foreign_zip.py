"""Zip files of pictures and clips, as people pack them: any program's paths and any old encoding of names.

Nothing is extracted here. What would leave its folder, is a link, encrypted or larger than it can be is refused, one by
one. `site/workers/images/zip_reader.js` does the same in the page; one table tests both.
"""

from collections.abc import Container
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from struct import pack, unpack_from
from typing import TYPE_CHECKING
from zlib import crc32

from ..errors import ReadoutError, quoted
from .zip_archive import AGAIN, entry_fault, read_entry, size_text
from .zip_names import decoded_names

if TYPE_CHECKING:
    from zipfile import ZipInfo

MOST_ENTRIES = 200_000
UTF8_FLAG = 0x800
"""Of an entry whose name is UTF-8. APPNOTE.TXT 6.3.10, appendix D."""
UNICODE_PATH = 0x7075
"""The extra field in which an entry has its name in UTF-8, too."""
NAMES_UNSURE = (
    "in which encoding its files' names are cannot be told: they are taken for those of DOS (code page 437), and may "
    "look odd"
)
"""Of a zip, where names are all that is in doubt."""


class ForeignZip:
    """entries: by path in the zip; of two files with one path the second is named as "a (2).png".

    refused: [(path, why)]. are_names_sure: whether their encoding is known.
    """

    def __init__(self, path: Path):
        """Raises ReadoutError where the directory cannot be read."""
        from zipfile import ZipFile

        self.entries: dict[str, ZipInfo] = {}
        self.refused: list[tuple[str, str]] = []
        try:
            self._zip = ZipFile(path)
            infos = self._zip.infolist()
        except Exception as error:  # zipfile raises half a dozen kinds for damage
            raise ReadoutError(
                f"{path.name} cannot be opened as a zip, it is damaged or none ({error}): pack it again"
            ) from error
        if len(infos) > MOST_ENTRIES:
            raise ReadoutError(f"{path.name} has {len(infos)} entries, at most {MOST_ENTRIES} are taken: pack fewer")
        names, self.are_names_sure = decoded_names([_raw_name(info) for info in infos])
        for info, name in zip(infos, names, strict=True):
            if info.is_dir() or name.endswith(("/", "\\")):
                continue
            plain = plain_path(name)
            fault = "a path stays inside the zip" if plain is None else entry_fault(info)
            if fault:
                self.refused.append((name, fault))
                continue
            assert plain is not None
            self.entries[unique_name(plain, self.entries)] = info

    def read(self, path: str, limit: int) -> bytes:
        """An entry's bytes. Raises ReadoutError where it is damaged or larger than `limit`."""
        self._check_size(path, limit)
        return read_entry(self._zip, self.entries[path], path, limit)

    def head(self, path: str, count: int) -> bytes:
        """An entry's first bytes. Raises ReadoutError where it is damaged."""
        try:
            with self._zip.open(self.entries[path]) as file:
                return file.read(count)
        except Exception as error:
            raise ReadoutError(f"{path} is damaged in the zip ({error}): {AGAIN}") from error

    def extract(self, path: str, target: Path, limit: int) -> None:
        """Write an entry's bytes to a file. Raises ReadoutError where it is damaged or larger than `limit`."""
        self._check_size(path, limit)
        try:
            with self._zip.open(self.entries[path]) as file, target.open("wb") as out:
                copyfileobj(file, out)
        except Exception as error:
            raise ReadoutError(f"{path} is damaged in the zip ({error}): {AGAIN}") from error

    def _check_size(self, path: str, limit: int) -> None:
        size = self.entries[path].file_size
        if size > limit:
            raise ReadoutError(
                f"a file of this kind in a zip has at most {size_text(limit)}, {quoted(path)} declares "
                f"{size_text(size)}: unpack the zip on your computer, and give the folder"
            )


def unique_name(name: str, taken: Container[str]) -> str:
    """A path, or where it is taken the first of "a (2).png", "a (3).png" … that is not."""
    own = PurePosixPath(name)
    unique, number = name, 2
    while unique in taken:
        unique, number = str(own.with_name(f"{own.stem} ({number}){own.suffix}")), number + 1
    return unique


def plain_path(name: str) -> str | None:
    """A path with / between its steps, none of them empty or a dot; None where it leads out of its folder."""
    path = name.replace("\\", "/")
    steps = [step for step in path.split("/") if step not in ("", ".")]
    drive = len(path) > 1 and path[1] == ":" and path[0].isalpha() and path[0].isascii()
    if not steps or ".." in steps or path.startswith("/") or drive or any(sign < " " for sign in path):
        return None
    return "/".join(steps)


def _raw_name(info: "ZipInfo") -> tuple[bytes, bool]:
    """A name's bytes, and whether they are known to be UTF-8: by its flag, or where the entry has it so besides.

    APPNOTE.TXT 6.3.10, 4.6.9: that name counts where it is of the one that the entry has.
    """
    known = bool(info.flag_bits & UTF8_FLAG)
    raw = info.orig_filename.encode("utf-8" if known else "cp437", "surrogateescape")
    at = 0
    while not known and at + 4 <= len(info.extra):
        kind, length = unpack_from("<HH", info.extra, at)
        content = info.extra[at + 4 : at + 4 + length]
        if kind == UNICODE_PATH and content[:5] == pack("<BI", 1, crc32(raw)):
            return content[5:], True
        at += 4 + length
    return raw, known
