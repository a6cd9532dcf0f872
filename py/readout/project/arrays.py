"""The arrays of a project in files: examples of datasets, patches of frames, looks of clips.

docs/project-file.md describes them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from ..data.examples import Example
from ..errors import ReadoutError
from ..files.npz import from_npz, to_npz
from ..files.zip_archive import AGAIN
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..layout.frame import Frame
from ..layout.layout import Readout
from ..readings.observations import Observations
from .document import Key

EXAMPLES, PATCHES, LOOKS = "examples.npz", "patches.npz", "looks.npz"

_EXAMPLES = {
    "source": ("U", 1),
    "label": ("U", 1),
    "size": ("<i4", 2),
    "box": ("<f8", 2),
    "inner": ("<i4", 2),
    "pixels": ("|u1", 1),
}
_PATCHES = {"frame": ("<i4", 1), "readout": ("<i4", 1), "origin": ("<i4", 2), "size": ("<i4", 2), "pixels": ("|u1", 1)}
_LOOKS = {"frame": ("<i4", 1), "index": ("<i4", 2), "embeddings": ("<f4", 2)}


class VideoEmbeddings(NamedTuple):
    """What was read of the frames of clips: enough to read them again without their pixels.

    frame: int32 (n,), rows of the project, ascending. index: int32 (n, b), the look of each of the b boxes of all
    readouts, in the layout's order, -1 for all of a readout that was not read. embeddings: float32 (L, d), of the
    looks.
    """

    frame: np.ndarray
    index: np.ndarray  # type: ignore[assignment]  # a tuple has a method of that name
    embeddings: np.ndarray

    @classmethod
    def of(
        cls, parts: Sequence[tuple[Readout, Observations | None]], of_clips: np.ndarray, dim: int
    ) -> "VideoEmbeddings | None":
        """What was read of clips with their chunks in boxes; None where nothing was.

        parts: the readouts, each with what was seen of it. of_clips: which frames are those of clips, bool (F,).
        """
        settled = np.array([seen.settled for _, seen in parts if seen], bool).any(axis=0)
        rows = np.flatnonzero(settled & of_clips)
        if not len(rows):
            return None
        indices, embeddings, count = [], [np.empty((0, dim), np.float32)], 0
        for readout, seen in parts:
            index = np.full((len(rows), len(readout.boxes)), -1, np.int32)
            if seen and readout.window is None:
                own = seen.settled[rows]
                used, number = np.unique(seen.index[rows[own]], return_inverse=True)
                index[own] = number.reshape(-1, index.shape[1]) + count
                embeddings.append(seen.looks.rows[used])
                count += len(used)
            indices.append(index)
        return cls(rows.astype(np.int32), np.concatenate(indices, axis=1), np.concatenate(embeddings))

    def by_readout(self, readouts: Sequence[Readout]) -> Iterator[tuple[Readout, np.ndarray, np.ndarray, np.ndarray]]:
        """Of each readout that was read in any frame: rows (n,), embeddings (l, d), index (n, B)."""
        start = 0
        for readout in readouts:
            index = self.index[:, start : start + len(readout.boxes)]
            start += len(readout.boxes)
            own = (index >= 0).all(axis=1)
            if own.any():
                used, number = np.unique(index[own], return_inverse=True)
                yield readout, self.frame[own], self.embeddings[used], number.reshape(-1, index.shape[1])


def examples_to_npz(examples: Sequence[Example]) -> bytes:
    """Examples with their crops, and with what is known around these, so that they jitter as before.

    Arrays of n examples: source, label: text (n,). size: int32 (n, 2), width and height of a block of pixels.
    box: float64 (n, 4), x, y, width, height in the block. inner: int32 (n, 4), x, y, width, height of the crop in
    the block. pixels: uint8 (sum of 3 * width * height), the blocks one after the other, row by row, RGB.
    """
    blocks, boxes, inner = [], [], []
    for example in examples:
        crop = example.crop
        block = crop.around or crop
        left, top = (round(block.box[k] - crop.box[k]) for k in (0, 1))
        height, width = crop.pixels.shape[:2]
        blocks.append(block.pixels)
        boxes.append(block.box)
        inner.append((left, top, width, height))
    return to_npz(
        {
            "source": np.array([example.source for example in examples], np.str_),
            "label": np.array([example.label for example in examples], np.str_),
            "box": np.array(boxes, "<f8").reshape(-1, 4),
            "inner": np.array(inner, "<i4").reshape(-1, 4),
            **_joined(blocks),
        }
    )


def examples_from_npz(data: bytes) -> list[Example]:
    """The examples that `examples_to_npz` was given; raises ReadoutError for anything else."""
    arrays = from_npz(data, _EXAMPLES, EXAMPLES)
    sources = arrays["source"].tolist()
    _check_rows(arrays, {"source": (), "label": (), "size": (2,), "box": (4,), "inner": (4,)}, EXAMPLES)
    if len(set(sources)) < len(sources) or not all(sources) or not all(arrays["label"].tolist()):
        raise ReadoutError(f"{EXAMPLES}: every example has a label and a source of its own, here some do not: {AGAIN}")
    blocks = _split(arrays, EXAMPLES)
    examples = []
    rows = zip(sources, arrays["label"].tolist(), blocks, arrays["box"].tolist(), arrays["inner"].tolist(), strict=True)
    for source, label, block, (x, y, w, h), (left, top, width, height) in rows:
        try:
            whole = Crop(block, (x, y, w, h))
            part = block[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
            if part.shape[:2] != (height, width):
                raise ReadoutError(f"a crop lies inside its block of {block.shape[1]} x {block.shape[0]}: {AGAIN}")
            same = part.shape == block.shape
            crop = whole if same else Crop(np.ascontiguousarray(part), (x - left, y - top, w, h), whole)
        except ReadoutError as error:
            raise ReadoutError(f"{EXAMPLES}, example {ascii(source)[:60]}: {error}") from error
        examples.append(Example(source, label, crop))
    return examples


def patches_to_npz(patches: Mapping[Key, Patch], frames: Sequence[Frame], readouts: Sequence[Readout]) -> bytes:
    """The patches of these frames and readouts, by frame and then by readout; others are left out.

    Arrays of n patches: frame, readout: int32 (n,), which of the project's frames and of the layout's readouts.
    origin: int32 (n, 2), where in the frame it begins, x and y. size: int32 (n, 2), width and height.
    pixels: uint8 (sum of 3 * width * height), as in `examples_to_npz`.
    """
    found = [
        (f, r, patch)
        for f, frame in enumerate(frames)
        for r, readout in enumerate(readouts)
        if (patch := patches.get((frame.name, readout.name))) and _inside(patch, frame)
    ]
    return to_npz(
        {
            "frame": np.array([f for f, _, _ in found], "<i4"),
            "readout": np.array([r for _, r, _ in found], "<i4"),
            "origin": np.array([patch.origin for _, _, patch in found], "<i4").reshape(-1, 2),
            **_joined([patch.pixels for _, _, patch in found]),
        }
    )


def patches_from_npz(data: bytes, frames: Sequence[Frame], readouts: Sequence[Readout]) -> dict[Key, Patch]:
    """The patches that `patches_to_npz` was given; raises ReadoutError for anything else."""
    arrays = from_npz(data, _PATCHES, PATCHES)
    _check_rows(arrays, {"frame": (), "readout": (), "origin": (2,), "size": (2,)}, PATCHES)
    for name, there in (("frame", frames), ("readout", readouts)):
        if ((arrays[name] < 0) | (arrays[name] >= len(there))).any():
            raise ReadoutError(f"{PATCHES}: a patch is of one of the {len(there)} {name}s, here some are not: {AGAIN}")
    rows = zip(arrays["frame"].tolist(), arrays["readout"].tolist(), arrays["origin"].tolist(), strict=True)
    patches = {}
    for (f, r, (x, y)), pixels in zip(rows, _split(arrays, PATCHES), strict=True):
        key, patch = (frames[f].name, readouts[r].name), Patch(pixels, (x, y))
        if key in patches or not _inside(patch, frames[f]):
            raise ReadoutError(
                f"{PATCHES}: a readout has one patch of a frame, inside it, got {ascii(key)[:80]} twice or outside: "
                + AGAIN
            )
        patches[key] = patch
    return patches


def looks_to_npz(looks: VideoEmbeddings) -> bytes:
    """Arrays as in `VideoEmbeddings`."""
    return to_npz({name: array.astype(_LOOKS[name][0]) for name, array in looks._asdict().items()})


def looks_from_npz(data: bytes, frames: Sequence[Frame], readouts: Sequence[Readout]) -> VideoEmbeddings:
    """The looks that `looks_to_npz` was given; raises ReadoutError for anything else."""
    looks = VideoEmbeddings(**from_npz(data, _LOOKS, LOOKS))
    rows, boxes = looks.frame, [len(readout.boxes) for readout in readouts]
    clip = np.array([frame.time_s is not None for frame in frames], bool)
    if (rows < 0).any() or (rows >= len(frames)).any() or (np.diff(rows) <= 0).any() or not clip[rows].all():
        raise ReadoutError(f"{LOOKS}: its frames are those of clips, in their order, here some are not: {AGAIN}")
    if looks.index.shape != (len(rows), sum(boxes)):
        raise ReadoutError(f"{LOOKS}: index has shape {(len(rows), sum(boxes))}, got {looks.index.shape}: {AGAIN}")
    starts = np.cumsum([0, *boxes])
    whole = all(
        ((part >= 0).all(axis=1) | (part == -1).all(axis=1)).all()
        for part in (looks.index[:, start:stop] for start, stop in pairwise(starts))
    )
    if not whole or (looks.index >= len(looks.embeddings)).any():
        raise ReadoutError(
            f"{LOOKS}: every box has one of the {len(looks.embeddings)} looks, here some do not: {AGAIN}"
        )
    return looks


def _inside(patch: Patch, frame: Frame) -> bool:
    (x, y), (height, width) = patch.origin, patch.pixels.shape[:2]
    return x >= 0 and y >= 0 and x + width <= frame.width and y + height <= frame.height


def _joined(blocks: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    sizes = [(block.shape[1], block.shape[0]) for block in blocks]
    pixels = np.concatenate([block.ravel() for block in blocks]) if blocks else np.empty(0, np.uint8)
    return {"size": np.array(sizes, "<i4").reshape(-1, 2), "pixels": pixels}


def _split(arrays: Mapping[str, np.ndarray], what: str) -> list[np.ndarray]:
    """Blocks (h, w, 3) by 'size' and 'pixels', each in memory of its own, so that those no longer used can go."""
    sizes = arrays["size"].tolist()
    counts = [3 * w * h for w, h in sizes]
    if (arrays["size"] < 1).any() or sum(counts) != len(arrays["pixels"]):
        raise ReadoutError(f"{what}: blocks have as many pixels as their sizes say, here they do not: {AGAIN}")
    starts = accumulate(counts, initial=0)
    parts = (arrays["pixels"][start : start + count] for start, count in zip(starts, counts, strict=False))
    return [part.reshape(h, w, 3).copy() for part, (w, h) in zip(parts, sizes, strict=True)]


def _check_rows(arrays: Mapping[str, np.ndarray], widths: Mapping[str, tuple[int, ...]], what: str) -> None:
    n = len(arrays["size"])
    for name, width in widths.items():
        if arrays[name].shape != (n, *width):
            raise ReadoutError(f"{what}: {name} has shape {(n, *width)}, got {arrays[name].shape}: {AGAIN}")
