"""A dataset folder made to order, a backbone small enough to reason about, and the real ones."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import chi

from readout.imaging.crops import Crop
from readout.model.backbone import check_input
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.prior import UNKNOWN, Prior

IMAGENET = "mobilenet_v1_imagenet"
DATA = Path(__file__).parents[2] / "data"
BOXES = [[5, 6, 8, 10], [14, 6, 8, 10]]
LAYOUT = {
    "version": 1,
    "frame_size": [40, 24],
    "readouts": [{"name": "main", "format": "#.#", "boxes": BOXES}],
}


@pytest.fixture(scope="session", autouse=True)
def one_thread_each():
    """Beside other tests the threads of onnxruntime wait for each other, and take processor time while they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnnxBackbone.__init__, "__defaults__", (1,))
        yield


class PixelBackbone:
    """Embeds a crop as its 8 x 8 pixels, and counts the crops it was given."""

    name, input_size, dim, stride = "pixels", 8, 3 * 8 * 8, 0
    sha256 = hashlib.sha256(b"pixels").hexdigest()

    def __init__(self, prior=None):
        self.prior = prior
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


def gaussian_prior(centres, answers, sha256, spread=1.0, l2=0.5):
    """What is known of classes whose embeddings are normal around `centres` (name: (d,)) with `spread`.

    The best layer for them is linear discriminant analysis, W0 = centre / spread^2 and
    b0 = -|W0| |centre| / 2. 'unknown' has no centre: it wins where no other class reaches half its best score.
    """
    means = np.array([*centres.values(), np.zeros(len(next(iter(centres.values()))))])
    squares = (means**2).sum(axis=1)
    intercept = -squares / (2 * spread**2)
    intercept[-1] = -squares[:-1].mean() / (4 * spread**2)
    d = means.shape[1]
    return Prior(
        classes=np.array([*centres, UNKNOWN]),
        output_classes=np.array(list(answers)),
        coef=means.T / spread**2,
        intercept=intercept,
        mean=means.mean(axis=0),
        scale=np.sqrt(means.var(axis=0) + spread**2),
        l2=l2,
        centres=means,
        whitening=np.eye(d) / spread,
        radius=float(chi.ppf(0.995, d)),
        backbone_sha256=sha256,
    )


@pytest.fixture(scope="session")
def make_prior():
    """gaussian_prior."""
    return gaussian_prior


@pytest.fixture
def pixel_backbone():
    return PixelBackbone()


@pytest.fixture
def knowing_backbone():
    """The pixel backbone with a prior that knows the glyphs of 0 to 9, an A that is no answer, and blank boxes."""
    grey = np.full(PixelBackbone.dim, 90 / 127.5 - 1)
    cache = EmbeddingCache(PixelBackbone())
    rows = cache.embed([Crop.whole(glyph(label, 500)) for label in "0123456789A"]).astype(float)
    centres = {**dict(zip("0123456789A", rows, strict=True)), "blank": grey}
    return PixelBackbone(gaussian_prior(centres, [*"0123456789", "blank"], PixelBackbone.sha256, spread=2))


@pytest.fixture(scope="session")
def native():
    """The bundled MobileNet that learned from ImageNet."""
    return OnnxBackbone.named(IMAGENET)


@pytest.fixture(scope="session")
def glyphs():
    """The bundled backbone that learned from drawn glyphs, which is the default."""
    return OnnxBackbone.named()


@pytest.fixture(scope="session")
def known_embeddings():
    """Embeddings by backbone and crop: what `each_crop_once` has seen so far."""
    return {}


@pytest.fixture(scope="module")
def each_crop_once(known_embeddings):
    """For tests of what is made of embeddings: native backbones run once for equal crops, in the whole session."""
    embed = OnnxBackbone.embed

    def embed_new(self, x):
        keys = [self.sha256 + hashlib.sha256(row.tobytes()).hexdigest() for row in x]
        new = {key: row for key, row in zip(keys, x, strict=True) if key not in known_embeddings}
        if new:
            known_embeddings.update(zip(new, embed(self, np.stack([*new.values()])), strict=True))
        return np.stack([known_embeddings[key] for key in keys]) if keys else embed(self, x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnnxBackbone, "embed", embed_new)
        yield


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
