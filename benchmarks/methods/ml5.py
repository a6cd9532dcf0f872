"""The head of ml5.js's feature extractor, as the 2019 demo trained it, in numpy.

Flattened feature maps, 100 ReLU units, softmax without a bias; Adam at 1e-4 for 20 epochs, in
batches of 0.4 of the examples, shuffled in every epoch.
Source: ml5-library 0.x, src/FeatureExtractor/Mobilenet.js; initial weights as in TensorFlow.js's
`varianceScaling`: a normal distribution cut at two deviations, variance 1 / inputs.
"""

from collections.abc import Sequence

import numpy as np

from readout.imaging.crops import Crop
from readout.model.softmax import softmax

from .imagenet import FeatureMaps

UNITS, RATE, EPOCHS, BATCH_SHARE = 100, 1e-4, 20, 0.4


class Adam:
    """Adam (Kingma and Ba 2015, arXiv:1412.6980) for one array, which is changed in place."""

    def __init__(
        self, weights: np.ndarray, rate: float, decay: float = 0.9, decay2: float = 0.999, epsilon: float = 1e-7
    ):
        self.weights, self.rate, self.decays, self.epsilon = weights, rate, (decay, decay2), epsilon
        self.mean, self.square = np.zeros_like(weights), np.zeros_like(weights)
        self.steps = 0

    def step(self, gradient: np.ndarray) -> None:
        """One step against the gradient, whose array is used up."""
        self.steps += 1
        a, b = self.decays
        self.mean += (1 - a) * (gradient - self.mean)
        gradient *= gradient
        self.square += (1 - b) * (gradient - self.square)
        root = np.sqrt(self.square / (1 - b**self.steps), out=gradient)
        root += self.epsilon
        self.weights -= self.rate / (1 - a**self.steps) * self.mean / root


class Ml5Head:
    """Two dense layers. After `fit`: classes_, hidden_ (d, units), bias_ (units,), output_ (units, C)."""

    def __init__(self, units: int = UNITS, rate: float = RATE, epochs: int = EPOCHS, seed: int = 0):
        self.units, self.rate, self.epochs, self.seed = units, rate, epochs, seed

    def fit(self, X: np.ndarray, y: Sequence[str]) -> "Ml5Head":
        """Learn from flattened feature maps X (n, d) and labels y (n). Returns self."""
        rng = np.random.default_rng(self.seed)
        self.classes_ = sorted(set(y))
        truth = (np.array(y)[:, None] == np.array(self.classes_)).astype(np.float32)
        self.hidden_ = _varianced(rng, X.shape[1], self.units)
        self.bias_ = np.zeros(self.units, np.float32)
        self.output_ = _varianced(rng, self.units, len(self.classes_))
        # A feature that is 0 in every example has gradient 0, and Adam leaves its weights where they are.
        live = np.flatnonzero((X != 0).any(axis=0))
        X, hidden = np.ascontiguousarray(X[:, live]), self.hidden_[live]
        layers = [Adam(weights, self.rate) for weights in (hidden, self.bias_, self.output_)]
        batch = max(1, int(len(X) * BATCH_SHARE))
        for _ in range(self.epochs):
            order = rng.permutation(len(X))
            for start in range(0, len(X), batch):
                rows = order[start : start + batch]
                found = gradients(X[rows], truth[rows], hidden, self.bias_, self.output_)
                for layer, gradient in zip(layers, found, strict=True):
                    layer.step(gradient)
        self.hidden_[live] = hidden
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (n, C) of the classes for X (n, d)."""
        return softmax(np.maximum(X @ self.hidden_ + self.bias_, 0) @ self.output_)


def gradients(X: np.ndarray, truth: np.ndarray, hidden: np.ndarray, bias: np.ndarray, output: np.ndarray) -> tuple:
    """Of the mean cross-entropy, by hidden (d, units), bias (units,) and output (units, C).

    X: (n, d). truth: (n, C), rows one-hot.
    """
    active = np.maximum(X @ hidden + bias, 0)
    error = (softmax(active @ output) - truth) / X.dtype.type(len(X))
    back = (error @ output.T) * (active > 0)
    return X.T @ back, back.sum(axis=0), active.T @ error


def _varianced(rng, inputs, outputs):
    draw = rng.standard_normal((inputs, outputs), np.float32)
    while (far := np.flatnonzero(np.abs(draw.ravel()) > 2)).size:
        draw.ravel()[far] = rng.standard_normal(far.size, np.float32)
    return draw * np.float32(inputs**-0.5)


class Ml5:
    """The demo's own head on the ImageNet backbone."""

    title, zero = "ml5 demo's head", False

    def __init__(self, maps: FeatureMaps):
        self._maps = maps

    def features(self, crops: Sequence[Crop]) -> np.ndarray:
        """Flattened feature maps float32 (n, 50176)."""
        return self._maps.of(crops).reshape(len(crops), -1)

    def fit(self, features: np.ndarray, labels: Sequence[str]) -> Ml5Head:
        """The demo's training; its start is seeded."""
        return Ml5Head().fit(features, labels)
