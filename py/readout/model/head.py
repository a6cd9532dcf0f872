"""The new last layer: multinomial logistic regression on a backbone's embeddings."""

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np

from ..errors import ReadoutError, quoted
from .prior import Prior
from .softmax import OnStep, SoftmaxLoss, minimise, softmax


class SoftmaxHead:
    """A softmax layer with an L2 penalty, fitted to convergence; an estimator like scikit-learn's.

    Without a prior it minimises  sum_i -log p(y_i | x_i) + l2/2 * ||W||^2  over the weights W of the
    standardised features and an unpenalised intercept: scikit-learn's LogisticRegression with
    C = 1/l2, or with C = 2/l2 for two classes, for which it keeps one vector of weights instead of two.

    With a prior the penalty is  l2/2 * ||W - W0||^2,  W0 being the prior's weights with its intercept:
    the maximum a posteriori under a Gaussian around them. No example gives the prior itself, few stay
    near it, many overrule it, and a class that it has never seen starts as one of the unknown.

    There is no random start, so the same examples give the same head. A fit that fails leaves the head
    as it was.

    Parameters
    ----------
    l2: strength of the penalty, above 0; by default 0.1, or the prior's own.
    scale_floor: without a prior, features are divided by their standard deviation, or by this share of
        the largest one where theirs is less: a feature that almost never fires must not be blown up to
        drown the rest.
    tol: the fit ends when no entry of the gradient exceeds this.
    max_iter: the fit ends after this many steps in any case.
    backbone_sha256: the backbone whose embeddings this head understands, or None if unknown; with a
        prior it is the prior's.
    prior: what is known before the first example.

    Learned by `fit`
    ----------------
    classes_: the C labels it answers with, sorted; with a prior the prior's answers, 'unknown', and
        what was labelled. coef_: (d, C), intercept_: (C,), for raw features; with a prior they are
        added to its scores. centres_: with a prior, (c, d), where the known glyphs lie.
    loss_curve_: the penalised loss per example at the start and after every step.
    """

    def __init__(
        self,
        l2: float | None = None,
        scale_floor: float = 0.03,
        tol: float = 1e-5,
        max_iter: int = 100,
        backbone_sha256: str | None = None,
        prior: Prior | None = None,
    ):
        self.l2 = l2
        self.scale_floor = scale_floor
        self.tol = tol
        self.max_iter = max_iter
        self.backbone_sha256 = prior.backbone_sha256 if prior and backbone_sha256 is None else backbone_sha256
        self.prior = prior

    def fit(
        self,
        X: np.ndarray,
        y: Sequence[str],
        classes: Sequence[str] | None = None,
        on_step: OnStep | None = None,
        sample_weight: Sequence[float] | np.ndarray | None = None,
    ) -> "SoftmaxHead":
        """Learn from embeddings X (n, d) and their labels y (n). Returns self.

        classes: labels that must each have an example, unless the prior knows them; by default those in y.
        on_step: called with (step, loss per example) as the fit goes on, step 0 being the start.
        sample_weight: (n,), how many examples each row counts for, above 0; by default 1.

        Raises ReadoutError for a class without examples, features that are not finite, a prior for
        another backbone, and without a prior for fewer than two classes.
        """
        X = _check_features(X, least=0 if self.prior else 1)
        y = [str(label) for label in y]
        if len(y) != len(X):
            raise ReadoutError(f"every example has one label, got {len(X)} examples and {len(y)} labels")
        l2 = self.l2 if self.l2 is not None else self.prior.l2 if self.prior else 0.1
        if not 0 < l2 < np.inf:
            raise ReadoutError(f"l2 is above 0 and finite, got {l2}: with 0 weights can grow without limit")
        if not 0 <= self.scale_floor <= 1:
            raise ReadoutError(f"scale_floor is a share from 0 to 1, got {self.scale_floor}: 0.03 suits most backbones")
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
        if weight.shape != (len(X),) or not (np.isfinite(weight) & (weight > 0)).all():
            raise ReadoutError(
                f"sample_weight is {len(X)} finite numbers above 0, got {quoted(sample_weight)}: correct it"
            )
        wanted = {*y, *(() if classes is None else map(str, classes))}
        for label in sorted(wanted - {*y, *(self.prior.classes.tolist() if self.prior else ())}):
            raise ReadoutError(
                f"class {label} has no examples: label at least one {label}, or remove it from the classes"
            )
        if self.prior:
            return self._fit_from_prior(self.prior, X, y, wanted, l2, weight[:, None], on_step)
        known = sorted(wanted)
        if len(known) < 2:
            raise ReadoutError(f"a head tells at least two classes apart, got {known}: label another one")

        mean, scale = standardisation(X, self.scale_floor)
        Z, to_weights = _in_the_span((X - mean) / scale)
        penalty = np.append(np.full(Z.shape[1], l2), 0)[:, None]
        problem = SoftmaxLoss(_with_ones(Z), _truth(y, known), penalty, weight=weight[:, None])
        weights, losses = self._minimise(problem, on_step)
        self.classes_, self.loss_curve_ = known, losses
        self.coef_ = to_weights(weights[:-1]) / scale[:, None]
        self.intercept_ = weights[-1] - mean @ self.coef_
        return self

    def _fit_from_prior(
        self,
        prior: Prior,
        X: np.ndarray,
        y: list[str],
        wanted: set[str],
        l2: float,
        weight: np.ndarray,
        on_step: OnStep | None,
    ) -> Self:
        """Minimise over W - W0, in which a prior is no more than scores to begin with."""
        if self.backbone_sha256 != prior.backbone_sha256:
            raise ReadoutError(
                f"the prior is for the backbone {prior.backbone_sha256[:12]}…, got {str(self.backbone_sha256)[:12]}…: "
                "use the prior that came with the backbone, or none"
            )
        d = prior.coef.shape[0]
        if len(X) and X.shape[1] != d:
            raise ReadoutError(f"the prior takes embeddings of {d} features, got {X.shape[1]}: use its backbone")
        classes = prior.output_classes_with(wanted)
        coef, intercept = np.zeros((d, len(classes))), np.zeros(len(classes))
        losses: list[float] = []
        if len(X):
            Z, to_weights = _in_the_span(_with_ones((X - prior.mean) / prior.scale))
            penalty = np.full((Z.shape[1], 1), l2)
            problem = SoftmaxLoss(Z, _truth(y, classes), penalty, prior.scores(X, classes), weight)
            moved, losses = self._minimise(problem, on_step)
            moved = to_weights(moved)
            coef = moved[:-1] / prior.scale[:, None]
            intercept = moved[-1] - prior.mean @ coef
        self.classes_, self.coef_, self.intercept_, self.loss_curve_ = classes, coef, intercept, losses
        self.centres_ = prior.centres_with(X, _truth(y, classes) * weight, classes)
        return self

    def predict_proba(self, X: np.ndarray, base: np.ndarray | None = None) -> np.ndarray:
        """Probabilities (n, C) of the classes for embeddings X (n, d); every row sums to 1.

        base: what `prior.scores` gives for X and classes_, where it is known already.
        """
        X = self._check_embeddings(X)
        scores = X @ self.coef_ + self.intercept_
        if self.prior:
            scores += self.prior.scores(X, self.classes_) if base is None else base
        return softmax(scores)

    def distance(self, X: np.ndarray, squares: np.ndarray | None = None) -> np.ndarray | None:
        """How far embeddings X (n, d) are from all glyphs known to the head: (n,), above 1 is an outlier.

        The Mahalanobis distance to the nearest class, with one covariance for all (Lee et al. 2018,
        arXiv:1807.03888), in units of the prior's radius. None without a prior. squares: what `prior.squared_distances`
        gives for X, where it is known already.
        """
        if not self.prior:
            return None
        return self.prior.distance(self._check_embeddings(X), self.centres_, squares)

    def predict(self, X: np.ndarray) -> list[str]:
        """The most probable label for each embedding of X (n, d)."""
        return [self.classes_[k] for k in self.predict_proba(X).argmax(axis=1)]

    def _check_embeddings(self, X: np.ndarray) -> np.ndarray:
        if not hasattr(self, "coef_"):
            raise ReadoutError("the head has not learned anything yet: call fit first")
        X = _check_features(X)
        if X.shape[1] != len(self.coef_):
            raise ReadoutError(
                f"this head takes embeddings of {len(self.coef_)} features, got {X.shape[1]}: "
                "use the backbone it was trained on, or train it again"
            )
        return X

    def _minimise(self, problem: SoftmaxLoss, on_step: OnStep | None) -> tuple[np.ndarray, list[float]]:
        start = np.zeros((problem.Z.shape[1], problem.truth.shape[1]))
        return minimise(problem, start, self.tol, self.max_iter, on_step)


