"""Cutting boxes out of frames, and making them the size a backbone takes.

There is one path from pixels to a backbone's input. Training pictures and boxes in frames both go
through it, in the page and on the desktop, with the same result to the last bit.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from .layout import Box


@dataclass(frozen=True, eq=False)
class Crop:
    """The smallest block of whole frame pixels that covers one box, and the box within it.

    pixels: uint8 RGB, shape (h, w, 3). box: x, y, width, height inside `pixels`, fractional.
    Pixels outside the block cannot influence what is read.
    """

    pixels: np.ndarray
    box: Box

    @classmethod
    def whole(cls, pixels: np.ndarray) -> "Crop":
        """A crop that is a picture of its own, as in a training folder."""
        return cls(pixels, (0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])))

    @cached_property
    def key(self) -> bytes:
        """16 bytes that are equal exactly when two crops look the same to every backbone."""
        box = tuple(map(float, self.box))  # 0 and 0.0 are the same place
        digest = hashlib.blake2b(repr((self.pixels.shape, box)).encode(), digest_size=16)
        digest.update(self.pixels.tobytes())
        return digest.digest()


def cut(frame: np.ndarray, boxes: Iterable[Box]) -> list[Crop]:
    """Cut each box out of a uint8 RGB frame of shape (height, width, 3)."""
    crops = []
    for x, y, w, h in boxes:
        left, top = math.floor(x), math.floor(y)
        block = frame[top : math.ceil(y + h), left : math.ceil(x + w)]
        crops.append(Crop(np.ascontiguousarray(block), (x - left, y - top, w, h)))
    return crops


def resample(crops: Sequence[Crop], size: int) -> np.ndarray:
    """Stretch every crop's box to a square of `size` pixels: uint8 (n, size, size, 3).

    Bilinear, because ImageNet features read enlarged digits worse after nearest or bicubic.
    """
    squares = np.empty((len(crops), size, size, 3), np.uint8)
    for square, crop in zip(squares, crops, strict=True):
        x, y, w, h = crop.box
        image = Image.fromarray(crop.pixels)
        square[:] = image.resize((size, size), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
    return squares


def to_tensor(squares: np.ndarray) -> np.ndarray:
    """uint8 (n, s, s, 3) to the backbone's input: float32 (n, 3, s, s), 0..255 mapped to -1..1."""
    tensor = np.ascontiguousarray(squares.transpose(0, 3, 1, 2)).astype(np.float32)
    tensor /= np.float32(127.5)
    tensor -= np.float32(1)
    return tensor
