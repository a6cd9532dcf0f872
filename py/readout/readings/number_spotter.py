"""Reads the places where text may stand, and keeps those that show numbers.

Each line is read at a glance, with the words and units beside the number. How it is read for good, in a window of its
own, is `NumberSpotter.read`.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..detection.strip_sampler import Place, StripSampler
from ..detection.text_lines import TextLine, find_text_lines
from ..imaging.patch import Patch
from ..imaging.strips import HEIGHT, MULTIPLE, WindowCrop, strips_to_tensor
from ..layout.box import Box, clipped, fits, hull, middle, overlap, shared_area
from ..layout.layout import Readout
from ..layout.number_text import count_digits
from ..model.head import SoftmaxHead
from ..model.prior import Prior
from ..model.strip_embedding import Ink, pack
from .glance import NUMBER, Glance, Span, Token, is_word, longest_number, spans
from .line import Line
from .line_decoder import LineDecoder

LIMIT = 80
"""Lines of a frame that are read, at most: the likeliest."""
MARGIN = 0.2
"""Above and below the characters, in their heights."""
ASIDE = 0.35
"""Left and right of them."""
SURE = 0.65
"""A number is kept whose characters have this probability at a glance, at least."""
SURE_ALONE = 0.8
"""The same of one with a single digit."""
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
Filter = Callable[[np.ndarray], np.ndarray]
"""Says which of some places, (n, 4), x, y, width, height, are worth a look: bool (n,)."""


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
        self._glance = Glance(prior)

    def spot(self, frame: np.ndarray, filter: Filter | None = None) -> Steps:
        """The numbers of a frame, uint8 (h, w, 3), the best first. filter: says which lines are read."""
        size = frame.shape[1], frame.shape[0]
        sampler, lines = StripSampler(frame), find_text_lines(frame, LIMIT)
        if filter and lines:
            wanted = filter(np.array([line.box for line in lines]))
            lines = [line for line, read in zip(lines, wanted, strict=True) if read]
        places = [_grown(line.box, line.turn, size) for line in lines]
        strips = sampler.strips(places)
        spotted: list[Spotted] = []
        words: list[Box] = []
        for which in _batches(strips):
            columns = yield strips_to_tensor([strips[k] for k in which])
            for k, each in zip(which, columns, strict=True):
                tokens = self._glance.tokens(each, strips[k].shape[1])
                if is_word(tokens):
                    words.append(places[k][0])
                spotted += _numbers(tokens, *places[k], lines[k], size)
        return distinct([each for each in spotted if not any(_is_letter(each, word) for word in words)])

    def look(self, patches: Sequence[Patch], place: Place) -> Generator[np.ndarray, np.ndarray, "Look"]:
        """A window in each of some frames."""
        readout = Readout("window", window=place[0], turn=place[1])
        strips = [WindowCrop.of(patch.cut_boxes(readout.boxes)[0], *place).strip for patch in patches]
        columns = yield strips_to_tensor(strips)
        glances = [longest_number(self._glance.tokens(each, strips[0].shape[1])) for each in columns]
        return Look(place, strips, columns, glances)

    def read(self, look: "Look") -> list[Line]:
        """What a window shows in each frame."""
        width = look.strips[0].shape[1]
        rows = pack(look.columns, width, self.prior, [Ink.of(strip) for strip in look.strips])
        return self.decoder.decode(rows, width)

    def characters(self, columns: np.ndarray, width: int) -> str:
        """What a strip's columns (t, d) show at a glance, letters too."""
        return "".join(token.character for token in self._glance.tokens(columns, width))

    def spans(self, columns: np.ndarray, width: int, high: float) -> list[Span]:
        """The numbers in a strip's columns (t, d). width: of the strip, high: of its digits, in pixels."""
        return spans(self._glance.tokens(columns, width), high)


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
    for span in spans(tokens, line.box[3] / scale):
        if span.sure < (SURE if span.end - span.start > 1 else SURE_ALONE):
            continue
        top = window[1] + (window[3] - line.box[3]) / 2
        box = window[0] + span.left * scale, top, (span.right - span.left) * scale, line.box[3]
        after = "".join(token.character for token in tokens[span.end :] if token.character != "?")
        own, turned = _grown(_around_middle(box, window, turn), turn, size)
        found.append(Spotted(own, turned, line.box[3], span.text, span.sure, after))
    return found


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