def standardisation(X: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """What is subtracted from features (n, d) and what they are divided by, (d,) each; see `scale_floor`."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    # A feature that never changes says nothing and keeps weight 0: what is left is rounding.
    scale[scale <= 1e-12 * np.maximum(1, np.abs(mean))] = 0.0
    scale = np.maximum(scale, floor * scale.max())
    scale[scale == 0] = 1.0
    return mean, scale


def _truth(y: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    return np.array(y, dtype=object)[:, None] == np.array(classes, dtype=object)


def _with_ones(X: np.ndarray) -> np.ndarray:
    return np.hstack([X, np.ones((len(X), 1))])


def _in_the_span(X: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Coordinates Z (n, min(n, d)) with Z Z' = X X', and the map from weights on Z to weights on X.

    The best weights lie in the span of the examples (the representer theorem), so with fewer
    examples than features nothing is lost by turning X' = QR and learning on R': W = QB has the
    norm of B. 80 examples of 1024 features become an 80 x 80 problem.
    """
    if len(X) >= X.shape[1]:
        return X, lambda weights: weights
    Q, R = np.linalg.qr(X.T)
    return R.T, lambda weights: Q @ weights


def _check_features(X: np.ndarray, least: int = 1) -> np.ndarray:
    X = np.asarray(X, np.float64)
    if X.size == 0 and least == 0:
        return X.reshape(0, X.shape[1] if X.ndim == 2 else 0)
    if X.ndim != 2 or 0 in X.shape:
        raise ReadoutError(f"embeddings are an array of shape (examples, features), got shape {X.shape}")
    if not np.isfinite(X).all():
        raise ReadoutError("embeddings are finite numbers, got NaN or infinity: check the pixels they came from")
    return X
