"""The tables that `readout read` writes: which rows, which columns, in which file."""

import argparse
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from ..errors import ReadoutError, quoted
from ..export.shapes import ALL, FRAME, LAST, ROWS, TAKEN, VALUES, Shape
from ..export.tables import Row
from ..export.time_of_day import TimesOfDay
from ..export.writers import DIALECTS, Dialect, Table, to_excel, to_parquet, write_json_lines, write_table
from ..files.foreign_zip import plain_path
from ..video.decoder import VideoReader
from ..video.sampling import file_of
from .batch_video import Stopped
from .progress import say, some
from .sources import Sources

JSON_LINES, EXCEL, PARQUET = (".jsonl", ".ndjson"), (".xlsx",), (".parquet",)
OTHERS = (".json", ".xls", ".ods", ".feather", ".sqlite", ".html")
"""Endings of tables that are not written: a CSV of such a name opens nowhere."""
AUTO = "auto"


def add_output(command: argparse.ArgumentParser) -> None:
    """--out, and what says how it is written."""
    group = command.add_argument_group("the table")
    group.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="where the readings go: .csv, .jsonl for JSON Lines, .xlsx for Excel, .parquet; with --per-file a folder",
    )
    group.add_argument("--dialect", choices=DIALECTS, default="comma", help="of a CSV: its delimiter and decimal sign")
    group.add_argument("--mark", action="store_true", default=None, help="begin a CSV with a byte order mark")
    group.add_argument("--rows", choices=ROWS, default=FRAME, help="what there is a row for (default: each frame)")
    group.add_argument("--taken", choices=TAKEN, default=LAST, help="of each second, with --rows second")
    group.add_argument("--values", choices=VALUES, default=ALL, help="all, confirmed ones alone, or the last one held")
    group.add_argument("--wide", action="store_true", help="a column for each readout")
    group.add_argument("--file-column", action="store_true", help="a column for the file that a frame is of")
    group.add_argument("--per-file", action="store_true", help="a table for each file, in the folder of --out")
    group.add_argument(
        "--container-time", action="store_true", help="a column for the time that a clip's container states itself"
    )
    group.add_argument(
        "--time-of-day",
        metavar="auto|[SECONDS=]TIME",
        help="a column for it: from the files' names, EXIF or creation times, or as one frame shows it: 12.5=14:15:00",
    )


@contextmanager
def saved_table(
    options: argparse.Namespace, sources: Sources, clips: Sequence[VideoReader] = ()
) -> Iterator[Callable[..., None]]:
    """Gives a function that takes rows, as `Shape.table` does, and writes them. clips: those that are read.

    A file becomes --out when all is written; what was written before an error is kept beside it.
    """
    clock = None
    if options.time_of_day:
        clock = _clock(options.time_of_day, sources)
    container = {clip.name: clip.index.clocks for clip in clips} if options.container_time else None
    shape = Shape(options.rows, options.taken, options.values, options.wide, options.file_column, clock, container)
    dialect = Dialect.named(options.dialect, options.mark)

    suffix = options.out.suffix.lower()
    if suffix in OTHERS:
        raise ReadoutError(
            f"a table is written as .csv, .jsonl, .xlsx or .parquet, got {quoted(options.out.name)}: name one of these"
        )

    def put(table: Table, file: TextIO) -> None:
        if suffix in JSON_LINES:
            write_json_lines(table, file)
        elif suffix in EXCEL:
            file.buffer.write(to_excel(table))
        elif suffix in PARQUET:
            file.buffer.write(to_parquet(table))
        else:
            write_table(table, file, dialect)

    if options.per_file:
        options.out.mkdir(parents=True, exist_ok=True)

        def write_each(rows: Iterable[Row], project: bool, shifts: bool) -> None:
            by_file: dict[str, list[Row]] = {}
            for row in rows:
                by_file.setdefault(file_of(row.frame), []).append(row)
            ending = suffix if suffix in JSON_LINES + EXCEL + PARQUET else ".csv"
            for path, some in zip(_paths(by_file), by_file.values(), strict=True):
                out = options.out / f"{path}{ending}"
                out.parent.mkdir(parents=True, exist_ok=True)
                with saved(out) as file:
                    put(shape.table(some, project, shifts), file)

        yield write_each
        return
    with saved(options.out) as file:
        yield lambda rows, project, shifts: put(shape.table(rows, project, shifts), file)


def _paths(names: Iterable[str]) -> list[str]:
    """Where in a folder the tables of files go, without their endings: each another path, none leads out of it."""
    paths: dict[str, None] = {}
    for name in names:
        path = own = plain_path(name) or re.sub(r"[\x00-\x1f/\\:]", "_", name)  # a project's frames may have any name
        number = 2
        while path in paths:
            path, number = f"{own} ({number})", number + 1
        paths[path] = None
    return list(paths)


@contextmanager
def saved(out: Path) -> Iterator[TextIO]:
    """A file that becomes `out` when all is written; what was written before an error is kept beside it."""
    partial = out.with_name(out.name + ".part")
    try:
        # A file name that is no text becomes \udcff and the like, not the end of the run.
        with partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            yield file
        partial.replace(out)
    except ReadoutError as error:
        kind = Stopped if isinstance(error, Stopped) else ReadoutError
        raise kind(f"{error} (what was read before that is in {partial})") from error
    except OSError as error:
        raise ReadoutError(f"{out} cannot be written ({error.strerror}): choose another --out") from error


def _clock(stated: str, sources: Sources) -> TimesOfDay:
    if stated != AUTO:
        return TimesOfDay.stated(stated)
    names = [*(name for _, name in sources.clips), *dict.fromkeys(frame.file.name for frame in sources.frames)]
    firsts: dict[str, float] = {}
    for frame in sources.frames:  # with --fps the pages of one file go on where those of the last one end
        firsts.setdefault(frame.file.name, frame.time_s or 0.0)
    clock = TimesOfDay.of_names(names, {**_of_clips(sources), **_of_pictures(sources)}, firsts)
    if without := [name for name in names if name not in clock.starts]:
        say(f"no time of day is known of {some(without)}: theirs are blank")
    return clock


def _of_clips(sources: Sources) -> Mapping[str, datetime]:
    """When clips say that they were made, in UTC."""
    if not sources.clips:
        return {}
    import av

    found = {}
    for path, name in sources.clips:
        try:
            with av.open(str(path)) as container:
                found[name] = datetime.fromisoformat(container.metadata["creation_time"])
        except (KeyError, ValueError, OSError, av.FFmpegError):
            continue
    return found


def _of_pictures(sources: Sources) -> Mapping[str, datetime]:
    """When pictures say that they were taken, by their cameras' clocks; see EXIF 2.32, 4.6.5, DateTimeOriginal."""
    from PIL import ExifTags, Image, UnidentifiedImageError

    found = {}
    for name, data in {frame.file.name: frame.file.data for frame in sources.frames}.items():
        try:
            with Image.open(data if isinstance(data, Path) else io.BytesIO(data)) as picture:
                exif = picture.getexif()
            own = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
            text = own.get(ExifTags.Base.DateTimeOriginal) or own[ExifTags.Base.DateTime]
            moment = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
            part = str(own.get(ExifTags.Base.SubsecTimeOriginal, "0")).strip("\0 ")
            found[name] = moment.replace(microsecond=round(float(f"0.{part}") * 1e6) if part.isdecimal() else 0)
        except (KeyError, ValueError, OSError, UnidentifiedImageError):
            continue
    return found
