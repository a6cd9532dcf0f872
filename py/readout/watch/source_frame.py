"""What a source gives: frames, one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Protocol

import numpy as np

Tell = Callable[[str], None]
"""Takes a sentence for the person who runs it."""


@dataclass(frozen=True, eq=False)
class SourceFrame:
    """A frame. pixels: uint8 RGB (h, w, 3). time_s: seconds since the first one, of a clip since its beginning, None of
    pictures. moment: when it was taken, UTC, None where only a clip's own time is known."""

    name: str
    pixels: np.ndarray
    time_s: float | None
    moment: datetime | None


class Source(Protocol):
    """Where frames come from. name: as it may be shown, without a password."""

    name: str

    def frames(self, stop: Event) -> Iterator[SourceFrame]:
        """The frames as they come, until `stop` is set or there will be no more."""
