"""The head that starts from knowledge: the maximum a posteriori, from no example to ten thousand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from readout.errors import ReadoutError
from readout.model.head import SoftmaxHead
from readout.model.prior import UNKNOWN
from readout.model.softmax import softmax

D = 12
CENTRES = {name: np.random.default_rng(ord(name[0])).normal(size=D) for name in ["0", "1", "2", "3", "A", "blank"]}
STRANGER = np.random.default_rng(16).normal(size=D) * 1.6
"""The centre of a class that the prior has never seen."""
ANSWERS = ["0", "1", "2", "3", "blank"]


def samples(labels, seed=0, spread=1.0):
    """One embedding for each label, around its class's centre: (n, D)."""
    noise = np.random.default_rng(seed).normal(size=(len(labels), D)) * spread
    return np.array([CENTRES.get(label, STRANGER) for label in labels]) + noise


@pytest.fixture(scope="module")
def prior(make_prior):
    return make_prior(CENTRES, ANSWERS, "ab" * 32, spread=0.8)


def blended(prior, labels):
    """Scores of X for a head with examples of `labels`, spelt out: the log probability of every answer."""
    names = prior.classes.tolist()
    answers = sorted({*ANSWERS, *labels, UNKNOWN})

    def scores(X):
        P = softmax(X @ prior.coef + prior.intercept)
        of = {answer: P[:, names.index(answer)] for answer in answers if answer in names}
        of[UNKNOWN] = sum(P[:, k] for k, name in enumerate(names) if name not in answers or name == UNKNOWN)
        return np.log(np.column_stack([of.get(answer, of[UNKNOWN] / 2) for answer in answers]))

    return answers, scores


def penalised_loss(prior, X, y, weight, l2):
    """The function of V (D + 1, K) that a head minimises, and its gradient, written out once more."""
    answers, scores = blended(prior, y)
    base, Z = scores(X), np.column_stack([(X - prior.mean) / prior.scale, np.ones(len(X))])
    truth = np.array(y)[:, None] == np.array(answers)

    def value_and_gradient(V):
        P = softmax(base + Z @ V)
        value = -(weight * np.log(P[truth])).sum() + l2 / 2 * (V**2).sum()
        return value, Z.T @ (weight[:, None] * (P - truth)) + l2 * V

    return answers, value_and_gradient


def moved(head, prior):
    """V (D + 1, K): what a head has added to the prior, in standardised features."""
    return np.vstack([head.coef_ * prior.scale[:, None], head.intercept_ + prior.mean @ head.coef_])


LABELS = list("0123")
LESSONS = {
    # what: (labels, sample weights or None)
    "one example": (["2"], None),
    "one of each": (LABELS, None),
    "fewer examples than features": (LABELS * 2, None),
    "as many as features": (LABELS * 3, None),
    "as many as features and an intercept": ([*LABELS * 3, "1"], None),
    "more than features": (LABELS * 20, None),
    "a class that is no answer": ([*LABELS, "A", "A"], None),
    "a class never seen": ([*LABELS, "7"], None),
    "two classes never seen, many examples": ([*LABELS, "7", "minus"] * 8, None),
    "blank and unknown": (["blank", "unknown", "0"], None),
    "weights, few": (LABELS * 2, np.linspace(0.04, 3, 8)),
    "weights, many": ([*LABELS, "7"] * 10, np.linspace(0.04, 3, 50)),
}
EACH_LESSON = pytest.mark.parametrize(("labels", "weight"), LESSONS.values(), ids=LESSONS)
NEW = samples(["0", "1", "2", "3", "A", "blank", "7"] * 10, seed=9, spread=1.5)


def lesson(labels, weight):
    return samples(labels), labels, np.ones(len(labels)) if weight is None else weight


# No example


