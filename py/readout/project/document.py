"""What a person made of a project: where the digits are, what frames show, corrections, rules.

A document never changes. Every edit returns another one, so that `history.History` can go back.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from ..errors import ReadoutError, quoted
from ..files.json_fields import check, parse
from ..files.json_fields import field as field_of
from ..imaging.crops import Crop
from ..imaging.strips import window_crops
from ..layout.layout import Layout, Readout
from ..readings.reading import SHOWN
from ..video.anchor import Anchor

Key = tuple[str, str]
"""The names of a frame and of a readout."""

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

LABELS = {text: label for label, text in SHOWN.items()}
"""What a typed character stands for, where it is no label itself: a space is a blank box, ? an unknown glyph."""

LONGEST_TEXT = 64
"""Characters that are typed for a window at most."""


@dataclass(frozen=True)
class Document:
    """What a person made, and nothing that follows from it.

    layout: None before anything was drawn. typed: what a frame's readout shows, by `Key`; None where it is
    not readable. It teaches and it corrects. examples: by an example's source another label, or None for
    one that was deleted. rules: JSON objects, see `rules.rule_from_json`. anchor: what the layout's anchor looks like.

    What was typed stays when the layout changes. Where it does not fit any more, in another format or for a
    readout that is gone, `labels` passes over it until it fits again.
    """

    layout: Layout | None = None
    typed: Mapping[Key, str | None] = field(default_factory=dict)
    examples: Mapping[str, str | None] = field(default_factory=dict)
    rules: tuple[dict[str, Any], ...] = ()
    anchor: Anchor | None = None

    def __post_init__(self) -> None:
        for name in ("typed", "examples"):
            mapping = getattr(self, name)
            if not isinstance(mapping, MappingProxyType):
                object.__setattr__(self, name, MappingProxyType(dict(mapping)))

    # Asking

    @property
    def tracked(self) -> Anchor | None:
        """The anchor that the boxes follow; None where the layout has none, or its picture is unknown."""
        place = self.layout.anchor if self.layout else None
        return self.anchor if self.anchor and self.anchor.fits(place) else None

    def readout(self, name: str) -> Readout:
        """The layout's readout of that name, or a ReadoutError."""
        readouts = self.layout.readouts if self.layout else ()
        for readout in readouts:
            if readout.name == name:
                return readout
        known = ", ".join(repr(readout.name) for readout in readouts) or "none"
        raise ReadoutError(f"the layout has the readouts {known}, got {quoted(name)}: add it, or choose another")

    def labels(self, frame: str, readout: str) -> list[str] | None:
        """The label of each box by what was typed; None where nothing was, it is not readable, or it does not fit."""
        text = self.typed.get((frame, readout))
        if text is None:
            return None
        try:
            return labels_in(self.readout(readout), text)
        except ReadoutError:
            return None

    def typed_windows(self, crops: Callable[[str, Readout], Sequence[Crop] | None]) -> list[tuple[Key, Crop, str]]:
        """Windows whose text was typed, and it. crops: of a readout in a frame, None where no pixels are kept."""
        windows = {each.name: each for each in self.layout.readouts if each.window} if self.layout else {}
        return [
            ((frame, name), crop, text)
            for (frame, name), text in self.typed.items()
            if name in windows and text is not None
            for crop in window_crops(windows[name], crops(frame, windows[name]) or ())
        ]

    @property
    def live_rules(self) -> list[dict[str, Any]]:
        """The rules about readouts that the layout has; others are set aside until these come back."""
        names = {readout.name for readout in self.layout.readouts} if self.layout else set()
        return [rule for rule in self.rules if names.issuperset(_about(rule))]

    # Editing

    def with_layout(self, layout: Layout | None) -> "Document":
        """With another layout. A readout that has another name and the same boxes in the same place was `renamed`."""
        document = self
        if layout and self.layout:
            old, new = ({readout.name for readout in each.readouts} for each in (self.layout, layout))
            for before, after in zip(self.layout.readouts, layout.readouts, strict=False):
                if before.is_placed_as(after) and before.name not in new and after.name not in old:
                    document = document.renamed(before.name, after.name)
        return replace(document, layout=layout, anchor=self.anchor if layout and layout.anchor else None)

    def with_anchor(self, anchor: Anchor | None) -> "Document":
        """With an anchor that the boxes follow, or without one. Raises ReadoutError where there is no layout."""
        if self.layout is None:
            raise ReadoutError("an anchor goes with boxes, there are none yet: draw one around a number first")
        box = None
        if anchor:
            x, y, width, height = map(float, anchor.box)
            box = x, y, width, height
        return replace(self, layout=replace(self.layout, anchor=box), anchor=anchor)

    def renamed(self, old: str, new: str) -> "Document":
        """With another name for a readout, which takes along what was typed and corrected for it, and its rules.

        What was set aside for an earlier readout of that name gives way where both have the same frame.
        """
        changed, layout = replace(self.readout(old), name=new), self.layout
        assert layout is not None  # it has that readout
        readouts = tuple(changed if each.name == old else _limited_by(each, old, new) for each in layout.readouts)
        moved = {(frame, new): text for (frame, readout), text in self.typed.items() if readout == old}
        typed = {key: text for key, text in self.typed.items() if key[1] != old} | moved
        boxes = [(frame, k) for frame, _ in moved for k in range(len(changed.boxes))]
        sources = {source_of(frame, old, k): source_of(frame, new, k) for frame, k in boxes}
        examples = {sources.get(source, source): label for source, label in self.examples.items()}
        rules = tuple(_renamed(rule, old, new) for rule in self.rules)
        return Document(replace(layout, readouts=readouts), typed, examples, rules, self.anchor)

    def with_label(self, frame: str, readout: str, text: str | None) -> "Document":
        """With what a frame's readout shows, None for not readable. Raises ReadoutError for a text that does not follow
        its format.

        Another text than before is a new word on these boxes: corrections of examples that came of the older one go.
        """
        labelled, key = self.readout(readout), (frame, readout)
        if text is not None:
            labels_in(labelled, text)
        boxes = range(len(labelled.boxes)) if self.typed.get(key) != text else ()
        stale = {source_of(frame, readout, k) for k in boxes}
        return replace(self, typed={**self.typed, key: text}, examples=_without(self.examples, stale))

    def without_label(self, frame: str, readout: str) -> "Document":
        """Without what was typed there, if anything was."""
        left = {key: text for key, text in self.typed.items() if key != (frame, readout)}
        return self if len(left) == len(self.typed) else replace(self, typed=left)

    def only_frames(self, names: Iterable[str]) -> "Document":
        """Without what was typed for any other frames."""
        names = set(names)
        left = {key: text for key, text in self.typed.items() if key[0] in names}
        return self if len(left) == len(self.typed) else replace(self, typed=left)

    def relabel(self, source: str, label: str | None) -> "Document":
        """With another label for an example; None deletes it."""
        if label is not None and (not isinstance(label, str) or not label.strip()):
            raise ReadoutError(f"a label is a text, got {quoted(label)}: use 'blank' for a box that shows nothing")
        return replace(self, examples={**self.examples, source: label})

    def with_rules(self, rules: Sequence[Mapping[str, Any]]) -> "Document":
        """With these rules, JSON objects that have a 'kind'. Raises ReadoutError for anything else."""
        return replace(self, rules=tuple(_rule(rule, index) for index, rule in enumerate(rules)))

    # Keeping

    def to_json(self) -> str:
        """The document as JSON; `from_json` gives an equal one back."""
        layout = json.loads(self.layout.to_json()) if self.layout else None
        return json.dumps({"layout": layout, **self.fields()}, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Document":
        """Parse what `to_json` gave; raises ReadoutError, naming the field that is wrong, for anything else."""
        fields = check(parse(text, "a document"), "a document", dict)
        layout = fields.get("layout")
        return cls.from_fields(fields, None if layout is None else Layout.from_json(json.dumps(layout)))

    def fields(self) -> dict[str, Any]:
        """All but the layout as JSON values, equal for equal documents: 'typed', 'examples', 'rules', 'anchor'."""
        return {
            "typed": [[frame, readout, text] for (frame, readout), text in sorted(self.typed.items(), key=_by_key)],
            "examples": dict(sorted(self.examples.items(), key=_by_key)),
            "rules": list(self.rules),
            **({"anchor": self.anchor.fields()} if self.anchor else {}),
        }

    @classmethod
    def from_fields(cls, fields: Any, layout: Layout | None) -> "Document":
        """A document from what `fields` gave, and a layout; raises ReadoutError where a field is wrong."""
        typed = {}
        for index, entry in enumerate(field_of(fields, "typed", "a document", list)):
            where = f"entry {index} of 'typed'"
            if len(check(entry, where, list)) != 3:
                raise ReadoutError(f"{where} is a frame, a readout and a text, got {len(entry)} values: correct it")
            key = check(entry[0], f"the frame of {where}", str), check(entry[1], f"the readout of {where}", str)
            if key in typed:
                raise ReadoutError(
                    f"a readout of a frame is typed once, got {where} for {quoted(key[0])} again: remove one"
                )
            typed[key] = _text(entry[2], f"the text of {where}")
        examples = field_of(fields, "examples", "a document", dict)
        examples = {
            source: _text(label, f"the label of example {quoted(source)}") for source, label in examples.items()
        }
        rules = field_of(fields, "rules", "a document", list)
        anchor = fields.get("anchor")
        made = cls(layout, typed, examples, anchor=None if anchor is None else Anchor.from_fields(anchor))
        return made.with_rules(rules)


def source_of(frame: str, readout: str, box: int) -> str:
    """The source of the example in one box of a frame that was typed."""
    return f"{frame} {readout} {box}"


def labels_in(readout: Readout, text: str) -> list[str]:
    """The label of each box when a readout shows `text`: `Readout.split`, where ' ' is 'blank' and ? 'unknown'.

    It is how a reading's text shows them, so that every reading can be typed as it is. Of a window every character
    but a space is a label, at most LONGEST_TEXT of them, which can be seen.
    """
    if readout.window is not None:
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise ReadoutError(
                f"readout {quoted(readout.name)} shows at most {LONGEST_TEXT} characters that can be seen, "
                f"got {quoted(text)}: type what its window shows"
            )
        return [sign for sign in text if not sign.isspace()]
    pairs = list(zip(readout.format, text, strict=False))
    fits = len(text) == len(readout.format) and all(
        mark == sign if mark != "#" else sign == " " or not sign.isspace() for mark, sign in pairs
    )
    if not fits:
        return readout.split(text)  # which raises, and says why
    return [LABELS.get(sign, sign) for mark, sign in pairs if mark == "#"]


def _by_key(item: tuple[T, object]) -> T:
    return item[0]


def _without(mapping: Mapping[K, V], keys: AbstractSet[K]) -> Mapping[K, V]:
    return {key: value for key, value in mapping.items() if key not in keys} if keys & mapping.keys() else mapping


def _text(value: Any, where: str) -> str | None:
    return None if value is None else check(value, where, str)


def _rule(rule: Mapping[str, Any], index: int) -> dict[str, Any]:
    where = f"rule {index}"
    try:
        copy = json.loads(json.dumps(rule, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ReadoutError(f"{where} is JSON with finite numbers, got something else ({error}): correct it") from error
    field_of(copy, "kind", where, str)
    return copy


def _about(rule: Mapping[str, Any]) -> list[str]:
    """The names of the readouts that a rule is about."""
    terms = rule.get("terms")
    return [rule["readout"]] if "readout" in rule else list(terms) if isinstance(terms, dict) else []


def _limited_by(readout: Readout, old: str, new: str) -> Readout:
    """The readout, limited by another name of its mark."""
    only = readout.only
    return replace(readout, only=replace(only, readout=new)) if only and only.readout == old else readout


def _renamed(rule: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    changed = dict(rule)
    if rule.get("readout") == old:
        changed["readout"] = new
    if isinstance(rule.get("terms"), dict):
        changed["terms"] = {new if name == old else name: factor for name, factor in rule["terms"].items()}
    return changed
