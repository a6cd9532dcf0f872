"""MobileNet's convolutions out of its graph, batch normalisation folded in."""

from typing import NamedTuple

import numpy as np

from models.common.packages import RecipeError

from .graph import constant, read_message

SCOPES = ("Conv2d_0", *(f"Conv2d_{i}_{kind}" for i in range(1, 14) for kind in ("depthwise", "pointwise")))


class Layer(NamedTuple):
    name: str
    weights: np.ndarray  # (out, in / groups, 3 or 1, 3 or 1)
    bias: np.ndarray  # (out,)
    stride: int
    groups: int


def fold(weights, gamma, beta, mean, variance, epsilon):
    """(weights, bias) of the one convolution that equals convolution then batch normalisation.

    gamma (Wx - mean) / sqrt(variance + epsilon) + beta = (gain W) x + (beta - gain mean).
    `weights` is (out, ...), the others (out,); float32, computed in float64.
    """
    gain = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    folded = weights * gain.reshape(-1, *[1] * (weights.ndim - 1))
    return folded.astype(np.float32), (beta - gain * mean).astype(np.float32)


def mobilenet_layers(graph):
    """The 27 convolutions up to the pooling, batch normalisation folded in."""
    layers = []
    for scope in SCOPES:
        depthwise = scope.endswith("depthwise")
        node = graph.get(f"MobilenetV1/MobilenetV1/{scope}/{'depthwise' if depthwise else 'convolution'}")
        if node is None or bytes(node.attributes["padding"][2][0]) != b"SAME":
            raise RecipeError(f"{scope} is missing or its padding is not SAME: it is not MobileNet v1")
        # AttrValue.list.i: four packed one-byte varints, NHWC.
        stride = read_message(node.attributes["strides"][1][0])[3][0][1]
        kernel = constant(graph, f"MobilenetV1/{scope}/{'depthwise_' * depthwise}weights")
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        norm = [
            constant(graph, f"MobilenetV1/{scope}/BatchNorm/{part}")
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        ]
        epsilon = constant(graph, f"MobilenetV1/MobilenetV1/{scope}/BatchNorm/batchnorm/add/y")
        weights, bias = fold(kernel, *norm, float(epsilon))
        layers.append(Layer(scope, weights, bias, stride, len(weights) if depthwise else 1))
    return layers


def classifier_layer(graph):
    """The 1001-class layer, a 1x1 convolution, for --prove."""
    scope = "MobilenetV1/Logits/Conv2d_1c_1x1"
    return Layer(
        "logits", constant(graph, f"{scope}/weights").transpose(3, 2, 0, 1), constant(graph, f"{scope}/biases"), 1, 1
    )
