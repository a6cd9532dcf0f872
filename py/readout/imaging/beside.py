"""Whether a number goes on outside its window: something stands beside it, as high and as bright as its characters, or
these themselves go on above or below it."""

import math
from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np

from .colour import luma
from .crops import ROWS
from .strips import HEIGHT, WindowCrop, at_strip_height, column_runs, least_contrast

LIKE = 0.2
"""How far a run of ink may begin and end above or below the characters to be one more, as a share of their height."""
AS_BRIGHT = (0.75, 1.3)
"""How far from the ground's brightness it may be, against the characters."""
TALLEST, TALL = 0.3, 0.7
"""The share of a strip's height that its tallest characters have at least, and of their height that others have."""
THIN = 2
"""Pixels that a character is wide, at least."""
PARTLY = 0.3
"""Of a character that a window's edge cuts, so much of its height in width is inside at most."""
MINUS_HIGH, MINUS_WIDE, MINUS_AT = 0.3, (0.15, 0.9), (0.3, 0.7)
"""Of a minus the height at most, the width, and where its middle is, as shares of the characters' height."""
ROUNDING = 1e-6
"""Pixels by which a window's end may round to above the pixel that it ends with."""
NARROWEST = 0.75
"""The share of a window's height that is known beside it at least, where there is to be looked."""


def goes_on(crop: WindowCrop, ink: np.ndarray, runs: np.ndarray, strength: float) -> tuple[bool, bool, bool]:
    """Whether something like a strip's tallest characters stands to its left, or a minus, and to its right; and whether
    the window's edge cuts one of these, or above or below most of its own.

    ink, runs, strength: of the strip, see `ink_of`, `ink_runs` and `strength_of`. None of it where the window is
    turned, or where nothing is known around it.
    """
    tall = _tallest(runs)
    if crop.turn or crop.around is None or not len(tall):
        return False, False, False
    light = luma(crop.strip).astype(np.int16)
    middle, least = float(np.median(light)), least_contrast(strength)
    inside = light - middle
    inked = inside[np.abs(inside) > least]
    level = float(inked.mean()) if len(inked) else 0.0
    top, bottom = median(tall[:, 2].tolist()), median(tall[:, 3].tolist())
    found, cuts = [False, False], _cuts_most(crop, ink, runs, middle, least)
    for k, side in _sides(crop, middle, least):
        edge = inside if k == 0 else inside[:, ::-1]
        cut_off = _cut_off(np.abs(edge) > least, int(PARTLY * (bottom - top)))
        outwards = np.concatenate([edge[:, :cut_off][:, ::-1], side], axis=1)
        found[k] = _has_character(outwards, least, level, (top, bottom), k == 0)
        cuts |= found[k] and cut_off > 0
    return found[0], found[1], cuts


def _tallest(runs: np.ndarray) -> np.ndarray:
    """The runs that are about as high as the highest one, where that is high enough to be a character."""
    heights = runs[:, 3] - runs[:, 2]
    return runs[heights >= TALL * max(float(heights.max(initial=0)), TALLEST * HEIGHT)]


def _cuts_most(crop: WindowCrop, ink: np.ndarray, runs: np.ndarray, middle: float, least: float) -> bool:
    """Whether the window's upper or lower edge cuts most of its characters: they reach it and go on beyond.

    Not of a single one, which may be a drum's. What is as high as the strip is a frame, unless all is.
    """
    assert crop.around is not None
    heights = runs[:, 3] - runs[:, 2]
    framed = heights[heights < HEIGHT].max(initial=0) >= TALLEST * HEIGHT
    tall = _tallest(runs[heights < HEIGHT] if framed else runs).astype(int)
    if len(tall) < 2:
        return False
    pixels, (x, y, w, h) = crop.around.pixels, crop.around.box
    deep = TALL * float((tall[:, 3] - tall[:, 2]).max())
    columns = (x + (np.arange(ink.shape[1]) + 0.5) * w / ink.shape[1]).astype(int)
    for row, inwards in ((int(y) - ROWS, ink), (math.ceil(y + h - ROUNDING), ink[::-1])):
        if not 0 <= row <= len(pixels) - ROWS:
            continue
        beyond = (np.abs(luma(pixels[row : row + ROWS]).astype(np.int16) - middle) > least).all(axis=0)
        beyond = beyond[columns][:: -1 if crop.mirror else 1]
        reach = [_depth(inwards[:, a:b]) >= deep and beyond[a:b].any() for a, b, *_ in tall]
        if 2 * sum(reach) > len(tall):
            return True
    return False


