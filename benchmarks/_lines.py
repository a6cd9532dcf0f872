"""Numbers in windows, read by the line backbone alone: no example, no rule, no neighbour in time."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from readout.imaging.crops import Crop
from readout.imaging.strips import resample_strip, strips_to_tensor
from readout.model import ctc
from readout.model.prior import load_prior

NUMERIC = "0123456789-.,:/"
SURE = 0.9
"""From this confidence on a wrong reading is a silent one."""


@dataclass(frozen=True)
class Window:
    """pixels: uint8 (h, w, 3), what the window shows. texts: each is right. name: for lists of mistakes."""

    pixels: np.ndarray
    texts: tuple[str, ...]
    name: str = ""


class LineReader:
    """Reads the number in a picture. model: lines.onnx, with its card and prior head beside it."""

    def __init__(self, model: Path, threads: int = 1):
        card = json.loads(model.with_suffix(".json").read_text("utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.prior, self._input, self.stride = load_prior(model), card["input"], card["stride"]
        self.classes = self.prior.classes.tolist()
        self._letters = [k for k, name in enumerate(self.classes) if k and name not in NUMERIC]

    def scores(self, pixels: np.ndarray) -> np.ndarray:
        """Log probabilities (columns, classes) of one picture."""
        strip = resample_strip(Crop.whole(np.ascontiguousarray(pixels)))
        (columns,) = self._session.run(None, {self._input: strips_to_tensor([strip])})
        kept = columns[0, : -(-strip.shape[1] // self.stride)]
        return ctc.log_softmax(kept @ self.prior.coef + self.prior.intercept)

    def read(self, pixels: np.ndarray) -> tuple[str, float]:
        """The number, without letters and units, and its probability."""
        found = ctc.decode(ctc.without(self.scores(pixels), self._letters), best=1)[0]
        return "".join(self.classes[c] for c in found.text), found.probability


@dataclass
class Score:
    """What came of a set of windows. Counts but for `mistakes`: (name, right text, what came, confidence)."""

    windows: int = 0
    right: int = 0
    digits_right: int = 0
    characters: int = 0
    wrong_characters: int = 0
    silent: int = 0
    mistakes: list[tuple[str, str, str, float]] | None = None

    def add(self, window: Window, text: str, confidence: float) -> None:
        """Count one reading against the nearest of the texts that are right."""
        errors, truth = min((edit_distance(digits(text), digits(t)), t) for t in window.texts)
        self.windows += 1
        self.right += text in window.texts
        self.digits_right += errors == 0
        self.characters += len(digits(truth))
        self.wrong_characters += errors
        if errors:
            self.silent += confidence >= SURE
            self.mistakes = [*(self.mistakes or []), (window.name, truth, text, confidence)]


def digits(text: str) -> str:
    """The digits of a text."""
    return "".join(c for c in text if c.isdecimal())


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and replacements from one text to the other (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
