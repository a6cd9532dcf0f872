"""Backbone and head in one ONNX file: valid by onnx's checker, and in onnxruntime the same as the head itself."""

import ast
import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from PIL import Image

from readout import __version__
from readout.data.dataset import Dataset
from readout.errors import ReadoutError
from readout.export.onnx import append_head, example, weights
from readout.imaging.crops import Crop, cut
from readout.imaging.images import load_image
from readout.model.backbone import Card, find_model
from readout.model.embedding_cache import EmbeddingCache
from readout.model.head import SoftmaxHead
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.training import TrainingSet, fit_head

IMAGENET = "mobilenet_v1_imagenet"
RANDOM = np.random.default_rng(2)


class Bundled:
    """A bundled backbone with its file, its card, labelled crops, and crops of frames it has not learned from."""

    def __init__(self, name, data, frames):
        self.model = find_model(name).read_bytes()
        self.card = Card.from_json(find_model(name).with_suffix(".json").read_text(encoding="utf-8"))
        self.backbone = OnnxBackbone.named(name)
        self.cache = EmbeddingCache(self.backbone)
        dataset = Dataset.load(data)
        self.examples = dataset.first_sets(2, [])
        boxes = [box for readout in dataset.require_layout().readouts for box in readout.boxes]
        paths = sorted((data / "frames").iterdir())[:frames]
        self.crops = [crop for path in paths for crop in cut(load_image(path), boxes)]
        flat = Crop.whole(np.full((10, 8, 3), 30, np.uint8))
        noise = Crop.whole(RANDOM.integers(0, 256, (10, 8, 3), np.uint8))
        self.crops += [flat, noise]

    def head(self, rename=None, knowing=True):
        """A head that has learned the examples, some labels under another name."""
        lesson = TrainingSet.of(self.examples, self.backbone)
        labels = [(rename or {}).get(label, label) for label in lesson.labels]
        X = self.cache.embed(lesson.crops)
        if knowing:
            return fit_head(TrainingSet(lesson.crops, labels, lesson.weight), X, self.backbone)
        return SoftmaxHead(backbone_sha256=self.backbone.sha256).fit(X, labels)


@pytest.fixture(scope="module")
def glyphs(data_folder):
    return Bundled("glyphs", data_folder, 6)


@pytest.fixture(scope="module")
def imagenet(data_folder):
    return Bundled(IMAGENET, data_folder, 2)


def session(model):
    """A checked model, opened."""
    onnx.checker.check_model(onnx.load_model_from_string(model), full_check=True)
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


# The same answers


HEADS = {
    # what: (backbone, labels under another name, whether its prior is used)
    "from a prior": ("glyphs", {}, True),
    "a class unknown to the prior": ("glyphs", {"7": "°", "3": "minus"}, True),
    "a class that the prior knows, but is no answer": ("glyphs", {"7": "A"}, True),
    "without the prior": ("glyphs", {}, False),
    "of a backbone without one": (IMAGENET, {}, True),
    "of two classes": (IMAGENET, {label: "even" if label in "02468" else "odd" for label in "0123456789"}, True),
}


@pytest.mark.parametrize(("name", "rename", "knowing"), HEADS.values(), ids=HEADS)
def test_the_file_gives_the_heads_own_probabilities_on_real_crops(glyphs, imagenet, name, rename, knowing):
    bundled = glyphs if name == "glyphs" else imagenet
    head = bundled.head(rename, knowing)
    opened = session(append_head(bundled.model, head, bundled.card))
    x = bundled.cache.tensor(bundled.crops)
    probabilities, embeddings = opened.run(["probabilities", "embeddings"], {"crops": x})
    expected = head.predict_proba(bundled.backbone.embed(x))
    assert probabilities.dtype == np.float32
    assert np.abs(probabilities - expected).max() <= 1e-5
    assert np.array_equal(embeddings, bundled.backbone.embed(x))
    assert expected.max(axis=1).min() < 0.9 < expected.max(axis=1).max()  # sure and unsure ones are among them


def test_a_prior_that_has_learned_nothing_more_answers_too(glyphs):
    head = SoftmaxHead(prior=glyphs.backbone.prior).fit([], [])
    opened = session(append_head(glyphs.model, head, glyphs.card))
    x = glyphs.cache.tensor(glyphs.crops)
    expected = head.predict_proba(glyphs.backbone.embed(x))
    assert np.abs(opened.run(["probabilities"], {"crops": x})[0] - expected).max() <= 1e-5


