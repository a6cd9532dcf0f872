"""How far the digits of one number stand from each other."""

from collections.abc import Sequence

import numpy as np

GAP, POINT_GAP = 1.7, 2.4
"""A number ends where two digits are so much further apart than its others usually are; with a point between them."""
LEAST_GAP, USUAL = 1.3, 0.75
"""In heights: nothing nearer is a gap; and the distance of digits where there are only two."""


def least_gap(steps: Sequence[float] | np.ndarray, height: float, over_point: bool = False) -> float:
    """The distance above which two digits are of two numbers. steps: of those next to each other; `height`: theirs."""
    usual = float(np.median(steps)) if len(steps) > 1 else USUAL * height
    return max((POINT_GAP if over_point else GAP) * usual, LEAST_GAP * height)
