"""A class of pictures with its examples, and classes as a file."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import ReadoutError
from ..files.json_fields import field, parse
from ..files.zip_archive import Archive, pack
from ..imaging.crops import Crop

LONGEST_NAME = 40
UNNAMED = "Class 1"
CONTENTS = "classes.json"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Shot:
    """An example. take: shots of one press of the button share it, a file has its own."""

    number: int
    take: int
    crop: Crop


@dataclass(frozen=True)
class PictureClass:
    """number: what it is called by the page, whatever its name."""

    number: int
    name: str
    shots: tuple[Shot, ...] = ()


Classes = tuple[PictureClass, ...]


def to_zip(classes: Classes) -> bytes:
    """Classes as a zip: a PNG for each example, in folders, and what belongs to what as JSON."""
    from ..export.report import png  # the page's first look at classes does without

    parts, listed = {}, []
    for k, each in enumerate(classes, start=1):
        folder = f"{k} " + re.sub(r"[^\w-]", "_", each.name)
        paths = {f"{folder}/{shot.number:05}.png": shot for shot in each.shots}
        parts.update({path: png(shot.crop.pixels) for path, shot in paths.items()})
        listed.append(
            {"name": each.name, "pictures": [{"file": path, "take": shot.take} for path, shot in paths.items()]}
        )
    text = json.dumps({"format": FORMAT, "classes": listed}, ensure_ascii=False, indent=1)
    return pack({CONTENTS: text.encode(), **parts}, compressed=False)


def from_zip(data: bytes, number: Callable[[], int], square: Callable[[str, bytes], Crop]) -> Classes:
    """The classes that `to_zip` was given. Raises ReadoutError for anything else.

    number: gives classes, shots and takes new numbers. square: from a picture's name and file to what is kept of it.
    """
    archive = Archive(data)
    contents = parse(archive.read(CONTENTS), CONTENTS)
    if (found := field(contents, "format", CONTENTS, int)) != FORMAT:
        raise ReadoutError(f"{CONTENTS} has format {FORMAT}, got {found}: open it with the Readout that wrote it")
    opened: list[PictureClass] = []
    takes: dict[int, int] = {}
    for entry in field(contents, "classes", CONTENTS, list):
        name = field(entry, "name", CONTENTS, str)
        shots = []
        for each in field(entry, "pictures", CONTENTS, list):
            path, take = field(each, "file", CONTENTS, str), field(each, "take", CONTENTS, int)
            takes.setdefault(take, number())
            crop = square(path, archive.read(path))
            shots.append(Shot(number(), takes[take], crop))
        opened.append(PictureClass(number(), name.strip()[:LONGEST_NAME] or UNNAMED, tuple(shots)))
    return tuple(opened)
