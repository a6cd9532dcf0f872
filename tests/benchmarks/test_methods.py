"""The methods that Readout is compared with do what they claim to do."""

import numpy as np
import pytest

from benchmarks import methods
from benchmarks.methods.imagenet import FeatureMaps, ImageNet
from benchmarks.methods.ml5 import Adam, Ml5Head, gradients
from readout.errors import ReadoutError
from readout.imaging.crops import Crop
from readout.imaging.resample import resample, to_tensor
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.softmax import softmax


def test_the_ml5_heads_gradients_are_those_of_its_loss():
    rng = np.random.default_rng(3)
    X, truth = rng.normal(size=(6, 9)), np.eye(4)[rng.integers(4, size=6)]
    weights = [rng.normal(size=(9, 5)), rng.normal(size=5), rng.normal(size=(5, 4))]

    def loss():
        hidden, bias, output = weights
        return -np.log((softmax(np.maximum(X @ hidden + bias, 0) @ output) * truth).sum(axis=1)).mean()

    for array, gradient in zip(weights, gradients(X, truth, *weights), strict=True):
        for place in np.ndindex(array.shape):
            kept, h = array[place], 1e-6
            array[place] = kept + h
            above = loss()
            array[place] = kept - h
            below = loss()
            array[place] = kept
            assert gradient[place] == pytest.approx((above - below) / (2 * h), abs=1e-7)


def test_adam_follows_its_paper():
    weights = np.array([1.0, -2.0])
    adam, mean, square, expected = Adam(weights, 0.1), 0.0, 0.0, weights.copy()
    for t, gradient in enumerate(np.array([[0.5, -3.0], [1.0, 0.0], [-0.2, 0.4]]), start=1):
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        expected -= 0.1 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-7)
        adam.step(gradient.copy())
    assert weights == pytest.approx(expected)


def test_the_ml5_head_learns_and_repeats_itself():
    rng = np.random.default_rng(0)
    X = np.repeat(np.eye(3, 200, dtype=np.float32), 8, axis=0) * 6 + rng.random((24, 200), np.float32)
    X[:, 150:] = 0
    y = [str(k // 8) for k in range(24)]
    head = Ml5Head(units=20, rate=1e-2).fit(X, y)
    assert head.predict_proba(X).argmax(axis=1).tolist() == [k // 8 for k in range(24)]
    again = Ml5Head(units=20, rate=1e-2).fit(X, y)
    assert np.array_equal(head.hidden_, again.hidden_)
    untrained = Ml5Head(units=20, epochs=0).fit(X, y)
    assert np.array_equal(head.hidden_[150:], untrained.hidden_[150:])
    assert untrained.hidden_.std() == pytest.approx(200**-0.5 * 0.88, rel=0.05)


def test_feature_maps_average_to_the_backbones_embeddings():
    rng = np.random.default_rng(1)
    crops = [Crop.whole(rng.integers(256, size=(10, 8, 3), dtype=np.uint8)) for _ in range(3)]
    backbone = OnnxBackbone.named("mobilenet_v1_imagenet")
    expected = backbone.embed(to_tensor(resample(crops, 224)))
    maps = FeatureMaps()
    assert ImageNet(maps).features(crops) == pytest.approx(expected, abs=1e-4)
    assert maps.of(crops) is maps.of(crops)
    assert maps.of(crops).shape == (3, 1024, 7, 7)


def test_small_pictures_keep_their_own_pixels():
    pixels = methods.create(["pixels"])["pixels"]
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    small = Crop.whole(np.repeat(grey[..., None], 3, axis=2))
    assert pixels.features([small, small])[0] == pytest.approx(grey.ravel() / 255)
    assert pixels.features([Crop.whole(np.zeros((20, 9, 3), np.uint8))]).shape == (1, 1024)


def test_an_unknown_method_is_named():
    with pytest.raises(ReadoutError, match="'knn'"):
        methods.create(["knn"])
