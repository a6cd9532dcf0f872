"""Pictures that a browser does not show as they are meant: all their frames, as plain PNG files."""

from io import BytesIO
from pathlib import Path
from typing import Any

from ..errors import ReadoutError
from ..imaging.images import Picture

FASTEST = 1
"""PNG's compression: files that stay on this machine."""


def expand(data: bytes, name: str) -> dict[str, Any]:
    """The frames of a picture file as the command line reads them: {frames: [{png, time_s, number}], notes, left_out}.

    time_s: seconds, None where the file does not say. number: of a frame, of one among several pictures that follow
    each other "0 #1". Raises ReadoutError where none can be decoded.
    """
    from ..files.picture_stream import pictures_in  # no part of a first visit

    parts = pictures_in(data, name)
    if len(parts) == 1:
        return _expanded(data, name)
    frames, notes, left_out = [], [], []
    for k, (own_name, part) in enumerate(parts):
        try:
            found = _expanded(part, own_name)
        except ReadoutError as error:
            left_out.append(str(error))
            continue
        one = len(found["frames"]) == 1
        frames += [{**each, "number": f"{k}" if one else f"{k} #{each['number']}"} for each in found["frames"]]
        notes += [note for note in found["notes"] if note not in notes]
        left_out += found["left_out"]
    return {"frames": frames, "notes": notes, "left_out": left_out}


def _expanded(data: Path | bytes, name: str) -> dict[str, Any]:
    from PIL import Image

    picture, frames, left_out = Picture(data, name), [], []
    for number, time in enumerate(picture.times):
        try:
            pixels = picture.frame(number)
        except ReadoutError as error:
            if len(picture) == 1:
                raise
            left_out.append(f"#{number}: {error}")
            continue
        file = BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=FASTEST)
        frames.append({"png": file.getvalue(), "time_s": time, "number": number})
    return {"frames": frames, "notes": picture.notes, "left_out": [*picture.left_out, *left_out]}
