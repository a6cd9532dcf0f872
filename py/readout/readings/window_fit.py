"""How a drawn window is closed around its numbers: people draw loosely, with units and names in it, and digits that
fill little of a window are read badly."""

from collections.abc import Generator, Sequence

import numpy as np

from ..imaging.patch import Patch
from ..imaging.strips import HEIGHT, LEAST_SPAN, column_runs, contrast_of, ink_of
from ..layout.box import Box, lowered
from .line import LONE_FACTORS, Line
from .number_spotter import Look, NumberSpotter, trust

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
ENDS = 3
"""Different characters at an end of the numbers from which on what stands beside them may be left out: a letter that is
read as a digit would be the same, as the l of lb,"""
SAME = 0.15
"""and what differs by less than this share of the contrast on the mean is the same in all frames."""
CLEAR = 4
"""Pixels of the strip that are free between a number and what is left out beside it, at least; the half of them stays:
a number may grow up to what stands beside it."""
OF_NUMBERS = frozenset("0123456789-.,")


def fitted(
    spotter: NumberSpotter, patches: Sequence[Patch], window: Box, turn: float = 0.0
) -> Generator[np.ndarray, np.ndarray, Box]:
    """The window (x, y, width, height), turned clockwise by `turn` degrees, or a smaller one in which some frames'
    numbers are read better: a lower one around the same middle, and one without the unit behind them or the name before
    them that is the same in all frames. It cuts no ink and leaves out no character of a number.

    Yields strips, float32 (n, 3, 32, W), takes their columns (n, t, d) from a line backbone.
    """
    look = yield from spotter.look(patches, (window, turn))
    best = look
    if _certainty(spotter.read(look)) < WELL_READ:
        best = yield from _lower(spotter, patches, look)
    for side in (1, 0) if not turn else ():
        best = yield from _without_words(spotter, patches, best, side)
    return best.place[0]


def _lower(spotter: NumberSpotter, patches: Sequence[Patch], look: Look) -> Generator[np.ndarray, np.ndarray, Look]:
    """The look, or one through a lower window."""
    (window, turn), drawn = look.place, spotter.read(look)
    best, found = _certainty(drawn), look
    ink = [ink_of(contrast_of(strip)) for strip in look.strips]
    for less in LESS:
        x, y, w, h = lowered(window, less)
        lower = x, round(y, 1), w, round(h, 1)
        if lower[3] < LOWEST:
            break
        if any(_is_cut(each, less) for each in ink):
            continue
        closer = yield from spotter.look(patches, (lower, turn))
        lines = spotter.read(closer)
        is_whole = all(len(line.texts[0]) >= len(before.texts[0]) for line, before in zip(lines, drawn, strict=True))
        if is_whole and (certainty := _certainty(lines)) > best + BETTER:
            best, found = certainty, closer
    return found


def _without_words(
    spotter: NumberSpotter, patches: Sequence[Patch], look: Look, side: int
) -> Generator[np.ndarray, np.ndarray, Look]:
    """The look, or one through a window without what stands behind its numbers (`side` 1) or before them (0), where
    that is the same in all frames, while the numbers change, and shows nothing like a number. A lone k stays: it
    multiplies."""
    lines, (x, y, w, h) = spotter.read(look), look.place[0]
    if not all(line.texts[0] for line in lines) or not any(line.unknown or line.cut for line in lines):
        return look
    if len({line.texts[0][-side] for line in lines}) < ENDS:
        return look
    width = look.strips[0].shape[1]
    strips = [strip if side else strip[:, ::-1] for strip in look.strips]
    gaps = [_gap_behind(_end(line, side) * width, strip) for line, strip in zip(lines, strips, strict=True)]
    begins = [begin for _, begin in gaps]
    edge = min(begins)
    if edge - max(end for end, _ in gaps) < CLEAR or max(begins) == width or not _are_same(strips, edge):
        return look
    kept = (edge - CLEAR / 2) * w / width
    beside = x + kept if side else x, y, w - kept, h
    words = yield from spotter.look(patches, (beside, 0.0))
    shown = {c for each in words.columns for c in spotter.characters(each, words.strips[0].shape[1])}
    if not shown or OF_NUMBERS & shown or shown <= LONE_FACTORS:
        return look
    window = round(x if side else x + w - kept, 1), y, round(kept, 1), h
    closer = yield from spotter.look(patches, (window, 0.0))
    closed = spotter.read(closer)
    same = all(line.texts[0] == before.texts[0] for line, before in zip(closed, lines, strict=True))
    return closer if same and _certainty(closed) > _certainty(lines) else look


def _end(line: Line, side: int) -> float:
    """The middle of a number's last (`side` 1) or first character, as a share of the width from the other side."""
    middle = sum(line.spans[-side]) / 2
    return middle if side else 1 - middle


def _gap_behind(at: float, strip: np.ndarray) -> tuple[int, int]:
    """From where to where there is no ink behind the character that stands at a column of a strip (32, w, 3)."""
    runs = column_runs(ink_of(contrast_of(strip)))
    end = max((end for start, end in runs if start <= at), default=strip.shape[1])
    return end, min((start for start, _ in runs if start >= end), default=strip.shape[1])


def _are_same(strips: Sequence[np.ndarray], edge: int) -> bool:
    """Whether strips (32, w, 3) show the same from a column on."""
    contrasts = np.array([contrast_of(strip)[:, edge:] for strip in strips], float)
    ink = contrasts.max(axis=0) > LEAST_SPAN
    differ = np.ptp(contrasts, axis=0)[ink]
    return bool(len(differ)) and float(differ.mean()) < SAME * float(contrasts.max())


def _certainty(lines: Sequence[Line]) -> float:
    """The mean probability of whole texts, 0 where there is none."""
    return float(np.mean([trust(line) if line.texts[0] else 0.0 for line in lines]))


def _is_cut(ink: np.ndarray, less: float) -> bool:
    """Whether ink (32, w) goes on above or below a window that leaves out so much."""
    row = round(less * HEIGHT)
    crossing = (ink[row - 1] & ink[row]).sum(), (ink[-row] & ink[-row - 1]).sum()
    return max(crossing) > FEW
