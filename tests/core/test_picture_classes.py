"""Classes of pictures: named, shown and learned as everything else here is, and kept whole."""

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image, ImageDraw

from readout.errors import ReadoutError
from readout.imaging.crops import Crop
from readout.imaging.resample import resample, to_tensor
from readout.model.familiarity import Familiarity
from readout.model.head import SoftmaxHead
from readout.workbench.learner import Learner
from readout.workbench.picture_classes import MOST_CLASSES, PictureClasses
from tests.core.awaited import Awaited


def drawn(kind, seed, size=(64, 48)):
    """A disc, stripes or a cross, each time elsewhere and in other colours: uint8 (h, w, 3)."""
    chance = np.random.default_rng(seed)
    ground, ink = (tuple(map(int, chance.integers(*span, 3))) for span in ((150, 230), (0, 120)))
    picture = Image.new("RGB", size, ground)
    draw, side = ImageDraw.Draw(picture), min(size)
    x, y, r = size[0] / 2 + chance.integers(-3, 4), size[1] / 2 + chance.integers(-3, 4), 0.35 * side
    if kind == "disc":
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    elif kind == "stripes":
        for top in np.arange(y - r, y + r, side / 6):
            draw.rectangle((x - r, top, x + r, top + side / 14), fill=ink)
    else:
        draw.line((x - r, y - r, x + r, y + r), fill=ink, width=side // 8)
        draw.line((x - r, y + r, x + r, y - r), fill=ink, width=side // 8)
    return np.asarray(picture)


def file_of(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def region_of(pixels):
    """As the camera's worker hands it."""
    height, width, _ = pixels.shape
    rgba = np.concatenate([pixels, np.full((height, width, 1), 255, np.uint8)], axis=2)
    return {"x": 0, "y": 0, "width": width, "height": height, "rgba": rgba.tobytes()}


class Named(Awaited):
    """With the sha256 of its file, which exports ask for."""

    def __init__(self, backbone):
        super().__init__(backbone)
        self.sha256 = backbone.sha256


class Driven:
    """PictureClasses whose answers are awaited here."""

    def __init__(self, backbone):
        self.classes = PictureClasses(Learner(Awaited(backbone)))
        self.thread = ThreadPoolExecutor(1)

    def __getattr__(self, name):
        method = getattr(self.classes, name)

        def call(*given, **named):
            if asyncio.iscoroutinefunction(method):
                awaited = method(*given, **named, progress=lambda news: None)
                return self.thread.submit(asyncio.run, awaited).result()  # beside a loop that runs already
            return method(*given, **named)

        return call

    def numbers(self):
        return [each["number"] for each in self.state()["classes"]]

    def show(self, kinds="disc stripes", count=3):
        for number, kind in zip(self.numbers(), kinds.split(), strict=False):
            for seed in range(count):
                self.add_picture(number, f"{kind}.png", file_of(drawn(kind, seed)))
        return self


@pytest.fixture
def classes(pixel_backbone):
    return Driven(pixel_backbone)


def names(classes):
    return [each["name"] for each in classes.state()["classes"]]


def counts(classes):
    return [len(each["shots"]) for each in classes.state()["classes"]]


def test_it_is_the_head_that_learns_everywhere_else(classes, pixel_backbone):
    classes.show()
    own, seen = pixel_backbone, drawn("disc", 99)

    def embedded(pixels):
        height, width, _ = pixels.shape
        middle = Crop(pixels, ((width - height) // 2, 0.0, float(height), float(height)))
        return own.embed(to_tensor(resample([middle], own.input_size)))[0]

    X = np.array([embedded(drawn(kind, seed)) for kind in ("disc", "stripes") for seed in range(3)])
    head = SoftmaxHead().fit(X, ["Class 1"] * 3 + ["Class 2"] * 3)
    expected = head.predict_proba(embedded(seen)[None])[0]
    found = classes.look(region_of(seen))
    assert list(found["probabilities"].values()) == pytest.approx(expected, abs=1e-6)
    assert found["best"] == classes.numbers()[int(expected.argmax())]
    same = classes.look_at("a.png", file_of(seen))
    assert same["probabilities"] == found["probabilities"] and same["picture"]["width"] == own.input_size


def test_before_two_classes_have_pictures_nothing_is_said_and_what_is_missing_is(classes):
    assert classes.look(region_of(drawn("disc", 0))) == {"probabilities": {}, "best": None, "distance": None}
    assert classes.state()["next"] == "Now show it Class 1."
    classes.show("disc")
    assert classes.look(region_of(drawn("disc", 0)))["best"] is None
    assert classes.state()["next"] == "Now show it Class 2."
    with pytest.raises(ReadoutError, match="two classes"):
        classes.classifier(b"", "{}")
    classes.remove_class(classes.numbers()[1])
    assert "add another" in classes.state()["next"]


def test_another_class_is_learned_once_it_has_pictures_and_names_change_nothing(classes):
    classes.show()
    seen = region_of(drawn("stripes", 77))
    before = classes.look(seen)["probabilities"]
    classes.add_class()
    third = classes.numbers()[2]
    assert classes.look(seen)["probabilities"] == before and names(classes)[2] in classes.state()["next"]
    classes.rename(classes.numbers()[0], "zebra")  # sorted last, and still the first
    assert classes.look(seen)["probabilities"] == pytest.approx(before, abs=1e-4)
    classes.add_picture(third, "cross.png", file_of(drawn("cross", 1)))
    after = classes.look(seen)["probabilities"]
    assert set(after) == {str(number) for number in classes.numbers()}
    assert sum(after.values()) == pytest.approx(1) and classes.state()["next"] == ""


def test_every_change_can_be_undone_and_done_again(classes):
    classes.show()
    first, second = classes.numbers()
    for change in (
        lambda: classes.rename(first, "Mug"),
        lambda: classes.remove_class(second),
        lambda: classes.remove_shot(classes.state()["classes"][0]["shots"][1]),
        lambda: classes.add_class(),
        lambda: classes.record(first, region_of(drawn("disc", 5)), first=True),
        lambda: classes.open(classes.save()),
    ):
        before, _ = classes.state(), change()
        changed = classes.state()
        assert changed["classes"] != before["classes"]
        assert classes.undo()["classes"] == before["classes"]
        assert classes.redo()["classes"] == changed["classes"]
        classes.undo()


def test_what_is_recorded_while_the_button_is_held_is_undone_together(classes):
    first = classes.numbers()[0]
    for k in range(4):
        seen = classes.record(first, region_of(drawn("disc", k)), first=k == 0)
    assert counts(classes) == [4, 0] and seen["seen"]["best"] is None
    classes.undo()
    assert counts(classes) == [0, 0] and classes.state()["undo"] is None


def test_the_score_never_asks_a_head_about_the_take_it_learned(classes):
    first, second = classes.numbers()
    for number, kind in ((first, "disc"), (second, "stripes")):
        for k in range(3):
            classes.record(number, region_of(drawn(kind, k)), first=k == 0)
    assert classes.score() is None  # one take of each class
    for number, kind in ((first, "stripes"), (second, "disc")):  # a second one that shows the contrary
        for k in range(3, 6):
            classes.record(number, region_of(drawn(kind, k)), first=k == 3)
    found = classes.score()
    assert found["total"] == 12 and found["right"] < 12


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "class 2", "a\nb"])
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(classes, name):
    with pytest.raises(ReadoutError, match="name"):
        classes.rename(classes.numbers()[0], name)
    assert names(classes) == ["Class 1", "Class 2"] and classes.state()["undo"] is None


def test_limits_and_what_is_no_picture_are_told(classes):
    for _ in range(MOST_CLASSES - 2):
        classes.add_class()
    with pytest.raises(ReadoutError, match="at most 20 classes"):
        classes.add_class()
    with pytest.raises(ReadoutError, match=r"notes\.txt"):
        classes.add_picture(classes.numbers()[0], "notes.txt", b"no picture")
    with pytest.raises(ReadoutError, match="removed meanwhile"):
        classes.record(10**6, region_of(drawn("disc", 0)), first=True)
    assert sum(counts(classes)) == 0


def test_what_was_saved_opens_again_the_same(classes, pixel_backbone):
    classes.show()
    classes.rename(classes.numbers()[0], "Käse / ../é")
    saved = classes.save()
    other = Driven(pixel_backbone)
    state = other.restore(saved)
    assert names(other) == names(classes) and counts(other) == counts(classes) and state["undo"] is None
    seen = region_of(drawn("disc", 31))
    assert list(other.look(seen)["probabilities"].values()) == list(classes.look(seen)["probabilities"].values())
    assert other.score() == classes.score()


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"no zip at all"])
def test_what_is_no_such_file_changes_nothing(classes, data):
    classes.show(count=1)
    before = classes.state()
    with pytest.raises(ReadoutError):
        classes.open(data)
    assert classes.state() == before


def test_imagenet_tells_drawings_apart_knows_a_stranger_and_takes_it_along(native):
    classes = Driven(native)
    classes.show(count=4)
    first, second = classes.numbers()
    for kind, number in (("disc", first), ("stripes", second)):
        for seed in (40, 41):
            found = classes.look(region_of(drawn(kind, seed)))
            assert found["best"] == number and found["distance"] < 1
    assert classes.look(region_of(np.full((48, 64, 3), 128, np.uint8)))["distance"] > 1


def test_the_distance_is_above_1_only_beyond_what_lies_between_classes():
    chance = np.random.default_rng(3)
    axes = np.eye(3, 8)
    X = np.concatenate([axes[k] + 0.05 * chance.normal(size=(6, 8)) for k in (0, 1)])
    known = Familiarity(X, ["a"] * 6 + ["b"] * 6)
    assert (known.distance(X) < 1e-9).all()
    assert (known.distance(axes[:2] * 7) < 0.2).all()  # however bright
    assert known.distance(axes[2:3]) > 1
    with pytest.raises(ReadoutError, match="two classes"):
        Familiarity(X, ["a"] * 12)


def test_the_classifier_gives_the_same_probabilities_in_onnxruntime(native):
    models = Path(__file__).parents[2] / "models"
    card = (models / "mobilenet_v1_imagenet.json").read_text(encoding="utf-8")
    classes = Driven(native)
    classes.classes = PictureClasses(Learner(Named(native)))
    classes.show(count=2)
    model = classes.classifier((models / "mobilenet_v1_imagenet.onnx").read_bytes(), card)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["classes"]) == ["Class 1", "Class 2"]
    seen = drawn("disc", 12, (224, 224))
    x = seen.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
    [found] = session.run(["probabilities"], {session.get_inputs()[0].name: x})[0]
    expected = list(classes.look(region_of(seen))["probabilities"].values())
    assert found == pytest.approx(expected, abs=1e-4)
