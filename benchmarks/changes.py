"""Clips of displays that change: how many wrong frames carry no flag, and how many right ones do.

    python build.py --bench changes [--styles=10] [--seeds=1] [--seconds=20] [--spoiled=0.0] [--alone] [--json]

Displays are those of `data.displays`, drawn with families that nothing was trained on, at 25 frames a second, a new
value each half second; two thirds of the changes are caught half-way: blended, interlaced or by a rolling shutter.
--spoiled is the share of frames over which something lies. Each clip is encoded as H.264 and read as the command line
reads it, by its fixed boxes with no example and by one window. --alone reads every frame by itself.

A frame is right where it has the text of its state; of a change caught half-way that of either. Silent: wrong, without
a flag; of these `caught` are half-way. Flagged: right as it was read, with a flag other than no-value, since digits
drawn by lot are no times of day. Estimate: how many frames are wrong by the readings' own account, beside how many
texts are.
"""

import argparse
import json
import sys
import tempfile
import zlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from data.displays import STYLES
from data.displays.display import Display
from data.displays.lot import Lot
from readout.cli.batch_video import ReadJob, read_clip
from readout.cli.find import fitted_windows
from readout.cli.sources import Sources
from readout.data.dataset import Dataset
from readout.evaluation.score import train
from readout.layout.layout import Layout, Readout
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.readings.comparison import compare
from readout.readings.cross_check import settle_checks, with_checks
from readout.readings.line_column import AnyColumn
from readout.readings.reading import FLAGS, NO_VALUE
from readout.readings.recognizer import Pair, Recognizer, read_windows
from readout.video.decoder import VideoReader

ROOT = Path(__file__).resolve().parents[1]
CHOSEN = (
    "LED 7-segment",
    "LCD 7-segment",
    "overlay sans",
    "dot matrix",
    "thermal viewer",
    "scoreboard",
    "overlay mono",
    "outlined",
    "gauge at an angle",
    "analogue video",
)
"""Styles whose digits stand still; in a counter that rolls no change is caught half-way."""
RATE, HOLD = 25, 12.5
CAUGHT = 2 / 3
KINDS = ("walk", "count", "rise", "any")
"""How values go on: by normal steps, by ones, by steps upwards, anywhere."""


@dataclass(frozen=True, eq=False)
class Clip:
    """frames: uint8 RGB. truths: of each the texts of which any is right. spoiled: bool (F,)."""

    layout: Layout
    frames: list[np.ndarray]
    truths: list[tuple[str, ...]]
    spoiled: np.ndarray


@dataclass
class Score:
    """What came of the frames of clips, all in counts but `estimate`; see the module. wrong: texts."""

    frames: int = 0
    wrong: int = 0
    silent: int = 0
    caught: int = 0
    flagged: int = 0
    estimate: float = 0.0
    changing: int = 0
    jump: int = 0

    def add(self, column: AnyColumn, clip: Clip) -> None:
        """Count what a column reads in a clip."""
        flags = column.flags & ~np.uint16(1 << FLAGS.index(NO_VALUE))
        for row, truths in enumerate(clip.truths):
            text = column.texts[row].strip()
            right, taken = text in truths, column.neighbours.taken.get(row, text) if column.neighbours else text
            self.frames += 1
            self.wrong += not right
            self.silent += taken not in truths and not flags[row]
            self.caught += taken not in truths and not flags[row] and len(truths) > 1
            self.flagged += right and not clip.spoiled[row] and bool(flags[row])
            self.changing += right and bool(column.flags[row] >> FLAGS.index("changing") & 1)
            self.jump += right and bool(column.flags[row] >> FLAGS.index("jump") & 1)
        self.estimate += float(column.wrong.sum())


def draw(style: str, seed: int, seconds: float, spoiled: float) -> Clip:
    """A clip of the display that `seed` chooses among those of a style."""
    settings, lot = np.random.SeedSequence([seed, zlib.crc32(style.encode()), 12]).spawn(2)
    display, rng = STYLES[style](Lot(np.random.default_rng(settings))), np.random.default_rng(lot)
    count = int(seconds * RATE)
    values = _values(rng, KINDS[(seed + list(CHOSEN).index(style)) % len(KINDS)], int(count / HOLD) + 2, display.digits)
    phase = rng.uniform(0, HOLD)
    state = ((np.arange(count) + phase) / HOLD).astype(int)
    frames, truths = [], []
    for k in range(count):
        now = values[state[k]]
        frame, right = display.show(now, rng), (display.text(now),)
        if k and state[k] != state[k - 1] and rng.random() < CAUGHT:
            before = values[state[k - 1]]
            frame = _caught(display.show(before, rng), frame, rng)
            right = display.text(before), display.text(now)
        frames.append(frame)
        truths.append(right)
    hidden = rng.random(count) < spoiled
    for k in np.flatnonzero(hidden):
        frames[k] = _hidden(frames[k], display, rng)
    height, width = (size + size % 2 for size in frames[0].shape[:2])
    frames = [np.pad(f, ((0, height - f.shape[0]), (0, width - f.shape[1]), (0, 0)), mode="edge") for f in frames]
    size = width, height
    return Clip(Layout(size, (_boxes(display),)), frames, truths, hidden)


def _boxes(display: Display) -> Readout:
    return Readout("boxes", display.pattern, tuple(display.boxes))


