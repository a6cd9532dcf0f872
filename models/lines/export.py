"""From PyTorch to ONNX: every batch normalisation folded into the convolution before it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.glyphs.export import Graph
from readout.imaging.strips import HEIGHT

from .network import DIM, Backbone

INPUT, OUTPUT = "strips", "columns"


def to_onnx(backbone: Backbone) -> bytes:
    """An ONNX model from float32 (n, 3, 32, w) to (n, w / 2, DIM), n and w free; equal weights give equal bytes."""
    graph = Graph()

    def apply(x, layer, strides=None):
        return graph.conv(x, layer.conv, layer.norm, relu=True, strides=strides)

    def separable(x, block):
        y = apply(apply(x, block.depthwise, (block.down, 1)), block.pointwise)
        return graph.add("Add", [x, y]) if block.shortcut else y

    x = apply(INPUT, backbone.stem)
    for block in backbone.blocks:
        x = separable(x, block)
    x = apply(apply(x, backbone.collapse), backbone.widen)
    for block in backbone.context:
        x = separable(x, block)
    graph.weights.append(numpy_helper.from_array(np.array([2], np.int64), "row"))
    x = graph.add("Squeeze", [x, "row"])
    graph.add("Transpose", [x], OUTPUT, perm=[0, 2, 1])
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "lines",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 3, HEIGHT, "w"])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", "t", DIM])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
        producer_name="readout",
    )
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)
