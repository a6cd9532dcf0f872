"""Crops to tensors: bilinear resampling in whole numbers, bit for bit what Pillow does."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .crops import Crop

WEIGHT_BITS = 22
"""Resampling weights are whole multiples of 2**-22, so that 255 times their sum fits 32 bits."""


CHUNK_BYTES = 1 << 18
"""Resampling works through pieces of about this size, which stay in a processor's cache."""


def resample(crops: Sequence[Crop], size: int) -> np.ndarray:
    """Stretch every crop's box to a square of `size` pixels: uint8 (n, size, size, 3).

    Bilinear, because ImageNet features read enlarged digits worse after nearest or bicubic; a box
    larger than the square is averaged. Equals Pillow's `Image.resize(…, BILINEAR, box=…)` bit for
    bit, everywhere: its weights are computed here in the same order, and pixels in whole numbers.
    Source: libImaging/Resample.c of Pillow 12.
    """
    alike = defaultdict(list)
    for index, crop in enumerate(crops):
        alike[crop.pixels.shape, tuple(map(float, crop.box))].append(index)
    squares = np.empty((len(crops), size, size, 3), np.uint8)
    for ((height, width, _), (x, y, w, h)), indices in alike.items():
        pixels = np.stack([crops[index].pixels for index in indices])
        across, down = taps(width, x, x + w, size), taps(height, y, y + h, size)
        rows = stretch(pixels.reshape(-1, width, 3), *across)
        squares[indices] = stretch(rows.reshape(-1, height, size * 3), *down).reshape(-1, size, size, 3)
    return squares


def to_tensor(squares: np.ndarray) -> np.ndarray:
    """uint8 (n, s, s, 3) to the backbone's input: float32 (n, 3, s, s), 0..255 mapped to -1..1."""
    tensor = np.ascontiguousarray(squares.transpose(0, 3, 1, 2)).astype(np.float32)
    tensor /= np.float32(127.5)
    tensor -= np.float32(1)
    return tensor


def between(pixels: np.ndarray, rows: np.ndarray, left: np.ndarray, right: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Between two pixels of a row, at many places: float (..., 3).

    pixels: uint8 (h, w, 3). rows, left, right: int (...), where the two are. along: float (..., 1),
    the share of the right one.
    """
    flat, start = pixels.reshape(-1, 3), rows * pixels.shape[1]  # `take` of flat places is faster than two indices
    return flat.take(start + left, axis=0) * (1 - along) + flat.take(start + right, axis=0) * along


@lru_cache(maxsize=512)
def taps(count: int, start: float, stop: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """How to stretch start..stop, on a line of `count` pixels, to `size`: the triangle filter.

    Returns positions, int (t, size), and weights in units of 2**-WEIGHT_BITS, int32 (t, size): new
    pixel k is the sum over t of weights[t, k] * pixels[positions[t, k]]. This is a (size, count)
    matrix without most of its zeros; where there is no BLAS, as in the page, each of them would cost time.
    """
    begin, end = np.float32(start), np.float32(stop)  # as Pillow keeps a box
    scale = float(end - begin) / size
    reach = max(scale, 1.0)
    centre = float(begin) + (np.arange(size) + 0.5) * scale
    first = np.maximum((centre - reach + 0.5).astype(int), 0)
    last = np.minimum((centre + reach + 0.5).astype(int), count)
    positions = first[:, None] + np.arange((last - first).max())
    weights = np.maximum(1 - np.abs((positions - centre[:, None] + 0.5) * (1 / reach)), 0)
    weights[positions >= last[:, None]] = 0
    weights /= np.cumsum(weights, axis=1)[:, -1:]  # cumsum adds in order, sum need not
    weights = (weights * (1 << WEIGHT_BITS) + 0.5).astype(np.int32)
    return np.minimum(positions, count - 1).T.copy(), weights.T.copy()


def stretch(lines: np.ndarray, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Resample axis 1 of uint8 (m, count, k) with taps: uint8 (m, size, k)."""
    m, count, k = lines.shape
    size = positions.shape[1]
    weights = weights[:, :, None]
    if k < 8:  # numpy's inner loop is over the last axis: too short as it is
        weights = np.repeat(weights, k, axis=2)
    stretched = np.empty((m, size, k), np.uint8)
    step = max(CHUNK_BYTES // (4 * max(count, size) * k), 1)
    for at in range(0, m, step):
        chunk = lines[at : at + step].astype(np.int32)
        total = chunk.take(positions[0], axis=1)
        total *= weights[0]
        for position, weight in zip(positions[1:], weights[1:], strict=True):
            part = chunk.take(position, axis=1)
            part *= weight
            total += part
        total += 1 << (WEIGHT_BITS - 1)
        total >>= WEIGHT_BITS
        stretched[at : at + step] = total
    return stretched
