"""scikit-learn's handwritten digits: 1,797 real ones, of 43 people, 8 x 8 pixels of 17 greys."""

import numpy as np

from readout.imaging.crops import Crop


def handwriting() -> list[tuple[Crop, str]]:
    """Every digit and its label, in scikit-learn's order; white ink on black, 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    grey = np.round(digits.images * (255 / 16)).astype(np.uint8)
    pixels = np.repeat(grey[..., None], 3, axis=3)
    return [(Crop.whole(picture), str(label)) for picture, label in zip(pixels, digits.target, strict=True)]