@pytest.mark.parametrize("X", [np.empty((0, D)), np.empty((0, 0)), []], ids=["0 x 12", "0 x 0", "a list"])
def test_without_an_example_it_answers_what_the_prior_knows(prior, X):
    head = SoftmaxHead(prior=prior).fit(X, [])
    P = softmax(NEW @ prior.coef + prior.intercept)
    assert head.classes_ == ["0", "1", "2", "3", "blank", "unknown"]
    assert head.loss_curve_ == []
    told = head.predict_proba(NEW)
    assert told[:, :5] == pytest.approx(P[:, [0, 1, 2, 3, 5]])  # 4 is A, which is no answer
    assert told[:, 5] == pytest.approx(P[:, 4] + P[:, 6])


def test_without_an_example_it_reads_what_it_knows_and_knows_what_it_does_not(prior):
    head = SoftmaxHead(prior=prior).fit([], [])
    names = ["0", "1", "2", "3", "blank"] * 20
    assert np.mean([a == b for a, b in zip(head.predict(samples(names, spread=0.5)), names, strict=True)]) > 0.97
    assert head.predict(samples(["A"] * 5, spread=0.2)) == [UNKNOWN] * 5


@pytest.mark.parametrize("classes", [[], ["0", "1"], ["A"]])
def test_classes_that_the_prior_knows_need_no_example(prior, classes):
    head = SoftmaxHead(prior=prior).fit([], [], classes=classes)
    assert set(classes) <= set(head.classes_)


# The maximum a posteriori


@EACH_LESSON
@pytest.mark.parametrize("l2", [0.01, 0.5, 20])
def test_the_penalised_loss_has_no_slope_where_the_fit_ends(prior, labels, weight, l2):
    X, y, weight = lesson(labels, weight)
    head = SoftmaxHead(l2=l2, prior=prior).fit(X, y, sample_weight=weight)
    answers, loss = penalised_loss(prior, X, y, weight, l2)
    value, gradient = loss(moved(head, prior))
    assert head.classes_ == answers
    assert np.abs(gradient).max() <= 1e-4
    assert head.loss_curve_[-1] == pytest.approx(value / weight.sum())
    P = head.predict_proba(NEW)
    assert P.sum(axis=1) == pytest.approx(np.ones(len(NEW)))
    assert pytest.approx(softmax(blended(prior, y)[1](NEW) + NEW @ head.coef_ + head.intercept_), abs=1e-9) == P


@EACH_LESSON
def test_a_general_minimiser_finds_the_same_head(prior, labels, weight):
    X, y, weight = lesson(labels, weight)
    answers, loss = penalised_loss(prior, X, y, weight, prior.l2)

    def flat(v):
        value, gradient = loss(v.reshape(D + 1, -1))
        return value, gradient.ravel()

    options = {"gtol": 1e-9, "ftol": 1e-15, "maxiter": 5000}
    start = np.zeros((D + 1) * len(answers))
    V = minimize(flat, start, jac=True, method="L-BFGS-B", options=options).x.reshape(D + 1, -1)
    head = SoftmaxHead(prior=prior).fit(X, y, sample_weight=weight)
    assert moved(head, prior) == pytest.approx(V, abs=1e-4)
    Z = np.column_stack([(NEW - prior.mean) / prior.scale, np.ones(len(NEW))])
    assert head.predict_proba(NEW) == pytest.approx(softmax(blended(prior, y)[1](NEW) + Z @ V), abs=1e-4)


@EACH_LESSON
def test_the_loss_never_rises_and_starts_at_the_priors(prior, labels, weight):
    X, y, weight = lesson(labels, weight)
    head = SoftmaxHead(prior=prior).fit(X, y, sample_weight=weight)
    answers, loss = penalised_loss(prior, X, y, weight, prior.l2)
    assert head.loss_curve_[0] == pytest.approx(loss(np.zeros((D + 1, len(answers))))[0] / weight.sum())
    assert (np.diff(head.loss_curve_) < 0).all()
    assert len(head.loss_curve_) < 30


@EACH_LESSON
def test_a_prior_held_firmly_stays_and_one_held_loosely_gives_in(prior, labels, weight):
    X, _, weight = lesson(labels, weight)
    y = ["1" if label == "2" else "2" if label == "1" else label for label in labels]  # against the prior
    firm = SoftmaxHead(l2=1e9, prior=prior).fit(X, y, sample_weight=weight)
    assert firm.predict_proba(NEW) == pytest.approx(softmax(blended(prior, y)[1](NEW)), abs=1e-6)
    few = slice(0, D)  # as many as can always be told apart
    loose = SoftmaxHead(l2=1e-6, prior=prior).fit(X[few], y[few], sample_weight=weight[few])
    assert loose.predict(X[few]) == y[few]


