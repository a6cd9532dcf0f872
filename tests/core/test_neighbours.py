"""What frames say of each other. Series are written as texts and how many frames each was read in."""

import numpy as np
import pytest

from readout.cli.batch_images import concat_columns
from readout.cli.batch_video import BatchResult
from readout.cli.settle import settled
from readout.cli.sources import Sources
from readout.layout.layout import Readout
from readout.layout.meaning import Meaning
from readout.readings.column import Column
from readout.readings.comparison import compare
from readout.readings.line import Line
from readout.readings.line_column import LineColumn
from readout.readings.reading import BITS, FLAGS
from readout.readings.recognizer import Recognizer, read_windows
from readout.readings.states import is_mixture
from readout.workbench.frame_store import FrameStore
from readout.workbench.offers import offers

SURE = 0.98
COUNT = [(f"{k:03d}", 12) for k in range(100, 130)]


def column(series, sure=None, rivals=None):
    """A window's column: pairs of a text and how many frames show it."""
    sure, rivals = sure or {}, rivals or {}
    lines, index = [], []
    for text, frames in series:
        p = sure.get(text, SURE)
        others = rivals.get(text, {})
        lines.append(Line((text, *others), (p, *others.values())))
        index += [len(lines) - 1] * frames
    return LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789", lines, np.array(index))


def flagged(series, **more):
    """By text, the flags that its readings carry."""
    each = column(series)
    each.heed(compare(each, **more))
    return {
        each.texts[row]: [flag for bit, flag in enumerate(FLAGS) if each.flags[row] >> bit & 1]
        for row in np.flatnonzero(each.flags)
    }


def inserted(series, at, *states):
    return [*series[:at], *states, *series[at:]]


# Changing


@pytest.mark.parametrize(
    ("text", "before", "after", "mixed"),
    [
        ("18.74", "12.74", "14.11", True),
        ("18.74", "12.74", "14.74", True),  # 8 has the strokes of 2 and 4 alone
        ("12.11", "12.74", "14.11", True),  # rows of one above rows of the other
        ("1?.39", "11.37", "12.74", True),
        ("28.74", "12.74", "14.11", False),  # both begin with a 1
        ("11", "10", "12", False),  # a counter's own value
        ("99.8", "9.9", "10.0", True),
        ("5", "10.0", "10.1", False),
    ],
)
def test_a_mixture_shows_strokes_of_both(text, before, after, mixed):
    assert is_mixture(text, before, after) == mixed


def test_one_frame_between_two_longer_values_that_mixes_them_is_changing_and_has_the_value_of_one():
    each = column([("125", 12), ("185", 1), ("145", 12), ("151", 12)], rivals={"185": {"145": 0.01, "125": 0.004}})
    found = compare(each)
    each.heed(found)
    assert each.texts[12] == "185" and each.values[12] == 145
    assert found.taken == {12: "145"} and found.around == {12: ("125", "145")}
    assert each.reading(12, "f").flags == ("changing",) and each.reading(12, "f").value == 145
    assert [row for row in range(len(each)) if each.flags[row]] == [12]


def test_a_changing_reading_that_states_no_value_has_one_and_no_flag_for_that():
    each = column([("125", 12), ("1?5", 1), ("145", 12), ("151", 12)])
    each.heed(compare(each))
    assert each.reading(12, "f").flags == ("changing",) and each.reading(12, "f").value in (125, 145)


def test_two_frames_caught_while_changing_are_both_flagged():
    assert flagged([("125", 12), ("185", 1), ("195", 1), ("145", 12), ("151", 12)]) == {
        "185": ["changing"],
        "195": ["changing"],
    }


def test_a_display_that_is_as_fast_as_the_frames_is_not_changing():
    """16.7 values a second in 25 frames a second: 2, 1, 2, 1 frames each, and every other one looks brief."""
    assert flagged([(f"{k}", 1 + k % 2) for k in range(100, 160)]) == {}


