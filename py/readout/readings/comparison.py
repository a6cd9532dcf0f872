"""What frames say of each other: values caught while changing, values that jump, and second looks.

A state is a run of frames that were read alike. How long states last and how far they step is learned from the table
itself, by quantiles that a few misreadings don't move. A state is brief where it lasts a fraction of the usual length
and stands between two longer ones. What is brief and mixes the digits of both was caught while the display changed:
blended, interlaced or by a rolling shutter. What leaves its neighbours by more than states usually step, while these
agree with each other, has jumped. A change that lasts is believed: scoreboards, resets and wraps are no jumps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .end_letters import reads_letters
from .line_column import AnyColumn
from .neighbours import Neighbours
from .own_account import chances
from .reading import BITS, CHANGING, CUT, DISPUTED, DOUBT_BITS, JUMP, NO_VALUE, TURNED, is_legible
from .shared_evidence import agreed, share
from .states import NO_STATE, Chain, States, is_mixture
from .unit_changes import of_another_scale

STEADY = 4
"""Frames that states usually last from which on a brief one needs no further sign to be flagged."""
MIXED = 0.6
"""Where states are shorter, the share of the brief ones that must be mixtures: else the display is that fast."""
USUAL, BEYOND = 0.85, 4.0
"""A jump is larger than so many times this quantile of the steps."""
STEPS = 5
"""Steps from which on something is learned of them."""
RISING = 0.98
"""The share of the steps that rise in a number that only rises,"""
RISING_STEPS = 20
"""of at least so many."""
DOUBTS = 4.0
"""A brief state at an end of a series has one neighbour: it is flagged if its doubt is so many times the usual,"""
LEAST_DOUBT = 0.02
"""and more than this."""
GLANCE, SELDOM = 0.13, 0.25
"""Seconds within which, and the share of a state's frames in which, ink that looks like more of a number is none."""
BY_INK = np.uint16(BITS["unknown"] | BITS[CUT])
FLAGGED = 0.9
"""The probability that a reading is wrong which is flagged here, disputed by the reader of windows, or turned."""


def compare(
    column: AnyColumn,
    times: Sequence[float | None] = (),
    sources: Sequence[int] | np.ndarray | None = None,
    view: str = "",
) -> Neighbours:
    """Compare the readings of a column, in the order of time.

    times: seconds, one a frame, or none. sources: int (F,), which clip or folder each frame is of: frames of two are no
    neighbours. view: in which the numbers are clearer than in the stated one: then none is confirmed.
    """
    rows, F = np.flatnonzero(column.given), len(column)
    values, confirmed = column.read_values.copy(), np.zeros(F, bool)
    confidence, flags = column.read_confidence.astype(float), column.read_flags
    taken: dict[int, str] = {}
    around: dict[int, tuple[str, str]] = {}
    off, reach = np.zeros(F, bool), np.inf
    right = chances(column)
    if len(rows):
        states = States.of(column, rows, values, np.zeros(F, int) if sources is None else np.asarray(sources))
        confidence, flags = share(states, column)
        right = agreed(states, column, right, confidence)
        flags = _cut_alike(states, _without_glances(states, flags, times))
        changing = _changing(states, column)
        jumps, reach = _jumps(states, changing, _clock(rows, times))
        for bit, found in ((BITS[CHANGING], changing), (BITS[JUMP], jumps)):
            for k, (before, after, *_) in found.items():
                flags[states.rows(k)] |= bit
                off[states.rows(k)] = True
                around.update(dict.fromkeys(states.rows(k).tolist(), (states.text(before), states.text(after))))
        for k, (_, _, like) in changing.items():
            values[states.rows(k)] = states.values[like]
            taken.update(dict.fromkeys(states.rows(k).tolist(), states.texts[like]))
        flags[list(taken)] &= ~np.uint16(BITS[NO_VALUE])
        shows = np.array(list(map(is_legible, states.texts)), bool)
        confirmed[rows] = np.repeat((states.lengths > 1) & shows, states.lengths)
        other = np.repeat(of_another_scale(states, column), states.lengths)
        other |= reads_letters(column)[rows]
        flags[rows] |= bool(view) * BITS[TURNED] | other * np.uint16(BITS["unknown"])
        off |= flags & (BITS[DISPUTED] | BITS[TURNED]) > 0
        confirmed &= ~off & (flags & DOUBT_BITS == 0)
    wrong = np.where(column.given, 1.0 - right, 0.0)
    wrong[off] = np.maximum(wrong[off], FLAGGED)
    return Neighbours(flags, confidence, values, confirmed, wrong, taken, around, reach, view)


def _clock(rows: np.ndarray, times: Sequence[float | None]) -> np.ndarray:
    """When each row was; by its number where not all have a time."""
    if len(times) and all(times[row] is not None for row in rows):
        return np.array([times[row] for row in rows], float)
    return rows.astype(float)


