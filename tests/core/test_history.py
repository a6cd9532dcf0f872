"""Undo and redo: whatever was done can be taken back and done again, step by step."""

import numpy as np
import pytest

from readout.layout.layout import Layout, Readout
from readout.project.document import Document
from readout.project.history import BURST_S, History


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def layout(x=1.0, boxes=2):
    return Layout((100, 50), (Readout("top", "#" * boxes, tuple((x + 9 * k, 2.0, 8.0, 10.0) for k in range(boxes))),))


def edited(document, rng):
    """A document after one edit at random, now and then the same."""
    frame, text = f"{rng.integers(5)}.png", f"{rng.integers(100):02}"
    edits = [
        lambda: document.with_layout(layout(float(rng.integers(9)))),
        lambda: document.with_layout(None if rng.random() < 0.2 else layout()),
        lambda: document.with_label(frame, "top", text) if document.layout else document,
        lambda: document.with_label(frame, "top", None) if document.layout else document,
        lambda: document.without_label(frame, "top"),
        lambda: document.relabel(f"training/{rng.integers(4)}", [None, text][rng.integers(2)]),
        lambda: document.with_rules([{"kind": "rising", "readout": "top"}] * rng.integers(3)),
        lambda: Document(),
        lambda: document,
    ]
    return edits[rng.integers(len(edits))]()


@pytest.mark.parametrize("seed", range(20))
def test_undoing_all_is_the_start_and_redoing_all_is_the_end(seed):
    rng = np.random.default_rng(seed)
    history = History(Document(layout()))
    states, names = [history.document], []
    for k in range(60):
        document = edited(history.document, rng)
        history.commit(document, f"edit {k}")
        assert history.document == document
        if document != states[-1]:
            states.append(document)
            names.append(f"edit {k}")
    for state, name in zip(states[-2::-1], names[::-1], strict=True):
        assert history.can_undo == name
        assert history.undo() == name
        assert history.document == state
    assert (history.can_undo, history.undo(), history.document) == (None, None, states[0])
    for state, name in zip(states[1:], names, strict=True):
        assert history.can_redo == name
        assert history.redo() == name
        assert history.document == state
        assert history.document.to_json() == state.to_json()
    assert (history.can_redo, history.redo(), history.document) == (None, None, states[-1])


@pytest.mark.parametrize("seed", range(20))
def test_walking_to_and_fro_is_like_a_list_of_documents(seed):
    """The oracle keeps every document whole."""
    rng = np.random.default_rng(100 + seed)
    history, documents, at = History(Document()), [Document()], 0
    for k in range(200):
        way = rng.integers(4)
        if way == 0:
            history.undo()
            at = max(at - 1, 0)
        elif way == 1:
            history.redo()
            at = min(at + 1, len(documents) - 1)
        else:
            document = edited(documents[at], rng)
            history.commit(document, str(k))
            if document != documents[at]:
                documents[at + 1 :] = [document]
                at += 1
        assert history.document == documents[at]
        assert (history.can_undo is None, history.can_redo is None) == (at == 0, at == len(documents) - 1)


def test_a_new_step_after_an_undo_drops_what_was_undone():
    history = History(Document())
    history.commit(Document(layout(1)), "draw")
    history.commit(Document(layout(2)), "move")
    history.undo()
    history.commit(Document(layout(1)), "nothing")
    assert history.can_redo == "move"
    history.commit(Document(layout(3)), "move elsewhere")
    assert (history.can_redo, history.redo()) == (None, None)
    assert [history.undo(), history.undo(), history.undo()] == ["move elsewhere", "draw", None]


def test_only_so_many_steps_are_kept():
    history = History(Document(), steps=10)
    for k in range(25):
        history.commit(Document(layout(float(k))), f"move {k}")
    assert [history.undo() for _ in range(11)] == [f"move {k}" for k in range(24, 14, -1)] + [None]
    assert history.document == Document(layout(14.0))
    assert [history.redo() for _ in range(11)] == [f"move {k}" for k in range(15, 25)] + [None]


# Bursts


def nudge(history, x, clock, wait=0.1, name="nudge", merge="top 0"):
    clock.now += wait
    history.commit(Document(layout(float(x))), name, merge=merge)


def test_a_burst_is_one_step_however_late_it_is_taken():
    """A page says when each key was pressed: Python may be busy for seconds in between."""
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    for x in range(1, 6):
        clock.now += 10
        history.commit(Document(layout(x)), "nudge", "top 0", at=100 + x / 10)
    history.commit(Document(layout(6)), "nudge", "top 0", at=105)
    history.undo()
    assert history.document == Document(layout(5))
    history.undo()
    assert history.document == Document(layout(0))


def test_a_burst_of_nudges_is_one_step():
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    for x in range(1, 8):
        nudge(history, x, clock)
    assert history.undo() == "nudge"
    assert (history.document, history.can_undo) == (Document(layout(0)), None)
    assert history.redo() == "nudge"
    assert (history.document, history.can_redo) == (Document(layout(7)), None)


APART = {
    # what lies between two nudges
    "a pause": {"wait": BURST_S},
    "another box": {"merge": "top 1"},
    "another name": {"name": "resize"},
    "no key": {"merge": None},
}


@pytest.mark.parametrize("second", APART.values(), ids=APART)
def test_nudges_apart_are_steps_apart(second):
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    nudge(history, 1, clock)
    nudge(history, 2, clock, **second)
    history.undo()
    assert history.document == Document(layout(1))


def test_a_burst_lasts_as_long_as_its_pauses_are_short():
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    for x in range(1, 20):
        nudge(history, x, clock, wait=BURST_S * 0.9)
    history.undo()
    assert history.document == Document(layout(0))


def test_without_a_key_every_commit_is_a_step():
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    for x in (1, 2):
        nudge(history, x, clock, merge=None)
    history.undo()
    assert history.document == Document(layout(1))


def test_a_burst_that_ends_where_it_began_is_no_step():
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    history.commit(Document(layout(5)), "draw")
    for x in (6, 7, 5):
        nudge(history, x, clock)
    assert history.can_undo == "draw"
    nudge(history, 6, clock)
    assert [history.undo(), history.document] == ["nudge", Document(layout(5))]


@pytest.mark.parametrize("between", [("undo",), ("undo", "redo")])
def test_undo_ends_a_burst(between):
    clock = Clock()
    history = History(Document(layout(0)), clock=clock)
    history.commit(Document(layout(1)), "nudge", merge="top 0")
    history.commit(Document(layout(2)), "draw")
    nudge(history, 3, clock)
    for way in between:
        getattr(history, way)()
    reached = history.document
    nudge(history, 4, clock)
    history.undo()
    assert history.document == reached
