"""A dataset folder made to order, a backbone small enough to reason about, and the real ones."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from readout.backbone import check_input
from readout.native import OnnxBackbone

DATA = Path(__file__).parents[2] / "data"
BOXES = [[5, 6, 8, 10], [14, 6, 8, 10]]
LAYOUT = {
    "version": 1,
    "frame_size": [40, 24],
    "readouts": [{"name": "main", "format": "#.#", "boxes": BOXES}],
}


class PixelBackbone:
    """Embeds a crop as its 8 x 8 pixels, and counts the crops it was given."""

    name, input_size, dim = "pixels", 8, 3 * 8 * 8
    sha256 = hashlib.sha256(b"pixels").hexdigest()

    def __init__(self):
        self.crops = 0

    def embed(self, x):
        self.crops += len(x)
        return check_input(self, x).reshape(len(x), self.dim)


def glyph(label: str, variant: int) -> np.ndarray:
    """8 x 10 pixels that depend on the label, and a little on the variant: uint8 (10, 8, 3)."""
    pattern = np.random.default_rng(ord(label)).integers(20, 236, (10, 8, 3))
    noise = np.random.default_rng(variant).integers(-20, 20, (10, 8, 3))
    return (pattern + noise).astype(np.uint8)


def frame(digits: str) -> np.ndarray:
    """A grey frame with a glyph in each of BOXES: uint8 (24, 40, 3)."""
    pixels = np.full((24, 40, 3), 90, np.uint8)
    for digit, (x, y, w, h) in zip(digits, BOXES, strict=True):
        pixels[y : y + h, x : x + w] = glyph(digit, 1000)
    return pixels


@pytest.fixture
def pixel_backbone():
    return PixelBackbone()


@pytest.fixture(scope="session")
def native():
    """The bundled MobileNet."""
    return OnnxBackbone.named()


@pytest.fixture(scope="session")
def data_folder():
    """The bundled dataset."""
    return DATA


@pytest.fixture
def layout_fields():
    """A valid layout.json, parsed, to spoil."""
    return json.loads(json.dumps(LAYOUT))


@pytest.fixture
def make_dataset(tmp_path):
    """make_dataset(sets, labels, readings, name) writes a dataset folder whose frames show `readings`."""

    def make(sets=2, labels="0123", readings=("1.2", "3.0", "2.2"), name="dataset"):
        root = tmp_path / name
        pictures = {f"training/{s}/{label}.png": glyph(label, s) for s in range(1, sets + 1) for label in labels}
        pictures |= {f"testing/9/{label}.png": glyph(label, 9) for label in labels}
        pictures |= {f"frames/image-{k}.png": frame(text.replace(".", "")) for k, text in enumerate(readings, start=1)}
        for path, pixels in pictures.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(root / path)
        (root / "layout.json").write_text(json.dumps(LAYOUT), encoding="utf-8")
        rows = [f"image-{k}.png,{text}" for k, text in enumerate(readings, start=1)]
        (root / "labels.csv").write_text("\n".join(["frame,reading", *rows, ""]), encoding="utf-8")
        return root

    return make
