"""How many whole numbers are read right, at first sight: photographed displays, cases, reserved fonts.

    python build.py --bench real --real=FOLDER [--cases=FOLDER] [--fonts=20] [--room=0.08] [--closed] [--mistakes]
        [--json] [--model=models/lines.onnx]

FOLDER holds `crops/SOURCE/LABEL_NN.jpg`, `numbers/SOURCE/` with `readings.csv`, `photographs/SOURCE/` with
`readings.json`. Of photographs the window is what encloses the digits' boxes and a tenth of their height more. --cases:
folders with `layout.json`, `truth.csv` and `frames/`. --fonts: so many displays of each style, drawn with the reserved
fonts; --room: what their windows show above and below the digits, in heights; --closed: as a window that is drawn in
the page closes around its number.
"Digits" leaves out points and signs. Silent: wrong, without a flag, with a confidence of 0.9 or more.
"""

import argparse
import csv
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks._lines import LineReader, Score, Window
from data.displays import STYLES
from data.displays.lot import Lot

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 10
"""Numbers read of each display in reserved fonts."""
BESIDE = 0.08
"""What their windows show left and right of the digits, in heights: further out some have a sign or a unit."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="a folder of photographed displays")
    parser.add_argument("--cases", type=Path, help="a folder of cases")
    parser.add_argument("--fonts", type=int, default=0, help="displays of each style in reserved fonts")
    parser.add_argument(
        "--room", type=float, default=BESIDE, help="above and below the digits in reserved fonts, in heights"
    )
    parser.add_argument("--closed", action="store_true", help="close windows in reserved fonts around their numbers")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "lines.onnx")
    parser.add_argument("--mistakes", action="store_true", help="name each number read wrong")
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    options = parser.parse_args(arguments)
    reader, scores = LineReader(options.model), {}
    for name, window in windows(options, reader.closed if options.closed else list):
        scores.setdefault(name, Score()).add(window, *reader.read(window.pixels))
    if not scores:
        print("real: nothing to measure: give --real, --cases or --fonts", file=sys.stderr)
        return 2
    print(
        json.dumps({name: score.__dict__ for name, score in scores.items()})
        if options.json
        else report(scores, options.mistakes)
    )
    return 0


def windows(options, closed: Callable[[list[Window]], list[Window]] = list) -> Iterator[tuple[str, Window]]:
    """(set, window) of all that the options name. closed: what becomes of the windows of a display."""
    if options.real:
        for folder in sorted((options.real / "numbers").iterdir()):
            yield from ((folder.name, window) for window in numbers(folder))
        for folder in sorted((options.real / "photographs").iterdir()):
            yield from ((f"{folder.name}, photographs", window) for window in photographs(folder))
        for folder in sorted((options.real / "crops").iterdir()):
            for window, turning in crops(folder):
                yield f"{folder.name}{' turning' if turning else ''}", window
    if options.cases:
        for folder in sorted(options.cases.iterdir()):
            yield from ((f"case {folder.name}", window) for window in case(folder))
    for style in STYLES if options.fonts else ():
        displays = (list(reserved(style, seed, options.room)) for seed in range(options.fonts))
        yield from ((style, window) for display in displays for window in closed(display))


def numbers(folder: Path) -> Iterator[Window]:
    """Pictures that show a number and little else."""
    with (folder / "readings.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield Window(_pixels(folder / row["file"]), (row["text"],), row["file"])


def photographs(folder: Path) -> Iterator[Window]:
    """Windows around the boxes in pictures of whole displays."""
    for entry in json.loads((folder / "readings.json").read_text("utf-8")):
        yield Window(_around(_pixels(folder / entry["file"]), entry["boxes"], 0.1), (entry["reading"],), entry["file"])


def crops(folder: Path) -> Iterator[tuple[Window, bool]]:
    """Single digits; and whether the drum is on the turn, when its digit and the next are both right."""
    for path in sorted(folder.glob("*.jpg")):
        label, turning = path.name.split("_")[0], path.stem.endswith("t")
        digit, _, tenth = label.partition(".")
        if label == "none":
            texts = ("",)
        elif turning:
            texts = (digit, str((int(digit) + 1) % 10))
        else:
            texts = (str((int(digit) + (tenth > "4")) % 10),)
        yield Window(_pixels(path), texts, path.name), turning


def case(folder: Path) -> Iterator[Window]:
    """Windows around the boxes of a layout, wide enough for numbers that grow; only of pictures that show a number."""
    if not (folder / "frames").is_dir() or not (folder / "layout.json").exists():
        return
    layout = json.loads((folder / "layout.json").read_text("utf-8"))
    boxes = [box for readout in layout["readouts"] for box in readout["boxes"]]
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path, text = folder / "frames" / row.get("frame", ""), row["expected"]
            if path.suffix in (".jpg", ".png") and path.is_file() and set(text) <= set("0123456789-.,:"):
                pixels = _around(_pixels(path), boxes, 0.15, 1.3)
                yield Window(pixels[::-1, ::-1] if folder.name == "upside-down" else pixels, (text,), path.name)


def reserved(style: str, seed: int, room: float = BESIDE) -> Iterator[Window]:
    """Numbers of a display in fonts that no training strip was drawn with, some with empty places before them."""
    settings, frames = map(np.random.default_rng, np.random.SeedSequence([seed, zlib.crc32(style.encode())]).spawn(2))
    display = STYLES[style](Lot(settings))
    for _ in range(FRAMES):
        shown = "".join(str(d) for d in frames.integers(10, size=display.digits))
        if "." not in display.pattern and ":" not in display.pattern and frames.random() < 0.3:
            empty = int(frames.integers(display.digits))
            shown = " " * empty + shown[empty:]
        pattern = display.pattern
        first, last = pattern.index("#"), pattern.rindex("#")
        before = pattern[:first].count("#")
        text = display.text(shown)[first : last + 1]
        frame = display.show(shown, frames, [0.0] * display.digits if display.turn else None)
        yield Window(
            _around(frame, display.boxes[before:], room, BESIDE - room), (text.replace(" ", ""),), f"{style} {seed}"
        )


def report(scores: dict[str, Score], mistakes: bool) -> str:
    """A table of Markdown."""
    lines = [
        "| set | numbers | exactly right | digits right | characters | right, flagged | wrong, no flag | silent |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, score in scores.items():
        characters = 100 - 100 * score.wrong_characters / max(score.characters, 1)
        flags = f"{score.flagged} | {score.unflagged} | {score.silent}"
        lines.append(
            f"| {name} | {score.windows} | {100 * score.right / score.windows:.1f} | "
            f"{100 * score.digits_right / score.windows:.1f} | {characters:.1f} | {flags} |"
        )
        if mistakes:
            lines += [
                f"|   | {what} | {truth} | {came} | {sure:.2f} | | | |"
                for what, truth, came, sure in score.mistakes or ()
            ]
    total, silent = sum(s.windows for s in scores.values()), sum(s.silent for s in scores.values())
    unflagged = sum(s.unflagged for s in scores.values())
    return "\n".join(
        [
            *lines,
            f"\n{total} numbers; wrong without a flag {unflagged}, and sure {silent}: {100 * silent / total:.2f} %",
        ]
    )


def _pixels(path):
    return np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


def _around(pixels, boxes, margin, more=0.0):
    """The part that encloses the boxes and `margin` of their height; `more` of it to the left and right."""
    boxes = np.array(boxes)
    height = boxes[:, 3].mean()
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    side = (margin + more) * height
    x0, y0 = max(0, int(left - side)), max(0, int(top - margin * height))
    return pixels[y0 : int(np.ceil(bottom + margin * height)), x0 : int(np.ceil(right + side))]


if __name__ == "__main__":
    raise SystemExit(main())
