"""What to label next: made-up doubts whose answer is plain, and spoiled frames whose truth is known."""

import csv

import numpy as np
import pytest
from PIL import Image, ImageFilter

from readout.data.examples import Example
from readout.errors import ReadoutError
from readout.evaluation.active_learning import MOST_ITEMS, SIMILAR, WORTH, Queue, next_best
from readout.imaging.crops import cut
from readout.imaging.images import load_image
from readout.layout.layout import Layout, Readout
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.training import TrainingSet, fit_head
from readout.readings.column import Column
from readout.readings.neighbours import Neighbours
from readout.readings.observations import Observations
from readout.readings.reading import review

CLASSES = list("0123456789")


def column(probabilities, given=None, name="r"):
    """A column of given probabilities (F, B, C)."""
    P = np.asarray(probabilities, np.float32)
    F, B, C = P.shape
    readout = Readout(name, "#" * B, ((0, 0, 1, 1),) * B)
    given = np.ones(F, bool) if given is None else given
    return Column.dense(readout, CLASSES[:C], P * given[:, None, None], np.zeros((F, B), np.float32), given)


def doubts(pairs):
    """One box a frame: (first class, second class, doubt) to probabilities (F, 1, 10)."""
    P = np.zeros((len(pairs), 1, 10))
    for row, (first, second, doubt) in zip(P[:, 0], pairs, strict=True):
        row[second] = doubt
        row[first] = 1 - doubt
    return P


def looks(groups, spread=0.02, d=20, seed=0):
    """Embeddings (F, 1, d): one direction for each group, nearly."""
    rng = np.random.default_rng(seed)
    ways = rng.normal(size=(max(groups) + 1, d))
    return (ways[groups] + spread * rng.normal(size=(len(groups), d)))[:, None].astype(np.float32)


def ask(P, X, known=(), given=None, **options):
    """next_best for one readout. known: indices."""
    mask = np.zeros(len(P), bool)
    mask[list(known)] = True
    return next_best({"r": column(P, given)}, {"r": X}, {"r": mask}, **options)


def random_case(seed, F=60, B=3, d=12):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(10, 0.05), (F, B)), rng.normal(size=(F, B, d)).astype(np.float32)


def places(queue):
    return [item.frame for item in queue.items]


