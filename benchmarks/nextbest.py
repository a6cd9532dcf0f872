"""What twelve labels put right: from the queue, by doubt alone, and at random.

    python build.py --bench nextbest [--json] [--seeds=2] [--first-seed=22] [--styles="tiny,dot matrix"]

Every display is drawn with the reserved fonts, then blurred, dimmed and made noisy, and its boxes misplaced, until
Glyphs misreads some of it; 250 frames of a value that wanders. Two frames are labelled, twelve more are
asked about, all is learned and read again. Seeds 0 and 1 are those that the queue's settings were chosen by.
"""

import argparse
import json
import sys
import zlib
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from data.displays import STYLES
from data.displays.lot import Lot
from readout.data.examples import Example
from readout.errors import ReadoutError
from readout.evaluation.active_learning import next_best
from readout.imaging.crops import cut
from readout.layout.layout import Readout
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.training import TrainingSet, fit_head
from readout.readings.column import Column
from readout.readings.observations import Observations
from tooling.errors import BuildError

FRAMES, ASKED, BASE = 250, 12, (0, 125)
SPOILS = {
    # how badly, as the frames go by
    "spoiled": lambda share: 1.4,
    "badly": lambda share: 1.7,
    "now and then": lambda share: 1.3 - 0.8 * np.cos(4 * np.pi * share),
}
HARM = {
    # at degrees 0, 1, 2, 3: blur in heights of a digit, noise in grey levels, contrast, lift, boxes off in widths
    "blur": (0, 0.05, 0.09, 0.13),
    "noise": (0, 8, 14, 20),
    "contrast": (1, 0.8, 0.6, 0.5),
    "lift": (0, 0.08, 0.15, 0.2),
    "off": (0, 0.05, 0.1, 0.12),
}
ROWS = ((0, 3), (3, 25), (25, 75), (75, FRAMES))
"""Displays by how many readings are wrong: from, to below."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status, 2 for an error the user can fix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print every display's figures as JSON")
    parser.add_argument("--seeds", type=int, default=2, help="displays of each style and spoil (default 2)")
    parser.add_argument("--first-seed", type=int, default=22, help="the seed of the first display (default 22)")
    parser.add_argument("--styles", type=lambda text: text.split(","), default=list(STYLES), help="display styles")
    options = parser.parse_args(arguments)
    try:
        backbone, found = OnnxBackbone.named(), []
        with threadpool_limits(1):
            for style in options.styles:
                for seed in range(options.first_seed, options.first_seed + options.seeds):
                    for how in SPOILS:
                        which = {"style": style, "seed": seed, "spoil": how}
                        found.append({**which, **on_display(backbone, **which)})
                print(style, file=sys.stderr, flush=True)
    except (ReadoutError, BuildError) as error:
        print(f"nextbest: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found) if options.json else report(found))
    return 0


class Spoiled:
    """A display's crops (frames, boxes), their labels, and their embeddings."""

    def __init__(self, backbone, style: str, seed: int, how: str):
        rng = np.random.default_rng([seed, zlib.crc32(style.encode()), 1 + list(SPOILS).index(how)])
        display = STYLES[style](Lot(rng))
        clean, height = display.spoil, display.boxes[0][3]
        boxes = [_misplaced(box, _harm("off", SPOILS[how](0.25)), display.frame.size, rng) for box in display.boxes]
        value, crops, labels = int(rng.integers(10**display.digits)), [], []
        for k in range(FRAMES):
            reach = 10 ** max(display.digits - 2, 1)
            value = (value + int(rng.integers(-reach, reach + 1))) % 10**display.digits
            harm = {name: _harm(name, SPOILS[how](k / FRAMES)) for name in HARM}
            display.spoil = replace(
                clean,
                blur=clean.blur + harm["blur"] * height,
                noise=clean.noise + harm["noise"],
                contrast=clean.contrast * harm["contrast"],
                lift=clean.lift + harm["lift"],
            )
            labels.append(list(f"{value:0{display.digits}d}"))
            crops.append(cut(display.show("".join(labels[-1]), rng), boxes, margin=2))
        self.crops, self.labels = crops, np.array(labels)
        self.readout = Readout("value", "#" * display.digits, tuple(boxes))
        self.cache = EmbeddingCache(backbone)
        self.X = self.cache.embed([crop for row in crops for crop in row]).reshape(*self.labels.shape, -1)

    def read(self, labelled) -> tuple[Column, int]:
        """The column that is read after these frames were labelled, and how many other readings are wrong."""
        pairs = [(k, b) for k in labelled for b in range(self.labels.shape[1])]
        examples = [Example("", str(self.labels[k, b]), self.crops[k][b]) for k, b in pairs]
        lesson = TrainingSet.of(examples, self.cache.backbone)
        head = fit_head(lesson, self.cache.embed(lesson.crops), self.cache.backbone)
        column = Observations(self.readout, FRAMES, self.X.shape[2]).give(range(FRAMES), self.X, head)
        wrong = (np.array(head.classes_)[column.best] != self.labels).any(axis=1)
        wrong[list(labelled)] = False
        return column, int(wrong.sum())


def on_display(backbone, style: str, seed: int, spoil: str) -> dict:
    """Estimates and truths before and after, and truths after labels chosen otherwise."""
    display = Spoiled(backbone, style, seed, spoil)
    known = np.isin(np.arange(FRAMES), BASE)
    column, wrong = display.read(BASE)
    queue = next_best({"value": column}, {"value": display.X}, {"value": known}, ASKED)
    doubtful = [k for k in np.argsort(column.confidence, kind="stable") if not known[k]][:ASKED]
    at_random = np.random.default_rng(3).choice(np.flatnonzero(~known), ASKED, replace=False)
    ways = {"queue": [item.frame for item in queue.items], "doubt": doubtful, "random": at_random}
    after = {name: display.read([*BASE, *map(int, chosen)])[1] for name, chosen in ways.items()}
    estimates = {"estimate_before": queue.wrong_before, "before": wrong, "estimate_after": queue.wrong_after}
    return {**estimates, "asked": len(queue.items), **after}


def report(found: list[dict]) -> str:
    """The table that people read."""
    heads = ("estimate_before", "before", "estimate_after", "queue", "doubt", "random", "asked")
    lines = ["Readings wrong, of 248, before and after twelve labels; means over displays.", ""]
    lines.append(f"{'wrong before':16}{'displays':>10}" + "".join(f"{head:>17}" for head in heads).replace("_", " "))
    for low, high in ROWS:
        rows = [each for each in found if low <= each["before"] < high]
        cells = [f"{np.mean([each[head] for each in rows]):.1f}" if rows else "·" for head in heads]
        lines.append(f"{f'{low} to {high - 1}':16}{len(rows):10}" + "".join(f"{cell:>17}" for cell in cells))
    return "\n".join(lines)


def _harm(name: str, degree: float) -> float:
    return float(np.interp(degree, range(4), HARM[name]))


def _misplaced(box, off, size, rng):
    x, y, w, h = box
    x, y = x + off * w * np.sign(rng.normal()), y + off * h * 0.5 * rng.normal()
    return (min(max(x, 0.0), size[0] - w - 0.1), min(max(y, 0.0), size[1] - h - 0.1), w, h)


if __name__ == "__main__":
    sys.exit(main())
