"""The numbers of a clip, found in a few of its frames: places, what they show over time, and which of them change."""

import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..imaging.patch import Patch
from ..layout.box import Box, overlap
from ..layout.constraint import Constraint
from ..layout.layout import Layout
from ..layout.meaning import TEXT, Meaning
from ..layout.number_text import count_decimals, count_digits
from ..model.head import SoftmaxHead
from ..model.prior import Prior
from .line import Line
from .naming import named
from .notation_evidence import Evidence
from .number_near import beside, number_near
from .number_spotter import SURE, Look, NumberSpotter, is_number, is_part, trust
from .number_window import CONFIDENT, Place, look_at, mean_digits, upright, with_rest, worth
from .suggestion import Suggestion, decimals_of
from .window_fit import fitted

FRAMES = 8
"""Frames of a clip that are looked at, spread over it."""
SELDOM = 0.4
"""The share of the frames in which a number is read that may be offered first."""
LEAST_SEEN = 0.25
"""The share of the frames, two at least that follow each other, in which one is surely read that is offered at all."""
DRIFT = 1.1
"""Seconds by which a clock that runs as the clip does may differ from its times."""
GLANCE = 0.5
"""A number counts that has this probability at a glance."""
READ, READ_LONG = 0.5, 0.25
"""A reading counts from this probability of the whole text on, and from this with more than two digits."""
SAME_PLACE = 0.5
"""Two windows that share so much of the smaller one are of one number."""
CLOCK = re.compile(r"\d{1,3}:\d\d(:\d\d)?([.,]\d+)?")


Steps = Generator[np.ndarray, np.ndarray, list[Suggestion]]
"""Yields strips, float32 (n, 3, 32, W), takes their columns (n, t, d) from a line backbone."""


def sample_times(times: Sequence[float] | np.ndarray, count: int = FRAMES) -> np.ndarray:
    """Times of frames spread evenly over a clip's times from the first one on, ascending, each once."""
    moments = np.asarray(times, float)
    places = np.arange(count) / count * len(moments)
    return moments[np.unique(places.astype(int))] if len(moments) else moments


def layout_of(suggestions: Sequence[Suggestion], frame_size: tuple[int, int]) -> Layout:
    """A layout of readouts where the numbers are."""
    return Layout(frame_size, tuple(each.readout() for each in suggestions))


class NumberFinder:
    """Finds the numbers of clips and pictures. prior: of the line backbone. head: on its columns."""

    def __init__(self, prior: Prior, head: SoftmaxHead):
        self._spotter = NumberSpotter(prior, head)

    def find(
        self,
        frames: Sequence[np.ndarray],
        times: Sequence[float] | None = None,
        progress: Callable[[int, int, list[Box]], None] = lambda *_: None,
    ) -> Steps:
        """The numbers in frames uint8 (h, w, 3) of one size, those that change first; see `Search`.

        progress: called after each frame with how many are done, of how many, and the windows found so far.
        """
        search = self.search()
        for k, frame in enumerate(frames):
            yield from search.see(frame)
            progress(k + 1, len(frames), search.windows)
        return (yield from search.numbers(times))

    def search(self) -> "Search":
        """A search that takes one frame after the other."""
        return Search(self._spotter)

    def fit(self, patches: Sequence[Patch], window: Box, turn: float = 0.0) -> Generator[np.ndarray, np.ndarray, Box]:
        """A drawn window, closer around its numbers where these are read better so; see `window_fit`."""
        return fitted(self._spotter, patches, window, turn)

    def near(self, frame: np.ndarray, point: tuple[float, float]) -> Steps:
        """The number nearest to a point (x, y) of a frame, uint8 (h, w, 3), with room; none where nothing is read."""
        spotted = yield from self._spotter.spot(frame, partial(_around, point))
        best = min(spotted, key=lambda each: beside(each.window, point[0]), default=None)
        if best is None or beside(best.window, point[0]) > best.height:
            best = yield from number_near(self._spotter, frame, point)
        if best is None:
            return []
        place = Place()
        place.add(0, best)
        look = yield from look_at(self._spotter, place, [Patch(frame, (0, 0))], [])
        found = _read(self._spotter, place, look, None)
        read = Suggestion(place.unit, *look.place, place.height, "number", (best.text,), best.confidence, False)
        return _named([found or read])


