"""Reading outside the browser: clips, chunk by chunk in several processes, and what a project holds of its frames."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..errors import ReadoutError
from ..imaging.crops import Crop
from ..layout.layout import Layout, Readout
from ..model.backbone import find_model
from ..model.embedding_cache import EmbeddingCache
from ..model.onnx_backbone import OnnxBackbone
from ..model.strip_cache import StripCache
from ..project.project_file import Project
from ..readings.cross_check import with_checks
from ..readings.line_column import AnyColumn
from ..readings.observations import Observations
from ..readings.orientation import spread
from ..readings.recognizer import LINES, Pair, Recognizer
from ..video.anchor import ANCHOR, Anchor, Shift
from ..video.chunk import Chunk
from ..video.decoder import VideoReader
from ..video.sampling import FRAMES_PER_CHUNK, frame_name
from ..video.stabilizer import Stabilizer
from .batch_images import concat_columns

RUN = 16 * FRAMES_PER_CHUNK
"""Frames that one process reads at a time, at most: a run begins at the key frame before it."""
RUNS = 4
"""Runs for each process, at least, so that none waits long for the others."""


Glance = dict[str, tuple[Readout, list[Crop]]]
"""Of one frame each window with its crops; see `orientation`."""


@dataclass(frozen=True)
class ReadJob:
    """How clips are read. layout: in their size. anchor: None where the boxes follow none. backbone: its name.
    glances: seconds of frames whose windows' crops are kept."""

    layout: Layout
    anchor: Anchor | None
    backbone: str
    glances: frozenset[float] = frozenset()


@dataclass(frozen=True, eq=False)
class ChunkEmbeddings:
    """What was seen of one chunk.

    times: float64 (n,), of the frames decoded. looks: of each readout, embeddings (l, d) and index (n, B).
    shifts: of each frame, none without an anchor. glances: by seconds.
    """

    times: np.ndarray
    looks: list[tuple[np.ndarray, np.ndarray]]
    shifts: list[Shift]
    problems: list[str]
    remarks: list[str]
    glances: dict[float, Glance]


@dataclass(frozen=True, eq=False)
class BatchResult:
    """What was read of F frames.

    names, times: of each; no times of pictures. columns: by readout, one row a frame. shifts: by name. problems:
    sentences on frames that were lost. remarks: on what was changed to be read. left_out: on files that were not read.
    failure: what ended it before all was read, None where nothing did. glances: by row.
    """

    names: list[str]
    times: Sequence[float | None]
    columns: dict[str, AnyColumn]
    shifts: dict[str, Shift] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    failure: ReadoutError | None = None
    glances: dict[int, Glance] = field(default_factory=dict)

    @classmethod
    def concat(cls, parts: Sequence["BatchResult"]) -> "BatchResult":
        """What was read of several clips, or of clips and pictures, one after the other."""
        if len(parts) == 1:
            return parts[0]
        columns = {name: concat_columns([part.columns[name] for part in parts]) for name in parts[0].columns}
        names = [name for part in parts for name in part.names]
        times = [time for part in parts for time in (part.times or [None] * len(part.names))]
        shifts = {name: shift for part in parts for name, shift in part.shifts.items()}
        problems = [each for part in parts for each in part.problems]
        remarks = [each for part in parts for each in part.remarks]
        left_out = [each for part in parts for each in part.left_out]
        failure = next((part.failure for part in parts if part.failure), None)
        begins = np.cumsum([0, *(len(part.names) for part in parts)]).tolist()
        glances = {
            begin + row: seen for begin, part in zip(begins, parts, strict=False) for row, seen in part.glances.items()
        }
        return cls(names, times, columns, shifts, problems, remarks, left_out, failure, glances)


class Stopped(ReadoutError):
    """Ctrl-C was pressed."""


