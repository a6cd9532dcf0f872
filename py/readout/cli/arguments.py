"""What `readout read` is told about clips: which frames, which part, which files."""

import argparse
import math
import re
from collections.abc import Mapping
from pathlib import Path

from ..data.dataset import natural_order
from ..errors import ReadoutError
from ..imaging.images import SUFFIXES as PICTURES
from ..video.packets import SUFFIXES

OPTIONS = ("every", "start", "end", "processes")
NAMES = {"every": "--every", "start": "--from", "end": "--to", "processes": "--processes"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """--every, --from, --to and --processes."""
    group = command.add_argument_group("clips")
    group.add_argument("--every", type=step, metavar="N|Ns", help="read one frame every N, or every N seconds: 5, 0.5s")
    group.add_argument("--from", type=moment, dest="start", metavar="TIME", help="begin there: 12.5, 1:02:03")
    group.add_argument("--to", type=moment, dest="end", metavar="TIME", help="end there, that frame included")
    group.add_argument("--processes", type=count, metavar="N", help="read with so many processes (default: one a core)")


def step(text: str) -> dict[str, float]:
    """'5' is {"frames": 5}, '0.5s' {"seconds": 0.5}; see `clips.choose`."""
    found = re.fullmatch(r"([0-9]*\.?[0-9]+) ?(s?)", text.strip())
    value = float(found[1]) if found else 0.0
    if not found or not value or not (found[2] or value.is_integer()):
        raise argparse.ArgumentTypeError(
            f"frames as a whole number, or seconds with an s, got {text!r}: give 5 or 0.5s"
        )
    return {"seconds": value} if found[2] else {"frames": int(value)}


def moment(text: str) -> float:
    """Seconds, of '12.5', '12.5s', '2:03' or '1:02:03.5'."""
    found = re.fullmatch(r"(?:(?:([0-9]+):)?([0-9]+):)?([0-9]*\.?[0-9]+)s?", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"seconds, or hours:minutes:seconds, got {text!r}: give 12.5 or 1:02:03")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return math.fsum((3600 * hours, 60 * minutes, seconds))


def window(text: str) -> tuple[float, float, float, float]:
    """x, y, width and height in pixels, of '812,640,120,44'."""
    try:
        x, y, w, h = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a window is x,y,width,height in pixels, got {text[:60]!r}: give 812,640,120,44"
        ) from None
    return x, y, w, h


def count(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"a whole number, 1 or more, got {text!r}: give how many processes")
    return int(text)


def given(options: argparse.Namespace) -> Mapping[str, object]:
    """Those of OPTIONS that were given, by their names on the command line."""
    return {NAMES[name]: value for name in OPTIONS if (value := getattr(options, name)) is not None}


def list_clips(path: Path) -> list[Path]:
    """The clip at a path, or the clips in a folder in natural order; none where there are only other files.

    Raises ReadoutError for a folder with clips and pictures in it.
    """
    path = Path(path)
    if not path.is_dir():
        return [path] if path.suffix.lower() in SUFFIXES else []
    files = [each for each in path.iterdir() if each.is_file() and not each.name.startswith(".")]
    clips = [each for each in files if each.suffix.lower() in SUFFIXES]
    pictures = [each for each in files if each.suffix.lower() in PICTURES]
    if clips and pictures:
        raise ReadoutError(
            f"a folder of frames holds clips or pictures, {path} has {len(clips)} and {len(pictures)}: "
            "read one after the other"
        )
    return sorted(clips, key=lambda each: natural_order(each.name))
