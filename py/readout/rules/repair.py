"""What rules make of readings: flags, and repairs that a person can check.

The choices of every frame (see `candidates`) are decoded together into the most probable sequence that obeys
the rules. Readings that are linked, directly or through others, are decided together; steps and 'only rising'
are decided over all frames (see `viterbi`). A reading that cannot be and has no likely substitute is passed over
and constrains nothing. A change that a rule forbids is believed, and flagged once, when it lasts for more than
about five sure readings.

A rule flags a reading that breaks it when all other readings are as decoded, so one bad value raises one flag.
Where a linked reading is passed over, what was read stands in for it, so all that disagree are flagged. A text that
a person typed is certain. A reading that is no number is passed over. What was read is never altered.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ReadoutError
from ..readings.line_column import AnyColumn
from .candidates import CANDIDATES, NONE, Observed, text
from .combinations import Combinations, forbidden
from .rules import (
    Linked,
    Range,
    Rising,
    Rule,
    Step,
    beyond,
    check_readouts,
    exceeds_limit,
    reach,
    scaled,
    shown_decimals,
)
from .viterbi import decode, unsettled

PATIENCE = 5.5
"""How many sure readings are rather passed over than one forbidden change is believed."""
JUMP = PATIENCE * -math.log(NONE)
MOST_LINKED = 6
OPTIONS = 1000
"""At most so many combinations of linked readouts are weighed in a frame: the candidates of each are 8 for up
to three readouts, 4 for four, 2 for five and six."""


@dataclass(frozen=True)
class Repair:
    """Another reading of a frame. rule: the first one that the reading broke.

    probability, read_probability: of this text and of the one that was read, if boxes err independently.
    """

    text: str
    value: float
    rule: Rule
    probability: float
    read_probability: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """flags: for each readout and rule, which readings break it, bool (F,).
    repairs: for each readout, by frame index. decoded: for each readout float64 (F,), the numbers of the
    decoded sequence, read, typed or repaired, and NaN where there was none or it was passed over.

    Only readouts that some rule is about are listed.
    """

    flags: dict[str, dict[Rule, np.ndarray]]
    repairs: dict[str, dict[int, Repair]]
    decoded: dict[str, np.ndarray]


def repair(
    columns: Mapping[str, AnyColumn], rules: Sequence[Rule], typed: Mapping[tuple[str, int], str | None]
) -> Outcome:
    """Apply rules to the columns of all readouts, frames being in the order of time.

    typed: by readout and frame index what a person says it shows, None for 'not readable'.
    Raises ReadoutError for a rule about a readout that has no column, for columns of different lengths, for a
    typed frame that does not exist and where rules link more than MOST_LINKED readouts.
    """
    _check(columns, rules)
    by_readout: dict[str, dict[int, str | None]] = {name: {} for rule in rules for name in rule.readouts}
    for (name, frame), said in typed.items():
        if name in by_readout:
            by_readout[name][frame] = said
    evidence = {name: Observed.of(columns[name], said) for name, said in by_readout.items()}
    outcome = Outcome({name: {} for name in evidence}, {name: {} for name in evidence}, {})
    for names in _linked(rules):
        members = {name: evidence[name] for name in names}
        group = _Group(members, [rule for rule in rules if rule.readouts[0] in members])
        group.decode()
        for name in names:
            outcome.flags[name] = group.flags(name)
            outcome.repairs[name] = group.repairs(name, outcome.flags[name])
            outcome.decoded[name] = group.decoded[name]
    return outcome


class _Group:
    """Readouts that are decided together, and the rules about them.

    decoded: by readout (F,), see Outcome. changed: by readout, frame index to the class indices and the
    probability of another text. limits: by readout that has any, how far it may fall and rise, and the decimals.
    """

    def __init__(self, members: Mapping[str, Observed], rules: Sequence[Rule]):
        self.members = members
        self.rules = rules
        self.within = [rule for rule in rules if isinstance(rule, Range | Linked)]
        self.decimals = {name: shown_decimals(member.column) for name, member in members.items()}
        across = {name: [r for r in rules if isinstance(r, Step | Rising) and r.readout == name] for name in members}
        self.limits = {name: reach(found, self.decimals[name]) for name, found in across.items() if found}
        self.decoded = {name: member.shown.copy() for name, member in members.items()}
        self.changed: dict[str, dict[int, tuple[np.ndarray, float]]] = {name: {} for name in members}

    def decode(self) -> None:
        """First the cheapest combination of each frame alone; then, where these depart from each other, the
        cheapest sequence. A reading that obeys the rules within its frame is the cheapest as it is."""
        shown = {name: member.shown for name, member in self.members.items()}
        certain = {name: member.certain for name, member in self.members.items()}
        deviation = np.min([np.where(np.isnan(m.shown), np.inf, m.deviation) for m in self.members.values()], axis=0)
        wrong = forbidden(self.within, shown, certain, self.decimals)
        for combinations in self._combinations(np.flatnonzero(wrong)):
            self._hold(combinations, combinations.cheapest)
            deviation[combinations.frames] = combinations.lead
        if self.limits:
            values = [scaled(self.decoded[name], places) for name, (_, _, places) in self.limits.items()]
            limits = self.limits.values()
            pairs = zip(values, limits, strict=True)
            departing = np.array([exceeds_limit(own, fall, rise) for own, (fall, rise, _) in pairs])
            full = np.logical_not(np.isnan(values).any(axis=0))
            parts = unsettled(np.asarray(departing.any(axis=0)), full, deviation, JUMP * len(values))
            self._decode_parts(parts, np.transpose(values))

    def _decode_parts(self, parts: Sequence[tuple[int, int]], values: np.ndarray) -> None:
        """Decode between the frames a and b of each part; values: (F, R), what the limited readouts show there."""
        if not parts:
            return
        frames = np.concatenate([np.arange(a + 1, min(b + 1, len(values))) for a, b in parts])
        held = np.zeros(len(values), bool)
        held[[b for _, b in parts if b < len(values)]] = True
        chunks = list(self._combinations(frames))
        places = {name: limit[2] for name, limit in self.limits.items()}
        options = [option for chunk in chunks for option in chunk.options(places, held[chunk.frames])]
        fall, rise, _ = zip(*self.limits.values(), strict=True)
        path, done = [], 0
        for a, b in parts:
            start = values[a].tolist() if a >= 0 else [math.nan] * len(fall)
            part = options[done : (done := done + min(b + 1, len(values)) - a - 1)]
            found = decode([(cost, value) for _, cost, value in part], start, fall, rise, JUMP)
            path += [index[k] for (index, _, _), k in zip(part, found, strict=True)]
        done = 0
        for chunk in chunks:
            self._hold(chunk, np.array(path[done : (done := done + len(chunk.frames))]))

    def _combinations(self, frames: np.ndarray) -> Iterator[Combinations]:
        count = min(CANDIDATES, int(OPTIONS ** (1 / len(self.members)) + 1e-9) - 1)
        return Combinations.of(frames, self.members, self.within, self.decimals, count)

    def _hold(self, combinations: Combinations, which: np.ndarray) -> None:
        """Put down what is held: for each frame the index of a combination."""
        ranks = np.unravel_index(which, combinations.shape)
        frames = combinations.frames
        for (name, own), rank in zip(combinations.choices.items(), ranks, strict=True):
            self.decoded[name][frames] = own.values[np.arange(len(frames)), rank]
            for row, frame in enumerate(frames.tolist()):
                self.changed[name].pop(frame, None)
                if 0 < rank[row] < own.cost.shape[1] - 1:
                    classes, probability = own.classes[row, rank[row]], float(own.probabilities[row, rank[row]])
                    self.changed[name][frame] = classes, probability

    def flags(self, name: str) -> dict[Rule, np.ndarray]:
        """Which readings of a readout break which of its rules."""
        shown = self.members[name].shown
        result: dict[Rule, np.ndarray] = {}
        for rule in self.rules:
            if name not in rule.readouts:
                continue
            if isinstance(rule, Range):
                raised = rule.broken({name: shown}, self.decimals)
            elif isinstance(rule, Linked):
                others = {r: np.where(np.isnan(v := self.decoded[r]), self.members[r].shown, v) for r in rule.readouts}
                certain = [self.members[r].certain for r in rule.readouts]
                blameless = self.members[name].certain & ~np.all(certain, axis=0)
                raised = rule.broken({**others, name: shown}, self.decimals) & ~blameless
            else:
                raised = _out_of_line(shown, self.decoded[name], *reach([rule], self.decimals[name]))
            result[rule] = raised
        return result

    def repairs(self, name: str, flags: Mapping[Rule, np.ndarray]) -> dict[int, Repair]:
        """The repairs of one readout, each with the first of the rules that were broken."""
        member = self.members[name]
        result: dict[int, Repair] = {}
        for frame, (classes, probability) in sorted(self.changed[name].items()):
            rule = next((rule for rule, raised in flags.items() if raised[frame]), None)
            said = text(member.column, classes)
            if rule is not None and said != member.column.texts[frame]:
                value, read = float(self.decoded[name][frame]), float(member.probability[frame])
                result[frame] = Repair(said, value, rule, probability, read)
        return result


def _out_of_line(shown: np.ndarray, decoded: np.ndarray, fall: float, rise: float, places: int) -> np.ndarray:
    """Which readings (F,) are out of reach from the decoded value before, or, when they were not kept, out of
    reach of the one after."""
    shown, decoded = scaled(shown, places), scaled(decoded, places)
    held = np.flatnonzero(~np.isnan(decoded))
    read = np.flatnonzero(~np.isnan(shown))
    result = np.zeros(len(shown), bool)
    before = np.searchsorted(held, read) - 1
    after = np.searchsorted(held, read, side="right")
    kept = decoded[read] == shown[read]
    has = before >= 0
    result[read[has]] |= beyond(decoded[held[before[has]]], shown[read[has]], read[has] - held[before[has]], fall, rise)
    has = (after < len(held)) & ~kept
    result[read[has]] |= beyond(shown[read[has]], decoded[held[after[has]]], held[after[has]] - read[has], fall, rise)
    return result


def _linked(rules: Sequence[Rule]) -> list[list[str]]:
    """The readouts that rules are about, those that are linked together: a list of lists of names."""
    groups: list[list[str]] = []
    for rule in rules:
        joined = [group for group in groups if set(group) & set(rule.readouts)]
        groups = [group for group in groups if group not in joined]
        groups.append(list(dict.fromkeys(name for names in [*joined, rule.readouts] for name in names)))
    for group in groups:
        if len(group) > MOST_LINKED:
            raise ReadoutError(
                f"rules link at most {MOST_LINKED} readouts with each other, got {len(group)} ({', '.join(group)}): "
                "remove a rule between them"
            )
    return groups


def _check(columns: Mapping[str, AnyColumn], rules: Sequence[Rule]) -> None:
    for rule in rules:
        check_readouts(rule, columns)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ReadoutError(f"rules compare columns of the same frames, got lengths {lengths}: give each all frames")
