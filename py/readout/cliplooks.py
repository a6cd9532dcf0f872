"""What a chunk of a clip shows: of the boxes of one readout the distinct looks, and which one every frame has."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .anchor import Anchor, Shift, moved
from .crops import Crop
from .errors import ReadoutError
from .frames import Patch
from .layout import Box, Readout
from .planes import planes_of, to_pixels, upright
from .stillness import looks

MAGIC = b"looks1"


def known_matrix(matrix: str | None, frame_size: tuple[int, int], rotation: int = 0) -> str:
    """The matrix that a clip names, or what one without a name has by its size: frame_size is (width, height), upright."""
    rows = frame_size[rotation % 180 != 90]
    return matrix or ("bt709" if rows >= 720 else "smpte170m")


class Seen(NamedTuple):
    """crops: of the distinct looks. index: int32 (n, B), which of them each box of each frame shows. patches: by the
    number of the picture, those in which a look is new."""

    crops: list[Crop]
    index: np.ndarray
    patches: dict[int, Patch]


@dataclass(frozen=True, eq=False)
class Chunk:
    """n consecutive frames of a clip, of which m pictures are distinct; see `Footage.give_clip`.

    index: int (n,), the picture of each frame. format, matrix, full_range: see `yuv.to_rgb`. rotation: 0, 90, 180 or
    270 degrees clockwise, what turns the pictures upright.
    """

    index: np.ndarray
    format: str
    matrix: str | None
    full_range: bool
    rotation: int = 0

    def shifts(self, region: dict, anchor: Anchor) -> list[Shift]:
        """How far each of the m pictures has moved, by the region around the anchor."""
        data, coded, _ = self._planes(region)
        luma = upright(_planes(data, self.format, *coded)[0], self.rotation)
        return anchor.found(luma, (region["x"], region["y"]))

    def looks(self, region: dict, readout: Readout, shifts: Sequence[Shift] | None = None) -> Seen:
        """What a readout shows in a region: 'x', 'y', 'width', 'height', upright, and 'data', the m pictures' planes.

        shifts: how far the m pictures have moved, where the boxes follow an anchor; only pictures that have moved alike
        can share a look. Raises ReadoutError where the region does not hold all boxes, or not as many pictures as the
        index says.
        """
        whole = self.index
        data, coded, fields = self._planes(region)
        x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
        boxes = [(bx - x, by - y, w, h) for bx, by, w, h in readout.boxes]
        if not all(bx >= 0 and by >= 0 and bx + w <= width and by + h <= height for bx, by, w, h in boxes):
            raise ReadoutError(
                f"a region holds all boxes of its readout, {readout.name!r} has some outside {width} x {height} at "
                f"{x}, {y}: send the region that the plan asks for"
            )
        planes = [upright(plane, self.rotation) for plane in _planes(data, self.format, *coded)]
        there = [moved(readout, shift).boxes for shift in shifts] if shifts else [readout.boxes] * len(data)
        found = np.empty((len(data), len(boxes)), int)
        for numbers in _alike(shifts, len(data)):
            luma, *chroma = planes if len(numbers) == len(data) else (plane[numbers] for plane in planes)
            inside = [_inside(box, region) for box in there[numbers[0]]]
            found[numbers] = numbers[looks(luma, inside, chroma)]
        new = found == np.arange(len(found))[:, None]
        numbers = np.flatnonzero(new.any(axis=1))
        pixels = to_pixels(data[numbers], coded, fields)
        patches = {k: Patch(np.ascontiguousarray(part), (x, y)) for k, part in zip(numbers.tolist(), pixels, strict=True)}
        crops = [crop for k, patch in patches.items() for crop in patch.cut_boxes(
            [box for box, own in zip(there[k], new[k], strict=True) if own]
        )]
        number = np.full(found.shape, -1, np.int32)
        number[new] = np.arange(len(crops))
        return Seen(crops, np.take_along_axis(number, found, axis=0)[whole], patches)

    def _planes(self, region):
        """The m pictures of a region as they were coded, their size, and the fields that say how."""
        whole = self.index
        fields = {"format": self.format, "matrix": self.matrix, "full_range": self.full_range, "rotation": self.rotation}
        data, coded = planes_of({**region, **fields})
        if len(data) != whole.max(initial=-1) + 1 or whole.min(initial=0) < 0:
            raise ReadoutError(
                f"a chunk has a picture for each number of its index, 0 to {whole.max(initial=-1)}, got {len(data)}: "
                "send the distinct pictures in their order"
            )
        return data, coded, fields


@dataclass(frozen=True, eq=False)
class Kept:
    """What was read of a chunk: enough to read it again without the clip.

    clip: its name. times: float64 (n,), seconds. backbone: its sha256. readouts: names. boxes: of each readout.
    index: of each readout int32 (n, B). embeddings: of each readout float32 (l, d). anchor: the key of the one that the
    boxes followed, "" where they followed none; shifts: of each frame then, else none.
    """

    clip: str
    times: np.ndarray
    backbone: str
    readouts: list[str]
    boxes: list[list[Box]]
    index: list[np.ndarray]
    embeddings: list[np.ndarray]
    anchor: str = ""
    shifts: Sequence[Shift] = ()

    def to_bytes(self) -> bytes:
        """A length, a header in JSON, then the arrays one after the other, little-endian."""
        header = {
            "clip": self.clip,
            "backbone": self.backbone,
            "frames": len(self.times),
            "readouts": self.readouts,
            "boxes": self.boxes,
            "looks": [each.shape for each in self.embeddings],
            **({"anchor": self.anchor, "shifts": self.shifts} if self.anchor else {}),
        }
        text = json.dumps(header, separators=(",", ":")).encode("utf-8", "surrogatepass")
        arrays = [np.asarray(self.times, "<f8"), *(each.astype("<i4") for each in self.index), *self.embeddings]
        arrays[len(self.index) + 1 :] = [each.astype("<f4") for each in self.embeddings]
        return b"".join([MAGIC, struct.pack("<I", len(text)), text, *(each.tobytes() for each in arrays)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Kept":
        """Read what `to_bytes` wrote; raises ReadoutError for anything else."""
        try:
            data = bytes(data)
            begin = len(MAGIC) + 4
            if data[: len(MAGIC)] != MAGIC:
                raise ValueError("no such beginning")
            [length] = struct.unpack("<I", data[len(MAGIC) : begin])
            header = json.loads(data[begin : begin + length].decode("utf-8", "surrogatepass"))
            at, n = begin + length, header["frames"]

            def take(kind, *shape):
                nonlocal at
                count = int(np.prod(shape, dtype=object))
                array = np.frombuffer(data, kind, count, at).reshape(shape)
                at += array.nbytes
                return array

            times = take("<f8", n)
            boxes = [[tuple(map(float, box)) for box in each] for each in header["boxes"]]
            index = [take("<i4", n, len(each)) for each in boxes]
            embeddings = [take("<f4", *shape) for shape in header["looks"]]
            shifts = [Shift(float(x), float(y), bool(lost)) for x, y, lost in header.get("shifts", [])]
            fits = len(header["readouts"]) == len(boxes) == len(embeddings) and at == len(data)
            fits &= len(shifts) == (n if header.get("anchor") else 0)
            for each, X in zip(index, embeddings, strict=True):
                fits &= X.ndim == 2 and bool(np.isfinite(X).all()) and each.min(initial=0) >= 0 and each.max(initial=-1) < len(X)
            if not fits:
                raise ValueError("its parts do not fit")
            followed = str(header.get("anchor", "")), shifts
            return cls(header["clip"], times, header["backbone"], header["readouts"], boxes, index, embeddings, *followed)
        except (ValueError, KeyError, TypeError, struct.error, OverflowError, AttributeError) as error:
            raise ReadoutError(f"what was kept of a clip cannot be read ({error}): read the clip again") from error


def joined(parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows (n,), embeddings (l, d) and index (n, B) of several chunks as if they were one."""
    rows, embeddings, index = zip(*parts, strict=True)
    starts = np.cumsum([0, *(len(each) for each in embeddings[:-1])])
    moved = [each + start for each, start in zip(index, starts, strict=True)]
    return np.concatenate(rows), np.concatenate(embeddings), np.concatenate(moved)


