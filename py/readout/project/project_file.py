"""A project as one file, `.readout.zip`: what a person made, and all that reads again. See docs/project-file.md."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import __version__
from ..data.examples import Example
from ..errors import ReadoutError, quoted
from ..files.json_fields import check, parse
from ..files.json_fields import field as field_of
from ..files.zip_archive import AGAIN, LIMIT, Archive, pack
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..layout.frame import Frame
from ..layout.layout import Layout, Readout
from ..model.backbone import BackboneInfo
from ..model.head import SoftmaxHead
from ..model.head_file import SavedHead
from ..readings.reading import CHECK
from ..video.anchor import Shift, moved
from .arrays import (
    EXAMPLES,
    LOOKS,
    PATCHES,
    VideoEmbeddings,
    examples_from_npz,
    examples_to_npz,
    looks_from_npz,
    looks_to_npz,
    patches_from_npz,
    patches_to_npz,
)
from .document import Document, Key

FORMAT, VERSION = "readout-project", 1
PROJECT, LAYOUT, HEAD, READINGS = "project.json", "layout.json", "head.npz", "readings.csv"
SUFFIX = ".readout.zip"
TEXT_LIMIT = 32 << 20
"""What a part in JSON may hold: a name and a size for each of 300,000 frames."""
PIXELS_MOST = 1 << 31


class BackboneId(NamedTuple):
    """Which backbone: its name, and the sha256 of its file."""

    name: str
    sha256: str


@dataclass(eq=False)
class Project:
    """All that is kept of a piece of work; its frames stay where they are, but for the patches around the readouts.

    frames: in order. document: what the person made. examples: the crops of datasets, as they came, relabelled
    in `document` alone. patches: pixels of frames by frame and readout. head: what was learned last, None where nothing
    was. shifts: by frame name, how far frames have moved where boxes follow an anchor. looks: what was read of clips,
    None where nothing was. clips: what its writer wants to know of the clips, as text, "" for nothing.
    """

    name: str
    backbone: BackboneId
    frames: list[Frame] = field(default_factory=list)
    document: Document = field(default_factory=Document)
    examples: list[Example] = field(default_factory=list)
    patches: Mapping[Key, Patch] = field(default_factory=dict)
    head: SavedHead | None = None
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    looks: VideoEmbeddings | None = None
    clips: str = ""

    def crops(self, frame: str, readout: Readout) -> list[Crop] | None:
        """The crops of a readout in a frame, None where the file holds no pixels of all its boxes.

        A window that checks boxes lies in their pixels, see `cross_check`.
        """
        if self.document.tracked and frame not in self.shifts:
            return None
        shape = moved(readout, self.shifts.get(frame))
        patch, layout = self.patches.get((frame, readout.name.removesuffix(CHECK))), self.document.layout
        return patch.cut(shape) if layout and patch and patch.covers(shape, layout.frame_size) else None

    def typed_windows(self) -> list[tuple[Crop, str]]:
        """What a person says that windows show, of those whose pixels the project keeps."""
        return [(crop, text) for _, crop, text in self.document.typed_windows(self.crops)]

    def restore_head(self, backbone: BackboneInfo) -> SoftmaxHead | None:
        """The head that read, where none was saved what the backbone's prior knows, or None where it has no prior.

        Raises ReadoutError where the head was learned on another backbone or prior.
        """
        if self.head:
            return self.head.restore(backbone)
        return SoftmaxHead(prior=backbone.prior).fit(np.empty((0, backbone.dim)), []) if backbone.prior else None

    def looks_of(self, backbone: BackboneInfo) -> VideoEmbeddings | None:
        """What was read of clips, None where nothing was, or by another backbone."""
        same = self.looks and (self.backbone.sha256, self.looks.embeddings.shape[1]) == (backbone.sha256, backbone.dim)
        return self.looks if same else None

    def to_bytes(self, readings: str | None = None) -> bytes:
        """The project as a .readout.zip. readings: a CSV to lie beside, for people; it is not read again.

        What was typed for frames that are not among `frames`, and patches of readouts that are not in the
        layout, are left out. Equal projects give equal bytes.
        """
        parts = self.parts()
        return pack(parts if readings is None else parts | {READINGS: readings.encode("utf-8", "backslashreplace")})

    def parts(self) -> dict[str, bytes]:
        """What the file holds, by path."""
        layout = self.document.layout
        parts = {LAYOUT: layout.to_json().encode()} if layout else {}
        if self.examples:
            parts[EXAMPLES] = examples_to_npz(self.examples)
        if self.patches and layout:
            parts[PATCHES] = patches_to_npz(self.patches, self.frames, layout.readouts)
        if self.head:
            parts[HEAD] = self.head.to_bytes()
        if self.looks and layout:
            parts[LOOKS] = looks_to_npz(self.looks)
        fields = {
            "format": FORMAT,
            "version": VERSION,
            "made_by": f"Readout {__version__}",
            "name": self.name,
            "backbone": {"name": self.backbone[0], "sha256": self.backbone[1]},
            "frames": [frame.fields() for frame in self.frames],
            "document": self.document.only_frames(frame.name for frame in self.frames).fields(),
            **({"shifts": self._shifts()} if self.document.tracked else {}),
            **({"clips": self.clips} if self.clips else {}),
            "parts": {path: {"bytes": len(part), "sha256": _sha256(part)} for path, part in sorted(parts.items())},
        }
        return {PROJECT: json.dumps(fields, separators=(",", ":"), allow_nan=False).encode(), **parts}

    def _shifts(self) -> dict[str, list[float] | None]:
        known = [(frame.name, self.shifts[frame.name]) for frame in self.frames if frame.name in self.shifts]
        return {name: None if shift.lost else [shift.x, shift.y] for name, shift in known}

    @classmethod
    def load(cls, path: Path) -> "Project":
        """Read a .readout.zip; raises ReadoutError naming the file and what is wrong with it."""
        path = Path(path)
        try:
            if path.stat().st_size > LIMIT:
                raise ReadoutError(f"a project of at most {LIMIT >> 20} MB is opened: give another one")
            return cls.from_bytes(path.read_bytes())
        except OSError as error:
            raise ReadoutError(f"{path} cannot be read ({error.strerror}): give a {SUFFIX} that was saved") from error
        except ReadoutError as error:
            raise ReadoutError(f"{path}: {error}") from error

    @classmethod
    def from_bytes(cls, data: bytes) -> "Project":
        """Read what `to_bytes` wrote. Raises ReadoutError for anything else; nothing in the file can do harm."""
        archive = Archive(data)
        if PROJECT not in archive:
            raise ReadoutError(f"a project file holds {PROJECT}, {_instead(archive.paths)}")
        fields = parse(archive.read(PROJECT, TEXT_LIMIT), PROJECT)
        if field_of(fields, "format", PROJECT, str) != FORMAT:
            raise ReadoutError(
                f"a project file has the format {FORMAT!r}, got {quoted(fields['format'])}: choose another file"
            )
        version = field_of(fields, "version", PROJECT, int)
        if version > VERSION:
            raise ReadoutError(
                f"this file was saved by a newer Readout: version {quoted(version)}, this one knows {VERSION}; "
                "open it with a newer one"
            )
        if version < 1:
            raise ReadoutError(f"a project file has a version from 1 on, got {quoted(version)}: choose another file")
        return cls._from_fields(fields, _verified(archive, field_of(fields, "parts", PROJECT, dict)))

    @classmethod
    def _from_fields(cls, fields: Any, parts: Mapping[str, bytes]) -> "Project":
        said, where = field_of(fields, "backbone", PROJECT, dict), f"the backbone in {PROJECT}"
        backbone = BackboneId(*(field_of(said, name, where, str) for name in BackboneId._fields))
        if not re.fullmatch(r"\w[\w.-]{0,99}", backbone.name):  # it will be looked for by that name
            raise ReadoutError(
                f"a backbone is named by its file's stem, {PROJECT} says {quoted(backbone.name)}: {AGAIN}"
            )
        frames = [_frame(entry, index) for index, entry in enumerate(field_of(fields, "frames", PROJECT, list))]
        names = {frame.name for frame in frames}
        if len(names) < len(frames):
            raise ReadoutError(f"the frames in {PROJECT} have different names, got one twice: {AGAIN}")
        document = _document(field_of(fields, "document", PROJECT, dict), parts.get(LAYOUT))
        for frame, _ in document.typed:
            if frame not in names:
                raise ReadoutError(
                    f"{PROJECT}: readings are typed for the project's frames, got {quoted(frame)}: {AGAIN}"
                )
        readouts = document.layout.readouts if document.layout else ()
        head = SavedHead.from_bytes(parts[HEAD], HEAD) if HEAD in parts else None
        if head and head.backbone_sha256 not in ("", backbone.sha256):
            raise ReadoutError(
                f"{HEAD} was learned on the backbone {quoted(head.backbone_sha256[:12])}, the project is on "
                f"{backbone.name} ({quoted(backbone.sha256[:12])}): {AGAIN}"
            )
        return cls(
            name=field_of(fields, "name", PROJECT, str),
            backbone=backbone,
            frames=frames,
            document=document,
            examples=examples_from_npz(parts[EXAMPLES]) if EXAMPLES in parts else [],
            patches=patches_from_npz(parts[PATCHES], frames, readouts) if PATCHES in parts else {},
            head=head,
            shifts=_shifts(fields, names) if document.tracked else {},
            looks=looks_from_npz(parts[LOOKS], frames, readouts) if LOOKS in parts else None,
            clips=check(fields.get("clips", ""), f"'clips' of {PROJECT}", str),
        )


def _verified(archive: Archive, listed: Mapping[str, Any]) -> dict[str, bytes]:
    """The parts that a Readout of this version reads, as far as they are listed, each checked by size and hash."""
    parts = {}
    for path in (LAYOUT, EXAMPLES, PATCHES, HEAD, LOOKS):
        if path not in listed:
            if path in archive:
                raise ReadoutError(f"{PROJECT} lists every part with its sha256, {path} is not listed: {AGAIN}")
            continue
        where = f"part {quoted(path)} of {PROJECT}"
        size, sha256 = field_of(listed[path], "bytes", where, int), field_of(listed[path], "sha256", where, str)
        if path not in archive:
            raise ReadoutError(f"{PROJECT} lists the part {path}, which is missing: {AGAIN}")
        parts[path] = archive.read(path, TEXT_LIMIT if path == LAYOUT else LIMIT)
        if (len(parts[path]), _sha256(parts[path])) != (size, sha256.lower()):
            raise ReadoutError(
                f"{path} has {quoted(size)} bytes and sha256 {quoted(sha256[:12])} by {PROJECT}, got "
                f"{len(parts[path])} "
                f"and {_sha256(parts[path])[:12]!r}: it was changed or damaged; {AGAIN}"
            )
    return parts


def _document(fields: Any, layout: bytes | None) -> Document:
    try:
        made = None if layout is None else Layout.from_json(layout.decode())
    except ValueError as error:  # ReadoutError among them
        raise ReadoutError(f"{LAYOUT}: {error}") from error
    try:
        return Document.from_fields(fields, made)
    except ReadoutError as error:
        raise ReadoutError(f"{PROJECT}: {error}") from error


def _shifts(fields: Any, names: AbstractSet[str]) -> dict[str, Shift]:
    shifts = {}
    for name, entry in check(fields.get("shifts", {}), f"'shifts' of {PROJECT}", dict).items():
        pair = (
            isinstance(entry, list)
            and len(entry) == 2
            and all(type(n) in (int, float) and abs(n) < PIXELS_MOST for n in entry)
        )
        if name not in names or not (pair or entry is None):
            raise ReadoutError(
                f"'shifts' of {PROJECT} are two numbers of pixels, or null, for frames of the project, got "
                f"{quoted(entry)} for {quoted(name)}: {AGAIN}"
            )
        shifts[name] = Shift(float(entry[0]), float(entry[1])) if pair else Shift(lost=True)
    return shifts


def _frame(entry: Any, index: int) -> Frame:
    where = f"frame {index} in {PROJECT}"
    name = field_of(entry, "name", where, str)
    width, height = (field_of(entry, side, where, int) for side in ("width", "height"))
    if not name or not (0 < width < PIXELS_MOST and 0 < height < PIXELS_MOST):
        raise ReadoutError(
            f"{where} has a name, and a width and height above 0, got {quoted(name)}, "
            f"{quoted(width)} x {quoted(height)}: {AGAIN}"
        )
    time_s = entry.get("time_s")
    if time_s is not None and not (type(time_s) in (int, float) and abs(time_s) < 1e9):
        raise ReadoutError(f"{where} has a 'time_s' in seconds or none, got {quoted(time_s)}: {AGAIN}")
    return Frame(name, width, height, time_s)


def _instead(paths: Sequence[str]) -> str:
    if any(path.endswith("/" + PROJECT) for path in paths):
        return "this zip has it inside a folder: pack the files, not the folder"
    if any(path.startswith("training/") or "/training/" in path for path in paths):
        return "this zip is a dataset: drop it on the page as one, or unpack it and use --train"
    some = ", ".join(quoted(path) for path in paths[:3]) or "nothing"
    return f"this zip holds {some}{' and more' if len(paths) > 3 else ''}: choose a file that was saved as {SUFFIX}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
