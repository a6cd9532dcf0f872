"""The whole job in a browser: it loads, learns and reads, as the command line does, alone."""

import csv
import hashlib
import io
import json
from functools import cache
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from readout.data.dataset import Dataset
from readout.evaluation.score import read_frames, train
from readout.imaging.crops import cut
from readout.imaging.images import load_image
from readout.imaging.resample import resample, to_tensor
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.readings.reading import Reader, write_csv
from tests.page.helpers import ROOT, wait_until_read
from tests.page.scripts import Scripts

JS = Scripts("views.js")

MODELS = {"glyphs": "glyphs", "imagenet": "mobilenet_v1_imagenet"}


@cache
def natively(backbone):
    """(dataset, backbone, cache of its embeddings) outside the browser, of a backbone by its name in the URL."""
    loaded = OnnxBackbone.named(MODELS[backbone])
    return Dataset.load(ROOT / "data"), loaded, EmbeddingCache(loaded)


@pytest.fixture
def native():
    return natively("glyphs")


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


def assert_estimates(page, rows):
    """The table says how many readings are wrong by its own estimate."""
    expected = sum(1 - float(row["confidence"]) for row in rows)
    words = page.locator(".review strong").inner_text()
    assert float(words) == pytest.approx(expected, abs=0.1 if expected < 9 else 0.6)


def test_the_page_reads_what_the_command_line_reads_and_again_with_other_sets_and_another_backbone(page, site):
    requests, problems = [], []
    page.context.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    def fetched():
        return [urlsplit(url).path.rsplit("/", 1)[-1] for url in requests]

    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    assert "mobilenet_v1_imagenet.onnx" not in fetched()
    turns = [("glyphs", 1), ("glyphs", 0), ("glyphs", 8), ("glyphs", 1)]
    turns += [("imagenet", 1), ("glyphs", 1), ("imagenet", 1), ("imagenet", 8)]
    for backbone, sets in turns:
        page.locator(f"input[value={backbone}]").check()
        page.locator(f'#read[data-backbone="{backbone}"]').wait_for()
        page.get_by_role("slider").fill(str(sets))
        wait_until_read(page, sets)
        assert f"sets={sets}" in page.url and (f"backbone={backbone}" in page.url or backbone == "glyphs")
        native = natively(backbone)
        rows = native_csv(native, sets)
        assert_same_readings(page_csv(page), rows)
        assert_shows(page, rows, native[0].truths)
        if sets == 0:
            assert_estimates(page, rows)
    assert fetched().count("mobilenet_v1_imagenet.onnx") == 1
    expect(page.locator(".comparison tbody th")).to_have_text(["Glyphs", "ImageNet MobileNet"])
    assert {urlsplit(url).netloc for url in requests} == {urlsplit(site).netloc}
    assert all(urlsplit(url).path.startswith("/some/sub/path/") for url in requests)
    assert problems == []


def test_a_slider_that_is_moved_while_the_page_works_ends_at_its_last_place(tab, native):
    page = tab
    page.locator("button.frame.right").first.wait_for()
    for sets in (8, 5, 2):
        page.get_by_role("slider").fill(str(sets))
        page.wait_for_timeout(150)
    wait_until_read(page, 2)
    rows = native_csv(native, 2)
    assert_same_readings(page_csv(page), rows)
    assert_shows(page, rows, native[0].truths)
    assert not page.get_by_role("alert").is_visible()


@pytest.mark.parametrize("name", MODELS)
def test_every_crop_and_embedding_agrees_with_the_native_one(page, site, name):
    """Over the bundled set: crops pixel for pixel, embeddings to 1e-3."""
    dataset, backbone, _ = natively(name)
    page.goto(f"{site}manifest.json")
    here = ROOT / "tests" / "page"
    embedder, parity = ((here / name).read_text().rstrip().removesuffix(";") for name in ("embedder.js", "parity.js"))
    asked = {"script": (here / "parity.py").read_text(), "model": MODELS[name], "size": backbone.input_size}
    found = page.evaluate(f"(asked) => ({parity})([{embedder}, asked])", asked)
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


def test_inspecting_a_frame_shows_its_boxes_crops_and_probabilities(tab, native):
    page = tab
    page.get_by_role("slider").fill("1")
    wait_until_read(page, 1)
    page.locator("button.frame").nth(4).click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".bars").nth(7).wait_for()
    assert dialog.get_by_role("heading", level=2).inner_text() == "image-0005.png"
    assert dialog.locator("svg rect").count() == 8
    dataset = native[0]
    crops = cut(load_image(dataset.frames[4]), dataset.layout.readouts[0].boxes)
    for crop, canvas in zip(crops, dialog.locator("canvas").all()[:4], strict=True):
        shown = canvas.evaluate(JS.pixels)
        assert np.array_equal(np.array(shown, np.uint8).reshape(*crop.pixels.shape[:2], 4)[:, :, :3], crop.pixels)
    for bars in dialog.locator(".bars").all():
        percent = [float(text.removesuffix(" %")) for text in bars.locator("td.number").all_inner_texts()]
        assert len(percent) == len([*"0123456789", "-", "blank", "unknown"])
        assert sum(percent) == pytest.approx(100, abs=0.6)


def test_it_reads_before_it_learns_and_then_keeps_the_score_of_both(page, site):
    page.goto(site)
    page.locator("button.frame:enabled").first.wait_for()
    assert "Learned" not in page.locator(".outcome").inner_text()  # the first readings are the prior's
    wait_until_read(page, 4)
    columns = page.locator(".comparison thead th").all_inner_texts()
    assert columns[1:] == ["0", "4", "time"]
    right, total = page.locator(".headline strong").inner_text().removesuffix(" digits").split(" of ")
    assert page.locator(".comparison tbody td").all_inner_texts()[1].startswith(f"{right}/{total}")


def test_where_the_browser_alters_pixels_python_decodes_the_pictures(page, site, native):
    page.add_init_script(f"({JS.spoilPixels})()")
    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    assert_same_readings(page_csv(page), native_csv(native, 1))


def test_the_manifest_lists_what_is_served_and_the_example_in_the_picture_is_true(page, site):
    manifest = json.loads(page.request.get(f"{site}manifest.json").text())
    for file, facts in manifest["files"].items():
        if not file.startswith("data/frames/") and file != "sw.js":  # a developer is served one that removes itself
            assert hashlib.sha256(page.request.get(site + file).body()).hexdigest() == facts["sha256"], file
    page.goto(site)
    truths = Dataset.load(ROOT / "data").truths
    assert page.locator("#example").inner_text() == truths["image-0001.png"]
