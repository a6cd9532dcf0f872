"""Backbones: the card and its file, what goes in, what comes out, and that no crop is embedded twice."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.imaging.crops import Crop
from readout.model.backbone import Card, check_input, check_trained_on, find_model
from readout.model.embedding_cache import BATCH_BYTES, EmbeddingCache, batch_size
from readout.model.head import SoftmaxHead
from readout.model.onnx_backbone import OnnxBackbone

IMAGENET = "mobilenet_v1_imagenet"
RANDOM = np.random.default_rng(3)
PICTURES = [Crop.whole(RANDOM.integers(0, 256, (10, 8, 3), np.uint8)) for _ in range(12)]


@pytest.fixture(scope="module")
def tensors():
    return RANDOM.uniform(-1, 1, (5, 3, 224, 224)).astype(np.float32)


@pytest.fixture
def model(tmp_path):
    """A copy of the bundled model and its card, to spoil."""
    path = find_model(IMAGENET)
    shutil.copy(path.with_suffix(".json"), tmp_path)
    return Path(shutil.copy(path, tmp_path))


# The card


def test_the_card_describes_its_file(native):
    data = find_model(IMAGENET).read_bytes()
    card = Card.from_json(find_model(IMAGENET).with_suffix(".json").read_text(encoding="utf-8"))
    assert (card.sha256, card.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (native.name, native.input_size, native.dim, native.sha256) == (IMAGENET, 224, 1024, card.sha256)


def test_a_changed_file_is_refused(model):
    with model.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ReadoutError, match="has sha256 .*, its card says .*: restore the file, or make both again"):
        OnnxBackbone(model)


@pytest.mark.parametrize("ending", [".onnx", ".json"])
def test_a_missing_file_is_named(model, ending):
    model.with_suffix(ending).unlink()
    with pytest.raises(ReadoutError, match=f"{IMAGENET}{ending} cannot be read .*: make it with its recipe"):
        OnnxBackbone(model)


CARDS = {
    "{": "a model card is JSON, got something that is not .*, or restore a copy",
    "7": "a model card is an object, got 7",
    '{"name": "n", "file": "n.onnx", "bytes": 1}': "a model card lacks sha256, input_size, dim, input, output: make it",
}


@pytest.mark.parametrize(("text", "message"), CARDS.items())
def test_a_wrong_card_is_refused(text, message):
    with pytest.raises(ReadoutError, match=message):
        Card.from_json(text)


def test_a_card_may_say_more():
    fields = {"name": "n", "file": "f", "sha256": "0", "bytes": 1, "input_size": 8, "dim": 2}
    fields |= {"input": "a", "output": "b"}
    assert Card.from_json(json.dumps({**fields, "license": "MIT"})) == Card(**fields)


def test_an_unknown_backbone_is_told_which_there_are():
    with pytest.raises(ReadoutError, match=f"named by its file's stem, got 'resnet': use one of .*{IMAGENET}"):
        find_model("resnet")


# What goes in


def batch(*shape, value=0.0):
    return np.full(shape, value, np.float32)


INPUTS = [
    # shape, one value in it, what the message says
    ((3, 8, 8), 0, r"takes crops of shape \(n, 3, 8, 8\), got \(3, 8, 8\): resample them"),
    ((1, 8, 8, 3), 0, r"got \(1, 8, 8, 3\)"),
    ((1, 1, 8, 8), 0, "takes crops of shape"),
    ((1, 3, 9, 8), 0, "takes crops of shape"),
    ((2, 3, 8, 8), 1.001, r"scaled to \[-1, 1\], got other values: use imaging.to_tensor"),
    ((2, 3, 8, 8), -255, "scaled to"),
    ((2, 3, 8, 8), np.nan, "scaled to"),
    ((2, 3, 8, 8), np.inf, "scaled to"),
]


@pytest.mark.parametrize(("shape", "value", "message"), INPUTS)
def test_an_input_that_is_no_batch_of_crops_is_refused(pixel_backbone, shape, value, message):
    x = batch(*shape)
    x.flat[-1] = value
    with pytest.raises(ReadoutError, match=f"pixels .*{message}"):
        check_input(pixel_backbone, x)


def test_the_native_backbone_checks_its_input(native):
    with pytest.raises(ReadoutError, match=r"takes crops of shape \(n, 3, 224, 224\), got \(1, 3, 96, 96\)"):
        native.embed(batch(1, 3, 96, 96))


def test_an_input_of_another_type_or_memory_order_is_converted(pixel_backbone):
    x = np.linspace(-1, 1, 2 * 8 * 8 * 3).reshape(2, 8, 8, 3).transpose(0, 3, 1, 2)
    checked = check_input(pixel_backbone, x)
    assert (checked.dtype, checked.flags.c_contiguous) == (np.float32, True)
    assert np.allclose(checked, x)


# What comes out


def test_embeddings_have_a_row_for_each_crop(native, tensors):
    embeddings = native.embed(tensors)
    assert (embeddings.shape, embeddings.dtype) == ((5, 1024), np.float32)
    assert len(np.unique(embeddings, axis=0)) == 5


def test_no_crops_have_no_embeddings(native):
    assert native.embed(batch(0, 3, 224, 224)).shape == (0, 1024)


def test_the_same_crops_have_the_same_embeddings(native, tensors):
    assert np.array_equal(native.embed(tensors), native.embed(tensors))
    assert np.array_equal(native.embed(tensors[:1]), OnnxBackbone.named(IMAGENET).embed(tensors[:1]))


@pytest.mark.parametrize("split", [[1, 2, 3, 4], [2, 4], [4]])
def test_how_crops_are_split_into_batches_does_not_matter(native, tensors, split):
    parts = np.concatenate([native.embed(part) for part in np.split(tensors, split)])
    assert np.abs(parts - native.embed(tensors)).max() <= 1e-4


# The cache


def test_each_distinct_crop_is_embedded_once(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone)
    again = Crop.whole(PICTURES[0].pixels.copy())
    cache.embed([*PICTURES, again, *PICTURES])
    cache.embed([again, *reversed(PICTURES)])
    assert pixel_backbone.crops == cache.embedded == len(PICTURES)


def test_the_cache_returns_rows_in_the_order_of_the_crops(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone)
    cache.embed(PICTURES[3:9])
    order = [PICTURES[k] for k in (5, 0, 11, 5, 3)]
    assert np.array_equal(cache.embed(order), pixel_backbone.embed(cache.tensor(order)))


@pytest.mark.parametrize("size", [1, 5, 12, 100])
def test_batches_hold_what_is_missing_and_no_more_than_their_size(pixel_backbone, size):
    cache = EmbeddingCache(pixel_backbone)
    cache.embed(PICTURES[:2])
    batches = list(cache.batches([*PICTURES, *PICTURES], size))
    assert [crop.key for part in batches for crop in part] == [crop.key for crop in PICTURES[2:]]
    assert max(map(len, batches)) <= size


def test_a_request_larger_than_the_limit_is_answered_and_then_forgotten(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone, limit=4)
    for _ in range(2):
        rows = cache.embed(PICTURES)
        assert np.array_equal(rows, pixel_backbone.embed(cache.tensor(PICTURES)))
        assert len(cache) == 4
    assert cache.embedded == 20  # four of the second twelve were still known


def test_the_least_recently_used_embedding_is_forgotten_first(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone, limit=3)
    for k in (0, 1, 2, 0, 3):  # 0 is used again before 3 comes
        cache.embed([PICTURES[k]])
    assert len(cache) == 3
    assert list(cache.batches(PICTURES[:4], 9)) == [[PICTURES[1]]]


def test_held_crops_are_kept_while_other_requests_come(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone, limit=2)
    mine = PICTURES[:4]
    with cache.hold(mine):
        for batch in cache.batches(mine, 1):
            cache.add(batch, pixel_backbone.embed(cache.tensor(batch)))
            cache.embed(PICTURES[4:])
            with cache.hold(mine[:2]):  # somebody else needs two of them, and is done first
                pass
        assert cache.lookup(mine).shape == (4, pixel_backbone.dim)
    assert len(cache) == 2


def test_without_a_hold_the_limit_is_kept_too(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone, limit=2)
    for picture in PICTURES:
        cache.add([picture], pixel_backbone.embed(cache.tensor([picture])))
        assert cache.lookup([picture]).shape == (1, pixel_backbone.dim)
        assert len(cache) <= 2


def test_a_failed_request_holds_nothing(pixel_backbone):
    cache = EmbeddingCache(pixel_backbone, limit=0)
    with pytest.raises(RuntimeError, match="cancelled"), cache.hold(PICTURES):
        cache.add(PICTURES, pixel_backbone.embed(cache.tensor(PICTURES)))
        raise RuntimeError("cancelled")
    assert len(cache) == 0


@pytest.mark.parametrize(("input_size", "crops"), [(1, 256), (32, 256), (64, 98), (160, 15), (224, 8), (2000, 1)])
def test_batches_keep_the_backbones_input_small(input_size, crops):
    assert batch_size(input_size) == crops
    assert crops == 1 or crops * 3 * input_size**2 * 4 <= BATCH_BYTES


def test_ten_thousand_crops_go_through_in_batches_of_bounded_size(pixel_backbone):
    pictures = [Crop.whole(np.array([[[k % 256, k // 256, 7]]], np.uint8)) for k in range(10_000)]
    sizes = []
    embed = pixel_backbone.embed
    pixel_backbone.embed = lambda x: sizes.append(len(x)) or embed(x)
    cache = EmbeddingCache(pixel_backbone, limit=100)
    rows = cache.embed(pictures)
    assert (sum(sizes), max(sizes), len(cache)) == (10_000, batch_size(pixel_backbone.input_size), 100)
    assert np.array_equal(rows[[0, 9_999]], pixel_backbone.embed(cache.tensor([pictures[0], pictures[-1]])))


def test_no_crops_are_looked_up_as_no_rows(pixel_backbone):
    assert EmbeddingCache(pixel_backbone).embed([]).shape == (0, pixel_backbone.dim)


@pytest.mark.parametrize("shape", [(1, 192), (2, 191), (2,), (384,), (2, 192, 1)])
def test_embeddings_of_another_shape_are_not_added(pixel_backbone, shape):
    cache = EmbeddingCache(pixel_backbone)
    with pytest.raises(ReadoutError, match="one embedding of 192 numbers for each crop, got shape .* for 2 crops"):
        cache.add(PICTURES[:2], np.zeros(shape, np.float32))
    assert len(list(cache.batches(PICTURES[:2], 1))) == 2


# The head's backbone


def test_a_head_is_bound_to_its_backbone(pixel_backbone):
    check_trained_on(SoftmaxHead(backbone_sha256=pixel_backbone.sha256), pixel_backbone)
    check_trained_on(SoftmaxHead(), pixel_backbone)  # not known
    with pytest.raises(ReadoutError, match="trained on the backbone 0123456789ab…, got pixels .*: train it again"):
        check_trained_on(SoftmaxHead(backbone_sha256="0123456789abcdef"), pixel_backbone)
