"""Settings drawn by lot."""

from collections.abc import Sequence

import numpy as np

from .paint import Colour
from .scenery import Scenery

LIGHT = ((1, 1, 1), (0.96, 0.96, 0.9), (1, 0.95, 0.3), (0.4, 1, 1), (0.5, 1, 0.5), (1, 0.75, 0.3))
DARK = ((0, 0, 0), (0.08, 0.08, 0.1), (0.05, 0.05, 0.35), (0.4, 0.02, 0.05), (0, 0.2, 0.1))


class Lot:
    """A random generator that speaks of choices."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def between(self, low: float, high: float) -> float:
        """A number, evenly from low to high."""
        return float(self.rng.uniform(low, high))

    def size(self, low: float, high: float) -> float:
        """A size: evenly on a scale of ratios."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, values: Sequence):
        """One of the values."""
        return values[int(self.rng.integers(len(values)))]

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return bool(self.rng.random() < share)

    def near(self, colour: Colour, by: float = 0.06) -> Colour:
        """A colour close to the given one."""
        return tuple(float(v) for v in np.clip(np.array(colour) + self.rng.uniform(-by, by, 3), 0, 1))

    def photograph(self, low: float, high: float, moving: bool | None = None) -> Scenery:
        """A piece of a photograph whose black and white become these greys, a little tinted."""
        return Scenery(
            "photo",
            self.near((low,) * 3, 0.04),
            self.near((high,) * 3, 0.08),
            photo=self.whole(0, 1),
            zoom=self.size(0.4, 2.5),
            place=(self.between(0, 1), self.between(0, 1)),
            moving=self.chance(0.6) if moving is None else moving,
            mirrored=self.chance(0.5),
        )

    def gradient(self, low: Colour, high: Colour) -> Scenery:
        """A gradient at any angle between two colours."""
        return Scenery("gradient", self.near(low), self.near(high), angle=self.between(0, 6.28))

    def plain(self, colour: Colour) -> Scenery:
        """One colour."""
        return Scenery("plain", self.near(colour, 0.03), (0, 0, 0))
