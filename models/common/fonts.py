"""Text fonts to train on, from Debian's packages; never those that evaluation is reserved for."""

import random
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PACKAGES = [
    "3270", "adf-accanthis", "adf-baskervald", "adf-berenis", "adf-gillius", "adf-ikarius", "adf-irianis",
    "adf-libris", "adf-mekanus", "adf-oldania", "adf-romande", "adf-solothurn", "adf-switzera", "adf-tribun",
    "adf-universalis", "agave", "allerta", "amiga", "anonymous-pro", "arapey", "atarismall", "averia-gwf",
    "averia-sans-gwf", "averia-serif-gwf", "b612", "bebas-neue", "beteckna", "breip", "cabin", "cantarell", "cardo",
    "century-catalogue", "clear-sans", "comfortaa", "comic-neue", "courier-prime", "crosextra-caladea",
    "crosextra-carlito", "dancingscript", "dkg-handwriting", "dosis", "dotgothic16", "dustin", "ebgaramond",
    "essays1743", "eurofurence", "fantasque-sans", "fanwood", "femkeklaver", "ferrite-core", "firacode",
    "freefont-ttf", "glasstty", "gnutypewriter", "go", "hermit", "humor-sans", "inconsolata", "inter", "isabella",
    "jetbrains-mono", "joscelyn", "junction", "junicode", "jura", "karla", "karmilla", "kristi", "lato",
    "league-mono", "league-spartan", "leckerli-one", "lindenhill", "linuxlibertine", "lmodern", "lobster",
    "manrope", "millimetre", "misaki", "mona", "monofur", "monoid", "mononoki", "national-park", "noto-core",
    "noto-mono", "ocr-a", "ocr-b", "okolaks", "oldstandard", "open-sans", "opendin", "opendyslexic", "osifont",
    "oxygen", "paratype", "pc", "play", "prociono", "quattrocento", "quicksand", "roadgeek", "routed-gothic",
    "rufscript", "sil-andika", "sil-charis", "sil-doulos", "sil-gentium", "sixtyfour", "sjfonts", "sora",
    "staypuft", "stix", "texgyre", "tomsontalks", "train", "tuffy", "ubuntu-title", "uniol", "urw-base35",
    "vollkorn", "yanone-kaffeesatz", "yrsa-rasa",
]  # fmt: skip
"""What follows `fonts-` in the names of Debian's packages."""

REFUSED = (
    "dseg", "dejavu", "vera", "liberation", "roboto", "heebo",
    # Drawn after a reserved family, or with its outlines: Hack, Verana and Arev are Bitstream Vera,
    # Arimo, Cousine and Tinos are what Liberation is made of.
    "hack", "verana", "arev", "arimo", "cousine", "tinos", "meslo", "menlo",
    # Not digits, or unreadable digits.
    "d050000l", "dingbats", "linbiolinum_k", "keyboard", "splatz", "train one",
)  # fmt: skip
DIGITS = "0123456789"


def trainable(paths: list[Path]) -> list[Path]:
    """The font files that show ten different digits, are of no refused family, and are no copies.

    Sorted by file name, so that the same packages give the same list wherever they are unpacked.
    """
    kept, seen = [], set()
    for path in sorted(paths, key=lambda path: path.name):
        if "NotoSans" in path.name or "NotoSerif" in path.name:
            script = path.name.removeprefix("NotoSans").removeprefix("NotoSerif").removeprefix("Display")
            if not script.startswith(("-", "Mono-")):
                continue  # the other scripts' files repeat the Latin digits
        try:
            family = " ".join(ImageFont.truetype(path, 40).getname()).lower()
        except OSError:
            continue
        if any(word in family or word in path.name.lower() for word in REFUSED):
            continue
        looks = _digits_of(path)
        if looks and looks not in seen:
            seen.add(looks)
            kept.append(path)
    return kept


def split(paths: list[Path], share: float, seed: int) -> tuple[list[Path], list[Path]]:
    """Fonts to train on, and a share of them held out to see how well unseen ones are read."""
    shuffled = random.Random(seed).sample(paths, len(paths))
    held_out = round(share * len(paths))
    return sorted(shuffled[held_out:]), sorted(shuffled[:held_out])


def _digits_of(path):
    """The digits' pictures, or None where a digit is missing or looks like another."""
    font = ImageFont.truetype(path, 40)
    pictures = []
    for digit in DIGITS:
        image = Image.new("L", (60, 60))
        try:
            ImageDraw.Draw(image).text((10, 50), digit, fill=255, font=font, anchor="ls")
        except (OSError, ValueError):
            return None
        pictures.append(np.asarray(image) > 127)
    for i, one in enumerate(pictures):
        if one.sum() < 30 or any((one != other).sum() < 25 for other in pictures[:i]):
            return None
    return np.packbits(pictures).tobytes()


class TextFace:
    """Glyphs of a font file. Like every face it has `characters` and draws masks; see `mask`."""

    unlit = None

    def __init__(self, path: Path, characters: str):
        self.path = path
        self.characters = characters

    def mask(self, character: str, height: int) -> Image.Image:
        """The glyph as white on black, "L", trimmed at the sides to its advance.

        The digits' height is `height` pixels, and there is half of that above and below them.
        """
        font = _font(self.path, height)
        left, _, right, _ = font.getbbox(character, anchor="ls")
        width = max(round(font.getlength(character)), right - min(left, 0), 1)
        image = Image.new("L", (width, 2 * height))
        ImageDraw.Draw(image).text((-min(left, 0), round(1.5 * height)), character, fill=255, font=font, anchor="ls")
        return image


@lru_cache(4096)
def _font(path, height):
    """The font at the size where an 8 is `height` pixels high."""
    _, top, _, bottom = ImageFont.truetype(path, 200).getbbox("8", anchor="ls")
    return ImageFont.truetype(path, max(4, round(200 * height / (bottom - top))))
