"""Reading a camera or a screen as it comes: one frame at a time, nothing kept of it but what it showed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..export.tables import SHIFT_COLUMNS
from ..imaging.colour import luma
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..imaging.strips import window_crops
from ..layout.layout import FrameSizeError, Layout, Readout
from ..model.async_embedding import Progress, embed_async
from ..model.embedding_cache import EmbeddingCache
from ..model.head import SoftmaxHead
from ..model.prior import UNKNOWN
from ..readings.cross_check import checks
from ..readings.line_column import AnyColumn, LineColumn
from ..readings.notation_evidence import Evidence
from ..readings.orientation import Looks, evidence, in_each_view, is_known
from ..readings.reading import COLUMNS, CUT, DOUBTING, NOTE, TURNED, Reading, cells, csv_lines, flagged, safe
from ..readings.second_look import SecondLook
from ..readings.unit_changes import Scale, may_change
from ..video.anchor import ANCHOR, Shift, moved
from ..video.sampling import frame_name
from ..video.stabilizer import Stabilizer
from .editor import Editor
from .last_seen import LastSeen, block_means, changed, part_of, places_of, spread
from .learner import Learner
from .line_learner import LineLearner

CACHE = 512
"""Embeddings kept by what a crop looks like: a clock's digits come back, a camera's noise does not."""
HEADER = ",".join((*COLUMNS, *SHIFT_COLUMNS, NOTE)) + "\n"
"""Of a recording. Its shifts are empty where boxes follow no anchor: one may come or go while it grows."""


class Live:
    """Reads the frames of a live source with the layout, the backbone and the head of a project.

    The head is always the newest. A box is embedded only where it has changed since it was embedded
    last: by more than the noise of the frames so far, or because the picture has moved against the anchor that boxes
    follow. Rules need a whole table and are not applied.
    embedded: how many boxes were embedded since `begin`; frames: how many frames were read.
    """

    def __init__(self, editor: Editor, learner: Learner, lines: LineLearner):
        self._editor, self._learner, self._lines = editor, learner, lines
        self.layout: Layout | None = None
        self._source, self._stabilizer = "camera", Stabilizer()
        self._forget()

    def begin(self, width: int, height: int, source: str = "camera") -> dict[str, Any]:
        """Begin to read frames of this size in pixels, with the layout scaled to it; again after the layout changed.

        Returns 'regions' as `regions` does, 'readouts' with their 'name', 'format' and 'boxes', 'frame_size', 'scaled',
        whether the layout is for another size, and 'header', what a recording begins with. Raises ReadoutError where
        there is no layout, and FrameSizeError where it is for frames of another shape.
        """
        document = self._editor.document
        layout = document.layout
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
        size = width, height
        self.layout, self._source = layout.scaled(size) if scaled else layout, source
        self._windows = checks(self.layout)
        anchor = document.tracked.scaled(layout.frame_size, size) if document.tracked else None
        self._stabilizer = Stabilizer(anchor, size)
        readouts = [
            {"name": r.name, "format": r.format, "boxes": [list(box) for box in r.boxes]} for r in self.layout.readouts
        ]
        found = {"regions": self.regions(), "readouts": readouts, "header": HEADER}
        return {**found, "frame_size": [width, height], "scaled": scaled}

    def regions(self) -> list[dict[str, Any]]:
        """What of a frame is needed, as the fields of a `Region` each; see `Stabilizer.regions`."""
        return [region.fields() for region in self._stabilizer.regions(self._begun())]

    async def read(self, frame: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Read one frame, later than all before it.

        frame: 'time_s', seconds; 'name', else it is made of the source and the time; 'only_confirmed', whether 'rows'
        are of what is confirmed alone; 'regions', that cover what `regions` asks for, with pixels as
        `Patch.from_fields` takes them. Returns 'readouts', of each its 'readout', 'text', 'value' or None, 'note',
        'confidence', 'flags', 'confirmed', see `SecondLook`, and 'held', the last text that was, or None;
        'shift', how far the boxes followed their anchor, 'x', 'y' in pixels, 'lost', None without one; 'rows', the
        lines of a CSV without its header; 'embedded', how many boxes had changed.
        """
        layout = self._begun()
        given = self._given(frame, layout)
        backbone = self._learner.backbone
        if self._cache.backbone is not backbone:
            self._forget()
        before = self.embedded
        name = frame.get("name") or frame_name(self._source, frame["time_s"])
        shift = self._shift(given)
        read_of: dict[str, Reading] = {}
        for readout in sorted(layout.readouts, key=lambda each: each.only is not None):  # marks first
            window = self._windows.get(readout.name) if self._lines.backbone else None
            around = moved(window, shift) if window else None
            seen = await self._look(moved(readout, shift), around, given[readout.name], progress)
            column = seen.read(self._head_of(readout), self._lines.head)
            evidence = self._evidence.setdefault(readout.name, Evidence.of(readout))
            evidence.add(column.weighed_texts())
            column = column.noted(evidence.notation(readout.meaning, so_far=True))
            read = column.reading(0, name)
            there, patch = moved(readout, shift), given[readout.name]
            if await self._seen_otherwise(there, around, patch, column.texts[0], progress):
                read = replace(read, flags=(*read.flags, TURNED))
            look = self._second_looks.setdefault(readout.name, SecondLook())
            now = flagged(replace(read, time_s=frame["time_s"]), shift)
            absent = _absent(now, readout, read_of)
            read_of[readout.name] = absent or look.see(self._rescaled(self._grown(now, column), column, readout))
        readings = [read_of[readout.name] for readout in layout.readouts]
        self.frames += 1
        return {
            "readouts": [_plain(reading, self._second_looks[reading.readout].held) for reading in readings],
            "shift": shift and shift._asdict(),
            "rows": _rows([each for each in readings if each.confirmed or not frame.get("only_confirmed")], shift),
            "embedded": self.embedded - before,
        }

    def _forget(self) -> None:
        self._cache = EmbeddingCache(self._learner.backbone, CACHE)
        self._seen: dict[str, LastSeen] = {}
        self._second_looks: dict[str, SecondLook] = {}
        self._evidence: dict[str, Evidence] = {}
        self._looks: dict[str, Looks] = {}
        self._bare_sides: dict[str, set[int]] = {}
        self._scales: dict[str, Scale] = {}
        self.embedded = self.frames = 0

    def _begun(self) -> Layout:
        if self.layout is None:
            raise ReadoutError("nothing is read live yet: begin with the size of the frames")
        return self.layout

    def _given(self, frame: Mapping[str, Any], layout: Layout) -> dict[str, Patch]:
        """The patches of a frame by readout, all that are needed."""
        given = {region["readout"]: Patch.from_fields(region) for region in frame["regions"]}
        needed = [*(readout.name for readout in layout.readouts), *([ANCHOR] if self._stabilizer.anchor else [])]
        missing = [name for name in needed if name not in given]
        if missing:
            what = repr(missing[0]) if missing[0] else "the anchor"
            raise ReadoutError(
                f"every readout and the anchor need their region of the frame, got none of {what}: "
                "ask for the regions again"
            )
        return given

    def _shift(self, given: Mapping[str, Patch]) -> Shift | None:
        if self._stabilizer.anchor is None:
            return None
        patch = given[ANCHOR]
        [shift] = self._stabilizer.anchor.shifts(patch.pixels[None], patch.origin)
        return shift

    async def _look(self, readout: Readout, window: Readout | None, patch: Patch, progress: Progress) -> LastSeen:
        """What the readout shows now, and the window that checks its boxes."""
        last, now = self._seen.get(readout.name), places_of(readout, window)
        if last and (patch.origin != last.patch.origin or now != last.places):
            last = None
        if last and np.array_equal(patch.pixels, last.patch.pixels):
            return last
        plane = luma(patch.pixels).astype(np.float32)
        means = [block_means(part_of(plane, box, patch.origin)) for box, _ in now]
        if last is None or last.plane.shape != plane.shape:
            embeddings = await self._embed(readout, patch.cut(readout, 0), progress)
            strip = await self._strip(window, patch, progress)
            seen = LastSeen(readout, patch, plane, means, embeddings, window=window, strip=strip)
        else:
            last.noise.append(spread(block_means(plane - last.plane)))
            floor = last.floor
            compared = list(zip(means, last.references, now, strict=True))
            new = {crop for mean, reference, (_, crop) in compared if changed(mean, reference, floor)}
            seen = replace(last, patch=patch, plane=plane)
            if new:
                embeddings, strip = last.embeddings.copy(), last.strip
                boxes = sorted(k for k in new if k < len(embeddings))
                if boxes:
                    crops = patch.cut_boxes([readout.boxes[k] for k in boxes], beside=readout.beside)
                    embeddings[boxes] = await self._embed(readout, crops, progress)
                if len(boxes) < len(new):
                    strip = await self._strip(window, patch, progress)
                references = [mean if crop in new else reference for mean, reference, (_, crop) in compared]
                seen = replace(seen, references=references, embeddings=embeddings, strip=strip, column=None)
        self._seen[readout.name] = seen
        return seen

    def _grown(self, reading: Reading, column: AnyColumn) -> Reading:
        """A reading, flagged where something like a character stands beside its window, on a side where nothing did
        beside a number that was read without a doubt."""
        if not isinstance(column, LineColumn) or not column.line(0).texts[0]:
            return reading
        bare, beside = self._bare_sides.setdefault(reading.readout, set()), column.line(0).beside
        if not DOUBTING & set(reading.flags):
            bare |= {side for side, there in enumerate(beside) if not there}
        if CUT in reading.flags or not any(there and side in bare for side, there in enumerate(beside)):
            return reading
        return replace(reading, flags=(*reading.flags, CUT))

    def _rescaled(self, reading: Reading, column: AnyColumn, readout: Readout) -> Reading:
        """A reading, flagged where it is of another scale than the first ones."""
        if reading.value is None or DOUBTING & set(reading.flags) or not may_change(column.notation, readout.meaning):
            return reading
        decimals = column.notation.decimals(reading.text)
        now = self._scales.setdefault(readout.name, Scale()).follow(reading.value, decimals)
        return replace(reading, flags=(*reading.flags, UNKNOWN)) if now else reading

    async def _seen_otherwise(
        self, readout: Readout, window: Readout | None, patch: Patch, text: str, progress: Progress
    ) -> bool:
        """Whether the numbers so far are clearer upside down or in a mirror."""
        window = window or (readout if readout.window else None)
        if window is None or is_known(self._editor.document.typed, readout.name):
            return False
        looks = self._looks.setdefault(readout.name, Looks())
        if looks.lack(text):
            crops = in_each_view(readout, window, patch.cut_boxes(window.boxes))
            looks.found[text] = evidence(window, self._lines.head, await self._lines.embed(crops, progress))
        return bool(looks.view)

    async def _strip(self, window: Readout | None, patch: Patch, progress: Progress) -> np.ndarray | None:
        if window is None:
            return None
        return await self._lines.embed(window_crops(window, patch.cut_boxes(window.boxes)), progress)

    async def _embed(self, readout: Readout, crops: Sequence[Crop], progress: Progress) -> np.ndarray:
        self.embedded += len(crops)
        if readout.window is not None:
            return await self._lines.embed(window_crops(readout, crops), progress)
        return await embed_async(self._cache, crops, progress)

    def _head_of(self, readout: Readout) -> SoftmaxHead:
        head = self._learner.head if readout.window is None else self._lines.head
        if head is None:
            name = self._learner.backbone.name
            raise ReadoutError(f"{name} knows no digits before it has examples: type what some frames show")
        return head


def _absent(reading: Reading, readout: Readout, others: Mapping[str, Reading]) -> Reading | None:
    """The reading of a readout that is not shown, with the reason; None where it is."""
    if readout.only is None:
        return None
    from ..readings.conditions import look_distance, look_reason, reason

    mark = others[readout.only.readout]
    if readout.only.look:
        why = look_reason(readout.only, look_distance(readout.only, mark.look))
    else:
        why = reason(readout.only, mark.text, mark.flags)
    nothing = Reading(reading.frame, reading.readout, (), "", None, 0.0, (), reading.probabilities, reading.time_s)
    return replace(nothing, note=why, absent=True) if why else None


def _plain(reading: Reading, held: Reading | None) -> dict[str, Any]:
    return {**reading.fields(), "flags": list(reading.flags), "held": held and held.text}


def _rows(readings: Sequence[Reading], shift: Shift | None) -> str:
    moves = (shift.x, shift.y) if shift and not shift.lost else ("", "")
    return csv_lines((*cells(r.frame, r.time_s, r.fields()), *moves, safe(r.note)) for r in readings)
