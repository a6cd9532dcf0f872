"""Repairs against every sequence there is, on readings that nobody could trust."""

import math
from itertools import product

import numpy as np
import pytest

from readout.layout.layout import Readout
from readout.readings.column import Column
from readout.rules.candidates import LEAST_DISMISSAL, NONE, TIE
from readout.rules.repair import JUMP, repair
from readout.rules.rules import Linked, Range, Rising, Step


def doubtful_columns(rng, frames, boxes=2, rivals=2, classes=10):
    """Readings of two readouts at random, with up to `rivals` others for each box."""
    result = {}
    for name in ("top", "bottom"):
        p = rng.dirichlet(np.full(rivals + 1, 0.5), (frames, boxes))
        probabilities = np.zeros((frames, boxes, classes), np.float32)
        for f, b in product(range(frames), range(boxes)):
            probabilities[f, b, rng.choice(classes, rivals + 1, replace=False)] = p[f, b]
        readout = Readout(name, "#" * boxes, ((0.0, 0.0, 1.0, 1.0),) * boxes)
        given = rng.random(frames) < 0.9
        probabilities[~given] = 0
        labels = list("0123456789"[:classes])
        result[name] = Column.dense(readout, labels, probabilities, np.zeros((frames, boxes), np.float32), given)
    return result


RANDOM_RULES = [
    [Range("top", 20, 70), Rising("top")],
    [Step("top", 8), Range("top", max=90)],
    [Step("top", 15), Rising("top")],
    [Linked({"top": 1, "bottom": -1}, 10, 5)],
    [Linked({"top": 1, "bottom": -1}, 10, 20), Rising("top")],
    [Linked({"top": 1, "bottom": -1}, 2, 2), Step("top", 1), Step("bottom", 1)],
    [Linked({"top": 1, "bottom": -1}, 2, 3), Rising("top"), Step("bottom", 2), Range("bottom", 1)],
]


def choices(column, frame, typed):
    """The choices of a frame by their definition: value (None to pass over) to cost."""
    if typed is not None:
        return {float(typed): 0.0}
    if not column.given[frame]:
        return {None: 0.0}
    p = column.probabilities[frame].astype(float)
    chance = {
        float("".join(column.classes[k] for k in row)): math.prod(p[b, k] for b, k in enumerate(row))
        for row in product(range(p.shape[1]), repeat=len(p))
    }
    read = float(column.texts[frame])
    result = {v: max(math.log(chance[read] / c), TIE) for v, c in chance.items() if c >= NONE and v != read}
    ranked = sorted(result, key=result.get)[:7]
    return {read: 0.0, **{v: result[v] for v in ranked}, None: max(math.log(chance[read] / NONE), LEAST_DISMISSAL)}


def obeys(rules, values, typed):
    """Whether the values of one frame obey the rules within it."""
    for rule in rules:
        seen = [values[name] for name in rule.readouts]
        certain = all(typed.get(name) is not None for name in rule.readouts)
        if isinstance(rule, Rising | Step) or None in seen or certain:
            continue
        if isinstance(rule, Range):
            low, high = -math.inf if rule.min is None else rule.min, math.inf if rule.max is None else rule.max
            if not low <= seen[0] <= high:
                return False
        elif abs(sum(k * v for (_, k), v in zip(rule.terms, seen, strict=True)) - rule.equals) > rule.tolerance:
            return False
    return True


def exceeds_limit(rules, name, gap, before, after):
    return any(
        after < before if isinstance(rule, Rising) else abs(after - before) > rule.most * gap
        for rule in rules
        if isinstance(rule, Rising | Step) and rule.readout == name
    )


def cheapest_cost(columns, rules, typed, frames):
    """The least cost of all sequences, frame by frame over every history of last values: no pruning, no shortcut."""
    names = sorted({name for rule in rules for name in rule.readouts})
    histories = {tuple((None, None) for _ in names): 0.0}
    for frame in range(frames):
        said = {name: typed.get((name, frame)) for name in names}
        options = [choices(columns[name], frame, said[name]) for name in names]
        following = {}
        for values in product(*options):
            if not obeys(rules, dict(zip(names, values, strict=True)), said):
                continue
            own = sum(option[value] for option, value in zip(options, values, strict=True))
            for history, cost in histories.items():
                jumps, last = False, []
                for name, (since, before), value in zip(names, history, values, strict=True):
                    if value is not None and before is not None:
                        jumps |= exceeds_limit(rules, name, frame - since, before, value)
                    last.append((since, before) if value is None else (frame, value))
                total = cost + own + JUMP * jumps
                last = tuple(last)
                following[last] = min(total, following.get(last, math.inf))
        histories = following
    return min(histories.values())


def cost_of(columns, rules, typed, decoded, frames):
    names = sorted({name for rule in rules for name in rule.readouts})
    total, last = 0.0, {}
    for frame in range(frames):
        values = {name: None if math.isnan(v := decoded[name][frame]) else v for name in names}
        said = {name: typed.get((name, frame)) for name in names}
        assert obeys(rules, values, said)
        jumps = False
        for name, value in values.items():
            total += choices(columns[name], frame, said[name])[value]
            if value is not None:
                if name in last:
                    jumps |= exceeds_limit(rules, name, frame - last[name][0], last[name][1], value)
                last[name] = (frame, value)
        total += JUMP * jumps
    return total


@pytest.mark.parametrize("rules", RANDOM_RULES, ids=lambda rules: ", ".join(rule.name for rule in rules))
@pytest.mark.parametrize("seed", range(6))
def test_no_sequence_that_obeys_is_more_probable(rules, seed):
    rng = np.random.default_rng(seed)
    frames = 8
    both = sum(isinstance(rule, Rising | Step) and rule.readout == "bottom" for rule in rules)
    columns = doubtful_columns(rng, frames, *((1, 1) if both else (2, 2)))  # of two limited readouts few are exact
    typed = {("top", 3): "4"} if seed % 2 else {}
    outcome = repair(columns, rules, typed)
    found = cost_of(columns, rules, typed, outcome.decoded, frames)
    assert found == pytest.approx(cheapest_cost(columns, rules, typed, frames), abs=1e-5)
    for name, flags in outcome.flags.items():
        read = ~np.isnan(columns[name].values)
        kept = outcome.decoded[name] == columns[name].values
        suspect = {frame for (_, frame) in typed} | set(np.flatnonzero(~read | kept))
        for frame in set(range(frames)) - suspect:
            assert any(up[frame] for up in flags.values()), "a reading that is not kept breaks a rule"


def test_repairs_are_the_same_every_time_and_touch_nothing():
    rng = np.random.default_rng(5)
    columns = doubtful_columns(rng, 200, classes=6)
    before = {name: (column.probabilities.copy(), list(column.texts)) for name, column in columns.items()}
    rules = [Rising("top"), Step("bottom", 9), Linked({"top": 1, "bottom": -1}, 3, 20)]
    one, two = repair(columns, rules, {}), repair(dict(reversed(columns.items())), rules, {})
    for name, flags in one.flags.items():
        assert flags.keys() == two.flags[name].keys()
        assert all((up == two.flags[name][rule]).all() and up.any() for rule, up in flags.items())
    assert one.repairs == two.repairs != {}
    for name, (probabilities, shown) in before.items():
        assert (columns[name].probabilities == probabilities).all()
        assert columns[name].texts == shown
        assert all(made.text != shown[frame] for frame, made in one.repairs[name].items())
        assert all(made.probability >= NONE * 0.999 for made in one.repairs[name].values())
