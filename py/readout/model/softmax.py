"""Softmax regression: the loss, its derivatives, and a Newton method that needs no scipy."""

from collections.abc import Callable

import numpy as np

OnStep = Callable[[int, float], None]
"""Called with the number of a step and the loss per example."""


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row-wise softmax of (n, C) scores; the largest is subtracted first so that exp cannot overflow."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class SoftmaxLoss:
    """sum_i weight_i * -log p(truth_i | z_i) + 1/2 sum penalty * W^2, as a function of the weights W (p, C).

    The scores of example i are z_i W + base_i. Z: features (n, p). truth: bool (n, C), one True a row.
    penalty: (p, 1), one value per feature. base: (n, C), 0 by default. weight: (n, 1), 1 by default.
    """

    def __init__(
        self,
        Z: np.ndarray,
        truth: np.ndarray,
        penalty: np.ndarray,
        base: np.ndarray | float = 0.0,
        weight: np.ndarray | float = 1.0,
    ):
        self.Z, self.truth, self.penalty, self.base, self.weight = Z, truth, penalty, base, weight
        self.total = float(np.broadcast_to(weight, (len(Z), 1)).sum())

    def value(self, W: np.ndarray) -> tuple[float, np.ndarray]:
        """The loss at W, and the probabilities (n, C) that the derivatives at W need."""
        scores = self.Z @ W + self.base
        shifted = scores - scores.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1, keepdims=True)
        surprise = np.log(sums) - shifted[self.truth][:, None]
        loss = (self.weight * surprise).sum() + 0.5 * (self.penalty * W**2).sum()
        return float(loss), exponentials / sums

    def gradient(self, W: np.ndarray, P: np.ndarray) -> np.ndarray:
        """Z' weight (P - truth) + penalty * W, shape (p, C)."""
        return self.Z.T @ (self.weight * (P - self.truth)) + self.penalty * W

    def curvature(self, V: np.ndarray, P: np.ndarray) -> np.ndarray:
        """The Hessian at the point of P times a direction V (p, C), without forming the Hessian."""
        A = P * (self.Z @ V)
        A -= P * A.sum(axis=1, keepdims=True)
        return self.Z.T @ (self.weight * A) + self.penalty * V

    def diagonal(self, P: np.ndarray) -> np.ndarray:
        """The diagonal of the Hessian, shape (p, C), kept above zero where p(1 - p) underflows."""
        return np.maximum((self.Z**2).T @ (self.weight * P * (1 - P)) + self.penalty, 1e-8)


def minimise(
    problem: SoftmaxLoss,
    start: np.ndarray,
    tol: float,
    max_iter: int,
    on_step: OnStep | None = None,
) -> tuple[np.ndarray, list[float]]:
    """Truncated Newton: conjugate gradients for each step, backtracking on the Armijo condition.

    Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithm 7.1, with the Hessian's diagonal
    as preconditioner. The loss is convex, so no direction of negative curvature can occur. Ends when
    no gradient entry exceeds tol, or after max_iter steps.

    start: W (p, C) where the probabilities are not saturated, such as 0: where they are, unpenalised
    weights have no curvature, their steps no length, and the search ends at once.
    Returns W (p, C) and the loss per example at the start and after every step.
    """
    n = problem.total
    W = start
    loss, P = problem.value(W)
    losses = [loss / n]
    if on_step:
        on_step(0, losses[0])
    while len(losses) <= max_iter:
        gradient = problem.gradient(W, P)
        if np.abs(gradient).max() <= tol:
            break
        direction = _newton_direction(problem, P, gradient)
        slope = (gradient * direction).sum()
        length = 1.0
        while True:
            candidate = W + length * direction
            candidate_loss, candidate_P = problem.value(candidate)
            if candidate_loss <= loss + 1e-4 * length * slope or length < 1e-6:
                break
            length /= 2
        if candidate_loss >= loss:
            break  # the loss is flat to the last digit
        W, loss, P = candidate, candidate_loss, candidate_P
        losses.append(loss / n)
        if on_step:
            on_step(len(losses) - 1, losses[-1])
    return W, losses


def _newton_direction(problem: SoftmaxLoss, P: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve Hessian @ direction = -gradient, the more exactly the nearer the minimum is."""
    diagonal = problem.diagonal(P)
    size = np.linalg.norm(gradient)
    enough = min(0.5, np.sqrt(size / problem.total)) * size
    direction = np.zeros_like(gradient)
    residual = -gradient
    scaled = residual / diagonal
    search = scaled
    norm = (residual * scaled).sum()
    for _ in range(200):
        bend = problem.curvature(search, P)
        length = norm / (search * bend).sum()
        direction = direction + length * search
        residual = residual - length * bend
        if np.linalg.norm(residual) <= enough:
            break
        scaled = residual / diagonal
        previous, norm = norm, (residual * scaled).sum()
        search = scaled + norm / previous * search
    return direction
