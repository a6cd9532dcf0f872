"""What is known before the first example: its scores, its distances, its file."""

import io
from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from readout.errors import ReadoutError
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.prior import UNKNOWN, Prior, load_prior
from readout.model.softmax import softmax

NAMES = ["0", "1", "2", "A", "B", "blank"]
ANSWERS = ["0", "1", "2", "blank"]


@pytest.fixture(scope="module")
def prior(make_prior):
    random = np.random.default_rng(0)
    centres = {name: random.normal(size=8) * 1.2 for name in NAMES}
    made = make_prior(centres, ANSWERS, "ab" * 32)
    tilt = random.normal(size=(8, 8))
    return replace(made, whitening=tilt / np.linalg.norm(tilt), radius=1.5)


@pytest.fixture(scope="module")
def X(prior):
    return prior.mean + np.random.default_rng(1).normal(size=(50, 8)) * 2


# Scores


HEARD = [
    # labels with examples, what a head answers
    ([], ["0", "1", "2", "blank", "unknown"]),
    (["1", "2"], ["0", "1", "2", "blank", "unknown"]),
    (["A"], ["0", "1", "2", "A", "blank", "unknown"]),
    (["unknown", "A", "B"], ["0", "1", "2", "A", "B", "blank", "unknown"]),
    (["minus", "7"], ["0", "1", "2", "7", "blank", "minus", "unknown"]),
]


@pytest.mark.parametrize(("labels", "answers"), HEARD)
def test_a_head_answers_with_what_the_prior_answers_and_what_was_labelled(prior, labels, answers):
    assert prior.output_classes_with(labels) == answers


@pytest.mark.parametrize("labels", [[], ["A"], ["A", "B"], ["unknown"]])
def test_unknown_is_as_likely_as_all_that_is_no_answer(prior, X, labels):
    P = softmax(X @ prior.coef + prior.intercept)
    answers = prior.output_classes_with(labels)
    told = softmax(prior.scores(X, answers))
    names = prior.classes.tolist()
    for k, answer in enumerate(answers):
        belongs = [name == answer or (answer == UNKNOWN and name not in answers) for name in names]
        assert told[:, k] == pytest.approx(P[:, belongs].sum(axis=1))


@pytest.mark.parametrize("new", [["7"], ["7", "minus"]])
def test_a_class_never_seen_is_half_as_likely_as_unknown_and_the_others_keep_their_odds(prior, X, new):
    before, answers = prior.output_classes_with([]), prior.output_classes_with(new)
    P0, P = softmax(prior.scores(X, before)), softmax(prior.scores(X, answers))
    unknown = P[:, [answers.index(UNKNOWN)]]
    assert P[:, [answers.index(label) for label in new]] == pytest.approx(np.tile(unknown / 2, len(new)))
    kept = P[:, [answers.index(label) for label in before]]
    assert kept / kept.sum(axis=1, keepdims=True) == pytest.approx(P0)


def test_what_is_added_to_the_scores_of_all_classes_changes_nothing(prior, X):
    moved = replace(prior, coef=prior.coef + np.linspace(-3, 3, 8)[:, None], intercept=prior.intercept + 40)
    answers = prior.output_classes_with(["7", "A"])
    assert softmax(moved.scores(X, answers)) == pytest.approx(softmax(prior.scores(X, answers)))


def test_enormous_scores_are_no_trouble(prior, X):
    assert np.isfinite(prior.scores(X * 1e6, prior.output_classes_with(["7"]))).all()


# Distances


def test_a_distance_is_that_of_mahalanobis_to_the_nearest_centre(prior, X):
    covariance = np.linalg.inv(prior.whitening @ prior.whitening.T)
    expected = cdist(X, prior.centres, "mahalanobis", VI=np.linalg.inv(covariance)).min(axis=1) / prior.radius
    assert prior.distance(X, prior.centres) == pytest.approx(expected)


def test_a_centre_moves_by_its_examples_and_counts_for_one_itself(prior):
    X = np.random.default_rng(2).normal(size=(4, 8))
    answers = prior.output_classes_with(["1", "7", "unknown"])
    truth = np.array([[label == answer for answer in answers] for label in ("1", "1", "7", "unknown")])
    weight = np.array([[1.0], [2.0], [0.5], [1.0]])
    with_a_centre = [answer for answer in answers if answer != UNKNOWN]
    centres = dict(zip(with_a_centre, prior.centres_with(X, truth * weight, answers), strict=True))
    names = prior.classes.tolist()
    assert centres.pop("1") == pytest.approx((prior.centres[names.index("1")] + X[0] + 2 * X[1]) / 4)
    assert centres.pop("7") == pytest.approx(X[2])
    for name, centre in centres.items():
        assert centre == pytest.approx(prior.centres[names.index(name)])