class Search:
    """The numbers of frames that come one by one."""

    def __init__(self, spotter: NumberSpotter):
        self._spotter, self._tried = spotter, _Tried()
        self._places: list[Place] = []
        self._patches: list[Patch] = []

    @property
    def windows(self) -> list[Box]:
        """Those found so far."""
        return [place.box for place in self._places]

    def see(self, frame: np.ndarray) -> Generator[np.ndarray, np.ndarray, None]:
        """Look for numbers in the next frame, uint8 (h, w, 3), of the size of those before."""
        spotted = yield from self._spotter.spot(frame, self._tried.passes)
        for each in spotted:
            place = next((place for place in self._places if place.takes(len(self._patches), each)), None)
            if place is None:
                self._places.append(place := Place())
            place.add(len(self._patches), each)
        self._patches.append(Patch(frame, (0, 0)))

    def numbers(self, times: Sequence[float] | None = None) -> Steps:
        """What was found in all frames. times: of the frames, where they are a clip's, seconds."""
        patches, found = self._patches, []
        for place in (each for each in self._places if len(each.hits) >= 2 or len(patches) < 4):
            others = [other.box for other in self._places if other is not place]
            look = yield from look_at(self._spotter, place, patches, others)
            look = yield from upright(self._spotter, look, patches)
            if sum(sure >= GLANCE for _, sure in look.glances) >= LEAST_SEEN * len(patches):
                found.append((place, look))
        kept, numbers = [], _distinct(found)
        for place, look in numbers:
            others = [other.place[0] for _, other in numbers if other is not look]
            look = yield from with_rest(self._spotter, place, look, patches, others)
            read = _read(self._spotter, place, look, times)
            kept += [read] if read else []
        if len(patches) == 1:
            longest = max((len(each.texts[0]) for each in kept), default=0)
            kept = [replace(each, alone=len(each.texts[0]) >= min(longest, 2)) for each in kept]
        return _named(kept)


def _around(point: tuple[float, float], boxes: np.ndarray) -> np.ndarray:
    """Which of boxes (n, 4) hold a point, or lie no further beside it than they are high."""
    left, top, width, height = boxes.T
    across = np.maximum(np.maximum(left - point[0], point[0] - left - width), 0)
    beyond = np.maximum(np.maximum(top - point[1], point[1] - top - height), 0)
    return (across <= height) & (beyond <= height / 4)


class _Tried:
    """Lines of characters that were read twice already: (n, 4)."""

    TIMES = 2

    def __init__(self) -> None:
        self._boxes, self._counts = np.empty((0, 4)), np.empty(0, int)

    def passes(self, boxes: np.ndarray) -> np.ndarray:
        """Which of boxes (m, 4) are to be read; they are noted."""
        if not len(boxes):
            return np.empty(0, bool)
        if not len(self._boxes):
            self._boxes, self._counts = boxes, np.ones(len(boxes), int)
            return np.ones(len(boxes), bool)
        same = _intersection_over_union(boxes, self._boxes)
        nearest = same.argmax(axis=1)
        known = same[np.arange(len(boxes)), nearest] > 0.8
        again = ~known | (self._counts[nearest] < self.TIMES)
        np.add.at(self._counts, nearest[known], 1)
        self._boxes = np.concatenate([self._boxes, boxes[~known]])
        self._counts = np.concatenate([self._counts, np.ones(int((~known).sum()), int)])
        return again


