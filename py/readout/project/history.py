"""What a person did to a document, step by step, to be taken back and done again."""

import time
from collections import deque
from collections.abc import Callable, Hashable, MutableSequence
from dataclasses import dataclass, replace
from typing import Any

from .document import Document

STEPS = 1000
"""How many steps can be taken back; older ones are forgotten."""
BURST_S = 1.0
"""Commits that are to be merged are one step while less than this lies between them."""

_MAPPINGS = ("typed", "examples")
_ABSENT = object()


class History:
    """A document, and the steps to and from it.

    A step keeps what it changed and no more: a thousand of them beside thousands of typed readings are small.

    clock: seconds that only grow, by which bursts are told apart.
    """

    def __init__(self, document: Document, steps: int = STEPS, clock: Callable[[], float] = time.monotonic):
        self._document = document
        self._clock = clock
        self._done: deque[_Step] = deque(maxlen=steps)
        self._undone: list[_Step] = []
        self._merging = False

    @property
    def document(self) -> Document:
        """The document as it is now."""
        return self._document

    @property
    def can_undo(self) -> str | None:
        """The name of the step that `undo` takes back, None where there is none."""
        return self._done[-1].name if self._done else None

    @property
    def can_redo(self) -> str | None:
        """The name of the step that `redo` does again, None where there is none."""
        return self._undone[-1].name if self._undone else None

    def commit(self, document: Document, name: str, merge: Hashable = None, at: float | None = None) -> None:
        """Take a step to `document`; one equal to the present is no step. What was undone cannot be redone after it.

        merge: a key. Steps in a row with the same name and key are one, while less than BURST_S lies between
        them, and none at all where they end as they began. at: seconds at which the person took it; by default now.
        """
        if _difference(self._document, document) == {}:
            return
        self._undone.clear()
        now, before = self._clock() if at is None else at, self._document
        last = self._done[-1] if self._done else None
        same = last is not None and merge is not None and self._merging and (last.name, last.merge) == (name, merge)
        if last is not None and same and now - last.at < BURST_S:
            self._done.pop()
            before = _with(before, last.back)
        self._document, self._merging = document, True
        back = _difference(document, before)
        if back:
            self._done.append(_Step(name, merge, now, back, _difference(before, document)))
        else:
            self._merging = False

    def undo(self) -> str | None:
        """Take back the last step. Returns its name, None where there was none."""
        return self._go(self._done, self._undone, "back")

    def redo(self) -> str | None:
        """Do again the step taken back last. Returns its name, None where there was none."""
        return self._go(self._undone, self._done, "on")

    def _go(self, steps: MutableSequence["_Step"], others: MutableSequence["_Step"], way: str) -> str | None:
        self._merging = False
        if not steps:
            return None
        step = steps.pop()
        self._document = _with(self._document, getattr(step, way))
        others.append(step)
        return step.name


@dataclass(frozen=True)
class _Step:
    """back and on: what to change in the document after it, or before it; see `_difference`."""

    name: str
    merge: Hashable
    at: float
    back: dict[str, Any]
    on: dict[str, Any]


def _difference(before: Document, after: Document) -> dict[str, Any]:
    """What turns one document into the other: new values by field, or by field and key, of what differs."""
    whole = ("layout", "rules", "anchor")
    changes = {name: getattr(after, name) for name in whole if getattr(before, name) != getattr(after, name)}
    for name in _MAPPINGS:
        old, new = getattr(before, name), getattr(after, name)
        if old is not new:
            keys = [key for key in {**old, **new} if old.get(key, _ABSENT) != new.get(key, _ABSENT)]
            if keys:
                changes[name] = {key: new.get(key, _ABSENT) for key in keys}
    return changes


def _with(document: Document, changes: dict[str, Any]) -> Document:
    """The document after changes that `_difference` found."""
    values = dict(changes)
    for name in _MAPPINGS:
        if name in changes:
            mapping = {**getattr(document, name), **changes[name]}
            values[name] = {key: value for key, value in mapping.items() if value is not _ABSENT}
    return replace(document, **values)
