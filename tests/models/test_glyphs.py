"""The recipe of the glyph backbone, in a short run, and the files that a full run left."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import ImageFont

from models.common import fonts
from models.common.backgrounds import photographs
from models.common.command import CACHE
from models.glyphs import __main__ as recipe
from models.glyphs import augmentation, network, scenes, training
from models.glyphs.dots import DotFace
from models.glyphs.examples import draw_examples
from models.glyphs.fit_prior import temperature
from models.glyphs.pen_strokes import StrokeFace
from models.glyphs.segments import SegmentFace
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.prior import Prior
from tooling.fonts import debian_fonts

MODELS = Path(__file__).resolve().parents[2] / "models"
CARD = json.loads((MODELS / "glyphs.json").read_text("utf-8"))
RESERVED = ("dseg", "dejavu", "vera", "liberation", "roboto")


@pytest.fixture(scope="module")
def few_fonts():
    packages = [f"fonts-{name}" for name in recipe.FEW_PACKAGES]
    return fonts.trainable(debian_fonts(packages, CACHE / "fonts"))


@pytest.fixture(scope="module")
def pictures():
    return photographs(CACHE / "models")


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    """What `python -m models.glyphs --short` leaves."""
    out = tmp_path_factory.mktemp("glyphs")
    recipe.main(["--short", "--out", str(out), "--cache", str(tmp_path_factory.mktemp("weights"))])
    return out


def test_the_shipped_files_belong_together():
    backbone = OnnxBackbone(MODELS / "glyphs.onnx")  # checks the card's sha256
    assert backbone.prior.backbone_sha256 == backbone.sha256
    assert backbone.input_size == 32
    assert 128 <= backbone.dim <= 256
    assert (MODELS / "glyphs.onnx").stat().st_size <= 1_000_000


def test_the_batch_is_free_and_a_crop_is_embedded_alike_in_any():
    backbone = OnnxBackbone(MODELS / "glyphs.onnx")
    x = np.random.default_rng(0).uniform(-1, 1, (5, 3, 32, 32)).astype(np.float32)
    together = backbone.embed(x)
    assert together == pytest.approx(np.concatenate([backbone.embed(each[None]) for each in x]), abs=1e-4)


def test_the_card_names_no_reserved_font():
    assert not [name for name in CARD["fonts"] if any(word in name for word in RESERVED)]
    assert not set(recipe.FULL.packages) - {name.removeprefix("fonts-") for name in CARD["fonts"]}


def test_reserved_families_are_refused_by_the_name_inside_the_file(tmp_path):
    paths = debian_fonts(["fonts-dejavu-core", "fonts-liberation", "fonts-b612"], CACHE / "fonts")
    renamed = []
    for k, path in enumerate(paths):
        renamed.append(tmp_path / f"innocent-{k}.ttf")
        renamed[-1].write_bytes(path.read_bytes())
    families = {ImageFont.truetype(path).getname()[0] for path in fonts.trainable(renamed)}
    assert families <= {"B612", "B612 Mono"}
    assert families


def test_held_out_fonts_are_not_trained_on(few_fonts):
    seen, unseen = fonts.split(few_fonts, 0.2, seed=3)
    assert not set(seen) & set(unseen)
    assert sorted([*seen, *unseen]) == sorted(few_fonts)


def test_the_same_seed_draws_the_same_examples(few_fonts, pictures):
    one, two = (draw_examples(60, 5, few_fonts, pictures) for _ in range(2))
    assert (one.squares == two.squares).all()
    assert (one.labels == two.labels).all()
    assert (draw_examples(60, 6, few_fonts, pictures).squares != one.squares).any()


@pytest.mark.parametrize(
    "make",
    [lambda rng: SegmentFace(rng, False), lambda rng: SegmentFace(rng, True), DotFace, StrokeFace],
    ids=["seven segments", "fourteen segments", "dots", "strokes"],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_face_shows_ten_different_digits(make, seed):
    face = make(np.random.default_rng(seed))
    shown = {np.asarray(face.mask(digit, 40).resize((30, 60))).tobytes() for digit in "0123456789"}
    assert len(shown) == 10


def test_boxes_of_a_scene_lie_inside_its_frame_and_have_labels(few_fonts, pictures):
    scenery, rng = scenes.Scenery(few_fonts, pictures), np.random.default_rng(1)
    for _ in range(20):
        frame = scenes.draw(scenery, rng)
        height, width = frame.pixels.shape[:2]
        assert len(frame.boxes) == len(frame.labels)
        assert set(frame.labels) <= set(scenes.CLASSES)
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in frame.boxes)
        assert augmentation.spoil(frame.pixels, frame.height, rng).shape == frame.pixels.shape


def test_onnx_computes_what_pytorch_does():
    torch.manual_seed(0)
    backbone = network.Backbone()
    backbone(torch.rand(64, 3, 32, 32) * 2 - 1)  # moves the batch norms' averages away from 0 and 1
    backbone.eval()
    session = onnxruntime.InferenceSession(network.to_onnx(backbone), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).uniform(-1, 1, (4, 3, 32, 32)).astype(np.float32)
    with torch.no_grad():
        expected = backbone(torch.from_numpy(x)).numpy()
    assert session.run(None, {network.INPUT: x})[0] == pytest.approx(expected, abs=1e-4)


def test_twins_are_never_held_against_each_other():
    mask = network.allowed()
    assert (mask == mask.T).all()
    assert (mask.diagonal() == 0).all()
    for digit in scenes.DIGITS:
        others = [scenes.CLASSES.index(other) for other in scenes.DIGITS]
        assert (mask[scenes.CLASSES.index(digit), others] == 0).all()


def test_variation_changes_colours_and_not_shapes():
    rng = np.random.default_rng(0)
    squares = np.full((8, 4, 4, 3), 128, np.uint8)
    squares[:, 1:3, 1:3] = 200
    x = training.vary(squares, rng).numpy()
    assert np.abs(x).max() <= 1
    for picture in x:
        assert len(np.unique(picture[0].round(5))) == 2  # still one shape on one ground


def test_the_temperature_of_overconfident_scores_is_found():
    rng = np.random.default_rng(0)
    scores = np.full((4000, len(scenes.CLASSES)), -30.0)
    scores[:, :10] = rng.normal(0, 1.5, (4000, 10))
    chance = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(len(row), p=row) for row in chance])
    assert temperature(2 * scores, truth) == pytest.approx(2, rel=0.1)


def test_a_short_run_of_the_recipe_learns_and_leaves_every_file(short_run):
    backbone = OnnxBackbone(short_run / "glyphs.onnx")
    onnx.checker.check_model(onnx.load(short_run / "glyphs.onnx"), full_check=True)
    card = json.loads((short_run / "glyphs.json").read_text("utf-8"))
    assert card["displays"]["mean"][-1] > card["displays"]["mean"][0]  # examples help
    assert card["displays"]["mean"][-1] > 50  # of ten digits, after a minute's training
    assert set(card["held_out"]) == {"text", "segments", "dots", "strokes", "counter"}
    words = (short_run / "glyphs.md").read_text("utf-8")
    assert all(style in words for style in card["displays"]["styles"])
    assert Prior.from_bytes((short_run / "glyphs.npz").read_bytes()).backbone_sha256 == backbone.sha256
