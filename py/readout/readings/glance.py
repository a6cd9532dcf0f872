"""What a strip shows at a glance: its likeliest characters one by one, and the numbers among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..model.prior import BLANK, Prior
from ..model.strip_embedding import STRIDE
from .line import NUMERIC
from .reading import SHOWN
from .spacing import least_gap

NUMBER = re.compile(r"-?[0-9](?:[-.,:/]?[0-9])*")
"""What is taken for a number in a line of characters."""
EXPONENT = re.compile(r"E[^0-9]?[0-9]+")
"""What may follow it: its window holds that, too, which has it flagged."""
LETTER_NEAR = 1.1
"""In heights: how near a letter stands to the digit beside it."""
LETTERS = 3
"""A line with so many characters that are no digits, at least, and with fewer digits, is a word."""


@dataclass(frozen=True)
class Token:
    """One character of a line as it is read at a glance.

    middle: across the strip, in pixels. doubt: minus the logarithm of its probability, and of there being none before.
    """

    character: str
    middle: float
    doubt: float


@dataclass(frozen=True)
class Span:
    """A number in a strip.

    start, end: of its tokens. left, right: where it begins and ends, in pixels. text, sure: as it is read at a glance,
    and the mean probability of its characters.
    """

    start: int
    end: int
    left: float
    right: float
    text: str
    sure: float


class Glance:
    """Tells the characters of strips by the prior of a line backbone."""

    def __init__(self, prior: Prior):
        self._prior = prior
        self._characters = ["" if label == BLANK else SHOWN.get(label, label) for label in prior.classes.tolist()]

    def tokens(self, columns: np.ndarray, width: int) -> list[Token]:
        """The likeliest characters of a strip's columns (t, d), from left to right."""
        scores = columns[: -(-width // STRIDE)] @ self._prior.coef + self._prior.intercept
        best = scores.argmax(axis=1)
        doubts = np.log(np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1))
        tokens: list[Token] = []
        last, blank = -1, 0.0
        for at, (k, doubt) in enumerate(zip(best.tolist(), doubts.tolist(), strict=True)):
            character = self._characters[k]
            if character and k != last:
                tokens.append(Token(character, STRIDE * (at + 0.5), blank + doubt))
            blank = 0.0 if character else blank + doubt
            last = k
        return tokens


def longest_number(tokens: Sequence[Token]) -> tuple[str, float]:
    """The longest number of a strip, and how sure it is; '' and 0 where there is none."""
    text = "".join(token.character if token.character in NUMERIC else "?" for token in tokens)
    longest = max(NUMBER.finditer(text), key=lambda match: len(match[0]), default=None)
    if longest is None:
        return "", 0.0
    start, end = longest.span()
    return longest[0], _sure(tokens[start:end])


def is_word(tokens: Sequence[Token]) -> bool:
    """Whether a line is more letters than digits."""
    digits = sum(token.character.isdigit() for token in tokens)
    return len(tokens) - digits >= LETTERS and len(tokens) > 2 * digits


def spans(tokens: Sequence[Token], high: float) -> list[Span]:
    """The numbers among tokens. high: of a digit, in pixels of the strip."""
    text = "".join(token.character if token.character in NUMERIC else "?" for token in tokens)
    characters = "".join(token.character for token in tokens)
    found = []
    for match in NUMBER.finditer(text):
        for start, end in _runs(text, tokens, *match.span(), high):
            exponent = EXPONENT.match(characters, end)
            last = exponent.end() if exponent else end
            left, right = tokens[start].middle - 0.35 * high, tokens[last - 1].middle + 0.35 * high
            if start:
                left = max(left, (tokens[start - 1].middle + tokens[start].middle) / 2)
            if last < len(tokens):
                right = min(right, (tokens[last - 1].middle + tokens[last].middle) / 2)
            found.append(Span(start, end, left, right, text[start:end], _sure(tokens[start:end])))
    return found


def _sure(tokens: Sequence[Token]) -> float:
    """The geometric mean of the characters' probabilities."""
    return float(np.exp(-sum(token.doubt for token in tokens) / len(tokens)))


def _runs(text: str, tokens: Sequence[Token], start: int, end: int, high: float) -> list[tuple[int, int]]:
    """The parts of tokens[start:end], which begin and end with a digit, with no gap in them."""
    digits = [k for k in range(start, end) if text[k].isdigit()]
    steps = [(a, b, tokens[b].middle - tokens[a].middle) for a, b in pairwise(digits)]
    plain = [step for a, b, step in steps if b == a + 1]
    letter = any(
        text[a : b + 1].count("?") == 1 and tokens[b].middle - tokens[a].middle < LETTER_NEAR * high
        for a, b in ((start - 1, start), (end - 1, end))
        if a >= 0 and b < len(tokens)
    )
    begin, runs = start, []
    for a, b, step in steps:
        labelled = letter and not _is_thousands(text[b:end])
        if step > least_gap(plain, high, over_point=b > a + 1, labelled=labelled):
            runs.append((begin, a + 1))
            begin = b
    return [*runs, (begin, end)]


def _is_thousands(text: str) -> bool:
    """Whether what follows a gap may be the rest of the same number: groups of three digits, then a sign or nothing."""
    return bool(re.match(r"(?:[0-9]{3})+(?![0-9])", text))