def test_values_of_one_frame_each_are_what_they_are():
    assert flagged([(f"{k}", 1) for k in range(100, 160)]) == {}


def test_a_ghost_between_states_of_three_frames_is_changing():
    values = [f"{1000 + 137 * k}" for k in range(8)]
    series = [state for text in values for state in ((text, 3), ("?" + text[1:], 1))][:-1]
    assert set(map(tuple, flagged(series).values())) == {("changing",)}


def test_a_dark_frame_is_blank_and_no_more():
    assert flagged(inserted(COUNT, 5, ("", 1))) == {}


# Jumps


def test_a_misreading_inside_a_state_is_a_jump():
    assert flagged([*COUNT[:5], ("105", 5), ("185", 1), ("105", 6), *COUNT[6:]]) == {"185": ["jump"]}


def test_a_misreading_that_lasts_as_long_as_a_state_is_a_jump():
    assert flagged([*COUNT[:5], ("705", 12), *COUNT[6:]]) == {"705": ["jump"]}


def test_two_misreadings_in_a_row_are_jumps():
    assert flagged([*COUNT[:5], ("705", 12), ("706", 12), *COUNT[7:]]) == {"705": ["jump"], "706": ["jump"]}


def test_a_value_that_falls_and_comes_back_is_a_jump_where_the_number_only_rises():
    rising = [(f"{k}", 4) for k in range(100, 200, 2)]
    assert flagged(inserted(rising, 20, ("133", 4))) == {"133": ["jump"]}


def test_lost_decimals_are_a_jump_even_where_the_value_hardly_moves():
    series = [(f"{12 + k / 100:.2f}", 4) for k in range(20)]
    assert flagged(inserted(series, 9, ("12.1", 4))) == {"12.1": ["jump"]}


@pytest.mark.parametrize(
    "series",
    [
        [(f"{k % 60:02d}", 25) for k in range(130)],  # seconds
        [(f"{k % 1000:03d}", 12) for k in range(980, 1030)],  # wraps
        [(f"{k}", 12) for k in (24, 23, 22, 21, 20, 24, 23, 22, 24, 23, 14, 13, 12, 24, 23)],  # a shot clock
        [(f"{k}", 40) for k in (0, 2, 4, 7, 7, 10, 13, 0, 3, 5, 8, 10)],  # a scoreboard, and the next match
        [(text, 6) for text in ("9.97", "9.98", "9.99", "10.0", "10.1", "10.0", "9.99", "9.98", "9.97", "9.98")],
        [(f"{k}", 3) for k in np.random.default_rng(3).integers(0, 1000, 400)],  # no neighbours at all
        [(f"{np.random.default_rng(k).normal(500, 9):.1f}", 8) for k in range(400)],
        [("12.34", 12)] * 3,
        [("12.34", 1)],
        [("12.34", 12), ("71.02", 12)],
    ],
    ids=str,
)
def test_what_truly_happens_is_no_jump(series):
    found = flagged(series)
    assert sum(dict(series).get(text, 0) for text in found) <= 0.005 * sum(frames for _, frames in series)


def test_frames_of_two_clips_are_no_neighbours():
    series = inserted(COUNT, 15, ("005", 12))
    states = np.repeat(np.arange(len(series)), 12)
    assert flagged(series) == {"005": ["jump"]}
    assert flagged(series, sources=np.sign(states - 15)) == {}


def test_frames_that_were_not_given_are_passed_over():
    each = column(COUNT)
    missing = LineColumn(each.readout, each.classes, each._lines, np.where(np.arange(len(each)) % 5, each._index, -1))
    found = compare(missing)
    assert not found.flags.any() and not found.confirmed[::5].any() and not found.wrong[::5].any()


# Confirmed


def test_a_value_is_confirmed_where_a_second_look_agrees():
    found = compare(column([("125", 12), ("185", 1), ("145", 2), ("146", 1)]))
    assert found.confirmed.tolist() == [True] * 12 + [False] + [True] * 2 + [False]


