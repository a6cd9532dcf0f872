"""The numbers of a clip, found in a few of its frames: places, what they show over time, and which of them change."""

import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..imaging.colour import luma
from ..imaging.patch import Patch
from ..imaging.strips import contrast_of, ink_of, touches_edge
from ..layout.constraint import Constraint
from ..layout.layout import Box, Layout, hull
from ..model.head import SoftmaxHead
from ..model.prior import Prior
from .line import Line
from .naming import QUANTITIES, named
from .number_near import beside, number_near
from .number_spotter import PART, SURE, Look, NumberSpotter, Spotted, clipped, fits, is_number, is_part, overlap, trust
from .orientation import LEAST, clearer_view, weighed, wrapped
from .reading import number
from .suggestion import Suggestion, decimals_of

FRAMES = 8
"""Frames of a clip that are looked at, spread over it."""
CONFIDENT = 0.85
"""A reading counts as another one from this probability on."""
SELDOM = 0.4
"""The share of the frames in which a number is read that is offered at all."""
DRIFT = 1.1
"""Seconds by which a clock that runs as the clip does may differ from its times."""
ROOM = 0.75
"""The place of one more character, in heights of the digits."""
BEYOND = ((1.0, 0.0), (2.5, 0.0), (0.0, 1.0))
"""How far to the left and to the right of a window the rest of a number is looked for, in heights of the digits."""
QUIET = 0.3
"""Where the background varies by less than this share of the number's own contrast there is room."""
WORSE = 0.05
"""A window with more room is taken unless it is read with so much less confidence."""
WELL_READ = 0.96
"""Where it is read with this confidence, no other window is tried."""
HOPELESS = 0.35
"""And none where it is read with less than this."""
GLANCE = 0.5
"""A number counts that has this probability at a glance."""
READ, READ_LONG = 0.5, 0.3
"""A reading counts from this probability of the whole text on, and from this with more than two digits."""
SAME_PLACE = 0.5
"""Two windows that share so much of the smaller one are of one number."""
LOWER = 0.85
"""The height of a window that is tried where it is not read well, as a share of that first taken."""
OFTEN = 0.25
"""Where something touches a window's edge in more than this share of the frames, a narrower one is tried: a mark of a
scale beside a number would be taken for a character that is cut."""
TRIMMED = (0.1, 0.2)
"""By how much on either side, in heights."""
NEVER_TURNED = frozenset("347")
"""Digits that are none upside down."""
NO_POINTS = str.maketrans("", "", ".,")
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


