"""Which frames have moved how far, by the anchor that boxes follow."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ..imaging.patch import Patch
from ..layout.layout import Layout, Readout
from ..layout.region import Region, bounding_region
from .anchor import Anchor, Shift, moved

NONE: Mapping[str, Shift] = MappingProxyType({})


class Stabilizer:
    """The shifts of frames by name, found by one anchor; without one no frame moves.

    shifts: by frame name. size: of the frames, (width, height).
    """

    def __init__(
        self, anchor: Anchor | None = None, size: tuple[int, int] = (0, 0), shifts: Mapping[str, Shift] = NONE
    ):
        self.anchor, self.size = anchor, size
        self.shifts: dict[str, Shift] = dict(shifts) if anchor else {}

    def follows(self, anchor: Anchor | None, size: tuple[int, int]) -> bool:
        """Whether its shifts hold for an anchor in frames of `size`, too."""
        return self.anchor == anchor and (anchor is None or self.size == size)

    @property
    def key(self) -> str:
        """Of the anchor, "" without one; see `Anchor.key`."""
        return self.anchor.key if self.anchor else ""

    def unknown(self, frame: str) -> bool:
        """Whether it is not known yet how far a frame has moved."""
        return self.anchor is not None and frame not in self.shifts

    def lost(self, frame: str) -> bool:
        """Whether the anchor is known to be lost in a frame."""
        shift = self.shifts.get(frame)
        return shift is not None and shift.lost

    def place(self, frame: str, readout: Readout) -> Readout:
        """The readout where it is in the frame."""
        return moved(readout, self.shifts.get(frame))

    def regions(self, layout: Layout) -> list[Region]:
        """What to see of every frame: around each readout, wide enough to follow, and around the anchor."""
        more = self.anchor.radius if self.anchor else 0
        regions = [bounding_region(each, layout.frame_size, more) for each in layout.readouts]
        return [*regions, *([self.anchor.region(layout.frame_size)] if self.anchor else [])]

    def see(self, frame: str, patch: Patch) -> None:
        """Find the anchor in the pixels around it. Those of an anchor before are passed over."""
        if self.anchor is None or frame in self.shifts:
            return
        asked = Readout("anchor", "#", (self.anchor.region(self.size).box,))
        if patch.covers(asked):
            self.take([frame], self.anchor.shifts(patch.pixels[None], patch.origin))

    def take(self, frames: Sequence[str], shifts: Sequence[Shift]) -> None:
        """Know how far frames have moved."""
        self.shifts.update(zip(frames, shifts, strict=True))
