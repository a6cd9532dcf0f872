"""A number that was found: where, what it shows, and whether it is offered first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..layout.box import Box
from ..layout.layout import Readout
from ..layout.number_text import count_decimals, count_digits

IN_FRONT, IN_FRONT_ALONE = 0.45, 0.9
"""The mean confidence of numbers that are offered first, and of those with one digit."""
LARGER = 4
"""A number in which the point was passed over is at most so many times as large as another one."""
SEEN = 0.5
"""A number is offered first that is read in more than this share of the frames in which it is not dark."""


@dataclass(frozen=True)
class Suggestion:
    """A number that was found.

    name: unique among those found with it. window, turn: as in a `Readout`. height: of its digits, in pixels. kind:
    'number', 'time', or 'text' for what is no single value. readings: what it shows in each frame, None where nothing
    was read. confidence: mean probability of the readings. changes: whether it shows different numbers. elapsed:
    whether it only says the time that has passed in the clip. alone: whether it is from a single picture, and has more
    than one digit or nothing beside it has. constraint: as in a `Readout`, what the readings obey. dark: frames
    in which nothing of its length was seen, as of a display that blinks.
    """

    name: str
    window: Box
    turn: float
    height: float
    kind: str
    readings: tuple[str | None, ...]
    confidence: float
    changes: bool
    elapsed: bool = False
    alone: bool = False
    constraint: str | None = None
    dark: int = 0

    @property
    def texts(self) -> list[str]:
        """The readings that there are."""
        return [text for text in self.readings if text is not None]

    @property
    def first(self) -> bool:
        """Whether it is offered first: it is read in most frames, changes, and says more than the clip's own time.

        In a single picture those that are read with confidence are, single digits only where there is nothing longer.
        """
        return self.sure and (self.alone or (self.changes and not self.elapsed))

    @property
    def sure(self) -> bool:
        """Whether it is read with confidence in most frames in which it is not dark."""
        alone = max(map(len, self.texts), default=0) < 2
        least = IN_FRONT_ALONE if alone else IN_FRONT
        return self.confidence >= least and len(self.texts) > SEEN * (len(self.readings) - self.dark)

    def fields(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "name": self.name,
            "window": [round(side, 2) for side in self.window],
            "turn": round(self.turn, 2),
            "kind": self.kind,
            "constraint": self.constraint,
            "changes": self.changes,
            "elapsed": self.elapsed,
            "first": self.first,
            "confidence": round(self.confidence, 4),
            "readings": list(self.readings),
        }

    def readout(self) -> Readout:
        """A readout there."""
        return Readout(self.name, window=self.window, turn=self.turn, constraint=self.constraint)


def decimals_of(texts: Sequence[str]) -> str | None:
    """`decimals=2` where texts have two decimals but for some with as many digits, in which the point was passed over.

    None where there is nothing to state, or where most of these would be far larger than the others: 999 W becomes
    1.00 kW, and is no 9.99.
    """
    shapes = [(count_digits(text), count_decimals(text, ".")) for text in texts]
    decimals = [places for _, places in shapes if places]
    lacking = {digits for digits, places in shapes if not places}
    if len(decimals) < 2 or len(set(decimals)) > 1 or not lacking:
        return None
    if not lacking <= {digits for digits, places in shapes if places}:
        return None
    shown = [int("".join(filter(str.isdigit, text))) for text in texts]
    pointed = [digits for digits, (_, places) in zip(shown, shapes, strict=True) if places]
    near = [digits <= LARGER * max(pointed) for digits, (_, places) in zip(shown, shapes, strict=True) if not places]
    return f"decimals={decimals[0]}" if 2 * sum(near) > len(near) else None
