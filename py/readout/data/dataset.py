"""A dataset folder: training pictures by set, test pictures, frames, a layout, true readings.

    training/1/0.png … training/8/9.png   folder = set, file stem = label
    testing/9/0.png …                     never trained on
    frames/image-0001.png …
    layout.json
    labels.csv                            frame,reading

Only `training` must be there.
"""

import csv
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ReadoutError, quoted
from ..files.kinds import HEAD_BYTES, is_motion_jpeg, kind_of
from ..imaging.crops import Crop
from ..imaging.images import load_image
from ..layout.layout import Layout
from .examples import Example

LAYOUT, LABELS = "layout.json", "labels.csv"
IGNORED = {"thumbs.db", "desktop.ini"}
SUFFIXES = (*(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"),)
"""File name endings that are taken for pictures when a folder is listed."""
_LABEL = re.compile(r"[^\W_]|[a-z]{2,16}")


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a dataset folder holds, pictures of digits decoded, frames not.

    training: the examples of each set, sets in natural order of their names. testing: the held-out
    examples. frames: paths in natural order. layout: None where the folder has none.
    truths: frame name to the true reading of the layout's first readout.
    """

    root: Path
    training: dict[str, list[Example]]
    testing: list[Example]
    frames: list[Path]
    layout: Layout | None
    truths: dict[str, str]

    @classmethod
    def load(
        cls, root: Path, layout: Path | None = None, decode: Callable[[Path], np.ndarray] | None = None
    ) -> "Dataset":
        """Read the folder; raises ReadoutError naming what is wrong.

        layout: replaces the folder's layout.json. decode: from a picture's path to its pixels, else `load_image`.
        """
        decode = decode or load_image
        root = Path(root)
        if not root.is_dir():
            raise ReadoutError(f"a dataset is a folder, got {root}, which is none: check the path")
        if not (root / "training").is_dir():
            found = sorted(path.name for path in root.iterdir())
            raise ReadoutError(
                f"{root} lacks the folder 'training', got {found}: put labelled pictures into "
                "training/1/0.png, training/1/1.png and so on"
            )
        training = _load_sets(root, "training", decode)
        if not training:
            raise ReadoutError(f"{root / 'training'} has no sets: add the folder 1 with 0.png, 1.png and so on")
        if layout is None and (root / LAYOUT).is_file():
            layout = root / LAYOUT
        loaded = Layout.load(layout) if layout else None
        frames = list_frames(root / "frames") if (root / "frames").is_dir() else []
        truths = {}
        if (root / LABELS).is_file():
            shown = {example.label for examples in training.values() for example in examples}
            truths = _load_truths(root / LABELS, loaded, shown)
        unknown = sorted(set(truths) - {path.name for path in frames}) if frames else []
        if unknown:
            raise ReadoutError(
                f"labels.csv names frames that are not in {root / 'frames'}: {', '.join(unknown[:3])}: "
                "add the frames or remove the lines"
            )
        testing = [example for examples in _load_sets(root, "testing", decode).values() for example in examples]
        return cls(root, training, testing, frames, loaded, truths)

    @property
    def classes(self) -> list[str]:
        """Every label that has an example in some training set, sorted."""
        return sorted({example.label for examples in self.training.values() for example in examples})

    def first_sets(self, sets: int, known: Collection[str] = ()) -> list[Example]:
        """The examples of the first `sets` training folders.

        known: labels that need no example; where there are any, 0 sets will do. Raises ReadoutError
        where there are fewer sets, or where these lack an example of a class that is not known.
        """
        least = 0 if known else 1
        if not least <= sets <= len(self.training):
            raise ReadoutError(
                f"sets is between {least} and {len(self.training)}, the training folders there are, got {sets}: "
                + ("ask for fewer, or add a folder" if sets else "without a prior, there is nothing to read with")
            )
        examples = [example for name in list(self.training)[:sets] for example in self.training[name]]
        missing = sorted(set(self.classes) - {*known, *(example.label for example in examples)})
        if missing:
            raise ReadoutError(
                f"class {missing[0]} has no examples in the first {sets} training sets: "
                f"label at least one {missing[0]} there, or use more sets"
            )
        return examples

    def require_layout(self) -> Layout:
        """The layout, or a ReadoutError that says how to give one."""
        if self.layout is None:
            raise ReadoutError(f"{self.root} has no layout.json: add one, or give one with --layout FILE")
        return self.layout


def natural_order(name: str) -> tuple[list[tuple[int, str]], str]:
    """A sort key for file names under which image-2 comes before image-10; different names never tie."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]
    return parts, name


def kind_of_file(source: Path | bytes, name: str) -> str | None:
    """As `kind_of`, of a file or its bytes; a JPEG with others behind it is a video, unless its name is a picture's."""
    if isinstance(source, bytes):
        kind = kind_of(source[:HEAD_BYTES])
    else:
        with source.open("rb") as file:
            kind = kind_of(file.read(HEAD_BYTES))
    may_be_clip = kind == "picture" and not name.lower().endswith(SUFFIXES)
    return "video" if may_be_clip and is_motion_jpeg(source) else kind


def list_frames(folder: Path) -> list[Path]:
    """The pictures of a folder in natural order of their names, or the one picture given."""
    folder = Path(folder)
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise ReadoutError(f"frames are a folder of pictures or one picture, got {folder}, which is not there")
    frames = [path for path in _entries(folder) if path.suffix.lower() in SUFFIXES and not path.is_dir()]
    if not frames:
        raise ReadoutError(f"{folder} holds no pictures ({', '.join(SUFFIXES)}): add frames, or check the path")
    return frames


def _by_name(path: Path) -> tuple[list[tuple[int, str]], str]:
    return natural_order(path.name)


def _entries(folder: Path) -> list[Path]:
    entries = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted((path for path in entries if path.name.lower() not in IGNORED), key=_by_name)


def _load_sets(root: Path, part: str, decode: Callable[[Path], np.ndarray]) -> dict[str, list[Example]]:
    if not (root / part).is_dir():
        return {}
    sets = {}
    for folder in _entries(root / part):
        if not folder.is_dir():
            raise ReadoutError(f"{root / part} holds one folder for each set, got the file {folder.name}: move it")
        sets[folder.name] = [_load_example(root, path, decode) for path in _entries(folder)]
        if not sets[folder.name]:
            raise ReadoutError(f"{folder} is empty: add its pictures, named by label, or remove the folder")
    return sets


def _load_example(root: Path, path: Path, decode: Callable[[Path], np.ndarray]) -> Example:
    if not _LABEL.fullmatch(path.stem):
        raise ReadoutError(
            f"{path}: a file is named by its label, one letter or digit or a word like 'minus', "
            f"got {quoted(path.stem)}: rename the file"
        )
    return Example(path.relative_to(root).as_posix(), path.stem, Crop.whole(decode(path)))


def _load_truths(path: Path, layout: Layout | None, shown: set[str]) -> dict[str, str]:
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadoutError(f"{path} cannot be read as CSV in UTF-8 ({error}): export it again") from error
    if not rows or rows[0][:2] != ["frame", "reading"]:
        raise ReadoutError(f"{path} starts with the line 'frame,reading', got {rows[:1]}: add that line")
    truths: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) < 2 or row[0] in truths:
            why = "a frame appears once" if row[0] in truths else "a line has a frame and a reading"
            raise ReadoutError(f"{path}, line {number}: {why}, got {quoted(','.join(row))}: correct the line")
        if layout:
            try:
                strange = sorted(set(layout.readouts[0].split(row[1])) - shown)
            except ReadoutError as error:
                raise ReadoutError(f"{path}, line {number}: {error}") from error
            if strange:
                raise ReadoutError(
                    f"{path}, line {number}: a reading is made of labels that have training pictures, "
                    f"got {quoted(row[1])} with {quoted(strange[0])}: correct the reading, or add such a picture"
                )
        truths[row[0]] = row[1]
    return truths
