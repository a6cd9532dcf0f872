"""The site's icons and the picture that links show, drawn from site/icon.svg and the demo's frames.

    python -m tooling.pictures

writes them into site/. No font is used: the number on the picture is made of segments.
"""

import io
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from tooling import chromium
from tooling.venv import Venv

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "site"
ICONS = {"icon-192.png": 192, "icon-512.png": 512, "apple-touch-icon.png": 180}
FAVICON = (16, 32, 48)
SOCIAL = (1200, 630)
VALUE = "89.68"
"""What the demo's first frame shows."""
ORANGE, DARK, UNLIT = "#e8590c", "#1b1d22", "#2a2d34"
SEGMENTS = {"8": "abcdefg", "9": "abcdfg", "6": "acdefg"}
BARS = {"a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2)}
BARS |= {"e": (0, 1, 0, 2), "f": (0, 0, 0, 1), "g": (0, 1, 1, 1)}
"""Ends of each segment, in halves of a digit's height to the right and down."""


def main() -> int:
    """Draw all of them. Returns the exit status."""
    drawn = {size: render(size) for size in sorted({*ICONS.values(), *FAVICON})}
    for name, size in ICONS.items():
        drawn[size].save(SITE / name, optimize=True)
    sizes = [(size, size) for size in FAVICON]
    drawn[48].save(SITE / "favicon.ico", sizes=sizes, append_images=[drawn[size] for size in FAVICON[:-1]])
    social(Image.open(ROOT / "data/frames/image-0001.png").convert("RGB")).save(SITE / "social.png", optimize=True)
    return 0


def render(size: int) -> Image.Image:
    """site/icon.svg with `size` pixels on each side."""
    svg = (SITE / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.provide(Venv(ROOT))), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": size, "height": size})
        page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}</style>{svg}")
        picture = page.screenshot(omit_background=True)
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGBA")


def social(frame: Image.Image) -> Image.Image:
    """The demo's frame, and what is read in it."""
    picture = Image.new("RGB", SOCIAL, DARK)
    width = 640
    height = round(frame.height * width / frame.width)
    picture.paste(frame.resize((width, height), Image.Resampling.LANCZOS), (40, (SOCIAL[1] - height) // 2))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle(
        (36, (SOCIAL[1] - height) // 2 - 4, 684, (SOCIAL[1] + height) // 2 + 4), 8, outline=ORANGE, width=4
    )
    x = 730
    for character in VALUE:
        if character == ".":
            draw.ellipse((x - 8, 382, x + 8, 398), fill=ORANGE)
            x += 26
            continue
        digit(draw, character, x, 240)
        x += 104
    return picture


def digit(draw: ImageDraw.ImageDraw, character: str, x: int, y: int, half: int = 72) -> None:
    """A digit of seven segments whose upper left corner is at x, y."""
    for name, (x0, y0, x1, y1) in BARS.items():
        lit = ORANGE if name in SEGMENTS[character] else UNLIT
        ends = [(x + x0 * half, y + y0 * half), (x + x1 * half, y + y1 * half)]
        gap = [(10 if x0 != x1 else 0) * sign for sign in (1, -1)], [(10 if y0 != y1 else 0) * sign for sign in (1, -1)]
        draw.line([(ex + gap[0][k], ey + gap[1][k]) for k, (ex, ey) in enumerate(ends)], fill=lit, width=13)


if __name__ == "__main__":
    raise SystemExit(main())
