"""How well numbers are found before anybody says where they are.

    python build.py --bench finder [--clips=40] [--first-seed=0] [--real=FOLDER] [--misses] [--json]

A drawn clip is eight frames of 1280 x 720: one to six numbers that change, of displays in reserved fonts
(data/displays), over a photograph, a gradient or panels as games and broadcasts have them, with words, logos and static
numbers beside. A number is found where a window that is offered first holds most of it, and is not much larger; a false
suggestion is a window offered first that holds no number that changes, or part of one. The bundled clip is measured,
too. --real: a folder of photographs/SOURCE/ with readings.json; of a photograph any window counts. ms: of one frame, in
which lines are looked for, and in all.
"""

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from data.displays import STYLES
from data.displays.lot import Lot
from data.displays.scenery import photographs
from readout.cli.find import find_numbers
from readout.cli.sources import Sources
from readout.detection.text_lines import find_text_lines
from readout.layout.box import Box
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.steps import drive
from readout.readings.number_finder import FRAMES, NumberFinder
from readout.readings.recognizer import LINES, read_windows
from readout.readings.suggestion import Suggestion

ROOT = Path(__file__).resolve().parents[1]
SIZE = 1280, 720
HELD, LARGEST = 0.8, 5.0
"""A window holds a number where it covers so much of it, and has at most so many times its area."""
WORDS = ("LIVE", "SCORE", "HOME", "AWAY", "Camera", "SPEED", "Replay", "TEMP", "Level", "Player One", "km/h", "LAP")
LABELS = [(929, 37, 30, 10), (929, 721, 30, 10)]
"""Where the bundled clip shows its numbers."""


@dataclass
class Score:
    """Counts. misses: what was not found, or found and is none."""

    clips: int = 0
    numbers: int = 0
    found: int = 0
    false: int = 0
    misses: list[str] = field(default_factory=list)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    backbone, head = OnnxBackbone.named(LINES), read_windows().head
    finder = NumberFinder(backbone.prior, head)
    scores: dict[str, Score] = {}
    spent: list[tuple[float, float]] = []
    for seed in range(options.first_seed, options.first_seed + options.clips):
        frames, truths, kind = drawn(seed)
        start = time.perf_counter()
        find_text_lines(frames[0])
        middle = time.perf_counter()
        found = drive(finder.find(frames), backbone.embed)
        spent.append((1e3 * (middle - start), 1e3 * (time.perf_counter() - middle) / len(frames)))
        count(scores.setdefault(f"drawn, {kind}", Score()), [each for each in found if each.first], truths, f"{seed}")
    clip = ROOT / "data" / "clip.webm"
    first = [each for each in find_numbers(Sources([(clip, clip.name)]))[0] if each.first]
    count(scores.setdefault("bundled clip", Score()), first, [(box, "label") for box in LABELS], "clip")
    for folder in sorted((options.real / "photographs").iterdir()) if options.real else ():
        score = scores.setdefault(f"photographs, {folder.name}", Score())
        for entry in json.loads((folder / "readings.json").read_text("utf-8")):
            pixels = np.asarray(ImageOps.exif_transpose(Image.open(folder / entry["file"])).convert("RGB"))
            found = drive(finder.find([pixels]), backbone.embed)
            shown = entry["boxes"][-sum(c.isdigit() for c in entry["reading"]) :]  # without the empty places before it
            count(score, found, [(hull(shown), entry["reading"])], entry["file"], stray=False)
    print(
        json.dumps({k: vars(v) for k, v in scores.items()}) if options.json else report(scores, spent, options.misses)
    )
    return 0


def count(score: Score, found: list[Suggestion], truths: list[tuple[Box, str]], where: str, stray: bool = True) -> None:
    """Add what was found in one clip."""
    score.clips += 1
    taken = set()
    for truth, name in truths:
        score.numbers += 1
        holding = [k for k, each in enumerate(found) if k not in taken and holds(each.window, truth)]
        if holding:
            taken.add(holding[0])
            score.found += 1
        else:
            near = [
                (each.readings, [round(side) for side in each.window]) for each in found if covered(truth, each.window)
            ]
            score.misses.append(f"{where}: missed {name} at {[round(side) for side in truth]}, near {near[:2]}")
    for k, each in enumerate(found):
        if stray and k not in taken:
            score.false += 1
            score.misses.append(f"{where}: false {each.readings} {[round(side) for side in each.window]}")


def holds(window: Box, truth: Box) -> bool:
    """Whether a window is one around a number."""
    return covered(truth, window) >= HELD and window[2] * window[3] <= LARGEST * max(truth[2], truth[3]) * truth[3]


def covered(truth: Box, window: Box) -> float:
    """The share of a box that lies in another."""
    width = min(truth[0] + truth[2], window[0] + window[2]) - max(truth[0], window[0])
    height = min(truth[1] + truth[3], window[1] + window[3]) - max(truth[1], window[1])
    return max(width, 0) * max(height, 0) / (truth[2] * truth[3])


def hull(boxes) -> Box:
    """The box around boxes."""
    boxes = np.array(boxes, float)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return left, top, right - left, bottom - top


