"""Regions of a clip's frames, cut out of the planes as they are stored: a chunk keeps equal neighbours once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from ..errors import ReadoutError
from ..imaging.colour import Coding, Planes
from ..layout.region import Region

if TYPE_CHECKING:
    from av import VideoFrame

MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020-ncl"}
"""ISO/IEC 23091-2 numbers of matrices that `imaging.colour` knows; others count as unnamed, as in a browser."""
FULL_RANGE = 2
"""libav's AVCOL_RANGE_JPEG."""
PLANAR = {"yuv420p": "I420", "yuvj420p": "I420", "nv12": "NV12"}
ONE_SHAPE = 0.02
"""By what share the ratios of width to height of pictures may differ that show the same in another size."""


class Stored(Protocol):
    """How a clip's pictures are stored; see `VideoReader`."""

    coded: tuple[int, int]
    width: int
    height: int
    rotation: int
    mirrored: bool


@dataclass
class VideoChunk:
    """One chunk of a clip.

    times: float64 (n,), seconds, of the frames that were decoded. index: int32 (n,), which of m distinct pictures each
    shows. planes: of each region as it was asked for, but larger, the m pictures. problems: what is
    missing, and remarks: what was changed, as sentences.
    """

    times: np.ndarray
    index: np.ndarray
    planes: list[Planes]
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class RegionPictures:
    """The regions of a chunk's frames, equal neighbours once."""

    def __init__(self, clip: Stored, regions: Sequence[Region]) -> None:
        self.clip = clip
        self.stored = [_evenly(region, clip) for region in regions]
        self.kind: tuple[str, str | None, bool] | None = None
        self.times: list[float] = []
        self.index: list[int] = []
        self.pictures: list[list[bytes]] = []
        self.scaled: list[tuple[int, str]] = []

    def add(self, time: int, frame: "VideoFrame") -> str:
        """Take a frame. Returns why it cannot be taken, or an empty text."""
        size = frame.width, frame.height
        if size != self.clip.coded:
            if not same_shape(size, self.clip.coded):
                return f"{_another_size(size, self.clip)}, cut the clip in two where it changes"
            self.scaled.append((time, _another_size(size, self.clip)))
            frame = frame.reformat(*self.clip.coded, interpolation="BILINEAR")
        format = "RGBA" if self.clip.mirrored and frame.width % 2 else PLANAR.get(frame.format.name, "RGBA")
        kind: tuple[str, str | None, bool] = ("RGBA", None, False)
        if format == "RGBA":
            frame = frame.reformat(format="rgba")
        else:
            full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
            kind = (format, MATRICES.get(int(frame.colorspace)), full)
        self.kind = self.kind or kind
        if self.kind[0] != format:
            return f"its pixels are stored as {format}, those before it as {self.kind[0]}"
        planes = [
            plane[:, : wide * bytes_each].reshape(-1, wide, bytes_each)
            for plane, (wide, bytes_each) in zip(
                (np.frombuffer(cast(bytes, plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes),
                _samples(format, frame.width),
                strict=True,
            )
        ]
        if self.clip.mirrored:
            planes = [plane[:, ::-1] for plane in planes]
        picture = [_copied(planes, region) for region in self.stored]
        if not self.pictures or self.pictures[-1] != picture:
            self.pictures.append(picture)
        self.index.append(len(self.pictures) - 1)
        self.times.append(time / 1e6)
        return ""

    def part(self, problems: list[str], remarks: list[str]) -> VideoChunk:
        clip, (format, matrix, full) = self.clip, self.kind or ("I420", None, False)
        coding = Coding(format, matrix, full, clip.rotation).of_frames((clip.width, clip.height))
        planes = [
            Planes.from_bytes(_upright(stored, clip), b"".join(picture[k] for picture in self.pictures), coding)
            for k, stored in enumerate(self.stored)
        ]
        return VideoChunk(np.array(self.times), np.array(self.index, np.int32), planes, problems, remarks)


def orientation(frame: "VideoFrame", name: str) -> tuple[int, bool]:
    """(rotation, mirrored) as `VideoReader` has them, by the display matrix a, b, u, c, d, v, … of a frame, which takes
    (x, y) to (ax + cy, bx + dy). Raises ReadoutError, with this name, where it is no quarter turn."""
    side = frame.side_data.get("DISPLAYMATRIX")
    if side is None:
        return 0, False
    a, b, _, c, d, *_ = np.frombuffer(cast(bytes, side), np.int32)[:9].tolist()
    mirrored = a * d - b * c < 0
    angle = math.degrees(math.atan2(-b if mirrored else b, -a if mirrored else a)) % 360
    if abs(angle - 90 * round(angle / 90)) > 0.5:
        raise ReadoutError(f"{name} is turned by {angle:.0f} degrees: save it upright")
    return 90 * round(angle / 90) % 360, mirrored


def _turned(region: Region, rotation: int, size: tuple[int, int]) -> Region:
    """A rectangle of a picture of `size` (width, height) where it is before it is turned clockwise by `rotation`."""
    x, y, w, h = region.box
    width, height = size
    places = {0: (x, y, w, h), 90: (y, height - x - w, h, w), 180: (width - x - w, height - y - h, w, h)}
    places[270] = (width - y - h, x, h, w)
    return Region(region.readout, *places[rotation])


def _evenly(region: Region, clip: Stored) -> Region:
    """An upright region as it is stored, aligned outwards to even pixels."""
    if not region.fits((clip.width, clip.height)):
        raise ReadoutError(
            f"what is read lies inside the picture of {clip.width} x {clip.height}, got {region.width} x "
            f"{region.height} at {region.x}, {region.y}: move the boxes, or use the layout made for this size"
        )
    return _turned(region, clip.rotation, clip.coded).aligned_to_even(clip.coded)


def _upright(stored: Region, clip: Stored) -> Region:
    return _turned(stored, -clip.rotation % 360, (clip.width, clip.height))


def _samples(format: str, width: int) -> list[tuple[int, int]]:
    """Of each plane how many samples a row has, and of how many bytes."""
    if format == "RGBA":
        return [(width, 4)]
    half = (width + 1) // 2
    return [(width, 1), (half, 2)] if format == "NV12" else [(width, 1), (half, 1), (half, 1)]


def _copied(planes: Sequence[np.ndarray], region: Region) -> bytes:
    """The bytes of a region of one picture, plane after plane without gaps. planes: (rows, samples, bytes of one)."""
    x, y, w, h = region.box
    rows, columns = slice(y // 2, (y + h + 1) // 2), slice(x // 2, (x + w + 1) // 2)
    return planes[0][y : y + h, x : x + w].tobytes() + b"".join(plane[rows, columns].tobytes() for plane in planes[1:])


def same_shape(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether pictures of these sizes (width, height) differ in scale alone, but for rounding to whole pixels."""
    across, down = size[0] * other[1], size[1] * other[0]
    return abs(across - down) <= ONE_SHAPE * max(across, down)


def _another_size(coded: tuple[int, int], clip: Stored) -> str:
    turn = -1 if clip.rotation % 180 else 1
    (w, h), (width, height) = coded[::turn], clip.coded[::turn]
    return f"the picture is {w} x {h} there and {width} x {height} at the beginning"
