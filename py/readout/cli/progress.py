"""What is said while a command runs, and how much is done."""

import sys
from collections.abc import Callable

from tqdm import tqdm

from ..errors import LONGEST_MESSAGE, bounded


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


def say(sentence: object) -> None:
    """Tell the person something, on standard error, at most LONGEST_MESSAGE characters of it."""
    print(f"readout: {bounded(str(sentence), LONGEST_MESSAGE)}", file=sys.stderr)
