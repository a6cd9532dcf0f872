"""The workbench: a project's frames, what a person says of them, and what is read by that.

Nothing here knows a browser. The page hands in pixels, asks with plain dictionaries, and gets plain
dictionaries back, numbers in arrays. What the user made is a `Document`, with undo; all else follows from it.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..imaging.crops import Crop, picture
from ..imaging.images import load_image
from ..imaging.patch import Patch
from ..layout.layout import Readout
from ..layout.region import Region
from ..model.async_embedding import Progress
from ..model.backbone import AsyncBackbone
from ..readings.column import changes
from ..readings.line_column import AnyColumn, LineColumn
from ..readings.reading import ANCHOR_LOST, CHECK
from ..video.anchor import ANCHOR
from .box_finder import BoxFinder
from .open_project import OpenProject
from .views import findings, reading_view, repair_view, rows_view

if TYPE_CHECKING:
    from .chunk_store import ChunkStore
    from .exports import Exports
    from .labelling import Labelling
    from .live import Live
    from .number_search import NumberSearch
    from .picture_classes import PictureClasses

CHANGES_SHOWN = 200
"""Readings that `refresh` lists at most of those that have changed."""


class Workbench(OpenProject):
    """An open project, read and shown.

    box_finder: boxes that are no part of the layout yet. chunks, labelling, exports, number_search and live do more
    with the project, picture_classes needs none of it; their modules are imported when they are first used.
    """

    def __init__(self, backbone: AsyncBackbone):
        super().__init__(backbone)
        self.box_finder = BoxFinder(self.learner, self.lines)

    @cached_property
    def chunks(self) -> "ChunkStore":
        """Reads clips."""
        from .chunk_store import ChunkStore

        return ChunkStore(self)

    @cached_property
    def labelling(self) -> "Labelling":
        """Says what was taught, and what to teach next."""
        from .labelling import Labelling

        return Labelling(self)

    @cached_property
    def exports(self) -> "Exports":
        """Makes files of the project."""
        from .exports import Exports

        return Exports(self)

    @cached_property
    def number_search(self) -> "NumberSearch":
        """Finds the numbers in frames of which nothing is known yet."""
        from .number_search import NumberSearch

        return NumberSearch(self.lines)

    @cached_property
    def live(self) -> "Live":
        """Reads a camera or a screen."""
        from .live import Live

        return Live(self.editor, self.learner, self.lines)

    @cached_property
    def picture_classes(self) -> "PictureClasses":
        """Tells classes of pictures apart, which are no part of the project."""
        from .picture_classes import PictureClasses

        return PictureClasses(self.learner)

    # Reading

    def missing(self) -> dict[str, Any]:
        """What is still to be given: 'frames', names of pictures, with 'regions', which part of each for every readout;
        'rows', int32, of clips' frames, of which whole chunks are to be read, with 'clip_regions', which have the
        'boxes' whose pictures may be compared before they are given, and 'beside', see `first_occurrence`; and 'typed',
        names of clips' frames that were typed, or are looked at again, and whose pixels are not kept, to be given as
        pictures are."""
        observations, frames, layout = self.observations, self.frames, self.editor.document.layout
        observations.arrange()
        if layout is None:
            return {"frames": [], "regions": [], "rows": np.empty(0, np.int32), "clip_regions": [], "typed": []}
        fits, of_clips, given = frames.of_size(layout.frame_size), frames.of_clips, observations.given()
        open_rows = np.flatnonzero(fits & ~of_clips & (observations.stabilizer.anchor is not None or ~given))
        rows = np.flatnonzero(fits & of_clips & ~observations.settled())
        regions = observations.stabilizer.regions(layout)
        even = [region.aligned_to_even(layout.frame_size).fields() for region in regions]
        if observations.stabilizer.anchor is None:  # else boxes are compared where pictures have moved alike
            even = [
                {**region, "boxes": observations.compared_boxes(r), "beside": r.beside}
                for region, r in zip(even, layout.readouts, strict=True)
            ]
        typed = {
            frame: None
            for frame, name in self.editor.document.typed
            if (k := frames.row(frame)) >= 0
            and of_clips[k]
            and fits[k]
            and (readout := next((each for each in layout.readouts if each.name == name), None))
            and observations.patch(frame, readout) is None
        }
        if self.lines.backbone is not None and not len(rows):
            for name, looks in observations.views.looked_at().items():
                here = [frames[k].name for k in looks if of_clips[k]]
                readout = next(each for each in layout.readouts if each.name == name)
                typed |= dict.fromkeys(frame for frame in here if observations.patch(frame, readout) is None)
        return {
            "frames": [frames[k].name for k in open_rows.tolist() if observations.lacks(k)],
            "regions": [region.fields() for region in regions],
            "rows": rows.astype(np.int32),
            "clip_regions": even,
            "typed": list(typed),
        }

    async def add_frames(self, frames: Sequence[Mapping[str, Any]], progress: Progress) -> dict[str, Any]:
        """Take pixels of some frames, and read them.

        frames: 'name' and 'regions', pixels as `Patch.from_fields` takes them; the readout of the anchor's region is
        ANCHOR. What belongs to no readout any more is passed over, and neither readouts without a region nor a clip's
        frame that was read with its chunk are read again. Returns the rows that were read, as `rows_view` does.
        """
        observations = self.observations
        observations.arrange()
        for frame in frames:
            for region in frame["regions"]:
                observations.put_patch(frame["name"], region["readout"], Patch.from_fields(region))
        rows = [row for frame in frames if (row := self.frames.row(frame["name"])) >= 0]
        given = {region["readout"] for frame in frames for region in frame["regions"]}
        given |= {name + CHECK for name in given}
        readouts = [each for each in observations.readouts if each.name in given or ANCHOR in given]
        checks_first = sorted(readouts, key=lambda each: (not each.name.endswith(CHECK), each.only is not None))
        read = {each.name: await observations.observe(each, rows, progress) for each in checks_first}
        parts = [read[each.name] for each in self.editor.readouts if each.name in read]
        return rows_view(parts, rows, self.frames, observations.stabilizer)

    async def refresh(self, progress: Progress) -> dict[str, Any]:
        """Learn, look and read whatever the document's last changes call for. Returns `table` and what changed."""
        before, start = self.observations.columns(), time.perf_counter()
        self.observations.arrange()
        learned = await self.learn(progress)
        self.observations.arrange()
        for readout in self.observations.readouts:
            await self.observations.observe_kept(readout, progress)
        if self.lines.backbone is not None:
            await self.observations.views.look(progress)
        self.repairs.update()
        changed = [
            {"readout": name, "row": k, "before": old, "after": new}
            for name, column in self.observations.columns().items()
            if name in before
            for k, old, new in changes(before[name], column)
        ]
        seconds = time.perf_counter() - start
        return {
            **self.table(),
            "learned": learned,
            "changed": changed[:CHANGES_SHOWN],
            "changes": len(changed),
            "seconds": seconds,
        }

    def table(self) -> dict[str, Any]:
        """All readings as columns, each with 'stated', the values of its typed texts by text, None for none; the rules'
        findings, and the estimate of what is wrong."""
        columns = self.observations.columns()
        parts = [(column, _known(column)) for column in columns.values()]
        view = rows_view(parts, range(len(self.frames)), self.frames, self.observations.stabilizer)
        for each in view["readouts"]:
            name = each["readout"]
            typed = {text for (_, readout), text in self.editor.document.typed.items() if readout == name and text}
            each["stated"] = {text: columns[name].notation.stated_by(text)[0] for text in typed}
        return {
            **view,
            "rules": findings(self.repairs.outcome),
            "review": self._review(),
        }

    # Looking

    def inspect(self, frame: str) -> dict[str, Any]:
        """Everything about one frame: of each readout the crops, probabilities, text, typed text, repair.

        A frame that is not there, as when another project has just been opened, has no readouts.
        """
        row = self.frames.row(frame)
        readouts = self.editor.readouts if row >= 0 else ()
        return {"frame": frame, "readouts": [self._inspect(frame, row, readout) for readout in readouts]}

    def decode(self, data: bytes, regions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Regions of a picture file with their 'rgba': for browsers that alter pixels."""
        pixels = load_image(data)
        return [{**each, **picture(Crop.whole(Region.from_fields(each).cut(pixels)))} for each in regions]

    def _review(self) -> dict[str, Any]:
        """How many of the unchecked readings are likely to be wrong."""
        left = [np.empty(0)]
        for name, column in self.observations.columns().items():
            left.append(column.wrong[column.given & ~self.observations.typed(name)])
        wrong = np.concatenate(left)
        return {"readings": len(wrong), "wrong": float(wrong.sum())}

    def _inspect(self, frame: str, row: int, readout: Readout) -> dict[str, Any]:
        typed = self.editor.document.typed
        key = frame, readout.name
        found = {"readout": readout.name, "given": False, "typed": typed.get(key), "has_typed": key in typed}
        column = self.observations.columns().get(readout.name)
        if column is None or not column.given[row]:
            return found
        repair = self.repairs.of(readout.name, row)
        shown = reading_view(column, row, self.observations.crops(frame, readout) or [])
        shown["flags"] += [ANCHOR_LOST] if self.observations.stabilizer.lost(frame) else []
        look = column.line(row).look.hex() if isinstance(column, LineColumn) else ""
        return {**found, "given": True, "repair": repair and repair_view(repair), "look": look, **shown}


def _known(column: AnyColumn) -> np.ndarray:
    """The rows that were read, or in which a readout is not shown."""
    known = column.given.copy()
    known[list(column.left_out)] = True
    return np.flatnonzero(known)
