"""The places of digits in a line: one pitch, and an extra gap at each separator."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BETWEEN = {False: (-0.05, 1.25), True: (-0.4, 0.6)}
"""Least and most extra gap, in pitches: at a separator, and beside a sign or a letter, whose widths differ."""

PITCHES = 0.36, 1.8
"""Least and most pitch, in heights of a digit: condensed type, and the widest wheels and spaced letters."""

SLOPE = 0.03
"""How steep a line usually is, as a tangent: the prior's standard deviation. Screens are level, photographs nearly."""

NEVER = -1e4


@dataclass(frozen=True, eq=False)
class Lattice:
    """Boxes of one size. x, y: (n,), their centres. w, h: their width and height. All in pixels."""

    x: np.ndarray
    y: np.ndarray
    w: float
    h: float

    def boxes(self) -> np.ndarray:
        """x, y, width, height of each box: (n, 4)."""
        size = np.broadcast_to((self.w, self.h), (len(self.x), 2))
        return np.hstack([np.stack([self.x, self.y], axis=1) - size / 2, size])

    def shifted(self, across: float, down: float) -> "Lattice":
        """The same boxes elsewhere: moved by shares of their width and height."""
        return Lattice(self.x + across * self.w, self.y + down * self.h, self.w, self.h)

    def is_near(self, other: "Lattice") -> bool:
        """Whether the other's boxes are as tall to a tenth, and lie amiss by a tenth of their size or less."""
        off = max(np.abs(self.x - other.x).max() / self.w, np.abs(self.y - other.y).max() / self.h)
        return bool(off <= 0.1 and abs(self.h - other.h) <= 0.1 * self.h)


@dataclass(frozen=True, eq=False)
class Spacing:
    """What a text says of the gaps between its n boxes.

    separators: (n,), how many stand before each box; the first counts none. odd: (n,), whether the
    gap before a box lies beside a sign or a letter. kinds: (n, k), how many extra gaps of each of k
    kinds lie left of each box: equal separators are equally wide.
    """

    separators: np.ndarray
    odd: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, format: str, plain: Sequence[bool]) -> "Spacing":
        """Of a format with n '#'; plain: (n,), whether each box always shows a digit, or nothing."""
        parts = format.split("#")[:-1]
        parts[0] = ""
        separators = np.array([len(part) for part in parts])
        odd = np.array([k > 0 and not (plain[k - 1] and plain[k]) for k in range(len(parts))])
        gaps = [str(k) if odd[k] else parts[k] for k in range(len(parts))]  # one beside a sign is of its own kind
        names = sorted({gap for gap in gaps if gap})
        kinds = np.cumsum([[gap == name for name in names] for gap in gaps], axis=0, dtype=float)
        return cls(separators, odd, kinds.reshape(len(parts), len(names)))

    def pitch(self, x: np.ndarray) -> float | None:
        """The mean distance of neighbours with nothing between them, None where there are none."""
        steps = np.diff(x)[(self.separators[1:] == 0) & ~self.odd[1:]]
        return float(steps.mean()) if len(steps) else None


def width_of(height: float, pitch: float | None) -> float:
    """How wide the widest digits of this height usually are, which stand a pitch apart, or an unknown one.

    Fitted to 150 displays in fonts that Glyphs was trained with, where it errs by 13 % of the width (one
    standard deviation): what is between two digits grows with the pitch, but less.
    """
    if pitch is None:
        return 0.72 * height
    return float(np.clip(0.79 * height * (pitch / height) ** 0.58, 0.35 * height, 1.1 * height))


