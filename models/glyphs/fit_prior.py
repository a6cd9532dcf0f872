"""The prior head: the layer that the network was trained with, calibrated on fonts it never saw."""

import numpy as np

from models.common.network import Classifier
from models.common.prior import build_prior, last_layer
from readout.model.prior import BLANK, UNKNOWN, Prior
from readout.model.softmax import softmax

from .examples import Examples
from .scenes import CLASSES, DIGITS, TWINS
from .training import embed

ANSWERS = (*DIGITS, "-", BLANK, UNKNOWN)


def make_prior(model: Classifier, held_out: Examples, backbone_sha256: str) -> Prior:
    """The prior of a trained classifier. held_out: examples in fonts that it was not trained on."""
    X = embed(model.backbone, held_out.squares).astype(np.float64)
    coef, intercept = last_layer(model)
    truth = held_out.labels.astype(int)
    heat = temperature(X @ coef + intercept, truth)
    coef, intercept = coef / heat, intercept / heat
    return build_prior(
        X,
        truth,
        np.isin(truth, [CLASSES.index(name) for name in DIGITS]),
        classes=CLASSES,
        output_classes=np.array(ANSWERS),
        coef=coef,
        intercept=intercept,
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
