"""The decoder against every sequence there is."""

import math
from itertools import product

import numpy as np
import pytest

from readout.rules.viterbi import decode, unsettled

NAN = math.nan


def price(steps, path, start, fall, rise, break_cost):
    """What a path costs: its options, and a break_cost for every frame with a value out of reach of the last one."""
    last = [(-1, value) for value in start]
    total = 0.0
    for frame, ((costs, values), option) in enumerate(zip(steps, path, strict=True)):
        exceeds_limit = False
        for k, value in enumerate(values[option]):
            if math.isnan(value):
                continue
            since, before = last[k]
            if not math.isnan(before):
                gap = frame - since
                exceeds_limit |= value < before - fall[k] * gap or value > before + rise[k] * gap
            last[k] = (frame, value)
        total += costs[option] + break_cost * exceeds_limit
    return total


def random_steps(rng, frames, readouts):
    """Frames with up to four options; sometimes none of them passes over the frame."""
    steps = []
    for _ in range(frames):
        values = rng.integers(0, 7, (rng.integers(1, 4), readouts)).astype(float)
        costs = rng.exponential(2, len(values)).round(2)
        if readouts > 1:  # one option in which a readout is missing
            values[-1, rng.integers(readouts)] = NAN
        if rng.random() < 0.8:
            values = np.vstack([values, np.full(readouts, NAN)])
            costs = np.append(costs, rng.exponential(3))
        steps.append((costs.tolist(), values.tolist()))
    return steps


@pytest.mark.parametrize("readouts", [1, 2])
@pytest.mark.parametrize("seed", range(60))
def test_no_sequence_is_cheaper(seed, readouts):
    rng = np.random.default_rng(seed)
    steps = random_steps(rng, 5, readouts)
    start = [NAN if rng.random() < 0.5 else float(rng.integers(0, 7)) for _ in range(readouts)]
    fall, rise = rng.choice([0, 1, 2, math.inf], (2, readouts)).tolist()
    break_cost = float(rng.choice([1, 3, 10]))
    limits = start, fall, rise, break_cost
    found = price(steps, decode(steps, *limits), *limits)
    every = product(*(range(len(costs)) for costs, _ in steps))
    assert found == pytest.approx(min(price(steps, path, *limits) for path in every))


def test_no_frames_make_no_path():
    assert decode([], [NAN], [1.0], [1.0], 10.0) == []


def cheapest(step):
    return int(np.argmin(step[0]))


def decode_parts(steps, fall, rise, break_cost):
    """Hold every frame's cheapest option, and decode only the unsettled parts: the path and the frames decoded."""
    values = np.array([values[cheapest(step)] for step in steps for values in [step[1]]])
    exceeds_limit = np.zeros(len(steps), bool)
    for k in range(values.shape[1]):
        numbers = np.flatnonzero(~np.isnan(values[:, k]))
        before, after, gap = values[numbers[:-1], k], values[numbers[1:], k], np.diff(numbers)
        exceeds_limit[numbers[1:]] |= (after < before - fall[k] * gap) | (after > before + rise[k] * gap)
    deviation = np.array([np.diff(np.sort([*costs, math.inf])[:2])[0] for costs, _ in steps])
    parts = unsettled(exceeds_limit, ~np.isnan(values).any(axis=1), deviation, break_cost * values.shape[1])
    path = [cheapest(step) for step in steps]
    for a, b in parts:
        part = steps[a + 1 : b]
        if b < len(steps):
            costs, held = steps[b]
            part = [*part, ([costs[path[b]]], [held[path[b]]])]
        start = values[a].tolist() if a >= 0 else [NAN] * values.shape[1]
        path[a + 1 : b] = decode(part, start, fall, rise, break_cost)[: b - a - 1]
    return path, sum(b - a - 1 for a, b in parts)


@pytest.mark.parametrize("readouts", [1, 2])
@pytest.mark.parametrize("seed", range(40))
def test_decoding_only_the_unsettled_parts_costs_no_more(seed, readouts):
    rng = np.random.default_rng(seed)
    steps = random_steps(rng, 60, readouts)
    for frame in range(60):  # mostly calm, so that much is settled
        if rng.random() < 0.85:
            steps[frame] = ([0.0, 4.0], [[3.0] * readouts, [NAN] * readouts])
    limits = rng.choice([0, 1, 2], (2, readouts)).tolist()
    nothing = [NAN] * readouts
    path, decoded = decode_parts(steps, *limits, 6.0)
    whole = decode(steps, nothing, *limits, 6.0)
    assert price(steps, path, nothing, *limits, 6.0) == pytest.approx(price(steps, whole, nothing, *limits, 6.0))
    assert decoded <= 60


def departures(frames, *at):
    return np.isin(np.arange(frames), at)


PARTS = [
    # departures of 100 frames, frames without a value, deviation, the parts when a break_cost costs 2
    ([], [], 1, []),
    ([50], [], 1, [(47, 52)]),
    ([50], [], 2.5, [(49, 50)]),
    ([50], [49, 48, 51], 1, [(45, 53)]),
    ([50, 58], [], 1, [(47, 52), (55, 60)]),
    ([50, 53], [], 1, [(47, 55)]),
    ([50], [], 0.01, [(-1, 100)]),
    ([1], [], 1, [(-1, 3)]),
    ([99], [], 1, [(96, 100)]),
]


@pytest.mark.parametrize(("at", "without", "deviation", "parts"), PARTS)
def test_what_is_left_unsettled(at, without, deviation, parts):
    full = ~departures(100, *without)
    assert unsettled(departures(100, *at), full, np.full(100, deviation), 2.0) == parts
