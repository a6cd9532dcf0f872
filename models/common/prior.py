"""The prior head of a trained classifier: its last layer, with what the embeddings of each class look like."""

import numpy as np

from readout.model.prior import Prior

from .network import Classifier

L2 = 0.2
"""How strongly examples are held to the prior; chosen on `data.displays` and handwriting."""


def last_layer(model: Classifier) -> tuple[np.ndarray, np.ndarray]:
    """Its coefficients (d, classes) and intercept (classes,), float64."""
    return model.head.weight.detach().double().numpy().T, model.head.bias.detach().double().numpy()


def build_prior(
    X: np.ndarray, truth: np.ndarray, known: np.ndarray, *, classes: tuple[str, ...], least_scale: float = 0.0, **fields
) -> Prior:
    """A prior of embeddings X (n, d) whose classes are truth (n,).

    known: bool (n,), those whose distances from their class say what is still known. least_scale: added to the
    features' spread. fields: the other fields of `Prior`.
    """
    centres = np.array(
        [X[truth == c].mean(axis=0) if (truth == c).any() else np.zeros(X.shape[1]) for c in range(len(classes))]
    )
    inner = X - centres[truth]
    whitening = _whiten(inner.T @ inner / len(inner))
    distances = np.linalg.norm(inner[known] @ whitening, axis=1)
    return Prior(
        classes=np.array(classes),
        mean=X.mean(axis=0),
        scale=X.std(axis=0) + least_scale,
        l2=L2,
        centres=centres,
        whitening=whitening,
        radius=float(np.quantile(distances, 0.995)),
        **fields,
    )


def _whiten(covariance):
    """W with W' C W = 1, after a hundredth of the mean variance is added for directions hardly seen."""
    covariance = covariance + 0.01 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    return vectors / np.sqrt(values)