def test_blanks_and_flagged_readings_are_not_confirmed():
    assert not compare(column([("", 12)])).confirmed.any()
    found = compare(column([*COUNT[:5], ("705", 12), *COUNT[6:]]))
    assert not found.confirmed[60:72].any() and found.confirmed[:60].all()


def test_the_estimate_takes_a_reading_at_its_word_but_not_a_jump():
    each = column([*COUNT[:5], ("105", 5), ("185", 1), ("105", 6), *COUNT[6:]])
    each.heed(compare(each))
    assert each.wrong[65] >= 0.5 and each.wrong[0] == pytest.approx(1 - SURE)


# Shared evidence


def looks(*shares, text="12.5", flags=None, rivals=None):
    """A column of one state, each frame a look of its own with this probability."""
    lines = [
        Line((text, *(rivals or {})), (share, *(rivals or {}).values()), **(flags[k] if flags else {}))
        for k, share in enumerate(shares)
    ]
    return LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789.", lines, np.arange(len(shares)))


def bits(each):
    each.heed(compare(each))
    return [[flag for bit, flag in enumerate(FLAGS) if flags >> bit & 1] for flags in each.flags]


def test_frames_that_agree_doubt_less_together_than_alone():
    each = looks(0.7, 0.75, 0.7, 0.78)
    assert bits(each) == [[]] * 4
    assert each.confidence.min() > 0.8 > each.read_confidence.max()


def test_one_look_that_many_frames_show_is_no_better_than_one():
    one = looks(0.7)
    each = LineColumn(one.readout, one.classes, one._lines, np.zeros(9, int))
    assert bits(each) == [["doubtful"]] * 9 and np.allclose(each.confidence, 0.7)


def test_frames_that_all_think_it_even_stay_in_doubt():
    assert bits(looks(*[0.5] * 9)) == [["doubtful"]] * 9


def test_a_point_that_all_frames_doubt_a_little_is_doubted_in_all():
    assert bits(looks(*[0.85] * 9, rivals={"125": 0.14})) == [["doubtful"]] * 9
    shown = [Line(("12.5", "125"), (0.97, 0.02))] * 9 + [Line(("12.5", "125"), (0.85, 0.14))]
    each = LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789.", shown, np.arange(10))
    assert bits(each) == [[]] * 10


@pytest.mark.parametrize(
    ("texts", "doubted"),
    [
        (["12.50", "12.61", "1272", "12.83"], [False, False, True, False]),
        (["12.50", "1261", "1272", "1283", "1294"], [False, True, True, True, True]),
        (["99.9", "1001", "1002", "1003"], [False] * 4),
        (["1250", "1261", "1272", "1283"], [False] * 4),
        (["1.234", "23.45", "345.6", "0.987"], [False] * 4),
    ],
    ids=["few lack it", "most lack it", "more digits", "none has it", "it moves"],
)
def test_a_text_without_a_point_is_doubted_where_others_with_as_many_digits_have_one(texts, doubted):
    shown = [Line((text,), (0.99,)) for text in texts]
    each = LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789.", shown, np.repeat(np.arange(len(texts)), 3))
    assert bits(each)[::3] == [["doubtful"] if doubt else [] for doubt in doubted]


def test_what_lies_beside_a_number_in_one_look_stays_flagged_whatever_others_show():
    """The next frame may show 345 where this one shows 45: the same text of the boxes, or of a window that cuts it."""
    cut, whole = {"cut": True}, {"cut": False}
    assert bits(looks(*[0.98] * 4, flags=[cut, whole, whole, whole])) == [["cut"], [], [], []]


MOMENTS = {
    "two frames of forty": (range(10, 12), 40, 25, []),
    "three, as of a sign that comes and goes": (range(10, 13), 40, 25, [10, 11, 12]),
    "at two moments": ((10, 20, 21), 40, 25, []),
    "the last ones, as a digit comes": ((38, 39), 40, 25, [38, 39]),
    "the first ones, as a digit goes": ((0, 1), 40, 25, [0, 1]),
    "a third of the frames, as segments that are lit in turn": (range(1, 40, 3), 40, 25, [*range(1, 40, 3)]),
    "a second": ((10,), 40, 1, [10]),
    "pictures, of which no time is known": ((10,), 40, None, [10]),
}


