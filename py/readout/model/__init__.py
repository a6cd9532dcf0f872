"""From crops to probabilities: backbones, their embeddings, and heads that are learned on them."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from .async_embedding import Progress, embed_async
from .backbone import AsyncBackbone, Backbone, BackboneInfo, Card
from .embedding_cache import EmbeddingCache
from .head import SoftmaxHead
from .head_file import SavedHead
from .prior import BLANK, UNKNOWN, Prior, load_prior
from .training import TrainingSet, fit_head, prior_classes

if TYPE_CHECKING:
    from .onnx_backbone import OnnxBackbone
else:
    __getattr__ = lazy(__name__, onnx_backbone=("OnnxBackbone",))

__all__ = [
    "BLANK",
    "UNKNOWN",
    "AsyncBackbone",
    "Backbone",
    "BackboneInfo",
    "Card",
    "EmbeddingCache",
    "OnnxBackbone",
    "Prior",
    "Progress",
    "SavedHead",
    "SoftmaxHead",
    "TrainingSet",
    "embed_async",
    "fit_head",
    "load_prior",
    "prior_classes",
]
