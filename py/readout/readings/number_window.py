"""The window around a number that was spotted in some frames: with room, the whole number in it, the right way up."""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..imaging.beside import like_minus
from ..imaging.colour import luma
from ..imaging.patch import Patch
from ..imaging.strips import column_runs, contrast_of, ink_of, least_contrast, touches_edge
from ..layout.box import Box, clipped, fits, hull, lowered, overlap
from ..layout.number_text import count_digits
from .naming import QUANTITIES
from .number_spotter import PART, Look, NumberSpotter, Spotted
from .orientation import LEAST_NUMBERS, clearer_view, weighed, wrapped

CONFIDENT = 0.85
"""A reading counts as another one from this probability on."""
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
LESS = 0.075
"""What is left out above and as much below of a window that is not read well, as a share of its height."""
OFTEN = 0.25
"""Where something touches a window's edge in more than this share of the frames, a narrower one is tried: a mark of a
scale beside a number would be taken for a character that is cut."""
TRIMMED = (0.1, 0.2)
"""By how much on either side, in heights."""
NEARLY = 0.8
"""The share of the frames in which a window with the minus of a number that is always negative shows its digits."""
NEVER_TURNED = frozenset("347")
"""Digits that are none upside down."""
NO_POINTS = str.maketrans("", "", ".,")

Steps = Generator[np.ndarray, np.ndarray, Look]
"""Yields strips, float32 (n, 3, 32, W), takes their columns (n, t, d) from a line backbone."""


@dataclass
class Place:
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


def look_at(spotter: NumberSpotter, place: Place, patches: Sequence[Patch], others: Sequence[Box]) -> Steps:
    """A place in all frames, with room for one more character where that reads as well."""
    height, width = patches[0].pixels.shape[:2]
    turn = float(np.median([each.turn for _, each in place.hits]))
    window, high = place.box, place.height
    if turn and not fits(hull(window, turn), (width, height)):
        turn = 0.0
    wide = clipped(_with_room(window, high, patches, others), (width, height)) if not turn else window
    best: Look | None = None
    for each in dict.fromkeys((wide, window, lowered(wide, LESS), lowered(window, LESS))):
        if best and not HOPELESS <= best.score <= WELL_READ:
            break
        look = yield from spotter.look(patches, (each, turn))
        if best is None or look.score > best.score + WORSE:
            best = look
    assert best is not None
    for step in TRIMMED if _touched(best) > OFTEN else ():
        (x, y, w, h), turn = best.place
        look = yield from spotter.look(patches, ((x + step * h, y, w - 2 * step * h, h), turn))
        if _touched(look) <= OFTEN and look.score >= best.score - WORSE:
            return look
    return best


def with_rest(
    spotter: NumberSpotter, place: Place, look: Look, patches: Sequence[Patch], others: Sequence[Box]
) -> Steps:
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
        signed = before > 0 and _has_sign(beside, place.height, patches)
        if not signed and _is_even(beside, look.place[0], patches):
            continue
        wider = yield from spotter.look(patches, ((left, y, end - left, h), 0.0))
        if _goes_on(look, wider) or (signed and _shows_sign(look, wider)):
            look = wider
    return look


def upright(spotter: NumberSpotter, look: Look, patches: Sequence[Patch]) -> Steps:
    """The look, or the same window upside down where that shows numbers more clearly."""
    texts = {text for text, _ in look.glances}
    if len(texts) < LEAST_NUMBERS or (look.score > WELL_READ and NEVER_TURNED & set("".join(texts))):
        return look
    window, turn = look.place
    other = yield from spotter.look(patches, (window, wrapped(turn + 180)))
    if worth(other) <= worth(look):
        return look
    views = zip(spotter.read(look), spotter.read(other), strict=True)
    by_text = {(one.texts[0], reverse.texts[0]): (one, reverse) for one, reverse in views}
    return other if clearer_view(weighed(by_text.values())) else look


def worth(look: Look) -> float:
    """More for what is read with more confidence, and for more digits."""
    return sum((2 * sure - 1) * count_digits(text) for text, sure in look.glances)


def mean_digits(look: Look) -> float:
    """How many digits a window shows, on the mean of the frames in which it shows any."""
    return float(np.mean([count_digits(text) for text, _ in look.glances if text] or [0]))


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


def _shows_sign(look: Look, wider: Look) -> bool:
    """Whether a wider window nearly always shows the same digits, with a minus before them or without."""
    pairs = [(text, more) for (text, _), (more, _) in zip(look.glances, wider.glances, strict=True) if text]
    alike = [more.translate(NO_POINTS).removeprefix("-") == text.translate(NO_POINTS) for text, more in pairs]
    return bool(np.mean(alike or [False]) >= NEARLY)


def _has_sign(beside: Box, high: float, patches: Sequence[Patch]) -> bool:
    """Whether in most frames the last ink in what is left of a number is like a minus, and nearer to the number than to
    anything before it: between a name and a number it would be a dash."""
    x, y, w, h = beside
    left = max(x - 2 * high, 0.0)
    found = []
    for patch in patches:
        part = luma(patch.pixels[round(y) : round(y + h), round(left) : round(x + w)])
        contrast = np.abs(part.astype(np.int16) - np.median(part))
        ink = contrast > least_contrast(float(contrast.max(initial=0)))
        (begin, end), *before = column_runs(ink)[::-1] or [(0, 0)]
        rows = np.flatnonzero(ink[:, begin:end].any(axis=1)) if end else np.zeros(1)
        middle = (h - high) / 2
        flat = like_minus(rows[0], rows[-1] + 1, end - begin, (middle, middle + high))
        found.append(bool(flat) and (not before or begin - before[0][1] > ink.shape[1] - end))
    return 2 * sum(found) > len(found)


def _touched(look: Look) -> float:
    """In which share of the frames something touches the window's left or right edge."""
    return float(np.mean([touches_edge(ink_of(contrast_of(strip))) for strip in look.strips]))


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
    return _is_even(beside, window, patches)


def _is_even(beside: Box, window: Box, patches: Sequence[Patch]) -> bool:
    """Whether the background varies little beside a window in all frames."""
    return all(_spread(beside, patch) <= QUIET * _spread(window, patch) for patch in patches)


def _spread(box: Box, patch: Patch) -> float:
    """How far brightness reaches in a part of a frame, in grey levels, but for a few pixels."""
    x, y, w, h = box
    light = luma(patch.pixels[round(y) : round(y + h), round(x) : round(x + w)])
    return float(np.subtract(*np.percentile(light, (97, 3)))) if light.size else 255.0
