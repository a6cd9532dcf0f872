"""Labelled crops."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..imaging.crops import Crop


@dataclass(frozen=True, eq=False)
class Example:
    """One labelled picture. `source` is its path inside the dataset, as in 'training/3/7.png'."""

    source: str
    label: str
    crop: Crop


def labels_of(examples: Sequence[Example]) -> list[str]:
    """The labels of examples, in their order."""
    return [example.label for example in examples]
