"""The number near a point of a frame: what is clicked where the search of the whole frame found nothing.

Windows of many heights around the point are read. The best of them is read again a little higher and lower, larger and
smaller.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from ..detection.strip_sampler import StripSampler
from ..imaging.strips import HEIGHT, strips_to_tensor
from ..layout.box import Box, clipped
from ..layout.number_text import count_digits
from .number_spotter import ASIDE, NumberSpotter, Spotted

LOWEST, STEP = 9.0, 1.3
"""Pixels of the lowest window that is tried, and how much higher each next one is."""
HIGHEST = 0.6
"""Of the highest window, as a share of the frame's height."""
WIDE = 7.0
"""The width of a window, in its heights."""
LEVELS = (-0.3, 0.0, 0.3)
"""How far windows lie above and below the point, in their heights."""
SCALES, SHIFTS = (0.72, 0.85, 1.0, 1.2), (-0.16, 0.0, 0.16)
"""Of the windows that are tried next: heights, as a share of the first one's; how far they are moved, in heights."""
FILLS = 0.7
"""Of a window's height its digits have so much, about."""
LEAST_SURE, LEAST_SURE_ALONE = 0.6, 0.97
"""The mean probability of a number's characters, at least, and of a single digit: edges look like a 1."""
TALL = 0.2
"""What a window that is e times as high is worth: as much as this more of probability, doubled."""
BATCH = 24
"""Strips that are read at once."""

Steps = Generator[np.ndarray, np.ndarray, Spotted | None]
"""Yields strips, float32 (n, 3, 32, W), takes their columns (n, t, d) from a line backbone."""


@dataclass(frozen=True)
class _Run:
    """A number in a window: where it begins and ends in the frame, its text, and its characters' mean probability."""

    window: Box
    left: float
    right: float
    text: str
    sure: float

    @property
    def is_sure(self) -> bool:
        """Whether it is likely a number at all."""
        return self.sure >= (LEAST_SURE if len(self.text) > 1 else LEAST_SURE_ALONE)

    def worth(self, x: float) -> float:
        """More for more sure digits, less for what is far from the point, and in a low window, which may cut it."""
        away = beside((self.left, 0.0, self.right - self.left, 0.0), x) / self.window[3]
        digits = count_digits(self.text)
        return (2 * self.sure - 1 + TALL * math.log(self.window[3])) * (digits + 0.5) * 0.5 ** (2 * away)


def beside(window: Box, x: float) -> float:
    """How far a point lies left or right of a window, in pixels; 0 within."""
    return max(window[0] - x, x - window[0] - window[2], 0.0)


def number_near(spotter: NumberSpotter, frame: np.ndarray, point: tuple[float, float]) -> Steps:
    """The number nearest to a point (x, y) of a frame, uint8 (h, w, 3); None where none is read."""
    x, y = point
    height, width = frame.shape[:2]
    sampler = StripSampler(frame)
    count = 1 + max(0, int(math.log(max(HIGHEST * height / LOWEST, 1.0), STEP)))
    sizes = [LOWEST * STEP**k for k in range(count)]
    around = [(x - WIDE / 2 * h, y + (level - 0.5) * h, WIDE * h, h) for h in sizes for level in LEVELS]
    runs = yield from _read(spotter, sampler, around)
    best = max((run for run in runs if run.is_sure), key=lambda run: run.worth(x), default=None)
    if best is None:
        return None
    closer = []
    for scale in SCALES:
        for shift in SHIFTS:
            h = scale * best.window[3]
            top = best.window[1] + (best.window[3] - h) / 2 + shift * h
            closer.append((best.left - ASIDE * h, top, best.right - best.left + 2 * ASIDE * h, h))
    runs = yield from _read(spotter, sampler, closer)
    best = max([best, *runs], key=lambda run: run.worth(x))
    _, top, _, h = best.window
    window = clipped((best.left - ASIDE * h, top, best.right - best.left + 2 * ASIDE * h, h), (width, height))
    return Spotted(window, 0.0, FILLS * h, best.text, best.sure)


def _read(
    spotter: NumberSpotter, sampler: StripSampler, windows: Sequence[Box]
) -> Generator[np.ndarray, np.ndarray, list[_Run]]:
    """The numbers in some windows."""
    strips = sampler.strips([(window, 0.0) for window in windows])
    found = []
    for begin in range(0, len(strips), BATCH):
        columns = yield strips_to_tensor(strips[begin : begin + BATCH])
        for window, strip, each in zip(windows[begin:], strips[begin : begin + BATCH], columns, strict=False):
            scale = window[3] / HEIGHT
            for span in spotter.spans(each, strip.shape[1], FILLS * HEIGHT):
                left, right = window[0] + span.left * scale, window[0] + span.right * scale
                found.append(_Run(window, left, right, span.text, span.sure))
    return found
