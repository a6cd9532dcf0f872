"""Taking away what the workbench holds, and opening it again."""

import asyncio
import csv
import hashlib
import io
import json

import numpy as np
import onnxruntime
import pytest

from readout.errors import ReadoutError
from readout.imaging.resample import resample, to_tensor
from readout.project.project_file import Project
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited
from tests.core.test_workbench import FRAMES, LAYOUT, ROOT, TRUTHS, quiet, read, texts

WHEN = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def taught(glyphs):
    """A workbench that has read twelve frames and learned from two of them."""
    bench = Workbench(Awaited(glyphs, glyphs.prior))
    bench.set_frames([{"name": name, "width": 1024, "height": 768} for name in FRAMES])
    bench.editor.set_layout(LAYOUT)
    read(bench)
    for frame in FRAMES[:2]:
        bench.editor.set_label(frame, "top", TRUTHS[frame])
    bench.editor.set_label(FRAMES[2], "top", None)
    asyncio.run(bench.refresh(quiet))
    return bench


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_has_what_was_read_and_typed(taught):
    found = [row for row in rows(taught.exports.csv()) if row["readout"] == "top"]
    assert [row["text"] for row in found] == [TRUTHS[name] for name in FRAMES]
    assert [row["typed"] for row in found[:4]] == [TRUTHS[FRAMES[0]], TRUTHS[FRAMES[1]], "(not readable)", ""]


def test_json_settings_and_proof_tell_the_same(taught):
    take = taught.exports
    made = json.loads(take.json(WHEN))
    assert [row["text"] for row in made["rows"]] == [row["text"] for row in rows(take.csv())]
    settings = json.loads(take.settings(WHEN))
    assert settings == made["settings"] and settings["date"] == WHEN
    assert sum(settings["examples"].values()) == 8
    sheet = take.audit_report("Boiler", WHEN)
    assert sheet.count("data:image/png") == len(made["rows"]) and "<title>Boiler" in sheet


def test_a_saved_project_opens_with_the_same_readings_and_saves_the_same_bytes(taught, glyphs):
    data = taught.exports.save("Boiler")
    other = Workbench(Awaited(glyphs, glyphs.prior))
    opened = other.open(data)
    assert opened["name"] == "Boiler" and [frame["name"] for frame in opened["frames"]] == FRAMES
    table = asyncio.run(other.refresh(quiet))
    assert texts(table) == texts(taught.table())
    for ours, theirs in zip(table["readouts"], taught.table()["readouts"], strict=True):
        np.testing.assert_allclose(ours["confidence"], theirs["confidence"], atol=1e-6)
    assert other.editor.state()["document"] == taught.editor.state()["document"]
    assert other.exports.save("Boiler") == data
    assert Project.from_bytes(data).name == "Boiler"


def test_what_cannot_be_opened_leaves_everything_as_it_was(taught):
    before = taught.editor.state()
    for data in (b"", b"no zip", taught.exports.save("x")[:-30]):
        with pytest.raises(ReadoutError):
            taught.open(data)
    assert taught.editor.state() == before


def test_a_project_of_another_backbone_is_refused_by_name(taught, glyphs):
    stranger = Awaited(glyphs, glyphs.prior, name="imagenet")
    stranger.sha256 = hashlib.sha256(b"imagenet").hexdigest()
    stranger.prior = None
    with pytest.raises(ReadoutError, match="pixels.*imagenet"):
        Workbench(stranger).open(taught.exports.save("x"))


def test_the_classifier_says_what_the_workbench_says(taught):
    model, card = (ROOT / "models" / name for name in ("glyphs.onnx", "glyphs.json"))
    joined = taught.exports.classifier(model.read_bytes(), card.read_text())
    crops = [crop for frame in FRAMES for crop in taught.observations.crops(frame, taught.editor.readouts[0])]
    session = onnxruntime.InferenceSession(joined)
    probabilities = session.run(["probabilities"], {session.get_inputs()[0].name: to_tensor(resample(crops, 32))})[0]
    column = taught.observations.columns()["top"]
    np.testing.assert_allclose(probabilities.reshape(column.probabilities.shape), column.probabilities, atol=1e-5)


def test_without_readings_it_says_so(glyphs):
    with pytest.raises(ReadoutError, match="nothing has been read yet"):
        Workbench(Awaited(glyphs, glyphs.prior)).exports.csv()
