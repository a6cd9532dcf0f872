"""The command line: `readout evaluate`, `readout find`, `readout read` and `readout watch`."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn, TypeVar

import numpy as np

from .. import __version__
from ..data.dataset import Dataset
from ..errors import LONGEST_MESSAGE, ReadoutError, bounded
from ..evaluation.score import Evaluation, evaluate, train
from ..export.tables import rows
from ..layout.layout import Layout
from ..model.backbone import DEFAULT
from ..model.embedding_cache import EmbeddingCache
from ..model.onnx_backbone import OnnxBackbone
from ..project.project_file import Project
from ..readings.cross_check import with_checks
from ..readings.line_column import AnyColumn
from ..readings.recognizer import Pair, Recognizer, read_windows
from ..rules.repair import repair
from ..rules.rules import rule_from_json
from ..video.sampling import file_of
from .again import PlacedAgain
from .arguments import add_arguments, given, layout_of_windows, window
from .batch_video import BatchResult, Stopped, read_kept
from .meanings import add_meanings, with_meanings
from .output import add_output, saved_table
from .progress import progress_bar, say
from .read_sources import Plan, first_anchor, first_size, open_clips, read_all, tell, tell_sources
from .settle import by_row, settled
from .sources import Sources, gather
from .watch_arguments import add_watch

T = TypeVar("T")
LEFT_OUT = 3
"""Exit status where something was read, and something left out."""
SETS = 4
"""Training folders that are used by default."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status.

    0 for all that was asked, LEFT_OUT where some of it could not be read, 2 for an error the user can fix, 130 after
    Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        return LEFT_OUT if options.run(options) else 0
    except Stopped as error:
        say(error)
        return 130
    except (ReadoutError, OSError) as error:  # OSError: a folder that may not be listed, a full disk
        say(error)
        return 2


