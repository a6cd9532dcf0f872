"""From the text of a reading to its value: how a readout writes numbers and times."""

import math
import re
from dataclasses import dataclass

from ..layout.meaning import HEX, NUMBER, TEXT, TIME

PREFIXES = {"T": 12, "G": 9, "M": 6, "k": 3, "K": 3, "m": -3, "µ": -6, "μ": -6, "u": -6, "n": -9, "p": -12}
"""Powers of ten of the SI prefixes as displays show them; µ is encoded in two ways, and u stands for it."""
PERCENT = {"%": -2, "‰": -3}
UNIT = re.compile(
    r"(?P<prefix>[TGMkKmµμunp])?(?P<unit>[VAWJNFΩHSTtglLms]|VA|Wh|Ah|Hz|Pa|Ohm|ohm|bar|eV|cd|lm|lx|mol|rad|B|b|bps|cps)"
    r"(?P<per>(?:/[a-zµ²³]{1,4})?[²³]?)"
)
"""A unit with its prefix, if it has one."""
WITH_PREFIX = frozenset(("ms", "mg", "mm", "km", "kg", "hPa", "mbar", "km/h"))
WITHOUT = frozenset(
    ("%", "‰", "°", "°C", "°F", "C", "F", "K", "h", "d", "s", "min", "sec", "rpm", "RPM", "dB", "dBm", "ppm", "ppb")
) | frozenset(
    ("pH", "mph", "kt", "kn", "ft", "in", "lb", "lbs", "oz", "psi", "m/s", "m³", "m²", "l/min", "cm", "g", "t", "x")
)
"""Units that displays show, those that begin with a prefix and those that do not."""
CURRENCIES = "$€£¥"
BODY = r"[0-9٠-٩۰-۹][0-9٠-٩۰-۹.,'’ ]*|[.,][0-9٠-٩۰-۹][0-9٠-٩۰-۹.,'’ ]*"
NUMERIC = re.compile(rf"(?P<sign>[+-]?) *(?P<body>{BODY})(?P<exponent>[eE][+-]?\d+)?(?P<suffix>\D*)")
CLOCK = re.compile(r"T?(?P<sign>[+-]?) *(?:(?P<hours>\d+):)?(?P<minutes>\d*):(?P<seconds>\d\d)(?:[.,](?P<part>\d+))?")
HEXADECIMAL = re.compile(r"(?:0x)?(?P<digits>[0-9A-Fa-f]+)")
DARK_DECIMALS = re.compile(r"\d[.,]\d* +$")
"""Boxes behind the decimal sign are blank, as those of a multiplexed display are that was caught between two digits."""
POWER = re.compile(r"\d+[eE]\d+")
MINUS = str.maketrans("−–‒﹣－\u00a0\u2009\u202f", "-----   ")
EXACT = 2**53
"""Whole numbers up to here have a float64 of their own."""


class _NoValue(Exception):
    """A text states no value, for the reason given."""


