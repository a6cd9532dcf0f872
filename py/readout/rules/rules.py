"""Rules that a person knows a display to obey.

A rule says which readings break it, nothing more: what may be done about them is `repair`'s part.
Numbers are compared as the decimals that are shown, so 79.05 - 69.05 is exactly 10.00.
"""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np

from ..errors import ReadoutError, bounded, quoted
from ..readings.line_column import AnyColumn, LineColumn

MOST_DECIMALS = 9
LARGEST = 1e15
"""Numbers from here on are not compared: float64 holds 15 digits."""


class _Rule:
    """What all rules have in common."""

    def to_json(self) -> dict[str, Any]:
        kind = next(kind for kind, cls in KINDS.items() if isinstance(self, cls))
        return {"kind": kind, **{name: value for name, value in vars(self).items() if value is not None}}


class _OfOneReadout(_Rule):
    """A rule about a single readout."""

    readout: str

    @property
    def readouts(self) -> tuple[str, ...]:
        return (self.readout,)


@dataclass(frozen=True)
class Range(_OfOneReadout):
    """Readings lie between min and max, both included; None leaves a side open."""

    readout: str
    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        _check_readout("a range", self.readout)
        for side in ("min", "max"):
            if getattr(self, side) is not None:
                _check_number(f"the {side} of a range", getattr(self, side))
        if self.min is None and self.max is None:
            raise ReadoutError("a range has a smallest or a largest value, got neither: give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ReadoutError(f"a range has min at most max, got {self.min} and {self.max}: swap them")

    @property
    def name(self) -> str:
        start = "" if self.min is None else f" {plain(self.min)}"
        return f"range from{start}" if self.max is None else f"range{start} to {plain(self.max)}"

    def broken(self, values: Mapping[str, np.ndarray], decimals: Mapping[str, int]) -> np.ndarray:
        """Which values (any shape) lie outside; NaN never does. decimals: how many each readout shows."""
        ends = [end for end in (self.min, self.max) if end is not None]
        places = max(decimals[self.readout], *map(places_of, ends))
        value = scaled(values[self.readout], places)
        low = -math.inf if self.min is None else scaled(self.min, places)
        return (value < low) | (value > (math.inf if self.max is None else scaled(self.max, places)))


@dataclass(frozen=True)
class Linked(_Rule):
    """The sum of coefficient times value over the terms, all in one frame, is `equals`, give or take `tolerance`.

    terms: readout name to coefficient; kept as pairs, so that a rule can be hashed.
    """

    terms: tuple[tuple[str, float], ...]
    equals: float
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        pairs = self.terms.items() if isinstance(self.terms, Mapping) else self.terms
        try:
            object.__setattr__(self, "terms", tuple((name, factor) for name, factor in pairs))
        except (TypeError, ValueError) as error:
            raise ReadoutError(
                f"the terms of a link are readouts with their coefficients, got {bounded(repr(self.terms), 200)}: "
                "write them as {'top': 1, 'bottom': -1}"
            ) from error
        for name, factor in self.terms:
            _check_readout("a link", name)
            _check_number(f"the coefficient of {quoted(name)}", factor)
            if factor == 0:
                raise ReadoutError(f"coefficients differ from 0, got 0 for {quoted(name)}: leave {quoted(name)} out")
        if len(self.terms) < 2 or len(set(self.readouts)) < len(self.terms):
            raise ReadoutError(
                f"a link joins two or more different readouts, got {list(self.readouts)}: add another, or use a range"
            )
        _check_number("what a link equals", self.equals)
        _check_number("the tolerance of a link", self.tolerance, least=0)

    @property
    def readouts(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.terms)

    @property
    def name(self) -> str:
        words = []
        for name, factor in self.terms:
            sign = "-" if factor < 0 else "+"
            words.append(f"{sign} {name}" if abs(factor) == 1 else f"{sign} {plain(abs(factor))} {name}")
        left = " ".join(words).removeprefix("+ ")
        within = f" within {plain(self.tolerance)}" if self.tolerance else ""
        return f"{left} = {plain(self.equals)}{within}"

    def broken(self, values: Mapping[str, np.ndarray], decimals: Mapping[str, int]) -> np.ndarray:
        """Which values (shapes that broadcast) break it; never where one is NaN."""
        by = max(places_of(factor) for _, factor in self.terms)
        constants = max(places_of(self.equals), places_of(self.tolerance)) - by
        places = max(constants, *(decimals[name] for name in self.readouts))
        total = sum(scaled(factor, by) * scaled(values[name], places) for name, factor in self.terms)
        return np.abs(total - scaled(self.equals, places + by)) > scaled(self.tolerance, places + by)

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "terms": dict(self.terms)}