def read_clip(
    clip: VideoReader,
    times: Sequence[float] | np.ndarray,
    job: ReadJob,
    recognizer: Recognizer,
    processes: int = 0,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> BatchResult:
    """Read the frames of a clip at these times, some of its own, ascending.

    processes: 0 for one a core, where there is enough to do. progress: called with how many frames are done, and of how
    many. The readings do not depend on the number of processes. Raises ReadoutError for a clip of another frame size.
    """
    job.layout.check_frame((clip.height, clip.width), clip.name)
    moments = np.asarray(times, float)
    job = replace(job, glances=frozenset(moments[spread(len(moments))].tolist()))
    observations = [recognizer.observations(readout, len(moments)) for readout in job.layout.readouts]
    names = [frame_name(clip.name, time) for time in moments.tolist()]
    found: dict[int, ChunkEmbeddings] = {}
    done = 0
    failure: ReadoutError | None = None
    try:
        for at, count, chunk in _all_seen(clip, job, moments, processes or _worthwhile(clip, moments)):
            found[at], done = chunk, done + count
            progress(done, len(moments))
    except KeyboardInterrupt:
        failure = Stopped(f"stopped after {done} of {len(moments)} frames of {clip.name}: run it again for the rest")
    except BrokenProcessPool:
        failure = ReadoutError(f"a process that read {clip.name} died: try again with --processes 1")
    except ReadoutError as error:
        failure = error
    shifts: dict[str, Shift] = {}
    chunks = [chunk for _, chunk in sorted(found.items())]
    for chunk in chunks:
        rows = np.searchsorted(moments, chunk.times)
        for seen, (embeddings, index) in zip(observations, chunk.looks, strict=True):
            seen.give_shared(rows, embeddings, index, None)
        shifts.update(zip((names[row] for row in rows.tolist()), chunk.shifts, strict=bool(chunk.shifts)))
    problems = [*clip.problems, *(each for chunk in chunks for each in chunk.problems)]
    remarks = [*clip.remarks, *(each for chunk in chunks for each in chunk.remarks)]
    glances = {
        int(np.searchsorted(moments, time)): glance for chunk in chunks for time, glance in chunk.glances.items()
    }
    columns = _columns(observations, recognizer)
    return BatchResult(names, moments.tolist(), columns, shifts, problems, remarks, failure=failure, glances=glances)


def read_kept(
    project: Project,
    layout: Layout,
    recognizer: Recognizer,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> BatchResult:
    """Read a project's own frames: by what it keeps of clips' looks, the rest by its pixels, as the page does.

    Frames of which it keeps neither are not read. layout: the project's; what its texts mean may
    differ. progress: called with how many frames are done, and of how many.
    """
    frames, readouts = project.frames, layout.readouts
    observations = {each.name: recognizer.observations(each, len(frames)) for each in with_checks(layout).readouts}
    boxes = [readout for readout in readouts if readout.window is None]
    if boxes and (looks := project.looks_of(recognizer.of(boxes[0]).cache.backbone)):
        for readout, rows, embeddings, index in looks.by_readout(readouts):
            observations[readout.name].give_shared(rows, embeddings, index, None)
    settled = {name: seen.given.tolist() for name, seen in observations.items()}
    glances: dict[int, Glance] = {}
    for row, frame in enumerate(frames):
        for name, seen in observations.items():
            crops = None if settled[name][row] else project.crops(frame.name, seen.readout)
            if crops:
                seen.give([row], recognizer.embed(seen.readout, crops)[None], None)
            if crops and seen.readout.window:
                glances.setdefault(row, {})[name] = seen.readout, crops
        progress(row + 1, len(frames))
    names, times = [frame.name for frame in frames], [frame.time_s for frame in frames]
    columns, kept = _columns(observations.values(), recognizer), list(glances)
    glances = {kept[k]: glances[kept[k]] for k in spread(len(kept)).tolist()}
    return BatchResult(names, times, columns, dict(project.shifts), glances=glances)


def _columns(observations: Iterable[Observations], recognizer: Recognizer) -> dict[str, AnyColumn]:
    columns = {}
    for seen in observations:
        seen.read(recognizer.of(seen.readout).head)
        if seen.column is not None:
            columns[seen.readout.name] = seen.column
    return columns


def _all_seen(
    clip: VideoReader, job: ReadJob, times: np.ndarray, processes: int
) -> Iterator[tuple[int, int, ChunkEmbeddings]]:
    """(number of the first frame, frames asked for, ChunkEmbeddings) of every chunk, as they are done."""
    size = -(-len(times) // (processes * RUNS))
    size = min(max(-(-size // FRAMES_PER_CHUNK), 1) * FRAMES_PER_CHUNK, RUN)
    runs = [(begin, times[begin : begin + size]) for begin in range(0, len(times), size)]
    if processes == 1 or len(runs) == 1:
        for begin, run in [(0, times)] if len(times) else []:
            yield from _numbered(begin, run, _look(clip, job, run))
        return
    pool = ProcessPoolExecutor(min(processes, len(runs)), get_context("spawn"), _ignore_interrupts)
    try:
        waiting = {
            pool.submit(_look_at, (clip.path, clip.name, clip.fps), job, run): (begin, run) for begin, run in runs
        }
        for done in as_completed(waiting):
            yield from _numbered(*waiting.pop(done), done.result())
    except KeyboardInterrupt:
        pool.shutdown(wait=True, cancel_futures=True)
        for done, asked in waiting.items():  # what was under way is done by now
            if not done.cancelled() and not done.exception():
                yield from _numbered(*asked, done.result())
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _worthwhile(clip: VideoReader, times: np.ndarray) -> int:
    """How many processes: starting one takes as long as reading some hundred frames."""
    within = np.searchsorted(clip.times, [times[0], times[-1]]) if len(times) else (0, 0)
    return min(os.cpu_count() or 1, 1 + int(within[1] - within[0]) // RUN)


def _numbered(
    begin: int, run: np.ndarray, chunks: Iterable[ChunkEmbeddings]
) -> Iterator[tuple[int, int, ChunkEmbeddings]]:
    for k, seen in enumerate(chunks):
        yield begin + k * FRAMES_PER_CHUNK, min(FRAMES_PER_CHUNK, len(run) - k * FRAMES_PER_CHUNK), seen


def _look_at(clip: tuple[Path, str, float | None], job: ReadJob, times: np.ndarray) -> list[ChunkEmbeddings]:
    return list(_look(_clip(*clip), job, times))


def _look(clip: VideoReader, job: ReadJob, times: np.ndarray) -> Iterator[ChunkEmbeddings]:
    """What a run of whole chunks shows. Each is embedded on its own, so it does not matter which process reads it."""
    size = job.layout.frame_size
    regions = [region.aligned_to_even(size) for region in Stabilizer(job.anchor, size).regions(job.layout)]
    for part in clip.read(times.tolist(), regions):
        chunk, by_name = Chunk(part.index), {planes.region.readout: planes for planes in part.planes}
        shifts = chunk.shifts(by_name[ANCHOR], job.anchor) if job.anchor else []
        caches = Recognizer(
            lambda: Pair(EmbeddingCache(_backbone(job.backbone)), None),
            lambda: Pair(StripCache(_backbone(LINES)), None),
        )
        looks = []
        glances: dict[float, Glance] = {time: {} for time in part.times.tolist() if time in job.glances}
        for readout in job.layout.readouts:
            seen = chunk.observe(by_name[readout.name], readout, shifts)
            looks.append((caches.embed(readout, seen.crops), seen.index))
            for time, row in zip(part.times.tolist(), seen.index.tolist(), strict=True):
                if readout.window and time in glances:
                    glances[time][readout.name] = readout, [seen.crops[k] for k in row]
        each = [shifts[number] for number in part.index.tolist()] if shifts else []
        yield ChunkEmbeddings(part.times, looks, each, part.problems, part.remarks, glances)


@cache
def _backbone(name: str) -> OnnxBackbone:
    # One thread: there are as many processes as cores, and sums do not depend on how work is shared out.
    return OnnxBackbone(find_model(name), threads=1)


@cache
def _clip(path: Path, name: str, fps: float | None) -> VideoReader:
    return VideoReader(path, name, fps)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal: the first one alone says what becomes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