def _alike(shifts, count):
    """The numbers of the pictures that have moved alike, int arrays: all of them where none has moved."""
    if not shifts:
        return [np.arange(count)] if count else []
    groups = {}
    for number, shift in enumerate(shifts):
        groups.setdefault(shift[:2], []).append(number)
    return [np.array(numbers) for numbers in groups.values()]


def _inside(box, region):
    """A box, measured from its region's corner, as far as it lies inside, and at least a pixel of it."""
    spans = []
    for start, length, side in ((box[0] - region["x"], box[2], "width"), (box[1] - region["y"], box[3], "height")):
        if start < 0 or start + length > region[side]:
            end = min(max(start + length, 1), region[side])
            start = min(max(start, 0), region[side] - 1)
            length = max(end - start, 1)
        spans.append((start, length))
    (x, w), (y, h) = spans
    return x, y, w, h


def _planes(data, format, width, height):
    """Luma, uint8 (m, h, w), and two planes of colour, of planes (m, bytes) as they were coded."""
    m = len(data)
    if format == "RGBA":
        red, green, blue = np.moveaxis(data.reshape(m, height, width, 4)[..., :3].astype(np.int32), 3, 0)
        luma = (77 * red + 150 * green + 29 * blue) >> 8
        return luma.astype(np.uint8), *(((each - luma + 255) >> 1).astype(np.uint8) for each in (blue, red))
    across, down = (width + 1) // 2, (height + 1) // 2
    luma, colour = data[:, : width * height].reshape(m, height, width), data[:, width * height :]
    if format == "NV12":
        colour = colour.reshape(m, down, across, 2)
        return luma, colour[..., 0], colour[..., 1]
    return luma, *colour.reshape(m, 2, down, across).swapaxes(0, 1)
