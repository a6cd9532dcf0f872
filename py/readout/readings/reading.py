"""From embeddings to readings."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TextIO

import numpy as np

from ..layout.layout import Layout, Readout
from ..model.backbone import BackboneInfo, check_trained_on
from ..model.head import SoftmaxHead
from ..model.prior import BLANK, UNKNOWN
from ..video.anchor import Shift
from .notation_evidence import Evidence

COLUMNS = ("frame", "time_s", "readout", "text", "value", "confidence", "flags", "confirmed")
NOTE = "note"
"""The last column of every CSV: why a text states no value."""
PLACES = {"time_s": 6, "container_time_s": 6, "confidence": 4}
"""Decimals of columns that are written with a fixed number of them."""
DOUBTFUL = 0.5
"""Below this confidence a reading of boxes carries the flag 'doubtful'."""
DOUBTFUL_TEXT = 0.8
"""The same for a window, whose confidence is the probability of the whole text: more than one in five is wrong there.
Rivals differ in a digit, or in a point alone; of two values that a picture mixes, each has half at most."""
DOUBTFUL_POINT = 0.1
"""From this probability of another place for the point on, a window is doubtful however sure its digits are: the value
would be ten times as large or small."""
ANCHOR_LOST = "anchor-lost"
"""The flag of readings from frames in which the anchor is lost: their boxes lie where they were drawn."""
CHANGING, JUMP = "changing", "jump"
"""The flags of readings that were caught while the display changed, and that leave what the number usually does."""
CHECK = "\0check"
"""What the name of a window that checks boxes ends with."""
CUT = "cut"
"""The flag of windows that the number has grown out of: it touches the edge, or goes on beside."""
DISPUTED = "disputed"
"""The flag of fixed boxes where the reader of windows sees another number; see `cross_check`."""
NO_VALUE = "no-value"
"""The flag of texts that state no value, though every character is known."""
TURNED = "turned"
"""The flag of a readout whose numbers are clearer upside down, or in a mirror; see `orientation`."""
FLAGS = (
    *("doubtful", "unknown", "outlier", ANCHOR_LOST, CUT, "constrained"),
    *(DISPUTED, CHANGING, JUMP, NO_VALUE, TURNED),
)
"""Bit k of the flags in a table, uint16, is FLAGS[k]; see `Reading`."""
BITS = {flag: 1 << k for k, flag in enumerate(FLAGS)}
DOUBTING = frozenset(FLAGS) - {"constrained", NO_VALUE}
"""Flags that doubt a text: with one of them a second look that agrees confirms nothing, since it doubts, too."""
DOUBT_BITS = sum(BITS[flag] for flag in DOUBTING)
SHOWN = {BLANK: " ", UNKNOWN: "?"}
"""How answers that are no characters look in a reading's text."""
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a cell that a spreadsheet computes may begin with; the last four are the full-width =, +, - and @."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What one readout of one frame shows.

    labels: the most probable label of each box. text: they, in the readout's format, a space for
    'blank' and ? for 'unknown'. value: what the text states, see `Notation`, None where it states none; note: why
    it states none. confidence: the product of the labels' probabilities, that is the chance that all are right if
    they err independently. flags: 'doubtful' below a confidence of DOUBTFUL, of a window of DOUBTFUL_TEXT, 'unknown'
    where a box shows no known glyph, or a window something that was not read, or a value is of another scale, see
    `unit_changes`, 'outlier' where one looks unlike everything the head knows, whatever it answers,
    ANCHOR_LOST where the boxes follow an anchor that is not in the frame, 'disputed' where the reader of windows sees
    another number, see `cross_check`, CHANGING and JUMP by what other frames show, see `comparison`, NO_VALUE where a
    text states no value, TURNED where the display seems to be upside down or mirrored. confirmed: whether another
    frame agrees; None where none was asked.
    probabilities: (boxes, classes). time_s: seconds since the start, None for pictures. absent: whether the readout is
    not shown in the frame; `note` says why. look: of a window, see `Line`.
    """

    frame: str
    readout: str
    labels: tuple[str, ...]
    text: str
    value: float | None
    confidence: float
    flags: tuple[str, ...]
    probabilities: np.ndarray
    time_s: float | None = None
    confirmed: bool | None = None
    note: str = ""
    absent: bool = False
    look: bytes = b""

    def fields(self) -> dict[str, Any]:
        """What is told of it, frame and time aside; of a readout that is not shown no confidence."""
        names = ("readout", "text", "value", "confidence", "flags", "confirmed", "note")
        return {**{name: getattr(self, name) for name in names}, **({"confidence": None} if self.absent else {})}


class Reader:
    """A head that knows the digits and a layout that knows the boxes."""

    def __init__(self, layout: Layout, head: SoftmaxHead, backbone: BackboneInfo):
        """Raises ReadoutError when the head was trained on another backbone."""
        check_trained_on(head, backbone)
        self.layout = layout
        self.head = head

    def read(self, frame: str, readout: Readout, embeddings: np.ndarray) -> Reading:
        """Read one readout from its boxes' embeddings (boxes, d)."""
        probabilities = self.head.predict_proba(embeddings)
        labels = tuple(self.head.classes_[k] for k in probabilities.argmax(axis=1))
        text = readout.compose([SHOWN.get(label, label) for label in labels])
        confidence = float(probabilities.max(axis=1).prod())
        distance = self.head.distance(embeddings)
        raised = {
            "doubtful": confidence < DOUBTFUL,
            "unknown": UNKNOWN in labels,
            "outlier": distance is not None and bool((distance > 1).any()),
        }
        value, note = Evidence.of(readout).notation(readout.meaning).stated_by(text)
        flags = tuple(flag for flag, up in {**raised, NO_VALUE: bool(note) and UNKNOWN not in labels}.items() if up)
        return Reading(frame, readout.name, labels, text, value, confidence, flags, probabilities, note=note)


