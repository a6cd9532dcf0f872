"""Windows to tensors: a strip of a fixed height, its contrast stretched, in whole numbers as far as they go."""

from collections.abc import Sequence

import numpy as np

from .crops import Crop
from .resample import _stretch, _taps

HEIGHT = 32
"""Pixels that every window is resampled to; the width follows from its aspect."""
WIDTHS = (16, 768)
"""Pixels of the narrowest and the widest strip: what is flatter or longer is squeezed into it."""
MULTIPLE = 8
"""A batch is as wide as its widest strip, rounded up to a multiple of this."""
RANK = 100
"""One pixel in so many is darker than a strip's dark level, and one in so many brighter than its bright level."""
LEAST_SPAN = 8.0
"""Grey levels below which no contrast is stretched."""
LEAST_SHARE = 0.25
"""A channel is stretched at most so much more than the channel with most contrast: what is left is noise."""


def strip_width(width: float, height: float) -> int:
    """How wide the strip of a window of this size is, in pixels."""
    return int(min(max(np.floor(HEIGHT * width / height + 0.5), WIDTHS[0]), WIDTHS[1]))


def resample_strip(crop: Crop) -> np.ndarray:
    """The crop's box at the height of a strip: uint8 (32, w, 3).

    Bilinear with antialiasing, equal to Pillow's `Image.resize(…, BILINEAR, box=…)` bit for bit; see `resample`.
    """
    x, y, w, h = crop.box
    height, width, _ = crop.pixels.shape
    size = strip_width(w, h)
    rows = _stretch(np.ascontiguousarray(crop.pixels), *_taps(width, x, x + w, size))
    return _stretch(rows.reshape(1, height, size * 3), *_taps(height, y, y + h, HEIGHT)).reshape(HEIGHT, size, 3)


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
