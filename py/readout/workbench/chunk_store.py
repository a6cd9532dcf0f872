"""Reading clips: chunk by chunk, and again by what was kept of chunks. No part of a first visit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..imaging.colour import Coding, Planes
from ..layout.box import Box
from ..layout.layout import Readout
from ..layout.region import Region
from ..model.async_embedding import Progress
from ..project.chunk_record import ChunkRecord, merge_chunks
from ..readings.reading import CHECK
from ..video.anchor import ANCHOR
from ..video.chunk import Chunk
from ..video.sampling import frame_name
from .observation_store import Part
from .open_project import OpenProject
from .views import rows_view


class ChunkStore:
    """Takes what clips show into the observations of a project, and gives it back to be kept."""

    def __init__(self, project: OpenProject):
        self._project, self._observations = project, project.observations

    async def add_chunk(
        self,
        clip: str,
        times: Sequence[float],
        index: Sequence[int],
        format: str,
        matrix: str | None,
        full_range: bool,
        rotation: int,
        regions: Sequence[Mapping[str, Any]],
        progress: Progress,
    ) -> dict[str, Any]:
        """Take the pixels of one chunk of a clip, and read it: only what has not been seen in the chunk before.

        times: float (n,), seconds, of the frames. index: int (n,), which of m distinct pictures each shows. format to
        rotation: see `Coding`. regions: of each readout the fields of its `Region`, and 'data', the m pictures; or with
        'boxes' and 'first' only those that show something new, see `Chunk.observe`. What belongs to no frame or readout
        is passed over. Returns the rows that were read, as `rows_view` does, and 'kept': what `restore_chunks` takes,
        uint8.
        """
        self._observations.arrange()
        coding = Coding(format, matrix, full_range, rotation).of_frames(self._project.editor.frame_size)
        planes = {
            each["readout"]: Planes.from_bytes(Region.from_fields(each), each["data"], coding) for each in regions
        }
        compared = {each["readout"]: each for each in regions if "first" in each}
        chunk, names = Chunk(np.asarray(index)), [frame_name(clip, time) for time in times]
        rows, stabilizer = self._project.frames.rows(names), self._observations.stabilizer
        shifts = []
        if stabilizer.anchor:
            if ANCHOR not in planes:
                raise ReadoutError(
                    "boxes follow an anchor, and a chunk came without its region: send all that the plan asks for"
                )
            shifts = chunk.shifts(planes[ANCHOR], stabilizer.anchor)
            stabilizer.take(names, [shifts[number] for number in chunk.index.tolist()])
        parts, readouts, indices, embeddings = [], [], [], []
        for readout in sorted(self._project.editor.readouts, key=lambda each: each.only is not None):  # marks first
            if readout.name not in planes or self._observations.of(readout) is None:
                continue
            boxes, first = self._observations.compared_boxes(readout), None
            if found := compared.get(readout.name):
                if tuple(tuple(box) for box in found["boxes"]) != boxes:
                    continue  # they have moved meanwhile
                first = np.asarray(found["first"], int)
            window = self._observations.check_of(readout)
            together = Readout(readout.name, "#" * len(boxes), boxes) if window else readout
            seen = chunk.observe(planes[readout.name], together, shifts, first)
            window_shows, glances = seen.index[:, -1], self._observations.views.glances(rows)
            firsts = {int((window_shows == window_shows[k]).argmax()) for k in glances}
            for k, (row, number) in enumerate(zip(rows.tolist(), chunk.index.tolist(), strict=True)):
                if number in seen.patches and row >= 0:
                    self._observations.put_patch(names[k], readout.name, seen.patches[number], k in firsts)
            columns = [(window, slice(-1, None)), (readout, slice(-1))] if window else [(readout, slice(None))]
            for each, which in columns:
                used, shown = np.unique(seen.index[:, which], return_inverse=True)
                X = await self._observations.embed(each, [seen.crops[k] for k in used.tolist()], progress)
                readouts.append(each)
                indices.append(shown.reshape(len(rows), -1).astype(np.int32))
                embeddings.append(X)
                part = self._observations.settle(each, rows, X, indices[-1])
                if each is readout:
                    parts.append(part)
        record = ChunkRecord(
            clip=clip,
            times=np.asarray(times, float),
            backbone=self._observations.backbones(readouts),
            readouts=[readout.name for readout in readouts],
            boxes=[list(readout.boxes) for readout in readouts],
            index=indices,
            embeddings=embeddings,
            anchor=stabilizer.key,
            shifts=[shifts[number] for number in chunk.index.tolist()] if shifts else [],
            seen=[(readout.turn, readout.mirror) for readout in readouts],
        )
        return {**self._view(parts), "kept": np.frombuffer(record.to_bytes(), np.uint8)}

    def restore_chunks(self, kept: Sequence[bytes]) -> dict[str, Any]:
        """Take back what `add_chunk` gave for chunks, without their pixels. What does not fit any more is passed over.

        Returns the rows that were read, as `rows_view` does, and 'frames', how many were restored.
        """
        self._observations.arrange()
        by_name = {readout.name: readout for readout in self._observations.readouts}
        found: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {name: [] for name in by_name}
        stabilizer = self._observations.stabilizer
        for data in kept:
            part = ChunkRecord.from_bytes(data)
            known = [by_name[name] for name in part.readouts if name in by_name]
            expected = self._observations.backbones(known)
            if expected not in (part.backbone, part.backbone.split()[0]) or part.anchor != stabilizer.key:
                continue
            names = [frame_name(part.clip, time) for time in part.times]
            rows = self._project.frames.rows(names)
            stabilizer.take(names[: len(part.shifts)], part.shifts)
            arrays = zip(part.readouts, part.boxes, part.seen, part.index, part.embeddings, strict=True)
            for name, boxes, turned, index, X in arrays:
                seen = self._observations.of(by_name[name]) if name in by_name else None
                if seen and is_placed(seen.readout, boxes, turned) and X.shape[1] == seen.looks.rows.shape[1]:
                    found[name].append((rows, X, index))
        merged = {name: merge_chunks(some) for name, some in found.items() if some}
        checks_first = sorted(merged, key=lambda name: (not name.endswith(CHECK), by_name[name].only is not None))
        settled = {
            name: self._observations.settle(by_name[name], rows, X, index)
            for name, (rows, X, index) in ((name, merged[name]) for name in checks_first)
        }
        parts = [part for name, part in settled.items() if not name.endswith(CHECK)]
        own = [rows for name, (rows, _, _) in merged.items() if not name.endswith(CHECK)]
        restored = {row for rows in own for row in rows.tolist() if row >= 0}
        return {**self._view(parts, sorted(restored)), "frames": len(restored)}

    def _view(self, parts: Sequence[Part | None], rows: Sequence[int] | None = None) -> dict[str, Any]:
        """rows: those whose shifts are told; by default those that were read."""
        if rows is None:
            rows = next((part[1].tolist() for part in parts if part), [])
        return rows_view(parts, rows, self._project.frames, self._observations.stabilizer)


def is_placed(readout: Readout, boxes: Sequence[Box], seen: tuple[float, bool]) -> bool:
    """Whether a readout has these boxes, and is turned and mirrored so."""
    return list(readout.boxes) == list(boxes) and (readout.turn, readout.mirror) == seen
