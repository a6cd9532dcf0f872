"""How well digit boxes are found from typed numbers.

    python benchmarks/placing.py [--json] [--seeds=3] [--first-seed=0] [--styles="tiny,dot matrix"] [--only=frames]
        [--unseen=DIR]

A case is one readout: a rectangle drawn around its number by a careless hand, one frame's number
typed, then a second. Cases come from the bundled frames, from a second set drawn by data/generate.py
(--unseen), and from displays in reserved fonts (data/displays). Boxes are compared with the true
ones, side by side, and the numbers of other frames are read with both.
"""

import argparse
import json
import sys
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from data.displays import STYLES
from data.displays.lot import Lot
from readout.detection.hints import SEPARATORS, Hint
from readout.detection.search import find_boxes
from readout.errors import ReadoutError
from readout.imaging.crops import cut
from readout.layout.layout import Layout
from readout.model.embedding_cache import EmbeddingCache
from readout.model.head import SoftmaxHead
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.steps import drive

ROOT = Path(__file__).resolve().parents[1]
OTHERS = 8
"""Frames of each case that are read with the boxes found, and not typed."""


@dataclass(frozen=True, eq=False)
class Case:
    """One readout. frames: uint8 RGB; texts: what each shows; boxes: the true ones, one for each '#'.

    extent: left, top, right, bottom of the number's ink, frame pixels. counted: which characters that
    take a box have a true one: the minus sign of a display has none.
    """

    kind: str
    name: str
    frames: list[np.ndarray]
    texts: list[str]
    boxes: list[tuple[float, float, float, float]]
    extent: tuple[float, float, float, float]

    @property
    def counted(self) -> list[int]:
        """Of the boxes found, those to compare: the last ones."""
        shown = [c for c in self.texts[0] if c not in SEPARATORS]
        return [k for k, c in enumerate(shown) if c.isdecimal()]

    def drawn(self, rng: np.random.Generator) -> tuple[float, float, float, float]:
        """A rectangle as drawn by hand: up to a digit's width too large on each side, or a pixel too small."""
        digit = float(np.median([w for _, _, w, _ in self.boxes]))
        out = [rng.uniform(-1, 0) if rng.random() < 0.15 else rng.uniform(0, digit) for _ in range(4)]
        height, width = self.frames[0].shape[:2]
        left, top = max(self.extent[0] - out[0], 0), max(self.extent[1] - out[1], 0)
        right, bottom = min(self.extent[2] + out[2], width), min(self.extent[3] + out[3], height)
        return (left, top, right - left, bottom - top)

    def hint(self, k: int, drawn) -> Hint:
        """What the page hands over: the frame's pixels around the rectangle, and the text."""
        x, y, w, h = drawn
        height, width = self.frames[k].shape[:2]
        pad = h / 2
        left, top = int(max(x - pad, 0)), int(max(y - pad, 0))
        right, bottom = int(min(x + w + pad + 1, width)), int(min(y + h + pad + 1, height))
        return Hint(np.ascontiguousarray(self.frames[k][top:bottom, left:right]), (left, top), drawn, self.texts[k])


def from_folder(folder: Path, kind: str) -> list[Case]:
    """Both readouts of a data set like the bundled one, several times with other frames typed."""
    layout = Layout.load(folder / "layout.json")
    rows = [line.split(",") for line in (folder / "labels.csv").read_text().splitlines()[1:]]
    frames = [np.asarray(Image.open(folder / "frames" / name).convert("RGB")) for name, _ in rows]
    cases = []
    for readout in layout.readouts:
        texts = [text if readout.name == "top" else f"{float(text) - 10:.2f}" for _, text in rows]
        x0, y0 = readout.boxes[0][0] + 0.6, readout.boxes[0][1] + 0.4
        x1, y1 = readout.boxes[-1][0] + 7.4, readout.boxes[0][1] + 9.6
        for first in range(len(frames)):
            order = [(first + step) % len(frames) for step in (0, 7, *range(8, 8 + OTHERS))]
            name = f"{readout.name} {rows[first][0]}"
            cases.append(
                Case(kind, name, [frames[k] for k in order], [texts[k] for k in order], readout.boxes, (x0, y0, x1, y1))
            )
    return cases


def from_display(style: str, seed: int) -> Case:
    """The display that `seed` chooses among those of a style, as data.displays.draw chooses it."""
    parts = np.random.SeedSequence([seed, zlib.crc32(style.encode())]).spawn(5)
    settings, rng = np.random.default_rng(parts[0]), np.random.default_rng(parts[4])
    display = STYLES[style](Lot(settings))
    shown = ["".join(map(str, rng.integers(10, size=display.digits))) for _ in range(2 + OTHERS)]
    frames = [display.show(digits, rng) for digits in shown]
    strip = display._strip(display.text(shown[0]))
    left, top, right, bottom = (side / display.frame.scale for side in strip.lit.getbbox())
    if hasattr(display.face, "window_height"):
        top, bottom = strip.cells[0][1], strip.cells[0][1] + strip.cells[0][3]
    return Case(
        style, f"{style} {seed}", frames, [display.text(d) for d in shown], display.boxes, (left, top, right, bottom)
    )


