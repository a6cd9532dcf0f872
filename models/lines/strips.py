"""Strips with labels: what a window shows, resampled to the height that the network reads."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from models.glyphs.augmentation import spoil
from models.glyphs.scenes import Scenery, lighten
from readout.imaging.strips import HEIGHT, levels, strip_width

from .camera import look
from .counters import compose_counter
from .degradation import dirty
from .faces import Face, dot_face, segment_face, stroke_face, text_face
from .paint import paint
from .scenes import BOTTOM, LARGE, TOP, Line, compose, surround
from .texts import CHARACTERS, DIGITS, Content, content, counter, meter

WIDEST = 376
"""Pixels of the widest strip that is drawn."""
LEAST_CONTRAST = 5.0
"""Grey levels by which a character's ink must stand out from what is around it, after all spoiling."""
LEAST_SHARE = 0.03
"""The same, as a share of the contrast of the whole frame."""
STYLES = ("text", "segments", "dots", "strokes", "counter", "empty")
A_FACE = 6
"""Strips drawn with a face before another is made."""
ONE, EITHER, BOTH = 0, 1, 2
"""How many texts a strip has: one; two of which either is right; two that are both as likely."""


@dataclass
class Strip:
    """pixels: uint8 (32, w, 3). text: what is to be read. other: see `mode`. loose: letters don't count."""

    pixels: np.ndarray
    text: str
    other: str = ""
    mode: int = ONE
    loose: bool = False
    style: str = "text"


def strips(rng: np.random.Generator, scenery: Scenery):
    """Strips without end."""
    while True:
        face, print_face = _faces(rng, scenery)
        for _ in range(A_FACE):
            strip = draw_strip(rng, scenery, face, print_face)
            if strip:
                yield strip


def draw_strip(rng: np.random.Generator, scenery: Scenery, face: Face, print_face: Face) -> Strip | None:
    """One strip, or None where a character cannot be told from its surroundings."""
    if rng.random() < 0.025:
        return _empty(rng, scenery, face, print_face)
    line = _line(rng, face, print_face)
    x0, x1 = _cells(rng, line)
    view = look(rng, line, x0, x1)
    layers = [(role, view.warp(mask)) for role, mask in line.layers if mask.getbbox()]
    state = rng.bit_generator.state
    pixels = paint(rng, scenery, layers, line.style, view)
    other, mode = line.other, ONE if line.other is None else EITHER
    if other is None and rng.random() < 0.05 and line.text.isdigit() and face.style in ("segments", "text", "dots"):
        other, mode = _changed(rng, line.text), BOTH
        pixels = _blend(rng, pixels, _again(rng, state, scenery, face, other, line, view))
    frame = _recorded(rng, pixels, view.digit, line.style)
    text = _legible(line, view, frame, layers)
    if text is None:
        return None
    if mode != ONE and len(text) != len(line.text):  # the window shows a part
        start = line.text.find(text)
        other = other[start : start + len(text)] if text else text
        mode = ONE if other == text else mode
    cut = _cut(frame, view.window)
    return Strip(cut, text, other or "", mode, line.loose, line.style)


def _recorded(rng, pixels, digit, style):
    """The frame as it is in the file: uint8 (h, w, 3). A third is as clean as a screen's own picture."""
    if rng.random() < 0.35:
        return np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
    if style != "counter" or rng.random() < 0.5:  # drums are small and dim already
        pixels = dirty(rng, pixels, digit)
    return spoil(pixels.astype(np.float32), digit, rng)


def _faces(rng, scenery):
    print_face = text_face(rng, scenery.fonts)
    kind = rng.random()
    if kind < 0.46:
        return segment_face(rng), print_face
    if kind < 0.51:
        return dot_face(rng, print_face), print_face
    if kind < 0.54:
        return stroke_face(rng), print_face
    face = text_face(rng, scenery.fonts)
    if kind < 0.78:
        face.style = "counter"
    return face, print_face


def _line(rng, face, print_face):
    if face.style == "counter":
        face.style = "text"
        line = compose_counter(rng, face, counter(rng))
        face.style = "counter"
    else:
        shown = content(rng)
        if face.style == "segments":
            shown = meter(rng) if rng.random() < 0.3 else _with_empty_cells(rng, shown)
        line = compose(rng, face, print_face, shown, 0.6 if face.unlit and rng.random() < 0.02 else 1.0)
    if rng.random() < 0.3:
        surround(rng, line, face, print_face)
    if face.style == "segments" and rng.random() < 0.55:
        _panel(rng, line)
    return line


def _with_empty_cells(rng, shown):
    """Numbers in a display of more cells than they need, most at its right end."""
    if rng.random() > 0.4:
        return shown
    spare = " " * int(rng.integers(1, 4))
    return Content(spare + shown.number if rng.random() < 0.8 else shown.number + spare, shown.unit)


def _panel(rng, line):
    """The display's glass, beyond which lies something else."""
    image = Image.new("L", (line.width, 5 * LARGE))
    margin = rng.uniform(0.05, 0.8, 4) * LARGE
    end = max([line.end, *(box[2] for box in line.boxes)])
    area = [line.start - margin[0], TOP - margin[1], end + margin[2], BOTTOM + margin[3]]
    ImageDraw.Draw(image).rounded_rectangle(area, rng.uniform(0, 0.2) * LARGE, fill=255)
    line.layers.insert(0, ("panel", image))