def _intersection_over_union(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(m, n) of boxes (m, 4) and (n, 4)."""
    sides = []
    for k in (0, 1):
        low = np.maximum(one[:, None, k], other[None, :, k])
        high = np.minimum((one[:, k] + one[:, k + 2])[:, None], (other[:, k] + other[:, k + 2])[None, :])
        sides.append(np.maximum(high - low, 0))
    shared = sides[0] * sides[1]
    return shared / ((one[:, 2] * one[:, 3])[:, None] + (other[:, 2] * other[:, 3])[None, :] - shared)


def _read(spotter: NumberSpotter, place: Place, look: Look, times: Sequence[float] | None) -> Suggestion | None:
    """What a place shows, None where that is no number in so many frames."""
    lines = spotter.read(look)
    readings = tuple(line.texts[0] if _is_read(line) else None for line in lines)
    texts = [text for text in readings if text is not None]
    if not texts:
        return None
    confidence = float(np.mean([trust(line) for line in lines if _is_read(line)]))
    at, seldom = np.flatnonzero([text is not None for text in readings]), len(texts) < SELDOM * len(readings)
    if seldom and (len(at) < max(LEAST_SEEN * len(readings), 2) or np.ptp(at) >= len(at) or confidence < CONFIDENT):
        return None
    window, turn = look.place
    kind = _kind(texts)
    passed_over = kind == "number" and not _are_whole([line for line in lines if _is_read(line)])
    constraint = decimals_of(texts) if passed_over else None
    if constraint:
        obeys = Constraint.parse(constraint).accepts
        obeying = [next(filter(obeys, line.texts), line.texts[0]) for line in lines]
        readings = tuple(text if read is not None else None for text, read in zip(obeying, readings, strict=True))
    found = Suggestion(
        place.unit,
        window,
        turn,
        place.height,
        kind,
        readings,
        confidence,
        _changes(lines),
        constraint=constraint,
        dark=0 if seldom else _dark(texts, lines),
    )
    return replace(found, elapsed=times is not None and runs_with(found, times))


def _changes(lines: Sequence[Line]) -> bool:
    """Whether a place shows different numbers: two that are sure, or many."""
    read = [(line.texts[0].strip(".,"), trust(line)) for line in lines if _is_read(line)]
    counts = Counter(text for text, _ in read)
    sure = {text for text, probability in read if probability >= CONFIDENT}
    return len(sure) > 1 or (len(counts) > 2 and max(counts.values()) <= len(read) / 2)


def _dark(texts: Sequence[str], lines: Sequence[Line]) -> int:
    """In how many frames a display that blinks is dark: all numbers have as many digits, and much fewer are seen there,
    as of segments that are not lit."""
    digits = {count_digits(text) for text in texts}
    most = min(digits) if len(digits) == 1 else 0
    return sum(not _is_read(line) and 2 * count_digits(line.texts[0]) < most for line in lines)


def _are_whole(lines: Sequence[Line]) -> bool:
    """Whether most numbers without a point were read without a doubt: 994 W becomes 1.00 kW."""
    whole = [line for line in lines if count_decimals(line.texts[0]) is None]
    clear = [line for line in whole if not line.unknown and line.probabilities[0] >= CONFIDENT]
    return len(clear) > len(whole) / 2


def _is_read(line: Line) -> bool:
    return is_number(line.texts[0]) and trust(line) >= (READ_LONG if count_digits(line.texts[0]) > 2 else READ)


def _kind(texts: Sequence[str]) -> str:
    """What some texts are, as reading takes them; 'text' where most state no value so, as dates do."""
    seen = Evidence()
    seen.add((text, 1.0) for text in texts)
    notation = seen.notation(Meaning())
    lacking = sum(notation.stated_by(text)[0] is None for text in texts)
    return TEXT if 2 * lacking > len(texts) else notation.kind


def runs_with(found: Suggestion, times: Sequence[float]) -> bool:
    """Whether a clock shows what has passed of a clip, from wherever it began."""
    if found.kind != "time":
        return False
    offsets = [
        sum(float(part) * 60**k for k, part in enumerate(reversed(text.replace(",", ".").split(":")))) - time
        for text, time in zip(found.readings, times, strict=True)
        if text is not None and CLOCK.fullmatch(text)
    ]
    return len(offsets) > 2 and max(offsets) - min(offsets) <= DRIFT


def _distinct(found: Sequence[tuple[Place, Look]]) -> list[tuple[Place, Look]]:
    """Of what lies in one place the best."""
    clear = [look.place[0] for _, look in found if look.score >= SURE and mean_digits(look) > 1]
    kept: list[tuple[Place, Look]] = []
    for place, look in sorted(found, key=lambda each: -worth(each[1])):
        if any(is_part(look.place[0], [text for text, _ in look.glances], other) for other in clear):
            continue
        if all(overlap(look.place[0], other.place[0]) < SAME_PLACE for _, other in kept):
            kept.append((place, look))
    return kept


def _ordered(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Those to be offered first from top to bottom, then the others that change, then the rest, the surest first."""
    kept = sorted(found, key=lambda each: (not each.changes, -each.confidence * len(each.texts)))
    first = sorted((each for each in kept if each.first), key=lambda each: (round(each.window[1]), each.window[0]))
    return first + [each for each in kept if not each.first]


def _named(found: Sequence[Suggestion]) -> list[Suggestion]:
    """In their order, with names instead of the units that they came with."""
    ordered = _ordered(found)
    return named(ordered, [each.name for each in ordered])