def measure(case: Case, backbone: OnnxBackbone, head: SoftmaxHead, seed: int) -> list[dict]:
    """Place with one typed value, then go on with two. One result each."""
    rng = np.random.default_rng([seed, zlib.crc32(case.name.encode())])
    found, results, hints = None, [], []
    for count in (1, 2):
        hints.append(case.hint(count - 1, case.drawn(rng)))
        cache = EmbeddingCache(backbone)
        begun = time.perf_counter()
        found = drive(find_boxes(hints, head, found), cache.embed)
        seconds = time.perf_counter() - begun
        boxes = np.array(found.boxes)[case.counted]
        off = boxes - np.array(case.boxes)
        centre = off[:, :2] + off[:, 2:] / 2
        results.append(
            {
                "kind": case.kind,
                "name": case.name,
                "typed": count,
                "off": off,
                "centre": centre,
                "size": np.array(case.boxes)[:, 2:],
                "confidence": found.confidence,
                "embedded": cache.embedded,
                "seconds": seconds,
                "embed_s": cache.seconds,
                "found": boxes,
                "drawn": hints[-1].drawn,
                **{
                    f"right_{which}": reading(case, taken, cache, head)
                    for which, taken in (("found", boxes), ("true", case.boxes))
                },
            }
        )
    return results


def reading(case: Case, boxes, cache, head) -> float:
    """The share of the digits of untyped frames which are read right."""
    frames, texts = case.frames[2:], case.texts[2:]
    height, width = frames[0].shape[:2]
    inside = [(max(x, 0), max(y, 0), min(w, width - max(x, 0)), min(h, height - max(y, 0))) for x, y, w, h in boxes]
    crops = [crop for frame in frames for crop in cut(frame, inside)]
    truth = [c for text in texts for c in text if c.isdecimal()]
    return float(np.mean([a == b for a, b in zip(head.predict(cache.embed(crops)), truth, strict=True)]))


def summary(results: list[dict]) -> dict:
    """Shares and means over cases with the same number of typed values."""
    off = [np.abs(r["off"]).max(axis=0) for r in results]
    centre = [np.abs(r["centre"]).max() for r in results]
    relative = [np.abs(r["centre"] / r["size"]).max() for r in results]
    mean = lambda values: float(np.mean(values))  # noqa: E731
    return {
        "cases": len(results),
        "within_1px": mean([o.max() <= 1 for o in off]),
        **{f"within_1px_{side}": mean([o[k] <= 1 for o in off]) for k, side in enumerate("xywh")},
        "centre_within_1px": mean([c <= 1 for c in centre]),
        "centre_within_tenth": mean([r <= 0.1 for r in relative]),
        "centre_within_quarter": mean([r <= 0.25 for r in relative]),
        "read_right": mean([r["right_found"] for r in results]),
        "read_right_true_boxes": mean([r["right_true"] for r in results]),
        "worst": min(r["right_found"] for r in results),
        "crops": mean([r["embedded"] for r in results]),
        "most_crops": max(r["embedded"] for r in results),
        "seconds": mean([r["seconds"] for r in results]),
        "embed_s": mean([r["embed_s"] for r in results]),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status, 2 for an error the user can fix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    parser.add_argument("--seeds", type=int, default=3, help="displays of each style (default 3)")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--styles", default=",".join(STYLES), help="display styles, separated by commas")
    parser.add_argument("--only", choices=("frames", "displays"), help="leave the other cases out")
    parser.add_argument("--unseen", type=Path, help="a folder drawn by data/generate.py")
    parser.add_argument("--every", type=int, default=2, help="take one in so many frames as first one (default 2)")
    parser.add_argument("--show", type=float, default=-1, help="print cases with less than this share read right")
    options = parser.parse_args(arguments)
    try:
        backbone = OnnxBackbone.named()
        head = SoftmaxHead(prior=backbone.prior).fit(np.empty((0, backbone.dim)), [])
        cases = []
        if options.only != "displays":
            cases += from_folder(ROOT / "data", "bundled frames")[:: options.every]
            if options.unseen:
                cases += from_folder(options.unseen, "unseen frames")[:: options.every]
        if options.only != "frames":
            seeds = range(options.first_seed, options.first_seed + options.seeds)
            cases += [from_display(style.strip(), seed) for style in options.styles.split(",") for seed in seeds]
        results = [result for case in cases for result in measure(case, backbone, head, 0)]
    except ReadoutError as error:
        print(f"placing: {error}", file=sys.stderr)
        return 2
    kinds = defaultdict(list)
    for result in results:
        kinds[result["kind"], result["typed"]].append(result)
        if result["kind"] in STYLES:
            kinds["all displays", result["typed"]].append(result)
        if result["right_found"] < options.show or (
            options.show >= 0 and result["kind"] not in STYLES and np.abs(result["off"]).max() > 1
        ):
            print(
                result["name"],
                result["typed"],
                f"right {result['right_found']:.2f} conf {result['confidence']:.3f}",
                "off",
                np.round(result["off"][[0, -1]], 2).tolist(),
                "size",
                result["size"][0].round(1).tolist(),
            )
    figures = {f"{kind}, {typed} typed": summary(chosen) for (kind, typed), chosen in kinds.items()}
    print(json.dumps(figures, indent=1) if options.json else report(figures))
    return 0


def report(figures: dict) -> str:
    """One line for each kind of case."""
    lines = [
        "percent: within 1 px all | x y w h | centre 1px, 10 %, 25 % | read right found, true, worst | "
        "crops mean, most | ms, of them embedding"
    ]
    for name, f in figures.items():
        share = lambda *keys: " ".join(f"{100 * f[k]:5.1f}" for k in keys)  # noqa: B023, E731
        lines.append(
            f"{name:30} {f['cases']:4} | {share('within_1px')} | {share(*(f'within_1px_{s}' for s in 'xywh'))} | "
            f"{share('centre_within_1px', 'centre_within_tenth', 'centre_within_quarter')} | "
            f"{share('read_right', 'read_right_true_boxes', 'worst')} | {f['crops']:5.0f} {f['most_crops']:5} | "
            f"{1000 * f['seconds']:4.0f} {1000 * f['embed_s']:4.0f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
