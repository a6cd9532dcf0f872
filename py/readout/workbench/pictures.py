"""Pictures that a browser does not show as they are meant: all their frames, as plain PNG files."""

from io import BytesIO
from typing import Any

FASTEST = 1
"""PNG's compression: files that stay on this machine."""


def expand(data: bytes, name: str) -> dict[str, Any]:
    """The frames of a picture file as the command line reads them: {frames: [{png, time_s}], notes, left_out}.

    time_s: seconds, None where the file does not say. Raises ReadoutError where none can be decoded.
    """
    from PIL import Image

    from ..errors import ReadoutError
    from ..imaging.images import Picture

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
