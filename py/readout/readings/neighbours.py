"""What frames say of each other: values caught while changing, values that leave what the number does, and second looks.

A state is a run of frames that were read alike. How long states last and how far they step is learned from the table
itself, by quantiles that a few misreadings don't move. A state is brief where it lasts a fraction of what states usually
last and stands between two longer ones. What is brief and mixes the digits of both was caught while the display changed:
blended, interlaced or by a rolling shutter. What leaves its neighbours by more than states usually step, while these
agree with each other, has jumped. A change that lasts is believed: scoreboards, resets and wraps are no jumps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .line_column import AnyColumn
from .states import NO_STATE, Chain, States, is_mixture

CHANGING, JUMP = "changing", "jump"
NEIGHBOUR_FLAGS = (CHANGING, JUMP)
"""Bit k of `Neighbours.flags` is NEIGHBOUR_FLAGS[k]."""
BRIEF = 6
"""A state is brief up to this fraction of the usual length, and at one frame."""
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
"""At the ends of a series there is one neighbour: a brief state is flagged there if it is so much less sure than usual,"""
LEAST_DOUBT = 0.02
"""and less sure than this."""
JUMPED = 0.9
"""The probability that a reading which jumped is wrong."""
CONFIRMED = 0.25
"""How much less often a confirmed reading is wrong than its confidence says."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What the other frames say of F readings of one readout.

    flags: uint8 (F,), see NEIGHBOUR_FLAGS. values: float64 (F,), as read; of a reading that is `changing`, that of one
    of the two states it stands between, and `taken` says by row which text that is. confirmed: bool (F,), whether the
    frame before or behind it was read alike, and nothing is flagged here. wrong: float64 (F,), the probability that the
    reading is wrong. around: of a flagged row the texts of the states before and behind it, '' beyond the ends.
    """

    flags: np.ndarray
    values: np.ndarray
    confirmed: np.ndarray
    wrong: np.ndarray
    taken: dict[int, str] = field(default_factory=dict)
    around: dict[int, tuple[str, str]] = field(default_factory=dict)
    reach: float = np.inf

    def words(self, row: int) -> tuple[str, ...]:
        """The flags of a row."""
        return tuple(flag for bit, flag in enumerate(NEIGHBOUR_FLAGS) if self.flags[row] >> bit & 1)


def compare(
    column: AnyColumn, times: Sequence[float | None] = (), sources: Sequence[int] | np.ndarray | None = None
) -> Neighbours:
    """Compare the readings of a column, in the order of time.

    times: seconds, one a frame, or none. sources: int (F,), which clip or folder each frame is of: frames of two are no
    neighbours.
    """
    rows = np.flatnonzero(column.given)
    values = np.asarray(column.values, float).copy()
    flags, confirmed = np.zeros(len(column), np.uint8), np.zeros(len(column), bool)
    wrong = np.where(column.given, 1.0 - np.asarray(column.confidence, float), 0.0)
    found = Neighbours(flags, values, confirmed, wrong)
    if not len(rows):
        return found
    origin = np.zeros(len(column), int) if sources is None else np.asarray(sources)
    states = States.of(column, rows, values, origin)
    changing = _changing(states, column)
    jumps, reach = _jumps(states, changing, _clock(rows, times))
    for k, (before, after, taken) in changing.items():
        if k in jumps and taken == NO_STATE:
            continue
        _raise(found, states, k, 0, before, after)
        if taken != NO_STATE:
            values[states.rows(k)] = states.values[taken]
            found.taken.update(dict.fromkeys(states.rows(k).tolist(), states.texts[taken]))
    for k, (before, after) in jumps.items():
        if k not in changing or changing[k][2] == NO_STATE:
            _raise(found, states, k, 1, before, after)
    confirmed[rows] = np.repeat(states.lengths > 1, states.lengths)
    confirmed &= (flags == 0) & np.array([bool(text.strip()) for text in column.texts], bool)
    wrong[confirmed] *= CONFIRMED
    wrong[flags > 0] = np.maximum(wrong[flags > 0], JUMPED)
    return Neighbours(flags, values, confirmed, wrong, found.taken, found.around, reach)


def _raise(found: Neighbours, states: States, k: int, bit: int, before: int, after: int) -> None:
    rows = states.rows(k)
    found.flags[rows] |= 1 << bit
    texts = tuple("" if each == NO_STATE else states.texts[each] for each in (before, after))
    found.around.update(dict.fromkeys(rows.tolist(), texts))


def _clock(rows: np.ndarray, times: Sequence[float | None]) -> np.ndarray:
    """When each row was; by its number where not all have a time."""
    if len(times) and all(times[row] is not None for row in rows):
        return np.array([times[row] for row in rows], float)
    return rows.astype(float)


def _changing(states: States, column: AnyColumn) -> dict[int, tuple[int, int, int]]:
    """Brief states, with the longer ones before and behind them and which of these is taken.

    NO_STATE is taken where a state is no mixture of both, and stands beyond the ends of a series.
    """
    usual = states.usual_length
    if usual < 2:
        return {}
    longest = max(1, int(usual) // BRIEF)
    found: dict[int, tuple[int, int, int]] = {}
    mixed: list[bool] = []
    doubt = max(DOUBTS * states.usual_doubt, LEAST_DOUBT)
    for group in states.brief_groups(longest):
        before, after = states.beside(group)
        for k in group:
            text = states.texts[k]
            if not text.strip() or text in (states.text(before), states.text(after)):
                continue
            if NO_STATE in (before, after):
                if max(before, after) != NO_STATE and states.doubts[k] > doubt:
                    found[k] = before, after, NO_STATE
                continue
            is_mixed = states.text(before) != states.text(after) and is_mixture(
                text, states.text(before), states.text(after)
            )
            mixed.append(is_mixed)
            taken = states.nearer(k, before, after, column) if is_mixed else NO_STATE
            if is_mixed or usual >= STEADY:
                found[k] = before, after, taken
    if usual < STEADY and mixed and np.mean(mixed) < MIXED:
        return {}
    return found


def _jumps(
    states: States, changing: dict[int, tuple[int, int, int]], clock: np.ndarray
) -> tuple[dict[int, tuple[int, int]], float]:
    """States that leave their neighbours while these agree, with these; and how far a step may go."""
    found = {k: (before, after) for k, (before, after, taken) in changing.items() if taken == NO_STATE}
    numbers = [k for k in range(len(states)) if k not in changing and np.isfinite(states.values[k])]
    lasting = [k for k in numbers if states.lengths[k] > 1]
    learned = lasting if 2 * len(lasting) >= len(numbers) else numbers
    pairs = [(a, b) for a, b in zip(learned, learned[1:], strict=False) if states.sources[a] == states.sources[b]]
    steps = np.array([states.values[b] - states.values[a] for a, b in pairs])
    steps = steps[steps != 0]
    if len(steps) < STEPS:
        return found, np.inf
    reach = BEYOND * float(np.quantile(np.abs(steps), USUAL))
    rises = len(steps) >= RISING_STEPS and float(np.mean(steps > 0)) >= RISING
    starts = states.moments(clock)
    spans = np.array([max(starts[b] - starts[a], 1e-9) for a, b in pairs])
    span = float(np.median(spans))
    for count in (1, 2):
        chain = Chain(numbers, states.sources)
        for k in found:
            chain.remove(k)
        for k in sorted(numbers, key=lambda each: states.lengths[each]):
            group = chain.group(k, count)
            if group and _leaves(states, group, *(around := chain.beside(group)), reach, rises, starts, span):
                found.update(dict.fromkeys(group, around))
                for each in group:
                    chain.remove(each)
    return found, reach


def _leaves(
    states: States,
    group: list[int],
    before: int,
    after: int,
    reach: float,
    rises: bool,
    starts: np.ndarray,
    span: float,
) -> bool:
    """Whether states leave the ones around them and come back."""
    values, first, last = states.values, group[0], group[-1]
    if NO_STATE in (before, after):
        other = max(before, after)
        if other == NO_STATE or len(group) > 1:
            return False
        brief = states.lengths[first] == 1 and states.lengths[other] > 1
        return bool(brief and abs(values[first] - values[other]) > reach)
    around = values[after] - values[before]
    allowed = reach * max(1.0, (starts[after] - starts[before]) / (len(group) + 1) / span)
    shorter = states.lengths[group].sum() <= states.lengths[before] + states.lengths[after]
    if abs(around) > allowed or not shorter:
        return False
    if all(min(abs(values[k] - values[before]), abs(values[after] - values[k])) > allowed for k in group):
        return True
    if rises and len(group) == 1 and around >= 0 and not values[before] <= values[first] <= values[after]:
        return True
    shapes = [states.shape(k) for k in (before, after)]
    own = states.shape(first)
    return bool(len(group) == 1 and shapes[0] == shapes[1] and own[0] != shapes[0][0] and own[1] != shapes[0][1])
