"""What is kept of a project's frames: around every readout a patch of pixels, and the readings' columns."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from .crops import Crop, cut
from .head import SoftmaxHead
from .layout import Readout
from .table import Column

PATCH_BYTES = 96 * 1024 * 1024
"""What the patches of frames may take. Those that are forgotten are asked for again when somebody wants to see them."""

SLACK = 1e-6
"""The sum of two fractions may be so much above the edge that it lies on, in pixels; see `crops.cut`."""


@dataclass(frozen=True)
class Frame:
    """One picture: its name, unique in a project, and its size in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of a frame: uint8 RGB pixels (h, w, 3), and where in the frame they begin, x and y."""

    pixels: np.ndarray
    origin: tuple[int, int]

    @classmethod
    def of(cls, region: dict) -> "Patch":
        """From a region as the page sends it: 'x', 'y', 'width', 'height', and 'rgba' as bytes."""
        rgba = np.frombuffer(region["rgba"], np.uint8).reshape(region["height"], region["width"], 4)
        return cls(np.ascontiguousarray(rgba[:, :, :3]), (region["x"], region["y"]))

    def covers(self, readout: Readout, frame_size: tuple[float, float] = (math.inf, math.inf)) -> bool:
        """Whether all boxes of a readout lie inside, as far as they lie in a frame of (width, height)."""
        (x, y), (height, width) = self.origin, self.pixels.shape[:2]
        return all(
            max(bx, 0) >= x and max(by, 0) >= y
            and min(bx + w, frame_size[0]) <= x + width and min(by + h, frame_size[1]) <= y + height
            for bx, by, w, h in readout.boxes
        )

    def cut(self, readout: Readout, margin: int = 2) -> list[Crop]:
        """The crops of a readout's boxes, each with what is around it, as far as it is known.

        Beyond what is known the outermost pixels are repeated, for boxes that have moved out of the frame.
        """
        (x, y), (height, width) = self.origin, self.pixels.shape[:2]
        left, top, right, bottom = (math.ceil(max(0, *beyond) - SLACK) for beyond in zip(
            *((x - bx, y - by, bx + w - x - width, by + h - y - height) for bx, by, w, h in readout.boxes), strict=True
        ))
        if left or top or right or bottom:
            wider = np.pad(self.pixels, ((top, bottom), (left, right), (0, 0)), mode="edge")
            return cut(wider, readout.boxes, margin, (x - left, y - top))
        return cut(self.pixels, readout.boxes, margin, self.origin)


def region_around(readout: Readout, frame_size: tuple[int, int], more: int = 0) -> dict:
    """What to keep of every frame for a readout: 'x', 'y', 'width', 'height', whole pixels.

    It reaches half a box beyond the boxes, so that they can be nudged without asking for the frames again, and
    `more` pixels where the boxes follow an anchor.
    """
    lefts, tops, widths, heights = zip(*readout.boxes, strict=True)
    margin = max(4, math.ceil(max(*widths, *heights) / 2)) + more
    x, y = max(math.floor(min(lefts)) - margin, 0), max(math.floor(min(tops)) - margin, 0)
    right = min(math.ceil(max(x + w for x, _, w, _ in readout.boxes)) + margin, frame_size[0])
    bottom = min(math.ceil(max(y + h for _, y, _, h in readout.boxes)) + margin, frame_size[1])
    return {"x": x, "y": y, "width": right - x, "height": bottom - y}


class Patches:
    """The patches of frames by frame and readout, at most `limit` bytes of them beside the pinned ones."""

    def __init__(self, limit: int = PATCH_BYTES):
        self.limit = limit
        self._patches: dict[tuple[str, str], Patch] = {}  # least recently given first
        self._bytes = 0

    def put(self, frame: str, readout: str, patch: Patch, pinned: Callable[[str, str], bool] = lambda *_: False) -> None:
        """Keep a patch. Where there are too many, forget the oldest of which `pinned(frame, readout)` is false."""
        self.drop(frame, readout)
        self._patches[frame, readout] = patch
        self._bytes += patch.pixels.nbytes
        if self._bytes > self.limit:
            for key in [key for key in self._patches if not pinned(*key)][:-1]:
                if self._bytes <= self.limit:
                    break
                self.drop(*key)

    def drop(self, frame: str, readout: str) -> None:
        """Forget a patch, if there is one."""
        patch = self._patches.pop((frame, readout), None)
        self._bytes -= patch.pixels.nbytes if patch else 0

    def all(self) -> dict[tuple[str, str], Patch]:
        """All that are kept, by frame and readout."""
        return dict(self._patches)

    def find(self, frame: str, readout: Readout, frame_size: tuple[float, float] = (math.inf, math.inf)) -> Patch | None:
        """The patch of a readout that covers its boxes, if there is one; see `Patch.covers`."""
        patch = self._patches.get((frame, readout.name))
        return patch if patch and patch.covers(readout, frame_size) else None


@dataclass(eq=False)
class Sheet:
    """The embeddings of one readout in F frames, and what the head makes of them.

    embeddings: float32 (F, B, d); given: bool (F,), whether a frame's pixels have been seen.
    """

    readout: Readout
    embeddings: np.ndarray
    given: np.ndarray
    column: Column | None = field(default=None)

    @classmethod
    def empty(cls, readout: Readout, frames: int, dim: int) -> "Sheet":
        """A sheet on which nothing has been seen."""
        return cls(readout, np.zeros((frames, len(readout.boxes), dim), np.float32), np.zeros(frames, bool))

    def rearranged(self, sources: Sequence[int]) -> "Sheet":
        """The sheet for other frames: row k is what row sources[k] was, or empty where that is -1."""
        sources = np.asarray(sources, int)
        old = sources >= 0
        sheet = Sheet.empty(self.readout, len(sources), self.embeddings.shape[2])
        sheet.embeddings[old], sheet.given[old] = self.embeddings[sources[old]], self.given[sources[old]]
        return sheet

    def give(self, rows: Sequence[int], embeddings: np.ndarray, head: SoftmaxHead | None) -> Column | None:
        """Take the embeddings (n, B, d) of n rows, and read them. Returns their column."""
        self.embeddings[rows], self.given[rows] = embeddings, True
        if head is None:
            return None
        if self.column is None or self.column.classes != head.classes_:
            self.read(head)
        part = Column.of(self.readout, head, self.embeddings[rows], np.ones(len(rows), bool))
        probabilities, distance = self.column.probabilities, self.column.distance
        probabilities[rows], distance[rows] = part.probabilities, part.distance
        self.column = Column(self.readout, head.classes_, probabilities, distance, self.given)
        return part

    def read(self, head: SoftmaxHead | None) -> None:
        """Read all that was given with another head; None reads nothing."""
        self.column = head and Column.of(self.readout, head, self.embeddings, self.given)
