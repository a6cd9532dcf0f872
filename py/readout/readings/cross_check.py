"""Fixed boxes checked by the reader of windows, which sees whether the number has more characters than boxes.

Each box is judged alone: a hundred beside two boxes is read as 00, a point that moves as if it had stayed, unlit
segments as digits. The reader of windows has learned apart from it and sees the whole number, so both seldom err alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..layout.box import Box, outer_edges
from ..layout.layout import Layout, Readout
from ..layout.number_text import count_decimals
from ..layout.region import bounding_region
from .column import Column
from .line import Line
from .line_column import AnyColumn, LineColumn
from .reading import CHECK

BESIDE = 1.0
"""Boxes' distances by which a window is wider than the boxes on either side."""
LEANING = 0.5
"""Heights of a box by which the next one may lie higher or lower in a row."""
LEAST_AGREEMENT = 0.07
"""What chance the reader of windows must give to the boxes' digits."""
LEAST_SAME_SHAPE = 0.2
"""The same where it mostly sees another count of digits, or the point elsewhere: of these it is the better judge."""
LEAST_POINT = 0.05
"""What share of the chance of the boxes' digits their point must have: of 159 numbers in 60 fonts 3 % had less."""
LEAST_MOVED = 0.3
"""What chance the boxes' digits must have for that share to count."""
FAINTEST = 0.1
"""The share of the frames that show a point which may show it faintly."""
FAINT = 0.6
"""The share of the usual contrast below which eights are taken for segments that are not lit."""
CENTRE = 0.15
"""The share of a box's width on either side of its middle in which an eight has ink."""
COUNTED = frozenset("0123456789-")
POINTS = ".,:"
DECIMAL = frozenset(".,")


def with_checks(layout: Layout) -> Layout:
    """The layout with a window around each row of boxes; readouts that are no row of digits are not checked."""
    return replace(layout, readouts=(*layout.readouts, *checks(layout).values()))


def checks(layout: Layout) -> dict[str, Readout]:
    """The windows around rows of boxes, by the names of these; inside of their `bounding_region`."""
    windows = {each.name: _window(each, layout) for each in layout.readouts if each.window is None}
    return {name: window for name, window in windows.items() if window}


def settle_checks(columns: Mapping[str, AnyColumn]) -> dict[str, AnyColumn]:
    """The columns without those of windows that check; boxes that these contradict are flagged 'disputed'."""
    kept = {name: column for name, column in columns.items() if not name.endswith(CHECK)}
    for name, column in kept.items():
        dispute(column, columns.get(name + CHECK))
    return kept


def dispute(column: AnyColumn, window: AnyColumn | None) -> None:
    """Flag what boxes show in those frames in which a window around them shows another number."""
    if isinstance(column, Column) and isinstance(window, LineColumn):
        column.dispute(disputes(column, window))


def disputes(column: Column, window: LineColumn) -> np.ndarray:
    """In which frames a window that was read surely shows another number than the boxes: bool (F,)."""
    verdicts: dict[tuple[int, str], bool] = {}
    found = np.zeros(len(column), bool)
    has_points = bool(set(column.readout.format) & DECIMAL) and shows_points(window)
    for k in np.flatnonzero(column.given & window.given).tolist():
        line, text = window.line(k), column.texts[k]
        key = id(line), text
        if key not in verdicts:
            verdicts[key] = (
                contradicts(line, text)
                or is_dark(line, text, window.usual_contrast)
                or has_empty_eight(line, text, column.readout, window.readout)
                or has_no_point(line, text, has_points)
            )
        found[k] = verdicts[key]
    return found


@dataclass(frozen=True)
class _Row:
    """Boxes beside each other. left, right: where the first begins and the last ends. pitch: from one to the next."""

    left: float
    right: float
    pitch: float

    @classmethod
    def of(cls, readout: Readout) -> "_Row | None":
        boxes = [as_seen(box, readout) for box in readout.boxes]
        middles = [(x + w / 2, y + h / 2) for x, y, w, h in boxes]
        steps = [(b[0] - a[0], abs(b[1] - a[1])) for a, b in pairwise(middles)]
        height = float(np.median([box[3] for box in boxes]))
        if any(across <= 0 or down > LEANING * height for across, down in steps):
            return None
        pitch = float(np.median([across for across, _ in steps])) if steps else boxes[0][2]
        return cls(boxes[0][0], boxes[-1][0] + boxes[-1][2], pitch)


def contradicts(line: Line, text: str) -> bool:
    """Whether a line leaves a text little chance: other digits, more of them, or surely the point elsewhere."""
    if "?" in text:
        return False
    shown, place = _digits(text), count_decimals(text, POINTS)
    open_share = 1 - sum(line.probabilities)
    agreeing = another_count = same_place = elsewhere = 0.0
    for read, probability in zip(line.texts, line.probabilities, strict=True):
        digits, point = _digits(read), count_decimals(read, POINTS)
        another_count += probability * (len(digits) != len(shown))
        if digits == shown:
            agreeing += probability
            same_place += probability * (point == place)
            elsewhere += probability * (point not in (None, place))
    if agreeing + open_share < (LEAST_SAME_SHAPE if another_count > 0.5 else LEAST_AGREEMENT):
        return True
    return elsewhere > 0.5 and same_place + open_share < LEAST_SAME_SHAPE


