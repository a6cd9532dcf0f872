"""Which readings a person should label next: those that would put the most others right.

Labelling a reading puts itself right, and settles doubts about boxes that look like its own and are in doubt
between the same classes. So every doubtful box is covered by the labelled box most like it, and the readings are
chosen one by one, each for what it covers beyond those before it. What is covered is submodular, so that this
greedy choice reaches at least 63 % of the best one (Nemhauser, Wolsey and Fisher 1978; facility location for
choosing what to label: Wei, Iyer and Bilmes 2015, Submodularity in data subset selection and active learning).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..errors import ReadoutError, quoted
from ..readings.dictionary_array import DictionaryArray


class Places(Protocol):
    """A column of readings of F frames, each with B places of which a head says which of C classes they show.

    sure: (F, B), of each place by itself. wrong: (F,), the chance that a reading is wrong by the account of its table.
    """

    @property
    def classes(self) -> Sequence[str]: ...
    @property
    def given(self) -> np.ndarray: ...
    @property
    def sure(self) -> np.ndarray: ...
    @property
    def wrong(self) -> np.ndarray: ...
    @property
    def shape(self) -> tuple[int, int, int]: ...

    def __len__(self) -> int: ...

    def at(self, rows: Any) -> np.ndarray: ...


Embeddings = np.ndarray | DictionaryArray
"""(F, B, d)."""

MOST_ITEMS = 12
"""Readings of a queue."""
SIMILAR = 0.9
"""Standardised embeddings with at least this cosine look the same."""
SIMILAR_WITHOUT_PRIOR = 0.6
"""The same for a head without a prior, which learns more from a label."""
TAUGHT = 0.7
"""Doubts that stayed beside a label are stubborn: this share of what it should have covered is taken off."""
POOL = 400
"""How many of the most doubtful boxes the choice is made among, and for."""
SEEN = 2000
"""How many of them count in the estimate of what a choice puts right."""
SAMPLE = 1000
"""From about how many boxes of each readout the features' mean and spread are taken."""
SCALE_FLOOR = 0.03
"""Features are divided by their spread, or by this share of the largest one; see `head.SoftmaxHead`."""
FEATURES = 256
"""How many features of an embedding are looked at, evenly spread: there is no BLAS in the page."""
LABELLED = 200
"""How many labelled boxes are looked at, to tell what is settled."""
CERTAIN = 1e-3
"""Boxes with less doubt than this have nothing to gain."""
LEAST_DOUBT = 1e-9
"""No place is surer or less sure than by this."""
WORTH = 0.01
"""A label that puts fewer readings right than this is not worth asking for."""


class Suggestion(NamedTuple):
    """A reading to label: the frame's index, the readout's name, and how many readings fewer should then be wrong."""

    frame: int
    readout: str
    gain: float


@dataclass(frozen=True)
class Queue:
    """What to label next, in this order, and what to expect of it.

    wrong_before: how many of the `readings`, those without a label, are likely to be wrong, on the average: the
    same estimate as of the whole table. wrong_after: how many when all of `items` have been labelled and learned.

    Both are as honest as the head's confidences. On displays of 250 frames, spoiled until Glyphs misread them with
    two frames labelled (96, other ones than the settings here were chosen by), twelve labels from the queue left:

        wrong before, estimate and truth    after, estimate and truth    by doubt alone    at random
              24.7      9.6                       5.5      2.6                 5.1            4.9
              57.8     49.2                      20.7     18.4                23.3           23.0
             135.6    153.0                      90.5    117.3               130.6          122.6

    The rows are means over displays with 3 to 24, 25 to 74, and more of 248 readings wrong, 80 in all; the last two
    columns are truths after twelve other labels. Where hardly anything can be read, labels help less than promised.
    With ImageNet features and an example or two of each digit they help more: 11 estimated, 1 true, of 51.
    benchmarks/nextbest.py measures the table.
    """

    items: list[Suggestion]
    wrong_before: float
    wrong_after: float
    readings: int


