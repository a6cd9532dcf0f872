"""The frames of a picture file that Pillow has opened: which of those in it are read, and when each is shown."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import ReadoutError

if TYPE_CHECKING:
    from PIL import Image

ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
"""Formats whose frames follow each other in time; those of a TIFF are a stack, those of a JPEG are other views."""
SHORTEST_MS = 10
"""A frame of an animation that is shown no longer than this is shown for DEFAULT_MS, as browsers do."""
DEFAULT_MS = 100
TIME_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", ""), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "usec", "\\u00B5s", "microseconds"), 1e-6),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
"""Seconds of ImageJ's `tunit`; of another unit nothing is known."""
SUBFILE_TAG, DESCRIPTION_TAG, DNG_TAG = 254, 270, 50706
"""NewSubfileType (TIFF 6.0, section 8), ImageDescription, DNGVersion (Adobe DNG 1.4)."""


def frames_in(image: "Image.Image", name: str, left_out: list[str]) -> tuple[list[int], list[float | None]]:
    """The numbers of the frames in the file called `name`, and their times in seconds, None where it does not say.

    left_out: takes sentences on those that are not read. Raises ReadoutError where none can be.
    """
    count = _count(image, name, left_out)
    if image.format == "TIFF":
        return _list_stack(image, count, name, left_out)
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
            left_out.append(f"{name}: {len(numbers) - len(times)} frames are damaged ({error})")
            numbers = numbers[: len(times)]
            break
        times.append(now / 1000)
        shown = float(image.info.get("duration") or 0)
        now += shown if shown > SHORTEST_MS else DEFAULT_MS
    if not numbers:
        raise undecodable(name, "none of its frames is whole")
    return numbers, times


def _count(image: "Image.Image", name: str, left_out: list[str]) -> int:
    """How many frames there are; of a file that is cut off, those before that."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception as error:
        count = 0
        with suppress(Exception):
            while True:
                image.seek(count)
                count += 1
        if not count:
            raise
        left_out.append(f"{name}: it is damaged after {count} frames ({error})")
        image.seek(0)
        return count


def _list_stack(
    image: "Image.Image", count: int, name: str, left_out: list[str]
) -> tuple[list[int], list[float | None]]:
    """Pages of the first one's size that are no reduced copies; times where ImageJ says how far apart they are."""
    numbers, size = [], image.size
    if DNG_TAG in image.tag_v2:  # type: ignore[attr-defined]
        raise ReadoutError(f"{name} holds a camera's raw data: develop it to JPEG, PNG or TIFF first")
    stated = dict(re.findall(r"^(\w+)=(.*)$", str(image.tag_v2.get(DESCRIPTION_TAG, "")), re.MULTILINE))  # type: ignore[attr-defined]
    for number in range(count):
        try:
            image.seek(number)
        except Exception as error:
            left_out.append(f"{name}: its pages from {number + 1} on are damaged ({error})")
            break
        if image.size == size and not (number and int(image.tag_v2.get(SUBFILE_TAG, 0)) & 1):  # type: ignore[attr-defined]
            numbers.append(number)
        else:
            left_out.append(
                f"{name}: page {number + 1} is {image.width} x {image.height}, the first {size[0]} x {size[1]}"
            )
    pages = _number(stated.get("images", "1"))
    if "ImageJ" in stated and pages > count == 1:
        left_out.append(
            f"{name}: it states {pages:.0f} pictures and lists one page: have ImageJ save an image sequence"
        )
    apart = _number(stated.get("finterval", "0")) * TIME_UNITS.get(stated.get("tunit", "sec").strip(), 0.0)
    together = max(round(_number(stated.get("channels", "1")) * _number(stated.get("slices", "1"))), 1)
    if apart <= 0 or len(numbers) == 1:
        return numbers, [None] * len(numbers)
    return numbers, [number // together * apart for number in numbers]


def _number(text: str) -> float:
    """The number that a text states, 0 where it states none."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 <= number < 1e12 else 0.0


def undecodable(name: str, why: object) -> ReadoutError:
    """What is raised for a file that Pillow cannot decode."""
    return ReadoutError(
        f"{name} is not a picture that can be decoded ({why}): replace the file, or export it again as PNG"
    )
