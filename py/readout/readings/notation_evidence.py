"""How a readout writes its values, guessed from all that it shows and what a person has stated."""

import re
from collections.abc import Iterable
from functools import cached_property

from ..layout.layout import Readout
from ..layout.meaning import ASIDE, HEX, NUMBER, SCALE, TEXT, TIME, Meaning
from .notation import CLOCK, CURRENCIES, HEXADECIMAL, MINUS, NUMERIC, PERCENT, PREFIXES, Notation, prefix_of

ALONE = frozenset("kMGµμ")
"""Prefixes that are factors with no unit behind them; the others are units then, metres or kelvins."""
STRAY = 0.05
"""The share of texts that may be against the others, as misread ones are."""
KEPT_TEXTS = 1000
"""Texts that are kept, of those with one comma."""
FEWEST_SHORT = 2
"""Different numbers of up to three digits without a comma that say, live, that it separates thousands: one alone may be
a number whose comma was passed over."""
RARE = 0.005
"""The share of texts from which on a suffix counts."""


class Evidence:
    """What the texts of one readout have shown of its notation; it grows with every text."""

    @classmethod
    def of(cls, readout: Readout) -> "Evidence":
        """None yet of a readout but its format."""
        return cls(readout.format, readout.window is not None)

    def __init__(self, layout_format: str = "", of_window: bool = False):
        """layout_format: of a readout with fixed boxes; its separators are in every text."""
        self._format, self._of_window = layout_format, of_window
        self._weight = dict.fromkeys(("all", "time", "number", "large", "run", "hex", "letters"), 0.0)
        self._single = {(sign, three): 0.0 for sign in ".," for three in (False, True)}
        self._other: dict[str, float] = {}
        self._begun: set[str] = set()
        self._short: dict[str, float] = {}
        self._many = dict.fromkeys(".,", 0.0)
        self._last = dict.fromkeys(".,", 0.0)
        self._suffixes: dict[str, float] = {}
        self._spaced = bool(re.search(r"# +#", layout_format))
        if set(layout_format) - {"#"}:
            self.add([(layout_format.replace("#", "1"), 1.0)])

    def add(self, texts: Iterable[tuple[str, float]]) -> None:
        """Take texts with their weights: how many frames show one, by how sure that is."""
        head = self._ends[0]
        for text, weight in texts:
            self._add(text.removeprefix(head).translate(MINUS).strip().lstrip(CURRENCIES).lstrip(), weight)

    def notation(self, meaning: Meaning, so_far: bool = False) -> Notation:
        """How the readout writes its values: what is stated, and the rest as guessed.

        so_far: whether more is to come, so that a comma that may be of either kind gives no value yet. FEWEST_SHORT
        numbers of up to three digits that have none say that it separates thousands.
        """
        kind, decimal = meaning.kind or self._kind, meaning.decimal or self._decimal
        other = "," if decimal == "." else "."
        told = meaning.decimal or self._many[other] or self._last[decimal]
        return Notation(
            kind=kind,
            decimal=decimal,
            spaced=self._spaced,
            factors=self._factors(meaning.units),
            stated=meaning.kind is not None,
            powers=meaning.kind is not None or bool(re.search(r"\d[eE]|#[eE]", self._format)),
            head=self._ends[0],
            tail=self._ends[1],
            of_window=self._of_window,
            grouped=other if self._single[other, True] and not told else "",
            is_open=so_far and not self._has_short(STRAY * self._single[other, True]),
            padded=not self._of_window or meaning.decimal is not None,
        )

    @cached_property
    def _ends(self) -> tuple[str, str]:
        found = re.fullmatch(r"(?P<head>[^#\d.,:+−-]*).*?(?P<tail>[^#\d.,:]*)", self._format, re.DOTALL)
        return (found["head"], found["tail"]) if found and "#" in self._format else ("", "")

    def _add(self, plain: str, weight: float) -> None:
        if not plain or "?" in plain or weight <= 0:
            return
        self._weight["all"] += weight
        if CLOCK.fullmatch(plain):
            self._weight["time"] += weight
            return
        found = NUMERIC.fullmatch(plain)
        if HEXADECIMAL.fullmatch(plain):
            self._weight["hex"] += weight
            if re.search(r"[A-DFa-df].|[A-Fa-f]{2}|^[A-Fa-f]", plain):  # a last letter alone may be a unit
                self._weight["letters"] += weight
        if not found:
            return
        self._weight["number"] += weight
        if re.fullmatch(r"\d{1,4}[0-5]\d", plain):
            self._weight["run"] += weight
        elif re.match(r"0*[1-9]\d\d|0*[6-9]\d", found["body"]):
            self._weight["large"] += weight
        suffix = prefix_of(found["suffix"].strip())
        bare = suffix == found["suffix"].strip()
        name = f"{suffix}{'' if bare else '*'}"
        self._suffixes[name] = self._suffixes.get(name, 0.0) + weight
        self._separators(found["body"].rstrip(), weight)

    def _separators(self, body: str, weight: float) -> None:
        signs = [c for c in body if c in ".,"]
        if len(set(signs)) == 2:
            if signs.count(signs[-1]) == 1:
                self._last[signs[-1]] += weight
        elif len(signs) > 1:
            if all(len(group) == 3 for group in re.split(r"[.,]", body)[1:]):
                self._many[signs[0]] += weight
        elif not signs:
            if len(body) <= 3:
                self._short[body] = self._short.get(body, 0.0) + weight
        else:
            whole, _, part = body.partition(signs[0])
            blank = signs[0] == "," and bool(self._format) and not whole  # boxes before the sign of thousands are blank
            three = len(part) == 3 and (blank or 1 <= len(whole) <= 3) and not whole.startswith("0")
            if self._of_window and signs[0] == "," and re.fullmatch(r"0\d{1,2},\d{3}", body):  # of 1,000,000 cut off
                return
            self._single[signs[0], three] += weight
            if signs[0] == ".":
                return
            if three and len(self._begun) < KEPT_TEXTS:
                self._begun |= {body[:-1], body[:-2]}
            elif not three and (body in self._other or len(self._other) < KEPT_TEXTS):
                self._other[body] = self._other.get(body, 0.0) + weight

    def _has_short(self, least: float) -> bool:
        """Whether numbers too short for a sign of thousands weigh more, without those whose comma was passed over."""
        passed_over = {body.replace(",", "") for body in self._other}
        short = {body: weight for body, weight in self._short.items() if body not in passed_over}
        return len(short) >= FEWEST_SHORT and sum(short.values()) > least

    @property
    def _kind(self) -> str:
        seen = self._weight
        against = seen["number"] - seen["run"]  # of 1234 a colon may have been passed over
        below_a_minute = seen["large"] <= STRAY * seen["all"]  # a game clock shows 59.9 after 1:00
        if seen["time"] > max(against / (3 if below_a_minute else 1), seen["run"] / 4):
            return TIME
        if seen["letters"] > STRAY * seen["all"] and seen["hex"] >= (1 - STRAY) * seen["all"]:
            return HEX
        return TEXT if seen["all"] and not seen["number"] and not seen["time"] else NUMBER

    @property
    def _decimal(self) -> str:
        """A comma that has ever other than three digits behind it is decimal, one that always has three is not.

        1,23 counts for nothing beside 1,234: its last digit may be covered.
        """
        for sign, other in (",.", ".,"):
            if self._last[sign] > max(self._last[other], STRAY * self._single[other, False]):
                return sign
        for sign, other in (",.", ".,"):
            if self._many[sign] > STRAY * self._single[sign, False]:
                return other
        point, comma = (sum(self._single[sign, three] for three in (False, True)) for sign in ".,")
        covered = sum(weight for body, weight in self._other.items() if body in self._begun)
        if self._single[",", False] - covered > STRAY * comma and comma > point:
            return ","
        return "."

    def _factors(self, units: str | None) -> frozenset[str]:
        """The factors to multiply by: those stated, or those without which the values cannot be compared."""
        if units == ASIDE:
            return frozenset()
        if units == SCALE:
            return frozenset(PREFIXES) | frozenset(PERCENT)
        total = sum(self._suffixes.values())
        seen = {name for name, weight in self._suffixes.items() if weight > RARE * total}
        alone = {name for name in seen if not name.endswith("*")} - set(PERCENT)
        of_units = {name.rstrip("*") for name in seen if name.endswith("*")} | ({""} if "m" in alone else set())
        found: set[str] = set()
        if alone & ALONE:
            found |= ALONE | (alone - {""})
        if len(of_units) > 1:  # of metres, m alone is the unit
            found |= set(PREFIXES) - ({"m"} if "m" in alone else set())
        return frozenset(found)
