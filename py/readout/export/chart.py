"""A chart of readings as SVG, made to be printed: a panel for each readout, one below the other, over the same axis.

It consists of `path` and `text` elements alone, whose attributes state all of their looks, so that the page can draw
the same on a canvas.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from html import escape
from itertools import pairwise

import numpy as np

from .tables import Row

WIDTH, LEFT, RIGHT, TOP, PANEL, GAP, FOOT = 760, 74, 14, 44, 150, 40, 48
"""In CSS pixels; of a panel its height, between panels what holds the name of the next one."""
INK, QUIET, GRID, LINE, DOUBT, TYPED = "#1a1a1a", "#555", "#d4d4d4", "#1c5d99", "#c03a1b", "#1d7a46"
STEPS = (1.0, 2.0, 5.0)
CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000)
"""Between marks of an axis: these times a power of ten, of time in seconds."""
CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML document may not hold; www.w3.org/TR/xml, 2.2."""


def chart_svg(title: str, rows: Iterable[Row], clocks: Collection[str] = ()) -> str:
    """The values to plot of all readouts over time, or over the frames' numbers where not all have rising times.

    rows: frame by frame. clocks: readouts whose values are times in seconds. A line has a gap where there is no value.
    """
    by_readout: dict[str, list[tuple[int, Row]]] = {}
    times: dict[str, float | None] = {}
    for row in rows:
        times.setdefault(row.frame, row.time_s)
        by_readout.setdefault(row.readout, []).append((len(times) - 1, row))
    known = [time for time in times.values() if time is not None]
    timed = len(known) == len(times) and all(a < b for a, b in pairwise(known))
    xs = np.array(known if timed else range(1, len(times) + 1), float)
    height = TOP + len(by_readout) * (PANEL + GAP) + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" role="img">\n<title>{_text(title)}</title>\n',
        _path(f"M0 0H{WIDTH}V{height}H0Z", fill="#fff"),
        _label(LEFT, 26, title, 17, anchor="start"),
    ]
    across = _Axis(xs[0], xs[-1], timed, whole=True) if len(xs) else _Axis(0, 1, False)
    top = TOP + GAP - 12
    for name, readings in by_readout.items():
        parts += _panel(name, readings, xs, across, top, name in clocks)
        top += PANEL + GAP
    bottom = top - GAP
    for value, words in across.marks(WIDTH - LEFT - RIGHT, 90):
        parts.append(_label(across.at(value, LEFT, WIDTH - RIGHT), bottom + 16, words, 11, QUIET))
    parts.append(_label((LEFT + WIDTH - RIGHT) / 2, bottom + 33, "time" if timed else "frame", 11, QUIET))
    return "".join(parts) + _legend(by_readout, bottom + 52) + "</svg>\n"


