"""What stands beside a number and is as tall as its digits cannot be passed over in silence."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.imaging.crops import cut
from readout.imaging.strips import HEIGHT, RUNS, contrast_of, ink_of, ink_runs, window_crops
from readout.layout.layout import Readout
from readout.layout.meaning import Meaning
from readout.readings.line_decoder import LineDecoder
from readout.readings.observations import read_one
from readout.readings.recognizer import read_windows
from readout.readings.unread_ink import is_cut, is_minus, is_unlike, stand_apart, unread


def strip(*bars, width=96, ground=40, ink=220):
    """A strip with bars (from, to, top, bottom) of ink."""
    pixels = np.full((HEIGHT, width, 3), ground, np.uint8)
    for left, right, top, bottom in bars:
        pixels[top:bottom, left:right] = ink
    return pixels


def runs(*bars, **options):
    contrast = contrast_of(strip(*bars, **options))
    return ink_runs(ink_of(contrast), contrast)


ONE, SEVEN, NINE = (10, 14, 6, 26), (24, 36, 6, 26), (42, 54, 6, 26)
EVERYTHING = np.array([12, 30, 48])


def test_runs_are_where_the_ink_is_from_left_to_right():
    found = runs(SEVEN, ONE)
    assert found.shape == (RUNS, 4)
    assert found[:2].tolist() == [list(ONE), list(SEVEN)] and not found[2:].any()


def test_of_many_runs_the_tallest_are_kept():
    specks = [(4 * k, 4 * k + 2, 14, 16) for k in range(20)]
    found = runs(*specks, (90, 94, 6, 26))
    assert [90, 94, 6, 26] in found.tolist() and (found[:, 1] > 0).all()


def nearly_touching(gap, between=90):
    """A one and a zero, whose strokes have a column between them that is neither dark nor bright."""
    pixels = strip((20, 22, 6, 26), (22 + gap, 25 + gap, 6, 26), (34 + gap, 37 + gap, 6, 26))
    pixels[6:9, 22 + gap : 37 + gap] = pixels[23:26, 22 + gap : 37 + gap] = 220
    pixels[6:26, 22 : 22 + gap] = between + 60
    contrast = contrast_of(pixels)
    return ink_runs(ink_of(contrast), contrast)


def test_a_one_that_nearly_touches_a_zero_is_a_run_of_its_own_and_the_zero_is_one():
    found = nearly_touching(1)
    assert (found[:, 1] > 0).sum() == 2 and found[0, 1] == found[1, 0] == 22
    assert unread(found, np.array([30]), np.array([30]))


def test_strokes_without_a_dip_between_them_are_one_run():
    assert (nearly_touching(1, between=160)[:, 1] > 0).sum() == 1


def test_dark_ink_on_a_bright_ground_is_ink_too():
    assert np.array_equal(runs(ONE, SEVEN), runs(ONE, SEVEN, ground=220, ink=40))


@pytest.mark.parametrize("across", [-30, 0, 45])
@pytest.mark.parametrize("down", [-40, 0, 25])
def test_a_shaded_ground_is_none(across, down):
    """A display photographed at an angle to the light is brighter at one side."""
    pixels = strip(ONE, SEVEN, NINE, ground=130, ink=50).astype(float)
    noise = np.random.default_rng(0).normal(0, 2, pixels.shape)
    shade = across * np.linspace(-1, 1, 96)[:, None] + down * np.linspace(-1, 1, HEIGHT)[:, None, None]
    ink = ink_of(contrast_of(np.clip(pixels + shade + noise, 0, 255).astype(np.uint8)))
    assert np.array_equal(ink, ink_of(contrast_of(strip(ONE, SEVEN, NINE))))


def test_bright_digits_in_one_half_are_no_shade():
    eights = [(52 + 15 * k, 65 + 15 * k, 0, HEIGHT) for k in range(3)]
    assert runs(*eights)[:3].tolist() == [list(each) for each in eights]


def test_a_segment_beside_the_others_of_its_digit_is_a_part_of_it():
    parts = runs((22, 24, 8, 26), (25, 36, 6, 26), ONE, NINE)
    assert not unread(parts, EVERYTHING, EVERYTHING)
    assert unread(runs((18, 20, 8, 26), (25, 36, 6, 26), ONE, NINE), EVERYTHING, EVERYTHING)


def test_nothing_is_unread_where_all_was_read():
    assert not unread(runs(ONE, SEVEN, NINE), EVERYTHING, EVERYTHING)


@pytest.mark.parametrize("lost", range(3))
def test_a_digit_read_as_nothing_is_unread(lost):
    read = np.delete(EVERYTHING, lost)
    assert unread(runs(ONE, SEVEN, NINE), read, read)


def test_a_letter_of_a_unit_that_was_read_is_not():
    assert not unread(runs(ONE, SEVEN, NINE), EVERYTHING, EVERYTHING[:2])


@pytest.mark.parametrize(
    "other",
    [(70, 80, 12, 20), (70, 80, 16, 30), (62, 94, 6, 26), (70, 72, 0, 32), (70, 71, 6, 26)],
    ids=["smaller", "lower", "wider", "a border", "a hairline"],
)
def test_what_is_unlike_the_digits_is_no_digit(other):
    assert not unread(runs(ONE, SEVEN, NINE, other), EVERYTHING, EVERYTHING)


@pytest.mark.parametrize(
    "sign",
    [(0, 8, 15, 18), (16, 21, 15, 18), (4, 7, 23, 26), (17, 20, 23, 26)],
    ids=["a minus before it", "a dash in it", "a point before it", "a point in it"],
)
def test_a_sign_read_as_nothing_is_unread(sign):
    """-179 is not 179, nor is 1.79."""
    assert unread(runs(ONE, SEVEN, NINE, sign), EVERYTHING, EVERYTHING)


def test_a_small_raised_digit_read_as_nothing_is_unread():
    """Of fuel: 1.85 and a small 9."""
    assert unread(runs(ONE, SEVEN, NINE, (57, 63, 6, 16)), EVERYTHING, EVERYTHING)


@pytest.mark.parametrize(
    "mark",
    [
        (57, 63, 6, 13),
        (57, 63, 16, 26),
        (66, 72, 6, 16),
        (60, 63, 23, 26),
        (60, 68, 15, 18),
        (0, 3, 6, 9),
        (4, 7, 15, 18),
        (0, 8, 28, 31),
        (17, 18, 23, 26),
    ],
    ids=[
        "a degree",
        "a small letter",
        "a raised letter further off",
        "a point behind it",
        "a dash behind it",
        "a dot above",
        "a dot in the middle",
        "a line below",
        "a speck",
    ],
)
def test_what_changes_no_number_is_no_sign(mark):
    assert not unread(runs(ONE, SEVEN, NINE, mark), EVERYTHING, EVERYTHING)


@pytest.mark.parametrize(
    ("sign", "is_one"),
    [
        ([(0, 8, 15, 18)], True),
        ([(0, 8, 12, 14), (0, 8, 18, 20)], False),
        ([(1, 6, 13, 18)], False),
        ([(0, 8, 10, 22)], False),
        ([(0, 8, 23, 26)], False),
        ([(0, 14, 15, 18)], True),
    ],
    ids=["minus", "equals", "bullet", "arrow", "underscore", "one that touches the digit"],
)
def test_a_minus_has_the_ink_of_one(sign, is_one):
    assert is_minus(runs(*sign, ONE, SEVEN), 4, EVERYTHING[:2]) == is_one


@pytest.mark.parametrize(
    ("outer", "may_be_cut"),
    [
        ((0, 5, 6, 26), True),
        ((91, 96, 6, 26), True),
        ((0, 5, 14, 17), True),
        ((0, 9, 0, 32), False),
        ((91, 96, 27, 32), False),
    ],
    ids=["a digit", "a digit at the end", "a minus", "the ground, higher", "something below"],
)
def test_what_reaches_the_edge_is_a_character_where_it_is_no_higher_than_those_that_were_read(outer, may_be_cut):
    assert is_cut(runs(outer, ONE, SEVEN, NINE), 96, EVERYTHING) == may_be_cut


@pytest.mark.parametrize(
    ("text", "middles", "apart"),
    [
        ("1173", (10, 22, 50, 62), True),
        ("11.73", (10, 22, 36, 50, 62), False),
        ("31", (10, 50), True),
        ("31", (10, 30), False),
        ("1234", (10, 38, 50, 62), False),
        ("12345", (10, 22, 50, 62, 74), False),
        ("1234567", (10, 34, 46, 58, 82, 94, 106), False),
        ("-12", (10, 50, 62), False),
    ],
)
def test_digits_with_a_gap_between_them_are_two_numbers_but_for_thousands(text, middles, apart):
    digits = [(x - 4, x + 4, 6, 26) for c, x in zip(text, middles, strict=True) if c.isdigit()]
    assert stand_apart(runs(*digits, width=128), text, np.array(middles, float)) == apart


@pytest.mark.parametrize(
    ("text", "bars", "apart"),
    [
        ("117", ((10, 14), (26, 34), (38, 46)), True),
        ("117", ((10, 14), (18, 22), (26, 34)), False),
        ("2341", ((10, 18), (22, 30), (34, 42), (54, 62)), True),
        ("2341", ((10, 18), (22, 30), (34, 42), (52, 54)), False),
        ("1234", ((10, 18), (30, 38), (42, 50), (54, 62)), False),
        ("12.3", ((10, 18), (30, 38), (40, 42), (44, 52)), True),
        ("12.3", ((10, 18), (22, 30), (34, 36), (48, 56)), False),
    ],
)
def test_what_is_read_as_a_digit_behind_a_gap_that_is_wider_than_the_others_is_doubted(text, bars, apart):
    """But for thousands, and a 1 that leaves a part of its place empty."""
    heights = [(23, 26) if character == "." else (6, 26) for character in text]
    found = runs(*[(*bar, *rows) for bar, rows in zip(bars, heights, strict=True)], width=128)
    assert stand_apart(found, text, np.array([sum(bar) / 2 for bar in bars])) == apart


@pytest.mark.parametrize(
    ("text", "mark", "apart"),
    [("530", (20, 22, 6, 12), True), ("5300", (20, 22, 6, 12), False), ("530", (20, 22, 12, 18), False)],
    ids=["5'30", "5'300", "in the middle"],
)
def test_a_mark_high_up_between_two_digits_parts_them_but_for_thousands(text, mark, apart):
    lefts = (10, 24, 36, 48)[: len(text)]
    found = runs(mark, *((left, left + 8, 6, 26) for left in lefts), width=128)
    assert stand_apart(found, text, np.array([left + 4.0 for left in lefts])) == apart


@pytest.mark.parametrize(
    ("text", "left", "apart"),
    [("9.42", 26, False), ("9.42", 40, True), ("9.12", 36, False), ("9,42", 26, False), ("9,42", 32, True)],
    ids=["point", "dark digit", "narrow one", "comma", "blank behind a comma"],
)
def test_a_gap_behind_a_point_is_doubted(text, left, apart):
    wide = 3 if text[2] == "1" else 8
    bars = ((10, 18, 6, 26), (20, 23, 23, 26), (left, left + wide, 6, 26), (left + wide + 4, left + wide + 12, 6, 26))
    assert stand_apart(runs(*bars, width=128), text, np.array([sum(bar[:2]) / 2 for bar in bars])) == apart


@pytest.mark.parametrize(
    ("shown", "worded"),
    [("L0", True), ("H0L", True), ("0FF", True), ("0PEM", True), ("0L", True), ("0F", False), ("0kWh", False)],
)
def test_a_zero_among_the_letters_of_a_word_is_none(shown, worded):
    decoder = LineDecoder(read_windows()[1])
    scores = np.full((2 * len(shown), len(decoder.characters)), -9.0)
    scores[1::2, 0] = 0
    for k, character in enumerate(shown):
        scores[2 * k, decoder.characters.index(character)] = 0
    assert decoder.shows_word(scores, [2 * shown.index("0")], "0") == worded


@pytest.mark.parametrize("text", ["OFF", "|42", "42 |", "l317", "I112"])
def test_letters_and_bars_are_no_digits_without_a_word(text):
    assert "unknown" in read_text(text).flags


@pytest.mark.parametrize(
    ("parts", "rows"),
    [
        (((6, 20), (23, 26)), (6, 20)),
        (((6, 9), (12, 26)), (12, 26)),
        (((6, 15), (17, 26)), (6, 26)),
        (((6, 8), (10, 15), (17, 26)), (6, 26)),
        (((6, 22), (23, 26)), (6, 26)),
    ],
    ids=["exclamation mark", "i", "segments of a 1", "segments of a 7", "a narrow gap"],
)
def test_a_dot_above_or_below_is_no_part_of_a_run(parts, rows):
    found = runs(*((10, 14, top, bottom) for top, bottom in parts))
    assert found[0].tolist() == [10, 14, *rows] and not found[1:].any()


@pytest.mark.parametrize(
    ("text", "bars", "unlike"),
    [
        ("122", ((10, 18, 6, 26), (22, 30, 6, 26), (34, 40, 6, 17)), True),
        ("213", ((10, 18, 12, 31), (22, 24, 6, 26), (28, 36, 6, 26)), True),
        ("312", ((10, 18, 6, 26), (22, 24, 6, 26), (30, 36, 13, 26)), True),
        ("423", ((10, 18, 3, 30), (22, 30, 6, 26), (34, 42, 6, 26)), False),
        ("123", ((10, 12, 3, 30), (22, 30, 6, 26), (34, 42, 6, 26)), True),
        ("123", ((10, 12, 2, 26), (22, 30, 14, 26), (34, 42, 14, 26)), False),
        ("1123", ((10, 12, 6, 26), (18, 24, 6, 26), (30, 38, 6, 26), (42, 50, 6, 26)), True),
        ("1213", ((10, 15, 6, 26), (20, 28, 6, 26), (32, 37, 6, 26), (42, 50, 6, 26)), False),
        ("1234", ((10, 18, 4, 20), (22, 30, 6, 22), (34, 42, 8, 24), (46, 54, 10, 26)), False),
        ("47", ((10, 18, 8, 24), (22, 30, 6, 26)), False),
        ("122", ((10, 18, 6, 26), (22, 30, 6, 32), (34, 40, 6, 17)), False),
        ("16:26", ((10, 30, 6, 26), (34, 44, 6, 26), (48, 50, 12, 26), (54, 64, 6, 26), (68, 78, 6, 26)), True),
        ("56:26", ((10, 30, 6, 26), (34, 44, 6, 26), (48, 50, 12, 26), (54, 64, 6, 26), (68, 78, 6, 26)), False),
        ("7", ((10, 18, 6, 26),), False),
    ],
)
def test_a_first_or_last_digit_has_the_ink_of_one(text, bars, unlike):
    assert is_unlike(runs(*bars, width=128), text, np.array([sum(bar[:2]) / 2 for bar in bars])) == unlike


@pytest.mark.parametrize("text", ["z 40", "g 128", "u 317", "317z", "128s", "40 z", "128 z"])
def test_a_sign_beside_a_number_is_no_digit_without_a_word(text):
    assert "unknown" in read_text(text).flags


@pytest.mark.parametrize(
    ("digit", "letter"),
    [
        ((58, 72, 8, 24), (6, 18, 5, 27)),
        ((23, 38, 5, 27), (6, 21, 8, 24)),
        ((51, 56, 8, 24), (23, 38, 8, 24)),
        ((68, 72, 8, 24), (6, 18, 5, 27)),
    ],
    ids=["E 4", "H 0", "H 1", "E 1"],
)
def test_letters_of_seven_segments_are_as_tall_as_digits_that_lack_the_outer_ones(digit, letter):
    read = np.array([sum(digit[:2]) / 2])
    assert unread(runs(letter, digit), read, read)


def test_where_nothing_was_read_only_something_tall_is_unread():
    nothing = np.empty(0)
    assert unread(runs(ONE), nothing, nothing)
    assert not unread(runs((40, 60, 13, 20)), nothing, nothing)
    assert not unread(runs(), nothing, nothing)


@pytest.mark.parametrize(
    ("text", "units", "flagged"),
    [("120k", None, True), ("120k", "aside", False), ("120k", "scale", False), ("120", None, False)],
)
def test_a_lone_factor_behind_a_number_is_flagged_until_it_is_said_what_it_means(text, units, flagged):
    reading = read_text(text, units)
    assert reading.text.startswith("120") and ("unknown" in reading.flags) == flagged


@pytest.mark.parametrize(("text", "read", "flagged"), [("0L", "0", True), ("20L", "20", False), ("0", "0", False)])
def test_a_meter_beyond_its_range_shows_no_zero(text, read, flagged):
    """It may be read as a zero or as nothing known: flagged it is."""
    reading = read_text(text)
    assert reading.text in ((read, "?") if flagged else (read,)) and ("unknown" in reading.flags) == flagged


@pytest.mark.parametrize(
    ("text", "read", "flagged"),
    [
        ("87km/h", "87", False),
        ("12 mm/s", "12", False),
        ("V: 3.1", "3.1", True),
        ("HR: 76", "76", True),
        ("8:30h", "8:30", False),
    ],
)
def test_the_signs_of_units_and_names_are_no_part_of_a_number(text, read, flagged):
    """Before a number they are doubted: what was read as a letter may be a digit."""
    reading = read_text(text)
    assert reading.text == read and ("unknown" in reading.flags) == flagged


@pytest.mark.parametrize(
    ("text", "read", "flagged"),
    [("76 bpm", "76", False), ("20kPa", "20", False), ("12 B", "128", True), ("5 lb", "5", True)],
)
def test_letters_behind_a_number_that_can_be_no_digits_are_a_unit(text, read, flagged):
    """A B may be an 8, an l a 1."""
    reading = read_text(text)
    assert reading.text == read and ("unknown" in reading.flags) == flagged


def read_text(text, units=None):
    picture = Image.new("RGB", (200, 64), (20, 24, 30))
    ImageDraw.Draw(picture).text((40, 34), text, font=ImageFont.load_default(40), fill=(240, 240, 230), anchor="lm")
    readout = Readout("n", window=(0.0, 0.0, 200.0, 64.0), meaning=Meaning(units=units))
    cache, head = read_windows()
    row = cache.embed(window_crops(readout, cut(np.asarray(picture), readout.boxes)))
    return read_one(readout, head, row).reading(0, "")


@pytest.mark.parametrize("text", ["", "-", ".", "-.", "7"])
def test_a_text_of_no_two_digits_has_none_unlike_the_others(text):
    at = np.array([10.0 * (k + 1) for k in range(len(text))])
    assert not is_unlike(runs(ONE, SEVEN, width=128), text, at)
    assert not is_unlike(np.zeros((12, 4), np.float32), text, at)