@dataclass
class _Place:
    """A number that was spotted at one place in some frames. hits: (frame, what was spotted)."""

    hits: list[tuple[int, Spotted]] = field(default_factory=list)
    box: Box = (0.0, 0.0, 0.0, 0.0)

    @property
    def height(self) -> float:
        """Of its digits, in pixels."""
        return float(np.median([each.height for _, each in self.hits]))

    @property
    def unit(self) -> str:
        """The unit that stands behind it in most frames, '' where none is known."""
        [(after, count)] = Counter(each.after for _, each in self.hits).most_common(1)
        return after if after in QUANTITIES and 2 * count > len(self.hits) else ""

    def takes(self, frame: int, each: Spotted) -> bool:
        """Whether something spotted in a frame is the same number."""
        if any(at == frame for at, _ in self.hits):
            return False
        x, y, w, h = self.box
        ex, ey, ew, eh = each.window
        same_line = abs(y + h / 2 - ey - eh / 2) < 0.35 * min(h, eh) and max(h, eh) < 1.5 * min(h, eh)
        shared = min(x + w, ex + ew) - max(x, ex)
        return same_line and shared > 0.3 * min(w, ew)

    def add(self, frame: int, each: Spotted) -> None:
        """Widens the place by what was spotted."""
        self.hits.append((frame, each))
        windows = np.array([spotted.window for _, spotted in self.hits])
        x, right = float(windows[:, 0].min()), float((windows[:, 0] + windows[:, 2]).max())
        y, height = float(np.median(windows[:, 1])), float(np.median(windows[:, 3]))
        self.box = x, y, right - x, height


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
        """The numbers in frames uint8 (h, w, 3) of one size, those that change first.

        times: of a clip's, seconds. progress: called after each frame with how many are done, of how many, and the
        windows found so far.
        """
        places: list[_Place] = []
        tried = _Tried()
        for k, frame in enumerate(frames):
            spotted = yield from self._spotter.spot(frame, tried)
            for each in spotted:
                place = next((place for place in places if place.takes(k, each)), None)
                if place is None:
                    places.append(place := _Place())
                place.add(k, each)
            progress(k + 1, len(frames), [place.box for place in places])
        patches = [Patch(frame, (0, 0)) for frame in frames]
        found = []
        for place in (each for each in places if len(each.hits) >= 2 or len(frames) < 4):
            look = yield from self._look(place, patches, [other.box for other in places if other is not place])
            look = yield from self._upright(look, patches)
            if sum(sure >= GLANCE for _, sure in look.glances) >= SELDOM * len(frames):
                found.append((place, look))
        kept, numbers = [], _distinct(found)
        for place, look in numbers:
            others = [other.place[0] for _, other in numbers if other is not look]
            look = yield from self._with_rest(place, look, patches, others)
            read = self._read(place, look, times)
            kept += [read] if read else []
        if len(frames) == 1:
            longest = max((len(each.texts[0]) for each in kept), default=0)
            kept = [replace(each, alone=len(each.texts[0]) >= min(longest, 2)) for each in kept]
        return _named(kept)

    def near(self, frame: np.ndarray, point: tuple[float, float]) -> Steps:
        """The number nearest to a point (x, y) of a frame, uint8 (h, w, 3), with room; none where nothing is read."""
        spotted = yield from self._spotter.spot(frame, _Around(point))
        best = min(spotted, key=lambda each: beside(each.window, point[0]), default=None)
        if best is None or beside(best.window, point[0]) > best.height:
            best = yield from number_near(self._spotter, frame, point)
        if best is None:
            return []
        place = _Place()
        place.add(0, best)
        look = yield from self._look(place, [Patch(frame, (0, 0))], [])
        found = self._read(place, look, None)
        read = Suggestion(place.unit, *look.place, place.height, "number", (best.text,), best.confidence, False)
        return _named([found or read])

    def _look(
        self, place: _Place, patches: Sequence[Patch], others: Sequence[Box]
    ) -> Generator[np.ndarray, np.ndarray, Look]:
        """A place in all frames, with room for one more character where that reads as well."""
        height, width = patches[0].pixels.shape[:2]
        turn = float(np.median([each.turn for _, each in place.hits]))
        window, high = place.box, place.height
        if turn and not fits(hull(window, turn), (width, height)):
            turn = 0.0
        wide = clipped(_with_room(window, high, patches, others), (width, height)) if not turn else window
        best: Look | None = None
        for each in dict.fromkeys((wide, window, _lower(wide), _lower(window))):
            if best and not HOPELESS <= best.score <= WELL_READ:
                break
            look = yield from self._spotter.look(patches, (each, turn))
            if best is None or look.score > best.score + WORSE:
                best = look
        assert best is not None
        for step in TRIMMED if _touched(best) > OFTEN else ():
            (x, y, w, h), turn = best.place
            look = yield from self._spotter.look(patches, ((x + step * h, y, w - 2 * step * h, h), turn))
            if _touched(look) <= OFTEN and look.score >= best.score - WORSE:
                return look
        return best

    def _with_rest(
        self, place: _Place, look: Look, patches: Sequence[Patch], others: Sequence[Box]
    ) -> Generator[np.ndarray, np.ndarray, Look]:
        """The look, or a wider one into which some of its numbers go on: a minus is too low for a character and may
        stand apart, as a first 1 may."""
        others = [other for other in others if other[3] >= PART * look.place[0][3]]
        right = patches[0].pixels.shape[1]
        for before, after in BEYOND if not look.place[1] else ():
            x, y, w, h = look.place[0]
            left, end = max(x - before * place.height, 0.0), min(x + w + after * place.height, float(right))
            beside = (left, y, x - left, h) if before else (x + w, y, end - x - w, h)
            if beside[2] < 1 or any(overlap(beside, other) > 0 for other in others):
                continue
            if all(_spread(beside, patch) <= QUIET * _spread(look.place[0], patch) for patch in patches):
                continue
            wider = yield from self._spotter.look(patches, ((left, y, end - left, h), 0.0))
            if _goes_on(look, wider):
                look = wider
        return look

    def _upright(self, look: Look, patches: Sequence[Patch]) -> Generator[np.ndarray, np.ndarray, Look]:
        """The look, or the same window upside down where that shows numbers more clearly."""
        texts = {text for text, _ in look.glances}
        if len(texts) < LEAST or (look.score > WELL_READ and NEVER_TURNED & set("".join(texts))):
            return look
        window, turn = look.place
        other = yield from self._spotter.look(patches, (window, wrapped(turn + 180)))
        if _worth(other) <= _worth(look):
            return look
        views = zip(self._spotter.read(look), self._spotter.read(other), strict=True)
        by_text = {(one.texts[0], reverse.texts[0]): (one, reverse) for one, reverse in views}
        return other if clearer_view(weighed(by_text.values())) else look

    def _read(self, place: _Place, look: Look, times: Sequence[float] | None) -> Suggestion | None:
        """What a place shows, None where that is no number in most frames."""
        lines = self._spotter.read(look)
        readings = tuple(line.texts[0] if _is_read(line) else None for line in lines)
        texts = [text for text in readings if text is not None]
        if not texts or len(texts) < SELDOM * len(readings):
            return None
        confidence = float(np.mean([trust(line) for line in lines if _is_read(line)]))
        window, turn = look.place
        kind = _kind(texts)
        constraint = decimals_of(texts) if kind == "number" else None
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
            dark=_dark(texts, lines),
        )
        return replace(found, elapsed=times is not None and runs_with(found, times))


