"""The font: fetched by pip, checked, read out of its wheel, and drawn at fractional pixels."""

import hashlib
import io
import subprocess
import sys
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from . import DrawingError

REQUIREMENT = "font-source-sans-pro==0.0.1"
WHEEL = "font_source_sans_pro-0.0.1-py3-none-any.whl"
WHEEL_SHA256 = "2250396f565a0fea35726e56059216d1d5d75071d64d075ebdfec183b4b85765"
MEMBER = "font_source_sans_pro/files/SourceSansPro-{}.ttf"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "fonts"
OVERSAMPLE = 8


def fetch(cache=CACHE):
    """Path of the font's wheel in `cache`, downloaded by pip when it is not there yet.

    Raises: DrawingError if pip fails or the bytes are not the expected ones.
    """
    wheel = Path(cache) / WHEEL
    if not wheel.exists():
        wheel.parent.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--dest",
            str(wheel.parent),
            REQUIREMENT,
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not wheel.exists():
            said = done.stderr.strip().splitlines()
            raise DrawingError(
                f"the font {REQUIREMENT} could not be downloaded "
                f"(pip: {said[-1] if said else 'no message'}): "
                f"connect to the package index, or put {WHEEL} into {wheel.parent}"
            )
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise DrawingError(f"{wheel} must have sha256 {WHEEL_SHA256}, got {digest}: delete it and run again")
    return wheel


class Typeface:
    """One weight of the font, drawn as coverage.

    `coverage(text, size)` returns float32 (h, w) in [0, 1] at OVERSAMPLE times the size asked
    for, baseline `ascent` rows below its top edge.
    """

    def __init__(self, weight="Regular", cache=CACHE):
        with zipfile.ZipFile(fetch(cache)) as wheel:
            self._bytes = wheel.read(MEMBER.format(weight))
        self._font = lru_cache(maxsize=None)(self._open)
        self._mask = lru_cache(maxsize=None)(self._draw)

    def _open(self, size):
        return ImageFont.truetype(
            io.BytesIO(self._bytes), round(size * OVERSAMPLE), layout_engine=ImageFont.Layout.BASIC
        )

    def width(self, text, size):
        """Advance of `text` in pixels at `size` pixels per em."""
        return self._font(size).getlength(text) / OVERSAMPLE

    def _draw(self, text, size):
        font = self._font(size)
        ascent, descent = font.getmetrics()
        left = OVERSAMPLE
        image = Image.new("L", (int(font.getlength(text)) + 2 * left, ascent + descent))
        ImageDraw.Draw(image).text((left, 0), text, fill=255, font=font)
        return np.asarray(image, dtype=np.float32) / 255, left, ascent

    def stamp(self, shape, x, baseline, text, size, spread=(0.0, 0.0)):
        """Coverage of `text` on a canvas of `shape` (rows, columns) pixels.

        x, baseline: pixels, fractions kept to 1/OVERSAMPLE. spread: standard deviation of the
        blur across and down, pixels. Returns (coverage float32, (row, column)): the patch
        that holds ink, and where its corner lies on the canvas.
        """
        mask, left, ascent = self._mask(text, size)
        x0 = round(x * OVERSAMPLE) - left
        y0 = round(baseline * OVERSAMPLE) - ascent
        margin = OVERSAMPLE * int(np.ceil(3 * max(spread)) + 1)
        column, row = (x0 - margin) // OVERSAMPLE, (y0 - margin) // OVERSAMPLE
        before = (y0 - row * OVERSAMPLE, x0 - column * OVERSAMPLE)
        after = [margin + -(b + m + margin) % OVERSAMPLE for b, m in zip(before, mask.shape, strict=True)]
        big = np.pad(mask, [(before[0], after[0]), (before[1], after[1])])
        for axis, sigma in ((1, spread[0]), (0, spread[1])):
            big = _blur(big, sigma * OVERSAMPLE, axis)
        rows, columns = (n // OVERSAMPLE for n in big.shape)
        small = big.reshape(rows, OVERSAMPLE, columns, OVERSAMPLE).mean(axis=(1, 3))
        top, lead = max(0, -row), max(0, -column)
        small = small[top : max(top, shape[0] - row), lead : max(lead, shape[1] - column)]
        return small, (row + top, column + lead)


def _blur(image, sigma, axis):
    if sigma <= 0:
        return image
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    out = np.zeros_like(image)
    padded = np.pad(image, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)])
    for i, weight in enumerate(kernel):
        part = slice(i, i + image.shape[axis])
        out += weight * (padded[part] if axis == 0 else padded[:, part])
    return out
