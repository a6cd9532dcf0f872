"""Reads the places where text may stand, and keeps those that show numbers.

Each line is read at a glance, with the words and units beside the number. How it is read for good, in a window of its
own, is `NumberSpotter.read`.
"""

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from ..detection.strip_sampler import Place, StripSampler
from ..detection.text_lines import TextLine, find_text_lines
from ..imaging.patch import Patch
from ..imaging.strips import HEIGHT, MULTIPLE, WindowCrop, strips_to_tensor
from ..layout.box import Box, clipped, fits, hull, middle, overlap, shared_area
from ..layout.layout import Readout
from ..layout.number_text import count_digits
from ..model.head import SoftmaxHead
from ..model.prior import BLANK, Prior
from ..model.strip_embedding import STRIDE, Ink, pack
from .line import NUMERIC, Line
from .line_decoder import LineDecoder
from .reading import SHOWN
from .spacing import least_gap

NUMBER = re.compile(r"-?[0-9](?:[-.,:/]?[0-9])*")
"""What is taken for a number in a line of characters."""
EXPONENT = re.compile(r"E[^0-9]?[0-9]+")
"""What may follow it: its window holds that, too, which has it flagged."""
LIMIT = 80
"""Lines of a frame that are read, at most: the likeliest."""
LETTER_NEAR = 1.1
"""In heights: how near a letter stands to the digit beside it."""
MARGIN = 0.2
"""Above and below the characters, in their heights."""
ASIDE = 0.35
"""Left and right of them."""
SURE = 0.65
"""A number is kept whose characters have this probability at a glance, at least."""
SURE_ALONE = 0.8
"""The same of one with a single digit."""
LETTERS = 3
"""A line with so many characters that are no digits, at least, and with fewer digits, is a word."""
OVERLAP = 0.4
"""Of two numbers that share so much of the smaller one, the better one is kept."""
HALVES = frozenset("08")
PART, WITHIN = 0.65, 0.8
"""Zeros and eights that are less than so high as another number, and lie in it with so much of their own window, are
the halves of its digits where segments stand far apart."""
BATCH = 32
"""Strips that are read at once."""

Steps = Generator[np.ndarray, np.ndarray, "list[Spotted]"]
"""Yields strips, float32 (n, 3, 32, W), takes their columns (n, t, d) from a line backbone, returns what was found."""


class Filter(Protocol):
    """Says which of some places are worth a look."""

    def passes(self, boxes: np.ndarray) -> np.ndarray:
        """Of boxes (n, 4), x, y, width, height: bool (n,)."""
        ...


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


@dataclass(frozen=True)
class Spotted:
    """A number in one frame.

    window: frame pixels, turned clockwise by `turn` degrees around its middle. height: of its digits, in pixels. text:
    as it is read at a glance. confidence: the probability of its characters. after: letters behind it in the same line.
    """

    window: Box
    turn: float
    height: float
    text: str
    confidence: float
    after: str = ""

    @property
    def digits(self) -> int:
        """How many it has."""
        return count_digits(self.text)

    @property
    def quality(self) -> float:
        """Of two readings of one place the better one has more: sure of more digits."""
        return (2 * self.confidence - 1) * self.digits


@dataclass(frozen=True, eq=False)
class Look:
    """A window in n frames.

    strips: of each, uint8 (32, w, 3). columns: float32 (n, t, d). glances: the number that each shows at a glance,
    '' for none, and the probability of its characters.
    """

    place: Place
    strips: list[np.ndarray]
    columns: np.ndarray
    glances: list[tuple[str, float]]

    @property
    def score(self) -> float:
        """The mean probability of the numbers, 0 where there is none."""
        return float(np.mean([sure for _, sure in self.glances]))


def trust(line: Line) -> float:
    """The probability of a line's text, lowered where something speaks against its being a number."""
    return line.probabilities[0] * 0.8**line.cut * 0.7**line.unknown * 0.5 ** (line.distance > 1)


def is_number(text: str) -> bool:
    """Whether a text is a number, perhaps with points around it."""
    return NUMBER.fullmatch(text.strip(".,:/")) is not None


