"""The most probable texts of a frame, against all of its texts."""

import math
from itertools import product

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.layout import Readout
from readout.readings.column import Column
from readout.rules.candidates import CANDIDATES, NONE, Observed, most_probable


def column(format_, classes, probabilities):
    boxes = format_.count("#")
    probabilities = np.array(probabilities, np.float32).reshape(-1, boxes, len(classes))
    readout = Readout("top", format_, ((0.0, 0.0, 1.0, 1.0),) * boxes)
    frames = len(probabilities)
    return Column.dense(readout, classes, probabilities, np.zeros((frames, boxes), np.float32), np.ones(frames, bool))


SHAPES = [(1, 1, 8), (1, 12, 8), (2, 2, 8), (3, 4, 1), (4, 5, 8), (3, 11, 20), (6, 3, 5)]


@pytest.mark.parametrize(("boxes", "classes", "count"), SHAPES)
def test_the_most_probable_texts_are_the_best_of_all(boxes, classes, count):
    rng = np.random.default_rng(boxes * classes)
    p = rng.dirichlet(np.full(classes, 0.3), (20, boxes)).astype(np.float32)
    p[:5] = np.round(p[:5], 1)  # with ties
    found, chances = most_probable(p, count)
    assert found.shape == (20, min(count, classes**boxes), boxes)
    for frame in range(20):

        def chance(row, own=p[frame]):
            return math.prod(float(own[b, k]) for b, k in enumerate(row))

        every = sorted(map(chance, product(range(classes), repeat=boxes)), reverse=True)
        assert chances[frame] == pytest.approx(every[: found.shape[1]])
        assert chances[frame] == pytest.approx([chance(row) for row in found[frame]])
        assert len({tuple(row) for row in found[frame].tolist()}) == found.shape[1]
    assert (found[:, 0] == p.argmax(axis=2)).all()


def test_choices_have_values_and_costs():
    p = [[[0.7, 0.3, 0], [0.6, 0, 0.4]], [[0, 0, 1], [1, 0, 0]], [[0.9995, 0.0005, 0], [1, 0, 0]]]
    evidence = Observed.of(column("#.#", ["1", "2", "unknown"], p), {})
    choices = evidence.choices(np.arange(3), CANDIDATES)
    assert choices.values[0, :2].tolist() == [1.1, 2.1]
    assert choices.cost[0, :2] == pytest.approx([0, math.log(7 / 3)])
    assert choices.cost[0, -1] == pytest.approx(math.log(0.42 / NONE))
    assert np.isinf(choices.cost[0, 2:-1]).all()
    assert np.isnan(choices.values[0, 2:]).all()
    assert np.isinf(choices.cost[1, :-1]).all(), "?.1 is no number"
    assert choices.cost[1, -1] == 0
    assert np.isinf(choices.cost[2, 1:-1]).all(), "2.1 is less probable than that nothing was seen"


def test_what_was_typed_is_the_only_choice():
    read = column("##", list("0123456789"), np.full((4, 2, 10), 0.1))
    evidence = Observed.of(read, {0: "42", 1: None, 2: "4?"})
    choices = evidence.choices(np.arange(4), 3)
    assert choices.cost[0].tolist() == [0, math.inf, math.inf, math.inf]
    assert choices.values[0, 0] == 42
    for frame in (1, 2):
        assert choices.cost[frame].tolist() == [math.inf, math.inf, math.inf, 0]
    assert choices.cost[3].tolist() == pytest.approx([0, 1e-6, 1e-6, math.log(0.01 / NONE)])
    assert choices.values[3, :3].tolist() == [0, 1, 2]
    assert read.values.tolist() == [0, 0, 0, 0]
    with pytest.raises(ReadoutError, match="'top' has frames 0 to 3, got a text for frame 4: remove it"):
        Observed.of(read, {4: "42"})


@pytest.mark.parametrize("classes", [2, 5, 11])
def test_no_choice_costs_less_than_the_bound(classes):
    rng = np.random.default_rng(classes)
    labels = list("0123456789?")[:classes]
    p = rng.dirichlet(np.full(classes, 0.2), (300, 3))
    evidence = Observed.of(column("#.##", labels, p), {5: "1.23", 6: None})
    cost = evidence.choices(np.arange(300), CANDIDATES).cost
    others = np.where(np.isnan(evidence.shown), 0, np.minimum(cost[:, 1:].min(axis=1), np.inf))
    assert (evidence.deviation <= others + 1e-5).all()
    numbers = ~np.isnan(evidence.shown)
    assert (evidence.deviation[numbers] > 0).all()
    assert np.isinf(evidence.deviation[5])
    # Where every rival is a number the bound is the cost itself.
    if classes <= 5:
        assert evidence.deviation[numbers] == pytest.approx(others[numbers], rel=1e-4, abs=1e-5)


def test_many_boxes_are_told_apart():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(30, 0.5), (10, 14))
    labels = [*"0123456789", *(chr(ord("a") + k) for k in range(20))]
    p[:, :, 10:] *= 1e-6
    p /= p.sum(axis=2, keepdims=True)
    read = column("#" * 14, labels, p)
    choices = Observed.of(read, {}).choices(np.arange(10), 4)
    for frame in range(10):
        for rank in np.flatnonzero(choices.cost[frame, :-1] < np.inf):
            assert choices.values[frame, rank] == float("".join(labels[k] for k in choices.classes[frame, rank]))
