"""Embeddings become readings, and readings become CSV."""

import csv
import hashlib
import io
from itertools import combinations, product

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.layout.layout import Layout, Readout
from readout.model.head import SoftmaxHead
from readout.model.prior import UNKNOWN
from readout.readings.reading import COLUMNS, DOUBTFUL, NOTE, Reader, Reading, review, write_csv

PIXELS = hashlib.sha256(b"pixels").hexdigest()
LABELS = ["-", "0", "1", "2", "e", "n", "a", "minus"]


def directions(labels):
    """One clean embedding for each label."""
    return np.eye(len(LABELS))[[LABELS.index(label) for label in labels]]


@pytest.fixture(scope="module")
def head():
    return SoftmaxHead(l2=0.01).fit(directions(LABELS * 2), LABELS * 2)


def read(head, backbone, format_, embeddings):
    readout = Readout("top", format_, ((0.0, 0.0, 1.0, 1.0),) * format_.count("#"))
    return Reader(Layout((1, 1), (readout,)), head, backbone).read("image-1.png", readout, embeddings)


VALUES = [
    # format, labels, text, value
    ("##.##", "1202", "12.02", 12.02),
    ("##.##", "0001", "00.01", 0.01),
    ("#", "2", "2", 2),
    ("-##", "12", "-12", -12),
    ("##", ["-", "2"], "-2", -2),
    (" ##", "12", " 12", 12),
    ("#e#", "12", "1e2", 100),
    ("##:##", "1200", "12:00", 720),
    ("##,#", "120", "12,0", 12),
    ("# #", "12", "1 2", None),
    ("#_#", "12", "1_2", None),
    ("##", ["1", "-"], "1-", None),
    ("##", ["minus", "1"], "minus1", None),
    ("###", "nan", "nan", None),
    ("#e###", "1222", "1e222", 1e222),
    ("#e####", "12220", "1e2220", None),
    ("## V", "12", "12 V", 12),
]


@pytest.mark.parametrize(("format_", "labels", "text", "value"), VALUES)
def test_labels_become_text_and_where_it_is_a_number_a_value(head, pixel_backbone, format_, labels, text, value):
    reading = read(head, pixel_backbone, format_, directions(labels))
    assert (reading.frame, reading.readout, reading.time_s) == ("image-1.png", "top", None)
    assert (reading.labels, reading.text, reading.value) == (tuple(labels), text, value)


def test_confidence_is_the_product_over_the_boxes(head, pixel_backbone):
    embeddings = directions("12") * [[0.8], [0.3]]
    reading = read(head, pixel_backbone, "#.#", embeddings)
    P = head.predict_proba(embeddings)
    assert reading.confidence == pytest.approx(P[0].max() * P[1].max())
    assert np.array_equal(reading.probabilities, P)


def test_a_reading_below_the_threshold_is_doubtful(head, pixel_backbone):
    blends = np.linspace(0, 1, 41)[:, None]
    readings = [read(head, pixel_backbone, "#", row[None]) for row in blends * directions("1")]
    for reading in readings:
        assert ("doubtful" in reading.flags) == (reading.confidence < DOUBTFUL)
    assert {"doubtful" in reading.flags for reading in readings} == {True, False}


def test_a_head_of_another_backbone_is_refused(pixel_backbone):
    layout = Layout((1, 1), (Readout("top", "#", ((0, 0, 1, 1),)),))
    with pytest.raises(ReadoutError, match="trained on the backbone ffffffffffff…, got pixels .*: train it again"):
        Reader(layout, SoftmaxHead(backbone_sha256="f" * 64), pixel_backbone)


# What a prior knows


DIGITS = "0123456789"


@pytest.fixture(scope="module")
def knowing(make_prior):
    """A head that knows ten digits and blank as clusters around the corners (11), and all else as unknown."""
    corners = dict(zip([*DIGITS, "blank"], np.eye(11) * 4, strict=True))
    return SoftmaxHead(prior=make_prior(corners, corners, PIXELS)).fit([], [])


