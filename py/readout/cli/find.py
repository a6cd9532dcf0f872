"""`readout find`, and what `readout read` reads without a layout."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ReadoutError, quoted
from ..imaging.patch import Patch
from ..layout.layout import Layout
from ..layout.region import Region
from ..model.onnx_backbone import OnnxBackbone
from ..model.steps import drive
from ..readings.number_finder import FRAMES, NumberFinder, layout_of, sample_times
from ..readings.recognizer import LINES, read_windows
from ..readings.suggestion import Suggestion
from ..readings.window_fit import FRAMES as FITTED
from ..video.decoder import VideoReader
from ..video.sampling import choose
from .progress import progress_bar, say
from .sources import PictureFrame, Sources

STATE = "draw a window around the number in the page, or state one with --window X,Y,W,H"


@dataclass(frozen=True)
class Found:
    """What a search found. name: of the clip that was searched, '' of pictures. size: (width, height) of its frames.
    looked_at: times or names of those that were searched."""

    name: str
    numbers: list[Suggestion]
    size: tuple[int, int]
    looked_at: Sequence[Any]

    @property
    def taken(self) -> list[Suggestion]:
        """Those that are read without a layout: the first ones, or a clock where nothing else is there."""
        first = [each for each in self.numbers if each.first]
        alone = self.numbers if len(self.numbers) == 1 else []
        return first or [each for each in alone if each.sure and _only_runs(each)]


def find_numbers(sources: Sources) -> Found:
    """The numbers of the first clip of some sources that has any to read, or else of pictures. Where no clip has, those
    of the first that has others. Raises ReadoutError where nothing can be decoded."""
    backbone, finder = _finder()

    def searched(name: str, frames: list[np.ndarray], times: list[float] | None, labels: Sequence[Any]) -> Found:
        bar = progress_bar(name if len(sources.clips) > 1 else "", unit="frames searched")
        found = drive(finder.find(frames, times, lambda done, total, _: bar(done, total)), backbone.embed)
        return Found(name, found, (frames[0].shape[1], frames[0].shape[0]), labels)

    if not sources.clips:
        frames, names = _pictures(sources.frames)
        return searched("", frames, None, names)
    best: Found | None = None
    failures: list[ReadoutError] = []
    for path, name in sources.clips:
        try:
            frames, times = _clip_frames(clip := VideoReader(path, name), sample_times(clip.times))
        except ReadoutError as error:  # one damaged file ends nothing; reading names it
            failures.append(error)
            continue
        found = searched(name, frames, times, times)
        if found.taken:
            return found
        if best is None or (found.numbers and not best.numbers):
            best = found
    if best is None:
        raise failures[0]
    return best


def found_layout(path: Path, sources: Sources) -> Layout:
    """A layout of the numbers that change, or of all in a single picture. Says on standard error what it took.

    Raises ReadoutError where there are none.
    """
    found = find_numbers(sources)
    taken = found.taken
    if not taken:
        raise ReadoutError(none_found(_searched(path, sources, found), found.numbers))
    say(f"found in {found.name or path.name}, and reads:")
    for each in taken:
        print(f"  {_described(each)}", file=sys.stderr)
    if len(found.numbers) > len(taken):
        print(f"  {len(found.numbers) - len(taken)} more are left out: `readout find` lists them", file=sys.stderr)
    return layout_of(taken, found.size)


def fitted_windows(layout: Layout, sources: Sources, options: argparse.Namespace) -> Layout:
    """The windows that were stated, closer around their numbers where these are read better so; says which on standard
    error."""
    backbone, finder = _finder()
    patches = [
        Patch(frame, (0, 0))
        for frame in ([] if options.as_placed else _some_frames(sources, options))
        if (frame.shape[1], frame.shape[0]) == layout.frame_size
    ]
    readouts = []
    for readout in layout.readouts:
        assert readout.window is not None  # all are stated by --window
        window = readout.window
        if patches and not readout.mirror:
            window = drive(finder.fit(patches, window, readout.turn), backbone.embed)
        if window != readout.window:
            sides = ",".join(f"{side:g}" for side in window)
            say(
                f"{quoted(readout.name)} is read in a closer window, where it is read better: "
                f"--window {sides}, or with --as-placed as it is stated"
            )
        readouts.append(replace(readout, window=window))
    return replace(layout, readouts=tuple(readouts))


def print_numbers(path: Path, sources: Sources, as_json: bool) -> None:
    """List the numbers of a clip, a picture or a folder. Raises ReadoutError where there are none."""
    found = find_numbers(sources)
    numbers = found.numbers
    if len(sources.clips) > 1 and numbers:
        say(f"found in {found.name}:")
    if as_json:
        size, looked_at = list(found.size), list(found.looked_at)
        print(json.dumps({"frame_size": size, "frames": looked_at, "numbers": [each.fields() for each in numbers]}))
        return
    if not numbers:
        raise ReadoutError(none_found(_searched(path, sources, found), numbers))
    for title, group in (
        ("Numbers that change" if len(found.looked_at) > 1 else "Numbers", [each for each in numbers if each.first]),
        ("Others", [each for each in numbers if not each.first]),
    ):
        if group:
            print(f"{title}:")
            for each in group:
                print(f"  {_described(each)}")


def none_found(name: str, found: Sequence[Suggestion]) -> str:
    """What to do where there is no number to read."""
    if not found:
        return f"no number was found in {name}: {STATE}"
    counts = Counter(map(_why_not, found))
    others = ", ".join(f"{count} {one if count == 1 else many}" for (one, many), count in counts.items())
    return f"no number to read was found in {name}, {others}: see `readout find`, or {STATE}"


def _why_not(each: Suggestion) -> tuple[str, str]:
    """Why a number is not read without a layout, of one and of several."""
    if not each.sure or len(each.readings) == 1:
        return "is unsure or seldom seen", "are unsure or seldom seen"
    if _only_runs(each):
        return "is a clock that runs with the clip", "are clocks that run with the clip"
    return "does not change", "do not change"


def _only_runs(each: Suggestion) -> bool:
    """Whether a number only says how much of the clip has passed."""
    return each.changes and each.elapsed


def _searched(path: Path, sources: Sources, found: Found) -> str:
    """What was searched, as a message names it."""
    clips = len(sources.clips)
    return path.name if not clips else found.name if clips == 1 or found.numbers else f"any of {clips} clips"


def _described(each: Suggestion) -> str:
    texts = list(dict.fromkeys(text for text in each.readings if text is not None))
    window = ",".join(f"{side:.0f}" for side in each.window)
    turn = f" turned {each.turn:.0f}°" if each.turn else ""
    form = f", {each.constraint}" if each.constraint else ""
    return f"{each.name}: {', '.join(texts[:6])}  ({each.kind}{form}, {each.confidence:.0%}, window {window}{turn})"


def _finder() -> tuple[OnnxBackbone, NumberFinder]:
    backbone = OnnxBackbone.named(LINES)
    head = read_windows().head
    if backbone.prior is None or head is None:
        raise ReadoutError(f"a line backbone brings a prior, {backbone.name} has none: make its files again")
    return backbone, NumberFinder(backbone.prior, head)


def _some_frames(sources: Sources, options: argparse.Namespace) -> list[np.ndarray]:
    """A few frames of the first clip that can be read, or of pictures, among those that are to be read; none where that
    fails: reading says so."""
    chosen = options.every, options.start, options.end
    for path, name in sources.clips:
        with suppress(ReadoutError):
            clip = VideoReader(path, name, sources.fps)
            return _clip_frames(clip, sample_times(clip.times[choose(clip.times, *chosen)], FITTED))[0]
    with suppress(ReadoutError):
        return _pictures(sources.chosen(*chosen), FITTED)[0]
    return []


def _clip_frames(clip: VideoReader, moments: np.ndarray) -> tuple[list[np.ndarray], list[float]]:
    """The whole frames at some moments of a clip, and their times. Raises ReadoutError where none can be decoded."""
    frames: list[np.ndarray] = []
    seen: list[float] = []
    for time in moments.tolist():
        for chunk in clip.read([time], [Region("", 0, 0, clip.width, clip.height)]):
            frames += list(chunk.planes[0].rgb(chunk.index))
            seen += chunk.times.tolist()
    if not frames:
        raise ReadoutError(f"{clip.name}: none of its frames can be decoded: copy it again")
    return frames, seen


def _pictures(pictures: Sequence[PictureFrame], count: int = FRAMES) -> tuple[list[np.ndarray], list[str]]:
    chosen = [pictures[k] for k in sample_times(range(len(pictures)), count).astype(int)]
    frames: list[np.ndarray] = []
    names: list[str] = []
    failures: list[ReadoutError] = []
    for each in chosen:
        try:
            frame = each.file.opened().frame(each.number)
        except ReadoutError as error:  # one damaged file ends nothing; reading names it
            failures.append(error)
            continue
        if not frames or frame.shape == frames[0].shape:
            frames.append(frame)
            names.append(each.name)
    if failures and not frames:
        raise failures[0]
    return frames, names
