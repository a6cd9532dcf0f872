"""Pictures as a decoder gives them: planes of a region, some turned on their side. See `yuv`."""

from collections.abc import Mapping

import numpy as np

from .errors import ReadoutError
from .yuv import picture_bytes, to_rgb


def planes_of(region: Mapping) -> tuple[np.ndarray, tuple[int, int]]:
    """The pictures of a region as they were coded: uint8 (m, bytes of one), and the coded width and height.

    region: 'width', 'height', upright; 'format', 'rotation', and 'data', the m pictures one after the other. Raises
    ReadoutError for bytes that are no whole number of pictures, and for a rotation that is no quarter turn.
    """
    rotation, width, height = region.get("rotation", 0), region["width"], region["height"]
    if rotation not in (0, 90, 180, 270):
        raise ReadoutError(f"a clip is turned by 0, 90, 180 or 270 degrees, got {rotation!r}: save it upright")
    if rotation % 180:
        width, height = height, width
    data = np.frombuffer(region["data"], np.uint8)
    one = picture_bytes(region["format"], width, height)
    if one == 0 or len(data) % one:
        raise ReadoutError(
            f"a picture of {width} x {height} in {region['format']} has {one} bytes, got {len(data)}: "
            "send whole pictures, their planes without gaps"
        )
    return data.reshape(-1, one), (width, height)


def to_pixels(data: np.ndarray, coded: tuple[int, int], region: Mapping) -> np.ndarray:
    """uint8 RGB (m, h, w, 3), upright, of pictures as `planes_of` gives them."""
    width, height = coded
    if region["format"] == "RGBA":
        pixels = data.reshape(-1, height, width, 4)[..., :3]
    else:
        pixels = to_rgb(data, region["format"], width, height, region.get("matrix"), bool(region.get("full_range")))
    return upright(pixels, region.get("rotation", 0))


def upright(pictures: np.ndarray, rotation: int) -> np.ndarray:
    """Pictures (m, h, w, ...) turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.rot90(pictures, -(rotation // 90) % 4, axes=(1, 2))
