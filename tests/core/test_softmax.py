"""The loss, its derivatives and the minimiser, against their definitions and finite differences."""

import numpy as np
import pytest

from readout.softmax import SoftmaxLoss, minimise, softmax

STEP = 1e-6


def problem(n=12, p=5, classes=4, seed=0, l2=0.7):
    random = np.random.default_rng(seed)
    truth = np.eye(classes, dtype=bool)[np.arange(n) % classes]
    penalty = np.full((p, 1), l2)
    penalty[-1] = 0  # the intercept
    Z = np.hstack([random.normal(size=(n, p - 1)), np.ones((n, 1))])
    return SoftmaxLoss(Z, truth, penalty), random.normal(size=(p, classes)), random


def difference(function, W, direction):
    return (function(W + STEP * direction) - function(W - STEP * direction)) / (2 * STEP)


@pytest.mark.parametrize("shift", [0, 1000, -1000])
def test_rows_of_softmax_sum_to_1_whatever_is_added_to_the_scores(shift):
    scores = np.random.default_rng(0).normal(size=(6, 4)) * 30
    P = softmax(scores + shift)
    assert P.sum(axis=1) == pytest.approx(np.ones(6))
    assert softmax(scores) == pytest.approx(P, abs=1e-9)


def test_softmax_by_hand():
    P = softmax(np.log([[1.0, 2, 5], [1, 1, 2]]))
    assert P == pytest.approx(np.array([[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]]))


def test_the_loss_is_its_definition():
    loss, W, _ = problem()
    value, P = loss.value(W)
    surprise = -np.log(softmax(loss.Z @ W)[loss.truth]).sum()
    assert value == pytest.approx(surprise + 0.5 * 0.7 * (W[:-1] ** 2).sum())
    assert P == pytest.approx(softmax(loss.Z @ W))


def test_the_loss_survives_enormous_scores():
    loss, W, _ = problem()
    value, P = loss.value(W * 1e4)
    assert np.isfinite(value)
    assert np.isfinite(P).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_agrees_with_finite_differences(seed):
    loss, W, _ = problem(seed=seed)
    gradient = loss.gradient(W, loss.value(W)[1])
    for index in np.ndindex(W.shape):
        unit = np.zeros_like(W)
        unit[index] = 1
        assert gradient[index] == pytest.approx(difference(lambda V: loss.value(V)[0], W, unit), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_curvature_agrees_with_finite_differences_of_the_gradient(seed):
    loss, W, random = problem(seed=seed)
    direction = random.normal(size=W.shape)
    bend = loss.curvature(direction, loss.value(W)[1])
    assert bend == pytest.approx(difference(lambda V: loss.gradient(V, loss.value(V)[1]), W, direction), abs=1e-6)


def test_the_diagonal_is_that_of_the_curvature():
    loss, W, _ = problem()
    P = loss.value(W)[1]
    diagonal = loss.diagonal(P)
    for index in np.ndindex(W.shape):
        unit = np.zeros_like(W)
        unit[index] = 1
        assert diagonal[index] == pytest.approx(loss.curvature(unit, P)[index])


@pytest.mark.parametrize("seed", range(5))
def test_the_minimum_has_no_slope_and_no_lower_neighbour(seed):
    loss, start, random = problem(seed=seed)
    W, losses = minimise(loss, start, tol=1e-8, max_iter=100)
    value, P = loss.value(W)
    assert np.abs(loss.gradient(W, P)).max() <= 1e-6
    assert losses[-1] == pytest.approx(value / len(loss.Z))
    for _ in range(20):
        assert loss.value(W + 0.01 * random.normal(size=W.shape))[0] >= value


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_no_step_raises_the_loss_and_all_starts_lead_to_one_minimum(scale):
    loss, start, _ = problem()
    _, losses = minimise(loss, start * scale, tol=1e-8, max_iter=100)
    assert (np.diff(losses) < 0).all()
    assert losses[-1] == pytest.approx(minimise(loss, start * 0, tol=1e-8, max_iter=100)[1][-1])


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_the_minimiser_stops_at_its_limit(limit):
    loss, start, _ = problem()
    assert len(minimise(loss, start, tol=0, max_iter=limit)[1]) == limit + 1
