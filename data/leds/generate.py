"""Draws the lesson's second display, a board of LEDs whose middle row is dead, as a dataset folder.

    python -m data.leds.generate              # redraws data/leds
    python -m data.leds.generate --out DIR    # draws the same into DIR

Needs numpy and Pillow. Crops are cut from other frames than the fifty that are read.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from data.displays.display import Display
from data.displays.dots import DotFace
from data.displays.paint import Paint
from data.displays.scenery import Scenery
from data.displays.spoil import Spoil

HERE = Path(__file__).resolve().parent
SEED, FRAMES, FORMAT = 2019, 50, "##.##"
TRAINING, TESTING = tuple(f"training/{n}" for n in range(1, 8)), "testing/8"
HEIGHT = 13
"""Of a digit, in pixels: seven rows of LEDs."""
DEAD = (3,)
"""The row in the middle: the bar of a 6 and the waist of an 8."""
COLOURS = 64


def board(rng: np.random.Generator) -> Display:
    """The board as a cheap camera sees it, a little unsteady."""
    return Display(
        lambda pixels: DotFace(pixels, fill=0.85, gap=1.0, round_dots=True, slashed=True, dead=DEAD),
        FORMAT,
        HEIGHT,
        Paint((1, 0.35, 0.1), 0.95, unlit=(0.5, 0.2, 0.05), unlit_opacity=0.12, glow=0.5, glow_blur=0.08 * HEIGHT),
        Scenery("plain", (0.05, 0.03, 0.03), (0, 0, 0)),
        Spoil(blur=0.05 * HEIGHT, gamma=0.75, noise=8, coarse=0.5),
        rng=rng,
        scale=5,
        at=(0.3, 0.6),
        pads=(0.1, 0.08, 0.1, 0.08),
        wobble=0.3,
        shake=0.4,
    )


def drawn(display: Display, digits: str, rng: np.random.Generator) -> Image.Image:
    """One frame in few colours, so that its file is small."""
    return Image.fromarray(display.show(digits, rng)).quantize(COLOURS, dither=Image.Dither.NONE)


def frames(display: Display) -> Iterator[tuple[str, str, Image.Image]]:
    """Of each frame its name, what it shows, and its picture."""
    rng = np.random.default_rng([SEED, 1])
    for k in range(FRAMES):
        digits = "".join(str(digit) for digit in rng.integers(10, size=display.digits))
        yield f"image-{k + 1:04d}.png", display.text(digits), drawn(display, digits, rng)


def crops(display: Display) -> Iterator[tuple[str, Image.Image]]:
    """Of each crop its name and its picture: a frame for each, the digit in each of the boxes in turn."""
    rng = np.random.default_rng([SEED, 2])
    for turn, folder in enumerate((*TRAINING, TESTING)):
        for digit in range(10):
            shown, place = rng.integers(10, size=display.digits), (turn + digit) % display.digits
            shown[place] = digit
            frame = drawn(display, "".join(map(str, shown)), rng).convert("RGB")
            x, y, width, height = (round(value) for value in display.boxes[place])
            yield f"{folder}/{digit}.png", frame.crop((x, y, x + width, y + height))


def layout_json(display: Display) -> str:
    """Text of layout.json."""
    boxes = [[round(float(value), 2) for value in box] for box in display.boxes]
    readout = json.dumps({"name": "board", "format": FORMAT, "boxes": boxes})
    return f'{{"version": 1, "frame_size": {list(display.frame.size)},\n "readouts": [\n  {readout}]}}\n'


def draw(out: Path) -> None:
    """Write the dataset into a folder, with the hashes of its files."""
    display = board(np.random.default_rng([SEED, 0]))
    rows = ["frame,reading"]
    for name, text, picture in frames(display):
        _save(picture, out / "frames" / name)
        rows.append(f"{name},{text}")
    for name, picture in crops(display):
        _save(picture, out / name)
    (out / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    (out / "layout.json").write_text(layout_json(display), encoding="utf-8", newline="\n")
    files = [out / "labels.csv", out / "layout.json", *out.rglob("*.png")]
    sums = {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    lines = [f"{sums[name]}  {name}" for name in sorted(sums)]
    (out / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="default data/leds")
    draw(parser.parse_args(arguments).out)


if __name__ == "__main__":
    main()