@dataclass(frozen=True)
class _Around:
    """Lines of characters on a point, or no further beside it than they are high."""

    point: tuple[float, float]

    def passes(self, boxes: np.ndarray) -> np.ndarray:
        """Which of boxes (n, 4) these are."""
        x, y = self.point
        left, top, width, height = boxes.T
        across = np.maximum(np.maximum(left - x, x - left - width), 0)
        beyond = np.maximum(np.maximum(top - y, y - top - height), 0)
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


def _lower(window: Box) -> Box:
    """The window, less high around the same middle."""
    x, y, w, h = window
    return x, y + (1 - LOWER) / 2 * h, w, LOWER * h


def _changes(lines: Sequence[Line]) -> bool:
    """Whether a place shows different numbers: two that are sure, or many."""
    read = [(line.texts[0].strip(".,"), trust(line)) for line in lines if _is_read(line)]
    counts = Counter(text for text, _ in read)
    sure = {text for text, probability in read if probability >= CONFIDENT}
    return len(sure) > 1 or (len(counts) > 2 and max(counts.values()) <= len(read) / 2)


def _dark(texts: Sequence[str], lines: Sequence[Line]) -> int:
    """In how many frames a display that blinks is dark: all numbers have as many digits, and much fewer are seen there,
    as of segments that are not lit."""
    digits = {_count(text) for text in texts}
    most = min(digits) if len(digits) == 1 else 0
    return sum(not _is_read(line) and 2 * _count(line.texts[0]) < most for line in lines)


def _is_read(line: Line) -> bool:
    return is_number(line.texts[0]) and trust(line) >= (READ_LONG if _count(line.texts[0]) > 2 else READ)


def _count(text: str) -> int:
    """How many digits a text has."""
    return sum(character.isdigit() for character in text)


