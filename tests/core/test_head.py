"""The new last layer: an estimator, equal to scikit-learn's logistic regression."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from readout.errors import ReadoutError
from readout.model.head import SoftmaxHead
from readout.model.softmax import SoftmaxLoss, minimise


def examples(n, d, classes=4, seed=0, spread=1.0):
    """Overlapping clouds, one for each class: X (n, d), y (n)."""
    random = np.random.default_rng(seed)
    k = np.arange(n) % classes
    centres = random.normal(size=(classes, d)) * spread
    return centres[k] + random.normal(size=(n, d)), [str(label) for label in k]


def rectified(n, d, classes):
    """Like a backbone's features: not negative, mostly small."""
    X, y = examples(n, d, classes)
    return np.maximum(X, 0) * 2, y


def unbalanced():
    X, y = examples(60, 8)
    keep = [k for k, label in enumerate(y) if label != "3" or k < 8]
    return X[keep], [y[k] for k in keep]


def duplicated():
    X, y = examples(24, 40)
    return np.concatenate([X, X[:12], X[:5]]), y + y[:12] + y[:5]


def with_constants():
    X, y = examples(40, 12)
    X[:, [2, 5, 7]] = 0.1, -3.3, 1e6 / 7
    return X, y


CASES = {
    # what: (X, y)
    "more examples than features": examples(200, 10),
    "fewer examples than features": examples(40, 200),
    "as many": examples(50, 50),
    "one of each class": examples(10, 64, classes=10),
    "80 of 1024, ten classes": rectified(80, 1024, 10),
    "classes of different size": unbalanced(),
    "duplicate rows": duplicated(),
    "constant features": with_constants(),
    "features on very different scales": (examples(60, 6)[0] * 10.0 ** np.arange(-3, 3), examples(60, 6)[1]),
    "one feature": examples(30, 1, classes=3),
}


def oracle(X, y, l2, new, floor=0.0):
    """scikit-learn's probabilities for `new`. With two classes it keeps one vector of weights, the
    difference of our two, whose penalty is therefore half as strong."""
    scaler = StandardScaler().fit(X)
    scaler.scale_ = np.maximum(scaler.scale_, floor * X.std(axis=0).max())
    C = (2 if len(set(y)) == 2 else 1) / l2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=C, solver="newton-cg", tol=1e-8, max_iter=1000).fit(scaler.transform(X), y)
    return model.predict_proba(scaler.transform(new))


@pytest.mark.parametrize("l2", [0.01, 1.0, 50.0])
@pytest.mark.parametrize(("X", "y"), CASES.values(), ids=CASES)
def test_probabilities_equal_scikit_learns(X, y, l2):
    noise = np.random.default_rng(1).normal(size=X.shape) * X.std(axis=0)
    new = np.concatenate([X, (X + X[::-1]) / 2, X + noise])
    ours = SoftmaxHead(l2=l2, scale_floor=0).fit(X, y).predict_proba(new)
    assert np.abs(ours - oracle(X, y, l2, new)).max() <= 1e-3


@pytest.mark.parametrize("floor", [0.01, 0.5, 1])
def test_features_that_hardly_vary_are_divided_by_the_floor(floor):
    X, y = CASES["features on very different scales"]
    ours = SoftmaxHead(l2=1, scale_floor=floor).fit(X, y).predict_proba(X)
    assert np.abs(ours - oracle(X, y, 1, X, floor)).max() <= 1e-3


def test_two_classes_equal_scikit_learns():
    X, y = examples(30, 50, classes=2, spread=0.3)
    assert np.abs(SoftmaxHead(l2=1).fit(X, y).predict_proba(X) - oracle(X, y, 1, X)).max() <= 1e-3


def test_solving_in_the_span_of_the_examples_equals_solving_directly():
    X, y = examples(20, 50)
    head = SoftmaxHead(l2=1, tol=1e-10).fit(X, y)
    mean, scale = X.mean(axis=0), X.std(axis=0)
    Z = np.hstack([(X - mean) / scale, np.ones((20, 1))])
    penalty = np.array([[1.0]] * 50 + [[0.0]])
    truth = np.array(y)[:, None] == np.array(head.classes_)
    W, losses = minimise(SoftmaxLoss(Z, truth, penalty), np.zeros((51, 4)), tol=1e-10, max_iter=100)
    assert head.coef_ * scale[:, None] == pytest.approx(W[:-1], abs=1e-6)
    assert head.loss_curve_[-1] == pytest.approx(losses[-1])


