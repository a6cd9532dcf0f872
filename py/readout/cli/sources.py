"""What is read, by content: clips and frames of pictures that a path holds, and what of it is left out, and why.

A path is a file, a folder with folders in it, a zip of them, or "-" for what comes through a pipe.
"""

import math
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from ..data.dataset import IGNORED, LABELS, LAYOUT, kind_of_file, natural_order
from ..data.dataset import SUFFIXES as PICTURES
from ..errors import ReadoutError
from ..files.foreign_zip import NAMES_UNSURE, ForeignZip, unique_name
from ..files.kinds import HEAD_BYTES, kind_of, may_move
from ..files.picture_stream import pictures_in
from ..imaging.images import Picture
from ..video.packets import SUFFIXES as VIDEOS
from ..video.sampling import choose, microsecond

PIPE = "-"
MOST_PICTURE_BYTES = 256 << 20
"""A picture in a zip unpacks to at most this: four bytes for each of the pixels that are decoded at most."""
MOST_VIDEO_BYTES = 64 << 30
PEEK_BYTES = 1 << 16
EXAMPLES = (("training",), ("testing",))
"""Folders of a dataset, in each a folder for each set with its pictures."""
COMPANIONS = (LAYOUT, LABELS)
"""Files beside frames that are no frames, and not said to be left out."""
UNREADABLE = re.compile(
    r"\.(jxl|jp2|j2k|p[bgnp]m|exr|hdr|psd|svg|tga|ico|cr[23]|nef|arw|raf|orf|rw2|braw|r3d|zip|rar|7z|tar|tgz|tar\.gz)$",
    re.IGNORECASE,
)
"""Endings of pictures, clips and archives that cannot be read: such a file was meant to be."""


@dataclass(frozen=True)
class SourceFile:
    """A file. name: its path inside what was given; `_named` makes it unique. data: where it is, or its bytes."""

    name: str
    data: Path | bytes

    @property
    def kind(self) -> str | None:
        """What its content says it is; see `kind_of_file`."""
        return kind_of_file(self.data, self.name)

    def opened(self) -> Picture:
        """Of a picture's file. Raises ReadoutError where it is none."""
        return Picture(self.data, self.name)


@dataclass(frozen=True)
class PictureFrame:
    """A frame of a picture's file. time_s: seconds since the first of its `sequence`, None where none is known."""

    name: str
    time_s: float | None
    file: SourceFile
    number: int = 0
    sequence: str = ""


@dataclass
class Sources:
    """clips: (path, name). frames: of pictures. left_out: sentences on what cannot be read. passed_over: on what does
    not seem to be meant to. remarks: on what is otherwise than it seems. fps: pictures a second, as stated.
    """

    clips: list[tuple[Path, str]] = field(default_factory=list)
    frames: list[PictureFrame] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    fps: float | None = None

    @property
    def has_times(self) -> bool:
        """Whether a part can be chosen by time."""
        return bool(self.clips) or all(frame.time_s is not None for frame in self.frames)

    def chosen(self, every: Mapping[str, float] | None, start: float | None, end: float | None) -> list[PictureFrame]:
        """The frames of pictures that are chosen, of each sequence; see `choose`."""
        if every is None and start is None and end is None:
            return self.frames
        groups: dict[str, list[PictureFrame]] = {}
        for frame in self.frames:
            groups.setdefault(frame.sequence, []).append(frame)
        return [
            group[k]
            for group in groups.values()
            for k in choose([frame.time_s or 0.0 for frame in group], every, start, end).tolist()
        ]


