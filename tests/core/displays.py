"""Numbers drawn as a display shows them, for tests of windows: strokes of seven segments, no font."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SEGMENTS = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcfgd",
    "-": "g",
}
LINES = {
    "a": (0, 0, 1, 0),
    "b": (1, 0, 1, 1),
    "c": (1, 1, 1, 2),
    "d": (0, 2, 1, 2),
    "e": (0, 1, 0, 2),
    "f": (0, 0, 0, 1),
    "g": (0, 1, 1, 1),
}


def drawn(text: str, seed: int = 0, size: tuple[int, int] = (160, 48), height: int = 24) -> np.ndarray:
    """uint8 RGB (h, w, 3): the text in the middle, light on dark, with some blur and noise of the seed."""
    rng = np.random.default_rng(seed)
    picture = Image.new("L", (4 * size[0], 4 * size[1]), 30)
    draw = ImageDraw.Draw(picture)
    wide, unit = 2 * height, 2 * height
    widths = [1.4 * wide if c in SEGMENTS else 0.55 * wide for c in text]
    x, top = (4 * size[0] - sum(widths)) / 2, (4 * size[1] - 4 * height) / 2
    for c, width in zip(text, widths, strict=True):
        for name in SEGMENTS.get(c, ""):
            x0, y0, x1, y1 = LINES[name]
            draw.line((x + x0 * wide, top + y0 * unit, x + x1 * wide, top + y1 * unit), 230, round(0.24 * wide))
        for y in {".": (2,), ":": (0.55, 1.45)}.get(c, ()):
            r = 0.16 * wide
            draw.ellipse((x + 0.1 * wide - r, top + y * unit - r, x + 0.1 * wide + r, top + y * unit + r), 230)
        x += width
    small = picture.resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.4))
    noisy = np.asarray(small, np.float64)[:, :, None] + rng.normal(0, 3, (size[1], size[0], 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


LIT = (238, 60, 40)


def panel(cells: str, point: int | None = None, unlit=(45, 10, 10), seed: int = 0) -> np.ndarray:
    """A frame, uint8 (180, 320, 3), with a display of wide cells whose segments stand far apart; unlit ones show.

    point: the cell behind which one is lit.
    """
    large = Image.new("RGB", (1280, 720), (60, 62, 66))
    draw = ImageDraw.Draw(large)
    wide, unit, pitch, thick, gap = 120, 100, 184, 32, 26
    left, top = (1280 - pitch * len(cells)) // 2 + 24, 260
    draw.rounded_rectangle((left - 72, top - 64, left + pitch * len(cells) + 8, top + 264), 32, (20, 6, 8))
    for k, cell in enumerate(cells):
        x = left + k * pitch
        for colour, shown in ((unlit, "abcdefg"), (LIT, SEGMENTS.get(cell, ""))):
            for name in shown if colour else ():
                x0, y0, x1, y1 = LINES[name]
                across, down = (gap, 0) if y0 == y1 else (0, gap)
                ends = x + x0 * wide + across, top + y0 * unit + down, x + x1 * wide - across, top + y1 * unit - down
                draw.line(ends, colour, thick)
        if k == point:
            at = x + (wide + pitch) / 2
            draw.ellipse((at - 16, top + 184, at + 16, top + 216), LIT)
    small = large.resize((320, 180), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.6))
    noisy = np.asarray(small, np.float64) + np.random.default_rng(seed).normal(0, 3, (180, 320, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)
