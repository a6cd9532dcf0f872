"""A line backbone and its head in one ONNX file: valid, equal to the head, and run by a short program."""

import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

from readout.export.onnx import append_head, example
from readout.imaging.crops import Crop, cut
from readout.imaging.strips import WindowCrop, resample_strip, strips_to_tensor
from readout.model.backbone import Card, find_model
from readout.model.line_training import TypedLine, fit_lines
from readout.readings.recognizer import read_windows
from tests.core.displays import drawn

WINDOW = (8.0, 6.0, 144.0, 36.0)
TEXTS = ["32.5", "-3", "200", "7.08", "9922"]


@pytest.fixture(scope="module")
def windows():
    return read_windows()


@pytest.fixture(scope="module")
def card():
    return Card.from_json(find_model("lines").with_suffix(".json").read_text("utf-8"))


@pytest.fixture(scope="module")
def head(windows):
    """A head that has learned a character which the prior doesn't know."""
    crop = WindowCrop.of(cut(drawn("32.5"), [WINDOW])[0], WINDOW, 0.0)
    row = windows.cache.embed([crop])[0]
    return fit_lines([TypedLine(row, "32x5")] * 3, windows.cache.backbone.prior)[0]


@pytest.fixture(scope="module")
def joined(head, card):
    return append_head(find_model("lines").read_bytes(), head, card)


@pytest.mark.parametrize("count", [1, 3])
def test_every_column_has_the_heads_probabilities(windows, head, card, joined, count):
    onnx.checker.check_model(onnx.load_from_string(joined), full_check=True)
    strips = [resample_strip(Crop.whole(drawn(text, size=(160, 40)))) for text in TEXTS[:count]]
    session = onnxruntime.InferenceSession(joined, providers=["CPUExecutionProvider"])
    x = strips_to_tensor(strips)
    columns, probabilities = session.run([card.output, "probabilities"], {card.input: x})
    assert np.array_equal(columns, windows.cache.backbone.embed(x))
    expected = head.predict_proba(columns.reshape(-1, card.dim).astype(float))
    assert probabilities.reshape(expected.shape) == pytest.approx(expected, abs=2e-5)
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["classes"]) == head.classes_ and facts["stride"] == "2"
    aside = json.loads(facts["set_aside"])
    assert {"k", "unknown", "%"} <= set(aside) and not {"x", "blank", "0", "."} & set(aside)


def test_a_short_program_reads_windows(windows, card, tmp_path):
    (tmp_path / "classifier.onnx").write_bytes(append_head(find_model("lines").read_bytes(), windows.head, card))
    program = example(card, windows.head.classes_)
    (tmp_path / "classifier.py").write_text(program, encoding="utf-8")
    for k, text in enumerate(TEXTS):
        Image.fromarray(drawn(text)[6:42, 8:152]).save(tmp_path / f"{k}.png")
    names = [f"{k}.png" for k in range(len(TEXTS))]
    command = [sys.executable, "-W", "error", "classifier.py", "classifier.onnx", *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        [k, t] for k, t in zip(names, TEXTS, strict=True)
    ]
    assert max(map(len, program.splitlines()[2:])) <= 130