def shown(text):
    """One clean embedding for each character: a space is a blank box, ? is nothing known."""
    corners = {**dict(zip([*DIGITS, " "], np.eye(11) * 4, strict=True)), "?": np.zeros(11)}
    return np.array([corners[mark] for mark in text])


SHOWN = [
    # format, what the boxes show, text, value, flags
    ("#.##", "905", "9.05", 9.05, ()),
    ("##.##", " 905", " 9.05", 9.05, ()),
    ("##.##", "?905", "?9.05", None, ("unknown",)),
    ("##", "7 ", "7 ", 7, ()),
    ("###", "1 2", "1 2", None, ("no-value",)),
    ("##.#", "1? ", "1?. ", None, ("unknown",)),
    ("##", "  ", "  ", None, ()),
    ("-##", " 5", "- 5", -5, ()),
]


@pytest.mark.parametrize(("format_", "boxes", "text", "value", "flags"), SHOWN)
def test_a_blank_box_is_a_space_and_an_unknown_one_a_question_mark(
    knowing, pixel_backbone, format_, boxes, text, value, flags
):
    reading = read(knowing, pixel_backbone, format_, shown(boxes))
    assert (reading.text, reading.value, reading.flags) == (text, value, flags)
    assert reading.labels == tuple({" ": "blank", "?": UNKNOWN}.get(mark, mark) for mark in boxes)


FLAGS = {
    # what the one box shows: (embedding, flags)
    "a digit": (shown("3")[0], ()),
    "a digit, twice as strong": (shown("3")[0] * 2.5, ("outlier",)),
    "nothing known": (shown("?")[0], ("unknown",)),
    "nothing known, far from all": (-shown("3")[0] * 2, ("unknown", "outlier")),
    "half of three digits": (shown("357").sum(axis=0) / 2, ("doubtful",)),
    "a far mixture of three digits": (shown("357").sum(axis=0) * 2, ("doubtful", "outlier")),
}


@pytest.mark.parametrize(("embedding", "flags"), FLAGS.values(), ids=FLAGS)
def test_a_flag_says_why_to_look_again(knowing, pixel_backbone, embedding, flags):
    assert read(knowing, pixel_backbone, "#", embedding[None]).flags == flags


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_box_that_is_an_outlier_flags_the_reading(knowing, pixel_backbone, place):
    embeddings = shown("123")
    assert read(knowing, pixel_backbone, "###", embeddings).flags == ()
    embeddings[place] *= 2.5
    assert read(knowing, pixel_backbone, "###", embeddings).flags == ("outlier",)


# Review


REVIEWS = {
    # what: (confidences, how many are wrong, which to look at first)
    "no readings": ([], 0, []),
    "all certain": ([1, 1, 1], 0, []),
    "one doubtful": ([1, 0.4, 1], 0.6, [1]),
    "one more doubtful than the others together": ([0.9, 0.2, 0.9], 1.0, [1]),
    "two alike are half of four": ([0.9, 0.9, 0.9, 0.9], 0.4, [0, 1]),
    "three alike need two": ([0.5, 0.5, 0.5], 1.5, [0, 1]),
    "the most doubtful first": ([0.9, 0.7, 0.8, 0.7, 1.0], 0.9, [1, 3]),
    "all hopeless": ([0, 0], 2, [0]),
}


@pytest.mark.parametrize(("confidences", "wrong", "first"), REVIEWS.values(), ids=REVIEWS)
def test_a_review_says_how_many_are_wrong_and_where_half_of_them_are(confidences, wrong, first):
    found = review(confidences)
    assert found.wrong == pytest.approx(wrong)
    assert found.first == first


