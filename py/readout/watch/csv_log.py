"""A CSV that grows: rows are only ever added, also to those of a run before, and wait while the disk is full."""

import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import ReadoutError, quoted
from ..export.tables import SHIFT_COLUMNS
from ..readings.reading import COLUMNS, NOTE, cells, csv_lines, safe
from .board import Board, Confirmed, written
from .frame_reader import FrameReadings
from .source_frame import SourceFrame, Tell

try:
    import fcntl
except ImportError:  # Windows: two runs are not kept apart there
    fcntl = None  # type: ignore[assignment]

HEADER = (*COLUMNS, *SHIFT_COLUMNS, "time_of_day", NOTE)
HEAD = f"{','.join(HEADER)}\n".encode()
"""The first line."""
CHANGE, FRAME = ROWS = ("change", "frame")
"""A row for each reading that differs from the one before, or for each frame."""
MOST_WAITING = 10_000
"""Rows that wait in memory while they cannot be written."""


class CsvLog:
    """Appends readings to a file. rows: one of ROWS.

    Raises ReadoutError where the file holds another table, another run is writing it, or it cannot be opened.
    """

    def __init__(self, path: Path, rows: str, board: Board, tell: Tell):
        self._path, self._rows, self._board, self._tell = path, rows, board, tell
        self._before: dict[str, tuple[Any, ...]] = {}
        self._waiting: deque[bytes] = deque()
        self._failing, self._file = False, -1
        self._open()
        if not self._end:
            self._put(HEAD)

    def take(self, frame: SourceFrame, read: FrameReadings, changes: Sequence[Confirmed]) -> None:
        """Add the readings of a frame."""
        time = "" if frame.moment is None else written(frame.moment)
        shift = ("", "") if read.shift is None else tuple(map(repr, read.shift))
        for reading in read.readings:
            shown = reading["text"], reading["value"], tuple(reading["flags"]), reading["confirmed"]
            if self._rows == CHANGE and self._before.get(reading["readout"]) == shown:
                continue
            self._before[reading["readout"]] = shown
            row = (*cells(frame.name, frame.time_s, reading), *shift, time, safe(reading["note"]))
            self._put(csv_lines([row]).encode("utf-8", "backslashreplace"))
        self.flush()

    def flush(self) -> None:
        """Write what waits, as far as the disk takes it."""
        if self._waiting and not self._found_again():
            return
        while self._waiting:
            if not self._write(self._waiting[0]):
                return
            self._waiting.popleft()
        if self._failing:
            self._failing = False
            self._board.gauge("csv_rows_waiting", 0)
            self._tell(f"{self._path} can be written again: all rows that waited are in it")

    def close(self) -> None:
        """Write what waits and close the file; says what could not be written."""
        self.flush()
        if self._waiting:
            self._tell(f"{len(self._waiting)} rows could not be written to {self._path}, and are lost")
        self._close()

    def _put(self, line: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._board.count("csv_rows_lost_total")
            self._tell(f"more than {MOST_WAITING} rows wait for {self._path}: the oldest are lost")
        self._waiting.append(line)

    def _open(self) -> None:
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            self._lock()
            self._end = os.lseek(self._file, 0, os.SEEK_END)
            self._check()
        except OSError as error:
            self._close()
            raise ReadoutError(f"{self._path} cannot be opened ({error.strerror}): choose another --out") from error
        except ReadoutError:
            self._close()
            raise

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _found_again(self) -> bool:
        """Whether there is a file to write to: one that was deleted or replaced meanwhile is opened anew."""
        found = os.fstat(self._file) if self._file >= 0 else None
        if found is None or not found.st_nlink:
            self._close()
            try:
                self._open()
            except ReadoutError as error:
                self._fail(str(error))
                return False
            self._tell(f"{self._path} was deleted or replaced: rows are added to the file that is there now")
        elif found.st_size < self._end:
            self._tell(f"{self._path} was cut by another program: rows are added at its new end")
            self._end = found.st_size
        return True

    def _write(self, line: bytes) -> bool:
        """Write a line whole, or leave the file as it was."""
        if not self._end and line != HEAD:
            line = HEAD + line
        try:
            os.lseek(self._file, self._end, os.SEEK_SET)
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self._end += len(line)
            return True
        except OSError as error:
            why = error.strerror
        with suppress(OSError):  # what is left of the row is written over by the next try
            os.ftruncate(self._file, self._end)
        self._fail(f"{self._path} cannot be written ({why}): make room")
        return False

    def _fail(self, problem: str) -> None:
        self._board.gauge("csv_rows_waiting", len(self._waiting))
        if not self._failing:
            self._failing = True
            self._tell(f"{problem}. Rows wait, {MOST_WAITING} at most")

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ReadoutError(f"{self._path} is being written by another run: choose another --out") from error

    def _check(self) -> None:
        """See that what is in the file is such a table, and that its last row ends."""
        os.lseek(self._file, 0, os.SEEK_SET)
        begins = os.read(self._file, len(HEAD))
        if begins and begins != HEAD:
            raise ReadoutError(
                f"rows are added to a file that begins with {','.join(HEADER)}, {self._path} begins with "
                f"{quoted(begins[:60].decode(errors='replace'))}: choose another --out"
            )
        if self._end:
            os.lseek(self._file, self._end - 1, os.SEEK_SET)
            if os.read(self._file, 1) != b"\n":
                self._tell(f"the last row of {self._path} was cut off by a crash, and stays as it is")
                self._waiting.appendleft(b"\n")
