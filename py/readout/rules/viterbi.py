"""The most probable sequence under limits on how far values may move.

The search is Viterbi's over all frames, with two liberties that keep it from getting stuck: a frame may be
passed over at a cost, then what follows is held against the last value before; and any limit may be broken
at the cost `break_cost`, once for all limits in a frame, then what follows is held against the new value.
A. J. Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding algorithm", 1967.

It is plain Python: a frame has few options and few states, too few for numpy to gain anything.
"""

import math
from collections.abc import Iterable, Sequence
from operator import itemgetter, lt
from typing import Any

import numpy as np

WIDTH = 100
"""How many states are kept at once. With one limited readout the answer is exact as long as no frame needs more,
which takes a long run of doubtful frames; there only the WIDTH best go on."""
RIVALS = 4
"""With how many better states each one is compared, to drop it."""
PARTIAL = 2
"""How many options are looked at that lack the same readouts. With several limited readouts the answer is the best
among these, and no detour is followed that costs as much as a break; each of them can still go on from anywhere."""
SLACK = 1e-6


State = tuple[float, ...]
"""Two numbers a readout, see `decode`."""
Trail = Any
"""What a sequence held before, newest first: (trail, frame, option), or None."""
Stand = tuple[float, State, Trail]
"""A cost, a state, and how it came about."""


def decode(
    steps: Iterable[tuple[Sequence[float], Sequence[Sequence[float]]]],
    start: Sequence[float],
    fall: Sequence[float],
    rise: Sequence[float],
    break_cost: float,
) -> list[int]:
    """The cheapest option of each frame.

    steps: for each frame the costs (O,) of its options, and their values (O, R), NaN where an option has no
    value for one of the R readouts; at most one has none at all. start: the values (R,) of the frame before,
    NaN where there is none. fall, rise: (R,), how far values may move in a frame; inf sets no limit.

    With limits in proportion to the frames between, a value v in frame f stands as the numbers v + fall f and
    rise f - v: a later one is within reach if neither of its numbers is less. These, for each readout, are a
    state. Costs are counted less what passing over all frames would cost, so that passing over changes no state.
    """
    speeds = list(zip(fall, rise, strict=True))
    states: list[Stand] = [(0.0, _state(start, -1, speeds, -math.inf), None)]
    path = []
    for frame, (costs, values) in enumerate(steps):
        whole: list[tuple[float, int, State]] = []
        partial: dict[tuple[bool, ...], list[tuple[float, int, State]]] = {}
        idle = -1
        for option, value in enumerate(values):
            missing = tuple([v != v for v in value])
            if all(missing):
                idle = option
                continue
            alike = partial.setdefault(missing, []) if any(missing) else whole
            alike.append((costs[option], option, _state(value, frame, speeds, math.inf)))
        passing = costs[idle] if idle >= 0 else 0.0
        path.append(idle)
        found: dict[State, tuple[float, Trail]] = {}
        best = math.inf if idle < 0 else states[0][0] + passing
        for cost, option, target in sorted(whole):  # one new state each, whichever it comes from
            least = math.inf
            trail: Trail = None
            worst = best + break_cost - cost
            for total, state, before in states:
                if total >= least or total >= worst:
                    break
                reached = total + break_cost * _exceeds_limit(state, target)
                if reached < least:
                    least, trail = reached, before
            if least < worst:
                best = min(best, least + cost)
                _add(found, least + cost - passing, target, (trail, frame, option))
        for cost, option, target in [few for alike in partial.values() for few in sorted(alike)[:PARTIAL]]:
            worst = best + break_cost - cost
            for total, state, before in states:
                if total >= worst:
                    break
                merged = tuple(old if new == math.inf else new for old, new in zip(state, target, strict=True))
                reached = total + break_cost * _exceeds_limit(state, target) + cost
                _add(found, reached - passing, merged, (before, frame, option))
        fresh = [(total, state, trail) for state, (total, trail) in found.items()]
        states = _worth_following(states if idle >= 0 else [], fresh, break_cost)
    trail = states[0][2]
    while trail is not None:
        trail, frame, option = trail
        path[frame] = option
    return path


