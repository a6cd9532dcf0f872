"""What texts state: the oracle is how the same digits are written in Python."""

import math

import numpy as np
import pytest

from readout import ReadoutError
from readout.layout import Layout, Meaning, Readout
from readout.layout.link import from_link, to_link
from readout.readings.notation_evidence import Evidence
from readout.workbench.editor import Editor

BOX = (0.0, 0.0, 4.0, 8.0)


def notation(texts, layout_format="", **stated):
    evidence = Evidence(layout_format)
    evidence.add((text, 1.0) for text in texts)
    return evidence.notation(Meaning(**stated))


READINGS = {
    # what: (texts of one readout, their values, format)
    "a decimal comma": (["23,5", "24,1", "19,8"], [23.5, 24.1, 19.8], "##,#"),
    "a decimal comma in a range that changes": (["1,234", "23,45", "345,6"], [1.234, 23.45, 345.6], ""),
    "a decimal comma with three digits behind a zero": (["0,123", "0,456"], [0.123, 0.456], ""),
    "thousands with a comma": (["1,234", "999", "12,345"], [1234, 999, 12345], ""),
    "thousands with a comma, and decimals": (["1,234.5", "999.0"], [1234.5, 999], ""),
    "thousands with a point, and decimals": (["1.234,5", "999,0"], [1234.5, 999], ""),
    "millions with points": (["1.234.567", "2.345.678"], [1234567, 2345678], ""),
    "thousands with a gap": (["1 234", "  987"], [1234, 987], "# ###"),
    "thousands with an apostrophe": (["1'234.5"], [1234.5], ""),
    "a point with three digits behind it": (["1.234", "2.345"], [1.234, 2.345], ""),
    "a gap behind a minus": (["- 5.2", "-12.0", "\u2212 3.1"], [-5.2, -12, -3.1], ""),
    "minutes and seconds": (["12:34", "09:59", "10:00", "00:07"], [754, 599, 600, 7], "##:##"),
    "hours and a fraction": (["1:02:03.5", "0:59:59.25"], [3723.5, 3599.25], ""),
    "a fraction behind a comma": (["1:02,5"], [62.5], ""),
    "negative times": (["-0:05", "- 1:00", "-1:00:00"], [-5, -60, -3600], ""),
    "a countdown to a start": (["T-00:10", "T+00:02"], [-10, 2], "T-##:##"),
    "a game clock in its last minute": (["1:01", "1:00", "59.9"], [61, 60, 59.9], ""),
    "thousands as k": (["4.5k", "950"], [4500, 950], ""),
    "millions and thousands": (["1.2M", "950k", "1.1 G"], [1.2e6, 950e3, 1.1e9], ""),
    "millionths": (["4.7µ", "3\u03bc"], [4.7e-6, 3e-6], ""),
    "per cent": (["45%", "7.5 %"], [45, 7.5], ""),
    "a unit": (["230 V", "231 V"], [230, 231], "### V"),
    "a unit whose prefix stays": (["120 km/h", "90 km/h"], [120, 90], ""),
    "a unit whose prefix changes": (["950 mV", "1.2 V"], [0.95, 1.2], ""),
    "metres and kilometres": (["950 m", "1.2 km"], [950, 1200], ""),
    "metres": (["12m", "13m"], [12, 13], "##m"),
    "a name before the number": (["P=12.5"], [12.5], "P=##.#"),
    "hexadecimal": (["1E5", "1F0", "0A3"], [0x1E5, 0x1F0, 0x0A3], ""),
    "amperes, not hexadecimal": (["12A", "15A"], [12, 15], ""),
    "a power of ten with a sign": (["1.5E-03"], [0.0015], ""),
}


def test_boxes_that_are_blank_before_the_sign_of_thousands_make_no_decimal_comma():
    found = notation(["1,250", " ,980", " ,999"], "#,###")
    assert found.value("1,250") == 1250 and np.isnan(found.value(" ,980"))


@pytest.mark.parametrize(("texts", "values", "layout_format"), READINGS.values(), ids=READINGS)
def test_what_a_readout_shows_is_guessed_from_all_its_texts(texts, values, layout_format):
    found = notation(texts, layout_format)
    assert [found.value(text) for text in texts] == values
    assert not any(found.why(text) for text in texts)


STATED = {
    # what: (text, what is stated, value)
    "thousands": ("1.234", {"decimal": ","}, 1234),
    "decimals": ("1,234", {"decimal": ","}, 1.234),
    "hexadecimal": ("1E5", {"kind": "hex"}, 485),
    "a power of ten": ("1E5", {"kind": "number"}, 1e5),
    "a share": ("45%", {"units": "scale"}, 0.45),
    "thousandths": ("12m", {"units": "scale"}, 0.012),
    "k set aside": ("4.5k", {"units": "aside"}, 4.5),
    "a time without a colon": ("59", {"kind": "time"}, 59),
}


