"""Reading many frames into columns, where pixels come one frame at a time."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from .crops import Crop, cut
from .embeddings import EmbeddingCache
from .head import SoftmaxHead
from .images import load_image
from .layout import Layout, Readout
from .table import Column

CHUNK = 512
"""Frames whose embeddings are in memory at once."""


def cut_frame(path: Path, layout: Layout, scale: bool = False) -> dict[str, list[Crop]]:
    """The crops of every readout in a picture file.

    scale: take the layout to the frame's size. Otherwise raises ReadoutError where that is another one.
    """
    frame = load_image(path)
    if scale:
        layout = layout.scaled((frame.shape[1], frame.shape[0]))
    layout.check_frame(frame.shape, path.name)
    return {readout.name: cut(frame, readout.boxes) for readout in layout.readouts}


def read_columns(
    readouts: Sequence[Readout],
    head: SoftmaxHead,
    cache: EmbeddingCache,
    frames: Iterable[Mapping[str, list[Crop] | None]],
) -> dict[str, Column]:
    """What a head reads in the readouts of all frames: columns by readout, one row a frame.

    frames: of each the crops by readout; None where there are none, and nothing is read.
    """
    waiting = {readout.name: [] for readout in readouts}
    parts = {readout.name: [] for readout in readouts}

    def read():
        for readout in readouts:
            rows, waiting[readout.name] = waiting[readout.name], []
            X = np.zeros((len(rows), len(readout.boxes), cache.backbone.dim), np.float32)
            for k, row in enumerate(rows):
                X[k] = 0 if row is None else row
            given = np.array([row is not None for row in rows], bool)
            parts[readout.name].append(Column.of(readout, head, X, given))

    for number, crops in enumerate(frames, start=1):
        for readout in readouts:
            found = crops.get(readout.name)
            waiting[readout.name].append(None if found is None else cache.embed(found))
        if number % CHUNK == 0:
            read()
    read()
    return {readout.name: _joined(parts[readout.name]) for readout in readouts}


def _joined(parts: Sequence[Column]) -> Column:
    arrays = [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("probabilities", "distance", "given")
    ]
    return Column(parts[0].readout, parts[0].classes, *arrays)
