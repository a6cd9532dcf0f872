"""Characters side by side: the ink of one line of text, before any colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Box = tuple[float, float, float, float]
SEGMENTED_MARKS = ".:"
"""Marks that stay narrow; their unlit dots are not drawn."""


@dataclass(frozen=True)
class Frame:
    """Where a frame's text lies: the same in every frame of a display.

    scale: strip pixels per frame pixel and direction. start: the pen in frame pixels, fractional.
    size: width and height of the frame. tracking: extra advance, in frame pixels.
    """

    scale: int
    start: tuple[float, float]
    size: tuple[int, int]
    tracking: float = 0.0


@dataclass(frozen=True, eq=False)
class Strip:
    """The ink of one frame as pictures 'L' of scale times its size, and the digits' ink boxes.

    lit, unlit, edge, plate: characters, unlit segments, strokes around the characters, windows.
    cells: x, y, width, height in frame pixels of every place that a digit can take, in order.
    """

    lit: Image.Image
    unlit: Image.Image | None
    edge: Image.Image | None
    plate: Image.Image | None
    cells: list[Box]


def pens(face, text: str, frame: Frame) -> list[float]:
    """The pen before each character and after the last, in strip pixels."""
    places = [frame.start[0] * frame.scale]
    for char in text:
        places.append(places[-1] + face.advance(char) + frame.tracking * frame.scale)
    return places


def set_text(
    face, text: str, frame: Frame, stroke: int = 0, phases: Sequence[float] | None = None, places: str | None = None
) -> Strip:
    """Set a line of text. phases: for each character, how far its wheel has turned on.

    places: the display's pattern, '#' where a digit goes; by default each digit or blank of `text`.
    """
    size = (frame.size[0] * frame.scale, frame.size[1] * frame.scale)
    lit = Image.new("L", size)
    edge = Image.new("L", size) if stroke else None
    unlit = Image.new("L", size) if face.lit_all else None
    plate = Image.new("L", size) if hasattr(face, "window_height") else None
    baseline = round(frame.start[1] * frame.scale)
    left, top, right, bottom = face.cell
    cells = []
    places = places or "".join("#" if char.isdecimal() or char == " " else char for char in text)
    for k, (char, place, pen) in enumerate(
        zip(text, places, pens(face, places.replace("#", "0"), frame), strict=False)
    ):
        phase = phases[k] if phases else 0.0
        if char != " ":
            _paste(lit, face.stamp(char, 0, phase), pen, baseline)
            if edge:
                _paste(edge, face.stamp(char, stroke, phase), pen, baseline)
        if unlit and place not in SEGMENTED_MARKS:
            _paste(unlit, face.stamp(face.lit_all), pen, baseline)
        if place == "#":
            scale = frame.scale
            cells.append(
                ((pen + left) / scale, (baseline + top) / scale, (right - left) / scale, (bottom - top) / scale)
            )
            if plate:
                _window(plate, face, pen, baseline)
    return Strip(lit, unlit, edge, plate, cells)


def coverage(picture: Image.Image, scale: int) -> np.ndarray:
    """The share of every frame pixel that is covered: float32 (height, width) of 0..1."""
    small = picture.reduce(scale) if scale > 1 else picture
    return np.asarray(small, np.float32) / np.float32(255)


def _paste(target, stamp, pen, baseline):
    ink, dx, dy = stamp
    target.paste(255, (round(pen) + dx, baseline + dy), ink)


def _window(plate, face, pen, baseline):
    left, top, right, bottom = face.cell
    middle, room = (left + right) / 2, face.wheel * 0.46
    height, centre = face.window_height / 2, (top + bottom) / 2
    box = (pen + middle - room, baseline + centre - height, pen + middle + room, baseline + centre + height)
    ImageDraw.Draw(plate).rectangle([round(value) for value in box], fill=255)
