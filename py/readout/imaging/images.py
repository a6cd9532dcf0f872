"""Pictures of any kind in, with all their frames, and 8-bit RGB arrays out.

Pillow is imported by the first picture: the page, where the browser can decode most, starts without it.
"""

import io
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ReadoutError
from ..files.kinds import HEIC_HELP, is_heic, is_motion_jpeg
from .colour import luma
from .picture_frames import frames_in, undecodable

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded, in pixels: a 16K frame is 133 million, an 8K frame 33 million."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What is decoded. Pillow knows more, of which EPS would start another program."""

MORE = "more pictures follow the first one in the file and are not read: name it .mjpeg, then it is read as a video"
MOST_BITS = 14
"""Samples in 16 bits that need no more than this are stretched."""
GIF_END = b";"
"""A GIF's last byte (GIF89a, section 27)."""
DEPTH_BYTE = 24
"""Where a PNG's header says how many bits a sample has (ISO/IEC 15948, 11.2.2)."""
DARK_INK = 96
"""Where what is opaque is darker than this on average, of 255, it is laid over white, else over black."""
MAX_SAMPLE_TAGS = (281, 341)
"""MaxSampleValue and SMaxSampleValue. TIFF 6.0, sections 8 and 19."""
BITS_TAG, SAMPLE_FORMAT_TAG = 258, 339
"""BitsPerSample and SampleFormat."""
SIGNED = 2
"""A SampleFormat: whole numbers with a sign."""


