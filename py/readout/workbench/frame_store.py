"""A project's frames: pictures, and frames of clips; what is kept of their pixels, and what is read of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import ReadoutError
from ..imaging.colour import Coding, Planes
from ..imaging.crops import Crop, picture
from ..imaging.images import load_image
from ..imaging.patch import Patch
from ..layout.frame import Frame
from ..layout.layout import Readout
from ..layout.region import Region
from ..model.async_embedding import Progress, embed_async
from ..model.backbone import AsyncBackbone
from ..model.embedding_cache import EmbeddingCache
from ..model.head import SoftmaxHead
from ..project.arrays import VideoEmbeddings
from ..project.document import Document
from ..project.history import History
from ..readings.column import Column
from ..readings.observations import Observations
from ..video.anchor import ANCHOR
from ..video.sampling import frame_name
from ..video.stabilizer import Stabilizer
from .patch_cache import Patches
from .views import rows_view


class FrameStore:
    """The frames of a workbench, patches of their pixels, and a sheet of looks for every readout.

    frames: in order. times: float64 (F,), seconds, NaN for pictures. patches, sheets: what was seen. following: how far
    frames have moved.
    """

    backbone: AsyncBackbone
    cache: EmbeddingCache
    head: SoftmaxHead | None
    history: History

    def _begin_frames(self) -> None:
        self.frames: list[Frame] = []
        self.times = np.empty(0)
        self._sizes = np.empty((0, 2), np.int64)
        self._index: dict[str, int] = {}
        self.patches = Patches()
        self.following = Stabilizer()
        self.sheets: dict[str, Observations] = {}

    @property
    def document(self) -> Document:
        """What the user made, now."""
        return self.history.document

    @property
    def readouts(self) -> tuple[Readout, ...]:
        """The layout's readouts, none where there is no layout yet."""
        return self.document.layout.readouts if self.document.layout else ()

    def set_frames(self, frames: Sequence[Mapping] | Mapping) -> dict:
        """Take these as the project's frames, in this order; what is known of those that stay is kept.

        frames: 'name', 'width', 'height', and 'time_s' of a clip's frame, of each; or for many columns: 'names', one a
        line, 'widths', 'heights', int (F,), 'times', float (F,), NaN for pictures. Raises ReadoutError where two share a
        name.
        """
        found, sizes, times = _columns(frames) if isinstance(frames, Mapping) else _rows(frames)
        index = {frame.name: k for k, frame in enumerate(found)}
        if len(index) < len(found):
            raise ReadoutError("frames have different names, got one twice: rename it")
        before = self._index.get
        sources = np.array([before(name, -1) for name in index], int)
        self.sheets = {name: sheet.rearranged(sources) for name, sheet in self.sheets.items()}
        self.frames, self._index = found, index
        self.times, self._sizes = times, sizes
        return self.state()

    def decode(self, data: bytes, regions: Sequence[dict]) -> list[dict]:
        """Regions of a picture file, 'x', 'y', 'width', 'height', with their 'rgba': for browsers that alter pixels."""
        pixels = load_image(data)
        return [{**each, **picture(Crop.whole(Region.from_fields(each).cut(pixels)))} for each in regions]

    def plan(self) -> dict:
        """What is still to be given: 'frames', names of pictures, with 'regions', which part of each for every readout;
        'rows', int32, of clips' frames, of which whole chunks are to be read, with 'clip_regions'; and 'typed', names of
        clips' frames that somebody typed and whose pixels are not here, to be given as pictures are."""
        self._arrange()
        regions = self.following.regions(self.document.layout) if self.document.layout else []
        nothing = {
            "frames": [],
            "regions": [each.fields() for each in regions],
            "rows": np.empty(0, np.int32),
            "clip_regions": [],
            "typed": [],
        }
        if not self.readouts:
            return nothing
        size, sheets = self.document.layout.frame_size, self.sheets.values()
        fits, clip = (self._sizes == size).all(axis=1), ~np.isnan(self.times)
        lacking = fits & ~clip
        if self.following.anchor is None:
            lacking &= ~np.logical_and.reduce([sheet.given for sheet in sheets])
        missing = [
            name
            for k in np.flatnonzero(lacking)
            for name in [self.frames[k].name]
            if self.following.unknown(name) or any(self._missing(k, readout) for readout in self.readouts)
        ]
        rows = np.flatnonzero(fits & clip & ~np.logical_and.reduce([sheet.settled for sheet in sheets]))
        typed = {
            frame: None
            for frame, name in self.document.typed
            if (k := self._index.get(frame, -1)) >= 0
            and clip[k]
            and fits[k]
            and name in self.sheets
            and self._patch(frame, self.sheets[name].readout)[0] is None
        }
        even = [region.aligned_to_even(size).fields() for region in regions]
        return {**nothing, "frames": missing, "rows": rows.astype(np.int32), "clip_regions": even, "typed": list(typed)}

    async def give(self, frames: Sequence[dict], progress: Progress) -> dict:
        """Take pixels of some frames, and read them.

        frames: 'name' and 'regions', which hold 'readout', and pixels as `Patch.from_fields` takes them; the readout of the
        anchor's region is ANCHOR. What belongs to no readout any more is passed over, and a clip's frame that was
        read with its chunk is not read again. Returns the rows that were read, as `table` does.
        """
        self._arrange()
        for frame in frames:
            for region in frame["regions"]:
                if region["readout"] == ANCHOR:
                    self.following.see(frame["name"], Patch.from_fields(region))
                else:
                    self.patches.put(frame["name"], region["readout"], Patch.from_fields(region), self._typed)
        rows = [self._index[frame["name"]] for frame in frames if frame["name"] in self._index]
        parts = [await self._look(readout, rows, progress) for readout in self.readouts]
        return rows_view(parts, rows, self.frames, self.following)

    async def give_clip(
        self,
        clip: str,
        times: Sequence[float],
        index: Sequence[int],
        format: str,
        matrix: str | None,
        full_range: bool,
        rotation: int,
        regions: Sequence[dict],
        progress: Progress,
    ) -> dict:
        """Take the pixels of one chunk of a clip, and read it: only what has not been seen in the chunk before.

        times: float (n,), seconds, of the frames. index: int (n,), which of m distinct pictures each shows. format to
        rotation: see `Chunk`. regions: of each readout 'readout', 'x', 'y', 'width', 'height', upright, and 'data', the m
        pictures. What belongs to no frame or readout is passed over. Returns the rows that were read, as `table` does,
        and 'kept': what `restore_clip` takes, uint8.
        """
        from ..project.chunk_record import ChunkRecord
        from ..video.chunk import Chunk  # no part of a first visit

        self._arrange()
        size = self.document.layout.frame_size if self.readouts else (0, 0)
        names = [frame_name(clip, time) for time in times]
        chunk, coding = Chunk(np.asarray(index)), Coding(format, matrix, full_range, rotation).of_frames(size)
        given = {each["readout"]: Planes.from_bytes(Region.from_fields(each), each["data"], coding) for each in regions}
        parts, kept = [], []
        following, shifts = self.following, []
        if following.anchor:
            shifts = self._see(chunk, names, given.get(ANCHOR))
        for readout in self.readouts:
            if readout.name not in given:
                continue
            seen = chunk.observe(given[readout.name], readout, shifts)
            found, patches = seen.index, seen.patches
            for name, number in zip(names, chunk.index.tolist(), strict=True):
                if number in patches and name in self._index:
                    self.patches.put(name, readout.name, patches[number], self._typed)
            X = await embed_async(self.cache, seen.crops, progress)
            kept.append((readout, found, X))
            part = self._settle(readout, names, X, found)
            if part:
                parts.append(part)
        said = rows_view(parts, parts[0][1] if parts else [], self.frames, self.following)
        readouts, indices, embeddings = (list(each) for each in zip(*kept, strict=True)) if kept else ([], [], [])
        shown, boxes = [readout.name for readout in readouts], [list(readout.boxes) for readout in readouts]
        each = [shifts[number] for number in chunk.index.tolist()] if shifts else []
        made = ChunkRecord(
            clip, np.asarray(times, float), self.backbone.sha256, shown, boxes, indices, embeddings, following.key, each
        )
        return {**said, "kept": np.frombuffer(made.to_bytes(), np.uint8)}

    def restore_clip(self, kept: Sequence[bytes]) -> dict:
        """Take back what `give_clip` gave for chunks, without their pixels. What does not fit any more is passed over.

        Returns the rows that were read, as `table` does, and 'frames', how many were restored.
        """
        from ..project.chunk_record import ChunkRecord, merge_chunks  # no part of a first visit

        self._arrange()
        by_name = {readout.name: readout for readout in self.readouts}
        found: dict[str, list] = {name: [] for name in by_name}
        for data in kept:
            part = ChunkRecord.from_bytes(data)
            if (part.backbone, part.anchor) != (self.backbone.sha256, self.following.key):
                continue
            names = [frame_name(part.clip, time) for time in part.times]
            rows = self._rows(names)
            self.following.take(names[: len(part.shifts)], part.shifts)
            for name, boxes, index, X in zip(part.readouts, part.boxes, part.index, part.embeddings, strict=True):
                if name in by_name and list(by_name[name].boxes) == boxes and X.shape[1] == self.backbone.dim:
                    found[name].append((rows[rows >= 0], X, index[rows >= 0]))
        parts, restored = [], set()
        for name, some in found.items():
            if some:
                rows, X, index = merge_chunks(some)
                restored.update(rows.tolist())
                column = self.sheets[name].give_shared(rows, X, index, self.head)
                parts += [(column, rows)] if column else []
        return {**rows_view(parts, sorted(restored), self.frames, self.following), "frames": len(restored)}

    def video_embeddings(self) -> VideoEmbeddings | None:
        """What was read of clips with their chunks, to be saved; None where nothing was."""
        sheets = [self._sheet(readout) for readout in self.readouts]
        settled = np.array([sheet.settled for sheet in sheets if sheet], bool).any(axis=0)
        rows = np.flatnonzero(settled & ~np.isnan(self.times))
        if not len(rows):
            return None
        indices, embeddings, count = [], [np.empty((0, self.backbone.dim), np.float32)], 0
        for readout, sheet in zip(self.readouts, sheets, strict=True):
            index = np.full((len(rows), len(readout.boxes)), -1, np.int32)
            if sheet:
                own = sheet.settled[rows]
                used, number = np.unique(sheet.index[rows[own]], return_inverse=True)
                index[own] = number.reshape(-1, index.shape[1]) + count
                embeddings.append(sheet.looks.rows[used])
                count += len(used)
            indices.append(index)
        return VideoEmbeddings(rows.astype(np.int32), np.concatenate(indices, axis=1), np.concatenate(embeddings))

    def take_video_embeddings(self, looks: VideoEmbeddings) -> None:
        """Take back what `video_embeddings` gave, for the same frames and layout, if it is of this backbone."""
        self._arrange()
        if looks.embeddings.shape[1] != self.backbone.dim:
            return
        for readout, *shared in looks.by_readout(self.readouts):
            self.sheets[readout.name].give_shared(*shared, self.head)

    def crops(self, frame: str, readout: Readout) -> list[Crop] | None:
        """The crops of a readout's boxes, None where the pixels are not kept."""
        patch, there = self._patch(frame, readout)
        return patch and patch.cut(there)

    def columns(self) -> dict[str, Column]:
        """All readings, by readout; none before there is a head."""
        return {name: sheet.column for name, sheet in self.sheets.items() if sheet.column}

    def typed_rows(self, readout: str) -> np.ndarray:
        """The rows of frames of which somebody typed what a readout shows, or that it is not readable: int (n,)."""
        return np.array([self._index[f] for f, r in self.document.typed if r == readout and f in self._index], int)

    def _rows(self, names):
        return np.array([self._index.get(name, -1) for name in names], int)

    def _typed(self, frame, readout):
        return (frame, readout) in self.document.typed

    def _patch(self, frame, readout):
        """The patch of a readout, None where its pixels are not kept, and the readout where it is in the frame."""
        there = self.following.place(frame, readout)
        known = not self.following.unknown(frame)
        return (self.patches.find(frame, there, self.document.layout.frame_size) if known else None), there

    def _missing(self, row, readout):
        return not self.sheets[readout.name].given[row] and self._patch(self.frames[row].name, readout)[0] is None

    def _arrange(self) -> None:
        """Have one sheet for each readout of the layout, empty where its boxes have changed."""
        anchor, layout = self.document.tracked, self.document.layout
        size = layout.frame_size if layout else (0, 0)
        if not self.following.follows(anchor, size):
            self.following, self.sheets = Stabilizer(anchor, size), {}
        old, self.sheets = self.sheets, {}
        for readout in self.readouts:
            sheet = old.get(readout.name)
            if sheet is None or sheet.readout.boxes != readout.boxes:
                sheet = Observations(readout, len(self.frames), self.backbone.dim)
                sheet.read(self.head)
            elif sheet.readout != readout:
                sheet.readout = readout
                sheet.read(self.head)
            self.sheets[readout.name] = sheet

    async def _look_again(self, readout, progress):
        """Read a readout in the frames that lack it and whose pixels are kept."""
        given = self.sheets[readout.name].given
        if given.all():
            return
        rows = sorted(
            k for name in self.patches.frames(readout.name) if (k := self._index.get(name, -1)) >= 0 and not given[k]
        )
        for at in range(0, len(rows), 64):
            await self._look(readout, rows[at : at + 64], progress)

    async def _look(self, readout, rows, progress):
        """Embed and read one readout of frames whose patches are there. Returns (column, rows) or None."""
        found = [(k, crops) for k in rows if (crops := self.crops(self.frames[k].name, readout))]
        if not found:
            return None
        rows = [k for k, _ in found]
        X = await embed_async(self.cache, [crop for _, crops in found for crop in crops], progress)
        sheet = self._sheet(readout)
        if sheet is None:
            return None
        column = sheet.give(rows, X.reshape(len(rows), len(readout.boxes), -1), self.head)
        return column and (column, rows)

    def _see(self, chunk, names, around):
        """How far the pictures of a chunk have moved, by the anchor's region."""
        if around is None:
            raise ReadoutError(
                "boxes follow an anchor, and a chunk came without its region: send all that the plan asks for"
            )
        shifts = chunk.shifts(around, self.following.anchor)
        self.following.take(names, [shifts[number] for number in chunk.index.tolist()])
        return shifts

    def _settle(self, readout, names, X, index):
        """Take what a chunk's frames show. Returns (column, rows) or None."""
        sheet, rows = self._sheet(readout), self._rows(names)
        known = rows >= 0
        if sheet is None or not known.any():
            return None
        column = sheet.give_shared(rows[known], X, index[known], self.head)
        return column and (column, rows[known])

    def _sheet(self, readout):
        """The sheet of a readout, None where the layout has changed meanwhile."""
        sheet = self.sheets.get(readout.name)
        return sheet if sheet and sheet.readout.boxes == readout.boxes else None


def _columns(frames):
    names = frames["names"].split("\n") if len(frames["widths"]) else []
    times = np.asarray(frames["times"], float)
    sides = [np.asarray(frames[side]).tolist() for side in ("widths", "heights")]
    if len({len(names), len(times), *map(len, sides)}) > 1:
        raise ReadoutError(
            f"frames have one name, width, height and time each, got {len(names)} names, {len(sides[0])} widths, "
            f"{len(sides[1])} heights and {len(times)} times: no name holds a line break"
        )
    stated = [None if time != time else time for time in times.tolist()]
    return list(map(Frame._make, zip(names, *sides, stated, strict=True))), np.array(sides, np.int64).T, times


def _rows(frames):
    found = [Frame(frame["name"], frame["width"], frame["height"], frame.get("time_s")) for frame in frames]
    sizes = np.array([(frame.width, frame.height) for frame in found], np.int64).reshape(-1, 2)
    return found, sizes, np.array([frame.time_s for frame in found], float)
