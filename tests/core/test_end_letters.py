"""A letter at an end of a number that is read as a digit is doubted, by the account of its table."""

import csv

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.cli.main import main
from readout.layout.layout import Readout
from readout.readings.end_letters import reads_letters
from readout.readings.line import Line
from readout.readings.line_column import LineColumn

READOUT = Readout("n", window=(0, 0, 100, 20))
NUMBERS = (124, 131, 128, 140, 97, 152)


def line(text, *gaps):
    """A line of characters of width 0.06, each so far from the one before it; of '?' nothing is read."""
    ink, at = [], 0.05
    for gap in (0.0, *gaps):
        ink.append((at + gap, at + gap + 0.06))
        at += gap + 0.06
    read = [(c, place) for c, place in zip(text, ink, strict=True) if c != "?"]
    return Line(("".join(c for c, _ in read),), (0.99,), spans=tuple(place for _, place in read), ink=tuple(ink))


def doubted(*lines):
    return reads_letters(LineColumn(READOUT, list("0123456789"), lines, np.arange(len(lines)))).tolist()


def test_a_last_digit_that_stands_apart_and_is_always_the_same_is_a_letter():
    lines = [line(f"{number}9", *[0.02] * (len(str(number)) - 1), 0.07) for number in NUMBERS]
    assert doubted(*lines) == [True] * 6
    assert doubted(*lines[:4]) == [False] * 4
    assert doubted(*[line(f"{k}9", *[0.02] * (len(str(k)) - 1), 0.02) for k in NUMBERS]) == [False] * 6
    others = [line(f"{number}{k}", *[0.02] * (len(str(number)) - 1), 0.06) for k, number in enumerate(NUMBERS)]
    assert doubted(*others) == [False] * 6


def test_where_it_is_not_read_nothing_is_doubted():
    lines = [line(f"{number}9", *[0.02] * (len(str(number)) - 1), 0.07) for number in NUMBERS]
    assert doubted(*lines[:5], line("124?", 0.02, 0.02, 0.06)) == [True] * 5 + [False]


def test_a_first_one_is_none_where_all_have_as_many_digits():
    assert doubted(*[line(f"1{k}", 0.06, *[0.02] * (len(str(k)) - 1)) for k in NUMBERS]) == [True] * 6
    thousands = (234, 241, 305, 377, 410, 498)
    assert doubted(*[line(f"1{number}", 0.06, 0.02, 0.02) for number in thousands]) == [False] * 6
    assert doubted(*[line(f"02{k}", 0.02, 0.06, *[0.02] * (len(str(k)) - 1)) for k in NUMBERS]) == [True] * 6


@pytest.mark.parametrize(("shown", "letters"), [("{}  g", True), ("{}", False), ("{} V", False), ("{}.9", False)])
def test_a_unit_that_looks_like_a_digit_is_no_digit_without_a_word(tmp_path, shown, letters):
    folder, out = tmp_path / "frames", tmp_path / "out.csv"
    folder.mkdir()
    for number in NUMBERS:
        image = Image.new("RGB", (260, 70), (20, 22, 26))
        text = shown.format(number)
        ImageDraw.Draw(image).text((20, 8), text, font=ImageFont.load_default(40), fill=(240, 240, 240))
        image.save(folder / f"{number}.png")
    assert main(["read", str(folder), "--window", "10,8,240,50", "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [row["value"].removesuffix(".0") not in (row["frame"][:-4], f"{row['frame'][:-4]}.9") for row in rows]
    assert letters == any(wrong)
    assert all("unknown" in row["flags"] for row, is_wrong in zip(rows, wrong, strict=True) if is_wrong)
    assert letters or not any("unknown" in row["flags"] for row in rows)