def next_best(
    columns: Mapping[str, Places],
    embeddings: Mapping[str, Embeddings],
    known: Mapping[str, np.ndarray],
    most: int = MOST_ITEMS,
    similarity: float = SIMILAR,
) -> Queue:
    """Choose at most `most` readings whose labels would help most.

    columns: by readout, all read by one head. embeddings: by readout, (F, B, d). known: by readout, bool (F,), what
    has been labelled or called not readable. similarity: the cosine from which on boxes look the same;
    SIMILAR_WITHOUT_PRIOR for a head without a prior. Raises ReadoutError where shapes or classes do not fit.
    """
    if not columns:
        return Queue([], 0.0, 0.0, 0)
    _check(columns, embeddings, known)
    thin = {name: _thin(X, X.shape[2] // (FEATURES + 1) + 1) for name, X in embeddings.items()}
    boxes = _Boxes.of(columns, {name: column.given & ~known[name] for name, column in columns.items()})
    labelled = _Boxes.of(columns, {name: column.given & known[name] for name, column in columns.items()})
    before = now = boxes.wrong(boxes.error_probability)
    seen = np.argsort(-boxes.error_probability, kind="stable")[:SEEN]
    seen = seen[boxes.error_probability[seen] > CERTAIN]
    spread = _spread(columns, thin)
    looks = boxes.looks(seen, columns, thin, *spread)
    some = slice(None, None, len(labelled.error_probability) // LABELLED + 1)
    covered_by = labelled.looks(some, columns, thin, *spread)
    settled = TAUGHT * _cover(looks, covered_by, similarity).max(axis=1, initial=0)[:, None]

    items, left, reading = [], boxes.error_probability.copy(), boxes.reading[seen]
    pool = [each[:POOL] for each in looks]
    cover = _beyond(settled[:POOL], _cover(pool, pool, similarity))
    for chosen in _choose(cover, boxes.error_probability[seen[:POOL]], reading[:POOL], most):
        own = [each[reading == chosen] for each in looks]
        cover = _beyond(settled, _cover(looks, own, similarity)).max(axis=1)
        left[seen] = np.minimum(left[seen], boxes.error_probability[seen] * (1 - cover))
        left[boxes.reading == chosen] = 0
        after = boxes.wrong(left)
        if now - after < WORTH:
            break
        frame, readout = boxes.place(chosen)
        items.append(Suggestion(frame, readout, now - after))
        now = after
    return Queue(items, before, now, boxes.readings)


def merge_queues(queues: Sequence[Queue], most: int = MOST_ITEMS) -> Queue:
    """One queue of readings that have nothing to do with one another: at most `most`, those with the largest gain."""
    items = sorted((item for queue in queues for item in queue.items), key=lambda item: -item.gain)[:most]
    before = sum(queue.wrong_before for queue in queues)
    return Queue(items, before, before - sum(item.gain for item in items), sum(queue.readings for queue in queues))


@dataclass(frozen=True, eq=False)
class _Boxes:
    """The M boxes of some readings, reading by reading.

    error_probability: (M,), the chance that a box is read wrong. reading, owner, frame, box: int (M,), the numbers of
    its reading, its readout, its frame, and its own within the readout. names: of the readouts.
    """

    names: list[str]
    error_probability: np.ndarray
    reading: np.ndarray
    owner: np.ndarray
    frame: np.ndarray
    box: np.ndarray

    @classmethod
    def of(cls, columns: Mapping[str, Places], wanted: Mapping[str, np.ndarray]) -> "_Boxes":
        """Those of the readings that are wanted, by readout bool (F,)."""
        parts, readings = [], 0
        for owner, (name, column) in enumerate(columns.items()):
            rows = np.flatnonzero(wanted[name])
            doubts = _doubts(column.sure[rows].astype(float), column.wrong[rows])
            reading, box = np.indices(doubts.shape).reshape(2, -1)
            parts.append((doubts.ravel(), reading + readings, np.full(doubts.size, owner), rows[reading], box))
            readings += len(rows)
        return cls(list(columns), *(np.concatenate(part) for part in zip(*parts, strict=True)))

    @property
    def readings(self) -> int:
        return int(self.reading[-1]) + 1 if len(self.reading) else 0

    def place(self, reading: int) -> tuple[int, str]:
        """The frame and the name of the readout of a reading."""
        first = np.searchsorted(self.reading, reading)
        return int(self.frame[first]), self.names[self.owner[first]]

    def wrong(self, error_probability: np.ndarray) -> float:
        """How many readings are likely to be wrong where the boxes' doubts are these (M,)."""
        starts = np.flatnonzero(np.diff(self.reading, prepend=-1))
        return float((1 - np.multiply.reduceat(1 - error_probability, starts)).sum()) if len(starts) else 0.0

    def looks(
        self,
        chosen: np.ndarray | slice,
        columns: Mapping[str, Places],
        embeddings: Mapping[str, Embeddings],
        mean: np.ndarray,
        scale: np.ndarray,
    ) -> list[np.ndarray]:
        """What some of the boxes look like: standardised embeddings (k, d + 1) and probabilities (k, C), of length 1.

        A small constant feature makes all alike where nothing differs.
        """
        owner, frame, box = self.owner[chosen], self.frame[chosen], self.box[chosen]
        Z = np.full((len(owner), len(mean) + 1), 1e-3, np.float32)
        P = np.empty((len(owner), columns[self.names[0]].shape[2]), np.float32)
        for k, name in enumerate(self.names):
            at = frame[owner == k], box[owner == k]
            Z[owner == k, :-1] = (embeddings[name][at] - mean) / scale
            P[owner == k] = columns[name].at(at)
        return [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (Z, P)]


def _doubts(sure: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """The chance that each place (n, B) is read wrong, such that of a reading's places one is with its chance (n,)."""
    sure, right = (np.clip(each, LEAST_DOUBT, 1 - LEAST_DOUBT) for each in (sure, 1 - wrong))
    return 1 - sure ** (np.log(right) / np.log(sure).sum(axis=1))[:, None]


def _thin(X: Embeddings, step: int) -> Embeddings:
    return X.every(step) if isinstance(X, DictionaryArray) else X[:, :, ::step]


def _spread(columns: Mapping[str, Places], embeddings: Mapping[str, Embeddings]) -> tuple[np.ndarray, np.ndarray]:
    """The features' mean and spread (d,) over all frames: what all boxes share, as a colour, is no likeness."""
    samples = []
    for name, column in columns.items():
        given, (_, boxes, d) = np.flatnonzero(column.given), embeddings[name].shape
        samples.append(embeddings[name][given[:: len(given) * boxes // SAMPLE + 1]].reshape(-1, d))
    sample = np.concatenate(samples)
    mean, scale = (sample.mean(axis=0), sample.std(axis=0)) if len(sample) else np.zeros((2, sample.shape[1]))
    scale = np.maximum(scale, SCALE_FLOOR * scale.max(initial=0))
    return mean, np.where(scale > 0, scale, 1)


def _cover(looks: Sequence[np.ndarray], by: Sequence[np.ndarray], similarity: float) -> np.ndarray:
    """How much of the doubt about boxes (k) goes when others (m) are labelled: (k, m), 0 to 1.

    The square of the cosine of their embeddings, `similarity` counting as 1, times the cosine of their probabilities.
    """
    (Z, P), (Y, Q) = looks, by
    return np.clip(Z @ Y.T / similarity, 0, 1) ** 2 * np.minimum(P @ Q.T, 1)


def _beyond(settled: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """What is covered (k, m) of that which earlier labels could not settle (k, 1): more likeness than theirs counts."""
    return np.maximum(cover - settled, 0) / (1 - settled)


def _choose(cover: np.ndarray, error_probability: np.ndarray, reading: np.ndarray, most: int) -> np.ndarray:
    """At most `most` readings with a large sum of error probability times largest cover: one by one, the best next.

    cover: (k, k), of boxes by boxes. error_probability, reading: (k,), of each box.
    """
    order = np.argsort(reading, kind="stable")
    names, starts = np.unique(reading[order], return_index=True)
    by_reading = np.maximum.reduceat(cover[:, order], starts, axis=1) if len(names) else cover
    by_reading[reading[:, None] == names] = 1
    covered = np.zeros(len(error_probability))
    chosen: list[int] = []
    for _ in range(min(most, len(names))):
        gain = error_probability @ np.maximum(by_reading - covered[:, None], 0)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        covered = np.maximum(covered, by_reading[:, chosen[-1]])
    return names[chosen]


def _check(
    columns: Mapping[str, Places], embeddings: Mapping[str, Embeddings], known: Mapping[str, np.ndarray]
) -> None:
    classes = next(iter(columns.values())).classes
    for name, column in columns.items():
        shapes = [by[name].shape if name in by else () for by in (embeddings, known)]
        if len(shapes[0]) != 3 or shapes[0][:2] != column.shape[:2] or shapes[1] != (len(column),):
            raise ReadoutError(
                f"readout {quoted(name)} has {column.shape[1]} boxes in {len(column)} frames, got embeddings "
                f"of shape {shapes[0]} and what is known of shape {shapes[1]}: give one for each frame"
            )
        if list(column.classes) != list(classes):
            raise ReadoutError(
                f"all readouts are read by one head, got the classes {', '.join(classes)} and, for {quoted(name)}, "
                f"{', '.join(column.classes)}: read them again"
            )
