"""The numbers on the scale: a walk that wanders, and now and then jumps.

Readings are whole hundredths of a degree (int), so that "top minus 10.00" is exact.
"""

import numpy as np

from . import DrawingError

SPAN = 1000  # top label minus bottom label, hundredths
LOWEST, HIGHEST = 2000, 9999  # of the top label, so that both labels keep two digits
STEP_SD, STEP_MAX = 55, 199  # a wandering step
JUMP_MIN = 500  # a jump
STAY = (4, 9)  # frames between jumps: 4 to 8


def top_values(seed, count, stream=0):
    """Top labels of `count` consecutive frames.

    Steps inside a stretch of 4 to 8 frames are at most STEP_MAX; between stretches the value
    jumps by at least JUMP_MIN to a decade dealt from a shuffled deck, so leading digits spread.
    The first k values do not depend on `count`.

    Returns: int64 array (count,), hundredths in [LOWEST, HIGHEST].
    Raises: DrawingError if count is below 1.
    """
    if count < 1:
        raise DrawingError(f"a set needs at least 1 frame, got {count}: ask for more frames")
    rng = np.random.default_rng([seed, stream, 0])
    deck, values = [], []
    stay = 0
    while len(values) < count:
        if stay == 0:
            if not deck:
                deck = list(rng.permutation(np.arange(LOWEST // 1000, HIGHEST // 1000 + 1)))
            decade = 1000 * int(deck.pop()) + np.arange(1000)
            if values:
                decade = decade[np.abs(decade - values[-1]) >= JUMP_MIN]
            values.append(int(rng.choice(decade)))
            stay = int(rng.integers(*STAY)) - 1
        else:
            step = int(np.clip(round(rng.normal(0, STEP_SD)), -STEP_MAX, STEP_MAX))
            values.append(_reflect(values[-1] + step))
            stay -= 1
    return np.array(values, dtype=np.int64)


def bottom_values(top):
    """Bottom labels, SPAN below the top labels; same shape and units."""
    return np.asarray(top) - SPAN


def label_text(hundredths):
    """`7905` -> `"79.05"`. Raises DrawingError outside 10.00 to 99.99, where `##.##` ends."""
    value = int(hundredths)
    if not 1000 <= value <= 9999:
        raise DrawingError(
            f"a label shows 10.00 to 99.99, got {value / 100:.2f}: keep the top label between 20.00 and 99.99"
        )
    return f"{value // 100}.{value % 100:02d}"


def _reflect(value):
    if value < LOWEST:
        return 2 * LOWEST - value
    if value > HIGHEST:
        return 2 * HIGHEST - value
    return value
