"""How many readings are wrong by the readings' own account, beside how many are.

    python build.py --bench estimate [--styles=10] [--seconds=20] [--spoiled=0.01] [--real=FOLDER] [--cases=FOLDER]
        [--readings] [--json]

Sets: clips of `benchmarks.changes`, over a share of whose frames something lies, by boxes and by a window; the bundled
clip, as the finder takes its numbers; --cases: folders with `layout.json` and `truth.csv`, by the layout's boxes and by
a window around them; --real: photographed displays, see `benchmarks.real`, each source one table without neighbours.
Wrong: a text that is not the one shown; of digits, those whose digits differ, since some labels leave out a point.
Flagged: how many of the wrong ones carry a flag that doubts them. --readings: each reading with its account.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import changes, real
from benchmarks._lines import Window, digits
from readout.cli.batch_images import follow_frame, read_columns
from readout.cli.batch_video import ReadJob, read_clip
from readout.cli.find import find_numbers
from readout.cli.sources import Sources, gather
from readout.data.dataset import Dataset
from readout.errors import ReadoutError
from readout.evaluation.score import train
from readout.imaging.crops import cut
from readout.layout.box import hull
from readout.layout.layout import Layout, Readout
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.readings.comparison import compare
from readout.readings.cross_check import settle_checks, with_checks
from readout.readings.line_column import AnyColumn
from readout.readings.number_finder import layout_of
from readout.readings.reading import FLAGS, NO_VALUE
from readout.readings.recognizer import Pair, Recognizer, read_windows
from readout.video.decoder import VideoReader

ROOT = Path(__file__).resolve().parents[1]
QUIET = ~np.uint16(1 << FLAGS.index(NO_VALUE))
UNKNOWN = frozenset(("dark", "unreadable"))
"""What a truth says of frames that show no number."""


@dataclass(frozen=True)
class Row:
    """One table. wrong, digits_wrong, flagged: counts; estimate: of the wrong ones."""

    name: str
    readings: int
    wrong: int
    digits_wrong: int
    flagged: int
    estimate: float

    @property
    def fits(self) -> bool:
        """Whether the estimate is within a factor of two of the truth, or differs from it by less than one reading."""
        counts = sorted((self.wrong, self.digits_wrong))
        low, high = counts[0], counts[-1]
        return low / 2 <= self.estimate <= 2 * high or low - 1 < self.estimate < high + 1


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", type=int, default=len(changes.CHOSEN), help="the first so many styles")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--spoiled", type=float, default=0.01)
    parser.add_argument("--real", type=Path, help="a folder of photographed displays")
    parser.add_argument("--cases", type=Path, help="a folder of cases")
    parser.add_argument("--readings", action="store_true", help="name each reading")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    cache = EmbeddingCache(OnnxBackbone.named("glyphs"))
    pair = Pair(cache, train(Dataset.load(ROOT / "data"), cache, 0))
    recognizer = Recognizer(lambda: pair, read_windows)
    rows = []
    for name, column, truths in tables(options, recognizer, pair):
        rows.append(counted(name, column, truths))
        if not options.json:
            print(line(rows[-1]), flush=True)
        if options.readings:
            listed(column, truths)
    if options.json:
        print(json.dumps([vars(row) for row in rows]))
    else:
        print(f"{sum(row.fits for row in rows)} of {len(rows)} within a factor of two, or one reading")
    return 0


def tables(options, recognizer: Recognizer, pair: Pair) -> Iterator[tuple[str, AnyColumn, Sequence[tuple[str, ...]]]]:
    """Of each set its name, what was read, and of each row which texts are right; none where that is not known."""
    yield from bundled(recognizer)
    for folder in sorted(options.cases.iterdir()) if options.cases else ():
        yield from case(folder, recognizer)
    if options.real:
        sources: dict[str, list[Window]] = {}
        for name, window in real.windows(argparse.Namespace(real=options.real, cases=None, fonts=0)):
            sources.setdefault(name, []).append(window)
        for name, windows in sources.items():
            yield f"real, {name}", photographed(windows, recognizer), [window.texts for window in windows]
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "clip.mp4"
        for style in changes.CHOSEN[: options.styles]:
            clip = changes.draw(style, 0, options.seconds, options.spoiled)
            changes.write(clip, path)
            for name, layout in (("boxes", clip.layout), ("window", changes.window_of(clip))):
                yield f"drawn, {style}, {name}", changes.read(path, layout, pair, alone=False), clip.truths


def bundled(recognizer: Recognizer) -> Iterator[tuple[str, AnyColumn, Sequence[tuple[str, ...]]]]:
    """The clip that comes with the project, read where the finder says; the lower label shows ten less."""
    path = ROOT / "data" / "clip.webm"
    found = find_numbers(Sources([(path, path.name)]))
    video = VideoReader(path)
    job = ReadJob(layout_of(found.taken, found.size), None, "glyphs")
    read = read_clip(video, video.times, job, recognizer, 1)
    with (ROOT / "data" / "clip.csv").open(encoding="utf-8") as file:
        shown = [float(row["reading"]) for row in csv.DictReader(file)]
    for (name, column), less in zip(read.columns.items(), (0, 10), strict=True):
        column.heed(compare(column, read.times))
        yield f"bundled clip, {name}", column, [(f"{value - less:.2f}",) for value in shown]


def case(folder: Path, recognizer: Recognizer) -> Iterator[tuple[str, AnyColumn, Sequence[tuple[str, ...]]]]:
    """A case by its boxes, and by a window around them that is wide enough for numbers that grow."""
    if not (folder / "layout.json").exists():
        return
    layout = Layout.from_json((folder / "layout.json").read_text("utf-8"))
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        truths = {row.get("frame") or f"{float(row['time_s']):.2f}": row["expected"] for row in csv.DictReader(file)}
    if folder.name == "upside-down":
        layout = replace(layout, readouts=tuple(replace(each, turn=180.0) for each in layout.readouts))
    for kind, placed in (("boxes", with_checks(layout)), ("window", around(layout))):
        columns, names, times = read_case(folder, placed, recognizer)
        for column in settle_checks(columns).values():
            column.heed(compare(column, times))
            right = [truths.get(name, "") for name in names]
            texts = [("",) if text in UNKNOWN else (text,) if text else () for text in right]
            yield f"case {folder.name}, {kind}", column, texts


def read_case(folder: Path, layout: Layout, recognizer: Recognizer):
    """Columns by readout, the frames' names or times as a truth has them, and times."""
    clips = [path for path in sorted(folder.iterdir()) if path.suffix not in (".json", ".csv") and path.is_file()]
    if clips:
        video = VideoReader(clips[0])
        read = read_clip(video, video.times, ReadJob(layout, None, "glyphs"), recognizer, 1)
        return read.columns, [f"{time:.2f}" for time in read.times], read.times
    crops, names = [], []
    for frame in gather(folder / "frames", folder).frames:
        try:
            crops.append(follow_frame(frame.file.opened().frame(frame.number), frame.name, layout, None)[0])
            names.append(frame.name)
        except ReadoutError:
            continue
    return read_columns(layout.readouts, recognizer, crops), names, ()


