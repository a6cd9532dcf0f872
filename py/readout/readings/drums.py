"""Counters whose digits stand on drums: how far each is turned, and what a carry allows.

A drum that is half-way between two digits is read as either of them: its column's probability is split between a
digit and the next one, 0 following 9. A drum leaves its digit only while its right neighbour goes from 9 to 0. So of
two drums that are both on their way, the left one has passed exactly where the right one shows 0.
"""

from collections.abc import Sequence

import numpy as np

BETWEEN = 0.1
"""A drum is on its way where the less likely of two neighbouring digits has this share of both or more."""

Digits = Sequence[int]
"""Of a text's characters their digits, -1 for anything else."""


def turns(probabilities: np.ndarray, digits: Digits) -> np.ndarray:
    """How far drums are turned from the digits read, from -0.5 to 0.5: above 0 on the way to the next digit.

    probabilities: (n, 10), of each digit where each of the n characters stands. The share that the neighbouring digit
    has of its probability and the read one's: 0 where a digit stands, 0.5 half-way; 0 for what is no digit.
    """
    found = np.zeros(len(digits))
    for k, digit in enumerate(digits):
        if digit < 0:
            continue
        own, after, before = (float(probabilities[k, (digit + step) % 10]) for step in (0, 1, -1))
        if max(after, before) > 0:
            found[k] = after / (own + after) if after >= before else -before / (own + before)
    return np.clip(found, -0.5, 0.5)


def on_the_way(probabilities: np.ndarray, digits: Digits) -> list[int]:
    """Of each character the lower of the two digits that a drum is between, -1 where it is between none."""
    share = turns(probabilities, digits)
    between = np.abs(share) >= BETWEEN
    return [
        (digit - (turn < 0)) % 10 if digit >= 0 and moving else -1
        for digit, turn, moving in zip(digits, share, between, strict=True)
    ]


def carries(between: Digits) -> list[int]:
    """Which drums are on their way together with a right neighbour that goes from 9 to 0: their places."""
    return [k for k in range(len(between) - 1) if between[k] >= 0 and between[k + 1] == 9]


def is_possible(digits: Digits, between: Digits) -> bool:
    """Whether drums can show these digits: of those that carry, the left one has passed where the right one shows 0."""
    if len(digits) != len(between):
        return True
    for k in carries(between):
        passed = digits[k] == (between[k] + 1) % 10
        if (passed or digits[k] == between[k]) and digits[k + 1] in (9, 0) and passed != (digits[k + 1] == 0):
            return False
    return True


def is_still(between: Digits) -> list[bool]:
    """Of each drum but the last whether it stands at a digit, since its right neighbour is not between 9 and 0."""
    return [k + 1 < len(between) and between[k + 1] != 9 for k in range(len(between))]
