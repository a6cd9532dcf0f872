"""A folder that grows: its pictures and clips, each read when it is there whole."""

import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import BinaryIO, NamedTuple

from ..data.dataset import kind_of_file, natural_order
from ..errors import ReadoutError
from ..imaging.images import Picture
from ..video.decoder import VideoReader
from ..video.packets import LATEST_END
from ..video.truncated import cut_off
from .board import Board
from .clip import clip_frames
from .source_frame import SourceFrame, Tell

SETTLED_S = 0.5
"""A file whose size and time of change stay the same for so long is there whole."""
REMEMBERED = 10_000
"""Files of which it is known that they were read; older ones are told by when they changed alone."""
GIVEN_UP_S = 60.0
"""A file that cannot be read, or a clip that is cut off, is tried again for so long: it may still be on its way."""
RESTLESS = 3
"""Looks in a row at which a file has changed, after which it is read while it changes, where it is whole at a look."""
ENDS = ((b"\xff\xd8\xff", b"\xff\xd9"), (b"\x89PNG", b"IEND"))
"""How a JPEG and a PNG begin, and what is among their last bytes. ITU-T T.81, B.1.1.3; ISO/IEC 15948, 11.2.5."""


class _Version(NamedTuple):
    """Of a file: when its inode and its content changed, in nanoseconds, and its bytes."""

    changed: int
    modified: int
    size: int

    @classmethod
    def of(cls, found: os.stat_result) -> "_Version":
        return cls(found.st_ctime_ns, found.st_mtime_ns, found.st_size)

    def is_like(self, other: "_Version") -> bool:
        """Whether the content is the same, wherever it is now."""
        return (self.modified, self.size) == (other.modified, other.size)


