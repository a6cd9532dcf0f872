"""Numbers in windows at first sight, as `readout read --window` reads them: no example, rule or neighbour in time."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from readout.evaluation.line_validation import align_texts
from readout.imaging.crops import cut
from readout.imaging.patch import Patch
from readout.imaging.strips import window_crops
from readout.layout.layout import Readout
from readout.model.head import SoftmaxHead
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.steps import drive
from readout.model.strip_cache import StripCache
from readout.readings.number_finder import NumberFinder
from readout.readings.observations import read_one
from readout.readings.reading import NO_VALUE
from readout.readings.window_fit import FRAMES as FITTED

NUMERIC = "0123456789-.,:/"
SURE = 0.9
"""From this confidence on a wrong reading without a flag is a silent one."""


@dataclass(frozen=True)
class Window:
    """pixels: uint8 (h, w, 3), what the window shows. texts: each is right. name: for lists of mistakes."""

    pixels: np.ndarray
    texts: tuple[str, ...]
    name: str = ""


class LineReader:
    """Reads the number in a picture. model: lines.onnx, with its card and prior head beside it."""

    def __init__(self, model: Path, threads: int = 1):
        self._backbone = backbone = OnnxBackbone(model, threads)
        self._cache = StripCache(backbone)
        self._head = SoftmaxHead(prior=backbone.prior).fit(np.empty((0, backbone.dim)), [])
        self._finder = NumberFinder(backbone.prior, self._head)

    def closed(self, windows: list[Window]) -> list[Window]:
        """The same part of pictures of one display, less high where that reads better."""
        height, width = windows[0].pixels.shape[:2]
        patches = [Patch(np.ascontiguousarray(window.pixels), (0, 0)) for window in windows[:FITTED]]
        _, y, _, h = drive(self._finder.fit(patches, (0.0, 0.0, width, height)), self._backbone.embed)
        return [replace(each, pixels=each.pixels[round(y) : round(y + h)]) for each in windows]

    def read(self, pixels: np.ndarray) -> tuple[str, float, bool]:
        """The number, its confidence, and whether it carries a flag that doubts its text."""
        pixels = np.ascontiguousarray(pixels)
        height, width = pixels.shape[:2]
        readout = Readout("number", window=(0.0, 0.0, float(width), float(height)))
        [row] = self._cache.embed(window_crops(readout, cut(pixels, readout.boxes)))
        reading = read_one(readout, self._head, row[None]).reading(0, "")
        return reading.text, reading.confidence, bool(set(reading.flags) - {NO_VALUE})


@dataclass
class Score:
    """What came of a set of windows. Counts but for `mistakes`: (name, right text, what came, confidence).

    silent: wrong, without a flag, and sure. unflagged: wrong without a flag. flagged: right, with a flag.
    """

    windows: int = 0
    right: int = 0
    digits_right: int = 0
    characters: int = 0
    wrong_characters: int = 0
    silent: int = 0
    flagged: int = 0
    unflagged: int = 0
    mistakes: list[tuple[str, str, str, float]] | None = None

    def add(self, window: Window, text: str, confidence: float, flag: bool = False) -> None:
        """Count one reading against the nearest of the texts that are right."""
        errors, truth = min((edit_distance(digits(text), digits(t)), t) for t in window.texts)
        self.windows += 1
        self.right += text in window.texts
        self.digits_right += errors == 0
        self.characters += len(digits(truth))
        self.wrong_characters += errors
        self.flagged += flag and not errors
        if errors:
            self.unflagged += not flag
            self.silent += confidence >= SURE and not flag
            self.mistakes = [*(self.mistakes or []), (window.name, truth, text, confidence)]


def digits(text: str) -> str:
    """The digits of a text."""
    return "".join(c for c in text if c.isdecimal())


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and replacements from one text to the other (Levenshtein 1966)."""
    return sum(a != b for a, b in align_texts(one, other))