class _Axis:
    """From low to high, with some marks between. clock: values are seconds. whole: only whole numbers are marked."""

    def __init__(self, low: float, high: float, clock: bool, whole: bool = False):
        if low == high:
            low, high = low - 1, high + 1
        self.low, self.high, self.clock, self.whole = float(low), float(high), clock, whole

    def at(self, value: float, start: float, end: float) -> float:
        """Where on the page a value is."""
        return start + (value - self.low) / (self.high - self.low) * (end - start)

    def marks(self, length: float, apart: float) -> list[tuple[float, str]]:
        """Values and their words, at least `apart` from each other on an axis of that length."""
        least = (self.high - self.low) / max(length / apart, 1)
        power = 10.0 ** math.floor(math.log10(least))
        step = next(power * each for each in (*STEPS, 10.0) if power * each >= least * (1 - 1e-9))
        if self.clock:
            step = next((float(each) for each in CLOCK_STEPS if each >= least > 0.5), step)
        elif self.whole:
            step = max(step, 1.0)
        places = max(0, -math.floor(math.log10(step) + 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        values = [k * step for k in range(first, last + 1)]
        return [(value, _clock(value, places) if self.clock else f"{value:,.{places}f}") for value in values]


def _panel(
    name: str, readings: Sequence[tuple[int, Row]], xs: np.ndarray, across: _Axis, top: float, clock: bool
) -> list[str]:
    """One readout: its name, its axis, its line, and marks of what is flagged, typed, repaired or without a value."""
    bottom, end = top + PANEL, WIDTH - RIGHT
    values = [row.final for _, row in readings if row.final is not None]
    up = _Axis(min(values, default=0.0), max(values, default=1.0), clock)
    parts = [_label(LEFT, top - 8, name, 13, anchor="start", bold=True)]
    for value, words in up.marks(PANEL, 30):
        y = up.at(value, bottom, top)
        parts += [_path(f"M{LEFT} {y:.1f}H{end}", GRID), _label(LEFT - 6, y + 4, words, 11, QUIET, "end")]
    for value, _ in across.marks(end - LEFT, 90):
        parts.append(_path(f"M{across.at(value, LEFT, end):.1f} {top}V{bottom}", GRID))
    parts.append(_path(f"M{LEFT} {top}V{bottom}H{end}", QUIET))
    points = [
        (across.at(xs[k], LEFT, end), None if row.final is None else up.at(row.final, bottom, top), row)
        for k, row in readings
    ]
    parts.append(_path(_line(points), LINE, 1.4))
    marks: dict[str, dict[tuple[int, int], None]] = {}
    for x, place, row in points:
        if kind := _mark(row):
            marks.setdefault(kind, {})[round(x), round(bottom if place is None else place)] = None  # each place once
    for kind, places in marks.items():
        parts.append(_marks(kind, list(places)))
    if not values:
        parts.append(_label((LEFT + end) / 2, top + PANEL / 2, "no values", 12, QUIET))
    return parts


def _line(points: Sequence[tuple[float, float | None, Row]]) -> str:
    """The path through points, interrupted where there is no value; of many within a pixel the first, the least, the
    largest and the last: it looks the same."""
    pieces: list[str] = []
    column: list[tuple[float, float]] = []
    open_line = False

    def flush() -> None:
        nonlocal open_line
        kept = [column[0], min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1]), column[-1]]
        for place in sorted(set(kept), key=column.index):
            pieces.append(f"{'L' if open_line else 'M'}{place[0]:.1f} {place[1]:.1f}")
            open_line = True
        column.clear()

    for x, y, _ in points:
        if column and (y is None or int(x) != int(column[0][0])):
            flush()
        if y is None:
            open_line = False
            continue
        column.append((x, y))
    if column:
        flush()
    # A value alone between two gaps is a dot: a line of no length with round ends.
    return re.sub(r"(M[^ML]+)(?=M|$)", r"\1h0.01", "".join(pieces))


def _mark(row: Row) -> str:
    """What a reading is marked as, '' for nothing."""
    if row.typed:
        return "typed by a person" if row.final is not None else ""
    if row.repaired:
        return "repaired by a rule" if row.final is not None else ""
    if row.final is None:
        return "without a value" if row.text.strip() else ""
    return "flagged" if row.flags else ""


def _marks(kind: str, places: Sequence[tuple[float, float]]) -> str:
    """Dots, diamonds, rings, or ticks, as one path."""
    if kind == "without a value":
        return _path("".join(f"M{x} {y}v-7" for x, y in places), DOUBT, 1.5)
    if kind == "typed by a person":
        return _path("".join(f"M{x} {y - 4}l4 4l-4 4l-4 -4Z" for x, y in places), fill=TYPED)
    d = "".join(f"M{x - 3} {y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z" for x, y in places)
    return _path(d, fill=DOUBT) if kind == "flagged" else _path(d, LINE, 1.4, "#fff")


def _legend(by_readout: dict[str, list[tuple[int, Row]]], y: float) -> str:
    """The marks that there are, and what they mean."""
    kinds = dict.fromkeys(kind for readings in by_readout.values() for _, row in readings if (kind := _mark(row)))
    parts, x = [], float(LEFT)
    for kind in kinds:
        parts += [_marks(kind, [(x + 4, y)]), _label(x + 14, y + 4, kind, 11, QUIET, "start")]
        x += 40 + 6.2 * len(kind)
    return "".join(parts)


def _path(d: str, stroke: str = "none", width: float = 1, fill: str = "none") -> str:
    return (
        f'<path d="{d}" stroke="{stroke}" stroke-width="{width:g}" fill="{fill}" stroke-linejoin="round" '
        'stroke-linecap="round"/>\n'
        if d
        else ""
    )


def _label(
    x: float, y: float, words: str, size: int, colour: str = INK, anchor: str = "middle", bold: bool = False
) -> str:
    weight = "600" if bold else "400"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{colour}">{_text(words)}</text>\n'
    )


def _text(words: str) -> str:
    return escape(CONTROL.sub("\ufffd", words))


def _clock(seconds: float, places: int) -> str:
    """0:07, 1:02:03, with decimals where there are any."""
    whole = round(abs(seconds), places)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{rest:0{places + 3 if places else 2}.{places}f}"
    sign = "−" if seconds < 0 and whole else ""
    return f"{sign}{hours}:{minutes:02d}:{tail}" if hours else f"{sign}{minutes}:{tail}"
