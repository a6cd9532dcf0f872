"""From labelled crops to a head: the one way in which everything here learns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..data.examples import Example, labels_of
from ..imaging.crops import Crop, jittered
from .backbone import BackboneInfo
from .head import SoftmaxHead
from .softmax import OnStep

JITTERED = 400
"""Crops in a lesson, moved copies included: 25 of each of 10 examples, 9 of 40, 5 of 80. More would take too long."""


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What a head learns from: crops, the label of each, and how many examples it counts for.

    Where the backbone brings a prior, every example comes with its box moved by up to a pixel in
    half-pixel steps, and with its moved copies still counts for one: a head should not mind where
    exactly a box was drawn. Where it does not, examples are taken as they are.

    origin: int (n,), the index of the example that each crop came from, ascending from 0; the first
    crop of an example is the example itself.
    """

    crops: list[Crop]
    labels: list[str]
    weight: np.ndarray
    origin: np.ndarray = field(default_factory=lambda: np.empty(0, int))

    @classmethod
    def of(cls, examples: Sequence[Example], backbone: BackboneInfo) -> "TrainingSet":
        """The lesson in examples for heads on `backbone`."""
        crops = [example.crop for example in examples]
        crops, origin = jittered(crops, JITTERED) if backbone.prior else (crops, np.arange(len(crops)))
        labels = labels_of(examples)
        share = len(examples) / max(len(crops), 1)
        return cls(crops, [labels[index] for index in origin], np.full(len(crops), share), origin)

    @property
    def own(self) -> np.ndarray:
        """Where the crops are that are examples themselves: int (examples,)."""
        return np.flatnonzero(np.diff(self.origin, prepend=-1))

    def subset(self, chosen: np.ndarray) -> tuple["TrainingSet", np.ndarray]:
        """The set of some of the examples, chosen: bool (examples,), and where its crops are in this one, int (m,)."""
        rows = np.flatnonzero(chosen[self.origin])
        crops, labels = [self.crops[k] for k in rows], [self.labels[k] for k in rows]
        return TrainingSet(crops, labels, self.weight[rows], (np.cumsum(chosen) - 1)[self.origin[rows]]), rows


def prior_classes(backbone: BackboneInfo) -> list[str]:
    """The labels that a head on this backbone knows without an example."""
    return backbone.prior.classes.tolist() if backbone.prior else []


def fit_head(
    lesson: TrainingSet,
    embeddings: np.ndarray,
    backbone: BackboneInfo,
    on_step: OnStep | None = None,
) -> SoftmaxHead:
    """A head that has learned a lesson, whose crops have the given embeddings (n, d)."""
    head = SoftmaxHead(prior=backbone.prior, backbone_sha256=backbone.sha256)
    return head.fit(embeddings, lesson.labels, on_step=on_step, sample_weight=lesson.weight)
