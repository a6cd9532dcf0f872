"""The loop: a frame comes, is read, and what it shows is given out."""

from collections.abc import Sequence
from threading import Event
from typing import Protocol

from ..errors import ReadoutError
from ..video.sampling import file_of
from .board import Board, Confirmed
from .frame_reader import FrameReader, FrameReadings
from .source_frame import Source, SourceFrame, Tell


class Output(Protocol):
    """What readings are given to. Neither method may block, nor raise for what may pass."""

    def take(self, frame: SourceFrame, read: FrameReadings, changes: Sequence[Confirmed]) -> None:
        """Take the readings of a frame. changes: what is confirmed now and was not before."""

    def close(self) -> None:
        """There will be no more."""


def watch(
    source: Source, reader: FrameReader, board: Board, outputs: Sequence[Output], tell: Tell, stop: Event
) -> None:
    """Read the frames of a source until it ends or `stop` is set. A frame that cannot be read ends nothing."""
    try:
        for frame in source.frames(stop):
            try:
                read = reader.read(frame)
            except ReadoutError as error:
                board.down(str(error))
                board.count("frames_left_out_total")
                tell(f"{file_of(frame.name)} is not read: {error}")
                continue
            changes = board.take(frame.name, read.readings)
            for output in outputs:
                output.take(frame, read, changes)
    finally:
        reader.close()
