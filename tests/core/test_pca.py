"""Maps of embeddings by principal components, beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from readout.errors import ReadoutError
from readout.evaluation.pca import principal, project


def turned(d, seed=0):
    """A random rotation (d, d)."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


@pytest.mark.parametrize("shape", [(30, 8), (12, 40), (200, 3), (5, 5), (2, 9)])
def test_principal_components_are_scikit_learns_but_for_the_sign(shape):
    X = np.random.default_rng(1).normal(size=shape) * np.linspace(3, 1, shape[1]) + 5
    assert abs(principal(X)) == pytest.approx(abs(PCA(2, svd_solver="full").fit_transform(X)), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_signs_follow_the_data_and_not_the_axes(seed):
    rng = np.random.default_rng(seed)
    X = rng.exponential(size=(60, 10)) * np.linspace(4, 1, 10)
    expected = principal(X)
    assert (expected**3).sum(axis=0).min() > 0
    assert principal(X @ turned(10, seed)) == pytest.approx(expected, abs=1e-6)
    assert principal(X + 0.01 * rng.normal(size=X.shape)) == pytest.approx(expected, abs=0.2)


def test_the_map_is_the_principal_components_in_a_square():
    X = np.random.default_rng(2).normal(size=(50, 12))
    places, expected = project(X), principal(X)
    assert (places.shape, places.dtype, np.abs(places).max()) == ((50, 2), np.float32, 1)
    assert places == pytest.approx(expected / abs(expected).max(), abs=1e-6)
    assert (project(X) == places).all()


def test_equal_embeddings_are_in_one_place():
    X = np.random.default_rng(3).normal(size=(40, 10))
    X[[5, 17, 30]] = X[22]
    places = project(X)
    assert places[[5, 17, 30]] == pytest.approx(places[[22] * 3], abs=1e-6)


FEW = [(0, 5), (1, 5), (2, 5), (3, 5), (9, 1), (4, 0), (20, 0)]


@pytest.mark.parametrize(("n", "d"), FEW)
def test_few_embeddings_or_features_will_do(n, d):
    places = project(np.random.default_rng(0).normal(size=(n, d)))
    assert places.shape == (n, 2)
    assert np.abs(places).max(initial=0) == pytest.approx(1 if n > 1 and d else 0)


def test_where_nothing_differs_all_are_in_the_middle():
    assert (project(np.full((30, 6), 2.5)) == 0).all()


@pytest.mark.parametrize(
    ("X", "message"), [(np.zeros(4), r"got shape \(4,\)"), (np.full((3, 2), np.nan), "embeddings are finite")]
)
def test_what_is_no_embedding_is_refused(X, message):
    with pytest.raises(ReadoutError, match=message):
        project(X)
