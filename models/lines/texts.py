"""What displays show: numbers of every usual form, units and words, as characters in cells."""

from dataclasses import dataclass

import numpy as np

DIGITS = "0123456789"
CHARACTERS = DIGITS + "-.,:/%°EFCHLPkMVAWhms"
BLANK, UNKNOWN = "blank", "unknown"
CLASSES = (BLANK, *CHARACTERS, UNKNOWN)
"""The classes of a column: CTC's blank, the characters, and whatever else stands there."""
LETTERS = tuple(k for k, name in enumerate(CLASSES) if (name.isalpha() and name != BLANK) or name in "%°")
"""Indices of the classes that are no part of a number: letters, units, unknown."""

UNITS = (
    "kWh", "kW", "W", "V", "A", "mA", "mV", "m", "s", "h", "ms", "km/h", "m/s", "kg", "g", "°C", "°F", "°", "%", "C",
    "F", "M", "k", "L", "Hz", "kHz", "MHz", "bar",
    "psi", "rpm", "mph", "bpm", "mm", "cm", "m³", "kPa", "hPa", "lb", "Wh",
    "VA", "min", "dB", "ft", "$", "€", "x", "PM", "AM", "H", "E", "P", "LPM", "°", "%", "°C", "%", "V", "A", "kWh",
)  # fmt: skip
WORDS = (
    "kWh", "CUM", "LITRES", "GALLONS", "SPEED", "TEMP", "TOTAL", "SALE", "HOLD", "AUTO", "MAX", "MIN", "SET", "TIME",
    "LAP",
    "kW", "kVAh", "RATE", "VOLT", "PRICE", "DATE", "SCORE", "HOME", "AWAY", "POWER", "km/h", "rpm", "Pulse", "NIBP",
    "Flow", "Press", "Weight", "Net", "Tare", "Ch", "Test", "MPH", "ALT", "FUEL", "m³", "kg", "MODE", "REC", "GAS",
    "WATER",
)  # fmt: skip
MESSAGES = (
    "E",
    "Err",
    "HELP",
    "HP",
    "LP",
    "FFFF",
    "LLLL",
    "EEE",
    "PH",
    "FAIL",
    "CAL",
    "HE",
    "HHH",
    "LE",
    "CLE",
    "PE",
    "AL",
)
SIGNS = "+++++++$$$$=======€£±<>#(~"
"""What stands before a number and is no part of it: a plus looks like a 4, a dollar like a 5."""
NAMES = "xyzTtUuIPpNnRVvfdhEAFQLMmks"
"""What may be said to be equal to a number."""
AMBIGUOUS = frozenset("OoIlSBZDQGzbqgiTJ|![]()")
"""Characters that look like digits: they are only shown inside words."""


@dataclass(frozen=True)
class Content:
    """number: characters, a space for an empty cell. unit: what follows it, may be empty. word: what stands aside."""

    number: str
    unit: str = ""


def content(rng: np.random.Generator) -> Content:
    """A number, with its unit now and then."""
    kind = rng.random()
    if kind < 0.22:
        text = _integer(rng)
    elif kind < 0.55:
        text = _decimal(rng)
    elif kind < 0.60:
        text = _thousands(rng)
    elif kind < 0.76:
        text = _clock(rng)
    elif kind < 0.79:
        text = _joined(rng, "/-:.", int(rng.integers(2, 4)))
    elif kind < 0.82:
        text = _score(rng)
    elif kind < 0.86:
        text = _integer(rng)[:4] + str(rng.choice(["%", "°", "°C", "C", "F", "°F", " %", " °C"]))
    elif kind < 0.89:
        return Content(str(MESSAGES[rng.integers(len(MESSAGES))]))
    elif kind < 0.93:
        text = "".join(CHARACTERS[k] for k in rng.integers(0, len(CHARACTERS), rng.integers(1, 7)))
    elif kind < 0.96:  # equal neighbours: CTC merges them where no blank stands between
        text = str(rng.integers(10)) * int(rng.integers(2, 6))
    else:
        text = _digits(rng, int(rng.integers(1, 3)))
    if text[0] in DIGITS and rng.random() < 0.26:
        text = "-" + " " * int(rng.choice([0, 0, 0, 1, 2, 3])) + text
    elif text[0] in DIGITS and rng.random() < 0.13:
        text = _signed(rng, text)
    unit = str(UNITS[rng.integers(len(UNITS))]) if rng.random() < 0.22 else ""
    return Content(text, unit)


