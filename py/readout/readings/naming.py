"""Names of numbers that were found: what they are, and, of those that are alike, where.

What is printed beside a number is not read. So a name says what the number itself shows: a clock, a date, a quantity by
its unit, a counter. Several of one kind are told apart by where they stand to each other, or else are numbered.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..layout.box import Box
from .suggestion import Suggestion

QUANTITIES = {
    "V": "voltage",
    "mV": "voltage",
    "A": "current",
    "mA": "current",
    "W": "power",
    "kW": "power",
    "kWh": "energy",
    "km/h": "speed",
    "m/s": "speed",
    "°C": "temperature",
    "°F": "temperature",
    "C": "temperature",
    "F": "temperature",
    "°": "degrees",
    "%": "percent",
}
"""What a unit behind a number says of it, as far as the reader knows the unit's letters."""
DATE = re.compile(r"(\d{4})([-./])(\d\d?)\2(\d\d?)|(\d\d?)([-./])(\d\d?)\6((?:\d\d){1,2})")
MOSTLY = 0.5
"""A number is what more than this share of its readings look like."""
RISES = 5
"""Readings of a counter, at least,"""
DISTINCT = 4
"""and how many of them differ."""
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


def named(found: Sequence[Suggestion], units: Sequence[str]) -> list[Suggestion]:
    """With names, each its own. units: what stands behind each, '' where none is known.

    Those that are offered first are told apart among themselves: what else is found changes no name of theirs.
    """
    kinds = [what_it_is(each, unit) for each, unit in zip(found, units, strict=True)]
    names: dict[int, str] = {}
    taken: set[str] = set()
    for first in (True, False):
        for kind in dict.fromkeys(kinds):
            alike = [k for k, each in enumerate(found) if kinds[k] == kind and each.first == first]
            places = positions([found[k].window for k in alike])
            for k, place in zip(alike, places, strict=True):
                name = f"{kind} {place}" if place.isdecimal() else f"{place} {kind}".strip()
                name = _free(name.capitalize(), taken)
                taken.add(name)
                names[k] = name
    return [replace(each, name=names[k]) for k, each in enumerate(found)]


def what_it_is(each: Suggestion, unit: str) -> str:
    """What a number is, in one word."""
    texts = each.texts
    if each.kind == "time":
        return "clock"
    if sum(map(is_date, texts)) > MOSTLY * len(texts):
        return "date"
    if unit in QUANTITIES:
        return QUANTITIES[unit]
    return "counter" if counts(texts) else "number"


def is_date(text: str) -> bool:
    """Whether a text is a date: year, month and day, or day and month in either order and the year."""
    found = DATE.fullmatch(text)
    if not found:
        return False
    one, other = sorted(int(part) for part in (found[3], found[4]) if part) or sorted((int(found[5]), int(found[7])))
    return 1 <= one <= 12 and 1 <= other <= 31


def counts(texts: Sequence[str]) -> bool:
    """Whether texts are whole numbers that only rise, in steps that differ little."""
    if not all(text.isdecimal() for text in texts):
        return False
    values = np.array([float(text) for text in texts])
    steps = np.diff(values)
    if len(values) < RISES or len(np.unique(values)) < DISTINCT or steps.min() < 0:
        return False
    return bool(steps.max() <= 2 * np.median(steps) + 1)


def positions(windows: Sequence[Box]) -> list[str]:
    """Where each of some windows stands to the others, '' for a single one; where words fail, their number."""
    if len(windows) < 2:
        return [""] * len(windows)
    rows = _ranks([(y, y + h) for _, y, _, h in windows])
    columns = _ranks([(x, x + w) for x, _, w, _ in windows])
    words = [f"{_word(ROWS, rows, k)} {_word(COLUMNS, columns, k)}".strip() for k in range(len(windows))]
    if max(rows) < len(ROWS) and max(columns) < len(COLUMNS) and len(set(words)) == len(words):
        return words
    order = sorted(range(len(windows)), key=lambda k: (rows[k], windows[k][0]))
    return [f"{order.index(k) + 1}" for k in range(len(windows))]


def _ranks(spans: Sequence[tuple[float, float]]) -> list[int]:
    """The number of the row, or column, of each: spans that share a middle are in one."""
    ranks = [0] * len(spans)
    rank, end = -1, -np.inf
    for k in sorted(range(len(spans)), key=lambda k: sum(spans[k])):
        if sum(spans[k]) / 2 >= end:
            rank, end = rank + 1, spans[k][1]
        ranks[k] = rank
    return ranks


def _word(words: Sequence[str], ranks: Sequence[int], k: int) -> str:
    """Of two the outer ones, of one none."""
    last = max(ranks)
    return "" if not last else words[-1] if ranks[k] == last else words[min(ranks[k], len(words) - 1)]


def _free(name: str, taken: set[str]) -> str:
    count, found = 2, name
    while found in taken:
        found, count = f"{name} {count}", count + 1
    return found
