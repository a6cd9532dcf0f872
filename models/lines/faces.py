"""Faces of the glyph recipe, with the characters and proportions that whole numbers need, and their masks kept."""

import numpy as np
from PIL import Image, ImageDraw

from models.common.fonts import TextFace
from models.glyphs.dots import DotFace
from models.glyphs.pen_strokes import StrokeFace
from models.glyphs.segments import SegmentFace

MORE_SEGMENTS = {"h": "cefg", "°": "abfg", "r": "eg", "o": "cdeg", "n": "ceg", "t": "defg", "d": "bcdeg", "u": "cde"}
DOTTED = "0123456789-.,:/%EFCHLPkMVAWhms"
"""What a dot-matrix display made from a font can show."""
MISSING = "\uffff"
"""No font has it: what is drawn for it is drawn for every character that a font lacks."""


class Face:
    """A face with a memory: `mask` as in `models.common.fonts`, `has` tells what it can show."""

    def __init__(self, face, style: str):
        self.face, self.style, self.unlit = face, style, face.unlit
        self._masks: dict[tuple[str, int], Image.Image] = {}
        self._has: dict[str, bool] = {}

    def has(self, character: str) -> bool:
        """Whether the face shows this character as itself."""
        if self.style != "text":
            return character in self.face.characters or (character in ".:," and self.style == "segments")
        if character not in self._has:
            self._has[character] = self.mask(character, 20).tobytes() != self.mask(MISSING, 20).tobytes()
        return self._has[character]

    def mask(self, character: str, height: int) -> Image.Image:
        """White on black, "L", twice as high as the digits: `height` is theirs."""
        if self.style == "strokes":
            return self.face.mask(character, height)
        key = character, height
        if key not in self._masks:
            self._masks[key] = self.face.mask(character, height)
        return self._masks[key]


def segment_face(rng: np.random.Generator) -> Face:
    """A segment display: wide and narrow, thin and heavy, upright and slanted."""
    face = SegmentFace(rng, fourteen=rng.random() < 0.08)
    if not face.fourteen:
        face.table |= MORE_SEGMENTS
        face.characters += "".join(MORE_SEGMENTS)
        face.aspect = rng.uniform(0.42, 0.95)
        face.thickness = rng.uniform(0.06, 0.21)
        face.gap = float(rng.choice([0.0, 0.01, 0.02, 0.04, 0.06]))
        face.slant = float(rng.choice([0.0, rng.uniform(0.0, 0.12), rng.uniform(0.08, 0.3)]))
    return Face(face, "segments")


def dot_face(rng: np.random.Generator, text: Face) -> Face:
    """A dot-matrix display, now and then of a font's glyphs."""
    return Face(DotFace(rng, text.face if rng.random() < 0.35 else None), "dots")


def stroke_face(rng: np.random.Generator) -> Face:
    """A hand."""
    return Face(StrokeFace(rng), "strokes")


def text_face(rng: np.random.Generator, families: dict) -> Face:
    """A font, every family as often as another."""
    names = list(families)
    files = families[names[rng.integers(len(names))]]
    return Face(TextFace(files[rng.integers(len(files))], DOTTED), "text")


def point_mask(character: str, size: float, large: int, square: bool) -> Image.Image:
    """`.`, `,` or `:` of a display whose points have no cell of their own: as high as a mask, as wide as it must be."""
    image = Image.new("L", (max(3, round(size) + 2), 2 * large))
    draw, x = ImageDraw.Draw(image), image.width / 2
    shape = draw.rectangle if square else draw.ellipse
    for level in {".": (1.0,), ",": (1.0,), ":": (0.34, 0.76)}[character]:
        y = (0.5 + level) * large - (size / 2 if level == 1.0 else 0)
        shape([x - size / 2, y - size / 2, x + size / 2, y + size / 2], fill=255)
        if character == ",":
            draw.polygon([(x - size / 4, y), (x + size / 2, y), (x - size / 2, y + 1.3 * size)], fill=255)
    return image


def ring_mask(size: float, large: int) -> Image.Image:
    """A degree sign for fonts without one."""
    image = Image.new("L", (round(size) + 3, 2 * large))
    ImageDraw.Draw(image).ellipse(
        [1, 0.5 * large, 1 + size, 0.5 * large + size], outline=255, width=max(2, round(size / 5))
    )
    return image
