"""Which frames have moved how far: what a project knows of the anchor that its boxes follow."""

from collections.abc import Sequence

import numpy as np

from .anchor import ANCHOR, FLAG, Anchor, Shift, moved
from .frames import Frame, Patch, region_around
from .layout import Layout, Readout
from .showing import plain
from .table import FLAGS

LOST_BIT = len(FLAGS)
"""The bit of a reading's flags, after those of `table.FLAGS`, that says that the anchor is lost."""


class Following:
    """The shifts of frames by name, found by one anchor; without one no frame moves.

    shifts: by frame name. size: of the frames, (width, height).
    """

    def __init__(self, anchor: Anchor | None = None, size: tuple[int, int] = (0, 0)):
        self.anchor, self.size = anchor, size
        self.shifts: dict[str, Shift] = {}

    def is_for(self, anchor: Anchor | None, size: tuple[int, int]) -> bool:
        """Whether what is known holds for this anchor in frames of this size."""
        return self.anchor == anchor and (anchor is None or self.size == size)

    def unknown(self, frame: str) -> bool:
        """Whether nobody knows yet how far a frame has moved."""
        return self.anchor is not None and frame not in self.shifts

    def there(self, frame: str, readout: Readout) -> Readout:
        """The readout where it is in the frame."""
        return moved(readout, self.shifts.get(frame))

    def regions(self, layout: Layout) -> list[dict]:
        """What to see of every frame: around each readout, wide enough to follow, and around the anchor."""
        more = self.anchor.radius if self.anchor else 0
        regions = [{"readout": each.name, **region_around(each, layout.frame_size, more)} for each in layout.readouts]
        return [*regions, *([self.anchor.region(layout.frame_size)] if self.anchor else [])]

    def see(self, frame: str, patch: Patch) -> None:
        """Find the anchor in the pixels around it. Those of an anchor before are passed over."""
        if not self.unknown(frame):
            return
        asked = self.anchor.region(self.size)
        if (patch.origin, patch.pixels.shape[:2]) == ((asked["x"], asked["y"]), (asked["height"], asked["width"])):
            [self.shifts[frame]] = self.anchor.shifts(patch.pixels[None], patch.origin)

    def flags(self, frame: str) -> list[str]:
        """What to say of every reading of a frame."""
        shift = self.shifts.get(frame)
        return [FLAG] if shift and shift.lost else []

    def said(self, parts: Sequence[tuple | None], rows: Sequence[int], frames: Sequence[Frame]) -> dict:
        """'readouts', columns and rows as `showing.plain` gives them, flagged where the anchor is lost, and 'shifts'.

        shifts: of the given rows those whose shift is known, 'rows' int32, 'x', 'y' float32 in pixels, 'lost' uint8;
        None where there is no anchor.
        """
        readouts = [plain(*part) for part in parts if part]
        if self.anchor is None:
            return {"readouts": readouts, "shifts": None}
        every = [self.shifts.get(frame.name) for frame in frames]
        lost = np.array([shift is not None and shift.lost for shift in every], np.uint8)
        for each in readouts:
            each["flags"] = each["flags"] | lost[each["rows"]] << LOST_BIT
        rows = [k for k in rows if every[k]]
        x, y = (np.array([getattr(every[k], axis) for k in rows], np.float32) for axis in "xy")
        return {"readouts": readouts, "shifts": {"rows": np.array(rows, np.int32), "x": x, "y": y, "lost": lost[rows]}}