@pytest.mark.parametrize("count", [0, 1, 7])
def test_any_number_of_crops_goes_through_at_once(glyphs, count):
    head = glyphs.head()
    x = glyphs.cache.tensor(glyphs.crops[:count]) if count else np.zeros((0, 3, 32, 32), np.float32)
    probabilities = session(append_head(glyphs.model, head, glyphs.card)).run(["probabilities"], {"crops": x})[0]
    assert probabilities.shape == (count, len(head.classes_))


def test_scores_beyond_what_exp_can_hold_stay_finite(glyphs):
    prior = replace(glyphs.backbone.prior, coef=glyphs.backbone.prior.coef * 100)
    head = SoftmaxHead(prior=prior).fit([], [])
    x = glyphs.cache.tensor(glyphs.crops)
    X = glyphs.backbone.embed(x)
    assert np.abs(prior.scores(X, head.classes_)).max() > 200
    probabilities = session(append_head(glyphs.model, head, glyphs.card)).run(["probabilities"], {"crops": x})[0]
    assert np.abs(probabilities - head.predict_proba(X)).max() <= 1e-3  # 100 times the scores, 100 times the rounding


@pytest.mark.parametrize("labels", [[], ["7"], ["A"], ["°"], ["°", "A", "′", "0"], ["unknown", "°"], ["blank"]])
def test_a_sum_over_parts_is_the_heads_probability(make_prior, labels):
    centres = {label: RANDOM.normal(0, 2, 6) for label in [*"0123456789ABC", "blank"]}
    known = make_prior(centres, [*"0123456789", "blank"], "ab" * 32)
    prior = replace(known, confusable=np.array(["B"]))
    head = SoftmaxHead(prior=prior).fit(RANDOM.normal(0, 2, (len(labels), 6)), labels)
    X = RANDOM.normal(0, 3, (50, 6))
    coef, intercept, members = weights(head)
    scores = np.exp(X @ coef + intercept)
    assert scores @ members / scores.sum(axis=1, keepdims=True) == pytest.approx(head.predict_proba(X), abs=1e-12)


# What is in the file


def test_the_metadata_says_what_goes_in_and_what_comes_out(glyphs):
    head = glyphs.head({"7": 'a "°"\n'})
    opened = session(append_head(glyphs.model, head, glyphs.card))
    found = opened.get_modelmeta().custom_metadata_map
    assert json.loads(found.pop("classes")) == head.classes_
    assert found == {
        "input_size": "32",
        "normalisation": "RGB / 127.5 - 1, channels first, resized with bilinear interpolation",
        "backbone": "glyphs",
        "backbone_sha256": glyphs.card.sha256,
        "readout": __version__,
    }
    assert [(put.name, put.shape) for put in opened.get_inputs()] == [("crops", ["n", 3, 32, 32])]
    outputs = [(put.name, put.shape) for put in opened.get_outputs()]
    assert outputs == [("embeddings", ["n", 160]), ("probabilities", ["n", len(head.classes_)])]


def test_the_backbone_stays_as_it_was_and_there_is_one_graph(glyphs, imagenet):
    for bundled in (glyphs, imagenet):
        data = append_head(bundled.model, bundled.head(), bundled.card)
        before, after = onnx.load_model_from_string(bundled.model), onnx.load_model_from_string(data)
        assert list(after.graph.node)[: len(before.graph.node)] == list(before.graph.node)
        assert [node.op_type for node in after.graph.node][len(before.graph.node) :] == ["Gemm", "Softmax", "MatMul"]
        added = list(after.graph.initializer)[len(before.graph.initializer) :]
        assert len(data) - len(bundled.model) - sum(len(tensor.raw_data) for tensor in added) < 2000
        for repeated in ("node", "initializer", "output"):
            del getattr(after.graph, repeated)[len(getattr(before.graph, repeated)) :]
        del after.metadata_props[:]
        assert after == before
        assert data.count(before.graph.name.encode()) == bundled.model.count(before.graph.name.encode()) + (
            bundled.card.name == before.graph.name  # its name is in the metadata
        )
        assert after.SerializeToString(deterministic=True) == before.SerializeToString(deterministic=True)


