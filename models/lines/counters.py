"""Counters: drums with digits, each turned by any amount, in frames, with tick marks."""

import numpy as np
from PIL import Image, ImageDraw

from models.glyphs.scenes import lighten

from .faces import Face
from .scenes import BOTTOM, LARGE, TOP, Line, mark
from .texts import DIGITS

TURNING = (0.35, 0.65)
"""Between these parts of a turn a drum shows one digit as much as the next."""


def compose_counter(rng: np.random.Generator, face: Face, digits: str) -> Line:
    """A counter. The last drum is turned by any part, the one before it with it where it goes from 9 to 0."""
    turns, shown, following = _turns(rng, digits)
    widest = max(face.mask(c, LARGE).width for c in DIGITS)
    pitch = widest * rng.uniform(1.05, 1.9)
    drum_width = min(pitch - 1, widest * rng.uniform(1.02, 1.5))
    distance = rng.uniform(1.0, 1.6) * LARGE
    opening = float(rng.choice([rng.uniform(0.95, 1.3), rng.uniform(1.2, 2.2), rng.uniform(2.0, 3.0)])) * LARGE
    margin = 3 * LARGE
    line = Line(
        round(len(digits) * pitch) + 2 * margin, "counter", start=margin, end=margin + len(digits) * pitch, pitch=pitch
    )
    drum, last, shade = line.layer("drum"), line.layer("drum2"), line.layer("shade")
    ink, line.ids = line.layer("ink"), Image.new("L", (line.width, 5 * LARGE))
    red = int(rng.choice([0, 0, 1, 1, 2, 3]))
    middle = (TOP + BOTTOM) / 2
    box = (0, middle - opening / 2, 0, middle + opening / 2)
    curved = rng.random() < 0.5
    for k, character in enumerate(digits):
        left = margin + k * pitch + (pitch - drum_width) / 2
        area = tuple(map(round, (left, box[1], left + drum_width, box[3])))
        (last if k >= len(digits) - red else drum).paste(255, area)
        if curved:
            _curve(shade, area)
        column = Image.new("L", (max(1, area[2] - area[0]), area[3] - area[1]))
        marks = Image.new("L", column.size)
        for step in (-1, 0, 1, 2):
            mask = face.mask(DIGITS[(int(character) + step) % 10], LARGE)
            x = (column.width - mask.width) // 2
            y = round((step - turns[k]) * distance + (TOP - 0.5 * LARGE) - box[1])
            lighten(column, mask, x, y)
            if (step == 0 and turns[k] <= 0.5) or (step == 1 and turns[k] > 0.5):
                lighten(marks, mask, x, y)
        lighten(ink, column, area[0], area[1])
        extent = marks.getbbox() or (0, 0, column.width, column.height)
        mark(line, marks, extent, area[0], area[1], shown[k])
        line.boxes[-1] = (area[0] + extent[0], TOP, area[0] + extent[2], BOTTOM)
    if rng.random() < 0.5:
        _frames(rng, line, box, pitch, drum_width, len(digits))
    if rng.random() < 0.35:
        _ticks(rng, line, ink, box, drum_width, distance)
    line.other = following if following != shown else None
    return line


def _turns(rng, digits):
    """How far each drum is turned, and the texts that may be read: the nearest, and the other where that is open."""
    kind = rng.random()
    last = (
        0.0
        if kind < 0.2
        else rng.uniform(0, 1)
        if kind < 0.7
        else rng.uniform(0, 0.25)
        if kind < 0.8
        else rng.uniform(0.25, 0.75)
    )
    turns = [0.0] * len(digits)
    turns[-1] = last
    for k in range(len(digits) - 2, -1, -1):  # a drum turns while its right neighbour goes from 9 to 0
        if digits[k + 1] != "9" or turns[k + 1] == 0:
            break
        turns[k] = turns[k + 1]
    up = "".join(str((int(d) + (turn > 0)) % 10) for d, turn in zip(digits, turns, strict=True))
    lower, higher, _ = last <= TURNING[1], last >= TURNING[0], None
    shown = digits if last <= 0.5 else up
    other = (up if last <= 0.5 else digits) if lower and higher else shown
    slack = rng.uniform(0, 0.1)
    turns = [turn + rng.uniform(-slack, slack) for turn in turns]
    return turns, shown, other


def _curve(shade, area):
    """Drums are darker towards their upper and lower edge."""
    height = area[3] - area[1]
    ramp = (np.abs(np.linspace(-1, 1, height)) ** 3 * 200).astype(np.uint8)
    strip = Image.fromarray(np.repeat(ramp[:, None], max(1, area[2] - area[0]), axis=1))
    shade.paste(strip, (area[0], area[1]))


def _frames(rng, line, box, pitch, drum_width, count):
    """A frame around each drum, or around them all."""
    layer = line.layer("frame")
    draw, thick = ImageDraw.Draw(layer), int(rng.integers(1, 6) if rng.random() < 0.6 else rng.integers(4, 12))
    if rng.random() < 0.6:
        for k in range(count):
            left = line.start + k * pitch + (pitch - drum_width) / 2
            draw.rectangle(
                [left - thick, box[1] - thick, left + drum_width + thick, box[3] + thick], outline=255, width=thick
            )
    else:
        draw.rectangle([line.start - thick, box[1] - thick, line.end + thick, box[3] + thick], outline=255, width=thick)


def _ticks(rng, line, ink, box, drum_width, distance):
    """Marks of tenths at the last drum's side."""
    draw = ImageDraw.Draw(ink)
    right = round(line.end - (line.pitch - drum_width) / 2)
    length, step = rng.uniform(0.06, 0.22) * LARGE, distance / (10 if rng.random() < 0.7 else 5)
    y = box[1] + rng.uniform(0, step)
    while y < box[3]:
        draw.line([right - length, y, right, y], fill=255, width=max(1, round(0.25 * step)))
        y += step
