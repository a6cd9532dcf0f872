"""Any classes in a real Chromium: from pictures and from a camera, by mouse and by key, taken along and kept."""

import contextlib
import json

import numpy as np
import onnxruntime
import pytest
from playwright.sync_api import expect

from readout.model.onnx_backbone import OnnxBackbone
from tests.core.test_picture_classes import Driven, drawn, file_of
from tests.page.helpers import load_axe, open_profile

SIZE = (320, 240)
KINDS = ("disc", "stripes")
PICTURES = {
    kind: [
        {"name": f"{kind}-{seed}.png", "mimeType": "image/png", "buffer": file_of(drawn(kind, seed, SIZE))}
        for seed in range(4)
    ]
    for kind in KINDS
}
OTHER = {"name": "other.png", "mimeType": "image/png", "buffer": file_of(drawn("disc", 60, SIZE))}


@pytest.fixture(scope="module")
def native():
    return OnnxBackbone.named("mobilenet_v1_imagenet")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A camera that shows a disc, and nothing else: I420, BT.601, limited range."""
    path = tmp_path_factory.mktemp("film") / "disc.y4m"
    rgb = drawn("disc", 60, SIZE) / 255
    y = 16 + rgb @ (65.481, 128.553, 24.966)
    chroma = (128 + rgb @ weights for weights in ((-37.797, -74.203, 112.0), (112.0, -93.786, -18.214)))
    halves = (c.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2).mean(axis=(1, 3)) for c in chroma)
    picture = b"".join(np.rint(plane).astype(np.uint8).tobytes() for plane in (y, *halves))
    header = f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + (b"FRAME\n" + picture) * 10)
    return path


@pytest.fixture
def open_page(browser, site, tmp_path_factory):
    """open_page(*arguments) opens the page in a profile of its own, in which no error may pass unseen."""
    problems = []
    with contextlib.ExitStack() as opened:

        def start(*arguments):
            context = open_profile(browser.browser_type, tmp_path_factory.mktemp("profile"), *arguments)
            opened.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto(f"{site}classes.html")
            expect(page.locator(".class-card")).to_have_count(2)
            return page

        yield start
    assert problems == []


def card(page, k):
    return page.locator(".class-card").nth(k)


def show(page):
    for k, kind in enumerate(KINDS):
        card(page, k).locator("input[type=file]").set_input_files(PICTURES[kind])
        expect(card(page, k).locator(".shots canvas")).to_have_count(4)


def chances(page):
    return page.eval_on_selector_all(".chances meter", "meters => meters.map((meter) => meter.value)")


def test_from_pictures_it_learns_as_python_does_alone_and_is_taken_along_and_kept(open_page, native, tmp_path):
    page = open_page()
    expect(page.locator(".viewer")).to_contain_text("Now show it Class 1.")
    card(page, 0).get_by_label("Name of the class").fill("Disc")
    page.keyboard.press("Enter")
    show(page)
    page.locator(".viewer input[type=file]").set_input_files(OTHER)
    expect(page.locator(".verdict")).to_have_text("Disc")

    alone = Driven(native)
    alone.rename(alone.numbers()[0], "Disc")
    for number, kind in zip(alone.numbers(), KINDS, strict=True):
        for picture in PICTURES[kind]:
            alone.add_picture(number, picture["name"], picture["buffer"])
    seen = alone.look_at(OTHER["name"], OTHER["buffer"])
    expected = list(seen["probabilities"].values())
    assert chances(page) == pytest.approx(expected, abs=2e-3)
    expect(page.locator(".class-score")).to_contain_text("of 8 pictures right")
    expect(page.locator(".part", has_text="Pillow")).to_contain_text("ready")

    with page.expect_download() as made:
        page.get_by_role("button", name="Classifier (ONNX)").click()
    made.value.save_as(tmp_path / "classes.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "classes.onnx", providers=["CPUExecutionProvider"])
    assert json.loads(session.get_modelmeta().custom_metadata_map["classes"]) == ["Class 2", "Disc"]
    square = np.asarray(seen["picture"]["rgba"]).reshape(224, 224, 4)[:, :, :3]
    x = square.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
    [found] = session.run(["probabilities"], {session.get_inputs()[0].name: x})[0]
    assert found[::-1] == pytest.approx(expected, abs=2e-3)

    with page.expect_download() as made:
        page.get_by_role("button", name="Examples (zip)").click()
    made.value.save_as(tmp_path / "classes.zip")
    alone.restore((tmp_path / "classes.zip").read_bytes())
    assert [each["name"] for each in alone.state()["classes"]] == ["Disc", "Class 2"]

    card(page, 1).get_by_role("button", name="Remove Class 2").click()
    expect(page.locator(".class-card")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(card(page, 1).locator(".shots canvas")).to_have_count(4)
    bad = {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"}
    card(page, 1).locator("input[type=file]").set_input_files([bad, OTHER])
    expect(page.locator(".notice.error")).to_contain_text("1 of 2 pictures were not added: notes.png")
    expect(card(page, 1).locator(".shots canvas")).to_have_count(5)

    expect(page.locator(".class-files")).to_contain_text("All of it is kept")
    page.reload()
    expect(card(page, 1).locator(".shots canvas")).to_have_count(5)
    expect(card(page, 0).get_by_label("Name of the class")).to_have_value("Disc")

    page.evaluate(
        """async () => {
          const open = indexedDB.open("readout-classes");
          await new Promise((done) => (open.onsuccess = done));
          const files = open.result.transaction("files", "readwrite").objectStore("files");
          const put = files.put(new Uint8Array(9), "classes");
          await new Promise((done) => (put.onsuccess = done));
          open.result.close();
        }"""
    )
    page.reload()
    expect(page.locator(".notice.error")).to_contain_text("What this browser kept cannot be opened")
    expect(page.locator(".class-card")).to_have_count(2)


def test_the_camera_records_while_a_button_is_held_by_pointer_or_key(open_page, film):
    page = open_page(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    card(page, 1).locator("input[type=file]").set_input_files(PICTURES["stripes"])
    expect(card(page, 1).locator(".shots canvas")).to_have_count(4)
    hold = card(page, 0).get_by_role("button", name="Hold to record")
    hold.focus()
    page.keyboard.down(" ")  # which asks for the camera first
    expect(card(page, 0).locator(".shots canvas").nth(1)).to_be_visible()
    page.keyboard.up(" ")
    expect(page.locator(".verdict")).to_have_text("Class 1")
    assert chances(page)[0] > 0.9
    before = card(page, 0).locator(".shots canvas").count()
    hold.click()  # no longer than a click takes
    expect(card(page, 0).locator(".shots canvas").nth(before)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(card(page, 0).locator(".shots canvas")).to_have_count(before)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()


def test_without_a_camera_it_says_so_and_nothing_else_is_lost_and_all_is_accessible(open_page):
    page = open_page()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".viewer [role=alert]")).to_contain_text("camera")
    show(page)
    expect(page.locator(".class-score")).to_contain_text("of 8 pictures right")
    load_axe(page)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        found = page.evaluate("() => axe.run()")["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
