"""Which frames have moved how far: what a project knows of the anchor that its boxes follow."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from ..imaging.patch import Patch
from ..layout.frame import Frame
from ..layout.layout import Layout, Readout
from ..layout.region import bounding_region
from ..project.document import Document
from ..readings.column import FLAGS
from ..readings.reading import FLAG
from ..workbench.views import column_view
from .anchor import Anchor, Shift, moved

NONE: Mapping[str, Shift] = MappingProxyType({})
LOST_BIT = len(FLAGS)
"""The bit of a reading's flags, after those of `table.FLAGS`, that says that the anchor is lost."""


class Stabilizer:
    """The shifts of frames by name, found by one anchor; without one no frame moves.

    shifts: by frame name. size: of the frames, (width, height).
    """

    def __init__(
        self, anchor: Anchor | None = None, size: tuple[int, int] = (0, 0), shifts: Mapping[str, Shift] = NONE
    ):
        self.anchor, self.size = anchor, size
        self.shifts: dict[str, Shift] = dict(shifts) if anchor else {}
        self._lost = {frame for frame, shift in self.shifts.items() if shift.lost}

    @classmethod
    def of(cls, document: Document, shifts: Mapping[str, Shift] = NONE) -> "Stabilizer":
        """What is known of the anchor that a document's boxes follow."""
        return cls(document.tracked, document.layout.frame_size if document.layout else (0, 0), shifts)

    def is_for(self, document: Document) -> bool:
        """Whether what is known holds for a document as well."""
        anchor = document.tracked
        return self.anchor == anchor and (anchor is None or self.size == document.layout.frame_size)

    @property
    def key(self) -> str:
        """Of the anchor, "" without one; see `Anchor.key`."""
        return self.anchor.key if self.anchor else ""

    def unknown(self, frame: str) -> bool:
        """Whether nobody knows yet how far a frame has moved."""
        return self.anchor is not None and frame not in self.shifts

    def place(self, frame: str, readout: Readout) -> Readout:
        """The readout where it is in the frame."""
        return moved(readout, self.shifts.get(frame))

    def regions(self, layout: Layout) -> list[dict]:
        """What to see of every frame: around each readout, wide enough to follow, and around the anchor."""
        more = self.anchor.radius if self.anchor else 0
        regions = [{"readout": each.name, **bounding_region(each, layout.frame_size, more)} for each in layout.readouts]
        return [*regions, *([self.anchor.region(layout.frame_size)] if self.anchor else [])]

    def see(self, frame: str, patch: Patch) -> None:
        """Find the anchor in the pixels around it. Those of an anchor before are passed over."""
        if not self.unknown(frame):
            return
        asked = self.anchor.region(self.size)
        whole = Readout(FLAG, "#", ((asked["x"], asked["y"], asked["width"], asked["height"]),))
        if patch.covers(whole):
            self.take([frame], self.anchor.shifts(patch.pixels[None], patch.origin))

    def take(self, frames: Sequence[str], shifts: Sequence[Shift]) -> None:
        """Know how far frames have moved."""
        self.shifts.update(zip(frames, shifts, strict=True))
        self._lost.update(frame for frame, shift in zip(frames, shifts, strict=True) if shift.lost)

    def flags(self, frame: str) -> list[str]:
        """What to say of every reading of a frame."""
        return [FLAG] if frame in self._lost else []

    def said(self, parts: Sequence[tuple | None], rows: Sequence[int], frames: Sequence[Frame]) -> dict:
        """'readouts', columns and rows as `showing.plain` gives them, flagged where the anchor is lost, and 'shifts'.

        shifts: of the given rows those whose shift is known, 'rows' int32, 'x', 'y' float32 in pixels, 'lost' uint8;
        None where there is no anchor.
        """
        readouts = [column_view(*part) for part in parts if part]
        if self.anchor is None:
            return {"readouts": readouts, "shifts": None}
        for each in readouts:
            lost = [name in self._lost for name in (frames[k].name for k in each["rows"].tolist())] if self._lost else 0
            each["flags"] = each["flags"] | np.asarray(lost, np.uint8) << LOST_BIT
        known = [(k, *shift) for k in map(int, rows) if (shift := self.shifts.get(frames[k].name))]
        columns = list(zip(*known, strict=True)) or [()] * 4
        types = {"rows": np.int32, "x": np.float32, "y": np.float32, "lost": np.uint8}
        shifts = {name: np.array(column, kind) for (name, kind), column in zip(types.items(), columns, strict=True)}
        return {"readouts": readouts, "shifts": shifts}
