"""From PyTorch to ONNX: every batch normalisation folded into the convolution before it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .network import Convolution, Separable


class Graph:
    """Nodes and weights of a model under construction."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def add(self, op: str, inputs: list[str], output: str | None = None, **attributes) -> str:
        """Add a node; returns the name of its output."""
        output = output or f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def weight(self, name: str, array: np.ndarray) -> str:
        """Add an array; returns its name."""
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def convolution(self, x: str, layer: Convolution, down: int = 1) -> str:
        """y = gamma (w x - mean) / sqrt(variance + epsilon) + beta is a convolution with other weights and a bias."""
        conv, norm, at = layer.conv, layer.norm, len(self.nodes)
        gamma, beta, mean, variance = (
            tensor.detach().double().numpy() for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        )
        scale = gamma / np.sqrt(variance + norm.eps)
        weight = conv.weight.detach().double().numpy() * scale[:, None, None, None]
        w = self.weight(f"w{at}", weight.astype(np.float32))
        b = self.weight(f"b{at}", (beta - mean * scale).astype(np.float32))
        y = self.add(
            "Conv", [x, w, b], kernel_shape=list(conv.kernel_size), strides=[down * conv.stride[0], conv.stride[1]],
            pads=[*conv.padding, *conv.padding], group=conv.groups,
        )  # fmt: skip
        return self.add("Relu", [y]) if layer.relu else y

    def separable(self, x: str, block: Separable) -> str:
        """A block with its shortcut."""
        y = self.convolution(self.convolution(x, block.depthwise, block.down), block.pointwise)
        return self.add("Add", [x, y]) if block.shortcut else y

    def to_bytes(self, name: str, takes: tuple[str, list], gives: tuple[str, list]) -> bytes:
        """The model, checked; the same nodes and weights give the same bytes.

        takes, gives: the name and the shape of the input and of the output, float32; free sizes by name.
        """
        model = helper.make_model(
            helper.make_graph(
                self.nodes,
                name,
                [helper.make_tensor_value_info(takes[0], TensorProto.FLOAT, takes[1])],
                [helper.make_tensor_value_info(gives[0], TensorProto.FLOAT, gives[1])],
                self.weights,
            ),
            opset_imports=[helper.make_opsetid("", 17)],
            ir_version=9,
            producer_name="readout",
        )
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)
