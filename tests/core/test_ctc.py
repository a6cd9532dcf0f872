"""CTC against all paths, written out one by one."""

import itertools

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.model import ctc


def collapse(path):
    return tuple(c for k, c in enumerate(path) if c != 0 and (k == 0 or path[k - 1] != c))


def all_texts(logp):
    """Probability of every text, and its most likely path: by enumeration."""
    texts, best = {}, {}
    for path in itertools.product(range(logp.shape[1]), repeat=len(logp)):
        p, text = float(np.exp(sum(logp[t, c] for t, c in enumerate(path)))), collapse(path)
        texts[text] = texts.get(text, 0.0) + p
        best[text] = max(best.get(text, (0.0, ())), (p, path))
    return texts, {text: path for text, (_, path) in best.items()}


def scores(seed, columns=6, classes=4, heat=2.0):
    return ctc.log_softmax(np.random.default_rng(seed).normal(0, heat, (columns, classes)))


def test_scores_become_probabilities():
    assert np.exp(scores(0)).sum(axis=1) == pytest.approx(1)
    assert np.isfinite(ctc.log_softmax(np.array([[1e4, -1e4]]))).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_finds_the_likeliest_texts_with_their_probabilities(seed):
    logp = scores(seed)
    truth = sorted(all_texts(logp)[0].items(), key=lambda item: -item[1])[:5]
    found = ctc.decode(logp, best=5, beam=1000)
    assert [a.text for a in found] == [text for text, _ in truth]
    assert [a.probability for a in found] == pytest.approx([p for _, p in truth], rel=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_a_narrow_beam_never_promises_too_much(seed):
    logp, truth = scores(seed, heat=1.0), all_texts(scores(seed, heat=1.0))[0]
    for found in ctc.decode(logp, beam=3):
        assert found.probability <= truth[found.text] * (1 + 1e-9)


def test_the_best_text_need_not_have_the_best_path():
    logp = np.log(np.array([[0.6, 0.4], [0.6, 0.4]]))
    assert collapse(logp.argmax(axis=1)) == ()
    assert ctc.decode(logp)[0].text == (1,)
    assert ctc.decode(logp)[0].probability == pytest.approx(0.64)


def test_equal_neighbours_need_a_blank_between_them():
    sure = np.full((5, 3), 0.01)
    for t, c in enumerate((1, 1, 0, 1, 1)):
        sure[t, c] = 0.98
    assert ctc.decode(np.log(sure))[0].text == (1, 1)


def test_only_what_is_accepted_is_read():
    logp = scores(3)
    found = ctc.decode(logp, beam=1000, accept=lambda text: len(text) <= 2 and 3 not in text)
    truth = {t: p for t, p in all_texts(logp)[0].items() if len(t) <= 2 and 3 not in t}
    best = max(truth, key=truth.get)
    assert found[0].text == best
    assert found[0].probability == pytest.approx(truth[best], rel=1e-3)


def test_classes_that_are_read_over_count_for_all_texts_with_them():
    logp = scores(1)
    truth = {}
    for path in itertools.product(range(4), repeat=len(logp)):
        text = collapse([0 if c == 3 else c for c in path])
        truth[text] = truth.get(text, 0.0) + float(np.exp(sum(logp[t, c] for t, c in enumerate(path))))
    merged = {text: p for text, p in all_texts(ctc.without(logp, [3]))[0].items() if 3 not in text}
    assert merged == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_alignment_is_the_likeliest_path_of_the_text(seed):
    logp = scores(seed)
    for text, path in all_texts(logp)[1].items():
        spans = ctc.align(logp, text)
        assert spans.shape == (len(text), 2)
        runs = [(c, list(group)) for c, group in itertools.groupby(range(len(path)), key=path.__getitem__) if c]
        assert spans.tolist() == [[group[0], group[-1] + 1] for _, group in runs]


def test_an_empty_text_has_no_places():
    assert ctc.align(scores(0), ()).shape == (0, 2)
    assert ctc.decode(np.log(np.array([[0.9, 0.1]])))[0].text == ()


def test_a_text_too_long_for_its_columns_is_refused():
    with pytest.raises(ReadoutError, match="widen the window"):
        ctc.align(scores(0, columns=2), (1, 2, 3))


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((0, 4)), np.full((2, 3), np.nan)])
def test_what_is_no_table_of_scores_is_refused(bad):
    for use in (ctc.decode, lambda logp: ctc.align(logp, (1,))):
        with pytest.raises(ReadoutError, match="columns, classes"):
            use(bad)


def test_a_long_strip_does_not_underflow():
    logp = scores(0, columns=700, classes=33, heat=0.5)
    assert len(ctc.decode(logp, beam=4)[0].text) > 50
