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


def assert_shows(page, rows, truths):
    """The score and the marks on the page are those of the top readings in `rows`."""
    top = [row for row in rows if row["readout"] == "top"]
    right = [row["text"] == truths[row["frame"]] for row in top]
    pairs = [pair for row in top for pair in zip(row["text"], truths[row["frame"]], strict=True)]
    digits = sum(read == true for read, true in pairs if true != ".")
    assert page.locator(".headline").inner_text() == f"{digits} of 200 digits, {sum(right)} of 50 readings"
    marks = page.locator("button.frame").evaluate_all("tiles => tiles.map((tile) => tile.classList.contains('right'))")
    assert marks == right


def test_the_page_reads_what_the_command_line_reads_and_again_after_another_number_of_sets(page, site, native):
    requests, problems = [], []
    page.context.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{site}?sets=1")
    for sets in (1, 8):
        page.get_by_role("slider").fill(str(sets))
        wait_until_read(page, sets)
        assert f"sets={sets}" in page.url
        rows = native_csv(native, sets)
        assert_same_readings(page_csv(page), rows)
        assert_shows(page, rows, native[0].truths)
    assert {urlsplit(url).netloc for url in requests} == {urlsplit(site).netloc}
    assert all(urlsplit(url).path.startswith("/some/sub/path/") for url in requests)
    assert problems == []


def test_a_slider_that_is_moved_while_the_page_works_ends_at_its_last_place(page, site, native):
    page.goto(f"{site}?sets=1")
    page.locator("button.frame.right").first.wait_for()
    for sets in (8, 5, 2):
        page.get_by_role("slider").fill(str(sets))
        page.wait_for_timeout(150)
    wait_until_read(page, 2)
    rows = native_csv(native, 2)
    assert_same_readings(page_csv(page), rows)
    assert_shows(page, rows, native[0].truths)
    assert not page.get_by_role("alert").is_visible()


def test_every_crop_and_embedding_agrees_with_the_native_one(page, site, native):
    """Over the bundled set: crops pixel for pixel, embeddings to 1e-3."""
    dataset, backbone, _ = native
    page.goto(f"{site}manifest.json")
    here = ROOT / "tests" / "page"
    embedder, parity, script = ((here / name).read_text() for name in ("embedder.js", "parity.js", "parity.py"))
    found = page.evaluate(f"(script) => ({parity})([{embedder}, script])", script)
    crops = [example.crop for examples in dataset.training.values() for example in examples]
    crops += [example.crop for example in dataset.testing]
    for path in dataset.frames:
        for readout in dataset.layout.readouts:
            crops += cut(load_image(path), readout.boxes)
    for k, crop in enumerate(crops):
        square = resample([crop], backbone.input_size)
        assert found["crops"][k] == hashlib.sha256(square.tobytes()).hexdigest(), k
        embedding = backbone.embed(to_tensor(square))[0]
        assert embedding.max() > 1
        np.testing.assert_allclose(found["embeddings"][k], embedding, atol=1e-3, err_msg=str(k))
    assert len(found["crops"]) == len(crops) == 490


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
