"""Which training and testing crops are cut, and where: plain integer crops, no resampling."""

from dataclasses import dataclass

import numpy as np

from . import DrawingError
from .values import label_text
from .viewer import BOX_HEIGHT, BOX_WIDTH, BOX_X, TOP_Y

STREAM = 1  # crops come from frames of this stream; the set's own frames are stream 0
DONORS = 160  # frames to choose from
TRAINING, TESTING = tuple(f"training/{n}" for n in range(1, 9)), ("testing/9",)
NUDGE = 0.25  # how often a crop lies one pixel off, up or down


@dataclass(frozen=True)
class Cut:
    """One crop: file `folder/digit.png`, cut from donor frame `donor` at (x, y), pixels."""

    folder: str
    digit: int
    donor: int
    x: int
    y: int

    @property
    def name(self):
        return f"{self.folder}/{self.digit}.png"

    def take(self, frame):
        """The crop out of its frame (PIL, any mode): mode RGB, BOX_WIDTH x BOX_HEIGHT."""
        box = (self.x, self.y, self.x + BOX_WIDTH, self.y + BOX_HEIGHT)
        return frame.crop(box).convert("RGB")


def plan(seed, tops):
    """All cuts for the donors' top labels `tops` (hundredths), one per folder and digit.

    A digit takes the four positions in turn, each time from another frame, and with
    neighbours it has not had at that position as long as there are any.
    Raises: DrawingError if a digit does not occur often enough among the donors.
    """
    rng = np.random.default_rng([seed, STREAM, 3])
    texts = [label_text(top).replace(".", "") for top in tops]
    cuts = []
    for digit in range(10):
        seen_frames, seen_neighbours = set(), set()
        places = [p for p in range(4) if any(t[p] == str(digit) for t in texts)]
        for turn, folder in enumerate(TRAINING + TESTING):
            place = places[(turn + digit) % len(places)] if places else 0
            found = [
                k
                for k in rng.permutation(len(texts)).tolist()
                if texts[k][place] == str(digit) and k not in seen_frames
            ]
            if not found:
                raise DrawingError(
                    f"digit {digit} needs a free frame for each folder, got "
                    f"{len(texts)} frames: draw more frames to cut from"
                )
            fresh = [k for k in found if (place, *_beside(texts[k], place)) not in seen_neighbours]
            donor = (fresh or found)[0]
            seen_frames.add(donor)
            seen_neighbours.add((place, *_beside(texts[donor], place)))
            cuts.append(Cut(folder, digit, donor, _column(rng, BOX_X[place]), _row(rng)))
    return cuts


def _beside(text, place):
    return text[place - 1 : place], text[place + 1 : place + 2]


def _column(rng, x):
    return int(x) + int(x != int(x) and rng.random() < 0.5)


def _row(rng):
    return TOP_Y + (int(rng.choice((-1, 1))) if rng.random() < NUDGE else 0)
