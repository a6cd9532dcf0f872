"""A display that shows some characters, drawn as one small frame with a box around each of them.

Everything that makes displays differ is drawn here: the face, colours and contrast, the background,
outlines, shadows and glow, unlit segments, the geometry, how the boxes were placed, rolling and
half-changed digits. What cameras and codecs add is in `augmentation`.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from models.common.fonts import TextFace

from .dots import DotFace
from .pen_strokes import StrokeFace
from .segments import SegmentFace

DIGITS = "0123456789"
SEPARATORS = "-.,:/%+"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK, UNKNOWN, CHANGING = "blank", "unknown", "changing"
CLASSES = (*DIGITS, BLANK, UNKNOWN, CHANGING, *SEPARATORS, *LETTERS)

TWINS = {("0", "O"), ("0", "D"), ("0", "Q"), ("O", "D"), ("O", "Q"), ("1", "I"), ("1", "L"), ("1", "/"), ("I", "/"),
         ("I", "L"), ("5", "S"), ("8", "B"), ("2", "Z"), ("-", "."), (".", ","), ("6", "G"), ("1", "J"), ("1", "T"),
         ("4", "A"), ("7", "T"), ("U", "V"), (BLANK, "."), (BLANK, ",")}  # fmt: skip
"""Pairs that some display shows alike: training never asks to tell the two apart."""

HEIGHTS = (6, 60)
SAMPLING = ((14, 3.0), (28, 2.0), (100, 1.4))
"""Glyphs up to so many pixels high are drawn this many times larger than the frame, and reduced with it."""
LEAST_CONTRAST = 7
"""Grey levels by which the ink of a glyph must stand out from its box, after all spoiling."""


@dataclass
class Frame:
    """pixels: float32 (h, w, 3), 0 to 255. boxes: (x, y, w, h) in pixels, one for each label.

    ink: float32 (h, w), 0 to 1, where the glyphs are. height: of the digits, in pixels.
    style: 'text', 'segments', 'dots', 'strokes' or 'counter'.
    """

    pixels: np.ndarray
    ink: np.ndarray
    height: float
    style: str
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def legible(self, spoiled: np.ndarray) -> list[bool]:
        """For each box, whether a glyph in it can still be told from its surroundings in the spoiled frame."""
        grey = spoiled @ LUMA
        verdicts = []
        for (x, y, w, h), label in zip(self.boxes, self.labels, strict=True):
            area = slice(int(y), int(y + h) + 1), slice(int(x), int(x + w) + 1)
            ink, seen = self.ink[area], grey[area]
            contrast = abs(
                (ink * seen).sum() / (ink.sum() + 1e-6) - ((1 - ink) * seen).sum() / ((1 - ink).sum() + 1e-6)
            )
            verdicts.append(label in (BLANK, UNKNOWN) or contrast > LEAST_CONTRAST)
        return verdicts


class Scenery:
    """What scenes are made from. fonts: files, by package. photographs: uint8 RGB arrays."""

    def __init__(self, fonts: list[Path], photographs: list[np.ndarray]):
        self.fonts: dict[str, list[Path]] = {}
        for path in fonts:
            self.fonts.setdefault(path.name.lower()[:4], []).append(path)  # about one entry a family
        self.photographs = photographs

    def face(self, rng: np.random.Generator):
        """A face and its style."""
        kind = rng.random()
        if kind < 0.56:
            return self._text(rng), "text"
        if kind < 0.76:
            return SegmentFace(rng, fourteen=rng.random() < 0.3), "segments"
        if kind < 0.86:
            return DotFace(rng, self._text(rng) if rng.random() < 0.35 else None), "dots"
        if kind < 0.93:
            return StrokeFace(rng), "strokes"
        return self._text(rng), "counter"

    def background(self, rng: np.random.Generator, width: int, height: int) -> np.ndarray:
        """float32 (height, width, 3), 0 to 255: a photograph, noise of all sizes, a gradient or one colour."""
        kind = rng.random()
        if kind < 0.3:
            photograph = self.photographs[rng.integers(len(self.photographs))]
            scale = np.exp(rng.uniform(np.log(0.3), np.log(4)))
            w, h = (
                min(n, max(2, int(side * scale)))
                for n, side in zip(photograph.shape[1::-1], (width, height), strict=True)
            )
            x, y = rng.integers(photograph.shape[1] - w + 1), rng.integers(photograph.shape[0] - h + 1)
            piece = Image.fromarray(photograph[y : y + h, x : x + w])
            return np.asarray(piece.resize((width, height), Image.Resampling.BILINEAR), np.float32)
        if kind < 0.45:
            image = np.zeros((height, width, 3), np.float32)
            for cells in (2, 5, 13):
                low = rng.uniform(
                    0, 255, (cells, max(2, cells * width // max(1, height)), 3 if rng.random() < 0.6 else 1)
                )
                small = Image.fromarray(np.broadcast_to(low, (*low.shape[:2], 3)).astype(np.uint8))
                image += np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float32) / cells
            return image / (1 / 2 + 1 / 5 + 1 / 13)
        colour = _colour(rng)
        if kind < 0.7:
            other = np.clip(colour + rng.normal(0, 50, 3), 0, 255)
            angle = rng.uniform(0, 2 * np.pi)
            ramp = np.cos(angle) * np.linspace(-1, 1, width) + np.sin(angle) * np.linspace(-1, 1, height)[:, None]
            share = ((ramp + 1.5) / 3)[:, :, None]
            return (colour * (1 - share) + other * share).astype(np.float32)
        return np.broadcast_to(colour.astype(np.float32), (height, width, 3)).copy()

    def _text(self, rng):
        families = list(self.fonts)
        files = self.fonts[families[rng.integers(len(families))]]
        return TextFace(files[rng.integers(len(files))], DIGITS + SEPARATORS + LETTERS)


def draw(scenery: Scenery, rng: np.random.Generator) -> Frame:
    """One frame of a display, with boxes on some of what it shows."""
    face, style = scenery.face(rng)
    height = float(np.exp(rng.uniform(np.log(HEIGHTS[0]), np.log(HEIGHTS[1]))))
    large = max(12, round(height * next(factor for limit, factor in SAMPLING if height < limit)))
    shown = _text(rng, face)
    glyphs = [_glyph(rng, face, style, character, large) for character in shown]
    pitch, starts, width = _places(rng, glyphs, style, large)
    line, unlit = Image.new("L", (width, 3 * large)), Image.new("L", (width, 3 * large))
    ghost = face.mask(face.unlit, large) if face.unlit else None
    for (mask, _), start in zip(glyphs, starts, strict=True):
        lighten(line, mask, start, large // 2)
        if ghost:
            lighten(unlit, ghost, start, large // 2)
    geometry = _Geometry(rng, line.size, large, height)
    ink = geometry.warp(line)
    frame = Frame(_paint(rng, scenery, ink, geometry.warp(unlit) if ghost else None, height), ink, height, style)
    _place_boxes(rng, frame, glyphs, starts, pitch, large, geometry)
    return frame


def _text(rng, face):
    """Five to eight characters: mostly digits, now and then separators, letters and gaps."""
    letters = [c for c in LETTERS if c in face.characters]
    separators = [c for c in SEPARATORS if c in face.characters]
    lettered = bool(letters) and rng.random() < 0.15
    text = []
    for _ in range(rng.integers(5, 9)):
        kind = rng.random()
        if kind < 0.06:
            text.append(" ")
        elif kind < 0.18 and separators:
            text.append(separators[rng.integers(len(separators))])
        elif lettered and kind < 0.75:
            text.append(letters[rng.integers(len(letters))])
        else:
            text.append(DIGITS[rng.integers(10)])
    return text


def _glyph(rng, face, style, character, large):
    """A character's mask (w, 2 * large) and its label."""
    if character == " ":
        return Image.new("L", (round(0.6 * large), 2 * large)), BLANK
    mask = face.mask(character, large)
    if character not in DIGITS:
        return mask, character
    if style == "counter" or rng.random() < 0.02:
        return _rolling(rng, face, character, large)
    if rng.random() < 0.03:  # two digits at once: a slow display, or two frames blended
        other = face.mask(DIGITS[rng.integers(10)], large).resize(mask.size)
        share = rng.choice([rng.uniform(0.03, 0.3), rng.uniform(0.42, 0.58)])
        return Image.blend(mask, other, share), character if share < 0.35 else CHANGING
    return mask, character


