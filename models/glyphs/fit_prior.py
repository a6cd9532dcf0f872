"""The prior head: the layer that the network was trained with, calibrated on fonts it never saw."""

import numpy as np

from readout.model.prior import BLANK, UNKNOWN, Prior
from readout.model.softmax import softmax

from .examples import Examples
from .network import Classifier
from .scenes import CLASSES, DIGITS, TWINS
from .training import embed

ANSWERS = (*DIGITS, "-", BLANK, UNKNOWN)
L2 = 0.2
"""How strongly examples are held to the prior; chosen on `data.displays` and handwriting."""


def make_prior(model: Classifier, held_out: Examples, backbone_sha256: str) -> Prior:
    """The prior of a trained classifier. held_out: examples in fonts that it was not trained on."""
    X = embed(model.backbone, held_out.squares).astype(np.float64)
    coef = model.head.weight.detach().double().numpy().T
    intercept = model.head.bias.detach().double().numpy()
    truth = held_out.labels.astype(int)
    heat = temperature(X @ coef + intercept, truth)
    coef, intercept = coef / heat, intercept / heat
    centres = np.array(
        [X[truth == c].mean(axis=0) if (truth == c).any() else np.zeros(X.shape[1]) for c in range(len(CLASSES))]
    )
    inner = X - centres[truth]
    whitening = whiten(inner.T @ inner / len(inner))
    glyphs = np.isin(truth, [CLASSES.index(name) for name in DIGITS])
    distances = np.linalg.norm(inner[glyphs] @ whitening, axis=1)
    return Prior(
        classes=np.array(CLASSES),
        output_classes=np.array(ANSWERS),
        coef=coef,
        intercept=intercept,
        mean=X.mean(axis=0),
        scale=X.std(axis=0),
        l2=L2,
        centres=centres,
        whitening=whitening,
        radius=float(np.quantile(distances, 0.995)),
        backbone_sha256=backbone_sha256,
        confusable=np.array(sorted({other for pair in TWINS for other in pair if {*pair} & {*DIGITS}} - {*DIGITS})),
    )


def temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """What to divide scores by, so that the answers' probabilities are likely (Guo et al. 2017, arXiv:1706.04599).

    Only digits are asked for, and classes that may look like the true one don't count against it.
    """
    digits = [CLASSES.index(name) for name in DIGITS]
    rows = np.isin(truth, digits)
    scores, truth = scores[rows].copy(), truth[rows]
    for a, b in TWINS:
        for one, other in ((a, b), (b, a)):
            scores[truth == CLASSES.index(one), CLASSES.index(other)] = -np.inf
    candidates = np.exp(np.linspace(np.log(0.5), np.log(3), 61))
    losses = [-np.log(softmax(scores / heat)[np.arange(len(truth)), truth] + 1e-12).mean() for heat in candidates]
    return float(candidates[np.argmin(losses)])


def whiten(covariance):
    """W with W' C W = 1, after a hundredth of the mean variance is added for directions hardly seen."""
    covariance = covariance + 0.01 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    return vectors / np.sqrt(values)
