"""What the texts of readouts mean and when they are shown, as the command line states it, and what it says of them."""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import ReadoutError, quoted
from ..imaging.images import load_image
from ..imaging.look import look_of
from ..imaging.patch import Patch
from ..imaging.strips import WindowCrop
from ..layout.condition import Condition
from ..layout.layout import Layout
from ..layout.meaning import DECIMAL_SIGNS, KINDS, SCALE, UNITS
from ..readings.line_column import AnyColumn
from ..readings.reading import DOUBT_BITS
from ..video.sampling import clip_of
from .progress import say

SIGNS = {"point": ".", "comma": ",", **{sign: sign for sign in DECIMAL_SIGNS}}
FIELDS = {"kind": {kind: kind for kind in KINDS}, "decimal": SIGNS, "units": {unit: unit for unit in UNITS}}
"""Of each option the words that it takes, and what they stand for."""


def add_meanings(command: argparse.ArgumentParser) -> None:
    """--kind, --decimal and --units."""
    group = command.add_argument_group("values", "By default they are guessed from all that a readout shows.")
    words = {
        "kind": "what a readout shows; a time's value is in seconds",
        "decimal": "the sign before the decimals; the other one separates thousands",
        "units": "multiply by k, M, G, µ, m and %% behind a number, or set them aside",
    }
    for name, known in FIELDS.items():
        shown = "|".join(word for word in known if word not in DECIMAL_SIGNS)
        group.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=f"[READOUT=]{shown}",
            help=f"{words[name]}; give it again for another readout",
        )
    group.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="READOUT=MARK:TEXT|MARK@PICTURE",
        help="a readout counts only in frames in which another one shows this text, or looks as it does in a picture "
        "of a whole frame; the rest of its rows say why not",
    )


def with_conditions(layout: Layout, options: argparse.Namespace) -> Layout:
    """The layout with readouts limited as --only states. Raises ReadoutError for a readout that is not known."""
    names = [readout.name for readout in layout.readouts]
    for stated in options.only:
        name, _, rest = stated.partition("=")
        mark, at, picture = rest.partition("@")
        if not at or mark not in names:
            mark, at, text = rest.rpartition(":")
        if name not in names or mark not in names:
            raise ReadoutError(
                f"--only takes READOUT=MARK:TEXT or READOUT=MARK@PICTURE, both of the readouts {', '.join(names)}, got "
                f"{quoted(stated)}: correct it"
            )
        only = Condition(mark, look=_look(layout, mark, Path(picture))) if at == "@" else Condition(mark, text)
        limited = (replace(each, only=only) if each.name == name else each for each in layout.readouts)
        layout = replace(layout, readouts=tuple(limited))
    return layout


def _look(layout: Layout, mark: str, path: Path) -> bytes:
    """What a mark looks like in a picture. Raises ReadoutError for one of another size, and for a mark with boxes."""
    [readout] = [each for each in layout.readouts if each.name == mark]
    if readout.window is None:
        raise ReadoutError(
            f"--only compares what windows look like, {quoted(mark)} has boxes: state a text, {mark}:TEXT"
        )
    frame = load_image(path)
    layout.check_frame(frame.shape, path.name)
    [crop] = Patch(frame, (0, 0)).cut_boxes(readout.boxes)
    return look_of(WindowCrop.of(crop, readout.window, readout.turn, readout.mirror).strip).tobytes()


def with_meanings(layout: Layout, options: argparse.Namespace) -> Layout:
    """The layout with what the options state. Raises ReadoutError for a readout or a word that is not known."""
    names = [readout.name for readout in layout.readouts]
    meanings = {readout.name: readout.meaning for readout in layout.readouts}
    for field, known in FIELDS.items():
        for stated in getattr(options, field):
            name, _, word = stated.rpartition("=")
            if word not in known or (name and name not in names):
                raise ReadoutError(
                    f"--{field} takes one of {', '.join(known)}, for one of the readouts {', '.join(names)} as "
                    f"READOUT=…, got {quoted(stated)}: correct it"
                )
            for each in [name] if name else names:
                meanings[each] = replace(meanings[each], **{field: known[word]})
    made = tuple(replace(each, meaning=meanings[each.name]) for each in layout.readouts)
    return with_conditions(replace(layout, readouts=made), options)


def tell_values(columns: Mapping[str, AnyColumn]) -> None:
    """Say how values were taken where that is not plain, and how many texts state none."""
    for name, column in columns.items():
        if column.notation.words != "number" and not column.notation.stated:
            telling = [text for text in column.texts if column.notation.grouped in text]
            text = next((text for text in telling if column.notation.stated_by(text)[0] is not None), None)
            example = f": {text} is {column.notation.value(text):.15g}" if text else ""
            say(f"{name} is read as {column.notation.words}{example}; --kind, --decimal, --units state another way")
        counts = Counter(filter(str.strip, column.texts))
        if column.readout.meaning.units == SCALE and counts and all(text[-1].isdecimal() for text in counts):
            say(f"{name}: no k, M, m or % is read behind it, it is not scaled: give a --window that holds it, too")
        lacking = {text: why for text in counts if (why := column.notation.why(text))}
        if lacking:
            count = sum(counts[text] for text in lacking)
            more = "text states" if count == 1 else "texts state"
            say(f"{name}: {count} {more} no value: {next(iter(lacking.values()))}")


def tell_blank(frames: Sequence[str], columns: Mapping[str, AnyColumn]) -> None:
    """Say of each clip which readouts are blank there: in most frames, and read without a doubt in none.

    frames: the names of the columns' rows.
    """
    clips: dict[str, dict[str, list[int]]] = {}
    for row, clip in enumerate(map(clip_of, frames)):
        for name, column in columns.items() if clip else ():
            if column.given[row] and row not in column.left_out:
                clips.setdefault(clip, {}).setdefault(name, []).append(row)
    for clip, readouts in clips.items():
        blank = [quoted(name) for name, rows in readouts.items() if _is_blank(columns[name], rows)]
        if blank:
            alone = ", or read it by itself" if len(clips) > 1 else ""
            shows = f"{', '.join(blank)} {'shows' if len(blank) == 1 else 'show'} nothing in any frame, or nothing sure"
            say(f"{clip}: {shows}: `readout find {clip}` lists where its numbers are{alone}")


def _is_blank(column: AnyColumn, rows: Sequence[int]) -> bool:
    shown = [row for row in rows if column.texts[row].strip()]
    return 2 * len(shown) < len(rows) and all(column.flags[row] & DOUBT_BITS for row in shown)
