"""What a chunk of a clip shows: of the boxes of one readout the distinct crops, and which one every frame has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ReadoutError, quoted
from ..imaging.colour import Planes
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..layout.box import Box
from ..layout.layout import Readout
from ..layout.region import Region
from .anchor import Anchor, Shift, moved
from .change_detection import first_occurrence


@dataclass(frozen=True, eq=False)
class ChunkObservations:
    """crops: the distinct ones. index: int32 (n, B), which of them each box of each frame shows. patches: by the number
    of the picture, those in which a crop is new."""

    crops: list[Crop]
    index: np.ndarray
    patches: dict[int, Patch]


@dataclass(frozen=True, eq=False)
class Chunk:
    """n consecutive frames of a clip, of which m pictures are distinct. index: int (n,), the picture of each frame."""

    index: np.ndarray

    def shifts(self, planes: Planes, anchor: Anchor) -> list[Shift]:
        """How far each of the m pictures has moved, by the region around the anchor."""
        self._check(planes)
        return anchor.found(planes.channels()[0], planes.region.origin)

    def observe(
        self, planes: Planes, readout: Readout, shifts: Sequence[Shift] = (), first: np.ndarray | None = None
    ) -> ChunkObservations:
        """What a readout shows in a region of the m pictures.

        shifts: how far the m pictures have moved, where the boxes follow an anchor; only pictures that have moved alike
        can share a crop. first: int (m, B), what `first_occurrence` gives, where the page found it; then `planes` are
        of the pictures alone in which some box is new. Raises ReadoutError where the region does not hold all boxes, or
        not as many pictures as the index says.
        """
        x, y, width, height = planes.region.box
        boxes = [(bx - x, by - y, w, h) for bx, by, w, h in readout.boxes]
        if not all(bx >= 0 and by >= 0 and bx + w <= width and by + h <= height for bx, by, w, h in boxes):
            raise ReadoutError(
                f"a region holds all boxes of its readout, {quoted(readout.name)} has some outside "
                f"{width} x {height} at "
                f"{x}, {y}: send the region that the plan asks for"
            )
        there = [moved(readout, shift).boxes for shift in shifts] if shifts else [readout.boxes] * self._count
        if first is None:
            found = self._first(planes, there, shifts, readout.beside)
        else:
            found = self._checked(first, len(boxes))
        new = found == np.arange(len(found))[:, None]
        numbers = np.flatnonzero(new.any(axis=1))
        if first is not None and len(planes) != len(numbers):
            raise ReadoutError(
                f"{len(numbers)} pictures show something new, got {len(planes)}: send those, in their order"
            )
        pixels = planes.rgb(numbers if first is None else np.arange(len(planes)))
        patches = {
            k: Patch(np.ascontiguousarray(part), (x, y)) for k, part in zip(numbers.tolist(), pixels, strict=True)
        }
        crops = [
            crop
            for k, patch in patches.items()
            for crop in patch.cut_boxes(
                [box for box, own in zip(there[k], new[k], strict=True) if own], 0, readout.beside
            )
        ]
        number = np.full(found.shape, -1, np.int32)
        number[new] = np.arange(len(crops))
        return ChunkObservations(crops, np.take_along_axis(number, found, axis=0)[self.index], patches)

    @property
    def _count(self) -> int:
        return int(self.index.max(initial=-1)) + 1

    def _first(
        self, planes: Planes, there: Sequence[Sequence[Box]], shifts: Sequence[Shift], beside: int
    ) -> np.ndarray:
        """Which picture each box of each picture looks like, int (m, B); see `first_occurrence`.

        there: the boxes of each, in the frame.
        """
        self._check(planes)
        channels, count = planes.channels(), len(planes)
        found = np.empty((count, len(there[0]) if there else 0), int)
        for numbers in _moved_alike(shifts, count):
            light, *chroma = channels if len(numbers) == count else (plane[numbers] for plane in channels)
            inside = [_inside(box, planes.region) for box in there[numbers[0]]]
            found[numbers] = numbers[first_occurrence(light, inside, chroma, beside)]
        return found

    def _checked(self, first: np.ndarray, boxes: int) -> np.ndarray:
        """What the page found, if it is of these pictures and names new ones."""
        found = first.reshape(-1, boxes)
        earlier = (found >= 0) & (found <= np.arange(len(found))[:, None])
        if len(found) != self._count or not earlier.all() or (np.take_along_axis(found, found, axis=0) != found).any():
            raise ReadoutError(
                f"each box of {self._count} pictures looks like an earlier one or is new, got {len(found)} rows "
                "that say something else: read the chunk again"
            )
        return found

    def _check(self, planes: Planes) -> None:
        if len(planes) != self.index.max(initial=-1) + 1 or self.index.min(initial=0) < 0:
            raise ReadoutError(
                f"a chunk has a picture for each number of its index, 0 to {self.index.max(initial=-1)}, "
                f"got {len(planes)}: send the distinct pictures in their order"
            )


def _moved_alike(shifts: Sequence[Shift], count: int) -> list[np.ndarray]:
    """The numbers of the pictures that have moved alike, int arrays: all of them where none has moved."""
    if not shifts:
        return [np.arange(count)] if count else []
    groups: dict[tuple[float, float], list[int]] = {}
    for number, shift in enumerate(shifts):
        groups.setdefault((shift.x, shift.y), []).append(number)
    return [np.array(numbers) for numbers in groups.values()]


def _inside(box: Box, region: Region) -> Box:
    """A box, measured from its region's corner, as far as it lies inside, and at least a pixel of it."""
    (x, w) = _span(box[0] - region.x, box[2], region.width)
    (y, h) = _span(box[1] - region.y, box[3], region.height)
    return x, y, w, h


def _span(start: float, length: float, side: int) -> tuple[float, float]:
    if start >= 0 and start + length <= side:
        return start, length
    end = min(max(start + length, 1), side)
    start = min(max(start, 0), side - 1)
    return start, max(end - start, 1)
