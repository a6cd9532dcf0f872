"""Examples that show the same."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from .examples import Example


def duplicates(examples: Sequence[Example]) -> list[list[int]]:
    """Indices of the examples whose pixels are equal, two or more: every group ascending, groups by their first."""
    groups = defaultdict(list)
    for index, example in enumerate(examples):
        groups[example.crop.key].append(index)
    return [group for group in groups.values() if len(group) > 1]


def conflicts(examples: Sequence[Example]) -> list[list[int]]:
    """The `duplicates` that do not all have the same label: at least one of those labels is wrong."""
    return [group for group in duplicates(examples) if len({examples[k].label for k in group}) > 1]


def connected_groups(*keys: Sequence[Hashable]) -> np.ndarray:
    """Groups of things that are linked by sharing any of their keys: int (n,), from 0 by first appearance.

    keys: one sequence (n) for each kind of key. Things that share none directly are in one group where others
    link them. Union-find with path halving: Tarjan and van Leeuwen 1984, Worst-case analysis of set union algorithms.
    """
    parent = list(range(len(keys[0]))) if keys else []

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for kind in keys:
        first: dict[Hashable, int] = {}
        for k, key in enumerate(kind):
            a, b = root(first.setdefault(key, k)), root(k)
            parent[max(a, b)] = min(a, b)
    roots = [root(k) for k in range(len(parent))]
    return np.unique(roots, return_inverse=True)[1].astype(int)
