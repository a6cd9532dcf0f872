"""From crops and strips to probabilities: backbones, their embeddings, and heads that are learned on them.

First backbone, head and prior. Learning: softmax, training, familiarity, head_file. Embeddings, each computed once:
embedding_cache and strip_cache, steps and async_embedding (a backbone that answers later), precomputed, onnx_backbone.
Of windows: strip_embedding (what is kept of a strip), ctc (from columns to text), line_training.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy
from .backbone import AsyncBackbone, Backbone
from .head import SoftmaxHead
from .prior import Prior

if TYPE_CHECKING:
    from .onnx_backbone import OnnxBackbone
else:
    __getattr__ = lazy(__name__, onnx_backbone=("OnnxBackbone",))

__all__ = ["AsyncBackbone", "Backbone", "OnnxBackbone", "Prior", "SoftmaxHead"]
