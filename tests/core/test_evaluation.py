"""Training on some sets and scoring the rest, with a backbone that is quick to run."""

import shutil
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from readout.data.dataset import Dataset
from readout.data.examples import labels_of
from readout.errors import ReadoutError
from readout.evaluation.score import evaluate, read_frames, train
from readout.layout.layout import Layout, Readout
from readout.model.embedding_cache import EmbeddingCache
from readout.readings.reading import Reader

TRUTHS = ["1.2", "3.0", "2.2"]


def texts(readings):
    return [reading.text for reading in readings]


def test_a_trained_head_knows_its_classes_and_its_backbone(make_dataset, pixel_backbone):
    dataset = Dataset.load(make_dataset(sets=3))
    head = train(dataset, EmbeddingCache(pixel_backbone), 2)
    assert (head.classes_, head.backbone_sha256) == (dataset.classes, pixel_backbone.sha256)
    assert pixel_backbone.crops == 8


def test_training_learns_its_own_examples(make_dataset, pixel_backbone):
    dataset = Dataset.load(make_dataset())
    cache = EmbeddingCache(pixel_backbone)
    examples = dataset.first_sets(2)
    head = train(dataset, cache, 2)
    assert head.predict(cache.embed([example.crop for example in examples])) == labels_of(examples)


def test_frames_are_read_in_order(make_dataset, pixel_backbone):
    dataset = Dataset.load(make_dataset())
    cache = EmbeddingCache(pixel_backbone)
    reader = Reader(dataset.layout, train(dataset, cache, 2), pixel_backbone)
    readings = list(read_frames(dataset.frames, reader, cache))
    assert [(reading.frame, reading.text) for reading in readings] == list(dataset.truths.items())


def test_only_the_readouts_asked_for_are_read(make_dataset, pixel_backbone):
    dataset = Dataset.load(make_dataset())
    [main] = dataset.layout.readouts
    layout = Layout(dataset.layout.frame_size, (Readout("first", "#", main.boxes[:1]), main))
    cache = EmbeddingCache(pixel_backbone)
    reader = Reader(layout, train(dataset, cache, 2), pixel_backbone)
    assert texts(read_frames(dataset.frames[:1], reader, cache)) == ["1", "1.2"]
    assert texts(read_frames(dataset.frames[:1], reader, cache, [main])) == ["1.2"]


def test_a_reading_does_not_depend_on_the_frames_beside_it(make_dataset, pixel_backbone):
    dataset = Dataset.load(make_dataset())
    reader = Reader(dataset.layout, train(dataset, EmbeddingCache(pixel_backbone), 2), pixel_backbone)
    together = list(read_frames(dataset.frames, reader, EmbeddingCache(pixel_backbone)))
    for path, expected in zip(dataset.frames, together, strict=True):
        [alone] = read_frames([path], reader, EmbeddingCache(pixel_backbone))
        assert np.allclose(alone.probabilities, expected.probabilities)


def test_frames_are_read_as_they_are_asked_for(make_dataset, pixel_backbone):
    dataset = Dataset.load(make_dataset())
    dataset.frames[2].write_bytes(b"damaged")
    cache = EmbeddingCache(pixel_backbone)
    readings = read_frames(dataset.frames, Reader(dataset.layout, train(dataset, cache, 2), pixel_backbone), cache)
    assert texts([next(readings), next(readings)]) == ["1.2", "3.0"]
    with pytest.raises(ReadoutError, match="image-3.png is not a picture"):
        next(readings)


def test_a_frame_of_another_size_is_named(make_dataset, pixel_backbone):
    root = make_dataset()
    Image.new("RGB", (41, 24)).save(root / "frames" / "image-2.png")
    with pytest.raises(ReadoutError, match="image-2.png is 41 x 24, the layout is for frames of 40 x 24"):
        evaluate(Dataset.load(root), pixel_backbone, 2)


def test_the_figures_count_what_was_scored(make_dataset, pixel_backbone):
    result = asdict(evaluate(Dataset.load(make_dataset(sets=3)), pixel_backbone, 2))
    assert result.pop("fit_s") > 0
    assert result.pop("embed_ms_per_crop") > 0
    assert result == {
        "sets": 2,
        "backbone": "pixels",
        "examples": 8,
        "digits_correct": 6,
        "digits_total": 6,
        "readings_correct": 3,
        "readings_total": 3,
        "test_correct": 4,
        "test_total": 4,
    }


