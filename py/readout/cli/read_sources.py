"""Reading sources into columns: clips one after the other, pictures frame by frame; what cannot be read is left out."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..imaging.images import Picture
from ..layout.layout import FrameSizeError, Layout
from ..readings.cross_check import with_checks
from ..readings.orientation import spread
from ..readings.recognizer import Recognizer
from ..video.anchor import Anchor, Shift
from ..video.decoder import VideoReader
from ..video.sampling import choose
from .batch_images import follow_frame, read_columns
from .batch_video import BatchResult, Glance, ReadJob, Stopped, read_clip
from .meanings import tell_blank, tell_values
from .progress import progress_bar, say, some
from .sources import PictureFrame, SourceFile, Sources

NOTHING_CHOSEN = "no frame is left between --from and --to: choose other moments"


def open_clips(
    sources: Sources, layout: Layout, scale: bool, look: Callable[[VideoReader], bool] | None = None
) -> list[VideoReader]:
    """The clips, those that cannot be read among `sources.left_out`. Raises ReadoutError where none is left.

    look: says of a clip whether it may be of any size; by default none may, unless the layout is to `scale`.
    """
    clips: list[VideoReader] = []
    failures: list[ReadoutError] = []
    for path, name in sources.clips:
        try:
            clip = VideoReader(path, name, sources.fps)
            if not (look and look(clip)) and not scale:
                layout.check_frame((clip.height, clip.width), clip.name)
            clips.append(clip)
        except FrameSizeError as error:
            failures.append(ReadoutError(f"{error}, or --scale-layout to fit the layout to the clip"))
        except ReadoutError as error:
            failures.append(error)
    if sources.clips and not clips and not sources.frames:
        raise failures[0] if len(failures) == 1 else ReadoutError("\n".join(map(str, failures)))
    sources.left_out.extend(map(str, failures))
    return clips


@dataclass(frozen=True)
class Plan:
    """How frames are read. options: of the command. backbone: the name of the one that reads boxes. layouts: by clip,
    where readouts are elsewhere in its frames."""

    options: argparse.Namespace
    layout: Layout
    anchor: Anchor | None
    recognizer: Recognizer
    backbone: str
    layouts: Mapping[str, Layout] = field(default_factory=dict)


def read_all(sources: Sources, clips: Sequence[VideoReader], plan: Plan) -> BatchResult:
    """What was read of clips, and then of pictures. Raises ReadoutError where nothing can be."""
    parts = [_read_clips(clips, plan)] if clips else []
    if sources.frames and not (parts and parts[0].failure):
        try:
            parts.append(_read_pictures(sources, plan))
        except ReadoutError as error:
            if not parts:
                raise
            parts[0].left_out.append(str(error))
    read = BatchResult.concat(parts)
    if not read.names and not read.failure:
        raise ReadoutError("\n".join(read.left_out))
    return read


def _read_clips(clips: Sequence[VideoReader], plan: Plan) -> BatchResult:
    """What was read of clips. One that fails on the way is left out from there on, and the others are read."""
    options, layout = plan.options, plan.layout
    parts: list[BatchResult] = []
    failures: list[ReadoutError] = []
    for clip in clips:
        times = clip.times[choose(clip.times, options.every, options.start, options.end)]
        size = (clip.width, clip.height) if options.scale_layout else layout.frame_size
        there = plan.layouts.get(clip.name)
        placed = with_checks(there) if there else layout.scaled(size)
        job = ReadJob(placed, plan.anchor and plan.anchor.scaled(layout.frame_size, size), plan.backbone)
        bar = progress_bar(clip.name if len(clips) > 1 else "")
        parts.append(read_clip(clip, times, job, plan.recognizer, options.processes or 0, bar))
        if not len(times):
            parts[-1].left_out.append(f"{clip.name}: {NOTHING_CHOSEN}")
        failure = parts[-1].failure
        if isinstance(failure, Stopped) or (failure and len(clips) == 1):
            break
        if failure:
            failures.append(failure)
            parts[-1] = replace(parts[-1], failure=None, left_out=[*parts[-1].left_out, str(failure)])
    if failures and len(failures) == len(parts):
        parts[-1] = replace(parts[-1], failure=failures[-1])
    return BatchResult.concat(parts)


def _read_pictures(sources: Sources, plan: Plan) -> BatchResult:
    """What was read of the frames of pictures. Raises ReadoutError where none can be."""
    options, layout = plan.options, plan.layout
    frames = sources.chosen(options.every, options.start, options.end)
    reader = _PictureReader(frames, layout, plan.anchor, options.scale_layout)
    first = next(reader, None)
    if first is None:
        nothing = "\n".join(reader.left_out) or NOTHING_CHOSEN
        raise ReadoutError(nothing)
    columns = read_columns(layout.readouts, plan.recognizer, chain([first], reader))
    times = reader.times if any(time is not None for time in reader.times) else []
    behind = [each for each in reader.files.left_out if each not in sources.left_out]
    left_out = [*reader.left_out, *behind]
    return BatchResult(
        reader.names, times, columns, reader.shifts, [], reader.files.told(), left_out, glances=reader.glances
    )


class _PictureReader(Iterator[dict[str, list[Crop]]]):
    """Crops of the frames that can be read, whose names and times are noted as they come."""

    def __init__(self, frames: Sequence[PictureFrame], layout: Layout, anchor: Anchor | None, scale: bool):
        self._frames, self._count, self._done = iter(frames), len(frames), 0
        self._layout, self._anchor, self._scale = layout, anchor, scale
        self._bar = progress_bar()
        self.files = _OpenFile()
        self._glanced = set(spread(len(frames)).tolist())
        self.glances: dict[int, Glance] = {}
        self.names: list[str] = []
        self.times: list[float | None] = []
        self.shifts: dict[str, Shift] = {}
        self.left_out: list[str] = []

    def __next__(self) -> dict[str, list[Crop]]:
        for frame in self._frames:
            self._done += 1
            try:
                pixels = self.files.pixels(frame)
                crops, shift = follow_frame(pixels, frame.name, self._layout, self._anchor, self._scale)
            except FrameSizeError as error:
                self.left_out.append(f"{error}, or --scale-layout to fit the layout to every frame")
                continue
            except ReadoutError as error:
                self.left_out.append(str(error))
                continue
            if self._done - 1 in self._glanced:
                windows = [readout for readout in self._layout.readouts if readout.window]
                self.glances[len(self.names)] = {each.name: (each, crops[each.name]) for each in windows}
            self.names.append(frame.name)
            self.times.append(frame.time_s)
            if shift:
                self.shifts[frame.name] = shift
            self._bar(self._done, self._count)
            return crops
        raise StopIteration


class _OpenFile:
    """The file that frames are read from, open as long as the next frame is in it."""

    def __init__(self) -> None:
        self._file: SourceFile | None = None
        self._picture: Picture | None = None
        self._notes: dict[str, list[str]] = {}
        self.left_out: list[str] = []

    def pixels(self, frame: PictureFrame) -> np.ndarray:
        if self._picture is None or self._file is not frame.file:
            self._file, self._picture = frame.file, frame.file.opened()
            self.left_out.extend(self._picture.left_out)
        pixels = self._picture.frame(frame.number)
        for note in self._picture.notes:
            names = self._notes.setdefault(note, [])
            if frame.file.name not in names[-1:]:
                names.append(frame.file.name)
        return pixels

    def told(self) -> list[str]:
        """Sentences on how pictures were changed to be seen."""
        return [f"{some(names)}: {note}" for note, names in self._notes.items()]


def first_size(sources: Sources) -> tuple[int, int]:
    """(width, height) of the first clip or frame that can be read."""
    for path, name in sources.clips:
        try:
            clip = VideoReader(path, name)
        except ReadoutError:
            if len(sources.clips) == 1:
                raise
            continue
        return clip.width, clip.height
    height, width = _first_frame(sources)[1].shape[:2]
    return width, height


def first_anchor(sources: Sources, layout: Layout) -> Anchor | None:
    """The layout's anchor as the first frame shows it, None without one: a layout holds no picture of it."""
    if not layout.anchor:
        return None
    name, frame = _first_frame(sources)
    size = frame.shape[1], frame.shape[0]
    box = layout.scaled(size).anchor or layout.anchor
    return Anchor.of(name, box, frame, (0, 0)).scaled(size, layout.frame_size)


def _first_frame(sources: Sources) -> tuple[str, np.ndarray]:
    failures = []
    for frame in sources.frames:
        try:
            return frame.name, _OpenFile().pixels(frame)
        except ReadoutError as error:
            failures.append(error)
    raise failures[0] if failures else ReadoutError("there is no frame to read: give a picture or a clip")


def tell_sources(sources: Sources) -> None:
    """Say what is not read since it does not seem to be meant to, and what is otherwise than it seems."""
    for what in sources.passed_over:
        say(f"passed over: {what}")
    for remark in sources.remarks:
        say(remark)


def tell(read: BatchResult) -> None:
    """Say how values were taken, what went wrong on the way, and what was left out; raises what ended it."""
    tell_values(read.columns)
    tell_blank(read.names, read.columns)
    for sentence in (*read.remarks, *read.problems):
        say(sentence)
    for what in read.left_out:
        say(f"left out: {what}")
    if read.failure:
        raise read.failure
