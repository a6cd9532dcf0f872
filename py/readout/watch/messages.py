"""What a run says on standard error: not the same thing again and again for months."""

import sys
import time
from collections import OrderedDict

AGAIN_S = 600.0
"""A sentence is said again after so long, at the earliest."""
REMEMBERED = 256


class Messages:
    """Says sentences. With systemd they go to its journal, which adds the time."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, float] = OrderedDict()

    def __call__(self, sentence: str) -> None:
        """Say a sentence, unless it was said a moment ago."""
        now = time.monotonic()
        if now - self._said.get(sentence, -AGAIN_S) < AGAIN_S:
            return
        self._said.pop(sentence, None)
        self._said[sentence] = now
        if len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        print(f"readout: {sentence}", file=sys.stderr, flush=True)
