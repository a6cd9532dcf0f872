"""Crops with labels, in any number, drawn on all cores; the same seed gives the same crops."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np

from readout.imaging.crops import cut
from readout.imaging.resample import resample

from .augmentation import spoil
from .scenes import CLASSES, Scenery, draw

SIZE = 32
CHUNK = 2048
STYLES = ("text", "segments", "dots", "strokes", "counter")

_scenery = None


@dataclass
class Examples:
    """squares: uint8 (n, 32, 32, 3). labels, styles: uint8 (n,), indices into CLASSES and STYLES."""

    squares: np.ndarray
    labels: np.ndarray
    styles: np.ndarray


def draw_examples(count: int, seed: int, fonts: list[Path], photographs: list[np.ndarray]) -> Examples:
    """`count` examples of all classes and styles, drawn in the fonts and over the photographs given."""
    chunks = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    seeds = np.random.SeedSequence(seed).spawn(len(chunks))
    squares = np.empty((count, SIZE, SIZE, 3), np.uint8)
    labels, styles = np.empty(count, np.uint8), np.empty(count, np.uint8)
    start = 0
    for chunk in _in_parallel(chunks, seeds, fonts, photographs):
        end = start + len(chunk.labels)
        squares[start:end], labels[start:end], styles[start:end] = chunk.squares, chunk.labels, chunk.styles
        start = end
    return Examples(squares, labels, styles)


def _in_parallel(chunks, seeds, fonts, photographs) -> Iterator[Examples]:
    workers = min(os.cpu_count() or 1, len(chunks))
    if workers == 1:
        _prepare(fonts, photographs)
        yield from map(_chunk, chunks, seeds)
        return
    with ProcessPoolExecutor(workers, initializer=_prepare, initargs=(fonts, photographs)) as pool:
        yield from pool.map(_chunk, chunks, seeds)


def _prepare(fonts, photographs):
    """Give a worker process its scenery, once instead of with every chunk."""
    global _scenery
    _scenery = Scenery(fonts, photographs)


def _chunk(count, seed) -> Examples:
    rng = np.random.default_rng(seed)
    crops, labels, styles = [], [], []
    while len(crops) < count:
        frame = draw(_scenery, rng)
        pixels = spoil(frame.pixels, frame.height, rng)
        legible = frame.legible(pixels)
        crops += cut(pixels, list(compress(frame.boxes, legible)))
        kept = [CLASSES.index(label) for label in compress(frame.labels, legible)]
        labels += kept
        styles += [STYLES.index(frame.style)] * len(kept)
    return Examples(
        resample(crops[:count], SIZE), np.array(labels[:count], np.uint8), np.array(styles[:count], np.uint8)
    )