def around(layout: Layout) -> Layout:
    """The layout with one window around each readout's boxes instead of these."""
    windows = []
    for readout in layout.readouts:
        boxes = np.array([hull(box, readout.turn) for box in readout.boxes])
        height = float(boxes[:, 3].mean())
        (left, top), (right, bottom) = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
        left, top = max(left - 1.45 * height, 0), max(top - 0.15 * height, 0)
        right, bottom = (
            min(right + 1.45 * height, layout.frame_size[0]),
            min(bottom + 0.15 * height, layout.frame_size[1]),
        )
        window = (float(left), float(top), float(right - left), float(bottom - top))
        windows.append(replace(readout, format="", boxes=(), window=window))
    return replace(layout, readouts=tuple(windows))


def photographed(windows: Sequence[Window], recognizer: Recognizer) -> AnyColumn:
    """What is read in pictures that have nothing to do with each other."""
    parts = []
    for window in windows:
        height, width = window.pixels.shape[:2]
        readout = Readout("number", window=(0.0, 0.0, float(width), float(height)))
        pixels = np.ascontiguousarray(window.pixels)
        parts.append(read_columns([readout], recognizer, [{"number": cut(pixels, readout.boxes)}])["number"])
    column = parts[0].concat(parts[1:])
    column.heed(compare(column, (), np.arange(len(column))))
    return column


def counted(name: str, column: AnyColumn, truths: Sequence[tuple[str, ...]]) -> Row:
    """What is wrong of a table, and its own account of that."""
    rows = [row for row in np.flatnonzero(column.given).tolist() if truths[row]]
    texts = {row: column.texts[row].strip() for row in rows}
    wrong = [row for row in rows if texts[row] not in truths[row]]
    less = sum(digits(texts[row]) not in map(digits, truths[row]) for row in wrong)
    flagged = int(np.count_nonzero(column.flags[wrong] & QUIET))
    return Row(name, len(rows), len(wrong), less, flagged, float(column.wrong[rows].sum()))


def line(row: Row) -> str:
    """One row for people."""
    mark = "" if row.fits else "  <--"
    return (
        f"{row.name:>44}: {row.readings:5} readings, {row.wrong:4} wrong ({row.digits_wrong} in digits, {row.flagged} "
        f"flagged), by estimate {row.estimate:6.1f}{mark}"
    )


def listed(column: AnyColumn, truths: Sequence[tuple[str, ...]]) -> None:
    """Each reading, what is right, its confidence alone and with others, and what is doubted."""
    for row in np.flatnonzero(column.given).tolist():
        flags = [flag for k, flag in enumerate(FLAGS) if int(column.flags[row]) >> k & 1]
        account = f"{column.read_confidence[row]:.3f} {1 - column.wrong[row]:.3f}"
        print(f"    {row} {column.texts[row]!r} {truths[row]} {account} {' '.join(flags)}")


if __name__ == "__main__":
    sys.exit(main())
