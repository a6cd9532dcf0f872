"""A score from examples that heads have not learned from, and examples that show the same."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix

from readout.data.duplicates import conflicts, duplicates
from readout.data.examples import Example
from readout.errors import ReadoutError
from readout.evaluation.cross_validation import Validation, connected_groups, cross_validate, split, wilson
from readout.imaging.crops import Crop, cut
from readout.model.embedding_cache import EmbeddingCache
from readout.model.training import TrainingSet, fit_head


def crop_of(value):
    return Crop.whole(np.random.default_rng(value).integers(0, 256, (4, 3, 3), np.uint8))


def example(label, picture, source=""):
    return Example(source, label, crop_of(picture))


def lesson_of(labels, pictures=None):
    """A lesson of whole pictures, taken as they are; equal numbers in `pictures` are equal pixels."""
    pictures = range(len(labels)) if pictures is None else pictures
    backbone = SimpleNamespace(prior=None, sha256="0" * 64)
    return TrainingSet.of([example(label, k) for label, k in zip(labels, pictures, strict=True)], backbone), backbone


def clouds(labels, spread=0.5, d=6, seed=0):
    """Embeddings around one centre for each label: float32 (n, d)."""
    rng = np.random.default_rng(seed)
    centres = {label: rng.normal(size=d) for label in sorted(set(labels))}
    return np.array([centres[label] + spread * rng.normal(size=d) for label in labels], np.float32)


def last(steps):
    return list(steps)[-1]


# Duplicates


def test_equal_pixels_are_found_in_order_of_appearance():
    examples = [example(label, picture) for label, picture in zip("0123456", [9, 5, 7, 5, 9, 8, 9], strict=True)]
    assert duplicates(examples) == [[0, 4, 6], [1, 3]]
    assert duplicates(examples[:3]) == duplicates([]) == []


def test_the_same_pixels_in_another_box_are_no_duplicate():
    frame = np.random.default_rng(4).integers(0, 256, (20, 20, 3), np.uint8)
    crops = cut(frame, [(3, 4, 5, 6), (3.5, 4, 5, 6), (3, 4, 5, 6)])
    assert duplicates([Example("", "1", crop) for crop in crops]) == [[0, 2]]


def test_equal_pixels_with_different_labels_are_a_conflict():
    examples = [example("1", 3), example("2", 4), example("1", 3), example("7", 4), example("2", 4)]
    assert conflicts(examples) == [[1, 3, 4]]


JOINED = [
    # kinds of keys, groups
    (["aab"], [0, 0, 1]),
    (["abc", "xyx"], [0, 1, 0]),
    (["abbc", "xxyy"], [0, 0, 0, 0]),
    (["abcd", "xyzx", "1221"], [0, 1, 1, 0]),
    ([""], []),
    ([], []),
]


@pytest.mark.parametrize(("kinds", "groups"), JOINED)
def test_what_shares_a_key_is_one_group(kinds, groups):
    assert connected_groups(*kinds).tolist() == groups


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_the_connected_components(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 25, (3, 40))
    reach = (kinds[:, :, None] == kinds[:, None, :]).any(axis=0)
    for _ in range(6):
        reach = reach @ reach
    group = connected_groups(*kinds.tolist())
    assert ((group[:, None] == group) == reach).all()


# Parts of a lesson


def test_a_part_of_a_lesson_is_the_lesson_of_that_part(knowing_backbone):
    examples = [example("0123"[k % 4], k) for k in range(20)]
    lesson = TrainingSet.of(examples, knowing_backbone)
    chosen = np.random.default_rng(4).random(20) < 0.5
    part, rows = lesson.subset(chosen)
    assert [lesson.crops[k] for k in rows] == part.crops
    assert [part.crops[k] for k in part.own] == [examples[k].crop for k in np.flatnonzero(chosen)]
    assert part.labels == [lesson.labels[k] for k in rows]
    assert np.bincount(part.origin, part.weight) == pytest.approx(np.ones(chosen.sum()))
    assert [lesson.crops[k] for k in lesson.own] == [example.crop for example in examples]


# Folds


@pytest.mark.parametrize("seed", range(6))
def test_folds_keep_groups_whole_and_share_out_classes(seed):
    rng = np.random.default_rng(seed)
    group, truth = np.repeat(np.arange(25), 4), rng.integers(0, 10, 100)
    fold = split(group, truth)
    assert all(len(set(fold[group == k])) == 1 for k in range(25))
    assert sorted(np.bincount(fold)) == [20] * 5
    counts = np.array([np.bincount(truth[fold == k], minlength=10) for k in range(5)])
    at_random = rng.permutation(25)[group] % 5
    chance = np.array([np.bincount(truth[at_random == k], minlength=10) for k in range(5)])
    assert counts.std(axis=0).mean() < chance.std(axis=0).mean()


SPLITS = [
    # groups, classes, folds asked for, sizes of the folds
    ([0, 0, 1, 1], [0, 1, 0, 1], 5, [2, 2]),
    ([0, 0, 0, 1, 2], [0, 0, 0, 0, 0], 2, [2, 3]),
    ([0, 1, 2, 3], [0, 0, 1, 1], 2, [2, 2]),
    (range(7), [0] * 7, 3, [2, 2, 3]),
]


@pytest.mark.parametrize(("group", "truth", "folds", "sizes"), SPLITS)
def test_folds_are_even(group, truth, folds, sizes):
    assert sorted(np.bincount(split(np.array(group), np.array(truth), folds))) == sizes


def test_a_class_with_two_examples_has_them_in_two_folds():
    group, truth = np.arange(12), np.array([0] * 5 + [1] * 5 + [2] * 2)
    fold = split(group, truth)
    assert fold[10] != fold[11]


@pytest.mark.parametrize("group", [[], [0], [0, 0, 0]])
def test_one_group_is_not_split(group):
    assert split(np.array(group, int), np.zeros(len(group), int)).tolist() == [-1] * len(group)


# The score


def test_every_example_is_read_by_a_head_that_learned_the_other_folds():
    labels = list("0123" * 15)
    X, (lesson, backbone) = clouds(labels, 1.5), lesson_of(labels)
    groups = [k // 3 for k in range(60)]
    found = last(cross_validate(lesson, X, groups, backbone))
    fold = split(found.group, np.array([int(label) for label in labels]))
    for k in range(5):
        scaler = X[fold != k].astype(float)
        Z = (X - scaler.mean(axis=0)) / scaler.std(axis=0)
        oracle = LogisticRegression(C=10, tol=1e-8, max_iter=2000).fit(Z[fold != k], np.array(labels)[fold != k])
        assert found.probabilities[fold == k] == pytest.approx(oracle.predict_proba(Z[fold == k]), abs=2e-4)
    assert found.classes == list("0123")
    assert (found.total, found.groups, found.done, found.folds) == (60, 20, 5, 5)
    assert found.correct == sum(np.array(found.predicted) == np.array(labels))
    assert found.confidence == pytest.approx(found.probabilities.max(axis=1))
    assert found.confusion.tolist() == confusion_matrix(labels, found.predicted).tolist()


def test_the_score_comes_fold_by_fold():
    labels = list("01" * 10)
    lesson, backbone = lesson_of(labels)
    steps = list(cross_validate(lesson, clouds(labels), range(20), backbone))
    assert [(step.done, int(step.tested.sum())) for step in steps] == [(k, 4 * k) for k in range(6)]
    assert steps[2].predicted.count(None) == 12
    assert [step.untested for step in steps] == [[]] * 6


@pytest.mark.parametrize("same", ["frame", "pixels"])
def test_twins_never_help_each_other(same):
    """Labels without rhyme or reason, each example there twice: who learned a twin knows, who did not must guess."""
    labels = [str(label) for label in np.random.default_rng(3).permutation(np.repeat([0, 1, 2, 3], 10))]
    X = np.random.default_rng(1).normal(size=(40, 80)).astype(np.float32)
    twice, pictures = labels * 2, [*range(40), *(range(40) if same == "pixels" else range(40, 80))]
    lesson, backbone = lesson_of(twice, pictures)
    groups = range(80) if same == "pixels" else [*range(40), *range(40)]
    found = last(cross_validate(lesson, np.vstack([X, X]), groups, backbone))
    assert found.groups == 40
    assert found.correct / found.total < 0.5
    mixed = np.random.default_rng(2).permutation(80)
    unlinked, _ = lesson_of([twice[k] for k in mixed])
    cheating = last(cross_validate(unlinked, np.vstack([X, X])[mixed], range(80), backbone))
    assert cheating.correct / cheating.total > 0.7


def test_copies_count_once():
    labels = list("0123" * 6) + ["0"] * 30
    pictures = [*range(24), *[0] * 30]
    lesson, backbone = lesson_of(labels, pictures)
    X = clouds(labels)
    X[24:] = X[0]
    found = last(cross_validate(lesson, X, range(54), backbone))
    assert (found.tested.all(), found.total, found.groups) == (True, 24, 24)
    assert found.confusion.sum() == 24


def test_of_one_picture_with_two_labels_at_most_one_is_right():
    labels, pictures = [*"0123" * 5, "1"], [*range(20), 0]
    lesson, backbone = lesson_of(labels, pictures)
    X = clouds(labels)
    X[20] = X[0]
    found = last(cross_validate(lesson, X, range(21), backbone))
    assert found.total == 21
    assert found.right[[0, 20]].sum() <= 1
    assert found.group[0] == found.group[20]


def test_a_class_that_only_one_group_has_is_not_tested_where_no_prior_knows_it():
    labels = [*"0011" * 5, "x"]
    lesson, backbone = lesson_of(labels)
    found = last(cross_validate(lesson, clouds(labels), range(21), backbone))
    assert (found.untested, found.total) == (["x"], 20)
    assert found.predicted[20] is None
    assert found.probabilities[20].tolist() == [0, 0, 0]
    assert found.probabilities[:20].sum(axis=1) == pytest.approx(np.ones(20))


def test_with_a_prior_one_example_of_a_class_is_tested_and_moved_copies_never_leak(knowing_backbone):
    examples = [Example(str(k), str(k), crop_of(k)) for k in range(10)]
    lesson = TrainingSet.of(examples, knowing_backbone)
    X = EmbeddingCache(knowing_backbone).embed(lesson.crops)
    found = last(cross_validate(lesson, X, range(10), knowing_backbone))
    assert (found.total, found.untested) == (10, [])
    assert found.classes == knowing_backbone.prior.output_classes_with([])
    fold = split(found.group, np.arange(10))
    for k in range(5):
        part = TrainingSet.of([one for one, other in zip(examples, fold != k, strict=True) if other], knowing_backbone)
        head = fit_head(part, EmbeddingCache(knowing_backbone).embed(part.crops), knowing_backbone)
        expected = head.predict_proba(X[lesson.own[fold == k]])
        assert found.probabilities[fold == k] == pytest.approx(expected, abs=1e-5)


NOTHING = [
    # labels, groups
    ([], []),
    (["1"], [0]),
    (["1", "2"], [0, 0]),
    (["1", "1"], [0, 1]),
    (["1", "2"], [0, 1]),
]


@pytest.mark.parametrize(("labels", "groups"), NOTHING)
def test_next_to_nothing_is_too_few_to_tell(labels, groups):
    lesson, backbone = lesson_of(labels)
    found = last(cross_validate(lesson, clouds(labels).reshape(-1, 6), groups, backbone))
    assert (found.total, found.correct, found.interval, found.too_few) == (0, 0, (0.0, 1.0), True)
    assert found.untested == sorted(set(labels))
    assert found.predicted == [None] * len(labels)
    assert found.confusion.sum() == 0


def test_numbers_that_differ_are_refused():
    lesson, backbone = lesson_of("0101")
    with pytest.raises(ReadoutError, match="4 examples in 4 crops.* got 3 groups and 4 embeddings"):
        last(cross_validate(lesson, np.zeros((4, 2)), [0, 1, 2], backbone))
    with pytest.raises(ReadoutError, match="got 4 groups and 5 embeddings"):
        last(cross_validate(lesson, np.zeros((5, 2)), range(4), backbone))


# How sure the score is


@pytest.mark.parametrize(("right", "total"), [(10, 10), (0, 10), (0, 1), (81, 263), (15, 148), (1, 29), (7, 7000)])
def test_wilsons_interval(right, total):
    interval = binomtest(right, total).proportion_ci(0.95, method="wilson")
    assert wilson(right, total) == pytest.approx((interval.low, interval.high), abs=1e-7)


def test_where_all_or_none_are_right_the_interval_ends_at_1_or_0():
    assert [wilson(k, k)[1] for k in range(1, 400)] == [1.0] * 399
    assert [wilson(0, k)[0] for k in range(400)] == [0.0] * 400


def validation(right, group):
    """Examples of one class that were read right or not."""
    right, group = np.array(right, bool), np.array(group)
    probabilities = np.where(right[:, None], [1, 0], [0, 1]).astype(np.float32)
    every = np.ones(len(right), bool)
    return Validation(["0", "1"], ["0"] * len(right), probabilities, every, every, group, 5, 5)


def test_the_interval_holds_the_truth_where_groups_fail_together():
    """Frames of 6 digits of which 10 % are lost, all digits at once: intervals hold the truth, binomial ones do not."""
    rng, held, naive = np.random.default_rng(0), [], []
    for _ in range(400):
        right = np.repeat(rng.random(40) > 0.1, 6)
        found = validation(right, np.repeat(np.arange(40), 6))
        if 0 < found.correct < found.total:
            for intervals, (low, high) in ((held, found.interval), (naive, wilson(found.correct, found.total))):
                intervals.append(low <= 0.9 <= high)
    assert np.mean(held) > 0.9 > np.mean(naive) + 0.15


def test_the_interval_is_wilsons_where_groups_do_not_matter():
    rng = np.random.default_rng(1)
    found = validation(rng.random(300) > 0.2, np.arange(300))
    assert found.interval == pytest.approx(wilson(found.correct, 300), rel=2e-3)


TOO_FEW = [
    # right, wrong, examples of a group, too few
    (4, 0, 1, True),
    (16, 0, 4, True),
    (20, 0, 4, False),
    (9, 0, 1, False),
    (8, 0, 1, True),
    (8, 8, 1, True),
    (60, 60, 1, False),
]


@pytest.mark.parametrize(("right", "wrong", "each", "too_few"), TOO_FEW)
def test_when_there_are_too_few_to_tell(right, wrong, each, too_few):
    found = validation([True] * right + [False] * wrong, np.arange(right + wrong) // each)
    assert found.too_few == too_few