@dataclass(frozen=True)
class Step(_OfOneReadout):
    """From one frame to the next a reading moves by at most `most`.

    Over frames that show nothing, or nothing that is believed, it may move as much for each of them.
    """

    readout: str
    most: float

    def __post_init__(self) -> None:
        _check_readout("a largest step", self.readout)
        _check_number("a largest step", self.most, least=0)

    @property
    def name(self) -> str:
        return f"step at most {plain(self.most)}"

    @property
    def reach(self) -> tuple[float, float]:
        """How far it may fall and rise in one frame."""
        return self.most, self.most


@dataclass(frozen=True)
class Rising(_OfOneReadout):
    """A reading never falls."""

    readout: str

    def __post_init__(self) -> None:
        _check_readout("'only rising'", self.readout)

    @property
    def name(self) -> str:
        return "only rising"

    @property
    def reach(self) -> tuple[float, float]:
        """How far it may fall and rise in one frame."""
        return 0.0, math.inf


Rule = Range | Step | Rising | Linked
RANGE, STEP, RISING, LINKED = "range", "step", "rising", "linked"
KINDS = {RANGE: Range, STEP: Step, RISING: Rising, LINKED: Linked}


def rule_from_json(entry: dict[str, Any], readouts: Collection[str]) -> Rule:
    """The rule that `to_json` gave, about some of `readouts`. Raises ReadoutError for anything else."""
    if not isinstance(entry, dict):
        example = {"kind": RISING, "readout": "top"}
        raise ReadoutError(f"a rule is a JSON object, got {bounded(repr(entry), 200)}: write it as {example}")
    kind = KINDS.get(entry["kind"]) if isinstance(entry.get("kind"), str) else None
    if kind is None:
        raise ReadoutError(
            f"a rule's kind is one of {', '.join(KINDS)}, got {bounded(repr(entry.get('kind')), 60)}: choose one"
        )
    defaults = {field.name: field.default for field in fields(kind)}
    given = {key: value for key, value in entry.items() if key != "kind"}
    wrong = [f"{key!r} is missing" for key, value in defaults.items() if value is MISSING and key not in given]
    wrong += [f"{key!r} is unknown" for key in given if key not in defaults]
    if wrong:
        raise ReadoutError(
            f"a rule of kind {quoted(entry['kind'])} has {', '.join(defaults)}, "
            f"got {bounded(repr(entry), 200)} ({', '.join(wrong)}): correct it"
        )
    rule = kind(**given)
    check_readouts(rule, readouts)
    return rule


def rule_id(entry: Mapping[str, Any]) -> str:
    """What tells a rule from others: the same for equal rules, as JSON objects, however they are written."""
    plain_entry = {
        key: {name: float(factor) for name, factor in value.items()} if isinstance(value, Mapping) else value
        for key, value in entry.items()
        if value is not None and (key, value) != ("tolerance", 0)
    }
    numbers = {key: float(value) if isinstance(value, int | float) else value for key, value in plain_entry.items()}
    return hashlib.blake2b(json.dumps(numbers, sort_keys=True).encode(), digest_size=6).hexdigest()


