"""The chance that a reading is right by the account of its whole table: the estimate of wrong readings is made of it.

A strip by itself cannot tell `49.48` from `49,48` or `49.4`. The table can: a display writes one sign, and mostly as
many characters behind it. So rivals count less the more seldom their form is among the texts of the table, by the rule
of succession, but for one: a point is passed over far more often than seen where there is none, so of a text without a
sign those with one count in full.
"""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from ..model.prior import UNKNOWN
from .line import Line
from .line_column import AnyColumn, LineColumn
from .reading import SHOWN

RUN = re.compile(r"([.,:])[.,:]+")
SIGNS = re.compile(r"[.,:]")


def chances(column: AnyColumn) -> np.ndarray:
    """float64 (F,), 0 where nothing was read, and of texts with a character that is not known."""
    if isinstance(column, LineColumn):
        given = np.flatnonzero(column.given)
        distinct = given[np.unique(column.looks[given, 0], return_index=True)[1]]
        lines = map(column.line, distinct.tolist())
        found = column.by_line(_Forms(line.texts[0] for line in lines if not line.forced).chance)
    else:
        found = column.read_confidence.astype(float)
    unknown = np.array([SHOWN[UNKNOWN] in text for text in column.texts], bool)
    return np.where(unknown, 0.0, found)


class _Forms:
    """How often each form is among distinct texts. A constraint that forces a text is no evidence of its form."""

    def __init__(self, texts: Iterable[str]):
        self._counts = Counter(form_of(text) for text in set(texts))
        self._all = sum(self._counts.values())

    def chance(self, line: Line) -> float:
        """The chance that a line's text is right."""
        shown = plain(line.texts[0])
        form = form_of(shown)
        right = wrong = 0.0
        for text, probability in zip(line.texts, line.probabilities, strict=True):
            text = plain(text)
            if text == shown:
                right += probability * self._share(form)
            else:
                other = form_of(text)
                seen = not form[0] and bool(other[0])
                wrong += probability * max(self._share(other), self._share(form) if seen else 0.0)
        wrong += line.ruled_out * (1 - self._share(form))
        wrong += max(1.0 - sum(line.probabilities) - line.ruled_out, 0.0) * self._share(form)
        return right / (right + wrong) if right else 0.0

    def _share(self, form: tuple[str, int]) -> float:
        return (self._counts[form] + 1) / (self._all + 2)


def plain(text: str) -> str:
    """A text in which a run of signs is its first one: no display shows two."""
    return RUN.sub(r"\1", text)


def form_of(text: str) -> tuple[str, int]:
    """The signs of a text, and how many characters stand behind the last one, 0 where there is none."""
    signs = "".join(SIGNS.findall(text))
    return signs, len(SIGNS.split(text)[-1]) if signs else 0