def test_a_reading_is_as_doubtful_as_its_table_says():
    P, X = random_case(7)
    sure = 1 - column(P).confidence.astype(float)
    for account in (sure / 3, np.minimum(3 * sure, 0.99), np.linspace(0, 1, 60)):
        told = column(P)
        told.heed(Neighbours(*np.zeros((4, 60)), account))
        queue = next_best({"r": told}, {"r": X}, {"r": np.zeros(60, bool)})
        assert queue.wrong_before == pytest.approx(account.sum(), rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_estimate_is_that_of_a_review_and_every_gain_is_taken_off(seed):
    P, X = random_case(seed)
    queue = ask(P, X, known=range(0, 60, 5))
    left = np.setdiff1d(np.arange(60), range(0, 60, 5))
    assert queue.readings == len(left)
    assert queue.wrong_before == pytest.approx(review(column(P).confidence[left]).wrong, rel=1e-5)
    assert queue.wrong_before - queue.wrong_after == pytest.approx(sum(item.gain for item in queue.items))
    assert len(set(places(queue))) == len(queue.items) == MOST_ITEMS
    assert set(places(queue)) <= set(left)
    assert 0 <= queue.wrong_after < queue.wrong_before
    assert min(item.gain for item in queue.items) >= WORTH


def test_one_of_each_kind_of_doubt_is_asked_about_the_commonest_first():
    groups = [0] * 3 + [1] * 8 + [2] * 5 + [3] * 4
    P = doubts([(2 * g, 2 * g + 1, 0.4) for g in groups])
    queue = ask(P, looks(groups), most=3)
    assert [groups[frame] for frame in places(queue)] == [1, 2, 3]
    assert [item.gain for item in queue.items] == pytest.approx([3.2, 2.0, 1.6], rel=0.01)
    assert (queue.wrong_before, queue.wrong_after) == (pytest.approx(8.0), pytest.approx(1.2, rel=0.03))


def test_a_strange_box_of_which_there_is_one_is_not_asked_about_first():
    """Something in front of the display is the most doubtful of all, and its label helps nothing else."""
    groups = [0] * 12 + [1]
    P = doubts([(3, 8, 0.3)] * 12 + [(5, 6, 0.5)])
    queue = ask(P, looks(groups))
    assert groups[queue.items[0].frame] == 0
    assert 12 in places(queue)
    assert queue.items[places(queue).index(12)].gain == pytest.approx(0.5)


def test_a_label_puts_the_whole_reading_right():
    """With its boxes of little doubt, which nobody else looks at."""
    P = np.concatenate([doubts([(3, 8, doubt)]) for doubt in (0.4, 9e-4, 9e-4, 9e-4)], axis=1)
    queue = ask(P, looks([0, 1, 2, 3]).reshape(1, 4, -1))
    assert queue.items[0].gain == pytest.approx(1 - 0.6 * (1 - 9e-4) ** 3, abs=1e-6)
    assert queue.wrong_after == pytest.approx(0, abs=1e-9)


def test_doubts_about_other_classes_are_not_settled_by_looks_alone():
    """At zero the looks are those of the rest; equal looks with other doubts are covered by as much as doubts agree."""
    groups = [0] * 10 + [1] * 30
    mixed = doubts([(3, 8, 0.4)] * 5 + [(5, 6, 0.4)] * 5 + [(1, 7, 0.0)] * 30)
    same = doubts([(3, 8, 0.4)] * 10 + [(1, 7, 0.0)] * 30)
    assert ask(mixed, looks(groups), most=1).items[0].gain == pytest.approx(2.0, rel=0.01)
    assert ask(same, looks(groups), most=1).items[0].gain == pytest.approx(4.0, rel=0.01)


def test_doubts_that_stayed_beside_a_label_are_stubborn():
    """Boxes somewhat alike: with some labelled and the same doubts left, the next label promises less."""
    groups = [0] * 30 + [1] * 30
    P, X = doubts([(3, 8, 0.4)] * 30 + [(2, 7, 0.4)] * 30), looks(groups, spread=0.9)
    fresh, beside, elsewhere = (ask(P, X, known, most=1).items[0] for known in ([], range(6), range(30, 36)))
    assert groups[beside.frame] == 1
    assert groups[elsewhere.frame] == 0
    both = ask(P, X, known=[*range(6), *range(30, 36)], most=1).items[0]
    assert both.gain < 0.6 * fresh.gain


def test_equal_pictures_are_asked_about_once():
    P, X = random_case(1, F=5, B=2)
    queue = ask(np.tile(P, (20, 1, 1)), np.tile(X, (20, 1, 1)))
    assert len({frame % 5 for frame in places(queue)}) == len(queue.items) <= 5
    assert queue.wrong_after < 0.05


def test_boxes_that_all_look_the_same_are_alike():
    P = doubts([(3, 8, 0.4)] * 10)
    queue = ask(P, np.full((10, 1, 7), 3.0, np.float32), most=1)
    assert queue.items[0].gain == pytest.approx(4.0)


@pytest.mark.parametrize(("factor", "shift"), [(7.0, 0.0), (1.0, 40.0), (0.01, -3.0)])
def test_the_features_units_and_their_zero_do_not_matter(factor, shift):
    P, X = random_case(2)
    scales = np.random.default_rng(0).uniform(0.5, 2, 12)
    before, after = ask(P, X), ask(P, (X * factor * scales + shift).astype(np.float32))
    assert places(before) == places(after)
    assert before.wrong_after == pytest.approx(after.wrong_after, rel=1e-3)


def test_the_order_of_frames_does_not_matter():
    P, X = random_case(3)
    order = np.random.default_rng(0).permutation(60)
    before, after = ask(P, X), ask(P[order], X[order])
    assert places(before) == [order[frame] for frame in places(after)]


def test_many_features_are_thinned_out():
    P, X = random_case(4, d=200)
    assert ask(P, X) == ask(P, np.repeat(X, 2, axis=2))


def test_the_choice_is_nearly_the_best_there_is():
    """Against all sets of three of 14 readings, by the estimate itself."""
    from itertools import combinations

    rng = np.random.default_rng(5)
    groups = rng.integers(0, 5, 14).tolist()
    P = doubts([(g, g + 5, rng.uniform(0.1, 0.5)) for g in groups])
    X = looks(groups, spread=0.5)
    found = ask(P, X, most=3)
    Z = X[:, 0].astype(float)
    Z = (Z - Z.mean(axis=0)) / np.maximum(Z.std(axis=0), 0.03 * Z.std(axis=0).max())
    Z /= np.linalg.norm(Z, axis=1, keepdims=True)
    Q = P[:, 0] / np.linalg.norm(P[:, 0], axis=1, keepdims=True)
    cover = np.clip(Z @ Z.T / SIMILAR, 0, 1) ** 2 * (Q @ Q.T)
    np.fill_diagonal(cover, 1)
    doubt = 1 - P[:, 0].max(axis=1)
    left = {chosen: doubt @ (1 - cover[:, chosen].max(axis=1)) for chosen in combinations(range(14), 3)}
    assert found.wrong_after == pytest.approx(left[tuple(sorted(places(found)))], rel=1e-3)
    best = found.wrong_before - min(left.values())
    assert found.wrong_before - found.wrong_after >= (1 - 1 / np.e) * best


def test_readouts_are_told_apart_and_frames_that_were_not_given_are_left_out():
    P = doubts([(3, 8, 0.1)] * 6)
    Q = doubts([(1, 7, 0.4)] * 6)
    given = np.array([False, True, True, False, True, True])
    X, Y = looks([0] * 6), looks([1] * 6, seed=1)
    known = {"top": np.zeros(6, bool), "low": np.array([False, True, True, True, False, False])}
    columns = {"top": column(P, given, "top"), "low": column(Q, given, "low")}
    queue = next_best(columns, {"top": X, "low": Y}, known)
    assert queue.readings == 6
    assert queue.wrong_before == pytest.approx(4 * 0.1 + 2 * 0.4)
    assert queue.items[0][:2] in {(4, "low"), (5, "low")}
    assert all(given[frame] and not known[readout][frame] for frame, readout, _ in queue.items)


def test_readouts_of_different_lengths_go_together():
    P, X = random_case(6, F=20, B=2)
    Q, Y = random_case(7, F=20, B=5)
    columns = {"a": column(P, name="a"), "b": column(Q, name="b")}
    queue = next_best(columns, {"a": X, "b": Y}, {"a": np.zeros(20, bool), "b": np.zeros(20, bool)})
    expected = sum(review(each.confidence).wrong for each in columns.values())
    assert (queue.readings, queue.wrong_before) == (40, pytest.approx(expected, rel=1e-5))
    assert {item.readout for item in queue.items} <= {"a", "b"}


NOTHING = {
    "no readouts": lambda: next_best({}, {}, {}),
    "no frames": lambda: ask(np.zeros((0, 2, 10)), np.zeros((0, 2, 5), np.float32)),
    "none given": lambda: ask(*random_case(0, F=4), given=np.zeros(4, bool)),
    "all labelled": lambda: ask(*random_case(0, F=4), known=range(4)),
}


@pytest.mark.parametrize("case", NOTHING.values(), ids=NOTHING)
def test_without_readings_there_is_nothing_to_ask(case):
    assert case() == Queue([], 0.0, 0.0, 0)


def test_nothing_is_asked_where_it_is_not_worth_it():
    P = doubts([(3, 8, 2e-4)] * 30 + [(3, 7, 5e-3)])
    queue = ask(P, looks([0] * 30 + [1]))
    assert queue.items == []
    assert queue.wrong_after == queue.wrong_before == pytest.approx(0.011, rel=1e-3)


@pytest.mark.parametrize("most", [0, 1, 5])
def test_no_more_is_asked_than_wanted(most):
    assert len(ask(*random_case(0), most=most).items) == most


def test_what_does_not_fit_is_refused():
    P, X = random_case(0, F=6)
    with pytest.raises(ReadoutError, match=r"'r' has 3 boxes in 6 frames, got embeddings of shape \(5, 3, 12\)"):
        ask(P, X[:5])
    with pytest.raises(ReadoutError, match=r"what is known of shape \(\): give one for each frame"):
        next_best({"r": column(P)}, {"r": X}, {})
    columns = {"a": column(P), "b": column(P[:, :, :4] / P[:, :, :4].sum(axis=2, keepdims=True))}
    with pytest.raises(ReadoutError, match="one head, got the classes 0, 1.* for 'b', 0, 1, 2, 3: read them again"):
        next_best(columns, {"a": X, "b": X}, {"a": np.zeros(6, bool), "b": np.zeros(6, bool)})


# The bundled frames, blurred and noisy, with boxes drawn too large: Glyphs misreads many, and can learn them


@pytest.fixture(scope="module")
def spoiled(data_folder):
    """Cache, readout, crops and labels of 50 frames, embeddings (50, 4, 160)."""
    readout = Layout.load(data_folder / "layout.json").readouts[0]
    with open(data_folder / "labels.csv", encoding="utf-8") as file:
        truths = dict(list(csv.reader(file))[1:])
    rng, crops = np.random.default_rng(0), []
    boxes = [(x - 902, y - 22, w + 4, h + 4) for x, y, w, h in readout.boxes]
    for name in truths:
        part = load_image(data_folder / "frames" / name)[20:70, 900:]
        blurred = Image.fromarray(part).filter(ImageFilter.GaussianBlur(0.8))
        noisy = np.asarray(blurred) + rng.normal(0, 10, part.shape)
        crops.append(cut(np.clip(noisy, 0, 255).astype(np.uint8), boxes, margin=2))
    cache = EmbeddingCache(OnnxBackbone.named())
    X = cache.embed([crop for row in crops for crop in row]).reshape(len(crops), len(boxes), -1)
    return cache, readout, crops, np.array([readout.split(text) for text in truths.values()]), X


def read(spoiled, labelled):
    """The column, and how many of the readings that nobody labelled are wrong, after these frames were labelled."""
    cache, readout, crops, labels, X = spoiled
    examples = [Example("", str(labels[k][b]), crops[k][b]) for k in labelled for b in range(len(readout.boxes))]
    lesson = TrainingSet.of(examples, cache.backbone)
    head = fit_head(lesson, cache.embed(lesson.crops), cache.backbone)
    found = Observations(readout, len(X), X.shape[2]).give(range(len(X)), X, head)
    wrong = (np.array(head.classes_)[found.best] != labels).any(axis=1)
    wrong[list(labelled)] = False
    return found, int(wrong.sum())


def test_the_queue_puts_more_right_than_chance_and_says_how_many(spoiled):
    found, before = read(spoiled, [])
    queue = next_best({"top": found}, {"top": spoiled[-1]}, {"top": np.zeros(50, bool)}, most=6)
    _, after = read(spoiled, places(queue))
    rng = np.random.default_rng(0)
    chance = np.mean([read(spoiled, rng.choice(50, 6, replace=False))[1] for _ in range(4)])
    assert after < min(chance, before / 2)
    assert abs(queue.wrong_after - after) < abs(queue.wrong_before - after) / 2