def gather(given: Path, scratch: Path, fps: float | None = None) -> Sources:
    """What there is to read at a path.

    scratch: a folder for what has to be a file to be read, such as clips in a zip. fps: how many pictures there are a
    second; those without times get one. Raises ReadoutError where there is nothing.
    """
    found = Sources(fps=fps)
    if str(given) == PIPE or given.is_fifo():
        files = list(_in_file(_piped(given, scratch / "stdin"), "stdin", scratch, found))
    elif given.is_dir():
        files = list(_in_folder(given, scratch, found))
    elif given.is_file():
        files = list(_in_file(given, given.name, scratch, found))
    else:
        raise ReadoutError(f"frames are a folder of pictures or one picture, got {given}, which is not there")
    alone = len(files) == 1 and not found.left_out
    files = sorted(_named(files), key=lambda file: natural_order(file.name))
    pictures = []
    for file in files:
        kind = file.kind or _promised(file.name) or ("picture" if alone else None)
        if kind == "video" and isinstance(file.data, Path):
            found.clips.append((file.data, file.name))
        elif kind in ("picture", "heic"):
            pictures.append(file)
        elif PurePosixPath(file.name).name not in COMPANIONS:
            said = found.left_out if UNREADABLE.search(file.name) else found.passed_over
            said.append(f"{file.name} is neither a picture nor a video of a kind that is known")
    groups: list[list[PictureFrame]] = []
    for picture in pictures:
        groups.append([])
        try:
            groups[-1] += _frames(picture, found)
        except ReadoutError as error:
            if alone:
                raise
            found.left_out.append(str(error))
    if fps:
        groups = _timed(groups, [picture.name for picture in pictures], fps, found)
    found.frames = [frame for group in groups for frame in group]
    if not found.clips and not found.frames:
        nothing = f"{given} holds no pictures ({', '.join(PICTURES)}): add frames, or check the path"
        raise ReadoutError("\n".join([nothing, *found.left_out]))
    return found


def _in_folder(folder: Path, scratch: Path, found: Sources) -> Iterator[SourceFile]:
    """All files of a folder and those in it, but hidden ones."""
    examples = 0
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if _hidden(inside.parts):
            continue
        if path.is_dir():
            if path.is_symlink():
                found.left_out.append(
                    f"{inside.as_posix()} is a link to a folder, which is not followed: give that one"
                )
            continue
        if (folder.name, *inside.parts)[-3:-2] in EXAMPLES:
            examples += 1
            continue
        try:
            yield from _in_file(path, inside.as_posix(), scratch, found)
        except (ReadoutError, OSError) as error:
            found.left_out.append(f"{inside.as_posix()} cannot be read ({error})")
    if examples:
        found.passed_over.append(f"{examples} files of training/ and testing/ are examples, no frames")


def _in_file(path: Path, name: str, scratch: Path, found: Sources) -> Iterator[SourceFile]:
    """A file, or those in it where it is a zip, or pictures that follow each other."""
    if kind_of(_head(path, HEAD_BYTES)) != "zip":
        yield from (SourceFile(*part) for part in pictures_in(path, name, scratch))
        return
    archive, folder = ForeignZip(path), f"{name.removesuffix('.zip')}"
    scratch.mkdir(parents=True, exist_ok=True)
    unpacked = Path(mkdtemp(dir=scratch))
    found.left_out.extend(f"{folder}/{inside}: {why}" for inside, why in archive.refused)
    if not archive.are_names_sure:
        found.remarks.append(f"{name}: {NAMES_UNSURE}")
    for number, inside in enumerate(archive.entries):
        if _hidden(PurePosixPath(inside).parts):
            continue
        try:
            kind = kind_of(archive.head(inside, HEAD_BYTES)) or _promised(inside)
            if kind == "zip":
                found.left_out.append(f"{folder}/{inside}: a zip inside a zip is not opened, unpack the outer one")
            elif kind == "video":
                target = unpacked / f"{number}{PurePosixPath(inside).suffix[:8]}"
                archive.extract(inside, target, MOST_VIDEO_BYTES)
                yield SourceFile(f"{folder}/{inside}", target)
            else:
                data = archive.read(inside, MOST_PICTURE_BYTES)
                file = SourceFile(f"{folder}/{inside}", data)
                if file.kind == "video":
                    target = unpacked / f"{number}.mjpeg"
                    target.write_bytes(data)
                    file = SourceFile(file.name, target)
                yield from (SourceFile(*part) for part in pictures_in(file.data, file.name, scratch))
        except ReadoutError as error:
            found.left_out.append(f"{folder}/{error}")


