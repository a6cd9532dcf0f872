"""How high a drawn window is to be: people draw loosely, and digits that fill little of a window are read badly."""

from collections.abc import Generator, Sequence

import numpy as np

from ..imaging.patch import Patch
from ..imaging.strips import HEIGHT, contrast_of, ink_of
from ..layout.box import Box, lowered
from .line import Line
from .number_spotter import NumberSpotter, trust

FRAMES = 4
"""Frames that are looked at, spread over those there are."""
LESS = (0.1, 0.2, 0.3)
"""What is left out above and as much below, as shares of the window's height."""
LOWEST = 8.0
"""Pixels of the lowest window that is tried."""
WELL_READ = 0.97
"""A window stays as it was drawn where its texts have this probability on the mean,"""
BETTER = 0.05
"""and unless a lower one's have so much more."""
FEW = 1
"""Ink in so many columns at an edge is noise, not a character that is cut."""


def fitted(
    spotter: NumberSpotter, patches: Sequence[Patch], window: Box, turn: float = 0.0
) -> Generator[np.ndarray, np.ndarray, Box]:
    """The window (x, y, width, height), turned clockwise by `turn` degrees, or a lower one around the same middle in
    which some frames' numbers are read better. It cuts no ink and leaves out no character. Its width stays: numbers
    grow.

    Yields strips, float32 (n, 3, 32, W), takes their columns (n, t, d) from a line backbone.
    """
    look = yield from spotter.look(patches, (window, turn))
    drawn = spotter.read(look)
    best, found = _certainty(drawn), window
    if best >= WELL_READ:
        return window
    ink = [ink_of(contrast_of(strip)) for strip in look.strips]
    for less in LESS:
        x, y, w, h = lowered(window, less)
        lower = x, round(y, 1), w, round(h, 1)
        if lower[3] < LOWEST:
            break
        if any(_is_cut(each, less) for each in ink):
            continue
        lines = spotter.read((yield from spotter.look(patches, (lower, turn))))
        is_whole = all(len(line.texts[0]) >= len(before.texts[0]) for line, before in zip(lines, drawn, strict=True))
        if is_whole and (certainty := _certainty(lines)) > best + BETTER:
            best, found = certainty, lower
    return found


def _certainty(lines: Sequence[Line]) -> float:
    """The mean probability of whole texts, 0 where there is none."""
    return float(np.mean([trust(line) if line.texts[0] else 0.0 for line in lines]))


def _is_cut(ink: np.ndarray, less: float) -> bool:
    """Whether ink (32, w) goes on above or below a window that leaves out so much."""
    row = round(less * HEIGHT)
    crossing = (ink[row - 1] & ink[row]).sum(), (ink[-row] & ink[-row - 1]).sum()
    return max(crossing) > FEW
