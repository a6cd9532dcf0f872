"""What one strip shows: the number, its rivals and its characters' places."""

from dataclasses import dataclass
from functools import cached_property

NUMERIC = frozenset("0123456789-.,:/")
"""Characters that are part of a number. Letters, units and what is not known are set aside; what a person has
taught is not."""
FACTORS = frozenset("kMm%")
"""Characters behind a number that it may be multiplied by; they are part of it where that is stated."""
LONE_FACTORS = frozenset("kM")
"""Of these, those that are no unit where nothing follows them."""
RIVALS = 8
"""Texts that are kept of each strip, the reading among them."""


@dataclass(frozen=True)
class Line:
    """What one strip shows. texts: the reading and its rivals, the most probable first. probabilities: of each.

    spans: of each character of the reading where it stands, as shares of the window's width, 0 to 1.
    cut: whether a character touches the window's edge. unknown: whether something that is no known character, or a
    letter, stands among the digits, a lone k or M behind them, or something was read as nothing that is as tall as they
    are, a minus or a point; or the digits stand too far apart, or a minus, the first or the last one has not its ink.
    forced: whether the constraint ruled out what would else have been read.
    distance: how unlike every known character the least familiar one looks; above 1 it is an outlier.
    look, beside: see `Ink`. ruled_out: the probability of the texts that the constraint rules out.
    turns: of each character of the reading how far its drum is turned; see `drums.turns`.
    ink: from where to where something stands, as shares of the window's width. contrast: see `Ink`.
    """

    texts: tuple[str, ...]
    probabilities: tuple[float, ...]
    spans: tuple[tuple[float, float], ...] = ()
    cut: bool = False
    unknown: bool = False
    forced: bool = False
    distance: float = 0.0
    turns: tuple[float, ...] = ()
    ink: tuple[tuple[float, float], ...] = ()
    contrast: float = 0.0
    ruled_out: float = 0.0
    look: bytes = b""
    beside: tuple[bool, bool] = (False, False)

    @cached_property
    def point_doubt(self) -> float:
        """The probability of rivals with the same digits and the point elsewhere, or with one too many or too few."""
        read = _digits_and_point(self.texts[0])
        rivals = zip(self.texts[1:], self.probabilities[1:], strict=True)
        others = ((_digits_and_point(text), probability) for text, probability in rivals)
        return sum(p for (digits, point), p in others if digits == read[0] and point != read[1])


def _digits_and_point(text: str) -> tuple[str, str]:
    """A text without its points and commas, and with one sign for both."""
    point = text.replace(",", ".")
    return point.replace(".", ""), point