def window_of(clip: Clip) -> Layout:
    """A window around the boxes, a little wider than they are, as it is drawn by hand."""
    [readout] = clip.layout.readouts
    width, height = clip.layout.frame_size
    tall = max(h for *_, h in readout.boxes)
    sides = [0.25 * tall if pattern[0] == "#" else 0.8 * tall for pattern in (readout.format, readout.format[::-1])]
    left = max(min(x for x, *_ in readout.boxes) - sides[0], 0)
    top = max(min(y for _, y, *_ in readout.boxes) - 0.15 * tall, 0)
    right = min(max(x + w for x, _, w, _ in readout.boxes) + sides[1], width)
    bottom = min(max(y + h for _, y, _, h in readout.boxes) + 0.15 * tall, height)
    return Layout((width, height), (Readout("window", window=(left, top, right - left, bottom - top)),))


def _values(rng, kind, count, digits) -> list[str]:
    """Values as digits, all different from the one before."""
    top = 10**digits
    step = {
        "walk": lambda: int(rng.choice([-1, 1])) * (1 + int(abs(rng.normal(0, max(top / 300, 3))))),
        "count": lambda: 1,
        "rise": lambda: 1 + int(rng.exponential(max(top / 1000, 2))),
        "any": lambda: 1 + int(rng.integers(top - 1)),
    }[kind]
    value = int(rng.integers(top // 4, top // 2))
    found = []
    for _ in range(count):
        found.append(f"{value % top:0{digits}d}")
        value += step()
    return found


def _caught(before, after, rng):
    """One picture of two: mixed, in turns of rows, or the upper rows of one and the lower ones of the other."""
    way = rng.integers(3)
    if way == 0:
        share = rng.uniform(0.2, 0.8)
        return np.clip(share * before + (1 - share) * after.astype(float) + 0.5, 0, 255).astype(np.uint8)
    rows = np.arange(len(before))
    upper = rows % 2 == 0 if way == 1 else rows < rng.uniform(0.25, 0.75) * len(before)
    return np.where(upper[:, None, None], before, after)


def _hidden(frame, display, rng):
    """A frame with a dark or bright bar over one digit."""
    x, y, w, h = display.boxes[int(rng.integers(display.digits))]
    spoiled = frame.copy()
    left, top = int(x + rng.uniform(-0.2, 0.5) * w), int(y + rng.uniform(0, 0.6) * h)
    spoiled[max(top, 0) : top + max(2, int(0.4 * h)), max(left, 0) : left + max(2, int(0.8 * w))] = rng.integers(
        0, 256, 3
    )
    return spoiled


def write(clip: Clip, path: Path) -> None:
    """Encode a clip."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height = clip.layout.frame_size
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, RATE)
        for frame in clip.frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode())


def closed(layout: Layout, path: Path) -> Layout:
    """The window as `--window` takes it: less high where its numbers are read better so."""
    return fitted_windows(
        layout,
        Sources(clips=[(path, path.name)]),
        argparse.Namespace(every=None, start=None, end=None, as_placed=False),
    )


def read(path: Path, layout: Layout, pair: Pair, alone: bool) -> AnyColumn:
    """What the command line reads in a clip's one readout."""
    video = VideoReader(path)
    job = ReadJob(with_checks(layout), None, "glyphs")
    found = read_clip(video, video.times, job, Recognizer(lambda: pair, read_windows), 1)
    [column] = settle_checks(found.columns).values()
    if not alone:
        column.heed(compare(column, found.times))
    return column


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="changes", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--styles", type=int, default=len(CHOSEN), help="the first so many styles")
    parser.add_argument("--seeds", type=int, default=1, help="displays of each style")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--spoiled", type=float, default=0.0, help="the share of frames over which something lies")
    parser.add_argument("--alone", action="store_true", help="read every frame by itself")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    cache = EmbeddingCache(OnnxBackbone.named("glyphs"))
    pair = Pair(cache, train(Dataset.load(ROOT / "data"), cache, 0))
    scores: dict[str, dict[str, Score]] = {"boxes": {}, "window": {}}
    with tempfile.TemporaryDirectory() as folder:
        for style in CHOSEN[: options.styles]:
            for seed in range(options.first, options.first + options.seeds):
                clip = draw(style, seed, options.seconds, options.spoiled)
                path = Path(folder) / "clip.mp4"
                write(clip, path)
                for name, layout in (("boxes", clip.layout), ("window", closed(window_of(clip), path))):
                    score = scores[name].setdefault(style, Score())
                    score.add(read(path, layout, pair, options.alone), clip)
            if not options.json:
                for name, each in scores.items():
                    print(f"{style:>18} {name:>6}: {_line(each[style])}", flush=True)
    totals = {name: _total(each) for name, each in scores.items()}
    if options.json:
        print(json.dumps({name: {**vars(total)} for name, total in totals.items()}))
    else:
        for name, total in totals.items():
            print(f"{'all':>18} {name:>6}: {_line(total)}")
    return 0


def _total(scores: dict[str, Score]) -> Score:
    return Score(*(sum(vars(score)[name] for score in scores.values()) for name in vars(Score())))


def _line(score: Score) -> str:
    each = " ".join(f"{name} {100 * getattr(score, name) / score.frames:.2f} %" for name in ("silent", "flagged"))
    more = f"({score.caught} of the silent ones half-way; right and changing {score.changing}, jump {score.jump})"
    return f"{each} of {score.frames}; {score.wrong} wrong, by estimate {score.estimate:.1f} {more}"


if __name__ == "__main__":
    sys.exit(main())
