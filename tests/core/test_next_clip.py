"""A project on the next clip of the same source: its numbers are found where they have moved to, or it is not sure."""

import csv

import av
import pytest

from readout.cli.main import main
from readout.layout.frame import Frame
from readout.layout.layout import Layout, Readout
from readout.model.onnx_backbone import OnnxBackbone
from readout.project.document import Document
from readout.project.project_file import BackboneId, Project
from tests.core.test_finder import SIZE, picture

PLACES = [(60, 90, 34), (420, 100, 26), (80, 300, 40)]
"""x, y of the baseline, height of the digits."""
WINDOWS = [(50, 48, 130, 50), (410, 66, 110, 42), (66, 250, 150, 60)]
WHITE = (240, 240, 240)


def texts(k):
    return [f"{118 + k}", f"{(37 * k) % 90 + 10}.5", f"{900 - 7 * k}"]


def film(path, places=PLACES, size=SIZE, count=10):
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=5, options={"crf": "10", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for k in range(count):
            shown = [(*place, text, WHITE) for place, text in zip(places, texts(k), strict=True)]
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture(*shown, size=size, seed=k), format="rgb24")):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return path


def moved(scale=1.0, x=0, y=0):
    return [(round(scale * a + x), round(scale * b + y), round(scale * h)) for a, b, h in PLACES]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of a first clip, whose three numbers have windows."""
    backbone = OnnxBackbone.named("glyphs")
    readouts = tuple(Readout(name, window=box) for name, box in zip("abc", WINDOWS, strict=True))
    frames = [Frame("first.mp4#t=0.000000", *SIZE, 0.0)]
    made = Project("p", BackboneId(backbone.name, backbone.sha256), frames, Document(Layout(SIZE, readouts)))
    path = tmp_path_factory.mktemp("next") / "p.readout.zip"
    path.write_bytes(made.to_bytes())
    return path


def read(project, clip, *options):
    """The status, the texts of each frame, and what was said."""
    out = clip.with_suffix(".csv")
    status = main(["read", str(clip), "--project", str(project), "--out", str(out), *options])
    if status == 2:
        return status, []
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return status, [[row["text"] for row in rows[k : k + 3]] for k in range(0, len(rows), 3)]


EXPECTED = [texts(k) for k in range(10)]


def test_where_nothing_has_moved_nothing_is_said(project, tmp_path, capsys):
    assert read(project, film(tmp_path / "second.mp4")) == (0, EXPECTED)
    assert "found" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("places", "size", "words"),
    [
        (moved(x=30, y=-20), SIZE, "3 of 3 numbers found "),
        (moved(0.8, 20, 50), SIZE, "3 of 3 numbers found "),
        (moved(1.5), (960, 540), "3 of 3 numbers found where the layout says"),
        (moved(x=-40, y=-30), (560, 300), "3 of 3 numbers found "),
    ],
    ids=["shifted", "smaller", "more pixels", "cropped"],
)
def test_numbers_are_read_where_they_have_moved_to(project, tmp_path, capsys, places, size, words):
    clip = film(tmp_path / "second.mp4", places, size)
    status, found = read(project, clip)
    said = capsys.readouterr().err
    assert words in said and "--as-placed" in said
    assert (status, found) == (0, EXPECTED)


def test_where_it_is_not_sure_it_says_so_and_reads_as_the_layout_says(project, tmp_path, capsys):
    clip = film(tmp_path / "second.mp4", [(300, 50, 34), (60, 200, 26), (380, 330, 40)])
    status, _ = read(project, clip)
    said = capsys.readouterr().err
    assert status == 0 and "second.mp4: not sure where the numbers are" in said and "readout find second.mp4" in said
    assert "they are read where it says" in said


def test_a_clip_of_another_size_in_which_it_is_not_sure_is_not_said_to_be_read(project, tmp_path, capsys):
    clip = film(tmp_path / "second.mp4", [(300, 50, 34), (60, 200, 26), (380, 330, 40)], (500, 400))
    status, _ = read(project, clip)
    said = capsys.readouterr().err
    assert status == 2 and "not sure where the numbers are" in said and "they are read" not in said


def test_it_is_not_looked_for_where_nobody_wants_it_to_be(project, tmp_path, capsys):
    clip = film(tmp_path / "second.mp4", moved(x=30, y=-20))
    status, found = read(project, clip, "--as-placed")
    assert status == 0 and found != EXPECTED
    assert "found" not in capsys.readouterr().err


def test_a_clip_of_the_project_itself_is_read_as_it_says(project, tmp_path, capsys):
    read(project, film(tmp_path / "first.mp4", moved(x=30, y=-20)))
    assert "found" not in capsys.readouterr().err


def test_frames_of_another_size_in_which_it_is_not_sure_are_refused_as_before(project, tmp_path, capsys):
    clip = film(tmp_path / "second.mp4", [(300, 50, 34), (60, 200, 26), (380, 280, 40)], (600, 300))
    status, _ = read(project, clip)
    assert status == 2 and "--scale-layout" in capsys.readouterr().err
