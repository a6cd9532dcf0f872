"""The reserved font families, and typefaces made of them.

No font of these families may be among those that the training glyphs were drawn with.
"""

import fnmatch
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tooling.errors import BuildError
from tooling.fonts import debian_fonts

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "fonts"
PACKAGES = ("fonts-dejavu-core", "fonts-dejavu-extra", "fonts-dseg", "fonts-liberation", "fonts-roboto-unhinted")
RESERVED = ("DSEG", "DejaVu", "Liberation", "Roboto")
"""How the family names of the reserved fonts begin."""

FAMILIES = {
    "sans": (
        "DejaVuSans",
        "DejaVuSans-Bold",
        "DejaVuSans-Oblique",
        "LiberationSans-Regular",
        "LiberationSans-Bold",
        "LiberationSans-Italic",
        "Roboto-Regular",
        "Roboto-Medium",
        "Roboto-Bold",
        "Roboto-Light",
        "Roboto-Italic",
    ),
    "serif": (
        "DejaVuSerif",
        "DejaVuSerif-Bold",
        "DejaVuSerif-Italic",
        "DejaVuSerifCondensed",
        "LiberationSerif-Regular",
        "LiberationSerif-Bold",
        "LiberationSerif-Italic",
    ),
    "mono": (
        "DejaVuSansMono",
        "DejaVuSansMono-Bold",
        "DejaVuSansMono-Oblique",
        "LiberationMono-Regular",
        "LiberationMono-Bold",
        "LiberationMono-Italic",
    ),
    "condensed": (
        "DejaVuSansCondensed-Bold",
        "DejaVuSansCondensed",
        "DejaVuSerifCondensed-Bold",
        "LiberationSansNarrow-Bold",
        "LiberationSansNarrow-Regular",
        "RobotoCondensed-Bold",
        "RobotoCondensed-Regular",
        "RobotoCondensed-BoldItalic",
        "Roboto-Black",
    ),
    "plain": (
        "DejaVuSans",
        "DejaVuSans-Bold",
        "DejaVuSansMono",
        "DejaVuSansMono-Bold",
        "LiberationSans-Regular",
        "LiberationSans-Bold",
        "LiberationMono-Bold",
        "Roboto-Regular",
        "Roboto-Medium",
        "Roboto-Bold",
    ),
    "seven": (
        "DSEG7Classic-Regular",
        "DSEG7Classic-Bold",
        "DSEG7Classic-BoldItalic",
        "DSEG7Classic-Italic",
        "DSEG7Modern-Regular",
        "DSEG7Modern-Bold",
        "DSEG7Modern-Italic",
        "DSEG7ClassicMini-Bold",
        "DSEG7ModernMini-Regular",
        "DSEG7ClassicMini-Italic",
        "DSEG7Classic-Light",
    ),
    "fourteen": (
        "DSEG14Classic-Regular",
        "DSEG14Classic-Bold",
        "DSEG14Classic-Italic",
        "DSEG14Classic-BoldItalic",
        "DSEG14Modern-Regular",
        "DSEG14Modern-Bold",
        "DSEG14ModernMini-Regular",
        "DSEG14ClassicMini-Bold",
    ),
}
"""The stems of the files that each kind of display chooses from."""

MEASURED = 400
"""Font size, in pixels, at which a digit's height is measured."""


@cache
def reserved_fonts() -> dict[str, Path]:
    """File stem to path of every font in the reserved packages. Raises BuildError without a network."""
    paths = {path.stem: path for path in debian_fonts(PACKAGES, FOLDER)}
    strange = sorted(s for s in paths if not any(fnmatch.fnmatch(s, f"{name}*") for name in RESERVED))
    if strange:
        raise BuildError(f"reserved fonts are of {', '.join(RESERVED)}, {strange[0]} is not: correct PACKAGES")
    return paths


@cache
def _opened(stem: str, size: float) -> ImageFont.FreeTypeFont:
    paths = reserved_fonts()
    if stem not in paths:
        raise BuildError(f"the reserved packages have no font {stem}: correct FAMILIES, or fetch newer packages")
    return ImageFont.truetype(paths[stem], size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _digit_share(stem: str) -> float:
    _, top, _, bottom = _ink(_opened(stem, MEASURED), "0", 0, False)[0].getbbox()
    return (bottom - top) / MEASURED


def _ink(font, char, stroke, aliased):
    """A greyscale picture of one character, and the place of the pen's baseline within it."""
    pad = int(font.size) + stroke + 2
    picture = Image.new("L", (3 * pad, 3 * pad))
    canvas = ImageDraw.Draw(picture)
    canvas.fontmode = "1" if aliased else "L"
    canvas.text((pad, 2 * pad), char, fill=255, font=font, anchor="ls", stroke_width=stroke)
    return picture, (pad, 2 * pad)


class FontFace:
    """The characters of one font, in pixels of a strip.

    height: of a digit, in strip pixels, fractional. aliased: without grey at the edges.
    cell: left, top, right, bottom of the digits' ink, counted from the pen at the baseline.
    """

    lit_all = None
    """The character with every segment lit, for displays whose unlit segments show."""

    def __init__(self, stem: str, height: float, aliased: bool = False):
        self.stem = stem
        self.aliased = aliased
        self.font = _opened(stem, round(height / _digit_share(stem), 2))
        if stem.startswith("DSEG"):
            self.lit_all = "~" if "14" in stem else "8"
        self._stamps: dict = {}
        boxes = [self._bounds(digit) for digit in "0123456789"]
        self.cell = (*(min(b[k] for b in boxes) for k in (0, 1)), *(max(b[k] for b in boxes) for k in (2, 3)))

    def advance(self, char: str) -> float:
        """How far the pen moves, in strip pixels. A blank is as wide as a digit."""
        return self.font.getlength("0" if char == " " else char)

    def stamp(self, char: str, stroke: int = 0, phase: float = 0.0) -> tuple[Image.Image, int, int]:
        """A character's ink, cut tightly, and its left and top counted from the pen. None of a blank."""
        key = (char, stroke)
        if key not in self._stamps:
            picture, (x, y) = _ink(self.font, char, stroke, self.aliased)
            box = picture.getbbox() or (x, y, x + 1, y + 1)
            self._stamps[key] = (picture.crop(box), box[0] - x, box[1] - y)
        return self._stamps[key]

    def _bounds(self, char):
        picture, left, top = self.stamp(char)
        return np.array([left, top, left + picture.width, top + picture.height])
