"""The audit report: what is on it, in which order, that it is a harmless file, and that its pictures are the crops."""

import io
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from readout.export.report import EXACT, KEPT_HEIGHT, POLICY, audit_report, parts, png, strip
from readout.export.tables import NOT_READABLE, Row
from readout.imaging.crops import Crop

RANDOM = np.random.default_rng(11)
EMPTY = {"img", "meta"}
PREFIX = "data:image/png;base64,"
SETTINGS = {
    "readout": "0.1.0",
    "date": "2026-01-02",
    "backbone": {"name": "pixels", "sha256": "ab" * 32},
    "examples": {"0": 4, "7": 1},
    "rules": [{"readout": "top", "name": "only rising"}, {"name": "top - bottom = 10"}],
    "columns": {"confidence": "the chance"},
}


def crops(*sizes):
    """Crops of random pixels, of the given heights and widths."""
    return [Crop.whole(RANDOM.integers(0, 256, (h, w, 3), np.uint8)) for h, w in sizes]


FOUR = crops((10, 8), (11, 8), (10, 9), (10, 8))


def row(frame="a.png", text="12", confidence=0.9, flags="", typed="", repaired="", by="", time_s=None, readout="top"):
    return Row(frame, time_s, readout, text, None, confidence, flags, None, typed, repaired, by)