def shows_points(window: LineColumn) -> bool:
    """Whether most of a window's frames that show a number show a point, and nearly all of these plainly: in some
    displays it is too small to be seen each time."""
    lines = [window.line(k) for k in np.flatnonzero(window.given).tolist()]
    shares = np.array([_share_with_point(line) for line in lines if _digits(line.texts[0])])
    seen = shares[shares >= LEAST_POINT]
    return 2 * len(seen) > len(shares) and float(np.quantile(seen, FAINTEST)) > 0.5


def has_no_point(line: Line, text: str, has_points: bool) -> bool:
    """Whether a line shows a text's digits and hardly its point: it has moved, or is gone where others are seen."""
    shown, place = _digits(text), count_decimals(text, POINTS)
    if place is None or ":" in text:
        return False
    agreeing = same_place = none = 0.0
    for read, probability in zip(line.texts, line.probabilities, strict=True):
        if _digits(read) == shown:
            point = count_decimals(read, POINTS)
            agreeing += probability
            same_place += probability * (point == place)
            none += probability * (point is None)
    if agreeing < LEAST_MOVED or same_place >= LEAST_POINT * agreeing:
        return False
    return has_points or none < 0.5 * agreeing


def _share_with_point(line: Line) -> float:
    return sum(
        p for read, p in zip(line.texts, line.probabilities, strict=True) if count_decimals(read, POINTS) is not None
    )


def is_dark(line: Line, text: str, usual: float) -> bool:
    """Whether a display that shows nothing but eights is dark: its segments, not lit, are fainter than usual."""
    return set(_digits(text)) == {"8"} and 0 < line.contrast < FAINT * usual


def has_empty_eight(line: Line, text: str, boxes: Readout, window: Readout) -> bool:
    """Whether an eight was read in a box without ink, beside boxes with ink: its segments are not lit."""
    if window.window is None or len(text) != len(boxes.format):
        return False
    start, _, length, _ = as_seen(window.boxes[0], window)
    shown = [character for mark, character in zip(boxes.format, text, strict=True) if mark == "#"]
    eights, all_inked = [], []
    for character, box in zip(shown, boxes.boxes, strict=True):
        if character not in COUNTED:
            continue
        x, _, w, _ = as_seen(box, boxes)
        left, right = (x + (0.5 - CENTRE) * w - start) / length, (x + (0.5 + CENTRE) * w - start) / length
        inked = any(a < right and left < b for a, b in line.ink)
        all_inked.append(inked)
        if character == "8":
            eights.append(inked)
    return any(all_inked) and not all(eights)


def _digits(text: str) -> str:
    """The digits and signs of a text."""
    return "".join(c for c in text if c in COUNTED)


def _window(readout: Readout, layout: Layout) -> Readout | None:
    """The window around a row of boxes; of one that runs from right to left turned: so it is seen upside down."""
    row = _Row.of(readout)
    if row is None:
        turned = replace(readout, turn=180 - abs(readout.turn))
        return _window(turned, layout) if readout.turn in (0, 180, -180) and _Row.of(turned) else None
    others = [as_seen(box, readout) for other in layout.readouts if other is not readout for box in other.boxes]
    boxes = [as_seen(box, readout) for box in readout.boxes]
    _, top, _, bottom = outer_edges(boxes)
    beside = [box for box in others if box[1] < bottom and top < box[1] + box[3]]
    kept_x, _, kept_width, _ = as_seen(bounding_region(readout, layout.frame_size).box, readout)
    before, after = row.left - BESIDE * row.pitch, row.right + BESIDE * row.pitch
    left = max([kept_x, before, *(x + w for x, _, w, _ in beside if x + w <= row.left + 1)])
    right = min([kept_x + kept_width, after, *(x for x, _, _, _ in beside if x >= row.right - 1)])
    width, height = right - left, bottom - top
    x, y, w, h = _as_stored((left, top, width, height), readout)
    window = (x + (w - width) / 2, y + (h - height) / 2, width, height)
    return Readout(readout.name + CHECK, window=window, turn=readout.turn, mirror=readout.mirror)


def as_seen(box: Box, readout: Readout) -> Box:
    """A box of the frame where it is when the readout's display is turned upright about the frame's corner."""
    x, y, w, h = _turned(box, readout.turn)
    return (-x - w, y, w, h) if readout.mirror else (x, y, w, h)


def _as_stored(box: Box, readout: Readout) -> Box:
    """The reverse of `as_seen`."""
    x, y, w, h = box
    return _turned((-x - w, y, w, h) if readout.mirror else box, -readout.turn)


def _turned(box: Box, turn: float) -> Box:
    """A box turned about (0, 0), counterclockwise as a picture shows it, by a multiple of 90 degrees."""
    x, y, w, h = box
    for _ in range(round(turn / 90) % 4):
        x, y, w, h = y, -x - w, h, w
    return x, y, w, h
