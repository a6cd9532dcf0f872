"""Observations keep every look once, and are the array of embeddings that they stand for."""

import numpy as np
import pytest

from readout.layout.layout import Readout
from readout.model.head import SoftmaxHead
from readout.readings.column import Column, changes
from readout.readings.observations import FIRST, EmbeddingStore, Observations

DIM, BOXES = 5, 3
READOUT = Readout("r", "###", tuple((10.0 * k, 0.0, 8.0, 9.0) for k in range(BOXES)))


def a_head(seed=0, labels="abc"):
    rng = np.random.default_rng(seed)
    return SoftmaxHead().fit(rng.normal(size=(30, DIM)), [labels[k % len(labels)] for k in range(30)])


class Plain:
    """The same, all written out."""

    def __init__(self, frames):
        self.X, self.given = np.zeros((frames, BOXES, DIM), np.float32), np.zeros(frames, bool)

    def give(self, rows, X):
        self.X[rows], self.given[rows] = X, True

    def rearranged(self, sources):
        other = Plain(len(sources))
        old = sources >= 0
        other.X[old], other.given[old] = self.X[sources[old]], self.given[sources[old]]
        return other


def plainly_read(head, X, given):
    """The column of what a head without a prior reads in embeddings (F, B, d), all computed at once."""
    probabilities = head.predict_proba(X.reshape(-1, DIM)).reshape(*X.shape[:2], -1) * given[:, None, None]
    return Column.dense(
        READOUT, head.classes_, probabilities.astype(np.float32), np.zeros(X.shape[:2], np.float32), given
    )


def check(seen, plain, head):
    assert np.array_equal(seen.given, plain.given)
    assert np.array_equal(seen.embeddings[np.flatnonzero(plain.given)], plain.X[plain.given])
    column, expected = seen.column, plainly_read(head, plain.X, plain.given)
    assert column.texts == expected.texts and column.classes == expected.classes
    np.testing.assert_allclose(column.probabilities, expected.probabilities, atol=1e-6)
    np.testing.assert_allclose(column.confidence, expected.confidence, atol=1e-6)
    assert np.array_equal(column.flags, expected.flags) and column.probabilities.dtype == np.float32


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_given_in_whatever_order(seed):
    rng = np.random.default_rng(seed)
    frames, head = 60, a_head()
    seen, plain = Observations(READOUT, frames, DIM), Plain(frames)
    for step in range(40):
        rows = rng.choice(frames, int(rng.integers(1, 12)), replace=False)
        if rng.random() < 0.5:
            X = rng.normal(size=(int(rng.integers(1, 6)), DIM)).astype(np.float32)
            index = rng.integers(0, len(X), (len(rows), BOXES))
            part = seen.give_shared(rows, X, index, head)
            plain.give(rows, X[index])
        else:
            X = rng.normal(size=(len(rows), BOXES, DIM)).astype(np.float32)
            part = seen.give(rows, X, head)
            own = ~seen.settled[rows]
            plain.give(rows[own], X[own])
        assert part.texts == [seen.column.texts[k] for k in rows]
        if step % 10 == 3:
            head = a_head(step, "abcd" if step > 20 else "abc")
            seen.read(head)
        if step % 10 == 7:
            sources = rng.permutation(np.append(rng.choice(frames, frames - 20, replace=False), np.full(20, -1)))
            seen, plain = seen.rearranged(sources), plain.rearranged(sources)
        check(seen, plain, head)


def test_looks_that_nobody_shows_are_forgotten():
    seen, rng = Observations(READOUT, 4, DIM), np.random.default_rng(0)
    for _ in range(200):
        seen.give(range(4), rng.normal(size=(4, BOXES, DIM)).astype(np.float32), None)
    assert len(seen.looks) <= FIRST and seen.column is None


def test_many_frames_of_few_looks_take_no_room():
    seen = Observations(READOUT, 100_000, DIM)
    X = np.random.default_rng(0).normal(size=(20, DIM)).astype(np.float32)
    seen.give_shared(np.arange(100_000), X, np.arange(300_000).reshape(-1, BOXES) % 20, a_head())
    assert len(seen.looks) == 20 and len(set(seen.column.texts)) <= 20
    assert np.array_equal(seen.column.sure, seen.column.probabilities.max(axis=2))
    assert np.array_equal(seen.column.best, seen.column.probabilities.argmax(axis=2))


def test_a_prior_is_asked_once_for_each_look(make_prior):
    rng = np.random.default_rng(0)
    prior = make_prior({label: rng.normal(size=DIM) for label in "012"}, "012", "aa" * 32)
    looks = EmbeddingStore(DIM)
    for labels in ([], ["0"], ["0", "x"], ["1"]):
        looks.add(rng.normal(size=(50, DIM)).astype(np.float32))
        head = SoftmaxHead(prior=prior).fit(rng.normal(size=(len(labels), DIM)), labels)
        P, far = looks.read(head)
        np.testing.assert_allclose(P[:-1], head.predict_proba(looks.rows), atol=1e-6)
        np.testing.assert_allclose(far[:-1], head.distance(looks.rows), atol=1e-5)
        assert not P[-1].any() and far[-1] == 0
        assert looks.read(head)[0] is P


def test_changes_are_the_rows_that_read_otherwise():
    head, other = a_head(), a_head(7)
    X = np.random.default_rng(1).normal(size=(30, BOXES, DIM)).astype(np.float32)
    given = np.arange(30) % 7 > 0
    before, after = plainly_read(head, X, given), plainly_read(other, X, np.arange(30) % 5 > 0)
    expected = [
        (k, old, new)
        for k, (old, new) in enumerate(zip(before.texts, after.texts, strict=True))
        if old and new and old != new
    ]
    assert changes(before, after) == expected and expected
    assert changes(before, plainly_read(other, X[:4], given[:4])) == []