@pytest.mark.parametrize("count", range(1, 5))
def test_no_smaller_set_holds_half_of_the_doubts_and_none_of_that_size_more(count):
    for doubts in product([0, 1 / 8, 1 / 4, 3 / 8, 1], repeat=count):  # exact in binary
        found = review([1 - doubt for doubt in doubts])
        held = sum(doubts[k] for k in found.first)
        assert found.wrong == sum(doubts)
        assert held >= sum(doubts) / 2
        assert len(set(found.first)) == len(found.first)
        if found.first:
            assert all(sum(fewer) < sum(doubts) / 2 for fewer in combinations(doubts, len(found.first) - 1))
        assert all(sum(others) <= held for others in combinations(doubts, len(found.first)))
        assert [doubts[k] for k in found.first] == sorted((doubts[k] for k in found.first), reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_of_readings_as_good_as_they_say_half_the_errors_are_where_the_review_looks(seed):
    """Drawn as the confidences have it, errors and errors found come close to what is expected of them."""
    random = np.random.default_rng(seed)
    confidences = random.beta(8, 1, 20_000)
    errors = random.uniform(size=20_000) > confidences
    found = review(confidences)
    assert found.wrong == pytest.approx(errors.sum(), rel=0.05)
    assert errors[found.first].sum() == pytest.approx(errors.sum() / 2, rel=0.05)
    assert len(found.first) < 0.25 * 20_000


# CSV


def reading(frame="image-1.png", text="12.02", value=12.02, confidence=0.98765, flags=(), time_s=None, confirmed=None):
    shown = np.zeros((4, 2))
    return Reading(frame, "top", tuple(text), text, value, confidence, flags, shown, time_s, confirmed)


ROWS = [
    # reading, line
    (reading(), "image-1.png,,top,12.02,12.02,0.9877,,"),
    (reading(text="00.10", value=0.1), "image-1.png,,top,00.10,0.1,0.9877,,"),
    (reading(text="12:02", value=None), "image-1.png,,top,12:02,,0.9877,,"),
    (reading(confidence=0.25, flags=("doubtful",)), "image-1.png,,top,12.02,12.02,0.2500,doubtful,"),
    (reading(flags=("doubtful", "late")), "image-1.png,,top,12.02,12.02,0.9877,doubtful late,"),
    (reading(time_s=1 / 3), "image-1.png,0.333333,top,12.02,12.02,0.9877,,"),
    (reading(time_s=0.0), "image-1.png,0.000000,top,12.02,12.02,0.9877,,"),
    (reading(text="12,02", value=None), 'image-1.png,,top,"12,02",,0.9877,,'),
    (reading(text="-5.0", value=-5.0), "image-1.png,,top,-5.0,-5.0,0.9877,,"),
    (reading(text="-?.0", value=None), "image-1.png,,top,'-?.0,,0.9877,,"),
    (reading(confirmed=True), "image-1.png,,top,12.02,12.02,0.9877,,yes"),
    (reading(confirmed=False), "image-1.png,,top,12.02,12.02,0.9877,,no"),
    (reading(confirmed=np.True_), "image-1.png,,top,12.02,12.02,0.9877,,yes"),
    (reading(value=np.float64(0.5), time_s=np.float64(1)), "image-1.png,1.000000,top,12.02,0.5,0.9877,,"),
    (reading(frame="=1+1"), "'=1+1,,top,12.02,12.02,0.9877,,"),
]


@pytest.mark.parametrize(("one", "line"), ROWS)
def test_a_reading_is_one_line(one, line):
    file = io.StringIO()
    write_csv([one], file)
    assert file.getvalue() == f"frame,time_s,readout,text,value,confidence,flags,confirmed,note\n{line},\n"


def test_the_csv_parses_back_whatever_the_names():
    frames = ["plain.png", 'quo"te.png', "com,ma.png", "two\nlines.png", "Höhe 90°.png"]
    file = io.StringIO()
    write_csv([reading(frame=frame, value=0.1 + 0.2) for frame in frames], file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [row["frame"] for row in rows] == frames
    assert all(float(row["value"]) == 0.1 + 0.2 for row in rows)
    assert tuple(rows[0]) == (*COLUMNS, NOTE)


def test_rows_that_came_before_an_error_are_written():
    def readings():
        yield reading()
        raise ReadoutError("the clip is damaged")

    file = io.StringIO()
    with pytest.raises(ReadoutError):
        write_csv(readings(), file)
    assert len(file.getvalue().splitlines()) == 2


def test_no_readings_are_a_head_line_only():
    file = io.StringIO()
    write_csv([], file)
    assert file.getvalue() == ",".join((*COLUMNS, NOTE)) + "\n"
