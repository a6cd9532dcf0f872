"""Many turned windows of one frame as strips, quickly: good enough to see what is a number, not to read it for good."""

import math
from collections.abc import Sequence

import numpy as np

from ..imaging.resample import between
from ..imaging.strips import HEIGHT, strip_width
from ..layout.box import Box

Place = tuple[Box, float]
"""A window, and the degrees clockwise by which it is turned around its middle."""


class StripSampler:
    """A frame, uint8 (h, w, 3), with its halves of halves."""

    def __init__(self, frame: np.ndarray):
        self._levels = [np.ascontiguousarray(frame)]

    def strips(self, places: Sequence[Place]) -> list[np.ndarray]:
        """uint8 (32, w, 3) of each window; beyond the frame its outermost pixels are repeated."""
        found: list[np.ndarray] = [np.empty(0)] * len(places)
        groups: dict[tuple[int, int], list[int]] = {}
        for k, (window, _) in enumerate(places):
            level = int(math.log2(max(window[3] / HEIGHT, 1.0)))
            groups.setdefault((level, strip_width(*window[2:])), []).append(k)
        for (level, width), which in groups.items():
            windows = np.array([places[k][0] for k in which]) / 2**level
            turns = np.radians([places[k][1] for k in which])
            for k, strip in zip(which, _sampled(self._level(level), windows, turns, width), strict=True):
                found[k] = strip
        return found

    def _level(self, level: int) -> np.ndarray:
        """The frame, halved so often."""
        while len(self._levels) <= level:
            last = self._levels[-1]
            height, width = (max(side // 2 * 2, 1) for side in last.shape[:2])
            if min(height, width) < 2:
                self._levels.append(last)
                continue
            rows = last[0:height:2].astype(np.uint16) + last[1:height:2]
            self._levels.append(((rows[:, 0:width:2] + rows[:, 1:width:2] + 2) >> 2).astype(np.uint8))
        return self._levels[level]


def _sampled(pixels: np.ndarray, windows: np.ndarray, turns: np.ndarray, width: int) -> np.ndarray:
    """Bilinear samples of windows (n, 4): uint8 (n, 32, width, 3)."""
    x, y, w, h = (windows[:, k, None, None] for k in range(4))
    u = ((np.arange(width) + 0.5) / width - 0.5)[None, None, :] * w
    v = ((np.arange(HEIGHT) + 0.5) / HEIGHT - 0.5)[None, :, None] * h
    cos, sin = np.cos(turns)[:, None, None], np.sin(turns)[:, None, None]
    columns = np.clip(x + w / 2 + u * cos - v * sin - 0.5, 0, pixels.shape[1] - 1).astype(np.float32)
    rows = np.clip(y + h / 2 + u * sin + v * cos - 0.5, 0, pixels.shape[0] - 1).astype(np.float32)
    left, top = columns.astype(np.int32), rows.astype(np.int32)
    right, below = np.minimum(left + 1, pixels.shape[1] - 1), np.minimum(top + 1, pixels.shape[0] - 1)
    along, beneath = (columns - left)[..., None], (rows - top)[..., None]
    upper, lower = (between(pixels, each, left, right, along) for each in (top, below))
    return (upper + (lower - upper) * beneath + 0.5).astype(np.uint8)
