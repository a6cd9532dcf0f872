"""Finding the digit boxes of a number, from a rectangle drawn around it and what it shows.

Windows of several sizes slide over the rectangle, and the digits are put, one pitch apart, where the
model is surest of them. Then each box is moved up, down and sideways until its digit is no longer
recognised: the middle of that range is where the digit is, and its length tells how tall it is.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..layout.box import Box
from ..model.head import SoftmaxHead
from ..model.prior import BLANK, Prior
from ..model.softmax import softmax
from .hints import Hint, Hints
from .lattice import PITCHES, Lattice, align_digits, fit_line, fit_slope, width_of

MOST_HINTS = 3
"""How many hints are looked at, the last ones: with each, crops to embed become more."""

LEVELS = ((1.15, 1, 0.0), (0.85, 2, 0.2), (0.62, 3, 0.36), (0.46, 4, 0.54))
"""Windows that slide over the rectangle, in heights of it: how tall, in how many rows, and how far these are apart."""

Moves = tuple[np.ndarray, np.ndarray]
WIDE: Moves = np.arange(-8, 9) / 10, np.arange(-6, 7) / 10
FINE: Moves = (
    np.array([-9, -8, -7, -6, -5, 0, 5, 6, 7, 8, 9]) / 16,
    np.array([-8, -7, -6, -5, -4, -3, 0, 3, 4, 5, 6, 7, 8]) / 16,
)
"""By how many box heights and widths boxes are moved to measure them: at first, and when they are about right."""

LOOSE = 1.17
"""Size of a box while it is measured, in sizes of the digit."""

SEEN = 0.3
"""A digit is recognised where its probability is above this."""

REACH = 0.497
"""How far a box may be moved up or down until its digit is no longer recognised, in heights of the digit.