def check_readouts(rule: Rule, readouts: Collection[str]) -> None:
    """Raise ReadoutError for a rule that is about none of `readouts`."""
    for name in rule.readouts:
        if name not in readouts:
            raise ReadoutError(
                f"the rule '{rule.name}' is about a readout of the layout ({', '.join(readouts)}), "
                f"got {quoted(name)}: choose another, or remove the rule"
            )


def broken(rule: Rule, columns: Mapping[str, AnyColumn], values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which frames break a rule, taking `values` (F,) by readout as they are: bool (F,).

    A step is broken where the value lies too far from the last number before it. NaN breaks nothing.
    """
    decimals = {name: shown_decimals(columns[name]) for name in rule.readouts}
    if not isinstance(rule, Step | Rising):
        return rule.broken(values, decimals)
    fall, rise, places = reach([rule], decimals[rule.readout])
    return exceeds_limit(scaled(values[rule.readout], places), fall, rise)


def reach(rules: Collection[Step | Rising], decimals: int) -> tuple[float, float, int]:
    """How far one readout may fall and rise in a frame under all of `rules`, and the decimals of that unit."""
    ends = [end for rule in rules for end in rule.reach if end < math.inf]
    places = max([decimals, *map(places_of, ends)])
    falls, rises = zip((math.inf, math.inf), *(rule.reach for rule in rules), strict=True)
    fall, rise = (end if end == math.inf else float(scaled(end, places)) for end in (min(falls), min(rises)))
    return fall, rise, places


def exceeds_limit(values: np.ndarray, fall: float, rise: float) -> np.ndarray:
    """Which values (F,) lie beyond reach from the last number before them: bool (F,). NaN is no number."""
    numbers = np.flatnonzero(~np.isnan(values))
    result = np.zeros(len(values), bool)
    result[numbers[1:]] = beyond(values[numbers[:-1]], values[numbers[1:]], np.diff(numbers), fall, rise)
    return result


def beyond(before: np.ndarray, after: np.ndarray, frames: np.ndarray, fall: float, rise: float) -> np.ndarray:
    """Whether `after` is out of reach from `before`, `frames` (above 0) earlier. NaN never is."""
    return (after < before - fall * frames) | (after > before + rise * frames)


def shown_decimals(column: AnyColumn) -> int:
    """How many decimals a column's numbers can have; in a window, the most that were read."""
    if isinstance(column, LineColumn):
        return min(MOST_DECIMALS, max(map(column.notation.decimals, set(column.texts)), default=0))
    spelled = [label for label in column.classes if set(label) & {*".,eE", *column.notation.factors}]
    if not spelled and not set(column.readout.format) & set("eE"):
        return column.notation.decimals(column.readout.format.replace("#", "1"))
    return min(MOST_DECIMALS, max(0, 15 - len(column.readout.format)))


def scaled(values: Any, places: int) -> np.ndarray:
    """Values in units of 10^-places: whole numbers, exact if they have 15 digits or fewer. NaN from LARGEST on."""
    return np.rint(np.where(np.abs(values) < LARGEST, values, np.nan) * 10.0**places)


def places_of(number: float) -> int:
    """How many decimals it takes to write a number."""
    return len(plain(number).partition(".")[2])


def plain(number: float) -> str:
    """A number as a person writes it: 10, 0.05, never 1e-05."""
    return np.format_float_positional(float(number), trim="-")


def _check_readout(what: str, name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise ReadoutError(f"{what} names a readout, got {quoted(name)}: give its name")


def _check_number(what: str, value: Any, least: float = -LARGEST) -> None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and least <= value < LARGEST
    if not usable or value == -LARGEST:
        words = "a number" if least else "0 or more, a number"
        raise ReadoutError(f"{what} is {words} of at most 15 digits, got {quoted(value)}: correct it")
    if places_of(value) > MOST_DECIMALS:
        raise ReadoutError(f"{what} has at most {MOST_DECIMALS} decimals, got {quoted(value)}: round it")