@dataclass(frozen=True)
class Notation:
    """How a readout writes its values.

    kind: one of KINDS. decimal: the sign before decimals. spaced: whether blanks may separate thousands. factors: the
    prefixes and per cent signs that are multiplied by. stated: whether a person has stated the kind.
    powers: whether 1E5 is known to be a power of ten.
    head, tail: what a format has before the first and after the last part of its number.
    of_window: whether a window was read, of which letters are set aside. grouped: the sign that is taken to separate
    thousands since three digits stand behind it; '' where there is none, or where more says so. is_open: whether that
    is no reason to state a value. padded: whether zeros may stand before thousands; else something is cut off.
    """

    kind: str = NUMBER
    decimal: str = "."
    spaced: bool = False
    factors: frozenset[str] = frozenset()
    stated: bool = False
    powers: bool = False
    head: str = ""
    tail: str = ""
    of_window: bool = False
    grouped: str = ""
    is_open: bool = False
    padded: bool = True

    def value(self, text: str) -> float:
        """The value that a text states: of a time seconds. NaN where it states none."""
        try:
            return self._parse(text)
        except _NoValue:
            return math.nan

    def stated_by(self, text: str) -> tuple[float | None, str]:
        """The value of a text, None where there is none, and why there is none; see `why`."""
        value = self.value(text)
        return (None, self.why(text)) if math.isnan(value) else (value, "")

    def why(self, text: str) -> str:
        """Why a text states no value, in a sentence; '' where it states one, shows nothing, or need not."""
        if not text.strip() or (self.kind == TEXT and self.stated):
            return ""
        try:
            self._parse(text)
        except _NoValue as error:
            return str(error)
        return ""

    def lacks(self, text: str) -> bool:
        """Whether a text states no value though its characters are known."""
        return "?" not in text and bool(self.why(text))

    def decimals(self, text: str) -> int:
        """How many decimals the value of a text has; 0 where it states none."""
        try:
            mantissa, power = self._written(text)
        except _NoValue:
            return 0
        return max(0, len(mantissa.partition(".")[2]) - power)

    @property
    def words(self) -> str:
        """It, in words: "number, decimal comma"."""
        found = [self.kind]
        if self.kind == NUMBER:
            found += ["decimal comma"] if self.decimal == "," else []
            found += [f"a {'comma' if self.grouped == ',' else 'point'} separates thousands"] if self.grouped else []
            found += [f"times {', '.join(sorted(self.factors))}"] if self.factors else []
        return ", ".join(found)

    def _parse(self, text: str) -> float:
        plain = self._bare(text)
        if self.kind == HEX:
            return self._hexadecimal(plain)
        mantissa, power = self._written(text)
        value = float(f"{mantissa}e{power}")
        if not math.isfinite(value):
            raise _NoValue(f"{_short(text)} is too large a number")
        return value

    def _written(self, text: str) -> tuple[str, int]:
        """A number as decimal digits with a point, and the power of ten that it is multiplied by."""
        plain = self._bare(text)
        if self.kind == TEXT:
            raise _NoValue(f"{_short(text)} is text: state another kind for a value")
        if self.kind == HEX:
            return str(int(self._hexadecimal(plain))), 0
        if self.kind == TIME:
            return self._seconds(plain), 0
        if ":" in plain:
            raise _NoValue(
                f"{_short(text)} looks like a time, and the readout shows numbers: check it, or state its kind"
            )
        return self._number(plain)

    def _bare(self, text: str) -> str:
        """A text without what its format says beside the digits, with one sign for minus and one for a blank."""
        plain = text
        if self.head and plain.startswith(self.head):
            plain = plain[len(self.head) :]
        if self.tail and plain.endswith(self.tail) and not self._factor(self.tail.strip()):
            plain = plain[: len(plain) - len(self.tail)]
        plain = plain.translate(MINUS)
        if "?" in plain:
            raise _NoValue(f"{_short(text)} has a character that is not known")
        if DARK_DECIMALS.search(plain):
            raise _NoValue(f"{_short(plain)} has a blank behind its decimal sign")
        return plain.strip()

    def _hexadecimal(self, plain: str) -> float:
        if self.of_window:
            raise _NoValue("a window sets the letters of hexadecimal numbers aside: read them with fixed boxes")
        return _hexadecimal(plain)

    def _number(self, plain: str) -> tuple[str, int]:
        found = NUMERIC.fullmatch(plain.lstrip(CURRENCIES).lstrip())
        if not found:
            raise _NoValue(f"{_short(plain)} is no number")
        body, exponent, suffix = found["body"].rstrip(), found["exponent"] or "", found["suffix"].strip()
        if POWER.fullmatch(f"{body}{exponent}") and not self.powers:
            raise _NoValue(f"{_short(plain)} is hexadecimal or a power of ten: state the readout's kind, hex or number")
        return found["sign"] + self._ungrouped(body), int(exponent[1:] or 0) + self._power(plain, suffix)

    def _ungrouped(self, body: str) -> str:
        """A number's digits and separators as digits with a point."""
        whole, sign, part = body.rpartition(self.decimal) if self.decimal in body else (body, "", "")
        other = "," if self.decimal == "." else "."
        if self.decimal in whole or other in part or set(part) & set("'’ "):
            raise _NoValue(f"{_short(body)} has separators that do not fit: '{self.decimal}' comes before the decimals")
        separators = {c for c in whole if not c.isdecimal()}
        if " " in separators and not self.spaced:
            raise _NoValue(f"{_short(body)} has a gap between its digits")
        if self.is_open and self.grouped in separators:
            raise _NoValue(
                f"'{self.grouped}' in {_short(body)} may separate thousands or come before decimals: state the "
                "readout's decimal sign"
            )
        groups = re.split(r"\D", whole)
        if separators and not self.padded and groups[0].startswith("0"):
            raise _NoValue(
                f"{_short(body)} has zeros before thousands: widen the window if more stands before them, else state "
                "the readout's decimal sign"
            )
        if separators and (
            len(separators) > 1 or len(groups[0]) not in (1, 2, 3) or any(len(group) != 3 for group in groups[1:])
        ):
            raise _NoValue(f"{_short(body)} has not three digits behind each separator of thousands")
        return f"{''.join(groups) or '0'}{'.' if sign else ''}{part}"

    def _power(self, plain: str, suffix: str) -> int:
        factor = self._factor(suffix)
        if factor or not suffix or suffix in WITHOUT | WITH_PREFIX or UNIT.fullmatch(suffix) or suffix in PREFIXES:
            return factor
        if suffix == self.tail.strip():
            return 0
        raise _NoValue(f"{_short(plain)} ends in something that is no unit")

    def _factor(self, suffix: str) -> int:
        """The power of ten that a suffix stands for, 0 where it is set aside."""
        prefix = prefix_of(suffix)
        return (PREFIXES | PERCENT)[prefix] if prefix in self.factors else 0

    def _seconds(self, plain: str) -> str:
        found = CLOCK.fullmatch(plain)
        if not found:
            if ":" in plain:
                raise _NoValue(f"{_short(plain)} is no time: hours:minutes:seconds or minutes:seconds, two digits each")
            mantissa, power = self._number(plain)
            if power or abs(float(mantissa)) >= 60:  # a colon that was passed over makes 1234 of 12:34
                raise _NoValue(f"{_short(plain)} is no time: it has no colon and is no number of seconds below 60")
            return mantissa
        hours, minutes, seconds = int(found["hours"] or 0), int(found["minutes"] or 0), int(found["seconds"])
        if seconds > 59 or (found["hours"] and minutes > 59):
            raise _NoValue(f"{_short(plain)} has more than 59 {'seconds' if seconds > 59 else 'minutes'}")
        part = f".{found['part']}" if found["part"] else ""
        return f"{found['sign']}{3600 * hours + 60 * minutes + seconds}{part}"


def prefix_of(suffix: str) -> str:
    """The prefix or per cent sign in what follows a number; '' where there is none."""
    if suffix in PERCENT or suffix in PREFIXES:
        return suffix
    if suffix in WITHOUT:
        return ""
    found = UNIT.fullmatch(suffix)
    if found:
        return found["prefix"] or ""
    return suffix[0] if suffix[:1] in ("k", "m") and suffix[1:] in WITHOUT else ""


def _hexadecimal(plain: str) -> float:
    found = HEXADECIMAL.fullmatch(plain)
    if not found:
        raise _NoValue(f"{_short(plain)} is no hexadecimal number")
    value = int(found["digits"], 16)
    if value > EXACT:
        raise _NoValue(f"{_short(plain)} is above 2^53: a table holds no such number exactly")
    return float(value)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
