"""The browser's decoding of pictures against Pillow's, and whether what it hands back can be trusted."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from readout.imaging.images import load_image
from readout.layout.layout import Layout
from tests.page.helpers import ROOT
from tests.page.scripts import Scripts
from tooling.serve import serve

FRAMES = sorted((ROOT / "data" / "frames").glob("*.png"))
JS = Scripts("pixels.js")


@pytest.fixture(scope="module")
def checkout():
    with serve(ROOT) as server:
        yield server.url


@pytest.fixture
def bare(page, checkout):
    """An empty page of the checkout's origin."""
    page.goto(f"{checkout}site/icon.svg")
    return page


def opaque(pixels):
    """RGB (h, w, 3) as RGBA."""
    return np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], axis=2)


def encoded(picture, **options):
    file = io.BytesIO()
    picture.save(file, **options)
    return list(file.getvalue())


def test_every_bundled_frame_is_decoded_as_pillow_does(bare):
    hashes = bare.evaluate(JS.digests, [f"/data/frames/{path.name}" for path in FRAMES])
    assert len(hashes) == 50
    for path, found in zip(FRAMES, hashes, strict=True):
        assert found == hashlib.sha256(opaque(load_image(path)).tobytes()).hexdigest(), path.name


def test_the_region_around_all_boxes_is_what_pillow_has_there(bare):
    boxes = [list(box) for readout in Layout.load(ROOT / "data/layout.json").readouts for box in readout.boxes]
    region = bare.evaluate(JS.cover, [boxes, 2.5, [1024, 768]])
    left, top = region["x"], region["y"]
    right, bottom = left + region["width"], top + region["height"]
    assert all(left <= x and top <= y and x + w <= right and y + h <= bottom for x, y, w, h in boxes)
    frame = opaque(load_image(FRAMES[7]))
    found = bare.evaluate(JS.decode, [f"/data/frames/{FRAMES[7].name}", region])
    assert (found["height"], found["width"]) == frame.shape[:2]
    assert found["region"] == region
    assert found["rgba"] == frame[top:bottom, left:right].ravel().tolist()


def test_a_region_of_fractional_boxes_is_whole_and_inside_the_frame(bare):
    boxes = [[3.5, 2, 8, 10], [20.25, 1.75, 8, 10]]
    assert bare.evaluate(JS.cover, [boxes, 0, [40, 30]]) == {"x": 3, "y": 1, "width": 26, "height": 11}
    assert bare.evaluate(JS.cover, [boxes, 4, [30, 14]]) == {"x": 0, "y": 0, "width": 30, "height": 14}


PICTURES = {
    "grey": ("L", {"format": "PNG"}),
    "palette": ("P", {"format": "PNG"}),
    "lossless WebP": ("RGB", {"format": "WEBP", "lossless": True}),
    "with a colour profile": ("RGB", {"format": "PNG", "icc_profile": b"not a profile"}),
    "bitmap": ("RGB", {"format": "BMP"}),
}


@pytest.mark.parametrize(("mode", "options"), PICTURES.values(), ids=PICTURES)
def test_other_lossless_pictures_are_decoded_as_pillow_does(bare, mode, options):
    noise = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    file = encoded(Image.fromarray(noise).convert(mode), **options)
    found = bare.evaluate(JS.decode, [file, None])
    assert found["rgba"] == opaque(load_image(bytes(file))).ravel().tolist()


def test_the_camera_s_rotation_is_applied(bare):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (4, 2))
    file = encoded(picture, format="JPEG", exif=exif.tobytes())
    found = bare.evaluate(JS.decode, [file, None])
    assert (found["width"], found["height"]) == (2, 4)
    assert load_image(bytes(file)).shape[:2] == (4, 2)


@pytest.mark.parametrize(
    ("file", "region", "words"),
    [
        ([1, 2, 3], None, "the browser cannot decode the picture"),
        (encoded(Image.new("RGB", (4, 4)), format="PNG"), {"x": 2, "y": 0, "width": 3, "height": 1}, "3 x 1 at 2, 0"),
        (encoded(Image.new("RGB", (4, 4)), format="PNG"), {"x": -1, "y": 0, "width": 3, "height": 1}, "3 x 1 at -1, 0"),
    ],
)
def test_what_can_not_be_decoded_says_why(bare, file, region, words):
    found = bare.evaluate(JS.decode, [file, region])
    assert found["name"] == "PictureError"
    assert words in found["message"]


def test_a_browser_that_alters_pixels_is_noticed(bare):
    assert bare.evaluate(JS.pixelsAreTrue) is True
    bare.evaluate(JS.spoilPixels)
    assert bare.evaluate(JS.pixelsAreTrue) is False
