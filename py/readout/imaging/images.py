"""Pictures of any kind in, with all their frames, and 8-bit RGB arrays out.

Pillow is imported by the first picture: the page, where the browser can decode most, starts without it.
"""

import io
import re
import warnings
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ReadoutError
from ..files.kinds import HEIC_HELP, is_heic, is_motion_jpeg
from .colour import luma

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded, in pixels: a 16K frame is 133 million, an 8K frame 33 million."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What is decoded. Pillow knows more, of which EPS would start another program."""

ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
"""Formats whose frames follow each other in time; those of a TIFF are a stack, those of a JPEG are other views."""
MORE = "more pictures follow the first one in the file and are not read: name it .mjpeg, then it is read as a video"
SHORTEST_MS = 10
"""A frame of an animation that is shown no longer than this is shown for DEFAULT_MS, as browsers do."""
DEFAULT_MS = 100
MOST_BITS = 14
"""Samples in 16 bits that need no more than this are stretched."""
TIME_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", ""), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "usec", "\\u00B5s", "microseconds"), 1e-6),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
"""Seconds of ImageJ's `tunit`; of another unit nothing is known."""
GIF_END = b";"
"""A GIF's last byte (GIF89a, section 27)."""
DEPTH_BYTE = 24
"""Where a PNG's header says how many bits a sample has (ISO/IEC 15948, 11.2.2)."""
DARK_INK = 96
"""Where what is opaque is darker than this on average, of 255, it is laid over white, else over black."""
MAX_SAMPLE_TAGS = (281, 341)
"""MaxSampleValue and SMaxSampleValue. TIFF 6.0, sections 8 and 19."""
SUBFILE_TAG, BITS_TAG, DESCRIPTION_TAG, SAMPLE_FORMAT_TAG, DNG_TAG = 254, 258, 270, 339, 50706
"""NewSubfileType (TIFF 6.0, section 8), BitsPerSample, ImageDescription, SampleFormat, DNGVersion (Adobe DNG 1.4)."""
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
                self._numbers, self.times = self._listed()
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
            raise self._undecodable(why) from error
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
            raise self._undecodable(error) from error

    def _listed(self) -> tuple[list[int], list[float | None]]:
        """The numbers of the frames in the file, and their times."""
        image = self._image
        count = self._count()
        if image.format == "TIFF":
            return self._listed_stack(count)
        if count == 1 or image.format not in ANIMATED:
            return [0], [None]
        numbers = list(range(1 if getattr(image, "default_image", False) else 0, count))
        times: list[float | None] = []
        now = 0.0
        for number in numbers:
            try:
                image.seek(number)
                image.load()  # WebP and AVIF say how long a frame is shown once it is decoded
            except Exception as error:
                self.left_out.append(f"{self.name}: {len(numbers) - len(times)} frames are damaged ({error})")
                numbers = numbers[: len(times)]
                break
            times.append(now / 1000)
            shown = float(image.info.get("duration") or 0)
            now += shown if shown > SHORTEST_MS else DEFAULT_MS
        if not numbers:
            raise self._undecodable("none of its frames is whole")
        return numbers, times

    def _count(self) -> int:
        """How many frames there are; of a file that is cut off, those before that."""
        try:
            return int(getattr(self._image, "n_frames", 1))
        except Exception as error:
            count = 0
            with suppress(Exception):
                while True:
                    self._image.seek(count)
                    count += 1
            if not count:
                raise
            self.left_out.append(f"{self.name}: it is damaged after {count} frames ({error})")
            self._image.seek(0)
            return count

    def _listed_stack(self, count: int) -> tuple[list[int], list[float | None]]:
        """Pages of the first one's size that are no reduced copies; times where ImageJ says how far apart they are."""
        image, numbers, size = self._image, [], self._image.size
        if DNG_TAG in image.tag_v2:  # type: ignore[attr-defined]
            raise ReadoutError(f"{self.name} holds a camera's raw data: develop it to JPEG, PNG or TIFF first")
        stated = dict(re.findall(r"^(\w+)=(.*)$", str(image.tag_v2.get(DESCRIPTION_TAG, "")), re.MULTILINE))  # type: ignore[attr-defined]
        for number in range(count):
            try:
                image.seek(number)
            except Exception as error:
                self.left_out.append(f"{self.name}: its pages from {number + 1} on are damaged ({error})")
                break
            if image.size == size and not (number and int(image.tag_v2.get(SUBFILE_TAG, 0)) & 1):  # type: ignore[attr-defined]
                numbers.append(number)
            else:
                self.left_out.append(
                    f"{self.name}: page {number + 1} is {image.width} x {image.height}, the first {size[0]} x {size[1]}"
                )
        pages = _number(stated.get("images", "1"))
        if "ImageJ" in stated and pages > count == 1:
            self.left_out.append(
                f"{self.name}: it states {pages:.0f} pictures and lists one page: have ImageJ save an image sequence"
            )
        apart = _number(stated.get("finterval", "0")) * TIME_UNITS.get(stated.get("tunit", "sec").strip(), 0.0)
        together = max(round(_number(stated.get("channels", "1")) * _number(stated.get("slices", "1"))), 1)
        if apart <= 0 or len(numbers) == 1:
            return numbers, [None] * len(numbers)
        return numbers, [number // together * apart for number in numbers]

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

    def _undecodable(self, why: object) -> ReadoutError:
        return ReadoutError(
            f"{self.name} is not a picture that can be decoded ({why}): replace the file, or export it again as PNG"
        )


def load_image(source: Path | bytes, name: str | None = None) -> np.ndarray:
    """Decode one picture, of several frames the first, to uint8 RGB of shape (height, width, 3); see `Picture.frame`.

    Raises ReadoutError, naming the file, for what is missing, truncated, no picture, or larger than MAX_PIXELS.
    """
    return Picture(source, name).frame()


def _number(text: str) -> float:
    """The number that a text states, 0 where it states none."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 <= number < 1e12 else 0.0


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