Measured on displays in fonts that Glyphs was trained with; hardly depends on the box's own height.
"""

SURE, GIVEN_UP = 0.5, 0.1
"""A search ends above the one; a placement to start from is abandoned below the other. Per hint."""


@dataclass(frozen=True)
class Placement:
    """Boxes in reading order, frame pixels; their format; the probability that they show exactly what was typed."""

    boxes: tuple[Box, ...]
    format: str
    confidence: float


T = TypeVar("T")
Steps = Generator[list[Crop], np.ndarray, T]
Search = Steps[Placement]
"""Yields crops, is sent their embeddings (n, d), and returns the placement."""


def find_boxes(hints: Sequence[Hint], head: SoftmaxHead, start: Placement | None = None) -> Search:
    """Search the boxes under which `head` is surest of what the hints show.

    All hints have the same boxes. A shorter text stands at the right, with nothing shown left of it.
    start: where they were found before; it is made more exact, or abandoned where the hints deny it.
    Raises ReadoutError, before the first crop, for a head that knew no digits before its examples,
    and what `Hints` raises.
    """
    if head.prior is None:
        raise ReadoutError(
            "boxes are found by a backbone that knows digits before it has seen any example, got a head without "
            "a prior: use the backbone glyphs, or draw the boxes by hand"
        )
    return _Search(Hints(hints[-MOST_HINTS:]), head, head.prior).steps(start)


class _Search:
    """The steps of one search. All lengths are reduced pixels, see `Hints`."""

    def __init__(self, hints: Hints, head: SoftmaxHead, prior: Prior) -> None:
        self.hints, self.head, self.prior = hints, head, prior
        self.every = range(len(hints))
        shown = np.array(hints.characters, dtype=object)
        self.classes = sorted({*head.classes_, *shown.ravel()})
        self.labels = np.array([[self.classes.index(char) for char in text] for text in shown])
        self.shown = shown != BLANK
        # A 1 may stand anywhere in its place; the upper part of a 7 is a 7.
        self.trust = np.where(shown == "1", 0.25, 1.0) * self.shown, np.where(shown == "7", 0.3, 1.0) * self.shown

    def steps(self, start: Placement | None) -> Steps[Placement]:
        """The generator that `find_boxes` returns."""
        tries: list[tuple[Lattice, float]] = []
        if start is not None and start.format == self.hints.format:
            tries.append((yield from self._refined(self._lattice_of(start), [FINE, FINE, FINE], keep=True)))
        if not tries or tries[0][1] < GIVEN_UP:
            for lattice in (yield from self._aligned(self.every[-1 if tries else -2 :])):
                tries.append((yield from self._refined(lattice, [WIDE, FINE, FINE])))
                if tries[-1][1] >= SURE:
                    break
        found, sure = max(tries, key=itemgetter(1))
        confidence = sure ** len(self.hints)
        return Placement(self.hints.in_frame(found.boxes()), self.hints.format, confidence)

    def _lattice_of(self, placement: Placement) -> Lattice:
        boxes = np.array(placement.boxes) / self.hints.shrink
        x, y = (boxes[:, :2] + boxes[:, 2:] / 2).T
        return Lattice(x, y, *boxes[:, 2:].mean(axis=0).tolist())

    def _probabilities(self, boxes: np.ndarray, which: Sequence[int]) -> Steps[np.ndarray]:
        """Of every class in boxes (m, 4): (hints, m, classes).

        The head's, with what its prior knows of characters that are no answers of it.
        """
        X = np.asarray((yield self.hints.cut(boxes, which)), np.float64)
        scores = self.prior.scores(X, self.classes)
        own = [self.classes.index(label) for label in self.head.classes_]
        scores[:, own] += X @ self.head.coef_ + self.head.intercept_
        return softmax(scores).reshape(len(which), len(boxes), -1)

    def _certainty(self, boxes: np.ndarray) -> Steps[np.ndarray]:
        """The probability of what each hint shows, in boxes (m, n, 4) for its n characters: (hints, m, n)."""
        p = yield from self._probabilities(boxes.reshape(-1, 4), self.every)
        p = p.reshape(len(self.every), *boxes.shape[:2], -1)
        return np.take_along_axis(p, self.labels[:, None, :, None], axis=3)[..., 0]

    def _aligned(self, which: Sequence[int]) -> Steps[list[Lattice]]:
        """The two most promising lattices, best first, from windows that slide over some hints."""
        x, _, w, _ = self.hints.rectangle
        n, marks = self.hints.count, self.hints.spacing.separators.sum()
        least, usual, most = w / (n + 2.2 + 0.8 * marks), w / (n + 0.9 + 0.4 * marks), 1.15 * (w + 2) / n
        windows = self._windows(least, most)
        p = yield from self._probabilities(np.concatenate([window.boxes() for window in windows]), which)
        ends = np.cumsum([len(window.x) for window in windows])[:-1]
        grid = np.linspace(x, x + w, 128)
        maps = np.zeros((len(windows), n, len(grid)))
        for k, (window, part) in enumerate(zip(windows, np.split(p, ends, axis=1), strict=True)):
            part[:, 1:-1] = (part[:, :-2] + 2 * part[:, 1:-1] + part[:, 2:]) / 4  # highest amid a range, not at its rim
            for row, s in zip(part, which, strict=True):
                for i in np.flatnonzero(self.shown[s]):
                    maps[k, i] += np.interp(grid, window.x, np.log(row[:, self.labels[s, i]] + 1e-3))
        tall = np.array([window.h for window in windows])
        pitches = np.geomspace(least, most, 24)
        likely = -0.25 * (np.log(pitches / usual) / 0.35) ** 2
        scores, centres = align_digits(maps, grid, pitches, likely, self.hints.spacing, tall / LOOSE)
        scores += 0.2 * n * np.log(tall)  # what reads well in a low window may be half of what is there
        best = np.argsort(-scores)[:2]
        return [self._measuring(centres[k], np.full(n, windows[k].y[0]), windows[k].h) for k in best]

    def _windows(self, least: float, most: float) -> list[Lattice]:
        """A lattice for each row and each size of window, for digits that stand at least and at most so far apart."""
        x, y, w, h = self.hints.rectangle
        windows = []
        for scale, rows, apart in LEVELS:
            tall = scale * h
            low, high = max(0.43 * tall, 0.85 * least), max(min(0.74 * tall, 1.2 * most), 1.05 * least)
            for middle in y + h / 2 + h * np.linspace(-apart / 2, apart / 2, rows):
                for wide in [low, high] if high > 1.3 * low else [math.sqrt(low * high)]:
                    step = max(math.floor(wide / 2) / 2, 0.5)
                    across = np.arange(math.floor(x + 0.3 * wide), x + w - 0.3 * wide + step, step)
                    windows.append(Lattice(across, np.full(len(across), middle), wide, tall))
        return windows

    def _measuring(self, x: np.ndarray, y: np.ndarray, tall: float) -> Lattice:
        """Boxes of the size in which digits are measured that are seen best in boxes `tall` high."""
        return Lattice(x, y, LOOSE * width_of(tall / LOOSE, self.hints.spacing.pitch(x)), tall)

    def _framed(self, lattice: Lattice) -> Lattice:
        """Boxes as people draw them, around digits that were measured in those of a lattice."""
        ink = lattice.h / LOOSE
        wide = width_of(ink, self.hints.spacing.pitch(lattice.x))
        return Lattice(lattice.x, lattice.y, 1.17 * wide + 0.8 / self.hints.shrink, 1.13 * ink)

    def _refined(self, lattice: Lattice, turns: Sequence[Moves], keep: bool = False) -> Steps[tuple[Lattice, float]]:
        """A lattice measured again and again, and the probability of the texts in the best of its states, per hint.

        keep: whether the lattice may be best as it is. The best does not mind being moved a little.
        """
        states = [lattice] if keep else []
        for moves in turns:
            before, lattice = lattice, (yield from self._measured(lattice, *moves))
            states.append(self._framed(lattice))
            if moves is FINE and lattice.is_near(before):
                break
        jitter = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]) * 0.14
        boxes = [state.shifted(*move).boxes() for state in states for move in jitter]
        p = (yield from self._certainty(np.stack(boxes))).reshape(len(self.every), len(states), len(jitter), -1)
        merit = np.log(p + 1e-3).mean(axis=(0, 2, 3)) + 0.01 * np.arange(len(states))
        best = int(merit.argmax())
        return states[best], float(p[:, best, 0].prod()) ** (1 / len(self.every))

    def _measured(self, lattice: Lattice, down: np.ndarray, across: np.ndarray) -> Steps[Lattice]:
        """The lattice of the digits found by moving the boxes of one `down` and `across`, in shares of their size."""
        moves = [(0, share) for share in down] + [(share, 0) for share in across]
        p = yield from self._certainty(np.stack([lattice.shifted(*move).boxes() for move in moves]))
        rows = _plateaus(p[:, : len(down)], down * lattice.h)
        columns = _plateaus(p[:, len(down) :], across * lattice.w)
        dx, weight_x = _middles(columns, self.trust[0])
        dy, weight_y = _middles(rows, self.trust[1])
        heights = np.sort((rows[..., 1] - rows[..., 0])[self.shown & ~np.isnan(rows[..., 0])])
        if not len(heights) or not weight_x.any():
            return lattice
        ink = heights[len(heights) // 2 :].mean() / 2 / REACH  # the lower half saw a part of its digit
        tall = float(np.clip(LOOSE * ink, 0.7 * lattice.h, 1.4 * lattice.h))
        x = fit_line(lattice.x + dx, weight_x, self.hints.spacing)
        pitch = self.hints.spacing.pitch(x)
        if pitch is not None and not PITCHES[0] * tall < LOOSE * pitch < PITCHES[1] * tall:
            x = lattice.x
        return self._measuring(x, fit_slope(lattice.y + dy, x, weight_y, 0.04 * tall), tall)


def _plateaus(p: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """From where to where each of n digits is recognised: (hints, n, 2), NaN where nowhere.

    p: (hints, m, n), in boxes moved by `moves` (m,). Between two moves p is taken for linear. The
    range is the one around the best move, one near 0 where several are good.
    """
    found = np.full((len(p), p.shape[2], 2), np.nan)
    near = 0.15 * np.abs(moves) / np.abs(moves).max()
    for s, i in np.ndindex(found.shape[:2]):
        line = p[s, :, i]
        best = int(np.argmax(line - near))
        if line[best] <= SEEN:
            continue
        for side, step in enumerate((-1, 1)):
            k = best
            while 0 <= k + step < len(line) and line[k + step] > SEEN:
                k += step
            edge = moves[k]
            if 0 <= k + step < len(line):
                edge += (moves[k + step] - edge) * (line[k] - SEEN) / (line[k] - line[k + step])
            found[s, i, side] = edge
    return found


def _middles(plateaus: np.ndarray, trust: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middles of the ranges, weighted means over hints or 0 without any, and their weights: (n,) each."""
    weights = np.where(np.isnan(plateaus[..., 0]), 0, trust)
    total = weights.sum(axis=0)
    return (weights * np.nan_to_num(plateaus.mean(axis=2))).sum(axis=0) / np.maximum(total, 1e-9), total
