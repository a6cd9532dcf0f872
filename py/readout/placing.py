"""Finding the digit boxes of a number, from a rectangle drawn around it and what it shows.

First windows of several sizes slide over the rectangle, and the digits are put where the model is
surest of them, one pitch apart. Then each box is moved up, down and sideways until its digit is no
longer recognised: the middle of that range is the digit's place, and its height tells the digit's size.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from .crops import Crop, cut
from .embeddings import EmbeddingCache
from .errors import ReadoutError
from .head import SoftmaxHead
from .lattice import PITCHES, Lattice, Spacing, align, fit_line, fit_slope
from .layout import Box
from .prior import BLANK
from .softmax import softmax

SEPARATORS = ".,:;'\"/° "
"""Characters that take no box: they only widen the gap between two digits."""

TALL = 52
"""A rectangle is looked at in so many rows, or up to half as many again; larger pictures are reduced."""

LEVELS = ((1.15, 1, 0.0), (0.85, 2, 0.2), (0.62, 3, 0.36), (0.46, 4, 0.54))
"""Heights of the windows that slide over the rectangle, in its own, how many rows of each, and how far apart those lie."""

LOOSE = 1.17
"""Height of a box while it is measured, in heights of the digit."""

SEEN = 0.3
"""A digit is recognised where its probability is above this."""

REACH = 0.497
"""How far a box may be moved up or down until its digit is no longer recognised, in heights of the digit."""

LEAST_HEIGHT, LEAST_WIDTH = 4, 2
"""Pixels that a digit takes at least."""

MOST_SIGHTS = 3
SURE, GIVEN_UP = 0.5, 0.1
WIDE = np.arange(-8, 9) / 10, np.arange(-6, 7) / 10
FINE = np.array([-9, -8, -7, -6, -5, 0, 5, 6, 7, 8, 9]) / 16, np.array([-8, -7, -6, -5, -4, -3, 0, 3, 4, 5, 6, 7, 8]) / 16


@dataclass(frozen=True, eq=False)
class Sight:
    """A number that somebody saw.

    pixels: uint8 RGB (h, w, 3), a part of a frame. origin: where in the frame it begins: x, y.
    drawn: the rectangle around the number, in frame pixels. text: what it shows.
    """

    pixels: np.ndarray
    origin: tuple[int, int]
    drawn: Box
    text: str


@dataclass(frozen=True)
class Placement:
    """Boxes in reading order, frame pixels; their format; the probability that they show exactly what was typed."""

    boxes: tuple[Box, ...]
    format: str
    confidence: float


Search = Generator[list[Crop], np.ndarray, Placement]
"""Yields crops, is sent their embeddings (n, d), and returns the placement."""


def format_of(text: str) -> str:
    """How a typed text becomes boxes: '79.05' is '##.##', '-3.1' is '##.#'."""
    return "".join(char if char in SEPARATORS else "#" for char in text.strip())


def place(sights: Sequence[Sight], head: SoftmaxHead, start: Placement | None = None) -> Search:
    """Search the boxes under which `head` is surest of what the sights show.

    All sights have the same boxes. A shorter text stands at the right, with nothing shown left of it.
    start: where they were found before; it is made more exact, or given up where the sights deny it.
    Raises ReadoutError, before the first crop, for a head that knows no digits by itself, a text
    without digits, texts that do not fit together, and a rectangle too small for its text.
    """
    return _Search(sights, head).steps(start)


def run(search: Search, cache: EmbeddingCache) -> Placement:
    """Drive a search where the backbone answers at once."""
    try:
        crops = next(search)
        while True:
            crops = search.send(cache.embed(crops))
    except StopIteration as end:
        return end.value


class _Plate:
    """A sight's pixels, reduced, with its outermost pixels repeated all around."""

    def __init__(self, sight, shrink, pad):
        pixels = sight.pixels
        if shrink > 1:
            height, width = (side // shrink for side in pixels.shape[:2])
            blocks = pixels[: height * shrink, : width * shrink].reshape(height, shrink, width, shrink, 3)
            pixels = (blocks.mean(axis=(1, 3)) + 0.5).astype(np.uint8)
        self.pixels = np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
        self.offset = pad - np.array(sight.origin) / shrink

    def crops(self, boxes):
        height, width = self.pixels.shape[:2]
        size = np.clip(_sixteenths(boxes[:, 2:]), 1, (width, height))
        corner = np.clip(_sixteenths(boxes[:, :2] + self.offset), 0, (width, height) - size)
        return cut(self.pixels, np.hstack([corner, size]).tolist())


def _sixteenths(values):
    """Rounded, so that windows whole pixels apart have exactly the same fractions and are resampled together."""
    return np.round(values * 16) / 16


class _Search:
    """The steps of a search, all in the pixels of reduced pictures."""

    def __init__(self, sights, head):
        if not sights:
            raise ReadoutError("boxes are found from at least one typed number, got none: type what a frame shows")
        if head.prior is None:
            raise ReadoutError(
                "boxes are found by a backbone that knows digits before it has seen any of yours, got one that "
                "does not: use the backbone glyphs, or draw the boxes by hand"
            )
        self.head = head
        sights = sights[-MOST_SIGHTS:]
        self.format = max((format_of(sight.text) for sight in sights), key=len)
        self.count = self.format.count("#")
        texts = [self._characters(sight.text) for sight in sights]
        self.classes = sorted({*head.classes_, *(char for text in texts for char in text)})
        self.labels = np.array([[self.classes.index(char) for char in text] for text in texts])
        self.shown = np.array([[char != BLANK for char in text] for text in texts])
        ones = np.array([[char == "1" for char in text] for text in texts])
        sevens = np.array([[char == "7" for char in text] for text in texts])
        self.weight_x, self.weight_y = np.where(ones, 0.25, 1), np.where(sevens, 0.3, 1)
        plain = [all(text[k] == BLANK or text[k].isdecimal() for text in texts) for k in range(self.count)]
        self.spacing = Spacing.of(self.format, plain)
        left, top, right, bottom = self._rectangle(sights)
        self.shrink = max(1, round((bottom - top) / TALL))
        self.rectangle = tuple(side / self.shrink for side in (left, top, right - left, bottom - top))
        pad = math.ceil(max(bottom - top, 16) / self.shrink)
        self.plates = [_Plate(sight, self.shrink, pad) for sight in sights]
        corners = [(*s.origin, s.origin[0] + s.pixels.shape[1], s.origin[1] + s.pixels.shape[0]) for s in sights]
        self.inside = *np.max(corners, axis=0)[:2], *np.min(corners, axis=0)[2:]

    def _characters(self, text):
        format = format_of(text)
        if not any(char.isdecimal() for char in text):
            raise ReadoutError(f"a number has digits, got {text!r}: type what the frame shows, like 79.05")
        if not self.format.endswith(format):
            raise ReadoutError(
                f"a readout has the same separators in all frames, got {format!r} and {self.format!r}: "
                "correct one of the texts, or make two readouts"
            )
        shown = [char for char in text.strip() if char not in SEPARATORS]
        return [BLANK] * (self.count - len(shown)) + shown

    def _rectangle(self, sights):
        """left, top, right, bottom of what all the rectangles share, in frame pixels."""
        edges = []
        for sight in sights:
            x, y, w, h = sight.drawn
            height, width = np.shape(sight.pixels)[:2]
            edges.append((max(x, sight.origin[0]), max(y, sight.origin[1]),
                          min(x + w, sight.origin[0] + width), min(y + h, sight.origin[1] + height)))
        edges = np.array(edges, float)
        left, top = edges[:, :2].max(axis=0)
        right, bottom = edges[:, 2:].min(axis=0)
        width, height = max(right - left, 0), max(bottom - top, 0)
        if not (width >= LEAST_WIDTH * self.count and height >= LEAST_HEIGHT):
            raise ReadoutError(
                f"{self.count} digits take at least {LEAST_WIDTH * self.count} x {LEAST_HEIGHT} pixels, got a rectangle of "
                f"{width:.3g} x {height:.3g}: draw it around the whole number, in all frames at the same place"
            )
        return left, top, right, bottom

    def steps(self, start):
        found, sure = None, 0.0
        if start is not None and start.format == self.format:
            found, sure = yield from self._refined(self._lattice_of(start), [FINE, FINE])
        if sure < GIVEN_UP:
            used = range(len(self.plates))[-1 if found else -2 :]
            for lattice in (yield from self._coarse(used)):
                other, chance = yield from self._refined(lattice, [WIDE, FINE, FINE])
                if found is None or chance > sure:
                    found, sure = other, chance
                if sure >= SURE:
                    break
        return Placement(self._boxes(found), self.format, sure ** len(self.plates))

    def _lattice_of(self, placement):
        boxes = np.array(placement.boxes) / self.shrink
        x, y = (boxes[:, :2] + boxes[:, 2:] / 2).T
        return Lattice(x, y, *boxes[:, 2:].mean(axis=0).tolist())

    def _look(self, boxes):
        """The probability of what each sight shows in each box, for boxes (m, n, 4) of n digits: (sights, m, n)."""
        flat = boxes.reshape(-1, 4)
        X = np.asarray((yield [crop for plate in self.plates for crop in plate.crops(flat)]), np.float64)
        p = self._probabilities(X).reshape(len(self.plates), *boxes.shape[:2], -1)
        return np.take_along_axis(p, self.labels[:, None, :, None], axis=3)[..., 0]

    def _probabilities(self, X):
        """(n, classes): the head's, and what its prior knows of characters that are no answers of it."""
        scores = self.head.prior.scores(X, self.classes)
        own = [self.classes.index(label) for label in self.head.classes_]
        scores[:, own] += X @ self.head.coef_ + self.head.intercept_
        return softmax(scores)

    def _coarse(self, used):
        """The most promising lattices, best first."""
        x, y, w, h = self.rectangle
        n, marks = self.count, self.spacing.separators.sum()
        least, most = w / (n + 2.2 + 0.8 * marks), 1.15 * (w + 2) / n
        windows, places, parts = [], [], []
        for scale, rows, reach in LEVELS:
            tall = scale * h
            if windows and tall < 1.1 * LEAST_HEIGHT:
                continue
            low, high = max(0.43 * tall, 0.85 * least), max(min(0.74 * tall, 1.2 * most), 1.05 * least)
            wides = [low, high] if high > 1.3 * low else [math.sqrt(low * high)]
            for middle in y + h / 2 + h * np.linspace(-reach / 2, reach / 2, rows):
                for wide in wides:
                    step = max(math.floor(wide / 2) / 2, 0.5)
                    across = np.arange(math.floor(x + 0.3 * wide), x + w - 0.3 * wide + step, step)
                    lattice = Lattice(across, np.full(len(across), middle), wide, tall)
                    parts.append((sum(map(len, places)), across))
                    windows.append((middle, wide, tall))
                    places.append(lattice.boxes())
        flat = np.concatenate(places)
        X = np.asarray((yield [crop for s in used for crop in self.plates[s].crops(flat)]), np.float64)
        p = self._probabilities(X).reshape(len(used), len(flat), -1)
        grid = np.linspace(x, x + w, 128)
        maps = np.zeros((len(windows), n, len(grid)))
        for k, (first, across) in enumerate(parts):
            part = p[:, first : first + len(across)]
            part = np.concatenate([part[:, :1], (part[:, :-2] + 2 * part[:, 1:-1] + part[:, 2:]) / 4, part[:, -1:]], axis=1)
            for i in range(n):
                for row, s in zip(part, used, strict=True):
                    if self.shown[s, i]:
                        maps[k, i] += np.interp(grid, across, np.log(row[:, self.labels[s, i]] + 1e-3))
        talls = np.array([tall for _, _, tall in windows])
        usual = w / (n + 0.9 + 0.4 * marks)
        pitches = np.geomspace(least, most, 24)
        likely = -0.25 * (np.log(pitches / usual) / 0.35) ** 2
        scores, centres = align(maps, grid, pitches, likely, self.spacing, talls / LOOSE)
        found = []
        scores += 0.2 * n * np.log(talls)  # the upper half of a 7 is a 7
        for k in np.argsort(-scores)[:2]:
            middle, wide, tall = windows[k]
            wide = 1.17 * _width(tall / LOOSE, self.spacing.pitch(centres[k]))
            found.append(Lattice(centres[k], np.full(n, middle), wide, tall))
        return found

    def _refined(self, lattice, turns):
        """A lattice measured again and again, framed, and the probability of the texts under its boxes."""
        trace = [lattice]
        for moves in turns:
            tall = lattice.h
            lattice = yield from self._measured(lattice, *moves)
            trace.append(lattice)
            if moves is FINE and abs(math.log(lattice.h / tall)) < 0.1:
                break
        framed = trace[: turns[0] is FINE] + [self._framed(each) for each in trace[1:]]
        p = yield from self._look(np.stack([each.boxes() + move for each in framed for move in self._jitter(each)]))
        p = p.reshape(len(self.plates), len(framed), -1, self.count)
        merit = np.log(p + 1e-3).mean(axis=(0, 2, 3)) + 0.01 * np.arange(len(framed))
        best = int(merit.argmax())
        return framed[best], float(p[:, best, 0].prod()) ** (1 / len(self.plates))

    def _jitter(self, lattice):
        x, y = 0.14 * lattice.w, 0.14 * lattice.h
        return np.array([(0, 0), (x, 0), (-x, 0), (0, y), (0, -y)])[:, None] @ np.eye(2, 4)

    def _measured(self, lattice, down, across):
        """The lattice where its boxes are moved by `down` heights and by `across` widths, and put amid what reads well."""
        down, across = down * lattice.h, across * lattice.w
        moves = np.concatenate([np.stack([0 * down, down, 0 * down, 0 * down], 1), np.stack([across, 0 * across, 0 * across, 0 * across], 1)])
        p = yield from self._look(lattice.boxes() + moves[:, None])
        x, y, wx, wy, heights = lattice.x.copy(), lattice.y.copy(), np.zeros(self.count), np.zeros(self.count), []
        for i in range(self.count):
            xs, ys, ws, vs = [], [], [], []
            for s in np.flatnonzero(self.shown[:, i]):
                found = _plateau(p[s, : len(down), i], down)
                if found:
                    ys.append(sum(found) / 2); vs.append(self.weight_y[s, i])
                    heights.append(found[1] - found[0])
                found = _plateau(p[s, len(down) :, i], across)
                if found:
                    xs.append(sum(found) / 2); ws.append(self.weight_x[s, i])
            if xs:
                x[i] += np.average(xs, weights=ws); wx[i] = sum(ws)
            if ys:
                y[i] += np.average(ys, weights=vs); wy[i] = sum(vs)
        if not heights or not wx.any():
            return lattice
        line = fit_line(x, wx, self.spacing)
        heights = np.sort(heights)
        ink = heights[len(heights) // 2 :].mean() / 2 / REACH
        h = float(np.clip(LOOSE * ink, 0.8 * lattice.h, 1.3 * lattice.h))
        pitch = self.spacing.pitch(line)
        if pitch is not None and not PITCHES[0] * h < LOOSE * pitch < PITCHES[1] * h:
            line, pitch = lattice.x, self.spacing.pitch(lattice.x)
        x, y = line, fit_slope(y, line, wy, 0.04 * h)
        return Lattice(x, y, 1.17 * _width(h / LOOSE, pitch), h)

    def _framed(self, lattice):
        ink = lattice.h / LOOSE
        pitch = self.spacing.pitch(lattice.x)
        return Lattice(lattice.x, lattice.y, 1.17 * _width(ink, pitch) + 0.8 / self.shrink, 1.13 * ink + 0.25 / self.shrink)

    def _boxes(self, lattice):
        """Frame pixels, in quarters, inside what is known of the frames."""
        boxes = np.round(lattice.boxes() * self.shrink * 4) / 4
        left, top, right, bottom = self.inside
        size = np.minimum(boxes[:, 2:], (right - left, bottom - top))
        corner = np.clip(boxes[:, :2], (left, top), (right, bottom) - size)
        return tuple(tuple(map(float, box)) for box in np.hstack([corner, size]))


def _width(height, pitch):
    """How wide digits of some height usually are that stand a pitch apart, or nobody knows how far."""
    if pitch is None:
        return 0.72 * height
    return min(max(0.79 * height * (pitch / height) ** 0.58, 0.35 * height), 1.1 * height)


def _plateau(p, moves):
    """From where to where a digit is recognised, around the move near 0 where it is best; None where nowhere."""
    best = int(np.argmax(p - 0.15 * np.abs(moves) / np.abs(moves).max()))
    if p[best] <= SEEN:
        return None
    edges = []
    for step in (-1, 1):
        k = best
        while 0 <= k + step < len(p) and p[k + step] > SEEN:
            k += step
        edge = moves[k]
        if 0 <= k + step < len(p):
            edge += (moves[k + step] - edge) * (p[k] - SEEN) / (p[k] - p[k + step])
        edges.append(edge)
    return edges
