"""The whole job in a browser: it loads, learns and reads, as the command line does, alone."""

import csv
import hashlib
import io
import json
from urllib.parse import urlsplit

import numpy as np
import pytest

from readout.crops import cut, resample, to_tensor
from readout.dataset import Dataset
from readout.embeddings import EmbeddingCache
from readout.evaluation import read_frames, train
from readout.images import load_image
from readout.native import OnnxBackbone
from readout.reader import Reader, write_csv

from tests.page.helpers import ROOT, wait_until_read

SETS = 3


@pytest.fixture(scope="module")
def native():
    """(dataset, backbone, cache of its embeddings) outside the browser."""
    backbone = OnnxBackbone.named()
    return Dataset.load(ROOT / "data"), backbone, EmbeddingCache(backbone)


def native_csv(native, sets):
    dataset, backbone, cache = native
    file = io.StringIO()
    reader = Reader(dataset.layout, train(dataset, cache, sets), backbone)
    write_csv(read_frames(dataset.frames, reader, cache), file)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def page_csv(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))


def assert_same_readings(ours, theirs):
    exact = ("frame", "time_s", "readout", "text", "value", "flags")
    assert [[row[name] for name in exact] for row in ours] == [[row[name] for name in exact] for row in theirs]
    confidences = [[float(row["confidence"]) for row in rows] for rows in (ours, theirs)]
    np.testing.assert_allclose(*confidences, atol=2e-3)


def test_the_page_reads_what_the_command_line_reads_and_again_after_another_number_of_sets(page, site, native):
    requests, problems = [], []
    page.context.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{site}?sets={SETS}")
    wait_until_read(page, SETS)
    rows = native_csv(native, SETS)
    assert_same_readings(page_csv(page), rows)

    truths = native[0].truths
    top = [row for row in rows if row["readout"] == "top"]
    right = sum(row["text"] == truths[row["frame"]] for row in top)
    digits = sum(a == b for row in top for a, b in zip(row["text"], truths[row["frame"]]) if a != ".")
    assert page.locator(".headline").inner_text() == f"{digits} of 200 digits, {right} of 50 readings"
    assert page.locator("button.frame.right").count() == right
    assert page.locator("button.frame.wrong").count() == 50 - right

    page.get_by_role("slider").fill("8")
    page.get_by_text("Learned 80 pictures").wait_for()
    page.wait_for_function("document.querySelector('.headline').textContent.includes('50 readings')")
    assert "sets=8" in page.url
    assert_same_readings(page_csv(page), native_csv(native, 8))

    assert {urlsplit(url).netloc for url in requests} == {urlsplit(site).netloc}
    assert all(urlsplit(url).path.startswith("/some/sub/path/") for url in requests)
    assert problems == []


def test_crops_embeddings_and_fit_agree_with_the_native_ones(page, site, native):
    """Crops pixel for pixel, embeddings to 1e-3, over every bundled training crop and some frames."""
    dataset, backbone, _ = native
    page.goto(f"{site}manifest.json")
    here = ROOT / "tests" / "page"
    found = page.evaluate((here / "parity.js").read_text(), (here / "parity.py").read_text())
    crops = [example.crop for examples in dataset.training.values() for example in examples]
    for path in dataset.frames[:5]:
        for readout in dataset.layout.readouts:
            crops += cut(load_image(path), readout.boxes)
    squares = resample(crops, backbone.input_size)
    assert found["crops"] == [hashlib.sha256(square.tobytes()).hexdigest() for square in squares]

    embeddings = np.concatenate([backbone.embed(to_tensor(squares[i : i + 8])) for i in range(0, len(squares), 8)])
    assert np.abs(embeddings).max() > 1
    np.testing.assert_allclose(np.array(found["embeddings"]), embeddings[:: len(crops) // 24], atol=1e-3)


def test_inspecting_a_frame_shows_its_boxes_crops_and_probabilities(page, site, native):
    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    page.locator("button.frame").nth(4).click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".bars").nth(7).wait_for()
    assert dialog.get_by_role("heading", level=2).inner_text() == "image-0005.png"
    assert dialog.locator("svg rect").count() == 8
    dataset = native[0]
    crops = cut(load_image(dataset.frames[4]), dataset.layout.readouts[0].boxes)
    for crop, canvas in zip(crops, dialog.locator("canvas").all()[:4], strict=True):
        shown = canvas.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
        assert np.array_equal(np.array(shown, np.uint8).reshape(*crop.pixels.shape[:2], 4)[:, :, :3], crop.pixels)
    for bars in dialog.locator(".bars").all():
        percent = [float(text.removesuffix(" %")) for text in bars.locator("td.number").all_inner_texts()]
        assert len(percent) == 10
        assert sum(percent) == pytest.approx(100, abs=0.6)


def test_the_manifest_lists_what_is_served_and_the_example_in_the_picture_is_true(page, site):
    manifest = json.loads(page.request.get(f"{site}manifest.json").text())
    for file, facts in manifest["files"].items():
        if not file.startswith("data/frames/"):
            assert hashlib.sha256(page.request.get(site + file).body()).hexdigest() == facts["sha256"], file
    page.goto(site)
    truths = Dataset.load(ROOT / "data").truths
    assert page.locator("#example").inner_text() == truths["image-0001.png"]
