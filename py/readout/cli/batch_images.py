"""Reading many frames into columns, where pixels come one frame at a time."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..layout.layout import Layout, Readout
from ..readings.line_column import AnyColumn
from ..readings.recognizer import Recognizer
from ..video.anchor import Anchor, Shift, moved

FRAMES_PER_COLUMN = 512
"""Frames whose embeddings are in memory at once."""


def follow_frame(
    frame: np.ndarray, name: str, layout: Layout, anchor: Anchor | None, scale: bool = False
) -> tuple[dict[str, list[Crop]], Shift | None]:
    """The crops of every readout of a frame, whose boxes follow an anchor, and how far the frame has moved; None
    without an anchor."""
    if scale:
        size = frame.shape[1], frame.shape[0]
        anchor = anchor and anchor.scaled(layout.frame_size, size)
        layout = layout.scaled(size)
    layout.check_frame(frame.shape, name)
    whole, shift = Patch(frame, (0, 0)), None
    if anchor:
        around = anchor.region(layout.frame_size)
        [shift] = anchor.shifts(around.cut(frame)[None], around.origin)
    there = [moved(readout, shift) for readout in layout.readouts]
    return {readout.name: whole.cut(readout, 0) for readout in there}, shift


def read_columns(
    readouts: Sequence[Readout],
    recognizer: Recognizer,
    frames: Iterable[Mapping[str, list[Crop] | None]],
) -> dict[str, AnyColumn]:
    """What is read in the readouts of all frames: columns by readout, one row a frame.

    frames: of each the crops by readout; None where there are none, and nothing is read.
    """
    waiting: dict[str, list[np.ndarray | None]] = {readout.name: [] for readout in readouts}
    parts: dict[str, list[AnyColumn]] = {readout.name: [] for readout in readouts}

    def read() -> None:
        for readout in readouts:
            rows, waiting[readout.name] = waiting[readout.name], []
            seen = recognizer.observations(readout, len(rows))
            for k, row in enumerate(rows):
                if row is not None:
                    seen.give([k], row[None], None)
            seen.read(recognizer.of(readout).head)
            if seen.column is not None:
                parts[readout.name].append(seen.column)

    for number, crops in enumerate(frames, start=1):
        for readout in readouts:
            found = crops.get(readout.name)
            waiting[readout.name].append(None if found is None else recognizer.embed(readout, found))
        if number % FRAMES_PER_COLUMN == 0:
            read()
    read()
    return {readout.name: concat_columns(parts[readout.name]) for readout in readouts}


def concat_columns(parts: Sequence[AnyColumn]) -> AnyColumn:
    """One column of the rows of several, of one readout and head, in their order."""
    first, *others = parts
    return first.concat(others)  # type: ignore[arg-type]  # all are of one kind
