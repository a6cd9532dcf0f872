"""Whether a display is seen upside down, or in a mirror.

0, 1, 2, 5, 6, 8 and 9 are digits upside down, too, so that one number may be read as surely either way up. Several
numbers seldom are: a readout is looked at again in a few frames, turned and mirrored, and what reads windows says in
which view it sees numbers. Of 54 drawn groups of six numbers none that is upright is taken for another, and 1 that is
upside down is missed; of four 3, and 5 that are seen in a mirror, too. Of 72 groups with a unit or a name 1 of six that
is upright is taken for another, 2 of four.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..imaging.crops import Crop
from ..imaging.strips import WindowCrop, window_crops
from ..layout.layout import Readout
from ..model.head import SoftmaxHead
from .cross_check import as_seen
from .line import Line
from .line_column import AnyColumn, LineColumn
from .observations import read_one

LOOKS = 6
"""Different numbers of a readout that are looked at again, at most."""
TRIED = 10 * LOOKS
"""Texts that are looked at where frames come one after the other, those that tell nothing among them."""
GLANCES = 16
"""Frames, spread over all, among which these are looked for."""
LEAST_NUMBERS = 2
"""Different numbers that are needed to tell, or that a person types."""
CLEARER = 1.0
"""By how much the logarithm of the probability of all numbers together is greater in the other view."""
UNKNOWN_LOG, OUTLIER_LOG, MISSING_LOG = 1.0, 1.0, 1.0
"""What unknown characters, those unlike all that are known, and each digit that another view has more, take off it."""
BESIDE_LOG = 0.25
"""What letters beside digits that are read take off the stated view."""
LEGIBLE = 0.3
"""Digits are read from this probability on."""
LEAST_DIGITS = 2
"""A window with fewer tells nothing."""
MOST_LOG = 3.0
"""What one number adds at most."""
LEAST_PROBABILITY = 1e-6
UPSIDE_DOWN, MIRRORED, BOTH = "upside down", "in a mirror", "upside down in a mirror"
VIEWS = ((0, False), (180, False), (0, True), (180, True))
"""By how many degrees a display may be turned, and whether it is mirrored, against what is stated."""


def is_known(typed: Mapping[tuple[str, str], str | None], readout: str) -> bool:
    """Whether enough of a readout was typed to know how it is seen. typed: by frame and name."""
    return sum(name == readout and bool(text) for (_, name), text in typed.items()) >= LEAST_NUMBERS


def spread(frames: int) -> np.ndarray:
    """Which frames to glance at, of so many: int (n,), ascending, at most GLANCES."""
    return _spread(frames, GLANCES)


def _spread(count: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(int))


def looked_at(column: AnyColumn, rows: Sequence[int] | np.ndarray) -> list[int]:
    """Of these rows one for each different text, at most LOOKS, spread over them; none where there are too few."""
    first: dict[str | int, int] = {}
    for row in map(int, rows):
        if column.given[row]:
            first.setdefault(column.texts[row].strip() or row, row)
    found = list(first.values())
    return [found[k] for k in _spread(len(found), LOOKS)] if len(found) >= LEAST_NUMBERS else []


def in_each_view(stated: Readout, window: Readout, crops: Sequence[Crop]) -> list[Crop]:
    """Crops of n windows in each of the VIEWS: n len(VIEWS).

    stated: the readout with the turn and mirror that are stated. window: it, or the one that checks its boxes.
    """
    return [
        replace(crop, turn=wrapped(stated.turn + turn), mirror=stated.mirror != mirror)
        for crop in window_crops(window, crops)
        if isinstance(crop, WindowCrop)
        for turn, mirror in VIEWS
    ]


def evidence(readout: Readout, head: SoftmaxHead | None, embeddings: np.ndarray) -> np.ndarray:
    """See `weighed`. embeddings: float32 (4 n, d), of what `in_each_view` gives."""
    free = replace(readout, constraint=None)
    lines = [_line(free, head, row) for row in embeddings] if head else []
    n = len(VIEWS)
    return weighed([lines[k : k + n] for k in range(0, len(lines), n)])


def weighed(looks: Iterable[Sequence[Line]]) -> np.ndarray:
    """How likely it is that each view of a window shows a number, as logarithms: float64 (m, views), of those windows
    that show more than a digit in any."""
    found = [logs for views in looks if (logs := _evidence(views))]
    return np.array(found, float)


def clearer_view(found: np.ndarray) -> str:
    """UPSIDE_DOWN, MIRRORED or BOTH where numbers are clearer so, '' where they are not, or where it can't be told.

    found: different numbers, `weighed` in all VIEWS, or in the first few.
    """
    if len(found) < LEAST_NUMBERS:
        return ""
    as_stated, *others = found.sum(axis=0).tolist()
    best = max(range(len(others)), key=others.__getitem__)
    return (UPSIDE_DOWN, MIRRORED, BOTH)[best] if others[best] - as_stated > CLEARER else ""


def restated(readout: Readout, view: str) -> Readout:
    """The readout as seen in a view: boxes run from left to right then."""
    turn, mirror = VIEWS[(UPSIDE_DOWN, MIRRORED, BOTH).index(view) + 1]
    seen = replace(readout, turn=wrapped(readout.turn + turn), mirror=readout.mirror != mirror)
    backwards = readout.window is None and as_seen(seen.boxes[0], seen)[0] > as_seen(seen.boxes[-1], seen)[0]
    return replace(seen, boxes=seen.boxes[::-1]) if backwards else seen


@dataclass
class Looks:
    """What is known of a readout that is read frame after frame: the evidence of different numbers, by text."""

    found: dict[str, np.ndarray] = field(default_factory=dict)

    def lack(self, text: str) -> bool:
        """Whether a frame that shows this text is to be looked at."""
        told = sum(len(each) > 0 for each in self.found.values())
        return bool(text.strip()) and text not in self.found and told < LOOKS and len(self.found) < TRIED

    @property
    def view(self) -> str:
        """See `clearer_view`."""
        return clearer_view(np.concatenate([each for each in self.found.values() if len(each)] or [np.empty((0, 4))]))


def wrapped(turn: float) -> float:
    """The same turn, above -180 degrees, and 180 at most."""
    return 180 - (180 - turn) % 360


def _line(readout: Readout, head: SoftmaxHead, row: np.ndarray) -> Line:
    column = read_one(readout, head, row[None])
    return column.line(0) if isinstance(column, LineColumn) else Line(("",), (0.0,))


def _evidence(views: Sequence[Line]) -> list[float] | None:
    """Of each view of a strip how likely it is that it shows its digits, wherever the point is; None where none shows
    more than a digit.

    Letters are digits in some other view, as dB is 86. So nothing is taken off the stated view, nor off one that reads
    its digits as letters stand beside them, for digits where it has none.
    """
    places = [_digits(line, turn, mirror) for line, (turn, mirror) in zip(views, VIEWS, strict=False)]
    counts = [sum(character.isdecimal() for character in line.texts[0]) for line in views]
    most = max(counts)
    if most < LEAST_DIGITS:
        return None
    logs = []
    for k, (line, count) in enumerate(zip(views, counts, strict=True)):
        sure = line.probabilities[0] + line.point_doubt
        beside = line.unknown and count >= LEAST_DIGITS and sure >= LEGIBLE
        rival = most
        if beside or (k == 0 and count >= LEAST_DIGITS):
            rival = max(count, *(_within(other, places[k]) for other in places))
        logs.append(
            float(np.log(max(sure, LEAST_PROBABILITY))) * (count > 0)
            - (BESIDE_LOG if beside and k == 0 else UNKNOWN_LOG) * line.unknown
            - OUTLIER_LOG * (line.distance > 1)
            - MISSING_LOG * (rival - count)
        )
    return [max(each, max(logs) - MOST_LOG) for each in logs]


def _digits(line: Line, turn: int, mirror: bool) -> list[tuple[float, float]]:
    """From where to where each digit of a view stands in the stated one, as shares of the window's width."""
    spans = [span for character, span in zip(line.texts[0], line.spans, strict=False) if character.isdecimal()]
    return [(1 - end, 1 - begin) for begin, end in spans] if (turn == 180) != mirror else spans


def _within(digits: Sequence[tuple[float, float]], places: Sequence[tuple[float, float]]) -> int:
    """How many digits have their middle between the ends of some places."""
    low, high = min((begin for begin, _ in places), default=1.0), max((end for _, end in places), default=0.0)
    return sum(low <= (begin + end) / 2 <= high for begin, end in digits)
