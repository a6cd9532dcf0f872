"""The recipe of the line backbone, in a short run, and the files that a full run left."""

import gzip
import itertools
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image, ImageFont

from models.common.backgrounds import photographs
from models.common.command import CACHE
from models.common.fonts import REFUSED, trainable
from models.common.network import Classifier, Convolution, Separable
from models.glyphs.scenes import Scenery
from models.lines import __main__ as recipe
from models.lines import counters, network, shards, strips, texts, training
from models.lines.camera import LEAST_SMALL, look
from models.lines.faces import dot_face, segment_face, text_face
from models.lines.restore import restore
from models.lines.scenes import LARGE, compose
from models.lines.texts import CLASSES, Content
from readout.errors import ReadoutError
from readout.imaging.crops import Crop
from readout.imaging.strips import levels, normalise, resample_strip, strip_width, strips_to_tensor
from readout.model import ctc
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.prior import load_prior
from tooling.fonts import debian_fonts

MODELS = Path(__file__).resolve().parents[2] / "models"
RESERVED = ("dseg", "dejavu", "vera", "liberation", "roboto")


@pytest.fixture(scope="module")
def few_fonts():
    return trainable(debian_fonts([f"fonts-{name}" for name in recipe.FEW_PACKAGES], CACHE / "fonts"))


@pytest.fixture(scope="module")
def scenery(few_fonts):
    return Scenery(few_fonts, photographs(CACHE / "models"))


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    """What `python -m models.lines --short` leaves: the folder of the files, and the one of what is kept."""
    out, cache = tmp_path_factory.mktemp("lines"), tmp_path_factory.mktemp("kept")
    recipe.main(["--short", "--out", str(out), "--cache", str(cache)])
    return out, cache


@pytest.fixture(scope="module")
def drawn(scenery):
    source = strips.strips(np.random.default_rng(6), scenery)
    return [next(source) for _ in range(500)]


def test_the_shipped_files_belong_together():
    backbone = OnnxBackbone(MODELS / "lines.onnx")  # checks the card's sha256
    card = json.loads((MODELS / "lines.json").read_text("utf-8"))
    assert backbone.prior.backbone_sha256 == backbone.sha256
    assert backbone.prior.classes.tolist() == card["classes"] == list(CLASSES)
    assert backbone.dim == network.DIM
    assert backbone.prior.coef.shape == (network.DIM, len(CLASSES))


def test_the_shipped_network_and_its_head_fit_into_a_megabyte():
    both = (MODELS / "lines.onnx").read_bytes() + (MODELS / "lines.npz").read_bytes()
    assert len(gzip.compress(both)) <= 1_000_000


def test_a_short_run_leaves_all_files(short_run):
    out, _ = short_run
    assert {path.name for path in out.iterdir()} == {"lines.onnx", "lines.npz", "lines.json", "lines.md"}
    assert load_prior(out / "lines.onnx").classes.tolist() == list(CLASSES)
    card = json.loads((out / "lines.json").read_text("utf-8"))
    assert card["trained"]["epochs"] == recipe.SHORT.epochs
    assert 0 <= card["held_out"]["right"] <= 100


