"""Cutting boxes out of frames, and making them the size a backbone takes.

There is one path from pixels to a backbone's input. Training pictures and boxes in frames both go
through it, in the page and on the desktop, with the same result to the last bit.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from .errors import ReadoutError
from .layout import Box

WEIGHT_BITS = 22
"""Resampling weights are whole multiples of 2**-22, so that 255 times their sum fits 32 bits."""

CHUNK_BYTES = 1 << 18
"""Resampling works through pieces of about this size, which stay in a processor's cache."""


@dataclass(frozen=True, eq=False)
class Crop:
    """The smallest block of whole frame pixels that covers one box, and the box within it.

    pixels: uint8 RGB, shape (h, w, 3). box: x, y, width, height inside `pixels`, fractional.
    Pixels outside the block cannot influence what is read. around: the same box in a larger block,
    where the frame is known; it serves `jitter` alone and is no part of `key`.

    Raises ReadoutError for pixels of another type or shape, and for a box that leaves them.
    """

    pixels: np.ndarray
    box: Box
    around: "Crop | None" = None

    def __post_init__(self):
        dtype, shape = getattr(self.pixels, "dtype", type(self.pixels).__name__), np.shape(self.pixels)
        if dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ReadoutError(
                "a crop has at least one pixel, as uint8 RGB of shape (height, width, 3), got "
                f"{dtype} of shape {shape}: load pictures with images.load_image, "
                "or replace NaN, scale to 0..255 and convert"
            )
        _check_inside(self.box, shape)

    @classmethod
    def whole(cls, pixels: np.ndarray) -> "Crop":
        """A crop that is a picture of its own, as in a training folder."""
        height, width = (*np.shape(pixels), 0, 0)[:2]
        return cls(pixels, (0.0, 0.0, float(width), float(height)))

    @cached_property
    def key(self) -> bytes:
        """16 bytes that are equal exactly when two crops look the same to every backbone."""
        box = tuple(map(float, self.box))  # 0 and 0.0 are the same place
        digest = hashlib.blake2b(repr((self.pixels.shape, box)).encode(), digest_size=16)
        digest.update(self.pixels.tobytes())
        return digest.digest()


def cut(frame: np.ndarray, boxes: Iterable[Box], margin: int = 0, origin: tuple[int, int] = (0, 0)) -> list[Crop]:
    """Cut each box out of a uint8 RGB frame of shape (height, width, 3), or out of a part of it.

    margin: how many pixels beyond the block to keep for `jitter`, fewer at the frame's edge.
    origin: where in the whole frame, in which boxes are measured, the part begins: x, y.
    Raises ReadoutError for a box that leaves the frame.
    """
    crops = []
    for x, y, w, h in boxes:
        _check_inside((x - origin[0], y - origin[1], w, h), frame.shape)
        crop = _cut(frame, (x, y, w, h), 0, origin)
        crops.append(Crop(crop.pixels, crop.box, _cut(frame, (x, y, w, h), margin, origin)) if margin else crop)
    return crops