def _rolling(rng, face, character, large):
    """A drum that shows a digit and a part of the next: `shift` is how far it has turned, 0 to 1."""
    following = DIGITS[(int(character) + 1) % 10]
    shift = rng.choice([0.0, rng.uniform(0, 0.3), rng.uniform(0.4, 0.6), rng.uniform(0.7, 1)], p=[0.3, 0.3, 0.15, 0.25])
    distance = round(rng.uniform(1.2, 1.6) * large)
    masks = [face.mask(c, large) for c in (character, following)]
    drum = Image.new("L", (max(mask.width for mask in masks), 2 * large))
    for mask, offset in zip(masks, (-shift, 1 - shift), strict=True):
        lighten(drum, mask, (drum.width - mask.width) // 2, round(offset * distance))
    window = Image.new("L", drum.size)
    opening = round(rng.uniform(0.0, 0.35) * large)
    window.paste(255, (0, large // 2 - opening, drum.width, 3 * large // 2 + opening))
    label = character if shift < 0.35 else following if shift > 0.65 else CHANGING
    return ImageChops.multiply(drum, window), label


def _places(rng, glyphs, style, large):
    """The pitch of fixed-width displays, or None; where each glyph starts; and the line's width."""
    widest = max(mask.width for mask, label in glyphs)
    margin = large
    if style != "text" or rng.random() < 0.5:
        pitch = round(widest * rng.uniform(0.95, 1.15))
        starts = [margin + i * pitch + (pitch - mask.width) // 2 for i, (mask, _) in enumerate(glyphs)]
        return pitch, starts, 2 * margin + len(glyphs) * pitch
    tracking = rng.uniform(-0.05, 0.15) * large
    starts, x = [], float(margin)
    for mask, _ in glyphs:
        starts.append(round(x))
        x += mask.width + tracking
    return None, starts, round(x) + margin


def _paint(rng, scenery, mask, unlit, height):
    """Colour a frame: background, panel, unlit segments, outline or shadow or glow, and the ink itself.

    mask, unlit: float32 (h, w), 0 to 1, in the frame's pixels. Returns float32 (h, w, 3), 0 to 255.
    """
    pixels = scenery.background(rng, mask.shape[1], mask.shape[0])
    if rng.random() < 0.25:  # a panel behind the text
        pixels += np.float32(rng.uniform(0.4, 1.0)) * (_colour(rng) - pixels)
    ink = _contrasting(rng, pixels.mean(axis=(0, 1)), pixels.std())

    def lay(colour, share):
        pixels[:] += share[:, :, None] * (colour - pixels)

    if unlit is not None:
        lay(ink, _faint(rng) * unlit)
    effect = rng.random()
    if effect < 0.12:  # outline
        width = 2 * max(1, round(height * rng.uniform(0.02, 0.06))) + 1
        lay(opposite(rng, ink), _filtered(mask, ImageFilter.MaxFilter(width)))
    elif effect < 0.3:  # shadow, hard or soft
        offset = rng.normal(0, 0.06 * height, 2) + 0.5
        shadow = np.roll(mask, (round(abs(offset[0])), round(offset[1])), (0, 1))
        shadow = _filtered(shadow, ImageFilter.GaussianBlur(rng.choice([0.0, rng.uniform(0, 0.08) * height])))
        lay(opposite(rng, ink), rng.uniform(0.2, 1.0) * shadow)
    elif effect < 0.42:  # glow
        lay(ink, rng.uniform(0.2, 0.8) * _filtered(mask, ImageFilter.GaussianBlur(rng.uniform(0.05, 0.2) * height)))
    if rng.random() < 0.2:  # ink that is not of one colour
        ink = ink + np.linspace(-1, 1, len(pixels))[:, None, None] * rng.normal(0, 25, 3)
    lay(ink, rng.uniform(0.85, 1.0) * mask)
    return np.clip(pixels, 0, 255)


def _filtered(mask, change):
    image = Image.fromarray((255 * mask).astype(np.uint8)).filter(change)
    return np.asarray(image, np.float32) / 255


class _Geometry:
    """Where the camera stands: from the large line of masks to the small frame, and the boxes with it."""

    def __init__(self, rng, size, large, height):
        self.large = large
        scale = height / large
        w, h = size
        self.size = (max(8, round(w * scale)), max(8, round(h * scale)))
        tilted = rng.random() < 0.35
        angle = np.radians(rng.normal(0, 2.5)) if tilted else 0.0
        shear = rng.normal(0, 0.06) if tilted else 0.0
        keystone = rng.normal(0, 0.1, 2) / w if tilted else np.zeros(2)
        centre = np.array([[1, 0, w / 2], [0, 1, h / 2], [0, 0, 1.0]])
        turn = np.array([[np.cos(angle), -np.sin(angle) + shear, 0], [np.sin(angle), np.cos(angle), 0], [*keystone, 1]])
        offset = rng.uniform(-0.5, 0.5, 2)
        to_small = np.array(
            [[scale, 0, self.size[0] / 2 + offset[0]], [0, scale, self.size[1] / 2 + offset[1]], [0, 0, 1]]
        )
        self.forward = to_small @ turn @ np.linalg.inv(centre)
        self.softness = rng.choice([0.25, 0.5, 0.7])

    def warp(self, mask: Image.Image) -> np.ndarray:
        """A mask seen by the camera: float32 (h, w), 0 to 1. Blurred first, so that reducing cannot alias."""
        reduction = 1 / np.hypot(*self.forward[:2, 0])
        soft = mask.filter(ImageFilter.BoxBlur(self.softness * (reduction - 0.7))) if reduction > 1 else mask
        inverse = np.linalg.inv(self.forward)
        inverse /= inverse[2, 2]
        seen = soft.transform(
            self.size, Image.Transform.PERSPECTIVE, inverse.ravel()[:8].tolist(), Image.Resampling.BILINEAR
        )
        return np.asarray(seen, np.float32) / 255

    def place(self, x, y):
        """A point of the large line in the frame."""
        u, v, w = self.forward @ (x, y, 1)
        return u / w, v / w


def _place_boxes(rng, frame, glyphs, starts, pitch, large, geometry):
    """Boxes as a user places them: one size for all, more or less tight, more or less centred."""
    scale = frame.height / large
    digits = [_extent(mask) for mask, label in glyphs if label in DIGITS]
    if not digits:
        return
    widths = [right - left for left, right in digits]
    tight = max(widths) if pitch is None or rng.random() < 0.6 else max(max(widths), min(pitch, 1.3 * max(widths)))
    w = tight * scale * np.exp(rng.normal(0.13, 0.13)) + rng.uniform(0, 1)
    h = frame.height * np.exp(rng.normal(0.13, 0.12)) + rng.uniform(0, 1)
    centred = pitch is None or rng.random() < 0.3
    shift = rng.normal(0, [0.04 * w + 0.15, 0.04 * h + 0.15])

    def box(x, y, label):
        u, v = geometry.place(x, y)
        du, dv = shift + rng.normal(0, 0.02 * frame.height + 0.1, 2)
        left, top = u + du - w / 2, v + dv - h / 2
        height, width = frame.pixels.shape[:2]
        if left >= 0 and top >= 0 and left + w <= width and top + h <= height:
            frame.boxes.append((left, top, w, h))
            frame.labels.append(label)

    middle = 1.5 * large
    for (mask, label), start in zip(glyphs, starts, strict=True):
        left, right = _extent(mask) if centred and label in DIGITS else (0, mask.width)
        x = start + (left + right) / 2
        if label in DIGITS or rng.random() < 0.6:
            box(x, middle, label)
        if label in DIGITS and rng.random() < 0.06:  # half of it, or half of it and of its neighbour
            if rng.random() < 0.5:
                box(x + rng.choice([-1, 1]) * rng.uniform(0.5, 0.7) * (pitch or mask.width), middle, UNKNOWN)
            else:
                box(x, middle + rng.choice([-1, 1]) * rng.uniform(0.55, 0.75) * large, UNKNOWN)
        elif label in DIGITS and rng.random() < 0.03:  # something in front of it
            before = len(frame.boxes)
            box(x, middle, UNKNOWN)
            if len(frame.boxes) > before:
                del frame.boxes[before - 1], frame.labels[before - 1]
                _cover(rng, frame.pixels, frame.boxes[-1])


def _cover(rng, pixels, box):
    """Hide most of a box behind a blob of one colour with an edge that is not straight."""
    x, y, w, h = box
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    u, v = (columns - x) / w - 0.5, (rows - y) / h - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    edge = np.cos(angle) * u + np.sin(angle) * v + 0.06 * np.sin(8 * (v - u) + angle)
    share = np.clip((edge + rng.uniform(0.1, 0.4)) * 8, 0, 1)[:, :, None].astype(np.float32)
    pixels += share * (_colour(rng) - pixels)


def _extent(mask):
    """Left and right edge of what a mask shows."""
    box = mask.getbbox()
    return (box[0], box[2]) if box else (0, mask.width)


def lighten(image: Image.Image, mask: Image.Image, x: int, y: int) -> None:
    """Paste the lighter of both, so that glyphs that overlap don't cut each other."""
    area = (x, y, x + mask.width, y + mask.height)
    image.paste(ImageChops.lighter(image.crop(area), mask), area)


def _colour(rng):
    """Grey, black, white, or any colour: float64 (3,), 0 to 255."""
    kind = rng.random()
    if kind < 0.2:
        return np.full(3, rng.choice([rng.uniform(0, 30), rng.uniform(225, 255)]))
    if kind < 0.5:
        return np.clip(rng.uniform(0, 255) + rng.normal(0, 12, 3), 0, 255)
    return rng.uniform(0, 255, 3)


LUMA = np.array([0.299, 0.587, 0.114])


def _contrasting(rng, around, unrest):
    """An ink colour that can just be told from its background, or much better than that."""
    least = 22 + 1.6 * unrest
    for _ in range(30):
        ink = _colour(rng)
        if abs((ink - around) @ LUMA) > least + rng.exponential(45):
            return ink
    return np.full(3, 255.0 if around @ LUMA < 128 else 0.0)


def opposite(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """A dark colour for a light one, and the reverse."""
    return np.clip((0 if ink @ LUMA > 110 else 255) + rng.normal(0, 25, 3), 0, 255)


def _faint(rng):
    """How visible unlit segments are: mostly not at all."""
    return rng.choice([0.0, 0.0, rng.uniform(0.02, 0.25)])
