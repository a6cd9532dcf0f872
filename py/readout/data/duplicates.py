"""Examples that show the same."""

from collections import defaultdict
from collections.abc import Sequence

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
