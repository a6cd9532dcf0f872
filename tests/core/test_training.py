"""From labelled crops to a head."""

import numpy as np
import pytest

from readout.data.examples import Example
from readout.imaging.crops import Crop, cut, jitter
from readout.imaging.resample import resample
from readout.model.embedding_cache import EmbeddingCache
from readout.model.training import TrainingSet, fit_head, prior_classes

RANDOM = np.random.default_rng(11)


def example(label, pixels=None, crop=None):
    pixels = RANDOM.integers(0, 256, (10, 8, 3), np.uint8) if pixels is None else pixels
    return Example(f"training/1/{label}.png", label, crop or Crop.whole(pixels))


def keys(crops):
    return [crop.key for crop in crops]


def test_without_a_prior_examples_are_taken_as_they_are(pixel_backbone):
    examples = [example(label) for label in "0123"]
    lesson = TrainingSet.of(examples, pixel_backbone)
    assert lesson.crops == [each.crop for each in examples]
    assert (lesson.labels, lesson.weight.tolist()) == (list("0123"), [1, 1, 1, 1])


COUNTS = [
    # examples, crops of each: 400 in all, an odd number
    (0, 0),
    (1, 25),
    (10, 25),
    (16, 25),
    (17, 23),
    (40, 9),
    (80, 5),
    (100, 3),
    (334, 1),
    (999, 1),
]


@pytest.mark.parametrize(("count", "each"), COUNTS)
def test_with_a_prior_an_example_and_its_shifts_together_count_for_one(knowing_backbone, count, each):
    examples = [example("0123"[k % 4]) for k in range(count)]
    lesson = TrainingSet.of(examples, knowing_backbone)
    assert len(lesson.crops) == len(lesson.labels) == len(lesson.weight) == count * each
    assert lesson.labels == [one.label for one in examples for _ in range(each)]
    assert lesson.weight.reshape(count, each).sum(axis=1) == pytest.approx(np.ones(count))
    for k, one in enumerate(examples[:5]):
        assert keys(lesson.crops[k * each : (k + 1) * each]) == keys(jitter(one.crop)[:each])


def test_shifts_show_what_is_really_beside_a_box_where_the_frame_is_known(knowing_backbone):
    frame = RANDOM.integers(0, 256, (24, 40, 3), np.uint8)
    box = (6.5, 7, 8, 10)
    [crop] = cut(frame, [box], margin=1)
    lesson = TrainingSet.of([example("4", crop=crop)], knowing_backbone)
    steps = (-1, -0.5, 0, 0.5, 1)
    moved = cut(frame, [(box[0] + dx, box[1] + dy, *box[2:]) for dx in steps for dy in steps])
    squares = {square.tobytes() for square in resample(moved, 32)}
    assert {square.tobytes() for square in resample(lesson.crops, 32)} == squares
    assert lesson.crops[0] is crop


def test_ten_thousand_examples_make_ten_thousand_crops(knowing_backbone):
    crop = Crop.whole(RANDOM.integers(0, 256, (10, 8, 3), np.uint8))
    lesson = TrainingSet.of([example(str(k % 10), crop=crop) for k in range(10_000)], knowing_backbone)
    assert len(lesson.crops) == len(lesson.labels) == 10_000
    assert lesson.weight.sum() == 10_000


def test_what_is_known_are_the_priors_classes(pixel_backbone, knowing_backbone):
    assert prior_classes(pixel_backbone) == []
    assert prior_classes(knowing_backbone) == [*"0123456789A", "blank", "unknown"]


def test_a_head_of_a_lesson_is_bound_to_its_backbone_and_knows_what_that_knows(knowing_backbone):
    lesson = TrainingSet.of([example("x")], knowing_backbone)
    steps = []
    rows = EmbeddingCache(knowing_backbone).embed(lesson.crops)
    head = fit_head(lesson, rows, knowing_backbone, lambda *step: steps.append(step))
    assert (head.backbone_sha256, head.prior) == (knowing_backbone.sha256, knowing_backbone.prior)
    assert head.classes_ == [*"0123456789", "blank", "unknown", "x"]
    assert head.predict(rows) == ["x"] * 25
    assert steps == list(enumerate(head.loss_curve_))


# Crops that are hardly crops


BAD = {
    # what: pixels
    "one pixel": np.full((1, 1, 3), 77, np.uint8),
    "3 wide, 200 high": RANDOM.integers(0, 256, (200, 3, 3), np.uint8),
    "200 wide, 3 high": RANDOM.integers(0, 256, (3, 200, 3), np.uint8),
    "all black": np.zeros((10, 8, 3), np.uint8),
    "all white": np.full((10, 8, 3), 255, np.uint8),
    "one colour": np.full((10, 8, 3), (200, 30, 90), np.uint8),
}


@pytest.mark.parametrize("pixels", BAD.values(), ids=BAD)
def test_a_crop_of_any_shape_is_learned_and_read(pixel_backbone, pixels):
    cache = EmbeddingCache(pixel_backbone)
    lesson = TrainingSet.of([example("1", pixels), example("2")], pixel_backbone)
    head = fit_head(lesson, cache.embed(lesson.crops), pixel_backbone)
    assert head.predict(cache.embed([Crop.whole(pixels)])) == ["1"]


@pytest.mark.parametrize("pixels", BAD.values(), ids=BAD)
def test_a_crop_of_any_shape_teaches_a_head_with_a_prior(knowing_backbone, pixels):
    cache = EmbeddingCache(knowing_backbone)
    lessons = [TrainingSet.of(examples, knowing_backbone) for examples in ([], [example("1", pixels), example("2")])]
    heads = [fit_head(lesson, cache.embed(lesson.crops), knowing_backbone) for lesson in lessons]
    before, after = (head.predict_proba(cache.embed([Crop.whole(pixels)]))[0] for head in heads)
    assert after.sum() == pytest.approx(1)
    assert after[heads[1].classes_.index("1")] > before[heads[0].classes_.index("1")]


@pytest.mark.parametrize("pixels", BAD.values(), ids=BAD)
def test_a_crop_of_any_shape_is_read_without_an_example(knowing_backbone, pixels):
    head = fit_head(TrainingSet.of([], knowing_backbone), np.empty((0, knowing_backbone.dim)), knowing_backbone)
    rows = EmbeddingCache(knowing_backbone).embed([Crop.whole(pixels)])
    assert head.predict_proba(rows).sum() == pytest.approx(1)
    assert np.isfinite(head.distance(rows)).all()