@pytest.mark.parametrize("seed", range(4))
def test_weights_count_like_repeated_examples(prior, seed):
    X, y = samples(LABELS * 2, seed), LABELS * 2
    counts = np.random.default_rng(seed).integers(1, 5, 8)
    weighted = SoftmaxHead(prior=prior).fit(X, y, sample_weight=counts)
    repeated = SoftmaxHead(prior=prior).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert weighted.predict_proba(NEW) == pytest.approx(repeated.predict_proba(NEW), abs=1e-5)
    assert weighted.distance(NEW) == pytest.approx(repeated.distance(NEW))


def test_weights_count_like_repeated_examples_without_a_prior_where_they_are_alike():
    X, y = samples(LABELS * 5), LABELS * 5
    weighted = SoftmaxHead(l2=0.2).fit(X, y, sample_weight=[2.0] * 20)
    plain = SoftmaxHead(l2=0.1).fit(X, y)
    assert weighted.predict_proba(NEW) == pytest.approx(plain.predict_proba(NEW), abs=1e-4)


# What examples do


@pytest.mark.parametrize("label", ["0", "3", "A", "7", "blank", "unknown"])
@pytest.mark.parametrize("at", ["0", "blank", "7"])
def test_the_more_often_something_was_said_the_more_it_is_believed(prior, label, at):
    """Whatever a minimum weighs more becomes smaller in it, here the example's surprise."""
    x = samples([at], seed=3)
    told = []
    for times in (0.5, 1, 2, 4, 8, 16):
        head = SoftmaxHead(prior=prior).fit(x, [label], sample_weight=[times])
        told.append(head.predict_proba(x)[0, head.classes_.index(label)])
    answers, scores = blended(prior, [label])
    before = softmax(scores(x))[0, answers.index(label)]
    assert (np.diff([before, *told]) > 0).all()
    assert told[-1] > 0.9


@pytest.mark.parametrize("seed", range(6))
def test_an_example_is_likelier_with_it_than_without_it(prior, seed):
    random = np.random.default_rng(seed)
    y = [*LABELS, *random.choice([*LABELS, "A", "7", "blank"], 6).tolist()]
    X = samples(y, seed, spread=2)
    for k in range(4, len(y)):
        others = [i for i in range(len(y)) if i != k]
        if y[k] not in {*(y[i] for i in others)}:
            continue  # another set of answers, another scale
        heads = [SoftmaxHead(prior=prior).fit(X[rows], [y[i] for i in rows]) for rows in (others, list(range(len(y))))]
        without, including = (head.predict_proba(X[[k]])[0, head.classes_.index(y[k])] for head in heads)
        assert including > without - 1e-9  # where it was certain already, rounding decides


def test_a_class_never_seen_is_learned_from_one_example_and_the_others_hardly_notice(prior):
    names = ["0", "1", "2", "3", "blank"] * 20
    before = SoftmaxHead(prior=prior).fit([], [])
    head = SoftmaxHead(prior=prior).fit(samples(["7"], seed=5, spread=0.5), ["7"])
    assert head.classes_ == ["0", "1", "2", "3", "7", "blank", "unknown"]
    assert head.predict(samples(["7"] * 20, seed=6, spread=0.5)) == ["7"] * 20
    known = samples(names, seed=8, spread=0.5)
    kept = [head.classes_.index(label) for label in before.classes_]
    change = np.abs(head.predict_proba(known)[:, kept] - before.predict_proba(known))
    assert np.median(change) < 0.001
    assert change.mean() < 0.01
    assert np.mean([a == b for a, b in zip(head.predict(known), names, strict=True)]) > 0.97