def _state(values: Sequence[float], frame: int, speeds: Sequence[tuple[float, float]], missing: float) -> State:
    state: list[float] = []
    for value, (fall, rise) in zip(values, speeds, strict=True):
        if value != value:
            state += missing, missing
        else:
            state.append(-math.inf if fall == math.inf else value + fall * frame)
            state.append(-math.inf if rise == math.inf else rise * frame - value)
    return tuple(state)


def _exceeds_limit(state: State, target: State) -> bool:
    return any(map(lt, target, state))


def _add(found: dict[State, tuple[float, Trail]], total: float, state: State, trail: Trail) -> None:
    known = found.get(state)
    if known is None or total < known[0]:
        found[state] = total, trail


def _worth_following(old: list[Stand], fresh: list[Stand], break_cost: float) -> list[Stand]:
    """States by cost, without those that cannot win: a cheaper state can go on as any other does, at the cost of
    one break where it does not reach as far. Old ones were compared with each other before."""
    fresh.sort(key=itemgetter(0))
    merged = sorted(old + fresh, key=itemgetter(0))
    new = {id(item) for item in fresh}
    kept: list[Stand] = []
    better: list[Stand] = []
    worst = merged[0][0] + break_cost
    for item in merged:
        total, state, _ = item
        if total >= worst:
            break
        is_new = id(item) in new
        for rival, reach, _ in kept[:RIVALS] if is_new else better:
            if rival + break_cost * _exceeds_limit(reach, state) <= total:
                break
        else:
            kept.append(item)
            if is_new and len(better) < RIVALS:
                better.append(item)
            if len(kept) == WIDTH:
                break
    return kept


def unsettled(exceeds_limit: np.ndarray, full: np.ndarray, deviation: np.ndarray, most: float) -> list[tuple[int, int]]:
    """The parts of a sequence that have to be decoded, as (a, b): the frames strictly between a and b.

    All frames hold their cheapest choice to begin with, and a and b hold it in a cheapest sequence, too; or they
    are -1 and F, the ends. exceeds_limit: bool (F,), where the cheapest choice is out of reach from the one before.
    full: bool (F,), where it has a value for every limited readout. deviation: (F,), the least that any other
    choice costs more. most: what breaking the limits of all readouts at once costs.

    Cut the sequence where a choice exceeds the limit. The cheapest choices of a stretch all go together. So if a
    cheapest sequence holds the choices of two full frames, it can hold all between, and differs from a stretch only at
    its beginning and at its end. To hold those, too, would break limits on entering or on leaving the stretch, at a
    cost of `most` each, so the full frames' deviations add up to no more there, and to no more than twice that if it
    differs in the whole stretch. Frames further inside hold for certain. Before the first stretch and after the last
    one there is nothing to break.
    """
    F = len(exceeds_limit)
    starts = np.flatnonzero(exceeds_limit)
    if not len(starts):
        return []
    first = np.concatenate([[0], starts])
    last = np.append(starts, F) - 1
    stretch = np.cumsum(exceeds_limit)
    paid = np.concatenate([[0], np.cumsum(np.where(full, np.minimum(deviation, most + 1), 0))])
    from_start = paid[1:] - paid[first][stretch]
    from_end = paid[last + 1][stretch] - paid[:-1]
    entered, left = (stretch > 0) * (most + SLACK), (stretch < stretch[-1]) * (most + SLACK)
    total = (paid[last + 1] - paid[first])[stretch]
    held = np.flatnonzero((from_start > entered) & (from_end > left) & (total > entered + left) & full)
    ends = np.concatenate([[-1], held, [F]])
    part = np.concatenate([[0], stretch[held], [stretch[-1]]])
    return [(int(ends[k]), int(ends[k + 1])) for k in np.flatnonzero(part[1:] != part[:-1])]
