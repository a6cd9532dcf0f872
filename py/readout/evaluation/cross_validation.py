"""How often a head is right about what it has not learned from: a score that does not lie.

The examples are split into folds, and each fold is read by a head that has learned the others. What is
known to look alike never lies on both sides: examples of one frame are one group, examples with equal
pixels too, and groups are never split. Equal pixels with the same label are tested once.
"""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..detection.components import connected
from ..errors import ReadoutError
from ..model.backbone import BackboneInfo
from ..model.training import TrainingSet, fit_head, prior_classes
from .metrics import confusion_matrix

FOLDS = 5
LEAST_GROUPS = 5
"""With fewer groups tested there are too few to tell."""
WIDEST = 0.3
"""So there are where the interval is wider than this."""


@dataclass(frozen=True, eq=False)
class Validation:
    """What heads said of n examples that they had not learned from.

    classes: C labels, sorted. labels: (n). probabilities: float32 (n, C), 0 where not tested. tested: bool (n,),
    which examples a head has answered for. counted: bool (n,), which of these make the score: the tested ones
    without the second and later copies of one picture with one label. group: int (n,), examples of one number
    were never split. done, folds: how many folds have been tested, and how many there are.
    """

    classes: list[str]
    labels: list[str]
    probabilities: np.ndarray
    tested: np.ndarray
    counted: np.ndarray
    group: np.ndarray
    done: int
    folds: int

    @cached_property
    def predicted(self) -> list[str | None]:
        """The most probable label of every example (n), None where not tested."""
        best = self.probabilities.argmax(axis=1) if self.classes else []
        return [self.classes[k] if tested else None for k, tested in zip(best, self.tested, strict=True)]

    @cached_property
    def confidence(self) -> np.ndarray:
        """The probability of what was predicted: float32 (n,), 0 where not tested."""
        return self.probabilities.max(axis=1, initial=0)

    @cached_property
    def right(self) -> np.ndarray:
        """Which of the tested examples were read as they are labelled: bool (n,)."""
        return np.array([read == label for read, label in zip(self.predicted, self.labels, strict=True)], bool)

    @property
    def correct(self) -> int:
        """How many of the counted examples were read right."""
        return int(self.right[self.counted].sum())

    @property
    def total(self) -> int:
        """How many examples are counted."""
        return int(self.counted.sum())

    @property
    def groups(self) -> int:
        """How many groups the counted examples are in."""
        return len(np.unique(self.group[self.counted]))

    @property
    def untested(self) -> list[str]:
        """When all folds are done, the classes with examples that no head could answer for: label more of these."""
        left = np.flatnonzero(~self.tested) if self.done == self.folds else ()
        return sorted({self.labels[k] for k in left})

    @cached_property
    def confusion(self) -> np.ndarray:
        """Of the counted examples, int (C, C): row i, column j says how often class i was taken for class j."""
        counted = np.flatnonzero(self.counted)
        return confusion_matrix([self.labels[k] for k in counted], [self.predicted[k] for k in counted], self.classes)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Where the share of right answers lies, with 95 % confidence.

        Examples of one group are right or wrong together, more or less: by as much as the groups' shares differ
        more than chance would have them, there are fewer examples than it seems (Rao and Scott 1992, A simple
        method for the analysis of clustered binary data). Where none or all are wrong that can't be seen.
        """
        n, p = self.total, self.correct / max(self.total, 1)
        if not 0 < p < 1 or self.groups < 2:
            return wilson(self.correct, n)
        missed = np.bincount(self.group[self.counted], self.right[self.counted] - p)
        apart = self.groups / (self.groups - 1) * (missed**2).sum() / n**2
        effect = max(float(apart) / (p * (1 - p) / n), 1.0)
        return wilson(self.correct / effect, n / effect)

    @property
    def too_few(self) -> bool:
        """Whether there are too few to tell: fewer than LEAST_GROUPS groups, or an interval wider than WIDEST."""
        low, high = self.interval
        return self.groups < LEAST_GROUPS or high - low > WIDEST


def cross_validate(
    lesson: TrainingSet, embeddings: np.ndarray, groups: Sequence[Hashable], backbone: BackboneInfo
) -> Iterator[Validation]:
    """Test every fold of a lesson's examples with a head that has learned the others.

    embeddings: (m, d), of the lesson's m crops. groups: (n), for each example the name of its frame, or whatever
    else it shares with those that are too much like it. Yields what is known before the first fold and after every
    fold; the last one is the whole, and the caller can stop in between. Heads learn from four fifths of the
    examples, so the score is rather too low. Frames that are nearly the same, but not to the pixel, make it too high.

    An example of a class that no prior knows and that no other fold has is not tested. The head that reads the
    rest of its fold does not know that class, which can only spare it a mistake.

    Raises ReadoutError where numbers of crops, embeddings or groups differ.
    """
    own = lesson.own
    if len(embeddings) != len(lesson.crops) or len(groups) != len(own):
        raise ReadoutError(
            f"a lesson of {len(own)} examples in {len(lesson.crops)} crops takes one group for each example and one "
            f"embedding for each crop, got {len(groups)} groups and {len(embeddings)} embeddings: embed its crops"
        )
    labels, keys = [lesson.labels[k] for k in own], [lesson.crops[k].key for k in own]
    known, group = set(prior_classes(backbone)), connected_groups(groups, keys)
    classes = backbone.prior.output_classes_with(labels) if backbone.prior else sorted(set(labels))
    index = {label: k for k, label in enumerate(classes)}
    truth = np.array([index[label] for label in labels], int)
    fold = split(group, truth)
    count = int(fold.max(initial=-1)) + 1
    seen: dict[object, int] = {}
    pairs = enumerate(zip(keys, labels, strict=True))
    first = np.array([seen.setdefault(pair, k) == k for k, pair in pairs], np.bool_)
    probabilities, tested = np.zeros((len(own), len(classes)), np.float32), np.zeros(len(own), bool)
    for done in range(count + 1):
        if done:
            here = fold == done - 1
            learned = {*known, *(labels[k] for k in np.flatnonzero(~here))}
            asked = np.flatnonzero(here & np.isin(truth, [index[label] for label in learned if label in index]))
            if len(asked) and len(learned) > 1:
                part, rows = lesson.subset(~here)
                head = fit_head(part, embeddings[rows], backbone)
                columns = [index[label] for label in head.classes_]
                probabilities[asked[:, None], columns] = head.predict_proba(embeddings[own[asked]])
                tested[asked] = True
        yield Validation(classes, labels, probabilities.copy(), tested.copy(), tested & first, group, done, count)


def connected_groups(*keys: Sequence[Hashable]) -> np.ndarray:
    """Groups of things that are linked by sharing any of their keys: int (n,), from 0 by first appearance.

    keys: one sequence (n) for each kind of key. Things that share none directly are in one group where others link
    them.
    """
    links: list[tuple[int, int]] = []
    for kind in keys:
        first: dict[Hashable, int] = {}
        links += [(first.setdefault(key, k), k) for k, key in enumerate(kind)]
    one, other = np.array(links, int).reshape(-1, 2).T
    return connected(len(keys[0]) if keys else 0, one, other)


def split(group: np.ndarray, truth: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """A fold for every example, int (n,) from 0, the same for all examples of a group, or none (0 folds) for one group.

    group: int (n,). truth: int (n,), class indices. The largest groups come first, each goes where the fewest of
    its classes are, counted by their share of the class, and of these folds to the smallest.
    """
    names, member = np.unique(group, return_inverse=True)
    if len(names) < 2:
        return np.full(len(group), -1)
    counts = np.zeros((len(names), truth.max() + 1))
    np.add.at(counts, (member, truth), 1)
    shares, sizes = counts / np.maximum(counts.sum(axis=0), 1), counts.sum(axis=1)
    filled, size, place = np.zeros((min(folds, len(names)), counts.shape[1])), np.zeros(min(folds, len(names))), {}
    for k in np.argsort(-sizes, kind="stable"):
        crowd, full = (filled * shares[k]).sum(axis=1).round(9), size + sizes[k] > np.ceil(len(group) / len(size))
        at = np.lexsort((size, np.where(full, size, crowd), full))[0]
        filled[at] += shares[k]
        size[at] += sizes[k]
        place[k] = at
    return np.array([place[k] for k in member], int)


def wilson(right: float, total: float) -> tuple[float, float]:
    """The score interval for a share of which `right` of `total` were seen: low, high, with 95 % confidence.

    Wilson 1927, Probable inference, the law of succession, and statistical inference. From 0 to 1 where total is 0.
    """
    if not total:
        return 0.0, 1.0
    z = 1.959964
    p, spread = right / total, z * z / total
    middle = (p + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(p * (1 - p) / total + spread / (4 * total))
    return (middle - reach if right else 0.0), (middle + reach if right < total else 1.0)  # rounding aside