def _cells(rng, line: Line):
    """What the window is drawn around: the whole number, or some cells of it."""
    x0 = min([line.start, *(box[0] for box in line.boxes)])
    x1 = max([line.end, *(box[2] for box in line.boxes)])
    if line.style == "text" and line.boxes and rng.random() < 0.5:
        x0, x1 = line.boxes[0][0], line.boxes[-1][2]
    count = round((line.end - line.start) / max(line.pitch, 1))
    parts = {"segments": 0.38, "counter": 0.72}.get(line.style, 0.0)
    if count > 1 and rng.random() < parts and line.text.isdigit():
        cells = 1 if rng.random() < 0.7 else int(rng.integers(1, count))
        last = count - cells
        first = last if line.style == "counter" and rng.random() < 0.8 else int(rng.integers(0, last + 1))
        return line.start + first * line.pitch, line.start + (first + cells) * line.pitch
    return x0, x1


def _changed(rng, text):
    """The text that a display shows next: its last digits are others."""
    count = min(len(text), int(rng.choice([1, 1, 2, 3])))
    kept = text[: len(text) - count]
    return kept + "".join(str((int(c) + rng.integers(1, 10)) % 10) for c in text[len(kept) :])


def _again(rng, state, scenery, face, text, line, view):
    """The same picture with another text."""
    ink = Image.new("L", (line.width, 5 * LARGE))
    for character, (x, y, height) in zip(text, line.spots, strict=True):
        lighten(ink, face.mask(character, height), x, y)
    masks = [(role, ink if role == "ink" else mask) for role, mask in line.layers]
    now, rng.bit_generator.state = rng.bit_generator.state, state
    pixels = paint(rng, scenery, [(role, view.warp(mask)) for role, mask in masks if mask.getbbox()], line.style, view)
    rng.bit_generator.state = now
    return pixels


def _blend(rng, one, other):
    """Two pictures as one, caught while the first changed to the second: mixed, or in turns of rows."""
    if rng.random() < 0.4:
        mixed = one.copy()
        mixed[1::2] = other[1::2]
        return mixed
    return one + np.float32(rng.uniform(0.38, 0.62)) * (other - one)


def _legible(line, view, frame, layers):
    """The text that the window shows, None where some of it can't be told. A line is loose where a character is cut."""
    if not line.text:
        return ""
    x, _y, w, _h = view.window
    boxes = np.array(line.boxes, float)
    u = np.stack([view.place(boxes[:, i], boxes[:, j])[0] for i, j in ((0, 1), (0, 3), (2, 1), (2, 3))])
    v = np.stack([view.place(boxes[:, i], boxes[:, j])[1] for i, j in ((0, 1), (0, 3), (2, 1), (2, 3))])
    left, right, top, bottom = u.min(axis=0), u.max(axis=0), v.min(axis=0), v.max(axis=0)
    visible = (np.minimum(right, x + w) - np.maximum(left, x)) / np.maximum(right - left, 1e-3)
    ids, unlit = view.warp_ids(line.ids), next((share for role, share in layers if role == "unlit"), None)
    pixels, text = frame.astype(np.float32), []
    least = LEAST_CONTRAST + LEAST_SHARE * levels(frame)[1]
    for k, character in enumerate(line.text):
        if visible[k] < 0.1:
            continue
        if visible[k] < 0.85:
            if character in DIGITS and visible[k] > 0.62:
                return None
            line.loose = True
            continue
        around = (
            slice(max(0, int(top[k]) - 2), int(bottom[k]) + 3),
            slice(max(0, int(left[k]) - 2), int(right[k]) + 3),
        )
        if not _stands_out(pixels[around], ids[around] == k + 1, None if unlit is None else unlit[around], least):
            return None
        text.append(character)
    kept = "".join(text)
    return "".join(c for c in kept if c in DIGITS + "-.,:/") if line.loose else kept


def _stands_out(pixels, inked, unlit, least):
    """Whether a character's ink differs from what is around it, and from segments that are not lit."""
    count = inked.sum()
    rest = ~inked
    if count < 1 or not rest.any():
        return False
    ground = pixels[rest]
    mean, noise = ground.mean(axis=0), ground.std(axis=0)
    seen = pixels[inked].mean(axis=0)
    contrast = np.abs(seen - mean)
    if not (contrast > least + 0.35 * noise + 8 / np.sqrt(count)).any():
        return False
    if unlit is not None:
        dark = rest & (unlit > 0.7)
        faint = pixels[dark] if dark.any() else ground
        if not (np.abs(seen - faint.mean(axis=0)) > LEAST_CONTRAST + 0.35 * faint.std(axis=0)).any():
            return False
    return True


def _cut(frame, window):
    """The window, resampled as readers resample it: bilinear, to the network's height, the width by its aspect."""
    x, y, w, h = window
    width = min(strip_width(w, h), WIDEST)
    image = Image.fromarray(frame).resize((width, HEIGHT), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
    return np.asarray(image)


def _empty(rng, scenery, face, print_face):
    """A window without a number: a dark display, or a piece of a ground."""
    kind = "".join(CHARACTERS[k] for k in rng.integers(0, 10, rng.integers(1, 7)))
    if face.style == "counter":
        return None
    line = compose(rng, face, print_face, Content(kind), 0.0)
    view = look(rng, line, line.start, line.end)
    layers = [(role, view.warp(mask)) for role, mask in line.layers if mask.getbbox()]
    pixels = paint(rng, scenery, layers, line.style, view)
    frame = _recorded(rng, pixels, view.digit, line.style)
    return Strip(_cut(frame, view.window), "", "", ONE, False, "empty")
