"""A map of embeddings in two dimensions, their first two principal components.

Labels have no part in it, so that an example with a wrong one lies among those that it looks like.
"""

import numpy as np

from ..errors import ReadoutError


def project(X: np.ndarray) -> np.ndarray:
    """A place for each of n embeddings X (n, d): float32 (n, 2), the farthest coordinate at -1 or 1.

    Raises ReadoutError for other shapes and for embeddings that are not finite.
    """
    X = np.asarray(X, float)
    if X.ndim != 2 or not np.isfinite(X).all():
        raise ReadoutError(f"embeddings are finite, of shape (n, features), got shape {X.shape}: embed the crops again")
    places = principal(X) if len(X) else np.zeros((0, 2))
    return (places / max(np.abs(places).max(initial=0), 1e-12)).astype(np.float32)


def principal(X: np.ndarray) -> np.ndarray:
    """The scores (n, 2) of X (n, d) on its first two principal components, of which the third moments are positive.

    They come from the products of the rows, which are fewer than the features.
    """
    Z = X - X.mean(axis=0)
    gram = Z @ Z.T
    values, vectors = np.linalg.eigh(gram)
    values = np.where(values > 1e-9 * values[-1], values, 0)
    scores = np.zeros((len(gram), 2))
    found = vectors[:, :-3:-1] * np.sqrt(values[:-3:-1])
    scores[:, : found.shape[1]] = found
    return scores * np.where((scores**3).sum(axis=0) < 0, -1, 1)
