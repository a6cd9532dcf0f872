"""Dot-matrix displays: 5 x 7 patterns, and coarser or finer ones made from text fonts."""

import numpy as np
from PIL import Image, ImageDraw

FIVE_BY_SEVEN = {
    "0": "01110 10001 10011 10101 11001 10001 01110", "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111", "3": "11111 00010 00100 00010 00001 10001 01110",
    "4": "00010 00110 01010 10010 11111 00010 00010", "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110", "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110", "9": "01110 10001 10001 01111 00001 00010 01100",
    "-": "00000 00000 00000 11111 00000 00000 00000", "+": "00000 00100 00100 11111 00100 00100 00000",
    ".": "00000 00000 00000 00000 00000 01100 01100", ":": "00000 01100 01100 00000 01100 01100 00000",
    "/": "00000 00001 00010 00100 01000 10000 00000", "%": "11000 11001 00010 00100 01000 10011 00011",
}  # fmt: skip
VARIANTS = {
    "0": "01110 10001 10001 10001 10001 10001 01110", "1": "00100 01100 10100 00100 00100 00100 11111",
    "3": "01110 10001 00001 00110 00001 10001 01110", "6": "01110 10001 10000 11110 10001 10001 01110",
    "7": "11111 00001 00001 00010 00100 00100 00100", "9": "01110 10001 10001 01111 00001 10001 01110",
    "4": "10000 10010 10010 11111 00010 00010 00010",
}  # fmt: skip


class DotFace:
    """One dot-matrix display. `unlit` lights every dot.

    Its patterns are 5 x 7, or, with a text face given, that face's glyphs 7 to 16 dots high.
    """

    def __init__(self, rng: np.random.Generator, text_face=None):
        self.unlit = "~"
        self.round = rng.random() < 0.6
        self.fill = rng.uniform(0.6, 1.0)
        self.aspect = rng.uniform(0.8, 1.1)
        if text_face is None:
            table = {**FIVE_BY_SEVEN, **{c: dots for c, dots in VARIANTS.items() if rng.random() < 0.5}}
            self.patterns = {c: np.array([list(row) for row in dots.split()]) == "1" for c, dots in table.items()}
        else:
            rows = int(rng.integers(7, 17))
            self.patterns = {c: _coarse(text_face, c, rows) for c in text_face.characters}
        self.characters = "".join(self.patterns)
        rows, columns = np.max([pattern.shape for pattern in self.patterns.values()], axis=0)
        self.patterns["~"] = np.ones((rows, columns), bool)

    def mask(self, character: str, height: int) -> Image.Image:
        """See `fonts.TextFace.mask`."""
        pattern = self.patterns[character]
        pitch = height / pattern.shape[0]
        across = pitch * self.aspect
        image = Image.new("L", (round((pattern.shape[1] + 1) * across), 2 * height))
        draw = ImageDraw.Draw(image)
        shape = draw.ellipse if self.round else draw.rectangle
        for row, column in np.argwhere(pattern):
            x, y = (column + 0.5) * across, 0.5 * height + row * pitch
            margin = (1 - self.fill) / 2
            box = (x + margin * across, y + margin * pitch, x + (1 - margin) * across, y + (1 - margin) * pitch)
            shape([round(v) for v in box], fill=255)
        return image


def _coarse(face, character, rows):
    glyph = face.mask(character, 8 * rows).crop((0, 4 * rows, 10**4, 12 * rows))
    box = glyph.getbbox() or (0, 0, 4 * rows, 8 * rows)
    columns = max(1, round((box[2] - box[0]) / 8))
    dots = glyph.crop((box[0], 0, box[2], 8 * rows)).resize((columns, rows), Image.Resampling.BOX)
    return np.asarray(dots) > 110
