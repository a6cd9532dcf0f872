"""A line of characters as flat masks, before any colour and any camera."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from models.glyphs.scenes import lighten

from .faces import Face, point_mask, ring_mask
from .texts import AMBIGUOUS, CHARACTERS, DIGITS, WORDS, Content

LARGE = 28
"""Height of the digits in a line's pixels; a line is five of these high, its digits stand in the third."""
TOP, BOTTOM = 2 * LARGE, 3 * LARGE
DASHES = "-\u2212\u2013"
"""Hyphen, minus and en dash: any of them is read as a minus."""


@dataclass
class Line:
    """Masks of (5 LARGE, width), "L", and where the characters of the label are.

    layers: (role, mask) in the order of painting; see `paint`. ids: k + 1 where character k has ink.
    boxes: (x0, y0, x1, y1) of each character. spots: where its mask is, and its size: x, y, height. text: the
    characters. start, end: of the number with its empty cells. other: another right text, of counters on the turn.
    loose: letters may stand anywhere and are no part of the label.
    """

    width: int
    style: str
    layers: list[tuple[str, Image.Image]] = field(default_factory=list)
    ids: Image.Image | None = None
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    spots: list[tuple[int, int, int]] = field(default_factory=list)
    text: str = ""
    other: str | None = None
    loose: bool = False
    start: float = 0.0
    end: float = 0.0
    pitch: float = 0.0

    def layer(self, role: str) -> Image.Image:
        """A new, empty layer on top."""
        image = Image.new("L", (self.width, 5 * LARGE))
        self.layers.append((role, image))
        return image


def compose(rng: np.random.Generator, face: Face, print_face: Face, content: Content, lit: float = 1.0) -> Line:
    """A number and its unit in one face, what that lacks in `print_face`.

    lit: the share of the cells that are lit; the others show their unlit segments.
    """
    spots, width, cell = _places(rng, face, print_face, content.number)
    units, loose = _unit(rng, face, print_face, content.unit, width)
    if spots[-1][1].height < LARGE and rng.random() < 0.5:  # a digit of less than half the height: the unit over it
        units, loose = _stacked(rng, print_face, content.unit or "kWh", spots[-1])
    right = max([width, *(x + mask.width for _, mask, x, _ in units)])
    margin = 3 * LARGE
    line = Line(int(right) + 2 * margin, face.style, loose=loose, start=margin, end=margin + width, pitch=cell)
    unlit = line.layer("unlit") if face.unlit else None
    ink, line.ids = line.layer("ink"), Image.new("L", (line.width, 5 * LARGE))
    points_show = rng.random() < 0.4
    aside = None
    for k, (character, mask, x, y) in enumerate([*spots, *units]):
        x, y, of_unit = round(x + margin), round(y), k >= len(spots)
        segmented = face.unlit and character not in ".,:" and not of_unit
        if segmented:
            lighten(unlit, face.mask(face.unlit, LARGE), x, y)
        elif unlit and points_show and character in ".,:":
            lighten(unlit, mask, x, y)
        if character == " " or rng.random() > lit:
            continue
        box = mask.getbbox()
        if not box:
            continue
        if of_unit and face.unlit and rng.random() < 0.7:  # a unit printed on the panel
            aside = aside or line.layer("print")
            lighten(aside, mask, x, y)
        else:
            lighten(ink, mask, x, y)
        if not (loose and of_unit):
            mark(line, mask, box, x, y, character)
    if unlit and points_show:
        _unlit_points(rng, face, unlit, spots, margin, cell)
    return line


