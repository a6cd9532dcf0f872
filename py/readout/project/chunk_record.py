"""What was read of a chunk of a clip: the bytes that a project keeps of it."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ReadoutError
from ..layout.box import Box
from ..video.anchor import Shift

MAGIC = b"looks1"


@dataclass(frozen=True, eq=False)
class ChunkRecord:
    """What was read of a chunk: enough to read it again without the clip.

    clip: its name. times: float64 (n,), seconds. backbone: its sha256. readouts: names. boxes: of each readout.
    index: of each readout int32 (n, B). embeddings: of each readout float32 (l, d). anchor: the key of the one that the
    boxes followed, "" where they followed none; shifts: of each frame then, else none. seen: of each readout how it is
    turned and whether it is mirrored; none where all are upright, and in records of before, which did not say it.
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
    seen: Sequence[tuple[float, bool]] = ()

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
            **({"seen": list(map(list, self.seen))} if any(turn or mirror for turn, mirror in self.seen) else {}),
        }
        text = json.dumps(header, separators=(",", ":")).encode("utf-8", "surrogatepass")
        arrays = [np.asarray(self.times, "<f8"), *(each.astype("<i4") for each in self.index), *self.embeddings]
        arrays[len(self.index) + 1 :] = [each.astype("<f4") for each in self.embeddings]
        return b"".join([MAGIC, struct.pack("<I", len(text)), text, *(each.tobytes() for each in arrays)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "ChunkRecord":
        """Read what `to_bytes` wrote; raises ReadoutError for anything else."""
        try:
            data = bytes(data)
            begin = len(MAGIC) + 4
            if data[: len(MAGIC)] != MAGIC:
                raise ValueError("no such beginning")
            [length] = struct.unpack("<I", data[len(MAGIC) : begin])
            header = json.loads(data[begin : begin + length].decode("utf-8", "surrogatepass"))
            at, n = begin + length, header["frames"]

            def take(kind: str, *shape: int) -> np.ndarray:
                nonlocal at
                count = int(np.prod(shape, dtype=object))
                array = np.frombuffer(data, kind, count, at).reshape(shape)
                at += array.nbytes
                return array

            times = take("<f8", n)
            boxes = [[(float(x), float(y), float(w), float(h)) for x, y, w, h in each] for each in header["boxes"]]
            index = [take("<i4", n, len(each)) for each in boxes]
            embeddings = [take("<f4", *shape) for shape in header["looks"]]
            shifts = [Shift(float(x), float(y), bool(lost)) for x, y, lost in header.get("shifts", [])]
            seen = [(float(turn), bool(mirror)) for turn, mirror in header.get("seen", [])]
            seen = seen or [(0.0, False)] * len(boxes)
            fits = len(seen) == len(header["readouts"]) == len(boxes) == len(embeddings) and at == len(data)
            fits &= len(shifts) == (n if header.get("anchor") else 0)
            for each, X in zip(index, embeddings, strict=True):
                fits &= (
                    X.ndim == 2
                    and bool(np.isfinite(X).all())
                    and each.min(initial=0) >= 0
                    and each.max(initial=-1) < len(X)
                )
            if not fits:
                raise ValueError("its parts do not fit")
            followed = str(header.get("anchor", "")), shifts, seen
            return cls(
                header["clip"], times, header["backbone"], header["readouts"], boxes, index, embeddings, *followed
            )
        except (ValueError, KeyError, TypeError, struct.error, OverflowError, AttributeError) as error:
            raise ReadoutError(f"what was kept of a clip cannot be read ({error}): read the clip again") from error


def merge_chunks(
    parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows (n,), embeddings (l, d) and index (n, B) of several chunks as if they were one."""
    rows, embeddings, index = zip(*parts, strict=True)
    starts = np.cumsum([0, *(len(each) for each in embeddings[:-1])])
    moved = [each + start for each, start in zip(index, starts, strict=True)]
    return np.concatenate(rows), np.concatenate(embeddings), np.concatenate(moved)