class NumberSpotter:
    """Finds numbers in single frames. prior: of the line backbone. head: on its columns."""

    def __init__(self, prior: Prior, head: SoftmaxHead):
        self.prior, self.decoder = prior, LineDecoder(head)
        self._characters = ["" if label == BLANK else SHOWN.get(label, label) for label in prior.classes.tolist()]

    def spot(self, frame: np.ndarray, filter: "Filter | None" = None) -> Steps:
        """The numbers of a frame, uint8 (h, w, 3), the best first. filter: says which lines are read."""
        size = frame.shape[1], frame.shape[0]
        sampler, lines = StripSampler(frame), find_text_lines(frame, LIMIT)
        if filter and lines:
            wanted = filter.passes(np.array([line.box for line in lines]))
            lines = [line for line, read in zip(lines, wanted, strict=True) if read]
        places = [_grown(line.box, line.turn, size) for line in lines]
        strips = sampler.strips(places)
        spotted: list[Spotted] = []
        words: list[Box] = []
        for which in _batches(strips):
            columns = yield strips_to_tensor([strips[k] for k in which])
            for k, each in zip(which, columns, strict=True):
                tokens = self._tokens(each, strips[k].shape[1])
                if _is_word(tokens):
                    words.append(places[k][0])
                spotted += _numbers(tokens, *places[k], lines[k], size)
        return distinct([each for each in spotted if not any(_is_letter(each, word) for word in words)])

    def look(self, patches: Sequence[Patch], place: Place) -> Generator[np.ndarray, np.ndarray, "Look"]:
        """A window in each of some frames."""
        readout = Readout("window", window=place[0], turn=place[1])
        strips = [WindowCrop.of(patch.cut_boxes(readout.boxes)[0], *place).strip for patch in patches]
        columns = yield strips_to_tensor(strips)
        glances = [self._glance(self._tokens(each, strips[0].shape[1])) for each in columns]
        return Look(place, strips, columns, glances)

    def read(self, look: "Look") -> list[Line]:
        """What a window shows in each frame."""
        width = look.strips[0].shape[1]
        rows = pack(look.columns, width, self.prior, [Ink.of(strip) for strip in look.strips])
        return self.decoder.decode(rows, width)

    def spans(self, columns: np.ndarray, width: int, high: float) -> list[Span]:
        """The numbers in a strip's columns (t, d). width: of the strip, high: of its digits, in pixels."""
        return _spans(self._tokens(columns, width), high)

    @staticmethod
    def _glance(tokens: Sequence[Token]) -> tuple[str, float]:
        """The longest number of a strip, and how sure it is; '' and 0 where there is none."""
        text = "".join(token.character if token.character in NUMERIC else "?" for token in tokens)
        longest = max(NUMBER.finditer(text), key=lambda match: len(match[0]), default=None)
        if longest is None:
            return "", 0.0
        start, end = longest.span()
        return longest[0], _sure(tokens[start:end])

    def _tokens(self, columns: np.ndarray, width: int) -> list[Token]:
        """The likeliest characters of a strip's columns (t, d), from left to right, by the prior."""
        scores = columns[: -(-width // STRIDE)] @ self.prior.coef + self.prior.intercept
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


def distinct(spotted: Sequence[Spotted]) -> list[Spotted]:
    """The best number of each place, the best first."""
    clear = [each for each in spotted if each.confidence >= SURE_ALONE and each.digits > 1]
    kept: list[Spotted] = []
    for each in sorted(spotted, key=lambda each: -each.quality):
        if any(is_part(each.window, [each.text], other.window) for other in clear):
            continue
        if all(overlap(each.window, other.window) < OVERLAP for other in kept):
            kept.append(each)
    return kept


def is_part(one: Box, texts: Iterable[str], other: Box) -> bool:
    """Whether a window holds the halves of the digits of another one. texts: what it shows."""
    inside = one[3] < PART * other[3] and shared_area(one, other) > WITHIN * one[2] * one[3]
    return inside and all(set(text) <= HALVES for text in texts)


def _is_word(tokens: Sequence[Token]) -> bool:
    """Whether a line is more letters than digits."""
    digits = sum(token.character.isdigit() for token in tokens)
    return len(tokens) - digits >= LETTERS and len(tokens) > 2 * digits


def _is_letter(each: Spotted, word: Box) -> bool:
    """Whether a single digit is about as high as a word, and lies in it."""
    return len(each.text) == 1 and each.window[3] < 1.4 * word[3] and overlap(each.window, word) > 0.7


def _batches(strips: Sequence[np.ndarray]) -> list[list[int]]:
    """Indices of strips in batches of about one width."""
    order = sorted(range(len(strips)), key=lambda k: strips[k].shape[1])
    batches: list[list[int]] = []
    for k in order:
        width = strips[k].shape[1]
        if not batches or len(batches[-1]) == BATCH or width > 1.3 * strips[batches[-1][0]].shape[1] + MULTIPLE:
            batches.append([])
        batches[-1].append(k)
    return batches


def _numbers(tokens: Sequence[Token], window: Box, turn: float, line: TextLine, size: tuple[int, int]) -> list[Spotted]:
    """The numbers in a line that was read through a window, each with a window of its own in a frame of `size`."""
    scale = window[3] / HEIGHT
    found = []
    for span in _spans(tokens, line.box[3] / scale):
        if span.sure < (SURE if span.end - span.start > 1 else SURE_ALONE):
            continue
        top = window[1] + (window[3] - line.box[3]) / 2
        box = window[0] + span.left * scale, top, (span.right - span.left) * scale, line.box[3]
        after = "".join(token.character for token in tokens[span.end :] if token.character != "?")
        own, turned = _grown(_around_middle(box, window, turn), turn, size)
        found.append(Spotted(own, turned, line.box[3], span.text, span.sure, after))
    return found


def _spans(tokens: Sequence[Token], high: float) -> list[Span]:
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


def _around_middle(box: Box, window: Box, turn: float) -> Box:
    """A part of a turned window as a window of its own, which turns around its own middle."""
    if not turn:
        return box
    (x, y), (at_x, at_y) = middle(window), middle(box)
    across, down = at_x - x, at_y - y
    cos, sin = float(np.cos(np.radians(turn))), float(np.sin(np.radians(turn)))
    x, y = x + across * cos - down * sin, y + across * sin + down * cos
    return x - box[2] / 2, y - box[3] / 2, box[2], box[3]


def _grown(box: Box, turn: float, size: tuple[int, int]) -> Place:
    """A window around characters, with a margin, inside a frame of `size`; level where it would not fit turned."""
    x, y, w, h = box
    window = x - ASIDE * h, y - MARGIN * h, w + 2 * ASIDE * h, h + 2 * MARGIN * h
    if turn and fits(hull(window, turn), size):
        return window, turn
    return clipped(window, size), 0.0