def align_digits(
    maps: np.ndarray,
    grid: np.ndarray,
    pitches: np.ndarray,
    likely: np.ndarray,
    spacing: Spacing,
    heights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The best places for n digits in each of m maps.

    maps: (m, n, g), how well digit i fits when centred at each of the places `grid` (g,), which are
    equally far apart. Between separators digits stand one pitch apart; what a separator adds is
    found by dynamic programming over these groups. likely: what each of the pitches adds to a sum.
    heights: (m,), of the digits that each map looks for, which no pitch may contradict.
    Returns the best sums (m,) and centres (m, n).
    """
    m, n, g = maps.shape
    step = grid[1] - grid[0]
    starts = [k for k in range(n) if k == 0 or spacing.separators[k] or spacing.odd[k]]
    groups = list(zip(starts, [*starts[1:], n], strict=True))
    best, centres = np.full(m, -np.inf), np.zeros((m, n))
    for pitch, bonus in zip(pitches, likely, strict=True):
        total, taken = np.zeros((m, g)), []
        for index, (first, stop) in enumerate(groups):
            here = np.sum([_moved(maps[:, k], (k - first) * pitch / step) for k in range(first, stop)], axis=0)
            if index == 0:
                total = here
            else:
                least, most = BETWEEN[bool(spacing.odd[first])]
                most += max(spacing.separators[first] - 1, 0)
                shifts = pitch * (first - groups[index - 1][0] + np.linspace(least, most, 16)) / step
                shifts = np.unique(np.round(shifts).astype(int).clip(0, g))
                ways = np.full((len(shifts), m, g), NEVER)
                for k, shift in enumerate(shifts):
                    ways[k, :, shift:] = total[:, : g - shift]
                way = ways.argmax(axis=0)
                taken.append(shifts[way])
                total = here + np.take_along_axis(ways, way[None], axis=0)[0]
        last = total.argmax(axis=1)
        value = total[np.arange(m), last] + bonus
        value[(pitch < PITCHES[0] * heights) | (pitch > PITCHES[1] * heights)] += NEVER
        for k in np.flatnonzero(value > best):
            place = last[k]
            for index in range(len(groups) - 1, -1, -1):
                first, stop = groups[index]
                centres[k, first:stop] = grid[place] + pitch * np.arange(stop - first)
                if index:
                    place -= taken[index - 1][k, place]
        best = np.maximum(best, value)
    return best, centres


def fit_line(x: np.ndarray, weights: np.ndarray, spacing: Spacing) -> np.ndarray:
    """Centres (n,) on a lattice, nearest to the measured x (n,) in weighted least squares.

    What the measurements leave open, as the pitch of two digits with a point between, stays small.
    """
    n = len(x)
    design = np.hstack([np.ones((n, 1)), np.arange(n)[:, None], spacing.kinds])
    return design @ _least_squares(design, x, weights, np.full(design.shape[1], 1e-4))


def fit_slope(y: np.ndarray, x: np.ndarray, weights: np.ndarray, spread: float) -> np.ndarray:
    """Heights (n,) on a straight line that is level unless the measured y (n,), known to `spread`, say otherwise."""
    middle = np.average(x, weights=weights) if weights.sum() else x.mean()
    design = np.stack([np.ones(len(x)), x - middle], axis=1)
    line = design @ _least_squares(design, y, weights, np.array([1e-6, spread / SLOPE]))
    return line if np.ptp(line) > 1.5 * spread else np.full(len(x), line.mean())


def _least_squares(design: np.ndarray, values: np.ndarray, weights: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    scale = np.sqrt(weights + 1e-6)
    rows = np.vstack([design * scale[:, None], np.diag(ridge)])
    return np.linalg.lstsq(rows, np.append(values * scale, np.zeros(len(ridge))), rcond=None)[0]


def _moved(maps: np.ndarray, shift: float) -> np.ndarray:
    """maps (m, g), read `shift` places further on, between two of them where it is no whole number."""
    whole = int(shift)
    part = shift - whole
    moved = np.full(maps.shape, NEVER)
    count = maps.shape[1] - whole - 1
    if count > 0:
        moved[:, :count] = (1 - part) * maps[:, whole:-1] + part * maps[:, whole + 1 :]
    return moved
