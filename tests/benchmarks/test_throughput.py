"""The throughput benchmark hands TensorFlow.js the right network, and its table says what was measured."""

import json

import numpy as np
import pytest

from benchmarks import throughput
from benchmarks._mobilenet import read_layers, write_layers
from readout.model.backbone import find_model

onnxruntime = pytest.importorskip("onnxruntime")

MODEL = find_model(throughput.IMAGENET)


@pytest.fixture(scope="module")
def layers():
    return read_layers(MODEL)


def convolve(x, layer):
    """x (h, w, c) through one layer with SAME padding and ReLU6, in numpy."""
    size, stride = layer.kernel.shape[0], layer.stride
    pads = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[:2]]
    x = np.pad(x, [*((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))[::stride, ::stride]
    product = "ijchw,hwco->ijc" if layer.depthwise else "ijchw,hwco->ijo"
    return np.clip(np.einsum(product, windows, layer.kernel, optimize=True) + layer.bias, 0, 6)


def test_the_layers_compute_what_onnxruntime_does_with_the_file(layers):
    x = np.random.default_rng(0).uniform(-1, 1, (48, 64, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"crops": x.transpose(2, 0, 1)[None]})[0][0]
    for layer in layers:
        x = convolve(x, layer)
    np.testing.assert_allclose(x.mean(axis=(0, 1)), expected, atol=1e-3)


def test_the_files_for_the_page_hold_every_weight_in_order(layers, tmp_path):
    write_layers(layers, tmp_path)
    described = json.loads((tmp_path / "mobilenet.json").read_text(encoding="utf-8"))
    weights = np.fromfile(tmp_path / "mobilenet.bin", np.float32)
    assert (len(described), described[1]["depthwise"], described[1]["shape"]) == (27, True, [3, 3, 32, 1])
    assert len(weights) == sum(np.prod(each["shape"]) + each["outputs"] for each in described)
    np.testing.assert_array_equal(weights[:864].reshape(3, 3, 3, 32), layers[0].kernel)
    np.testing.assert_array_equal(weights[-1024:], layers[-1].bias)


def test_other_embeddings_stop_the_benchmark():
    x = throughput.to_tensor(np.zeros((1, 224, 224, 3), np.uint8))
    with pytest.raises(RuntimeError, match="same weights, their embeddings differ by 1 of their length"):
        throughput.check_agreement(np.zeros((1, 1024)), x)


def test_the_table_compares_with_the_ml5_way_and_names_what_is_missing():
    job = throughput.job_figures({"train_s": 4, "fit_s": 3, "read_s": 8}, 180)
    assert (job["job_s"], job["digits_per_s"]) == (12, 25)
    quick = throughput.job_figures({"train_s": 1, "fit_s": None, "read_s": 5}, 200)
    figures = {
        "ml5": {"crop_ms": 40.0, **job},
        "imagenet": {"crop_ms": 50.0, **quick, "pool": 1.8},
        "glyphs": {"crop_ms": 0.5, "skipped": "the page does not know ?backbone=glyphs"},
    }
    lines = throughput.table(figures).splitlines()
    rows = {line[:38].strip(): line[38:].split() for line in lines}
    assert lines[2].split() == ["times", "as", "fast", "1.0", "0.8", "80.0"]
    assert rows["one crop, backbone only, ms"] == ["40.00", "50.00", "0.50"]
    assert rows["the whole job, s"] == ["12.00", "6.00"]
    assert rows["of that, fitting the head, s"] == ["3.00"]
    assert rows["digits right, of 200"] == ["180", "200"]
    assert rows["two workers against one, times"] == ["1.80"]
    assert lines[-1] == "glyphs: the page does not know ?backbone=glyphs"
