"""What is kept of a project's frames: around every readout a patch of pixels, and the readings' columns."""

import math
from collections import Counter
from collections.abc import Callable

from ..imaging.patch import Patch
from ..layout.layout import Readout

PATCH_BYTES = 96 * 1024 * 1024
"""What the patches of frames may take. Evicted patches are requested again on demand."""


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

    def put(
        self, frame: str, readout: str, patch: Patch, pinned: Callable[[str, str], bool] = lambda *_: False
    ) -> None:
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

    def find(
        self, frame: str, readout: Readout, frame_size: tuple[float, float] = (math.inf, math.inf)
    ) -> Patch | None:
        """The patch of a readout that covers its boxes, if there is one; see `Patch.covers`."""
        patch = self._patches.get((frame, readout.name))
        return patch if patch and patch.covers(readout, frame_size) else None