def _named(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The same files without the folders that all their names begin with; each has another name."""
    folders = [PurePosixPath(file.name).parts[:-1] for file in files]
    shared = 0
    while folders and all(len(parts) > shared and parts[shared] == folders[0][shared] for parts in folders):
        shared += 1
    named: dict[str, SourceFile] = {}
    for file in files:
        name = unique_name(str(PurePosixPath(*PurePosixPath(file.name).parts[shared:])), named)
        named[name] = SourceFile(name, file.data)
    return list(named.values())


def _frames(file: SourceFile, found: Sources) -> list[PictureFrame]:
    if not may_move(_head(file.data, PEEK_BYTES)):
        if kind_of(_head(file.data, HEAD_BYTES)) == "heic":
            file.opened()  # says what helps
        return [PictureFrame(file.name, None, file)]
    picture = file.opened()
    found.left_out.extend(picture.left_out)
    if len(picture) == 1:
        return [PictureFrame(file.name, None, file)]
    moves = picture.times[0] is not None
    return [
        PictureFrame(f"{file.name} #{number}", time, file, number, file.name if moves else "")
        for number, time in enumerate(picture.times)
    ]


def _timed(
    groups: Sequence[list[PictureFrame]], names: Sequence[str], fps: float, found: Sources
) -> list[list[PictureFrame]]:
    """The frames of each file, those without a time with one at this rate, by the numbers in the files' names or else
    one after the other. A file that is damaged has its place, too."""
    places = _numbers(names) if all(len(group) < 2 for group in groups) else None
    if places and places[-1] + 1 > len(places):
        found.remarks.append(
            f"{places[-1] + 1 - len(places)} numbers are missing in the files' names: times count them"
        )
    timed: list[list[PictureFrame]] = []
    begin = 0
    for k, group in enumerate(groups):
        at = places[k] if places else begin
        timed.append(
            [
                each if each.time_s is not None else replace(each, time_s=microsecond((at + n) / fps))
                for n, each in enumerate(group)
            ]
        )
        begin += 1 if not group else sum(each.time_s is None for each in group)
    return timed


def _numbers(names: Sequence[str]) -> list[int] | None:
    """Places, from 0, by the last number in each name; None where the names say nothing of places.

    Numbers that rise by 5 are neighbours where all do. Where fewer than half are there they are no count of pictures.
    """
    found = [re.fullmatch(r"(.*?)(\d+)(\D*)", name) for name in names]
    if not all(found) or len({(each[1], each[3]) for each in found if each}) > 1:
        return None
    numbers = [int(each[2]) for each in found if each]
    steps = [b - a for a, b in pairwise(numbers)]
    if not steps or min(steps) < 1:
        return None
    places = [(number - numbers[0]) // math.gcd(*steps) for number in numbers]
    return places if places[-1] < 2 * len(places) else None


def _hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part.lower() in IGNORED or part.lower() == "__macosx" for part in parts)


def _promised(name: str) -> str | None:
    """What a file's ending says it is."""
    ending = PurePosixPath(name).suffix.lower()
    return "picture" if ending in PICTURES else "video" if ending in VIDEOS else None


def _head(data: Path | bytes, count: int) -> bytes:
    if isinstance(data, bytes):
        return data[:count]
    with data.open("rb") as file:
        return file.read(count)


def _piped(given: Path, target: Path) -> Path:
    """What comes through a pipe, as a file."""
    with given.open("rb") if str(given) != PIPE else nullcontext(sys.stdin.buffer) as pipe, target.open("wb") as file:
        shutil.copyfileobj(pipe, file)
    return target
