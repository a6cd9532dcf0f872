"""From the planes of a video's pictures to RGB, and from RGB to luma, in whole numbers: the same bytes everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from ..errors import ReadoutError, quoted
from ..layout.region import Region

WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "bt2020-ncl": (0.2627, 0.0593),
}
"""Of each matrix what red and blue weigh in luma. Rec. ITU-R BT.709-6 (3.2), BT.601-7 (2.5.1), BT.2020-2 (table 4)."""
BITS = 16
"""Of the fraction in a coefficient: the largest product, 255 * 2.15 * 2^16, fits 32 bits."""
FORMATS = ("I420", "NV12", "RGBA")
AT_ONCE = 1 << 18
"""Pixels that are converted together: what is made on the way stays in the processor's cache."""


def to_rgb(
    data: np.ndarray, format: str, width: int, height: int, matrix: str | None = None, full_range: bool = False
) -> np.ndarray:
    """RGB of n pictures: uint8 (n, height, width, 3).

    data: uint8, the pictures one after the other. Each is width x height bytes of luma, then colour of half the size,
    odd sizes rounded up: two planes (I420), or pairs (NV12); or four bytes a pixel (RGBA), of which alpha is dropped.
    matrix: one of WEIGHTS, or None; see `known_matrix`. full_range: luma has 256 levels instead of 220.

    Each colour sample holds for its 2 x 2 pixels: a pixel is the same whatever part of the picture was copied, which
    it would not be with neighbours blended in. Raises ReadoutError for other formats and matrices, and for data that
    are no whole pictures.
    """
    data = np.frombuffer(data, np.uint8) if isinstance(data, (bytes, bytearray, memoryview)) else np.asarray(data)
    one = picture_bytes(format, width, height)
    if data.dtype != np.uint8 or not one or data.size % one:
        raise ReadoutError(
            f"a picture of {width} x {height} in {format} has {one} bytes, got {data.size} of {data.dtype}: "
            "give whole pictures, without gaps"
        )
    data = data.reshape(-1, one)
    n = len(data)
    if format == "RGBA":
        return np.ascontiguousarray(data.reshape(n, height, width, 4)[..., :3])
    rgb = np.empty((n, height, width, 3), np.uint8)
    factors = _factors(known_matrix(matrix, (width, height)), full_range)
    at_once = max(1, AT_ONCE // (width * height))
    for at in range(0, n, at_once):
        _convert(data[at : at + at_once], format, factors, rgb[at : at + at_once])
    return rgb


def _convert(data: np.ndarray, format: str, factors: tuple[int, ...], rgb: np.ndarray) -> None:
    """Pictures (n, bytes) as I420 or NV12, written to `rgb`, (n, height, width, 3)."""
    n, height, width, _ = rgb.shape
    own, blue, red = _split(data, format, width, height)
    down = blue.shape[1]
    scale, black, red_of_red, green_of_blue, green_of_red, blue_of_blue = factors
    light = np.empty((n, 2 * down, width), np.int32)  # two rows for each of colour
    light[:, :height] = own
    light -= black
    light *= scale
    light += 1 << BITS - 1
    part = np.empty_like(light)
    rows, of_rows = (each.reshape(n, down, 2, width) for each in (light, part))
    blue, red = blue.astype(np.int32) - 128, red.astype(np.int32) - 128
    for channel, colour in enumerate(
        (red * red_of_red, red * green_of_red + blue * green_of_blue, blue * blue_of_blue)
    ):
        np.add(rows, colour.repeat(2, axis=2)[:, :, None, :width], out=of_rows)
        part >>= BITS
        np.clip(part, 0, 255, out=part)
        rgb[..., channel] = part[:, :height]


def _split(data: np.ndarray, format: str, width: int, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Luma (n, h, w), and both colours, half as large, of pictures (n, bytes) as I420 or NV12."""
    across, down = (width + 1) // 2, (height + 1) // 2
    light, colour = data[:, : width * height].reshape(-1, height, width), data[:, width * height :]
    if format == "NV12":
        blue, red = np.moveaxis(colour.reshape(-1, down, across, 2), 3, 0)
    else:
        blue, red = colour.reshape(-1, 2, down, across).swapaxes(0, 1)
    return light, blue, red


def known_matrix(matrix: str | None, frame_size: tuple[int, int], rotation: int = 0) -> str:
    """The matrix that a clip names, or else the one of its frame_size: (width, height), upright."""
    rows = frame_size[rotation % 180 != 90]
    return matrix or ("bt709" if rows >= 720 else "smpte170m")


def luma(pixels: np.ndarray) -> np.ndarray:
    """The luma of RGB pixels, uint8 (..., 3), as uint8 (...): Rec. ITU-R BT.601-7 (2.5.1), rounded."""
    red, green, blue = (pixels[..., k].astype(np.uint16) for k in range(3))
    return ((red * 77 + green * 150 + blue * 29 + 128) >> 8).astype(np.uint8)


def picture_bytes(format: str, width: int, height: int) -> int:
    """How many bytes a picture has. Raises ReadoutError for a format that is not one of FORMATS."""
    if format not in FORMATS:
        raise ReadoutError(f"pictures come as {', '.join(FORMATS)}, got {quoted(format)}: convert them first")
    return 4 * width * height if format == "RGBA" else width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)


@cache
def _factors(matrix: str, full_range: bool) -> tuple[int, ...]:
    """Scale of luma, its black, and what red and blue differences add: to red, green (blue, red) and blue.

    With the weights r, b, and g = 1 - r - b: R = Y + 2 (1 - r) V, B = Y + 2 (1 - b) U, and from Y = rR + gG + bB,
    G = Y - 2 (1 - b) b / g U - 2 (1 - r) r / g V.
    """
    if matrix not in WEIGHTS:
        raise ReadoutError(
            f"colour is coded by one of {', '.join(WEIGHTS)}, got {quoted(matrix)}: convert the clip to bt709"
        )
    r, b = WEIGHTS[matrix]
    g = 1 - r - b
    light, colour, black = (1.0, 1.0, 0) if full_range else (255 / 219, 255 / 224, 16)
    of_red, of_blue = 2 * (1 - r) * colour, 2 * (1 - b) * colour
    factors = (light, of_red, -of_blue * b / g, -of_red * r / g, of_blue)
    scale, *rest = (round(factor * (1 << BITS)) for factor in factors)
    return scale, black, *rest


def upright(pictures: np.ndarray, rotation: int) -> np.ndarray:
    """Pictures (m, h, w, ...) turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.rot90(pictures, -(rotation // 90) % 4, axes=(1, 2))


class Coding(NamedTuple):
    """How the pictures of a clip are stored.

    format: one of FORMATS. matrix, full_range: see `to_rgb`. rotation: 0, 90, 180 or 270 degrees clockwise, what turns
    them upright.
    """

    format: str
    matrix: str | None = None
    full_range: bool = False
    rotation: int = 0

    def of_frames(self, frame_size: tuple[int, int]) -> "Coding":
        """With the matrix that pictures of upright frames of (width, height) have; see `known_matrix`."""
        return self._replace(matrix=known_matrix(self.matrix, frame_size, self.rotation))


@dataclass(frozen=True, eq=False)
class Planes:
    """One region of m pictures, as they were coded. data: uint8 (m, bytes of one). region: upright."""

    region: Region
    data: np.ndarray
    coding: Coding

    @classmethod
    def from_bytes(cls, region: Region, data: bytes, coding: Coding) -> "Planes":
        """Of the m pictures one after the other, their planes without gaps.

        Raises ReadoutError for bytes that are no whole number of pictures, and for a rotation that is no quarter turn.
        """
        if coding.rotation not in (0, 90, 180, 270):
            raise ReadoutError(
                f"a clip is turned by 0, 90, 180 or 270 degrees, got {quoted(coding.rotation)}: save it upright"
            )
        width, height = _stored_size(region, coding.rotation)
        pixels, one = np.frombuffer(data, np.uint8), picture_bytes(coding.format, width, height)
        if one == 0 or len(pixels) % one:
            raise ReadoutError(
                f"a picture of {width} x {height} in {coding.format} has {one} bytes, got {len(pixels)}: "
                "send whole pictures, their planes without gaps"
            )
        return cls(region, pixels.reshape(-1, one), coding)

    def __len__(self) -> int:
        """m."""
        return len(self.data)

    def rgb(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Some of the pictures: uint8 RGB (n, h, w, 3), upright."""
        width, height = _stored_size(self.region, self.coding.rotation)
        data, (format, matrix, full_range, rotation) = self.data[numbers], self.coding
        if format == "RGBA":
            return upright(data.reshape(-1, height, width, 4)[..., :3], rotation)
        return upright(to_rgb(data, format, width, height, matrix, full_range), rotation)

    def channels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Luma, uint8 (m, h, w), and two planes of colour, at most as large, upright."""
        m, data, (width, height) = len(self), self.data, _stored_size(self.region, self.coding.rotation)
        if self.coding.format == "RGBA":
            rgb = data.reshape(m, height, width, 4)[..., :3]
            light = luma(rgb)
            blue, red = (((rgb[..., k].astype(np.int16) - light + 255) >> 1).astype(np.uint8) for k in (2, 0))
        else:
            light, blue, red = _split(data, self.coding.format, width, height)
        light, blue, red = (upright(plane, self.coding.rotation) for plane in (light, blue, red))
        return light, blue, red


def _stored_size(region: Region, rotation: int) -> tuple[int, int]:
    return (region.height, region.width) if rotation % 180 else (region.width, region.height)
