"""What `readout read` is told about clips and sequences of pictures: which frames, which part, how many a second."""

import argparse
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..errors import quoted
from ..layout.box import Box
from ..layout.layout import Layout, Readout

OPTIONS = {"every": "--every", "start": "--from", "end": "--to", "processes": "--processes"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """--every, --from, --to, --processes and --fps."""
    group = command.add_argument_group("clips")
    group.add_argument("--every", type=step, metavar="N|Ns", help="read one frame every N, or every N seconds: 5, 0.5s")
    group.add_argument("--from", type=moment, dest="start", metavar="TIME", help="begin there: 12.5, 1:02:03")
    group.add_argument("--to", type=moment, dest="end", metavar="TIME", help="end there, that frame included")
    group.add_argument("--fps", type=rate, metavar="N", help="pictures in order are so many a second: 25")
    group.add_argument("--processes", type=count, metavar="N", help="read with so many processes (default: one a core)")


def step(text: str) -> dict[str, float]:
    """'5' is {"frames": 5}, '0.5s' {"seconds": 0.5}; see `sampling.choose`."""
    found = re.fullmatch(r"([0-9]*\.?[0-9]+) ?(s?)", text.strip())
    value = float(found[1]) if found else 0.0
    if not found or not value or not (found[2] or value.is_integer()):
        raise argparse.ArgumentTypeError(
            f"frames as a whole number, or seconds with an s, got {quoted(text)}: give 5 or 0.5s"
        )
    return {"seconds": value} if found[2] else {"frames": int(value)}


def moment(text: str) -> float:
    """Seconds, of '12.5', '12.5s', '2:03' or '1:02:03.5'."""
    found = re.fullmatch(r"(?:(?:([0-9]+):)?([0-9]+):)?([0-9]*\.?[0-9]+)s?", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"seconds, or hours:minutes:seconds, got {quoted(text)}: give 12.5 or 1:02:03")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return math.fsum((3600 * hours, 60 * minutes, seconds))


def rate(text: str) -> float:
    """Pictures a second, of '25', '0.2' or '30000/1001'."""
    try:
        value = float(Fraction(text.strip())) if re.fullmatch(r"[\d./ ]{1,40}", text) else 0.0
    except (ValueError, ArithmeticError):
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"pictures a second, more than 0, got {quoted(text)}: give 25 or 30000/1001")
    return value


def window(text: str) -> tuple[float, float, float, float]:
    """x, y, width and height in pixels, of '812,640,120,44'."""
    try:
        x, y, w, h = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a window is x,y,width,height in pixels, got {quoted(text)}: give 812,640,120,44"
        ) from None
    return x, y, w, h


def layout_of_windows(windows: Sequence[Box], size: tuple[int, int], turn: float = 0.0, mirror: bool = False) -> Layout:
    """The windows that --window states, by number where there are several, for frames of size (width, height)."""
    names = [f"window {k}" for k in range(1, len(windows) + 1)] if len(windows) > 1 else ["window"]
    made = (Readout(name, window=box, turn=turn, mirror=mirror) for name, box in zip(names, windows, strict=True))
    return Layout(size, tuple(made))


def count(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"a whole number, 1 or more, got {quoted(text)}: give how many processes")
    return int(text)


def given(options: argparse.Namespace) -> Mapping[str, object]:
    """Those of OPTIONS that were given, by their names on the command line."""
    return {option: value for name, option in OPTIONS.items() if (value := getattr(options, name)) is not None}
