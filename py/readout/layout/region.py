"""Rectangles of whole pixels: which part of a frame is needed to read a readout."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .box import outer_edges
from .layout import Readout

ASIDE = 1.25
"""Widths of a box that are kept beside fixed boxes: as much as one more digit takes."""


class Region(NamedTuple):
    """A part of a frame, in whole pixels from its upper left corner, and the readout that it is for."""

    readout: str
    x: int
    y: int
    width: int
    height: int

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Region":
        """The region that a dictionary with 'x', 'y', 'width' and 'height' is about; 'readout' may be missing."""
        return cls(fields.get("readout", ""), fields["x"], fields["y"], fields["width"], fields["height"])

    @classmethod
    def inside(
        cls, frame_size: tuple[int, int], readout: str, first: tuple[int, int], last: tuple[int, int]
    ) -> "Region":
        """What lies in a frame of (width, height) from one corner, x and y, to the other."""
        x, y = max(first[0], 0), max(first[1], 0)
        return cls(readout, x, y, min(last[0], frame_size[0]) - x, min(last[1], frame_size[1]) - y)

    @property
    def origin(self) -> tuple[int, int]:
        """Its upper left corner, x and y."""
        return self.x, self.y

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height."""
        return self.x, self.y, self.width, self.height

    def fields(self) -> dict[str, Any]:
        """'readout', 'x', 'y', 'width' and 'height' as JSON values."""
        return self._asdict()

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """Its part of a frame (h, w, ...)."""
        return pixels[self.y : self.y + self.height, self.x : self.x + self.width]

    def fits(self, frame_size: tuple[int, int]) -> bool:
        """Whether it has pixels, and all of them lie in a frame of (width, height)."""
        right, bottom = self.x + self.width, self.y + self.height
        return 0 <= self.x < right <= frame_size[0] and 0 <= self.y < bottom <= frame_size[1]

    def aligned_to_even(self, frame_size: tuple[int, int]) -> "Region":
        """Made larger to begin and end at even pixels or at the frame's edge: in a clip colour has half the pixels."""
        x, y = self.x // 2 * 2, self.y // 2 * 2
        last = -(-(self.x + self.width) // 2) * 2, -(-(self.y + self.height) // 2) * 2
        return Region.inside(frame_size, self.readout, (x, y), last)


def bounding_region(readout: Readout, frame_size: tuple[int, int], more: int = 0) -> Region:
    """What to keep of every frame of (width, height) for a readout.

    It reaches half a box beyond the boxes, so that they can be nudged without asking for the frames again, as wide as
    a digit beside fixed boxes, which the number may outgrow, and `more` pixels where the boxes follow an anchor.
    """
    width, height = max(w for _, _, w, _ in readout.boxes), max(h for _, _, _, h in readout.boxes)
    across, down = max(width / 2, readout.beside), height / 2
    if readout.window is None:
        across = down = max(across, down)
        if readout.turn % 180:
            down = max(down, ASIDE * height)
        else:
            across = max(across, ASIDE * width)
    across, down = (max(4, math.ceil(each)) + more for each in (across, down))
    left, top, right, bottom = outer_edges(readout.boxes)
    first, last = (
        (math.floor(left) - across, math.floor(top) - down),
        (math.ceil(right) + across, math.ceil(bottom) + down),
    )
    return Region.inside(frame_size, readout.name, first, last)
