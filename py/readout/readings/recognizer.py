"""Backbones with their heads: one pair reads boxes, another reads windows."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..imaging.strips import strip_width, window_crops
from ..layout.layout import Readout
from ..model.backbone import BackboneInfo
from ..model.embedding_cache import EmbeddingCache
from ..model.head import SoftmaxHead
from ..model.strip_embedding import row_length
from .observations import Observations

LINES = "lines"
"""The backbone that reads windows."""


class Pair(NamedTuple):
    """Embeddings kept of a backbone, and a head on it; None before it knows anything."""

    cache: EmbeddingCache[Any]
    head: SoftmaxHead | None


class Recognizer:
    """Reads readouts of both kinds. Each pair is made when a readout of its kind first comes."""

    def __init__(self, boxes: Callable[[], Pair], windows: Callable[[], Pair]):
        self._make = {False: boxes, True: windows}
        self._pairs: dict[bool, Pair] = {}

    def of(self, readout: Readout) -> Pair:
        """The pair that reads a readout."""
        kind = readout.window is not None
        if kind not in self._pairs:
            self._pairs[kind] = self._make[kind]()
        return self._pairs[kind]

    def embed(self, readout: Readout, crops: Sequence[Crop]) -> np.ndarray:
        """The embeddings (n, d) of a readout's crops."""
        return self.of(readout).cache.embed(window_crops(readout, crops))

    def observations(self, readout: Readout, frames: int) -> Observations:
        """Observations of a readout in so many frames, none yet."""
        return Observations(readout, frames, embedding_length(readout, self.of(readout).cache.backbone))


def embedding_length(readout: Readout, backbone: BackboneInfo) -> int:
    """How many numbers stand for one look of a readout."""
    if readout.window is None:
        return backbone.dim
    return row_length(strip_width(*readout.window[2:]), backbone.dim)


def read_windows(typed: Sequence[tuple[Crop, str]] = ()) -> Pair:
    """What reads windows outside the browser: the bundled line backbone and a head that has learned typed windows."""
    from ..model.line_training import TypedLine, fit_lines, spread_evenly
    from ..model.onnx_backbone import OnnxBackbone
    from ..model.strip_cache import StripCache

    backbone = OnnxBackbone.named(LINES)
    if backbone.prior is None:
        raise ReadoutError(f"a line backbone brings a prior, {backbone.name} has none: make its files again")
    cache, chosen = StripCache(backbone), [typed[k] for k in spread_evenly(len(typed))]
    weight = len(typed) / max(len(chosen), 1)
    head, _ = fit_lines([TypedLine(cache.embed([crop])[0], text, weight) for crop, text in chosen], backbone.prior)
    return Pair(cache, head)
