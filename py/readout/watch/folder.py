"""A folder that grows: its pictures and clips, each read when it is there whole."""

import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import NamedTuple

from ..data.dataset import natural_order
from ..errors import ReadoutError
from ..files.kinds import HEAD_BYTES, kind_of
from ..imaging.images import Picture
from ..video.decoder import VideoReader
from .board import Board
from .clip import clip_frames
from .source_frame import SourceFrame, Tell

SETTLED_S = 0.5
"""A file whose size and time of change stay the same for so long is there whole."""
REMEMBERED = 10_000
"""Files of which it is known that they were read; older ones are told by when they changed alone."""
GIVEN_UP_S = 60.0
"""A file that cannot be read is tried again for so long: it may still be on its way."""


class _Version(NamedTuple):
    """Of a file: when its inode and its content changed, in nanoseconds, and its bytes."""

    changed: int
    modified: int
    size: int


class FolderSource:
    """The files of a folder in the order in which they come, and those that are written anew; or one file that is.

    Files that are there at the beginning are read first, unless `new_only`. A folder with pictures in folders is not
    walked through. The time of what came last is remembered, and a bounded number of names.
    """

    def __init__(self, path: Path, board: Board, tell: Tell, new_only: bool = False):
        self.name = path.name or str(path)
        self._path, self._board, self._tell, self._new_only = path, board, tell, new_only
        self._last = 0
        self._read: OrderedDict[str, _Version] = OrderedDict()
        self._pending: dict[str, tuple[_Version, float]] = {}
        self._failed: dict[str, float] = {}

    def frames(self, stop: Event) -> Iterator[SourceFrame]:
        """The frames as they come, until `stop` is set."""
        clock, begun = 0.0, False
        if self._new_only:
            for name, version in self._listed():
                self._done(name, version)
        while not stop.is_set():
            ready = self._settled(clock)
            # What is there at the beginning may have been copied in any order, and is read in that of the names.
            ready.sort(key=lambda each: natural_order(each[0]) if not begun else (each[1].changed,))
            begun = begun or bool(ready)
            for name, version in ready:
                if stop.is_set():
                    return
                yield from self._frames(name, version, clock)
            stop.wait(SETTLED_S)
            clock += SETTLED_S

    def _settled(self, clock: float) -> list[tuple[str, _Version]]:
        """Files that are new and have not changed since they were seen last."""
        pending: dict[str, tuple[_Version, float]] = {}
        ready = []
        for name, version in self._listed():
            if self._known(name, version):
                continue
            before = self._pending.get(name)
            if before and before[0] == version:
                ready.append((name, version))
                pending[name] = before
            else:
                pending[name] = version, clock
        self._pending = pending
        return ready

    def _listed(self) -> Iterator[tuple[str, _Version]]:
        try:
            if not self._path.is_dir():
                found = self._path.stat()
                yield self._path.name, _Version(found.st_ctime_ns, found.st_mtime_ns, found.st_size)
                return
            with os.scandir(self._path) as entries:
                for entry in entries:
                    try:
                        found = entry.stat()
                    except OSError:
                        continue  # gone meanwhile
                    if not entry.name.startswith(".") and stat.S_ISREG(found.st_mode) and found.st_size:
                        yield entry.name, _Version(found.st_ctime_ns, found.st_mtime_ns, found.st_size)
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
            return (read.modified, read.size) == (version.modified, version.size)
        return version.changed <= self._last

    def _done(self, name: str, version: _Version) -> None:
        self._pending.pop(name, None)
        self._failed.pop(name, None)
        self._read.pop(name, None)
        self._read[name] = version
        if len(self._read) > REMEMBERED:
            _, forgotten = self._read.popitem(last=False)
            self._last = max(self._last, forgotten.changed)

    def _frames(self, name: str, version: _Version, clock: float) -> Iterator[SourceFrame]:
        path = self._path / name if self._path.is_dir() else self._path
        given = False
        try:
            for frame in _frames_of(path, name, datetime.fromtimestamp(version.modified / 1e9, UTC), self._tell):
                given = True
                yield frame
        except FileNotFoundError:
            return  # gone, or written under another name meanwhile
        except (ReadoutError, OSError) as error:
            if not given and clock - self._failed.setdefault(name, clock) < GIVEN_UP_S:
                return
            self._board.count("files_left_out_total")
            self._tell(f"left out: {error}")
        self._done(name, version)


def _frames_of(path: Path, name: str, moment: datetime, tell: Tell) -> Iterator[SourceFrame]:
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    if kind == "video":
        yield from clip_frames(VideoReader(path, name), tell)
        return
    if kind not in ("picture", "heic"):
        raise ReadoutError(f"{name} is neither a picture nor a video of a kind that is known")
    picture = Picture(path, name)
    for number in range(len(picture)):
        yield SourceFrame(name if len(picture) == 1 else f"{name} #{number}", picture.frame(number), None, moment)