def test_a_run_that_is_cut_off_goes_on_to_the_same_weights(short_run, tmp_path, monkeypatch):
    _, whole = short_run
    run, cut = training.Training.run, []

    def cut_off(self, on_epoch, partner=None):
        def after(line):
            on_epoch(line)
            if self.epoch == 1:
                cut.append(line)
                raise KeyboardInterrupt

        run(self, after, partner)

    arguments = ["--short", "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "kept")]
    with monkeypatch.context() as patch:
        patch.setattr(training.Training, "run", cut_off)
        with pytest.raises(KeyboardInterrupt):
            recipe.main(arguments)
    assert cut and not (tmp_path / "out").exists()
    recipe.main([*arguments, "--resume"])
    one, other = (torch.load(kept / "training.pt", weights_only=True) for kept in (whole, tmp_path / "kept"))
    assert one["step"] == other["step"] > 0
    for name, weights in one["average"].items():
        assert torch.equal(weights, other["average"][name]), name


def test_a_network_is_trained_on_from_its_files(short_run, scenery, tmp_path):
    out, cache = short_run
    kept = shards.Shards(cache / "shards", scenery, 0, 1, 96)
    going_on = training.Training(kept, 1, 2, 2, 0, tuning=True)
    going_on.start_from(out / "lines.onnx")
    session, prior = onnxruntime.InferenceSession(out / "lines.onnx"), load_prior(out / "lines.onnx")
    x = torch.rand(3, 3, 32, 128) * 2 - 1
    (columns,) = session.run([network.OUTPUT], {network.INPUT: x.numpy()})
    with torch.no_grad():
        logits = going_on.average.eval()(x).numpy()
    assert logits == pytest.approx(columns @ prior.coef + prior.intercept, abs=1e-4)
    for module in going_on.model.modules():  # the network learns where its own statistics hold
        if isinstance(module, Convolution):
            assert torch.allclose(module.conv.weight.flatten(1).norm(dim=1), torch.ones(1), atol=1e-4)
            assert (module.norm.running_var > 0).any()

    arguments = ["--short", "--from", str(out / "lines.onnx"), "--cache", str(tmp_path / "kept")]
    recipe.main([*arguments, "--kept", "1", "--out", str(tmp_path / "same")])  # nothing of what was learned
    session = onnxruntime.InferenceSession(tmp_path / "same" / "lines.onnx")
    assert session.run([network.OUTPUT], {network.INPUT: x.numpy()})[0] == pytest.approx(columns, abs=1e-4)
    card = json.loads((tmp_path / "same" / "lines.json").read_text("utf-8"))
    assert card["trained"]["start"]["sha256"] == json.loads((out / "lines.json").read_text("utf-8"))["sha256"]
    recipe.main([*arguments, "--finish", "--out", str(tmp_path / "other")])
    session = onnxruntime.InferenceSession(tmp_path / "other" / "lines.onnx")
    assert session.run([network.OUTPUT], {network.INPUT: x.numpy()})[0] != pytest.approx(columns, abs=1e-3)


def test_another_network_is_not_trained_on_from(tmp_path):
    other = network.Backbone()
    other.context = torch.nn.Sequential(Separable(network.DIM, network.DIM, (1, 3)))
    path = tmp_path / "lines.onnx"
    path.write_bytes(network.to_onnx(other.eval()))
    model = Classifier(network.Backbone(), network.DIM, len(CLASSES))
    with pytest.raises(ReadoutError, match="no prior head"):
        restore(model, path, [])
    path.with_suffix(".npz").write_bytes((MODELS / "lines.npz").read_bytes())
    with pytest.raises(ReadoutError, match="another network"):
        restore(model, path, [])


def test_small_last_digits_are_high_enough_to_be_read():
    rng, seen = np.random.default_rng(4), []
    face = segment_face(rng)
    for _ in range(300):
        line = compose(rng, face, face, Content("123456"))
        height = line.spots[-1][2]
        if height < LARGE:
            seen.append(height)
            view = look(rng, line, line.start, line.end)
            assert view.digit * height / LARGE >= LEAST_SMALL - 1e-6
    assert len(seen) > 40 and min(seen) < 0.35 * LARGE


def test_the_exported_network_equals_the_trained_one():
    torch.manual_seed(0)
    backbone = network.Backbone()
    for norm in (module for module in backbone.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.running_mean.normal_(0, 0.1), norm.running_var.uniform_(0.5, 2), norm.weight.data.uniform_(0.5, 1.5)
    backbone.eval()
    session = onnxruntime.InferenceSession(network.to_onnx(backbone))
    for n, width in ((1, 16), (3, 128), (2, 200)):
        x = torch.rand(n, 3, 32, width) * 2 - 1
        (columns,) = session.run([network.OUTPUT], {network.INPUT: x.numpy()})
        with torch.no_grad():
            expected = backbone(x).numpy()
        assert columns.shape == (n, width // network.STRIDE, network.DIM)
        assert columns == pytest.approx(expected, abs=2e-4)


def test_the_same_seed_draws_the_same_strips(scenery):
    one, other, third = (shards.draw_shard(scenery, seed, 3, 12) for seed in (1, 1, 2))
    assert one.texts == other.texts and np.array_equal(one.pixels, other.pixels)
    assert one.texts != third.texts


def test_strips_show_all_that_displays_show(drawn):
    assert {strip.style for strip in drawn} == set(strips.STYLES)
    assert all(strip.pixels.shape[0] == 32 and strip.pixels.dtype == np.uint8 for strip in drawn)
    assert {c for strip in drawn for c in strip.text} >= set("0123456789-.,:")
    assert any(strip.text == "" for strip in drawn)
    assert {strip.mode for strip in drawn} >= {strips.ONE, strips.EITHER}


def test_labels_have_room_among_the_columns(drawn):
    for strip in drawn:
        for text in filter(None, (strip.text, strip.other)):
            repeats = sum(a == b for a, b in itertools.pairwise(text))
            assert len(text) + repeats <= -(-strip.pixels.shape[1] // network.STRIDE), text


def test_where_letters_do_not_count_the_label_has_none(drawn):
    loose = [strip for strip in drawn if strip.loose]
    assert loose
    assert all(set(strip.text) <= set("0123456789-.,:/") for strip in loose)


def test_a_character_that_cannot_be_seen_is_in_no_label():
    rng = np.random.default_rng(0)
    face = segment_face(rng)
    line = compose(rng, face, face, Content("12.5"))
    view = look(rng, line, line.start, line.end)
    ids = view.warp_ids(line.ids)
    frame = np.full((*ids.shape, 3), 90, np.uint8)
    frame[ids > 0] = 200
    assert strips._legible(line, view, frame, []) == "12.5"
    frame[ids == 1 + line.text.index(".")] = 92  # the point is as dark as the ground
    assert strips._legible(line, view, frame, []) is None


def test_unlit_segments_are_no_text():
    rng = np.random.default_rng(1)
    face = segment_face(rng)
    line = compose(rng, face, face, Content("888"), lit=0.0)
    assert line.text == "" and line.boxes == []
    assert dict(line.layers)["unlit"].getbbox()


def test_drums_on_the_turn_may_be_read_either_way():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        turns, shown, other = counters._turns(rng, "199")
        assert {shown, other} <= {"199", "200"}
        seen.add((shown, other))
        if shown != other:
            assert 0.2 < turns[-1] < 0.8
    assert {("199", "199"), ("200", "200")} <= seen and len(seen) > 2


def test_no_reserved_font_is_drawn(few_fonts):
    assert all(any(word in refused for refused in REFUSED) for word in RESERVED)
    for path in few_fonts:
        family = " ".join(ImageFont.truetype(path, 20).getname()).lower()
        assert not any(word in family or word in path.name.lower() for word in RESERVED)


@pytest.mark.parametrize(
    "make", [lambda rng, families: segment_face(rng), text_face, lambda rng, f: dot_face(rng, text_face(rng, f))]
)
def test_every_digit_of_a_face_looks_different(make, scenery):
    rng = np.random.default_rng(2)
    for _ in range(5):
        face = make(rng, scenery.fonts)
        masks = [np.asarray(face.mask(digit, 28).resize((20, 56))) > 127 for digit in "0123456789"]
        assert all((one != other).sum() > 8 for k, one in enumerate(masks) for other in masks[:k])


def test_labels_say_what_is_no_known_character():
    assert texts.label("12 g") == "12?"
    assert texts.encode("1?") == [CLASSES.index("1"), CLASSES.index("unknown")]
    assert CLASSES[0] == "blank" and not {CLASSES.index(c) for c in "0123456789-.,:/"} & set(texts.LETTERS)


def test_the_loss_takes_either_text_and_reads_over_letters():
    def batch(text, other="", mode=strips.ONE, loose=False):
        shard = shards.Shard(np.zeros((32, 12, 3), np.uint8), np.array([12]), [text], [other], np.array([mode]),
                             np.array([loose]), np.array([0]), np.zeros((1, 3)), np.ones((1, 3)))  # fmt: skip
        return [(shard, 0)]

    logits = torch.tensor(np.random.default_rng(0).normal(0, 1, (1, 6, len(CLASSES))), dtype=torch.float32)

    def probability(logp, text):
        """Of all paths, written out: blanks and one run of the text's character."""
        c = CLASSES.index(text)
        runs = [[c if first <= t < end else 0 for t in range(6)] for end in range(7) for first in range(end)]
        return sum(np.exp(sum(logp[range(6), run])) for run in runs)

    logp = ctc.log_softmax(logits[0].numpy().astype(float))
    p = {text: probability(logp, text) for text in ("1", "2")}
    loss = lambda *given, **more: training.ctc(logits, batch(*given, **more)).item()  # noqa: E731
    assert loss("1") == pytest.approx(-np.log(p["1"]), rel=1e-4)
    assert loss("1", "2", strips.EITHER) == pytest.approx(-np.log(p["1"] + p["2"]), rel=1e-4)
    assert loss("1", "2", strips.BOTH) == pytest.approx(-np.log(p["1"] * p["2"]) / 2, rel=1e-4)
    over = probability(ctc.without(logp, texts.LETTERS), "1")
    assert loss("1", loose=True) == pytest.approx(-np.log(over), rel=1e-4)


def test_a_window_becomes_the_strip_that_pillow_makes():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (50, 170, 3), np.uint8)
    for box in ((3.5, 4.0, 120.0, 31.5), (0.0, 0.0, 170.0, 50.0), (20.0, 10.0, 9.0, 20.0)):
        strip = resample_strip(Crop(picture, box))
        x, y, w, h = box
        size = (strip_width(w, h), 32)
        expected = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
        assert np.array_equal(strip, np.asarray(expected))


def test_contrast_is_stretched_alike_for_dim_and_bright_pictures():
    rng = np.random.default_rng(0)
    dim = rng.integers(0, 60, (32, 64, 3), np.uint8)
    bright = dim * 3 + 40
    assert normalise(dim, *levels(dim)) == pytest.approx(normalise(bright, *levels(bright)), abs=1e-5)
    flat = np.full((32, 20, 3), 9, np.uint8)
    assert normalise(flat, *levels(flat)) == pytest.approx(0)


def test_strips_of_a_batch_have_nothing_to_their_right():
    rng = np.random.default_rng(0)
    batch = strips_to_tensor([rng.integers(0, 256, (32, w, 3), np.uint8) for w in (20, 33)])
    assert batch.shape == (2, 3, 32, 40)
    assert (batch[0, :, :, 20:] == 0).all() and (batch[1, :, :, 33:] == 0).all()
    assert np.abs(batch).max() <= 1 and batch[0, :, :, :20].std() > 0.3
