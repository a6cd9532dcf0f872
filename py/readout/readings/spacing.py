"""How far the digits of one number stand from each other."""

from collections.abc import Sequence

import numpy as np

GAP, POINT_GAP = 1.7, 2.4
"""A number ends where two digits are so much further apart than its others usually are; with a point between them."""
LEAST_GAP, USUAL = 1.3, 0.75
"""In heights: nothing nearer is a gap; and the distance of digits where there are only two."""
LABEL_GAP, LEAST_LABEL_GAP = 1.3, 0.95
"""The same, against the nearest two, where a letter stands beside the first or last digit: T1 23.5 and 95 lbs."""


def least_gap(
    steps: Sequence[float] | np.ndarray, height: float, over_point: bool = False, labelled: bool = False
) -> float:
    """The distance above which two digits are of two numbers. steps: of those next to each other; `height`: theirs.

    labelled: whether a letter stands at the side of the first or last one.
    """
    if labelled and not over_point and len(steps) > 1:
        return max(LABEL_GAP * float(np.min(steps)), LEAST_LABEL_GAP * height)
    usual = float(np.median(steps)) if len(steps) > 1 else USUAL * height
    return max((POINT_GAP if over_point else GAP) * usual, LEAST_GAP * height)
