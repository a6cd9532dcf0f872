"""The audit report: one HTML file that shows, beside every number, the pixels that it was read from.

It needs no script and makes no request: pictures are PNG files in data URIs, and its policy forbids the rest.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.crops import Crop
from ..readings.reading import review
from .tables import NOT_READABLE, Row

SHOWN_HEIGHT = 40
"""About how high crops are shown, in CSS pixels; small ones are magnified by a whole number."""
KEPT_HEIGHT = 24
EXACT = 1000
"""Crops of more lines than KEPT_HEIGHT are averaged, and strips of more than EXACT pixels keep 32 levels of a colour:
a thousand readings stay a few megabytes, and look the same."""
STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
FIRST = "Check these first"
REST = "All others"

Pixels = Callable[[Row], Sequence[Crop]]
"""From a row to the crops of its boxes, none where they are not kept any more."""


def audit_report(title: str, rows: Iterable[Row], pixels: Pixels, settings: Mapping[str, Any] | None = None) -> str:
    """The whole report as text, to be saved as UTF-8; see `parts`."""
    return "".join(parts(title, rows, pixels, settings))


def parts(title: str, rows: Iterable[Row], pixels: Pixels, settings: Mapping[str, Any] | None = None) -> Iterator[str]:
    """The report piece by piece, so that the pictures of thousands of readings need not be in memory together.

    rows: as `tables.rows` gives them. Unchecked ones with a flag or a repair come first, the least
    sure at the top; all others follow in their order. settings: as `tables.settings` gives them, for the foot.
    """
    rows = [row for row in rows if row.confidence is not None]  # elsewhere the readout is not shown
    first = sorted((row for row in rows if _to_check(row)), key=lambda row: row.confidence or 0.0)
    rest = [row for row in rows if not _to_check(row)]
    yield (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(title)}: audit report</title>\n<style>\n{STYLE}</style>\n"
        f'<header><p class="kind">Audit report</p><h1>{_text(title)}</h1></header>\n<main>\n'
        f"{_figures(rows, len(first))}"
    )
    if first:
        why = "They carry a flag or a repair, and are not checked yet."
        yield f'<h2>{FIRST}</h2>\n<p class="quiet">{why}</p>\n'
        yield from _table(FIRST, first, pixels)
    if rest or not rows:
        yield f"<h2>{REST if first else 'All readings'}</h2>\n"
        yield from _table(REST, rest, pixels) if rest else ['<p class="readings none">Nothing has been read yet.</p>\n']
    yield "</main>\n" + (_made(settings) if settings else "") + "</html>\n"


def png(pixels: np.ndarray) -> bytes:
    """uint8 (height, width, 3 or 4) as a PNG file, RGB or RGBA; Pillow may be missing in the page.

    Source: www.w3.org/TR/png-3. Lines are not filtered: on digits of ten pixels filters gain nothing.
    """
    height, width, channels = pixels.shape
    lines = np.zeros((height, 1 + width * channels), np.uint8)
    lines[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">2I5B", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    body = (struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def strip(crops: Sequence[Crop]) -> np.ndarray:
    """Crops side by side as one picture, uint8 RGBA (h, w, 4), one transparent pixel between them."""
    step = -(-max(len(crop.pixels) for crop in crops) // KEPT_HEIGHT)
    pictures = [_shrunk(crop.pixels, step) for crop in crops]
    height = max(len(picture) for picture in pictures)
    joined = np.zeros((height, sum(picture.shape[1] + 1 for picture in pictures) - 1, 4), np.uint8)
    x = 0
    for picture in pictures:
        h, w = picture.shape[:2]
        y = (height - h) // 2
        joined[y : y + h, x : x + w, :3] = picture
        joined[y : y + h, x : x + w, 3] = 255
        x += w + 1
    if joined[:, :, 0].size > EXACT:
        joined[:, :, :3] &= 0xF8
        joined[:, :, :3] |= joined[:, :, :3] >> 5  # so that white stays white
    return joined


def _shrunk(pixels: np.ndarray, step: int) -> np.ndarray:
    """Averages over squares of `step` pixels, of less at the right and lower edge."""
    if step == 1:
        return pixels
    down, across = (np.arange(0, count, step) for count in pixels.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(np.uint32), down, axis=0), across, axis=1)
    lines, columns = (np.diff(at, append=count) for at, count in zip((down, across), pixels.shape[:2], strict=True))
    return (sums // (lines[:, None] * columns)[:, :, None]).astype(np.uint8)


def _to_check(row: Row) -> bool:
    return bool((row.flags or row.repaired) and not row.typed)


def _text(text: str) -> str:
    from html import escape

    return escape(text)


def _figures(rows: Sequence[Row], first: int) -> str:
    untyped = [row.confidence or 0.0 for row in rows if not row.typed]
    figures = {
        "readings": f"{len(rows):,}",
        "to check first": f"{first:,}",
        "likely to be wrong": f"about {review(untyped).wrong:,.0f}",
        "typed by a person": f"{len(rows) - len(untyped):,}",
        "repaired by a rule": f"{sum(bool(row.repaired) for row in rows):,}",
    }
    body = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures.items())
    return f'<dl class="figures">{body}</dl>\n'


def _table(label: str, rows: Sequence[Row], pixels: Pixels) -> Iterator[str]:
    optional = [name for name in ("typed", "repaired", "flags") if any(getattr(row, name) for row in rows)]
    names = ["frame", "readout", "pixels", "read", *optional]
    names.insert(names.index("flags") if "flags" in names else len(names), "confidence")
    marks = {"confidence": ' class="sure"', "flags": ' class="why"'}
    columns = "".join(f'<th scope="col"{marks.get(name, "")}>{name}</th>' for name in names)
    yield f'<div class="readings"><table aria-label="{label}">\n<thead><tr>{columns}</tr></thead>\n<tbody>\n'
    for row in rows:
        yield _line(row, optional, pixels(row))
    yield "</tbody></table></div>\n"


def _line(row: Row, optional: Sequence[str], crops: Sequence[Crop]) -> str:
    time = "" if row.time_s is None else f"<small>{row.time_s:.3f} s</small>"
    cells = [
        f'<th scope="row">{_text(row.frame)}{time}</th><td>{_text(row.readout)}</td>',
        f"<td>{_picture(crops) if crops else '<small>not kept</small>'}</td>",
        f'<td class="number">{_text(row.text)}</td>',
    ]
    if "typed" in optional:
        verdict = "" if row.typed in ("", NOT_READABLE) else " agrees" if row.typed == row.text else " differs"
        cells.append(f'<td class="number{verdict}">{_text(row.typed)}</td>')
    if "repaired" in optional:
        receipt = f"<small>{_text(row.repaired_by)}</small>" if row.repaired_by else ""
        cells.append(f'<td class="number">{_text(row.repaired)}{receipt}</td>')
    cells.append(f'<td class="sure">{100 * (row.confidence or 0.0):.1f}%</td>')
    if "flags" in optional:
        flags = (f'<span class="flag">{_text(flag)}</span>' for flag in row.flags.split())
        cells.append(f"<td>{''.join(flags)}</td>")
    return f"<tr>{''.join(cells)}</tr>\n"


def _picture(crops: Sequence[Crop]) -> str:
    from binascii import b2a_base64

    pixels = strip(crops)
    height, width = pixels.shape[:2]
    zoom = max(round(SHOWN_HEIGHT / height), 1)
    data = b2a_base64(png(pixels), newline=False).decode()
    return f'<img alt="crops" width="{width * zoom}" height="{height * zoom}" src="data:image/png;base64,{data}">'


def _made(settings: Mapping[str, Any]) -> str:
    examples = settings["examples"]
    rules = [f"{rule['readout']}: {rule['name']}" if "readout" in rule else rule["name"] for rule in settings["rules"]]
    facts = {
        "made by": f"Readout {settings['readout']} {settings['date']}".strip(),
        "backbone": f"{settings['backbone']['name']}, sha256 {settings['backbone']['sha256']}",
        "examples": ", ".join(f"{label} ×{count}" for label, count in examples.items()) or "none",
        "rules": "; ".join(rules) or "none",
        "confidence": settings["columns"]["confidence"],
    }
    body = "".join(f"<dt>{name}</dt><dd>{_text(fact)}</dd>" for name, fact in facts.items())
    return f'<footer><dl class="made">{body}</dl></footer>\n'
