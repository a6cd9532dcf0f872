"""What linked readouts may show together in a frame."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .candidates import Candidates, Observed
from .rules import Linked, Range, scaled

FRAMES_PER_STEP = 256
"""How many frames are weighed at once, to bound the memory."""


Option = tuple[list[int], list[float], list[list[float]]]
"""Of one frame: combinations, their costs, and their values for each readout."""


@dataclass(frozen=True, eq=False)
class Combinations:
    """Every combination of the choices of some readouts in n frames.

    frames: (n,), indices. choices: by readout; all combinations are O, in the order of the choices, the last
    readout's fastest. cost: (n, O), the sum of the choices' costs, inf where a rule forbids the combination.
    """

    frames: np.ndarray
    choices: Mapping[str, Candidates]
    cost: np.ndarray

    @classmethod
    def of(
        cls,
        frames: np.ndarray,
        members: Mapping[str, Observed],
        rules: Sequence[Range | Linked],
        decimals: Mapping[str, int],
        count: int,
    ) -> Iterator["Combinations"]:
        """Of FRAMES_PER_STEP `frames` or fewer at a time. count: candidates of each readout. decimals: of each."""
        for start in range(0, len(frames), FRAMES_PER_STEP):
            part = frames[start : start + FRAMES_PER_STEP]
            choices = {name: member.choices(part, count) for name, member in members.items()}

            def grid(name: str, array: np.ndarray) -> np.ndarray:
                """(n, K + 1) or (n, 1), along the readout's own axis."""
                others = [1] * len(members)
                others[list(members).index(name)] = array.shape[1]
                return array.reshape(len(array), *others)

            values = {name: grid(name, own.values) for name, own in choices.items()}
            certain = {name: grid(name, member.certain[part, None]) for name, member in members.items()}
            cost = functools.reduce(np.add, (grid(name, own.cost) for name, own in choices.items()))
            cost = np.where(forbidden(rules, values, certain, decimals), np.inf, cost)
            yield cls(part, choices, cost.reshape(len(part), -1))

    @property
    def shape(self) -> tuple[int, ...]:
        """How many choices each readout has."""
        return tuple(own.cost.shape[1] for own in self.choices.values())

    @cached_property
    def cheapest(self) -> np.ndarray:
        """The combination of least cost: int (n,). It is never a forbidden one."""
        return self.cost.argmin(axis=1)

    @cached_property
    def lead(self) -> np.ndarray:
        """How much more the second cheapest costs: (n,)."""
        least, second = np.partition(self.cost, 1, axis=1)[:, :2].T
        return second - least

    def options(self, places: Mapping[str, int], held: np.ndarray) -> list[Option]:
        """For each frame what a sequence of some of the readouts may hold.

        That is, the combinations, their costs and their values (R) in units of 10^-places: of those that
        differ in the other readouts only the cheapest, and where `held` (n,) only the cheapest of all.
        """
        names = list(self.choices)
        axes = [names.index(name) for name in places] + [k for k, name in enumerate(names) if name not in places]
        sizes = [self.shape[names.index(name)] for name in places]
        index = np.arange(self.cost.shape[1]).reshape(self.shape).transpose(axes).reshape(int(np.prod(sizes)), -1)
        best = self.cost[:, index].argmin(axis=2)
        index = index[np.arange(len(index)), best]
        cost = np.take_along_axis(self.cost, index, axis=1)
        usable = np.where(held[:, None], index == self.cheapest[:, None], cost < np.inf)
        values = np.empty((*cost.shape, len(sizes)))
        for k, (name, decimals) in enumerate(places.items()):
            rank = np.unravel_index(np.arange(cost.shape[1]), sizes)[k]
            values[:, :, k] = scaled(self.choices[name].values, decimals)[:, rank]
        ends = np.cumsum(usable.sum(axis=1)).tolist()
        flat = index[usable].tolist(), cost[usable].tolist(), values[usable].tolist()
        return [tuple(column[a:b] for column in flat) for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def forbidden(
    rules: Sequence[Range | Linked],
    values: Mapping[str, np.ndarray],
    certain: Mapping[str, np.ndarray],
    decimals: Mapping[str, int],
) -> np.ndarray:
    """Where values, by readout and of shapes that broadcast, break a rule, unless all that it is about are certain."""
    result = np.zeros(np.broadcast_shapes(*(value.shape for value in values.values())), bool)
    for rule in rules:
        typed = certain[rule.readouts[0]]
        for name in rule.readouts[1:]:
            typed = typed & certain[name]
        result |= rule.broken(values, decimals) & ~typed
    return result