@pytest.mark.parametrize("ink", [{"cut": True}, {"unknown": True}], ids=str)
@pytest.mark.parametrize(("rows", "frames", "rate", "left"), MOMENTS.values(), ids=MOMENTS)
def test_ink_that_looks_like_more_of_a_number_for_a_moment_of_a_clip_is_none(ink, rows, frames, rate, left):
    lines, index = [Line(("45",), (0.98,)), Line(("45",), (0.98,), **ink)], np.zeros(frames, int)
    index[list(rows)] = 1
    each = LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789", lines, index)
    flags = compare(each, [None if rate is None else k / rate for k in range(frames)]).flags
    assert [row for row in rows if flags[row]] == left


# Offers


def test_a_jump_offers_the_rivals_that_fit_and_then_its_neighbours():
    series = inserted(COUNT, 15, ("715", 12))
    each = column(series, sure={"715": 0.7}, rivals={"715": {"775": 0.2, "117": 0.08}})
    assert offers(each, 180) == []
    each.heed(compare(each))
    assert offers(each, 180) == ["117", "114", "115"]
    assert offers(each, 0) == []


def test_a_changing_reading_offers_the_state_that_it_takes_first():
    each = column([("125", 12), ("185", 1), ("145", 12), ("151", 12)], rivals={"185": {"145": 0.01, "125": 0.004}})
    each.heed(compare(each))
    assert offers(each, 12) == ["145", "125"]


# Series


@pytest.mark.parametrize("kind", ["boxes", "a window"])
def test_frames_of_one_look_know_no_more_together_in_several_clips_than_in_one(kind):
    def clip():
        index = np.zeros(20, int)
        if kind == "a window":
            return LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789", [Line(("7",), (0.7,))], index)
        shares = np.array([[0.4, 0.6], [0.0, 0.0]], np.float32)
        return Column(Readout("n", "#", ((0, 0, 9, 9),)), "78", shares, np.zeros(2, np.float32), index[:, None])

    alone, joined = clip(), concat_columns([clip(), clip(), clip()])
    found = compare(joined, sources=np.repeat([0, 1, 2], 20))
    assert len(joined) == 60 and joined.texts == 3 * alone.texts
    assert np.allclose(found.confidence, np.tile(compare(alone).confidence, 3), atol=1e-6)


FILES = {
    "clips": (["a.mp4#t=0.000000", "a.mp4#t=1.000000", "b.mp4#t=0.000000"], [True, True, False]),
    "moving pictures": (["x.gif #0", "y.gif #0", "y.gif #1"], [False, True, True]),
    "pictures": (["1.png", "2.png", "3.png"], [True, True, True]),
}


@pytest.mark.parametrize(("names", "confirmed"), FILES.values(), ids=FILES)
def test_the_end_of_one_file_confirms_no_beginning_of_another(names, confirmed):
    nothing = Recognizer(read_windows, read_windows)
    read = settled(BatchResult(names, [], {"n": column([("100", 3)])}), nothing, Sources())
    assert read.columns["n"].neighbours.confirmed.tolist() == confirmed
    store = FrameStore()
    store.replace([{"name": name, "width": 90, "height": 30} for name in names])
    assert compare(column([("100", 3)]), *store.series()).confirmed.tolist() == confirmed


def test_a_number_that_grew_out_of_its_window_is_cut_in_the_frame_too_in_which_its_first_digit_comes():
    """The 1 of 100 is half as bright at first, so that nothing is seen beside the window yet."""
    shown = [Line(("99",), (0.99,)), Line(("00",), (0.99,)), Line(("00",), (0.99,), beside=(True, False))]
    each = LineColumn(Readout("n", window=(0, 0, 60, 30)), "0123456789", shown, np.repeat([0, 1, 2, 1], [9, 1, 5, 3]))
    assert bits(each) == [[]] * 9 + [["cut"]] * 7 + [[]] * 2


