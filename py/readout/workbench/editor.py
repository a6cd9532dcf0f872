"""What a person makes of a project, edit by edit, with undo."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..errors import ReadoutError
from ..imaging.patch import Patch
from ..layout.layout import Layout, Readout
from ..project.document import Document
from ..project.history import History
from ..video.anchor import Anchor

EMPTY = Document()


class Editor:
    """A document and its history. Every edit returns the new `state`."""

    def __init__(self) -> None:
        self.open(EMPTY)

    def open(self, document: Document) -> None:
        """Begin with a document, and nothing to undo."""
        self._history = History(document)

    @property
    def document(self) -> Document:
        """The document as it is now."""
        return self._history.document

    @property
    def readouts(self) -> tuple[Readout, ...]:
        """The layout's readouts, none where there is no layout yet."""
        return self.document.layout.readouts if self.document.layout else ()

    @property
    def frame_size(self) -> tuple[int, int]:
        """Of the frames that the layout is for, (width, height); (0, 0) where there is no layout yet."""
        return self.document.layout.frame_size if self.document.layout else (0, 0)

    def require_layout(self) -> Layout:
        """The layout. Raises ReadoutError where there is none yet."""
        if self.document.layout is None:
            raise ReadoutError("there is no layout yet: draw a box first")
        return self.document.layout

    def state(self) -> dict[str, Any]:
        """The document, and what can be undone and redone."""
        document = self.document
        anchor = document.tracked
        return {
            "document": document.to_json(),
            "layout": document.layout and _layout_view(document.layout),
            "typed": [{"frame": f, "readout": r, "text": text} for (f, r), text in document.typed.items()],
            "rules": list(document.rules),
            "rule_ids": _rule_ids(document.rules),
            "anchor": anchor and {"frame": anchor.frame, "repeats": anchor.repeats},
            "undo": self._history.can_undo,
            "redo": self._history.can_redo,
        }

    def undo(self) -> dict[str, Any]:
        """Take back the last edit."""
        self._history.undo()
        return self.state()

    def redo(self) -> dict[str, Any]:
        """Do again what was taken back."""
        self._history.redo()
        return self.state()

    def restore(self, document: str) -> dict[str, Any]:
        """Begin with a document that `state` gave."""
        self.open(Document.from_json(document))
        return self.state()

    def set_layout(
        self,
        layout: Mapping[str, Any] | None,
        name: str = "change the layout",
        merge: str | None = None,
        at: float | None = None,
    ) -> dict[str, Any]:
        """Where the digits are. merge, at: edits soon after each other with the same key are one step of undo; see
        `History.commit`."""
        made = Layout.from_json(json.dumps(layout)) if layout else None
        return self._commit(self.document.with_layout(made), name, merge, at)

    def import_layout(self, text: str, frame_size: Sequence[int] | None = None) -> dict[str, Any]:
        """Take the layout from layout.json or from a link's text, scaled to frames of this size (width, height)."""
        from ..layout.link import from_link  # no part of a first visit

        made = Layout.from_json(text) if text.lstrip().startswith("{") else from_link(text)
        if frame_size:
            width, height = frame_size
            made = made.scaled((width, height))
        return self._commit(self.document.with_layout(made), "take a layout")

    def place_again(self, windows: Sequence[Sequence[float]], frame_size: Sequence[int]) -> dict[str, Any]:
        """Move the layout to numbers that were found in upright boxes of frames of this size; see `place_again`.

        Raises ReadoutError, which says what was found, where that is not sure, or is where the layout says.
        """
        from ..readings.place_again import place_again  # no part of a first visit

        width, height = frame_size
        boxes = [(x, y, w, h) for x, y, w, h in windows]
        found = place_again(self.require_layout(), boxes, (width, height))
        if not (found.sure and found.moved):
            next_step = "nothing has to be moved" if found.sure else "it is not sure where they are: move them yourself"
            raise ReadoutError(f"{found.words}: {next_step}")
        return {**self._commit(self.document.with_layout(found.layout), "move the layout"), "placed": found.words}

    def see_as(self, name: str, view: str) -> dict[str, Any]:
        """Say that a readout's display is seen so: a view that `orientation.clearer_view` gives."""
        from ..readings.orientation import restated  # no part of a first visit

        layout = self.require_layout()
        readouts = tuple(restated(each, view) if each.name == name else each for each in layout.readouts)
        return self._commit(self.document.with_layout(replace(layout, readouts=readouts)), f"see {name} {view}")

    def layout_link(self) -> dict[str, str]:
        """The layout as the text of a link, which holds no pixels, and as layout.json."""
        from ..layout.link import to_link  # no part of a first visit

        layout = self.require_layout()
        return {"link": to_link(layout), "json": layout.to_json()}

    def set_anchor(
        self,
        region: Mapping[str, Any] | None,
        frame: str = "",
        box: Sequence[float] = (),
        merge: str | None = None,
        at: float | None = None,
    ) -> dict[str, Any]:
        """Let the boxes follow what lies in `box` of a frame, x, y, width, height; a region of None: no more.

        region: pixels of the frame that hold the box; see `Patch.from_fields`. Raises ReadoutError where nothing in it
        can be found again.
        """
        if region is None:
            return self._commit(self.document.with_anchor(None), "remove the anchor")
        patch = Patch.from_fields(region)
        x, y, width, height = box
        anchor = Anchor.of(frame, (x, y, width, height), patch.pixels, patch.origin)
        name = "move the anchor" if self.document.tracked else "draw the anchor"
        return self._commit(self.document.with_anchor(anchor), name, merge, at)

    def set_label(self, frame: str, readout: str, text: str | None) -> dict[str, Any]:
        """What a frame shows, in the readout's format; None says that it is not readable."""
        return self._commit(self.document.with_label(frame, readout, text), f"type {text or 'not readable'}")

    def clear_label(self, frame: str, readout: str) -> dict[str, Any]:
        """Forget what was typed."""
        return self._commit(self.document.without_label(frame, readout), "forget what was typed")

    def relabel(self, source: str, label: str | None) -> dict[str, Any]:
        """Another label for an example; None deletes it."""
        name = f"relabel as {label}" if label else "delete an example"
        return self._commit(self.document.relabel(source, label), name)

    def rename_readout(self, old: str, new: str) -> dict[str, Any]:
        """Another name for a readout, with all that was typed for it."""
        return self._commit(self.document.renamed(old, new), f"rename {old} to {new}")

    def set_rules(self, rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The rules. Raises ReadoutError for one that makes no sense."""
        names = [readout.name for readout in self.readouts]
        from ..rules.rules import rule_from_json  # no part of a first visit

        made = tuple(rule_from_json(entry, names).to_json() for entry in rules)
        return self._commit(self.document.with_rules(made), "change the rules")

    def _commit(
        self, document: Document, name: str, merge: str | None = None, at: float | None = None
    ) -> dict[str, Any]:
        self._history.commit(document, name, merge, at)
        return self.state()


def _layout_view(layout: Layout) -> dict[str, Any]:
    """The layout with all its fields, those of a readout's meaning among the readout's own, as in layout.json."""
    fields = asdict(layout)
    return {**fields, "readouts": [each.pop("meaning") | each for each in fields["readouts"]]}


def _rule_ids(rules: Sequence[dict[str, Any]]) -> list[str]:
    if not rules:
        return []
    from ..rules.rules import rule_id

    return [rule_id(rule) for rule in rules]