def _kind(texts: Sequence[str]) -> str:
    """What most of some texts are."""
    kinds = Counter(
        "time" if CLOCK.fullmatch(text) else "number" if number(text.replace(",", ".")) is not None else "text"
        for text in texts
    )
    return kinds.most_common(1)[0][0]


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


def _distinct(found: Sequence[tuple[_Place, Look]]) -> list[tuple[_Place, Look]]:
    """Of what lies in one place the best."""
    clear = [look.place[0] for _, look in found if look.score >= SURE and _digits(look) > 1]
    kept: list[tuple[_Place, Look]] = []
    for place, look in sorted(found, key=lambda each: -_worth(each[1])):
        if any(is_part(look.place[0], [text for text, _ in look.glances], other) for other in clear):
            continue
        if all(overlap(look.place[0], other.place[0]) < SAME_PLACE for _, other in kept):
            kept.append((place, look))
    return kept


def _goes_on(look: Look, wider: Look) -> bool:
    """Whether a wider window shows the same digits, surely with more at an end in some frames, and without in others:
    what stands beside a number in all frames is no part of it."""
    pairs = [
        (text.translate(NO_POINTS), more.translate(NO_POINTS), sure)
        for (text, _), (more, sure) in zip(look.glances, wider.glances, strict=True)
        if text
    ]
    longer = {more != text for text, more, sure in pairs if sure >= CONFIDENT}
    same = all(more.startswith(text) or more.endswith(text) for text, more, _ in pairs)
    only_minus = all(more in (text, f"-{text}") for text, more, _ in pairs)  # an edge of the ground may look like a 1
    return len(longer) == 2 and same and wider.score >= look.score - (2 if only_minus else 1) * WORSE


def _touched(look: Look) -> float:
    """In which share of the frames something touches the window's left or right edge."""
    return float(np.mean([touches_edge(ink_of(contrast_of(strip))) for strip in look.strips]))


def _digits(look: Look) -> float:
    """How many digits a window shows, on the mean of the frames in which it shows any."""
    return float(np.mean([_count(text) for text, _ in look.glances if text] or [0]))


def _worth(look: Look) -> float:
    """More for what is read with more confidence, and for more digits."""
    return sum((2 * sure - 1) * _count(text) for text, sure in look.glances)


def _ordered(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Those to be offered first from top to bottom, then the others that change, then the rest, the surest first."""
    kept = sorted(found, key=lambda each: (not each.changes, -each.confidence * len(each.texts)))
    first = sorted((each for each in kept if each.first), key=lambda each: (round(each.window[1]), each.window[0]))
    return first + [each for each in kept if not each.first]


def _named(found: Sequence[Suggestion]) -> list[Suggestion]:
    """In their order, with names instead of the units that they came with."""
    ordered = _ordered(found)
    return named(ordered, [each.name for each in ordered])


def _with_room(window: Box, high: float, patches: Sequence[Patch], others: Sequence[Box]) -> Box:
    """A window with the place of one more character on each side on which nothing else is."""
    x, y, w, h = window
    left = (x - ROOM * high, y, ROOM * high, h)
    right = (x + w, y, ROOM * high, h)
    if _is_quiet(left, window, patches, others):
        x, w = left[0], w + left[2]
    if _is_quiet(right, window, patches, others):
        w += right[2]
    return x, y, w, h


def _is_quiet(beside: Box, window: Box, patches: Sequence[Patch], others: Sequence[Box]) -> bool:
    """Whether the background is even beside a window, inside the frame, in all frames."""
    height, width = patches[0].pixels.shape[:2]
    if not fits(beside, (width, height)) or any(overlap(beside, other) > 0 for other in others):
        return False
    return all(_spread(beside, patch) <= QUIET * _spread(window, patch) for patch in patches)


def _spread(box: Box, patch: Patch) -> float:
    """How far brightness reaches in a part of a frame, in grey levels, but for a few pixels."""
    x, y, w, h = box
    light = luma(patch.pixels[round(y) : round(y + h), round(x) : round(x + w)])
    return float(np.subtract(*np.percentile(light, (97, 3)))) if light.size else 255.0