# A unit's prefix


def after(*texts):
    """Those of some texts, each in twelve frames, that are of another scale."""
    return {text for text, flags in flagged([(text, 12) for text in texts]).items() if "unknown" in flags}


@pytest.mark.parametrize(
    ("texts", "others"),
    [
        (("994", "997", "1.00", "1.02"), {"1.00", "1.02"}),
        (("994", "1.00", "1.02", "1.04"), {"994"}),
        (("1.02", "1.00", "998", "994", "991"), {"1.02", "1.00"}),
        (("990", "999", "1.01", "998", "992"), {"1.01"}),
        (("199.5", "199.9", "0.200", "199.7"), {"0.200"}),
        (("1,950", "1,999", "2.00"), {"2.00"}),
        (("990", "997", "1.00", "", "1.02", "980", "975"), {"1.00", "1.02"}),
        (("999.8", "1.001", "10.02", "9.98", "1.001", "999.5", "998.1"), {"999.8", "999.5", "998.1"}),
        (("1250", "1251", "1.2", "85.2", "999.6", "1003", "1248"), {"1.2", "85.2", "999.6"}),
        (("1990", "1995", "1999", "2.000"), {"2.000"}),
    ],
    ids=[
        *("W to kW", "most are kW", "kW to W", "there and back", "a meter's ranges", "thousands", "a dark display"),
        *("a meter's ranges up and down", "it comes back otherwise", "as many digits"),
    ],
)
def test_values_of_another_scale_are_flagged_where_a_number_falls_to_a_thousandth_and_gains_decimals(texts, others):
    assert after(*texts) == others


@pytest.mark.parametrize(
    "texts",
    [
        ("9.98", "9.99", "10.0", "10.1"),
        ("998", "999", "1", "2"),
        ("998.0", "999.0", "1.0", "2.0"),
        ("998.0", "999.0", "0.00", "0.01"),
        ("1.234", "23.45", "345.6", "0.987"),
        ("59.8", "1.00", "1.01"),
        ("850", "855", "1.2", "1.4"),
        ("1020", "1023", "0.98", "0.97"),
        ("1195", "1199", "0.99", "0.95"),
        ("0.9", "0.8", "1985", "1990"),
        ("4.302", "4302", "4.301", "4300"),
    ],
    ids=[
        *("the point moves", "it begins anew", "as many decimals", "nothing is left", "as before", "no thousandth"),
        *("a fall", "more than a step", "a price", "a rise", "a point that is passed over"),
    ],
)
def test_a_number_that_falls_otherwise_is_of_one_scale(texts):
    assert after(*texts) == set()


def test_each_source_begins_in_the_unit_that_its_decimals_tell():
    texts = ["990", "995", "999", "1.00", "800", "810", "1.05", "1.07"]
    lines = [Line((text,), (SURE,)) for text in texts]
    each = LineColumn(Readout("n", window=(0, 0, 90, 30)), "0123456789.", lines, np.repeat(np.arange(8), 12))
    flags = compare(each, sources=np.repeat([0, 1, 2], [48, 24, 24])).flags[::12] & BITS["unknown"]
    assert [text for text, flag in zip(texts, flags, strict=True) if flag] == ["1.00", "1.05", "1.07"]


def test_values_are_of_one_scale_where_it_is_stated_that_units_are_set_aside():
    lines = [Line((text,), (SURE,)) for text in ("994", "997", "1.00", "1.02")]
    readout = Readout("n", window=(0, 0, 90, 30), meaning=Meaning(units="aside"))
    each = LineColumn(readout, "0123456789.", lines, np.repeat(np.arange(4), 12))
    assert not (compare(each).flags & BITS["unknown"]).any()
