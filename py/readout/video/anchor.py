"""The anchor of a layout: its picture, by which it is found in every frame, and how far each frame has moved."""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import ReadoutError, quoted
from ..files.json_fields import check
from ..files.json_fields import field as field_of
from ..imaging.colour import luma as luma_of
from ..layout.box import Box
from ..layout.layout import Readout
from ..layout.region import Region

if TYPE_CHECKING:
    from .template_tracker import TemplateTracker

ANCHOR = ""
"""Among the regions of a frame, the readout of the anchor's: no readout has that name."""
STEP = 8
"""Boxes follow in steps of 1 / STEP pixel, so that a picture that stands still is read as if there were no anchor."""


class Shift(NamedTuple):
    """How far a frame has moved: x and y in pixels, whole eighths; both 0 where the anchor is lost."""

    x: float = 0.0
    y: float = 0.0
    lost: bool = False


@dataclass(frozen=True)
class Anchor:
    """What an anchor looks like in the frame that it was drawn on.

    frame: that frame's name. box: x, y, width, height, whole pixels. luma: its brightness, a byte for each pixel, row
    by row. Raises ReadoutError for a box and luma that do not fit each other, or that `TemplateTracker` refuses.
    """

    frame: str
    box: tuple[int, int, int, int]
    luma: bytes

    def __post_init__(self) -> None:
        x, y, w, h = self.box
        if min(x, y) < 0 or min(w, h) < 1 or len(self.luma) != w * h:
            raise ReadoutError(
                f"an anchor's picture has a byte for each pixel of its box, got {len(self.luma)} for "
                f"{list(self.box)}: draw the anchor again"
            )

    @classmethod
    def of(cls, frame: str, box: Box, pixels: np.ndarray, origin: tuple[int, int]) -> "Anchor":
        """The anchor around `box`, widened to whole pixels, in uint8 RGB pixels (h, w, 3) that begin at `origin`."""
        x, y = math.floor(box[0]), math.floor(box[1])
        right, bottom = math.ceil(box[0] + box[2]), math.ceil(box[1] + box[3])
        part = pixels[max(y - origin[1], 0) : bottom - origin[1], max(x - origin[0], 0) : right - origin[0]]
        anchor = cls(frame, (x, y, right - x, bottom - y), luma_of(part).tobytes())
        anchor.tracker  # noqa: B018, which refuses what cannot be found again
        return anchor

    @property
    def picture(self) -> np.ndarray:
        """Its luma, uint8 (height, width)."""
        return np.frombuffer(self.luma, np.uint8).reshape(self.box[3], self.box[2])

    @cached_property
    def tracker(self) -> "TemplateTracker":
        """What finds it; raises ReadoutError where there is nothing to hold on to."""
        from .template_tracker import TemplateTracker  # most projects have no anchor

        return TemplateTracker(self.picture)

    @property
    def radius(self) -> int:
        """How far it is looked for, in pixels."""
        return self.tracker.radius

    def region(self, frame_size: tuple[int, int]) -> Region:
        """What to look at in every frame; its readout is ANCHOR."""
        x, y, w, h = self.box
        first, last = (x - self.radius, y - self.radius), (x + w + self.radius, y + h + self.radius)
        return Region.inside(frame_size, ANCHOR, first, last)

    @property
    def repeats(self) -> bool:
        """Whether a shift may be wrong by a whole period, or along an edge; see `TemplateTracker.repeats`."""
        return self.tracker.repeats

    def shifts(self, pixels: np.ndarray, origin: tuple[int, int]) -> list[Shift]:
        """How far each of n frames has moved. pixels: uint8 RGB (n, h, w, 3), the same region of each, at `origin`."""
        return self.found(luma_of(pixels), origin)

    def found(self, luma: np.ndarray, origin: tuple[int, int]) -> list[Shift]:
        """The same for luma, uint8 (n, h, w), of any range and matrix."""
        found = self.tracker.shifts(luma, (self.box[0] - origin[0], self.box[1] - origin[1]))
        steps = np.round(found.shift * STEP) / STEP + 0.0  # no -0.0
        return [Shift(x, y, lost) for (x, y), lost in zip(steps.tolist(), found.lost.tolist(), strict=True)]

    @cached_property
    def key(self) -> str:
        """A text that is the same for anchors that look the same in the same place."""
        return hashlib.sha256(repr(self.box).encode() + self.luma).hexdigest()[:32]

    def fits(self, box: Box | None) -> bool:
        """Whether it is the picture of the anchor in that box of a layout."""
        return box is not None and tuple(box) == self.box

    @lru_cache(maxsize=4)  # noqa: B019, for the frames of a folder
    def scaled(self, old: tuple[int, int], new: tuple[int, int]) -> "Anchor":
        """The anchor in frames of the size `new` that show what those of the size `old` did; both (width, height)."""
        if tuple(old) == tuple(new):
            return self
        lines, box = [], []
        for axis in (0, 1):
            factor, start, length = new[axis] / old[axis], self.box[axis], self.box[2 + axis]
            first, last = math.ceil(start * factor), math.floor((start + length) * factor)
            places = np.clip((np.arange(first, last) + 0.5) / factor - 0.5 - start, 0, length - 1)
            lines.append((places.astype(int), places % 1))
            box.append((first, last - first))
        (columns, along), (rows, down) = lines
        picture = np.pad(self.picture.astype(float), ((0, 1), (0, 1)), mode="edge")
        picture = picture[rows] * (1 - down)[:, None] + picture[rows + 1] * down[:, None]
        picture = picture[:, columns] * (1 - along) + picture[:, columns + 1] * along
        (x, w), (y, h) = box
        return Anchor(self.frame, (x, y, w, h), np.round(picture).astype(np.uint8).tobytes())

    def fields(self) -> dict[str, Any]:
        """The anchor as JSON values: 'frame', 'box', and 'luma' in base64."""
        import base64

        return {"frame": self.frame, "box": list(self.box), "luma": base64.b64encode(self.luma).decode()}

    @classmethod
    def from_fields(cls, fields: Any) -> "Anchor":
        """What `fields` gave; raises ReadoutError, naming the field that is wrong, for anything else."""
        import base64

        box = field_of(fields, "box", "the anchor", list)
        if len(box) != 4 or not all(type(n) is int and 0 <= n < 1 << 31 for n in box):
            raise ReadoutError(f"the anchor's box is four whole numbers of pixels, got {quoted(box)}: draw it again")
        x, y, width, height = box
        try:
            luma = base64.b64decode(field_of(fields, "luma", "the anchor", str), validate=True)
        except ValueError as error:
            raise ReadoutError(f"the anchor's luma is in base64, got other text ({error}): draw it again") from error
        anchor = cls(check(fields.get("frame"), "the anchor's frame", str), (x, y, width, height), luma)
        anchor.tracker  # noqa: B018
        return anchor


def moved(readout: Readout, shift: Shift | None) -> Readout:
    """The readout with its boxes where they are in a frame that has moved; the same one where it has not."""
    if shift is None or not (shift.x or shift.y):
        return readout
    return readout.moved(shift.x, shift.y)
