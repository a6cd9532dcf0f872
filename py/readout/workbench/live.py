"""Reading a camera or a screen as it comes: one frame at a time, nothing kept of it but what it showed."""

import csv
import io
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import ReadoutError
from ..export.tables import SHIFT_COLUMNS
from ..imaging.colour import luma
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..layout.layout import FrameSizeError, Layout, Readout
from ..model.async_embedding import Progress, embed_async
from ..model.embedding_cache import EmbeddingCache
from ..readings.column import Column
from ..readings.reading import COLUMNS, Reading, cells, flagged
from ..video.anchor import ANCHOR, Shift, moved
from ..video.change_detection import CONTRAST, LEAST, SIGMAS
from ..video.stabilizer import Stabilizer
from .workbench import Workbench

CACHE = 512
"""Embeddings kept by what a crop looks like: a clock's digits come back, a camera's noise does not."""
HEADER = ",".join((*COLUMNS, *SHIFT_COLUMNS)) + "\n"
"""Of a recording. Its shifts are empty where boxes follow no anchor: one may come or go while it grows."""
REMEMBERED = 64
"""Frames whose noise is remembered."""
STILLEST = 0.25
"""Of these, the share that is taken to show the noise and nothing else: a display that changes stands still in between."""


@dataclass(eq=False)
class LastSeen:
    """What one readout showed last.

    readout: where it was. patch: its pixels. plane: their luma, float32 (h, w). references: of each box the block means
    that it was embedded with. embeddings: float32 (B, d). column: one row, by `head`. noise: of the frames before, newest
    last.
    """

    readout: Readout
    patch: Patch
    plane: np.ndarray
    references: list[np.ndarray]
    embeddings: np.ndarray
    column: Column
    head: object
    noise: deque = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Live:
    """Reads the frames of a live source with the layout, the backbone and the head of a workbench.

    The head is always the workbench's newest. A box is embedded only where it has changed since it was embedded
    last: by more than the noise of the frames so far, or because the picture has moved against the anchor that boxes
    follow. Rules need a whole table and are not applied.
    embedded: how many boxes were embedded since `begin`; frames: how many frames were read.
    """

    def __init__(self, bench: Workbench):
        self.bench = bench
        self.layout: Layout | None = None
        self._forget()

    def begin(self, width: int, height: int, source: str = "camera") -> dict:
        """Begin to read frames of this size in pixels, with the layout scaled to it. Call it again after the layout changed.

        Returns 'regions' as `regions` does, 'readouts' with their 'name', 'format' and 'boxes', 'frame_size', 'scaled',
        whether the layout is for another size, and 'header', what a recording begins with. Raises ReadoutError where there
        is no layout, and FrameSizeError where it is for frames of another shape.
        """
        layout = self.bench.document.layout
        self.layout = None
        self._forget()
        if layout is None:
            raise ReadoutError("there is no layout yet: keep a frame and draw a box on it")
        if abs(height - layout.frame_size[1] * width / layout.frame_size[0]) > 1:
            raise FrameSizeError(
                f"the {source} shows {width} x {height}, the layout is for frames of {layout.frame_size[0]} x "
                f"{layout.frame_size[1]}, another shape: keep a frame in a new project and place boxes on it"
            )
        scaled = (width, height) != layout.frame_size
        document, size = self.bench.document, (width, height)
        self.layout, self.source = layout.scaled(size) if scaled else layout, source
        self.following = Stabilizer(document.tracked and document.tracked.scaled(layout.frame_size, size), size)
        readouts = [
            {"name": r.name, "format": r.format, "boxes": [list(box) for box in r.boxes]} for r in self.layout.readouts
        ]
        found = {"regions": self.regions(), "readouts": readouts, "header": HEADER}
        return {**found, "frame_size": [width, height], "scaled": scaled}

    def regions(self) -> list[dict]:
        """What of a frame is needed, as the fields of a `Region` each; see `Stabilizer.regions`."""
        return [region.fields() for region in self.following.regions(self._begun())]

    async def read(self, frame: dict, progress: Progress) -> dict:
        """Read one frame, later than all before it.

        frame: 'time_s', seconds; 'regions', which cover what `regions` asks for, with pixels as `Patch.from_fields` takes them.
        Returns 'readouts', of each its 'readout', 'text', 'value' or None, 'confidence' and 'flags'; 'shift', how far the
        boxes followed their anchor, 'x', 'y' in pixels, 'lost', None without one; 'rows', the lines of a CSV without its
        header; 'embedded', how many boxes had changed.
        """
        layout = self._begun()
        given = {region["readout"]: Patch.from_fields(region) for region in frame["regions"]}
        needed = [*(readout.name for readout in layout.readouts), *([ANCHOR] if self.following.anchor else [])]
        missing = [name for name in needed if name not in given]
        if missing:
            what = repr(missing[0]) if missing[0] else "the anchor"
            raise ReadoutError(
                f"every readout and the anchor need their region of the frame, got none of {what}: ask for the regions again"
            )
        if self.bench.head is None:
            raise ReadoutError(
                f"{self.bench.backbone.name} knows no digits before it has examples: type what some frames show"
            )
        if self.cache.backbone is not self.bench.backbone:
            self._forget()
        before = self.embedded
        name = f"{self.source}#t={frame['time_s']:.6f}"
        shift, readings = self._shift(given.get(ANCHOR)), []
        for readout in layout.readouts:
            sight = await self._look(moved(readout, shift), given[readout.name], progress)
            readings.append(flagged(replace(sight.column.reading(0, name), time_s=frame["time_s"]), shift))
        self.frames += 1
        return {
            "readouts": [_plain(reading) for reading in readings],
            "shift": shift and shift._asdict(),
            "rows": _rows(readings, shift),
            "embedded": self.embedded - before,
        }

    def _forget(self):
        self.cache = EmbeddingCache(self.bench.backbone, CACHE)
        self._sights: dict[str, LastSeen] = {}
        self.embedded = self.frames = 0

    def _begun(self) -> Layout:
        if self.layout is None:
            raise ReadoutError("nothing is read live yet: begin with the size of the frames")
        return self.layout

    def _shift(self, patch: Patch | None) -> Shift | None:
        if self.following.anchor is None:
            return None
        [shift] = self.following.anchor.shifts(patch.pixels[None], patch.origin)
        return shift

    async def _look(self, readout: Readout, patch: Patch, progress) -> LastSeen:
        """What the readout shows now."""
        last, head = self._sights.get(readout.name), self.bench.head
        if last and (patch.origin != last.patch.origin or readout.boxes != last.readout.boxes):
            last = None
        if last and np.array_equal(patch.pixels, last.patch.pixels):
            if last.head is not head:
                last.column, last.head = self._column(readout, head, last.embeddings), head
            return last
        plane = luma(patch.pixels).astype(np.float32)
        means = [block_means(_part(plane, box, patch.origin)) for box in readout.boxes]
        if last is None or last.plane.shape != plane.shape:
            X = await self._embed(patch.cut(readout, 0), progress)
            sight = LastSeen(readout, patch, plane, means, X, self._column(readout, head, X), head)
        else:
            last.noise.append(spread(block_means(plane - last.plane)))
            floor = SIGMAS * float(np.quantile(last.noise, STILLEST))
            new = [k for k, reference in enumerate(last.references) if changed(means[k], reference, floor)]
            sight, sight.patch, sight.plane = last, patch, plane
            if new:
                part = replace(readout, format="#" * len(new), boxes=tuple(readout.boxes[k] for k in new))
                sight.embeddings = sight.embeddings.copy()
                sight.embeddings[new] = await self._embed(patch.cut(part, 0), progress)
                for k in new:
                    sight.references[k] = means[k]
            if new or sight.head is not head:
                sight.column, sight.head = self._column(readout, head, sight.embeddings), head
        self._sights[readout.name] = sight
        return sight

    async def _embed(self, crops: Sequence[Crop], progress) -> np.ndarray:
        self.embedded += len(crops)
        return await embed_async(self.cache, crops, progress)

    def _column(self, readout, head, X) -> Column:
        return Column.of(readout, head, X[None], np.ones(1, bool))