def flags_of(bits: int) -> tuple[str, ...]:
    """The flags that the bits of a table say."""
    return tuple(flag for flag, bit in BITS.items() if bits & bit)


def is_legible(text: str) -> bool:
    """Whether a text shows something, and all of it is known characters."""
    return bool(text.strip()) and SHOWN[UNKNOWN] not in text


@dataclass(frozen=True)
class Review:
    """What to expect of a table. wrong: how many readings are likely to be wrong, on the average.
    first: indices of the readings to look at, most doubtful first, to find half of those."""

    wrong: float
    first: list[int]


def review(confidences: Sequence[float]) -> Review:
    """How many of the readings are wrong by their own confidences, and the fewest that hold half of that.

    Readings are counted as they are: twins of one mistake are as many mistakes. As honest as the
    confidences: benchmarks/accuracy.py says how well these are calibrated.
    """
    doubts = 1 - np.asarray(confidences, float)
    order = np.argsort(-doubts, kind="stable")
    wrong = float(doubts.sum())
    enough = np.searchsorted(np.cumsum(doubts[order]), wrong / 2 * (1 - 1e-12)) + 1 if wrong > 0 else 0
    return Review(wrong, order[:enough].tolist())


def write_csv(readings: Iterable[Reading], file: TextIO) -> None:
    """Write readings as CSV, one row for each frame and readout; see COLUMNS, NOTE and `cells`."""
    _write_lines([(*COLUMNS, NOTE)], file)
    _write_lines(((*cells(r.frame, r.time_s, r.fields()), safe(r.note)) for r in readings), file)


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as lines of a CSV."""
    file = io.StringIO()
    _write_lines(rows, file)
    return file.getvalue()


def _write_lines(rows: Iterable[Sequence[str]], file: TextIO) -> None:
    """Write each row as it comes: there may be many, and those before an error are kept."""
    csv.writer(file, lineterminator="\n").writerows(rows)


def cells(frame: str, time_s: float | None, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """One row of a CSV: the COLUMNS as text, safe in a spreadsheet, empty where there is no time or value.

    fields: as `Reading.fields` gives them.
    """
    row = {**fields, "frame": frame, "time_s": time_s, "flags": " ".join(fields["flags"])}
    return tuple(cell_text(name, row[name]) for name in COLUMNS)


def cell_text(column: str, cell: str | float | bool | np.generic | None) -> str:
    """A cell of a CSV as text: safe in a spreadsheet, '' for None. NumPy's values are written as Python's."""
    if isinstance(cell, np.generic):
        cell = cell.item()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return yes_or_no(cell)
    if isinstance(cell, str):
        return safe(cell)
    return f"{cell:.{PLACES[column]}f}" if column in PLACES else repr(cell)


def yes_or_no(cell: bool) -> str:
    """How a table says whether something is so."""
    return "yes" if cell else "no"


def safe(text: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet would take it for a formula; a number stays as it is.

    Texts that begin with apostrophes and what such a formula begins with get one more: so each is told from the others.

    Source: OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection.
    """
    begun = text.lstrip("'")
    return "'" + text if begun.startswith(FORMULA) and (begun != text or number(text) is None) else text


def number(text: str) -> float | None:
    """The number that a text states, None where it states none: no infinity, no NaN, no 1_000."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None  # float takes 'nan' and '1_0' too


def flagged(reading: Reading, shift: Shift | None) -> Reading:
    """The reading, with ANCHOR_LOST among its flags where the anchor is lost."""
    return replace(reading, flags=(*reading.flags, ANCHOR_LOST)) if shift and shift.lost else reading
