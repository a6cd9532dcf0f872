"""Windows to tensors: a strip of a fixed height, its contrast stretched, in whole numbers as far as they go."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..layout.box import Box
from ..layout.layout import Readout
from .colour import luma
from .crops import Crop, upright_crop
from .resample import between, stretch, taps

HEIGHT = 32
"""Pixels that every window is resampled to; the width follows from its aspect."""
WIDTHS = (24, 768)
"""Pixels of the narrowest and the widest strip: what is narrower is stretched, what is longer is squeezed into it."""
MULTIPLE = 8
"""A batch is as wide as its widest strip, rounded up to a multiple of this."""
RANK = 100
"""One pixel in so many is darker than a strip's dark level, and one in so many brighter than its bright level."""
LEAST_SPAN = 8.0
"""Grey levels below which no contrast is stretched."""
LEAST_SHARE = 0.25
"""A channel is stretched at most so much more than the channel with most contrast: what is left is noise."""


EDGE_ROWS, EDGE_COLUMNS = 4, 2
"""Of a strip, rows above and below that belong to its surroundings, and columns that are its edge."""
TOUCHING = (0.1, 0.9)
"""The share of an edge that ink covers where a character touches it."""
GROUND, SPARSE, ROUNDS, SHADED = 0.6, 4, 3, 0.9
"""The share of a strip that is ground at least; every fourth pixel both ways is looked at; how often a plane is laid
through them; and how near it must come to the ground, as a share of how near a flat one comes."""
RUNS = 12
"""Runs of ink that are kept of a strip, at most; the tallest of more."""
UPRIGHT, CLOSE, DIP = 0.75, 0.3, 0.7
"""A stroke has ink in such a share of a run's rows; two that are nearer than such a share of its height are of two
characters where the contrast between them falls to such a share of theirs."""
DOTTED = 0.6, 0.08
"""The shares of a run's height that are the rest, and free between it and a dot above or below, at least: of i, !, ?.
The gaps between segments are in the middle, or several."""
FINEST = 8
"""Samples of a turned window for each pixel of its strip, in each direction, at most."""


def strip_width(width: float, height: float) -> int:
    """How wide the strip of a window of this size is, in pixels."""
    return int(min(max(np.floor(HEIGHT * width / height + 0.5), WIDTHS[0]), WIDTHS[1]))


def resample_strip(crop: Crop) -> np.ndarray:
    """The crop's box at the height of a strip: uint8 (32, w, 3)."""
    return at_strip_height(crop.pixels, crop.box)


def at_strip_height(pixels: np.ndarray, box: Box) -> np.ndarray:
    """A box (x, y, w, h) of pixels, uint8 (h, w, channels), at the height of a strip: uint8 (32, w, channels).

    Bilinear with antialiasing, equal to Pillow's `Image.resize(…, BILINEAR, box=…)` bit for bit; see `resample`.
    """
    x, y, w, h = box
    height, width, channels = pixels.shape
    size = strip_width(w, h)
    positions, weights = taps(height, y, y + h, HEIGHT)
    first, end = int(positions.min()), int(positions.max()) + 1
    rows = stretch(np.ascontiguousarray(pixels[first:end]), *taps(width, x, x + w, size))
    lines = rows.reshape(1, end - first, size * channels)
    return stretch(lines, positions - first, weights).reshape(HEIGHT, size, channels)


