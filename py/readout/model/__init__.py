"""From crops to probabilities: backbones, their embeddings, and heads that are learned on them."""

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
