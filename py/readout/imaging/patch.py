"""A part of a frame: its pixels and where they begin."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..layout.layout import Box, Readout
from .colour import planes_of, to_pixels
from .crops import Crop, cut

SLACK = 1e-6
"""The sum of two fractions may be so much above the edge that it lies on, in pixels; see `crops.cut`."""


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
            max(bx, 0) >= x
            and max(by, 0) >= y
            and min(bx + w, frame_size[0]) <= x + width
            and min(by + h, frame_size[1]) <= y + height
            for bx, by, w, h in readout.boxes
        )

    def cut(self, readout: Readout, margin: int = 2) -> list[Crop]:
        """The crops of a readout's boxes, each with what is around it, as far as it is known; see `cut_boxes`."""
        return self.cut_boxes(readout.boxes, margin)

    def cut_boxes(self, boxes: Sequence[Box], margin: int = 0) -> list[Crop]:
        """The crops of boxes. Beyond what is known the outermost pixels are repeated, for boxes that leave the frame."""
        (x, y), (height, width) = self.origin, self.pixels.shape[:2]
        left, top, right, bottom = (
            math.ceil(max(0, *beyond) - SLACK)
            for beyond in zip(
                *((x - bx, y - by, bx + w - x - width, by + h - y - height) for bx, by, w, h in boxes), strict=True
            )
        )
        if left or top or right or bottom:
            wider = np.pad(self.pixels, ((top, bottom), (left, right), (0, 0)), mode="edge")
            return cut(wider, boxes, margin, (x - left, y - top))
        return cut(self.pixels, boxes, margin, self.origin)