def test_a_wrong_truth_costs_one_digit_and_one_reading(make_dataset, pixel_backbone):
    root = make_dataset()
    labels = root / "labels.csv"
    labels.write_text(labels.read_text().replace("3.0", "3.1"))
    result = evaluate(Dataset.load(root), pixel_backbone, 2)
    assert (result.digits_correct, result.readings_correct) == (5, 2)


def test_a_wrong_test_label_costs_one_test(make_dataset, pixel_backbone):
    root = make_dataset()
    shutil.copy(root / "testing/9/0.png", root / "testing/9/1.png")
    result = evaluate(Dataset.load(root), pixel_backbone, 2)
    assert (result.test_correct, result.test_total) == (3, 4)


def test_frames_without_a_known_truth_are_not_scored(make_dataset, pixel_backbone):
    root = make_dataset()
    (root / "labels.csv").write_text("frame,reading\nimage-2.png,3.0\n")
    seen = []
    result = evaluate(Dataset.load(root), pixel_backbone, 2, lambda *progress: seen.append(progress))
    assert (result.readings_total, seen) == (1, [(1, 1)])


def test_every_frame_is_told_as_it_is_done(make_dataset, pixel_backbone):
    seen = []
    evaluate(Dataset.load(make_dataset()), pixel_backbone, 2, lambda *progress: seen.append(progress))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("gone", "readings", "tests"), [("testing", 3, 0), ("frames", 0, 4), ("labels.csv", 0, 4)])
def test_what_is_not_there_is_not_scored(make_dataset, pixel_backbone, gone, readings, tests):
    root = make_dataset()
    shutil.rmtree(root / gone) if (root / gone).is_dir() else (root / gone).unlink()
    result = evaluate(Dataset.load(root), pixel_backbone, 2)
    assert (result.readings_total, result.test_total) == (readings, tests)


def test_nothing_to_score_is_an_error(make_dataset, pixel_backbone):
    root = make_dataset()
    shutil.rmtree(root / "testing")
    (root / "labels.csv").unlink()
    with pytest.raises(ReadoutError, match="has nothing to score: add testing/, or frames/ with labels.csv"):
        evaluate(Dataset.load(root), pixel_backbone, 2)


def test_known_truths_need_a_layout(make_dataset, pixel_backbone):
    root = make_dataset()
    (root / "layout.json").unlink()
    with pytest.raises(ReadoutError, match="has no layout.json: add one, or give one with --layout FILE"):
        evaluate(Dataset.load(root), pixel_backbone, 2)


# What a prior knows


@pytest.mark.parametrize(("sets", "examples"), [(0, 0), (1, 4), (2, 8)])
def test_with_a_prior_no_example_is_enough(make_dataset, knowing_backbone, sets, examples):
    result = evaluate(Dataset.load(make_dataset()), knowing_backbone, sets)
    assert (result.sets, result.examples) == (sets, examples)
    assert (result.digits_correct, result.readings_correct, result.test_correct) == (6, 3, 4)


def test_with_no_set_the_head_is_the_prior(make_dataset, knowing_backbone):
    cache = EmbeddingCache(knowing_backbone)
    dataset = Dataset.load(make_dataset(labels="0123"))
    head = train(dataset, cache, 0)
    assert head.classes_ == [*"0123456789", "blank", "unknown"]
    assert cache.embedded == 0
    assert texts(read_frames(dataset.frames, Reader(dataset.layout, head, knowing_backbone), cache)) == TRUTHS


def test_a_class_that_the_prior_does_not_know_needs_an_example(make_dataset, knowing_backbone):
    dataset = Dataset.load(make_dataset(labels="0123x"))
    with pytest.raises(ReadoutError, match="class x has no examples in the first 0 training sets"):
        evaluate(dataset, knowing_backbone, 0)
    result = evaluate(dataset, knowing_backbone, 1)
    assert (result.test_correct, result.test_total) == (5, 5)
