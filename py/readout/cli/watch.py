"""`readout watch`: reads a camera, a stream or a folder that grows until it is stopped, and gives out what it shows."""

import argparse
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

from ..data.dataset import kind_of_file
from ..errors import ReadoutError
from ..model.backbone import DEFAULT
from ..model.onnx_backbone import OnnxBackbone
from ..project.document import Document
from ..project.project_file import Project
from ..readings.recognizer import LINES
from ..watch.board import Board
from ..watch.clip import ClipSource
from ..watch.csv_log import CsvLog
from ..watch.folder import FolderSource
from ..watch.frame_reader import FrameReader, Immediate
from ..watch.loop import Output, watch
from ..watch.messages import Messages
from ..watch.mqtt import Broker, Mqtt
from ..watch.server import Server
from ..watch.source_frame import Source, Tell
from ..watch.stream import StreamSource, shown_name
from ..watch.webhook import Webhook
from ..workbench.editor import Editor
from ..workbench.learner import Learner
from ..workbench.line_learner import LineLearner
from ..workbench.live import Live
from .arguments import layout_of_windows
from .meanings import with_meanings
from .watch_arguments import MQTT_PASSWORD, WEBHOOK_KEY

STRIPS = 64
"""Strips of windows that are remembered: a camera's noise makes each another one."""


def run(options: argparse.Namespace) -> bool:
    """Watch until the source ends, Ctrl-C or a signal to end. Returns whether a source that ended had frames that were
    left out. Raises ReadoutError for what keeps it from beginning, and where not one of those frames could be read."""
    _check_usage(options)
    tell, stop = Messages(), Event()
    board = Board(shown_name(options.source))
    reader = FrameReader(_maker(options, tell))
    source = _source(options, board, tell)
    with ExitStack() as stack:
        outputs = _outputs(options, board, tell, stack)
        if options.serve is not None:
            server = Server(board, options.serve, options.bind)
            stack.callback(server.close)
            tell(f"the values are at {server.url}")
        with _ended_by_signals(stop):
            watch(source, reader, board, outputs, tell, stop)
    missing = isinstance(source, ClipSource) and not source.is_whole
    left_out = (bool(board.counts.get("frames_left_out_total")) or missing) and not stop.is_set()
    if left_out and not board.snapshot()["frames"]:
        raise ReadoutError(f"not one frame of {source.name} was read: show in the page where its digits are")
    return left_out


def _outputs(options: argparse.Namespace, board: Board, tell: Tell, stack: ExitStack) -> list[Output]:
    """What readings are given to; `stack` closes each."""
    outputs: list[Output] = []

    def begun(output: Output) -> None:
        stack.callback(output.close)
        outputs.append(output)

    if options.out:
        begun(CsvLog(options.out, options.rows, board, tell))
    if options.webhook:
        key = os.environ.get(WEBHOOK_KEY, "")
        begun(Webhook(options.webhook, board, tell, options.webhook_header, key))
    if options.mqtt:
        stack.callback(Mqtt(Broker.of(options.mqtt, os.environ.get(MQTT_PASSWORD, "")), board, tell).close)
    return outputs


def _check_usage(options: argparse.Namespace) -> None:
    if bool(options.project) == bool(options.window):
        options.usage("one of the arguments --project, --window is required: it says where the numbers are")
    if options.serve is None and not (options.out or options.webhook or options.mqtt):
        options.usage("one of the arguments --out, --serve, --webhook, --mqtt is required: where the values go")
    if "seconds" not in options.every:
        options.usage("argument --every: seconds with an s, such as 0.5s")


def _source(options: argparse.Namespace, board: Board, tell: Tell) -> Source:
    given, every_s = options.source, options.every["seconds"]
    path = Path(given)
    if path.is_dir():
        return FolderSource(path, board, tell, options.new_only)
    if path.is_file():
        is_picture = kind_of_file(path, path.name) in ("picture", "heic")
        return FolderSource(path, board, tell) if is_picture else ClipSource(path, every_s, tell)
    if "://" in given or path.exists():
        return StreamSource(given, every_s, board, tell, options.frozen)
    raise ReadoutError(
        f"a source is a folder, a file, a camera such as /dev/video0 or an address such as rtsp://…, got "
        f"{given[:200]!r}, which is not there: check it"
    )


def _maker(options: argparse.Namespace, tell: Tell) -> Callable[[tuple[int, int]], Live]:
    """What makes the reader of frames of a size. Raises ReadoutError where a project cannot be read with."""
    project = Project.load(options.project) if options.project else None
    if project is None:
        return lambda size: _live(
            Document(layout=with_meanings(layout_of_windows(options.window, size), options)), None, tell
        )
    layout = project.document.layout
    if layout is None:
        raise ReadoutError(f"{options.project} has no layout: show in the page where the digits are, and save it again")
    live = _live(replace(project.document, layout=with_meanings(layout, options)), project, tell)
    if project.document.live_rules:
        tell("rules need a whole table and are not applied: readout read applies them")
    return lambda size: live


def _live(document: Document, project: Project | None, tell: Tell) -> Live:
    editor = Editor()
    editor.open(document)
    layout = editor.require_layout()
    backbone = OnnxBackbone.named(project.backbone.name if project else DEFAULT)
    learner = Learner(Immediate(backbone))
    head = project.restore_head(backbone) if project else None
    if head:
        learner.take_head(head, ())
    elif learner.head is None and any(readout.window is None for readout in layout.readouts):
        raise ReadoutError(
            f"{backbone.name} knows nothing before it has examples: type in the page what some frames show, and save "
            "the project again"
        )
    lines = LineLearner()
    lines.use(Immediate(OnnxBackbone.named(LINES)), STRIPS)
    if project and (typed := project.typed_windows()):
        import asyncio

        asyncio.run(lines.learn(typed, _quiet, lambda: True))
    return Live(editor, learner, lines)


def _quiet(_: object) -> None:
    """Progress that is not shown."""


@contextmanager
def _ended_by_signals(stop: Event) -> Iterator[None]:
    """Ctrl-C, and what systemd sends, end the reading in good order; a second one at once."""
    before: dict[int, Any] = {}

    def end(number: int, _: object) -> None:
        Thread(target=stop.set).start()  # this one may hold the lock of `stop`
        signal.signal(number, before[number])

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for ended, handler in before.items():
            signal.signal(ended, handler)
