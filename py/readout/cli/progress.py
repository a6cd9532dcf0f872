"""What is said while a command runs, and how much is done."""

import sys
from collections.abc import Callable, Sequence

from tqdm import tqdm

from ..errors import LONGEST_MESSAGE, bounded

NAMED = 3
"""Files that are named where more are meant."""


def progress_bar(title: str = "", unit: str = "frames") -> Callable[[int, int], None]:
    """Call what it returns with how much is done, and of how much: it shows a bar where standard error is a terminal.

    title: what comes before the bar. unit: of what is counted.
    """
    bar: tqdm | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc=title or None, total=total, unit=f" {unit}", disable=None)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show


def some(names: Sequence[str]) -> str:
    """Names for a sentence, of many the first NAMED and how many more."""
    return f"{', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''}"


def say(sentence: object) -> None:
    """Tell the person something, on standard error, at most LONGEST_MESSAGE characters of it."""
    print(f"readout: {bounded(str(sentence), LONGEST_MESSAGE)}", file=sys.stderr)