def meter(rng: np.random.Generator) -> Content:
    """A meter's reading: many digits, zeros first, a digit or two after the point, a unit now and then."""
    digits = list(_digits(rng, int(rng.integers(3, 9))))
    if rng.random() < 0.6:
        zeros = int(rng.integers(0, len(digits)))
        digits[:zeros] = "0" * zeros
    if rng.random() < 0.5:
        digits.insert(len(digits) - int(rng.choice([1, 1, 1, 2, 3])) if len(digits) > 3 else -1, ".")
    return Content("".join(digits), str(rng.choice(["kWh", "kWh", "kW", "m", "W", "V"])) if rng.random() < 0.65 else "")


def counter(rng: np.random.Generator) -> str:
    """The digits of a counter's drums."""
    return _digits(rng, 1 if rng.random() < 0.22 else int(rng.integers(1, 9)))


def label(text: str) -> str:
    """The text as it is to be read: without spaces, `?` for what is no known character."""
    return "".join(c if c in CHARACTERS else "?" for c in text if c != " ")


def encode(text: str) -> list[int]:
    """Indices into CLASSES of a label."""
    return [CLASSES.index(c) if c in CHARACTERS else len(CLASSES) - 1 for c in text]


def _signed(rng, text):
    """A number behind a sign that is no part of it, and what it is equal to."""
    sign, gap = str(rng.choice(list(SIGNS))), " " * int(rng.choice([0, 0, 0, 1]))
    if sign == "=" and text[0] in DIGITS and rng.random() < 0.2:
        text = "-" + text
    name = str(rng.choice(list(NAMES))) + gap if sign == "=" and rng.random() < 0.5 else ""
    return name + sign + gap + text


def _digits(rng, count):
    """Digits, of which neighbours are often equal and the first ones often 0."""
    digits = rng.integers(0, 10, count)
    for k in range(1, count):
        if rng.random() < 0.15:
            digits[k] = digits[k - 1]
    if rng.random() < 0.3:
        digits[: rng.integers(0, count)] = 0
    if rng.random() < 0.08:
        digits[:] = np.where(rng.random(count) < 0.6, rng.choice([0, 1]), digits)
    return "".join(map(str, digits))


def _integer(rng):
    return _digits(rng, int(min(8, 1 + rng.poisson(2.8))))


def _decimal(rng):
    point = "." if rng.random() < 0.75 else ","
    return _digits(rng, int(min(6, 1 + rng.poisson(1.5)))) + point + _digits(rng, int(rng.choice([1, 1, 2, 2, 3, 4])))


def _thousands(rng):
    comma, point = (",", ".") if rng.random() < 0.6 else (".", ",")
    text = _digits(rng, int(rng.integers(1, 4))) + comma + _digits(rng, 3)
    if rng.random() < 0.3:
        text += comma + _digits(rng, 3)
    return text + (point + _digits(rng, int(rng.integers(1, 3))) if rng.random() < 0.35 else "")


def _clock(rng):
    h, m, s = rng.integers(24), rng.integers(60), rng.integers(60)
    form = rng.random()
    text = f"{h:02d}:{m:02d}" if form < 0.5 else f"{h}:{m:02d}" if form < 0.7 else f"{h:02d}:{m:02d}:{s:02d}"
    return text + (f".{rng.integers(10)}" if form > 0.9 else "")


def _score(rng):
    """Two short numbers with a dash or a colon between: a score, a pair."""
    space = " " * int(rng.choice([0, 0, 1]))
    one, other = (str(rng.integers(10 if rng.random() < 0.6 else 130)) for _ in range(2))
    return one + space + ("-" if rng.random() < 0.75 else ":") + space + other


def _joined(rng, separators, parts):
    separator = separators[rng.integers(len(separators))]
    return separator.join(_digits(rng, int(rng.choice([1, 2, 2, 2, 3, 4]))) for _ in range(parts))