class Picture:
    """A picture file that has been opened, with one frame or more.

    name: in messages. times: of each frame, seconds since the first; None where the file does not say. notes: how those
    that have been decoded were changed to be seen, in words. left_out: sentences on what the file holds besides.
    """

    def __init__(self, source: Path | bytes, name: str | None = None):
        """Raises ReadoutError, naming the file, for what is missing, no picture, or larger than MAX_PIXELS."""
        from PIL import Image, UnidentifiedImageError

        self.name = name or (str(source) if isinstance(source, Path) else "the picture")
        self.notes: list[str] = []
        self.left_out: list[str] = []
        try:
            data = source.read_bytes() if isinstance(source, Path) else source
        except OSError as error:
            raise ReadoutError(f"{self.name} cannot be read ({error.strerror}): check that it is there") from error
        if is_heic(data):
            raise ReadoutError(f"{self.name} {HEIC_HELP.format(name=Path(self.name).name)}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                self._image = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = self._image.size
            self._depth = data[DEPTH_BYTE]
            at = data.find(b"sBIT", 0, max(data.find(b"IDAT"), 0)) if self._image.format == "PNG" else -1
            self._stated = (1 << data[at + 4]) - 1 if at > 0 else None
            if self._image.format == "GIF" and not data.rstrip(b"\0").endswith(GIF_END):
                self.left_out.append(f"{self.name}: it is cut off: the frames behind that are missing")
            size = f"{width} x {height}"
            if width * height <= MAX_PIXELS:
                self._numbers, self.times = frames_in(self._image, self.name, self.left_out)
                if self._image.format == "JPEG" and is_motion_jpeg(data):
                    self.left_out.append(f"{self.name}: {MORE}")
                return
        except ReadoutError:
            raise
        except Image.DecompressionBombError:
            size = "far more"
        except Exception as error:  # Pillow's decoders raise almost anything on damaged bytes
            unknown = isinstance(error, UnidentifiedImageError | KeyError)  # of a format that this Pillow lacks
            why = "it begins like no known format" if unknown else error
            raise undecodable(self.name, why) from error
        raise ReadoutError(
            f"{self.name} is too large: at most {MAX_PIXELS // 1_000_000} million pixels are decoded, "
            f"this one declares {size}: scale it down or cut it"
        )

    def __len__(self) -> int:
        return len(self.times)

    def frame(self, number: int = 0) -> np.ndarray:
        """One of the frames, uint8 RGB of shape (height, width, 3).

        The camera's rotation tag is applied. Where something is transparent, it is laid over black or white, whichever
        shows it. Of 16-bit samples the high byte of those bits is kept that are in use. Colour profiles are ignored, so
        that the same file gives the same pixels everywhere. Raises ReadoutError where it is damaged.
        """
        from PIL import ImageOps

        try:
            self._image.seek(self._numbers[number])
            return self._rgb(ImageOps.exif_transpose(self._image))
        except ReadoutError:
            raise
        except Exception as error:
            raise undecodable(self.name, error) from error

    def _rgb(self, image: "Image.Image") -> np.ndarray:
        from PIL import Image

        image.load()
        if image.mode == "F":
            raise ReadoutError(
                f"{self.name} holds floating-point samples, whose range is not defined: export it with 8 or 16 bits"
            )
        if image.mode.startswith("I"):
            samples = self._samples(image)
            bits = self._bits(max(int(samples.max(initial=0)), self._most))
            if bits != 16:
                self._note(f"{bits} of {16 if bits < 16 else 32} bits are in use, stretched")
            grey = np.clip(samples >> (bits - 8), 0, 255).astype(np.uint8)
            return np.repeat(grey[:, :, None], 3, axis=2)
        if self._samples_of_16_bits and _is_dark(image):
            raise ReadoutError(
                f"{self.name} has colours in 16 bits of which no more than {MOST_BITS} are in use, and only grey is "
                "stretched: export it with 8 bits, or as grey"
            )
        if image.has_transparency_data:
            rgba = image.convert("RGBA")
            ground = ground_of(np.asarray(rgba))
            if ground is not None:
                self._note(f"transparent, laid over {'white' if ground else 'black'}")
                image = Image.alpha_composite(Image.new("RGBA", rgba.size, (ground, ground, ground, 255)), rgba)
        return np.asarray(image.convert("RGB"))

    @cached_property
    def _most(self) -> int:
        """The largest sample of all pages, by which each is stretched alike; 0 of a single picture."""
        if len(self._numbers) < 2:
            return 0
        here, most = self._image.tell(), 0
        for number in self._numbers:
            try:
                self._image.seek(number)
                if self._image.mode.startswith("I"):
                    most = max(most, int(self._samples(self._image).max(initial=0)))
            except Exception:  # a damaged page is named when it is its turn
                continue
        self._image.seek(here)
        self._image.load()
        return most

    def _samples(self, image: "Image.Image") -> np.ndarray:
        """Those of a grey page of more than 8 bits: int64 (h, w). Pillow takes all of 32 bits for signed ones."""
        samples = np.asarray(image).astype(np.int64)
        signed = SIGNED in getattr(self._image, "tag_v2", {}).get(SAMPLE_FORMAT_TAG, ())
        return samples if signed else samples & 0xFFFFFFFF

    @property
    def _samples_of_16_bits(self) -> bool:
        """Whether the file has 16 bits for each colour, of which Pillow keeps the upper eight."""
        if self._image.format == "PNG":
            return self._depth == 16
        return self._image.format == "TIFF" and 16 in self._image.tag_v2.get(BITS_TAG, ())  # type: ignore[attr-defined]

    def _bits(self, most: int) -> int:
        """How many bits are in use: as the file says, else as the largest sample needs; 16 where nearly all are."""
        tags = getattr(self._image, "tag_v2", {})
        said = next((tags[tag] for tag in MAX_SAMPLE_TAGS if tag in tags), self._stated)
        said = said[0] if isinstance(said, tuple) else said
        stated = tags.get(BITS_TAG, (16,))[0]
        if isinstance(said, int) and most <= said:
            most = said
        elif stated < 16:
            most = (1 << stated) - 1
        bits = max(most.bit_length(), 8)
        return bits if bits <= MOST_BITS else max(bits, 16)

    def _note(self, words: str) -> None:
        if words not in self.notes:
            self.notes.append(words)


def load_image(source: Path | bytes, name: str | None = None) -> np.ndarray:
    """Decode one picture, of several frames the first, to uint8 RGB of shape (height, width, 3); see `Picture.frame`.

    Raises ReadoutError, naming the file, for what is missing, truncated, no picture, or larger than MAX_PIXELS.
    """
    return Picture(source, name).frame()


def _is_dark(image: "Image.Image") -> bool:
    """Whether colours of 16 bits use only the lower ones; black on a transparent ground is no sign of that."""
    *colours, alpha = np.moveaxis(np.asarray(image.convert("RGBA")), 2, 0)
    most = max(int(each.max(initial=0)) for each in colours) or (
        int(alpha.max(initial=0)) if alpha.min(initial=255) < 255 else 0
    )
    return most >> (MOST_BITS - 8) == 0


def ground_of(rgba: np.ndarray) -> int | None:
    """0 or 255, the grey over which a picture, uint8 (h, w, 4), is seen; None where it is opaque throughout."""
    alpha = rgba[..., 3].astype(np.int64)
    if alpha.min(initial=255) == 255:
        return None
    ink = int((luma(rgba[..., :3]) * alpha).sum())
    return 255 if ink < DARK_INK * int(alpha.sum()) else 0