def test_a_class_that_counted_as_unknown_becomes_an_answer_when_it_is_labelled(prior):
    shown = samples(["A"] * 20, seed=6, spread=0.3)
    assert set(SoftmaxHead(prior=prior).fit([], []).predict(shown)) == {UNKNOWN}
    head = SoftmaxHead(prior=prior).fit(samples(["A"], seed=5, spread=0.3), ["A"])
    assert "A" in head.classes_
    assert head.predict(shown) == ["A"] * 20


@pytest.mark.parametrize("label", ["blank", UNKNOWN])
def test_what_is_no_glyph_can_be_taught(prior, label):
    head = SoftmaxHead(prior=prior).fit(samples(["7"], seed=5, spread=0.3), [label])
    assert head.classes_ == ["0", "1", "2", "3", "blank", "unknown"]
    assert head.predict(samples(["7"] * 10, seed=6, spread=0.3)) == [label] * 10


@pytest.mark.parametrize("others", [0, 1, 20])
def test_one_example_of_a_class_is_enough(prior, others):
    y = ["2", *["0", "1", "3"] * others]
    head = SoftmaxHead(prior=prior).fit(samples(y, spread=0.5), y)
    assert head.predict(samples(["2"] * 10, seed=6, spread=0.5)) == ["2"] * 10


def test_ten_thousand_examples(prior):
    y = [*"01237"] * 2000
    X = np.vstack([samples(y[:5000], seed=1, spread=0.3), samples(y[5000:], seed=2, spread=0.3)])
    head = SoftmaxHead(prior=prior).fit(X, y)
    right = [a == b for a, b in zip(head.predict(samples(y, seed=3, spread=0.3)), y, strict=True)]
    assert np.mean(right) > 0.999


def test_the_same_examples_in_any_order_give_the_same_head(prior):
    y = [*LABELS, "7"] * 3
    X, order = samples(y), np.random.default_rng(0).permutation(15)
    one, same = (SoftmaxHead(prior=prior).fit(X, y) for _ in range(2))
    other = SoftmaxHead(prior=prior).fit(X[order], [y[k] for k in order])
    assert np.array_equal(one.coef_, same.coef_)
    assert other.predict_proba(NEW) == pytest.approx(one.predict_proba(NEW), abs=1e-5)


def test_fitting_again_forgets_what_was_learned_before_but_not_the_prior(prior):
    head = SoftmaxHead(prior=prior).fit(samples(["7", "A"]), ["7", "A"]).fit([], [])
    assert np.array_equal(head.predict_proba(NEW), SoftmaxHead(prior=prior).fit([], []).predict_proba(NEW))
    assert np.array_equal(head.distance(NEW), SoftmaxHead(prior=prior).fit([], []).distance(NEW))


# Distance


PLACES = {
    # what: (where, whether it is an outlier)
    "the middle of a class": (CENTRES["2"], False),
    "within a class": (samples(["0"], spread=0.5)[0], False),
    "a blank": (CENTRES["blank"], False),
    "far away": (CENTRES["2"] + 8, True),
    "very far away": (np.full(D, 1e4), True),
    "a class never seen": (STRANGER * 2, True),
    "a known class that is no answer": (CENTRES["A"] * 3, True),
}


@pytest.mark.parametrize(("place", "outlier"), PLACES.values(), ids=PLACES)
def test_an_outlier_is_farther_than_1_from_all_that_is_known(prior, place, outlier):
    assert (SoftmaxHead(prior=prior).fit([], []).distance(place[None])[0] > 1) == outlier


def test_one_known_glyph_in_two_hundred_is_an_outlier(prior):
    X = samples(ANSWERS * 2000, spread=0.8)
    share = (SoftmaxHead(prior=prior).fit([], []).distance(X) > 1).mean()
    assert share == pytest.approx(1 / 200, abs=0.002)


def test_what_was_shown_is_no_outlier_any_more(prior):
    place = STRANGER[None] * 2
    head = SoftmaxHead(prior=prior).fit(place, ["7"])
    assert head.distance(place) == pytest.approx([0], abs=1e-6)
    assert head.distance(place + 0.3)[0] < 1


def test_without_a_prior_nothing_is_known_of_distances():
    assert SoftmaxHead().fit(samples(LABELS), LABELS).distance(NEW) is None