def levels(strip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle and span of each channel of a uint8 strip (h, w, 3): float32 (3,), (3,).

    From the dark to the bright level is the contrast of nearly all pixels: a spot of light doesn't count.
    """
    flat = strip.reshape(-1, 3)
    last = len(flat) - 1
    low, high = last // RANK, last - last // RANK
    ordered = np.partition(flat, (low, high), axis=0)
    dark, bright = ordered[low].astype(np.float32), ordered[high].astype(np.float32)
    span = bright - dark
    return (dark + bright) / 2, np.maximum(
        np.maximum(span, span.max() * np.float32(LEAST_SHARE)), np.float32(LEAST_SPAN)
    )


def normalise(strip: np.ndarray, middle: np.ndarray, span: np.ndarray) -> np.ndarray:
    """float32 (h, w, 3) in [-1, 1]: the dark level is at -0.8, the bright one at 0.8."""
    tensor = strip.astype(np.float32)
    tensor -= middle
    tensor *= np.float32(1.6) / span
    return np.clip(tensor, -1, 1, out=tensor)


def strips_to_tensor(strips: Sequence[np.ndarray]) -> np.ndarray:
    """uint8 strips (32, w, 3), each of its own width, to one float32 (n, 3, 32, W): 0 to the right of each."""
    widest = max((strip.shape[1] for strip in strips), default=MULTIPLE)
    batch = np.zeros((len(strips), 3, HEIGHT, -(-widest // MULTIPLE) * MULTIPLE), np.float32)
    for row, strip in zip(batch, strips, strict=True):
        row[:, :, : strip.shape[1]] = normalise(strip, *levels(strip)).transpose(2, 0, 1)
    return batch


@dataclass(frozen=True, eq=False)
class WindowCrop(Crop):
    """A crop of the upright box around a window, and the window in it.

    size: width and height of the window, in pixels. turn: degrees clockwise around the middle of the box. mirror:
    whether it is to be read from right to left, as in a mirror.
    """

    size: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    mirror: bool = False

    @classmethod
    def of(cls, crop: Crop, window: Box, turn: float, mirror: bool = False) -> "WindowCrop":
        """The window of a readout in a crop of its `boxes[0]`."""
        return cls(crop.pixels, crop.box, crop.around, (window[2], window[3]), turn, mirror)

    @cached_property
    def key(self) -> bytes:
        """16 bytes that are equal exactly when two windows look the same."""
        box, size = tuple(map(float, self.box)), tuple(map(float, self.size))
        place = repr((self.pixels.shape, box, size, float(self.turn), self.mirror))
        digest = hashlib.blake2b(place.encode(), digest_size=16)
        digest.update(self.pixels.tobytes())
        if self.around:
            digest.update(self.around.pixels.tobytes())
        return digest.digest()

    @property
    def upright(self) -> Crop:
        """The window as a person sees it: of one that is turned or mirrored, its strip."""
        return Crop.whole(self.strip) if self.turn or self.mirror else self

    @property
    def width(self) -> int:
        """Of its strip, in pixels."""
        return strip_width(*self.size)

    @cached_property
    def strip(self) -> np.ndarray:
        """The window at the height of a strip: uint8 (32, w, 3)."""
        strip = _turned_strip(self) if self.turn else resample_strip(self)
        return np.ascontiguousarray(strip[:, ::-1]) if self.mirror else strip


def contrast_of(strip: np.ndarray) -> np.ndarray:
    """How far each pixel of a uint8 strip (32, w, 3) is from the ground's brightness, in grey levels: int16 (32, w)."""
    light = luma(strip).astype(np.float32)
    light -= np.median(light)
    edges = light[[0, -1]].sum(axis=1) / light.shape[1], light[:, [0, -1]].sum(axis=0) / len(light)
    if np.abs(edges).max() > LEAST_SPAN / 2:
        light -= _shading(light)
    return np.abs(light).astype(np.int16)


def _shading(light: np.ndarray) -> np.ndarray | float:
    """How much brighter the ground is than the median in each place, by a plane through most of float32 (h, w); 0 where
    a flat ground is as near: a plane may as well follow digits.

    Least trimmed squares (Rousseeuw 1984): it is laid through the GROUND that was nearest to the one before.
    """
    rows, columns = (np.linspace(-1, 1, n, dtype=np.float32) for n in light.shape)
    y, x = rows[1::SPARSE], columns[1::SPARSE]
    place = np.stack(np.broadcast_arrays(np.float32(1), y[:, None], x), axis=-1).reshape(-1, 3)
    values = light[1::SPARSE, 1::SPARSE].ravel()
    distance = np.abs(values)
    count = int(GROUND * len(values))
    flat = reach = np.partition(distance, count)[count]
    for _ in range(ROUNDS):
        near = distance <= reach
        plane = np.linalg.solve(place[near].T @ place[near], place[near].T @ values[near])
        distance = np.abs(values - place @ plane)
        reach = np.partition(distance, count)[count]
    return plane[0] + plane[1] * rows[:, None] + plane[2] * columns if reach < SHADED * flat else 0.0


def strength_of(contrast: np.ndarray) -> float:
    """The contrast of a strip's strongest parts, in grey levels: its quantile of 0.95."""
    place = 0.95 * (contrast.size - 1)
    below = int(place)
    some = np.partition(contrast.ravel(), (below, min(below + 1, contrast.size - 1)))[below : below + 2].tolist()
    return float(some[0] + (some[-1] - some[0]) * (place - below))


def ink_of(contrast: np.ndarray) -> np.ndarray:
    """Where the contrast is half of that of a strip's strongest parts: bool (32, w)."""
    return contrast > least_contrast(strength_of(contrast))


def least_contrast(strength: float) -> float:
    """The contrast above which something is ink, by that of a strip's strongest parts."""
    return max(strength / 2, LEAST_SPAN)


def column_runs(ink: np.ndarray) -> list[tuple[int, int]]:
    """From where to where neighbouring columns of (h, w) have ink."""
    inked = np.zeros(ink.shape[1] + 2, bool)
    inked[1:-1] = ink.any(axis=0)
    edges = np.flatnonzero(inked[1:] != inked[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def ink_runs(ink: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Runs of neighbouring columns with ink (32, w): float32 (RUNS, 4), from and to which column, and row; 0 where
    there are fewer. Two upright strokes that nearly touch, as in 10, are two runs; a dot above or below is no part."""
    inked, strength = (_sums_above(each) for each in (ink, contrast))
    found = []
    for start, end in column_runs(ink):
        rows = np.flatnonzero(ink[:, start:end].any(axis=1))
        top, bottom = _without_dot(rows)
        run = slice(start, end)
        seams = _seams(inked[bottom, run] - inked[top, run], strength[bottom, run] - strength[top, run], bottom - top)
        found += [(a, b, top, bottom) for a, b in pairwise([start, *(start + x for x in seams), end])]
    tallest = sorted(found, key=lambda run: run[2] - run[3])[:RUNS]
    runs = np.zeros((RUNS, 4), np.float32)
    runs[: len(tallest)] = sorted(tallest) or np.empty((0, 4))
    return runs


def _without_dot(rows: np.ndarray) -> tuple[int, int]:
    """From where to where the rows with ink are, without a dot above or below the rest."""
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    ends = [(int(part[0]), int(part[-1]) + 1) for part in parts]
    (top, end), (begin, bottom) = ends[0], ends[-1]
    rest, gap = (share * (bottom - top) for share in DOTTED)
    if len(ends) != 2 or begin - end < max(gap, 2):
        return top, bottom
    if bottom - begin >= rest:
        return begin, bottom
    return (top, end) if end - top >= rest else (top, bottom)


def _sums_above(values: np.ndarray) -> np.ndarray:
    """Of each column of (h, w) the sum of what is above each row and, last, of all: int (h + 1, w)."""
    sums = np.zeros((len(values) + 1, values.shape[1]), int)
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def _seams(ink: np.ndarray, strength: np.ndarray, rows: int) -> list[int]:
    """Columns of a run between two strokes from its top to its bottom that are nearer than any digit's two are.

    ink, strength: of each column in how many of the run's rows there is ink, and the sum of its contrast.
    """
    beside = np.zeros(len(strength) + 2, int)
    beside[1:-1] = strength
    peaks = (strength >= beside[:-2]) & (strength >= beside[2:])
    strokes = np.flatnonzero(peaks & (ink >= UPRIGHT * rows))
    seams = []
    for a, b in pairwise(strokes.tolist()):
        gap = a + int(strength[a : b + 1].argmin())
        if b - a <= CLOSE * rows and strength[gap] < DIP * min(strength[a], strength[b]):
            seams.append(gap)
    return seams


def touches_edge(ink: np.ndarray) -> bool:
    """Whether ink (32, w) reaches the left or right edge of a strip, so that a character may be cut.

    What fills an edge from top to bottom is a border, not a character.
    """
    inner = ink[EDGE_ROWS:-EDGE_ROWS]
    shares = [float(side.all(axis=1).mean()) for side in (inner[:, :EDGE_COLUMNS], inner[:, -EDGE_COLUMNS:])]
    return any(TOUCHING[0] <= share <= TOUCHING[1] for share in shares)


def _turned_strip(crop: WindowCrop) -> np.ndarray:
    """Bilinear samples along the turned window, several for each pixel of the strip where the window is larger."""
    (x, y, w, h), (width, height), size = crop.box, crop.size, crop.width
    across, down = min(max(math.ceil(width / size), 1), FINEST), min(max(math.ceil(height / HEIGHT), 1), FINEST)
    u = ((np.arange(size * across) + 0.5) / (size * across) - 0.5) * width
    v = ((np.arange(HEIGHT * down) + 0.5) / (HEIGHT * down) - 0.5)[:, None] * height
    cos, sin = math.cos(math.radians(crop.turn)), math.sin(math.radians(crop.turn))
    columns, rows = x + w / 2 + u * cos - v * sin - 0.5, y + h / 2 + u * sin + v * cos - 0.5
    last_row, last_column = crop.pixels.shape[0] - 1, crop.pixels.shape[1] - 1
    columns, rows = np.clip(columns, 0, last_column), np.clip(rows, 0, last_row)
    left, top = columns.astype(int), rows.astype(int)
    right, below = np.minimum(left + 1, last_column), np.minimum(top + 1, last_row)
    along, beneath = (columns - left)[..., None], (rows - top)[..., None]
    upper, lower = (between(crop.pixels, each, left, right, along) for each in (top, below))
    samples = upper * (1 - beneath) + lower * beneath
    return np.round(samples.reshape(HEIGHT, down, size, across, 3).mean(axis=(1, 3))).astype(np.uint8)


def window_crops(readout: Readout, crops: Sequence[Crop]) -> list[Crop]:
    """Crops of a readout's boxes as its backbone takes them: upright; of a window with its size and its turn."""
    if readout.window is None:
        turned = readout.turn or readout.mirror
        return [upright_crop(crop, readout.turn, readout.mirror) for crop in crops] if turned else list(crops)
    return [WindowCrop.of(crop, readout.window, readout.turn, readout.mirror) for crop in crops]