def mark(line: Line, mask: Image.Image, box, x: int, y: int, character: str) -> None:
    """Note a character of the label and where it is."""
    line.text += character if character in CHARACTERS else "?"
    line.spots.append((x, y, mask.height // 2))
    line.boxes.append((x + box[0], y + box[1], x + box[2], y + box[3]))
    line.ids.paste(len(line.text), (x, y), mask.convert("1", dither=Image.Dither.NONE))


def surround(rng: np.random.Generator, line: Line, face: Face, print_face: Face) -> None:
    """Parts of the lines above and below, and words beside the number, in another colour or the same."""
    layer = line.layer("ink" if rng.random() < 0.4 else "print")
    for where in ("above", "below", "left", "right"):
        if rng.random() > (0.35 if where in ("above", "below") else 0.15):
            continue
        size = rng.uniform(0.3, 1.1) if where in ("above", "below") else rng.uniform(0.25, 0.6)
        number = rng.random() < 0.4 and where in ("above", "below")
        text = (
            "".join(DIGITS[k] for k in rng.integers(0, 10, rng.integers(2, 7)))
            if number
            else WORDS[rng.integers(len(WORDS))]
        )
        pen = face if number and face.style != "strokes" else print_face
        height = max(8, round(size * LARGE))
        masks = [pen.mask(c, height) for c in text if number or c != "³"]
        width = sum(mask.width for mask in masks)
        if where == "above":
            x, y = (
                rng.uniform(line.start - width / 2, line.end - width / 2),
                TOP - rng.uniform(0.12, 0.5) * LARGE - 1.5 * height,
            )
        elif where == "below":
            x, y = (
                rng.uniform(line.start - width / 2, line.end - width / 2),
                BOTTOM + rng.uniform(0.12, 0.5) * LARGE - 0.5 * height,
            )
        else:
            gap = rng.uniform(0.2, 1.0) * LARGE
            x = line.start - gap - width if where == "left" else max([line.end, *(box[2] for box in line.boxes)]) + gap
            y = rng.uniform(TOP, BOTTOM - height) - 0.5 * height
        for mask in masks:
            if 0 <= x < line.width - mask.width:
                lighten(layer, mask, round(x), max(0, round(y)))
            x += mask.width
        line.loose = True


def _places(rng, face, print_face, number):
    """(character, mask, x, y) of each, the width of all and of a cell."""
    style = face.style
    segments = style == "segments"
    widest = face.mask(face.unlit, LARGE).width if face.unlit else max(face.mask(c, LARGE).width for c in DIGITS)
    fixed = segments or style == "dots" or rng.random() < 0.35
    pitch = widest * (rng.uniform(0.86, 1.25) if segments else rng.uniform(0.95, 1.3))
    if segments and rng.random() < 0.12:
        pitch *= rng.uniform(1.1, 1.4)
    tight = segments and rng.random() < 0.3  # cells that nearly touch
    if tight:
        pitch = face.face.aspect * LARGE + rng.uniform(0.04, 0.2) * LARGE
    tracking = rng.uniform(-0.05, 0.18) * LARGE if rng.random() < 0.8 else rng.uniform(0.1, 0.5) * LARGE
    overlaid = segments or (style == "dots" and rng.random() < 0.3) or style == "strokes"
    thick = face.face.thickness * LARGE if segments else rng.uniform(0.08, 0.2) * LARGE
    size, square = max(2.0, thick * rng.uniform(0.75, 1.5)), rng.random() < 0.3
    own = float(rng.choice([0.0, 0.0, rng.uniform(0.1, 0.45)]))  # of a cell, for a point
    if tight:
        own = max(own, rng.uniform(0.8, 1.6) * size / pitch)
    lean = face.face.slant * LARGE if segments else 0.0
    small, small_from, level = _small_decimals(rng, number) if segments else (1.0, 99, 1.0)
    spots, x = [], 0.0
    for k, character in enumerate(number):
        height = LARGE if k < small_from else round(small * LARGE)
        y = TOP + level * (LARGE - height) - 0.5 * height
        scale = height / LARGE
        if character in ".,:" and overlaid:
            mask = point_mask(character, size, LARGE, square)
            room = max(own, 0.25 if character == ":" else 0.0) * pitch
            at = x + (room - mask.width) / 2 - (0.5 * (lean if character != ":" else 0))
            spots.append((character, mask, max(at, 0), TOP - 0.5 * LARGE))
            x += room
            continue
        if character == " ":
            spots.append((" ", face.mask("0", LARGE), x, TOP - 0.5 * LARGE))
            x += pitch if fixed else 0.4 * widest
            continue
        mask = _mask(rng, face, print_face, character, height)
        if fixed and not (character in ".,:" and style == "text"):
            spots.append(
                (
                    character,
                    mask,
                    x + (pitch - mask.width / scale) / 2 * scale if segments else x + (pitch - mask.width) / 2,
                    y,
                )
            )
            x += pitch * scale
        else:
            spots.append((character, mask, x, y))
            x += mask.width + tracking
    shift = min(0.0, min((x for _, _, x, _ in spots), default=0.0))
    return [(c, mask, x - shift, y) for c, mask, x, y in spots], x - shift, pitch


def _small_decimals(rng, number):
    """How high the last digits of some meters are, from where on, and where they stand: 0 raised, 1 on the line."""
    if rng.random() > 0.35 or len(number) < 3:
        return 1.0, 99, 1.0
    point = max(number.find("."), number.find(","))
    start = point + 1 if 0 < point < len(number) - 1 else len(number) - 1
    level = float(rng.choice([1.0, 1.0, 1.0, 0.0, rng.uniform(0, 1)]))
    return rng.uniform(0.28, 0.75), start, level


def _mask(rng, face, print_face, character, height):
    if character == "-" and face.style == "text":
        character = next((dash for dash in rng.permutation(list(DASHES)) if face.has(dash)), "-")
    if face.has(character):
        return face.mask(character, height)
    if character == "°" and not print_face.has("°"):
        return ring_mask(rng.uniform(0.22, 0.35) * height, height)
    return print_face.mask(character, height)


def _unit(rng, face, print_face, unit, start):
    """(character, mask, x, y) of what follows the number, and whether it is too small to be told letter by letter."""
    if not unit:
        return [], False
    if any(c in AMBIGUOUS for c in unit) and len(unit) < 2:
        return [], False
    pen = face if all(face.has(c) for c in unit) and rng.random() < 0.5 else print_face
    size = rng.uniform(0.6, 1.0) if rng.random() < 0.4 else rng.uniform(0.25, 0.6)
    loose = size < 0.6
    if loose:
        unit = unit.replace("/", "")
    height = max(9, round(size * LARGE))
    y = (BOTTOM - 1.5 * height) if rng.random() < 0.65 else (TOP - 0.5 * height)
    x, spots = start + rng.uniform(0.08, 0.7) * LARGE, []
    for character in unit:
        if not pen.has(character):
            continue
        mask = pen.mask(character, height)
        spots.append((character, mask, x, y))
        x += mask.width + 0.03 * LARGE
    return spots, loose


def _stacked(rng, print_face, unit, spot):
    """(character, mask, x, y) of a small unit above or below a small last digit; its letters don't count."""
    _, mask, x, y = spot
    small = mask.height / 2
    top = y + small / 2
    height = round(rng.uniform(0.6, 0.85) * (LARGE - small))
    y = BOTTOM - 1.5 * height if top - TOP < BOTTOM - top - small else TOP - 0.5 * height
    x, spots = x + rng.uniform(-0.2, 0.3) * LARGE, []
    for character in filter(print_face.has, unit.replace("/", "")):
        mask = print_face.mask(character, height)
        spots.append((character, mask, x, y))
        x += mask.width + 0.03 * LARGE
    return spots, True


def _unlit_points(rng, face, unlit, spots, margin, cell):
    """Points that are not lit, behind every cell of a display."""
    size = max(2.0, (face.face.thickness if face.style == "segments" else 0.12) * LARGE)
    mask = point_mask(".", size, LARGE, False)
    for character, _glyph, x, _ in spots:
        if character not in ".,:":
            lighten(unlit, mask, round(x + margin + cell - mask.width / 2), TOP - LARGE // 2)
