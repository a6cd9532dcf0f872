"""A part of a frame: its pixels and where they begin."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layout.box import Box
from ..layout.layout import Readout
from ..layout.region import Region
from .colour import Coding, Planes
from .crops import Crop, cut

SLACK = 1e-6
"""The sum of two fractions may be so much above the edge that it lies on, in pixels; see `crops.cut`."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of a frame: uint8 RGB pixels (h, w, 3), and where in the frame they begin, x and y."""

    pixels: np.ndarray
    origin: tuple[int, int]

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Patch":
        """Of a region as the page sends it: the fields of a `Region`, and its pixels.

        They are 'rgba' as bytes, or 'data', one picture's planes, with the fields of its `Coding`.
        """
        region = Region.from_fields(fields)
        if "data" in fields:
            coding = Coding(**{name: fields[name] for name in Coding._fields if name in fields})
            [pixels] = Planes.from_bytes(region, fields["data"], coding).rgb([0])
        else:
            rgba = np.frombuffer(fields["rgba"], np.uint8)
            pixels = rgba.reshape(region.height, region.width, 4)[:, :, :3]
        return cls(np.ascontiguousarray(pixels), region.origin)

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
        return self.cut_boxes(readout.boxes, margin, readout.beside)

    def cut_boxes(self, boxes: Sequence[Box], margin: int = 0, beside: int = 0) -> list[Crop]:
        """The crops of boxes. Beyond what is known the outermost pixels are repeated: boxes may leave the frame."""
        (x, y), (height, width) = self.origin, self.pixels.shape[:2]
        left, top, right, bottom = (
            math.ceil(max(0, *beyond) - SLACK)
            for beyond in zip(
                *((x - bx, y - by, bx + w - x - width, by + h - y - height) for bx, by, w, h in boxes), strict=True
            )
        )
        if left or top or right or bottom:
            wider = np.pad(self.pixels, ((top, bottom), (left, right), (0, 0)), mode="edge")
            return cut(wider, boxes, margin, (x - left, y - top), beside)
        return cut(self.pixels, boxes, margin, self.origin, beside)
