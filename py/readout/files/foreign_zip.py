"""Zip files of pictures and clips, as people pack them: any program's paths and any old encoding of names.

Nothing is extracted here. What would leave its folder, is a link, encrypted or larger than it can be is refused, one by
one. `site/workers/images/zip_reader.js` does the same in the page; one table tests both.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import TYPE_CHECKING

from ..errors import ReadoutError, quoted
from .zip_archive import AGAIN, entry_fault, read_entry, size_text

if TYPE_CHECKING:
    from zipfile import ZipInfo

MOST_ENTRIES = 200_000
UTF8_FLAG = 0x800
"""Of an entry whose name is UTF-8. APPNOTE.TXT 6.3.10, appendix D."""


class ForeignZip:
    """entries: by path in the zip, unique. refused: [(path, why)]."""

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
        names = decoded_names([(_raw_name(info), bool(info.flag_bits & UTF8_FLAG)) for info in infos])
        for info, name in zip(infos, names, strict=True):
            if info.is_dir() or name.endswith(("/", "\\")):
                continue
            plain = plain_path(name)
            fault = "a path stays inside the zip" if plain is None else entry_fault(info)
            if fault:
                self.refused.append((name, fault))
                continue
            assert plain is not None
            twin, number = plain, 2
            while twin in self.entries:
                own = PurePosixPath(plain)
                twin, number = str(own.with_name(f"{own.stem} ({number}){own.suffix}")), number + 1
            self.entries[twin] = info

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


def plain_path(name: str) -> str | None:
    """A path with / between its steps, none of them empty or a dot; None where it leads out of its folder."""
    path = name.replace("\\", "/")
    steps = [step for step in path.split("/") if step not in ("", ".")]
    drive = len(path) > 1 and path[1] == ":" and path[0].isalpha() and path[0].isascii()
    if not steps or ".." in steps or path.startswith("/") or drive or any(sign < " " for sign in path):
        return None
    return "/".join(steps)


def decoded_names(names: list[tuple[bytes, bool]]) -> list[str]:
    """Names of a zip's entries, of (bytes, whether they are said to be UTF-8), in the encoding that fits all best."""
    unknown = [raw for raw, known in names if not known and not raw.isascii()]
    encoding = _encoding(unknown) if unknown else "utf-8"
    return [raw.decode("utf-8" if known else encoding, "replace") for raw, known in names]


def _encoding(names: list[bytes]) -> str:
    """The encoding in which most characters are common ones: UTF-8, a system's of East Asia, or of DOS and Windows."""
    together = b"/".join(names)
    scores: Counter[str] = Counter()
    for encoding, score in _PLAUSIBLE.items():
        try:
            for name in names:
                name.decode(encoding)
        except UnicodeDecodeError:
            continue
        scores[encoding] = round(1000 * score(together))
    return max(scores, key=lambda encoding: scores[encoding]) if scores else "cp437"


def _share(raw: bytes, isolated: bool, first: tuple[tuple[int, int], ...], second: tuple[int, int] | None) -> float:
    """The share of bytes beyond ASCII that make a common character: (first, second), or single ones.

    isolated: those that stand between bytes of ASCII or beside a letter of it, as in Größe.
    """
    good = every = at = 0
    while at < len(raw):
        lead = raw[at]
        if lead < 0x80:
            at += 1
            continue
        pair = second is not None and at + 1 < len(raw)
        fits = any(low <= lead <= high for low, high in first)
        if second is not None:
            fits = fits and pair and second[0] <= raw[at + 1] <= second[1] and raw[at + 1] != 0x7F
        elif isolated:
            beside = raw[max(at - 1, 0) : at] + raw[at + 1 : at + 2]
            fits = fits and (beside.isascii() or any(chr(byte).isalpha() for byte in beside if byte < 0x80))
        good, every, at = good + fits, every + 1, at + (2 if pair else 1)
    return good / every if every else 0.0


_PLAUSIBLE: dict[str, Callable[[bytes], float]] = {
    "utf-8": lambda raw: 2.0,
    "cp932": lambda raw: _share(raw, False, ((0x81, 0x84), (0x88, 0x97)), (0x40, 0xFC)) * 0.99,
    "gb18030": lambda raw: _share(raw, False, ((0xA1, 0xA3), (0xB0, 0xD7)), (0xA1, 0xFE)) * 0.98,
    "euc_kr": lambda raw: _share(raw, False, ((0xB0, 0xC8),), (0xA1, 0xFE)) * (0.985 if _count(raw) >= 8 else 0.97),
    "cp866": lambda raw: _share(raw, False, ((0x80, 0xAF), (0xE0, 0xF1)), None) * 0.9,
    "cp1252": lambda raw: _share(raw, True, ((0xC0, 0xFF),), None) * 1.01,
    "cp437": lambda raw: _share(raw, True, ((0x80, 0xA8), (0xE1, 0xE1)), None) * 1.02,
}
"""By encoding, how plausible bytes are in it. Lead bytes: JIS X 0208 rows 1-8 and level 1, GB 2312 level 1, KS X 1001.

Hangul lies inside GB 2312: it takes four syllables to tell them apart."""


def _count(raw: bytes) -> int:
    return sum(byte >= 0x80 for byte in raw)


def _raw_name(info: "ZipInfo") -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_FLAG else "cp437", "surrogateescape")