# The file


def test_the_file_holds_it_all_to_the_precision_of_float32(prior, X):
    back = Prior.from_bytes(prior.to_bytes())
    for field in fields(Prior):
        one, other = getattr(prior, field.name), getattr(back, field.name)
        assert type(one) is type(other)
        assert np.shape(one) == np.shape(other)
        text = np.asarray(one).dtype.kind == "U"
        assert np.array_equal(one, other) if text else one == pytest.approx(other, abs=1e-6)
    again = Prior.from_bytes(back.to_bytes())
    assert np.array_equal(again.scores(X, ANSWERS), back.scores(X, ANSWERS))


def test_the_file_is_found_beside_the_model(prior, tmp_path):
    assert load_prior(tmp_path / "glyphs.onnx") is None
    (tmp_path / "glyphs.npz").write_bytes(prior.to_bytes())
    assert load_prior(tmp_path / "glyphs.onnx").backbone_sha256 == "ab" * 32


def test_a_backbone_without_a_file_beside_it_knows_nothing(native):
    assert isinstance(native, OnnxBackbone)
    assert native.prior is None


def changed(**values):
    """Rewrites the file with some fields replaced, or left out where the value is None."""

    def change(data):
        with np.load(io.BytesIO(data)) as file:
            kept = {**file, **values}
        out = io.BytesIO()
        np.savez_compressed(out, **{name: value for name, value in kept.items() if value is not None})
        return out.getvalue()

    return change


def array_file(data):
    out = io.BytesIO()
    np.save(out, np.zeros((3, 4)))
    return out.getvalue()


DAMAGED = {
    # what: (change to the bytes, what the message says)
    "empty": (lambda data: b"", "a prior is an .npz file with classes, answers, .*: make it again with the backbone's"),
    "text": (lambda data: b"<!doctype html>", "a prior is an .npz file"),
    "cut in half": (lambda data: data[: len(data) // 2], "a prior is an .npz file"),
    "without its last byte": (lambda data: data[:-1], "a prior is an .npz file"),
    "an array": (array_file, "a prior is an .npz file"),
    "objects": (changed(classes=np.array([["0"], {}], dtype=object)), "a prior is an .npz file"),
    "no coef": (changed(coef=None), "a prior is an .npz file .*coef"),
    "no radius": (changed(radius=None), "a prior is an .npz file .*radius"),
    "a flat coef": (changed(coef=np.zeros(7)), r"coef has shape \(features, classes\), got \(7,\): make it again"),
    "too few names": (changed(classes=np.array(["0"])), r"7 classes has classes of shape \(7,\), got \(1,\)"),
    "a lost intercept": (changed(intercept=np.zeros(6)), r"has intercept of shape \(7,\), got \(6,\)"),
    "a mean for other features": (changed(mean=np.zeros(9)), r"has mean of shape \(8,\), got \(9,\)"),
    "centres the wrong way round": (changed(centres=np.zeros((8, 7))), r"has centres of shape \(7, 8\), got \(8, 7\)"),
    "a flat whitening": (changed(whitening=np.ones(8)), r"has whitening of shape \(8, 8\), got \(8,\)"),
    "no unknown": (changed(classes=np.array(list("0123456"))), "has the class 'unknown', got 0, 1, 2, 3, 4, 5, 6"),
    "no pull": (changed(l2=np.float32(0)), "l2 is finite and above 0, got 0.0: make it again"),
    "two radii": (changed(radius=np.ones(2)), "radius is finite and above 0"),
    "a radius of NaN": (changed(radius=np.float32(np.nan)), "radius is finite and above 0, got nan"),
    "a feature without scale": (changed(scale=np.eye(8)[0]), "scale is finite and above 0"),
    "NaN weights": (changed(coef=np.full((8, 7), np.nan)), "coef is finite numbers, got NaN or infinity"),
    "infinite centres": (changed(centres=np.full((7, 8), np.inf)), "centres is finite numbers, got NaN or infinity"),
}


@pytest.mark.parametrize(("change", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(prior, change, message):
    with pytest.raises(ReadoutError, match=message):
        Prior.from_bytes(change(prior.to_bytes()))


def test_whatever_happens_to_a_byte_it_is_refused_or_harmless(prior):
    data = prior.to_bytes()
    random = np.random.default_rng(4)
    for at in random.integers(0, len(data), 300):
        spoiled = bytearray(data)
        spoiled[at] ^= 1 << random.integers(8)
        try:
            Prior.from_bytes(bytes(spoiled))
        except ReadoutError:
            continue