def drawn(seed: int) -> tuple[list[np.ndarray], list[tuple[Box, str]], str]:
    """The frames of a clip, where its changing numbers are, and over what."""
    rng = np.random.default_rng([77, seed])
    kind = ("photograph", "gradient", "panels")[seed % 3]
    ground, still = scene(rng, kind), furniture(rng)
    frames = [np.asarray(Image.fromarray(ground).copy()).copy() for _ in range(FRAMES)]
    free = np.ones(SIZE[::-1], bool)
    truths = []
    names = list(STYLES)
    for _ in range(1 + int(rng.integers(6))):
        style = names[rng.integers(len(names))]
        display = STYLES[style](Lot(np.random.default_rng(rng.integers(1 << 32))))
        pictures = []
        for _ in frames:
            digits = "".join(str(d) for d in rng.integers(10, size=display.digits))
            turns = [0.0] * display.digits if display.turn else None
            pictures.append(display.show(digits, rng, turns))
        height, width = pictures[0].shape[:2]
        place = _place(rng, free, width, height)
        if place is None:
            continue
        x, y = place
        for frame, picture in zip(frames, pictures, strict=True):
            frame[y : y + height, x : x + width] = picture
        left, top, w, h = hull(display.boxes)
        truths.append(((x + left, y + top, w, h), style))
    for picture in still:
        place = _place(rng, free, *picture.size)
        if place:
            for frame in frames:
                image = Image.fromarray(frame)
                image.paste(picture, place, picture)
                frame[:] = np.asarray(image)
    return frames, truths, kind


def scene(rng: np.random.Generator, kind: str) -> np.ndarray:
    """What lies behind: uint8 (h, w, 3)."""
    if kind == "photograph":
        photograph = photographs()[rng.integers(2)]
        w, h = (int(side * rng.uniform(0.5, 1)) for side in photograph.size)
        x, y = int(rng.integers(photograph.width - w + 1)), int(rng.integers(photograph.height - h + 1))
        return np.asarray(photograph.crop((x, y, x + w, y + h)).resize(SIZE, Image.Resampling.BILINEAR)).copy()
    one, other = rng.integers(0, 200, (2, 3))
    share = np.linspace(0, 1, SIZE[0])[None, :, None] * np.ones((SIZE[1], 1, 1))
    ground = (one * (1 - share) + other * share).astype(np.uint8)
    if kind == "panels":
        image = Image.fromarray(ground)
        draw = ImageDraw.Draw(image)
        for _ in range(int(rng.integers(3, 9))):
            x, y = (int(rng.integers(side)) for side in SIZE)
            w, h = int(rng.integers(60, 500)), int(rng.integers(20, 160))
            colour = tuple(rng.integers(0, 255, 3).tolist())
            draw.rounded_rectangle((x, y, x + w, y + h), int(rng.integers(0, 16)), fill=colour, outline="white")
        ground = np.asarray(image).copy()
    return ground


def furniture(rng: np.random.Generator) -> list[Image.Image]:
    """Words, logos and static numbers, RGBA."""
    made = []
    for _ in range(int(rng.integers(2, 8))):
        text = str(rng.integers(1900, 2030)) if rng.random() < 0.25 else WORDS[rng.integers(len(WORDS))]
        font = ImageFont.load_default(float(rng.uniform(12, 48)))
        box = font.getbbox(text)
        picture = Image.new("RGBA", (int(box[2]) + 8, int(box[3]) + 8))
        draw = ImageDraw.Draw(picture)
        if rng.random() < 0.3:
            draw.ellipse((0, 0, picture.width - 1, picture.height - 1), fill=(*rng.integers(0, 90, 3).tolist(), 255))
        draw.text((4, 4), text, font=font, fill=(*rng.integers(170, 255, 3).tolist(), 255))
        made.append(picture)
    return made


def _place(rng, free, width, height):
    """A corner where so much is free, which is then taken; None where none was found."""
    for _ in range(60):
        if width + 16 >= SIZE[0] or height + 16 >= SIZE[1]:
            return None
        x, y = int(rng.integers(8, SIZE[0] - width - 8)), int(rng.integers(8, SIZE[1] - height - 8))
        around = slice(y - 8, y + height + 8), slice(x - 8, x + width + 8)
        if free[around].all():
            free[around] = False
            return x, y
    return None


def report(scores: dict[str, Score], spent: list[tuple[float, float]], misses: bool) -> str:
    """A table of Markdown."""
    lines = ["| set | clips | numbers | found | false a clip |", "|---|---|---|---|---|"]
    drawn_ones = [score for name, score in scores.items() if name.startswith("drawn")]
    if drawn_ones:
        total = Score(*(sum(getattr(s, name) for s in drawn_ones) for name in ("clips", "numbers", "found", "false")))
        scores = {"drawn, all": total, **scores}
    for name, score in scores.items():
        share = 100 * score.found / max(score.numbers, 1)
        lines.append(f"| {name} | {score.clips} | {score.numbers} | {share:.1f} % | {score.false / score.clips:.2f} |")
    if spent:
        lines.append("\nms a frame: {:.0f} to look for lines, {:.0f} in all (median)".format(*np.median(spent, axis=0)))
    return "\n".join(lines + [each for score in scores.values() if misses for each in score.misses])


if __name__ == "__main__":
    raise SystemExit(main())
