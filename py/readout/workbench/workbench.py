"""The workbench: a project's frames, what a person says of them, and what is read by that.

Nothing here knows a browser. The page hands in pixels, asks with plain dictionaries, and gets plain
dictionaries back, numbers in arrays. What the user made is a `Document`, with undo; all else follows from it.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from ..data.examples import Example
from ..errors import ReadoutError
from ..imaging.crops import Crop, picture
from ..imaging.patch import Patch
from ..layout.layout import Layout, Readout
from ..model.async_embedding import Progress, embed_async
from ..model.backbone import AsyncBackbone
from ..model.embedding_cache import EmbeddingCache
from ..model.training import TrainingSet, fit_head
from ..project.document import Document
from ..project.history import History
from ..readings.column import Column, changes
from ..readings.reading import ANCHOR_LOST
from ..rules.repair import Outcome, repair
from ..rules.rules import rule_from_json, rule_id
from ..video.anchor import Anchor
from .frame_store import FrameStore
from .views import findings, reading_view, repair_view, rows_view

CACHE = 16_384
"""Embeddings kept by what a crop looks like, beside those of the frames."""


class Workbench(FrameStore):
    """One project, open: frames, a document with its history, a head, and a column of readings for each readout."""

    def __init__(self, backbone: AsyncBackbone):
        self.backbone = backbone
        self.begin()

    def begin(self) -> None:
        """Begin an empty project."""
        self.history = History(Document())
        self.given_examples: list[Example] = []
        self._begin_frames()
        self.use(self.backbone)

    def use(self, backbone: AsyncBackbone) -> None:
        """Go on with this backbone, and with no more than its prior knows."""
        self.backbone = backbone
        self.cache = EmbeddingCache(backbone, CACHE)
        self.head = self._fit(TrainingSet.of([], backbone), np.empty((0, backbone.dim)))
        self._learned: tuple = ()
        self.sheets = {}
        self.outcome: Outcome | None = None

    def set_examples(self, examples: Sequence[dict]) -> dict:
        """Learn from these pictures too, as those of a dataset folder: 'source', 'label', 'width', 'height', 'rgba'."""
        self.given_examples = [
            Example(each["source"], each["label"], Crop.whole(Patch.from_fields({"x": 0, "y": 0, **each}).pixels))
            for each in examples
        ]
        return self.state()

    # What the user makes

    def state(self) -> dict:
        """The document, and what can be undone and redone."""
        document = self.document
        return {
            "document": document.to_json(),
            "layout": document.layout and asdict(document.layout),
            "typed": [{"frame": f, "readout": r, "text": text} for (f, r), text in document.typed.items()],
            "rules": list(document.rules),
            "rule_ids": [rule_id(rule) for rule in document.rules],
            "anchor": document.tracked and {"frame": document.tracked.frame, "repeats": document.tracked.repeats},
            "undo": self.history.can_undo,
            "redo": self.history.can_redo,
            "frames": len(self.frames),
        }

    def undo(self) -> dict:
        """Take back the last edit."""
        self.history.undo()
        return self.state()

    def redo(self) -> dict:
        """Do again what was taken back."""
        self.history.redo()
        return self.state()

    def restore(self, document: str) -> dict:
        """Begin with a document that `state` gave."""
        self.history = History(Document.from_json(document))
        return self.state()

    def set_layout(self, layout: dict | None, name: str = "change the layout", merge: str | None = None) -> dict:
        """Edit: where the digits are. merge: edits in a row with the same key are one step of undo."""
        made = layout and Layout.from_json(json.dumps(layout))
        return self._commit(self.document.with_layout(made), name, merge)

    def set_anchor(
        self, region: dict | None, frame: str = "", box: Sequence[float] = (), merge: str | None = None
    ) -> dict:
        """Edit: let the boxes follow what lies in `box` of a frame, x, y, width, height; a region of None: no more.

        region: pixels of the frame that hold the box; see `Patch.from_fields`. Raises ReadoutError where nothing in it can be
        found again.
        """
        if region is None:
            return self._commit(self.document.with_anchor(None), "remove the anchor")
        patch = Patch.from_fields(region)
        anchor = Anchor.of(frame, tuple(box), patch.pixels, patch.origin)
        name = "move the anchor" if self.document.tracked else "draw the anchor"
        return self._commit(self.document.with_anchor(anchor), name, merge)

    def type(self, frame: str, readout: str, text: str | None) -> dict:
        """Edit: what a frame shows, in the readout's format; None says that it is not readable."""
        return self._commit(self.document.type(frame, readout, text), f"type {text or 'not readable'}")

    def untype(self, frame: str, readout: str) -> dict:
        """Edit: forget what was typed."""
        return self._commit(self.document.untype(frame, readout), "forget what was typed")

    def relabel(self, source: str, label: str | None) -> dict:
        """Edit: another label for an example; None deletes it."""
        return self._commit(
            self.document.relabel(source, label), f"relabel as {label}" if label else "delete an example"
        )

    def rename(self, old: str, new: str) -> dict:
        """Edit: another name for a readout, with all that was typed for it."""
        return self._commit(self.document.renamed(old, new), f"rename {old} to {new}")

    def layout_link(self) -> dict:
        """The layout as the text of a link, which holds no pixels."""
        if self.document.layout is None:
            raise ReadoutError("there is no layout yet: draw a box first")
        return {"link": self.document.layout.to_link(), "json": self.document.layout.to_json()}

    def layout_from(self, text: str, frame_size: Sequence[int] | None = None) -> dict:
        """Edit: take the layout from layout.json or from a link's text, scaled to frames of this size (width, height)."""
        made = Layout.from_json(text) if text.lstrip().startswith("{") else Layout.from_link(text)
        return self._commit(
            self.document.with_layout(made.scaled(tuple(frame_size)) if frame_size else made), "take a layout"
        )

    def set_rules(self, rules: Sequence[dict]) -> dict:
        """Edit: the rules. Raises ReadoutError for one that makes no sense."""
        names = [readout.name for readout in self.readouts]
        made = tuple(rule_from_json(entry, names).to_json() for entry in rules)
        return self._commit(self.document.with_rules(made), "change the rules")

    # Learning and reading

    async def refresh(self, progress: Progress) -> dict:
        """Learn, look and read whatever the document's last changes call for. Returns `table` and what changed."""
        before = self.columns()
        start = time.perf_counter()
        self._arrange()
        learned = await self._learn(progress)
        self._arrange()
        for readout in self.readouts:
            await self._look_again(readout, progress)
        self._repair()
        changed = [
            {"readout": name, "row": k, "before": old, "after": new}
            for name, sheet in self.sheets.items()
            if before.get(name) and sheet.column
            for k, old, new in changes(before[name], sheet.column)
        ]
        seconds = time.perf_counter() - start
        return {
            **self.table(),
            "learned": learned,
            "changed": changed[:200],
            "changes": len(changed),
            "seconds": seconds,
        }

    def table(self) -> dict:
        """All readings as columns, the rules' findings, and the estimate of what is wrong."""
        parts = [
            (sheet.column, np.flatnonzero(sheet.given))
            for sheet in (self.sheets.get(readout.name) for readout in self.readouts)
            if sheet and sheet.column
        ]
        return {
            **rows_view(parts, range(len(self.frames)), self.frames, self.following),
            "rules": findings(self.outcome),
            "review": self._review(),
        }

    def examples(self) -> list[Example]:
        """All labelled crops, with the document's corrections: from typed frames, then from the dataset."""
        examples = []
        by_name = {readout.name: readout for readout in self.readouts}
        for frame, name in self.document.typed:
            labels = self.document.labels(frame, name)
            crops = self.crops(frame, by_name[name]) if labels else None
            for k, crop in enumerate(crops or ()):
                examples.append(Example(f"{frame} {name} {k}", labels[k], crop))
        edits = self.document.examples
        kept = [example for example in [*examples, *self.given_examples] if edits.get(example.source, "") is not None]
        return [Example(each.source, edits.get(each.source, each.label), each.crop) for each in kept]

    def take_head(self, head) -> None:
        """Read with a head that was learned from these examples before."""
        self.head, self._learned = head, _key(self.examples())

    # Looking

    def inspect(self, frame: str) -> dict:
        """Everything about one frame: of each readout the crops, probabilities, text, typed text, repair.

        A frame that is not there, as when another project has just been opened, has no readouts.
        """
        k = self._index.get(frame)
        readouts = [] if k is None else self.readouts
        return {"frame": frame, "readouts": [self._inspect(frame, k, readout) for readout in readouts]}

    async def probe(self, region: dict, readout: dict, progress: Progress) -> dict:
        """What boxes show that are no part of the layout yet: crops, classes and probabilities of each.

        region: pixels of the frame; see `Patch.from_fields`. readout: 'name', 'format', 'boxes'.
        """
        trial = Readout(readout["name"], readout["format"], tuple(map(tuple, readout["boxes"])))
        crops = Patch.from_fields(region).cut(trial)
        X = await embed_async(self.cache, crops, progress)
        if self.head is None:
            return {"boxes": [picture(crop) for crop in crops], "classes": [], "text": ""}
        column = Column.of(trial, self.head, X[None], np.ones(1, bool))
        return reading_view(column, 0, crops)

    async def find_boxes(self, sights: Sequence[dict], progress: Progress, start: Sequence | None = None) -> dict:
        """The boxes under which frames show what was typed; see `placing.place`.

        sights: 'region', pixels of a frame, see `Patch.from_fields`; 'drawn', the box that the person drew; 'text'.
        start: boxes found before.
        """
        from ..detection.search import Placement, Sight, place  # no part of a first visit

        seen = [
            Sight(patch.pixels, patch.origin, tuple(sight["drawn"]), sight["text"])
            for sight in sights
            for patch in [Patch.from_fields(sight["region"])]
        ]
        if self.head is None:
            raise ReadoutError(
                f"{self.backbone.name} knows no digits before it has examples: choose Glyphs to find boxes"
            )
        begin = None if start is None else Placement(tuple(map(tuple, start)), "", 0.0)
        search = place(seen, self.head, begin)
        crops = next(search)
        while True:
            try:
                crops = search.send(await embed_async(self.cache, crops, progress))
            except StopIteration as found:
                return asdict(found.value)

    def _commit(self, document, name, merge=None):
        self.history.commit(document, name, merge=merge)
        return self.state()

    async def _learn(self, progress) -> dict | None:
        examples, document = self.examples(), self.document
        key = _key(examples)
        if key == self._learned:
            return None
        lesson = TrainingSet.of(examples, self.backbone)
        X = await embed_async(self.cache, lesson.crops, progress)
        if self.document is not document:
            return None  # whoever changed it learns from it
        start = time.perf_counter()
        self.head, self._learned = self._fit(lesson, X), key
        for sheet in self.sheets.values():
            sheet.read(self.head)
        return {"examples": len(examples), "fit_s": time.perf_counter() - start}

    def _fit(self, lesson, X):
        """A head, or None where there is neither a prior nor two classes to tell apart."""
        if not self.backbone.prior and len(set(lesson.labels)) < 2:
            return None
        return fit_head(lesson, X, self.backbone)

    def _repair(self) -> None:
        columns, names = self.columns(), [readout.name for readout in self.readouts]
        rules = [rule_from_json(entry, names) for entry in self.document.live_rules] if columns else []
        typed = {
            (r, self._index[f]): text
            for (f, r), text in self.document.typed.items()
            if f in self._index and r in columns
        }
        self.outcome = repair(columns, rules, typed) if rules else None

    def _review(self) -> dict:
        """How many readings that nobody typed are likely to be wrong."""
        left = [np.empty(0)]
        for name, column in self.columns().items():
            open_rows = column.given.copy()
            open_rows[self.typed_rows(name)] = False
            left.append(column.confidence[open_rows])
        left = np.concatenate(left)
        return {"readings": len(left), "wrong": float((1 - left).sum())}

    def _inspect(self, frame, k, readout):
        sheet, crops = self.sheets.get(readout.name), self.crops(frame, readout)
        typed = {"typed": self.document.typed.get((frame, readout.name)), "has_typed": self._typed(frame, readout.name)}
        if not sheet or not sheet.column or not sheet.given[k]:
            return {"readout": readout.name, "given": False, **typed}
        fix = self.outcome.repairs.get(readout.name, {}).get(k) if self.outcome else None
        said = reading_view(sheet.column, k, crops or [])
        said["flags"] += [ANCHOR_LOST] if self.following.lost(frame) else []
        return {"readout": readout.name, "given": True, **typed, "repair": fix and repair_view(fix), **said}


def _key(examples: Sequence[Example]) -> tuple:
    """All that a head learned from these examples depends on."""
    return tuple((example.label, example.crop.key) for example in examples)
