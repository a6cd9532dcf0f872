"""Where the numbers are in a frame, and how the answers of boxes become text."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ReadoutError, quoted
from ..files.json_fields import check, field, numbers, parse
from .box import Box, box_fields, box_from_json, hull, scaled
from .condition import Condition
from .constraint import Constraint
from .meaning import NOT_STATED, Meaning

LATEST = 2
"""Layouts of fixed boxes alone, seen upright in every frame, are written as version 1, which older programs read."""

BESIDE = 1.0
"""Heights of a window beside it in which is looked whether its number goes on: as much as one more digit takes."""


class FrameSizeError(ReadoutError):
    """A frame is not of the size that its layout is for."""


@dataclass(frozen=True)
class Readout:
    """One number shown in every frame: its name, and either fixed boxes or a window.

    Fixed boxes: one box per digit in reading order. In `format` each `#` takes the next box's label and every other
    character stands for itself. turn: 0, 90, 180 or -90 degrees by which the display is seen turned clockwise.
    A window: a rectangle in which the number appears, whatever its length. turn: degrees by which the window is turned
    clockwise around its middle. constraint: what the number looks like, see `Constraint`; None for anything.
    `boxes` is then the one upright box around it.
    mirror: whether it is seen in a mirror, left for right.
    meaning: what is stated of how its texts are values. only: in which frames it is shown; None for all.
    """

    name: str
    format: str = ""
    boxes: tuple[Box, ...] = ()
    window: Box | None = None
    turn: float = 0.0
    constraint: str | None = None
    mirror: bool = False
    meaning: Meaning = NOT_STATED
    only: Condition | None = None

    def __post_init__(self) -> None:
        if not self.name or not isinstance(self.name, str):
            raise ReadoutError(f"a readout needs a name, got {quoted(self.name)}: call it 'top', for example")
        if self.window is not None:
            self._check_window()
            object.__setattr__(self, "boxes", (hull(self.window, self.turn),))
        elif not isinstance(self.format, str) or self.format.count("#") != len(self.boxes) or not self.boxes:
            raise ReadoutError(
                f"readout {quoted(self.name)}: the format takes one box for each '#', got format {quoted(self.format)} "
                f"and {len(self.boxes)} boxes: add or remove one or the other"
            )
        elif self.turn not in (0, 90, 180, -90, -180):
            raise ReadoutError(
                f"readout {self.name!r}: fixed boxes are turned by 0, 90, 180 or -90 degrees, got {self.turn}: "
                "correct it, or draw a window, which may be turned by any angle"
            )

    def _check_window(self) -> None:
        if self.format:
            raise ReadoutError(
                f"readout {quoted(self.name)} has either boxes with a format or a window, got both: remove one; "
                "what the number looks like can be stated as its constraint"
            )
        if not math.isfinite(self.turn) or abs(self.turn) > 180:
            raise ReadoutError(
                f"readout {quoted(self.name)}: turn is from -180 to 180 degrees, got {self.turn}: correct it"
            )
        if self.constraint is not None:
            Constraint.parse(self.constraint)

    def is_placed_as(self, other: "Readout") -> bool:
        """Whether it is in the same place: the same boxes, or the same window, turned and mirrored alike."""
        mine = self.boxes, self.window, self.turn, self.mirror
        return mine == (other.boxes, other.window, other.turn, other.mirror)

    @property
    def beside(self) -> int:
        """Pixels on each side of a window in which is looked whether its number goes on there; 0 for fixed boxes."""
        if self.window is None or self.turn:
            return 0
        return math.ceil(BESIDE * self.window[3])

    def moved(self, dx: float, dy: float) -> "Readout":
        """The readout, moved to the right and down by pixels."""
        return self.mapped(lambda box: (box[0] + dx, box[1] + dy, box[2], box[3]))

    def mapped(self, change: Callable[[Box], Box]) -> "Readout":
        """The readout with every box, or its window, changed."""
        if self.window is not None:
            return replace(self, window=change(self.window), boxes=())
        return replace(self, boxes=tuple(map(change, self.boxes)))

    def compose(self, labels: Sequence[str]) -> str:
        """The text shown when the boxes hold `labels`: ['7', '9', '0', '5'] is '79.05' in '##.##'."""
        remaining = iter(labels)
        return "".join(next(remaining) if mark == "#" else mark for mark in self.format)

    def split(self, text: str) -> list[str]:
        """The label of each box when `text` is shown: the inverse of `compose` for one-character labels.

        Raises ReadoutError when the text does not follow the format.
        """
        fits = len(text) == len(self.format) and all(
            not shown.isspace() if mark == "#" else mark == shown for mark, shown in zip(self.format, text, strict=True)
        )
        if not fits:
            raise ReadoutError(
                f"readout {quoted(self.name)} shows {quoted(self.format)}, one character for each "
                f"'#', got {quoted(text)}: "
                "correct the reading or the format"
            )
        return [shown for mark, shown in zip(self.format, text, strict=True) if mark == "#"]


@dataclass(frozen=True)
class Layout:
    """The readouts of a frame of `frame_size` (width, height) pixels; see docs/cli.md.

    anchor: where something lies that moves only when the whole picture does, so that boxes can follow; None without.

    Raises ReadoutError for boxes that are not numbers, have no area or leave the frame, and for
    readouts that share a name.
    """

    frame_size: tuple[int, int]
    readouts: tuple[Readout, ...]
    anchor: Box | None = None

    def __post_init__(self) -> None:
        width, height = self.frame_size
        if not self.readouts:
            raise ReadoutError("a layout needs at least one readout, got none: add one to 'readouts'")
        names = [readout.name for readout in self.readouts]
        if len(set(names)) < len(names):
            raise ReadoutError(f"readouts need different names, got {names}: rename one")
        limited = {readout.name for readout in self.readouts if readout.only}
        for readout in self.readouts:
            if readout.only and readout.only.readout not in set(names) - limited:
                raise ReadoutError(
                    f"readout {quoted(readout.name)} is limited to frames in which "
                    f"{quoted(readout.only.readout)} {readout.only.words}, "
                    "which must be another readout that every frame shows: have it shown in all frames first, or "
                    "choose another one"
                )
            if readout.only and readout.only.look and self._of(readout.only.readout).window is None:
                raise ReadoutError(
                    f"readout {quoted(readout.name)} is limited by what {quoted(readout.only.readout)} looks like, "
                    "which has boxes: draw a window around it"
                )
        places = [
            (f"readout {quoted(readout.name)}, box {index}", box)
            for readout in self.readouts
            for index, box in enumerate(readout.boxes)
        ]
        for where, (x, y, w, h) in [*places, *([("the anchor", self.anchor)] if self.anchor else [])]:
            if not all(math.isfinite(number) for number in (x, y, w, h)):
                raise ReadoutError(f"{where}: a box is four finite numbers, got {[x, y, w, h]}: draw it again")
            if x + w <= x or y + h <= y:  # also where a tiny width is lost to rounding
                raise ReadoutError(f"{where}: width and height are above 0, got {w} x {h}: draw it again")
            if x < 0 or y < 0 or x + w > width or y + h > height:
                raise ReadoutError(
                    f"{where}: a box lies inside the frame of {width} x {height}, got {[x, y, w, h]}: "
                    "move it, or correct frame_size"
                )

    def _of(self, name: str) -> Readout:
        return next(each for each in self.readouts if each.name == name)

    @classmethod
    def load(cls, path: Path) -> "Layout":
        """Read a layout.json; raises ReadoutError naming the file and the field that is wrong."""
        try:
            return cls.from_json(Path(path).read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise ReadoutError(f"{path} cannot be read ({error.strerror}): give a layout with --layout") from error
        except (ReadoutError, UnicodeDecodeError) as error:
            raise ReadoutError(f"{path}: {error}") from error

    @classmethod
    def from_json(cls, text: str) -> "Layout":
        """Parse layout.json, version 1 or 2."""
        fields = parse(text, "a layout")
        version = field(fields, "version", "the layout", int)
        if not 1 <= version <= LATEST:
            raise ReadoutError(
                f"this Readout knows layouts of version 1 to {LATEST}, got {quoted(version)}: use a newer Readout"
            )
        size = _whole_size(numbers(field(fields, "frame_size", "the layout", list), 2, "frame_size"))
        entries = field(fields, "readouts", "the layout", list)
        readouts = [readout_from_json(entry, f"readout {index}") for index, entry in enumerate(entries)]
        anchor = fields.get("anchor")
        return cls(
            frame_size=size,
            readouts=tuple(readouts),
            anchor=None if anchor is None else box_from_json(anchor, "the anchor"),
        )

    def to_json(self) -> str:
        """The layout as layout.json text, the same for equal layouts; `from_json` gives an equal one back."""
        return json.dumps(self.fields(), indent=1) + "\n"

    def fields(self) -> dict[str, Any]:
        """The layout as JSON values."""
        later = any(each.window or each.only or each.turn or each.mirror for each in self.readouts)
        return {
            "version": LATEST if later else 1,
            "frame_size": list(self.frame_size),
            "readouts": [_readout_fields(readout) for readout in self.readouts],
            **({"anchor": box_fields(self.anchor)} if self.anchor else {}),
        }

    def scaled(self, frame_size: tuple[int, int]) -> "Layout":
        """The layout for frames of `frame_size` (width, height) that show the same, larger or smaller."""
        size = _whole_size(frame_size)

        def change(box: Box) -> Box:
            return scaled(box, self.frame_size, size)

        readouts = tuple(readout.mapped(change) for readout in self.readouts)
        return Layout(size, readouts, self.anchor and change(self.anchor))

    def seen_turned(self, turn: float, mirror: bool) -> "Layout":
        """The layout for a display that is seen turned clockwise by degrees, and mirrored or not."""
        readouts = (
            replace(each, turn=turn, mirror=mirror, boxes=() if each.window else each.boxes) for each in self.readouts
        )
        return replace(self, readouts=tuple(readouts))

    def check_frame(self, shape: tuple[int, ...], name: str) -> None:
        """Raise FrameSizeError unless a frame array of `shape` (height, width, 3) has the layout's size."""
        height, width = shape[:2]
        if (width, height) != self.frame_size:
            raise FrameSizeError(
                f"{name} is {width} x {height}, the layout is for frames of "
                f"{self.frame_size[0]} x {self.frame_size[1]}: use frames of one size, or another layout"
            )


