"""Logistic regression on raw pixels: what can be had without any backbone."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from readout.imaging.crops import Crop
from readout.imaging.resample import resample

SIZE = 32


class Pixels:
    """scikit-learn's logistic regression on standardised grey pixels.

    Pictures as small as 8 x 8 keep their own pixels; others are stretched to 32 x 32.
    """

    title, zero = "raw pixels", False

    def features(self, crops: Sequence[Crop]) -> np.ndarray:
        """Grey pixels float64 (n, s * s) of 0..1."""
        own = {crop.pixels.shape[:2] for crop in crops if tuple(crop.box[:2]) == (0, 0)}
        size = 8 if own == {(8, 8)} and all(crop.box[2:] == (8, 8) for crop in crops) else SIZE
        return resample(crops, size).mean(axis=3).reshape(len(crops), -1) / 255

    def fit(self, features: np.ndarray, labels: Sequence[str]):
        """A scikit-learn pipeline, fitted."""
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features, labels)
