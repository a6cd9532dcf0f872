"""A map of embeddings in two dimensions, on which what looks alike is together and outliers are seen.

It is t-SNE, exact, begun with the principal components (van der Maaten and Hinton 2008, Visualizing data using
t-SNE; Kobak and Berens 2019, doi:10.1038/s41467-019-13056-x). Labels have no part in it, so that an example with a
wrong one lies among those that it looks like. Discriminant analysis, which knows them, pulls it to those whose
label it has: tried with 4 of 120 labels wrong, it hid a sixth of them, or all, by how strongly it was held back.
Principal components alone show them, but lay several digits on top of each other.
"""

import numpy as np

from ..errors import ReadoutError

LANDMARKS = 300
"""How many embeddings arrange themselves; the others are put among those. Time grows with its square."""
PERPLEXITY = 10.0
"""About how many neighbours each one keeps close to."""
LEAST = 8
"""Fewer embeddings are shown by their principal components."""
PULL = 4.0
"""How many times likeness counts at first, so that groups can pass each other."""
PULLED, STEPS = 50, 150
LINE = 0.2
"""A last map that is flatter than this is none to go on with."""
NEAREST = 3
"""Of how many landmarks the others take the middle."""


def project(X: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """A place for each of n embeddings X (n, d): float32 (n, 2), the farthest coordinate at -1 or 1.

    start: (n, 2), the places on the last map, NaN for embeddings that were not on it; the new map is like it as far
    as may be. There is no chance in it: the same X and start give the same map.
    Raises ReadoutError for other shapes and for embeddings that are not finite.
    """
    X = np.asarray(X, float)
    if X.ndim != 2 or not np.isfinite(X).all():
        raise ReadoutError(f"embeddings are finite, of shape (n, features), got shape {X.shape}: embed the crops again")
    if start is not None and np.shape(start) != (len(X), 2):
        raise ReadoutError(f"a start has a place for each of {len(X)} embeddings, got shape {np.shape(start)}: omit it")
    some = np.unique(np.linspace(0, len(X) - 1, min(len(X), LANDMARKS)).round().astype(int))
    others = np.setdiff1d(np.arange(len(X)), some)
    X = X - X[some].mean(axis=0) if len(X) else X
    gram = X[some] @ X[some].T
    near = _squares(gram, np.diag(gram), np.diag(gram))
    places, begun = _scores(gram), False
    if start is not None and len(some) >= LEAST:
        places, begun = _begun(np.asarray(start, float)[some], near, places)
    if len(some) >= LEAST and near.any():
        places = _arranged(near, places, begun)
    every = np.empty((len(X), 2))
    every[some] = places
    if len(others):
        away = _squares(X[others] @ X[some].T, (X[others] ** 2).sum(axis=1), np.diag(gram))
        every[others] = places[np.argpartition(away, NEAREST, axis=1)[:, :NEAREST]].mean(axis=1)
    return (every / max(np.abs(every).max(initial=0), 1e-12)).astype(np.float32)


def principal(X: np.ndarray) -> np.ndarray:
    """The scores (n, 2) of X (n, d) on its first two principal components, of which the third moments are positive.

    They come from the products of the rows, which are fewer than the features.
    """
    Z = X - X.mean(axis=0)
    return _scores(Z @ Z.T)


def _scores(gram):
    values, vectors = np.linalg.eigh(gram)
    scores = np.zeros((len(gram), 2))
    found = vectors[:, :-3:-1] * np.sqrt(np.maximum(values[:-3:-1], 0))
    scores[:, : found.shape[1]] = found
    return scores * np.where((scores**3).sum(axis=0) < 0, -1, 1)


def _squares(products, left, right):
    """Squared distances (n, m) by the products (n, m) and the squares (n), (m) of centred rows, rounding aside."""
    squares = left[:, None] - 2 * products + right
    return np.where(squares > 1e-9 * right.max(initial=0), squares, 0)


def _begun(start, near, fresh):
    """Places to begin with, and whether they are of a map: the last ones, and for the new those of their nearest.

    All are `fresh` where fewer than half are known, or where these lie on a line or a point and would stay there.
    """
    known = np.isfinite(start).all(axis=1)
    if 2 * known.sum() < len(start):
        return fresh, False
    narrow, wide = sorted(np.ptp(start[known], axis=0))
    if narrow <= LINE * wide:
        return fresh, False
    nearest = np.flatnonzero(known)[near[:, known].argmin(axis=1)]
    return np.where(known[:, None], start, start[nearest]), True


def _likeness(near, perplexity):
    """How likely each pair is to be neighbours: (n, n), symmetric, sum 1; by squared distances `near` (n, n).

    Every row is a Gaussian, as wide as makes its entropy log(perplexity); the width is found by bisection.
    """
    n = len(near)
    far = near / np.median(near[near > 0])
    np.fill_diagonal(far, np.inf)
    far -= far.min(axis=1, keepdims=True)
    finite = np.where(np.isfinite(far), far, 0)
    low, high = np.full((n, 1), -15.0), np.full((n, 1), 15.0)
    for _ in range(20):
        sharp = np.exp((low + high) / 2)
        P = np.exp(-far * sharp)
        total = P.sum(axis=1, keepdims=True)
        entropy = np.log(total) + sharp * (finite * P).sum(axis=1, keepdims=True) / total
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, (low + high) / 2, low), np.where(wide, high, (low + high) / 2)
    P /= total
    return np.maximum((P + P.T) / (2 * n), 1e-12)


def _arranged(near, places, begun):
    """Gradient descent with momentum and a gain for each coordinate, as in van der Maaten's code.

    begun: whether `places` are those of a map, on which the widest spread is about sqrt(n); others begin small.
    """
    n = len(near)
    P = _likeness(near, min(PERPLEXITY, (n - 1) / 3)).astype(np.float32)
    Y = places - places.mean(axis=0)
    Y *= (np.sqrt(n) if begun else 1e-2) / max(Y.std(axis=0).max(), 1e-12)
    speed, gains, rate = np.zeros_like(Y), np.ones_like(Y), max(n / PULL, 20.0)
    for step in range(STEPS):
        y = Y.astype(np.float32)
        squares = (y * y).sum(axis=1)
        close = y @ (-2 * y.T)
        close += squares[:, None]
        close += squares + np.float32(1)
        np.divide(1, np.maximum(close, 1, out=close), out=close)
        np.fill_diagonal(close, 0)
        force = P * np.float32(PULL if step < PULLED and not begun else 1) - close / close.sum()
        force *= close
        gradient = 4 * (Y * force.sum(axis=1, keepdims=True) - force @ y)
        gains = np.maximum(np.where((gradient > 0) != (speed > 0), gains + 0.2, gains * 0.8), 0.01)
        speed = (0.5 if step < PULLED else 0.8) * speed - rate * gains * gradient
        Y = Y + speed
        Y -= Y.mean(axis=0)
    return Y
