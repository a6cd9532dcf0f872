"""Cross-validation of windows: whole typed numbers are left out, and read by a head that has learned the others.

What was read is aligned to what was typed, character by character, so that confusions can be counted; a character that
was missed was taken for 'blank', and one that was made up is a 'blank' taken for it.
"""

from collections.abc import Hashable, Sequence

import numpy as np

from ..errors import ReadoutError
from ..model.line_training import TypedLine, fit_lines
from ..model.prior import BLANK, Prior
from ..readings.line_decoder import LineDecoder
from .cross_validation import Validation, connected_groups, split

LEAST_PROBABILITY = 1e-30
"""The probability of what was read at least, so that it is the likeliest of its row."""


def align_texts(truth: str, read: str) -> list[tuple[str, str]]:
    """Pairs of a character typed and one read, 'blank' where one has none: with the fewest differences (Levenshtein).

    Two differing characters side by side are one difference, as one that is missing or added.
    """
    cost = np.zeros((len(truth) + 1, len(read) + 1), int)
    cost[:, 0], cost[0] = np.arange(len(truth) + 1), np.arange(len(read) + 1)
    for i, a in enumerate(truth, 1):
        for j, b in enumerate(read, 1):
            cost[i, j] = min(cost[i - 1, j - 1] + (a != b), cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    pairs, i, j = [], len(truth), len(read)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (truth[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((truth[i], read[j]))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((truth[i], BLANK))
        else:
            j -= 1
            pairs.append((BLANK, read[j]))
    return pairs[::-1]


def cross_validate_lines(
    lines: Sequence[TypedLine],
    widths: Sequence[int],
    groups: Sequence[Hashable],
    keys: Sequence[Hashable],
    prior: Prior,
) -> tuple[Validation, list[int]]:
    """Test every fold of typed numbers; one example for each aligned character.

    widths: of each number's strip, in pixels. groups: (n), names of frames. keys: (n), equal for equal pixels: these
    are never split, and count once with one text. Returns what came, and of each example the number that it belongs to.
    An empty window that is read as empty is one example, right as 'blank'.
    Raises ReadoutError where their numbers differ.
    """
    if not len(lines) == len(widths) == len(groups) == len(keys):
        raise ReadoutError(
            f"every typed number has a width, a group and a key, got {len(lines)} numbers, {len(widths)} widths, "
            f"{len(groups)} groups and {len(keys)} keys: give one each"
        )
    texts = [line.text.replace(" ", "") for line in lines]
    group = connected_groups(groups, keys)
    fold = split(group, np.zeros(len(lines), int))
    count = int(fold.max(initial=-1)) + 1
    pairs: list[tuple[int, str, str, float]] = []
    for number in range(count):
        head, _ = fit_lines([line for line, at in zip(lines, fold.tolist(), strict=True) if at != number], prior)
        decoder = LineDecoder(head)
        for k in np.flatnonzero(fold == number).tolist():
            [found] = decoder.decode(lines[k].row[None], widths[k])
            aligned = align_texts(texts[k], found.texts[0]) or [(BLANK, BLANK)]
            pairs += [(k, truth, read, found.probabilities[0]) for truth, read in aligned]
    owners = [owner for owner, *_ in pairs]
    classes = sorted({*prior.output_classes.tolist(), *(each for _, *both, _ in pairs for each in both)})
    index = {label: k for k, label in enumerate(classes)}
    probabilities = np.zeros((len(pairs), len(classes)), np.float32)
    for row, (_, _, read, sure) in enumerate(pairs):
        probabilities[row, index[read]] = max(float(sure), LEAST_PROBABILITY)
    seen: dict[Hashable, int] = {}
    first = [seen.setdefault((keys[k], texts[k]), k) == k for k in owners]
    tested = np.ones(len(pairs), bool)
    own = group[owners] if owners else np.empty(0, int)
    labels = [truth for _, truth, _, _ in pairs]
    return Validation(classes, labels, probabilities, tested, np.array(first, bool), own, count, count), owners


def merge(one: Validation, other: Validation) -> Validation:
    """Both as one. Groups of the two are counted apart, though one frame may be in both."""
    classes = sorted({*one.classes, *other.classes})
    parts = []
    for each in (one, other):
        wide = np.zeros((len(each.labels), len(classes)), np.float32)
        wide[:, [classes.index(label) for label in each.classes]] = each.probabilities
        parts.append(wide)
    return Validation(
        classes,
        [*one.labels, *other.labels],
        np.concatenate(parts),
        np.concatenate([one.tested, other.tested]),
        np.concatenate([one.counted, other.counted]),
        np.concatenate([one.group, other.group + one.group.max(initial=-1) + 1]),
        one.done + other.done,
        one.folds + other.folds,
    )
