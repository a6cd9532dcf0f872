"""Whether a picture is like any example, for heads that bring no prior: the distance to the nearest one."""

from collections.abc import Sequence

import numpy as np

from ..errors import ReadoutError


class Familiarity:
    """How far embeddings are from the nearest example: cosine distance, above 1 is an outlier.

    The unit is how far classes lie apart: the median, over the examples, of the distance to the nearest example of
    another class. Where a class is wider than that, it is the largest distance from an example to the nearest other one
    of its class, so that no example is far from the others. No setting has to be chosen.
    """

    def __init__(self, X: np.ndarray, labels: Sequence[str]):
        """X: embeddings (n, d) of examples. Raises ReadoutError for fewer than two different labels."""
        y = np.array(labels)
        if len(set(labels)) < 2 or len(X) != len(y):
            raise ReadoutError(
                f"examples of at least two classes are compared, got {len(X)} embeddings and {len(set(labels))} "
                "classes: add another class"
            )
        self._units = _unit(X)
        apart = 1 - self._units @ self._units.T
        other = y[:, None] != y
        between = np.where(other, apart, np.inf).min(axis=1)
        own = np.where(other | np.eye(len(y), dtype=bool), np.inf, apart).min(axis=1)
        widest = own[np.isfinite(own)].max(initial=0)
        self.unit = max(float(np.median(between)), float(widest), 1e-6)

    def distance(self, X: np.ndarray) -> np.ndarray:
        """The distances (n,) of embeddings X (n, d) to the nearest example, above 1 where they are like none."""
        nearest: np.ndarray = (1 - _unit(X) @ self._units.T).min(axis=1)
        return nearest / self.unit


def _unit(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, float)
    return X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)
