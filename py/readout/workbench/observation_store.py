"""What was seen of a project's readouts in its frames, and what the head reads in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..imaging.strips import window_crops
from ..layout.box import Box
from ..layout.layout import Readout
from ..model.async_embedding import Progress
from ..project.arrays import VideoEmbeddings
from ..readings.comparison import compare
from ..readings.dictionary_array import DictionaryArray
from ..readings.line_column import AnyColumn
from ..readings.observations import Observations
from ..readings.reading import CHECK
from ..readings.recognizer import embedding_length
from ..video.anchor import ANCHOR, Shift
from ..video.stabilizer import Stabilizer
from .editor import Editor
from .frame_store import FrameStore
from .learner import Learner
from .line_learner import LineLearner
from .view_finder import ViewFinder

FRAMES_AT_ONCE = 64
"""Frames whose crops are embedded together where kept pixels are looked at again."""

Part = tuple[AnyColumn, np.ndarray]
"""The readings of some frames, and their rows, int (n,)."""


class ObservationStore:
    """The observations of each readout of the layout, and how far frames have moved.

    It follows the editor's layout and anchor, the store's frames and the learner's head whenever it is `arrange`d.
    stabilizer: of the frames. views: in which the readouts are looked at.
    """

    def __init__(self, editor: Editor, frames: FrameStore, learner: Learner, lines: LineLearner):
        self._editor, self._frames, self._learner, self._lines = editor, frames, learner, lines
        self.views = ViewFinder(self, editor, frames, lines)
        self.clear()

    def clear(self) -> None:
        """Forget what was seen, and how far frames have moved."""
        self.stabilizer = Stabilizer()
        self.forget()

    def forget(self) -> None:
        """Forget what was seen: another backbone sees it differently."""
        self._observations: dict[str, Observations] = {}
        self._compared: dict[str, tuple[AnyColumn, AnyColumn]] = {}
        self._limited: dict[str, tuple[tuple[Any, ...], AnyColumn]] = {}
        self._to_look_at: set[tuple[str, str]] = set()
        self.views.clear()

    def take_shifts(self, shifts: Mapping[str, Shift]) -> None:
        """Know from before how far frames have moved against the document's anchor."""
        self.stabilizer = Stabilizer(self._editor.document.tracked, self._editor.frame_size, shifts)

    def rearrange(self, sources: np.ndarray) -> None:
        """Frame k is what frame sources[k] was, or a new one where that is -1."""
        self.views.rearrange()
        self._observations = {name: each.rearranged(sources) for name, each in self._observations.items()}

    def arrange(self) -> None:
        """Have the observations of each readout of the layout, empty where its boxes or its anchor have changed."""
        anchor, size = self._editor.document.tracked, self._editor.frame_size
        if not self.stabilizer.follows(anchor, size):
            self.stabilizer, self._observations = Stabilizer(anchor, size), {}
        old, self._observations = self._observations, {}
        for readout in self.readouts:
            seen, learner = old.get(readout.name), self._learner_of(readout)
            if learner.backbone is None:
                continue
            if seen is None or not readout.is_placed_as(seen.readout):
                seen = Observations(readout, len(self._frames), embedding_length(readout, learner.backbone))
                seen.read(learner.head)
            elif seen.readout != readout:
                seen.reformat(readout)
            self._observations[readout.name] = seen

    @property
    def readouts(self) -> list[Readout]:
        """The layout's readouts, and after them the windows that check its boxes, once there is what reads windows."""
        layout = self._editor.document.layout
        if layout is None or self._lines.backbone is None:
            return list(self._editor.readouts)
        from ..readings.cross_check import checks  # no part of a first visit

        return [*layout.readouts, *checks(layout).values()]

    def check_of(self, readout: Readout) -> Readout | None:
        """The window that checks a readout's boxes, None without one."""
        window = self._observations.get(readout.name + CHECK)
        return window.readout if window else None

    def compared_boxes(self, readout: Readout) -> tuple[Box, ...]:
        """A readout's boxes, and the window that checks them: what pictures of a clip are compared in."""
        window = self.check_of(readout)
        return (*readout.boxes, *(window.boxes if window else ()))

    def reread(self) -> None:
        """Read all that was seen with the heads that were learned last."""
        for seen in self._observations.values():
            seen.read(self._learner_of(seen.readout).head)

    async def embed(self, readout: Readout, crops: Sequence[Crop], progress: Progress) -> np.ndarray:
        """The embeddings (n, d) of crops of a readout."""
        return await self._learner_of(readout).embed(window_crops(readout, crops), progress)

    def backbones(self, readouts: Sequence[Readout]) -> str:
        """The sha256 of the backbone that reads these readouts; where some are windows, of both."""
        own, lines = self._learner.backbone.sha256, self._lines.backbone
        return f"{own} {lines.sha256}" if lines and any(readout.window for readout in readouts) else own

    def of(self, readout: Readout) -> Observations | None:
        """The observations of a readout, None where the layout has changed meanwhile."""
        seen = self._observations.get(readout.name)
        return seen if seen and readout.is_placed_as(seen.readout) else None

    def columns(self) -> dict[str, AnyColumn]:
        """All readings, by readout, with what the other frames say of each; none before there is a head."""
        found = {name: column for name, seen in self._observations.items() if (column := seen.column)}
        windows = {name: found.pop(name) for name in list(found) if name.endswith(CHECK)}
        series = None
        for name, column in found.items():
            window = windows.get(name + CHECK)
            if window and self._compared.get(name) != (column, window):
                from ..readings.cross_check import dispute  # no part of a first visit

                dispute(column, window)
                self._compared[name] = column, window
            view = self.views.clearer(column.readout)
            if column.neighbours is None or column.neighbours.view != view:
                series = series or self._frames.series()
                column.heed(compare(column, *series, view))
        return self._restricted(found)

    def _restricted(self, columns: dict[str, AnyColumn]) -> dict[str, AnyColumn]:
        """The columns without the frames in which readouts are not shown, made anew where something has changed."""
        limited = [readout for readout in self._editor.readouts if readout.only and readout.name in columns]
        if not limited:
            return columns
        from ..readings.conditions import restrict  # no part of a first visit

        typed = self._editor.document.typed
        for readout in limited:
            mark = columns.get(readout.only.readout) if readout.only else None
            view = self.views.clearer(readout)
            made_of = (columns[readout.name], mark, typed, view)
            known = self._limited.get(readout.name)
            if known is None or known[0] != made_of:
                own = restrict(columns, [readout], self._typed_rows(readout))[readout.name]
                own.heed(compare(own, *self._frames.series(), view))
                self._limited[readout.name] = made_of, own
        return {**columns, **{readout.name: self._limited[readout.name][1] for readout in limited}}

    def _typed_rows(self, readout: Readout, rows: Sequence[int] | np.ndarray | None = None) -> dict[Any, Any]:
        """What was typed of a readout and of its mark, by readout and row; of some rows by their place in `rows`."""
        names = (readout.name, readout.only.readout if readout.only else "")
        place = None if rows is None else {int(row): k for k, row in enumerate(rows)}
        return {
            (name, k): text
            for (frame, name), text in self._editor.document.typed.items()
            if name in names and (row := self._frames.row(frame)) >= 0
            if (k := row if place is None else place.get(row, -1)) >= 0
        }

    def embeddings(self) -> dict[str, DictionaryArray]:
        """By readout (F, B, d); anything where nothing was seen."""
        return {seen.readout.name: seen.embeddings for seen in self._own()}

    def given(self) -> np.ndarray:
        """In which frames every readout has been seen: bool (F,)."""
        return self._in_all([seen.given for seen in self._own()])

    def settled(self) -> np.ndarray:
        """Which frames were read with their clip's chunk in every readout: bool (F,)."""
        return self._in_all([seen.settled for seen in self._own()])

    def typed(self, readout: str) -> np.ndarray:
        """The frames of which it was typed what a readout shows, or that it is not readable: bool (F,)."""
        found = np.zeros(len(self._frames), bool)
        rows = self._frames.rows(frame for frame, name in self._editor.document.typed if name == readout)
        found[rows[rows >= 0]] = True
        return found

    def lacks(self, row: int) -> bool:
        """Whether pixels of a frame are needed: to find its anchor, or for a readout that was not seen."""
        name = self._frames[row].name
        return self.stabilizer.unknown(name) or any(
            not seen.given[row] and self.patch(name, seen.readout) is None for seen in self._own()
        )

    def patch(self, frame: str, readout: Readout) -> Patch | None:
        """The patch that holds a readout of a frame; None without its pixels, or where it is not known where it is."""
        if self.stabilizer.unknown(frame):
            return None
        there = self.stabilizer.place(frame, readout)
        if there.name.endswith(CHECK):  # it lies in the patch of the boxes that it checks
            there = replace(there, name=there.name.removesuffix(CHECK))
        return self._frames.patches.find(frame, there, self._editor.frame_size)

    def crops(self, frame: str, readout: Readout) -> list[Crop] | None:
        """The crops of a readout's boxes, None where the pixels are not kept."""
        patch = self.patch(frame, readout)
        return patch.cut(self.stabilizer.place(frame, readout)) if patch else None

    def looks_kept(self, readout: Readout) -> dict[tuple[int, int], Crop]:
        """By box and look: its crop, out of the first frame that shows it and whose pixels are kept."""
        found: dict[tuple[int, int], Crop] = {}
        seen = self.of(readout)
        if seen is None:
            return found
        rows = self._frames.rows(self._frames.patches.frames(readout.name))
        for row in np.sort(rows[rows >= 0]).tolist():
            for box, crop in enumerate(self.crops(self._frames[row].name, readout) or ()):
                found.setdefault((box, int(seen.index[row, box])), crop)
        return found

    def crops_read(self, frame: str, readout: Readout, kept: Mapping[tuple[int, int], Crop]) -> list[Crop]:
        """The crops that a frame was read from: its own, or those of a frame of a clip that shows the same; none where
        some are not kept. kept: see `looks_kept`."""
        own, seen = self.crops(frame, readout), self.of(readout)
        if own or seen is None:
            return own or []
        keys = list(enumerate(seen.index[self._frames.row(frame)].tolist()))
        return [kept[key] for key in keys] if all(key in kept for key in keys) else []

    def put_patch(self, frame: str, readout: str, patch: Patch, to_look_at: bool = False) -> None:
        """Keep the pixels around a readout, or for ANCHOR find it in them. Those of frames that were typed are never
        evicted, nor are those in which is to be looked how its display is seen."""
        if readout == ANCHOR:
            self.stabilizer.see(frame, patch)
            return
        typed = self._editor.document.typed
        if to_look_at:
            self._to_look_at.add((frame, readout))
        self._frames.patches.put(frame, readout, patch, lambda *key: key in typed or key in self._to_look_at)

    async def observe(self, readout: Readout, rows: Sequence[int], progress: Progress) -> Part | None:
        """Embed and read one readout of those frames whose pixels are kept; None where nothing can be read."""
        if self._learner_of(readout).backbone is None:
            return None
        found = [(k, crops) for k in rows if (crops := self.crops(self._frames[k].name, readout))]
        if not found:
            return None
        X = await self.embed(readout, [crop for _, crops in found for crop in crops], progress)
        seen = self.of(readout)
        if seen is None:
            return None
        at = np.array([k for k, _ in found])
        column = seen.give(at, X.reshape(len(at), len(readout.boxes), -1), self._learner_of(readout).head)
        return self._disputed(readout, column, at)

    async def observe_kept(self, readout: Readout, progress: Progress) -> None:
        """Read a readout in the frames that lack it and whose pixels are kept."""
        seen = self._observations.get(readout.name)
        if seen is None or (given := seen.given).all():
            return
        rows = self._frames.rows(self._frames.patches.frames(readout.name.removesuffix(CHECK)))
        rows = np.sort(rows[rows >= 0])
        rows = rows[~given[rows]].tolist()
        for at in range(0, len(rows), FRAMES_AT_ONCE):
            await self.observe(readout, rows[at : at + FRAMES_AT_ONCE], progress)

    def settle(self, readout: Readout, rows: np.ndarray, X: np.ndarray, index: np.ndarray) -> Part | None:
        """Take what frames of a clip show, which share embeddings; see `Observations.give_shared`.

        rows: int (n,), -1 for frames that are no part of the project and are passed over.
        """
        seen, known = self.of(readout), rows >= 0
        if seen is None or not known.any():
            return None
        column = seen.give_shared(rows[known], X, index[known], self._learner_of(readout).head)
        return self._disputed(readout, column, rows[known])

    def video_embeddings(self) -> VideoEmbeddings | None:
        """What was read of clips with their chunks in boxes, to be saved; None where nothing was."""
        parts = [(readout, self.of(readout)) for readout in self._editor.readouts]
        return VideoEmbeddings.of(parts, self._frames.of_clips, self._learner.backbone.dim)

    def take_video_embeddings(self, kept: VideoEmbeddings) -> None:
        """Take back what `video_embeddings` gave, for the same frames and layout, if it is of this backbone."""
        self.arrange()
        if kept.embeddings.shape[1] == self._learner.backbone.dim:
            for readout, rows, X, index in kept.by_readout(self._editor.readouts):
                self.settle(readout, rows, X, index)

    def _learner_of(self, readout: Readout) -> Learner | LineLearner:
        return self._learner if readout.window is None else self._lines

    def _disputed(self, readout: Readout, column: AnyColumn | None, rows: np.ndarray) -> Part | None:
        """A part that was just read, with what the window that checks it sees, where that was given before."""
        window = self._observations.get(readout.name + CHECK)
        if column and window:
            from ..readings.cross_check import dispute

            dispute(column, window.part(rows))
        if column and readout.only:
            from ..readings.conditions import restrict

            mark = self._observations.get(readout.only.readout)
            parts = {readout.name: column}
            if mark and (shown := mark.part(rows)):
                parts[readout.only.readout] = shown
            column = restrict(parts, [readout], self._typed_rows(readout, rows))[readout.name]
        return (column, rows) if column else None

    def _own(self) -> list[Observations]:
        """The observations of the layout's readouts."""
        return [seen for name, seen in self._observations.items() if not name.endswith(CHECK)]

    def _in_all(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        return np.logical_and.reduce([np.ones(len(self._frames), bool), *parts])
