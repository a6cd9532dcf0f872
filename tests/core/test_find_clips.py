"""Numbers of clips that nobody has shown: of a folder, and what is said where there is none to read."""

import csv

import av
import pytest

from readout.cli.find import none_found
from readout.cli.main import main
from readout.readings.suggestion import Suggestion
from tests.core.test_finder import picture

SIZE = (320, 180)
LEFT, RIGHT = (30, 60), (190, 150)


def film(path, texts, at=LEFT, rate=4):
    """A clip with a frame for each text."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options={"crf": "10", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for k, text in enumerate(texts):
            frame = picture((*at, 24, text, (240, 240, 240)), size=SIZE, seed=k)
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return path


def counting(begin):
    return [f"{begin + k}" for k in range(8)]


def read(folder, out):
    """The status, and the texts of each file."""
    status = main(["read", str(folder), "--out", str(out)])
    texts = {}
    if out.exists():
        with out.open(newline="") as file:
            for row in csv.DictReader(file):
                texts.setdefault(row["frame"].partition("#")[0], []).append(row["text"])
    return status, texts


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "clips"
    made.mkdir()
    return made


def test_the_next_clip_is_searched_where_one_has_no_number(folder, tmp_path, capsys):
    film(folder / "a.mp4", [""] * 8)
    film(folder / "b.mp4", counting(118))
    status, texts = read(folder, tmp_path / "out.csv")
    said = capsys.readouterr().err
    assert (status, texts["b.mp4"]) == (0, counting(118)) and "found in b.mp4" in said
    assert main(["find", str(folder)]) == 0
    found = capsys.readouterr()
    assert "found in b.mp4" in found.err and "118, 119" in found.out


def test_the_clip_that_was_searched_is_named_where_one_is_damaged(folder, tmp_path, capsys):
    film(folder / "a.mp4", counting(118))
    (folder / "a.mp4").write_bytes((folder / "a.mp4").read_bytes()[:200])
    film(folder / "b.mp4", counting(118))
    assert read(folder, tmp_path / "out.csv")[0] == 3
    said = capsys.readouterr().err
    assert "found in b.mp4" in said and "found in a.mp4" not in said


def test_where_no_clip_of_a_folder_has_a_number_all_are_meant(folder, tmp_path, capsys):
    for name in "ab":
        film(folder / f"{name}.mp4", [""] * 2)
    assert read(folder, tmp_path / "out.csv") == (2, {})
    assert "no number was found in any of 2 clips" in capsys.readouterr().err


def test_a_clip_whose_number_is_elsewhere_is_said_to_show_nothing(folder, tmp_path, capsys):
    film(folder / "a.mp4", counting(118))
    film(folder / "b.mp4", counting(527), at=RIGHT)
    status, texts = read(folder, tmp_path / "out.csv")
    assert (status, texts["a.mp4"]) == (0, counting(118)) and texts["b.mp4"].count("") > 4
    said = [line for line in capsys.readouterr().err.splitlines() if "nothing in any frame" in line]
    assert len(said) == 1 and "b.mp4: 'Counter' shows" in said[0] and "`readout find b.mp4`" in said[0]


def test_a_clock_that_runs_with_the_clip_is_read_where_nothing_else_is_there(tmp_path):
    texts = [f"1:{20 + k}" for k in range(8)]
    film(tmp_path / "stop.mp4", texts, rate=1)
    assert read(tmp_path / "stop.mp4", tmp_path / "out.csv") == (0, {"stop.mp4": texts})


def suggestion(kind="number", confidence=0.99, changes=False, elapsed=False, readings=("128",) * 8):
    return Suggestion("n", (0, 0, 40, 10), 0, 8, kind, readings, confidence, changes, elapsed)


STATIC, CLOCK = suggestion(), suggestion("time", changes=True, elapsed=True)
UNSURE, SELDOM = suggestion(confidence=0.3, changes=True), suggestion(readings=("128", "129", *[None] * 6))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([STATIC], "1 does not change:"),
        ([CLOCK], "1 is a clock that runs with the clip:"),
        ([UNSURE], "1 is unsure or seldom seen:"),
        (
            [STATIC, CLOCK, UNSURE, STATIC, SELDOM],
            "2 do not change, 1 is a clock that runs with the clip, 2 are unsure",
        ),
    ],
)
def test_it_says_why_a_number_is_not_read(found, words):
    said = none_found("a.mp4", found)
    assert f"no number to read was found in a.mp4, {words}" in said and "--window" in said
