"""What a readout of a live source showed last, and whether it shows something else now."""

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ..imaging.patch import Patch
from ..layout.box import Box
from ..layout.layout import Readout
from ..model.head import SoftmaxHead
from ..readings.cross_check import dispute
from ..readings.line_column import AnyColumn
from ..readings.observations import read_one
from ..video.change_detection import CONTRAST, LEAST, SIGMAS

REMEMBERED = 64
"""Frames whose noise is remembered."""
STILLEST = 0.25
"""Of these, the share that is taken to show the noise alone: a display that changes stands still in between."""


@dataclass(eq=False)
class LastSeen:
    """What one readout showed last.

    readout: where it was. window, strip: what checks its boxes, and the embeddings (1, d) of that; None where nothing
    does. patch: its pixels. plane: their luma, float32 (h, w). references: of each of its `places_of` the block means
    with which its crop was embedded. embeddings: float32 (B, d). noise: of the frames before, newest last. heads: by
    which it was read last, boxes and window; column: what they read, one row, None where it has not been read.
    """

    readout: Readout
    patch: Patch
    plane: np.ndarray
    references: list[np.ndarray]
    embeddings: np.ndarray
    noise: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    heads: tuple[SoftmaxHead | None, SoftmaxHead | None] = (None, None)
    column: AnyColumn | None = None
    window: Readout | None = None
    strip: np.ndarray | None = None

    @property
    def places(self) -> list[tuple[Box, int]]:
        """Where a change is looked for; see `places_of`."""
        return places_of(self.readout, self.window)

    @property
    def floor(self) -> float:
        """Grey levels below which a difference is noise."""
        return SIGMAS * float(np.quantile(self.noise, STILLEST))

    def read(self, head: SoftmaxHead, lines: SoftmaxHead | None) -> AnyColumn:
        """What a head reads there: one row. lines: the head that reads windows."""
        if self.column is None or self.heads[0] is not head or self.heads[1] is not lines:
            self.column, self.heads = read_one(self.readout, head, self.embeddings), (head, lines)
            if self.window and self.strip is not None and lines:
                dispute(self.column, read_one(self.window, lines, self.strip))
        return self.column


def places_of(readout: Readout, window: Readout | None) -> list[tuple[Box, int]]:
    """Where a change is looked for, with the number of the crop that is embedded again: in the boxes of a readout, on
    both sides of its window, and last in the window that checks its boxes."""
    places = [(box, k) for k, box in enumerate(readout.boxes)]
    if beside := readout.beside:
        places += [((side, y, beside, h), k) for (x, y, w, h), k in places for side in (x - beside, x + w)]
    return [*places, *((box, len(readout.boxes)) for box in (window.boxes if window else ()))]


def block_means(plane: np.ndarray) -> np.ndarray:
    """The means over 3 x 3 pixels around each, float32 (h, w); at the edge the outermost pixels count again."""
    around = np.pad(plane, 1, mode="edge")
    lines = around[:-2] + around[1:-1] + around[2:]
    return (lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:]) / np.float32(9)


def spread(differences: np.ndarray) -> float:
    """The standard deviation of most differences, whatever some do: 1.4826 times their median magnitude."""
    return 1.4826 * float(np.median(np.abs(differences)))


def changed(means: np.ndarray, reference: np.ndarray, floor: float) -> bool:
    """Whether a box shows something else: some block differs by more than `floor`, or by a share of the box's contrast.

    Where a clip is read, `change_detection.first_occurrence` knows the frames after as well; here only those before
    are known.
    """
    contrast = max(float(np.ptp(means)), float(np.ptp(reference)))
    return bool(np.abs(means - reference).max() > max(min(floor, CONTRAST * contrast), LEAST))


def part_of(plane: np.ndarray, box: Box, origin: tuple[int, int]) -> np.ndarray:
    """The pixels of a region that a box touches; beyond the region its outermost ones."""
    (x, y, w, h), (left, top) = box, origin
    rows, columns = (
        np.clip(np.arange(math.floor(start), math.ceil(start + length)) - first, 0, size - 1)
        for start, length, first, size in ((y, h, top, plane.shape[0]), (x, w, left, plane.shape[1]))
    )
    return plane[np.ix_(rows, columns)]