@pytest.mark.parametrize(("X", "y"), CASES.values(), ids=CASES)
def test_every_row_of_probabilities_sums_to_1(X, y):
    P = SoftmaxHead().fit(X, y).predict_proba(X * 100)
    assert P.shape == (len(X), len(set(y)))
    assert (P >= 0).all()
    assert P.sum(axis=1) == pytest.approx(np.ones(len(X)))


def test_the_same_examples_give_the_same_head():
    X, y = CASES["fewer examples than features"]
    one, two = SoftmaxHead().fit(X, y), SoftmaxHead().fit(X.copy(), list(y))
    assert np.array_equal(one.coef_, two.coef_)
    assert one.loss_curve_ == two.loss_curve_


@pytest.mark.parametrize(("X", "y"), CASES.values(), ids=CASES)
def test_the_order_of_the_examples_does_not_matter(X, y):
    order = np.random.default_rng(5).permutation(len(X))
    shuffled = SoftmaxHead().fit(X[order], [y[k] for k in order])
    assert np.abs(shuffled.predict_proba(X) - SoftmaxHead().fit(X, y).predict_proba(X)).max() <= 1e-5


@pytest.mark.parametrize(("X", "y"), CASES.values(), ids=CASES)
def test_the_loss_never_rises_and_the_fit_converges(X, y):
    head = SoftmaxHead().fit(X, y)
    assert head.loss_curve_[0] <= np.log(len(head.classes_)) + 1e-12
    assert (np.diff(head.loss_curve_) < 0).all()
    assert len(head.loss_curve_) < 30


@pytest.mark.parametrize("l2", [1e-8, 1e-4, 1e4])
@pytest.mark.parametrize(("X", "y"), CASES.values(), ids=CASES)
def test_the_fit_ends_at_the_bottom_however_weak_the_penalty(X, y, l2):
    """The gradient is sum_i z_i (p_i - truth_i) + l2 W, and 0 at the minimum."""
    head = SoftmaxHead(l2=l2, scale_floor=0).fit(X, y)
    Z = StandardScaler().fit_transform(X)
    off = head.predict_proba(X) - (np.array(y)[:, None] == np.array(head.classes_))
    assert np.abs(off.sum(axis=0)).max() <= 1e-4
    assert np.abs(Z.T @ off + l2 * head.coef_ * StandardScaler().fit(X).scale_[:, None]).max() <= 1e-4


def test_the_loss_starts_at_pure_guessing():
    X, y = CASES["one of each class"]
    assert SoftmaxHead().fit(X, y).loss_curve_[0] == pytest.approx(np.log(10))


def test_every_step_is_told_as_it_happens():
    steps = []
    X, y = CASES["fewer examples than features"]
    head = SoftmaxHead().fit(X, y, on_step=lambda step, loss: steps.append((step, loss)))
    assert steps == list(enumerate(head.loss_curve_))
    assert len(steps) > 2


def test_a_stronger_penalty_makes_smaller_weights_and_less_certainty():
    X, y = CASES["fewer examples than features"]
    heads = [SoftmaxHead(l2=l2).fit(X, y) for l2 in (0.1, 1, 10, 100)]
    assert (np.diff([np.linalg.norm(head.coef_) for head in heads]) < 0).all()
    assert (np.diff([head.predict_proba(X).max(axis=1).mean() for head in heads]) < 0).all()


def test_a_feature_that_never_changed_has_no_say():
    X, y = with_constants()
    head = SoftmaxHead().fit(X, y)
    other = X.copy()
    other[:, [2, 5, 7]] += 1
    assert head.predict_proba(other) == pytest.approx(head.predict_proba(X), abs=1e-6)


def test_predictions_are_the_most_probable_labels():
    X, y = examples(40, 200, spread=3)
    head = SoftmaxHead().fit(X, y)
    assert head.predict(X) == y
    assert head.predict(X) == [head.classes_[k] for k in head.predict_proba(X).argmax(axis=1)]