class FolderSource:
    """The files of a folder in the order in which they come, and those that are written anew; or one file that is.

    Files that are there at the beginning are read first, unless `new_only`. A folder with pictures in folders is not
    walked through. The time of what came last is remembered, and a bounded number of names. A file is read once it has
    stayed the same for SETTLED_S. A JPEG or a PNG that is written anew all the time is read at each look at which it is
    whole.
    """

    def __init__(self, path: Path, board: Board, tell: Tell, new_only: bool = False):
        self.name = path.name or str(path)
        self._path, self._board, self._tell, self._new_only = path, board, tell, new_only
        self._last = 0
        self._read: OrderedDict[str, _Version] = OrderedDict()
        self._pending: dict[str, tuple[_Version, int]] = {}
        """Files that are to be read, and at how many looks in a row each had changed."""
        self._failed: dict[str, float] = {}

    def frames(self, stop: Event) -> Iterator[SourceFrame]:
        """The frames as they come, until `stop` is set."""
        clock, begun = 0.0, False
        if self._new_only:
            for name, version in self._listed():
                self._done(name, version)
        while not stop.is_set():
            ready = self._ready()
            # What is there at the beginning may have been copied in any order, and is read in that of the names.
            ready.sort(key=lambda each: natural_order(each[0]) if not begun else (each[1].changed,))
            begun = begun or bool(ready)
            for name, version in ready:
                if stop.is_set():
                    return
                for frame in self._frames(name, version, not self._pending[name][1], clock):
                    if stop.is_set():  # a clip may have hours of them
                        return
                    yield frame
            stop.wait(SETTLED_S)
            clock += SETTLED_S

    def _ready(self) -> list[tuple[str, _Version]]:
        """Files that are new and have not changed since they were seen last, or that change all the time."""
        pending: dict[str, tuple[_Version, int]] = {}
        ready = []
        for name, version in self._listed():
            if self._known(name, version):
                continue
            before, changes = self._pending.get(name, (None, 0))
            changes = 0 if before == version else changes + 1
            pending[name] = version, changes
            if not changes or changes > RESTLESS or name in self._read:
                ready.append((name, version))
            if changes * SETTLED_S == GIVEN_UP_S:
                self._tell(f"{name} has changed at each look for {GIVEN_UP_S:.0f} s: it is read once it stays the same")
        self._pending = pending
        self._failed = {name: since for name, since in self._failed.items() if name in pending}
        return ready

    def _listed(self) -> Iterator[tuple[str, _Version]]:
        try:
            if not self._path.is_dir():
                found = self._path.stat()
                yield self._path.name, _Version.of(found)
                return
            with os.scandir(self._path) as entries:
                for entry in entries:
                    try:
                        found = entry.stat()
                    except OSError:
                        continue  # gone meanwhile
                    if not entry.name.startswith(".") and stat.S_ISREG(found.st_mode) and found.st_size:
                        yield entry.name, _Version.of(found)
        except OSError as error:
            problem = f"{self._path} cannot be listed ({error.strerror}): it is tried again"
            self._board.down(problem)
            self._tell(problem)

    def _known(self, name: str, version: _Version) -> bool:
        """Whether a file was read as it is: by its name, else by being older than all that is remembered."""
        if name in self._pending or name in self._failed:
            return False
        read = self._read.get(name)
        if read is not None:
            return read.is_like(version)
        return version.changed <= self._last

    def _done(self, name: str, version: _Version) -> None:
        self._pending.pop(name, None)
        self._failed.pop(name, None)
        self._read.pop(name, None)
        self._read[name] = version
        if len(self._read) > REMEMBERED:
            _, forgotten = self._read.popitem(last=False)
            self._last = max(self._last, forgotten.changed)

    def _frames(self, name: str, version: _Version, settled: bool, clock: float) -> Iterator[SourceFrame]:
        """The frames of a file. settled: else it may be in the middle of being written, and is read if it is not."""
        path = self._path / name if self._path.is_dir() else self._path
        given = False
        try:
            kind = kind_of_file(path, name)
            if kind in ("picture", "heic"):
                held = _held(path, settled)
                if held is None:
                    return
                data, version = held
                picture = Picture(data, name)
                if not settled and (len(picture) > 1 or picture.left_out):
                    return
                for sentence in picture.left_out:
                    self._tell(sentence)
                frames = _picture_frames(picture, datetime.fromtimestamp(version.modified / 1e9, UTC))
            elif not settled:
                return
            elif kind == "video":
                if cut_off(path) and self._may_come(name, clock):
                    return
                frames = clip_frames(VideoReader(path, name), self._tell, self._tell)
            else:
                raise ReadoutError(f"{name} is neither a picture nor a video of a kind that is known")
            for frame in frames:
                given = True
                yield frame
        except FileNotFoundError:
            return  # gone, or written under another name meanwhile
        except (ReadoutError, OSError) as error:
            if not settled or (not given and self._may_come(name, clock)):
                return
            self._board.count("files_left_out_total")
            self._tell(f"left out: {error}")
        if settled or given:
            self._done(name, version)

    def _may_come(self, name: str, clock: float) -> bool:
        """Whether what a file lacks may still be on its way."""
        return clock - self._failed.setdefault(name, clock) < GIVEN_UP_S


def _held(path: Path, settled: bool) -> tuple[bytes, _Version] | None:
    """What a file holds, and its version. None where it is changed meanwhile, or has not settled and is no JPEG or PNG
    up to its end: others cannot be told from ones that are still being copied."""
    with path.open("rb") as file:
        before = _Version.of(os.fstat(file.fileno()))
        if not settled and not _has_end(file, before.size):
            return None
        file.seek(0)
        data = file.read()
        after = _Version.of(os.fstat(file.fileno()))
    return (data, before) if before.is_like(after) and len(data) == before.size else None


def _has_end(file: BinaryIO, size: int) -> bool:
    begins = file.read(4)
    file.seek(max(size - LATEST_END, 0))
    ends = file.read(LATEST_END)
    return any(begins.startswith(begin) and end in ends for begin, end in ENDS)


def _picture_frames(picture: Picture, moment: datetime) -> Iterator[SourceFrame]:
    for number in range(len(picture)):
        name = picture.name if len(picture) == 1 else f"{picture.name} #{number}"
        yield SourceFrame(name, picture.frame(number), None, moment)