def jitter(crop: Crop, reach: float = 1.0, step: float = 0.5) -> list[Crop]:
    """The crop, and its box moved by up to `reach` pixels in x and y on a grid of `step` pixels.

    Nearest first and opposite shifts next to each other, so that the first m are a smaller jitter,
    balanced where m is odd: 25 crops of which the first is `crop`. Pixels are taken from
    `crop.around`, and beyond what is known the outermost ones are repeated.
    """
    if not (0 <= reach < math.inf and 0 < step < math.inf):
        raise ReadoutError(
            f"jitter reaches 0 or more pixels in steps above 0, got reach {reach} and step {step}: correct them"
        )
    source, pad = crop.around or crop, math.ceil(reach)
    x, y, w, h = source.box
    known = np.pad(source.pixels, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    shifts = _shifts(reach, step)[1:]
    return [crop, *(_cut(known, (x + pad + dx, y + pad + dy, w, h), 0) for dx, dy in shifts)]


def jittered(crops: Sequence[Crop], limit: int = 1000) -> tuple[list[Crop], np.ndarray]:
    """Examples and as many shifts of each as `limit` crops in all allow, from 25 down to none.

    Every example gets the same odd number of crops, the first is the example itself. Returns the
    crops and, int (crops), the index of the example that each came from.
    """
    each = min(max(limit // max(len(crops), 1), 1), len(_shifts()))
    each -= 1 - each % 2
    moved = [shifted for crop in crops for shifted in (jitter(crop)[:each] if each > 1 else [crop])]
    return moved, np.repeat(np.arange(len(crops)), each)


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
        across, down = _taps(width, x, x + w, size), _taps(height, y, y + h, size)
        rows = _stretch(pixels.reshape(-1, width, 3), *across)
        squares[indices] = _stretch(rows.reshape(-1, height, size * 3), *down).reshape(-1, size, size, 3)
    return squares


def to_tensor(squares: np.ndarray) -> np.ndarray:
    """uint8 (n, s, s, 3) to the backbone's input: float32 (n, 3, s, s), 0..255 mapped to -1..1."""
    tensor = np.ascontiguousarray(squares.transpose(0, 3, 1, 2)).astype(np.float32)
    tensor /= np.float32(127.5)
    tensor -= np.float32(1)
    return tensor


def picture(crop: Crop) -> dict:
    """What a page needs to show a crop: 'width', 'height', and its pixels as flat uint8 'rgba'."""
    height, width = crop.pixels.shape[:2]
    opaque = np.full((height, width, 1), 255, np.uint8)
    return {"width": width, "height": height, "rgba": np.concatenate([crop.pixels, opaque], axis=2).ravel()}


def _check_inside(box, shape):
    (x, y, w, h), (height, width) = box, shape[:2]
    slack = 1e-6  # x + w may round to just above the edge
    if not (x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width + slack and y + h <= height + slack):
        raise ReadoutError(
            f"a box has an area and lies inside its picture of {width} x {height}, got {list(box)}: "
            "move it, or use the picture it was drawn on"
        )


def _cut(frame, box, margin, origin=(0, 0)):
    """The block that covers `box`, with `margin` pixels more on each side where the frame has them.

    Boxes are not moved by `origin`: x + w rounds differently in another place.
    """
    x, y, w, h = box
    left, top = max(math.floor(x) - margin, origin[0]), max(math.floor(y) - margin, origin[1])
    right, bottom = math.ceil(x + w) + margin, math.ceil(y + h) + margin
    block = frame[top - origin[1] : bottom - origin[1], left - origin[0] : right - origin[0]]
    return Crop(np.ascontiguousarray(block), (x - left, y - top, w, h))


@lru_cache(maxsize=16)
def _shifts(reach=1.0, step=0.5):
    """(dx, dy), nearest first, each beside its opposite."""
    count = math.floor(reach / step)
    steps = [step * k for k in range(-count, count + 1)]
    shifts = [(dx, dy) for dx in steps for dy in steps]
    return sorted(shifts, key=lambda s: (math.hypot(*s), max(s, (-s[0], -s[1])), s))


@lru_cache(maxsize=512)
def _taps(count, start, stop, size):
    """How to stretch start..stop, on a line of `count` pixels, to `size`: the triangle filter.

    Returns positions, int (t, size), and weights in units of 2**-WEIGHT_BITS, int32 (t, size): new
    pixel k is the sum over t of weights[t, k] * pixels[positions[t, k]]. This is a (size, count)
    matrix without most of its zeros; where there is no BLAS, as in the page, each of them would cost time.
    """
    start, stop = np.float32(start), np.float32(stop)  # as Pillow keeps a box
    scale = float(stop - start) / size
    reach = max(scale, 1.0)
    centre = float(start) + (np.arange(size) + 0.5) * scale
    first = np.maximum((centre - reach + 0.5).astype(int), 0)
    last = np.minimum((centre + reach + 0.5).astype(int), count)
    positions = first[:, None] + np.arange((last - first).max())
    weights = np.maximum(1 - np.abs((positions - centre[:, None] + 0.5) * (1 / reach)), 0)
    weights[positions >= last[:, None]] = 0
    weights /= np.cumsum(weights, axis=1)[:, -1:]  # cumsum adds in order, sum need not
    weights = (weights * (1 << WEIGHT_BITS) + 0.5).astype(np.int32)
    return np.minimum(positions, count - 1).T.copy(), weights.T.copy()


def _stretch(lines, positions, weights):
    """Resample axis 1 of uint8 (m, count, k) with _taps: uint8 (m, size, k)."""
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
