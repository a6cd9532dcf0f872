"""A bar on a terminal: how much is done, how fast, and how long the rest will take."""

import sys
import time

CELLS = 24


class Bar:
    """Called with how much is done, and of how much; says so on standard error, if that is a terminal.

    title: what comes before the bar. noun: of what is counted.
    """

    def __init__(self, title: str = "", noun: str = "frames"):
        self.title, self.noun = title, noun
        self._begun = self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        now = time.monotonic()
        self._begun = self._begun or now
        if done < total and now - self._told < 0.1:
            return
        self._told = now
        text = line(done, total, now - self._begun, self.noun)
        end = "\n" if done >= total else ""
        print(f"\r{self.title}{' ' if self.title else ''}{text}\x1b[K", end=end, file=sys.stderr, flush=True)


def line(done: int, total: int, seconds: float, noun: str = "frames") -> str:
    """The bar as text, after so many seconds."""
    full = CELLS if done >= total else CELLS * done // total
    text = f"[{'#' * full}{'.' * (CELLS - full)}] {done} of {total} {noun}"
    if seconds <= 0 or not done:
        return text
    rate = done / seconds
    left = "" if done >= total else f", {clock((total - done) / rate)} left"
    return f"{text}, {rate:.3g} a second{left}" if rate < 1000 else f"{text}, {rate:.0f} a second{left}"


def clock(seconds: float) -> str:
    """0:07, 12:00 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