class _Parser(argparse.ArgumentParser):
    """Says no more of a long argument than a message holds."""

    def error(self, message: str) -> NoReturn:
        super().error(bounded(message, LONGEST_MESSAGE))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="readout", description="Read the numbers shown in video frames, after a handful of examples.")
    parser.add_argument("--version", action="version", version=f"readout {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    common = _Parser(add_help=False)
    common.add_argument("--layout", type=Path, metavar="FILE", help="where the digits are (default: the dataset's)")
    common.add_argument("--sets", type=int, metavar="N", help=f"train on the first N folders (default: {SETS})")
    common.add_argument("--backbone", metavar="NAME", help=f"the network used (default: the project's, or {DEFAULT})")

    command = commands.add_parser("evaluate", parents=[common], help="train on a dataset and score the rest of it")
    command.add_argument("dataset", type=Path, metavar="DATASET", help="a folder with training/ and something to score")
    command.add_argument("--json", action="store_true", help="print the figures as JSON")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("find", help="list the numbers in a clip or in pictures, those that change first")
    command.add_argument("frames", type=Path, metavar="FRAMES", help="a clip, a picture, or a folder of either")
    command.add_argument("--json", action="store_true", help="print them as JSON, with their windows and readings")
    command.set_defaults(run=_find)

    command = commands.add_parser("read", parents=[common], help="read frames or clips into a CSV")
    command.add_argument(
        "frames",
        type=Path,
        nargs="?",
        metavar="FRAMES",
        help="a folder or zip of pictures or of clips, or one, or - for a pipe; without, the project's own",
    )
    known = command.add_mutually_exclusive_group()
    known.add_argument("--train", type=Path, metavar="DATASET", help="the dataset to learn from")
    known.add_argument(
        "--project", type=Path, metavar="FILE.readout.zip", help="what the page saved: layout, head, rules"
    )
    command.add_argument(
        "--window",
        type=window,
        action="append",
        metavar="X,Y,W,H",
        help="read the number in this part of the frame, in pixels; give it again for another number",
    )
    command.add_argument(
        "--turn",
        type=float,
        default=0.0,
        metavar="DEGREES",
        help="turn each --window clockwise, or what a --layout has boxes for; 180 where the picture is upside down",
    )
    command.add_argument("--mirror", action="store_true", help="read each --window, or the --layout, as in a mirror")
    command.add_argument("--scale-layout", action="store_true", help="fit the layout to frames of another size")
    command.add_argument(
        "--as-placed",
        action="store_true",
        help="read where the project or --window says, without looking where its numbers are, or how high they are",
    )
    add_output(command)
    add_meanings(command)
    add_arguments(command)
    command.set_defaults(run=_read, usage=command.error)

    command = commands.add_parser("watch", help="read a camera, a stream or a folder that grows, and give values out")
    add_watch(command)
    command.set_defaults(run=_watch, usage=command.error)
    return parser


def _evaluate(options: argparse.Namespace) -> None:
    dataset = Dataset.load(options.dataset, options.layout)
    sets = SETS if options.sets is None else options.sets
    result = evaluate(dataset, OnnxBackbone.named(options.backbone or DEFAULT), sets, progress_bar(unit="crops"))
    print(json.dumps(asdict(result)) if options.json else _report(result))


def _find(options: argparse.Namespace) -> bool:
    """Returns whether something was left out."""
    from .find import print_numbers

    with TemporaryDirectory(prefix="readout-") as scratch:
        sources = gather(options.frames, Path(scratch))
        tell_sources(sources)
        print_numbers(options.frames, sources, options.json)
    for what in sources.left_out:
        say(f"left out: {what}")
    return bool(sources.left_out)


def _watch(options: argparse.Namespace) -> bool:
    """Returns whether something was left out."""
    from .watch import run

    return run(options)


def _read(options: argparse.Namespace) -> bool:
    """Returns whether something was left out."""
    _check_usage(options)
    with TemporaryDirectory(prefix="readout-") as scratch:
        sources = gather(options.frames, Path(scratch), options.fps) if options.frames else Sources()
        tell_sources(sources)
        for name in () if options.frames and sources.has_times else given(options):
            options.usage(f"argument {name}: only for clips, which FRAMES is not, and for pictures with --fps")
        read = (_read_by_project if options.project else _read_by_dataset)(options, sources)
    print(f"{_given(read.columns)} frames read into {options.out}")
    return bool(read.left_out or read.problems)


def _check_usage(options: argparse.Namespace) -> None:
    if options.project:
        for name in ("layout", "sets"):
            if getattr(options, name) is not None:
                options.usage(f"argument --{name}: not allowed with argument --project, which brings its own")
        if options.turn or options.mirror:
            options.usage("argument --turn, --mirror: not allowed with argument --project, whose layout states them")
    elif options.frames is None:
        options.usage("the following arguments are required: FRAMES, unless there is a --project")
    elif options.window and options.layout:
        options.usage("argument --window: not allowed with argument --layout, which states its own")
    elif (options.turn or options.mirror) and not (options.window or options.layout):
        options.usage("argument --turn, --mirror: only with --window or --layout")


def _read_by_dataset(options: argparse.Namespace, sources: Sources) -> BatchResult:
    """Read with a layout, or with windows alone: then nothing need be learned."""
    dataset = Dataset.load(options.train) if options.train else None
    layout = with_meanings(_stated_layout(options, sources, dataset), options)
    name = options.backbone or DEFAULT

    def boxes() -> Pair:
        if dataset is None:
            raise ReadoutError("fixed boxes are read after training: give the dataset to learn from with --train")
        cache = EmbeddingCache(OnnxBackbone.named(name))
        return Pair(cache, train(dataset, cache, SETS if options.sets is None else options.sets))

    recognizer, anchor = Recognizer(boxes, read_windows), None
    if layout.anchor:
        if sources.clips:
            raise ReadoutError(
                "a layout holds no picture of its anchor: read clips with a --project, or without the anchor"
            )
        anchor = first_anchor(sources, layout)
    clips = open_clips(sources, layout, options.scale_layout)
    with saved_table(options, sources, clips) as write:
        read = read_all(sources, clips, Plan(options, with_checks(layout), anchor, recognizer, name))
        read = settled(read, recognizer, sources, layout.readouts)
        write(rows(read.names, read.columns, None, {}, read.times, read.shifts), False, False)
        tell(read)
    return read


def _stated_layout(options: argparse.Namespace, sources: Sources, dataset: Dataset | None) -> Layout:
    if options.window:
        from .find import fitted_windows

        layout = layout_of_windows(options.window, first_size(sources), options.turn, options.mirror)
        return fitted_windows(layout, sources, options)
    if options.layout:
        layout = Layout.load(options.layout)
        return layout.seen_turned(options.turn, options.mirror) if options.turn or options.mirror else layout
    if dataset is None:
        from .find import found_layout

        return found_layout(options.frames, sources)
    return dataset.require_layout()


def _read_by_project(options: argparse.Namespace, sources: Sources) -> BatchResult:
    project = Project.load(options.project)
    document, layout = project.document, project.document.layout
    if layout is None:
        raise ReadoutError(f"{options.project} has no layout: show in the page where the digits are, and save it again")
    layout = with_meanings(layout, options)
    rules = [rule_from_json(entry, [readout.name for readout in layout.readouts]) for entry in document.live_rules]
    backbone = OnnxBackbone.named(options.backbone or project.backbone.name)
    head = project.restore_head(backbone)
    if head is None and any(readout.window is None for readout in layout.readouts):
        raise ReadoutError(
            f"{options.project} has learned nothing, and {backbone.name} knows nothing before it has examples: "
            "type in the page what some frames show, and save it again"
        )
    if options.frames is None and not project.patches and not project.looks_of(backbone):
        raise ReadoutError(f"{options.project} holds no pixels of frames: give the folder of FRAMES, or the clip, too")
    recognizer = Recognizer(lambda: Pair(EmbeddingCache(backbone), head), lambda: read_windows(project.typed_windows()))
    again = None
    if sources.clips and not document.tracked and not options.as_placed:
        again = PlacedAgain(layout, {file_of(frame.name) for frame in project.frames})
    clips = open_clips(sources, layout, options.scale_layout, again.look if again else None)
    with saved_table(options, sources, clips) as write:
        if options.frames:
            elsewhere = again.layouts if again else {}
            plan = Plan(options, with_checks(layout), document.tracked, recognizer, backbone.name, elsewhere)
            read = read_all(sources, clips, plan)
        else:
            read = read_kept(project, layout, recognizer, progress_bar())
        read = settled(read, recognizer, sources, layout.readouts, document.typed)
        outcome = repair(read.columns, rules, by_row(document.typed, read.names, read.columns)) if rules else None
        shifts = read.shifts if document.tracked else None
        write(rows(read.names, read.columns, outcome, document.typed, read.times, shifts), True, shifts is not None)
        tell(read)
    return read


def _given(columns: Mapping[str, AnyColumn]) -> int:
    return int(np.any([column.given for column in columns.values()], axis=0).sum())


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