def small(names=("coef",), output="embeddings", graphs=1, dim=3):
    """A backbone of one operation whose initializers have the given names, and its card."""
    tensors = [helper.make_tensor(name, TensorProto.FLOAT, [2], [1, 1]) for name in names]
    nodes = [
        helper.make_node("GlobalAveragePool", ["crops"], ["pool"]),
        helper.make_node("Flatten", ["pool"], [output]),
    ]
    inputs = [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["n", 3, 4, 4])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", dim])]
    graph = helper.make_graph(nodes, "small", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return described(model.SerializeToString() * graphs, output)


def described(data, output="embeddings"):
    """A model's bytes and the card that describes them."""
    return data, Card("small", "small.onnx", hashlib.sha256(data).hexdigest(), len(data), 4, 3, "crops", output)


HEAD = SoftmaxHead().fit(np.eye(3), list("abc"))
TAKEN = [
    ["head/coef", "head/intercept", "head/members"],
    ["head/scores", "head/parts", "readout_head/coef"],
    ["coef", "scores", "parts", "members"],
]


@pytest.mark.parametrize("names", TAKEN)
def test_names_that_the_backbone_has_are_not_used_again(names):
    model, card = small(names, output="head/embeddings")
    opened = session(append_head(model, HEAD, card))
    x = RANDOM.uniform(-1, 1, (5, 3, 4, 4)).astype(np.float32)
    probabilities = opened.run(["probabilities"], {"crops": x})[0]
    assert np.abs(probabilities - HEAD.predict_proba(x.mean(axis=(2, 3)))).max() <= 1e-6
    graph = onnx.load_model_from_string(append_head(model, HEAD, card)).graph
    assert len({tensor.name for tensor in graph.initializer}) == len(names) + 3


OTHER = SoftmaxHead(backbone_sha256="cd" * 32).fit(np.eye(3), list("abc"))
WIDE = SoftmaxHead().fit(np.eye(4), list("abcd"))
NO_GRAPH = "is an ONNX model with one graph, got something else: make it with its recipe"
TWICE = described(append_head(small()[0], HEAD, small()[1]))
REFUSED = {
    # what: (model and card, head, what the message says)
    "another file": ((b"x", small()[1]), HEAD, "small.onnx has sha256 .*, its card says .*: restore the file"),
    "a head without weights": (small(), SoftmaxHead(), "has not learned anything yet: call fit first"),
    "another backbone's head": (small(), OTHER, "trained on the backbone cdcdcdcdcdcd…, got small"),
    "a head of another width": (small(), WIDE, "small gives 3 features, got a head for 4: train it again"),
    "a append_head file": (TWICE, HEAD, "named 'probabilities' already: join the backbone's own file"),
    "two graphs": (small(graphs=2), HEAD, NO_GRAPH),
    "no graph": (described(b""), HEAD, NO_GRAPH),
    "half a file": (described(small()[0][:-9]), HEAD, NO_GRAPH),
    "text": (described(b"<!doctype html>"), HEAD, NO_GRAPH),
    "an endless number": (described(b"\xff" * 9), HEAD, NO_GRAPH),
}


@pytest.mark.parametrize(("given", "head", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_joined_is_refused(given, head, message):
    model, card = given
    with pytest.raises(ReadoutError, match=message):
        append_head(model, head, card)


# The example


@pytest.mark.parametrize("name", ["glyphs", IMAGENET])
def test_the_example_prints_what_readout_reads(glyphs, imagenet, tmp_path, name):
    bundled = glyphs if name == "glyphs" else imagenet
    head = bundled.head({"7": "A"})
    (tmp_path / "classifier.onnx").write_bytes(append_head(bundled.model, head, bundled.card))
    (tmp_path / "classifier.py").write_text(example(bundled.card, head.classes_), encoding="utf-8")
    pictures = [Crop.whole(crop.pixels) for crop in bundled.crops[:3]]
    for k, crop in enumerate(pictures):
        Image.fromarray(crop.pixels).save(tmp_path / f"{k}.png")
    command = [sys.executable, "-W", "error", "classifier.py", "classifier.onnx", "0.png", "1.png", "2.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    printed = [line.split("\t") for line in done.stdout.splitlines()]
    P = head.predict_proba(bundled.cache.embed(pictures))
    assert [line[:2] for line in printed] == [[f"{k}.png", head.classes_[P[k].argmax()]] for k in range(3)]
    assert [float(line[2]) for line in printed] == pytest.approx(P.max(axis=1), abs=1e-4)


def test_the_example_is_short_and_no_class_becomes_code():
    classes = ["0", "\nimport os", '"""', "\\", "\u2028print(1)", "#"]
    program = example(small()[1], classes)
    assert ast.dump(ast.parse(program)) == ast.dump(ast.parse(example(small()[1], ["0"])))
    assert len([line for line in program.splitlines() if line and not line.startswith("#")]) <= 12
