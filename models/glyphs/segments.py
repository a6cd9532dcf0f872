"""Seven- and fourteen-segment displays in many proportions."""

import numpy as np
from PIL import Image, ImageDraw

SEVEN = {
    "0": "abcdef", "1": "bc", "2": "abdeg", "3": "abcdg", "4": "bcfg", "5": "acdfg", "6": "acdefg", "7": "abc",
    "8": "abcdefg", "9": "abcdfg", "-": "g", "A": "abcefg", "C": "adef", "E": "adefg", "F": "aefg",
    "H": "bcefg", "J": "bcde", "L": "def", "P": "abefg", "U": "bcdef",
}  # fmt: skip
SEVEN_VARIANTS = {"6": "cdefg", "7": "abcf", "9": "abcfg", "1": "ef"}
# g is the middle bar's left half, h its right half; i to n are the inner strokes, clockwise from top left.
FOURTEEN = {
    "0": "abcdef", "1": "bc", "2": "abdegh", "3": "abcdgh", "4": "bcfgh", "5": "acdfgh", "6": "acdefgh",
    "7": "abc", "8": "abcdefgh", "9": "abcdfgh", "-": "gh", "+": "ghjm", "A": "abcefgh", "B": "abcdhjm", "C": "adef",
    "D": "abcdjm", "E": "adefgh", "F": "aefgh", "G": "acdefh", "H": "bcefgh", "J": "bcde", "K": "efgkl", "L": "def",
    "M": "bcefik", "N": "bcefil", "P": "abefgh", "R": "abefghl", "T": "ajm", "U": "bcdef", "V": "efkn", "W": "bcefln",
    "X": "ikln", "Y": "ikm", "Z": "adkn",
}  # fmt: skip
FOURTEEN_VARIANTS = {"0": "abcdefkn", "1": "bck", "6": "cdefgh", "7": "akm", "9": "abcfgh", "3": "abcdh", "5": "adfgl"}


class SegmentFace:
    """One display: which segments each character lights, and the shape of the segments.

    `unlit` is a character that lights all segments, to be drawn faintly where they show.
    """

    def __init__(self, rng: np.random.Generator, fourteen: bool):
        self.table = dict(FOURTEEN if fourteen else SEVEN)
        for character, segments in (FOURTEEN_VARIANTS if fourteen else SEVEN_VARIANTS).items():
            if rng.random() < (0.1 if character == "1" and not fourteen else 0.4):
                self.table[character] = segments
        self.table["~"] = "abcdefghijklmn" if fourteen else "abcdefg"
        self.table["."] = self.table[":"] = self.table[","] = ""
        self.fourteen = fourteen
        self.characters = "".join(character for character in self.table if character != "~")
        self.unlit = "~"
        self.aspect = rng.uniform(0.4, 0.8)
        self.thickness = rng.uniform(0.07, 0.2) if not fourteen else rng.uniform(0.06, 0.13)
        self.gap = rng.choice([0.0, 0.01, 0.02, 0.04])
        self.bevel = rng.choice([0.0, 0.5, 0.5, 1.0])
        self.slant = rng.choice([0.0, 0.0, rng.uniform(0.0, 0.22)])
        self.waist = rng.uniform(0.46, 0.54)
        self.lean_one = rng.random() < 0.15  # a 1 that stands in the middle, as in proportional displays

    def mask(self, character: str, height: int) -> Image.Image:
        """See `fonts.TextFace.mask`."""
        width = self.aspect * height
        side = 0.15 * height
        image = Image.new("L", (round(width + 2 * side), 2 * height))
        draw = ImageDraw.Draw(image)

        def place(x, y):
            shift = self.slant * (0.5 * height - y)
            return side + x + shift, 0.5 * height + y

        if character in ".:,":
            self._dots(draw, character, place, width, height)
            return image
        shapes = self._shapes(width, height)
        offset = -width / 3 if character == "1" and self.lean_one and self.table["1"] == "bc" else 0
        for segment in self.table[character]:
            if segment in shapes:
                draw.polygon([place(x + offset, y) for x, y in shapes[segment]], fill=255)
        return image

    def _dots(self, draw, character, place, width, height):
        size = 1.2 * self.thickness * height
        for y in {".": (1.0,), ",": (1.0,), ":": (0.3, 0.7)}[character]:
            x, y = place(width / 2, y * height - size / 2)
            draw.ellipse([x - size / 2, y - size / 2, x + size / 2, y + size / 2], fill=255)
            if character == ",":
                draw.polygon([(x, y), (x + size / 2, y), (x - size / 3, y + 1.2 * size)], fill=255)

    def _shapes(self, w, h):
        """Each segment's polygon in a cell of w x h, upright."""
        t, gap = self.thickness * h, self.gap * h
        middle = self.waist * h

        def bar(x0, x1, y):
            bevel = self.bevel * t / 2
            x0, x1 = x0 + gap, x1 - gap
            top, bottom = y - t / 2, y + t / 2
            return [(x0, y), (x0 + bevel, top), (x1 - bevel, top), (x1, y), (x1 - bevel, bottom), (x0 + bevel, bottom)]

        def post(y0, y1, x):
            return [(y, x) for x, y in bar(y0, y1, x)]

        def stroke(x0, y0, x1, y1):
            return [(x0, y0), (x0 + 0.7 * t, y0), (x1, y1), (x1 - 0.7 * t, y1)]

        left, right, top, bottom = t / 2, w - t / 2, t / 2, h - t / 2
        shapes = {
            "a": bar(left, right, top), "d": bar(left, right, bottom),
            "f": post(top, middle, left), "b": post(top, middle, right),
            "e": post(middle, bottom, left), "c": post(middle, bottom, right),
        }  # fmt: skip
        if not self.fourteen:
            return shapes | {"g": bar(left, right, middle)}
        x, inner_left, inner_right, inner_top, inner_bottom = w / 2, t + gap, w - t - gap, t + gap, h - t - gap
        return shapes | {
            "g": bar(left, x, middle), "h": bar(x, right, middle),
            "j": post(top, middle, x), "m": post(middle, bottom, x),
            "i": stroke(inner_left, inner_top, x - t / 2, middle - t / 2),
            "k": stroke(x + t / 2, middle - t / 2, inner_right, inner_top),
            "l": stroke(x + t / 2, middle + t / 2, inner_right, inner_bottom),
            "n": stroke(inner_left, inner_bottom, x - t / 2, middle + t / 2),
        }  # fmt: skip