@pytest.mark.parametrize(("text", "stated", "value"), STATED.values(), ids=STATED)
def test_what_is_stated_counts(text, stated, value):
    assert notation([text] * 3, **stated).value(text) == value


def test_a_window_has_no_hexadecimal_value():
    """It sets letters aside: of 12A it would be 18."""
    readout = Readout("n", window=(0, 0, 40, 20), meaning=Meaning(kind="hex"))
    value, why = Evidence.of(readout).notation(readout.meaning).stated_by("12")
    assert value is None and "fixed boxes" in why
    boxes = Readout("n", "##", ((0, 0, 1, 1),) * 2, meaning=Meaning(kind="hex"))
    assert Evidence.of(boxes).notation(boxes.meaning).stated_by("12") == (18, "")


@pytest.mark.parametrize(
    ("texts", "stated", "words"),
    [
        (["1,234", "1,052"], {}, "number, a comma separates thousands"),
        (["1,234", "1,052"], {"decimal": "."}, "number"),
        (["1,234", "1,234,567"], {}, "number"),
        (["1,234.5"], {}, "number"),
        (["1.234", "0,5"], {"decimal": ","}, "number, decimal comma"),
        (["12", "1.234"], {}, "number"),
    ],
)
def test_a_comma_that_may_be_decimal_is_said_to_separate_thousands(texts, stated, words):
    assert notation(texts, **stated).words == words


WITHOUT = {
    # what: (text, others of the readout, why, in part)
    "a blank box among the digits": ("1 234", [], "gap between its digits"),
    "boxes behind the point that are dark": ("12.  ", ["12.34"] * 9, "blank behind its decimal sign"),
    "the last box is dark": ("12,3 ", ["12,34"] * 9, "blank behind its decimal sign"),
    "too few digits behind a separator": ("1,23", ["1,234"] * 99, "three digits behind each separator"),
    "61 seconds": ("1:61", ["1:00"], "more than 59 seconds"),
    "61 minutes": ("1:61:00", ["1:00:00"], "more than 59 minutes"),
    "a colon that was passed over": ("1234", ["12:33", "12:35"], "no colon"),
    "a colon among numbers": ("12:34", ["12.33"] * 9, "looks like a time"),
    "hours, minutes, seconds and frames": ("1:02:03:04", ["1:02:03"], "no time"),
    "a power of ten or hexadecimal": ("1E5", [], "state the readout's kind"),
    "letters": ("Err", ["12", "13"], "no number"),
    "an unknown character": ("1?4", ["12"], "not known"),
    "a misread last digit": ("12Q", ["123"], "no unit"),
    "text alone": ("Err", [], "state another kind"),
}


@pytest.mark.parametrize(("text", "others", "why"), WITHOUT.values(), ids=WITHOUT)
def test_a_text_without_a_value_says_why(text, others, why):
    found = notation([text, *others])
    value, said = found.stated_by(text)
    assert value is None and math.isnan(found.value(text))
    assert why in said


@pytest.mark.parametrize("text", ["", "  "])
def test_where_nothing_is_shown_there_is_nothing_to_say(text):
    assert notation([text, "12"]).stated_by(text) == (None, "")


def test_text_that_is_stated_to_be_text_lacks_nothing():
    assert notation(["Err"], kind="text").stated_by("Err") == (None, "")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("group", "decimal"), [(",", "."), (".", ","), (" ", ",")])
def test_grouped_numbers_come_back(seed, group, decimal):
    rng = np.random.default_rng(seed)
    numbers = np.round(10 ** rng.uniform(0, 9, 50) * rng.choice([-1, 1], 50), 2).tolist()
    swap = str.maketrans({",": group, ".": decimal})
    texts = [f"{number:,.2f}".translate(swap) for number in numbers]
    found = notation(texts, "### ###,##" if group == " " else "")
    assert [found.value(text) for text in texts] == numbers


@pytest.mark.parametrize("seed", range(5))
def test_times_come_back(seed):
    for hundredths in np.random.default_rng(seed).integers(-(10**7), 10**7, 50).tolist():
        whole, part = divmod(abs(hundredths), 100)
        text = f"{'-' * (hundredths < 0)}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{part:02}"
        assert notation([text]).value(text) == hundredths / 100


