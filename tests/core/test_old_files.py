"""Files of the version before the packages (b4823da) open, and say what they said.

tests/core/old was made with that version's workbench: six drawn pictures, one without its anchor, four frames of a
clip, ten examples of a dataset, two rules, three typed readings and a deleted example, read by the pixel backbone.
"""

import asyncio
import csv
import io
from pathlib import Path

import pytest

from readout.layout.link import from_link, to_link
from readout.project.chunk_record import ChunkRecord
from readout.project.project_file import Project
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited
from tests.core.conftest import PixelBackbone

OLD = Path(__file__).with_name("old")


def quiet(news):
    pass


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def new_bench():
    return Workbench(Awaited(PixelBackbone()))


@pytest.fixture(scope="module")
def project():
    return (OLD / "project.readout.zip").read_bytes()


def test_a_project_has_the_readings_it_had(project):
    bench = new_bench()
    opened = bench.open(project)
    assert (opened["name"], opened["clips"], len(opened["frames"])) == ("Boiler", '{"clips": []}', 10)
    table = asyncio.run(bench.refresh(quiet))
    assert table["learned"] is None, "the head that was saved reads, nothing is learned again"
    found, expected = rows(bench.exports.csv()), rows((OLD / "readings.csv").read_text())
    for row, old in zip(found, expected, strict=True):
        assert float(row.pop("confidence")) == pytest.approx(float(old.pop("confidence")), abs=2e-4)
        assert {name: row[name] for name in old} == old and row["note"] == ""
    missing = bench.missing()
    assert not missing["frames"] and not len(missing["rows"]) and not missing["typed"]


def test_it_is_saved_as_a_file_that_opens_the_same(project):
    bench, again = new_bench(), new_bench()
    for each, data in ((bench, project), (again, None)):
        each.open(data or bench.exports.save("Boiler", '{"clips": []}'))
        asyncio.run(each.refresh(quiet))
    assert again.exports.csv() == bench.exports.csv()


def test_a_document_that_a_browser_kept_is_taken_back():
    bench, text = new_bench(), (OLD / "document.json").read_text()
    state = bench.editor.restore(text)
    assert state["document"] == text
    assert state["anchor"] == {"frame": "image-0.png", "repeats": False} and len(state["typed"]) == 3


def test_a_link_holds_the_layout(project):
    layout = from_link((OLD / "layout-link.txt").read_text())
    assert layout == Project.from_bytes(project).document.layout
    assert to_link(layout) == (OLD / "layout-link.txt").read_text()


def test_what_was_kept_of_a_chunk_is_read_without_the_clip(project):
    data, saved, bench = (OLD / "chunk.bin").read_bytes(), Project.from_bytes(project), new_bench()
    assert ChunkRecord.from_bytes(data).to_bytes() == data
    bench.editor.open(saved.document)
    bench.set_frames([frame._asdict() for frame in saved.frames if frame.time_s is not None])
    bench.learner.take_head(saved.restore_head(bench.learner.backbone), [])
    restored = bench.chunks.restore_chunks([data])
    assert restored["frames"] == 4 and restored["shifts"]["lost"].tolist() == [0] * 4
    texts = {each["readout"]: each["texts"].split("\n") for each in restored["readouts"]}
    assert texts == {"top": ["20.1", "20.1", "20.2", "20.4"], "low": ["33", "33", "33", "35"]}
