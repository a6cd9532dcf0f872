"""The command line: `readout evaluate` and `readout read`."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from . import __version__
from .backbone import DEFAULT
from .dataset import Dataset, list_frames
from .embeddings import EmbeddingCache
from .errors import ReadoutError
from .evaluation import Evaluation, evaluate, read_frames, train
from .layout import Layout
from .native import OnnxBackbone
from .reader import Reader, write_csv


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status, 2 for an error the user can fix."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ReadoutError, OSError) as error:  # OSError: a folder that may not be listed, a full disk
        print(f"readout: {error}", file=sys.stderr)
        return 2
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="readout", description="Read the numbers shown in video frames, after a handful of examples."
    )
    parser.add_argument("--version", action="version", version=f"readout {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--layout", type=Path, metavar="FILE", help="where the digits are (default: the dataset's)")
    common.add_argument("--sets", type=int, default=4, metavar="N", help="train on the first N folders (default: 4)")
    common.add_argument("--backbone", default=DEFAULT, metavar="NAME", help=f"the network used (default: {DEFAULT})")

    command = commands.add_parser("evaluate", parents=[common], help="train on a dataset and score the rest of it")
    command.add_argument("dataset", type=Path, metavar="DATASET", help="a folder with training/ and something to score")
    command.add_argument("--json", action="store_true", help="print the figures as JSON")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("read", parents=[common], help="read frames into a CSV")
    command.add_argument("frames", type=Path, metavar="FRAMES", help="a folder of frames, or one")
    command.add_argument("--train", type=Path, required=True, metavar="DATASET", help="the dataset to learn from")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="where the readings go")
    command.set_defaults(run=_read)
    return parser


def _evaluate(options):
    dataset = Dataset.load(options.dataset, options.layout)
    result = evaluate(dataset, OnnxBackbone.named(options.backbone), options.sets, _progress)
    print(json.dumps(asdict(result)) if options.json else _report(result))


def _read(options):
    dataset = Dataset.load(options.train)
    layout = Layout.load(options.layout) if options.layout else dataset.require_layout()
    frames = list_frames(options.frames)
    backbone = OnnxBackbone.named(options.backbone)
    cache = EmbeddingCache(backbone)
    reader = Reader(layout, train(dataset, cache, options.sets), backbone)
    partial = options.out.with_name(options.out.name + ".part")
    try:
        # A file name that is no text becomes \udcff and the like, not the end of the run.
        with partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            write_csv(_counted(read_frames(frames, reader, cache), len(frames) * len(layout.readouts)), file)
        partial.replace(options.out)
    except ReadoutError as error:
        raise ReadoutError(f"{error} (what was read before that is in {partial})") from error
    except OSError as error:
        raise ReadoutError(f"{options.out} cannot be written ({error.strerror}): choose another --out") from error
    print(f"{len(frames)} frames read into {options.out}")


def _counted(readings, total):
    for done, reading in enumerate(readings, start=1):
        yield reading
        _progress(done, total)


def _progress(done, total):
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _report(result: Evaluation) -> str:
    lines = [f"{result.backbone}, {result.examples} examples in {result.sets} sets, learned in {result.fit_s:.2f} s"]
    if result.readings_total:
        lines.append(
            f"frames: {result.digits_correct} of {result.digits_total} digits, "
            f"{result.readings_correct} of {result.readings_total} readings"
        )
    if result.test_total:
        lines.append(f"testing: {result.test_correct} of {result.test_total}")
    lines.append(f"{result.embed_ms_per_crop:.1f} ms a crop")
    return "\n".join(lines)
