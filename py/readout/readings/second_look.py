"""Readings of a live source: each is confirmed where the frame before it was read alike."""

from dataclasses import replace

from .reading import DOUBTING, Reading, is_legible


class SecondLook:
    """Compares each reading of one readout with the one before.

    held: the last reading that was confirmed, None before there is one. What is caught while a display changes lasts
    a frame and is never confirmed; a new value is with its second frame.
    """

    def __init__(self) -> None:
        self.held: Reading | None = None
        self._before: str | None = None

    def see(self, reading: Reading) -> Reading:
        """The next reading, with whether it is confirmed."""
        shows = is_legible(reading.text) and not DOUBTING & set(reading.flags)
        seen = replace(reading, confirmed=shows and reading.text == self._before)
        self._before = reading.text if shows else None
        if seen.confirmed:
            self.held = seen
        return seen
