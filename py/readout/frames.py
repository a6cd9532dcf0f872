"""What is kept of a project's frames: around every readout a patch of pixels, and the readings' columns."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .crops import Crop, cut
from .layout import Box, Readout
from .planes import planes_of, to_pixels

PATCH_BYTES = 96 * 1024 * 1024
"""What the patches of frames may take. Those that are forgotten are asked for again when somebody wants to see them."""

SLACK = 1e-6
"""The sum of two fractions may be so much above the edge that it lies on, in pixels; see `crops.cut`."""


class Frame(NamedTuple):
    """One picture: its name, unique in a project, and its size in pixels. time_s: of a clip's frame, in seconds."""

    name: str
    width: int
    height: int
    time_s: float | None = None

    def fields(self) -> dict:
        """As JSON values: 'name', 'width', 'height', and 'time_s' where there is one."""
        return {name: value for name, value in self._asdict().items() if name != "time_s" or value is not None}


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of a frame: uint8 RGB pixels (h, w, 3), and where in the frame they begin, x and y."""

    pixels: np.ndarray
    origin: tuple[int, int]

    @classmethod
    def of(cls, region: dict) -> "Patch":
        """From a region as the page sends it: 'x', 'y', 'width', 'height', and either 'rgba' as bytes, or one picture's
        planes, 'data', with 'format', 'matrix', 'full_range', 'rotation'; see `planes`."""
        if "data" in region:
            data, coded = planes_of(region)
            return cls(np.ascontiguousarray(to_pixels(data[:1], coded, region)[0]), (region["x"], region["y"]))
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
        """The crops of a readout's boxes, each with what is around it, as far as it is known; see `cut_boxes`."""
        return self.cut_boxes(readout.boxes, margin)

    def cut_boxes(self, boxes: Sequence[Box], margin: int = 0) -> list[Crop]:
        """The crops of boxes. Beyond what is known the outermost pixels are repeated, for boxes that leave the frame."""
        (x, y), (height, width) = self.origin, self.pixels.shape[:2]
        left, top, right, bottom = (math.ceil(max(0, *beyond) - SLACK) for beyond in zip(
            *((x - bx, y - by, bx + w - x - width, by + h - y - height) for bx, by, w, h in boxes), strict=True
        ))
        if left or top or right or bottom:
            wider = np.pad(self.pixels, ((top, bottom), (left, right), (0, 0)), mode="edge")
            return cut(wider, boxes, margin, (x - left, y - top))
        return cut(self.pixels, boxes, margin, self.origin)


def evened(region: dict, frame_size: tuple[int, int]) -> dict:
    """A region, 'x', 'y', 'width', 'height', made larger to begin and end at even pixels or at the frame's edge, as
    colour has half the pixels of luma in a clip."""
    x, y = region["x"] // 2 * 2, region["y"] // 2 * 2
    right, bottom = (
        min(-(-(region[start] + region[length]) // 2) * 2, most)
        for start, length, most in zip(("x", "y"), ("width", "height"), frame_size, strict=True)
    )
    return {**region, "x": x, "y": y, "width": right - x, "height": bottom - y}


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
        self._uses: Counter[Patch] = Counter()
        self._bytes = 0

    def __len__(self) -> int:
        """How many there are, of frames that share one each counted."""
        return len(self._patches)

    def put(self, frame: str, readout: str, patch: Patch, pinned: Callable[[str, str], bool] = lambda *_: False) -> None:
        """Keep a patch, which frames may share. Where there are too many, forget the oldest of which
        `pinned(frame, readout)` is false."""
        self.drop(frame, readout)
        self._patches[frame, readout] = patch
        self._uses[patch] += 1
        self._bytes += patch.pixels.nbytes if self._uses[patch] == 1 else 0
        for _ in range(len(self._patches)):
            key = next(iter(self._patches))
            if self._bytes <= self.limit or key == (frame, readout):
                break
            if pinned(*key):
                self._patches[key] = self._patches.pop(key)
            else:
                self.drop(*key)

    def drop(self, frame: str, readout: str) -> None:
        """Forget a patch, if there is one."""
        patch = self._patches.pop((frame, readout), None)
        if patch:
            self._uses[patch] -= 1
            if not self._uses[patch]:
                del self._uses[patch]
                self._bytes -= patch.pixels.nbytes

    def frames(self, readout: str) -> list[str]:
        """The names of all frames of which a patch of a readout is kept."""
        return [frame for frame, name in self._patches if name == readout]

    def all(self) -> dict[tuple[str, str], Patch]:
        """All that are kept, by frame and readout."""
        return dict(self._patches)

    def find(self, frame: str, readout: Readout, frame_size: tuple[float, float] = (math.inf, math.inf)) -> Patch | None:
        """The patch of a readout that covers its boxes, if there is one; see `Patch.covers`."""
        patch = self._patches.get((frame, readout.name))
        return patch if patch and patch.covers(readout, frame_size) else None
