"""MobileNet's layers, taken out of its ONNX file as TensorFlow.js wants them."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper


class Layer(NamedTuple):
    """A convolution with SAME padding, followed by ReLU6.

    kernel: float32 (h, w, in, out), or (h, w, channels, 1) where `depthwise`. bias: float32 (out,).
    """

    kernel: np.ndarray
    bias: np.ndarray
    stride: int
    depthwise: bool


def read_layers(path: Path) -> list[Layer]:
    """The convolutions of an ONNX file in the order they are run, integer weights widened to float32.

    Raises ValueError for nodes that a MobileNet v1 made by its recipe does not have.
    """
    graph = onnx.load(path).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    layers = []
    for node in graph.node:
        if node.op_type == "Cast":
            constants[node.output[0]] = constants[node.input[0]].astype(np.float32)
        elif node.op_type == "Mul":
            constants[node.output[0]] = constants[node.input[0]] * constants[node.input[1]]
        elif node.op_type == "Conv":
            layers.append(_layer(node, constants))
        elif node.op_type not in ("Clip", "GlobalAveragePool", "Flatten"):
            raise ValueError(f"{path.name} has a {node.op_type}, MobileNet v1 has none: make it with its recipe")
    return layers


def write_layers(layers: list[Layer], folder: Path) -> None:
    """mobilenet.json with the shape of each layer, mobilenet.bin with each one's kernel and bias, float32."""
    described = [
        {"shape": layer.kernel.shape, "outputs": len(layer.bias), "stride": layer.stride, "depthwise": layer.depthwise}
        for layer in layers
    ]
    weights = [part.tobytes() for layer in layers for part in (layer.kernel, layer.bias)]
    (folder / "mobilenet.json").write_text(json.dumps(described), encoding="utf-8")
    (folder / "mobilenet.bin").write_bytes(b"".join(weights))


def _layer(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> Layer:
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    weights, bias = (constants[name] for name in node.input[1:])
    depthwise = attributes["group"] > 1
    if attributes["auto_pad"] != b"SAME_UPPER" or (depthwise and attributes["group"] != len(weights)):
        raise ValueError(f"{node.output[0]} is no convolution of MobileNet v1: make the file with its recipe")
    kernel = weights.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
    return Layer(np.ascontiguousarray(kernel), bias, attributes["strides"][0], depthwise)
