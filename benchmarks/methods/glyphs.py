"""The glyph backbone and its head that starts from knowledge, exactly as Readout trains it."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from readout.data.examples import Example
from readout.imaging.crops import Crop
from readout.model.backbone import find_model
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone

BACKBONE = "glyphs"


class GlyphReader:
    """A head and the embeddings it reads. `classes_`: its answers, with 'blank' and 'unknown'."""

    def __init__(self, head, embeddings: EmbeddingCache):
        self.head, self.embeddings = head, embeddings
        self.classes_ = list(head.classes_)

    def predict_proba(self, crops: Sequence[Crop]) -> np.ndarray:
        """Probabilities (n, C) of the classes."""
        return self.head.predict_proba(self.embeddings.embed(crops))

    def outliers(self, crops: Sequence[Crop]) -> np.ndarray:
        """Which crops look unlike everything the head knows: bool (n,)."""
        distance = self.head.distance(self.embeddings.embed(crops))
        return np.zeros(len(crops), bool) if distance is None else distance > 1


def fit_glyphs(crops: Sequence[Crop], labels: Sequence[str]) -> GlyphReader:
    """Learn labelled crops, of which there may be none."""
    from readout.model.training import TrainingSet, fit_head

    embeddings = _embeddings()
    examples = [Example(f"example {k}", label, crop) for k, (crop, label) in enumerate(zip(crops, labels, strict=True))]
    lesson = TrainingSet.of(examples, embeddings.backbone)
    return GlyphReader(fit_head(lesson, embeddings.embed(lesson.crops), embeddings.backbone), embeddings)


class Glyphs:
    """Glyph embeddings, MAP head around the prior, jittered examples."""

    title, zero = "glyphs + prior", True

    def features(self, crops: Sequence[Crop]) -> list[Crop]:
        """The crops themselves; embeddings are kept between calls."""
        return list(crops)

    def fit(self, features: Sequence[Crop], labels: Sequence[str]) -> GlyphReader:
        """See `fit_glyphs`."""
        return fit_glyphs(features, labels)


@cache
def _embeddings() -> EmbeddingCache:
    return EmbeddingCache(OnnxBackbone(find_model(BACKBONE)))
