"""The loss, its derivatives and the minimiser, against their definitions and finite differences."""

import numpy as np
import pytest

from readout.model.softmax import SoftmaxLoss, minimise, softmax

STEP = 1e-6


def problem(n=12, p=5, classes=4, seed=0, l2=0.7, biased=False):
    """A loss, a point, and a source of directions; biased: examples have scores to begin with, and weights."""
    random = np.random.default_rng(seed)
    truth = np.eye(classes, dtype=bool)[np.arange(n) % classes]
    penalty = np.full((p, 1), l2)
    penalty[-1] = 0  # the intercept
    Z = np.hstack([random.normal(size=(n, p - 1)), np.ones((n, 1))])
    W = random.normal(size=(p, classes))
    bias = {"base": random.normal(size=(n, classes)) * 2, "weight": random.uniform(0.1, 4, (n, 1))} if biased else {}
    return SoftmaxLoss(Z, truth, penalty, **bias), W, random


def difference(function, W, direction):
    return (function(W + STEP * direction) - function(W - STEP * direction)) / (2 * STEP)


BIASED = pytest.mark.parametrize("biased", [False, True], ids=["plain", "base scores and weights"])


@pytest.mark.parametrize("shift", [0, 1000, -1000])
def test_rows_of_softmax_sum_to_1_whatever_is_added_to_the_scores(shift):
    scores = np.random.default_rng(0).normal(size=(6, 4)) * 30
    P = softmax(scores + shift)
    assert P.sum(axis=1) == pytest.approx(np.ones(6))
    assert softmax(scores) == pytest.approx(P, abs=1e-9)


def test_softmax_by_hand():
    P = softmax(np.log([[1.0, 2, 5], [1, 1, 2]]))
    assert pytest.approx(np.array([[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]])) == P


@BIASED
def test_the_loss_is_its_definition(biased):
    loss, W, _ = problem(biased=biased)
    value, P = loss.value(W)
    surprise = 0.0
    for i, row in enumerate(loss.Z @ W + loss.base):
        weight = loss.weight[i, 0] if biased else 1
        surprise -= weight * np.log(np.exp(row[loss.truth[i]])[0] / np.exp(row).sum())
    assert value == pytest.approx(surprise + 0.5 * 0.7 * (W[:-1] ** 2).sum())
    assert pytest.approx(softmax(loss.Z @ W + loss.base)) == P


@pytest.mark.parametrize("seed", range(3))
def test_an_example_of_weight_3_is_three_examples(seed):
    loss, W, random = problem(seed=seed, biased=True)
    counts = random.integers(1, 5, len(loss.Z))
    weighted = SoftmaxLoss(loss.Z, loss.truth, loss.penalty, loss.base, counts[:, None].astype(float))
    rows = np.repeat(np.arange(len(loss.Z)), counts)
    repeated = SoftmaxLoss(loss.Z[rows], loss.truth[rows], loss.penalty, loss.base[rows])
    (one, P), (other, P_repeated) = weighted.value(W), repeated.value(W)
    direction = random.normal(size=W.shape)
    assert weighted.total == repeated.total == counts.sum()
    assert one == pytest.approx(other)
    assert P[rows] == pytest.approx(P_repeated)
    assert weighted.gradient(W, P) == pytest.approx(repeated.gradient(W, P_repeated))
    assert weighted.curvature(direction, P) == pytest.approx(repeated.curvature(direction, P_repeated))
    assert weighted.diagonal(P) == pytest.approx(repeated.diagonal(P_repeated))
    assert minimise(weighted, W * 0, 1e-8, 100)[1][-1] == pytest.approx(minimise(repeated, W * 0, 1e-8, 100)[1][-1])


def test_weights_to_begin_with_are_base_scores():
    """Fitting W around W0 is fitting W - W0 around 0 with the scores that W0 gives."""
    loss, W0, random = problem()
    shifted = SoftmaxLoss(loss.Z, loss.truth, loss.penalty, base=loss.Z @ W0)
    V = random.normal(size=W0.shape)
    pull = 0.5 * (loss.penalty * (W0 + V) ** 2).sum() - 0.5 * (loss.penalty * V**2).sum()
    assert loss.value(W0 + V)[0] - pull == pytest.approx(shifted.value(V)[0])


def test_the_loss_survives_enormous_scores():
    loss, W, _ = problem()
    value, P = loss.value(W * 1e4)
    assert np.isfinite(value)
    assert np.isfinite(P).all()


@BIASED
@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_agrees_with_finite_differences(seed, biased):
    loss, W, _ = problem(seed=seed, biased=biased)
    gradient = loss.gradient(W, loss.value(W)[1])
    for index in np.ndindex(W.shape):
        unit = np.zeros_like(W)
        unit[index] = 1
        assert gradient[index] == pytest.approx(difference(lambda V: loss.value(V)[0], W, unit), abs=1e-6)


@BIASED
@pytest.mark.parametrize("seed", range(5))
def test_the_curvature_agrees_with_finite_differences_of_the_gradient(seed, biased):
    loss, W, random = problem(seed=seed, biased=biased)
    direction = random.normal(size=W.shape)
    bend = loss.curvature(direction, loss.value(W)[1])
    assert bend == pytest.approx(difference(lambda V: loss.gradient(V, loss.value(V)[1]), W, direction), abs=1e-6)


@BIASED
def test_the_diagonal_is_that_of_the_curvature(biased):
    loss, W, _ = problem(biased=biased)
    P = loss.value(W)[1]
    diagonal = loss.diagonal(P)
    for index in np.ndindex(W.shape):
        unit = np.zeros_like(W)
        unit[index] = 1
        assert diagonal[index] == pytest.approx(loss.curvature(unit, P)[index])


@BIASED
@pytest.mark.parametrize("seed", range(5))
def test_the_minimum_has_no_slope_and_no_lower_neighbour(seed, biased):
    loss, start, random = problem(seed=seed, biased=biased)
    W, losses = minimise(loss, start, tol=1e-8, max_iter=100)
    value, P = loss.value(W)
    assert np.abs(loss.gradient(W, P)).max() <= 1e-6
    assert losses[-1] == pytest.approx(value / loss.total)
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
