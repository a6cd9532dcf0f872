"""An evaluation set: labelled crops of one display, and crops that show no digit."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from readout.errors import ReadoutError
from readout.imaging.crops import Crop, cut

from .display import Display
from .lot import Lot
from .scenery import photographs
from .styles import STYLES

MARGIN = 2
"""Pixels kept around a digit's box, which only jitter looks at: who labels digits has the frame."""

OTHERS = 36
"""Crops without a digit: a third shows the display's background."""


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """What one display of a style shows.

    examples: the first 10 k are k of each digit. tests: digits of other frames. others: crops that
    show no digit, of kind 'blank' (the display's background) or 'unknown' (half of two characters,
    a counter between two digits, scenery, something in front of the display).
    """

    style: str
    seed: int
    examples: list[tuple[Crop, str]]
    tests: list[tuple[Crop, str]]
    others: list[tuple[Crop, str]]


def draw(style: str, seed: int, examples: int, tests: int) -> EvaluationSet:
    """Draw the display that `seed` chooses among those of a style: the same seed, the same bytes.

    examples: for each digit. tests: in all. Raises ReadoutError for an unknown style or negative
    numbers, BuildError where the reserved fonts can't be fetched.
    """
    if style not in STYLES:
        raise ReadoutError(f"a style is one of {', '.join(STYLES)}, got {style!r}: choose one of them")
    if min(seed, examples, tests) < 0:
        raise ReadoutError(f"seed, examples and tests are 0 or more, got {seed}, {examples}, {tests}: correct them")
    parts = np.random.SeedSequence([seed, zlib.crc32(style.encode())]).spawn(4)
    settings, first, second, third = map(np.random.default_rng, parts)
    display = STYLES[style](Lot(settings))
    return EvaluationSet(
        style,
        seed,
        _crops(display, _decks(first, examples), first),
        _crops(display, [str(digit) for digit in second.integers(10, size=tests)], second),
        list(_others(display, third)),
    )


def _decks(rng, count) -> list[str]:
    """`count` times the ten digits, each time in another order."""
    return [str(digit) for _ in range(count) for digit in rng.permutation(10)]


def _crops(display: Display, labels: list[str], rng) -> list[tuple[Crop, str]]:
    found = []
    for start in range(0, len(labels), display.digits):
        shown = labels[start : start + display.digits]
        filler = "".join(str(digit) for digit in rng.integers(10, size=display.digits - len(shown)))
        frame = display.show("".join(shown) + filler, rng)
        found += zip(cut(frame, display.boxes[: len(shown)], MARGIN), shown, strict=True)
    return found


def _others(display: Display, rng) -> Iterator[tuple[Crop, str]]:
    ways = (_blank, _between, _blank, _scenery, _blank, _in_front)
    for k in range(OTHERS):
        yield ways[k % len(ways)](display, rng)


def _digits(display, rng, pool="0123456789") -> list[str]:
    return [pool[k] for k in rng.integers(len(pool), size=display.digits)]


def _blank(display, rng):
    digits, place = _digits(display, rng), int(rng.integers(display.digits))
    digits[place] = " "
    frame = display.show("".join(digits), rng)
    return cut(frame, [display.boxes[place]])[0], "blank"


def _between(display, rng):
    """Half of one character and half of the next; of a counter, half of a digit and half of its successor."""
    if display.turn:
        place = int(rng.integers(display.digits))
        half = 0.5 * display.face.pitch / (display.face.cell[3] - display.face.cell[1])
        frame = display.show("".join(_digits(display, rng)), rng, [half] * display.digits)
        return cut(frame, [display.boxes[place]])[0], "unknown"
    frame = display.show("".join(_digits(display, rng, "023568")), rng)
    adjacent = [
        display.pattern[:k].count("#") for k in range(len(display.pattern)) if display.pattern[k : k + 2] == "##"
    ]
    place = adjacent[int(rng.integers(len(adjacent)))]
    x, y, w, h = display.boxes[place]
    return cut(frame, [((x + display.boxes[place + 1][0]) / 2, y, w, h)])[0], "unknown"


def _scenery(display, rng):
    """A piece of a photograph, recorded like the display."""
    box = display.boxes[int(rng.integers(display.digits))]
    width, height = display.frame.size
    photo = photographs()[int(rng.integers(2))]
    zoom = min(rng.uniform(0.5, 3), photo.width / width, photo.height / height)
    x, y = rng.random() * (photo.width - zoom * width), rng.random() * (photo.height - zoom * height)
    piece = photo.resize((width, height), box=(x, y, x + zoom * width, y + zoom * height))
    frame = display.spoil.apply(np.asarray(piece, np.float32) / np.float32(255), rng)
    return cut(frame, [box])[0], "unknown"


def _in_front(display, rng):
    """Something dark or skin-coloured that hides all of the digit but a corner."""
    place = int(rng.integers(display.digits))
    frame = display.show("".join(_digits(display, rng)), rng)
    x, y, w, h = display.boxes[place]
    rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (columns - x - w / 2) / w * np.cos(angle) + (rows - y - h / 2) / h * np.sin(angle)
    bent = along + rng.uniform(-0.15, 0.15) * np.sin(rows / h * 6 + columns / w * 4)
    share = np.clip((bent + rng.uniform(0.28, 0.6)) * min(w, h) / 1.5, 0, 1)[:, :, None]
    colour = np.array([(40, 35, 32), (205, 160, 130), (120, 85, 65), (90, 95, 105)][int(rng.integers(4))])
    surface = colour * (1 + 0.25 * along[:, :, None]) + rng.normal(0, 3, frame.shape)
    frame = np.clip(frame * (1 - share) + share * surface, 0, 255).astype(np.uint8)
    return cut(frame, [display.boxes[place]])[0], "unknown"