# What is refused


X4 = samples(LABELS)
NAN = np.where(np.eye(4, D), np.nan, X4)
REFUSED = {
    # what: (settings, arguments of fit, what the message says)
    "a class without examples": ({}, (X4, LABELS, ["7"]), "class 7 has no examples: label at least one 7, or remove"),
    "no examples of a new class": ({}, ([], [], ["7"]), "class 7 has no examples"),
    "another backbone": (
        {"backbone_sha256": "f" * 64},
        (X4, LABELS),
        "the prior is for the backbone abababababab…, got ffffffffffff…: use the prior that came with the backbone",
    ),
    "another backbone, no examples": ({"backbone_sha256": "f" * 64}, ([], []), "the prior is for the backbone"),
    "another width": ({}, (X4[:, :7], LABELS), "takes embeddings of 12 features, got 7: use its backbone"),
    "too few labels": ({}, (X4, LABELS[:3]), "one label, got 4 examples and 3 labels"),
    "labels without examples": ({}, ([], LABELS), "one label, got 0 examples and 4 labels"),
    "a flat array": ({}, (X4[0], LABELS), r"got shape \(12,\)"),
    "NaN": ({}, (NAN, LABELS), "finite numbers, got NaN or infinity: check the pixels"),
    "no penalty": ({"l2": 0}, (X4, LABELS), "l2 is above 0 and finite, got 0"),
}


@pytest.mark.parametrize(("settings", "arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_learned_is_refused(prior, settings, arguments, message):
    with pytest.raises(ReadoutError, match=message):
        SoftmaxHead(prior=prior, **settings).fit(*arguments)


WEIGHTS = {
    # what: weights for four examples
    "too few": [1, 1, 1],
    "too many": [1] * 5,
    "one number": 1.0,
    "a column": [[1], [1], [1], [1]],
    "zero": [1, 1, 0, 1],
    "negative": [1, 1, 1, -1],
    "NaN": [1, np.nan, 1, 1],
    "infinite": [np.inf, 1, 1, 1],
}


@pytest.mark.parametrize("known", [True, False], ids=["prior", "no prior"])
@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
def test_weights_are_a_finite_number_above_0_for_each_example(prior, weight, known):
    with pytest.raises(ReadoutError, match="sample_weight is 4 finite numbers above 0, got .*: correct it"):
        SoftmaxHead(prior=prior if known else None).fit(X4, LABELS, sample_weight=weight)


@pytest.mark.parametrize("method", ["predict_proba", "distance", "predict"])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (X4[:, :7], "takes embeddings of 12 features, got 7: use the backbone it was trained on"),
        (X4[0], r"got shape \(12,\)"),
        (NAN, "finite numbers, got NaN"),
    ],
    ids=["another width", "a flat array", "NaN"],
)
def test_embeddings_that_do_not_fit_the_head_are_refused(prior, method, X, message):
    with pytest.raises(ReadoutError, match=message):
        getattr(SoftmaxHead(prior=prior).fit([], []), method)(X)


@pytest.mark.parametrize("method", ["predict_proba", "distance", "predict"])
def test_a_head_that_was_not_fitted_says_so(prior, method):
    with pytest.raises(ReadoutError, match="has not learned anything yet: call fit first"):
        getattr(SoftmaxHead(prior=prior), method)(X4)


def test_a_head_belongs_to_its_priors_backbone(prior):
    assert SoftmaxHead(prior=prior).backbone_sha256 == "ab" * 32
    other = replace(prior, backbone_sha256="cd" * 32)
    assert SoftmaxHead(prior=other, backbone_sha256="cd" * 32).fit([], []).backbone_sha256 == "cd" * 32


def test_a_refused_fit_leaves_the_head_as_it_was(prior):
    head = SoftmaxHead(prior=prior).fit(samples(["7"]), ["7"])
    P = head.predict_proba(NEW)
    with pytest.raises(ReadoutError):
        head.fit(X4, LABELS, ["9"])
    assert np.array_equal(head.predict_proba(NEW), P)
