"""Embeddings that came with the site: read only with their backbone, compared, and replaced by those made here."""

import asyncio

import numpy as np
import pytest

from models.mobilenet.embeddings import DATASETS, crops, target
from readout.errors import ReadoutError
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.precomputed import TOLERANCE, Precomputed
from readout.workbench.demo import Demo
from tests.core.awaited import Awaited

THERMAL = target("thermal").read_bytes()
SETS, FRAMES = 2, ["image-0001.png", "image-0002.png"]


@pytest.fixture(scope="module")
def imagenet():
    return OnnxBackbone.named("mobilenet_v1_imagenet")


@pytest.mark.parametrize("name", DATASETS)
def test_those_that_are_shipped_are_of_all_bundled_crops_and_what_the_backbone_makes_of_them(name, imagenet):
    shipped = Precomputed.from_bytes(target(name).read_bytes(), imagenet)
    distinct = {crop.key: crop for crop in crops(DATASETS[name])}
    assert shipped.rows.keys() == distinct.keys()
    some = list(distinct.values())[::25]
    live = {crop.key: row for crop, row in zip(some, EmbeddingCache(imagenet).embed(some), strict=True)}
    found = shipped.compare(live)
    assert found["agree"] == found["crops"] == len(some)
    assert found["largest"] < TOLERANCE / 5


def test_a_file_of_another_backbone_is_refused(imagenet):
    with pytest.raises(ReadoutError, match="another one|are of the backbone"):
        Precomputed.from_bytes(THERMAL, OnnxBackbone.named())
    with pytest.raises(ReadoutError, match="precomputed embeddings"):
        Precomputed.from_bytes(b"PK", imagenet)


def test_one_that_differs_does_not_agree():
    key = b"k" * 16
    mine = Precomputed("0" * 64, {key: np.float16([1, 0])})
    assert mine.compare({key: np.float32([1, 0.01])})["agree"] == 1
    assert mine.compare({key: np.float32([1, 0.1])})["agree"] == 0
    assert mine.compare({}) == {"crops": 0, "agree": 0, "largest": 0.0}


def test_it_learns_and_reads_without_the_backbone_and_then_with_what_the_backbone_gives(data_folder, imagenet):
    async def story():
        backbone = Awaited(imagenet, name=imagenet.name)
        backbone.sha256 = imagenet.sha256
        demo = Demo(data_folder, FRAMES, backbone)
        assert demo.take_precomputed(THERMAL) == 490
        await demo.learn(SETS, lambda news: None)
        await read(demo)
        early, texts = list(backbone.seen), [reading.text for reading in demo._readings()]
        found = await demo.embed_live(lambda news: None)
        again = [reading.text for reading in demo._readings()]
        return early, texts, found, again, len(backbone.seen)

    early, texts, found, again, seen = asyncio.run(story())
    assert early == [] and len(texts) == 2 * len(FRAMES)
    assert texts == again
    assert found["agree"] == found["crops"] == seen


async def read(demo):
    from tests.core.test_demo import read as read_frames

    await read_frames(demo, FRAMES)
