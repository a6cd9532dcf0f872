"""What a chunk of a clip shows: of the boxes of one readout the distinct looks, and which one every frame has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..errors import ReadoutError
from ..imaging.colour import luma, planes_of, to_pixels, upright
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..layout.layout import Readout
from .anchor import Anchor, Shift, moved
from .change_detection import first_occurrence


class ChunkObservations(NamedTuple):
    """crops: of the distinct looks. index: int32 (n, B), which of them each box of each frame shows. patches: by the
    number of the picture, those in which a look is new."""

    crops: list[Crop]
    index: np.ndarray
    patches: dict[int, Patch]


@dataclass(frozen=True, eq=False)
class Chunk:
    """n consecutive frames of a clip, of which m pictures are distinct; see `FrameStore.give_clip`.

    index: int (n,), the picture of each frame. format, matrix, full_range: see `yuv.to_rgb`. rotation: 0, 90, 180 or
    270 degrees clockwise, what turns the pictures upright.
    """

    index: np.ndarray
    format: str
    matrix: str | None
    full_range: bool
    rotation: int = 0

    def shifts(self, region: dict, anchor: Anchor) -> list[Shift]:
        """How far each of the m pictures has moved, by the region around the anchor."""
        data, coded, _ = self._planes(region)
        light = upright(_planes(data, self.format, *coded)[0], self.rotation)
        return anchor.found(light, (region["x"], region["y"]))

    def looks(self, region: dict, readout: Readout, shifts: Sequence[Shift] | None = None) -> ChunkObservations:
        """What a readout shows in a region: 'x', 'y', 'width', 'height', upright, and 'data', the m pictures' planes.

        shifts: how far the m pictures have moved, where the boxes follow an anchor; only pictures that have moved alike
        can share a look. Raises ReadoutError where the region does not hold all boxes, or not as many pictures as the
        index says.
        """
        whole = self.index
        data, coded, fields = self._planes(region)
        x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
        boxes = [(bx - x, by - y, w, h) for bx, by, w, h in readout.boxes]
        if not all(bx >= 0 and by >= 0 and bx + w <= width and by + h <= height for bx, by, w, h in boxes):
            raise ReadoutError(
                f"a region holds all boxes of its readout, {readout.name!r} has some outside {width} x {height} at "
                f"{x}, {y}: send the region that the plan asks for"
            )
        planes = [upright(plane, self.rotation) for plane in _planes(data, self.format, *coded)]
        there = [moved(readout, shift).boxes for shift in shifts] if shifts else [readout.boxes] * len(data)
        found = np.empty((len(data), len(boxes)), int)
        for numbers in _alike(shifts, len(data)):
            light, *chroma = planes if len(numbers) == len(data) else (plane[numbers] for plane in planes)
            inside = [_inside(box, region) for box in there[numbers[0]]]
            found[numbers] = numbers[first_occurrence(light, inside, chroma)]
        new = found == np.arange(len(found))[:, None]
        numbers = np.flatnonzero(new.any(axis=1))
        pixels = to_pixels(data[numbers], coded, fields)
        patches = {
            k: Patch(np.ascontiguousarray(part), (x, y)) for k, part in zip(numbers.tolist(), pixels, strict=True)
        }
        crops = [
            crop
            for k, patch in patches.items()
            for crop in patch.cut_boxes([box for box, own in zip(there[k], new[k], strict=True) if own])
        ]
        number = np.full(found.shape, -1, np.int32)
        number[new] = np.arange(len(crops))
        return ChunkObservations(crops, np.take_along_axis(number, found, axis=0)[whole], patches)

    def _planes(self, region):
        """The m pictures of a region as they were coded, their size, and the fields that say how."""
        whole = self.index
        fields = {
            "format": self.format,
            "matrix": self.matrix,
            "full_range": self.full_range,
            "rotation": self.rotation,
        }
        data, coded = planes_of({**region, **fields})
        if len(data) != whole.max(initial=-1) + 1 or whole.min(initial=0) < 0:
            raise ReadoutError(
                f"a chunk has a picture for each number of its index, 0 to {whole.max(initial=-1)}, got {len(data)}: "
                "send the distinct pictures in their order"
            )
        return data, coded, fields


def _alike(shifts, count):
    """The numbers of the pictures that have moved alike, int arrays: all of them where none has moved."""
    if not shifts:
        return [np.arange(count)] if count else []
    groups = {}
    for number, shift in enumerate(shifts):
        groups.setdefault(shift[:2], []).append(number)
    return [np.array(numbers) for numbers in groups.values()]


def _inside(box, region):
    """A box, measured from its region's corner, as far as it lies inside, and at least a pixel of it."""
    spans = []
    for start, length, side in ((box[0] - region["x"], box[2], "width"), (box[1] - region["y"], box[3], "height")):
        if start < 0 or start + length > region[side]:
            end = min(max(start + length, 1), region[side])
            start = min(max(start, 0), region[side] - 1)
            length = max(end - start, 1)
        spans.append((start, length))
    (x, w), (y, h) = spans
    return x, y, w, h


def _planes(data, format, width, height):
    """Luma, uint8 (m, h, w), and two planes of colour, of planes (m, bytes) as they were coded."""
    m = len(data)
    if format == "RGBA":
        rgb = data.reshape(m, height, width, 4)[..., :3]
        light = luma(rgb)
        return light, *(((rgb[..., k].astype(np.int16) - light + 255) >> 1).astype(np.uint8) for k in (2, 0))
    across, down = (width + 1) // 2, (height + 1) // 2
    light, colour = data[:, : width * height].reshape(m, height, width), data[:, width * height :]
    if format == "NV12":
        colour = colour.reshape(m, down, across, 2)
        return light, colour[..., 0], colour[..., 1]
    return light, *colour.reshape(m, 2, down, across).swapaxes(0, 1)
