"""The new last layer: multinomial logistic regression on a backbone's embeddings."""

from collections.abc import Callable, Sequence

import numpy as np

from .errors import ReadoutError
from .softmax import SoftmaxLoss, minimise, softmax


class SoftmaxHead:
    """A softmax layer with an L2 penalty, fitted to convergence; an estimator like scikit-learn's.

    It minimises  sum_i -log p(y_i | x_i) + l2/2 * ||W||^2  over the weights W of the standardised
    features and an unpenalised intercept: scikit-learn's LogisticRegression with C = 1/l2, or with
    C = 2/l2 for two classes, for which it keeps one vector of weights instead of two. There is no
    random start, so the same examples give the same head. A fit that fails leaves the head as it was.

    Parameters
    ----------
    l2: strength of the penalty, above 0.
    scale_floor: features are divided by their standard deviation, or by this share of the largest one
        where theirs is less: a feature that almost never fires must not be blown up to drown the rest.
    tol: the fit ends when no entry of the gradient exceeds this.
    max_iter: the fit ends after this many steps in any case.
    backbone_sha256: the backbone whose embeddings this head understands, or None if unknown.

    Learned by `fit`
    ----------------
    classes_: the C labels, sorted. coef_: (d, C), intercept_: (C,), for raw features.
    loss_curve_: the penalised loss per example at the start and after every step.
    """

    def __init__(
        self,
        l2: float = 0.1,
        scale_floor: float = 0.03,
        tol: float = 1e-5,
        max_iter: int = 100,
        backbone_sha256: str | None = None,
    ):
        self.l2 = l2
        self.scale_floor = scale_floor
        self.tol = tol
        self.max_iter = max_iter
        self.backbone_sha256 = backbone_sha256

    def fit(
        self,
        X: np.ndarray,
        y: Sequence[str],
        classes: Sequence[str] | None = None,
        on_step: Callable[[int, float], None] | None = None,
    ) -> "SoftmaxHead":
        """Learn from embeddings X (n, d) and their labels y (n). Returns self.

        classes: labels that must each have an example; by default those in y.
        on_step: called with (step, loss per example) as the fit goes on, step 0 being the start.

        Raises ReadoutError for a class without examples, fewer than two classes, or features that
        are not finite.
        """
        X = _check_features(X)
        y = [str(label) for label in y]
        if len(y) != len(X):
            raise ReadoutError(f"every example has one label, got {len(X)} examples and {len(y)} labels")
        if not 0 < self.l2 < np.inf:
            raise ReadoutError(f"l2 is above 0 and finite, got {self.l2}: with 0 weights can grow without limit")
        if not 0 <= self.scale_floor <= 1:
            raise ReadoutError(f"scale_floor is a share from 0 to 1, got {self.scale_floor}: 0.03 suits most backbones")
        wanted = () if classes is None else (str(label) for label in classes)
        known = sorted({*y, *wanted})
        for label in known:
            if label not in y:
                raise ReadoutError(
                    f"class {label} has no examples: label at least one {label}, or remove it from the classes"
                )
        if len(known) < 2:
            raise ReadoutError(f"a head tells at least two classes apart, got {known}: label another one")

        mean, scale = X.mean(axis=0), X.std(axis=0)
        # A feature that never changes says nothing and keeps weight 0; what is left is rounding of the mean.
        scale[scale <= 1e-12 * np.maximum(1, np.abs(mean))] = 0.0
        scale = np.maximum(scale, self.scale_floor * scale.max())
        scale[scale == 0] = 1.0
        Z, to_weights = _in_the_span((X - mean) / scale)
        truth = np.array(y)[:, None] == np.array(known)
        weights, losses = self._solve(Z, truth, on_step)
        self.classes_, self.loss_curve_ = known, losses
        self.coef_ = to_weights(weights[:-1]) / scale[:, None]
        self.intercept_ = weights[-1] - mean @ self.coef_
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (n, C) of the classes for embeddings X (n, d); every row sums to 1."""
        if not hasattr(self, "coef_"):
            raise ReadoutError("the head has not learned anything yet: call fit first")
        X = _check_features(X)
        if X.shape[1] != len(self.coef_):
            raise ReadoutError(
                f"this head takes embeddings of {len(self.coef_)} features, got {X.shape[1]}: "
                "use the backbone it was trained on, or train it again"
            )
        return softmax(X @ self.coef_ + self.intercept_)

    def predict(self, X: np.ndarray) -> list[str]:
        """The most probable label for each embedding of X (n, d)."""
        return [self.classes_[k] for k in self.predict_proba(X).argmax(axis=1)]

    def _solve(self, Z, truth, on_step):
        Z = np.hstack([Z, np.ones((len(Z), 1))])
        penalty = np.full((Z.shape[1], 1), float(self.l2))
        penalty[-1] = 0
        problem = SoftmaxLoss(Z, truth, penalty)
        start = np.zeros((Z.shape[1], truth.shape[1]))
        return minimise(problem, start, self.tol, self.max_iter, on_step)


def _in_the_span(X):
    """Coordinates Z (n, min(n, d)) with Z Z' = X X', and the map from weights on Z to weights on X.

    The best weights lie in the span of the examples (the representer theorem), so with fewer
    examples than features nothing is lost by turning X' = QR and learning on R': W = QB has the
    norm of B. 80 examples of 1024 features become an 80 x 80 problem.
    """
    if len(X) >= X.shape[1]:
        return X, lambda weights: weights
    Q, R = np.linalg.qr(X.T)
    return R.T, lambda weights: Q @ weights


def _check_features(X):
    X = np.asarray(X, np.float64)
    if X.ndim != 2 or 0 in X.shape:
        raise ReadoutError(f"embeddings are an array of shape (examples, features), got shape {X.shape}")
    if not np.isfinite(X).all():
        raise ReadoutError("embeddings are finite numbers, got NaN or infinity: check the pixels they came from")
    return X