class Report(HTMLParser):
    """The tags of a report with their attributes, and the rows of its tables as lists of cells' texts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.tables, self.open, self.texts = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "tbody":
            self.tables.append([])
        if tag == "tr" and "tbody" in self.open:
            self.tables[-1].append([])
        if tag in ("td", "th") and "tbody" in self.open:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if "td" in self.open or ("th" in self.open and "tbody" in self.open):
            self.tables[-1][-1][-1] += data

    @property
    def pictures(self):
        """What each img shows: uint8 (h, w, 4)."""
        sources = [attributes["src"] for tag, attributes in self.tags if tag == "img"]
        return [np.asarray(Image.open(io.BytesIO(b64decode(source.removeprefix(PREFIX))))) for source in sources]


def report(rows, pixels=lambda row: FOUR, title="Boiler", settings=None):
    return Report(audit_report(title, rows, pixels, settings))


# What is on it


def test_what_is_doubtful_and_untyped_comes_first_by_confidence_and_the_rest_in_order():
    rows = [
        row("1", confidence=0.99),
        row("2", confidence=0.7, flags="outlier"),
        row("3", confidence=0.2, flags="doubtful", typed="13"),
        row("4", confidence=0.4, flags="doubtful"),
        row("5", confidence=0.6),
        row("6", confidence=0.5, repaired="14", by="only rising (0.1 over 0.5)"),
    ]
    found = [[cells[0] for cells in table] for table in report(rows).tables]
    assert found == [["4", "6", "2"], ["1", "3", "5"]]


def test_a_report_without_doubts_has_one_table():
    found = report([row("1"), row("2")])
    assert [[cells[0] for cells in table] for table in found.tables] == [["1", "2"]]
    assert "All readings" in found.texts


def test_a_report_without_readings_says_so():
    assert "Nothing has been read yet." in report([]).texts


ROWS = [
    # row, the texts of its cells without the picture's
    (row("a.png", "12.5", 0.98765), ["a.png", "top", "", "12.5", "98.8%"]),
    (row("a.png", time_s=1.25), ["a.png1.250 s", "top", "", "12", "90.0%"]),
    (row(text="? 1", confidence=0), ["a.png", "top", "", "? 1", "0.0%"]),
    (row(typed="12"), ["a.png", "top", "", "12", "12", "90.0%"]),
    (row(typed=NOT_READABLE), ["a.png", "top", "", "12", NOT_READABLE, "90.0%"]),
    (row(flags="outlier only-rising"), ["a.png", "top", "", "12", "90.0%", "outlieronly-rising"]),
    (row(repaired="21", by="r (0.3 over 0.6)"), ["a.png", "top", "", "12", "21r (0.3 over 0.6)", "90.0%"]),
    (row(typed="13", repaired="21", by="r", flags="r"), ["a.png", "top", "", "12", "13", "21r", "90.0%", "r"]),
]


@pytest.mark.parametrize(("one", "cells"), ROWS)
def test_a_row_shows_all_of_a_reading_and_columns_that_are_empty_are_left_out(one, cells):
    found = report([one])
    assert found.tables == [[cells]]
    heads = [attributes for tag, attributes in found.tags if tag == "th" and attributes.get("scope") == "col"]
    assert len(heads) == len(cells)


VERDICTS = [("12", "number agrees"), ("13", "number differs"), (NOT_READABLE, "number")]


@pytest.mark.parametrize(("typed", "look"), VERDICTS)
def test_a_typed_text_agrees_with_what_was_read_or_differs(typed, look):
    looks = [attributes.get("class") for tag, attributes in report([row(typed=typed)]).tags if tag == "td"]
    assert looks == [None, None, "number", look, "sure"]


def test_figures_count_what_is_left_to_check():
    rows = [row(str(k), confidence=0.5, flags="outlier" if k < 3 else "") for k in range(1200)]
    rows += [row("t", confidence=0.0, typed="13"), row("r", confidence=1.0, repaired="14", by="only rising")]
    found = report(rows)
    at = found.texts.index("readings")
    figures = [text for text in found.texts[at : at + 10] if text.strip()]
    assert dict(zip(figures[::2], figures[1::2], strict=True)) == {
        "readings": "1,202",
        "to check first": "4",
        "likely to be wrong": "about 600",
        "typed by a person": "1",
        "repaired by a rule": "1",
    }


def test_the_foot_says_what_made_it():
    texts = report([row()], settings=SETTINGS).texts
    rules = "top: only rising; top - bottom = 10"
    assert {"Readout 0.1.0 2026-01-02", f"pixels, sha256 {'ab' * 32}", "0 ×4, 7 ×1", rules} <= set(texts)


# One harmless file


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</style><link rel=stylesheet href=//evil.example>",
    "&lt;b&gt; &amp; &#60;",
    "-->\u202e<svg/onload=alert(1)>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_shown_as_it_is_and_nothing_else(text):
    word = text.replace(" ", "_")
    rows = [row(text, text, 0.5, word, text, text, text, 1.0, text), row(text, text, 0.5, word, readout=text)]
    settings = {**SETTINGS, "examples": {text: 1}, "rules": [{"readout": text, "name": text}], "date": text}
    settings["backbone"] = {"name": text, "sha256": text}
    found = report(rows, title=text, settings=settings)
    harmless = [row("x", "x", 0.5, "x", "x", "x", "x", 1.0, "x"), row("x", "x", 0.5, "x", readout="x")]
    assert found.tags == report(harmless, settings=SETTINGS).tags
    untyped, typed = [text, text, "", text], [f"{text}1.000 s", text, "", text, text, text * 2]
    assert found.tables == [[[*untyped, "50.0%", word]], [[*typed, "50.0%", word]]]
    assert f"{text}: audit report" in found.texts
    assert f"{text} ×1" in found.texts and f"{text}: {text}" in found.texts


def test_it_has_no_script_and_no_address():
    html = audit_report("Boiler", [row(flags="outlier"), row(typed="1")], lambda row: FOUR, SETTINGS)
    found = Report(html)
    assert found.open == []
    assert {tag for tag, _ in found.tags} <= {
        *("html", "meta", "title", "style", "header", "main", "footer", "p", "h1", "h2", "dl", "dt", "dd", "div"),
        *("table", "thead", "tbody", "tr", "th", "td", "small", "span", "img"),
    }
    names = {name for _, attributes in found.tags for name in attributes}
    assert names <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "scope", "aria-label"),
        *("alt", "src", "width", "height"),
    }
    assert [attributes["src"][: len(PREFIX)] for tag, attributes in found.tags if tag == "img"] == [PREFIX] * 2
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in [attributes for _, attributes in found.tags]
    assert html.index(POLICY) < html.index("<style>") < html.index(PREFIX)
    assert not [word for word in ("://", "url(", "@import", "javascript:") if word in html]


def test_pictures_are_asked_for_one_at_a_time():
    asked = []
    written = parts("Boiler", [row(str(k)) for k in range(50)], lambda row: asked.append(row.frame) or FOUR)
    most = 0
    for part in written:
        most = max(most, part.count(PREFIX))
    assert most == 1
    assert asked == [str(k) for k in range(50)]


def test_a_reading_without_pixels_keeps_its_row():
    assert report([row()], lambda row: []).tables == [[["a.png", "top", "not kept", "12", "90.0%"]]]


# Pictures


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 4), (10, 35, 4), (7, 3, 3), (300, 2, 3)])
def test_a_png_is_what_pillow_reads(shape):
    pixels = RANDOM.integers(0, 256, shape, np.uint8)
    image = Image.open(io.BytesIO(png(pixels)))
    assert (image.format, image.mode) == ("PNG", {3: "RGB", 4: "RGBA"}[shape[2]])
    assert np.array_equal(np.asarray(image), pixels)


def apart(pixels):
    """The crops in a strip: what lies between its columns without a pixel, less the lines without one."""
    gaps = np.flatnonzero(~pixels[:, :, 3].any(axis=0))
    pieces = np.split(pixels, gaps, axis=1)
    pieces = [piece if k == 0 else piece[:, 1:] for k, piece in enumerate(pieces)]
    return [piece[piece[:, 0, 3] == 255] for piece in pieces]


def test_small_crops_are_shown_pixel_for_pixel_and_magnified():
    found = report([row()])
    (picture,) = found.pictures
    assert picture.shape == (11, 8 + 8 + 9 + 8 + 3, 4)
    for piece, crop in zip(apart(picture), FOUR, strict=True):
        assert np.array_equal(piece[:, :, :3], crop.pixels)
        assert (piece[:, :, 3] == 255).all()
    attributes = next(attributes for tag, attributes in found.tags if tag == "img")
    assert (int(attributes["width"]), int(attributes["height"])) == (4 * 36, 4 * 11)


SIZES = [
    # crops, step of averaging
    ([(KEPT_HEIGHT, 12)], 1),
    ([(KEPT_HEIGHT + 1, 12)], 2),
    ([(48, 43), (47, 40)], 2),
    ([(73, 30), (10, 8)], 4),
    ([(500, 1)], 21),
]


@pytest.mark.parametrize(("sizes", "step"), SIZES)
def test_high_crops_are_averaged_over_squares_as_pillow_does(sizes, step):
    large = crops(*sizes)
    picture = strip(large)
    assert len(picture) <= KEPT_HEIGHT
    slack = 1 if picture[:, :, 0].size <= EXACT else 8
    for piece, crop in zip(apart(picture), large, strict=True):
        oracle = np.asarray(Image.fromarray(crop.pixels).reduce(step)).astype(int)
        assert np.abs(piece[:, :, :3].astype(int) - oracle).max() <= slack


def test_fewer_levels_keep_black_and_white():
    for level in (0, 255):
        wide = [Crop.whole(np.full((24, 24, 3), level, np.uint8))] * 4
        picture = strip(wide)
        assert picture[:, :, 0].size > EXACT
        assert set(picture[:, :, :3][picture[:, :, 3] == 255].ravel().tolist()) == {level}


@pytest.mark.parametrize("size", [(10, 8), (24, 17), (48, 40), (200, 150)])
def test_a_thousand_readings_are_a_few_megabytes_even_of_noise(size):
    noise = crops(*[size] * 4)
    parts_of_a_row = [part for part in parts("Boiler", [row()], lambda row: noise) if PREFIX in part]
    assert 1000 * len(parts_of_a_row[0]) < 7e6
