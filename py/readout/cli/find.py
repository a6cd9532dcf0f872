"""`readout find`, and what `readout read` reads where nobody says where the numbers are."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..layout.layout import Layout
from ..layout.region import Region
from ..model.onnx_backbone import OnnxBackbone
from ..model.steps import drive
from ..readings.number_finder import FRAMES, NumberFinder, layout_of, sample_times
from ..readings.recognizer import LINES, read_windows
from ..readings.suggestion import Suggestion
from ..video.decoder import VideoReader
from .progress import progress_bar, say
from .sources import PictureFrame, Sources

STATE = "draw a window around the number in the page, or state one with --window X,Y,W,H"


def find_numbers(sources: Sources) -> tuple[list[Suggestion], tuple[int, int], Sequence[Any]]:
    """What numbers are in the first clip of some sources, or else in pictures; the frames' size; and times or names of
    those that were looked at. Raises ReadoutError where nothing can be decoded."""
    backbone = OnnxBackbone.named(LINES)
    head = read_windows().head
    if backbone.prior is None or head is None:
        raise ReadoutError(f"a line backbone brings a prior, {backbone.name} has none: make its files again")
    frames: list[np.ndarray]
    times: list[float] | None = None
    labels: Sequence[Any]
    if sources.clips:
        frames, times = _first_clip(sources)
        labels = times
    else:
        frames, labels = _pictures(sources.frames)
    finder = NumberFinder(backbone.prior, head)
    bar = progress_bar(unit="frames searched")
    found = drive(finder.find(frames, times, lambda done, total, _: bar(done, total)), backbone.embed)
    return found, (frames[0].shape[1], frames[0].shape[0]), labels


def found_layout(path: Path, sources: Sources) -> Layout:
    """A layout of the numbers that change, or of all in a single picture. Says on standard error what it took.

    Raises ReadoutError where there are none.
    """
    found, size, _ = find_numbers(sources)
    name = sources.clips[0][1] if sources.clips else path.name
    taken = [each for each in found if each.first]
    if not taken:
        raise ReadoutError(none_found(name, found))
    say(f"found in {name}, and reads:")
    for each in taken:
        print(f"  {_described(each)}", file=sys.stderr)
    if len(found) > len(taken):
        print(f"  {len(found) - len(taken)} more are left out: `readout find` lists them", file=sys.stderr)
    return layout_of(taken, size)


def print_numbers(path: Path, sources: Sources, as_json: bool) -> None:
    """List the numbers of a clip, a picture or a folder. Raises ReadoutError where there are none."""
    found, size, looked_at = find_numbers(sources)
    if as_json:
        print(
            json.dumps(
                {"frame_size": list(size), "frames": list(looked_at), "numbers": [each.fields() for each in found]}
            )
        )
        return
    if not found:
        raise ReadoutError(none_found(sources.clips[0][1] if sources.clips else path.name, found))
    for title, group in (
        ("Numbers that change" if len(looked_at) > 1 else "Numbers", [each for each in found if each.first]),
        ("Others", [each for each in found if not each.first]),
    ):
        if group:
            print(f"{title}:")
            for each in group:
                print(f"  {_described(each)}")


def none_found(name: str, found: Sequence[Suggestion]) -> str:
    """What to do where no number is found."""
    if not found:
        return f"no number was found in {name}: {STATE}"
    noun = "number that does not change was" if len(found) == 1 else "numbers that do not change were"
    return f"no number that changes was found in {name}, {len(found)} {noun}: see `readout find`, or {STATE}"


def _described(each: Suggestion) -> str:
    texts = list(dict.fromkeys(text for text in each.readings if text is not None))
    window = ",".join(f"{side:.0f}" for side in each.window)
    turn = f" turned {each.turn:.0f}°" if each.turn else ""
    form = f", {each.constraint}" if each.constraint else ""
    return f"{each.name}: {', '.join(texts[:6])}  ({each.kind}{form}, {each.confidence:.0%}, window {window}{turn})"


def _first_clip(sources: Sources) -> tuple[list[np.ndarray], list[float]]:
    """The frames of the first clip that can be decoded. Raises ReadoutError where none can be."""
    failures: list[ReadoutError] = []
    for path, name in sources.clips:
        try:
            return _clip_frames(path, name)
        except ReadoutError as error:  # one damaged file ends nothing; reading names it
            failures.append(error)
    raise failures[0]


def _clip_frames(path: Path, name: str) -> tuple[list[np.ndarray], list[float]]:
    clip = VideoReader(path, name)
    times = sample_times(clip.times).tolist()
    frames: list[np.ndarray] = []
    seen: list[float] = []
    for time in times:
        for chunk in clip.read([time], [Region("", 0, 0, clip.width, clip.height)]):
            frames += list(chunk.planes[0].rgb(chunk.index))
            seen += chunk.times.tolist()
    if not frames:
        raise ReadoutError(f"{name}: none of its frames can be decoded: copy it again")
    return frames, seen


def _pictures(pictures: Sequence[PictureFrame]) -> tuple[list[np.ndarray], list[str]]:
    chosen = [pictures[k] for k in sample_times(range(len(pictures)), FRAMES).astype(int)]
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
