"""Pictures of any kind in, 8-bit RGB arrays out.

Pillow is imported by the first picture: the page, where the browser can decode most, starts without it.
"""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ReadoutError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded, in pixels: a 16K frame is 133 million, an 8K frame 33 million."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""What is decoded. Pillow knows more, of which EPS would start another program."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
"""File name endings that are taken for pictures when a folder is listed."""


def load_image(source: Path | bytes, name: str | None = None) -> np.ndarray:
    """Decode one picture to uint8 RGB of shape (height, width, 3).

    The camera's rotation tag is applied, transparency is laid over black, of an animation the first
    frame is taken, and 16-bit samples keep their high byte. Colour profiles are ignored, so that
    the same file gives the same pixels everywhere.

    Raises ReadoutError, naming the file, for what is missing, truncated, no picture, or larger than
    MAX_PIXELS.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    name = name or (str(source) if isinstance(source, Path) else "the picture")
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise ReadoutError(f"{name} cannot be read ({error.strerror}): check that it is there") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height <= MAX_PIXELS:
            return _to_rgb(ImageOps.exif_transpose(image), name)
        size = f"{image.width} x {image.height}"
    except ReadoutError:
        raise
    except Image.DecompressionBombError:
        size = "far more"
    except Exception as error:  # Pillow's decoders raise almost anything on damaged bytes
        why = "it begins like no known format" if isinstance(error, UnidentifiedImageError) else error
        raise ReadoutError(
            f"{name} is not a picture that can be decoded ({why}): replace the file, or export it again as PNG"
        ) from error
    raise ReadoutError(
        f"{name} is too large: at most {MAX_PIXELS // 1_000_000} million pixels are decoded, "
        f"this one declares {size}: scale it down or cut it"
    )


def _to_rgb(image: "Image.Image", name: str) -> np.ndarray:
    from PIL import Image

    image.load()
    if image.mode == "F":
        raise ReadoutError(
            f"{name} holds floating-point samples, whose range is not defined: export it with 8 or 16 bits"
        )
    if image.mode.startswith("I"):
        grey = np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba)
    return np.asarray(image.convert("RGB"))
