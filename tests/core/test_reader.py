"""Embeddings become readings, and readings become CSV."""

import csv
import io

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.head import SoftmaxHead
from readout.layout import Layout, Readout
from readout.reader import COLUMNS, DOUBTFUL, Reader, Reading, write_csv

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
    ("##:##", "1200", "12:00", None),
    ("##,#", "120", "12,0", None),
    ("# #", "12", "1 2", None),
    ("#_#", "12", "1_2", None),
    ("##", ["1", "-"], "1-", None),
    ("##", ["minus", "1"], "minus1", None),
    ("###", "nan", "nan", None),
    ("#e###", "1222", "1e222", 1e222),
    ("#e####", "12220", "1e2220", None),
    ("## V", "12", "12 V", None),
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
        assert reading.flags == (("doubtful",) if reading.confidence < DOUBTFUL else ())
    assert {reading.flags for reading in readings} == {("doubtful",), ()}


def test_a_head_of_another_backbone_is_refused(pixel_backbone):
    layout = Layout((1, 1), (Readout("top", "#", ((0, 0, 1, 1),)),))
    with pytest.raises(ReadoutError, match="trained on the backbone ffffffffffff…, got pixels .*: train it again"):
        Reader(layout, SoftmaxHead(backbone_sha256="f" * 64), pixel_backbone)


# CSV


def reading(frame="image-1.png", text="12.02", value=12.02, confidence=0.98765, flags=(), time_s=None):
    return Reading(frame, "top", tuple(text), text, value, confidence, flags, np.zeros((4, 2)), time_s)


ROWS = [
    # reading, line
    (reading(), "image-1.png,,top,12.02,12.02,0.9877,"),
    (reading(text="00.10", value=0.1), "image-1.png,,top,00.10,0.1,0.9877,"),
    (reading(text="12:02", value=None), "image-1.png,,top,12:02,,0.9877,"),
    (reading(confidence=0.25, flags=("doubtful",)), "image-1.png,,top,12.02,12.02,0.2500,doubtful"),
    (reading(flags=("doubtful", "late")), "image-1.png,,top,12.02,12.02,0.9877,doubtful late"),
    (reading(time_s=1 / 3), "image-1.png,0.333333,top,12.02,12.02,0.9877,"),
    (reading(time_s=0.0), "image-1.png,0.000000,top,12.02,12.02,0.9877,"),
    (reading(text="12,02", value=None), 'image-1.png,,top,"12,02",,0.9877,'),
]


@pytest.mark.parametrize(("one", "line"), ROWS)
def test_a_reading_is_one_line(one, line):
    file = io.StringIO()
    write_csv([one], file)
    assert file.getvalue() == f"frame,time_s,readout,text,value,confidence,flags\n{line}\n"


def test_the_csv_parses_back_whatever_the_names():
    frames = ["plain.png", 'quo"te.png', "com,ma.png", "two\nlines.png", "Höhe 90°.png"]
    file = io.StringIO()
    write_csv([reading(frame=frame, value=0.1 + 0.2) for frame in frames], file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [row["frame"] for row in rows] == frames
    assert all(float(row["value"]) == 0.1 + 0.2 for row in rows)
    assert tuple(rows[0]) == COLUMNS


def test_no_readings_are_a_head_line_only():
    file = io.StringIO()
    write_csv([], file)
    assert file.getvalue() == ",".join(COLUMNS) + "\n"