def _depth(ink: np.ndarray) -> int:
    """How many of the first rows of (32, w) have ink, without a gap."""
    empty = np.flatnonzero(~ink.any(axis=1))
    return int(empty[0]) if len(empty) else len(ink)


def _sides(crop: WindowCrop, middle: float, least: float) -> Iterator[tuple[int, np.ndarray]]:
    """(0, what is to the left of a strip), (1, what is to the right), as far as there is any ink.

    Each from the window outwards, as its difference to `middle`: float (32, w).
    """
    assert crop.around is not None
    pixels, (x, y, w, h) = crop.around.pixels, crop.around.box
    spans = (0.0, x), (x + w, pixels.shape[1] - x - w)
    for k, (start, length) in enumerate(spans):
        if length < NARROWEST * h:
            continue
        first, end = int(start), int(np.ceil(start + length))
        light = luma(pixels[max(int(y) - 1, 0) : int(np.ceil(y + h)) + 1, first:end])
        if not (np.abs(light.astype(np.int16) - middle) > least).any():
            continue
        box = start - first, y - max(int(y) - 1, 0), length, h
        side = at_strip_height(light[:, :, None], box)[:, :, 0].astype(np.int16) - middle
        yield k ^ crop.mirror, side[:, ::-1] if k == 0 else side


def _cut_off(ink: np.ndarray, most: int) -> int:
    """How many of the first columns of a strip's ink (32, w) are of a character that is for the most part outside."""
    empty = np.flatnonzero(~ink[:, : most + 1].any(axis=0))
    return int(empty[0]) if len(empty) else 0


def _has_character(contrast: np.ndarray, least: float, level: float, rows: tuple[float, float], or_minus: bool) -> bool:
    """Whether the first run of ink is as high and as bright as characters are; or stands half-way, as a minus does.

    contrast: signed (32, w), ink where it is at least so far from 0. level: of the characters' ink, on the mean. rows:
    from where to where they stand. What reaches the last column is no character: it may be anything larger.
    """
    (top, bottom), ink = rows, np.abs(contrast) > least
    start, end = next(iter(column_runs(ink)), (0, 0))
    if end == ink.shape[1] or end - start < THIN:
        return False
    run = slice(start, end)
    share = float(contrast[:, run][ink[:, run]].mean()) / level if level else 0.0
    if not AS_BRIGHT[0] <= share <= AS_BRIGHT[1]:
        return False
    inked = np.flatnonzero(ink[:, run].any(axis=1))
    first, last = int(inked[0]), int(inked[-1]) + 1
    if max(abs(first - top), abs(last - bottom)) <= LIKE * (bottom - top):
        return True
    return or_minus and bool(like_minus(first, last, end - start, rows))


def like_minus(first: Any, last: Any, wide: Any, rows: tuple[float, float]) -> Any:
    """Whether ink from row `first` to `last`, so many pixels `wide`, stands half-way up the `rows` of characters, as a
    minus does: of numbers or of arrays of them."""
    top, height = rows[0], rows[1] - rows[0]
    middle, share = ((first + last) / 2 - top) / height, wide / height
    flat = (last - first <= MINUS_HIGH * height) & (share >= MINUS_WIDE[0]) & (share <= MINUS_WIDE[1])
    return flat & (middle >= MINUS_AT[0]) & (middle <= MINUS_AT[1])
