"""From PyTorch to ONNX: every batch normalisation folded into the convolution before it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .examples import SIZE
from .network import DIM, Backbone

INPUT, OUTPUT = "crops", "embeddings"


def to_onnx(backbone: Backbone) -> bytes:
    """An ONNX model from float32 (n, 3, 32, 32) to (n, DIM); the same weights give the same bytes."""
    graph = Graph()
    x = graph.conv(INPUT, backbone.stem, backbone.norm, relu=True)
    for block in backbone.blocks:
        y = graph.conv(x, block.depthwise, block.norm1, relu=True)
        y = graph.conv(y, block.pointwise, block.norm2, relu=True)
        x = graph.add("Add", [x, y]) if block.shortcut else y
    x = graph.conv(x, backbone.place, backbone.norm_place, relu=False)
    x = graph.conv(x, backbone.embedding, backbone.norm_embedding, relu=False)
    graph.add("Flatten", [x], OUTPUT)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "glyphs",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 3, SIZE, SIZE])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", DIM])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
        producer_name="readout",
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


class Graph:
    """Nodes and weights of a model under construction."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def add(self, op, inputs, output=None, **attributes):
        output = output or f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def conv(self, x, conv, norm, relu, strides=None):
        """y = gamma (w x - mean) / sqrt(variance + epsilon) + beta is a convolution with other weights and a bias."""
        gamma, beta, mean, variance = (
            tensor.detach().double().numpy() for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        )
        scale = gamma / np.sqrt(variance + norm.eps)
        weight = conv.weight.detach().double().numpy() * scale[:, None, None, None]
        inputs = [x]
        for name, array in (("w", weight), ("b", beta - mean * scale)):
            tensor = numpy_helper.from_array(array.astype(np.float32), f"{name}{len(self.nodes)}")
            self.weights.append(tensor)
            inputs.append(tensor.name)
        y = self.add(
            "Conv", inputs, kernel_shape=list(conv.kernel_size), strides=list(strides or conv.stride),
            pads=[*conv.padding, *conv.padding], group=conv.groups,
        )  # fmt: skip
        return self.add("Relu", [y]) if relu else y
