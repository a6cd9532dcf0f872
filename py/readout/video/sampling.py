"""Frames of clips: their names, and which of them are read. Knows no decoder."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import ReadoutError

FRAMES_PER_CHUNK = 128
"""Frames that are read together. No state passes from one chunk to the next."""
ROUNDING = 1.0
"""By how many microseconds a frame may come too early for its moment, as times are rounded."""


def microsecond(seconds: float) -> float:
    """A time in seconds, rounded to a whole microsecond; halves go up."""
    return math.floor(seconds * 1e6 + 0.5) / 1e6


def frame_name(clip: str, time: float) -> str:
    """The name of a clip's frame at a time in seconds: `clip.mp4#t=12.345678` (W3C Media Fragments, section 4.2.1)."""
    return f"{clip}#t={time:.6f}"


OF_MANY = re.compile(r"(.+) #\d+", re.DOTALL)
"""The name of one frame of a picture's file with many, as `readout read` and the page give it."""


def clip_of(frame: str) -> str:
    """The clip that a frame's name names; '' of a picture."""
    clip, mark, _ = frame.rpartition("#t=")
    return clip if mark else ""


def series_of(frame: str) -> str:
    """What a frame is one of several of: its clip, or its picture's file with many frames; '' of a single picture."""
    found = OF_MANY.fullmatch(frame)
    return clip_of(frame) or (found[1] if found else "")


def file_of(frame: str) -> str:
    """The file that a frame's name names."""
    return series_of(frame) or frame


def choose(
    times: Sequence[float] | np.ndarray,
    every: Mapping[str, float] | None = None,
    start: float | None = None,
    end: float | None = None,
) -> np.ndarray:
    """Which frames of a clip are read: int32 indices into `times`, ascending, each once.

    times: seconds, (F,), ascending. every: None for all, {"frames": k} for one every k, or {"seconds": s} for the first
    at or after start + i * s, i = 0, 1, ... start, end: seconds, both ends included; without, the clip's own.
    Raises ReadoutError where a step is not above 0, or the end lies before the start.
    """
    moments = np.asarray(times, float)
    for name, value in (("first", start), ("last", end)):
        if value is not None and not math.isfinite(value):
            raise ReadoutError(f"the {name} moment is in seconds, got {value}: give a number")
    if start is not None and end is not None and end < start:
        raise ReadoutError(f"a clip is read from its first moment to its last, got {start:g} s to {end:g} s: swap them")
    first = 0 if start is None else int(np.searchsorted(moments, start, "left"))
    last = len(moments) if end is None else int(np.searchsorted(moments, end, "right"))
    inside = np.arange(first, last, dtype=np.int32)
    if every is None or not len(inside):
        return inside
    if "frames" in every:
        step = every["frames"]
        if step != step or step < 1 or step != int(step):
            raise ReadoutError(f"one frame every so many is read, 1 or more, got {step}: give a whole number")
        return inside[:: int(step)]
    step = every.get("seconds", 0)
    if not 0 < step < math.inf:
        raise ReadoutError(f"one frame every so many seconds is read, more than 0, got {step}: give another number")
    begin = moments[first] if start is None else start
    place = np.floor(((moments[inside] - begin) * 1e6 + ROUNDING) / (step * 1e6))
    return inside[np.r_[True, place[1:] > place[:-1]]]
