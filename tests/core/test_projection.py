"""Maps of embeddings: groups made up, with wrong labels, and the bundled pictures."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from readout.data.dataset import Dataset
from readout.errors import ReadoutError
from readout.evaluation.tsne import LANDMARKS, principal, project
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone


def groups(count=6, each=20, d=40, spread=0.25, seed=0):
    """Embeddings (n, d) around some centres, of uneven distances, and the number of each one's centre."""
    rng = np.random.default_rng(seed)
    member = np.repeat(np.arange(count), each)
    centres = rng.normal(size=(count, d)) * rng.uniform(0.7, 1.6, (count, 1))
    return centres[member] + spread * rng.normal(size=(len(member), d)), member


def nearest_agree(places, member, k=5):
    """The share of everyone's k nearest that are of its own group (n,)."""
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return (member[np.argsort(apart, axis=1)[:, :k]] == member[:, None]).mean(axis=1)


def turned(d, seed=0):
    """A random rotation (d, d)."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


def moved(before, after):
    return float(np.median(np.linalg.norm(before - after, axis=1)))


@pytest.fixture(scope="module")
def pictures(data_folder):
    """Glyph embeddings (80, 160) of the bundled training pictures, and their labels."""
    examples = [example for each in Dataset.load(data_folder).training.values() for example in each]
    rows = EmbeddingCache(OnnxBackbone.named()).embed([example.crop for example in examples])
    return rows, np.array([example.label for example in examples])


# Principal components


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


# The map


@pytest.mark.parametrize("seed", range(3))
def test_groups_stay_together_and_apart(seed):
    X, member = groups(seed=seed)
    places = project(X)
    assert (places.shape, places.dtype) == ((120, 2), np.float32)
    assert np.abs(places).max() == 1
    assert nearest_agree(places, member).min() > 0.99


def test_near_is_near_as_scikit_learn_measures_it():
    """Neighbours on the map that are none: not a third of those on the first two principal components."""
    X, _ = groups(10, 15, spread=0.6)
    amiss = [1 - trustworthiness(X, places, n_neighbors=8) for places in (project(X), principal(X))]
    assert amiss[0] < amiss[1] / 3


def test_wrong_labels_are_seen_among_the_bundled_pictures(pictures):
    X, labels = pictures
    labels = labels.copy()
    wrong = [7, 31, 52, 66]
    labels[wrong] = labels[[k + 3 for k in wrong]]
    agree = nearest_agree(project(X), labels)
    assert agree[wrong].max() <= 0.4
    assert np.delete(agree, wrong).mean() > 0.85


def test_the_same_embeddings_give_the_same_map_and_turning_them_changes_nothing():
    X, _ = groups()
    places = project(X)
    assert (project(X) == places).all()
    assert moved(project(X @ turned(40) * 3 + 7), places) < 0.05


def test_equal_embeddings_are_in_one_place():
    X, _ = groups(4, 10)
    X[[5, 17, 30]] = X[22]
    places = project(X)
    assert places[[5, 17, 30]] == pytest.approx(places[[22] * 3], abs=1e-3)


@pytest.mark.parametrize("change", ["a little noise", "five more", "five less"])
def test_a_map_that_starts_from_the_last_one_is_like_it(change):
    X, member = groups(8, 15, spread=0.4)
    known = np.ones(len(X), bool)
    if change == "five more":
        known[::24] = False
    last = np.full((len(X), 2), np.nan, np.float32)
    last[known] = project(X[known])
    now = np.arange(len(X))
    if change == "five less":
        now = np.delete(now, now[::24])
    if change == "a little noise":
        X = X + 0.01 * np.random.default_rng(0).normal(size=X.shape)
    places = project(X[now], last[now])
    assert moved(places[known[now]], last[now][known[now]]) < 0.15
    assert nearest_agree(places, member[now]).mean() > 0.98


STARTS = {
    "all new": np.nan,
    "all in one place": 0.5,
    "on a line": np.stack([np.linspace(-1, 1, 60), np.zeros(60)], axis=1),
    "not even numbers": np.inf,
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_poor_start_does_no_harm(start):
    X, member = groups(4, 15)
    places = project(X, np.broadcast_to(start, (60, 2)))
    assert nearest_agree(places, member).mean() > 0.9
    assert np.ptp(places, axis=0).min() > 0.3


def test_of_many_embeddings_the_rest_is_put_among_those_that_it_is_like():
    X, member = groups(6, 120)
    assert len(X) > 2 * LANDMARKS
    order = np.random.default_rng(0).permutation(len(X))
    places = project(X[order])
    assert np.isfinite(places).all()
    assert nearest_agree(places, member[order]).mean() > 0.98


FEW = [(0, 5), (1, 5), (2, 5), (3, 5), (7, 5), (8, 5), (9, 1), (4, 0), (20, 0)]


@pytest.mark.parametrize(("n", "d"), FEW)
def test_few_embeddings_or_features_will_do(n, d):
    X = np.random.default_rng(0).normal(size=(n, d))
    for start in (None, np.zeros((n, 2)), np.full((n, 2), np.nan)):
        places = project(X, start)
        assert places.shape == (n, 2)
        assert np.abs(places).max(initial=0) == pytest.approx(1 if n > 1 and d else 0)


def test_where_nothing_differs_all_are_in_the_middle():
    assert (project(np.full((30, 6), 2.5)) == 0).all()


BAD = [
    (np.zeros(4), None, r"got shape \(4,\)"),
    (np.full((3, 2), np.nan), None, "embeddings are finite"),
    (np.zeros((4, 3)), np.zeros((3, 2)), r"a place for each of 4 embeddings, got shape \(3, 2\)"),
]


@pytest.mark.parametrize(("X", "start", "message"), BAD)
def test_what_is_no_embedding_is_refused(X, start, message):
    with pytest.raises(ReadoutError, match=message):
        project(X, start)
