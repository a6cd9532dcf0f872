"""Layers as an ONNX file of integers, and its card."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .graph import SOURCE_SHA256

HERE = Path(__file__).resolve().parents[1]
NAME = "mobilenet_v1_imagenet"
INPUT_SIZE, DIM = 224, 1024
# Depthwise layers and the first pointwise ones hold 2 % of the weights and cause most of the damage
# that eight bits do (Sheng et al. 2018, arXiv:1803.08607), so layers this small get sixteen.
SMALL = 16_384


def quantise(weights):
    """(integer weights, float32 scales), one scale per output channel, symmetric.

    `weights` is (out, ...), scales are (out, 1, ...): weights ~ integers * scales, off by at most
    half a scale. int8, so half a scale is 1/254 of the channel's largest weight; int16 for layers
    of at most SMALL weights.
    """
    dtype = np.int16 if weights.size <= SMALL else np.int8
    top = np.iinfo(dtype).max
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    scales = np.where(largest > 0, largest / top, 1).astype(np.float32)
    return np.clip(np.rint(weights / scales), -top, top).astype(dtype), scales


def onnx_model(layers, quantised=True, classifier=None):
    """crops float32 (n, 3, h, w) in [-1, 1] -> embeddings (n, d); with `classifier`, (n, classes).

    `layers` are convolutions with SAME padding and ReLU6. n, h and w stay free.
    """
    nodes, constants = [], [numpy_helper.from_array(np.float32(v), n) for n, v in (("zero", 0), ("six", 6))]

    def store(array, name):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def convolve(value, layer, output):
        if quantised:
            whole, scales = quantise(layer.weights)
            cast = node("Cast", [store(whole, f"{layer.name}/integers")], f"{layer.name}/cast", to=TensorProto.FLOAT)
            weights = node("Mul", [cast, store(scales, f"{layer.name}/scales")], f"{layer.name}/weights")
        else:
            weights = store(layer.weights, f"{layer.name}/weights")
        # SAME_UPPER puts the odd pixel below and right, as TensorFlow does, at any image size.
        return node(
            "Conv",
            [value, weights, store(layer.bias, f"{layer.name}/bias")],
            output,
            kernel_shape=list(layer.weights.shape[2:]),
            strides=[layer.stride] * 2,
            group=layer.groups,
            auto_pad="SAME_UPPER",
        )

    value = "crops"
    for layer in layers:
        convolved = convolve(value, layer, f"{layer.name}/conv")
        value = node("Clip", [convolved, "zero", "six"], f"{layer.name}/relu6")
    value = node("GlobalAveragePool", [value], "pool")
    if classifier:
        value = convolve(value, classifier, "logits")
    name, dim = ("scores", len(classifier.bias)) if classifier else ("embeddings", len(layers[-1].bias))
    node("Flatten", [value], name, axis=1)
    crops = helper.make_tensor_value_info(
        "crops", TensorProto.FLOAT, ["n", layers[0].weights.shape[1] * layers[0].groups, "h", "w"]
    )
    output = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", dim])
    graph = helper.make_graph(nodes, NAME, [crops], [output], constants)
    model = helper.make_model(graph, producer_name="readout", ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model, full_check=True)
    return model


def to_bytes(model):
    return model.SerializeToString(deterministic=True)


def run_model(data, x):
    """The first output of native onnxruntime, for a model's bytes and its one input."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def pattern(size=INPUT_SIZE):
    """A fixed crop (1, 3, size, size) in [-1, 1] that any language can make, for golden checks."""
    c, y, x = np.ogrid[:3, :size, :size]
    return ((((3 * x + 5 * y + 7 * c) % 64) / 31.5 - 1).astype(np.float32))[None]


def write(layers, source, folder=HERE, quantised=True, name=NAME):
    """Writes {name}.onnx and its card {name}.json into `folder`; returns the card."""
    data = to_bytes(onnx_model(layers, quantised))
    float32 = to_bytes(onnx_model(layers, quantised=False))
    golden, exact = run_model(data, pattern())[0], run_model(float32, pattern())[0]
    card = {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "input_size": INPUT_SIZE,
        "dim": DIM,
        "input": "crops",
        "output": "embeddings",
        "license": "Apache-2.0",
        "source": source,
        "source_sha256": SOURCE_SHA256,
        "recipe": "python -m models.mobilenet",
        "measured": {
            "float32_bytes": len(float32),
            "golden": {
                "input": "((3 x + 5 y + 7 channel) mod 64) / 31.5 - 1",
                "mean": round(float(golden.mean()), 4),
                "every_64th": [round(float(v), 4) for v in golden[::64]],
            },
            "mean_change_by_quantising": round(float(np.abs(golden - exact).mean()), 4),
        },
    }
    (folder / card["file"]).write_bytes(data)
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8", newline="\n")
    return card