def _without_glances(states: States, flags: np.ndarray, times: Sequence[float | None]) -> np.ndarray:
    """The flags, without BY_INK in a few frames of a clip's state between others that have neither: no display shows
    something for so short a while. The ground or a codec does."""
    found = flags.copy()
    for k in np.flatnonzero(states.lengths > 1 / SELDOM) if len(times) else ():
        rows = states.rows(k)
        clear = np.flatnonzero(flags[rows] & BY_INK == 0)
        if len(clear) < (1 - SELDOM) * len(rows):
            continue
        for first, last in pairwise(rows[clear].tolist()):
            began, ended = times[first], times[last]
            if began is not None and ended is not None and ended - began <= GLANCE:
                found[rows[(rows > first) & (rows < last)]] &= ~BY_INK
    return found


def _cut_alike(states: States, flags: np.ndarray) -> np.ndarray:
    """The flags, with CUT for frames that were read like the next two, or the two before, where both have it: a digit
    that comes beside a window may be half as bright at first."""
    cut = flags[states.order] & BITS[CUT]
    state = np.repeat(np.arange(len(states)), states.lengths)
    two, spread = cut[1:] & cut[:-1], flags.copy()
    spread[states.order[2:]] |= two[:-1] * (state[2:] == state[:-2])
    spread[states.order[:-2]] |= two[1:] * (state[2:] == state[:-2])
    return spread


def _changing(states: States, column: AnyColumn) -> dict[int, tuple[int, int, int]]:
    """Brief states that are mixtures, with the longer ones before and behind them and which of these is taken."""
    found = {}
    for k, before, after in states.brief:
        if before != NO_STATE and after != NO_STATE and is_mixture(*map(states.text, (k, before, after))):
            found[k] = before, after, states.nearer(k, before, after, column)
    between = sum(NO_STATE not in around for _, *around in states.brief)
    return found if states.usual_length >= STEADY or len(found) >= MIXED * between else {}


def _jumps(
    states: States, changing: dict[int, tuple[int, int, int]], clock: np.ndarray
) -> tuple[dict[int, tuple[int, int]], float]:
    """States that leave their neighbours while these agree, with these; and how far a step goes, inf if unknown."""
    doubt = max(DOUBTS * states.usual_doubt, LEAST_DOUBT)
    found = {
        k: (before, after)
        for k, before, after in states.brief
        if k not in changing
        and (states.doubts[k] > doubt if NO_STATE in (before, after) else states.usual_length >= STEADY)
    }
    numbers = [k for k in range(len(states)) if k not in changing and np.isfinite(states.values[k])]
    lasting = [k for k in numbers if states.lengths[k] > 1]
    learned = lasting if 2 * len(lasting) >= len(numbers) else numbers
    pairs = [(a, b) for a, b in pairwise(learned) if states.sources[a] == states.sources[b]]
    steps = np.array([states.values[b] - states.values[a] for a, b in pairs])
    if np.count_nonzero(steps) < STEPS:
        return found, np.inf
    begun = clock[states.starts]
    usual = Usual.of(steps[steps != 0], float(np.median([begun[b] - begun[a] for a, b in pairs])))
    for count in (1, 2):
        chain = Chain(numbers, states.sources)
        for k in found:
            chain.remove(k)
        for k in sorted(numbers, key=lambda each: states.lengths[each]):
            group = chain.group(k, count)
            if group and usual.is_left(states, group, *(around := chain.beside(group)), begun):
                found.update(dict.fromkeys(group, around))
                for each in group:
                    chain.remove(each)
    return found, usual.reach


@dataclass(frozen=True)
class Usual:
    """What a number does from one state to the next. reach: how far it goes at most. rises: whether it only rises.
    span: seconds, or frames, that a state lasts."""

    reach: float
    rises: bool
    span: float

    @classmethod
    def of(cls, steps: np.ndarray, span: float) -> "Usual":
        """Learned from the steps between states, none of them 0."""
        reach = BEYOND * float(np.quantile(np.abs(steps), USUAL))
        return cls(reach, len(steps) >= RISING_STEPS and float(np.mean(steps > 0)) >= RISING, span)

    def is_left(self, states: States, group: list[int], before: int, after: int, begun: np.ndarray) -> bool:
        """Whether neighbouring states leave the ones around them, and come back. begun: when each state did."""
        values, first = states.values, group[0]
        if NO_STATE in (before, after):
            other = max(before, after)
            alone = other != NO_STATE and len(group) == 1 and states.lengths[first] == 1 < states.lengths[other]
            return bool(alone and abs(values[first] - values[other]) > self.reach)
        change = values[after] - values[before]
        allowed = self.reach * max(1.0, (begun[after] - begun[before]) / (len(group) + 1) / max(self.span, 1e-9))
        if abs(change) > allowed or states.lengths[group].sum() > states.lengths[[before, after]].sum():
            return False
        if all(min(abs(values[k] - values[before]), abs(values[after] - values[k])) > allowed for k in group):
            return True
        if len(group) > 1:
            return False
        if self.rises and change >= 0 and not values[before] <= values[first] <= values[after]:
            return True
        (digits, decimals), *others = map(states.shape, (first, before, after))
        return others[0] == others[1] and digits != others[0][0] and decimals != others[0][1]