def block_means(plane: np.ndarray) -> np.ndarray:
    """The means over 3 x 3 pixels around each, float32 (h, w); at the edge the outermost pixels count again."""
    around = np.pad(plane, 1, mode="edge")
    lines = around[:-2] + around[1:-1] + around[2:]
    return (lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:]) / np.float32(9)


def spread(differences: np.ndarray) -> float:
    """The standard deviation of most differences, whatever some do: 1.4826 times their median magnitude."""
    return 1.4826 * float(np.median(np.abs(differences)))


def changed(means: np.ndarray, reference: np.ndarray, floor: float) -> bool:
    """Whether a box shows something else: some block differs by more than `floor`, or by a share of the box's contrast.

    Where a clip is read, `change_detection.first_occurrence` knows the frames after as well; here only those before are known.
    """
    contrast = max(float(np.ptp(means)), float(np.ptp(reference)))
    return bool(np.abs(means - reference).max() > max(min(floor, CONTRAST * contrast), LEAST))


def _part(plane, box, origin):
    """The pixels of a region that a box touches; beyond the region its outermost ones."""
    (x, y, w, h), (left, top) = box, origin
    rows, columns = (
        np.clip(np.arange(math.floor(start), math.ceil(start + length)) - first, 0, size - 1)
        for start, length, first, size in ((y, h, top, plane.shape[0]), (x, w, left, plane.shape[1]))
    )
    return plane[np.ix_(rows, columns)]


def _plain(reading: Reading) -> dict:
    return {
        "readout": reading.readout,
        "text": reading.text,
        "value": reading.value,
        "confidence": reading.confidence,
        "flags": list(reading.flags),
    }


def _rows(readings: Sequence[Reading], shift: Shift | None) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    moves = (shift.x, shift.y) if shift and not shift.lost else ("", "")
    for r in readings:
        writer.writerow(
            (*cells(r.frame, r.time_s, r.readout, r.text, r.value, r.confidence, " ".join(r.flags)), *moves)
        )
    return file.getvalue()