def readout_from_json(entry: object, where: str = "the readout") -> Readout:
    """A readout as layout.json has it. where: how errors call it. Raises ReadoutError for a field that is wrong."""
    fields = check(entry, where, dict)
    name = field(fields, "name", where, str)
    meaning, only = Meaning.from_fields(fields), Condition.from_fields(fields.get("only"), where)
    turn = fields.get("turn", 0.0)
    if isinstance(turn, bool) or not isinstance(turn, int | float):
        raise ReadoutError(f"{where}: turn is degrees, got {quoted(turn)}: correct it")
    mirror = fields.get("mirror", False)
    if not isinstance(mirror, bool):
        raise ReadoutError(f"{where}: mirror is true or false, got {quoted(mirror)}: correct it")
    if fields.get("window") is None:
        boxes = field(fields, "boxes", where, list)
        made = tuple(box_from_json(box, f"{where}, box {i}") for i, box in enumerate(boxes))
        format = field(fields, "format", where, str)
        return Readout(name, format, made, None, float(turn), None, mirror, meaning, only)
    constraint = fields.get("constraint")
    if constraint is not None:
        constraint = check(constraint, f"{where}, constraint", str)
    window = box_from_json(check(fields["window"], f"{where}, window", list), f"{where}, window")
    return Readout(name, "", (), window, float(turn), constraint, mirror, meaning, only)


def _readout_fields(readout: Readout) -> dict[str, Any]:
    stated = {**readout.meaning.fields(), **({"only": readout.only.fields()} if readout.only else {})}
    turn = {"turn": readout.turn} if readout.turn else {}
    mirror = {"mirror": True} if readout.mirror else {}
    if readout.window is None:
        boxes = {"name": readout.name, "format": readout.format, "boxes": [box_fields(box) for box in readout.boxes]}
        return {**boxes, **turn, **mirror, **stated}
    window = {"name": readout.name, "window": box_fields(readout.window)}
    constraint = {"constraint": readout.constraint} if readout.constraint else {}
    return {**window, **turn, **mirror, **constraint, **stated}


def _whole_size(size: Sequence[float]) -> tuple[int, int]:
    if any(not math.isfinite(n) or n < 1 or n != int(n) for n in size):
        raise ReadoutError(f"frame_size is [width, height] in whole pixels, got {list(size)}: correct it")
    width, height = map(int, size)
    return width, height