@pytest.mark.parametrize(
    ("other", "value"),
    [("1,23", 1234.0), ("1,2", 1234.0), ("12,34", 1.234), ("9,87", 1.234)],
    ids=["its last digit covered", "two covered", "the comma moves", "another number"],
)
def test_a_text_that_lacks_the_last_digits_of_another_makes_no_decimal_comma(other, value):
    evidence = Evidence()
    evidence.add([("1,234", 40.0), (other, 10.0), ("1,240", 40.0)])
    assert evidence.notation(Meaning()).value("1,234") == value


CUT_OFF = {
    # what: (texts of a window, what is stated, the last one's value)
    "millions": (["000,000", "000,250"], {}, None),
    "more of them": (["000,000,000"], {}, None),
    "in a table of thousands": (["1,234", "012,345"], {}, None),
    "in a table with a decimal comma": (["23,45", "012,345"], {}, 12.345),
    "stated decimal comma": (["012,345"], {"decimal": ","}, 12.345),
    "stated decimal point": (["012,345"], {"decimal": "."}, 12345),
    "less than one": (["0,123"], {}, 0.123),
}


@pytest.mark.parametrize(("texts", "stated", "value"), CUT_OFF.values(), ids=CUT_OFF)
def test_zeros_before_three_digits_and_a_comma_may_be_what_is_left_of_thousands(texts, stated, value):
    readout = Readout("n", window=(0, 0, 40, 20), meaning=Meaning(**stated))
    evidence = Evidence.of(readout)
    evidence.add((text, 1.0) for text in texts)
    found, why = evidence.notation(readout.meaning).stated_by(texts[-1])
    assert found == value and ("zeros before thousands" in why) == (value is None)


@pytest.mark.parametrize(
    ("before", "stated", "value"),
    [
        ([], {}, None),
        (["1,050", "1,051"], {}, None),
        (["999"], {}, None),
        (["999", "999"], {}, None),
        (["999", "998"], {}, 1052),
        ([*["1,234"] * 98, "5,05", "505", "505", "505", "505", "505", "505", "506"], {}, None),
        (["1,052,000"], {}, 1052),
        (["1,051.5"], {}, 1052),
        (["23,05"], {}, 1.052),
        ([], {"decimal": "."}, 1052),
        ([], {"decimal": ","}, 1.052),
    ],
)
def test_as_long_as_more_is_to_come_a_comma_that_may_be_decimal_gives_no_value(before, stated, value):
    evidence, meaning = Evidence(of_window=True), Meaning(**stated)
    evidence.add((text, 1.0) for text in [*before, "1,052"])
    found, why = evidence.notation(meaning, so_far=True).stated_by("1,052")
    assert found == value and ("state the readout's decimal sign" in why) == (value is None)
    assert evidence.notation(meaning).value("1,052") == (value or 1052)


def test_a_few_misread_texts_do_not_turn_the_others():
    assert notation(["1,234"] * 99 + ["1,23"]).value("1,234") == 1234
    assert notation(["23,5"] * 99 + ["2,345"]).value("23,5") == 23.5
    assert notation(["12.34"] * 99 + ["12:34"]).value("12.34") == 12.34


DECIMALS = [("23,5", 1), ("1,234.50", 2), ("12:34.5", 1), ("4.5k", 0), ("4.725k", 0), ("47", 0), ("12?", 0)]


@pytest.mark.parametrize(("text", "count"), DECIMALS)
def test_decimals_are_those_of_the_value(text, count):
    assert notation([text] * 3).decimals(text) == count


def test_a_layout_keeps_what_is_stated():
    meaning = Meaning("number", ",", "scale")
    readouts = (Readout("a", "#", (BOX,), meaning=meaning), Readout("b", window=BOX, meaning=Meaning("time")))
    layout = Layout((64, 48), readouts)
    assert Layout.from_json(layout.to_json()) == layout
    assert from_link(to_link(layout)) == layout


def test_the_page_is_told_what_is_stated_as_a_layout_file_says_it():
    editor = Editor()
    readout = Readout("a", "#", (BOX,), meaning=Meaning("number", ",", "scale"))
    editor.import_layout(Layout((64, 48), (readout,)).to_json())
    [told] = editor.state()["layout"]["readouts"]
    assert (told["kind"], told["decimal"], told["units"]) == ("number", ",", "scale")
    assert "meaning" not in told


@pytest.mark.parametrize("stated", [{"kind": "date"}, {"decimal": ";"}, {"units": "kilo"}, {"kind": 3}])
def test_anything_else_cannot_be_stated(stated):
    with pytest.raises(ReadoutError, match="of a readout is one of"):
        Meaning(**stated)