def test_classes_are_sorted_texts():
    X, _ = examples(4, 3)
    assert SoftmaxHead().fit(X, ["b", "a", "10", "9"]).classes_ == ["10", "9", "a", "b"]
    assert SoftmaxHead().fit(X, [3, 1, 3, 2], classes=[1, 2, 3]).classes_ == ["1", "2", "3"]
    assert SoftmaxHead().fit(X, np.array([3, 1, 3, 2]), classes=np.array([1, 2, 3])).classes_ == ["1", "2", "3"]


def test_the_constructor_only_stores_and_fit_returns_the_head():
    settings = {"l2": 2, "scale_floor": 0.1, "tol": 1e-4, "max_iter": 7, "backbone_sha256": "abc", "prior": None}
    head = SoftmaxHead(**settings)
    assert vars(head) == settings
    assert head.fit(*examples(8, 3)) is head


def test_fitting_again_forgets_what_was_learned_before():
    X, y = examples(20, 6)
    head = SoftmaxHead().fit(*examples(30, 9, classes=7)).fit(X, y)
    assert np.array_equal(head.coef_, SoftmaxHead().fit(X, y).coef_)


X4, Y4 = examples(8, 5)
NAN, INFINITE = X4.copy(), X4.copy()
NAN[3, 2], INFINITE[3, 2] = np.nan, np.inf
REFUSED = {
    # what: (settings, X, y, classes, what the message says)
    "class without examples": ({}, X4, Y4, list("01234"), "class 4 has no examples: label at least one 4, or remove"),
    "one class": ({}, X4, ["7"] * 8, None, r"at least two classes apart, got \['7'\]: label another one"),
    "no examples": ({}, X4[:0], [], None, r"of shape \(examples, features\), got shape \(0, 5\)"),
    "no features": ({}, X4[:, :0], Y4, None, r"got shape \(8, 0\)"),
    "a flat array": ({}, X4[0], Y4[:5], None, r"got shape \(5,\)"),
    "too few labels": ({}, X4, Y4[:7], None, "one label, got 8 examples and 7 labels"),
    "NaN": ({}, NAN, Y4, None, "finite numbers, got NaN or infinity: check the pixels"),
    "infinity": ({}, INFINITE, Y4, None, "finite numbers, got NaN or infinity"),
    "no penalty": ({"l2": 0}, X4, Y4, None, "l2 is above 0 and finite, got 0: "),
    "negative penalty": ({"l2": -1.0}, X4, Y4, None, "l2 is above 0 and finite, got -1.0"),
    "infinite penalty": ({"l2": np.inf}, X4, Y4, None, "l2 is above 0 and finite, got inf"),
    "negative floor": ({"scale_floor": -0.1}, X4, Y4, None, "scale_floor is a share from 0 to 1, got -0.1"),
    "NaN floor": ({"scale_floor": np.nan}, X4, Y4, None, "scale_floor is a share from 0 to 1, got nan"),
    "NaN penalty": ({"l2": np.nan}, X4, Y4, None, "l2 is above 0 and finite, got nan"),
}


@pytest.mark.parametrize(("settings", "X", "y", "classes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_learned_is_refused(settings, X, y, classes, message):
    with pytest.raises(ReadoutError, match=message):
        SoftmaxHead(**settings).fit(X, y, classes)


def test_a_refused_fit_leaves_the_head_unfitted_or_as_it_was():
    head = SoftmaxHead()
    with pytest.raises(ReadoutError):
        head.fit(X4, Y4, list("01234"))
    with pytest.raises(ReadoutError, match="has not learned anything yet: call fit first"):
        head.predict_proba(X4)
    P = head.fit(X4, Y4).predict_proba(X4)
    with pytest.raises(ReadoutError):
        head.fit(X4, Y4, list("01234"))
    assert (head.classes_, head.predict(X4)) == (list("0123"), [list("0123")[k] for k in P.argmax(axis=1)])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (X4[:, :4], "takes embeddings of 5 features, got 4: use the backbone it was trained on, or train it again"),
        (X4[0], r"got shape \(5,\)"),
        (NAN, "finite numbers, got NaN"),
    ],
)
def test_embeddings_that_do_not_fit_the_head_are_refused(X, message):
    with pytest.raises(ReadoutError, match=message):
        SoftmaxHead().fit(X4, Y4).predict_proba(X)
